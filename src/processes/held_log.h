/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines that say what a batch did, held until it is durable: a log must not claim what the next
 * start does not know.  Written in order once it is, with the time of that; dropped when the batch
 * fails.  What is held is bounded by two batches, the one that is open and the one being synced: a
 * few lines a message.
 */
#ifndef TIELINE_PROCESSES_HELD_LOG_H
#define TIELINE_PROCESSES_HELD_LOG_H

#include "base/log.h"

#define HELD_FIELDS_MAX 8

struct held_log;
struct held_log *held_log_new(void);
void held_log_free(struct held_log *);

/* Copies values; event and keys are constants.  At most HELD_FIELDS_MAX fields, or it is a bug. */
void held_log_add(
	struct held_log *, enum log_level, const char *event, const struct log_field *fields);
/* The batch is committed: what was added so far waits for its sync. */
void held_log_commit(struct held_log *);
/* What is durable now is said. */
void held_log_release(struct held_log *);
/* What the batch that is open would have said. */
void held_log_drop(struct held_log *);

#define held_warning(held, event, ...)                 \
	held_log_add(held, LOG_LEVEL_WARNING, event, \
		(const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_END } })
#define held_info(held, event, ...)                 \
	held_log_add(held, LOG_LEVEL_INFO, event, \
		(const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ .kind = LOG_END } })

#endif
