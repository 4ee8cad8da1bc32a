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

/* By what was asked for, or called for: the largest of what is registered. */
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

/* Of a setpoint, and of a change; above zero, and below. */
static const struct ability expected[2][2] = {
	{ { NULL, { FACT_UP_KW, FACT_DOWN_KW, FACT_EXPORT_KW } },
		{ NULL, { FACT_UP_KW, FACT_DOWN_KW, FACT_IMPORT_KW } } },
	{ { NULL, { FACT_UP_KW } }, { NULL, { FACT_DOWN_KW } } },
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

static enum status interval_judge(struct judging *j, const struct said *item,
	const struct ability *a, struct fault *f)
{
	struct span span;
	int64_t most;

	if (!said_span(&span, item))
		return ST_OK;
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
	const struct ability *a = measured;
	struct origin origin;
	struct known award;
	struct said item;
	enum status st;

	TRY(known_document(&award, j->ledger, &j->side,
		said_text(&j->document->head, FACT_AWARD), S(""), f));
	TRY(origin_read(&origin, j->ledger, award.number, f));
	while (a->sense && !slice_eq(slice_str(a->sense), slice_str(origin.sense)))
		a++;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(interval_judge(j, &item, a, f));
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

static enum status expected_check(int64_t said, int64_t most, struct fault *f)
{
	if (amount_magnitude(said) <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"expected_kw is " SIGNED_FORMAT ", registered is " SIGNED_FORMAT,
		SIGNED(said), SIGNED(most));
}

static enum status response_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(buf) aggregation = buf_init(FACT_TEXT_MAX);
	const struct said *head = &j->document->head;
	int64_t said = said_number(head, FACT_QUANTITY_KW, 0), most;
	int64_t at_ns = said_number(head, FACT_START, j->question->now_ns);
	const struct span span = { at_ns, amount_add(at_ns, 1) };
	bool is_change = false;

	if (said == 0)
		return ST_OK;
	TRY(called_read(&aggregation, &is_change, j, f));
	const struct book_of of = { buf_slice(&aggregation), j->side.partner, j->side.is_test };
	if (of.aggregation.n == 0)
		return ST_OK;
	TRY(most_read(&most, j, &of, &expected[is_change][said < 0], &span, f));
	return judging_report(j, expected_check(said, most < 0 ? INT64_MAX : most, f), NULL, f);
}

enum status judge_delivered(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_PERFORMANCE] = performance_judge,
		[DOCUMENT_RESPONSE] = response_judge,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
