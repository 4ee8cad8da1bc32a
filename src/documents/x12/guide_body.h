/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The body of a set or loop: segments and loops in order, and their variants.  A guide that refines
 * another is laid over what that one has made; a variant of a loop is laid over the loop's body; a
 * base guide is laid over nothing.  So there is one way of reading all three.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_BODY_H
#define TIELINE_DOCUMENTS_X12_GUIDE_BODY_H

#include "documents/x12/guide_dictionary.h"

#define GUIDE_POSITIONS_MAX 32768 /* positions and variants of one guide */

struct guide_body {
	const struct x12_position *list;
	size_t count;
};

struct guide_maker {
	struct arena *arena;
	const struct guide_dictionary *dictionary;
	size_t made; /* positions and variants so far */
};

/*
 * A body of its own.  ST_INPUT "x12.guide.*", of which "x12.guide.impossible" is about what it says
 * together with what it builds on: no document could pass it; ST_LIMIT "x12.guide.depth" |
 * "x12.guide.size".  No serials yet.
 */
NODISCARD enum status guide_body_new(struct guide_body *out, struct guide_maker *,
	const struct guide_node *list, struct fault *f);
/*
 * `list` over what *body is: each of its positions refines the next one of the same name.  Those it
 * does not name stay, or become unused where `others_unused`.  ST_INPUT "x12.guide.widens" too.
 */
NODISCARD enum status guide_body_refine(struct guide_body *body, struct guide_maker *,
	const struct guide_node *list, bool others_unused, struct fault *f);
/*
 * `segment`, required and once, as the first or last position of a set: ST with its elements
 * narrowed by nothing.
 */
NODISCARD enum status guide_position_plain(struct x12_position *out, struct guide_maker *,
	struct slice segment, const struct guide_node *at, struct fault *f);

/* Reads "others: unused"; the member is a bool. */
enum status guide_read_others(void *member, const struct guide_node *, struct fault *f);

#endif
