/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_registered.c.  A notice or limit that is for something we have in common is
 * taken, whatever else it names: people may be working on that line.  Premises are in no sentence.
 */
#include "ledger/register_reach.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_builds.h"
#include "ledger/register_connected.h"
#include "ledger/register_met.h"
#include "ledger/register_outages.h"

#define FEEDER_LISTS_MAX 64
#define PLACE_BYTES_MAX 264 /* of one list: its number and its aggregation */

#define MOMENTS 3

struct reach {
	struct judging *judging;
	int64_t moments[MOMENTS]; /* at which it may be on a feeder: one is enough */
	struct connected_work work;
	struct met met;  /* all texts that may be resources or premises */
	bool is_hit;     /* something that it names is there, or may be, or was */
	struct met_place hit; /* the last that was */
	/* while its parts are compared with each other */
	struct roll roll;
	uint64_t list;  /* whose that is; 0: nobody's */
	unsigned looks; /* at books and feeders */
};
#define LOOKS_MAX 4096 /* of more parts than that, some are compared */

/* --- what is there --- */

static enum status aggregation_there(struct reach *r, struct slice name, struct fault *f)
{
	struct judging *j = r->judging;
	const struct book_of of = { name, j->side.partner, j->side.is_test };
	const struct chapter *list;

	TRY(book_open(&j->other, j->ledger, &of, f));
	return book_list(&list, &j->other, &of, j->at_ns, f);
}

/* It is judged by that one, of all that were looked at; mostly it is the one before. */
static enum status place_hit(struct reach *r, const struct met_place *place, struct fault *f)
{
	const struct judging *j = r->judging;
	const struct book_of of = { place->aggregation, place->partner, j->side.is_test };

	if (slice_eq(r->hit.aggregation, place->aggregation))
		return ST_OK;
	r->hit = *place;
	return builds_on_book(j->ledger, &of, f);
}

static enum status resource_there(struct reach *r, struct slice name, struct fault *f)
{
	struct met_place place;

	if (met_is(&place, &r->met, MET_RESOURCE, name))
		return place_hit(r, &place, f);
	return fault_set(f, ST_AUTH, "registry.unknown",
		"resource %.*s is in no aggregation at that time", SLICE_FMT(name_shown(name)));
}

static enum status premise_there(struct reach *r, struct slice name, struct fault *f)
{
	struct met_place place;

	if (met_is(&place, &r->met, MET_PREMISE, name))
		return place_hit(r, &place, f);
	return fault_set(f, ST_AUTH, "registry.feeder",
		"nothing is registered at a connection point it names");
}

static struct slice text_take(struct slice *rest)
{
	struct slice text = slice_sub(*rest, 1, rest->p[0]);

	*rest = slice_from(*rest, 1 + text.n);
	return text;
}

/* Lists that have, or had, resources on it: each its number and whose it is. */
static enum status feeder_lists(
	struct buf *places, struct judging *j, struct slice name, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_FEEDER_BASES,
		V_BYTES(name), V_BYTES(j->side.partner), V_INT(j->side.is_test),
		V_INT(FEEDER_LISTS_MAX));
	enum status st;

	while ((st = statement_step(j->ledger->sql, s, f)) == ST_OK) {
		buf_put_u64(places, (uint64_t)sqlite3_column_int64(s, 0));
		buf_put_u8(places, (uint8_t)column_bytes(s, 1).n);
		buf_put(places, slice_to(column_bytes(s, 1), FACT_TEXT_MAX));
	}
	return st == ST_NONE ? ST_OK : st;
}

static uint64_t base_take(struct slice *rest)
{
	uint64_t base = 0;

	for (int i = 0; i < 8; i++)
		base = base << 8 | rest->p[i];
	*rest = slice_from(*rest, 8);
	return base;
}

/* Who is sent copies does not see all that its list says of resources. */
static enum status is_list_of(bool *out, struct reach *r, const struct book_of *of, uint64_t base,
	struct slice feeder, struct fault *f)
{
	struct judging *j = r->judging;
	const struct chapter *list;

