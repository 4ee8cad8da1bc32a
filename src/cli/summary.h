/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Members that are the hash of another, as an invoice's summary_hash is of its lines, in documents
 * that are valid otherwise.  Which they are is said by mappings/ ("hashes"): of most there are none.
 */
#ifndef TIELINE_CLI_SUMMARY_H
#define TIELINE_CLI_SUMMARY_H

#include "documents/der/validate.h"
#include "documents/translate/options.h"

/* SHA-256, hexadecimal: a translate_hash_fn. */
void summary_make(char out[TRANSLATE_HASH_MAX], struct slice content);

/* Tells the listener of each that is another, "der.check.hash"; returns how many are. */
uint64_t summaries_check(
	struct slice document, const struct der_schema *, const struct der_listener *);

/* Each is made what it has to be. */
void summaries_put(struct buf *document, const struct der_schema *);

#endif
