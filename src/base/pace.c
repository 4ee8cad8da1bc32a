/* SPDX-License-Identifier: Apache-2.0 */
/* Used by processes/process.c, and by the monitor for all it starts. */
#include "base/pace.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
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
