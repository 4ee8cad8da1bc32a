/* SPDX-License-Identifier: Apache-2.0 */
/* Rows are noted once each; of more than fit the newest count. */
#include "ledger/register_builds.h"

#include "ledger/ledger_internal.h"

#define CHAPTERS_LOOKED_AT 32

void builds_begin(struct ledger *l, struct slice partner)
{
	l->builds_on.count = 0;
	l->builds_for = partner;
}

void builds_end(struct ledger *l)
{
	l->builds_for = S("");
}

void builds_document(struct ledger *l, enum document_type type)
{
	static const unsigned types = DOCUMENT_BIT(DOCUMENT_REGISTRATION) |
		DOCUMENT_BIT(DOCUMENT_CHANGE) | DOCUMENT_BIT(DOCUMENT_DECISION);

	l->is_registering = (types & DOCUMENT_BIT(type)) != 0;
}

void builds_note(struct ledger *l, uint64_t row)
{
	struct ledger_order *on = &l->builds_on;
	size_t oldest = 0;

	if (l->builds_for.n == 0 || row == 0)
		return;
	for (size_t i = 0; i < on->count; i++) {
		if (on->rows[i] == row)
			return;
		oldest = on->rows[i] < on->rows[oldest] ? i : oldest;
	}
	if (on->count < LEDGER_ORDER_MAX)
		on->rows[on->count++] = row;
	else if (on->rows[oldest] < row)
		on->rows[oldest] = row;
}

static bool is_theirs(const struct ledger *l, const struct book_of *of)
{
	return l->builds_for.n > 0 && slice_eq(l->builds_for, of->partner);
}

static struct sqlite3_stmt *book_bind(struct ledger *l, const struct book_of *of)
{
	return STATEMENT_BIND(l->sql, SQL_REGISTER_BUILDS, V_BYTES(of->aggregation),
		V_BYTES(of->partner), V_INT(of->is_test), V_INT(l->is_registering),
		V_INT(CHAPTERS_LOOKED_AT));
}

enum status builds_are_there(
	bool *out, struct ledger *l, const struct book_of *of, struct fault *f)
{
	enum status st = ST_NONE;

	if (is_theirs(l, of)) {
		struct sqlite3_stmt *s = book_bind(l, of);

		st = statement_step(l->sql, s, f);
		sqlite3_reset(s);
	}
	if (st != ST_OK && st != ST_NONE)
		return st;
	*out = st == ST_OK;
	return ST_OK;
}

enum status builds_on_book(struct ledger *l, const struct book_of *of, struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st;

	if (!is_theirs(l, of))
		return ST_OK;
	s = book_bind(l, of);
	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		builds_note(l, (uint64_t)sqlite3_column_int64(s, 0));
	return st == ST_NONE ? ST_OK : st;
}

void ledger_order_judged(struct ledger_order *out, const struct ledger *l)
{
	*out = l->builds_on;
	out->is_copy = false;
}
