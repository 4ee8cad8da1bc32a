/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register, learnt again from the documents it was learnt from, and what is kept held against
 * that.  An empty register in a file of its own is told of each message in turn, of what the
 * history says was taken back, and, of what cannot be learnt again, the rows as they are kept.
 * Used by audit.c.
 */
#ifndef TIELINE_LEDGER_RELEARN_H
#define TIELINE_LEDGER_RELEARN_H

#include "ledger/register.h"

struct relearn;
/*
 * db, wal: of the ledger, as of descriptor_db_open(); scratch: an empty file.  All stay the
 * caller's.  What was learnt until at_ns is compared.  Faults of the database.
 */
struct relearn_files {
	int db, wal, scratch;
};
NODISCARD enum status relearn_open(struct relearn **out, const struct relearn_files *files,
	ledger_hash *hash, int64_t at_ns, struct fault *f);
void relearn_free(struct relearn *);
DEFINE_AUTO(relearn)

/*
 * The next message, in the order of rows.  True: this program learnt something of it, so what its
 * document says is wanted; else nothing of it is compared.
 */
bool relearn_begin(struct relearn *, uint64_t row);
/*
 * Of the message that began.  NULL: its document cannot be read; empty: it can, and says nothing
 * that the register learns, so that no statement can be of it.
 */
void relearn_message(
	struct relearn *, const struct ledger_message *, const struct slice *facts);

/* Each difference of what is kept, with the message it is of (0: none). */
typedef void relearn_say(void *context, uint64_t message, struct slice found);
/*
 * After the last message.  ST_NONE: nothing can be compared, for *why (the file has no room); the
 * messages that were not learnt again are in *left_out.
 */
NODISCARD enum status relearn_end(
	uint64_t *left_out, struct relearn *r, relearn_say *say, void *context, struct fault *why);
/* Statements that were learnt again. */
uint64_t relearn_count(const struct relearn *);

#endif
