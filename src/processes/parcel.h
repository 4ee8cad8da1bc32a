/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the pieces of a message into one descriptor for the ledger: a sealed memory file, or a spool
 * file when large.
 */
#ifndef TIELINE_PROCESSES_PARCEL_H
#define TIELINE_PROCESSES_PARCEL_H

#include "ledger/ledger.h"

#define PARCEL_PIECES_MAX 8

/*
 * What is put together: a piece that lies in one of `bufs`, in the spool file, stays where it is.
 */
struct parcel {
	struct slice pieces[PARCEL_PIECES_MAX];
	size_t count;
	int spool;                /* -1, or a file of the ledger's, which stays the caller's */
	struct buf *bufs[PARCEL_PIECES_MAX];
	size_t buf_count;
};

/*
 * Says where each piece is.  Those that are not there are written one after the other; the last
 * piece is behind all others.  Of a spool file, what is no piece is given back to the disk, and the
 * rest synced.  *fd is the caller's.  ST_HOST, ST_RETRY "host.disk-full".
 */
NODISCARD enum status parcel_make(
	int *fd, struct section where[], const struct parcel *, struct fault *f);

#endif
