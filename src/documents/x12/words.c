/* SPDX-License-Identifier: Apache-2.0 */
/* By halves: the table is made in order. */
#include "documents/x12/words.h"

#include "documents/x12/guide.h"

static bool is_before(const struct x12_word *word, uint16_t number, uint64_t packed)
{
	return word->number < number || (word->number == number && word->packed < packed);
}

const char *x12_words_find(uint16_t number, struct slice code)
{
	uint64_t packed = x12_code_pack(code);
	size_t from = 0, to = x12_word_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (is_before(&x12_words[middle], number, packed))
			from = middle + 1;
		else
			to = middle;
	}
	if (from == x12_word_count || x12_words[from].number != number ||
		x12_words[from].packed != packed)
		return "";
	return x12_words[from].words;
}
