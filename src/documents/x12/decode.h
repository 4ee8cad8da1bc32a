/* SPDX-License-Identifier: Apache-2.0 */
/* What a value means, for people: dates and times as they write them, amounts with their point. */
#ifndef TIELINE_DOCUMENTS_X12_DECODE_H
#define TIELINE_DOCUMENTS_X12_DECODE_H

#include "base/buf.h"
#include "documents/x12/walk.h"

/* The rule of an element, or of a part of it (0: all of it); NULL: the variant has none. */
const struct x12_element_rule *x12_rule_at(
	const struct x12_variant *, unsigned element, unsigned part);

/* Of a segment that begins a loop, the variant that the loop is; NULL: it begins none. */
const struct x12_variant *x12_loop_begun(const struct x12_walk *, const struct x12_variant *);

/*
 * "2024-01-02", "03:04", "123.45", or what a code is called: by the guide, of the segment or of the
 * loop it begins (NULL: of none), or else by words.h.  Nothing where the value says it all, or is
 * not what its type wants.  Text of ours and of the guide only, or digits.
 */
void x12_meaning_put(struct buf *out, const struct x12_variant *, const struct x12_variant *loop,
	unsigned element, unsigned part, struct slice value);

/*
 * As all dates and times are shown: of years with two digits those up to 69 are of this century.
 * Nothing for what is none.
 */
void x12_date_put(struct buf *out, struct slice);
void x12_time_put(struct buf *out, struct slice);

#endif
