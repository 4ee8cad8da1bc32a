/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 requests for the edge process: RFC 9110, 9112.  The head is collected, checked here line
 * by line, then run through llhttp, which also frames the body; where the two disagree about the
 * framing the request is refused.  Line ends are watched in the head and between chunks, because
 * llhttp's idea of a lenient one differs from version to version.  Body bytes are handed on where
 * they lie.
 */
#include "bindings/http.h"

#include <llhttp.h>
#include <stdlib.h>

#define HTTPS "https://"
#define REQUEST_LINE_MAX (HTTP_TARGET_MAX + 32) /* bytes: method, target, version */
#define CHUNK_OVERHEAD_BASE 16384 /* bytes of chunk lines and trailers in any request */
#define CHUNK_OVERHEAD_RATIO 2    /* and per body byte: chunks of three bytes and more */
#define CHUNK_OVERHEAD_RUN 4096   /* between two pieces of body */

enum http_phase {
	PHASE_HEAD,
	PHASE_BODY,
	PHASE_DONE,   /* complete: waits for http_reader_next */
	PHASE_FAILED, /* for good */
};

struct http_reader {
	const struct http_events *events;
	void *context;
	llhttp_t parser;

	enum http_phase phase;
	struct buf head;  /* request line, headers, empty line */
	size_t line_size; /* bytes of the current line of the head, without CR */
	bool first_line;
	bool blank_skipped; /* one empty line before the request is tolerated (RFC 9112 2.2) */
	uint8_t previous;   /* last byte of the head or of chunk framing */
	uint64_t taken;     /* bytes of this request before the current feed */

	struct slice method, target, version;
	struct mime_headers headers;
	struct slice header_block;
	uint64_t length;
	bool expects_continue;
	bool head_seen; /* llhttp has reached the end of the head */
	bool complete;  /* llhttp has reached the end of the request */

	struct slice window; /* what is being fed */
	size_t watched;      /* bytes of it that are judged */
	uint64_t body_bytes;
	uint64_t overhead; /* bytes of chunk framing */
	uint64_t overhead_run;
	enum status verdict; /* of a handler or of the watch within llhttp's callbacks */
	struct fault *fault; /* during http_feed */
};

/* --- line ends and control bytes --------------------------------------------------- */

static bool line_end_is_wrong(uint8_t previous, uint8_t c)
{
	return (previous == '\r') != (c == '\n');
}

