/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What common codes mean, for people: guides/words.txt, of which guides/words.py makes the table.
 * No code is right or wrong by it, and none closes a list.
 */
#ifndef TIELINE_DOCUMENTS_X12_WORDS_H
#define TIELINE_DOCUMENTS_X12_WORDS_H

#include "base/slice.h"

/* Ascending by number and `packed`, which is x12_code_pack() of the code. */
struct x12_word {
	uint16_t number; /* in the data element dictionary: 353 */
	uint64_t packed;
	const char *words; /* "cancellation" */
};
extern const struct x12_word x12_words[];
extern const size_t x12_word_count;

/* Data elements of envelopes have numbers of their own: I18 is X12_WORDS_I + 18. */
#define X12_WORDS_I 10000
#define X12_WORDS_TA1 (X12_WORDS_I + 18)

/* "" for a code that is not among them. */
const char *x12_words_find(uint16_t number, struct slice code);

#endif
