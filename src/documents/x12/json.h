/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interchanges as JSON and back, byte for byte:
 *
 *   { "interchanges": [
 *     { "delimiters": { "element": "*", "component": ">", "repetition": null, "segment": "~" },
 *       "gap": "\n",
 *       "segments": [
 *         [ "ISA", "00", ... ],
 *         [ "REF", "11", [ "A", "B" ], { "repeat": [ "C", "D" ] } ],
 *         { "gap": "\r\n", "open": true, "segment": [ "SE", ... ] } ] } ],
 *     "tail": "\n" }
 *
 * Instead of the tail there is "broken", what was wrong, when the input could not be read to its
 * end: all before it is there, and there is no way back.
 *
 * `gap` is what stands between segments; a segment with another one before it is an object, and so
 * is the last one when the input ended within it.  An element with components is a list; the
 * elements of ISA, and binary data, are as they are.  Bytes that are no UTF-8 are U+F780 to U+F7FF,
 * their value in the low byte, and so are the bytes of those characters themselves.
 */
#ifndef TIELINE_DOCUMENTS_X12_JSON_H
#define TIELINE_DOCUMENTS_X12_JSON_H

#include <jansson.h>

#include "base/buf.h"
#include "documents/x12/segment.h"

/* Text as a JSON string, quotes included. */
void x12_json_text_put(struct buf *out, struct slice bytes);

/* One segment as a list, and the object of delimiters. */
void x12_json_list_put(struct buf *out, struct x12_delimiters, const struct x12_segment *);
void x12_json_delimiters_put(struct buf *out, struct x12_delimiters);

/* What is written of a stream, segment after segment; memory does not grow with it. */
struct x12_json_writer {
	struct buf *out;   /* cleared by whoever takes from it */
	struct buf header; /* an ISA that waits for what stands behind it */
	bool is_inside, has_gap;
	uint64_t interchanges, segments; /* segments: of this interchange */
	struct buf gap;    /* the usual one */
};
void x12_json_begin(struct x12_json_writer *, struct buf *out);
/* ST_INPUT "x12.json.elements": more than X12_ELEMENTS_MAX; "x12.json.gap": longer than kept. */
NODISCARD enum status x12_json_segment(struct x12_json_writer *, struct x12_delimiters,
	const struct x12_segment *, struct fault *f);
void x12_json_end(struct x12_json_writer *, struct slice tail);
/* Instead of the end. */
void x12_json_break(struct x12_json_writer *, const struct fault *why);
void x12_json_done(struct x12_json_writer *);

/*
 * The interchanges of such an object.  ST_INPUT "x12.json.syntax", with interchange, segment and
 * element in the text: another form, another key, or a delimiter in an element.
 * "x12.json.broken": it is not the whole of what it was made of.
 */
NODISCARD enum status x12_json_read(struct buf *out, const json_t *root, struct fault *f);
/* Of one of them.  ST_INPUT "x12.json.syntax". */
NODISCARD enum status x12_json_delimiters_read(
	struct x12_delimiters *out, const json_t *interchange, struct fault *f);

#endif
