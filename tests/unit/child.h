/* SPDX-License-Identifier: Apache-2.0 */
/* How a function ends its process: run in a child, with what it said on standard error. */
#ifndef TIELINE_TESTS_CHILD_H
#define TIELINE_TESTS_CHILD_H

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "captured.h"

/* What waitpid says of a child that called run(); a run() that returns exits 0. */
static inline int child_run(struct buf *err, void (*run)(void))
{
	struct fault f;
	int status, to;

	if (memory_file_open(&to, "stderr", &f) != ST_OK)
		die("%s", f.text);
	fflush(NULL); /* or the child says it all again */
	pid_t child = fork();
	if (child == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
		if (dup2(to, STDERR_FILENO) < 0)
			_exit(99);
		run();
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		die("running a child of a test");
	captured_read(err, to);
	fd_close(&to);
	return status;
}

#endif
