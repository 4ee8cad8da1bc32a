/* SPDX-License-Identifier: Apache-2.0 */
/* What a value means, for people: dates and times as they write them, amounts with their point. */
#ifndef TIELINE_DOCUMENTS_X12_DECODE_H
#define TIELINE_DOCUMENTS_X12_DECODE_H

#include "base/buf.h"
#include "documents/x12/guide.h"

/* The rule of an element, or of a part of it (0: all of it); NULL: the variant has none. */
const struct x12_element_rule *x12_rule_at(
	const struct x12_variant *, unsigned element, unsigned part);

/*
 * "2024-01-02", "03:04", "123.45", or what the guide calls a code; nothing where the value says it
 * all, or is not what its type wants.  Text of the guide only, or digits.
 */
void x12_meaning_put(struct buf *out, const struct x12_variant *, unsigned element, unsigned part,
	struct slice value);

#endif
