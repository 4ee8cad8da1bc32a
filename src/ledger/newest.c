/* SPDX-License-Identifier: Apache-2.0 */
/* A row a scope, and the scopes of messages that wait in an index of their own. */
#include "ledger/newest.h"

#include <stdio.h>

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register.h"

#define KEPT_NS (INT64_C(3600) * NS_PER_S)

enum status ledger_newest(struct ledger_newest *out, struct ledger *l,
	enum direction_of_message direction, struct slice partner, struct slice scope,
	int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_NEWEST, V_INT(direction),
		V_BYTES(partner), V_BYTES(scope), V_INT(now_ns - KEPT_NS));

	TRY(statement_step(l->sql, s, f));
	out->sequence = sqlite3_column_int64(s, 0);
	enum status st = slice_to_text(
		out->message_id, sizeof(out->message_id), column_bytes(s, 1), f);
	sqlite3_reset(s);
	return st;
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
	struct slice scope, int64_t sequence, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_NEWEST_OLDER, V_BYTES(partner), V_BYTES(scope), V_INT(sequence));

	TRY(statement_step(l->sql, s, f));
	*row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
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

enum status newest_supersede(struct ledger *l, struct slice partner, struct slice scope,
	int64_t now_ns, struct fault *f)
{
	struct ledger_newest newest;
	uint64_t row;
	enum status st = ledger_newest(&newest, l, MESSAGE_OUT, partner, scope, now_ns, f);

	while (st == ST_OK) {
		st = older_find(&row, l, partner, scope, newest.sequence, f);
		if (st == ST_OK)
			TRY(supersede_one(l, row, &newest, now_ns, f));
	}
	return st == ST_NONE ? ST_OK : st;
}

void ledger_superseded_tell(
	struct ledger *l, void (*each)(void *context, uint64_t row), void *context)
{
	l->superseded = each;
	l->superseded_context = context;
}
