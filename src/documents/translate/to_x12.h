/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document of ours as an interchange with one transaction set, by the tables that the way back
 * reads, too (mapping.h).  What X12 cannot say is told; what is written has been checked beside its
 * guide.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_TO_X12_H
#define TIELINE_DOCUMENTS_TRANSLATE_TO_X12_H

#include "documents/translate/options.h"

/*
 * What is in `like`, too, is told to nobody.  ST_INPUT as of tree_read(), "translate.pair": no set
 * for its type; "translate.characters" | "translate.number" | "translate.delimiters" |
 * "translate.party", "x12.zone.*"; and of the interchange, if the guide has something against it,
 * the code of the finding: "x12.element.long".  ST_LIMIT "translate.size", "buffer.full".
 */
NODISCARD enum status translate_to_x12(struct buf *out, struct slice document,
	const struct translate_options *, struct translate_notes *, struct fault *f);

#endif
