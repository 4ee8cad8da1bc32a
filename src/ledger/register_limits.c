/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c.  A setpoint, what is expected, and a service whose output is measured
 * are put out or taken in; a change beside a baseline is neither, and may be right under any limit.
 * Limits are read once a document.
 */
#include "ledger/register_limits.h"

#include "base/clock.h"
#include "exchange/area.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_asked.h"
#include "ledger/register_bounds.h"
#include "ledger/register_room.h"

#define MOMENTS_MAX 1000 /* that are looked at of one document: later intervals at their begin */

/* --- what holds for a document --- */

/* Which way a service goes that is measured as what is put out or taken in. */
struct way {
	const char *sense;
	enum fact_kind kind;
	enum bound_measure measure;
};

struct standing {
	struct judging *judging;
	const struct way *way; /* of an offer or award */
	struct bounds whole; /* of its aggregation */
	struct room room;    /* of parts of it */
	unsigned moments;
};

static struct standing standing_init(struct judging *j, const struct way *way)
{
	return (struct standing){
		.judging = j, .way = way, .whole = bounds_init(), .room = room_init() };
}

static void standing_done(struct standing *s)
{
	bounds_done(&s->whole);
	room_done(&s->room);
}
DEFINE_AUTO_IN_PLACE(standing)

/*
 * What a utility calls for is held to all limits that it has said; what an aggregator says, to
 * those that were there when it made that, which is as long ago as it may have been under way.
 */
static int64_t said_by(const struct judging *j)
{
	static const unsigned aggregators = DOCUMENT_BIT(DOCUMENT_AVAILABILITY) |
		DOCUMENT_BIT(DOCUMENT_OFFER) | DOCUMENT_BIT(DOCUMENT_RESPONSE);

	const int64_t now_ns = j->question->now_ns;
	const int64_t first_ns = now_ns - area_profile(AREA_AVAILABILITY)->deadline_ns;
	int64_t made_ns = said_number(&j->document->head, FACT_CREATED, now_ns);

	if (!(aggregators & DOCUMENT_BIT(j->document->type)))
		return INT64_MAX;
	return made_ns < first_ns ? first_ns : made_ns;
}

/* Who is sent copies sees no resources. */
static enum status parts_read(
	struct standing *s, const struct bounds_search *search, struct fault *f)
{
	struct judging *j = s->judging;
	const struct chapter *list;
	struct quantities can;

	if (said_is_copy(j->document) ||
		book_list(&list, &j->book, &j->of, search->span.from_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_can(&can, &j->book, list, search->span.from_ns);
	return room_read(&s->room, search, &j->book, list, &can, search->span.from_ns, f);
}

static enum status search_open(
	struct bounds_search *out, struct judging *j, const struct span *span, struct fault *f)
{
	TRY(book_open(&j->book, j->ledger, &j->of, f));
	*out = (struct bounds_search){ .ledger = j->ledger,
		.side = j->side,
		.span = *span,
		.said_ns = said_by(j),
		.but = S(""),
		.conditions = &j->book.conditions };
	return ST_OK;
}

static enum status standing_read(struct standing *s, const struct span *span, struct fault *f)
{
	struct judging *j = s->judging;
	struct bounds_search search;

	TRY(search_open(&search, j, span, f));
	TRY(bounds_read(&s->whole, &search, BOUND_AGGREGATION, j->of.aggregation, f));
	return parts_read(s, &search, f);
}

/* Mostly there are none at all, and nothing of the document has to be read again. */
static enum status is_any_limit(bool *out, struct judging *j, struct fault *f)
{
	const struct span span = { j->at_ns, INT64_MAX };
	struct bounds_search search;

	*out = false;
	TRY(search_open(&search, j, &span, f));
	for (enum bound_scope scope = 0; scope < BOUND_SCOPES && !*out; scope++)
		TRY(bounds_any(out, &search, scope, f));
	return ST_OK;
}

/* --- what is said beside it --- */

/* So much of something, at a time. */
struct claim {
	enum fact_kind kind;
	enum bound_measure measure;
	int64_t amount;
	bool is_below; /* it was said with a minus */
	struct span span;
};

static enum status whole_check(struct standing *s, const struct claim *c, int64_t at_ns,
	struct fault *f)
{
	const struct bound *least =
		bounds_least(&s->whole, 0, bounds_count(&s->whole), c->measure, at_ns);
	struct bound_name name;

	if (!least || c->amount <= least->of[c->measure])
		return ST_OK;
	TRY(bound_named(&name, s->judging->ledger, least, f));
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is %s" QUANTITY_FORMAT ", %s lets " QUANTITY_FORMAT " through at that time",
		fact_name(c->kind), c->is_below ? "-" : "", QUANTITY(c->amount), name.said,
		QUANTITY(least->of[c->measure]));
}

static enum status parts_check(struct standing *s, const struct claim *c, int64_t at_ns,
	struct fault *f)
{
	const struct bound *by;
	enum bound_scope scope;
	int64_t most = room_most(&by, &scope, &s->room, c->measure, at_ns);

