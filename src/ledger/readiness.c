/* SPDX-License-Identifier: Apache-2.0 */
/* A row a partner. */
#include "ledger/readiness.h"

#include "ledger/ledger_internal.h"

enum status ledger_readiness_put(
	struct ledger *l, const struct ledger_readiness *r, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_READINESS_PUT, f, V_BYTES(r->partner),
		V_INT(r->generation), V_INT(r->since_ns));
}

enum status ledger_readiness(struct ledger *l,
	void (*each)(void *context, const struct ledger_readiness *), void *context,
	struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_READINESS, NULL, 0);
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		each(context,
			&(struct ledger_readiness){ .partner = column_bytes(s, 0),
				.generation = (unsigned)sqlite3_column_int64(s, 1),
				.since_ns = sqlite3_column_int64(s, 2) });
	return st == ST_NONE ? ST_OK : st;
}
