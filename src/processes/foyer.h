/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where connections from addresses nobody knows wait while an outage notice is in hand: nothing is
 * done for them but accept(), and then they come in one after the other (urgency.h).  A handshake
 * costs as much as a notice; a crowd of them at once kept it behind all.
 */
#ifndef TIELINE_PROCESSES_FOYER_H
#define TIELINE_PROCESSES_FOYER_H

#include "base/own.h"

#include <stdbool.h>
#include <stdint.h>

/* More than the budget of strangers lets in at once (limits.stranger-handshakes). */
#define FOYER_MAX 128

struct event_base;
struct sockaddr;
struct foyer;

struct foyer_events {
	int64_t (*wait_ns)(void *context); /* how long the next has still to wait, 0: not at all */
	void (*enter)(void *context, int fd, const struct sockaddr *); /* fd becomes its own */
};

/* Dies without memory. */
struct foyer *foyer_new(struct event_base *, const struct foyer_events *, void *context);
/* Who waits is sent away. */
void foyer_free(struct foyer *);
DEFINE_AUTO(foyer)

/*
 * It enters at once when nobody waits and it need not; its fd is taken.  False: it is full, and the
 * fd is the caller's.
 */
bool foyer_add(struct foyer *, int fd, const struct sockaddr *);

#endif
