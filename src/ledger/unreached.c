/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c and owed.c.  A trigger hears when one is not deferred any more. */
#include "ledger/unreached.h"

#include <sqlite3.h>

#include "ledger/ledger_internal.h"
#include "ledger/schema.h"

enum { OF_MESSAGES, OF_RECEIPTS }; /* the column `owed` */

struct place {
	int64_t deadline_ns;
	uint64_t row;
};

enum status unreached_prepare(struct ledger *l, struct fault *f)
{
	static const char sql[] =
		"CREATE TEMP TABLE unreached(message INTEGER PRIMARY KEY, owed INTEGER, partner BLOB,"
		" area INTEGER, deadline_ns INTEGER);"
		"CREATE INDEX temp.unreached_order ON unreached(partner, area, owed, deadline_ns, message);"
		"CREATE TEMP TRIGGER unreached_goes AFTER UPDATE OF state ON main.message"
		" WHEN old.state = 2 AND new.state <> 2"
		" BEGIN DELETE FROM unreached WHERE message = new.row; END;"
		"CREATE TEMP TRIGGER unreached_owed_goes AFTER UPDATE OF state ON main.owed"
		" WHEN old.state = 2 AND new.state <> 2"
		" BEGIN DELETE FROM unreached WHERE message = new.message; END";

	return schema_temporary(l->db, sql, "keeping what could not be delivered", f);
}

enum status unreached_load(struct ledger *l, struct fault *f)
{
	TRY(statement_run(l->sql, SQL_UNREACHED_CLEAR, NULL, 0, f));
	return statement_run(l->sql, SQL_UNREACHED_LOAD, NULL, 0, f);
}

enum status ledger_unreached(struct ledger *l, uint64_t row, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_UNREACHED_ADD, f, V_INT(row));
}

/* Takes a statement that is bound. */
static enum status place_read(
	struct place *out, struct ledger *l, struct sqlite3_stmt *s, struct fault *f)
{
	TRY(statement_step(l->sql, s, f));
	*out = (struct place){ sqlite3_column_int64(s, 0), (uint64_t)sqlite3_column_int64(s, 1) };
	sqlite3_reset(s);
	return ST_OK;
}

static enum status first_find(struct place *out, struct ledger *l, struct slice partner,
	unsigned lane, int owed, struct fault *f)
{
	return place_read(out, l,
		STATEMENT_BIND(l->sql, SQL_UNREACHED_FIRST, V_BYTES(partner), V_INT(lane),
			V_INT(owed)),
		f);
}

static bool is_before(const struct place *a, const struct place *b)
{
	return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns
						: a->row < b->row;
}

enum status unreached_message(uint64_t *row, struct ledger *l, struct slice partner, unsigned lane,
	struct fault *f)
{
	struct place first, ready;

	TRY(first_find(&first, l, partner, lane, OF_MESSAGES, f));
	enum status st = place_read(&ready, l,
		STATEMENT_BIND(l->sql, SQL_READY_FIRST, V_BYTES(partner), V_INT(lane)), f);
	if (st == ST_OK && is_before(&ready, &first))
		return ST_NONE;
	*row = first.row;
	return st == ST_NONE ? ST_OK : st;
}

enum status unreached_receipt(uint64_t *row, struct ledger *l, struct slice partner, unsigned lane,
	struct fault *f)
{
	struct place first;

	TRY(first_find(&first, l, partner, lane, OF_RECEIPTS, f));
	*row = first.row;
	return ST_OK;
}