	*out = false;
	TRY(book_look(&j->other, j->ledger, of, f));
	for (size_t i = 0; i < MOMENTS && !*out; i++) {
		const int64_t at_ns = r->moments[i];

		if (book_list(&list, &j->other, of, at_ns, NULL) != ST_OK || list->number != base)
			continue;
		*out = said_is_copy(j->document);
		if (!*out)
			TRY(connected_look(out, &r->work, j->ledger, &j->other, list, at_ns,
				feeder, f));
	}
	return ST_OK;
}

/*
 * ST_NONE: no list that is in force has a resource on it.  `whose`: empty: anybody's.  One that the
 * other side has for certain will do before one that it is still to be told of.
 */
static enum status feeder_search(
	struct reach *r, struct slice name, struct slice whose, struct fault *f)
{
	struct judging *j = r->judging;
	AUTO_IN_PLACE(buf) places = buf_init(FEEDER_LISTS_MAX * PLACE_BYTES_MAX);
	struct book_of hit = { 0 };
	bool is_hit, waits;

	TRY(feeder_lists(&places, j, name, f));
	for (struct slice rest = buf_slice(&places); rest.n > 0;) {
		uint64_t base = base_take(&rest);
		const struct book_of of = { text_take(&rest), j->side.partner, j->side.is_test };

		if (whose.n > 0 && !slice_eq(of.aggregation, whose))
			continue;
		TRY(is_list_of(&is_hit, r, &of, base, name, f));
		if (!is_hit)
			continue;
		TRY(builds_are_there(&waits, j->ledger, &of, f));
		if (!waits)
			return ST_OK;
		hit = hit.aggregation.n > 0 ? hit : of;
	}
	return hit.aggregation.n > 0 ? builds_on_book(j->ledger, &hit, f) : ST_NONE;
}

static enum status feeder_there(struct reach *r, struct slice name, struct fault *f)
{
	enum status st = feeder_search(r, name, S(""), f);

	return st == ST_NONE ? fault_set(f, ST_AUTH, "registry.feeder",
				       "nothing is registered on feeder %.*s at that time",
				       SLICE_FMT(name_shown(name)))
			     : st;
}

/* --- what it is for --- */

static const struct target {
	enum fact_kind kind;
	const char *scope; /* of a limit */
	enum status (*there)(struct reach *, struct slice name, struct fault *f);
} targets[] = {
	{ FACT_AGGREGATION, "aggregation", aggregation_there },
	{ FACT_RESOURCE, "resource", resource_there },
	{ FACT_PREMISE, "connection_point", premise_there },
	{ FACT_FEEDER, "feeder", feeder_there },
};
#define TARGETS (sizeof(targets) / sizeof(targets[0]))

/* A limit's targets are what its scope says, whatever fact carries them. */
static const struct target *target_of(const struct judging *j, size_t index)
{
	struct slice scope = said_text(&j->document->head, FACT_KIND);

	for (size_t i = 0; j->document->type == DOCUMENT_LIMIT && i < TARGETS; i++)
		if (slice_eq(scope, slice_str(targets[i].scope)))
			return &targets[i];
	return &targets[index];
}

static bool is_passed(const struct judging *j, const struct said_names *names, size_t i)
{
	return said_name_is_again(names, i) ||
		(said_is_copy(j->document) &&
			slice_eq(said_name_text(names, i), S(FACT_WITHHELD)));
}

static struct said place_of(const struct said_names *names, size_t i)
{
	const struct said_name *name = said_name_of(names, i);

	return (struct said){ .list = (enum fact_list)name->list, .item = name->item };
}

/* Mostly the first is there. */
static enum status hit_find(struct reach *r, size_t index, struct fault *f)
{
	const struct target *target = target_of(r->judging, index);
	AUTO_IN_PLACE(said_names) names = { 0 };

	TRY(said_names_init(&names, r->judging->document, targets[index].kind, f));
	for (size_t i = 0; i < said_names_count(&names) && !r->is_hit; i++) {
		if (is_passed(r->judging, &names, i))
			continue;
		enum status st = target->there(r, said_name_text(&names, i), f);

		r->is_hit = st == ST_OK;
		if (st != ST_OK && st != ST_AUTH)
			return st;
	}
	return ST_OK;
}

static enum status miss_tell(
	struct reach *r, enum status st, const struct said *where, struct fault *why)
{
	return r->is_hit ? judging_note(r->judging, st, where, why)
			 : judging_report(r->judging, st, where, why);
}

