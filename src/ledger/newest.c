/* SPDX-License-Identifier: Apache-2.0 */
/* A row a scope; those of messages that wait are in an index of their own, by name and time. */
#include "ledger/newest.h"

#include <stdio.h>

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register.h"

#define KEPT_NS (INT64_C(3600) * NS_PER_S)

/* Scopes of one name with a time, whichever: from this text to before that one. */
struct range {
	char from[SCOPE_MAX], until[SCOPE_MAX + 1];
};

static struct range range_of(struct slice name)
{
	struct range range = { 0 };

	snprintf(range.from, sizeof(range.from), "%.*s at ",
		SLICE_FMT(slice_to(name, SCOPE_MAX - 8)));
	snprintf(range.until, sizeof(range.until), "%.*s at!",
		SLICE_FMT(slice_to(name, SCOPE_MAX - 8)));
	return range;
}

/* Whether data of the newer scope is for all that the older one is for, from now on. */
static bool is_covered(struct slice newer, struct slice older, int64_t now_ns)
{
	struct slice newer_name, older_name;
	struct scope_span new_span, old_span;

	return scope_span_read(&newer_name, &new_span, newer) &&
		scope_span_read(&older_name, &old_span, older) &&
		slice_eq(newer_name, older_name) &&
		scope_span_covers(&new_span, &old_span, now_ns / NS_PER_S);
}

/* Takes a statement that stands on a row. */
static enum status newest_read(struct ledger_newest *out, struct sqlite3_stmt *s, struct fault *f)
{
	out->sequence = sqlite3_column_int64(s, 0);
	enum status st = slice_to_text(
		out->message_id, sizeof(out->message_id), column_bytes(s, 1), f);
	if (st == ST_OK)
		st = slice_to_text(out->scope, sizeof(out->scope), column_bytes(s, 2), f);
	sqlite3_reset(s);
	return st;
}

static enum status covering_find(struct ledger_newest *out, struct ledger *l,
	enum direction_of_message direction, struct slice partner, struct slice scope,
	struct slice name, int64_t now_ns, struct fault *f)
{
	const struct range range = range_of(name);
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_NEWEST_OF, V_INT(direction),
		V_BYTES(partner), V_BYTES(slice_str(range.from)), V_BYTES(slice_str(range.until)),
		V_INT(now_ns - KEPT_NS));
	enum status st;
	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		if (is_covered(column_bytes(s, 2), scope, now_ns))
			return newest_read(out, s, f);
	return st;
}

enum status ledger_newest(struct ledger_newest *out, struct ledger *l,
	enum direction_of_message direction, struct slice partner, struct slice scope,
	int64_t now_ns, struct fault *f)
{
	struct slice name;
	struct scope_span span;

	if (scope_span_read(&name, &span, scope))
		return covering_find(out, l, direction, partner, scope, name, now_ns, f);
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_NEWEST, V_INT(direction),
		V_BYTES(partner), V_BYTES(scope), V_INT(now_ns - KEPT_NS));
	TRY(statement_step(l->sql, s, f));
	return newest_read(out, s, f);
}

enum status newest_note(struct ledger *l, uint64_t row, const struct ledger_message *m,
	const struct ledger_scope *scope, int64_t now_ns, struct fault *f)
{
	TRY(STATEMENT_RUN(l->sql, SQL_NEWEST_FORGET, f, V_INT(m->direction), V_BYTES(m->partner),
		V_INT(now_ns - KEPT_NS)));
	TRY(STATEMENT_RUN(l->sql, SQL_NEWEST_CUT, f, V_INT(m->direction), V_BYTES(m->partner),
		V_INT(NEWEST_SCOPES_MAX - 1)));
	return STATEMENT_RUN(l->sql, SQL_NEWEST_NOTE, f, V_INT(m->direction), V_BYTES(m->partner),
		V_BYTES(scope->name), V_INT(scope->sequence), V_INT(row), V_INT(now_ns));
}

static enum status older_find(uint64_t *row, struct ledger *l, struct slice partner,
	const struct ledger_newest *than, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_NEWEST_OLDER, V_BYTES(partner),
		V_BYTES(slice_str(than->scope)), V_INT(than->sequence));

	TRY(statement_step(l->sql, s, f));
	*row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

/* One behind *row that it covers. */
static enum status covered_find(uint64_t *row, struct ledger *l, struct slice partner,
	const struct ledger_newest *by, int64_t now_ns, struct fault *f)
{
	struct slice name;
	struct scope_span span;
	enum status st;

	if (!scope_span_read(&name, &span, slice_str(by->scope)))
		return ST_NONE;
	const struct range range = range_of(name);
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_NEWEST_OLDER_OF, V_BYTES(partner),
		V_BYTES(slice_str(range.from)), V_BYTES(slice_str(range.until)),
		V_INT(by->sequence), V_INT(*row));
	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		if (is_covered(slice_str(by->scope), column_bytes(s, 1), now_ns)) {
			*row = (uint64_t)sqlite3_column_int64(s, 0);
			sqlite3_reset(s);
			return ST_OK;
		}
	return st;
}

static enum status supersede_one(struct ledger *l, uint64_t row, const struct ledger_newest *by,
	int64_t now_ns, struct fault *f)
{
	struct fault why;

	fault_set(&why, ST_RETRY, "message.superseded", "by %.220s", by->message_id);
	TRY(message_give_up(l, row, DELIVERY_SUPERSEDED, &why, now_ns, f));
	TRY(register_void(l, row, f)); /* nobody hears what it says any more */
	if (l->superseded)
		l->superseded(l->superseded_context, row);
	return ST_OK;
}

static enum status covered_supersede(struct ledger *l, struct slice partner,
	const struct ledger_newest *by, int64_t now_ns, struct fault *f)
{
	uint64_t row = 0;
	enum status st;

	while ((st = covered_find(&row, l, partner, by, now_ns, f)) == ST_OK)
		TRY(supersede_one(l, row, by, now_ns, f));
	return st == ST_NONE ? ST_OK : st;
}

enum status newest_supersede(struct ledger *l, struct slice partner, struct slice scope,
	int64_t now_ns, struct fault *f)
{
	struct ledger_newest newest;
	uint64_t row;
	enum status st = ledger_newest(&newest, l, MESSAGE_OUT, partner, scope, now_ns, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	while ((st = older_find(&row, l, partner, &newest, f)) == ST_OK)
		TRY(supersede_one(l, row, &newest, now_ns, f));
	return st == ST_NONE ? covered_supersede(l, partner, &newest, now_ns, f) : st;
}

void ledger_superseded_tell(
	struct ledger *l, void (*each)(void *context, uint64_t row), void *context)
{
	l->superseded = each;
	l->superseded_context = context;
}
