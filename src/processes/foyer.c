/* SPDX-License-Identifier: Apache-2.0 */
/* Used by the edge.  A ring, and a timer for the first of them. */
#include "processes/foyer.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/fd.h"

struct visitor {
	int fd;
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} from;
};

struct foyer {
	const struct foyer_events *events;
	void *context;
	struct event *next;
	unsigned first, count;
	struct visitor visitors[FOYER_MAX];
};

static void next_in(struct foyer *f, int64_t wait_ns)
{
	int64_t us = (wait_ns + 999) / 1000;

	if (event_add(f->next, &(struct timeval){ us / 1000000, us % 1000000 }) != 0)
		die("watching for the next visitor failed");
}

/* One at a time: what is more urgent may have come meanwhile. */
static void on_next(evutil_socket_t fd, short what, void *context)
{
	struct foyer *f = context;
	int64_t wait_ns = f->events->wait_ns(f->context);

	(void)fd;
	(void)what;
	if (wait_ns == 0) {
		struct visitor v = f->visitors[f->first];
		f->first = (f->first + 1) % FOYER_MAX;
		f->count--;
		f->events->enter(f->context, v.fd, &v.from.any);
	}
	if (f->count > 0)
		next_in(f, wait_ns);
}

struct foyer *foyer_new(struct event_base *loop, const struct foyer_events *events, void *context)
{
	struct foyer *f = alloc_zeroed(1, sizeof(*f));

	f->events = events;
	f->context = context;
	f->next = evtimer_new(loop, on_next, f);
	if (!f->next)
		die("no memory for a timer");
	return f;
}

void foyer_free(struct foyer *f)
{
	if (!f)
		return;
	for (unsigned i = 0; i < f->count; i++)
		fd_close(&f->visitors[(f->first + i) % FOYER_MAX].fd);
	event_free(f->next);
	free(f);
}

static struct visitor visitor_of(int fd, const struct sockaddr *from)
{
	struct visitor v = { .fd = fd };

	if (from->sa_family == AF_INET)
		v.from.v4 = *(const struct sockaddr_in *)(const void *)from;
	else
		v.from.v6 = *(const struct sockaddr_in6 *)(const void *)from;
	return v;
}

bool foyer_add(struct foyer *f, int fd, const struct sockaddr *from)
{
	int64_t wait_ns = f->events->wait_ns(f->context);

	if (f->count == 0 && wait_ns == 0) {
		f->events->enter(f->context, fd, from);
		return true;
	}
	if (f->count == FOYER_MAX)
		return false;
	f->visitors[(f->first + f->count++) % FOYER_MAX] = visitor_of(fd, from);
	if (f->count == 1)
		next_in(f, wait_ns);
	return true;
}
