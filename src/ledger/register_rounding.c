/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are priced to five places and paid in cents.  What is lost is less than half a cent a line,
 * or is evened out by lines of kind "rounding": nothing else may hide in those.
 */
#include "ledger/register_rounding.h"

#include "exchange/agreement.h"

__extension__ typedef __int128 exact; /* of money, in FACT_UNITs of a FACT_UNIT */

#define CENT ((exact)FACT_UNIT * FACT_UNIT / 100)
#define MONEY_FORMAT "%s%lld.%06lld"
#define MONEY(n) \
	(n) < 0 ? "-" : "", (long long)(((n) < 0 ? -(n) : (n)) / FACT_UNIT / FACT_UNIT), \
		(long long)(((n) < 0 ? -(n) : (n)) / FACT_UNIT % FACT_UNIT)

struct rounding {
	exact lost;    /* what lines are above their amounts */
	exact evened;  /* by lines of kind "rounding" */
	unsigned lines; /* that are priced */
};

static exact magnitude(exact n)
{
	return n < 0 ? -n : n;
}

static bool is_rounding(const struct said *line)
{
	return slice_eq(said_text(line, FACT_KIND), S("rounding"));
}

static bool is_priced(const struct said *line)
{
	return line->has[FACT_QUANTITY] && line->has[FACT_PRICE] && line->has[FACT_AMOUNT];
}

static exact amount_of(const struct said *line)
{
	return (exact)said_number(line, FACT_AMOUNT, 0) * FACT_UNIT;
}

/* Too much is the most there is: all lines of a document fit into one sum. */
static exact lost_of(const struct said *line)
{
	const exact most = (exact)1 << 80;
	exact lost = (exact)said_number(line, FACT_QUANTITY, 0) *
			said_number(line, FACT_PRICE, 0) - amount_of(line);

	return lost > most ? most : lost < -most ? -most : lost;
}

static enum status line_check(const struct said *line, struct fault *f)
{
	const exact lost = lost_of(line);

	if (is_rounding(line))
		return fault_set(f, ST_AUTH, "registry.amount",
			"it is of kind rounding: as agreed, each line is rounded by itself, and "
			"nothing is left to even out (documents.rounding: line)");
	if (2 * magnitude(lost) <= CENT)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"its amount is " MONEY_FORMAT " from quantity times unit_price: as agreed, each line "
		"is rounded to the nearest cent (documents.rounding: line)", MONEY(lost));
}

static enum status total_check(const struct rounding *r, struct fault *f)
{
	const exact left = r->lost - r->evened;

	if (2 * magnitude(left) <= CENT)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"its lines are " MONEY_FORMAT " from quantities times prices, of which lines of kind "
		"rounding even out " MONEY_FORMAT ": as agreed, the total is rounded "
		"(documents.rounding: total)", MONEY(r->lost), MONEY(r->evened));
}

/* Whatever is agreed, rounding is less than a cent a line. */
static enum status evened_check(const struct rounding *r, struct fault *f)
{
	if (magnitude(r->evened) <= CENT * (r->lines > 0 ? r->lines : 1))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"lines of kind rounding have " MONEY_FORMAT ", of %u others: more than a cent each "
		"is no rounding", MONEY(r->evened), r->lines);
}

static enum status line_take(struct rounding *r, struct judging *j, const struct said *line,
	bool by_line, struct fault *f)
{
	if (is_rounding(line)) {
		r->evened += amount_of(line);
	} else if (!is_priced(line)) {
		return ST_OK;
	} else {
		r->lost += lost_of(line);
		r->lines++;
	}
	return by_line ? judging_report(j, line_check(line, f), line, f) : ST_OK;
}

static enum status lines_take(
	struct rounding *out, struct judging *j, bool by_line, struct fault *f)
{
	struct slice rest = j->document->facts;
	struct said line;
	enum status st;

	*out = (struct rounding){ 0 };
	while ((st = said_item_next(&line, &rest, FACT_OF_LINE, f)) == ST_OK)
		TRY(line_take(out, j, &line, by_line, f));
	return st == ST_NONE ? ST_OK : st;
}

enum status judge_rounding(struct judging *j, struct fault *f)
{
	const int64_t agreed = said_number(&j->document->head, FACT_AGREED_ROUNDING, ROUNDING_ANY);
	struct rounding all;

	if (j->document->type != DOCUMENT_INVOICE)
		return ST_OK;
	TRY(lines_take(&all, j, agreed == ROUNDING_LINE, f));
	if (agreed == ROUNDING_TOTAL)
		return judging_report(j, total_check(&all, f), NULL, f);
	return agreed == ROUNDING_ANY ? judging_report(j, evened_check(&all, f), NULL, f) : ST_OK;
}