/*
 * Feeders of an outage where the other side has nothing are only worth a word where it has nothing
 * on any: an outage may be larger than what they have in common.
 */
static enum status targets_judge(struct reach *r, size_t index, struct fault *f)
{
	struct judging *j = r->judging;
	const struct target *target = target_of(j, index);
	const bool is_area = j->document->type == DOCUMENT_OUTAGE && target->kind == FACT_FEEDER;
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct fault missed = { 0 };
	struct said where = { 0 };

	TRY(said_names_init(&names, j->document, targets[index].kind, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		if (is_passed(j, &names, i))
			continue;
		enum status st = target->there(r, said_name_text(&names, i), f);

		if (is_area && st == ST_OK)
			return ST_OK;
		if (st != ST_AUTH && st != ST_OK)
			return st;
		where = place_of(&names, i);
		if (is_area)
			missed = *f;
		else
			TRY(miss_tell(r, st, &where, f));
	}
	return miss_tell(r, missed.code[0] ? ST_AUTH : ST_OK, &where, &missed);
}

/* --- an outage's parts beside each other --- */

/* The feeders that all of its areas say; none: an area is said otherwise, or none is. */
static enum status areas_read(struct said_names *out, const struct judging *j, struct fault *f)
{
	struct slice rest = j->document->lists[FACT_OF_AREA];
	bool is_all = j->document->type == DOCUMENT_OUTAGE;
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_AREA, f)) == ST_OK)
		is_all &= said_text(&item, FACT_FEEDER).n > 0;
	if (st != ST_NONE)
		return st;
	return is_all ? said_names_init(out, j->document, FACT_FEEDER, f) : ST_OK;
}

/* Of an aggregation that is there, whether it has, or had, anything on one of them. */
static enum status aggregation_place(
	struct reach *r, struct slice name, const struct said_names *feeders, struct fault *f)
{
	enum status st = aggregation_there(r, name, f);

	if (st != ST_OK)
		return st == ST_AUTH ? ST_OK : st; /* which is told */
	for (size_t i = 0; i < said_names_count(feeders); i++) {
		if (said_name_is_again(feeders, i))
			continue;
		if (r->looks++ >= LOOKS_MAX)
			return ST_OK;
		st = feeder_search(r, said_name_text(feeders, i), name, f);
		if (st != ST_NONE)
			return st;
	}
	return fault_set(f, ST_AUTH, "registry.feeder",
		"aggregation %.*s has nothing on the feeders that it names",
		SLICE_FMT(name_shown(name)));
}

/* It goes on where the next resource is of the same list. */
static enum status roll_open(struct reach *r, struct slice aggregation, struct fault *f)
{
	struct judging *j = r->judging;
	const struct book_of of = { aggregation, j->side.partner, j->side.is_test };
	const struct chapter *list;

	TRY(book_open(&j->other, j->ledger, &of, f));
	if (book_list(&list, &j->other, &of, j->at_ns, NULL) != ST_OK)
		return ST_NONE;
	if (r->list == list->number)
		return ST_OK;
	roll_done(&r->roll);
	r->roll = roll_init(j->ledger, &j->other, list, j->at_ns, ROLL_WHOLE);
	r->roll.is_connected = true;
	r->list = list->number;
	return r->looks++ < LOOKS_MAX ? ST_OK : ST_NONE;
}

static enum status resource_place(
	struct reach *r, struct slice name, const struct said_names *feeders, struct fault *f)
{
	struct met_place place;
	struct held held;
	enum status st;

	if (!met_is(&place, &r->met, MET_RESOURCE, name) || r->looks >= LOOKS_MAX)
		return ST_OK; /* which is told, or enough is */
	st = roll_open(r, place.aggregation, f);
	if (st == ST_OK)
		st = roll_find(&held, &r->roll, name, f);
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	if (held.feeder.n == 0 || said_names_hold(feeders, held.feeder))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.feeder",
		"resource %.*s is on feeder %.*s, which it does not name", SLICE_FMT(name_shown(name)),
		SLICE_FMT(name_shown(held.feeder)));
}

typedef enum status place_check(
	struct reach *, struct slice name, const struct said_names *feeders, struct fault *);

