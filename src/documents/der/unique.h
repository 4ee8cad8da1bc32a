/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a text comes twice in a list.  The list is sorted, not hashed: nobody who writes it can
 * make that slow.  Texts are where they were read; memory is 48 bytes for each.
 */
#ifndef TIELINE_DOCUMENTS_DER_UNIQUE_H
#define TIELINE_DOCUMENTS_DER_UNIQUE_H

#include "documents/json/text.h"

#define DER_UNIQUE_MAX 100000 /* texts; schemas/subset.py: no list is longer */

struct der_unique {
	struct buf entries;
	bool is_rising; /* so far each was behind the one before */
};
struct der_unique der_unique_init(void);
void der_unique_done(struct der_unique *);
void der_unique_clear(struct der_unique *);
/*
 * Borrows the text; `offset` is where it is, `item` which of the list.  What is beyond
 * DER_UNIQUE_MAX is left out.
 */
void der_unique_add(
	struct der_unique *, struct json_text, size_t offset, uint64_t item);
/* False when none comes twice; else where the first that does comes again. */
bool der_unique_find(
	size_t *offset, uint64_t *item, struct json_text *text, struct der_unique *);

#endif
