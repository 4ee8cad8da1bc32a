/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files for bodies too large for a row, in spool/ below the current directory.  A file is handed
 * out under a temporary name and recognised by its inode when it comes back inside a parcel; then
 * it gets its name for good.
 */
#ifndef TIELINE_LEDGER_SPOOL_H
#define TIELINE_LEDGER_SPOOL_H

#include "base/fd.h"

#define SPOOL_NAME_MAX 40   /* bytes with the NUL */
#define SPOOL_OUT_MAX 1024  /* files lent and not yet back: then ST_RETRY "spool.busy" */

struct spool;

/* One sentence of who reads it, and of fsck. */
#define SPOOL_MISSING "a message names a spool file that is not there"

/*
 * Removes what no message refers to: `keep` is asked of every stored name found.  ST_HOST
 * "spool.open".
 */
NODISCARD enum status spool_open(struct spool **out, bool (*keep)(void *context, const char *name),
	void *context, struct fault *f);
void spool_free(struct spool *);
DEFINE_AUTO(spool)

/* A file for a parcel, lent to `owner` until it comes back in one, or is forgotten. */
NODISCARD enum status spool_lend(
	int *fd, struct spool *, unsigned owner, uint64_t ticket, struct fault *f);
/* The file lent on this ticket will not come back, or did: in the first case it is removed. */
void spool_forget(struct spool *, unsigned owner, uint64_t ticket);
void spool_forget_all(struct spool *, unsigned owner);

/* A file without a name, for bytes on their way: gone with its last descriptor. */
NODISCARD enum status spool_scratch(int *fd, struct spool *, struct fault *f);

/*
 * Syncs the file behind fd and names it for good; spool_sync makes the name durable. ST_HOST
 * "spool.unknown" | "spool.store", ST_RETRY | ST_HOST "spool.sync".
 */
NODISCARD enum status spool_store(
	char name[SPOOL_NAME_MAX], struct spool *, int fd, struct fault *f);

/* Before the commit: the directory entries of what was stored become durable. */
NODISCARD enum status spool_sync(struct spool *, struct fault *f);
/* The batch failed: what was stored in it goes. */
void spool_undo(struct spool *);
/* It is committed: what was stored stays.  Nothing of it is cut before the commit is durable. */
void spool_commit(struct spool *);
void spool_durable(struct spool *);
/*
 * Instead of spool_undo, when nobody can tell whether the commit may yet hold: the files stay as
 * they are, and what no message refers to goes when the spool is opened next.
 */
void spool_abandon(struct spool *);

/*
 * While it is pinned nothing is cut: what was to be is, once it is not any more.  A file that a
 * copy of the database speaks of is then as that says.
 */
void spool_pin(struct spool *, bool pinned);

/* Bytes that may still be written to the spool's disk. */
NODISCARD enum status spool_room(uint64_t *bytes, const struct spool *, struct fault *f);

/* ST_HOST SPOOL_GONE; "spool.read": this host cannot open it now. */
#define SPOOL_GONE "spool.gone"
NODISCARD enum status spool_read(int *fd, struct spool *, const char *name, struct fault *f);
/* Once that is durable: the file is cut to its first n bytes. */
void spool_cut(struct spool *, const char *name, uint64_t n);

#endif
