/* SPDX-License-Identifier: Apache-2.0 */
/* One row a kind and key.  Newest wins here, where nobody can come between asking and writing. */
#include "ledger/standings.h"

#include "ledger/ledger_internal.h"

struct kept {
	int64_t issued_ns, next_ns;
	unsigned outcome;
	bool counts_more;
	bool is_same; /* byte for byte */
};

/* ST_NONE: nothing is kept. */
static enum status kept_read(
	struct kept *out, struct ledger *l, const struct ledger_standing *s, struct fault *f)
{
	struct sqlite3_stmt *ask = STATEMENT_BIND(l->sql, SQL_STANDING_KEPT, V_INT(s->kind),
		V_BYTES(s->key), V_BYTES(s->bytes),
		V_BYTES(slice_to(s->counted, STANDING_SERIES)), V_BYTES(s->counted));
	enum status st = statement_step(l->sql, ask, f);

	if (st != ST_OK)
		return st;
	*out = (struct kept){ .issued_ns = sqlite3_column_int64(ask, 0),
		.next_ns = sqlite3_column_int64(ask, 1),
		.outcome = (unsigned)sqlite3_column_int64(ask, 2),
		.is_same = sqlite3_column_int64(ask, 3) != 0,
		.counts_more = sqlite3_column_int64(ask, 4) != 0 };
	sqlite3_reset(ask);
	return ST_OK;
}

/*
 * Of two of the same moment the worse one stands.  Whoever lost count goes on when the last one has
 * ended, as where it is judged.
 */
static bool is_older(const struct ledger_standing *s, const struct kept *kept)
{
	return s->issued_ns < kept->issued_ns ||
		(kept->counts_more && kept->next_ns >= s->fetched_ns) ||
		(s->issued_ns == kept->issued_ns && s->outcome < kept->outcome);
}

enum status ledger_standing_keep(
	bool *newer, struct ledger *l, const struct ledger_standing *s, struct fault *f)
{
	struct kept kept = { 0 };
	enum status st = kept_read(&kept, l, s, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	if (st == ST_OK && is_older(s, &kept))
		return fault_set(f, ST_NONE, "standing.older", "a younger one is kept");
	*newer = !kept.is_same;
	return STATEMENT_RUN(l->sql, SQL_STANDING_KEEP, f, V_INT(s->kind), V_BYTES(s->key),
		V_INT(s->issued_ns), V_INT(s->next_ns), V_INT(s->fetched_ns), V_INT(s->outcome),
		V_BYTES(s->by), V_BYTES(s->bytes), V_BYTES(s->counted));
}

static struct ledger_standing row_of(struct sqlite3_stmt *s)
{
	return (struct ledger_standing){
		.kind = (unsigned)sqlite3_column_int64(s, 0),
		.key = column_bytes(s, 1),
		.issued_ns = sqlite3_column_int64(s, 2),
		.next_ns = sqlite3_column_int64(s, 3),
		.fetched_ns = sqlite3_column_int64(s, 4),
		.outcome = (unsigned)sqlite3_column_int64(s, 5),
		.by = column_bytes(s, 6),
		.bytes = column_bytes(s, 7),
	};
}

enum status ledger_standings(struct ledger *l,
	void (*each)(void *context, const struct ledger_standing *), void *context, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_STANDINGS, NULL, 0);
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		struct ledger_standing row = row_of(s);
		each(context, &row);
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_standing_drop(
	struct ledger *l, unsigned kind, struct slice key, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_STANDING_DROP, f, V_INT(kind), V_BYTES(key));
}
