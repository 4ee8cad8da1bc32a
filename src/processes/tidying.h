/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what the log of the ledger holds goes into the database.  That takes as long as many
 * commits, and a sync of the database as long as some more, so a thread does it (aside.h) while
 * batches go on.  Only at the end of the log, where it begins anew, the loop waits: for the few
 * pages that came behind the thread, and their sync.  Neither begins while an outage notice is in
 * hand, unless the log would grow too long.  Used by ledger_batch.c.
 */
#ifndef TIELINE_PROCESSES_TIDYING_H
#define TIELINE_PROCESSES_TIDYING_H

#include <stdbool.h>

/* Pages of 8 KiB. */
#define TIDYING_GROWN 500     /* behind what the thread did last: it is asked again */
#define TIDYING_LOG 4000      /* the log begins anew */
#define TIDYING_LOG_MOST 8000 /* also while a notice is in hand */
#define TIDYING_LEFT 100      /* so few the loop does itself */

enum tidying_step { TIDYING_NONE, TIDYING_BESIDE, TIDYING_HERE };

struct tidying {
	unsigned done; /* pages that the log had when the thread was asked last */
	bool is_under_way;
};

/* After a commit: the log has so many pages. */
enum tidying_step tidying_next(const struct tidying *, unsigned pages, bool notice_in_hand);
/* The thread is asked, and done. */
void tidying_begin(struct tidying *, unsigned pages);
void tidying_end(struct tidying *);

#endif
