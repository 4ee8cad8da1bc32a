/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_limits.c.  Nothing is refused that may be right: who has no nameplate may do
 * anything, and so may all where nameplates come to less than is registered.  Resources are passed
 * over once a document, and only while limits of parts are there at all.
 */
#include "ledger/register_room.h"

#include <string.h>

#include "ledger/ledger_internal.h"

#define ROOM_TARGETS_MAX 4096 /* feeders and points, and resources with a limit; of more, some */
#define NOWHERE SIZE_MAX
#define SLOTS (2 * ROOM_TARGETS_MAX) /* a power of two */

/* A feeder or a point with limits, or a feeder without: so that it is looked for once. */
struct target {
	uint64_t name; /* its hash */
	enum bound_scope scope;
	size_t feeder; /* of a point: index of its target; NOWHERE: none */
	size_t first, end;            /* of bounds */
	int64_t can[BOUND_MEASURES];  /* those of it that have no limit themselves */
	size_t count;                 /* of those */
};

struct part {
	size_t feeder, point; /* of targets; NOWHERE: none with limits */
	size_t first, end;    /* of bounds: its own */
	int64_t can[BOUND_MEASURES];
};

struct room room_init(void)
{
	return (struct room){ .bounds = bounds_init(),
		.targets = buf_init(ROOM_TARGETS_MAX * sizeof(struct target)),
		.slots = buf_init(SLOTS * sizeof(uint16_t)),
		.parts = buf_init(ROOM_TARGETS_MAX * sizeof(struct part)),
		.sums = buf_init(ROOM_TARGETS_MAX * sizeof(int64_t)) };
}

void room_done(struct room *r)
{
	bounds_done(&r->bounds);
	buf_done(&r->targets);
	buf_done(&r->slots);
	buf_done(&r->parts);
	buf_done(&r->sums);
}

static size_t targets_count(const struct room *r)
{
	return r->targets.n / sizeof(struct target);
}

static struct target *target_at(const struct room *r, size_t index)
{
	return (struct target *)(void *)r->targets.p + index;
}

static uint64_t hash_of(struct slice name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ name.p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* --- read --- */

/* Which scopes there are limits of. */
struct reading {
	struct room *room;
	const struct bounds_search *search;
	bool is_any[BOUND_SCOPES];
	int64_t all[BOUND_MEASURES]; /* what nameplates come to; INT64_MAX: not known */
	size_t resources;
};

static enum status any_read(bool *out, struct reading *r, struct fault *f)
{
	static const enum bound_scope parts[] = { BOUND_FEEDER, BOUND_RESOURCE, BOUND_POINT };

	*out = false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		TRY(bounds_any(&r->is_any[parts[i]], r->search, parts[i], f));
		*out |= r->is_any[parts[i]];
	}
	return ST_OK;
}

static bool is_full(const struct buf *list, size_t size)
{
	return list->n == ROOM_TARGETS_MAX * size;
}

/* Nothing is looked up that would have no place. */
static enum status bounds_of(size_t *first, size_t *end, struct reading *r,
	enum bound_scope scope, struct slice name, bool has_place, struct fault *f)
{
	*first = *end = bounds_count(&r->room->bounds);
	if (!r->is_any[scope] || name.n == 0 || !has_place || *end == BOUNDS_MAX)
		return ST_OK;
	TRY(bounds_read(&r->room->bounds, r->search, scope, name, f));
	*end = bounds_count(&r->room->bounds);
	return ST_OK;
}

/* Its own, or the first that is free: half of them are. */
static uint16_t *slot_of(struct room *r, uint64_t name, enum bound_scope scope)
{
	uint16_t *slots;
	size_t at = name;

	if (r->slots.n == 0)
		memset(buf_extend(&r->slots, SLOTS * sizeof(uint16_t)), 0,
			SLOTS * sizeof(uint16_t));
	slots = (uint16_t *)(void *)r->slots.p;
	for (;; at++) {
		uint16_t *slot = &slots[at % SLOTS];
		const struct target *t = *slot > 0 ? target_at(r, *slot - 1U) : NULL;

		if (!t || (t->name == name && t->scope == scope))
			return slot;
	}
}

/* Feeders are kept whether they have limits or not, points only if they have. */
static enum status target_find(size_t *out, struct reading *r, enum bound_scope scope,
	struct slice name, size_t feeder, struct fault *f)
{
	struct target t = { .name = hash_of(name), .scope = scope, .feeder = feeder };

	*out = NOWHERE;
	if (!r->is_any[scope] || name.n == 0)
		return ST_OK;
	uint16_t *slot = slot_of(r->room, t.name, scope);
	if (*slot > 0) {
		*out = *slot - 1U;
		return ST_OK;
	}
	bool has_place = !is_full(&r->room->targets, sizeof(t));
	TRY(bounds_of(&t.first, &t.end, r, scope, name, has_place, f));
	if ((scope == BOUND_POINT && t.first == t.end) || !has_place)
		return ST_OK;
	*out = targets_count(r->room);
	*slot = (uint16_t)(*out + 1);
	buf_put(&r->room->targets, slice_of(&t, sizeof(t)));
	return ST_OK;
}

static void can_add(int64_t to[BOUND_MEASURES], const int64_t what[BOUND_MEASURES])
{
	for (int m = 0; m < BOUND_MEASURES; m++)
		to[m] = amount_add(to[m], what[m]);
}

static void can_read(int64_t out[BOUND_MEASURES], const struct held *held)
{
	for (int m = 0; m < BOUND_MEASURES; m++) {
		int at = (int)bound_fact((enum bound_measure)m) - FACT_EXPORT_KW;

		out[m] = held->can.known[at] ? quantity_bounded(held->can.of[at]) : INT64_MAX;
	}
}