static bool is_control(uint8_t c)
{
	return (c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
}

NODISCARD static enum status byte_check(
	struct http_reader *r, uint8_t c, size_t at, struct fault *f)
{
	if (line_end_is_wrong(r->previous, c))
		return fault_at(f, ST_INPUT, r->taken + at, "http.line-end",
			"a line end that is not CR LF");
	if (is_control(c))
		return fault_at(
			f, ST_INPUT, r->taken + at, "http.control", "control byte 0x%02x", c);
	r->previous = c;
	return ST_OK;
}

/* --- chunk framing ----------------------------------------------------------------- */

NODISCARD static enum status overhead_check(const struct http_reader *r, struct fault *f)
{
	uint64_t allowed = CHUNK_OVERHEAD_BASE + CHUNK_OVERHEAD_RATIO * r->body_bytes;

	if (r->overhead_run > CHUNK_OVERHEAD_RUN || r->overhead > allowed)
		return fault_at(f, ST_LIMIT, r->taken + r->watched, "http.chunk.overhead",
			"more chunk framing, extensions or trailers than a request needs");
	return ST_OK;
}

/* Judges the bytes of the window up to `end`, none of which is body. */
NODISCARD static enum status framing_watch(struct http_reader *r, size_t end, struct fault *f)
{
	for (; r->watched < end; r->watched++) {
		r->overhead++;
		r->overhead_run++;
		TRY(overhead_check(r, f));
		TRY(byte_check(r, r->window.p[r->watched], r->watched, f));
	}
	return ST_OK;
}

NODISCARD static enum status piece_pass(struct http_reader *r, size_t at, size_t n)
{
	TRY(framing_watch(r, at, r->fault));
	r->watched = at + n;
	r->body_bytes += n;
	r->overhead_run = 0;
	r->previous = 0;
	return r->events->body(r->context, slice_sub(r->window, at, n), r->fault);
}

/* --- llhttp's callbacks ------------------------------------------------------------- */

static size_t window_offset(const struct http_reader *r, const char *at)
{
	return (size_t)((const uint8_t *)at - r->window.p);
}

static int on_head(llhttp_t *parser)
{
	struct http_reader *r = parser->data;

	r->head_seen = true;
	parser->upgrade =
		0; /* never another protocol on this connection, whatever the client offers */
	return HPE_PAUSED;
}

static int on_body(llhttp_t *parser, const char *at, size_t n)
{
	struct http_reader *r = parser->data;

	r->verdict = piece_pass(r, window_offset(r, at), n);
	return r->verdict == ST_OK ? 0 : HPE_USER;
}

static int on_complete(llhttp_t *parser)
{
	struct http_reader *r = parser->data;

	r->complete = true;
	return HPE_PAUSED;
}

static const llhttp_settings_t callbacks = {
	.on_headers_complete = on_head,
	.on_body = on_body,
	.on_message_complete = on_complete,
};

static llhttp_errno_t parser_run(struct http_reader *r, struct slice in)
{
	r->window = in;
	r->watched = 0;
	llhttp_resume(&r->parser);
	return llhttp_execute(&r->parser, (const char *)in.p, in.n);
}

static const char *parser_reason(const struct http_reader *r)
{
	const char *reason = llhttp_get_error_reason(&r->parser);

	return reason && *reason ? reason : "it does not end where it should";
}

/* --- the head: collecting ----------------------------------------------------------- */

NODISCARD static enum status head_size_check(
	const struct http_reader *r, size_t at, struct fault *f)
{
	if (r->first_line && r->line_size > REQUEST_LINE_MAX)
		return fault_at(f, ST_LIMIT, r->taken + at, "http.target.size",
			"request target of more than %d bytes", HTTP_TARGET_MAX);
	if (r->head.n + at >= HTTP_HEAD_MAX)
		return fault_at(f, ST_LIMIT, r->taken + at, "http.head.size",
			"request head of more than %d bytes", HTTP_HEAD_MAX);
	return ST_OK;
}

/* A line that begins with a blank goes on the one before (obs-fold), or tries to be no header line.
 */
NODISCARD static enum status fold_check(
	const struct http_reader *r, uint8_t c, size_t at, struct fault *f)
{
	if (r->line_size > 0 || r->first_line || (c != ' ' && c != '\t'))
		return ST_OK;
	return fault_at(f, ST_INPUT, r->taken + at, "http.header.fold",
		"a header line that begins with a blank");
}

/* True at the LF of the empty line. */
static bool line_count(struct http_reader *r, uint8_t c)
{
	bool empty = r->line_size == 0;

	if (c == '\n') {
		r->line_size = 0;
		r->first_line = false;
		return empty;
	}
	if (c != '\r')
		r->line_size++;
	return false;
}

/* *used: bytes up to and with the empty line, when *found. */
NODISCARD static enum status head_scan(
	struct http_reader *r, size_t *used, bool *found, struct slice in, struct fault *f)
{
	*found = false;
	for (*used = 0; *used < in.n && !*found; ++*used) {
		TRY(head_size_check(r, *used, f));
		TRY(byte_check(r, in.p[*used], *used, f));
		TRY(fold_check(r, in.p[*used], *used, f));
		*found = line_count(r, in.p[*used]);
	}
	return ST_OK;
}

static void request_begin(struct http_reader *r)
{
	r->phase = PHASE_HEAD;
	buf_clear(&r->head);
	r->line_size = 0;
	r->first_line = true;
	r->previous = 0;
}

/* An empty line before the request is dropped, once. */
static bool head_is_blank(struct http_reader *r)
{
	if (r->head.n != 2 || r->blank_skipped)
		return false;
	r->blank_skipped = true;
	request_begin(r);
	return true;
}

/* ST_MORE until the head is whole. */
NODISCARD static enum status head_collect(
	struct http_reader *r, size_t *used, struct slice in, struct fault *f)
{
	size_t n;
	bool found;

	do {
		TRY(head_scan(r, &n, &found, slice_from(in, *used), f));
		buf_put(&r->head, slice_sub(in, *used, n));
		*used += n;
		r->taken += n;
		if (!found)
			return ST_MORE;
	} while (head_is_blank(r));
	return ST_OK;
}

/* --- the head: judging ---------------------------------------------------------------- */

NODISCARD static enum status version_check(struct slice version, size_t at, struct fault *f)
{
	if (slice_eq(version, S("HTTP/1.1")) || slice_eq(version, S("HTTP/1.0")))
		return ST_OK;
	return fault_at(f, ST_INPUT, at, "http.version", "version '%.*s', want HTTP/1.1",
		SLICE_FMT(slice_to(version, 20)));
}

/* False: no host is named by which a request could come here. */
static bool authority_is_plain(struct slice authority)
{
	size_t at;

	return authority.n > 0 && !slice_find_byte(&at, authority, '@') &&
		!slice_find_byte(&at, authority, '?') && !slice_find_byte(&at, authority, '#');
}

/*
 * Of the absolute-form, as a proxy is asked, the path (RFC 9112 3.2.2).  Its host counts as much as
 * that of Host: it is there, and no other is reached through us.
 */
static struct slice target_path(struct slice target)
{
	struct slice authority, rest = slice_from(target, S(HTTPS).n);
	size_t at = rest.n;

	if (!slice_has_prefix_nocase(target, S(HTTPS)))
		return target;
	(void)slice_find_byte(&at, rest, '/');
	authority = slice_to(rest, at);
	if (!authority_is_plain(authority))
		return target;
	return at < rest.n ? slice_from(rest, at) : S("/");
}

/* A path only. */
NODISCARD static enum status target_check(
	struct slice *path, struct slice target, size_t at, struct fault *f)
{
	*path = target_path(target);
	if (target.n > HTTP_TARGET_MAX)
		return fault_at(f, ST_LIMIT, at, "http.target.size",
			"request target of %zu bytes, limit %d", target.n, HTTP_TARGET_MAX);
	if (!slice_is_printable(target) || !slice_has_prefix(*path, S("/")))
		return fault_at(f, ST_INPUT, at, "http.target",
			"a target is a path of printable ASCII, or https://HOST before one");
	return ST_OK;
}

NODISCARD static enum status request_line_parse(
	struct http_reader *r, struct slice line, struct fault *f)
{
	struct slice rest, target;

	if (!slice_cut(&r->method, &rest, line, ' ') ||
		!slice_cut(&target, &r->version, rest, ' '))
		return fault_set(f, ST_INPUT, "http.request-line",
			"a request line is: method, target, version");
	TRY(version_check(r->version, line.n - r->version.n, f));
	return target_check(&r->target, target, r->method.n + 1, f);
}

/* RFC 9110 5.6.2: narrower than what MIME allows. */
static bool name_is_token(struct slice name)
{
	size_t at;

	for (size_t i = 0; i < name.n; i++)
		if (slice_find_byte(&at, S("()<>@,;:\\\"/[]?={}"), name.p[i]))
			return false;
	return name.n > 0;
}

NODISCARD static enum status header_check(const struct mime_header *header, struct fault *f)
{
	if (!name_is_token(header->name))
		return fault_set(f, ST_INPUT, "http.header.syntax",
			"header name '%.*s' is no token", SLICE_FMT(slice_to(header->name, 40)));
	return ST_OK;
}

/* MIME's faults, in HTTP's words. */
static enum status header_fault(const struct fault *why, size_t before, struct fault *f)
{
	const char *code = why->status == ST_LIMIT ? "http.head.size" : "http.header.syntax";

	return fault_at(f, why->status, before + why->offset, code, "%s", why->text);
}

NODISCARD static enum status headers_parse(struct http_reader *r, size_t before, struct fault *f)
{
	struct slice body;
	struct fault why;

	if (mime_headers_parse(&r->headers, &body, r->header_block, &why) != ST_OK)
		return header_fault(&why, before, f);
	for (size_t i = 0; i < r->headers.count; i++)
		TRY(header_check(&r->headers.list[i], f));
	return ST_OK;
}

/* Empty when missing. */
NODISCARD static enum status header_once(struct slice *out, const struct http_reader *r,
	const char *name, const char *code, struct fault *f)
{
	struct fault why;

	if (mime_header_get(out, &r->headers, name, &why) != ST_OK)
		return fault_set(f, ST_INPUT, code, "%s", why.text);
	return ST_OK;
}

static bool is_http_11(const struct http_reader *r)
{
	return slice_eq(r->version, S("HTTP/1.1"));
}

NODISCARD static enum status host_check(const struct http_reader *r, struct fault *f)
{
	struct slice host;

	TRY(header_once(&host, r, "Host", "http.host", f));
	if (is_http_11(r) && !slice_is_printable(host))
		return fault_set(f, ST_INPUT, "http.host", "an HTTP/1.1 request names one host");
	return ST_OK;
}

static bool header_is_given(const struct http_reader *r, const char *name)
{
	struct slice value;

	return mime_header_find(&value, &r->headers, name, NULL) == ST_OK;
}

NODISCARD static enum status length_read(struct http_reader *r, struct fault *f)
{
	struct slice digits;
	struct fault why;

	TRY(header_once(&digits, r, "Content-Length", "http.length", f));
	r->length = 0;
	if (!header_is_given(r, "Content-Length"))
		return ST_OK;
	if (slice_u64(&r->length, digits, &why) != ST_OK || r->length == HTTP_NO_LENGTH)
		return fault_set(f, ST_INPUT, "http.length", "Content-Length '%.*s'",
			SLICE_FMT(slice_to(digits, 40)));
	return ST_OK;
}

/* RFC 9112 6.1: only "chunked" is understood; together with a length it is an attack or a fault. */
NODISCARD static enum status coding_read(struct http_reader *r, struct fault *f)
{
	struct slice coding;

	TRY(header_once(&coding, r, "Transfer-Encoding", "http.transfer-coding", f));
	if (!header_is_given(r, "Transfer-Encoding"))
		return ST_OK;
	if (!slice_eq_nocase(coding, S("chunked")) || !is_http_11(r))
		return fault_set(f, ST_INPUT, "http.transfer-coding",
			"transfer coding '%.*s' in %.*s", SLICE_FMT(slice_to(coding, 40)),
			SLICE_FMT(r->version));
	if (header_is_given(r, "Content-Length"))
		return fault_set(
			f, ST_INPUT, "http.framing", "both Content-Length and Transfer-Encoding");
	r->length = HTTP_NO_LENGTH;
	return ST_OK;
}

/* Is it one that changes the bytes?  Other words occur here, for want of a place to put them. */
static bool is_content_coding(struct slice name)
{
	static const char *const codings[] = { "gzip", "x-gzip", "deflate", "compress",
		"x-compress", "br", "zstd" };

	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++)
		if (slice_eq_nocase(slice_trim(name), slice_str(codings[i])))
			return true;
	return false;
}

