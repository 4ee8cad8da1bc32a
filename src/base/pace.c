/* SPDX-License-Identifier: Apache-2.0 */
/* Used by processes/process.c, and by the monitor for all it starts. */
#include "base/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The first form of struct sched_attr: the kernel's header for it and older <sched.h> disagree. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

void pace_set(enum pace pace)
{
	static const struct {
		unsigned policy, slice_ns; /* 0: as everybody has */
	} paces[PACES] = {
		[PACE_STEADY] = { SCHED_BATCH, 0 },
		[PACE_PROMPT] = { SCHED_OTHER, PACE_SLICE_NS },
	};
	struct attributes attr = { 0 };

	if (syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) != 0 ||
		(attr.policy != SCHED_OTHER && attr.policy != SCHED_BATCH))
		return;
	attr.policy = paces[pace].policy;
	attr.runtime_ns = paces[pace].slice_ns;
	(void)syscall(SYS_sched_setattr, 0, &attr, 0);
}

#define TRIES_MAX 20
#define TRY_NS 60000000 /* but for root, one a tenth of a second may, of all sessions */

static bool session_lower(const char *nice, int n)
{
	int fd = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
	bool again = fd >= 0 && write(fd, nice, (size_t)n) < 0 && errno == EAGAIN;

	if (fd >= 0)
		close(fd);
	return !again;
}

void pace_background(void)
{
	char text[12];
	int n = snprintf(text, sizeof(text), "%d", PACE_BACKGROUND_NICE);

	errno = 0;
	int now = getpriority(PRIO_PROCESS, 0);
	if (errno == 0 && now < PACE_BACKGROUND_NICE)
		(void)setpriority(PRIO_PROCESS, 0, PACE_BACKGROUND_NICE);
	for (int i = 0; i < TRIES_MAX && !session_lower(text, n); i++)
		nanosleep(&(struct timespec){ 0, TRY_NS }, NULL);
}
