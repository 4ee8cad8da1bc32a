/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A limit's intervals are kept once, however many it is for.  Those that are over are not looked
 * at; of what is said again and again under one limit_id, the last TARGET_KEPT are found for each
 * target, so that taking back the last of them brings back the one before.
 */
#include "ledger/register_bounds.h"

#include <stdio.h>

#include "ledger/ledger_internal.h"

#define TARGET_KEPT 4

static const struct {
	const char *name;
} scopes[BOUND_SCOPES] = {
	[BOUND_AGGREGATION] = { "aggregation" },
	[BOUND_FEEDER] = { "feeder" },
	[BOUND_RESOURCE] = { "resource" },
	[BOUND_POINT] = { "connection_point" },
};

static const struct {
	enum fact_kind fact;
	const char *name;
} measures[BOUND_MEASURES] = {
	[BOUND_EXPORT] = { FACT_EXPORT_KW, "kW of export" },
	[BOUND_IMPORT] = { FACT_IMPORT_KW, "kW of import" },
	[BOUND_INJECT] = { FACT_INJECT_KVAR, "kvar injected" },
	[BOUND_ABSORB] = { FACT_ABSORB_KVAR, "kvar absorbed" },
};

const char *bound_scope_name(enum bound_scope scope)
{
	return scopes[scope].name;
}

enum status bound_scope_of(enum bound_scope *out, const struct said_document *limit)
{
	struct slice scope = said_text(&limit->head, FACT_KIND);

	for (enum bound_scope i = 0; i < BOUND_SCOPES; i++)
		if (slice_eq(scope, slice_str(scopes[i].name))) {
			*out = i;
			return ST_OK;
		}
	return ST_NONE;
}

enum fact_kind bound_fact(enum bound_measure measure)
{
	return measures[measure].fact;
}

const char *bound_measure_name(enum bound_measure measure)
{
	return measures[measure].name;
}

/* --- found --- */

struct bounds bounds_init(void)
{
	return (struct bounds){ .list = buf_init(BOUNDS_MAX * sizeof(struct bound)) };
}

void bounds_done(struct bounds *b)
{
	buf_done(&b->list);
}

size_t bounds_count(const struct bounds *b)
{
	return b->list.n / sizeof(struct bound);
}

const struct bound *bounds_at(const struct bounds *b, size_t index)
{
	return (const struct bound *)(const void *)b->list.p + index;
}

enum {
	COL_START,
	COL_END,
	COL_MEASURES,
	COL_PRIMACY = COL_MEASURES + BOUND_MEASURES,
	COL_OF,
};

static struct bound bound_read(struct sqlite3_stmt *s)
{
	struct bound b = { .span = { sqlite3_column_int64(s, COL_START),
				   sqlite3_column_int64(s, COL_END) } };

	for (int i = 0; i < BOUND_MEASURES; i++)
		b.of[i] = sqlite3_column_type(s, COL_MEASURES + i) == SQLITE_INTEGER
			? sqlite3_column_int64(s, COL_MEASURES + i)
			: -1;
	b.primacy = sqlite3_column_type(s, COL_PRIMACY) == SQLITE_INTEGER
		? sqlite3_column_int64(s, COL_PRIMACY)
		: -1;
	b.statement = (uint64_t)sqlite3_column_int64(s, COL_OF);
	return b;
}

/* --- of decisions --- */

/* Which place a condition has that is a limit of this scope. */
static const enum condition_place places[BOUND_SCOPES] = {
	[BOUND_AGGREGATION] = CONDITION_EVERYWHERE,
	[BOUND_FEEDER] = CONDITION_ON_FEEDER,
	[BOUND_RESOURCE] = CONDITION_PLACES,
	[BOUND_POINT] = CONDITION_PLACES,
};

static bool is_bound(const struct condition *c, enum bound_scope scope)
{
	return condition_is_cap(c) && c->place == places[scope] &&
		(c->sense == CONDITION_EXPORT || c->sense == CONDITION_IMPORT);
}

static void condition_add(
	struct bounds *out, const struct condition *c, const struct bounds_search *search)
{
	struct bound b = { .span = c->span,
		.of = { -1, -1, -1, -1 },
		.primacy = -1,
		.statement = c->statement };

	b.of[c->sense == CONDITION_EXPORT ? BOUND_EXPORT : BOUND_IMPORT] = c->amount;
	if (c->span.from_ns < search->span.until_ns && c->span.until_ns > search->span.from_ns &&
		bounds_count(out) < BOUNDS_MAX)
		buf_put(&out->list, slice_of(&b, sizeof(b)));
}

static void conditions_add(struct bounds *out, const struct bounds_search *search,
	enum bound_scope scope, struct slice target)
{
	const struct conditions *all = search->conditions;

	for (size_t i = 0; all && i < conditions_count(all); i++) {
		const struct condition *c = conditions_at(all, i);

		if (is_bound(c, scope) && (c->place == CONDITION_EVERYWHERE ||
						  slice_eq(condition_feeder(all, c), target)))
			condition_add(out, c, search);
	}
}

static bool conditions_any(const struct bounds_search *search, enum bound_scope scope)
{
	const struct conditions *all = search->conditions;
	bool any = false;

	for (size_t i = 0; all && i < conditions_count(all) && !any; i++)
		any = is_bound(conditions_at(all, i), scope);
	return any;
}

/* --- both --- */

