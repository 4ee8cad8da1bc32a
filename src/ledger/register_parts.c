/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_intervals.c.  What is offered may change from interval to interval, and so may
 * what is awarded: where it is a line of its own, by which an offer stays behind the most there can
 * be, that and all awards together come to no more than that most.  Where an award, or the offer,
 * says no times, as before a version that kept them, an offer is awarded once.
 */
#include "ledger/register_parts.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_intervals.h"
#include "ledger/register_levels.h"

#define MOST (INT64_MAX >> 20) /* of quantity_bounded() */

/* Lines of SQL_REGISTER_PARTS. */
#define OTHERS (1u << 0)
#define BEHIND (1u << 1)

struct parts {
	struct judging *judging;
	struct slice offer;
	uint64_t offer_number, replaced;
	struct levels *levels;
};

static enum status parts_read(struct parts *p, enum fact_kind of, struct fault *f)
{
	struct judging *j = p->judging;
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_PARTS,
		V_INT(p->offer_number), V_INT(p->replaced), V_INT(of == FACT_QUANTITY_KVAR),
		V_INT(MOST),
		V_INT(said_number(&j->document->head, FACT_AGREED_SILENCE, 0) != 0
				? j->question->now_ns
				: 0));

	return levels_read(p->levels, j->ledger, s, f);
}

static enum status awarded_once(const struct parts *p, struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.order",
		"service_award follows service_offer %.*s, which is agreed: another part of it says"
		" its times, as does what is offered and what is awarded of it",
		SLICE_FMT(name_shown(p->offer)));
}

static enum status item_check(
	const struct parts *p, const struct said *item, enum fact_kind of, struct fault *f)
{
	const int64_t said = quantity_bounded(said_number(item, of, 0));
	struct span span;

	if (said == 0 || !said_span(&span, item))
		return ST_OK;
	const int64_t others = levels_most(p->levels, &span, OTHERS);
	const int64_t over = said + levels_most(p->levels, &span, OTHERS | BEHIND) - MOST;
	if (others == 0 || over <= 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is " QUANTITY_FORMAT ", and other awards of offer %.*s have up to "
		QUANTITY_FORMAT " at that time: together " QUANTITY_FORMAT " more than it has",
		fact_name(of), QUANTITY(said),
		SLICE_FMT(name_shown(p->offer)), QUANTITY(others),
		QUANTITY(over));
}

static enum status items_judge(struct parts *p, enum fact_kind of, struct fault *f)
{
	struct slice rest = p->judging->document->lists[FACT_OF_INTERVAL];
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(judging_report(p->judging, item_check(p, &item, of, f), &item, f));
	return st == ST_NONE ? ST_OK : st;
}

/* Whether all of them say when: others that do not are there at all times, as much as there is. */
static enum status is_comparable(bool *out, struct parts *p, struct fault *f)
{
	const struct span always = { 0, INT64_MAX };
	struct cover offered;
	struct span span;

	*out = true;
	const int64_t others = levels_most(p->levels, &always, OTHERS);
	if (others == 0)
		return ST_OK;
	TRY(cover_read(&offered, p->judging->ledger, p->offer_number, &always, f));
	enum status st = said_times(&span, p->judging->document, f);
	*out = st == ST_OK && offered.is_known && others < MOST;
	return st == ST_NONE ? ST_OK : st;
}

static enum status parts_judge(struct parts *p, struct fault *f)
{
	bool comparable;

	TRY(judging_report(p->judging, parts_read(p, FACT_QUANTITY_KW, f), NULL, f));
	TRY(is_comparable(&comparable, p, f));
	if (!comparable)
		return judging_report(p->judging, awarded_once(p, f), NULL, f);
	TRY(items_judge(p, FACT_QUANTITY_KW, f));
	TRY(judging_report(p->judging, parts_read(p, FACT_QUANTITY_KVAR, f), NULL, f));
	return items_judge(p, FACT_QUANTITY_KVAR, f);
}

enum status judge_parts(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(levels) levels = levels_init();
	struct slice before = said_text(&j->document->head, FACT_SUPERSEDES);
	struct parts p = { .judging = j,
		.offer = said_text(&j->document->head, FACT_OFFER),
		.levels = &levels };
	struct known offer, replaced = { 0 };

	if (business_makes(DOCUMENT_AWARD, said_action(j->document)) != BUSINESS_OPEN)
		return ST_OK;
	TRY(known_document(&offer, j->ledger, &j->side, p.offer, S(""), f));
	if (offer.number == 0)
		return ST_OK;
	if (before.n > 0)
		TRY(known_document(&replaced, j->ledger, &j->side, before, S(""), f));
	p.offer_number = offer.number;
	p.replaced = replaced.number;
	return parts_judge(&p, f);
}
