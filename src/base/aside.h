/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that does one thing beside the loop of its process, each time it is asked: what waits
 * for a disk.  It hears no signals; made after the sandbox is entered, which binds it too.
 */
#ifndef TIELINE_BASE_ASIDE_H
#define TIELINE_BASE_ASIDE_H

#include "base/fault.h"

struct aside;
/* What the work touches is its own from start to finish.  ST_HOST "host.thread". */
NODISCARD enum status aside_new(
	struct aside **out, void (*work)(void *context), void *context, struct fault *f);
/* Not while it is at work, or it is a bug. */
void aside_free(struct aside *);

/* Readable once the work is done, until it is finished. */
int aside_fd(const struct aside *);
/* One piece of work at a time, or it is a bug. */
void aside_start(struct aside *);
/* Waits for it. */
void aside_finish(struct aside *);

#endif
