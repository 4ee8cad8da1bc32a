/* SPDX-License-Identifier: Apache-2.0 */
/* Used by register_service.c. */
#include "ledger/register_performance.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_intervals.h"
#include "ledger/register_service.h"

#define AHEAD_NS (INT64_C(60) * NS_PER_S) /* what clocks may differ by */
#define WATT (FACT_UNIT / 1000)
#define PERMILLE (FACT_UNIT / 10) /* of a percentage */
#define SLACK 10 /* permille: some round each interval */

/* --- when, and how much --- */

static enum status time_check(
	const struct judging *j, const struct span *span, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	if (span->until_ns - AHEAD_NS <= j->question->now_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.clock",
		"it was measured until %s, which is still to come",
		time_format(when, span->until_ns));
}

enum { MEASURED_KW, MEASURED_KVAR, MEASURES };

static const struct measure {
	const char *unit;
	enum fact_kind delivered, awarded;
} measures[MEASURES] = {
	[MEASURED_KW] = { "kw", FACT_QUANTITY_KW, FACT_AWARDED_KW },
	[MEASURED_KVAR] = { "kvar", FACT_QUANTITY_KVAR, FACT_AWARDED_KVAR },
};

/* What is awarded of a measure at a time. */
struct awarded {
	bool has;
	int64_t least, most;
};

static struct awarded awarded_of(const struct cover *cover, const struct measure *m)
{
	return m == &measures[MEASURED_KW]
		? (struct awarded){ cover->has_kw, cover->kw, cover->most_kw }
		: (struct awarded){ cover->has_kvar, cover->kvar, cover->most_kvar };
}

/* Meters count in times of their own: one may be of several that were awarded, or of a part. */
static enum status awarded_check(const struct said *item, const struct measure *m,
	const struct span *span, const struct cover *cover, struct slice award, struct fault *f)
{
	const bool is_whole = cover->covered_ns >= span->until_ns - span->from_ns;
	const struct awarded awarded = awarded_of(cover, m);
	int64_t said = said_number(item, m->awarded, 0);

	if (!item->has[m->awarded] || !cover->is_known || (cover->covered_ns > 0 && !awarded.has))
		return ST_OK;
	if (said <= awarded.most && said >= (is_whole ? awarded.least : 0))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.award",
		"awarded_%s is %lld.%06lld, award %.*s has %lld.%06lld at that time", m->unit,
		(long long)(said / FACT_UNIT), (long long)(said % FACT_UNIT),
		SLICE_FMT(name_shown(award)), (long long)(awarded.most / FACT_UNIT),
		(long long)(awarded.most % FACT_UNIT));
}

static enum status outside_check(const struct said *item, const struct measure *m,
	const struct span *span, const struct cover *cover, struct slice award, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	if (!cover->is_known || cover->covered_ns > 0 || item->has[FACT_EXCLUDED] ||
		said_number(item, m->delivered, 0) <= 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.award",
		"delivered_%s is above zero from %s, when award %.*s has nothing", m->unit,
		time_format(when, span->from_ns), SLICE_FMT(name_shown(award)));
}

static enum status item_judge(
	struct judging *j, const struct said *item, const struct known *award, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_AWARD);
	struct cover cover;
	struct span span;

	if (!said_span(&span, item))
		return ST_OK;
	TRY(judging_report(j, time_check(j, &span, f), item, f));
	TRY(cover_read(&cover, j->ledger, award->number, &span, f));
	for (const struct measure *m = measures; m < measures + MEASURES; m++) {
		TRY(judging_report(j, outside_check(item, m, &span, &cover, id, f), item, f));
		TRY(judging_report(j, awarded_check(item, m, &span, &cover, id, f), item, f));
	}
	return ST_OK;
}

/* --- once --- */

/* ST_AUTH "registry.order": another performance of the same side has something of that time. */
static enum status then_check(struct judging *j, uint64_t award, uint64_t but,
	const struct span *span, struct fault *f)
{
	char when[TIME_TEXT_MAX];
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_MEASURED_THEN,
		V_INT(award), V_INT(j->side.direction), V_INT(span->from_ns),
		V_INT(span->until_ns), V_INT(but));
	enum status st = statement_step(j->ledger->sql, s, f);

	if (st == ST_OK)
		st = fault_set(f, ST_AUTH, "registry.order",
			"%.*s says what was delivered at %s: what corrects it supersedes it",
			SLICE_FMT(name_shown(column_bytes(s, 0))),
			time_format(when, span->from_ns));
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* The first interval that is there already stands for all; mostly none of its whole time is. */
static enum status once_judge(struct judging *j, uint64_t award, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_SUPERSEDES), rest = j->document->facts;
	struct known before = { 0 };
	struct said item;
	struct span span;
	enum status st = said_times(&span, j->document, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	if (id.n > 0)
		TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	st = then_check(j, award, before.number, &span, f);
	if (st != ST_AUTH)
		return st;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		if (!said_span(&span, &item))
			continue;
		st = then_check(j, award, before.number, &span, f);
		if (st != ST_OK)
			return judging_report(j, st, &item, f);
	}
	return st == ST_NONE ? ST_OK : st;
}

