/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether aggregations, resources and feeders that a document names are registered, for as much,
 * and at that time.  Premises and accounts are in no sentence; nor is another partner's name.
 */
#include "ledger/register_registered.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_asked.h"
#include "ledger/register_change.h"
#include "ledger/register_details.h"
#include "ledger/register_feeders.h"
#include "ledger/register_met.h"
#include "ledger/register_metered.h"
#include "ledger/register_reach.h"
#include "ledger/register_total.h"

/* --- where else something is --- */

/*
 * Who names things: resources are named by the aggregator, premises by the utility.  So two
 * aggregators may each have an R-1, and two utilities the same premise.
 */
static struct met_search elsewhere(struct judging *j)
{
	const bool is_theirs = j->side.direction == MESSAGE_IN;

	return (struct met_search){
		.ledger = j->ledger,
		.book = &j->other,
		.but = j->of,
		.is_test = j->side.is_test,
		.direction = j->side.direction,
		.partner = { is_theirs ? j->side.partner : S(""),
			is_theirs ? S("") : j->side.partner },
		.at_ns = j->at_ns,
		.until_ns = said_number(&j->document->head, FACT_UNTIL, 0),
	};
}

static enum status elsewhere_find(struct met *met, struct judging *j, struct fault *f)
{
	const struct met_search search = elsewhere(j);
	struct slice rest = j->document->facts;
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &rest, f)) == ST_OK) {
		if (fact.is_text && fact.kind == FACT_RESOURCE)
			met_ask(met, MET_RESOURCE, fact.text);
		if (fact.is_text && fact.kind == FACT_PREMISE)
			met_ask(met, MET_PREMISE, fact.text);
	}
	return st == ST_NONE ? met_find(met, &search, f) : st;
}

static enum status twice_check(const struct judging *j, const struct met *met, enum met_kind kind,
	struct slice name, struct fault *f)
{
	static const char *const whats[MET_KINDS] = { "the resource", "its service point" };
	struct met_place place;

	if (!met_is(&place, met, kind, name))
		return ST_OK;
	if (!slice_eq(place.partner, j->side.partner))
		return fault_set(f, ST_AUTH, "registry.twice",
			"%s is in an aggregation with another company already", whats[kind]);
	return fault_set(f, ST_AUTH, "registry.twice", "%s is in aggregation %.*s already",
		whats[kind], SLICE_FMT(name_shown(place.aggregation)));
}

static enum status resource_judge(
	struct judging *j, const struct met *met, const struct said *item, struct fault *f)
{
	TRY(judging_report(j,
		consent_check(said_text(item, FACT_RESOURCE),
			said_number(item, FACT_CONSENT_UNTIL, 0), j->at_ns, f),
		item, f));
	enum status st = twice_check(j, met, MET_RESOURCE, said_text(item, FACT_RESOURCE), f);
	if (st == ST_OK)
		st = twice_check(j, met, MET_PREMISE, said_text(item, FACT_PREMISE), f);
	return judging_report(j, st, item, f);
}

/* --- registrations --- */

static enum status resources_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	AUTO_IN_PLACE(met) met = met_init();
	struct growth plates = { 0 };
	struct said item;

	TRY(elsewhere_find(&met, j, f));
	TRY(said_names_init(&names, j->document, FACT_RESOURCE, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		TRY(said_name_item(&item, &names, i, f));
		growth_note(&plates, &item, NULL);
		if (said_name_is_again(&names, i))
			TRY(judging_report(j,
				fault_set(f, ST_AUTH, "registry.twice",
					"resource %.*s is in the list already",
					SLICE_FMT(name_shown(said_name_text(&names, i)))),
				&item, f));
		else
			TRY(resource_judge(j, &met, &item, f));
	}
	TRY(plates_judge(j, &plates, f));
	return judge_metered_resources(j, f);
}

#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* Nobody decides about an end: it takes back nothing that was agreed since.  Days began before. */
static enum status end_check(const struct judging *j, struct fault *f)
{
	int64_t from_ns = said_number(&j->document->head, FACT_FROM, INT64_MAX);
	char when[TIME_TEXT_MAX];

