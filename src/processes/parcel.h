/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the pieces of a message into one descriptor for the ledger: a sealed memory file, or a spool
 * file when large.
 */
#ifndef TIELINE_PROCESSES_PARCEL_H
#define TIELINE_PROCESSES_PARCEL_H

#include "ledger/ledger.h"

/*
 * Writes pieces[i] one after the other and says where each went.  spool: -1, or an empty file from
 * the ledger, which stays the caller's.  *fd is the caller's either way.  ST_HOST, ST_RETRY
 * "host.disk-full".
 */
NODISCARD enum status parcel_make(int *fd, struct section where[], const struct slice pieces[],
	size_t count, int spool, struct fault *f);

#endif
