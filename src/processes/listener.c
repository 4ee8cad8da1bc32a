/* SPDX-License-Identifier: Apache-2.0 */
/* libevent's own listener goes on until nobody is left, which in a flood is never. */
#include "processes/listener.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "base/log.h"

struct listener {
	int fd;
	bool on;
	struct event *readable;
	const struct listener_events *events;
	void *context;
};

/* Nobody is there, or he is gone again. */
static bool is_passing(int error)
{
	return error == EAGAIN || error == EINTR || error == ECONNABORTED;
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
	struct listener *l = context;

	(void)what;
	for (unsigned i = 0; i < LISTENER_TURN_MAX && l->on; i++) {
		struct sockaddr_storage from;
		socklen_t size = sizeof(from);
		int peer = accept4(fd, (void *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (peer >= 0) {
			l->events->accepted(l->context, peer, (const void *)&from);
			continue;
		}
		if (!is_passing(errno)) {
			l->events->failed(l->context);
			listener_switch(l, false);
		}
		return;
	}
}

struct listener *listener_new(
	struct event_base *loop, int fd, const struct listener_events *events, void *context)
{
	struct listener *l = alloc_zeroed(1, sizeof(*l));

	*l = (struct listener){ .fd = fd, .events = events, .context = context };
	l->readable = event_new(loop, fd, EV_READ | EV_PERSIST, on_readable, l);
	if (!l->readable)
		die("no memory for the listener");
	listener_switch(l, true);
	return l;
}

void listener_free(struct listener *l)
{
	if (!l)
		return;
	event_free(l->readable);
	fd_close(&l->fd);
	free(l);
}

void listener_switch(struct listener *l, bool on)
{
	l->on = on;
	if (on)
		event_add(l->readable, NULL);
	else
		event_del(l->readable);
}