	struct bound_name name;

	if (c->amount <= most)
		return ST_OK;
	TRY(bound_named(&name, s->judging->ledger, by, f));
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is %s" QUANTITY_FORMAT ", %s%s of a %s of it%s " QUANTITY_FORMAT
		" to all of its resources at that time",
		fact_name(c->kind), c->is_below ? "-" : "", QUANTITY(c->amount),
		name.limit[0] ? "limits such as " : "", name.limit[0] ? name.limit : name.said,
		bound_scope_name(scope), name.limit[0] ? " leave" : " leaves", QUANTITY(most));
}

static int64_t next_of(const struct standing *s, int64_t at_ns)
{
	int64_t whole = bounds_next(&s->whole, at_ns);
	int64_t parts = bounds_next(&s->room.bounds, at_ns);

	return whole < parts ? whole : parts;
}

/* From its begin on, at each moment at which something else may hold, until it is too much. */
static enum status claim_check(struct standing *s, const struct claim *c, struct fault *f)
{
	int64_t at_ns = c->span.from_ns;

	do {
		TRY(whole_check(s, c, at_ns, f));
		TRY(parts_check(s, c, at_ns, f));
		at_ns = next_of(s, at_ns);
	} while (at_ns < c->span.until_ns && s->moments++ < MOMENTS_MAX);
	return ST_OK;
}

static enum status claim_judge(struct standing *s, const struct claim *c,
	const struct said *item, struct fault *f)
{
	if (c->amount == 0)
		return ST_OK;
	return judging_report(s->judging, claim_check(s, c, f), item, f);
}

/* Positive is put out, negative taken in. */
static enum status signed_judge(struct standing *s, const struct said *item,
	const struct span *span, struct fault *f)
{
	static const struct {
		enum fact_kind kind;
		enum bound_measure above, below;
	} rows[] = {
		{ FACT_QUANTITY_KW, BOUND_EXPORT, BOUND_IMPORT },
		{ FACT_QUANTITY_KVAR, BOUND_INJECT, BOUND_ABSORB },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t said = said_number(item, rows[i].kind, 0);
		const struct claim c = { rows[i].kind,
			said < 0 ? rows[i].below : rows[i].above, quantity_bounded(said),
			said < 0, *span };

		TRY(claim_judge(s, &c, item, f));
	}
	return ST_OK;
}

static enum status expected_judge(struct standing *s, const struct said *item,
	const struct span *span, struct fault *f)
{
	for (enum bound_measure m = BOUND_EXPORT; m <= BOUND_IMPORT; m++) {
		const struct claim c = { bound_fact(m), m,
			quantity_bounded(said_number(item, bound_fact(m), 0)), false, *span };

		TRY(claim_judge(s, &c, item, f));
	}
	return ST_OK;
}

typedef enum status item_judge(
	struct standing *, const struct said *, const struct span *, struct fault *);

static enum status intervals_judge(
	struct judging *j, item_judge *judge, const struct way *way, struct fault *f)
{
	AUTO_IN_PLACE(standing) standing = standing_init(j, way);
	struct slice rest = j->document->facts;
	struct said item;
	struct span span;
	bool is_any;
	enum status st;

	TRY(is_any_limit(&is_any, j, f));
	if (!is_any)
		return ST_OK;
	st = said_times(&span, j->document, f);

