/* SPDX-License-Identifier: Apache-2.0 */
/* Used by register_money.c.  An award's prices are read once, however many lines name it. */
#include "ledger/register_lines.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_cancelled.h"
#include "ledger/register_metered.h"
#include "ledger/register_service.h"

#define PRICES_MAX 1000 /* different ones of one award */
#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* --- currency --- */

enum status currency_check(struct slice said, const struct known *k, const char *what,
	struct slice id, struct fault *f)
{
	if (said.n == 0 || k->currency[0] == '\0' || slice_eq(said, slice_str(k->currency)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount", "it is in %.*s, %s %.*s is in %s",
		SLICE_FMT(slice_to(said, 8)), what, SLICE_FMT(name_shown(id)), k->currency);
}

/* --- prices --- */

struct prices {
	int64_t of[PRICES_MAX];
	size_t count;
	int64_t measured; /* kWh that were delivered; INT64_MAX: nobody says */
	bool is_credit;   /* a quantity or a price below zero gives back */
	struct origin origin;
};

static enum status prices_read(
	struct prices *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_PRICES, V_INT(award));
	enum status st = ST_NONE;

	out->count = 0;
	while (out->count < PRICES_MAX && (st = statement_step(l->sql, s, f)) == ST_OK)
		out->of[out->count++] = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return st == ST_NONE || st == ST_OK ? ST_OK : st;
}

static bool price_is(const struct prices *prices, int64_t price)
{
	size_t i = 0;

	while (i < prices->count && prices->of[i] != price)
		i++;
	return i < prices->count;
}

static bool is_one_of(struct slice text, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(text, slice_str(words[i])))
			return true;
	return false;
}

/* Penalties, incentives, taxes and the like have prices of their own. */
static bool is_service(const struct said *line)
{
	static const char *const kinds[] = { "energy", "capacity", "voltage_reactive" };

	return is_one_of(
		said_text(line, FACT_KIND), kinds, sizeof(kinds) / sizeof(kinds[0]));
}

/* What is paid by the kWh, kW or kvar is for a service, whatever it is called. */
static bool is_by_service(const struct said *line)
{
	static const char *const kinds[] = { "incentive", "adjustment", "fee" };
	static const char *const measures[] = { "kWh", "kW", "kvar" };

	return is_one_of(said_text(line, FACT_KIND), kinds, sizeof(kinds) / sizeof(kinds[0])) &&
		is_one_of(said_text(line, FACT_MEASURE), measures,
			sizeof(measures) / sizeof(measures[0]));
}

/* Beside lines of energy, which add up: what is paid on top of them is for the same kWh. */
static enum status on_top_check(
	const struct said *line, int64_t measured, struct slice award, struct fault *f)
{
	int64_t said = said_number(line, FACT_QUANTITY, 0);

	if (!is_by_service(line) || !slice_eq(said_text(line, FACT_MEASURE), S("kWh")) ||
		said <= quantity_with_rounding(measured, quantity_rounding(said)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"award %.*s: it is for %lld.%06lld kWh (%.*s), %lld.%06lld were measured",
		SLICE_FMT(name_shown(award)), (long long)(said / FACT_UNIT),
		(long long)(said % FACT_UNIT), SLICE_FMT(name_shown(said_text(line, FACT_KIND))),
		(long long)(measured / FACT_UNIT), (long long)(measured % FACT_UNIT));
}

static enum status price_check(const struct said *line, const struct prices *prices,
	struct slice award, struct fault *f)
{
	int64_t price = said_number(line, FACT_PRICE, 0);

	if (prices->count == 0 || !line->has[FACT_PRICE] || !is_service(line) ||
		price_is(prices, price) || (prices->is_credit && price_is(prices, -price)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"unit_price is %lld.%06lld, award %.*s has %lld.%06lld",
		(long long)(price / FACT_UNIT), (long long)(price % FACT_UNIT),
		SLICE_FMT(name_shown(award)), (long long)(prices->of[0] / FACT_UNIT),
		(long long)(prices->of[0] % FACT_UNIT));
}

/* In kvar nothing is priced by a word of its own: that is not compared. */
static enum status basis_check(const struct said *line, const struct prices *prices,
	struct slice award, struct fault *f)
{
	static const struct {
		const char *basis, *unit;
	} bases[] = { { "per_kw", "kW" }, { "per_kwh", "kWh" }, { "per_call", "call" } };
	struct slice unit = said_text(line, FACT_MEASURE), basis;
	size_t i = 0;

	basis = slice_str(prices->origin.price_basis);
	while (i < sizeof(bases) / sizeof(bases[0]) &&
		!slice_eq(basis, slice_str(bases[i].basis)))
		i++;
	if (i == sizeof(bases) / sizeof(bases[0]) || unit.n == 0 || !is_service(line) ||
		slice_eq(unit, S("kvar")) || slice_eq(unit, slice_str(bases[i].unit)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"unit is %.*s, award %.*s is priced %s (price_basis of its request): that is by"
		" the %s", SLICE_FMT(slice_to(unit, 8)), SLICE_FMT(name_shown(award)), bases[i].basis,
		bases[i].unit);
}

static enum status line_check(const struct said *line, const struct prices *prices,
	const struct known *award, struct slice id, struct fault *f)
{
	TRY(basis_check(line, prices, id, f));
	TRY(currency_check(said_text(line, FACT_CURRENCY), award, "award", id, f));
	TRY(on_top_check(line, prices->measured, id, f));
	return price_check(line, prices, id, f);
}

/* The first that is wrong stands for all of the same award. */
static enum status prices_judge(
	struct judging *j, const struct award_lines *lines, bool is_credit, struct fault *f)
{
	struct slice id = said_name_text(lines->names, lines->first);
	struct prices prices;
	struct said line;
	enum status st = ST_OK;

	prices.is_credit = is_credit;
	TRY(prices_read(&prices, j->ledger, lines->award->number, f));
	TRY(origin_read(&prices.origin, j->ledger, lines->award->number, f));
	st = measured_read(&prices.measured, j->ledger, lines->award->number, f);
	if (st != ST_OK && st != ST_NONE)
		return st;
	prices.measured = st == ST_OK ? prices.measured : INT64_MAX;
	st = ST_OK;
	for (size_t i = lines->first; i < lines->end && st == ST_OK; i++) {
		TRY(said_name_item(&line, lines->names, i, f));
		st = line_check(&line, &prices, lines->award, id, f);
	}
	return judging_report(j, st, &line, f);
}

/* --- energy --- */

enum status measured_read(int64_t *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_MEASURED, V_INT(award));
	enum status st = statement_step(l->sql, s, f);
	const bool is_said = st == ST_OK && sqlite3_column_type(s, 0) == SQLITE_INTEGER;

	*out = is_said ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_OK && !is_said ? ST_NONE : st;
}

static enum status unmeasured(
	struct judging *j, const struct award_lines *lines, struct fault *f)
{
	struct slice id = said_name_text(lines->names, lines->first);
	struct said line;

	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.order",
			"award %.*s: it bills energy, and no service_performance says what was"
			" delivered",
			SLICE_FMT(name_shown(id))),
		&line, f);
}

