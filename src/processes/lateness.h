/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a message came in time, and what both sides keep when it did not: its deadline, when it
 * was sent and when it had wholly come, each by the clock of whoever says so, with how good that
 * clock is.  The receiver signs it in the refusal (mdn.h), and both show it in the same words.
 */
#ifndef TIELINE_PROCESSES_LATENESS_H
#define TIELINE_PROCESSES_LATENESS_H

#include "base/clock_quality.h"

struct lateness {
	int64_t deadline_ns;         /* 0: it has none, and is never late */
	int64_t received_ns;         /* its last byte */
	struct clock_said sent;      /* by the sender's clock; at_ns 0: not said */
	struct clock_quality clock;  /* the receiver's */
};

/* The earliest that it can have come: when it did, less what both clocks may be wrong by. */
int64_t lateness_came_ns(const struct lateness *);

/*
 * ST_INPUT "message.late": beyond what both clocks may be wrong by in good faith, which is a second
 * each at most (clock_allowance_ns).  The text is the record:
 *
 *   deadline=TIME received=TIME clock=CLOCK sent=TIME sender-clock=CLOCK
 *
 * with CLOCK one of "1500us" (synchronised, wrong by that at most), "unsynchronised", "unknown".
 */
NODISCARD enum status lateness_check(const struct lateness *, struct fault *f);

/* The record as a fault, whether or not it is late by our reckoning. */
enum status lateness_fault(struct fault *f, const struct lateness *);

#endif