/* A body that is coded would be taken for what it holds (RFC 9110 8.4): AS2 has its own. */
NODISCARD static enum status content_coding_check(const struct http_reader *r, struct fault *f)
{
	struct slice list, name, rest;

	TRY(header_once(&list, r, "Content-Encoding", "http.content-coding", f));
	for (rest = list; rest.n > 0;) {
		slice_cut(&name, &rest, rest, ',');
		if (is_content_coding(name))
			return fault_set(f, ST_INPUT, "http.content-coding",
				"content coding '%.*s' is not read: compress as RFC 5402 says",
				SLICE_FMT(slice_to(list, 40)));
	}
	return ST_OK;
}

NODISCARD static enum status expectation_read(struct http_reader *r, struct fault *f)
{
	struct slice expectation;

	TRY(header_once(&expectation, r, "Expect", "http.expectation", f));
	r->expects_continue = false;
	if (expectation.n == 0 || !is_http_11(r))
		return ST_OK;
	if (!slice_eq_nocase(expectation, S("100-continue")))
		return fault_set(f, ST_INPUT, "http.expectation", "expectation '%.*s'",
			SLICE_FMT(slice_to(expectation, 40)));
	r->expects_continue = true;
	return ST_OK;
}

static bool framing_agrees(const struct http_reader *r)
{
	if (r->length == HTTP_NO_LENGTH)
		return r->parser.flags & F_CHUNKED;
	return !(r->parser.flags & F_CHUNKED) && r->parser.content_length == r->length;
}

