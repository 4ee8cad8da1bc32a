/* SPDX-License-Identifier: Apache-2.0 */
/* Steady and prompt, there and back, and what is not ours to change. */
#include "exchange_expect.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pace.h"

#define NICE 7

static const struct {
	const char *name;
	int before; /* the policy that it had */
	enum pace pace[2];
	int want;
} cases[] = {
	{ "steady", SCHED_OTHER, { PACE_STEADY, PACE_STEADY }, SCHED_BATCH },
	{ "prompt", SCHED_BATCH, { PACE_PROMPT, PACE_PROMPT }, SCHED_OTHER },
	{ "there and back", SCHED_BATCH, { PACE_PROMPT, PACE_STEADY }, SCHED_BATCH },
	{ "and there", SCHED_OTHER, { PACE_STEADY, PACE_PROMPT }, SCHED_OTHER },
	{ "a policy that somebody chose", SCHED_IDLE, { PACE_PROMPT, PACE_STEADY }, SCHED_IDLE },
};

/* Exit codes of a child: its policy, or that something else is wrong. */
enum { UNPREPARED = 100, NICE_CHANGED = 101 };

static void child(size_t i)
{
	if (setpriority(PRIO_PROCESS, 0, NICE) != 0 ||
		sched_setscheduler(0, cases[i].before, &(struct sched_param){ 0 }) != 0)
		_exit(UNPREPARED);
	pace_set(cases[i].pace[0]);
	pace_set(cases[i].pace[1]);
	if (getpriority(PRIO_PROCESS, 0) != NICE)
		_exit(NICE_CHANGED);
	_exit(sched_getscheduler(0));
}

static void policies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0)
			child(i);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != cases[i].want)
			fail_msg("%s: status %d", cases[i].name, WEXITSTATUS(status));
	}
}

static const struct {
	const char *name;
	int before, want; /* nice values */
} backgrounds[] = {
	{ "from where everybody is", 0, PACE_BACKGROUND_NICE },
	{ "one that somebody chose", NICE, NICE },
};

/* "/autogroup-18 nice 5"; Linux without autogroup has no such file. */
static bool is_session_back(void)
{
	FILE *file = fopen("/proc/self/autogroup", "r");
	char text[80] = "", want[16];

	if (!file)
		return true;
	snprintf(want, sizeof(want), " nice %d\n", PACE_BACKGROUND_NICE);
	bool is_read = fgets(text, sizeof(text), file) != NULL;
	fclose(file);
	return is_read && strstr(text, want);
}

static void background_child(size_t i)
{
	if (setsid() < 0 || setpriority(PRIO_PROCESS, 0, backgrounds[i].before) != 0)
		_exit(UNPREPARED);
	pace_background();
	if (!is_session_back())
		_exit(NICE_CHANGED);
	_exit(getpriority(PRIO_PROCESS, 0));
}

static void who_stands_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(backgrounds); i++) {
		int status;
		pid_t pid = fork();
		if (pid == 0)
			background_child(i);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != backgrounds[i].want)
			fail_msg("%s: status %d", backgrounds[i].name, WEXITSTATUS(status));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(policies),
		cmocka_unit_test(who_stands_back) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
