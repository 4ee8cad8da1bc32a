/* SPDX-License-Identifier: Apache-2.0 */
/* Results into a file the user named, whole or not at all, or to standard output. */
#ifndef TIELINE_CLI_SAVE_H
#define TIELINE_CLI_SAVE_H

#include "base/slice.h"

/* path NULL or "-": standard output.  Replaces a file like cp does, but by rename. ST_HOST. */
NODISCARD enum status save_bytes(const char *path, struct slice content, struct fault *f);

/* head, then n bytes of fd from `at`; with a progress bar when large and on a terminal. */
NODISCARD enum status save_section(
	const char *path, struct slice head, int fd, uint64_t at, uint64_t n, struct fault *f);

#endif
