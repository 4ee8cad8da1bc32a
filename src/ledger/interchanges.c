/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of one partner are looked into one after the other, so no two ask at once. */
#include "ledger/interchanges.h"

#include "ledger/ledger_internal.h"

#define KEY(i) \
	V_BYTES((i)->sender), V_BYTES((i)->receiver), \
		V_BYTES(ledger_set_number((i)->number)), V_INT((i)->test)

enum status ledger_interchange_take(struct ledger *l, uint64_t row,
	const struct ledger_interchange *i, int64_t now_ns, struct fault *f)
{
	return STATEMENT_RUN(
		l->sql, SQL_INTERCHANGE_TAKE, f, V_INT(row), KEY(i), V_INT(now_ns));
}

enum status ledger_interchange_find(struct buf *message_id, struct ledger *l, uint64_t row,
	const struct ledger_interchange *i, int64_t since_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_INTERCHANGE_FIND, V_INT(row), KEY(i), V_INT(since_ns));

	TRY(statement_step(l->sql, s, f));
	buf_put(message_id, column_bytes(s, 0));
	sqlite3_reset(s);
	return ST_OK;
}
