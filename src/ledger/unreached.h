/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What failed because its partner could not be reached, or was in trouble and did not say for how
 * long: messages, and receipts that we owe.  Their pauses are guesses, and are over as soon as
 * something shows that the partner can be reached; then they go by their deadlines, among what is
 * new.  Pauses that a partner asks for, and those of what waits for other messages, are none of
 * these.
 *
 * Which they are is kept in a table of the connection, by deadline, so that each is found without
 * the others; at a new start that of messages is made again of the codes of their faults.
 */
#ifndef TIELINE_LEDGER_UNREACHED_H
#define TIELINE_LEDGER_UNREACHED_H

#include "ledger/ledger.h"

/* Once, when the connection is new, behind order_prepare().  ST_HOST. */
NODISCARD enum status unreached_prepare(struct ledger *, struct fault *f);
/* Forgets all, and finds what waits, behind order_load(): what waits for others is none of it. */
NODISCARD enum status unreached_load(struct ledger *, struct fault *f);

/*
 * In the batch that deferred it: message `row`, of an inbound one its receipt, is such a one, until
 * it is sent or reaches its end.  What went before its turn goes after what it waits for.
 */
NODISCARD enum status ledger_unreached(struct ledger *, uint64_t row, struct fault *f);

/*
 * The message of these with the earliest deadline, where none that is READY has an earlier one.
 * ST_NONE: there is none.
 */
NODISCARD enum status unreached_message(uint64_t *row, struct ledger *, struct slice partner,
	unsigned lane, struct fault *f);
/* The receipt.  Likewise. */
NODISCARD enum status unreached_receipt(uint64_t *row, struct ledger *, struct slice partner,
	unsigned lane, struct fault *f);

#endif
