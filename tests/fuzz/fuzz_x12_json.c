/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile bytes as an interchange: the same through JSON, or JSON that says it is broken; and as
 * JSON: no more than a fault.
 */
#include "documents/x12/json.h"
#include "documents/x12/reader.h"

#define MOST (8U << 20)

static bool to_json(struct buf *out, struct slice in)
{
	AUTO_IN_PLACE(x12_reader) r;
	struct x12_json_writer w;
	struct x12_segment s;
	struct fault f;
	enum status st;

	x12_reader_init_whole(&r, in);
	x12_json_begin(&w, out);
	while ((st = x12_reader_next(&r, &s, &f)) == ST_OK) {
		st = x12_json_segment(&w, r.delimiters, &s, &f);
		if (st != ST_OK)
			break;
	}
	if (st == ST_NONE)
		x12_json_end(&w, r.gap);
	else
		x12_json_break(&w, &f);
	x12_json_done(&w);
	return st == ST_NONE && !out->overflow;
}

static bool from_json(struct buf *out, struct slice text)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)text.p, text.n,
		JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	struct fault f;
	bool good = root && x12_json_read(out, root, &f) == ST_OK;

	json_decref(root);
	return good;
}

/* What could not be read to its end is JSON all the same, and is not taken back. */
static void broken_judge(struct slice text)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)text.p, text.n,
		JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	AUTO_IN_PLACE(buf) out = buf_init(MOST);
	struct fault f;

	if (!root || x12_json_read(&out, root, &f) == ST_OK || out.n > 0)
		bug("what is broken is no JSON, or is taken back");
	json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	AUTO_IN_PLACE(buf) json = buf_init(MOST), back = buf_init(MOST), other = buf_init(MOST);

	if (!to_json(&json, in)) {
		if (!json.overflow)
			broken_judge(buf_slice(&json));
	} else if (!from_json(&back, buf_slice(&json))) {
		bug("what was written is not read");
	}
	if (back.n > 0 && !slice_eq(buf_slice(&back), in))
		bug("it came back as something else");
	(void)from_json(&other, in);
	return 0;
}
