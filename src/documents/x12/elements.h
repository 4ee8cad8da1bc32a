/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elements of one segment against what a guide says of them, and the conditions between them.
 */
#ifndef TIELINE_DOCUMENTS_X12_ELEMENTS_H
#define TIELINE_DOCUMENTS_X12_ELEMENTS_H

#include "documents/x12/report.h"
#include "documents/x12/value.h"

/* What a segment is read with: all of one interchange. */
struct x12_alphabet {
	struct x12_delimiters delimiters;
	struct x12_characters characters;
};
void x12_alphabet_set(struct x12_alphabet *, const struct x12_delimiters *);

void x12_elements_check(struct x12_report *, const struct x12_variant *,
	const struct x12_alphabet *, const struct x12_segment *);

/* The value at an element or part of one (part 0: all of it), its first repetition. */
struct slice x12_value_cut(const struct x12_segment *, const struct x12_delimiters *,
	unsigned element, unsigned part);
static inline struct slice x12_value(const struct x12_segment *s, const struct x12_delimiters *d,
	unsigned element, unsigned part)
{
	/* Mostly there is nothing to cut apart. */
	return s->is_plain && part <= 1 ? x12_element(s, element)
					: x12_value_cut(s, d, element, part);
}

/* The part (0: all of it) of one repetition. */
struct slice x12_part_cut(struct slice value, const struct x12_delimiters *, unsigned part);

/* The first whose `when` holds of the segment, or that has none; NULL: none of them. */
const struct x12_variant *x12_variant_find(const struct x12_variant *list, size_t count,
	const struct x12_segment *, const struct x12_delimiters *);

/* The same, of a position that has keys. */
const struct x12_variant *x12_variant_find_key(const struct x12_position *,
	const struct x12_segment *, const struct x12_delimiters *);

/* "P0304", as the standard and dictionaries write it. */
#define X12_CONDITION_TEXT_MAX (2 + 4 * X12_CONDITION_ELEMENTS_MAX)
const char *x12_condition_text(char out[X12_CONDITION_TEXT_MAX], const struct x12_condition *);

/* "11, 12 or 45", cut at the size. */
#define X12_CODES_TEXT_MAX 96
const char *x12_codes_text(char out[X12_CODES_TEXT_MAX], const struct x12_codes *);

#endif