/* llhttp's own reading of the same head: it must agree, or somebody else's parser may not either.
 */
NODISCARD static enum status head_crosscheck(struct http_reader *r, struct fault *f)
{
	if (parser_run(r, buf_slice(&r->head)) != HPE_PAUSED || !r->head_seen)
		return fault_set(f, ST_INPUT, "http.syntax", "%s", parser_reason(r));
	if (r->parser.method == HTTP_CONNECT)
		return fault_set(f, ST_INPUT, "http.method", "this is no proxy");
	if (!framing_agrees(r))
		return fault_set(f, ST_INPUT, "http.framing",
			"the length of the body can be read in two ways");
	return ST_OK;
}

NODISCARD static enum status head_judge(struct http_reader *r, struct fault *f)
{
	struct slice head = buf_slice(&r->head), line, rest;

	slice_cut(&line, &rest, head, '\n');
	r->header_block = slice_to(rest, rest.n - 2);
	TRY(request_line_parse(r, slice_to(line, line.n - 1), f));
	TRY(headers_parse(r, line.n + 1, f));
	TRY(host_check(r, f));
	TRY(length_read(r, f));
	TRY(coding_read(r, f));
	TRY(content_coding_check(r, f));
	TRY(expectation_read(r, f));
	return head_crosscheck(r, f);
}

