/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c.  What was said of a time is found in register_interval; documents of
 * versions before it have none there, and bind nobody.
 */
#include "ledger/register_intervals.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_asked.h"
#include "ledger/register_parts.h"
#include "ledger/register_profile.h"
#include "ledger/register_service.h"
#include "ledger/register_together.h"

/* --- within what it follows --- */

struct within {
	enum fact_kind by;      /* which document that is */
	const char *what;       /* "offer" */
	const char *code;       /* of a time that it does not have */
	bool is_bounded;        /* in quantity */
	bool is_change;         /* and only in changes, not in what is put out */
	bool is_capped;         /* at no higher price */
	bool is_priced;         /* at the same price */
};

static void column_read(bool *has, int64_t *out, struct sqlite3_stmt *s, int column)
{
	*has = sqlite3_column_type(s, column) == SQLITE_INTEGER;
	*out = *has ? sqlite3_column_int64(s, column) : 0;
}

enum status cover_read(struct cover *out, struct ledger *l, uint64_t statement,
	const struct span *span, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_COVER, V_INT(statement),
		V_INT(span->from_ns), V_INT(span->until_ns));
	enum status st = statement_step(l->sql, s, f);

	*out = (struct cover){ 0 };
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	out->covered_ns = sqlite3_column_int64(s, 0);
	out->is_known = sqlite3_column_int(s, 1) != 0;
	column_read(&out->has_kw, &out->kw, s, 2);
	column_read(&out->has_kvar, &out->kvar, s, 3);
	column_read(&out->has_price, &out->price, s, 4);
	out->most_kw = sqlite3_column_int64(s, 5);
	out->most_kvar = sqlite3_column_int64(s, 6);
	sqlite3_reset(s);
	return ST_OK;
}

static enum status quantity_check(const struct said *item, enum fact_kind kind, bool has,
	int64_t most, const struct within *within, struct slice id, struct fault *f)
{
	int64_t said = quantity_bounded(said_number(item, kind, 0));

	if (!item->has[kind] || !has || said <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is " QUANTITY_FORMAT " at that time, %s %.*s has " QUANTITY_FORMAT,
		fact_name(kind), QUANTITY(said), within->what, SLICE_FMT(name_shown(id)),
		QUANTITY(most));
}

static enum status price_check(const struct said *item, const struct cover *cover,
	const struct within *within, struct slice id, struct fault *f)
{
	int64_t said = said_number(item, FACT_PRICE, 0);

	if (!item->has[FACT_PRICE] || !cover->has_price || said == cover->price)
		return ST_OK;
	if (!within->is_priced && !(within->is_capped && said > cover->price))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"price is " QUANTITY_FORMAT ", %s %.*s has " QUANTITY_FORMAT " at that time",
		QUANTITY(said), within->what, SLICE_FMT(name_shown(id)), QUANTITY(cover->price));
}

/* kW are no answer to kvar; what has both says more than was asked for. */
static enum status measure_check(const struct said *item, const struct cover *cover,
	const struct within *within, struct slice id, struct fault *f)
{
	const bool is_kw = item->has[FACT_QUANTITY_KW] || item->has[FACT_CHANGE_KW];
	const bool is_kvar = item->has[FACT_QUANTITY_KVAR];

	if ((!is_kw && !is_kvar) || (!cover->has_kw && !cover->has_kvar) ||
		(is_kw && cover->has_kw) || (is_kvar && cover->has_kvar))
		return ST_OK;
	return fault_set(f, ST_AUTH, within->code, "it is in %s, %s %.*s is in %s",
		is_kw ? "kW" : "kvar", within->what, SLICE_FMT(name_shown(id)),
		cover->has_kw ? "kW" : "kvar");
}

static enum status item_check(const struct said *item, const struct span *span,
	const struct cover *cover, const struct within *within, struct slice id, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	if (!cover->is_known)
		return ST_OK;
	if (cover->covered_ns < span->until_ns - span->from_ns)
		return fault_set(f, ST_AUTH, within->code,
			"%s %.*s does not have all of the time from %s, %lld s", within->what,
			SLICE_FMT(name_shown(id)), time_format(when, span->from_ns),
			(long long)((span->until_ns - span->from_ns) / NS_PER_S));
	TRY(measure_check(item, cover, within, id, f));
	if (within->is_bounded) {
		TRY(quantity_check(item, FACT_QUANTITY_KW, cover->has_kw && !within->is_change,
			cover->kw, within, id, f));
		TRY(quantity_check(
			item, FACT_CHANGE_KW, cover->has_kw, cover->kw, within, id, f));
		TRY(quantity_check(
			item, FACT_QUANTITY_KVAR, cover->has_kvar, cover->kvar, within, id, f));
	}
	return price_check(item, cover, within, id, f);
}