	if (st == ST_OK)
		st = standing_read(&standing, &span, f);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	if (bounds_count(&standing.whole) == 0 && !standing.room.is_known)
		return ST_OK;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (said_span(&span, &item))
			TRY(judge(&standing, &item, &span, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status dispatch_judge(struct judging *j, struct fault *f)
{
	return said_is_start(j->document) ? intervals_judge(j, signed_judge, NULL, f) : ST_OK;
}

static enum status says_expected(bool *out, const struct said_document *d, struct fault *f)
{
	struct slice rest = d->facts;
	struct fact fact;
	enum status st = ST_OK;

	*out = false;
	while (!*out && (st = fact_next(&fact, &rest, f)) == ST_OK)
		*out = fact.list == FACT_OF_INTERVAL &&
			(fact.kind == FACT_EXPORT_KW || fact.kind == FACT_IMPORT_KW);
	return st == ST_NONE ? ST_OK : st;
}

static enum status availability_judge(struct judging *j, struct fault *f)
{
	bool is_any, is_said = false;

	TRY(is_any_limit(&is_any, j, f));
	if (is_any)
		TRY(says_expected(&is_said, j->document, f));
	return is_said ? intervals_judge(j, expected_judge, NULL, f) : ST_OK;
}

/* --- what is offered and awarded --- */

static const struct way ways[] = {
	{ "up", FACT_QUANTITY_KW, BOUND_EXPORT },
	{ "down", FACT_QUANTITY_KW, BOUND_IMPORT },
	{ "inject", FACT_QUANTITY_KVAR, BOUND_INJECT },
	{ "absorb", FACT_QUANTITY_KVAR, BOUND_ABSORB },
};

static enum status given_item_judge(struct standing *s, const struct said *item,
	const struct span *span, struct fault *f)
{
	const struct claim c = { s->way->kind, s->way->measure,
		quantity_bounded(said_number(item, s->way->kind, 0)), false, *span };

	return claim_judge(s, &c, item, f);
}

static enum status given_judge(struct judging *j, struct fault *f)
{
	struct asked asked;

	TRY(asked_read(&asked, j, f));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && asked.is_output; i++)
		if (slice_eq(slice_str(asked.sense), slice_str(ways[i].sense)))
			return intervals_judge(j, given_item_judge, &ways[i], f);
	return ST_OK;
}

/* --- what is answered --- */

/*
 * A response is about the aggregation of what it answers.  Empty: there is none, or it called for a
 * change, and so is what is expected.
 */
static enum status dispatched_read(struct buf *out, struct judging *j, struct fault *f)
{
	struct known dispatch;
	enum status st;

	TRY(known_document(&dispatch, j->ledger, &j->side,
		said_text(&j->document->head, FACT_DISPATCH), S(""), f));
	struct sqlite3_stmt *s =
		STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_WHOSE, V_INT(dispatch.number));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK && !slice_eq(column_bytes(s, 1), S(DISPATCH_OF_CHANGE)))
		buf_put(out, slice_to(column_bytes(s, 0), FACT_TEXT_MAX));
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status answer_judge(struct judging *j, const struct span *span, struct fault *f)
{
	AUTO_IN_PLACE(standing) standing = standing_init(j, NULL);

	TRY(standing_read(&standing, span, f));
	return signed_judge(&standing, &j->document->head, span, f);
}

static enum status response_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(buf) aggregation = buf_init(FACT_TEXT_MAX);
	const struct said *head = &j->document->head;
	const struct book_of was = j->of;
	int64_t at_ns = said_number(head, FACT_START, -1);
	const struct span span = { at_ns, at_ns + 1 };

	if (at_ns < 0 || at_ns == INT64_MAX || !head->has[FACT_QUANTITY_KW])
		return ST_OK;
	TRY(dispatched_read(&aggregation, j, f));
	j->of.aggregation = buf_slice(&aggregation);
	enum status st = aggregation.n > 0 ? answer_judge(j, &span, f) : ST_OK;
	j->of = was;
	return st;
}

/* --- limits beside each other --- */

