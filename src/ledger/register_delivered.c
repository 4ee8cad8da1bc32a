/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c.  More than was awarded may be delivered, which the market pays or not;
 * more than all of an aggregation can do was not.
 */
#include "ledger/register_delivered.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_service.h"

#define NOISE 5 /* percent: what meters, and baselines, may be off */
#define CROSSED_MAX 64 /* times within an interval at which something changes: then it may be any */
#define SIGNED_FORMAT "%s%lld.%06lld"
#define SIGNED(n)                                                             \
	((n) < 0 ? "-" : ""), (long long)(amount_magnitude(n) / FACT_UNIT), \
		(long long)(amount_magnitude(n) % FACT_UNIT)

/* --- what is registered --- */

#define ABLE_KINDS 3

/* By what was asked for, or called for: the largest of what is registered; of none, anything. */
static const struct ability {
	const char *sense; /* NULL: none, or another one, is known */
	enum fact_kind registered[ABLE_KINDS];
} measured[] = {
	{ "up", { FACT_UP_KW } },
	{ "down", { FACT_DOWN_KW } },
	{ "inject", { FACT_DOCUMENT } },
	{ "absorb", { FACT_DOCUMENT } },
	{ NULL, { FACT_UP_KW, FACT_DOWN_KW } },
};

/* The same of kvar: what is asked for in kW has none. */
static const struct ability measured_kvar[] = {
	{ "up", { FACT_DOCUMENT } },
	{ "down", { FACT_DOCUMENT } },
	{ "inject", { FACT_INJECT_KVAR } },
	{ "absorb", { FACT_ABSORB_KVAR } },
	{ NULL, { FACT_INJECT_KVAR, FACT_ABSORB_KVAR } },
};

/* Of a setpoint, and of a change; above zero, and below. */
static const struct ability expected[2][2] = {
	{ { NULL, { FACT_UP_KW, FACT_DOWN_KW, FACT_EXPORT_KW } },
		{ NULL, { FACT_UP_KW, FACT_DOWN_KW, FACT_IMPORT_KW } } },
	{ { NULL, { FACT_UP_KW } }, { NULL, { FACT_DOWN_KW } } },
};
static const struct ability expected_kvar[2] = {
	{ NULL, { FACT_INJECT_KVAR } },
	{ NULL, { FACT_ABSORB_KVAR } },
};

static int64_t most_of(const struct ability *a, const struct quantities *can)
{
	int64_t most = -1;

	for (size_t i = 0; i < ABLE_KINDS && a->registered[i] != FACT_DOCUMENT; i++) {
		int at = (int)a->registered[i] - FACT_EXPORT_KW;

		if (!can->known[at])
			return INT64_MAX;
		most = can->of[at] > most ? can->of[at] : most;
	}
	return most < 0 ? INT64_MAX : most;
}

/* The most at any moment of the time; INT64_MAX: nobody knows. */
static enum status most_read(int64_t *out, struct judging *j, const struct book_of *of,
	const struct ability *a, const struct span *span, struct fault *f)
{
	int64_t at_ns = span->from_ns;
	const struct chapter *list;
	struct quantities can;

	*out = -1;
	TRY(book_open(&j->other, j->ledger, of, f));
	for (unsigned i = 0; at_ns < span->until_ns; i++) {
		if (i == CROSSED_MAX || book_list(&list, &j->other, of, at_ns, NULL) != ST_OK) {
			*out = INT64_MAX;
			return ST_OK;
		}
		at_ns = book_can(&can, &j->other, list, at_ns);
		int64_t most = most_of(a, &can);
		*out = most > *out ? most : *out;
	}
	return ST_OK;
}

/* --- what is measured --- */

static int64_t with_noise(int64_t most)
{
	return amount_add(most, most / 100 * NOISE);
}

static int64_t energy_of(int64_t kw, const struct span *span)
{
	__extension__ typedef __int128 wide;
	const wide kwh = (wide)kw * (span->until_ns - span->from_ns) / (3600 * (wide)NS_PER_S);

	return kwh > INT64_MAX ? INT64_MAX : (int64_t)kwh;
}

static enum status measured_check(
	const char *what, int64_t said, int64_t most, const char *sense, struct fault *f)
{
	if (said <= with_noise(most))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is " SIGNED_FORMAT ", registered is " SIGNED_FORMAT
		"%s%s: it cannot have been delivered, also where a meter is off by %d %%",
		what, SIGNED(said), SIGNED(most), sense ? " for " : "", sense ? sense : "",
		NOISE);
}

