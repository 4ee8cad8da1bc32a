/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The characters of a JSON string (RFC 8259, 7) where they lie: nothing is unescaped into memory to
 * be compared, counted or looked up.
 */
#ifndef TIELINE_DOCUMENTS_JSON_TEXT_H
#define TIELINE_DOCUMENTS_JSON_TEXT_H

#include "base/buf.h"

struct json_text {
	struct slice raw; /* between the quotes, borrowed; of a number all of it */
	bool is_escaped;  /* a backslash is in it */
};

struct json_text json_text_of(const char *plain); /* without anything to escape */

/*
 * Bytes of the character or escape that the slice begins with, and the character; 0 when it is
 * empty, no UTF-8, no escape, or half of a surrogate pair.
 */
size_t json_character(uint32_t *out, struct slice raw);

/* Takes the next character off a text that the reader took; false at its end. */
static inline bool json_text_next(uint32_t *out, struct json_text *rest)
{
	size_t n;

	if (rest->raw.n == 0)
		return false;
	*out = rest->raw.p[0];
	n = *out < 0x80 && !(rest->is_escaped && *out == '\\') ?
		1 :
		json_character(out, rest->raw);
	rest->raw = slice_from(rest->raw, n ? n : 1);
	return true;
}

bool json_text_is(struct json_text, struct slice plain);
int json_text_compare(struct json_text, struct json_text); /* by characters: -1, 0, 1 */
size_t json_text_length(struct json_text);                 /* characters */
/* Of the characters as UTF-8: schemas/compile.py makes its tables with the same one. */
uint32_t json_text_hash(struct json_text);
void json_text_put(struct buf *out, struct json_text); /* unescaped, UTF-8 */

#endif
