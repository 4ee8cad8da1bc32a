/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When `tieline fsck` looked last and how much it found: a line in run/fsck of the home, for
 * `tieline doctor` and nobody else.  It proves nothing: whoever writes in the home can write it.
 */
#ifndef TIELINE_CLI_FSCK_MARK_H
#define TIELINE_CLI_FSCK_MARK_H

#include "base/fd.h"

struct fsck_mark {
	int64_t at_ns;
	uint64_t damages, notes;
};

/* Before the home is given up; -1: it cannot be kept there, which is no reason not to look. */
int fsck_mark_open(int home);
/* Not synced: what is lost was long ago.  Nothing when fd is -1. */
void fsck_mark_write(int fd, const struct fsck_mark *);
/* False: nobody looked, or what is there is no such line. */
bool fsck_mark_read(struct fsck_mark *, int home);

#endif
