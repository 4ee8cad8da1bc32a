/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_intervals.c.  Which way an award goes says the request that it goes back to.  One
 * of which that is not known may go either way: beside others it counts in both, and by itself it
 * is too much where both have no room for it.
 */
#include "ledger/register_together.h"

#include "ledger/ledger_internal.h"

#define QUANTITY_FORMAT "%lld.%06lld"
#define QUANTITY(n) (long long)((n) / FACT_UNIT), (long long)((n) % FACT_UNIT)

enum { FIRST_WAY, SECOND_WAY, WAYS };

static const struct measure {
	enum fact_kind said; /* of an interval */
	const char *unit;
	const char *sense[WAYS];
	enum fact_kind registered[WAYS];
	bool has_elsewhere; /* an availability says how much of it others were promised */
} measures[] = {
	{ FACT_QUANTITY_KW, "kW", { "up", "down" }, { FACT_UP_KW, FACT_DOWN_KW }, true },
	{ FACT_QUANTITY_KVAR, "kvar", { "inject", "absorb" },
		{ FACT_INJECT_KVAR, FACT_ABSORB_KVAR }, false },
};
#define MEASURES (sizeof(measures) / sizeof(measures[0]))

/* --- what is awarded at a time --- */

/* Which awards: empty: whatever they were asked for. */
struct awards {
	const struct measure *measure;
	struct span span;
	uint64_t but;           /* not of this statement */
	struct slice not_sense; /* not those that go this way */
	struct slice sense;     /* only those that are known to go this way */
};

/* The most at one moment of the time. */
static enum status awarded_read(
	int64_t *out, struct judging *j, const struct awards *a, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_AWARDED,
		V_BYTES(j->of.aggregation), V_BYTES(j->side.partner), V_INT(j->side.is_test),
		V_INT(a->span.from_ns), V_INT(a->span.until_ns), V_INT(a->but),
		V_INT(a->measure->said == FACT_QUANTITY_KVAR), V_BYTES(a->not_sense),
		V_BYTES(a->sense));
	enum status st = statement_step(j->ledger->sql, s, f);

	*out = st == ST_OK ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* --- beside what is registered --- */

struct together {
	int64_t said, awarded, elsewhere, most;
	const char *most_of; /* "registered is" */
};

static int64_t sum_of(const struct together *t)
{
	return amount_add(amount_add(t->awarded, t->elsewhere), t->said);
}

/* What is too much by itself is told elsewhere. */
static bool is_over(const struct together *t)
{
	return sum_of(t) > t->said && sum_of(t) > t->most;
}

static enum status together_fault(const struct judging *j, const struct measure *m,
	const struct together *t, const char *sense, struct fault *f)
{
	const bool is_award = j->document->type == DOCUMENT_AWARD;
	const char *blank = sense[0] ? " " : "";

	if (t->elsewhere == 0)
		return fault_set(f, ST_AUTH, "registry.capability",
			"all awards at that time come to " QUANTITY_FORMAT
			" %s%s%s, %s " QUANTITY_FORMAT, QUANTITY(sum_of(t)), m->unit, blank, sense,
			t->most_of, QUANTITY(t->most));
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s at that time %s to " QUANTITY_FORMAT " %s%s%s with " QUANTITY_FORMAT
		" that are committed elsewhere, %s " QUANTITY_FORMAT,
		is_award ? "all awards" : "what is offered", is_award ? "come" : "comes",
		QUANTITY(sum_of(t)), m->unit, blank, sense, QUANTITY(t->elsewhere),
		t->most_of, QUANTITY(t->most));
}

struct beside {
	const struct available *all;
	const struct asked *asked;
	uint64_t replaced; /* the statement that it supersedes */
};

/* Of an offer nothing is promised yet: it is held beside what others were promised. */
static enum status together_read(struct together *out, struct judging *j, const struct beside *b,
	const struct awards *awards, const struct said *item, int way, struct fault *f)
{
	const struct measure *m = awards->measure;
	const struct available_then then = available_at(b->all, &awards->span);
	struct awards these = *awards;

	*out = (struct together){ .said = quantity_bounded(said_number(item, m->said, 0)),
		.elsewhere = m->has_elsewhere ? then.committed[way] : 0 };
	if (j->document->type != DOCUMENT_AWARD)
		return ST_OK;
	these.not_sense = slice_str(m->sense[!way]);
	return awarded_read(&out->awarded, j, &these, f);
}

