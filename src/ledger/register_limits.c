/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c.  Looked at are limits of one aggregation; of those for several the
 * first, and none of resources, connection points and feeders.  The last of a limit's sequence
 * counts.
 */
#include "ledger/register_limits.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"

#define QUANTITY_FORMAT "%lld.%06lld"
#define QUANTITY(n) (long long)((n) / FACT_UNIT), (long long)((n) % FACT_UNIT)

struct slice limit_aggregation(const struct said_document *d)
{
	struct slice rest = d->facts;
	struct fact fact;

	if (!slice_eq(said_text(&d->head, FACT_KIND), S("aggregation")))
		return S("");
	while (fact_next(&fact, &rest, NULL) == ST_OK)
		if (fact.kind == FACT_RESOURCE && fact.is_text)
			return fact.text;
	return S("");
}

/* The least that any of them lets through at any moment of the time. */
static enum status limit_check(struct judging *j, const struct said *item,
	const struct span *span, struct fault *f)
{
	int64_t said = said_number(item, FACT_QUANTITY_KW, 0);
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_LIMITED,
		V_BYTES(j->of.aggregation), V_BYTES(j->side.partner), V_INT(j->side.is_test),
		V_INT(span->from_ns), V_INT(span->until_ns), V_INT(said < 0));
	enum status st = statement_step(j->ledger->sql, s, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	int64_t most = sqlite3_column_int64(s, 0);
	if (quantity_bounded(said) > most)
		st = fault_set(f, ST_AUTH, "registry.capability",
			"quantity_kw is %s" QUANTITY_FORMAT ", limit %.*s lets " QUANTITY_FORMAT
			" through at that time", said < 0 ? "-" : "",
			QUANTITY(quantity_bounded(said)),
			SLICE_FMT(slice_to(column_bytes(s, 1), REGISTER_NAME_SHOWN)),
			QUANTITY(most));
	sqlite3_reset(s);
	return st;
}

static bool is_start(const struct said *head)
{
	struct slice action = said_text(head, FACT_ACTION);

	return slice_eq(action, S("start")) || slice_eq(action, S("adjust"));
}

enum status judge_limits(struct judging *j, struct fault *f)
{
	struct slice rest = j->document->facts;
	struct said item;
	struct span span;
	enum status st;

	if (j->document->type != DOCUMENT_DISPATCH || !is_start(&j->document->head))
		return ST_OK;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (item.has[FACT_QUANTITY_KW] && said_span(&span, &item))
			TRY(judging_report(j, limit_check(j, &item, &span, f), &item, f));
	return st == ST_NONE ? ST_OK : st;
}
