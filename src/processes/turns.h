/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose turn it is, of those who wait for a process that does one thing after the other: the most
 * urgent lane first (promise 8), in it whoever was served least recently, and of his the oldest.
 * Every TURN_FLOOR-th turn goes to the oldest of all, so that nothing waits for ever.  It allocates
 * nothing; how many may wait is the owner's to bound, because each choice looks at all.
 */
#ifndef TIELINE_PROCESSES_TURNS_H
#define TIELINE_PROCESSES_TURNS_H

#include <sys/queue.h>

#include "exchange/area.h"

#define TURN_FLOOR 8
#define TURN_PARTNERS 64          /* places for when each was served; two may share one */
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
	uint64_t served[TURN_PARTNERS]; /* at which turn, 0: never */
};

void turns_init(struct turns *);
/* lane: of area_profile(), AREAS or TURN_LANE_LAST. */
void turns_add(struct turns *, struct turn *, unsigned lane, struct slice partner);
/* The most urgent lane that somebody waits in; nobody waits: TURN_LANE_LAST. */
unsigned turns_lane(const struct turns *);
/* NULL: nobody waits.  It is out, then. */
struct turn *turns_take(struct turns *);
void turns_remove(struct turns *, struct turn *);

#endif