NODISCARD static enum status head_announce(struct http_reader *r, struct fault *f)
{
	struct http_head head = {
		.method = r->method,
		.target = r->target,
		.headers = &r->headers,
		.header_block = r->header_block,
		.length = r->length,
		.expects_continue = r->expects_continue,
		.keep_alive = llhttp_should_keep_alive(&r->parser),
	};

	r->phase = PHASE_BODY;
	r->previous = 0;
	return r->events->head(r->context, &head, f);
}

/* --- the engine ------------------------------------------------------------------------- */

void http_reader_next(struct http_reader *r)
{
	llhttp_init(&r->parser, HTTP_REQUEST, &callbacks);
	r->parser.data = r;
	r->blank_skipped = r->head_seen = r->complete = false;
	r->taken = r->body_bytes = r->overhead = r->overhead_run = 0;
	r->verdict = ST_OK;
	request_begin(r);
}

struct http_reader *http_reader_new(const struct http_events *events, void *context)
{
	struct http_reader *r = alloc_zeroed(1, sizeof(*r));

	r->events = events;
	r->context = context;
	r->head = buf_init(HTTP_HEAD_MAX);
	http_reader_next(r);
	return r;
}

void http_reader_free(struct http_reader *r)
{
	if (!r)
		return;
	buf_done(&r->head);
	free(r);
}

