/* SPDX-License-Identifier: Apache-2.0 */
/* What both directions of a translation are told beside the bytes. */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_OPTIONS_H
#define TIELINE_DOCUMENTS_TRANSLATE_OPTIONS_H

#include "documents/translate/note.h"
#include "documents/x12/envelope_write.h"
#include "documents/x12/guide_set.h"

#define TRANSLATE_OUT_MAX (256U << 20) /* bytes of what is written */

#define TRANSLATE_HASH_MAX 65      /* bytes of a SHA-256 in hexadecimal, with the NUL */
/* SHA-256, lower case: documents/ has no cryptography. */
typedef void translate_hash_fn(char out[TRANSLATE_HASH_MAX], struct slice content);

struct translate_options {
	struct x12_guide_set *guides; /* those that were loaded stay in it; never NULL */
	struct x12_stamp *stamp; /* control numbers, and when this is done; never NULL */
	struct slice zone;       /* time code that moments are written in; "" UT */
	/* Of ISA and GS, "" as the document has them, which is at most 15 characters. */
	const char *sender, *receiver;
	struct slice like;       /* a document of ours that both sides know; "" none */
	/*
	 * Nothing of the document is wanted but what the register of aggregations has to know: in
	 * the place of `like` is the example of its schema, of which no fact is taken.
	 */
	bool is_for_facts;
	/*
	 * It goes to somebody else, who is to be told nothing that was not said.  What a header has
	 * to have and X12 has no place for is put, and says that nobody knows; secrecy and
	 * retention end as many days ahead as the example's.
	 */
	bool is_copy;
	const char *area; /* it came in, for types that have none of their own; NULL: not known */
	translate_hash_fn *hash; /* NULL: no member is made that needs it */
	const char *id;          /* of the document that is made, if X12 does not say one */
};

#endif
