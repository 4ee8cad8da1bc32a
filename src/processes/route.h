/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to one partner: its address, its pins, its connections.  Every route has a libcurl multi
 * handle of its own, so that no connection can ever carry one partner's message to another.
 */
#ifndef TIELINE_PROCESSES_ROUTE_H
#define TIELINE_PROCESSES_ROUTE_H

#include "processes/process.h"
#include "processes/transfer.h"

struct route;

/*
 * An attempt ended, well or with a fault, or the partner has some of it and its rest is due
 * (transfer.h); free the transfer.  Not called for aborted ones.
 */
typedef void route_done(
	void *context, struct route *, struct transfer *, enum status, const struct fault *);

struct route *route_new(struct process *, const struct partner *, route_done *, void *context);
void route_free(struct route *); /* aborts what is under way; never from within route_done */
DEFINE_AUTO(route)

/* Takes the transfer. */
void route_start(struct route *, struct transfer *, int64_t expires_ns);
void route_abort(struct route *);        /* all of it, without a word */
size_t route_busy(const struct route *); /* transfers under way */
const char *route_partner(const struct route *);

/*
 * Whether the partner is still reached the same way under the same certificates, theirs and
 * ours.
 */
bool route_serves(const struct route *, const struct partner *);

#endif
