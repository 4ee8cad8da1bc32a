/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two streams of interchanges, compared by what they say: transaction sets are paired by their id
 * and what they are known by, segments by the longest common sequence, elements by their value, and
 * numbers as numbers.  Delimiters, line ends, envelopes and control numbers say nothing.
 */
#ifndef TIELINE_DOCUMENTS_X12_COMPARE_H
#define TIELINE_DOCUMENTS_X12_COMPARE_H

#include "documents/x12/check.h"

#define X12_COMPARE_BYTES_MAX (64U << 20) /* of one stream, without delimiters */
#define X12_COMPARE_SETS_MAX 100000
/* Of a set, between what both begin and end with: segments of the one times those of the other. */
#define X12_COMPARE_CELLS_MAX (64U << 20)

/* The sets of one stream. */
struct x12_sets;
struct x12_sets *x12_sets_new(void);
void x12_sets_free(struct x12_sets *);
DEFINE_AUTO(x12_sets)
/* For a check; refers to it. */
struct x12_listener x12_sets_hear(struct x12_sets *);
/* ST_LIMIT "x12.compare.size": what was heard is more than is kept. */
NODISCARD enum status x12_sets_check(const struct x12_sets *, struct fault *f);

enum x12_change { X12_SET_GONE, X12_SET_NEW, X12_SEGMENT_GONE, X12_SEGMENT_NEW, X12_ELEMENT_OTHER,
	X12_SET_LONG };

struct x12_difference {
	enum x12_change change;
	const char *set;    /* "810 INV001" */
	struct slice id;    /* of the segment */
	uint64_t before, after; /* position in the set, from 1; 0: not there */
	unsigned element;   /* of X12_ELEMENT_OTHER */
	struct slice old_text, new_text; /* of a segment: its elements, '*' between them */
	/* with its point, of a number that is written without: "123.45" of 12345; "" others */
	struct slice old_amount, new_amount;
};

/* Calls back for each, in order; how many. */
size_t x12_compare(const struct x12_sets *before, const struct x12_sets *after,
	void (*each)(void *context, const struct x12_difference *), void *context);

#endif
