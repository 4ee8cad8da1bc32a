/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain of chain.h over a whole database: given to events that have none, by the migration to
 * version 12, and looked through, by `tieline fsck`.
 */
#ifndef TIELINE_LEDGER_CHAIN_WALK_H
#define TIELINE_LEDGER_CHAIN_WALK_H

#include "ledger/ledger.h"

struct sqlite3;

/*
 * Every event gets its place, message by message; what is being found in a document, later.
 * Within a transaction.  Faults as schema_fault.
 */
NODISCARD enum status chain_take_over(struct sqlite3 *, ledger_hash *, struct fault *f);

/* Where the chain breaks: the row of the message, or 0. */
typedef void chain_say(void *context, uint64_t message, struct slice found);
/* A broken place is told once; what is behind it is held against what stands there. */
void chain_look(struct sqlite3 *, ledger_hash *, chain_say *, void *context);

#endif
