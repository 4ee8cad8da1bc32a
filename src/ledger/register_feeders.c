/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c.  Where feeders are named, all resources are passed over once, else
 * those are looked for that are named: as they are when the first interval begins.  For a feeder
 * also what comes until the last one ends counts.  Nothing is refused that may be right: who is on
 * no feeder that is known may be on any.
 */
#include "ledger/register_feeders.h"

#include "ledger/register_details.h"

enum { MOST_UP, MOST_DOWN, MOST_ENERGY, MOSTS };

static const enum fact_kind most_kinds[MOSTS] = {
	[MOST_UP] = FACT_UP_KW,
	[MOST_DOWN] = FACT_DOWN_KW,
	[MOST_ENERGY] = FACT_ENERGY_KWH,
};

/* What is said of a feeder, and beside which sum: storage takes in no more than it holds. */
static const struct {
	enum fact_kind said;
	unsigned most;
} figures[] = {
	{ FACT_UP_KW, MOST_UP },
	{ FACT_DOWN_KW, MOST_DOWN },
	{ FACT_ENERGY_KWH, MOST_ENERGY },
	{ FACT_HEADROOM_KWH, MOST_ENERGY },
};

/* What resources come to together, by their nameplates; INT64_MAX: that is not known. */
struct sum {
	int64_t most[MOSTS];
	size_t resources;
};

struct place {
	size_t name; /* the first of names that is this feeder */
	struct sum sum;
};

/* What is said of resources one by one, in their order. */
struct detailing {
	struct judging *judging;
	struct said_names names;
	size_t next; /* of names: those before it are judged */
};

struct naming {
	struct judging *judging;
	struct said_names names;
	struct buf places; /* struct place, by name */
	struct sum all, unplaced; /* unplaced: on no feeder that is known */
	struct quantities can;
};

/* --- resources --- */

static enum status most_check(
	const struct said *item, enum fact_kind kind, int64_t most, struct fault *f)
{
	const int64_t said = said_number(item, kind, 0);

	if (said <= most)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.capability",
		"%s is " QUANTITY_FORMAT ", registered is " QUANTITY_FORMAT, fact_name(kind),
		QUANTITY(said), QUANTITY(most));
}

static enum status detail_judge(
	struct judging *j, const struct said *item, const struct held *held, struct fault *f)
{
	TRY(judging_report(j,
		consent_check(held->resource, held->consent_ns, j->at_ns, f), item, f));
	for (enum fact_kind kind = FACT_UP_KW; kind <= FACT_DOWN_KW; kind++)
		TRY(judging_report(j, most_check(item, kind, held_most(held, kind), f), item, f));
	return ST_OK;
}

/* The next one, as it is registered; NULL: it is not. */
static enum status detail_take(struct detailing *d, const struct held *held, struct fault *f)
{
	const size_t at = d->next++;
	struct said item;

	if (said_name_is_again(&d->names, at))
		return ST_OK;
	TRY(said_name_item(&item, &d->names, at, f));
	if (held)
		return detail_judge(d->judging, &item, held, f);
	return judging_report(d->judging,
		fault_set(f, ST_AUTH, "registry.unknown",
			"resource %.*s is not in the aggregation at that time",
			SLICE_FMT(name_shown(said_name_text(&d->names, at)))),
		&item, f);
}

/* Those up to one that is there; NULL: all that are left. */
static enum status details_meet(struct detailing *d, const struct held *held, struct fault *f)
{
	while (d->next < said_names_count(&d->names)) {
		const struct slice name = said_name_text(&d->names, d->next);
		const int order = held ? slice_compare(name, held->resource) : -1;

		if (order > 0)
			return ST_OK;
		TRY(detail_take(d, order == 0 ? held : NULL, f));
	}
	return ST_OK;
}

static enum status details_look(
	struct detailing *d, const struct chapter *list, struct fault *f)
{
	struct judging *j = d->judging;
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, list, j->at_ns, ROLL_ABLE);
	struct held held;

	while (d->next < said_names_count(&d->names)) {
		enum status st =
			roll_find(&held, &roll, said_name_text(&d->names, d->next), f);

		if (st != ST_OK && st != ST_NONE)
			return st;
		TRY(detail_take(d, st == ST_OK ? &held : NULL, f));
	}
	return ST_OK;
}

/* --- feeders --- */

static size_t places_count(const struct naming *n)
{
	return n->places.n / sizeof(struct place);
}

static struct place *place_at(const struct naming *n, size_t index)
{
	return (struct place *)(void *)n->places.p + index;
}

static struct slice place_name(const struct naming *n, size_t index)
{
	return said_name_text(&n->names, place_at(n, index)->name);
}

static void naming_done(struct naming *n)
{
	said_names_done(&n->names);
	buf_done(&n->places);
}

static enum status naming_init(struct naming *out, struct judging *j, struct fault *f)
{
	*out = (struct naming){ .judging = j,
		.places = buf_init(SAID_NAMES_MAX * sizeof(struct place)) };
	TRY(said_names_many(&out->names, j->document, FACT_FEEDER, f));
	for (size_t i = 0; i < said_names_count(&out->names); i++) {
		const struct place place = { .name = i };

		if (!said_name_is_again(&out->names, i))
			buf_put(&out->places, slice_of(&place, sizeof(place)));
	}
	return ST_OK;
}

/* NULL: it is not named. */
static struct place *place_find(const struct naming *n, struct slice feeder)
{
	size_t low = 0, high = places_count(n);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(place_name(n, middle), feeder) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < places_count(n) && slice_eq(place_name(n, low), feeder) ? place_at(n, low)
									    : NULL;
}

