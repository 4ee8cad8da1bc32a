/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_intervals.c.  Which way an award goes says the request that it goes back to.
 * One of which that is not known may go either way: beside others it counts in both, and by itself
 * it is too much where both have no room for it.
 */
#include "ledger/register_together.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_intervals.h"

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
	struct together of[WAYS] = { 0 };
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

/* --- what is called for at a time --------------------------------------------------------- */

enum chains { ALL_CHAINS, THIS_CHAIN, OTHER_CHAINS };

struct calling {
	struct judging *judging;
	const struct known *award;
	bool is_output;      /* a setpoint of it is what was awarded */
	bool is_adjusting;   /* it takes the place of all before it in its chain */
	uint64_t replaced;
	struct slice chain;
	/* of the interval */
	enum fact_kind kind;
	int64_t said;
	bool is_below;
	struct span span;
};

static enum status others_read(
	int64_t *out, const struct calling *c, enum chains chains, struct fault *f)
{
	struct judging *j = c->judging;
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_CALLED_FOR,
		V_BYTES(j->of.aggregation), V_BYTES(j->side.partner), V_INT(j->side.is_test),
		V_INT(c->span.from_ns), V_INT(c->span.until_ns), V_INT(c->replaced),
		V_INT(c->is_below), V_INT(c->kind == FACT_CHANGE_KW),
		V_INT(c->award->number != 0), V_BYTES(c->chain), V_INT(chains));
	enum status st = statement_step(j->ledger->sql, s, f);

	*out = st == ST_OK ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

#define TAKES_PLACE ": what is to take the place of another one adjusts or supersedes it"

static enum status award_check(const struct calling *c, struct fault *f)
{
	struct judging *j = c->judging;
	struct slice id = said_text(&j->document->head, FACT_AWARD);
	struct cover cover;
	int64_t others;

	if (c->award->number == 0 || c->is_adjusting ||
		(!c->is_output && c->kind != FACT_CHANGE_KW))
		return ST_OK;
	TRY(cover_read(&cover, j->ledger, c->award->number, &c->span, f));
	TRY(others_read(&others, c, THIS_CHAIN, f));
	if (others == 0 || !cover.has_kw || amount_add(others, c->said) <= cover.kw)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s comes to " QUANTITY_FORMAT " with what is called for at that time already, "
		"award %.*s has " QUANTITY_FORMAT TAKES_PLACE,
		fact_name(c->kind), QUANTITY(amount_add(others, c->said)),
		SLICE_FMT(slice_to(id, REGISTER_NAME_SHOWN)), QUANTITY(cover.kw));
}

/* Of both ways a setpoint goes, and a change. */
static enum fact_kind able_of(const struct calling *c)
{
	static const enum fact_kind kinds[2][2] = { { FACT_EXPORT_KW, FACT_IMPORT_KW },
		{ FACT_UP_KW, FACT_DOWN_KW } };

	return kinds[c->kind == FACT_CHANGE_KW][c->is_below];
}

static enum status all_check(const struct calling *c, struct fault *f)
{
	struct judging *j = c->judging;
	const struct chapter *list;
	struct quantities can;
	int64_t others;

	if (book_list(&list, &j->book, &j->of, c->span.from_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_let(&can, &j->book, list, c->span.from_ns);
	TRY(others_read(&others, c, c->is_adjusting ? OTHER_CHAINS : ALL_CHAINS, f));
	if (others == 0 || amount_add(others, c->said) <= most_of(&can, able_of(c)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s comes to " QUANTITY_FORMAT " with what is called for at that time already, %s "
		QUANTITY_FORMAT TAKES_PLACE,
		fact_name(c->kind), QUANTITY(amount_add(others, c->said)),
		quantity_said(&can, able_of(c)), QUANTITY(most_of(&can, able_of(c))));
}

static enum status call_check(const struct calling *c, struct fault *f)
{
	TRY(award_check(c, f));
	return all_check(c, f);
}

static bool call_take(struct calling *c, const struct said *item)
{
	int64_t said;

	c->kind = item->has[FACT_QUANTITY_KW] ? FACT_QUANTITY_KW : FACT_CHANGE_KW;
	said = said_number(item, c->kind, 0);
	c->said = quantity_bounded(said);
	c->is_below = said < 0;
	return said != 0 && said_span(&c->span, item);
}

enum status judge_called(
	struct judging *j, const struct known *award, bool is_output, struct fault *f)
{
	const struct said *head = &j->document->head;
	AUTO_IN_PLACE(buf) chain = buf_init(REGISTER_KEY_MAX);
	struct calling c = { .judging = j, .award = award, .is_output = is_output };
	struct slice before = said_text(head, FACT_SUPERSEDES), rest = j->document->facts;
	struct known replaced = { 0 };
	struct said item;
	enum status st;

	if (!said_is_start(j->document))
		return ST_OK;
	if (before.n > 0)
		TRY(known_document(&replaced, j->ledger, &j->side, before, S(""), f));
	register_key_put(&chain, j->document);
	c.is_adjusting = slice_eq(said_text(head, FACT_ACTION), S("adjust"));
	c.replaced = replaced.number;
	c.chain = buf_slice(&chain);
	TRY(book_open(&j->book, j->ledger, &j->of, f));
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (call_take(&c, &item))
			TRY(judging_report(j, call_check(&c, f), &item, f));
	return st == ST_NONE ? ST_OK : st;
}
