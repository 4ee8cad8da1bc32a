/* SPDX-License-Identifier: Apache-2.0 */
/* A bar on standard error for work on large files, when that is a terminal. */
#ifndef TIELINE_CLI_PROGRESS_H
#define TIELINE_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	uint64_t total;   /* bytes; 0: not known */
	bool shown;
	int64_t drawn_ns; /* monotonic, when last drawn */
};

/* shows nothing below 4 MiB, or when stderr is no terminal */
struct progress progress_start(uint64_t total);
void progress_show(struct progress *, uint64_t done);
void progress_end(struct progress *);

#endif
