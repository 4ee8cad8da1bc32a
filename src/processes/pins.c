/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table behind TLS identity, in the edge and in the courier.  Lookups are
 * by the SHA-256 of the whole certificate: nothing inside it, no name
 * and no issuer, is asked.  What authorities vouch for gets there by pins_admit.
 */
#include "processes/pins.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/registry.h"
#include "processes/trust.h"
#include "safeguards/digest.h"

struct pin {
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	uint32_t owner;
	uint32_t disputed; /* another owner claims it too */
};

/* A certificate of a sheet that authorities vouch for, and theirs. */
struct kin {
	struct cert *cert;
	uint32_t owner;
};

struct admitted {
	struct cert *cert; /* as it came, with what was sent along */
	uint32_t owner;
};

#define KIN_MAX ((size_t)PARTNERS_MAX * SHEET_CERTS_MAX)

struct pins {
	struct buf rows;     /* struct pin, sorted by fingerprint once sealed */
	struct buf kin;      /* struct kin */
	struct buf vouches;  /* struct vouch * */
	struct buf admitted; /* struct admitted, oldest first */
	struct buf basis;    /* what kin were made of, for pins_same */
};

struct pins *pins_new(void)
{
	struct pins *pins = alloc_zeroed(1, sizeof(*pins));

	pins->rows = buf_init(KIN_MAX * sizeof(struct pin));
	pins->kin = buf_init(KIN_MAX * sizeof(struct kin));
	pins->vouches = buf_init(PARTNERS_MAX * sizeof(struct vouch *));
	pins->admitted = buf_init((size_t)PARTNERS_MAX * ADMITTED_MAX * sizeof(struct admitted));
	pins->basis = buf_init((PARTNERS_MAX + KIN_MAX) * CERT_FINGERPRINT_SIZE);
	return pins;
}

static struct kin *pins_kin(const struct pins *pins, size_t *count)
{
	*count = pins->kin.n / sizeof(struct kin);
	return (struct kin *)pins->kin.p;
}

static struct admitted *pins_admitted(const struct pins *pins, size_t *count)
{
	*count = pins->admitted.n / sizeof(struct admitted);
	return (struct admitted *)pins->admitted.p;
}

static void pins_vouches_free(struct pins *pins)
{
	struct vouch **list = (struct vouch **)pins->vouches.p;

	for (size_t i = 0; i < pins->vouches.n / sizeof(*list); i++)
		vouch_free(list[i]);
	buf_done(&pins->vouches);
}

