/* SPDX-License-Identifier: Apache-2.0 */
/* A row an hour with any, of the last day: bounded, however many messages there are. */
#include "ledger/late_receipts.h"

#include "base/clock.h"
#include "ledger/history.h"
#include "ledger/ledger_internal.h"

#define HOUR_NS (3600 * NS_PER_S)
#define HOURS_KEPT 24

enum status late_receipt_note(struct ledger *l, uint64_t row, struct slice partner, enum area area,
	int64_t now_ns, struct fault *f)
{
	int64_t hour = now_ns / HOUR_NS;

	TRY(STATEMENT_RUN(l->sql, SQL_LATE_FORGET, f, V_INT(hour - HOURS_KEPT)));
	TRY(STATEMENT_RUN(l->sql, SQL_LATE_ADD, f, V_BYTES(partner), V_INT(area), V_INT(hour),
		V_INT(now_ns)));
	return ledger_note(l, row, now_ns, "receipt-late", S("receipt.late"),
		S("no receipt in the agreed time"), f);
}

enum status ledger_late_receipts(struct ledger *l, int64_t now_ns,
	void (*each)(void *context, const struct ledger_late *), void *context, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_LATE, V_INT(now_ns / HOUR_NS - HOURS_KEPT));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		each(context,
			&(struct ledger_late){ .partner = column_bytes(s, 0),
				.area = column_area(s, 1),
				.count = (uint64_t)sqlite3_column_int64(s, 2),
				.last_ns = sqlite3_column_int64(s, 3) });
	return st == ST_NONE ? ST_OK : st;
}
