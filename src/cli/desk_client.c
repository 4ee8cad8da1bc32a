/* SPDX-License-Identifier: Apache-2.0 */
/* Used by send, list, show, get, receipt and status. */
#include "cli/desk_client.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "processes/process.h"

#define TICK_US 200000

struct desk_client {
	struct event_base *loop;
	struct ipc *link;
	uint64_t id;
	desk_answer *answer;
	void *context;
	desk_tick *tick; /* of the next question; NULL: none */
	void *tick_context;
	bool over; /* the question: what comes behind its last answer changes nothing */
	enum status status;
	struct fault fault;
};

static void asked(struct desk_client *c, enum status st)
{
	c->status = st;
	c->over = true;
	event_base_loopbreak(c->loop);
}

static void not_answered(struct desk_client *c, const char *code, const char *why)
{
	if (!c->over)
		asked(c, fault_set(&c->fault, ST_RETRY, code, "%s", why));
}

static void on_try_later(struct desk_client *c, const struct ipc_packet *packet)
{
	struct verb_fault body;

	if (ipc_body_parse(&body, packet, &c->fault) == ST_OK)
		fault_from_verb(&c->fault, body.status, body.code, body.text);
	asked(c, c->fault.status);
}

static void on_packet(void *context, struct ipc *link, struct ipc_packet *packet)
{
	struct desk_client *c = context;

	(void)link;
	if (packet->id != c->id || c->over)
		return;
	if (packet->code == VERB_TRY_LATER)
		on_try_later(c, packet);
	else if (c->answer(c->context, packet))
		asked(c, ST_OK);
}

static void on_closed(void *context, struct ipc *link, const struct fault *why)
{
	struct desk_client *c = context;

	(void)why;
	ipc_free(link);
	c->link = NULL;
	not_answered(c, "gateway.closed",
		"the gateway closed the connection: it is stopping or restarting");
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct desk_client *c = context;

	(void)fd;
	(void)what;
	c->tick(c->tick_context);
}

static void on_timeout(evutil_socket_t fd, short what, void *context)
{
	struct desk_client *c = context;

	(void)fd;
	(void)what;
	not_answered(c, "gateway.timeout", "no answer in time");
}

/*
 * A socket's path has 107 bytes, a home may be deeper: connect through the directory's descriptor.
 */
static enum status control_connect(int *out, const char *home, struct fault *f)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO_FD fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0),
		at = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (at < 0)
		return errno == ENOENT
			? fault_set(f, ST_NONE, "home.missing",
				  "there is no %s: make a home with `tieline init`", home)
			: fault_errno(f, ST_HOST, "home.open", "%s", home);
	AUTO_FD dir = openat(at, "run", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 && errno != ENOENT)
		return fault_errno(f, ST_HOST, "gateway.denied", "%s/run", home);
	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/control.sock", dir);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return errno == EACCES
			? fault_set(f, ST_AUTH, "gateway.denied",
				  "this user may not command the gateway on %s: ask as its owner or root",
				  home)
			: fault_set(f, ST_HOST, "gateway.down",
				  "no gateway runs on %s: start it with `tieline serve`", home);
	*out = FD_TAKE(fd);
	return ST_OK;
}

enum status desk_client_open(struct desk_client **out, const char *home, struct fault *f)
{
	static const struct ipc_events events = { .packet = on_packet, .closed = on_closed };
	int fd;

	TRY(control_connect(&fd, home, f));
	struct desk_client *c = alloc_zeroed(1, sizeof(*c));
	c->loop = event_base_new();
	c->link = ipc_new(
		c->loop, fd, &verbs, ROLE_BIT(ROLE_CLIENT), ROLE_BIT(ROLE_DESK), &events, c);
	*out = c;
	return ST_OK;
}

void desk_client_free(struct desk_client *c)
{
	if (!c)
		return;
	ipc_free(c->link);
	event_base_free(c->loop);
	free(c);
}

void desk_client_watch(struct desk_client *c, desk_tick *tick, void *context)
{
	c->tick = tick;
	c->tick_context = context;
}

enum status desk_client_ask(struct desk_client *c, enum verb verb, const void *body, int fd,
	int64_t timeout_ms, desk_answer *answer, void *context, struct fault *f)
{
	c->answer = answer;
	c->context = context;
	c->over = false;
	c->id++;
	TRY(process_send(c->link, verb, c->id, body, fd, f));
	struct event *timer = evtimer_new(c->loop, on_timeout, c),
		     *ticks = event_new(c->loop, -1, EV_PERSIST, on_tick, c);
	if (c->tick)
		event_add(ticks, &(struct timeval){ 0, TICK_US });
	if (timeout_ms >= 0)
		event_add(
			timer, &(struct timeval){ timeout_ms / 1000, (timeout_ms % 1000) * 1000 });
	event_base_dispatch(c->loop);
	event_free(timer);
	event_free(ticks);
	c->tick = NULL;
	if (c->status != ST_OK)
		*f = c->fault;
	return c->status;
}
