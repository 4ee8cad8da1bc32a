/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that changes something joins the batch that is open; nobody is told of it before the
 * batch is committed (group commit, promise 1).
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

/* A message that reached its end in this batch: committed() hears of it. */
void batch_ended(struct house *, uint64_t row);

/* Now, if one is open.  What failed is undone, and the house recovers by itself. */
void batch_commit(struct house *);

/*
 * True: the operation's outcome is ST_OK.  A fault of the host or disk undoes the batch, any other
 * only this one.
 */
bool batch_held(struct house *, enum status, const struct fault *);

#endif
