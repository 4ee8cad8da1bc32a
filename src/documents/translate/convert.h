/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value, as our documents have it and as X12 has it.  Exact both ways, or refused: amounts are
 * decimal numbers, times carry the code of their zone, and no text is cut.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_CONVERT_H
#define TIELINE_DOCUMENTS_TRANSLATE_CONVERT_H

#include "base/buf.h"
#include "documents/translate/mapping.h"

#define CONVERT_SPAN 3 /* elements that one value may take */
/* An empty pointer, to all of a document: X12 has no empty element in the place of a value. */
#define CONVERT_WHOLE "#"

/* The elements of one value; of all but moments only the first. */
struct convert_x12 {
	struct slice values[CONVERT_SPAN];
	bool is_short; /* less than what was said: of a time, milliseconds */
};

/* What our document has. */
struct convert_said {
	struct slice text;
	struct slice begin; /* of TR_END: the moment that the duration begins at */
	struct slice zone;  /* the time code that moments are written in */
};

/*
 * To X12; the slices are of `room`, which is cleared.  ST_INPUT "translate.code" | "translate.characters" |
 * "translate.number" | "translate.time", "x12.zone.*".
 */
NODISCARD enum status convert_to_x12(struct convert_x12 *out, struct buf *room,
	const struct translate_element *, const struct convert_said *, struct fault *f);

/*
 * From X12, as the text of the member; appended.  `begin` as above.  ST_INPUT as there, "translate.date" |
 * "translate.uuid".
 */
NODISCARD enum status convert_from_x12(struct buf *out, const struct translate_element *,
	const struct convert_x12 *, struct slice begin, struct fault *f);

/* How many elements its value takes. */
unsigned convert_span(enum translate_conversion);

/* Of an id: DUNS "1", DUNS+4 "9", other "ZZ". */
struct slice convert_qualifier(struct slice id);

#endif
