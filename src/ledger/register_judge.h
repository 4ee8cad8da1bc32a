/* SPDX-License-Identifier: Apache-2.0 */
/* What those who judge a document have in common; they are called by register_judge(). */
#ifndef TIELINE_LEDGER_REGISTER_JUDGE_H
#define TIELINE_LEDGER_REGISTER_JUDGE_H

#include "ledger/register.h"
#include "ledger/register_book.h"
#include "ledger/register_known.h"

struct judging {
	struct ledger *ledger;
	const struct register_question *question;
	const struct said_document *document;
	struct said_document said; /* which that is */
	struct register_side side;
	char partner[REGISTER_PARTNER_MAX + 1]; /* of a copy: the side's */
	struct book_of of;  /* the aggregation it is about, if it is about one */
	int64_t at_ns;      /* the time it is about */
	struct book book, other;
	struct register_verdict *verdict;
	unsigned weight;    /* of the verdict's fault: larger says more */
	void (*finding)(void *context, const struct fault *);
	void *context;
};

/* By which what ends is over: a message that may have come in time did. */
int64_t judging_came_ns(const struct judging *);

/*
 * Counts and tells a finding, about an item (NULL: the document).  Returns ST_OK where st is
 * ST_AUTH, else st: a fault of the database is none of the document.
 */
NODISCARD enum status judging_report(
	struct judging *, enum status st, const struct said *item, struct fault *why);
/*
 * The same of what speaks against a part of a notice or limit, the rest of which somebody has to
 * have: told as it is, and in the verdict as REGISTER_PART, which refuses nothing.
 */
NODISCARD enum status judging_note(
	struct judging *, enum status st, const struct said *item, struct fault *why);

#endif
