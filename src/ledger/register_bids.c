/* SPDX-License-Identifier: Apache-2.0 */
/* Used by register_judge.c.  Who asks says terms, and so does who offers. */
#include "ledger/register_bids.h"

#include "base/clock.h"
#include "ledger/register_conditions.h"
#include "ledger/register_intervals.h"

struct bid {
	struct judging *judging;
	struct slice id; /* of the document that it follows */
	uint64_t followed;
	int64_t least, step; /* 0: none */
	bool is_whole;
};

static enum status terms_read(struct bid *b, struct fault *f)
{
	AUTO_IN_PLACE(conditions) terms = conditions_init();
	const struct span always = { 0, INT64_MAX };

	TRY(conditions_read(&terms, b->judging->ledger, b->followed, &always, f));
	for (size_t i = 0; i < conditions_count(&terms); i++) {
		const struct condition *c = conditions_at(&terms, i);

		b->least = c->kind == CONDITION_LEAST ? c->amount : b->least;
		b->step = c->kind == CONDITION_STEP ? c->amount : b->step;
		b->is_whole |= c->kind == CONDITION_WHOLE;
	}
	return ST_OK;
}

static struct slice shown(const struct bid *b)
{
	return name_shown(b->id);
}

/* Nothing is no bid: that of another time is. */
static enum status least_check(const struct bid *b, const struct said *item, struct fault *f)
{
	const bool is_offer = b->judging->document->type == DOCUMENT_OFFER;
	int64_t said = quantity_bounded(said_number(item, FACT_QUANTITY_KW, 0));

	if (said == 0 || said >= b->least)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"quantity_kw is " QUANTITY_FORMAT ", %s %.*s %s " QUANTITY_FORMAT
		" at least (%s)",
		QUANTITY(said), is_offer ? "request" : "offer", SLICE_FMT(shown(b)),
		is_offer ? "asks for" : "accepts", QUANTITY(b->least),
		is_offer ? "min_offer_kw" : "min_acceptable_kw");
}

static enum status step_check(const struct bid *b, const struct said *item, struct fault *f)
{
	int64_t said = quantity_bounded(said_number(item, FACT_QUANTITY_KW, 0));

	if (b->step == 0 || said % b->step == 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"quantity_kw is " QUANTITY_FORMAT ", request %.*s asks for multiples of "
		QUANTITY_FORMAT " (step_kw)",
		QUANTITY(said), SLICE_FMT(shown(b)), QUANTITY(b->step));
}

/* --- all or nothing --- */

static enum status whole_fault(const struct bid *b, enum fact_kind kind, int64_t said,
	int64_t offered, struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.order",
		"%s is " QUANTITY_FORMAT " at that time, offer %.*s has " QUANTITY_FORMAT
		" and is all or nothing (all_or_nothing)",
		fact_name(kind), QUANTITY(said), SLICE_FMT(shown(b)), QUANTITY(offered));
}

static enum status whole_check(const struct bid *b, const struct said *item, struct fault *f)
{
	int64_t kw = quantity_bounded(said_number(item, FACT_QUANTITY_KW, 0));
	int64_t kvar = quantity_bounded(said_number(item, FACT_QUANTITY_KVAR, 0));
	struct cover cover;
	struct span span;

	if (!b->is_whole || !said_span(&span, item))
		return ST_OK;
	TRY(cover_read(&cover, b->judging->ledger, b->followed, &span, f));
	if (cover.has_kw && kw < cover.most_kw)
		return whole_fault(b, FACT_QUANTITY_KW, kw, cover.most_kw, f);
	if (cover.has_kvar && kvar < cover.kvar)
		return whole_fault(b, FACT_QUANTITY_KVAR, kvar, cover.kvar, f);
	return ST_OK;
}

static enum status time_check(const struct bid *b, int64_t awarded_ns, struct fault *f)
{
	const struct span always = { 0, INT64_MAX };
	struct cover offered;

	if (!b->is_whole)
		return ST_OK;
	TRY(cover_read(&offered, b->judging->ledger, b->followed, &always, f));
	if (awarded_ns >= offered.covered_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"it awards %lld s, offer %.*s is for %lld s and is all or nothing (all_or_nothing)",
		(long long)(awarded_ns / NS_PER_S), SLICE_FMT(shown(b)),
		(long long)(offered.covered_ns / NS_PER_S));
}

/* --- each interval --- */

static enum status bid_judge(struct bid *b, struct fault *f)
{
	struct judging *j = b->judging;
	struct slice rest = j->document->facts;
	int64_t said_ns = 0;
	struct said item;
	struct span span;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		TRY(judging_report(j, least_check(b, &item, f), &item, f));
		TRY(judging_report(j, step_check(b, &item, f), &item, f));
		TRY(judging_report(j, whole_check(b, &item, f), &item, f));
		if (said_span(&span, &item))
			said_ns = amount_add(said_ns, span.until_ns - span.from_ns);
	}
	return st == ST_NONE ? judging_report(j, time_check(b, said_ns, f), NULL, f) : st;
}

/* What awards nothing, or takes back, awards no part. */
static bool is_bid(const struct said_document *d)
{
	return d->type == DOCUMENT_OFFER ||
		(d->type == DOCUMENT_AWARD &&
			business_makes(d->type, said_action(d)) == BUSINESS_OPEN);
}

enum status judge_bids(struct judging *j, struct fault *f)
{
	struct bid b = { .judging = j };
	struct known followed;

	if (!is_bid(j->document))
		return ST_OK;
	b.id = said_text(&j->document->head,
		j->document->type == DOCUMENT_OFFER ? FACT_REQUEST : FACT_OFFER);
	TRY(known_document(&followed, j->ledger, &j->side, b.id, S(""), f));
	if (followed.number == 0)
		return ST_OK;
	b.followed = followed.number;
	TRY(terms_read(&b, f));
	return b.least == 0 && b.step == 0 && !b.is_whole ? ST_OK : bid_judge(&b, f);
}
