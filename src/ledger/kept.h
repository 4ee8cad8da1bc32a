/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of a message that nobody could open, and of an answer that is no receipt for ours, the bytes as
 * they came, so that people of both sides can see what was wrong: the last KEPT_MOST of a partner,
 * for as long as whoever stores it says.  A partner that sends nothing else fills no disk, and gets
 * no more of it written in an hour.
 */
#ifndef TIELINE_LEDGER_KEPT_H
#define TIELINE_LEDGER_KEPT_H

#include "ledger/ledger.h"

#define KEPT_MOST 8 /* of a partner, and of an hour; of one message one */
#define KEPT_BYTES_MAX (2 * LEDGER_INLINE_MAX) /* of a message, with its header lines */

struct kept {
	uint64_t row; /* the message, or the one it answers */
	struct slice partner;
	int64_t at_ns, until_ns;
	struct slice head;    /* put before the bytes */
	struct section bytes; /* of the descriptor; none: nothing is kept */
	int fd;               /* borrowed */
};
/* In a batch, with an event that has the SHA-256.  Nothing when there are enough. */
NODISCARD enum status kept_add(struct ledger *, const struct kept *, struct fault *f);
/* In a batch: what was kept until now goes. */
NODISCARD enum status kept_expire(struct ledger *, int64_t now_ns, struct fault *f);
/* ST_NONE "message.not-kept".  *fd is the caller's. */
NODISCARD enum status kept_read(
	int *fd, uint64_t *n, struct ledger *, uint64_t row, struct fault *f);

#endif
