/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What answers that were received say of what was sent: TA1, 997 and 999, 824.  One fact after the
 * other, so that whoever sent can find each by its numbers.  Nothing is kept but the set that is
 * being read; whether a fact is new, or about anything that was ever sent, is the caller's to know.
 */
#ifndef TIELINE_DOCUMENTS_X12_ANSWER_READ_H
#define TIELINE_DOCUMENTS_X12_ANSWER_READ_H

#include "documents/x12/check.h"

#define X12_FACT_CODES_MAX 5
#define X12_FACT_REASONS_MAX 12 /* REF*7G and TED of one OTI; more are counted only */

enum x12_fact_about {
	X12_FACT_INTERCHANGE, /* TA1 */
	X12_FACT_SET,         /* AK2 to AK5: after it its group's */
	X12_FACT_GROUP,       /* AK1 to AK9 */
	X12_FACT_DOCUMENT,    /* OTI of an 824 */
	X12_FACT_DOUBT,       /* the answer contradicts itself, or is not whole */
};

/* Texts as they were written, cut at their size; "" where there was none. */
struct x12_fact {
	enum x12_fact_about about;
	/* 'A' accepted, 'E' with errors, 'P' in part, 'R', 'M', 'W', 'X' rejected; 0: not said */
	char verdict;
	char interchange[X12_FIELD_MAX];                  /* TA101: ISA13 of what was sent */
	char date[X12_FIELD_MAX], time[X12_FIELD_MAX];    /* TA102, TA103 */
	char group_id[X12_FIELD_MAX], group[X12_FIELD_MAX]; /* GS01, GS06 */
	char set_id[X12_FIELD_MAX], set[X12_FIELD_MAX];   /* ST01, ST02 */
	/* TA105; AK502 to AK506; AK905 to AK909 */
	char codes[X12_FACT_CODES_MAX][4];
	size_t code_count;
	uint32_t segments, elements; /* of a set: AK3 and AK4 lines about it */
	/* of a group: AK902 to AK904, and what was told of its sets before */
	uint64_t included, received, accepted;
	uint32_t sets_told, sets_rejected;
	/* of a document */
	char status[4];                         /* OTI01: "TR" */
	char qualifier[4], reference[81];       /* OTI02, OTI03 */
	struct x12_reason {
		char code[31]; /* REF02, or TED01 */
		char text[81]; /* REF03, or TED02 */
	} reasons[X12_FACT_REASONS_MAX];
	size_t reason_count; /* of all, some of which may not be in the list */
	/* of a doubt: "x12.answer.counts", and a sentence */
	const char *code;
	const char *text;
};

/*
 * With who says so: context->interchange is the answer's own, and so is context->group (NULL for
 * a TA1).  All good during the call.
 */
typedef void x12_fact_fn(
	void *context, const struct x12_context *said_in, const struct x12_fact *);

struct x12_answer_reader;
struct x12_answer_reader *x12_answer_reader_new(x12_fact_fn *, void *context);
void x12_answer_reader_free(struct x12_answer_reader *);
DEFINE_AUTO(x12_answer_reader)
/* For a check; refers to the reader. */
struct x12_listener x12_answer_reader_listener(struct x12_answer_reader *);

#endif
