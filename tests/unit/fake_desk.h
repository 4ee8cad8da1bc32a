/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A home whose gateway is a child of the test: it hears the first client and says what the test
 * wants, also what no desk would. A client trusts the desk no further than its words are well-
 * formed.
 */
#ifndef TIELINE_TESTS_FAKE_DESK_H
#define TIELINE_TESTS_FAKE_DESK_H

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "worker.h"

#define DESK_SECONDS 60 /* for what hangs: never waited for in full */

struct fake_desk {
	char home[40];
	pid_t pid;
};

/* The client's next question; false: it is gone. */
static inline bool desk_heard(struct ipc_packet *packet, uint8_t bytes[IPC_PACKET_MAX], int client)
{
	struct pollfd p = { .fd = client, .events = POLLIN };

	return poll(&p, 1, DESK_SECONDS * 1000) == 1 && worker_heard(packet, bytes, client);
}

static inline int desk_listen(const char *home)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char run[64];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(run, sizeof(run), "%s/run", home);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/run/control.sock", home);
	if (mkdir(run, 0700) != 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(fd, 1) != 0)
		die("a desk for a test");
	return fd;
}

/* A home without a gateway, until desk_start. */
static inline void desk_home(struct fake_desk *d)
{
	*d = (struct fake_desk){ .home = "/tmp/tieline-desk-XXXXXX", .pid = -1 };
	if (!mkdtemp(d->home))
		die("a home for a test");
}

/* `run` has the first client, in the child. */
static inline void desk_start(
	struct fake_desk *d, void (*run)(int client, void *context), void *context)
{
	desk_home(d);
	int listener = desk_listen(d->home);

	d->pid = fork();
	if (d->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(DESK_SECONDS);
		run(accept4(listener, NULL, NULL, SOCK_CLOEXEC), context);
		_exit(0);
	}
	fd_close(&listener);
}

/* True: the desk did all it wanted. */
static inline bool desk_stop(struct fake_desk *d)
{
	char path[80];
	int status = 0;

	if (d->pid > 0 && waitpid(d->pid, &status, 0) != d->pid)
		die("waiting for a desk");
	snprintf(path, sizeof(path), "%s/run/control.sock", d->home);
	unlink(path);
	snprintf(path, sizeof(path), "%s/run", d->home);
	rmdir(path);
	return rmdir(d->home) == 0 && status == 0;
}

#endif
