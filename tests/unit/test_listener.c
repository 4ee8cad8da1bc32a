/* SPDX-License-Identifier: Apache-2.0 */
/* Who connects, and who else gets a turn while many do. */
#include "exchange_expect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "processes/listener.h"

#define CROWD 40

struct scene {
	struct event_base *loop;
	struct listener *listener;
	struct sockaddr_in where;
	unsigned accepted, failed, most;
	int error;
	int peers[CROWD]; /* of those who connect */
};

static void on_accepted(void *context, int fd, const struct sockaddr *from)
{
	struct scene *s = context;

	assert_int_equal(from->sa_family, AF_INET);
	close(fd);
	if (++s->accepted == s->most)
		listener_switch(s->listener, false);
}

static void on_failed(void *context)
{
	struct scene *s = context;

	s->error = errno;
	s->failed++;
}

static const struct listener_events events = { .accepted = on_accepted, .failed = on_failed };

static void scene_begin(struct scene *s)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	socklen_t size = sizeof(s->where);

	*s = (struct scene){ .loop = event_base_new(),
		.where = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } } };
	assert_int_equal(bind(fd, (void *)&s->where, size), 0);
	assert_int_equal(listen(fd, CROWD), 0);
	assert_int_equal(getsockname(fd, (void *)&s->where, &size), 0);
	s->listener = listener_new(s->loop, fd, &events, s);
	for (size_t i = 0; i < CROWD; i++) {
		s->peers[i] = socket(AF_INET, SOCK_STREAM, 0);
		assert_int_equal(connect(s->peers[i], (void *)&s->where, size), 0);
	}
}

static void scene_end(struct scene *s)
{
	for (size_t i = 0; i < CROWD; i++)
		close(s->peers[i]);
	listener_free(s->listener);
	event_base_free(s->loop);
}

static void turn(struct scene *s)
{
	assert_true(event_base_loop(s->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

static void a_crowd_comes_in_turns(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	turn(&s);
	assert_int_equal(s.accepted, LISTENER_TURN_MAX);
	turn(&s);
	assert_int_equal(s.accepted, 2 * LISTENER_TURN_MAX);
	turn(&s);
	assert_int_equal(s.accepted, CROWD);
	turn(&s);
	assert_int_equal(s.accepted, CROWD);
	assert_int_equal(s.failed, 0);
	scene_end(&s);
}

/* The place was the last: nobody else is taken, also of this turn, until there is room. */
static void switched_off_within_a_turn_it_takes_nobody_more(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.most = 3;
	turn(&s);
	turn(&s);
	assert_int_equal(s.accepted, 3);
	listener_switch(s.listener, true);
	turn(&s);
	assert_int_equal(s.accepted, 3 + LISTENER_TURN_MAX);
	scene_end(&s);
}

static void out_of_descriptors_it_says_so_once(void **state)
{
	struct rlimit limit;
	struct scene s;

	(void)state;
	scene_begin(&s);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	struct rlimit none = { .rlim_cur = 3, .rlim_max = limit.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	turn(&s);
	turn(&s);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(s.failed, 1);
	assert_int_equal(s.error, EMFILE);
	assert_int_equal(s.accepted, 0);
	listener_switch(s.listener, true);
	turn(&s);
	assert_int_equal(s.accepted, LISTENER_TURN_MAX);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crowd_comes_in_turns),
		cmocka_unit_test(switched_off_within_a_turn_it_takes_nobody_more),
		cmocka_unit_test(out_of_descriptors_it_says_so_once),
	};

	return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
