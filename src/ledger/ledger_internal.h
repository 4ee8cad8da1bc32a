/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ledger share: its struct, and the pieces both queues are made of. */
#ifndef TIELINE_LEDGER_LEDGER_INTERNAL_H
#define TIELINE_LEDGER_LEDGER_INTERNAL_H

/*
 * An attempt begins: whether a byte of it leaves this host nobody knows yet, and what comes of it
 * is the next event.  Older versions wrote another word, which a signed history keeps.
 */
#define LEDGER_ATTEMPT "attempt"
#define LEDGER_ATTEMPT_ONCE "sent"

#include <sqlite3.h>

#include "ledger/chain.h"
#include "ledger/ledger.h"
#include "ledger/spool.h"
#include "ledger/statements.h"

enum { KIND_PARCEL, KIND_SEALED, KIND_RECEIPT };

struct register_wanted;

struct ledger {
	sqlite3 *db;
	int log;     /* its write-ahead log, to be synced */
	bool is_unsynced;      /* something that holds is not durable */
	int64_t began_changes; /* of rows, when the batch began, as SQLite counts them */
	int64_t tidied_changes; /* the same, when the log was last in the database whole */
	int64_t was; /* the version of the database when it was opened */
	struct statements *sql;
	struct spool *spool;
	bool in_batch;
	struct buf bytes;    /* of the parcel being stored */
	struct buf result;   /* what slices of the last answer point into */
	struct buf job;      /* the same for ledger_take */
	uint64_t counts[2][AREAS][DELIVERIES];
	struct chain chain;  /* of the history, with what the batch that is open says */
	bool chain_known;    /* or it is read again */
	struct flags *flags;
	void (*superseded)(void *context, uint64_t row); /* NULL: nobody is told */
	void *superseded_context;
	void (*answered)(void *context, const struct register_wanted *); /* likewise */
	void *answered_context;
	/* of the document that is judged: register_builds.h */
	struct ledger_order builds_on;
	struct slice builds_for; /* its partner */
	bool is_registering;
};

/* A message that waits, or is on its way, ends without an answer: its sealed form goes. */
NODISCARD enum status message_give_up(struct ledger *, uint64_t row, enum delivery end,
	const struct fault *why, int64_t now_ns, struct fault *f);

/* ST_NONE: nothing is stored of this kind. */
NODISCARD enum status content_file(
	int *fd, uint64_t *n, struct ledger *, uint64_t row, int kind, struct fault *f);
/* Also one that is damaged: it fits nothing. */
void digest_read(struct ledger_digest *, struct slice kept);
/* Which copies are under way, out of messages and events; see send_order.h. */
NODISCARD enum status copies_load(struct ledger *, struct fault *f);
/* Moves the slices of *m, and *more, into a buffer that outlives what they point to. */
void message_keep(struct ledger_message *m, struct slice *more, struct buf *into);

#endif