static enum status reactive_judge(struct judging *j, const struct said *item,
	const struct ability *a, const struct span *span, struct fault *f)
{
	int64_t most;

	if (!item->has[FACT_QUANTITY_KVAR])
		return ST_OK;
	TRY(most_read(&most, j, &j->of, a, span, f));
	return judging_report(j,
		measured_check("delivered_kvar", said_number(item, FACT_QUANTITY_KVAR, 0), most,
			a->sense, f),
		item, f);
}

/* at: in both lists of abilities. */
static enum status interval_judge(
	struct judging *j, const struct said *item, size_t at, struct fault *f)
{
	const struct ability *a = &measured[at];
	struct span span;
	int64_t most;

	if (!said_span(&span, item))
		return ST_OK;
	TRY(reactive_judge(j, item, &measured_kvar[at], &span, f));
	TRY(most_read(&most, j, &j->of, a, &span, f));
	enum status st = measured_check("delivered_kw", said_number(item, FACT_QUANTITY_KW, 0),
		most, a->sense, f);
	if (st == ST_OK && most != INT64_MAX)
		st = measured_check("delivered_kwh", said_number(item, FACT_ENERGY_KWH, 0),
			energy_of(most, &span), a->sense, f);
	return judging_report(j, st, item, f);
}

static enum status performance_judge(struct judging *j, struct fault *f)
{
	struct slice rest = j->document->lists[FACT_OF_INTERVAL];
	size_t at = 0;
	struct origin origin;
	struct known award;
	struct said item;
	enum status st;

	TRY(known_document(&award, j->ledger, &j->side,
		said_text(&j->document->head, FACT_AWARD), S(""), f));
	TRY(origin_read(&origin, j->ledger, award.number, f));
	while (measured[at].sense &&
		!slice_eq(slice_str(measured[at].sense), slice_str(origin.sense)))
		at++;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(interval_judge(j, &item, at, f));
	return st == ST_NONE ? ST_OK : st;
}

/* --- what is expected --- */

/* Whose dispatch it answers; empty: it is not there.  Whether that calls for a change. */
static enum status called_read(
	struct buf *out, bool *is_change, struct judging *j, struct fault *f)
{
	struct known dispatch;

	TRY(known_document(&dispatch, j->ledger, &j->side,
		said_text(&j->document->head, FACT_DISPATCH), S(""), f));
	struct sqlite3_stmt *s =
		STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_WHOSE, V_INT(dispatch.number));
	enum status st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK) {
		buf_put(out, slice_to(column_bytes(s, 0), FACT_TEXT_MAX));
		*is_change = slice_eq(column_bytes(s, 1), S(DISPATCH_OF_CHANGE));
	}
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status expected_check(
	const char *unit, int64_t said, int64_t most, struct fault *f)
{
	if (amount_magnitude(said) <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"expected_%s is " SIGNED_FORMAT ", registered is " SIGNED_FORMAT, unit,
		SIGNED(said), SIGNED(most));
}

/* In kvar, or in kW; nothing is read for what is 0. */
static enum status expected_judge(struct judging *j, const struct book_of *of, bool is_kvar,
	const struct ability *a, struct fault *f)
{
	const struct said *head = &j->document->head;
	int64_t at_ns = said_number(head, FACT_START, j->question->now_ns), most;
	int64_t said = said_number(head, is_kvar ? FACT_QUANTITY_KVAR : FACT_QUANTITY_KW, 0);
	const struct span span = { at_ns, amount_add(at_ns, 1) };

	if (said == 0)
		return ST_OK;
	TRY(most_read(&most, j, of, &a[said < 0], &span, f));
	return judging_report(j,
		expected_check(is_kvar ? "kvar" : "kw", said, most < 0 ? INT64_MAX : most, f), NULL,
		f);
}

static enum status response_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(buf) aggregation = buf_init(FACT_TEXT_MAX);
	const struct said *head = &j->document->head;
	bool is_change = false;

	if (said_number(head, FACT_QUANTITY_KW, 0) == 0 &&
		said_number(head, FACT_QUANTITY_KVAR, 0) == 0)
		return ST_OK;
	TRY(called_read(&aggregation, &is_change, j, f));
	const struct book_of of = { buf_slice(&aggregation), j->side.partner, j->side.is_test };
	if (of.aggregation.n == 0)
		return ST_OK;
	TRY(expected_judge(j, &of, false, expected[is_change], f));
	return expected_judge(j, &of, true, expected_kvar, f);
}

enum status judge_delivered(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_PERFORMANCE] = performance_judge,
		[DOCUMENT_RESPONSE] = response_judge,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
