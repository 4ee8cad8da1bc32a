/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments of one set into the tree of its document, by the rows of its mapping.  What a row
 * cannot take is told.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_READING_H
#define TIELINE_DOCUMENTS_TRANSLATE_READING_H

#include "documents/translate/options.h"
#include "documents/x12/check.h"

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
	uint64_t sets;
	enum status status; /* of the first fault */
	struct fault fault;
};


/*
 * One segment of the body, in the loop of these names: "IT1/PID".  ST_INPUT "translate.number" |
 * "translate.series"; ST_LIMIT "translate.size".
 */
NODISCARD enum status reading_segment(struct reading *, const struct x12_segment *,
	const struct x12_place *, struct slice loop, struct fault *f);

/* It has what the row's constants say, and ids of ours where it reads those. */
bool reading_has_constants(const struct translate_row *, const struct x12_segment *);

#endif
