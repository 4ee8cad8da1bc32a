/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ledger share: its struct, and the pieces both queues are made of. */
#ifndef TIELINE_LEDGER_LEDGER_INTERNAL_H
#define TIELINE_LEDGER_LEDGER_INTERNAL_H

#include <sqlite3.h>

#include "ledger/ledger.h"
#include "ledger/spool.h"
#include "ledger/statements.h"

enum { KIND_PARCEL, KIND_SEALED, KIND_RECEIPT };

struct ledger {
	sqlite3 *db;
	struct statements *sql;
	struct spool *spool;
	bool in_batch;
	struct buf bytes;    /* of the parcel being stored */
	struct buf result;   /* what slices of the last answer point into */
	struct buf job;      /* the same for ledger_take */
	uint64_t counts[2][AREAS][DELIVERIES];
	struct flags *flags;
	void (*superseded)(void *context, uint64_t row); /* NULL: nobody is told */
	void *superseded_context;
};

/* A message that waits, or is on its way, ends without an answer: its sealed form goes. */
NODISCARD enum status message_give_up(struct ledger *, uint64_t row, enum delivery end,
	const struct fault *why, int64_t now_ns, struct fault *f);

/* The detail is cut to what an event holds. */
NODISCARD enum status ledger_note(struct ledger *, uint64_t row, int64_t at_ns, const char *what,
	struct slice code, struct slice detail, struct fault *f);
/* The same, in the place of an event of this kind before: however often, it is one. */
NODISCARD enum status ledger_note_renew(struct ledger *, uint64_t row, int64_t at_ns,
	const char *what, struct slice code, struct slice detail, struct fault *f);
/* ST_NONE: nothing is stored of this kind. */
NODISCARD enum status content_file(
	int *fd, uint64_t *n, struct ledger *, uint64_t row, int kind, struct fault *f);
/* Moves the slices of *m, and *more, into a buffer that outlives what they point to. */
void message_keep(struct ledger_message *m, struct slice *more, struct buf *into);

#endif
