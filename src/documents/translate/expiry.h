/* SPDX-License-Identifier: Apache-2.0 */
/* Until when an X12 file is worth anything, as our documents say it in a transaction set. */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_EXPIRY_H
#define TIELINE_DOCUMENTS_TRANSLATE_EXPIRY_H

#include "base/slice.h"

#define TRANSLATE_EXPIRY_MAX (4U << 20) /* bytes of a file that is asked */

/*
 * The earliest `expires_at` of its sets, in ns UTC, where the mapping (mapping.h) of the set has a
 * place for one, and whether or not the rest of it is a document; 0: none says any, or nothing
 * that is a time, or it is longer than TRANSLATE_EXPIRY_MAX.  What is no X12 from some place on is
 * not read further.  One pass, nothing allocated by its size.
 */
int64_t translate_expires_ns(struct slice file);

#endif
