/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over those who wait, oldest first: a later one must be better to be chosen. */
#include "processes/turns.h"

void turns_init(struct turns *t)
{
	*t = (struct turns){ .waiting = TAILQ_HEAD_INITIALIZER(t->waiting) };
}

/* FNV-1a: who shares a place with a busy partner waits a little longer, and no more. */
static unsigned place_of(struct slice partner)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < partner.n; i++)
		hash = (hash ^ partner.p[i]) * 16777619U;
	return hash % TURN_PARTNERS;
}

void turns_add(struct turns *t, struct turn *turn, unsigned lane, struct slice partner)
{
	turn->lane = lane;
	turn->place = place_of(partner);
	if (t->had_ns[turn->place] < t->now_ns[lane])
		t->had_ns[turn->place] = t->now_ns[lane];
	TAILQ_INSERT_TAIL(&t->waiting, turn, link);
	t->count++;
}

static bool is_before(const struct turns *t, const struct turn *a, const struct turn *b)
{
	if (a->lane != b->lane)
		return a->lane < b->lane;
	return t->had_ns[a->place] < t->had_ns[b->place];
}

unsigned turns_lane(const struct turns *t)
{
	unsigned lane = TURN_LANE_LAST;
	const struct turn *turn;

	TAILQ_FOREACH(turn, &t->waiting, link)
		if (turn->lane < lane)
			lane = turn->lane;
	return lane;
}

/* The floor's turns are no measure of what others have had. */
static struct turn *best_of(struct turns *t)
{
	struct turn *best = TAILQ_FIRST(&t->waiting), *turn;

	TAILQ_FOREACH(turn, &t->waiting, link)
		if (is_before(t, turn, best))
			best = turn;
	if (t->now_ns[best->lane] < t->had_ns[best->place])
		t->now_ns[best->lane] = t->had_ns[best->place];
	return best;
}

struct turn *turns_take(struct turns *t)
{
	struct turn *turn = TAILQ_FIRST(&t->waiting);

	if (!turn)
		return NULL;
	if (++t->given % TURN_FLOOR != 0)
		turn = best_of(t);
	turns_charge(t, turn, 1); /* what costs nothing takes turns, too */
	turns_remove(t, turn);
	return turn;
}

void turns_charge(struct turns *t, const struct turn *turn, int64_t cost_ns)
{
	t->had_ns[turn->place] += cost_ns > 0 ? (uint64_t)cost_ns : 0;
}

void turns_remove(struct turns *t, struct turn *turn)
{
	TAILQ_REMOVE(&t->waiting, turn, link);
	t->count--;
}