	if (from_ns >= j->question->now_ns - DAY_NS)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.late",
		"it is to end at %s, which is past: an end is said ahead",
		time_format(when, from_ns));
}

/*
 * What is there may end; and what is not there yet may be taken back, while it is reviewed, or is
 * accepted and still to begin, as when its decision crossed this on the wire.
 */
static enum status withdrawal_judge(struct judging *j, enum status st, struct fault *f)
{
	if (st == ST_AUTH && book_ahead(&j->book, &j->of, j->at_ns))
		st = ST_OK;
	TRY(judging_report(j, st, NULL, f));
	return judging_report(j, end_check(j, f), NULL, f);
}

/* Nothing is there: `st` and f say so. */
static enum status replaced_check(const struct judging *j, enum status st, struct fault *f)
{
	const struct chapter *ahead = book_ahead(&j->book, &j->of, j->at_ns);
	char when[TIME_TEXT_MAX];

	if (st != ST_AUTH || !ahead || ahead->state > BUSINESS_WAITING)
		return st;
	return fault_set(f, ST_AUTH, "registry.unknown",
		"aggregation %.*s is not registered: its registration of %s is %s; until that is "
		"decided, a create that supersedes it takes its place",
		SLICE_FMT(name_shown(j->of.aggregation)), time_format(when, ahead->said_ns),
		business_state_name(ahead->state));
}

static enum status registration_judge(struct judging *j, struct fault *f)
{
	struct slice action = said_text(&j->document->head, FACT_ACTION);
	const struct chapter *list;
	enum status st = book_list(&list, &j->book, &j->of, j->at_ns, f);

	if (slice_eq(action, S("withdraw")))
		return withdrawal_judge(j, st, f);
	if (slice_eq(action, S("replace")))
		TRY(judging_report(j, replaced_check(j, st, f), NULL, f));
	else if (st == ST_OK)
		TRY(judging_report(j,
			fault_set(f, ST_AUTH, "registry.order",
				"aggregation %.*s is registered already: replace it",
				SLICE_FMT(name_shown(j->of.aggregation))),
			NULL, f));
	return resources_judge(j, f);
}

static enum status basis_check(const struct judging *j, struct fault *f)
{
	int64_t said = said_number(&j->document->head, FACT_BASIS, -1);

	if (said < 0 || j->book.revision < 0 || said == j->book.revision)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.revision",
		"it builds on revision %lld of aggregation %.*s, current is %lld", (long long)said,
		SLICE_FMT(name_shown(j->of.aggregation)), (long long)j->book.revision);
}

static enum status changed_judge(struct judging *j, const struct met *met,
	const struct said *item, bool is_in, struct fault *f)
{
	struct slice resource = name_shown(said_text(item, FACT_RESOURCE));
	bool is_added = slice_eq(said_text(item, FACT_ACTION), S("add"));

	if (is_added && is_in)
		return judging_report(j,
			fault_set(f, ST_AUTH, "registry.twice",
				"resource %.*s is in the aggregation already", SLICE_FMT(resource)),
			item, f);
	if (!is_added && !is_in)
		return judging_report(j,
			fault_set(f, ST_AUTH, "registry.unknown",
				"resource %.*s is not in the aggregation", SLICE_FMT(resource)),
			item, f);
	return slice_eq(said_text(item, FACT_ACTION), S("remove"))
		? ST_OK
		: resource_judge(j, met, item, f);
}

static enum status changes_judge(struct judging *j, const struct chapter *list,
	const struct said_names *names, struct growth *growth, struct growth *left, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, list, j->at_ns, ROLL_WHOLE);
	AUTO_IN_PLACE(met) met = met_init();
	struct said item;
	struct held held;

	TRY(elsewhere_find(&met, j, f));
	for (size_t i = 0; i < said_names_count(names); i++) {
		if (said_name_is_again(names, i))
			continue;
		enum status st = roll_find(&held, &roll, said_name_text(names, i), f);

		if (st != ST_OK && st != ST_NONE)
			return st;
		TRY(said_name_item(&item, names, i, f));
		growth_note(growth, &item, st == ST_OK ? &held : NULL);
		growth_note(left, &item, NULL);
		TRY(changed_judge(j, &met, &item, st == ST_OK, f));
	}
	return judge_metered_resources(j, f);
}

