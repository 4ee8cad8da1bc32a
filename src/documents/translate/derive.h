/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members that follow from others by the rules of the schema (x-checks): counts, sums, products.
 * Where a document needs one, and the rule holds, it says nothing more than the others do.
 */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_DERIVE_H
#define TIELINE_DOCUMENTS_TRANSLATE_DERIVE_H

#include "documents/translate/tree.h"

/*
 * Makes those that are needed and missing.  ST_LIMIT "translate.size", "decimal.range": a sum is
 * too large.
 */
NODISCARD enum status derive_missing(struct tree *, struct fault *f);
/* Those that would be made again are said, though nobody writes them. */
void derive_said(struct tree *);

#endif
