/* SPDX-License-Identifier: Apache-2.0 */
/* What is due goes to couriers, lane by lane (dispatch.h), and comes back when they are lost. */
#ifndef TIELINE_PROCESSES_LEDGER_LANES_H
#define TIELINE_PROCESSES_LEDGER_LANES_H

#include "processes/ledger.h"

/*
 * Hands out all that is due, as far as couriers and the limits of lanes allow, and sets the timer
 * for the rest.  Only what is durable: not while a batch is open that stored something.
 */
void lanes_pump(struct house *);

/*
 * Nothing of this lane is due and a courier is free: the message need not be read back from the
 * database to go.
 */
bool lanes_may_launch(struct house *, const struct lane *, unsigned *courier);

/* With the commit, as its first attempt.  Takes the parcel. */
void lanes_launch(struct house *, const struct verb_enqueue *, uint64_t row, struct lane *,
	unsigned courier, int parcel);

/* The attempt, which began then (UTC), failed; the next is due after the pause. */
void lanes_defer(struct house *, uint64_t row, struct lane *, const struct fault *why,
	int64_t begun_ns, int64_t pause_ns);

/* It failed because of its partner: the pause is over as soon as that is reached. */
void lanes_unreached(struct house *, uint64_t row, struct lane *);

/* Nobody knows how an attempt ended: it is made again soon. */
void lanes_flight_lost(struct house *, const struct flight *, const struct fault *why);
void lanes_courier_lost(struct house *, unsigned index);

#endif