static enum status change_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	const struct chapter *list = NULL;
	struct growth growth = { 0 }, left = { 0 };
	enum status st = book_list(&list, &j->book, &j->of, j->at_ns, f);

	TRY(judging_report(j, st, NULL, f));
	TRY(judging_report(j, basis_check(j, f), NULL, f));
	if (!list)
		return ST_OK;
	TRY(said_names_init(&names, j->document, FACT_RESOURCE, f));
	TRY(changes_judge(j, list, &names, &growth, &left, f));
	return growth_judge(
		j, &(struct left_of){ list, j->at_ns, &names }, &growth, &left, f);
}

/* Of a list that may not be in force: what it says itself. */
static enum status rejected_judge(
	struct judging *j, const struct chapter *decided, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct chapter list = *decided;
	struct said item;
	struct held held;

	list.state = BUSINESS_AGREED;
	list.has_rejected = false;
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, &list, INT64_MAX, ROLL_WHOLE);
	TRY(said_names_init(&names, j->document, FACT_REJECTED, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		enum status st = roll_find(&held, &roll, said_name_text(&names, i), f);

		if (st == ST_NONE)
			st = fault_set(f, ST_AUTH, "registry.unknown",
				"resource %.*s is rejected, and not in the list",
				SLICE_FMT(name_shown(said_name_text(&names, i))));
		TRY(said_name_item(&item, &names, i, f));
		if (st != ST_OK)
			TRY(judging_report(j, st, &item, f));
	}
	return ST_OK;
}

static enum status decided_revision_check(const struct judging *j, struct fault *f)
{
	struct slice action = said_text(&j->document->head, FACT_ACTION);
	int64_t said = said_number(&j->document->head, FACT_BASIS, -1);

	if (business_moves(DOCUMENT_DECISION, action, DOCUMENT_REGISTRATION) != BUSINESS_AGREED ||
		said < 0 || said > j->book.revision)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.revision",
		"revision %lld is to become current, and %lld is", (long long)said,
		(long long)j->book.revision);
}

/* Whether what took away at once, and holds before it is decided, was said since. */
static bool is_overtaken(const struct book *book, const struct chapter *decided)
{
	const struct chapter *c;
	bool any = false;

	for (size_t i = 0; !any && (c = book_chapter(book, i)) != NULL; i++)
		any = c->type == DOCUMENT_CHANGE && c->is_at_once && c->base == decided->base &&
			c->number > decided->number && chapter_holds(c, INT64_MAX);
	return any;
}

/*
 * A change says what is there after it, of the list that it builds on: of another one that is no
 * longer so.  What took away at once holds already.
 */
static enum status decided_basis_check(
	const struct judging *j, const struct chapter *decided, struct fault *f)
{
	if (decided->type != DOCUMENT_CHANGE || decided->is_at_once ||
		decided->state == BUSINESS_AGREED)
		return ST_OK;
	if (is_overtaken(&j->book, decided))
		return fault_set(f, ST_AUTH, "registry.revision",
			"a change that holds at once was made since: what this one says is left is "
			"not what would be; it is made anew");
	if (decided->basis < 0 || j->book.revision < 0 || decided->basis == j->book.revision)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.revision",
		"the change builds on revision %lld, current is %lld: what it says is left is not "
		"what would be; it is made anew",
		(long long)decided->basis, (long long)j->book.revision);
}

/* --- what a decision puts into force --- */

/* The rows that a list or a change has itself, but for what is rejected. */
struct deciding {
	struct judging *judging;
	struct chapter *decided;
	const struct chapter *list;
	struct said_names rejected;
};

static enum status decided_next(
	struct held *out, struct roll *roll, const struct deciding *d, struct fault *f)
{
	enum status st;

	do
		st = roll_later(out, roll, INT64_MAX, f);
	while (st == ST_OK && (out->statement != d->decided->number ||
			said_names_hold(&d->rejected, out->resource)));
	return st;
}

static struct roll decided_roll(const struct deciding *d)
{
	return roll_init(d->judging->ledger, &d->judging->book, d->list, INT64_MIN, ROLL_WHOLE);
}

