/* SPDX-License-Identifier: Apache-2.0 */
/* Used by examination.c, which makes copies.  A trigger hears of their ends. */
#include "ledger/copy_order.h"

#include <sqlite3.h>

#include "ledger/ledger_internal.h"
#include "ledger/schema.h"

#define GO_MAX 64 /* of one call */

/* Of 3 delivered, 4 refused, 5 expired and 9 superseded none is under way. */
enum status copy_order_prepare(struct ledger *l, struct fault *f)
{
	static const char sql[] =
		"CREATE TEMP TABLE copying(message INTEGER PRIMARY KEY, partner BLOB, origin BLOB,"
		" area INTEGER, after INTEGER, waits INTEGER);"
		"CREATE INDEX temp.copying_order ON copying(partner, origin, message);"
		"CREATE INDEX temp.copying_waits ON copying(partner, origin, area, message) WHERE waits;"
		"CREATE TEMP TRIGGER copying_ends AFTER UPDATE OF state ON main.message"
		" WHEN new.state IN (3, 4, 5, 9)"
		" BEGIN DELETE FROM copying WHERE message = new.row; END";

	return sqlite3_exec(l->db, sql, NULL, NULL, NULL) == SQLITE_OK
		? ST_OK
		: schema_fault(l->db, f, "keeping the order of copies");
}

enum status copy_order_clear(struct ledger *l, struct fault *f)
{
	return statement_run(l->sql, SQL_COPYING_CLEAR, NULL, 0, f);
}

static enum status hold(struct ledger *l, uint64_t row, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_COPYING_HOLD, f, V_INT(row), V_BYTES(S(COPY_ORDER_CODE)),
		V_BYTES(S("copies that it builds on go first")));
}

enum status copy_order_add(
	struct ledger *l, const struct copy_under_way *c, struct fault *f)
{
	if (c->waits)
		TRY(hold(l, c->row, f));
	return STATEMENT_RUN(l->sql, SQL_COPYING_ADD, f, V_INT(c->row), V_BYTES(c->to),
		V_BYTES(c->origin), V_INT(c->area), V_INT(area_builds_on(c->area)),
		V_INT(c->waits));
}

enum status ledger_copy_waits(bool *waits, struct ledger *l, uint64_t of, struct slice to,
	enum area area, struct fault *f)
{
	struct ledger_message original;

	TRY(ledger_get(&original, l, of, f));
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_COPYING_BEFORE, V_BYTES(to),
		V_BYTES(original.partner), V_INT(area_builds_on(area)));
	TRY(statement_step(l->sql, s, f));
	*waits = sqlite3_column_int(s, 0) != 0;
	sqlite3_reset(s);
	return ST_OK;
}

enum status copy_order_go(struct ledger *l, uint64_t row, int64_t now_ns, struct fault *f)
{
	TRY(STATEMENT_RUN(l->sql, SQL_COPYING_GO, f, V_INT(row), V_INT(now_ns)));
	return STATEMENT_RUN(l->sql, SQL_COPYING_GOES, f, V_INT(row));
}

struct freed {
	uint64_t row;
	char partner[PARTY_ID_MAX + 1];
	enum area area;
};

/* ST_NONE: none of those that wait may go. */
static enum status free_find(struct freed *out, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_COPYING_FREE, NULL, 0);

	TRY(statement_step(l->sql, s, f));
	out->row = (uint64_t)sqlite3_column_int64(s, 0);
	out->area = column_area(s, 2);
	enum status st =
		slice_to_text(out->partner, sizeof(out->partner), column_bytes(s, 1), f);
	sqlite3_reset(s);
	return st;
}

bool ledger_copies_may_go(struct ledger *l)
{
	struct freed one;

	return free_find(&one, l, NULL) == ST_OK;
}

enum status ledger_copies_go(
	struct ledger *l, int64_t now_ns, const struct ledger_lane_hear *hear, struct fault *f)
{
	struct freed one;
	enum status st = ST_OK;

	for (unsigned i = 0; i < GO_MAX && (st = free_find(&one, l, f)) == ST_OK; i++) {
		TRY(copy_order_go(l, one.row, now_ns, f));
		if (hear)
			hear->due(hear->context, slice_str(one.partner), one.area);
	}
	return st == ST_NONE ? ST_OK : st;
}
