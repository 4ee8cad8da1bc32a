/* SPDX-License-Identifier: Apache-2.0 */
/* A fact: u8 kind, u8 list, u8 flags, u32 item; then u64 number, or u8 length and text. */
#include "exchange/facts.h"

#include <string.h>

#include "base/log.h"

#define HEAD 7 /* bytes before number or text */
#define NUMBER 8

enum { IS_TEXT = 1, IS_CUT = 2, FLAGS = IS_TEXT | IS_CUT };

static const char *const names[FACTS] = {
	[FACT_DOCUMENT] = "document",
	[FACT_TYPE] = "type",
	[FACT_ID] = "id",
	[FACT_CORRELATION] = "correlation",
	[FACT_REPLY] = "reply",
	[FACT_SUPERSEDES] = "supersedes",
	[FACT_REVISION] = "revision",
	[FACT_SENDER_ROLE] = "sender_role",
	[FACT_PROGRAM] = "program",
	[FACT_TEST] = "test",
	[FACT_CREATED] = "created",
	[FACT_EXPIRES] = "expires",
	[FACT_ACTION] = "action",
	[FACT_CAUSE] = "cause",
	[FACT_INVALID] = "invalid",
	[FACT_KIND] = "kind",
	[FACT_SEQUENCE] = "sequence",
	[FACT_BASIS] = "basis",
	[FACT_COUNT] = "count",
	[FACT_LAST] = "last",
	[FACT_FROM] = "from",
	[FACT_UNTIL] = "until",
	[FACT_START] = "start",
	[FACT_SECONDS] = "seconds",
	[FACT_AGGREGATION] = "aggregation",
	[FACT_NAME] = "name",
	[FACT_RESOURCE] = "resource",
	[FACT_PREMISE] = "premise",
	[FACT_FEEDER] = "feeder",
	[FACT_DER_KIND] = "der_kind",
	[FACT_CONSENT] = "consent",
	[FACT_CONSENT_UNTIL] = "consent_until",
	[FACT_REJECTED] = "rejected",
	[FACT_REGISTRATION] = "registration",
	[FACT_REQUEST] = "request",
	[FACT_OFFER] = "offer",
	[FACT_AWARD] = "award",
	[FACT_DISPATCH] = "dispatch",
	[FACT_PERFORMANCE] = "performance",
	[FACT_INVOICE] = "invoice",
	[FACT_OUTAGE] = "outage",
	[FACT_LIMIT] = "limit",
	[FACT_SUBJECT] = "subject",
	[FACT_EXPORT_KW] = "export_kw",
	[FACT_IMPORT_KW] = "import_kw",
	[FACT_UP_KW] = "up_kw",
	[FACT_DOWN_KW] = "down_kw",
	[FACT_INJECT_KVAR] = "inject_kvar",
	[FACT_ABSORB_KVAR] = "absorb_kvar",
	[FACT_ENERGY_KWH] = "energy_kwh",
	[FACT_QUANTITY_KW] = "quantity_kw",
	[FACT_QUANTITY_KVAR] = "quantity_kvar",
	[FACT_AMOUNT] = "amount",
	[FACT_CEILING] = "ceiling",
	[FACT_REVIEW_STARTED] = "review_started",
	[FACT_REVIEW_DUE] = "review_due",
	[FACT_CLOCK_STOPPED] = "clock_stopped",
	[FACT_SENDER] = "sender",
	[FACT_RECEIVER] = "receiver",
	[FACT_BEHALF] = "behalf",
	[FACT_CREDITOR] = "creditor",
	[FACT_DEBTOR] = "debtor",
	[FACT_PAYEE] = "payee",
	[FACT_BANK_CHANGED] = "bank_changed",
	[FACT_TRACE] = "trace",
	[FACT_PRICE] = "price",
	[FACT_CURRENCY] = "currency",
	[FACT_INVOICED] = "invoiced",
	[FACT_QUANTITY] = "quantity",
	[FACT_MEASURE] = "measure",
	[FACT_COMMITTED] = "committed",
	[FACT_CHANGE_KW] = "change_kw",
	[FACT_OVERRIDE] = "override",
	[FACT_DIRECTION] = "direction",
	[FACT_ADDRESSEE] = "addressee",
	[FACT_BASELINE] = "baseline",
	[FACT_AWARDED_KW] = "awarded_kw",
	[FACT_PERCENT] = "percent",
	[FACT_EXCLUDED] = "excluded",
	[FACT_NOTICE_MET] = "notice_met",
	[FACT_FALLBACK_EXPORT] = "fallback_export",
	[FACT_FALLBACK_IMPORT] = "fallback_import",
	[FACT_ATTESTED] = "attested",
	[FACT_DISPUTE] = "dispute",
	[FACT_BANK] = "bank",
	[FACT_ACCOUNT] = "account",
	[FACT_SUMMARY] = "summary",
	[FACT_UNCERTAINTY] = "uncertainty",
	[FACT_BEGAN] = "began",
	[FACT_ENDED] = "ended",
	[FACT_NEXT_UPDATE] = "next_update",
	[FACT_AGREED_NOTICE] = "agreed_notice",
	[FACT_AGREED_KW] = "agreed_kw",
	[FACT_AGREED_CHANGE] = "agreed_change",
	[FACT_AGREED_SILENCE] = "agreed_silence",
	[FACT_PRIMACY] = "primacy",
	[FACT_NET_METERING] = "net_metering",
	[FACT_PRODUCT] = "product",
	[FACT_ATTESTED_ONCE] = "attested_once",
	[FACT_AGREED_AGE] = "agreed_age",
	[FACT_AGREED_ROUNDING] = "agreed_rounding",
	[FACT_AGREED_COOLING] = "agreed_cooling",
	[FACT_CAP_KW] = "cap_kw",
	[FACT_WINDOW] = "window",
	[FACT_PLACE] = "place",
	[FACT_SPOT] = "spot",
	[FACT_LEAST_KW] = "least_kw",
	[FACT_STEP_KW] = "step_kw",
	[FACT_WHOLE] = "whole",
	[FACT_DROP_KW] = "drop_kw",
	[FACT_AWARDED_KVAR] = "awarded_kvar",
	[FACT_FINAL] = "final",
	[FACT_HEADROOM_KWH] = "headroom_kwh",
	[FACT_SHED_KW] = "shed_kw",
	[FACT_GENERATION_KW] = "generation_kw",
};

