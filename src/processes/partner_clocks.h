/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By how much partners' clocks differ from ours, measured from receipts: when we began to send and
 * had the receipt, by our clock, and when the message had wholly come and its receipt was made, by
 * theirs.  As in NTP (RFC 5905, 8) the four moments bound the difference, whatever the network did;
 * of the last few receipts the one with the narrowest bounds counts.  Kept while the process runs.
 */
#ifndef TIELINE_PROCESSES_PARTNER_CLOCKS_H
#define TIELINE_PROCESSES_PARTNER_CLOCKS_H

#include "base/clock_quality.h"

#define CLOCK_SAMPLES 8 /* of a partner that are kept */

struct clock_sample {
	int64_t sent_ns, answered_ns; /* ours */
	int64_t received_ns;          /* theirs */
	int64_t made_ns;              /* theirs; 0: not said, then it is as if made at once */
};

/* Their clock is ahead of ours by so much, give or take. */
struct clock_difference {
	int64_t ahead_ns, error_ns;
	int64_t at_ns;                /* when that was measured */
};

/* False: the moments cannot be true, or are not there. */
bool clock_difference_of(struct clock_difference *out, const struct clock_sample *);
/* Whatever the error, it is more than so much. */
bool clock_is_far(const struct clock_difference *, int64_t limit_ns);

struct partner_clocks;
struct partner_clocks *partner_clocks_new(void);
void partner_clocks_free(struct partner_clocks *);

/* Of a message that was sent once only: a repeat is answered with an old receipt. */
void partner_clocks_note(
	struct partner_clocks *, struct slice partner, const struct clock_sample *);
/* False: nothing is known of it. */
bool partner_clocks_find(
	struct clock_difference *out, const struct partner_clocks *, struct slice partner);
void partner_clocks_each(const struct partner_clocks *,
	void (*each)(void *context, struct slice partner, const struct clock_difference *),
	void *context);

#endif
