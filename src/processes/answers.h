/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger has promised to say once its batch is durable.  Kept in wire form: those of the
 * batch that is open, and those of the one that is committed and being synced, which are released
 * together.  When the open one failed, every one of its becomes VERB_TRY_LATER instead (promise 1).
 * A delivery may be among them: it starts when its batch is durable, or not at all.
 */
#ifndef TIELINE_PROCESSES_ANSWERS_H
#define TIELINE_PROCESSES_ANSWERS_H

#include "processes/process.h"

struct answers;
struct answers *answers_new(struct process *);

/* Takes fd (or -1). */
void answers_add(struct answers *, enum role to, unsigned index, enum verb, uint64_t id,
	const void *body, int fd);
/* The batch is committed: those so far wait for its sync.  How many they are. */
size_t answers_commit(struct answers *);
/* Those of what is durable now. */
void answers_release(struct answers *);
/* Those of the batch that is open. */
void answers_withdraw(struct answers *, const struct fault *why);

#endif