void pins_free(struct pins *pins)
{
	size_t count;

	if (!pins)
		return;
	struct admitted *admitted = pins_admitted(pins, &count);
	for (size_t i = 0; i < count; i++)
		cert_free(admitted[i].cert);
	struct kin *kin = pins_kin(pins, &count);
	for (size_t i = 0; i < count; i++)
		cert_free(kin[i].cert);
	pins_vouches_free(pins);
	buf_done(&pins->rows);
	buf_done(&pins->kin);
	buf_done(&pins->admitted);
	buf_done(&pins->basis);
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

static void kin_add(struct pins *pins, const struct sheet_cert *listed, const struct vouch *vouch,
	size_t owner, enum chain_purpose purpose)
{
	struct kin kin = { .owner = (uint32_t)owner };
	struct fault f;

	if (listed->use != CERT_TLS)
		return;
	if (cert_parse_der(&kin.cert, buf_slice(&listed->der), &f) != ST_OK)
		bug("a certificate of an accepted sheet: %s", f.text);
	cert_vouch(kin.cert, vouch, purpose, NULL, 0);
	buf_put(&pins->kin, slice_of(&kin, sizeof(kin)));
	buf_put(&pins->basis, cert_fingerprint(kin.cert));
}

void pins_add_partner(struct pins *pins, const struct partner *partner, size_t owner,
	enum chain_purpose purpose, const struct fetched *fetched)
{
	const struct trust_terms *trust = &partner->agreement->trust;
	struct vouch *vouch = NULL;

	if (trust->mode == TRUST_PINNED) {
		pins_add(pins, partner->sheet, owner);
		return;
	}
	vouch = partner_vouch(partner, fetched);
	buf_put(&pins->vouches, slice_of(&vouch, sizeof(vouch)));
	buf_put(&pins->basis, vouch_digest(vouch));
	for (size_t i = 0; i < partner->sheet->cert_count; i++)
		kin_add(pins, &partner->sheet->certs[i], vouch, owner, purpose);
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

static bool admitted_find(
	size_t *owner, const struct pins *pins, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	const struct slice wanted = slice_of(fingerprint, CERT_FINGERPRINT_SIZE);
	size_t count;
	const struct admitted *list = pins_admitted(pins, &count);

	for (size_t i = 0; i < count; i++)
		if (slice_eq(cert_fingerprint(list[i].cert), wanted)) {
			*owner = list[i].owner;
			return true;
		}
	return false;
}

bool pins_find(
	size_t *owner, const struct pins *pins, const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	size_t count;
	const struct pin *rows = pins_rows(pins, &count);
	const struct pin *found =
		count ? bsearch(fingerprint, rows, count, sizeof(*rows), pin_order) : NULL;

	if (!found)
		return admitted_find(owner, pins, fingerprint);
	if (found->disputed)
		return false;
	*owner = found->owner;
	return true;
}

/* --- who is vouched for --- */

static void admitted_drop(struct pins *pins, size_t index)
{
	size_t count;
	struct admitted *list = pins_admitted(pins, &count);

	cert_free(list[index].cert);
	for (size_t i = index; i + 1 < count; i++)
		list[i] = list[i + 1];
	buf_truncate(&pins->admitted, (count - 1) * sizeof(*list));
}

/* Room for one more of this owner: the same certificate again, else its oldest, goes. */
static void admitted_make_room(struct pins *pins, uint32_t owner, const struct cert *cert)
{
	size_t count, of_owner = 0, oldest = 0;
	const struct admitted *list = pins_admitted(pins, &count);

	for (size_t i = count; i-- > 0;) {
		if (slice_eq(cert_fingerprint(list[i].cert), cert_fingerprint(cert))) {
			admitted_drop(pins, i);
			return;
		}
		if (list[i].owner == owner) {
			oldest = i;
			of_owner++;
		}
	}
	if (of_owner >= ADMITTED_MAX)
		admitted_drop(pins, oldest);
}

/* The one owner whose authorities vouch for it. */
static enum status kin_find(const struct kin **out, const struct pins *pins, struct cert *leaf,
	struct cert *const *sent, size_t sent_count, int64_t now_ns, struct fault *f)
{
	size_t count, unused;
	const struct kin *kin = pins_kin(pins, &count), *found = NULL;
	enum status st =
		fault_set(f, ST_NONE, "pins.stranger", "no partner has a certificate of this name");

	for (size_t i = 0; i < count; i++) {
		if (cert_succeed(&unused, leaf, sent, sent_count,
			    (const struct cert *const *)&kin[i].cert, 1) != ST_OK)
			continue;
		enum status checked = cert_check(leaf, now_ns, f);
		if (checked == ST_OK && found && found->owner != kin[i].owner)
			return fault_set(f, ST_AUTH, "pins.disputed",
				"authorities of two partners vouch for %s", cert_subject(leaf));
		if (checked == ST_OK)
			found = &kin[i];
		st = checked;
	}
	*out = found;
	return found ? ST_OK : st;
}

enum status pins_admit(struct pins *pins, struct cert *leaf, struct cert *const *sent,
	size_t sent_count, int64_t now_ns, struct fault *f)
{
	const struct kin *kin;
	size_t unused;

	TRY(kin_find(&kin, pins, leaf, sent, sent_count, now_ns, f));
	TRY(cert_succeed(
		&unused, leaf, sent, sent_count, (const struct cert *const *)&kin->cert, 1));
	struct admitted admitted = { cert_ref(leaf), kin->owner };
	admitted_make_room(pins, kin->owner, leaf);
	buf_put(&pins->admitted, slice_of(&admitted, sizeof(admitted)));
	return ST_OK;
}

void pins_inherit(struct pins *pins, const struct pins *before, int64_t now_ns)
{
	size_t count, sent_count;
	const struct admitted *list = pins_admitted(before, &count);
	struct fault unused;

	for (size_t i = 0; i < count; i++) {
		struct cert *sent[CHAIN_INTERMEDIATES_MAX];
		sent_count = cert_sent(sent, list[i].cert);
		(void)!pins_admit(pins, list[i].cert, sent, sent_count, now_ns, &unused);
		for (size_t s = 0; s < sent_count; s++)
			cert_free(sent[s]);
	}
}

bool pins_same(const struct pins *a, const struct pins *b)
{
	return slice_eq(buf_slice(&a->rows), buf_slice(&b->rows)) &&
		slice_eq(buf_slice(&a->basis), buf_slice(&b->basis));
}
