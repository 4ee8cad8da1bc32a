/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server side of HTTP/1.1 (RFC 9112) as a sans-I/O engine over llhttp: bytes in,
 * events out.  Strict: both lengths, bare CR or LF, folding, unknown transfer codings, spaces
 * before colons are refused (request smuggling).  Chunk extensions and trailers are bounded and
 * dropped.
 */
#ifndef TIELINE_BINDINGS_HTTP_H
#define TIELINE_BINDINGS_HTTP_H

#include "bindings/mime.h"

#define HTTP_TARGET_MAX 1024 /* bytes */
#define HTTP_HEAD_MAX 16384  /* bytes of request line and headers together */
#define HTTP_NO_LENGTH UINT64_MAX

struct http_head {
	/* the target is a path: that of an absolute-form, whose host counts as little as Host */
	struct slice method, target;
	const struct mime_headers *headers;
	struct slice header_block; /* "Name: value" CRLF lines, without the empty line */
	uint64_t length;           /* 0 for none, HTTP_NO_LENGTH for chunked */
	bool expects_continue;
	bool keep_alive; /* the connection may carry another request */
};

struct http_events {
	/*
	 * Slices live until the handler returns.  Any status but ST_OK stops the engine and is
	 * returned by http_feed: use none of ST_MORE and ST_NONE.
	 */
	NODISCARD enum status (*head)(void *context, const struct http_head *, struct fault *f);
	NODISCARD enum status (*body)(void *context, struct slice piece, struct fault *f);
	/* The request is complete; the engine pauses: ST_NONE from http_feed. */
	NODISCARD enum status (*end)(void *context, struct fault *f);
};

struct http_reader;
struct http_reader *http_reader_new(const struct http_events *, void *context);
void http_reader_free(struct http_reader *);
DEFINE_AUTO(http_reader)

/*
 * ST_MORE: all of `in` taken, request goes on.  ST_NONE: request complete, *used bytes taken; the
 * rest belongs to the next request: call http_reader_next() first.  ST_INPUT "http.*" (answer 400
 * and close), ST_LIMIT "http.head.size" (431) | "http.target.size" (414) | "http.chunk.overhead"
 * (400).  Offsets count from the first byte of the request.  Once refused, all is refused.
 */
NODISCARD enum status http_feed(
	struct http_reader *, size_t *used, struct slice in, struct fault *f);
void http_reader_next(struct http_reader *);
bool http_reader_idle(const struct http_reader *); /* no byte of a request seen yet */

struct http_answer {
	unsigned status;
	struct slice content_type; /* empty: none */
	struct slice extra;        /* further header lines, each with CRLF */
	uint64_t length;
	unsigned retry_after_s; /* 0: no Retry-After */
	bool close;
};
/* Appends the head, with its empty line. */
void http_answer_format(struct buf *out, const struct http_answer *);
const char *http_reason(unsigned status);

#endif
