/* SPDX-License-Identifier: Apache-2.0 */
/* Each notice is kept with the begin that is known then, so that only the last one is asked. */
#include "ledger/register_outages.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"

struct begin {
	int64_t at_ns; /* 0: nobody said */
	struct known before;
};

/* What the notices before it said. */
static enum status begin_known(struct begin *out, struct ledger *l,
	const struct register_side *side, const struct said_document *d, struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st;

	*out = (struct begin){ 0 };
	TRY(known_key(&out->before, l, side, DOCUMENT_OUTAGE, said_text(&d->head, FACT_OUTAGE), f));
	if (out->before.number == 0)
		return ST_OK;
	s = STATEMENT_BIND(l->sql, SQL_REGISTER_FROM, V_INT(out->before.number));
	st = statement_step(l->sql, s, f);
	if (st == ST_OK)
		out->at_ns = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static int64_t begin_said(const struct said_document *d)
{
	return said_number(&d->head, FACT_BEGAN, said_number(&d->head, FACT_FROM, 0));
}

enum status outage_times(struct span *out, struct ledger *l, const struct register_side *side,
	const struct said_document *d, struct fault *f)
{
	struct begin begin;

	*out = (struct span){ begin_said(d),
		said_number(&d->head, FACT_ENDED, said_number(&d->head, FACT_UNTIL, 0)) };
	if (out->from_ns != 0)
		return ST_OK;
	TRY(begin_known(&begin, l, side, d, f));
	out->from_ns = begin.at_ns;
	return ST_OK;
}

/* A restoration that does not say when is one now. */
static enum status ended_check(const struct judging *j, const struct begin *begin, struct fault *f)
{
	const bool is_restored =
		slice_eq(said_text(&j->document->head, FACT_ACTION), S("restoration"));
	const int64_t ended_ns = said_number(
		&j->document->head, FACT_ENDED, is_restored ? j->question->now_ns : INT64_MAX);
	char ended[TIME_TEXT_MAX], began[TIME_TEXT_MAX];

	if (begin->at_ns == 0 || ended_ns >= begin->at_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"it is restored at %s, and begins at %s, as was said before: what began earlier says "
		"so (actual_start), what will not be is cancelled",
		time_format(ended, ended_ns), time_format(began, begin->at_ns));
}

enum status judge_outages(struct judging *j, struct fault *f)
{
	struct begin begin;

	/* Of what it says itself the schema sees the order. */
	if (j->document->type != DOCUMENT_OUTAGE || begin_said(j->document) != 0)
		return ST_OK;
	TRY(begin_known(&begin, j->ledger, &j->side, j->document, f));
	return judging_report(j, ended_check(j, &begin, f), NULL, f);
}