enum status bounds_read(struct bounds *out, const struct bounds_search *search,
	enum bound_scope scope, struct slice target, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(search->ledger->sql, SQL_REGISTER_BOUNDS,
		V_BYTES(target), V_INT(scope), V_BYTES(search->side.partner),
		V_INT(search->side.is_test), V_INT(search->span.from_ns),
		V_INT(search->span.until_ns), V_INT(search->said_ns), V_BYTES(search->but),
		V_INT(BOUNDS_MAX));
	enum status st;

	while ((st = statement_step(search->ledger->sql, s, f)) == ST_OK) {
		const struct bound b = bound_read(s);

		if (bounds_count(out) < BOUNDS_MAX)
			buf_put(&out->list, slice_of(&b, sizeof(b)));
	}
	conditions_add(out, search, scope, target);
	return st == ST_NONE ? ST_OK : st;
}

enum status bounds_any(
	bool *out, const struct bounds_search *search, enum bound_scope scope, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(search->ledger->sql, SQL_REGISTER_BOUND_ANY,
		V_BYTES(search->side.partner), V_INT(search->side.is_test),
		V_BYTES(slice_str(scopes[scope].name)), V_INT(search->span.from_ns),
		V_BYTES(search->but));
	enum status st = statement_step(search->ledger->sql, s, f);

	*out = st == ST_OK || conditions_any(search, scope);
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static void name_take(char out[BOUND_NAME_MAX], struct sqlite3_stmt *s, int column)
{
	(void)!slice_to_text(out, BOUND_NAME_MAX, name_shown(column_bytes(s, column)), NULL);
}

enum status bound_named(
	struct bound_name *out, struct ledger *l, const struct bound *b, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_CALLED, V_INT(b->statement));
	enum status st = statement_step(l->sql, s, f);

	*out = (struct bound_name){ 0 };
	if (st == ST_OK) {
		name_take(out->limit, s, 0);
		name_take(out->document, s, 1);
		snprintf(out->said, sizeof(out->said), "%s%s",
			out->limit[0] ? "limit " : "a condition of decision ",
			out->limit[0] ? out->limit : out->document);
	}
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* --- at a moment --- */

static bool holds(const struct bound *b, enum bound_measure measure, int64_t at_ns)
{
	return b->of[measure] >= 0 && b->span.from_ns <= at_ns && at_ns < b->span.until_ns;
}

const struct bound *bounds_least(const struct bounds *b, size_t first, size_t end,
	enum bound_measure measure, int64_t at_ns)
{
	const struct bound *least = NULL;
	int64_t primacy = INT64_MAX;

	for (size_t i = first; i < end; i++)
		if (holds(bounds_at(b, i), measure, at_ns) && bounds_at(b, i)->primacy >= 0 &&
			bounds_at(b, i)->primacy < primacy)
			primacy = bounds_at(b, i)->primacy;
	for (size_t i = first; i < end; i++) {
		const struct bound *one = bounds_at(b, i);

		if (holds(one, measure, at_ns) &&
			(one->primacy < 0 || one->primacy == primacy) &&
			(!least || one->of[measure] < least->of[measure]))
			least = one;
	}
	return least;
}

int64_t bounds_next(const struct bounds *b, int64_t at_ns)
{
	int64_t next = INT64_MAX;

	for (size_t i = 0; i < bounds_count(b); i++) {
		const struct span *s = &bounds_at(b, i)->span;

		if (s->from_ns > at_ns && s->from_ns < next)
			next = s->from_ns;
		if (s->until_ns > at_ns && s->until_ns < next)
			next = s->until_ns;
	}
	return next;
}

/* --- kept --- */

struct keeping {
	struct ledger *ledger;
	const struct register_side *side;
	uint64_t number;
	enum bound_scope scope;
	struct span span;
	struct slice limit;
	int64_t now_ns;
};

static enum status target_keep(const struct keeping *k, struct slice target, struct fault *f)
{
	TRY(STATEMENT_RUN(k->ledger->sql, SQL_REGISTER_TARGET_PUT, f, V_BYTES(target),
		V_INT(k->scope), V_BYTES(k->side->partner), V_INT(k->side->is_test),
		V_INT(k->span.until_ns), V_INT(k->number), V_INT(k->span.from_ns),
		V_BYTES(k->limit)));
	return STATEMENT_RUN(k->ledger->sql, SQL_REGISTER_TARGET_TRIM, f, V_BYTES(target),
		V_INT(k->scope), V_BYTES(k->side->partner), V_INT(k->side->is_test),
		V_INT(k->now_ns), V_BYTES(k->limit), V_INT(TARGET_KEPT));
}

/* Facts name an aggregation, a resource or a premise by the kind that they are of; here any. */
enum status bounds_keep(struct ledger *l, const struct register_side *side, uint64_t number,
	const struct said_document *limit, int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct keeping k = { .ledger = l,
		.side = side,
		.number = number,
		.limit = said_text(&limit->head, FACT_LIMIT),
		.now_ns = now_ns };
	enum status st = said_times(&k.span, limit, f);

	if (st == ST_OK)
		st = bound_scope_of(&k.scope, limit);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	TRY(said_names_init(&names, limit, FACT_RESOURCE, f));
	for (size_t i = 0; i < said_names_count(&names); i++)
		if (!said_name_is_again(&names, i) &&
			!slice_eq(said_name_text(&names, i), S(FACT_WITHHELD)))
			TRY(target_keep(&k, said_name_text(&names, i), f));
	return ST_OK;
}
