/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elements of a segment, and what a guide says of them: a guide may only narrow what it builds
 * on, be that the dictionary or another guide.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_ELEMENTS_H
#define TIELINE_DOCUMENTS_X12_GUIDE_ELEMENTS_H

#include "documents/x12/guide.h"
#include "documents/x12/guide_yaml.h"

struct guide_elements {
	const struct x12_element_rule *list;
	size_t count;
};

/* "REF02", "REF04-1": of that segment.  part 0: all of it. */
struct guide_place {
	uint8_t element, part;
};

/* {DR: debit, CR: credit}, [DR, CR] or DR.  ST_INPUT "x12.guide.value" | "x12.guide.twice". */
NODISCARD enum status guide_codes_read(
	struct x12_codes *out, struct arena *, const struct guide_node *, struct fault *f);
/*
 * `codes` of what this is about, as far as they are among those of `base`, where it has some; their
 * meanings are the base's where none is said.  ST_INPUT "x12.guide.widens".
 */
NODISCARD enum status guide_codes_narrow(struct x12_codes *codes, struct x12_codes base,
	const struct guide_node *, struct fault *f);

/* Whether a value of this element, or part, can be the code: of its length and type. */
bool guide_code_fits(const struct x12_element_rule *, struct x12_code);

/* The node's key.  ST_INPUT "x12.guide.key" when the segment has no such place. */
NODISCARD enum status guide_place_read(struct guide_place *out, const char *segment,
	struct guide_elements, const struct guide_node *, struct fault *f);
const struct x12_element_rule *guide_place_rule(
	const struct guide_elements *, struct guide_place);

/*
 * What the map `said` (BIG07: required, ...) makes of a segment's elements.  Those that it changes
 * are in the arena.  ST_INPUT "x12.guide.key" | "x12.guide.value" | "x12.guide.widens" | ...
 */
NODISCARD enum status guide_elements_refine(struct guide_elements *, struct arena *,
	const char *segment, const struct guide_node *said, struct fault *f);

#endif
