/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table behind TLS identity, in the edge and in the courier.  Lookups are
 * by the SHA-256 of the whole certificate: nothing inside it, no name
 * and no issuer, is asked.
 */
#include "processes/pins.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/registry.h"
#include "safeguards/digest.h"

struct pin {
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	uint32_t owner;
	uint32_t disputed; /* another owner claims it too */
};

struct pins {
	struct buf rows; /* struct pin, sorted by fingerprint once sealed */
};

struct pins *pins_new(void)
{
	struct pins *pins = alloc_zeroed(1, sizeof(*pins));

	pins->rows = buf_init((size_t)PARTNERS_MAX * SHEET_CERTS_MAX * sizeof(struct pin));
	return pins;
}

void pins_free(struct pins *pins)
{
	if (!pins)
		return;
	buf_done(&pins->rows);
	free(pins);
}

static struct pin *pins_rows(const struct pins *pins, size_t *count)
{
	*count = pins->rows.n / sizeof(struct pin);
	return (struct pin *)pins->rows.p;
}

void pins_add(struct pins *pins, const struct sheet *sheet, size_t owner)
{
	for (size_t i = 0; i < sheet->cert_count; i++) {
		struct pin pin = { .owner = (uint32_t)owner };

		if (sheet->certs[i].use != CERT_TLS)
			continue;
		digest_sha256(pin.fingerprint, buf_slice(&sheet->certs[i].der));
		buf_put(&pins->rows, slice_of(&pin, sizeof(pin)));
	}
}

static int pin_order(const void *a, const void *b)
{
	return memcmp(((const struct pin *)a)->fingerprint, ((const struct pin *)b)->fingerprint,
		CERT_FINGERPRINT_SIZE);
}

/* What two owners claim belongs to neither, nor does a third copy of it. */
static void pins_dispute(struct pin *a, struct pin *b)
{
	if (pin_order(a, b) == 0 && (a->owner != b->owner || a->disputed || b->disputed))
		a->disputed = b->disputed = 1;
}

void pins_seal(struct pins *pins)
{
	size_t count;
	struct pin *rows = pins_rows(pins, &count);

	if (count < 2)
		return;
	qsort(rows, count, sizeof(*rows), pin_order);
	for (size_t i = 1; i < count; i++)
		pins_dispute(&rows[i - 1], &rows[i]);
	for (size_t i = count - 1; i > 0; i--)
		pins_dispute(&rows[i - 1], &rows[i]);
}

bool pins_find(
	size_t *owner, const struct pins *pins, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	size_t count;
	const struct pin *rows = pins_rows(pins, &count);
	const struct pin *found =
		count ? bsearch(fingerprint, rows, count, sizeof(*rows), pin_order) : NULL;

	if (!found || found->disputed)
		return false;
	*owner = found->owner;
	return true;
}

bool pins_same(const struct pins *a, const struct pins *b)
{
	return slice_eq(buf_slice(&a->rows), buf_slice(&b->rows));
}
