/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this host's clock can be right, by what a gateway holds: its own certificates, and when
 * it last recorded something.  A clock that cannot be right makes certificates end that do not:
 * whoever followed the advice for those would make a new home for nothing.
 */
#ifndef TIELINE_SAFEGUARDS_CLOCK_BELIEF_H
#define TIELINE_SAFEGUARDS_CLOCK_BELIEF_H

#include "base/clock.h"
#include "safeguards/cert.h"

#define CLOCK_WRONG_DAYS 180
#define CLOCK_WRONG_MAX 256 /* bytes with the NUL */
/* What to do about it, and what not. */
#define CLOCK_WRONG_ADVICE                                                                         \
	"set this host's clock right, and reload: nothing else is known to be wrong until then; "  \
	"renew nothing by such a clock"

enum clock_belief {
	CLOCK_BELIEVED,
	CLOCK_DOUBTED, /* our certificate for signing is not valid: it may have ended */
	/*
	 * It is not valid yet; or it ended, and so did our root, or CLOCK_WRONG_DAYS ago: nobody
	 * leaves a gateway so.
	 */
	CLOCK_WRONG,
};

struct clock_held {
	const struct cert *root; /* ours; NULL: not known */
	const struct cert *sign; /* the one we send with; NULL: nothing is doubted */
	int64_t recorded_ns;     /* clock_recorded_ns(); 0: not known */
};

enum clock_belief clock_belief(const struct clock_held *, int64_t now_ns);

/*
 * "the clock says 2036-11-30T12:00:00.000Z; the newest thing recorded is of
 * 2026-11-30T12:00:00.000Z";
 * what was recorded outside the time of our certificate was recorded by a wrong clock, and then the
 * certificate's beginning is named.  sign may not be NULL.  Returns out.
 */
char *clock_wrong_words(
	char out[CLOCK_WRONG_MAX], const struct clock_held *, int64_t now_ns);

/* When ledger.db or its log in this directory (AT_FDCWD) was last written; 0: neither is there. */
int64_t clock_recorded_ns(int ledger_dir);

#endif
