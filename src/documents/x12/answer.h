/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is sent back for an interchange that was checked: a TA1 for its envelope, and for each of
 * its functional groups a 997 or, from version 005010 on, a 999 (X12.5, X12.20, X12.56), all in one
 * interchange.
 *
 *   TA1   A; R when something of the envelope is wrong: there is no other answer then; E when only
 *         a segment between the groups is, or something of a group that has no other code
 *   AK5   A; R when the set has an error, of the standard or of its guide
 *   AK9   A, P, R; R when the group itself is in error, and then its sets are, too
 *   AK1, AK2   what came, or what stands for it where an answer may not say that: "??" and 0, 000
 *         and 0000; a part of it would be the name of another
 *
 * Warnings and what a set says (rules: advice.h) change nothing.  A group of acknowledgments (FA)
 * has no 997 or 999, nor has an interchange of TA1s any answer: two gateways would answer each
 * other for ever.  When something of such a group is wrong, or of another what AK905 has no code
 * for, the TA1 is E 024: no TA1 is an answer to that.
 *
 * Memory: an answer is at most X12_ANSWER_MAX bytes, in memory or in a file.  When it has
 * X12_ANSWER_BRIEF of them, only sets that are rejected are still named in it, without their
 * segments; AK9 counts all of them.
 */
#ifndef TIELINE_DOCUMENTS_X12_ANSWER_H
#define TIELINE_DOCUMENTS_X12_ANSWER_H

#include "documents/x12/envelope_write.h"

#define X12_ANSWER_MAX (32U << 20)
#define X12_ANSWER_BRIEF (8U << 20)
#define X12_ANSWER_SEGMENTS_MAX 1000 /* AK3 or IK3 of one set */
#define X12_ANSWER_ELEMENTS_MAX 99   /* AK4 or IK4 of one segment: the standard's */
#define X12_ANSWER_CODES_MAX 5       /* AK502 to AK506, AK905 to AK909: the standard's */
#define X12_ANSWER_DATA_MAX 99       /* bytes of AK404: the standard's */

/* ASKED: when ISA14 is 1, or something is wrong. */
enum x12_ta1_when { X12_TA1_ASKED, X12_TA1_ERRORS, X12_TA1_ALWAYS, X12_TA1_NEVER };
enum x12_answer_as { X12_AS_VERSION, X12_AS_997, X12_AS_999 };

/* All zero is the strict way. */
struct x12_answer_options {
	/*
	 * NEVER: where partners agreed on none; groups of a wrong envelope have their answers then
	 */
	enum x12_ta1_when ta1;
	enum x12_answer_as as;
	/* AK5 is E, not R, when only segments of the set are in error: the caller takes it then */
	bool accept_errors;
};

struct x12_answer;
/* The stamp is borrowed, and its numbers go on. */
struct x12_answer *x12_answer_new(const struct x12_answer_options *, struct x12_stamp *,
	x12_reply_fn *made, void *context);
/* As x12_reply_spill(). */
void x12_answer_spill(struct x12_answer *, int fd);
void x12_answer_free(struct x12_answer *);
DEFINE_AUTO(x12_answer)

/* For the check; refers to the answer. */
struct x12_listener x12_answer_listener(struct x12_answer *);

/*
 * ST_LIMIT "buffer.full": an answer was larger than X12_ANSWER_MAX, and was not made; of a spill
 * also ST_HOST "host.write", ST_RETRY "host.disk-full".
 */
NODISCARD enum status x12_answer_check(const struct x12_answer *, struct fault *f);

#endif
