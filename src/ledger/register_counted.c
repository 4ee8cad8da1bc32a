/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of changes only what is sure, whatever is decided of those before: what is added that nobody
 * named before, and what is taken away or modified that the list itself has and nobody took away.
 */
#include "ledger/register_counted.h"

#include "ledger/ledger_internal.h"

/* What the list and its changes said of a resource. */
struct rows {
	int64_t all, listed, kept; /* kept: listed or modified */
};

static enum status rows_read(
	struct rows *out, struct ledger *l, uint64_t base, struct slice resource, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_REGISTER_ROWS_OF, V_INT(base), V_BYTES(resource));
	enum status st = statement_step(l->sql, s, f);

	*out = (struct rows){ 0 };
	if (st == ST_OK)
		*out = (struct rows){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
			sqlite3_column_int64(s, 2) };
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* false: it is not sure. */
static bool change_of(int64_t *more, struct slice action, const struct rows *before)
{
	*more = 0;
	if (slice_eq(action, S("add"))) {
		*more = 1;
		return before->all == 0;
	}
	if (slice_eq(action, S("remove"))) {
		*more = -1;
		return before->all == 1 && before->listed == 1;
	}
	return before->listed == 1 && before->kept == before->all;
}

static void times_note(struct counted *out, const struct said *item)
{
	int64_t from_ns = said_number(item, FACT_FROM, 0);
	int64_t until_ns = said_number(item, FACT_UNTIL, 0);

	if (from_ns > out->from_ns)
		out->from_ns = from_ns;
	if (until_ns != 0 && (out->until_ns == 0 || until_ns < out->until_ns))
		out->until_ns = until_ns;
}

static enum status item_note(struct counted *out, struct ledger *l, uint64_t base,
	const struct said *item, struct fault *f)
{
	struct rows before;
	int64_t more = 1;

	times_note(out, item);
	if (base != 0) {
		TRY(rows_read(&before, l, base, said_text(item, FACT_RESOURCE), f));
		if (!change_of(&more, said_text(item, FACT_ACTION), &before))
			out->is_known = false;
	}
	out->more += more;
	return ST_OK;
}

enum status counted_find(struct counted *out, struct ledger *l, uint64_t base,
	const struct said_document *d, const struct said_names *names, struct fault *f)
{
	struct said item;

	*out = (struct counted){ .is_known = d->type == DOCUMENT_REGISTRATION || base != 0 };
	for (size_t i = 0; out->is_known && i < said_names_count(names); i++) {
		out->is_known = !said_name_is_again(names, i);
		TRY(said_name_item(&item, names, i, f));
		TRY(item_note(out, l, base, &item, f));
	}
	return ST_OK;
}

enum status counted_left_out(struct counted *out, struct ledger *l, uint64_t base,
	const struct said_names *names, struct fault *f)
{
	struct rows rows;

	*out = (struct counted){ .is_known = true };
	for (size_t i = 0; i < said_names_count(names); i++) {
		if (said_name_is_again(names, i))
			continue;
		TRY(rows_read(&rows, l, base, said_name_text(names, i), f));
		out->more -= rows.listed > 0;
	}
	return ST_OK;
}

struct value counted_value(const struct counted *c)
{
	const struct value known = V_INT(c->more), nothing = { .kind = VALUE_NULL };

	return c->is_known ? known : nothing;
}
