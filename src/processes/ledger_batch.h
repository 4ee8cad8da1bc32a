/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that changes something joins the batch that is open; nobody is told of it before the
 * batch is durable (group commit, promise 1).  While one is being synced the next is open, and is
 * committed when that is done: the disk has one sync to do at a time, and nobody waits idly for it.
 */
#ifndef TIELINE_PROCESSES_LEDGER_BATCH_H
#define TIELINE_PROCESSES_LEDGER_BATCH_H

#include "processes/ledger.h"

/* In `ns` from now, at most in an hour, which is looked at again; what is past, at once. */
void timer_in(struct event *, int64_t ns);

/* `soft`: nobody waits for this to become durable.  ST_HOST | ST_RETRY "ledger.*". */
NODISCARD enum status batch_open(struct house *, bool soft, struct fault *f);

/* The most urgent lane waits for no company: what has come by now goes with it. */
void batch_hurry(struct house *, enum area);

/* A message that reached its end in this batch: durable() hears of it. */
void batch_ended(struct house *, uint64_t row);
/* Whether it did in the batch that is open: then what it says now is not durable. */
bool batch_ends(const struct house *, uint64_t row);

/* The timer and the syncer of batches.  ST_HOST. */
NODISCARD enum status batch_init(struct house *, struct fault *f);

/*
 * A batch is committed by the timer, or as soon as the one before it is durable; by this at once:
 * all that was done before is durable, and has been told, or is undone.  What failed is undone, and
 * the house recovers by itself; a sync that failed ends the process.
 */
void batch_settle(struct house *);

/*
 * True: the operation's outcome is ST_OK.  A fault of the host or disk undoes the batch, any other
 * only this one.
 */
bool batch_held(struct house *, enum status, const struct fault *);

#endif
