/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The register: what registrations, decisions and the documents after them add up to, in time.  It
 * is kept by the ledger, in its database, from the facts (exchange/facts.h) of the documents that
 * were accepted and sent; it answers whether a document agrees with them.  Test and production are
 * two books.  Everything in it names the message that said it.
 */
#ifndef TIELINE_LEDGER_REGISTER_H
#define TIELINE_LEDGER_REGISTER_H

#include "ledger/ledger.h"

/* Borrowed. */
struct register_question {
	enum direction_of_message direction;
	struct slice partner;
	struct slice facts;   /* of all documents of the message */
	int64_t now_ns;
	/*
	 * The earliest that it can have come, as far as clocks may be wrong in good faith: what
	 * ends is judged by that.  0, or later than now: now.
	 */
	int64_t came_ns;
	unsigned review_days; /* that the review of a registration may take; 0: nobody says */
};

struct register_verdict {
	uint64_t findings;
	/*
	 * What says most; code empty: nothing speaks against it.  ST_AUTH "registry.unknown" |
	 * "registry.capability" | ..., all of them in tieline-documents(5).
	 */
	struct fault fault;
};

/*
 * Code of what speaks against a part only of a notice or a limit: that is taken and flagged
 * whatever is agreed, because the rest of it is about safety.
 */
#define REGISTER_PART "registry.part"
/* Code of a decision that gives its review more time than its clock: it counts all the same. */
#define REGISTER_REVIEW "registry.review"
/* Whether a verdict refuses, where that is agreed; BUSINESS_LATE_ANSWER does not, either. */
bool register_refuses(const struct fault *against);

/*
 * Beside what is known now; changes nothing.  `finding` (NULL: nobody) is told of the first
 * REGISTER_FINDINGS_MAX.  ST_INPUT "facts.malformed", else faults of the database.
 */
#define REGISTER_FINDINGS_MAX 100
NODISCARD enum status register_judge(struct register_verdict *out, struct ledger *,
	const struct register_question *,
	void (*finding)(void *context, const struct fault *), void *context, struct fault *f);

/* Of the batch that is open: what message `row` says is so from now on. */
NODISCARD enum status register_apply(
	struct ledger *, uint64_t row, const struct register_question *, struct fault *f);

/* The message was refused by the partner, or never delivered: what it said was never so. */
NODISCARD enum status register_void(struct ledger *, uint64_t row, struct fault *f);

#endif
