/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 824, application advice, of sets that are readable and yet wrong in what they say: totals
 * that do not add up, dates that contradict each other (x12_finding of level X12_OF_MEANING).
 * What a 997 or 999 rejects already, a set, its group, its interchange, has none.
 *
 *   BGN*11*NUMBER*DATE*TIME
 *   OTI*TR*QUALIFIER*REFERENCE*SENDER*RECEIVER***GS06*ST02*ST01*GS08
 *   REF*7G*REASON*TEXT               per rule that is broken, at most X12_ADVICE_REASONS_MAX
 *   TED*848*TEXT*SEGMENT*POSITION*ELEMENT    likewise: where that was seen
 *
 * OTI02 and OTI03 are what the guide says a document is known by (x12_guide.correlation); without
 * that TN and the set's control number.  The group is AG, one per group received, in an interchange
 * of its own.  Groups AG and FA have no advice: it would be answered for ever.
 */
#ifndef TIELINE_DOCUMENTS_X12_ADVICE_H
#define TIELINE_DOCUMENTS_X12_ADVICE_H

#include "documents/x12/envelope_write.h"

#define X12_ADVICE_MAX (32U << 20)  /* bytes for one interchange */
#define X12_ADVICE_REASONS_MAX 12   /* of one set: the standard's, for REF */
#define X12_ADVICE_OTHER "A13"      /* reason code of a rule that names none: "other" */

/* All zero: only sets that are rejected. */
struct x12_advice_options {
	bool accepted; /* sets without an error have one too: OTI*TA */
	/* sets that a 997 accepts with errors are judged, too: x12_answer_options.accept_errors */
	bool accept_errors;
};

struct x12_advice;
/* As of x12_answer_new(). */
struct x12_advice *x12_advice_new(const struct x12_advice_options *, struct x12_stamp *,
	x12_reply_fn *made, void *context);
/* As x12_reply_spill(). */
void x12_advice_spill(struct x12_advice *, int fd);
void x12_advice_free(struct x12_advice *);
DEFINE_AUTO(x12_advice)

struct x12_listener x12_advice_listener(struct x12_advice *);

/* ST_LIMIT "buffer.full": one was larger than X12_ADVICE_MAX, and was not made. */
NODISCARD enum status x12_advice_check(const struct x12_advice *, struct fault *f);

#endif
