/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk's eye on the calendar: a certificate that nears its end is told 60, 30, 14 and 7 days
 * before and at its end, ours and partners', once each while the gateway runs.
 */
#ifndef TIELINE_PROCESSES_WATCH_H
#define TIELINE_PROCESSES_WATCH_H

#include "processes/process.h"
#include "safeguards/credentials.h"

#define WATCH_PERIOD_NS (3600 * NS_PER_S)

struct watch;

struct watch *watch_new(void);
void watch_free(struct watch *);
DEFINE_AUTO(watch)

/*
 * Calls back for every certificate that has come nearer to its end than when it was last told, and
 * remembers.  The clock is the caller's; it may be asked as often as one likes.  Returns when there
 * may be something to tell next, WATCH_PERIOD_NS from now at the latest: the clock may be set.
 */
int64_t watch_look(struct watch *, const struct keyring *ring, const struct cert *root,
	const struct registry *registry, int64_t now_ns,
	void (*tell)(void *context, const struct credential *), void *context);

/* For watch_look(): one log line, a warning or, at the end, an error. */
void watch_log(void *now_ns, const struct credential *);

#endif