/* The same energy is billed once, in whichever invoice. */
static enum status energy_judge(
	struct judging *j, const struct award_lines *lines, struct fault *f)
{
	struct slice id = said_name_text(lines->names, lines->first);
	struct sums before;
	struct said line;
	int64_t measured;
	enum status st;

	st = measured_read(&measured, j->ledger, lines->award->number, f);
	if (st == ST_NONE)
		return lines->sums.energy > 0 ? unmeasured(j, lines, f) : ST_OK;
	if (st != ST_OK)
		return st;
	TRY(known_sums(&before, j->ledger, lines->award->number, DOCUMENT_INVOICE,
		lines->replaced, f));
	int64_t sum = amount_add(before.energy, lines->sums.energy);
	TRY(judge_metered_energy(j, lines, sum, f));
	const int64_t rounding = amount_add(before.rounding, lines->sums.rounding);
	if (sum <= quantity_with_rounding(measured, rounding))
		return ST_OK;
	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: %lld.%06lld kWh are billed in all, %lld.%06lld were"
			" measured",
			SLICE_FMT(name_shown(id)), (long long)(sum / FACT_UNIT),
			(long long)(sum % FACT_UNIT), (long long)(measured / FACT_UNIT),
			(long long)(measured % FACT_UNIT)),
		&line, f);
}

/* --- capacity --- */

static const struct capacity {
	const char *kind, *measure;
	int column; /* of SQL_REGISTER_TOTALS */
} capacities[] = {
	{ "capacity", "kW", 0 },
	{ "voltage_reactive", "kvar", 1 },
};
#define CAPACITIES (sizeof(capacities) / sizeof(capacities[0]))

static enum status capacity_billed(int64_t *out, const struct award_lines *lines,
	const struct capacity *of, struct fault *f)
{
	struct said line;

	*out = 0;
	for (size_t i = lines->first; i < lines->end; i++) {
		TRY(said_name_item(&line, lines->names, i, f));
		if (slice_eq(said_text(&line, FACT_KIND), slice_str(of->kind)) &&
			slice_eq(said_text(&line, FACT_MEASURE), slice_str(of->measure)))
			*out = amount_add(*out, said_number(&line, FACT_QUANTITY, 0));
	}
	return ST_OK;
}

/* ST_NONE: nothing was measured in kvar. */
static enum status measured_kvar_read(
	int64_t *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_MEASURED_KVAR, V_INT(award));
	enum status st = statement_step(l->sql, s, f);
	const bool is_said = st == ST_OK && sqlite3_column_type(s, 0) == SQLITE_INTEGER;

	*out = is_said ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_OK && !is_said ? ST_NONE : st;
}

/* What nobody measured in kvar is compared with what was awarded alone. */
static enum status reactive_judge(
	struct judging *j, const struct award_lines *lines, struct fault *f)
{
	int64_t billed, measured;
	struct said line;