static enum status places_judge(struct reach *r, enum fact_kind kind, place_check *check,
	const struct said_names *feeders, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };

	TRY(said_names_init(&names, r->judging->document, kind, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		const struct said where = place_of(&names, i);

		if (!is_passed(r->judging, &names, i))
			TRY(judging_note(r->judging,
				check(r, said_name_text(&names, i), feeders, f), &where, f));
	}
	return ST_OK;
}

static enum status parts_judge(struct reach *r, struct fault *f)
{
	AUTO_IN_PLACE(said_names) feeders = { 0 };

	TRY(areas_read(&feeders, r->judging, f));
	if (said_names_count(&feeders) == 0)
		return ST_OK;
	TRY(places_judge(r, FACT_RESOURCE, resource_place, &feeders, f));
	return places_judge(r, FACT_AGGREGATION, aggregation_place, &feeders, f);
}

/* --- all of it --- */

static enum status reach_find(struct reach *r, struct fault *f)
{
	struct judging *j = r->judging;
	struct slice rest = j->document->facts;
	const struct met_search search = { .ledger = j->ledger, .book = &j->other, .is_look = true,
		.is_connected = true,
		.is_test = j->side.is_test, .direction = -1,
		.partner = { j->side.partner, j->side.partner }, .at_ns = j->at_ns,
		.until_ns = j->at_ns };
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &rest, f)) == ST_OK)
		if (fact.is_text && (fact.kind == FACT_RESOURCE || fact.kind == FACT_PREMISE)) {
			met_ask(&r->met, MET_RESOURCE, fact.text);
			met_ask(&r->met, MET_PREMISE, fact.text);
		}
	return st == ST_NONE ? met_find(&r->met, &search, f) : st;
}

/* What is in a county is not known here: something of ours may be. */
static enum status areas_hit(struct reach *r, struct fault *f)
{
	const struct judging *j = r->judging;
	struct slice rest = j->document->lists[FACT_OF_AREA];
	struct said item;
	enum status st = ST_NONE;

	while (!r->is_hit && j->document->type == DOCUMENT_OUTAGE &&
		(st = said_item_next(&item, &rest, FACT_OF_AREA, f)) == ST_OK)
		r->is_hit = said_text(&item, FACT_FEEDER).n == 0;
	return st == ST_NONE ? ST_OK : st;
}

/*
 * Who was told of an outage has to hear how it goes on and ends, though what it hit has left since,
 * or is restored already: only the rest is named then.
 */
static enum status notice_hit(struct reach *r, struct fault *f)
{
	const struct judging *j = r->judging;
	struct known before = { 0 };

	if (j->document->type != DOCUMENT_OUTAGE)
		return ST_OK;
	TRY(known_key(&before, j->ledger, &j->side, DOCUMENT_OUTAGE,
		said_text(&j->document->head, FACT_OUTAGE), f));
	r->is_hit = before.number != 0;
	return ST_OK;
}

/* Its begin, its end as far as that is said, and now, if it is then. */
static enum status moments_find(struct reach *r, struct fault *f)
{
	struct judging *j = r->judging;
	const int64_t now_ns = j->question->now_ns;
	struct span span = { 0 };
	enum status st = j->document->type == DOCUMENT_OUTAGE
		? outage_times(&span, j->ledger, &j->side, j->document, f)
		: said_times(&span, j->document, f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	const bool has_end = span.until_ns > j->at_ns;
	r->moments[0] = j->at_ns;
	r->moments[1] = has_end ? span.until_ns - 1 : j->at_ns;
	r->moments[2] = now_ns < j->at_ns || (has_end && now_ns >= span.until_ns) ? j->at_ns
										  : now_ns;
	return ST_OK;
}

static enum status reach_all(struct reach *r, struct fault *f)
{
	TRY(moments_find(r, f));
	TRY(reach_find(r, f));
	TRY(notice_hit(r, f));
	TRY(areas_hit(r, f));
	for (size_t i = 0; i < TARGETS && !r->is_hit; i++)
		TRY(hit_find(r, i, f));
	for (size_t i = 0; i < TARGETS; i++)
		TRY(targets_judge(r, i, f));
	return parts_judge(r, f);
}

enum status judge_reach(struct judging *j, struct fault *f)
{
	struct reach reach = { .judging = j, .met = met_init() };
	enum status st = reach_all(&reach, f);

	roll_done(&reach.roll);
	met_done(&reach.met);
	return st;
}