/* --- which part of it --- */

struct part {
	/* watt seconds, or those of var; capped: at most what is awarded */
	int64_t awarded, delivered, capped;
	bool is_large; /* more than can be added */
};

static int64_t energy_of(struct part *part, int64_t quantity, int64_t seconds)
{
	int64_t energy;

	if (!__builtin_mul_overflow(quantity_bounded(quantity) / WATT, seconds, &energy))
		return energy;
	part->is_large = true;
	return 0;
}

static void part_add(struct part *part, const struct said *item, const struct measure *m)
{
	int64_t seconds = said_number(item, FACT_SECONDS, 0);
	int64_t awarded = energy_of(part, said_number(item, m->awarded, 0), seconds);
	int64_t delivered = energy_of(part, said_number(item, m->delivered, 0), seconds);

	if (item->has[FACT_EXCLUDED])
		return;
	part->awarded = amount_add(part->awarded, awarded);
	part->delivered = amount_add(part->delivered, delivered);
	part->capped = amount_add(part->capped, delivered < awarded ? delivered : awarded);
}

/* False: nothing was awarded, or so much that no market has it. */
static bool permille_of(int64_t *out, int64_t delivered, int64_t awarded)
{
	int64_t thousand;

	if (awarded <= 0 || __builtin_mul_overflow(delivered, 1000, &thousand))
		return false;
	*out = thousand / awarded;
	return true;
}

/* Whether more than was awarded makes good what lacks elsewhere is the market's matter. */
static enum status percent_check(const struct said *head, const struct part *part, struct fault *f)
{
	int64_t said = said_number(head, FACT_PERCENT, 0) / PERMILLE, least, most;

	if (!head->has[FACT_PERCENT] || part->is_large ||
		!permille_of(&least, part->capped, part->awarded) ||
		!permille_of(&most, part->delivered, part->awarded) ||
		(said >= least - SLACK && said <= most + SLACK))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.award",
		"performance_percent is %lld.%lld, by its intervals it is %lld.%lld",
		(long long)(said / 10), (long long)(said % 10), (long long)(most / 10),
		(long long)(most % 10));
}

/* Where both kW and kvar are awarded it is of either of them. */
static enum status percents_check(
	const struct said *head, const struct part parts[MEASURES], struct fault *f)
{
	enum status st = percent_check(head, &parts[MEASURED_KW], f);

	if (parts[MEASURED_KVAR].awarded == 0 ||
		(st == ST_OK && parts[MEASURED_KW].awarded != 0))
		return st;
	struct fault other;
	const bool is_of_other = percent_check(head, &parts[MEASURED_KVAR], &other) == ST_OK;
	if (is_of_other || st != ST_OK)
		return is_of_other ? ST_OK : st;
	*f = other;
	return f->status;
}

static enum status intervals_judge(
	struct judging *j, const struct known *award, struct fault *f)
{
	struct slice rest = j->document->facts;
	struct part parts[MEASURES] = { 0 };
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		for (size_t i = 0; i < MEASURES; i++)
			part_add(&parts[i], &item, &measures[i]);
		TRY(item_judge(j, &item, award, f));
	}
	if (st != ST_NONE)
		return st;
	return judging_report(j, percents_check(&j->document->head, parts, f), NULL, f);
}

/* --- measured how --- */

static enum status baseline_check(
	const struct said *head, const struct origin *origin, struct fault *f)
{
	struct slice said = said_text(head, FACT_BASELINE), want = slice_str(origin->baseline);

	if (said.n == 0 || want.n == 0 || slice_eq(said, want) || slice_eq(want, S("none")))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.award",
		"baseline_method is %.*s, verification_method of the request of award %.*s is"
		" %.*s", SLICE_FMT(name_shown(said)), SLICE_FMT(name_shown(said_text(head, FACT_AWARD))),
		SLICE_FMT(want));
}

enum status judge_performance(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct origin origin;
	struct known award;

	TRY(known_document(&award, j->ledger, &j->side, said_text(head, FACT_AWARD), S(""), f));
	TRY(origin_read(&origin, j->ledger, award.number, f));
	TRY(judging_report(j, baseline_check(head, &origin, f), NULL, f));
	TRY(once_judge(j, award.number, f));
	return intervals_judge(j, &award, f);
}
