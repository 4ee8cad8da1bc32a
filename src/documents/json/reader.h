/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as RFC 8259 has it, and no more: pulled out of a slice one event after the other, without a
 * tree, without memory that grows with the input, numbers as they are written.  A document is one
 * slice; a large one is a view of its file, which is let go of behind the reader.
 *
 * Refused beyond the grammar: bytes that are no UTF-8, a byte order mark, half a surrogate pair, a
 * name twice in one object (RFC 8259, 4: readers differ in which one they believe), and what is
 * nested deeper, or has more names open at once, than is kept.
 */
#ifndef TIELINE_DOCUMENTS_JSON_READER_H
#define TIELINE_DOCUMENTS_JSON_READER_H

#include "documents/json/text.h"

#define JSON_DEPTH_MAX 64
#define JSON_NAMES_MAX 1024 /* of all objects that are open */
#define JSON_SLOTS 2048     /* a power of two, twice as many at least */

enum json_kind {
	JSON_IS_OBJECT,
	JSON_IS_ARRAY,
	JSON_IS_CLOSE, /* of the innermost object or array */
	JSON_IS_STRING,
	JSON_IS_NUMBER,
	JSON_IS_TRUE,
	JSON_IS_FALSE,
	JSON_IS_NULL,
	JSON_KINDS,
};

struct json_event {
	enum json_kind kind;
	bool is_member;        /* of an object; then it has a name */
	struct json_text name; /* borrowed from the input, as `text` */
	uint32_t hash;         /* json_text_hash() of it */
	size_t name_offset;    /* of its quote */
	struct json_text text; /* of JSON_IS_STRING and JSON_IS_NUMBER */
	size_t offset;         /* bytes into the input: the value's first, or the closing bracket */
};

struct json_name {
	struct json_text text;
	uint32_t hash;
	uint16_t slot;
	uint8_t depth;
};

struct json_reader {
	struct slice in;
	size_t at, let_go; /* bytes */
	unsigned depth;    /* objects and arrays that are open */
	bool is_fresh;     /* nothing yet in the innermost one, or in the input */
	uint64_t objects;  /* bit d: what opened at depth d is an object */
	struct json_name names[JSON_NAMES_MAX];
	size_t name_count;
	uint16_t slots[JSON_SLOTS]; /* of a hash table: which name, from 1 */
};

void json_reader_init(struct json_reader *, struct slice in);

/*
 * `out` is worth something after ST_OK only.  ST_NONE behind the end of the one value; ST_INPUT
 * "json.end" | "json.syntax" | "json.string" | "json.escape" | "json.utf8" | "json.number" |
 * "json.name-twice" | "json.mark", ST_LIMIT "json.depth" | "json.names", all with the offset; there
 * is nothing to read behind a fault.
 */
NODISCARD enum status json_next(struct json_event *out, struct json_reader *, struct fault *f);

#endif
