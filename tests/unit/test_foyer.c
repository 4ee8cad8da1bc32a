/* SPDX-License-Identifier: Apache-2.0 */
/* Who has to wait before the door, for how long, and that nobody is forgotten there. */
#include "exchange_expect.h"

#include <event2/event.h>
#include <netinet/in.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "processes/foyer.h"

struct scene {
	struct event_base *loop;
	struct foyer *foyer;
	int64_t wait_ns; /* as long as something urgent is in hand */
	unsigned count;
	uint16_t ports[FOYER_MAX + 1]; /* of those who entered, in their order */
};

static int64_t wait_ns(void *context)
{
	return ((struct scene *)context)->wait_ns;
}

static void enter(void *context, int fd, const struct sockaddr *from)
{
	struct scene *s = context;

	s->ports[s->count++] = from->sa_family == AF_INET
		? ((const struct sockaddr_in *)(const void *)from)->sin_port
		: ((const struct sockaddr_in6 *)(const void *)from)->sin6_port;
	close(fd);
}

static void scene_begin(struct scene *s)
{
	static const struct foyer_events events = { wait_ns, enter };

	*s = (struct scene){ .loop = event_base_new() };
	s->foyer = foyer_new(s->loop, &events, s);
}

static void scene_end(struct scene *s)
{
	foyer_free(s->foyer);
	event_base_free(s->loop);
}

/* Until so many have entered: it stops for ever when they do not. */
static void until(struct scene *s, unsigned count)
{
	while (s->count < count)
		event_base_loop(s->loop, EVLOOP_ONCE);
}

/* Its timer fires some times. */
static void a_while(struct scene *s)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(s->loop, EVLOOP_ONCE);
}

/* A pipe's end, which breaks when the other is closed. */
static bool come(struct scene *s, uint16_t port, int *fd)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = port };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = port };
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	*fd = ends[0];
	if (foyer_add(s->foyer, ends[1], port % 2 ? (const void *)&v4 : (const void *)&v6))
		return true;
	close(ends[1]);
	return false;
}

/* Nobody holds its other end any more. */
static bool is_gone(int *fd)
{
	char byte;
	bool gone = read(*fd, &byte, 1) == 0;

	fd_close(fd);
	return gone;
}

static void nothing_urgent(void **state)
{
	struct scene s;
	int fd;

	(void)state;
	scene_begin(&s);
	assert_true(come(&s, 1, &fd));
	assert_int_equal(s.count, 1);
	assert_true(is_gone(&fd));
	scene_end(&s);
}

static void strangers_wait_for_what_is_urgent(void **state)
{
	struct scene s;
	int fds[3];

	(void)state;
	scene_begin(&s);
	s.wait_ns = NS_PER_MS / 1000;
	for (uint16_t i = 0; i < 3; i++)
		assert_true(come(&s, (uint16_t)(i + 1), &fds[i]));
	a_while(&s);
	assert_int_equal(s.count, 0);
	s.wait_ns = 0;
	until(&s, 3);
	for (uint16_t i = 0; i < 3; i++) {
		assert_int_equal(s.ports[i], i + 1);
		assert_true(is_gone(&fds[i]));
	}
	scene_end(&s);
}

/* He would overtake those who came before. */
static void who_comes_later_waits_behind_them(void **state)
{
	struct scene s;
	int fds[2];

	(void)state;
	scene_begin(&s);
	s.wait_ns = NS_PER_MS / 1000;
	assert_true(come(&s, 1, &fds[0]));
	s.wait_ns = 0;
	assert_true(come(&s, 2, &fds[1]));
	assert_int_equal(s.count, 0);
	until(&s, 2);
	assert_int_equal(s.ports[0], 1);
	assert_true(is_gone(&fds[0]) && is_gone(&fds[1]));
	scene_end(&s);
}

static void it_is_full_and_empties(void **state)
{
	int fds[FOYER_MAX], fd;
	struct scene s;

	(void)state;
	scene_begin(&s);
	s.wait_ns = NS_PER_S;
	for (unsigned i = 0; i < FOYER_MAX; i++)
		assert_true(come(&s, (uint16_t)i, &fds[i]));
	assert_false(come(&s, 1, &fd));
	assert_true(is_gone(&fd));
	scene_end(&s);
	for (unsigned i = 0; i < FOYER_MAX; i++)
		assert_true(is_gone(&fds[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_urgent),
		cmocka_unit_test(strangers_wait_for_what_is_urgent),
		cmocka_unit_test(who_comes_later_waits_behind_them),
		cmocka_unit_test(it_is_full_and_empties),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
