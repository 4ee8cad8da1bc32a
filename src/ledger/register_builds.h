/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document that we send builds on: messages of ours to the same partner that are still under
 * way, and by which our own register judged it.  They are noted where the register finds them, the
 * document, key or aggregation that is named; whoever stores the message asks for them.
 */
#ifndef TIELINE_LEDGER_REGISTER_BUILDS_H
#define TIELINE_LEDGER_REGISTER_BUILDS_H

#include "ledger/register_book.h"

/*
 * A message to this partner is judged from here on, until builds_end(); no text: it was received,
 * and nothing is noted.  The partner is borrowed until then.
 */
void builds_begin(struct ledger *, struct slice partner);
void builds_end(struct ledger *);
/* Of its document. */
void builds_document(struct ledger *, enum document_type);

/* A message of ours under way that said what was found; 0: it is not. */
void builds_note(struct ledger *, uint64_t row);
/*
 * Those that made the aggregation what it is; of another partner's, none.  A change that somebody
 * still has to decide is not one of them, but for what changes the same list.  Of many the last
 * few: those before them were waited for in their turn.
 */
NODISCARD enum status builds_on_book(struct ledger *, const struct book_of *, struct fault *f);
/* Whether there are any. */
NODISCARD enum status builds_are_there(
	bool *out, struct ledger *, const struct book_of *, struct fault *f);

#endif
