/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Syncs one file beside the loop of its process, which goes on meanwhile: a sync is mostly waiting.
 * One thread, that knows nothing but a descriptor, and hears no signals; made after the sandbox is
 * entered, which binds it too.
 */
#ifndef TIELINE_BASE_SYNCER_H
#define TIELINE_BASE_SYNCER_H

#include "base/fault.h"
#include "base/pace.h"

struct syncer;
/* ST_HOST "host.thread". */
NODISCARD enum status syncer_new(struct syncer **out, struct fault *f);
/* Once no sync is under way. */
void syncer_free(struct syncer *);

/* Readable once the sync that was started is done, until it is finished. */
int syncer_fd(const struct syncer *);
/*
 * fdatasync of fd, which stays the caller's.  One at a time, or it is a bug.  When the disk is done
 * its thread has that pace: a steady one waits for whoever computes, up to some milliseconds.
 */
void syncer_start(struct syncer *, int fd, enum pace);
/* Waits for it.  ST_HOST "host.sync". */
NODISCARD enum status syncer_finish(struct syncer *, struct fault *f);

#endif