const char *fact_name(enum fact_kind kind)
{
	if ((unsigned)kind >= FACTS)
		bug("fact %d does not exist", (int)kind);
	return names[kind];
}

static void big_endian_put(uint8_t *to, uint64_t value, size_t n)
{
	for (; n-- > 0; value >>= 8)
		to[n] = (uint8_t)value;
}

void fact_put(struct buf *out, const struct fact *fact)
{
	struct slice text = slice_to(fact->text, FACT_TEXT_MAX);
	bool is_cut = fact->is_cut || text.n < fact->text.n;
	uint8_t head[HEAD + NUMBER] = { (uint8_t)fact->kind, (uint8_t)fact->list,
		(uint8_t)((fact->is_text ? IS_TEXT : 0) | (is_cut ? IS_CUT : 0)) };

	big_endian_put(&head[3], fact->item, 4);
	if (fact->is_text) {
		head[HEAD] = (uint8_t)text.n;
		buf_put(out, slice_of(head, HEAD + 1));
		buf_put(out, text);
	} else {
		big_endian_put(&head[HEAD], (uint64_t)fact->number, NUMBER);
		buf_put(out, slice_of(head, sizeof(head)));
	}
}

static enum status malformed(struct fault *f, const char *what)
{
	return fault_set(f, ST_INPUT, "facts.malformed", "facts of a document: %s", what);
}

static enum status text_take(struct fact *out, struct slice *rest, struct fault *f)
{
	if (rest->n == 0 || rest->p[0] > rest->n - 1)
		return malformed(f, "they end within a text");
	out->text = slice_sub(*rest, 1, rest->p[0]);
	*rest = slice_from(*rest, 1 + out->text.n);
	return ST_OK;
}

static enum status number_take(struct fact *out, struct slice *rest, struct fault *f)
{
	if (rest->n < NUMBER)
		return malformed(f, "they end within a number");
	out->number = (int64_t)__builtin_bswap64(slice_word(*rest, 0));
	*rest = slice_from(*rest, NUMBER);
	return ST_OK;
}

enum status fact_next(struct fact *out, struct slice *rest, struct fault *f)
{
	if (rest->n == 0)
		return ST_NONE;
	if (rest->n <= HEAD) /* a byte at least is behind it: a length, or of a number */
		return malformed(f, "they end within a head");
	const uint64_t head = slice_word(*rest, 0); /* all of it, and that byte */
	const uint8_t kind = head & 0xff, list = head >> 8 & 0xff, flags = head >> 16 & 0xff;
	if (kind >= FACTS || list >= FACT_LISTS || (flags & ~FLAGS) != 0)
		return malformed(f, "a kind that does not exist");
	*out = (struct fact){ .kind = kind,
		.list = list,
		.is_text = flags & IS_TEXT,
		.is_cut = flags & IS_CUT,
		.item = __builtin_bswap32((uint32_t)(head >> 24)) };
	*rest = slice_from(*rest, HEAD);
	return out->is_text ? text_take(out, rest, f) : number_take(out, rest, f);
}