/* --- what is there --- */

static void sum_add(struct sum *to, const int64_t most[MOSTS])
{
	for (size_t m = 0; m < MOSTS; m++)
		to->most[m] = amount_add(to->most[m], most[m]);
	to->resources++;
}

static void held_add(struct naming *n, const struct held *held)
{
	struct place *place = held->feeder.n > 0 ? place_find(n, held->feeder) : NULL;
	int64_t most[MOSTS];

	for (size_t m = 0; m < MOSTS; m++)
		most[m] = held_most(held, most_kinds[m]);
	sum_add(&n->all, most);
	if (place)
		sum_add(&place->sum, most);
	else if (held->feeder.n == 0)
		sum_add(&n->unplaced, most);
}

/* Whether none of its resources comes in a time of its own that is after that; false: one may. */
static bool are_all_begun(const struct judging *j, const struct chapter *list)
{
	const struct chapter *c;
	bool all = true;

	for (size_t i = 0; all && (c = book_chapter(&j->book, i)) != NULL; i++) {
		const bool is_of = c == list ||
			(c->type == DOCUMENT_CHANGE && c->base == list->number);

		all = !is_of || (c->counted.is_known && c->counted.from_ns <= j->at_ns);
	}
	return all;
}

/* What changes meanwhile counts as it was and as it becomes. */
static enum status naming_look(struct naming *n, struct detailing *details,
	const struct chapter *list, struct fault *f)
{
	struct judging *j = n->judging;
	AUTO_IN_PLACE(roll) roll = roll_init(j->ledger, &j->book, list, j->at_ns, ROLL_ABLE);
	const int64_t same_until_ns = book_can(&n->can, &j->book, list, j->at_ns);
	struct span span = { j->at_ns, j->at_ns };
	struct held held;
	enum status st = said_times(&span, j->document, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	while ((st = roll_next(&held, &roll, S(""), f)) == ST_OK) {
		held_add(n, &held);
		TRY(details_meet(details, &held, f));
	}
	if (st == ST_NONE)
		TRY(details_meet(details, NULL, f));
	if (st != ST_NONE || (span.until_ns <= same_until_ns && are_all_begun(j, list)))
		return st == ST_NONE ? ST_OK : st;
	roll_rewind(&roll);
	while ((st = roll_later(&held, &roll, span.until_ns, f)) == ST_OK)
		held_add(n, &held);
	return st == ST_NONE ? ST_OK : st;
}

/* --- what is said beside it --- */

/* Where nameplates of all come to less than is registered, they say nothing of a part. */
static int64_t most_of(const struct naming *n, const struct place *place, size_t m)
{
	const int at = (int)most_kinds[m] - FACT_EXPORT_KW;

	if (n->can.known[at] && n->can.of[at] > n->all.most[m])
		return INT64_MAX;
	return amount_add(place->sum.most[m], n->unplaced.most[m]);
}

static enum status figures_judge(struct naming *n, const struct said *item,
	const struct place *place, struct fault *f)
{
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		const int64_t said = said_number(item, figures[i].said, 0);
		const int64_t most = most_of(n, place, figures[i].most);
		enum status st = ST_OK;

		if (said > most)
			st = fault_set(f, ST_AUTH, "registry.capability",
				"%s of feeder %.*s is " QUANTITY_FORMAT
				", resources that are registered there have " QUANTITY_FORMAT,
				fact_name(figures[i].said),
				SLICE_FMT(name_shown(said_text(item, FACT_FEEDER))),
				QUANTITY(said), QUANTITY(most));
		TRY(judging_report(n->judging, st, item, f));
	}
	return ST_OK;
}

static bool is_there(const struct naming *n, const struct place *place)
{
	return place->sum.resources > 0 || n->unplaced.resources > 0;
}

static enum status items_judge(struct naming *n, struct fault *f)
{
	struct slice rest = n->judging->document->lists[FACT_OF_FEEDER];
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_FEEDER, f)) == ST_OK) {
		const struct place *place = place_find(n, said_text(&item, FACT_FEEDER));

		if (place && is_there(n, place))
			TRY(figures_judge(n, &item, place, f));
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status missing_tell(struct naming *n, struct fault *f)
{
	for (size_t i = 0; i < places_count(n); i++) {
		const struct place *place = place_at(n, i);
		const struct said_name *name = said_name_of(&n->names, place->name);
		const struct said where = { .list = (enum fact_list)name->list,
			.item = name->item };

		if (is_there(n, place))
			continue;
		TRY(judging_report(n->judging,
			fault_set(f, ST_AUTH, "registry.feeder",
				"the aggregation has no resource on feeder %.*s at that time",
				SLICE_FMT(name_shown(place_name(n, i)))),
			&where, f));
	}
	return ST_OK;
}

static enum status feeders_judge(struct naming *n, struct detailing *details,
	const struct chapter *list, struct fault *f)
{
	TRY(naming_look(n, details, list, f));
	TRY(missing_tell(n, f));
	return items_judge(n, f);
}

enum status judge_feeders(struct judging *j, const struct chapter *list, struct fault *f)
{
	struct detailing details = { .judging = j };
	struct naming naming;
	enum status st = naming_init(&naming, j, f);

	if (st == ST_OK)
		st = said_names_init(&details.names, j->document, FACT_RESOURCE, f);
	if (st == ST_OK)
		st = places_count(&naming) > 0 ? feeders_judge(&naming, &details, list, f)
					       : details_look(&details, list, f);
	said_names_done(&details.names);
	naming_done(&naming);
	return st;
}
