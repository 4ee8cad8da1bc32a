/* SPDX-License-Identifier: Apache-2.0 */
/* What ledger_defer() left in the rows of messages; nothing is kept of it apart. */
#include "ledger/deferrals.h"

#include "ledger/ledger_internal.h"

enum status ledger_deferrals(
	struct ledger *l, ledger_deferral_fn *each, void *context, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_DEFERRALS, V_INT(LEDGER_DEFERRALS_MAX));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		each(context,
			&(struct ledger_deferral){ .partner = column_bytes(s, 0),
				.area = column_area(s, 1),
				.code = column_bytes(s, 2),
				.text = column_bytes(s, 3),
				.count = (uint64_t)sqlite3_column_int64(s, 4),
				.next_ns = sqlite3_column_int64(s, 5) });
	return st == ST_NONE ? ST_OK : st;
}
