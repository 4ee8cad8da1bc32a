/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through a transaction set beside its guide: which position each segment is, loops, order,
 * repeats, what is missing, and then its elements.  A segment is looked for from where the last one
 * was, in the innermost loop first, then in those around it: so the standard means it (X12.59).
 */
#ifndef TIELINE_DOCUMENTS_X12_WALK_H
#define TIELINE_DOCUMENTS_X12_WALK_H

#include "documents/x12/rules.h"

/* What a guide is checked with.  Both are borrowed. */
struct x12_walk;
struct x12_walk *x12_walk_new(const struct x12_guide *, const struct x12_rules *);
void x12_walk_free(struct x12_walk *);
DEFINE_AUTO(x12_walk)

/* An interchange begins; nothing of an earlier one is remembered. */
void x12_walk_interchange(struct x12_walk *);
/* A set begins; nothing of an earlier one is remembered, but what rules have to be unique. */
void x12_walk_begin(struct x12_walk *);
/*
 * The next segment, ST first, SE last.  report->place is that of the segment, but for the loop,
 * which is filled in.  NULL: it has no place in the guide; else which variant it is.  A segment
 * that opens a loop is the first one of its body.
 */
const struct x12_variant *x12_walk_segment(struct x12_walk *, const struct x12_segment *,
	const struct x12_alphabet *, struct x12_report *);
/* Behind SE, or where there should have been one: what is still missing, but for SE itself. */
void x12_walk_end(struct x12_walk *, struct x12_report *);

/* How many loops are open, and their names, outermost first: of the last segment. */
unsigned x12_walk_depth(const struct x12_walk *);
const struct x12_position *x12_walk_loop(const struct x12_walk *, unsigned at);
/* Which variant the loop of this depth is; depth 0 is the set, which has none: NULL. */
const struct x12_variant *x12_walk_loop_variant(const struct x12_walk *, unsigned depth);

#endif
