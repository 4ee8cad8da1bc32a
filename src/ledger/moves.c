/* SPDX-License-Identifier: Apache-2.0 */
/* Triggers of the connection, made of the tables of states. */
#include "ledger/moves.h"

#include <sqlite3.h>

#include "base/buf.h"
#include "ledger/schema.h"

#define SQL_MAX 2048

typedef bool may_become(enum delivery from, enum delivery to);

static unsigned nexts(enum delivery from, may_become *may)
{
	unsigned mask = 0;

	for (enum delivery to = 0; to < DELIVERIES; to++)
		mask |= may(from, to) ? 1u << to : 0;
	return mask;
}

static enum status guard(struct sqlite3 *db, const char *table, may_become *may, struct fault *f)
{
	AUTO_IN_PLACE(buf) sql = buf_init(SQL_MAX);

	buf_putf(&sql,
		"CREATE TEMP TRIGGER %s_moves BEFORE UPDATE OF state ON main.%s"
		" WHEN old.state <> new.state AND NOT (CASE old.state",
		table, table);
	for (enum delivery from = 0; from < DELIVERIES; from++)
		buf_putf(&sql, " WHEN %d THEN %u", (int)from, nexts(from, may));
	buf_putf(&sql,
		" ELSE 0 END >> new.state & 1)"
		" BEGIN SELECT RAISE(ABORT, 'no %s goes from that state to this'); END",
		table);
	buf_put_u8(&sql, 0);
	return sqlite3_exec(db, (const char *)buf_slice(&sql).p, NULL, NULL, NULL) == SQLITE_OK
		? ST_OK
		: schema_fault(db, f, "guarding the states of ledger.db");
}

enum status moves_guard(struct sqlite3 *db, struct fault *f)
{
	TRY(guard(db, "message", delivery_may_become, f));
	return guard(db, "owed", owed_may_become, f);
}
