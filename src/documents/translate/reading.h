/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments of one set into the tree of its document, by the rows of its mapping.  What a row
 * cannot take is told.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_READING_H
#define TIELINE_DOCUMENTS_TRANSLATE_READING_H

#include "documents/translate/options.h"
#include "documents/x12/check.h"

/* A segment whose row has conditions (TR_WHEN, TR_NOT): what it says of members not yet read. */
struct reading_claim {
	const struct translate_row *row;
	const struct tree_node *item;
	uint64_t segment;
	enum translate_need need;
};

struct reading {
	const struct translate_options *options;
	const struct translate_mapping *mapping; /* NULL: of no pair */
	struct translate_notes *notes;
	struct tree *tree;
	struct tree_node *items[TRANSLATE_LISTS_MAX + 1]; /* of each scope the open one */
	bool is_shut[TRANSLATE_LISTS_MAX + 1]; /* the set went on to a loop that no row is */
	bool is_used[TRANSLATE_LISTS_MAX + 1]; /* a section is there once */
	struct x12_interchange interchange;
	struct x12_group group;
	struct buf value;
	struct buf claims; /* struct reading_claim */
	uint64_t sets;
	enum status status; /* of the first fault */
	struct fault fault;
};


/*
 * One segment of the body, in the loop of these names: "IT1/PID".  ST_INPUT "translate.number" |
 * "translate.series"; the code of a note, where the document needs what was not understood, or
 * where nobody is told the notes (mapping.h, enum translate_need).  ST_LIMIT "translate.size".
 */
NODISCARD enum status reading_segment(struct reading *, const struct x12_segment *,
	const struct x12_place *, struct slice loop, struct fault *f);

/* Behind the last: what segments say of each other.  ST_INPUT "translate.twice". */
NODISCARD enum status reading_end(struct reading *, struct fault *f);

/* It has what the row's constants say. */
bool reading_has_constants(const struct translate_row *, const struct x12_segment *);

#endif