static void target_give(struct room *room, size_t target, const int64_t can[BOUND_MEASURES])
{
	struct target *t = target_at(room, target);

	can_add(t->can, can);
	t->count++;
}

static void others_give(struct room *room, const int64_t can[BOUND_MEASURES])
{
	can_add(room->others, can);
	room->others_count++;
}

static enum status held_read(struct reading *r, const struct held *held, struct fault *f)
{
	struct part part = { 0 };

	r->resources++;
	can_read(part.can, held);
	can_add(r->all, part.can);
	TRY(target_find(&part.feeder, r, BOUND_FEEDER, held->feeder, NOWHERE, f));
	TRY(target_find(&part.point, r, BOUND_POINT, held->premise, part.feeder, f));
	TRY(bounds_of(&part.first, &part.end, r, BOUND_RESOURCE, held->resource,
		!is_full(&r->room->parts, sizeof(part)), f));
	if (part.first != part.end)
		buf_put(&r->room->parts, slice_of(&part, sizeof(part)));
	else if (part.point != NOWHERE)
		target_give(r->room, part.point, part.can);
	else if (part.feeder != NOWHERE)
		target_give(r->room, part.feeder, part.can);
	else
		others_give(r->room, part.can);
	return ST_OK;
}

static void plates_weigh(struct reading *r, const struct quantities *can)
{
	for (int m = 0; m < BOUND_MEASURES; m++) {
		int at = (int)bound_fact((enum bound_measure)m) - FACT_EXPORT_KW;

		r->room->is_plated[m] = !can->known[at] || can->of[at] <= r->all[m];
	}
}

enum status room_read(struct room *room, const struct bounds_search *search,
	const struct book *book, const struct chapter *list, const struct quantities *can,
	int64_t at_ns, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll = roll_init(search->ledger, book, list, at_ns, ROLL_WHOLE);
	struct reading r = { .room = room, .search = search };
	struct held held;
	bool is_any;
	enum status st;

	TRY(any_read(&is_any, &r, f));
	if (!is_any)
		return ST_OK;
	while ((st = roll_next(&held, &roll, S(""), f)) == ST_OK)
		TRY(held_read(&r, &held, f));
	if (st != ST_NONE)
		return st;
	plates_weigh(&r, can);
	room->is_known = r.resources > 0 && bounds_count(&room->bounds) > 0;
	return ST_OK;
}

/* --- summed up --- */

struct summing {
	struct room *room;
	enum bound_measure measure;
	int64_t at_ns;
	const struct bound *by;
	enum bound_scope scope;
};

/* What is let through of what can be done, by limits that are the target's. */
static int64_t let(struct summing *s, int64_t can, size_t first, size_t end, enum bound_scope scope)
{
	const struct bound *least =
		bounds_least(&s->room->bounds, first, end, s->measure, s->at_ns);

	if (!least || least->of[s->measure] >= can)
		return can;
	s->by = least;
	s->scope = scope;
	return least->of[s->measure];
}

/* What is not plated is anything, where anybody is who can do it. */
static int64_t able(const struct summing *s, int64_t can, bool is_anybody)
{
	return s->room->is_plated[s->measure] || !is_anybody ? can : INT64_MAX;
}

static int64_t *sum_of(struct summing *s, size_t target)
{
	return (int64_t *)(void *)s->room->sums.p + target;
}

static void give(struct summing *s, int64_t *all, size_t point, size_t feeder, int64_t can)
{
	int64_t *to = point != NOWHERE ? sum_of(s, point)
		: feeder != NOWHERE    ? sum_of(s, feeder)
				       : all;

	*to = amount_add(*to, can);
}

static void parts_sum(struct summing *s, int64_t *all)
{
	const struct part *parts = (const struct part *)(const void *)s->room->parts.p;

	for (size_t i = 0; i < s->room->parts.n / sizeof(struct part); i++)
		give(s, all, parts[i].point, parts[i].feeder,
			let(s, able(s, parts[i].can[s->measure], true), parts[i].first,
				parts[i].end, BOUND_RESOURCE));
}

/* Points first: what they let through is their feeder's. */
static void targets_sum(struct summing *s, int64_t *all, enum bound_scope scope)
{
	for (size_t i = 0; i < targets_count(s->room); i++) {
		const struct target *t = target_at(s->room, i);

		if (t->scope == scope)
			give(s, all, NOWHERE, t->feeder,
				let(s, *sum_of(s, i), t->first, t->end, scope));
	}
}

static void sums_begin(struct summing *s)
{
	buf_clear(&s->room->sums);
	for (size_t i = 0; i < targets_count(s->room); i++) {
		const int64_t can = target_at(s->room, i)->can[s->measure];
		const int64_t sum = able(s, can, target_at(s->room, i)->count > 0);

		buf_put(&s->room->sums, slice_of(&sum, sizeof(sum)));
	}
}

int64_t room_most(const struct bound **by, enum bound_scope *scope, struct room *room,
	enum bound_measure measure, int64_t at_ns)
{
	struct summing s = { .room = room, .measure = measure, .at_ns = at_ns };
	int64_t all = room->others[measure];

	*by = NULL;
	if (!room->is_known)
		return INT64_MAX;
	all = able(&s, all, room->others_count > 0);
	sums_begin(&s);
	parts_sum(&s, &all);
	targets_sum(&s, &all, BOUND_POINT);
	targets_sum(&s, &all, BOUND_FEEDER);
	*by = s.by;
	*scope = s.scope;
	return s.by ? all : INT64_MAX;
}
