/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket on libevent's loop, a few connections each turn: however fast others connect,
 * who is connected already gets his turn, too.
 */
#ifndef TIELINE_PROCESSES_LISTENER_H
#define TIELINE_PROCESSES_LISTENER_H

#include "base/own.h"

#include <stdbool.h>

#define LISTENER_TURN_MAX 16 /* connections taken before others have a turn */

struct event_base;
struct sockaddr;
struct listener;

struct listener_events {
	void (*accepted)(void *context, int fd, const struct sockaddr *); /* fd becomes its own */
	/* accept() failed for want of something, errno says of what; it is switched off. */
	void (*failed)(void *context);
};

/* fd, which does not block, becomes its own; switched on.  Dies without memory. */
struct listener *listener_new(
	struct event_base *, int fd, const struct listener_events *, void *context);
void listener_free(struct listener *);
DEFINE_AUTO(listener)

void listener_switch(struct listener *, bool on); /* also within its events */

#endif
