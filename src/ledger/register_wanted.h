/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that documents ask for until a moment that they say themselves (business_want()): kept
 * until they come, missed at that moment, late when they come after it.
 */
#ifndef TIELINE_LEDGER_REGISTER_WANTED_H
#define TIELINE_LEDGER_REGISTER_WANTED_H

#include "exchange/business.h"
#include "ledger/ledger.h"

/* Borrowed, until the next call into the ledger. */
struct register_wanted {
	uint64_t statement, message;
	unsigned number; /* of `want` */
	const struct business_want *want;
	struct slice message_id, partner, aggregation, document;
	bool is_ours; /* it is for us to answer */
	bool is_test;
	int64_t due_ns;
	int64_t late_ns; /* since then */
};
typedef void register_wanted_hear(void *context, const struct register_wanted *);

/*
 * In a batch: what is missed from now on, at most WANTED_MISS_MAX: an event and a flag of its
 * message, and `each`.  Of what we sent, only what was delivered.  What was missed WANTED_KEPT_DAYS
 * ago is listed no more.
 */
#define WANTED_MISS_MAX 256
#define WANTED_KEPT_DAYS 30
NODISCARD enum status register_wanted_miss(struct ledger *, int64_t now_ns,
	register_wanted_hear *each, void *context, struct fault *f);

/* What was missed and is not answered, the latest first. */
NODISCARD enum status register_wanted_missed(struct ledger *, int64_t now_ns, unsigned limit,
	register_wanted_hear *each, void *context, struct fault *f);

/* Whom to tell, within the batch, of an answer that came late. */
void register_answered_tell(struct ledger *, register_wanted_hear *each, void *context);

/* --- for register.c --- */

/* A statement is there, and what is said in it. */
struct said_document;
NODISCARD enum status wanted_begin(struct ledger *, uint64_t statement,
	const struct said_document *, int64_t now_ns, struct fault *f);
/* What this message says, or said, answers others, or takes its own wish back. */
NODISCARD enum status wanted_settle(struct ledger *, uint64_t message, struct fault *f);

#endif
