/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary of one version of X12: its data elements, composites and segments. */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_DICTIONARY_H
#define TIELINE_DOCUMENTS_X12_GUIDE_DICTIONARY_H

#include "documents/x12/guide_elements.h"

struct guide_segment {
	uint32_t id; /* x12_id() */
	const char *text, *name; /* "REF", "Reference" */
	struct guide_elements elements;
	const struct x12_condition *conditions;
	size_t condition_count;
};

struct guide_dictionary {
	const struct guide_segment *segments; /* ascending by id */
	size_t count;
};

/* All of it is in the arena.  ST_INPUT "x12.guide.*". */
NODISCARD enum status guide_dictionary_read(struct guide_dictionary *out, struct arena *,
	const struct guide_node *root, struct fault *f);
/* NULL: it has none. */
const struct guide_segment *guide_dictionary_find(
	const struct guide_dictionary *, struct slice segment);

#endif
