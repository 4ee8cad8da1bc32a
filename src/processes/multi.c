/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl wants to hear of, sockets and one timer, are events of the loop. */
#include "processes/multi.h"

#include <event2/event.h>
#include <stdlib.h>

struct multi {
	CURLM *curl;
	struct event_base *loop;
	struct event *timer;
	multi_ended *ended;
	void *context;
};

static void ended_collect(struct multi *m)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(m->curl, &left)))
		if (message->msg == CURLMSG_DONE)
			m->ended(m->context, message->easy_handle, message->data.result);
}

static void on_ready(evutil_socket_t fd, short what, void *context)
{
	struct multi *m = context;
	int actions =
		(what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	int running;

	curl_multi_socket_action(m->curl, fd, actions, &running);
	ended_collect(m);
}

static void on_time(evutil_socket_t fd, short what, void *context)
{
	struct multi *m = context;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(m->curl, CURL_SOCKET_TIMEOUT, 0, &running);
	ended_collect(m);
}

static int on_socket_wish(
	CURL *easy, curl_socket_t fd, int wish, void *context, void *socket_context)
{
	struct multi *m = context;
	struct event *event = socket_context;
	short what = EV_PERSIST | (wish & CURL_POLL_IN ? EV_READ : 0) |
		(wish & CURL_POLL_OUT ? EV_WRITE : 0);

	(void)easy;
	if (wish == CURL_POLL_REMOVE) {
		if (event)
			event_free(event);
		return 0;
	}
	if (event) {
		event_del(event);
		event_assign(event, m->loop, fd, what, on_ready, m);
	} else {
		event = event_new(m->loop, fd, what, on_ready, m);
		curl_multi_assign(m->curl, fd, event);
	}
	return event && event_add(event, NULL) == 0 ? 0 : -1;
}

static int on_timer_wish(CURLM *curl, long timeout_ms, void *context)
{
	struct multi *m = context;
	struct timeval tv = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };

	(void)curl;
	return timeout_ms < 0 ? event_del(m->timer) : event_add(m->timer, &tv);
}

struct multi *multi_new(struct event_base *loop, multi_ended *ended, void *context)
{
	struct multi *m = alloc_zeroed(1, sizeof(*m));

	*m = (struct multi){ .curl = curl_multi_init(),
		.loop = loop,
		.timer = evtimer_new(loop, on_time, m),
		.ended = ended,
		.context = context };
	if (!m->curl || !m->timer)
		die("libcurl gives no handle");
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, on_socket_wish);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, on_timer_wish);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	return m;
}

void multi_free(struct multi *m)
{
	if (!m)
		return;
	curl_multi_cleanup(m->curl);
	event_free(m->timer);
	free(m);
}

CURLM *multi_handle(const struct multi *m)
{
	return m->curl;
}
