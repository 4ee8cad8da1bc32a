/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_intervals.c.  Which way an award goes says the request that it goes back to.
 * One of which that is not known may go either way: beside others it counts in both, and by itself
 * it is too much where both have no room for it.
 */
#include "ledger/register_together.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_intervals.h"
#include "ledger/register_levels.h"

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

/* The line of what may go either way follows those of the two ways. */
#define KNOWN(way) (1u << (way))
#define MAY(way) (KNOWN(way) | 1u << WAYS)

/* Of a time, but not of statement `but`. */
static enum status awarded_read(struct levels *out, struct judging *j, const struct measure *m,
	const struct span *span, uint64_t but, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_AWARDED,
		V_BYTES(j->of.aggregation), V_BYTES(j->side.partner), V_INT(j->side.is_test),
		V_INT(span->from_ns), V_INT(span->until_ns), V_INT(but),
		V_INT(m->said == FACT_QUANTITY_KVAR), V_BYTES(slice_str(m->sense[FIRST_WAY])),
		V_BYTES(slice_str(m->sense[SECOND_WAY])));

	return levels_read(out, j->ledger, s, f);
}

static void span_join(struct span *all, const struct span *one)
{
	const bool is_first = all->from_ns == all->until_ns;

	if (is_first || one->from_ns < all->from_ns)
		all->from_ns = one->from_ns;
	if (is_first || one->until_ns > all->until_ns)
		all->until_ns = one->until_ns;
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
	struct levels *awarded; /* nothing, for an offer: of it nothing is promised yet */
};

