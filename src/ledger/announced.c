/* SPDX-License-Identifier: Apache-2.0 */
/* A row a partner. */
#include "ledger/announced.h"

#include "ledger/ledger_internal.h"

enum status ledger_announced_put(
	struct ledger *l, const struct ledger_announced *a, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_ANNOUNCED_PUT, f, V_BYTES(a->partner),
		V_BYTES(slice_to(a->version, ANNOUNCED_VERSION_MAX)),
		V_BYTES(slice_to(a->product, ANNOUNCED_PRODUCT_MAX)),
		V_BYTES(slice_to(a->features, ANNOUNCED_FEATURES_MAX)), V_INT(a->since_ns));
}

enum status ledger_announced(struct ledger *l,
	void (*each)(void *context, const struct ledger_announced *), void *context,
	struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_ANNOUNCED, NULL, 0);
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		each(context,
			&(struct ledger_announced){ .partner = column_bytes(s, 0),
				.version = column_bytes(s, 1),
				.product = column_bytes(s, 2),
				.features = column_bytes(s, 3),
				.since_ns = sqlite3_column_int64(s, 4) });
	return st == ST_NONE ? ST_OK : st;
}