static enum status within_judge(struct judging *j, const struct within *within, struct fault *f)
{
	struct slice id = said_text(&j->document->head, within->by), rest = j->document->facts;
	struct known before;
	struct said item;
	enum status st;

	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	if (before.number == 0)
		return ST_OK;
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		struct cover cover;
		struct span span;

		if (!said_span(&span, &item))
			continue;
		TRY(cover_read(&cover, j->ledger, before.number, &span, f));
		TRY(judging_report(
			j, item_check(&item, &span, &cover, within, id, f), &item, f));
	}
	return st == ST_NONE ? ST_OK : st;
}

/* --- what is offered, beside what is there --- */

static const struct there {
	enum fact_kind said;
	const char *sense[2];
	enum available_measure measure[2];
} theres[] = {
	{ FACT_QUANTITY_KW, { "up", "down" }, { AVAILABLE_UP, AVAILABLE_DOWN } },
	{ FACT_QUANTITY_KVAR, { "inject", "absorb" }, { AVAILABLE_INJECT, AVAILABLE_ABSORB } },
};

/* In the direction that was asked for; where that is not known, in either. */
static int64_t there_most(
	const struct there *t, const struct available_then *then, const struct asked *asked)
{
	int64_t of[2] = { then->most[t->measure[0]], then->most[t->measure[1]] };

	for (size_t i = 0; i < 2; i++)
		if (slice_eq(slice_str(asked->sense), slice_str(t->sense[i])))
			return of[i];
	return of[0] > of[1] ? of[0] : of[1];
}

static enum status there_check(const struct there *t, const struct said *item,
	const struct span *span, const struct available_then *then, const struct asked *asked,
	struct fault *f)
{
	int64_t said = quantity_bounded(said_number(item, t->said, 0));
	int64_t most = there_most(t, then, asked);
	char when[TIME_TEXT_MAX];

	if (!item->has[t->said] || most < 0 || said <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is " QUANTITY_FORMAT " from %s, availability of that time has "
		QUANTITY_FORMAT " at most", fact_name(t->said), QUANTITY(said),
		time_format(when, span->from_ns), QUANTITY(most));
}

static enum status there_judge(struct judging *j, const struct available *all,
	const struct asked *asked, struct fault *f)
{
	struct slice rest = j->document->facts;
	struct said item;
	struct span span;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		if (!said_span(&span, &item))
			continue;
		const struct available_then then = available_at(all, &span);
		for (size_t i = 0; i < sizeof(theres) / sizeof(theres[0]); i++)
			TRY(judging_report(j,
				there_check(&theres[i], &item, &span, &then, asked, f), &item,
				f));
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status offer_judge(struct judging *j, struct fault *f)
{
	static const struct within within = { .by = FACT_REQUEST,
		.what = "request",
		.code = "registry.order",
		.is_capped = true };
	AUTO_IN_PLACE(available) all = available_init();
	struct asked asked;

	TRY(available_read(&all, j->ledger, &j->side, j->of.aggregation, f));
	TRY(asked_read(&asked, j, f));
	TRY(within_judge(j, &within, f));
	TRY(there_judge(j, &all, &asked, f));
	return judge_together(j, &all, &asked, f);
}

static enum status award_judge(struct judging *j, struct fault *f)
{
	static const struct within within = { .by = FACT_OFFER,
		.what = "offer",
		.code = "registry.capability",
		.is_bounded = true,
		.is_priced = true };
	AUTO_IN_PLACE(available) all = available_init();
	struct asked asked;

	TRY(available_read(&all, j->ledger, &j->side, j->of.aggregation, f));
	TRY(asked_read(&asked, j, f));
	TRY(within_judge(j, &within, f));
	TRY(judge_parts(j, f));
	return judge_together(j, &all, &asked, f);
}

/* --- dispatches --- */

static enum status dispatch_judge(struct judging *j, struct fault *f)
{
	struct within within = { .by = FACT_AWARD,
		.what = "award",
		.code = "registry.award",
		.is_bounded = true };
	const struct said *head = &j->document->head;
	struct slice before = said_text(head, FACT_OVERRIDE);
	struct known award;
	struct origin origin;

	if (said_is_start(j->document) && said_text(head, FACT_AWARD).n == 0 &&
		(before.n == 0 || slice_eq(before, S("none"))))
		TRY(judging_report(j,
			fault_set(f, ST_AUTH, "registry.award",
				"it names no award_id: in an emergency override_of says what it"
				" goes before"),
			NULL, f));
	TRY(known_document(
		&award, j->ledger, &j->side, said_text(head, FACT_AWARD), S(""), f));
	TRY(origin_read(&origin, j->ledger, award.number, f));
	within.is_change = !origin_is_output(&origin);
	TRY(within_judge(j, &within, f));
	TRY(judge_called(j, &award, !within.is_change, f));
	return judge_sense(j, &origin, f);
}

/* --- what others were promised --- */

static const struct promised {
	const char *sense;
	enum fact_kind kind;
} promised[] = { { "up", FACT_UP_KW }, { "down", FACT_DOWN_KW } };

/* Of the direction that is said. */
static enum status promised_so_check(const struct said *item, const struct promised *p,
	const struct quantities *can, int64_t elsewhere, struct fault *f)
{
	size_t at = p->kind - FACT_EXPORT_KW;
	int64_t said = quantity_bounded(said_number(item, p->kind, 0)) + elsewhere;

	if (!item->has[p->kind] || !can->known[at] || said <= can->of[at])
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"with what is committed elsewhere %s comes to " QUANTITY_FORMAT
		", %s " QUANTITY_FORMAT, fact_name(p->kind), QUANTITY(said),
		quantity_said(can, p->kind), QUANTITY(can->of[at]));
}

