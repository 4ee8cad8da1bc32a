/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a batch that somebody waits for stays open for company.  Each commit costs a sync, the
 * pages it touched and a wake-up of whoever is told; so the more came with the batch before, the
 * longer the next one waits, and no longer than something goes on coming: where everybody waits for
 * this batch, more time would be lost.  Nor does it wait once enough have come: most of what a
 * commit costs is shared by then, and while all wait for it nobody has anything to do.  Used by
 * ledger_batch.c.
 */
#ifndef TIELINE_PROCESSES_COMPANY_H
#define TIELINE_PROCESSES_COMPANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMPANY_STEP_MS 2   /* something must come in each */
#define COMPANY_STEPS_MAX 3
#define COMPANY_LEAST 4     /* answers of a batch that say that more are coming */
#define COMPANY_ENOUGH 12   /* that wait for this one */

struct company {
	unsigned left;    /* steps */
	unsigned waiting; /* for the commit */
	bool came;        /* something, in this step */
	bool ends;
};

/* Of a batch that opens. */
void company_init(struct company *);
/* Somebody waits for it; `answers`: of the batch before.  How long to wait, in ns; 0: not. */
int64_t company_begin(struct company *, size_t answers);
/*
 * Something joined the batch; waits: for its commit.  True: with it there are enough, and the batch
 * waits no longer.
 */
bool company_join(struct company *, bool waits);
/* That time is over.  How long to wait on, in ns; 0: no longer. */
int64_t company_wait(struct company *);
/* Something joined that waits for nobody, and nothing beside it does any more. */
void company_end(struct company *);

#endif
