/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the stored answers of partners say of the transaction sets that were sent, counted anew:
 * what the ledger keeps of it beside the sets hides a missed acknowledgment once it is changed.
 */
#ifndef TIELINE_LEDGER_RECOUNT_H
#define TIELINE_LEDGER_RECOUNT_H

#include "ledger/ledger.h"

struct sqlite3;

struct recount;
/* Borrows the database, of which it reads how many sets each message has: a byte a set is kept. */
struct recount *recount_new(struct sqlite3 *);
void recount_free(struct recount *);
DEFINE_AUTO(recount)

/*
 * A verdict of an answer, which is message `row`, of this partner.  Which of several messages with
 * the same numbers was meant hung on what was waited for then: it may be any of the 64 before it.
 */
void recount_hear(
	struct recount *, uint64_t row, struct slice partner, const struct ledger_verdict *);

/* Of each message the first set that is kept as none of these says, after the last of them. */
typedef void recount_say(void *context, uint64_t message, struct slice found);
void recount_end(struct recount *, recount_say *, void *context);

#endif