static enum status promised_check(const struct said *item, const struct quantities *can,
	int64_t elsewhere, struct fault *f)
{
	static const enum fact_kind kinds[] = { FACT_UP_KW, FACT_DOWN_KW };
	int64_t over[2] = { 0, 0 };

	for (size_t i = 0; i < 2; i++) {
		size_t at = kinds[i] - FACT_EXPORT_KW;
		int64_t said = quantity_bounded(said_number(item, kinds[i], 0)) + elsewhere;

		if (!item->has[kinds[i]] || !can->known[at] || said <= can->of[at])
			return ST_OK;
		over[i] = said;
	}
	return fault_set(f, ST_AUTH, "registry.capability",
		"with what is committed elsewhere up_kw comes to " QUANTITY_FORMAT
		" and down_kw to " QUANTITY_FORMAT ": both are above what is registered",
		QUANTITY(over[0]), QUANTITY(over[1]));
}

/* Where it is not said in which direction it is promised, one of the two has room, or none. */
static enum status promised_judge(struct judging *j, const struct said *item,
	const struct quantities *can, int64_t elsewhere, struct fault *f)
{
	struct slice sense = said_text(&j->document->head, FACT_DIRECTION);

	for (size_t i = 0; i < sizeof(promised) / sizeof(promised[0]); i++)
		if (slice_eq(sense, slice_str(promised[i].sense)))
			return promised_so_check(item, &promised[i], can, elsewhere, f);
	return promised_check(item, can, elsewhere, f);
}

static enum status availability_judge(struct judging *j, struct fault *f)
{
	int64_t elsewhere = quantity_bounded(said_number(&j->document->head, FACT_COMMITTED, 0));
	struct slice rest = j->document->facts;
	const struct chapter *list;
	struct quantities can;
	struct said item;
	enum status st;

	TRY(book_open(&j->book, j->ledger, &j->of, f));
	if (elsewhere == 0 || book_list(&list, &j->book, &j->of, j->at_ns, NULL) != ST_OK)
		return ST_OK;
	(void)book_let(&can, &j->book, list, j->at_ns);
	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(judging_report(j, promised_judge(j, &item, &can, elsewhere, f), &item, f));
	return st == ST_NONE ? ST_OK : st;
}

/* --- what is left for what was awarded --- */

static enum status affected_judge(struct judging *j, const struct said_names *names, bool *is_any,
	struct fault *f)
{
	*is_any = said_names_count(names) > 0;
	for (size_t i = 0; i < said_names_count(names); i++) {
		struct known award;

		TRY(known_document(
			&award, j->ledger, &j->side, said_name_text(names, i), S(""), f));
		if (award.number == 0 || award.type != DOCUMENT_AWARD)
			TRY(judging_report(j,
				fault_set(f, ST_AUTH, "registry.award",
					"affected award %.*s is not there",
					SLICE_FMT(name_shown(said_name_text(names, i)))),
				NULL, f));
	}
	return ST_OK;
}

/* Who takes away what was awarded says so: the utility has to look for it elsewhere. */
static enum status change_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	bool is_any;

	TRY(said_names_init(&names, j->document, FACT_AWARD, f));
	TRY(affected_judge(j, &names, &is_any, f));
	return is_any ? ST_OK : judge_left(j, f);
}

enum status judge_intervals(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_CHANGE] = change_judge,
		[DOCUMENT_AVAILABILITY] = availability_judge,
		[DOCUMENT_OFFER] = offer_judge,
		[DOCUMENT_AWARD] = award_judge,
		[DOCUMENT_DISPATCH] = dispatch_judge,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
