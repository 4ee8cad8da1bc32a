/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_reach.c.  Mostly a list is as it was registered, and nothing is looked for; else
 * the resources that were ever on the feeder are looked up, until one is there.
 */
#include "ledger/register_connected.h"

#include "ledger/ledger_internal.h"

#define STEPS_MAX 2000000  /* some 20 ms */
#define ROWS_MAX 65536     /* of one list, for one feeder */
#define CANDIDATES_MAX 256 /* likewise, that were on it */
#define CANDIDATE_STEPS 200

/* It has what it listed, and nothing of that has a time of its own. */
static bool is_as_listed(const struct book *book, const struct chapter *list, int64_t at_ns)
{
	const struct counted *n = &list->counted;
	bool any = list->has_rejected || !n->is_known || at_ns < n->from_ns ||
		(n->until_ns != 0 && at_ns >= n->until_ns);

	const struct chapter *c;

	for (size_t i = 0; !any && (c = book_chapter(book, i)) != NULL; i++)
		any = c->type == DOCUMENT_CHANGE && c->base == list->number;
	return !any;
}

static enum status one_look(bool *out, struct roll *roll, struct slice resource,
	struct slice feeder, struct fault *f)
{
	struct held held;
	enum status st = roll_find(&held, roll, resource, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	*out = st == ST_OK && slice_eq(held.feeder, feeder);
	return ST_OK;
}

enum status connected_look(bool *out, struct connected_work *work, struct ledger *l,
	const struct book *book, const struct chapter *list, int64_t at_ns, struct slice feeder,
	struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st = ST_OK;
	unsigned candidates = 0;

	*out = true;
	if (work->steps > STEPS_MAX || is_as_listed(book, list, at_ns))
		return ST_OK;
	*out = false;
	AUTO_IN_PLACE(roll) roll = roll_init(l, book, list, at_ns, ROLL_INNER);
	roll.is_connected = true;
	s = STATEMENT_BIND(l->sql, SQL_REGISTER_ON_FEEDER, V_INT(list->number), V_BYTES(feeder),
		V_INT(ROWS_MAX));
	while (!*out && (st = statement_step(l->sql, s, f)) == ST_OK) {
		const bool is_end = sqlite3_column_int(s, 1) != 0;

		*out = is_end || candidates++ == CANDIDATES_MAX;
		if (!*out && (st = one_look(out, &roll, column_bytes(s, 0), feeder, f)) != ST_OK)
			break;
	}
	work->steps += (uint64_t)sqlite3_stmt_status(s, SQLITE_STMTSTATUS_VM_STEP, 1) +
		(uint64_t)candidates * CANDIDATE_STEPS;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}
