/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said when somebody ends a command in the middle of something that may have happened
 * already: Ctrl-C, or the end of a session or a service.
 */
#ifndef TIELINE_CLI_INTERRUPTION_H
#define TIELINE_CLI_INTERRUPTION_H

#include "base/buf.h"

struct interruption;

/*
 * Until it is freed SIGINT, SIGTERM and SIGHUP, but for those that are ignored, print this line to
 * standard error, and then end the command as ever.  Whatever it waits for: a thread waits for
 * them.  NULL: there is no such thread, and they end it without a word.
 */
NODISCARD struct interruption *interruption_new(struct slice line);
/* Another line from now on. */
void interruption_says(struct interruption *, struct slice line);
void interruption_free(struct interruption *);
DEFINE_AUTO(interruption)

#endif
