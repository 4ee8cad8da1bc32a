/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of revocation, kept over restarts: verified lists and answers, the newest of each
 * key.  To the ledger they are bytes with two times and a number.
 */
#ifndef TIELINE_LEDGER_STANDINGS_H
#define TIELINE_LEDGER_STANDINGS_H

#include "ledger/ledger.h"

/* Slices are borrowed: from the asker, or until the callback returns. */
struct ledger_standing {
	unsigned kind; /* of the caller's own, below 16 */
	struct slice key;
	int64_t issued_ns, next_ns; /* when it was made, when the next one is due */
	int64_t fetched_ns;
	unsigned outcome;
	struct slice by;
	/* Empty, or STANDING_SERIES bytes that those share whose rest is compared, byte by byte. */
	struct slice counted;
	struct slice bytes;
};
#define STANDING_SERIES 32

/*
 * In a batch.  *newer: it takes the place of what was issued before it, or of nothing; what is the
 * same is only seen to have been fetched again.  ST_NONE "standing.older": a younger one is kept,
 * or a worse one (of the larger outcome) of the same moment, or one that has not ended when this
 * one was fetched and counts more (RFC 5280 5.2.3).
 */
NODISCARD enum status ledger_standing_keep(
	bool *newer, struct ledger *, const struct ledger_standing *, struct fault *f);

/* All of them, the shortest first.  Not from within `each`. */
NODISCARD enum status ledger_standings(struct ledger *,
	void (*each)(void *context, const struct ledger_standing *), void *context,
	struct fault *f);

/* In a batch: nobody asks for it any more. */
NODISCARD enum status ledger_standing_drop(
	struct ledger *, unsigned kind, struct slice key, struct fault *f);

#endif
