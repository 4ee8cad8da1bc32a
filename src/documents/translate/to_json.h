/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interchange with one transaction set as a document of ours, by the tables that the way there
 * reads, too (mapping.h).  What our document cannot say is told; what is written has been checked
 * beside its schema.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_TO_JSON_H
#define TIELINE_DOCUMENTS_TRANSLATE_TO_JSON_H

#include "documents/translate/options.h"

/*
 * What a document has to have and X12 does not say is taken from `like`, or put, and told.
 * ST_INPUT: the first error of the interchange beside its guide, with its code; "translate.pair" |
 * "translate.sets" | "translate.number"; what is missing or wrong in the document, as of
 * tree_read().  ST_LIMIT "translate.size" | "decimal.range".
 */
NODISCARD enum status translate_to_json(struct buf *out, struct slice interchange,
	const struct translate_options *, struct translate_notes *, struct fault *f);

#endif
