/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A consistent copy of a ledger's database, for `tieline fsck` and `backup`.  Of a ledger at work
 * it is made in slices between batches: what is committed meanwhile goes into the copy, too
 * (SQLite's backup over the ledger's own connection), so it ends however much is written, and is
 * the ledger of the moment it ended at.  Each slice is read from the disk, not from what the ledger
 * has of it in memory.
 */
#ifndef TIELINE_LEDGER_LEDGER_COPY_H
#define TIELINE_LEDGER_LEDGER_COPY_H

#include "ledger/ledger.h"
#include "ledger/spool.h"

#define LEDGER_COPY_STEP 32 /* pages of a slice: 256 KiB, some 0.3 ms */
#define LEDGER_COPY_ROOM (UINT64_C(64) << 20) /* bytes that must be left beside the copy */

struct ledger_copy;

/*
 * In a nameless file of the spool's disk; what files hold is not cut from now on, until it is freed
 * (spool_pin).  One at a time.  ST_RETRY "copy.room": the disk is too full for it.
 */
NODISCARD enum status ledger_copy_new(struct ledger_copy **out, struct ledger *, struct fault *f);
void ledger_copy_free(struct ledger_copy *);
DEFINE_AUTO(ledger_copy)

/* Outside a batch.  ST_MORE: come again; ST_OK: it is whole.  ST_RETRY "ledger.full"... */
NODISCARD enum status ledger_copy_step(struct ledger_copy *, struct fault *f);
/* Borrowed. */
int ledger_copy_fd(const struct ledger_copy *);

/*
 * The database alone, of a ledger whose owner does not run, by the descriptors of its files (wal:
 * -1 when there is none): all of it at once.
 */
NODISCARD enum status ledger_copy_still(int to, int db, int wal, struct fault *f);

/*
 * What is restored is older than the world: control numbers that were given since must not be given
 * again.  Of a database nobody has open, which stays one file.  ST_HOST "ledger.corrupt"...
 */
#define LEDGER_NUMBERS_SKIPPED 100000
NODISCARD enum status ledger_copy_restored(const char *path, struct fault *f);

#endif