bool http_reader_idle(const struct http_reader *r)
{
	return r->phase == PHASE_HEAD && r->head.n == 0;
}

NODISCARD static enum status request_finish(struct http_reader *r, size_t *used, struct fault *f)
{
	size_t stopped = window_offset(r, llhttp_get_error_pos(&r->parser));

	TRY(framing_watch(r, stopped, f));
	*used += stopped;
	r->phase = PHASE_DONE;
	TRY(r->events->end(r->context, f));
	return ST_NONE;
}

/*
 * The watch and the handlers speak first, for the byte at which llhttp gave up too: they are more
 * exact.  That byte is not counted: llhttp stops at the one it does not take, or behind it.
 */
static enum status body_fault(struct http_reader *r, struct fault *f)
{
	size_t stopped;

	if (r->verdict != ST_OK)
		return r->verdict;
	stopped = window_offset(r, llhttp_get_error_pos(&r->parser));
	TRY(framing_watch(r, stopped, f));
	if (stopped < r->window.n)
		TRY(byte_check(r, r->window.p[stopped], stopped, f));
	return fault_at(f, ST_INPUT, r->taken + stopped, "http.chunk", "%s", parser_reason(r));
}

NODISCARD static enum status body_feed(
	struct http_reader *r, size_t *used, struct slice in, struct fault *f)
{
	llhttp_errno_t error = parser_run(r, in);

	if (error == HPE_PAUSED && r->complete)
		return request_finish(r, used, f);
	if (error != HPE_OK)
		return body_fault(r, f);
	TRY(framing_watch(r, in.n, f));
	*used += in.n;
	r->taken += in.n;
	return ST_MORE;
}

NODISCARD static enum status request_feed(
	struct http_reader *r, size_t *used, struct slice in, struct fault *f)
{
	if (r->phase == PHASE_HEAD) {
		TRY(head_collect(r, used, in, f));
		TRY(head_judge(r, f));
		TRY(head_announce(r, f));
	}
	return body_feed(r, used, slice_from(in, *used), f);
}

enum status http_feed(struct http_reader *r, size_t *used, struct slice in, struct fault *f)
{
	enum status status;

	*used = 0;
	if (r->phase == PHASE_DONE)
		bug("http_feed without http_reader_next");
	if (r->phase == PHASE_FAILED)
		return fault_set(f, ST_INPUT, "http.failed", "this connection was given up");
	r->fault = f;
	status = request_feed(r, used, in, f);
	r->fault = NULL;
	if (status != ST_MORE && status != ST_NONE)
		r->phase = PHASE_FAILED;
	return status;
}

/* --- answers ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct {
	unsigned status;
	const char *reason;
} reasons[] = {
	{ 100, "Continue" },
	{ 200, "OK" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 425, "Too Early" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};
/* clang-format on */

const char *http_reason(unsigned status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

/* RFC 9110 8.6: neither 1xx nor 204 may carry a length. */
static bool has_length(unsigned status)
{
	return status >= 200 && status != 204;
}

void http_answer_format(struct buf *out, const struct http_answer *answer)
{
	buf_putf(out, "HTTP/1.1 %u %s\r\n", answer->status, http_reason(answer->status));
	if (answer->content_type.n > 0) {
		buf_put_text(out, "Content-Type: ");
		buf_put(out, answer->content_type);
		buf_put_text(out, "\r\n");
	}
	if (has_length(answer->status))
		buf_putf(out, "Content-Length: %llu\r\n", (unsigned long long)answer->length);
	if (answer->retry_after_s > 0)
		buf_putf(out, "Retry-After: %u\r\n", answer->retry_after_s);
	if (answer->close)
		buf_put_text(out, "Connection: close\r\n");
	buf_put(out, answer->extra);
	buf_put_text(out, "\r\n");
}