static enum status contradiction(const struct judging *j, const struct said *item,
	const struct bound *other, enum bound_measure m, struct fault *f)
{
	int64_t said = quantity_bounded(said_number(item, bound_fact(m), 0));
	char when[TIME_TEXT_MAX];
	struct bound_name name;

	TRY(bound_named(&name, j->ledger, other, f));
	return fault_set(f, ST_AUTH, "registry.limit",
		"limit %s of document %s lets " QUANTITY_FORMAT
		" %s through at %s, this one " QUANTITY_FORMAT
		", and neither goes before the other: primacy is %lld in both",
		name.limit, name.document, QUANTITY(other->of[m]), bound_measure_name(m),
		time_format(when, said_number(item, FACT_START, 0)), QUANTITY(said),
		(long long)other->primacy);
}

/* Of two the least decides: so an emergency that lets less through needs no primacy for that. */
static enum status measures_check(const struct judging *j, const struct said *item,
	const struct bound *other, struct fault *f)
{
	const bool is_emergency =
		slice_eq(said_text(&j->document->head, FACT_CAUSE), S("emergency"));

	for (enum bound_measure m = 0; m < BOUND_MEASURES; m++) {
		int64_t said = quantity_bounded(said_number(item, bound_fact(m), 0));

		if (item->has[bound_fact(m)] && other->of[m] >= 0 && said != other->of[m] &&
			!(is_emergency && said < other->of[m]))
			return contradiction(j, item, other, m, f);
	}
	return ST_OK;
}

static bool overlap(const struct span *a, const struct span *b)
{
	return a->from_ns < b->until_ns && b->from_ns < a->until_ns;
}

/* Others than those of the statement that it supersedes. */
static enum status interval_check(const struct judging *j, const struct said *item,
	const struct bounds *others, uint64_t but, struct fault *f)
{
	int64_t primacy = said_number(&j->document->head, FACT_PRIMACY, -1);
	struct span span;

	if (!said_span(&span, item))
		return ST_OK;
	for (size_t i = 0; i < bounds_count(others); i++) {
		const struct bound *other = bounds_at(others, i);

		if (other->primacy == primacy && overlap(&other->span, &span) &&
			other->statement != but)
			TRY(measures_check(j, item, other, f));
	}
	return ST_OK;
}

/* The first that contradicts stands for all of a target. */
static enum status target_check(const struct judging *j, const struct bounds_search *search,
	enum bound_scope scope, struct slice target, struct fault *f)
{
	AUTO_IN_PLACE(bounds) others = bounds_init();
	struct slice before = said_text(&j->document->head, FACT_SUPERSEDES);
	struct slice rest = j->document->facts;
	struct known but = { 0 };
	struct said item;
	enum status st = ST_OK;

	TRY(bounds_read(&others, search, scope, target, f));
	if (bounds_count(&others) > 0 && before.n > 0)
		TRY(known_document(&but, j->ledger, &j->side, before, S(""), f));
	while (bounds_count(&others) > 0 &&
		(st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(interval_check(j, &item, &others, but.number, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status targets_judge(struct judging *j, const struct bounds_search *search,
	enum bound_scope scope, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct said item;

	TRY(said_names_init(&names, j->document, FACT_RESOURCE, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		if (said_name_is_again(&names, i))
			continue;
		enum status st =
			target_check(j, search, scope, said_name_text(&names, i), f);

		TRY(said_name_item(&item, &names, i, st == ST_AUTH ? NULL : f));
		TRY(judging_report(j, st, &item, f));
	}
	return ST_OK;
}

static enum status limit_judge(struct judging *j, struct fault *f)
{
	struct bounds_search search = { .ledger = j->ledger,
		.side = j->side,
		.said_ns = INT64_MAX,
		.but = said_text(&j->document->head, FACT_LIMIT) };
	enum bound_scope scope;
	bool is_any = false;
	enum status st = said_times(&search.span, j->document, f);

	if (st == ST_OK)
		st = bound_scope_of(&scope, j->document);
	if (st == ST_OK && j->document->head.has[FACT_PRIMACY])
		st = bounds_any(&is_any, &search, scope, f);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	return is_any ? targets_judge(j, &search, scope, f) : ST_OK;
}

enum status judge_limits(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_AVAILABILITY] = availability_judge,
		[DOCUMENT_OFFER] = given_judge,
		[DOCUMENT_AWARD] = given_judge,
		[DOCUMENT_DISPATCH] = dispatch_judge,
		[DOCUMENT_RESPONSE] = response_judge,
		[DOCUMENT_LIMIT] = limit_judge,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
