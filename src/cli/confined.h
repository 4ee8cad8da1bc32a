/* SPDX-License-Identifier: Apache-2.0 */
/* For children that read what a partner wrote: they keep what they are given, and nothing else. */
#ifndef TIELINE_CLI_CONFINED_H
#define TIELINE_CLI_CONFINED_H

#include "base/fault.h"

#define CONFINED_FDS_MAX 4

/*
 * After fork(): fds[0..count) become descriptors 0 to count, all others are closed, least of all
 * does the gateway's socket stay open, and no file, socket or process can be had any more.  A
 * kernel without Landlock is no reason not to go on.  ST_HOST.
 */
NODISCARD enum status confined_enter(const int fds[], int count, struct fault *f);

#endif
