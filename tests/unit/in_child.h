/* SPDX-License-Identifier: Apache-2.0 */
/* Runs something in a child: what must abort, and what changes the process for good. */
#ifndef TIELINE_TESTS_IN_CHILD_H
#define TIELINE_TESTS_IN_CHILD_H

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"

#define CHILD_SECONDS 60 /* for what hangs: never waited for in full */

/* What it says while it dies as it should would only look like trouble in the log of the tests. */
static inline void child_hush(void)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		dup2(fd, STDERR_FILENO);
}

/* The wait status; asserts are of no use in the child, its exit code is. */
static inline int in_child(int (*run)(void *), void *context)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		alarm(CHILD_SECONDS);
		child_hush();
		_exit(run(context));
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		die("no child for a test");
	return status;
}

/* bug() ends a process by SIGABRT. */
static inline int aborts(int (*run)(void *), void *context)
{
	int status = in_child(run, context);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

#endif
