/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c and register_lines.c.  Which resource delivered a kWh is not said:
 * so only what the others cannot have delivered is known to be paid twice.
 */
#include "ledger/register_metered.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_service.h"

/* --- enrolled twice --- */

static bool is_metered(const struct said *item)
{
	return said_number(item, FACT_NET_METERING, 0) != 0;
}

/* Of a resource that is in both. */
static enum status markets_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct said item;

	TRY(said_names_many(&names, j->document, FACT_PROGRAM, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		if (!slice_eq(said_name_text(&names, i), S("energy_market")) ||
			said_name_of(&names, i)->list != FACT_OF_RESOURCE)
			continue;
		TRY(said_name_item(&item, &names, i, f));
		if (is_metered(&item))
			TRY(judging_report(j,
				fault_set(f, ST_AUTH, "registry.twice",
					"resource %.*s has net metering and is in energy_market:"
					" the same energy would be paid twice",
					SLICE_FMT(name_shown(said_text(&item, FACT_RESOURCE)))),
				&item, f));
	}
	return ST_OK;
}

/* The whole aggregation takes part in a market. */
static enum status attested_check(const struct judging *j, struct fault *f)
{
	if (said_number(&j->document->head, FACT_ATTESTED_ONCE, 1) != 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.twice",
		"it takes part in a wholesale market, and double_service_attested is false: what is"
		" paid there may be paid here again");
}

enum status judge_metered_resources(struct judging *j, struct fault *f)
{
	TRY(judging_report(j, attested_check(j, f), NULL, f));
	return markets_judge(j, f);
}

/* --- billed again --- */

/* What an aggregation's resources can put out or leave off, by nameplate; INT64_MAX: anything. */
struct able {
	int64_t metered, others; /* how many there are */
	int64_t kw;              /* that the others can */
	int64_t all_kw;
};

static int64_t known_of(const struct held *held, enum fact_kind kind, int64_t otherwise)
{
	int at = (int)kind - FACT_EXPORT_KW;

	return held->can.known[at] ? quantity_bounded(held->can.of[at]) : otherwise;
}

static void held_add(struct able *to, const struct held *held)
{
	int64_t takes = known_of(held, FACT_IMPORT_KW, INT64_MAX);
	int64_t sheds = known_of(held, FACT_UP_KW, 0);
	int64_t up = amount_add(
		known_of(held, FACT_EXPORT_KW, INT64_MAX), takes > sheds ? takes : sheds);

	to->all_kw = amount_add(to->all_kw, up);
	if (held->is_net_metered) {
		to->metered++;
		return;
	}
	to->others++;
	to->kw = amount_add(to->kw, up);
}

static enum status able_read(struct able *out, struct judging *j, struct slice aggregation,
	int64_t at_ns, struct fault *f)
{
	const struct book_of of = { aggregation, j->side.partner, j->side.is_test };
	const struct chapter *list;
	struct quantities can;
	struct held held;
	enum status st;

	*out = (struct able){ 0 };
	TRY(book_open(&j->other, j->ledger, &of, f));
	if (book_list(&list, &j->other, &of, at_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_can(&can, &j->other, list, at_ns);
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->other, list, at_ns, false);
	while ((st = roll_next(&held, &roll, S(""), f)) == ST_OK)
		held_add(out, &held);
	/* Nameplates that come to less than is registered say nothing. */
	if (out->others > 0 && can.known[FACT_UP_KW - FACT_EXPORT_KW] &&
		can.of[FACT_UP_KW - FACT_EXPORT_KW] > out->all_kw)
		out->kw = INT64_MAX;
	return st == ST_NONE ? ST_OK : st;
}

/* Where it is awarded, and for how long in all. */
struct awarded {
	struct buf aggregation;
	int64_t from_ns, seconds;
};

static enum status awarded_read(
	struct awarded *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_AWARD_TIME, V_INT(award));
	enum status st = statement_step(l->sql, s, f);

	out->seconds = 0;
	if (st == ST_OK) {
		buf_put(&out->aggregation, slice_to(column_bytes(s, 0), FACT_TEXT_MAX));
		out->from_ns = sqlite3_column_int64(s, 1);
		out->seconds = sqlite3_column_int64(s, 2);
	}
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static int64_t energy_of(int64_t kw, int64_t seconds)
{
	__extension__ typedef __int128 wide;
	const wide kwh = (wide)kw * seconds / 3600;

	return kwh > INT64_MAX ? INT64_MAX : (int64_t)kwh;
}

static enum status energy_check(const struct able *able, const struct awarded *awarded,
	struct slice award, int64_t billed, struct fault *f)
{
	int64_t most = energy_of(able->kw, awarded->seconds);

	if (able->metered == 0 || able->kw == INT64_MAX || billed <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"award %.*s: " QUANTITY_FORMAT
		" kWh are billed in all, %lld of its %lld resources have net metering, and the"
		" others can deliver " QUANTITY_FORMAT " in its time: the same kWh is paid once",
		SLICE_FMT(name_shown(award)), QUANTITY(billed),
		(long long)able->metered, (long long)(able->metered + able->others),
		QUANTITY(most));
}

static enum status energy_judge(struct judging *j, const struct award_lines *lines,
	struct awarded *awarded, int64_t billed, struct fault *f)
{
	struct able able;
	struct said line;

	TRY(awarded_read(awarded, j->ledger, lines->award->number, f));
	if (awarded->seconds <= 0)
		return ST_OK;
	TRY(able_read(&able, j, buf_slice(&awarded->aggregation), awarded->from_ns, f));
	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(j,
		energy_check(&able, awarded, said_name_text(lines->names, lines->first), billed, f),
		&line, f);
}

/* Only of what is put out more, or drawn less: that is what a customer's bill has, too. */
enum status judge_metered_energy(
	struct judging *j, const struct award_lines *lines, int64_t billed, struct fault *f)
{
	struct awarded awarded = { .aggregation = buf_init(FACT_TEXT_MAX) };
	struct origin origin;
	enum status st = origin_read(&origin, j->ledger, lines->award->number, f);

	if (st == ST_OK && slice_eq(slice_str(origin.sense), S("up")) &&
		!said_is_copy(j->document) &&
		slice_eq(said_text(&j->document->head, FACT_SENDER_ROLE), S("aggregator")))
		st = energy_judge(j, lines, &awarded, billed, f);
	buf_done(&awarded.aggregation);
	return st;
}
