/* SPDX-License-Identifier: Apache-2.0 */
/* Used by risk and doctor.  The ledger lists oldest first, so its end is looked for. */
#include "cli/risk_seen.h"

#include <string.h>

#include "base/clock.h"
#include "cli/listing.h"

#define ASK_TIMEOUT_MS 10000
#define CODE_PREFIX S("risk.")

static struct risk_seen_row *row_find(struct risk_seen *seen, struct slice partner, enum area area,
	enum requirement requirement)
{
	for (size_t i = 0; i < seen->count; i++) {
		struct risk_seen_row *row = &seen->list[i];

		if (slice_eq(partner, slice_str(row->partner)) && row->area == area &&
			row->requirement == requirement)
			return row;
	}
	return NULL;
}

/* NULL: the code is of something else, or there are too many. */
static struct risk_seen_row *row_of(
	struct risk_seen *seen, struct slice partner, uint32_t area, struct slice code)
{
	enum requirement requirement;
	struct risk_seen_row *row;

	if (area >= AREAS || !slice_has_prefix(code, CODE_PREFIX) ||
		requirement_parse(&requirement, slice_from(code, CODE_PREFIX.n), NULL) != ST_OK)
		return NULL;
	row = row_find(seen, partner, (enum area)area, requirement);
	if (row || seen->count >= RISK_SEEN_MAX)
		return row;
	row = &seen->list[seen->count];
	*row = (struct risk_seen_row){ .area = (enum area)area, .requirement = requirement };
	if (slice_to_text(row->partner, sizeof(row->partner), partner, NULL) != ST_OK)
		return NULL;
	seen->count++;
	return row;
}

/* --- what waits ------------------------------------------------------------------- */

static bool on_status(void *context, struct ipc_packet *packet)
{
	struct verb_deferral d;
	struct risk_seen_row *row;

	if (packet->code == VERB_DEFERRAL && ipc_body_parse(&d, packet, NULL) == ST_OK) {
		row = row_of(context, d.partner, d.area, d.code);
		if (row)
			row->waiting += d.count;
	}
	return packet->code == VERB_END;
}

/* --- what was refused ------------------------------------------------------------- */

/* Whatever fell short in this area until now is mended, or excepted. */
static void taken(struct risk_seen *seen, const struct verb_message *m)
{
	for (size_t i = 0; i < seen->count; i++) {
		struct risk_seen_row *row = &seen->list[i];

		if (row->area == m->area && slice_eq(m->partner, slice_str(row->partner)))
			row->refused = 0;
	}
}

static void on_message(void *context, const struct verb_message *m)
{
	struct risk_seen_row *row;

	if (m->state == DELIVERY_RECEIVED)
		taken(context, m);
	if (m->state != DELIVERY_REJECTED)
		return;
	row = row_of(context, m->partner, m->area, m->code);
	if (!row)
		return;
	row->refused++;
	row->refused_ns = m->created_ns;
}

static bool on_any(void *context, struct ipc_packet *packet)
{
	struct verb_message m;

	if (packet->code == VERB_MESSAGE && ipc_body_parse(&m, packet, NULL) == ST_OK)
		*(uint64_t *)context = m.row;
	return packet->code == VERB_END;
}

/* The first row after this one; 0: there is none. */
static uint64_t row_after(struct desk_client *desk, uint64_t after)
{
	const struct verb_list one = { .in = 1, .out = 1, .limit = 1, .after = after };
	uint64_t row = 0;
	struct fault f;

	if (desk_client_ask(desk, VERB_LIST, &one, -1, ASK_TIMEOUT_MS, on_any, &row, &f) != ST_OK)
		return 0;
	return row;
}

/* By halves between a row that has one after it, and one that has none. */
static uint64_t last_row(struct desk_client *desk)
{
	uint64_t low = 0, beyond = RISK_SEEN_MESSAGES, row;

	if (row_after(desk, beyond) == 0)
		return 0; /* all of them are looked at */
	while ((row = row_after(desk, beyond)) != 0) {
		low = row;
		beyond = 2 * row;
	}
	while (low < beyond) {
		uint64_t middle = low + (beyond - low) / 2;

		row = row_after(desk, middle);
		if (row == 0)
			beyond = middle;
		else
			low = row;
	}
	return low;
}

void risk_seen_ask(struct risk_seen *out, const char *home)
{
	AUTO(desk_client) desk = NULL;
	const struct listing listing = { .message = on_message, .context = out };
	struct fault f;
	uint64_t last;

	*out = (struct risk_seen){ 0 };
	if (desk_client_open(&desk, home, &f) != ST_OK)
		return;
	(void)!desk_client_ask(desk, VERB_STATUS, &(struct verb_empty){ 0 }, -1, ASK_TIMEOUT_MS,
		on_status, out, &f);
	last = last_row(desk);
	struct verb_list filter = { .in = 1,
		.after = last > RISK_SEEN_MESSAGES ? last - RISK_SEEN_MESSAGES : 0 };
	(void)!listing_ask(desk, &filter, &listing, &f);
}

/* --- telling ---------------------------------------------------------------------- */

const struct risk_seen_row *risk_seen_find(const struct risk_seen *seen, const char *partner,
	enum area area, enum requirement requirement)
{
	const struct risk_seen_row *row = row_find(
		(struct risk_seen *)(uintptr_t)seen, slice_str(partner), area, requirement);

	return row && row->waiting + row->refused > 0 ? row : NULL;
}

void risk_seen_put(struct buf *out, const struct risk_seen_row *row)
{
	char when[TIME_TEXT_MAX];

	if (row->waiting > 0)
		buf_putf(out, "%llu message%s wait%s for it", (unsigned long long)row->waiting,
			row->waiting == 1 ? "" : "s", row->waiting == 1 ? "s" : "");
	if (row->waiting > 0 && row->refused > 0)
		buf_put_text(out, "; ");
	if (row->refused > 0)
		buf_putf(out, "%llu that came %s refused, the last on %s",
			(unsigned long long)row->refused, row->refused == 1 ? "was" : "were",
			time_format(when, row->refused_ns));
}

const char *risk_seen_mend(enum requirement requirement)
{
	static const char *const mends[REQUIREMENTS] = {
		[REQUIRES_ENCRYPTION] = "have the partner encrypt its messages",
		[REQUIRES_STRENGTH] = "have the partner renew that certificate with a longer key",
		[REQUIRES_CIPHER] = "have the partner encrypt with AES-256-GCM",
		[REQUIRES_FORWARD_SECRECY] = "have the partner's software take TLS 1.3",
		[REQUIRES_HYBRID] = "have the partner's software take X25519MLKEM768 in TLS 1.3, "
				    "as OpenSSL 3.5 does",
		[REQUIRES_CERTIFICATE_LIFE] = "have the partner renew that certificate for less "
					      "time",
		[REQUIRES_KEY_LIFE] = "have the partner renew with a new key",
	};

	return mends[requirement];
}
