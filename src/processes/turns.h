/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is, of those who wait for a process that does one thing after the other: the most
 * urgent lane first (promise 8), in it whoever has had least of its time, and of his the oldest.
 * Who sends what is dear waits longer for the next, and those who do not wait for one of his, not
 * for all.  Who was away has saved nothing: he begins where the others are.  Every TURN_FLOOR-th
 * turn goes to the oldest of all, so that nothing waits for ever.  It allocates nothing; how many
 * may wait is the owner's to bound, because each choice looks at all.
 */
#ifndef TIELINE_PROCESSES_TURNS_H
#define TIELINE_PROCESSES_TURNS_H

#include <sys/queue.h>

#include "exchange/area.h"

#define TURN_FLOOR 8
#define TURN_PARTNERS 64          /* places for what each has had; two may share one */
#define TURN_LANE_LAST (AREAS + 1) /* behind all areas */

struct turn {
	TAILQ_ENTRY(turn) link;
	unsigned lane, place;
	void *owner;
};

struct turns {
	TAILQ_HEAD(, turn) waiting; /* in the order in which they came */
	unsigned count;
	uint64_t given;
	uint64_t had_ns[TURN_PARTNERS];
	uint64_t now_ns[TURN_LANE_LAST + 1]; /* of a lane: what the last one in it had had */
};

void turns_init(struct turns *);
/* lane: of area_profile(), AREAS or TURN_LANE_LAST. */
void turns_add(struct turns *, struct turn *, unsigned lane, struct slice partner);
/* The most urgent lane that somebody waits in; nobody waits: TURN_LANE_LAST. */
unsigned turns_lane(const struct turns *);
/* NULL: nobody waits.  It is out, then. */
struct turn *turns_take(struct turns *);
/* What one that was taken has cost. */
void turns_charge(struct turns *, const struct turn *, int64_t cost_ns);
void turns_remove(struct turns *, struct turn *);

#endif