static int64_t most_of(const struct quantities *can, enum fact_kind kind)
{
	int at = (int)kind - FACT_EXPORT_KW;

	return can->known[at] ? can->of[at] : INT64_MAX;
}

static enum status ways_check(const struct judging *j, const struct measure *m,
	const struct together of[WAYS], const struct asked *asked, struct fault *f)
{
	const struct together *larger =
		of[FIRST_WAY].most >= of[SECOND_WAY].most ? &of[FIRST_WAY] : &of[SECOND_WAY];

	for (int way = 0; way < WAYS; way++)
		if (slice_eq(slice_str(asked->sense), slice_str(m->sense[way])))
			return is_over(&of[way])
				? together_fault(j, m, &of[way], m->sense[way], f)
				: ST_OK;
	return is_over(&of[FIRST_WAY]) && is_over(&of[SECOND_WAY])
		? together_fault(j, m, larger, "", f)
		: ST_OK;
}

static enum status item_judge(struct judging *j, const struct beside *b, const struct measure *m,
	const struct said *item, struct fault *f)
{
	struct awards awards = { .measure = m, .but = b->replaced };
	struct together of[WAYS];
	const struct chapter *list;
	struct quantities can;

	if (!item->has[m->said] || !said_span(&awards.span, item) ||
		book_list(&list, &j->book, &j->of, awards.span.from_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_let(&can, &j->book, list, awards.span.from_ns);
	for (int way = 0; way < WAYS; way++) {
		TRY(together_read(&of[way], j, b, &awards, item, way, f));
		of[way].most = most_of(&can, m->registered[way]);
		of[way].most_of = quantity_said(&can, m->registered[way]);
	}
	return judging_report(j, ways_check(j, m, of, b->asked, f), item, f);
}

enum status judge_together(struct judging *j, const struct available *all,
	const struct asked *asked, struct fault *f)
{
	struct slice before = said_text(&j->document->head, FACT_SUPERSEDES);
	struct slice rest = j->document->facts;
	struct beside b = { .all = all, .asked = asked };
	struct known replaced = { 0 };
	struct said item;
	enum status st;

	if (before.n > 0)
		TRY(known_document(&replaced, j->ledger, &j->side, before, S(""), f));
	b.replaced = replaced.number;
	TRY(book_open(&j->book, j->ledger, &j->of, f));
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		for (size_t i = 0; i < MEASURES; i++)
			TRY(item_judge(j, &b, &measures[i], &item, f));
	return st == ST_NONE ? ST_OK : st;
}

/* --- beside what a change leaves --- */

static enum status left_fault(
	const struct measure *m, int64_t awarded, int64_t left, const char *sense, struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.capability",
		QUANTITY_FORMAT " %s%s%s are awarded from then on, " QUANTITY_FORMAT
		" are left: affected_awards names none",
		QUANTITY(awarded), m->unit, sense[0] ? " " : "", sense, QUANTITY(left));
}

static enum status left_check(struct judging *j, const struct measure *m, struct fault *f)
{
	struct awards of = { .measure = m, .span = { j->at_ns, INT64_MAX } };
	int64_t left[WAYS], awarded[WAYS];

	for (int way = 0; way < WAYS; way++) {
		left[way] = said_number(&j->document->head, m->registered[way], INT64_MAX);
		of.not_sense = S("");
		of.sense = slice_str(m->sense[way]);
		TRY(awarded_read(&awarded[way], j, &of, f));
		if (awarded[way] > left[way])
			return left_fault(m, awarded[way], left[way], m->sense[way], f);
		of.not_sense = slice_str(m->sense[!way]);
		of.sense = S("");
		TRY(awarded_read(&awarded[way], j, &of, f));
	}
	int larger = left[FIRST_WAY] >= left[SECOND_WAY] ? FIRST_WAY : SECOND_WAY;
	return awarded[FIRST_WAY] > left[FIRST_WAY] && awarded[SECOND_WAY] > left[SECOND_WAY]
		? left_fault(m, awarded[larger], left[larger], "", f)
		: ST_OK;
}

enum status judge_left(struct judging *j, struct fault *f)
{
	for (size_t i = 0; i < MEASURES; i++)
		TRY(judging_report(j, left_check(j, &measures[i], f), NULL, f));
	return ST_OK;
}
