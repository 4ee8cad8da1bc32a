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

/* How far the history went at some moment, as somebody else kept it. */
struct chain_head {
	uint64_t place; /* 0: there was none */
	uint8_t hash[32];
};
/* Of the whole database; zeros when there is no event, or none can be read. */
struct chain_head chain_head_of(struct sqlite3 *);

struct chain_listener {
	void *context;
	/* Where the chain breaks: the row of the message, or 0. */
	void (*broken)(void *context, uint64_t message, struct slice found);
	/* It does not go on from the head that was kept, or from one that was signed. */
	void (*other)(void *context, struct slice found);
};
/* A broken place is told once; what is behind it is held against what stands there. */
void chain_look(struct sqlite3 *, ledger_hash *, const struct chain_head *kept,
	const struct chain_listener *);

#endif
