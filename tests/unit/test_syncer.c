/* SPDX-License-Identifier: Apache-2.0 */
/* A sync beside the loop: asked for, waited for or heard of, and its failure known. */
#include "exchange_expect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/syncer.h"

#define FAILS 1000 /* no descriptor: its sync fails */
#define WAITS 1001 /* another: its sync waits for us */

static int gate[2];
static sigset_t blocked; /* in the thread that synced last */
static int policy;       /* likewise, sched(7) */

/* The syncer's own call comes here. */
int fdatasync(int fd)
{
	char go;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	policy = sched_getscheduler(0);
	if (fd == FAILS) {
		errno = EIO;
		return -1;
	}
	if (fd == WAITS)
		return read(gate[0], &go, 1) == 1 ? 0 : -1;
	return (int)syscall(SYS_fdatasync, fd);
}

static struct syncer *syncer_here(void)
{
	struct syncer *s = NULL;
	struct fault f = { 0 };

	expect_fault("new", syncer_new(&s, &f), &f, ST_OK, NULL);
	return s;
}

static bool is_readable(const struct syncer *s, int wait_ms)
{
	return poll(&(struct pollfd){ .fd = syncer_fd(s), .events = POLLIN }, 1, wait_ms) == 1;
}

static void it_is_heard_of_until_it_is_finished(void **state)
{
	struct syncer *s = syncer_here();
	struct fault f = { 0 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		syncer_start(s, WAITS, PACE_STEADY);
		assert_false(is_readable(s, 0));
		assert_int_equal(write(gate[1], "x", 1), 1);
		assert_true(is_readable(s, -1));
		expect_fault("finish", syncer_finish(s, &f), &f, ST_OK, NULL);
		assert_false(is_readable(s, 0));
	}
	syncer_free(s);
}

static void *gate_open(void *context)
{
	return write(gate[1], "x", 1) == 1 ? context : NULL;
}

static void finishing_waits_for_it(void **state)
{
	struct syncer *s = syncer_here();
	struct fault f = { 0 };
	pthread_t other;

	(void)state;
	syncer_start(s, WAITS, PACE_STEADY);
	assert_int_equal(pthread_create(&other, NULL, gate_open, NULL), 0);
	expect_fault("finish", syncer_finish(s, &f), &f, ST_OK, NULL);
	pthread_join(other, NULL);
	syncer_free(s);
}

/* Who waits for a notice's sync is woken at once; of other syncs nobody is interrupted. */
static void it_has_the_pace_that_is_asked_for(void **state)
{
	static const struct {
		enum pace pace;
		int policy;
	} syncs[] = {
		{ PACE_PROMPT, SCHED_OTHER },
		{ PACE_STEADY, SCHED_BATCH },
		{ PACE_STEADY, SCHED_BATCH },
		{ PACE_PROMPT, SCHED_OTHER },
	};
	AUTO_FD fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct syncer *s = syncer_here();
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(syncs); i++) {
		syncer_start(s, fd, syncs[i].pace);
		expect_fault("finish", syncer_finish(s, &f), &f, ST_OK, NULL);
		assert_int_equal(policy, syncs[i].policy);
	}
	syncer_free(s);
}

static void a_failure_is_known_and_the_next_may_do(void **state)
{
	struct syncer *s = syncer_here();
	AUTO_FD fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct fault f = { 0 };

	(void)state;
	syncer_start(s, FAILS, PACE_STEADY);
	expect_fault("EIO", syncer_finish(s, &f), &f, ST_HOST, "host.sync");
	assert_non_null(strstr(f.text, "Input/output error"));
	assert_false(is_readable(s, 0));
	syncer_start(s, fd, PACE_STEADY);
	expect_fault("finish", syncer_finish(s, &f), &f, ST_OK, NULL);
	syncer_free(s);
}

/* Or the loop would not hear that it is to end. */
static void signals_are_for_the_loop(void **state)
{
	struct syncer *s = syncer_here();
	struct fault f = { 0 };

	(void)state;
	syncer_start(s, FAILS, PACE_STEADY);
	(void)!syncer_finish(s, &f);
	assert_true(sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGHUP) == 1);
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	assert_false(sigismember(&blocked, SIGTERM) == 1);
	syncer_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_heard_of_until_it_is_finished),
		cmocka_unit_test(finishing_waits_for_it),
		cmocka_unit_test(it_has_the_pace_that_is_asked_for),
		cmocka_unit_test(a_failure_is_known_and_the_next_may_do),
		cmocka_unit_test(signals_are_for_the_loop),
	};

	if (pipe2(gate, O_CLOEXEC) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
