/* SPDX-License-Identifier: Apache-2.0 */
/* For the envelope, of what comes in and of the receipts for what went out. */
#include "processes/lateness.h"

#include <stdio.h>

#define CLOCK_TOKEN_MAX 32

static char *clock_token(char out[CLOCK_TOKEN_MAX], const struct clock_quality *q)
{
	if (!q->is_known)
		snprintf(out, CLOCK_TOKEN_MAX, "unknown");
	else if (!q->is_synchronised)
		snprintf(out, CLOCK_TOKEN_MAX, "unsynchronised");
	else
		snprintf(out, CLOCK_TOKEN_MAX, "%lldus", (long long)(q->maximum_ns / 1000));
	return out;
}

enum status lateness_fault(struct fault *f, const struct lateness *l)
{
	char deadline[TIME_TEXT_MAX], received[TIME_TEXT_MAX], sent[TIME_TEXT_MAX] = "unknown";
	char clock[CLOCK_TOKEN_MAX], sender[CLOCK_TOKEN_MAX];

	if (l->sent.at_ns != 0)
		time_format(sent, l->sent.at_ns);
	return fault_set(f, ST_INPUT, "message.late",
		"deadline=%s received=%s clock=%s sent=%s sender-clock=%s",
		time_format(deadline, l->deadline_ns), time_format(received, l->received_ns),
		clock_token(clock, &l->clock), sent, clock_token(sender, &l->sent.quality));
}

int64_t lateness_came_ns(const struct lateness *l)
{
	return l->received_ns - clock_allowance_ns(&l->clock) -
		clock_allowance_ns(&l->sent.quality);
}

enum status lateness_check(const struct lateness *l, struct fault *f)
{
	if (l->deadline_ns == 0 || lateness_came_ns(l) <= l->deadline_ns)
		return ST_OK;
	return lateness_fault(f, l);
}