static enum status decided_ask(struct met *met, const struct deciding *d, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = decided_roll(d);
	struct held held;
	enum status st;

	while ((st = decided_next(&held, &roll, d, f)) == ST_OK) {
		met_ask(met, MET_RESOURCE, held.resource);
		met_ask(met, MET_PREMISE, held.premise);
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status decided_tell(const struct met *met, const struct deciding *d, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = decided_roll(d);
	struct held held;
	enum status st;

	while ((st = decided_next(&held, &roll, d, f)) == ST_OK) {
		enum status so = twice_check(d->judging, met, MET_RESOURCE, held.resource, f);

		if (so == ST_OK)
			so = twice_check(d->judging, met, MET_PREMISE, held.premise, f);
		if (so == ST_AUTH) {
			const struct fault why = *f;

			fault_set(f, ST_AUTH, "registry.twice", "resource %.*s: %s",
				SLICE_FMT(name_shown(held.resource)), why.text);
		}
		TRY(judging_report(d->judging, so, NULL, f));
	}
	return st == ST_NONE ? ST_OK : st;
}

/* Whose registration it is, is the other side of who decides. */
static struct met_search decided_search(struct judging *j, const struct chapter *decided)
{
	const struct said *head = &j->document->head;
	struct judging other = *j;

	other.side.direction = j->side.direction == MESSAGE_IN ? MESSAGE_OUT : MESSAGE_IN;
	struct met_search search = elsewhere(&other);

	search.book = &j->other;
	search.at_ns = said_number(head, FACT_FROM, decided->from_ns);
	search.until_ns = said_number(head, FACT_UNTIL, decided->until_ns);
	return search;
}

/* What is rejected is as it was: not there, or not changed. */
static enum status kept_note(
	struct growth *left, struct deciding *d, const struct left_of *of, struct fault *f)
{
	struct judging *j = d->judging;
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, of->list, of->at_ns, ROLL_WHOLE);
	struct held held;
	enum status st = ST_OK;

	d->decided->state = BUSINESS_REFUSED;
	for (size_t i = 0; i < said_names_count(&d->rejected); i++) {
		if (said_name_is_again(&d->rejected, i))
			continue;
		st = roll_find(&held, &roll, said_name_text(&d->rejected, i), f);
		if (st == ST_OK)
			plates_note(left, &held);
		else if (st != ST_NONE)
			break;
	}
	d->decided->state = BUSINESS_AGREED;
	return st == ST_NONE ? ST_OK : st;
}

/*
 * What is approved, beside the nameplates of what is left then; where something is rejected, also
 * what was asked for, which it leaves as it is.
 */
static enum status decided_left(struct deciding *d, int64_t at_ns, struct fault *f)
{
	const struct left_of of = { d->list, at_ns, &d->rejected };
	const struct said *head = &d->judging->document->head;
	const bool is_less = said_names_count(&d->rejected) > 0;
	struct quantities can = d->decided->can;
	struct growth left = { 0 };

	for (int i = 0; i < QUANTITIES; i++) {
		enum fact_kind kind = (enum fact_kind)(FACT_EXPORT_KW + i);

		can.known[i] = head->has[kind] || (is_less && can.known[i]);
		can.of[i] = said_number(head, kind, can.of[i]);
	}
	d->decided->from_ns = at_ns;
	TRY(left_note(&left, d->judging, &of, f));
	TRY(kept_note(&left, d, &of, f));
	return left.resources > 0 || is_less ? left_judge(d->judging, &can, &left, &of, f) : ST_OK;
}

/* While it was reviewed another list may have come into force. */
static enum status decided_judge(struct judging *j, struct chapter *decided, struct fault *f)
{
	AUTO_IN_PLACE(met) met = met_init();
	const struct met_search search = decided_search(j, decided);
	const struct chapter was = *decided;
	struct deciding d = { .judging = j,
		.decided = decided,
		.list = decided->type == DOCUMENT_CHANGE ? book_find(&j->book, decided->base)
							 : decided };
	enum status st;

	if (!d.list)
		return ST_OK;
	decided->state = BUSINESS_AGREED; /* as it is to be */
	decided->has_rejected = false;
	st = said_names_init(&d.rejected, j->document, FACT_REJECTED, f);
	if (st == ST_OK)
		st = decided_ask(&met, &d, f);
	if (st == ST_OK)
		st = met_find(&met, &search, f);
	if (st == ST_OK)
		st = decided_tell(&met, &d, f);
	if (st == ST_OK && !decided->is_end)
		st = decided_left(&d, search.at_ns, f);
	said_names_done(&d.rejected);
	*decided = was;
	return st;
}

/* Decided is what was asked for, or less: as it was said, whatever was decided since. */
static enum status approved_judge(
	struct judging *j, const struct chapter *decided, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct quantities asked = { 0 };
	struct sqlite3_stmt *s =
		STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_ABLE, V_INT(decided->number));
	enum status st = statement_step(j->ledger->sql, s, f);

	if (st == ST_OK)
		quantities_read(&asked, s, 0);
	sqlite3_reset(s);
	for (int i = 0; st == ST_OK && i < QUANTITIES; i++) {
		enum fact_kind kind = (enum fact_kind)(FACT_EXPORT_KW + i);
		int64_t said = said_number(head, kind, 0);

		if (!asked.known[i] || said <= asked.of[i])
			continue;
		TRY(judging_report(j,
			fault_set(f, ST_AUTH, "registry.capability",
				"%s of %lld.%06lld is approved, asked for are %lld.%06lld",
				fact_name(kind), (long long)(said / FACT_UNIT),
				(long long)(said % FACT_UNIT),
				(long long)(asked.of[i] / FACT_UNIT),
				(long long)(asked.of[i] % FACT_UNIT)),
			NULL, f));
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status decision_judge(struct judging *j, struct fault *f)
{
	struct chapter *decided;
	struct known k;

	TRY(judging_report(j, decided_revision_check(j, f), NULL, f));
	TRY(known_document(&k, j->ledger, &j->side,
		said_text(&j->document->head, FACT_REGISTRATION), S(""), f));
	decided = k.number != 0 ? book_find(&j->book, k.number) : NULL;
	if (!decided)
		return ST_OK;
	if (decided->type == DOCUMENT_REGISTRATION)
		TRY(rejected_judge(j, decided, f));
	TRY(approved_judge(j, decided, f));
	if (business_moves(DOCUMENT_DECISION, said_text(&j->document->head, FACT_ACTION),
		    decided->type) != BUSINESS_AGREED)
		return ST_OK;
	TRY(judging_report(j, decided_basis_check(j, decided, f), NULL, f));
	return decided_judge(j, decided, f);
}

/* --- availability and offers --- */

static enum status capability_fault(
	enum fact_kind kind, int64_t said, int64_t most, const char *of, struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is %lld.%06lld, %s %lld.%06lld", fact_name(kind),
		(long long)(said / FACT_UNIT), (long long)(said % FACT_UNIT), of,
		(long long)(most / FACT_UNIT), (long long)(most % FACT_UNIT));
}

static int64_t can_of(const struct quantities *can, enum fact_kind kind)
{
	int i = (int)kind - FACT_EXPORT_KW;

	return can->known[i] ? can->of[i] : INT64_MAX;
}

static enum status quantity_judge(struct judging *j, const struct said *item, enum fact_kind kind,
	int64_t most, const char *of, struct fault *f)
{
	int64_t said = said_number(item, kind, 0);

	if (said <= most)
		return ST_OK;
	return judging_report(j, capability_fault(kind, said, most, of, f), item, f);
}

/* Parts of what is available, each beside the larger of what it is a part of. */
static const struct part {
	enum fact_kind said, of[2];
} parts[] = {
	{ FACT_HEADROOM_KWH, { FACT_ENERGY_KWH, FACT_ENERGY_KWH } },
	{ FACT_SHED_KW, { FACT_UP_KW, FACT_UP_KW } },
	{ FACT_GENERATION_KW, { FACT_UP_KW, FACT_DOWN_KW } },
};

static enum status part_judge(struct judging *j, const struct said *item, const struct part *p,
	const struct quantities *can, struct fault *f)
{
	const enum fact_kind of =
		can_of(can, p->of[0]) < can_of(can, p->of[1]) ? p->of[1] : p->of[0];

	return quantity_judge(j, item, p->said, can_of(can, of), quantity_said(can, of), f);
}

static enum status interval_judge(struct judging *j, const struct said *item,
	const struct quantities *can, const struct asked *asked, struct fault *f)
{
	for (enum fact_kind kind = FACT_EXPORT_KW; kind <= FACT_ENERGY_KWH; kind++)
		TRY(quantity_judge(
			j, item, kind, can_of(can, kind), quantity_said(can, kind), f));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		TRY(part_judge(j, item, &parts[i], can, f));
	return judge_asked_interval(j, item, can, asked, f);
}

/* What is registered from one moment to the next at which that may change. */
struct standing {
	int64_t from_ns, until_ns;
	struct quantities can;
	unsigned crossed; /* moments within intervals, of the document */
	struct asked asked;
};
#define CROSSED_MAX 1000 /* each is a look through the book: later intervals at their begin */

/*
 * Who registers what goes up and down, and says no kvar, has none: whoever is for voltage services
 * says them (der.check.needed).
 */
static void kvar_note(struct quantities *can)
{
	static const enum fact_kind kinds[] = { FACT_INJECT_KVAR, FACT_ABSORB_KVAR };

	for (size_t i = 0; i < 2; i++) {
		const int at = (int)kinds[i] - FACT_EXPORT_KW;

		if (can->known[at] || !can->known[FACT_UP_KW - FACT_EXPORT_KW] ||
			!can->known[FACT_DOWN_KW - FACT_EXPORT_KW])
			continue;
		can->known[at] = true;
		can->of[at] = 0;
	}
}

static enum status standing_at(
	struct standing *s, struct judging *j, int64_t at_ns, struct fault *f)
{
	const struct chapter *list;

	if (at_ns >= s->from_ns && at_ns < s->until_ns)
		return ST_OK;
	TRY(book_list(&list, &j->book, &j->of, at_ns, f));
	s->until_ns = book_let(&s->can, &j->book, list, at_ns);
	kvar_note(&s->can);
	s->from_ns = at_ns;
	return ST_OK;
}

/*
 * From its begin to its end, as long as nothing is wrong with it.  *is_over: what is not there any
 * more is not there for later ones either.
 */
static enum status span_judge(struct judging *j, struct standing *standing, bool *is_over,
	const struct said *item, struct fault *f)
{
	const uint64_t before = j->verdict->findings;
	struct span span = { said_number(item, FACT_START, j->at_ns), 0 };

	if (!said_span(&span, item))
		span.until_ns = span.from_ns;
	for (int64_t at_ns = span.from_ns;; at_ns = standing->until_ns) {
		enum status st = standing_at(standing, j, at_ns, f);

		*is_over = st == ST_AUTH;
		if (st != ST_OK)
			return judging_report(j, st, item, f);
		TRY(interval_judge(j, item, &standing->can, &standing->asked, f));
		if (standing->until_ns >= span.until_ns || j->verdict->findings > before ||
			standing->crossed++ >= CROSSED_MAX)
			return ST_OK;
	}
}

static enum status intervals_judge(
	struct judging *j, const struct asked *asked, struct fault *f)
{
	struct standing standing = {
		.from_ns = INT64_MAX, .until_ns = INT64_MIN, .asked = *asked };
	struct slice rest = j->document->lists[FACT_OF_INTERVAL];
	bool is_over = false;
	struct said item;
	enum status st = ST_OK;

	while (!is_over && (st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK)
		TRY(span_judge(j, &standing, &is_over, &item, f));
	return st == ST_NONE ? ST_OK : st;
}

/*
 * When it is about, when it was made, or now: what is decided ahead it may build on, or not yet.
 * Who is sent copies is not told when its maker heard of a decision.
 */
static enum status built_check(const struct judging *j, struct fault *f)
{
	const int64_t now_ns = j->question->now_ns;
	const int64_t moments[] = { j->at_ns,
		said_number(&j->document->head, FACT_CREATED, now_ns), now_ns };
	const int64_t said = said_number(&j->document->head, FACT_BASIS, -1);

	if (said_is_copy(j->document) && said < j->book.revision)
		return ST_OK;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		if (said == book_revision(&j->book, moments[i]))
			return ST_OK;
	return basis_check(j, f);
}

static bool is_built(const struct judging *j)
{
	const struct chapter *list;

	return book_list(&list, &j->book, &j->of, j->at_ns, NULL) == ST_OK &&
		built_check(j, NULL) == ST_OK;
}

/*
 * Which crossed a decision of ours on the wire is right as its maker knew things: it is judged
 * without that decision.  What builds on neither is judged by all that was decided.
 */
static enum status built_find(struct judging *j, struct fault *f)
{
	const int64_t now_ns = j->question->now_ns;

	if (is_built(j))
		return ST_OK;
	TRY(book_open_heard(&j->book, j->ledger, &j->of,
		said_number(&j->document->head, FACT_CREATED, now_ns), f));
	return is_built(j) ? ST_OK : book_open_whole(&j->book, j->ledger, &j->of, f);
}

static enum status availability_judge(struct judging *j, struct fault *f)
{
	const struct chapter *list = NULL;

	TRY(built_find(j, f));
	TRY(judging_report(j, book_list(&list, &j->book, &j->of, j->at_ns, f), NULL, f));
	if (!list)
		return ST_OK;
	TRY(judging_report(j, built_check(j, f), NULL, f));
	TRY(judge_total(j, f));
	TRY(intervals_judge(j, &(struct asked){ 0 }, f));
	return judge_feeders(j, list, f);
}

/* What only ends something may be about what has ended. */
static bool is_ending(struct slice action)
{
	static const char *const actions[] = { "not_awarded", "cancelled", "stop", "cancel",
		"override_release" };

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (slice_eq(action, slice_str(actions[i])))
			return true;
	return false;
}

static enum status service_judge(struct judging *j, struct fault *f)
{
	const struct chapter *list = NULL;
	struct asked asked = { 0 };

	if (is_ending(said_text(&j->document->head, FACT_ACTION)))
		return ST_OK;
	TRY(judging_report(j, book_list(&list, &j->book, &j->of, j->at_ns, f), NULL, f));
	if (!list)
		return ST_OK;
	if (j->document->type != DOCUMENT_DISPATCH)
		TRY(asked_read(&asked, j, f));
	TRY(judge_asked_service(j, &asked, list, f));
	TRY(judge_asked_place(j, list, f));
	return intervals_judge(j, &asked, f);
}

/* --- what is over: it was registered once --- */

static enum status settled_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct said item;

	TRY(said_names_init(&names, j->document, FACT_AGGREGATION, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		const struct book_of of = { said_name_text(&names, i), j->side.partner,
			j->side.is_test };

		if (said_name_is_again(&names, i))
			continue;
		TRY(book_open(&j->other, j->ledger, &of, f));
		TRY(said_name_item(&item, &names, i, f));
		if (book_count(&j->other) == 0)
			TRY(judging_report(j,
				fault_set(f, ST_AUTH, "registry.unknown",
					"aggregation %.*s was never registered",
					SLICE_FMT(name_shown(of.aggregation))),
				&item, f));
	}
	return ST_OK;
}

static enum status performance_judge(struct judging *j, struct fault *f)
{
	TRY(settled_judge(j, f));
	return judge_performed_details(j, f);
}

enum status judge_registered(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_REGISTRATION] = registration_judge,
		[DOCUMENT_CHANGE] = change_judge,
		[DOCUMENT_DECISION] = decision_judge,
		[DOCUMENT_AVAILABILITY] = availability_judge,
		[DOCUMENT_OFFER] = service_judge,
		[DOCUMENT_AWARD] = service_judge,
		[DOCUMENT_DISPATCH] = service_judge,
		[DOCUMENT_OUTAGE] = judge_reach,
		[DOCUMENT_LIMIT] = judge_reach,
		[DOCUMENT_PERFORMANCE] = performance_judge,
		[DOCUMENT_INVOICE] = settled_judge,
		[DOCUMENT_STATEMENT] = settled_judge,
	};

	if (!judges[j->document->type])
		return ST_OK;
	TRY(book_open(&j->book, j->ledger, &j->of, f));
	return judges[j->document->type](j, f);
}
