/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partners' revocation lists, looked at before anybody needs them: a warning in the log for each
 * that is missing, unreadable, stale or about to be, at once and again every hour.  Run by the
 * desk.
 */
#ifndef TIELINE_PROCESSES_LISTS_WATCH_H
#define TIELINE_PROCESSES_LISTS_WATCH_H

#include "processes/process.h"

/* From now on, for as long as the process lives; also after a reload. */
void lists_watch_start(struct process *);
/* Warns of what is in the registry now. */
void lists_watch_look(const struct registry *, int64_t now_ns);

#endif
