/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIME entities (RFC 2045, 2046): header blocks, parameters, multiparts.  Reads hostile bytes
 * without copying; every result is a slice of the input.  What is ambiguous is refused.
 */
#ifndef TIELINE_BINDINGS_MIME_H
#define TIELINE_BINDINGS_MIME_H

#include "base/buf.h"

#define MIME_HEADERS_MAX 64
#define MIME_HEADER_SIZE_MAX 16384 /* bytes of one header block, without its empty line */
#define MIME_PARAMS_MAX 16
#define MIME_PARTS_MAX 16
#define MIME_BOUNDARY_MAX 70

struct mime_header {
	struct slice name;
	struct slice value; /* trimmed; may hold folds (CRLF and blank): blanks to readers below */
};

struct mime_headers {
	struct mime_header list[MIME_HEADERS_MAX];
	size_t count;
};

/*
 * Header block up to and with the empty line; *body is the rest.  CRLF or LF line ends.  No empty
 * line: all is headers, *body empty.  ST_INPUT "mime.header.colon" | "mime.header.name" |
 * "mime.header.control", ST_LIMIT "mime.header.count" | "mime.header.size".
 */
NODISCARD enum status mime_headers_parse(
	struct mime_headers *out, struct slice *body, struct slice entity, struct fault *f);
/*
 * Of what was taken out of a signature, a seal or a compression, where products also put a document
 * as it is.  *is_bare: no header of MIME (Content-..., MIME-Version), and none of our marks, is
 * before its first empty line, or before the first line that cannot be a header; then *body is all
 * of it, without headers, and nothing of a document is ever read as one.  What begins with an empty
 * line is an entity without headers (RFC 2046 5.1).  ST_INPUT "mime.header.end": nothing is behind
 * headers of MIME, not even the empty line (or nothing at all is there); else as above.
 */
NODISCARD enum status mime_entity_parse(struct mime_headers *out, struct slice *body, bool *is_bare,
	struct slice entity, struct fault *f);

/*
 * The one header of this name (any case).  ST_NONE "mime.header.missing", ST_INPUT
 * "mime.header.twice".
 */
NODISCARD enum status mime_header_find(
	struct slice *value, const struct mime_headers *, const char *name, struct fault *f);
/* As above, but empty when missing. */
NODISCARD enum status mime_header_get(
	struct slice *value, const struct mime_headers *, const char *name, struct fault *f);

struct mime_param {
	struct slice name;
	struct slice value; /* quotes off; backslashes still in */
};

struct mime_value {
	struct slice main; /* "multipart/signed" */
	struct mime_param params[MIME_PARAMS_MAX];
	size_t count;
};

/*
 * "main; name=value; name="quoted"" of a Content-Type (which its faults say) or Content-Disposition.
 * What says how the body is read (boundary, protocol, micalg, type, smime-type, report-type, start)
 * is there once and exactly so.  Any other may lack its value, be given twice (the first counts)
 * or have a comment or other words without quotes behind it, as products write charsets and names.
 * ST_INPUT "mime.parameter", ST_LIMIT "mime.parameter.count".
 */
NODISCARD enum status mime_value_parse(struct mime_value *out, struct slice text, struct fault *f);
struct slice mime_param_get(const struct mime_value *, const char *name); /* empty when missing */
bool mime_main_is(const struct mime_value *, const char *media_type);     /* any case */

/*
 * The boundary of a multipart; without a parameter the first line that begins with "--" is it
 * (pains 15: a product that forgot it turned accepted deliveries into failures overnight).  Only of
 * what is verified then: a signature, or what one covers.  Borrowed; empty: none.
 */
struct slice mime_boundary_of(const struct mime_value *type, struct slice body);
/*
 * The parts between the boundaries, each without the CRLF before its next delimiter (RFC 2046
 * 5.1.1); none when the multipart is closed at once.  ST_INPUT "mime.boundary.missing" |
 * "mime.boundary.syntax" | "mime.multipart.unclosed", ST_LIMIT "mime.parts".
 */
NODISCARD enum status mime_multipart_parse(struct slice parts[MIME_PARTS_MAX], size_t *count,
	struct slice body, struct slice boundary, struct fault *f);
/*
 * As above, with what follows the line of the closing boundary.  `clear`: who knows that between
 * the first boundary and there, from the beginning of `body`, none is, spares the search; else 0.
 */
NODISCARD enum status mime_multipart_split(struct slice parts[MIME_PARTS_MAX], size_t *count,
	struct slice *epilogue, struct slice body, struct slice boundary, size_t clear,
	struct fault *f);

/* The same one by one, when there may be many. */
struct mime_multipart {
	struct slice body;
	char dashes[MIME_BOUNDARY_MAX + 3];
	size_t at;    /* behind the line of the last boundary read */
	size_t clear; /* from `at` to here is none */
	size_t count; /* parts so far */
	bool is_closed;
};
NODISCARD enum status mime_multipart_begin(
	struct mime_multipart *out, struct slice body, struct slice boundary, struct fault *f);
/* The line end before a delimiter belongs to the delimiter. */
struct slice mime_part_between(struct slice body, size_t start, size_t delimiter);
/* ST_NONE behind the last. */
NODISCARD enum status mime_multipart_next(
	struct slice *part, struct mime_multipart *, struct fault *f);

/* A boundary from 128 random bits: cannot be guessed, so content cannot hold it. */
#define MIME_BOUNDARY_TEXT_MAX 48
char *mime_boundary_new(char out[MIME_BOUNDARY_TEXT_MAX]);

/*
 * The content of a part by its Content-Transfer-Encoding: for 7bit, 8bit, binary, absent: *out is
 * `body` itself; for base64 and quoted-printable the decoded bytes are appended to `scratch` and
 * *out borrows from it.  ST_INPUT "mime.encoding" | "base64.syntax" | "quoted-printable.syntax",
 * ST_LIMIT "buffer.full".
 */
NODISCARD enum status mime_decode(struct slice *out, struct buf *scratch, struct slice encoding,
	struct slice body, struct fault *f);
NODISCARD enum status mime_content(struct slice *out, struct buf *scratch,
	const struct mime_headers *, struct slice body, struct fault *f);

#endif
