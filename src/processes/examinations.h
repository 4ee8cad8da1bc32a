/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger process remembers of documents that envelopes look into: which are under way, and
 * with whom.  All of it can be lost: the ledger knows the rest.  Everything that takes a ledger
 * happens in an open batch.
 */
#ifndef TIELINE_PROCESSES_EXAMINATIONS_H
#define TIELINE_PROCESSES_EXAMINATIONS_H

#include "processes/answers.h"
#include "processes/held_log.h"

struct examinations;
/* What it says waits for the batch in `said`, the caller's. */
struct examinations *examinations_new(struct held_log *said);
/* At the start, and after a batch failed: nothing is under way. */
NODISCARD enum status examinations_load(struct examinations *, struct ledger *, struct fault *f);
/* One more waits; it may be taken at once. */
void examinations_add(struct examinations *);
/* Those that were deferred may be due. */
void examinations_wake(struct examinations *);
/* Whether examinations_start() may have something to do. */
bool examinations_wait(const struct examinations *);

/* The next one goes to an envelope with the commit.  ST_NONE: none is due, or nobody is free. */
NODISCARD enum status examinations_start(struct examinations *, struct process *, struct ledger *,
	struct answers *, struct fault *f);

/*
 * VERB_RECALL: the Message-ID of another message that brought this interchange.  ST_NONE: none did,
 * or nobody looks into that document.
 */
NODISCARD enum status examinations_recall(struct buf *message_id, const struct examinations *,
	struct ledger *, const struct ipc_packet *, struct fault *f);

/*
 * VERB_SET, VERB_VERDICT, VERB_INTERCHANGE, VERB_FINDING and VERB_EXAMINED from an envelope.  What
 * is about a document that is not under way is ignored: it is looked into again.
 */
NODISCARD enum status examinations_hear(
	struct examinations *, struct ledger *, struct ipc_packet *, struct fault *f);
bool examinations_under_way(const struct examinations *, uint64_t row);

/* Whoever had them is gone. */
NODISCARD enum status examinations_lost(
	struct examinations *, struct ledger *, unsigned envelope, struct fault *f);

#endif
