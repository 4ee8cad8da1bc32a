/* SPDX-License-Identifier: Apache-2.0 */
/* Used by register_judge.c. */
#include "ledger/register_terms.h"

#include "base/clock.h"
#include "ledger/register_change.h"
#include "ledger/register_disputes.h"

/* --- aggregations --- */

#define DAY_NS (INT64_C(86400) * NS_PER_S)

/*
 * 0: none, or times that cannot be.  What was made long ago was told when it came, but for a day
 * that it may have been under way.
 */
static int64_t notice_s(const struct judging *j)
{
	const struct said *head = &j->document->head;
	const int64_t now_ns = j->question->now_ns;
	int64_t made_ns = said_number(head, FACT_CREATED, now_ns), given_ns;

	if (made_ns < now_ns - DAY_NS)
		made_ns = now_ns - DAY_NS;
	return __builtin_sub_overflow(said_number(head, FACT_FROM, made_ns), made_ns, &given_ns)
		? 0
		: given_ns / NS_PER_S;
}

static enum status attested_check(const struct said *head, struct fault *f)
{
	if (said_number(head, FACT_ATTESTED, 1) != 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.consent",
		"consent_attested is false: there is no record of consent for each resource");
}

/* The most that it can do in any direction; what it does not say may be more. */
static enum status minimum_check(const struct said *head, struct fault *f)
{
	static const enum fact_kind kinds[] = { FACT_EXPORT_KW, FACT_IMPORT_KW, FACT_UP_KW,
		FACT_DOWN_KW };
	int64_t least_kw = said_number(head, FACT_AGREED_KW, 0), most = -1;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		most = said_number(head, kinds[i], 0) > most ? said_number(head, kinds[i], most)
							     : most;
	if (least_kw <= 0 || most < 0 || most / FACT_UNIT >= least_kw)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"it can do " QUANTITY_FORMAT " kW, agreed are %lld at least", QUANTITY(most),
		(long long)least_kw);
}

/* A change may take away all that is there; a registration begins with something. */
static enum status listed_check(const struct judging *j, struct fault *f)
{
	if (j->document->type != DOCUMENT_REGISTRATION ||
		said_number(&j->document->head, FACT_COUNT, -1) != 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.count", "it registers no resource");
}

static bool is_withdrawn(const struct said *head)
{
	return slice_eq(said_text(head, FACT_ACTION), S("withdraw"));
}

static enum status early_check(const struct judging *j, struct fault *f)
{
	int64_t agreed_s = said_number(&j->document->head, FACT_AGREED_CHANGE, 0);
	int64_t given_s = notice_s(j);

	if (j->document->type != DOCUMENT_CHANGE || given_s >= agreed_s ||
		change_is_urgent(j->document))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.late",
		"it is to be in force %lld s after it is made, agreed are %lld s", (long long)given_s,
		(long long)agreed_s);
}

static enum status aggregation_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;

	if (is_withdrawn(head))
		return ST_OK;
	TRY(judging_report(j, listed_check(j, f), NULL, f));
	TRY(judging_report(j, early_check(j, f), NULL, f));
	TRY(judging_report(j, attested_check(head, f), NULL, f));
	return judging_report(j, minimum_check(head, f), NULL, f);
}

/* --- planned outages --- */

/* Short notice is better than none: only what is said of it is looked at. */
static enum status notice_check(const struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	const bool is_met = said_number(head, FACT_NOTICE_MET, 0) != 0;
	int64_t given_s = notice_s(j), agreed_s = said_number(head, FACT_AGREED_NOTICE, 0);

	if (is_met == (given_s > 0 && given_s >= agreed_s) || (!is_met && agreed_s == 0))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.late",
		"notice_period_met is %s: it begins %lld s after it is announced, agreed are"
		" %lld s", is_met ? "true" : "false", (long long)given_s, (long long)agreed_s);
}

/* What comes later of the same outage is about the notice that was given first. */
static enum status outage_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct known before;

	if (!slice_eq(said_text(head, FACT_ACTION), S("planned")) ||
		!head->has[FACT_NOTICE_MET] || !head->has[FACT_FROM])
		return ST_OK;
	TRY(known_key(&before, j->ledger, &j->side, DOCUMENT_OUTAGE,
		said_text(head, FACT_OUTAGE), f));
	return before.number == 0 ? judging_report(j, notice_check(j, f), NULL, f) : ST_OK;
}

/* --- limits --- */

static const struct fallback {
	enum fact_kind fallback, limit;
	const char *member;
} fallbacks[] = {
	{ FACT_FALLBACK_EXPORT, FACT_EXPORT_KW, "fallback_export_kw" },
	{ FACT_FALLBACK_IMPORT, FACT_IMPORT_KW, "fallback_import_kw" },
};
#define FALLBACKS (sizeof(fallbacks) / sizeof(fallbacks[0]))

static enum status fallback_check(
	const struct said *head, const struct fallback *of, int64_t most, struct fault *f)
{
	int64_t said = said_number(head, of->fallback, 0);

	if (most < 0 || said <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is " QUANTITY_FORMAT ", above all of its intervals, of which " QUANTITY_FORMAT
		" is the most: who hears nothing more would be let do more", of->member,
		QUANTITY(said), QUANTITY(most));
}

static enum status limit_judge(struct judging *j, struct fault *f)
{
	int64_t most[FALLBACKS] = { -1, -1 }; /* -1: none limits it */
	struct slice rest = j->document->facts;
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		for (size_t i = 0; i < FALLBACKS; i++)
			if (said_number(&item, fallbacks[i].limit, -1) > most[i])
				most[i] = said_number(&item, fallbacks[i].limit, -1);
	if (st != ST_NONE)
		return st;
	for (size_t i = 0; i < FALLBACKS; i++)
		TRY(judging_report(j,
			fallback_check(&j->document->head, &fallbacks[i], most[i], f), NULL, f));
	return ST_OK;
}

enum status judge_terms(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_REGISTRATION] = aggregation_judge,
		[DOCUMENT_CHANGE] = aggregation_judge,
		[DOCUMENT_OUTAGE] = outage_judge,
		[DOCUMENT_LIMIT] = limit_judge,
		[DOCUMENT_DISPUTE] = judge_dispute,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