	TRY(capacity_billed(&billed, lines, &capacities[1], f));
	enum status st = measured_kvar_read(&measured, j->ledger, lines->award->number, f);
	if (st != ST_OK ||
		billed <= quantity_with_rounding(measured, quantity_rounding(billed)))
		return st == ST_NONE ? ST_OK : st;
	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: " QUANTITY_FORMAT " kvar are billed, " QUANTITY_FORMAT
			" were measured",
			SLICE_FMT(name_shown(said_name_text(lines->names, lines->first))),
			QUANTITY(billed), QUANTITY(measured)),
		&line, f);
}

/* Some markets pay for each interval, some for all of them together: that is the most. */
static enum status capacity_judge(struct judging *j, const struct award_lines *lines,
	const struct capacity *of, struct fault *f)
{
	struct slice id = said_name_text(lines->names, lines->first);
	struct said line;
	int64_t billed, until_ns;

	TRY(capacity_billed(&billed, lines, of, f));
	TRY(cancelled_at(&until_ns, j->ledger, lines->award, f));
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_TOTALS,
		V_INT(lines->award->number), V_INT(until_ns));
	enum status st = statement_step(j->ledger->sql, s, f);
	const bool is_known =
		st == ST_OK && sqlite3_column_type(s, of->column) == SQLITE_INTEGER;
	const int64_t most = is_known ? sqlite3_column_int64(s, of->column)
		: until_ns != INT64_MAX		? 0
						: INT64_MAX;
	sqlite3_reset(s);
	if (billed <= most)
		return st == ST_NONE ? ST_OK : st;
	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: %lld.%06lld %s are billed, all of its intervals come to"
			" %lld.%06lld",
			SLICE_FMT(name_shown(id)), (long long)(billed / FACT_UNIT),
			(long long)(billed % FACT_UNIT), of->measure,
			(long long)(most / FACT_UNIT), (long long)(most % FACT_UNIT)),
		&line, f);
}

/* --- time --- */

static enum status outside(struct slice id, int64_t start_ns, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	return fault_set(f, ST_AUTH, "registry.award",
		"award %.*s is for %s and after: not for the period that is billed",
		SLICE_FMT(name_shown(id)), time_format(when, start_ns));
}

/* Days are the market's, wherever that is: one more at both ends. */
static enum status period_judge(
	struct judging *j, const struct award_lines *lines, struct fault *f)
{
	const struct said *head = &j->document->head;
	int64_t from_ns = said_number(head, FACT_FROM, 0);
	int64_t until_ns = said_number(head, FACT_UNTIL, 0);
	struct said line;

	if (from_ns <= 0 || until_ns <= 0)
		return ST_OK;
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_PERIOD,
		V_INT(lines->award->number), V_INT(from_ns - DAY_NS),
		V_INT(amount_add(until_ns, DAY_NS)));
	enum status st = statement_step(j->ledger->sql, s, f);
	const bool is_outside = st == ST_OK && sqlite3_column_int(s, 2) == 0;
	const int64_t start_ns = is_outside ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	if (!is_outside)
		return st == ST_NONE ? ST_OK : st;
	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(
		j, outside(said_name_text(lines->names, lines->first), start_ns, f), &line, f);
}

enum status judge_award_lines(struct judging *j, const struct award_lines *lines, struct fault *f)
{
	TRY(prices_judge(j, lines, false, f));
	if (lines->sums.energy > 0)
		TRY(energy_judge(j, lines, f));
	for (size_t i = 0; i < CAPACITIES; i++)
		TRY(capacity_judge(j, lines, &capacities[i], f));
	TRY(reactive_judge(j, lines, f));
	return period_judge(j, lines, f);
}

/* Energy at another price would come back for less than was asked for it. */
enum status judge_credit_lines(struct judging *j, const struct award_lines *lines, struct fault *f)
{
	TRY(prices_judge(j, lines, true, f));
	return lines->replaced ? energy_judge(j, lines, f) : ST_OK;
}

/* --- without an award --- */

static enum status unawarded_check(const struct said *line, struct fault *f)
{
	struct slice kind = said_text(line, FACT_KIND);
	const bool is_by = is_by_service(line);

	if (said_text(line, FACT_AWARD).n > 0 ||
		(!is_by && !is_service(line) && !slice_eq(kind, S("availability_payment"))))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.award",
		"it bills a service (%.*s%s%.*s), and names no award_id", SLICE_FMT(name_shown(kind)),
		is_by ? ", by the " : "",
		SLICE_FMT(is_by ? name_shown(said_text(line, FACT_MEASURE)) : S("")));
}

enum status judge_lines_without_award(struct judging *j, struct fault *f)
{
	struct slice rest = j->document->facts;
	struct said line;
	enum status st;

	if (!slice_eq(said_text(&j->document->head, FACT_SENDER_ROLE), S("aggregator")))
		return ST_OK;
	while ((st = said_item_next(&line, &rest, FACT_OF_LINE, f)) == ST_OK)
		TRY(judging_report(j, unawarded_check(&line, f), &line, f));
	return st == ST_NONE ? ST_OK : st;
}