static struct together together_of(const struct beside *b, const struct measure *m,
	const struct said *item, const struct span *span, int way)
{
	const struct available_then then = available_at(b->all, span);

	return (struct together){
		.said = quantity_bounded(said_number(item, m->said, 0)),
		.elsewhere = m->has_elsewhere ? then.committed[way] : 0,
		.awarded = levels_most(b->awarded, span, MAY(way)),
	};
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
	struct together of[WAYS] = { 0 };
	const struct chapter *list;
	struct quantities can;
	struct span span;

	if (!item->has[m->said] || !said_span(&span, item) ||
		book_list(&list, &j->book, &j->of, span.from_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_let(&can, &j->book, list, span.from_ns);
	for (int way = 0; way < WAYS; way++) {
		of[way] = together_of(b, m, item, &span, way);
		of[way].most = most_of(&can, m->registered[way]);
		of[way].most_of = quantity_said(&can, m->registered[way]);
	}
	return judging_report(j, ways_check(j, m, of, b->asked, f), item, f);
}

/* All of its time in which it says so much; of no time at all: it says none. */
static enum status measure_span(struct span *out, const struct said_document *d,
	const struct measure *m, struct fault *f)
{
	struct slice rest = d->facts;
	struct said item;
	struct span span;
	enum status st;

	*out = (struct span){ 0 };
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (item.has[m->said] && said_span(&span, &item))
			span_join(out, &span);
	return st == ST_NONE ? ST_OK : st;
}

static enum status measure_judge(struct judging *j, const struct beside *b, const struct measure *m,
	uint64_t replaced, struct fault *f)
{
	struct slice rest = j->document->facts;
	struct span span;
	struct said item;
	enum status st;

	TRY(measure_span(&span, j->document, m, f));
	if (span.from_ns == span.until_ns)
		return ST_OK;
	if (j->document->type == DOCUMENT_AWARD)
		TRY(judging_report(
			j, awarded_read(b->awarded, j, m, &span, replaced, f), NULL, f));
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(item_judge(j, b, m, &item, f));
	return st == ST_NONE ? ST_OK : st;
}

enum status judge_together(struct judging *j, const struct available *all,
	const struct asked *asked, struct fault *f)
{
	struct slice before = said_text(&j->document->head, FACT_SUPERSEDES);
	AUTO_IN_PLACE(levels) awarded = levels_init();
	const struct beside b = { .all = all, .asked = asked, .awarded = &awarded };
	struct known replaced = { 0 };

	if (before.n > 0)
		TRY(known_document(&replaced, j->ledger, &j->side, before, S(""), f));
	TRY(book_open(&j->book, j->ledger, &j->of, f));
	for (size_t i = 0; i < MEASURES; i++)
		TRY(measure_judge(j, &b, &measures[i], replaced.number, f));
	return ST_OK;
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
	AUTO_IN_PLACE(levels) levels = levels_init();
	const struct said *said = &j->document->head;
	const struct span span = { j->at_ns, INT64_MAX };
	int64_t left[WAYS], awarded[WAYS];

	if (!said->has[m->registered[FIRST_WAY]] && !said->has[m->registered[SECOND_WAY]])
		return ST_OK;
	TRY(awarded_read(&levels, j, m, &span, 0, f));
	for (int way = 0; way < WAYS; way++) {
		left[way] = said_number(said, m->registered[way], INT64_MAX);
		awarded[way] = levels_most(&levels, &span, KNOWN(way));
		if (awarded[way] > left[way])
			return left_fault(m, awarded[way], left[way], m->sense[way], f);
		awarded[way] = levels_most(&levels, &span, MAY(way));
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

/* Lines: of what is called for. */
#define OTHER_CHAINS (1u << 0)
#define THIS_CHAIN (1u << 1)
#define ALL_CHAINS (OTHER_CHAINS | THIS_CHAIN)

struct calling {
	struct judging *judging;
	const struct known *award;
	bool is_output;      /* a setpoint of it is what was awarded */
	bool is_adjusting;   /* it takes the place of all before it in its chain */
	uint64_t replaced;
	struct slice chain; /* and that of other revisions of its award */
	/* those that call for the same: changes or setpoints, in one direction */
	bool is_change, is_below;
	struct levels *others;
	/* of the interval */
	enum fact_kind kind;
	int64_t said;
	struct span span;
};

static enum status others_read(struct calling *c, const struct span *span, struct fault *f)
{
	struct judging *j = c->judging;
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_CALLED_FOR,
		V_BYTES(j->of.aggregation), V_BYTES(j->side.partner), V_INT(j->side.is_test),
		V_INT(span->from_ns), V_INT(span->until_ns), V_INT(c->replaced),
		V_INT(c->is_below), V_INT(c->is_change), V_INT(c->award->number != 0),
		V_BYTES(c->chain), V_INT(c->award->number));

	return levels_read(c->others, j->ledger, s, f);
}

#define TAKES_PLACE ": what is to take the place of another one adjusts or supersedes it"

static enum status award_check(const struct calling *c, struct fault *f)
{
	struct judging *j = c->judging;
	struct slice id = said_text(&j->document->head, FACT_AWARD);
	int64_t others = levels_most(c->others, &c->span, THIS_CHAIN);
	struct cover cover;

	if (others == 0 || c->award->number == 0 || c->is_adjusting ||
		(!c->is_output && c->kind != FACT_CHANGE_KW))
		return ST_OK;
	TRY(cover_read(&cover, j->ledger, c->award->number, &c->span, f));
	if (!cover.has_kw || amount_add(others, c->said) <= cover.kw)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s comes to " QUANTITY_FORMAT " with what is called for at that time already, "
		"award %.*s has " QUANTITY_FORMAT TAKES_PLACE,
		fact_name(c->kind), QUANTITY(amount_add(others, c->said)),
		SLICE_FMT(name_shown(id)), QUANTITY(cover.kw));
}

/* Of both ways a setpoint goes, and a change. */
static enum fact_kind able_of(const struct calling *c)
{
	static const enum fact_kind kinds[2][2] = { { FACT_EXPORT_KW, FACT_IMPORT_KW },
		{ FACT_UP_KW, FACT_DOWN_KW } };

	return kinds[c->is_change][c->is_below];
}

static enum status all_check(const struct calling *c, struct fault *f)
{
	struct judging *j = c->judging;
	const struct chapter *list;
	struct quantities can;
	int64_t others = levels_most(
		c->others, &c->span, c->is_adjusting ? OTHER_CHAINS : ALL_CHAINS);

	if (others == 0 ||
		book_list(&list, &j->book, &j->of, c->span.from_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_let(&can, &j->book, list, c->span.from_ns);
	if (amount_add(others, c->said) <= most_of(&can, able_of(c)))
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

/* Whether it calls for what is looked at. */
static bool call_take(struct calling *c, const struct said *item)
{
	int64_t said;

	c->kind = item->has[FACT_QUANTITY_KW] ? FACT_QUANTITY_KW : FACT_CHANGE_KW;
	said = said_number(item, c->kind, 0);
	c->said = quantity_bounded(said);
	return said != 0 && c->is_change == (c->kind == FACT_CHANGE_KW) &&
		c->is_below == (said < 0) && said_span(&c->span, item);
}

static enum status calls_span(struct span *out, struct calling *c, struct fault *f)
{
	struct slice rest = c->judging->document->facts;
	struct said item;
	enum status st;

	*out = (struct span){ 0 };
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (call_take(c, &item))
			span_join(out, &c->span);
	return st == ST_NONE ? ST_OK : st;
}

static enum status calls_judge(struct calling *c, struct fault *f)
{
	struct judging *j = c->judging;
	struct slice rest = j->document->facts;
	struct span span;
	struct said item;
	enum status st;

	TRY(calls_span(&span, c, f));
	if (span.from_ns == span.until_ns)
		return ST_OK;
	TRY(judging_report(j, others_read(c, &span, f), NULL, f));
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (call_take(c, &item))
			TRY(judging_report(j, call_check(c, f), &item, f));
	return st == ST_NONE ? ST_OK : st;
}

enum status judge_called(
	struct judging *j, const struct known *award, bool is_output, struct fault *f)
{
	const struct said *head = &j->document->head;
	AUTO_IN_PLACE(buf) chain = buf_init(REGISTER_KEY_MAX);
	AUTO_IN_PLACE(levels) others = levels_init();
	struct calling c = { .judging = j, .award = award, .is_output = is_output,
		.others = &others };
	struct slice before = said_text(head, FACT_SUPERSEDES);
	struct known replaced = { 0 };

	if (!said_is_start(j->document))
		return ST_OK;
	if (before.n > 0)
		TRY(known_document(&replaced, j->ledger, &j->side, before, S(""), f));
	register_key_put(&chain, j->document);
	c.is_adjusting = slice_eq(said_text(head, FACT_ACTION), S("adjust"));
	c.replaced = replaced.number;
	c.chain = buf_slice(&chain);
	TRY(book_open(&j->book, j->ledger, &j->of, f));
	for (unsigned what = 0; what < 4; what++) {
		c.is_change = (what & 1u) != 0;
		c.is_below = (what & 2u) != 0;
		TRY(calls_judge(&c, f));
	}
	return ST_OK;
}
