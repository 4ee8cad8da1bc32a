/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a document that we send builds on: messages of ours to the same partner that are still under
 * way, and by which our own register judged it.  They are noted where the register finds them, the
 * document, key or aggregation that is named; whoever stores the message asks for them.
 */
#ifndef TIELINE_LEDGER_REGISTER_BUILDS_H
#define TIELINE_LEDGER_REGISTER_BUILDS_H

#include "ledger/register_book.h"

/* A message is judged from here on; of one that was received nothing is noted. */
void builds_begin(struct ledger *, bool is_sent);
/* Of its document. */
void builds_document(struct ledger *, enum document_type);

/* A message of ours under way that said what was found; 0: it is not. */
void builds_note(struct ledger *, uint64_t row);
/*
 * Those that made the aggregation what it is.  A change that somebody still has to decide is not
 * one of them, but for what changes the same list.  Of many the last few: those before them were
 * waited for in their turn.
 */
NODISCARD enum status builds_on_book(struct ledger *, const struct book_of *, struct fault *f);

#endif
