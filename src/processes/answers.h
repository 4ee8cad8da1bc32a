/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger has promised to say once its batch is durable.  Kept in wire form, released
 * together after the commit; when the batch failed, every one of them becomes VERB_TRY_LATER
 * instead (promise 1).  A delivery may be among them: it starts with the commit, or not at all.
 */
#ifndef TIELINE_PROCESSES_ANSWERS_H
#define TIELINE_PROCESSES_ANSWERS_H

#include "processes/process.h"

struct answers;
struct answers *answers_new(struct process *);

/* Takes fd (or -1). */
void answers_add(struct answers *, enum role to, unsigned index, enum verb, uint64_t id,
	const void *body, int fd);
size_t answers_count(const struct answers *);
void answers_release(struct answers *);
void answers_withdraw(struct answers *, const struct fault *why);

#endif
