/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_money.c.  What is invoiced is judged by the newest revision of its award: so a
 * revision leaves what is asked for already, and what may be.  Who takes a part back that is still
 * to come sends a revision without it; who doubts what was measured rejects that first.
 */
#include "ledger/register_undone.h"

#include <stdio.h>

#include "base/clock.h"
#include "exchange/business.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_lines.h"
#include "ledger/register_paid.h"

#define CENT (FACT_UNIT / 100)
#define QUANTITY_MAX INT64_C(1000000000000000) /* as SQL_REGISTER_MEASURED has it */

/* In FACT_UNITs. */
struct done {
	int64_t measured;  /* kWh, by whichever side has more; 0: none, or it is rejected */
	struct sums billed; /* and paid, where what was billed is rejected since */
	struct span when;  /* in which it was delivered; of all time where that is not said */
};

static bool is_any(const struct done *done)
{
	return done->measured > 0 || done->billed.amount > 0 || done->billed.energy > 0;
}

static enum status when_read(
	struct span *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_MEASURED_WHEN, V_INT(award));
	enum status st = statement_step(l->sql, s, f);

	*out = (struct span){ INT64_MIN, INT64_MAX };
	if (st == ST_OK && sqlite3_column_type(s, 0) == SQLITE_INTEGER)
		*out = (struct span){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1) };
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status done_read(struct done *out, struct ledger *l, uint64_t award, struct fault *f)
{
	enum status st = measured_read(&out->measured, l, award, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	TRY(known_sums(&out->billed, l, award, DOCUMENT_INVOICE, 0, f));
	return when_read(&out->when, l, award, f);
}

static enum status undone(struct judging *j, const struct done *done, const char *left,
	struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_SUPERSEDES);

	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.order",
			"of award %.*s " QUANTITY_FORMAT " kWh were measured, " MONEY_FORMAT
			" are billed: what is delivered is not undone%s",
			SLICE_FMT(name_shown(id)), QUANTITY(done->measured),
			MONEY(done->billed.amount), left),
		NULL, f);
}

/* --- energy --- */

/* Of the part of the interval that is in `when`; added to *sum, which is bounded. */
static void energy_add(
	int64_t *sum, struct span interval, const struct span *when, int64_t kw)
{
	__extension__ typedef __int128 wide;

	if (interval.from_ns < when->from_ns)
		interval.from_ns = when->from_ns;
	if (interval.until_ns > when->until_ns)
		interval.until_ns = when->until_ns;
	if (interval.from_ns >= interval.until_ns)
		return;
	const wide ns = (wide)interval.until_ns - interval.from_ns;
	const wide kwh = ns * (kw < QUANTITY_MAX ? kw : QUANTITY_MAX) / (3600 * (wide)NS_PER_S);
	*sum = amount_add(*sum, kwh > INT64_MAX ? INT64_MAX : (int64_t)kwh);
}

static enum status energy_before(int64_t *out, struct ledger *l, uint64_t award,
	const struct span *when, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_AWARDED_KW, V_INT(award));
	enum status st;

	*out = 0;
	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		const struct span span = { sqlite3_column_int64(s, 0),
			sqlite3_column_int64(s, 1) };

		energy_add(out, span, when, sqlite3_column_int64(s, 2));
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status energy_said(
	int64_t *out, const struct said_document *d, const struct span *when, struct fault *f)
{
	struct slice rest = d->facts;
	struct said item;
	struct span span;
	enum status st;

	*out = 0;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		if (said_span(&span, &item))
			energy_add(out, span, when,
				quantity_bounded(said_number(&item, FACT_QUANTITY_KW, 0)));
	return st == ST_NONE ? ST_OK : st;
}

/* More than was awarded may be measured, and what is not cut leaves as much as before. */
static enum status energy_judge(struct judging *j, const struct known *before,
	const struct done *done, struct fault *f)
{
	const int64_t most = done->measured > done->billed.energy ? done->measured
								  : done->billed.energy;
	char left[64];
	int64_t was, is;

	TRY(energy_before(&was, j->ledger, before->number, &done->when, f));
	TRY(energy_said(&is, j->document, &done->when, f));
	if (is >= was || quantity_with_rounding(is, quantity_rounding(is)) >= most)
		return ST_OK;
	(void)snprintf(left, sizeof(left), ", and it leaves " QUANTITY_FORMAT " kWh of that time",
		QUANTITY(is));
	return undone(j, done, left, f);
}

/* --- money --- */

/* What the kWh come to at the highest price of the award; INT64_MAX: it has none. */
static enum status value_read(
	int64_t *out, struct ledger *l, uint64_t award, int64_t measured, struct fault *f)
{
	__extension__ typedef __int128 wide;
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_PRICES, V_INT(award));
	int64_t price = INT64_MAX;
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		price = sqlite3_column_int64(s, 0);
	const wide exact = (wide)measured * (price > 0 ? price : 0) / FACT_UNIT;
	const wide value = exact - exact % CENT; /* no more than is paid of it */
	*out = measured == 0 ? 0
		: price == INT64_MAX || value > INT64_MAX ? INT64_MAX
							 : (int64_t)value;
	return st == ST_NONE ? ST_OK : st;
}

static enum status ceiling_judge(struct judging *j, const struct known *before,
	const struct done *done, struct fault *f)
{
	const struct said *head = &j->document->head;
	const int64_t was = before->has_ceiling ? before->ceiling : INT64_MAX;
	const int64_t is = said_number(head, FACT_CEILING, 0);
	char left[64];
	int64_t value;

	if (!head->has[FACT_CEILING] || is >= was)
		return ST_OK;
	TRY(value_read(&value, j->ledger, before->number, done->measured, f));
	if (is >= done->billed.amount && is >= value)
		return ST_OK;
	(void)snprintf(left, sizeof(left), ", and maximum_value leaves " MONEY_FORMAT, MONEY(is));
	return undone(j, done, left, f);
}

/* In other money than before nothing could be billed, or given back. */
static enum status currency_judge(struct judging *j, const struct known *before, struct fault *f)
{
	struct slice currency;

	TRY(said_currency(&currency, j->document, f));
	return judging_report(j,
		currency_check(currency, before, "award",
			said_text(&j->document->head, FACT_SUPERSEDES), f),
		NULL, f);
}

enum status judge_undone(struct judging *j, const struct known *before, struct fault *f)
{
	struct done done;

	if (before->number == 0 || before->type != DOCUMENT_AWARD)
		return ST_OK;
	TRY(done_read(&done, j->ledger, before->number, f));
	if (!is_any(&done))
		return ST_OK;
	if (business_makes(DOCUMENT_AWARD, said_action(j->document)) != BUSINESS_OPEN)
		return undone(j, &done, "", f);
	TRY(currency_judge(j, before, f));
	TRY(energy_judge(j, before, &done, f));
	return ceiling_judge(j, before, &done, f);
}
