/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile JSON: every event lies within the input and behind the one before, what opens closes, and
 * a text means the same to whoever counts, compares and copies it.
 */
#include "documents/json/reader.h"

static void text_check(struct json_text text)
{
	AUTO_IN_PLACE(buf) plain = buf_init(1 << 22);

	json_text_put(&plain, text);
	if (!json_text_is(text, buf_slice(&plain)))
		bug("a text is not what it is unescaped");
	if (json_text_length(text) > plain.n)
		bug("a text has more characters than bytes");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct json_reader r;
	struct json_event e;
	size_t last = 0;
	int open = 0;

	json_reader_init(&r, slice_of(data, size));
	while (json_next(&e, &r, NULL) == ST_OK) {
		if (e.offset < last || e.offset >= size || e.text.raw.n > size)
			bug("an event is not where it says");
		last = e.offset;
		open += e.kind == JSON_IS_CLOSE ? -1 : e.kind <= JSON_IS_ARRAY;
		text_check(e.text);
		text_check(e.name);
		if (open != (int)r.depth)
			bug("what opened did not close");
	}
	return 0;
}
