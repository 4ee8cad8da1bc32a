/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of a message that nobody could open, its bytes as they came, so that people of both sides can
 * see what was wrong: the last KEPT_MOST of a partner, for as long as whoever stores it says.  A
 * partner that sends nothing else fills no disk, and gets no more of it written in an hour.
 */
#ifndef TIELINE_LEDGER_KEPT_H
#define TIELINE_LEDGER_KEPT_H

#include "ledger/ledger.h"

#define KEPT_MOST 8 /* messages of a partner, and of an hour */
#define KEPT_BYTES_MAX (2 * LEDGER_INLINE_MAX) /* of a message, with its header lines */

/*
 * In the batch that stores message `row` as REJECTED: what a->came.bytes says, with an event that
 * has its SHA-256.  Nothing when there are enough.
 */
NODISCARD enum status kept_add(
	struct ledger *, uint64_t row, const struct ledger_arrival *a, struct fault *f);
/* In a batch: what was kept until now goes. */
NODISCARD enum status kept_expire(struct ledger *, int64_t now_ns, struct fault *f);
/* ST_NONE "message.not-kept".  *fd is the caller's. */
NODISCARD enum status kept_read(
	int *fd, uint64_t *n, struct ledger *, uint64_t row, struct fault *f);

#endif
