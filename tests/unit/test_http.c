/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP engine: what it accepts, what it refuses (request smuggling first of all), and that it
 * says the same whether bytes come at once or one by one.  Foreign cases: TIELINE_SHARED_DATA/http.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "bindings/http.h"
#include "shared_data.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TRACE_MAX 300000

/* --- a trace of what happened ----------------------------------------------------- */

struct trace {
	struct buf text; /* heads and ends in words, bodies as they are */
	struct buf bodies;
	unsigned heads, ends;
	enum status head_answer, body_answer;
	bool keep_alive, expects_continue;
	uint64_t length;
};

static enum status trace_head(void *context, const struct http_head *head, struct fault *f)
{
	struct trace *t = context;

	t->heads++;
	t->keep_alive = head->keep_alive;
	t->expects_continue = head->expects_continue;
	t->length = head->length;
	buf_putf(&t->text, "[%.*s %.*s %zu|%.*s|%lld %d %d]", SLICE_FMT(head->method),
		SLICE_FMT(head->target), head->headers->count, SLICE_FMT(head->header_block),
		(long long)head->length, head->expects_continue, head->keep_alive);
	return t->head_answer == ST_OK ? ST_OK
				       : fault_set(f, t->head_answer, "test.head", "refused");
}

static enum status trace_body(void *context, struct slice piece, struct fault *f)
{
	struct trace *t = context;

	buf_put(&t->text, piece);
	buf_put(&t->bodies, piece);
	return t->body_answer == ST_OK ? ST_OK
				       : fault_set(f, t->body_answer, "test.body", "refused");
}

static enum status trace_end(void *context, struct fault *f)
{
	struct trace *t = context;

	(void)f;
	t->ends++;
	buf_put_text(&t->text, "[end]");
	return ST_OK;
}

static const struct http_events tracing = { trace_head, trace_body, trace_end };

static struct trace trace_init(void)
{
	return (struct trace){ .text = buf_init(TRACE_MAX), .bodies = buf_init(TRACE_MAX) };
}

static void trace_done(struct trace *t)
{
	buf_done(&t->text);
	buf_done(&t->bodies);
}
DEFINE_AUTO_IN_PLACE(trace)

/* Feeds everything, `step` bytes at a time, request after request. The status of the last feed. */
static enum status run(struct trace *t, struct slice in, size_t step, struct fault *f)
{
	AUTO(http_reader) reader = http_reader_new(&tracing, t);
	enum status status = ST_MORE;
	size_t used;

	while (in.n > 0) {
		status = http_feed(reader, &used, slice_to(in, step), f);
		if (status != ST_MORE && status != ST_NONE)
			return status;
		in = slice_from(in, used);
		if (status == ST_NONE)
			http_reader_next(reader);
	}
	return status;
}

#define AT_ONCE SIZE_MAX

/* --- accepted ------------------------------------------------------------------------ */

#define HOST "Host: h\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"

/* clang-format off */
static const struct {
	const char *name;
	struct slice in;
	struct slice trace;
} accepted[] = {
	{ "GET without body", S("GET /healthz HTTP/1.1\r\n" HOST "\r\n"), S("[GET /healthz 1|Host: h\r\n|0 0 1][end]") },
	{ "POST with a length", S("POST /as2 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello"),
	  S("[POST /as2 2|Host: h\r\nContent-Length: 5\r\n|5 0 1]hello[end]") },
	{ "POST of no bytes", S("POST /as2 HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"),
	  S("[POST /as2 2|Host: h\r\nContent-Length: 0\r\n|0 0 1][end]") },
	{ "POST without length or coding", S("POST /as2 HTTP/1.1\r\n" HOST "\r\n"), S("[POST /as2 1|Host: h\r\n|0 0 1][end]") },
	{ "chunks", S("POST / HTTP/1.1\r\n" HOST CHUNKED "\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n"),
	  S("[POST / 2|" HOST CHUNKED "|-1 0 1]hello![end]") },
	/* llhttp 8 refuses a second extension after an unquoted one; 9 does not */
	{ "chunk extensions are dropped", S("POST / HTTP/1.1\r\n" HOST CHUNKED "\r\n5;a=\"b c\";d=e\r\nhello\r\n0;f\r\n\r\n"),
	  S("[POST / 2|" HOST CHUNKED "|-1 0 1]hello[end]") },
	{ "trailers are dropped", S("POST / HTTP/1.1\r\n" HOST CHUNKED "\r\n1\r\nx\r\n0\r\nDigest: y\r\n\r\n"),
	  S("[POST / 2|" HOST CHUNKED "|-1 0 1]x[end]") },
	{ "chunk sizes in hexadecimal of both cases", S("POST / HTTP/1.1\r\n" HOST CHUNKED "\r\nA\r\n0123456789\r\nb\r\n0123456789a\r\n0\r\n\r\n"),
	  S("[POST / 2|" HOST CHUNKED "|-1 0 1]01234567890123456789a[end]") },
	{ "body bytes of any value", S("POST / HTTP/1.1\r\n" HOST "Content-Length: 6\r\n\r\n\0\r\n\n\r\xff"),
	  S("[POST / 2|" HOST "Content-Length: 6\r\n|6 0 1]\0\r\n\n\r\xff[end]") },
	{ "chunk bytes of any value", S("POST / HTTP/1.1\r\n" HOST CHUNKED "\r\n6\r\n\0\r\n\n\r\xff\r\n0\r\n\r\n"),
	  S("[POST / 2|" HOST CHUNKED "|-1 0 1]\0\r\n\n\r\xff[end]") },
	{ "Expect", S("POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx"),
	  S("[POST / 3|" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n|1 1 1]x[end]") },
	{ "Connection: close", S("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"), S("[GET / 2|" HOST "Connection: close\r\n|0 0 0][end]") },
	{ "HTTP/1.0 closes", S("GET / HTTP/1.0\r\n\r\n"), S("[GET / 0||0 0 0][end]") },
	{ "HTTP/1.0 kept alive", S("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), S("[GET / 1|Connection: keep-alive\r\n|0 0 1][end]") },
	{ "two requests in a row", S("GET /a HTTP/1.1\r\n" HOST "\r\nGET /b HTTP/1.1\r\n" HOST "\r\n"),
	  S("[GET /a 1|Host: h\r\n|0 0 1][end][GET /b 1|Host: h\r\n|0 0 1][end]") },
	{ "a request after a body", S("POST /a HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nxGET /b HTTP/1.1\r\n" HOST "\r\n"),
	  S("[POST /a 2|" HOST "Content-Length: 1\r\n|1 0 1]x[end][GET /b 1|Host: h\r\n|0 0 1][end]") },
	{ "a request after chunks", S("POST /a HTTP/1.1\r\n" HOST CHUNKED "\r\n0\r\n\r\nGET /b HTTP/1.1\r\n" HOST "\r\n"),
	  S("[POST /a 2|" HOST CHUNKED "|-1 0 1][end][GET /b 1|Host: h\r\n|0 0 1][end]") },
	{ "an absolute target", S("GET https://h:8443/as2?x HTTP/1.1\r\n" HOST "\r\n"), S("[GET /as2?x 1|" HOST "|0 0 1][end]") },
	{ "an absolute target of another host", S("GET HTTPS://other/as2 HTTP/1.1\r\n" HOST "\r\n"), S("[GET /as2 1|" HOST "|0 0 1][end]") },
	{ "an absolute target without a path", S("GET https://h HTTP/1.1\r\n" HOST "\r\n"), S("[GET / 1|" HOST "|0 0 1][end]") },
	{ "one empty line before a request", S("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), S("[GET / 1|Host: h\r\n|0 0 1][end]") },
	{ "no upgrade is taken up", S("GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"),
	  S("[GET / 3|" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n|0 0 1][end]") },
	{ "an upgrade with a body keeps its body",
	  S("POST / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n\r\nx"),
	  S("[POST / 4|" HOST "Connection: Upgrade\r\nUpgrade: x\r\nContent-Length: 1\r\n|1 0 1]x[end]") },
	{ "tabs around values", S("GET / HTTP/1.1\r\nHost:\th\t\r\n\r\n"), S("[GET / 1|Host:\th\t\r\n|0 0 1][end]") },
	{ "UTF-8 in a value", S("GET / HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n\r\n"), S("[GET / 2|" HOST "X: \xc3\xa9\r\n|0 0 1][end]") },
	{ "a method with a body that is GET", S("GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"),
	  S("[GET / 2|" HOST "Content-Length: 1\r\n|1 0 1]x[end]") },
};
/* clang-format on */

static void expect_trace(const char *name, size_t step, struct slice in, struct slice want)
{
	AUTO_IN_PLACE(trace) t = trace_init();
	struct fault f = { 0 };
	enum status got = run(&t, in, step, &f);

	if (got != ST_NONE)
		fail_msg("%s, %zu at a time: %s %s (%s)", name, step, status_name(got), f.code,
			f.text);
	if (!slice_eq(buf_slice(&t.text), want))
		fail_msg("%s, %zu at a time: %.*s", name, step, SLICE_FMT(buf_slice(&t.text)));
}

static void requests_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++)
		for (size_t step = 1; step < 8; step++)
			expect_trace(accepted[i].name, step, accepted[i].in, accepted[i].trace);
	for (size_t i = 0; i < COUNT(accepted); i++)
		expect_trace(accepted[i].name, AT_ONCE, accepted[i].in, accepted[i].trace);
}

static void unfinished_requests_ask_for_more(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		AUTO_IN_PLACE(trace) t = trace_init();
		struct fault f = { 0 };
		enum status got =
			run(&t, slice_to(accepted[i].in, accepted[i].in.n - 1), AT_ONCE, &f);

		if (got != ST_MORE)
			fail_msg("%s, one byte short: %s %s", accepted[i].name, status_name(got),
				f.code);
	}
}

/* --- refused ---------------------------------------------------------------------------- */

#define POST "POST / HTTP/1.1\r\n" HOST

/* clang-format off */
static const struct {
	const char *name;
	struct slice in;
	enum status want;
	const char *code;
	uint64_t offset; /* 0: not asked */
} refused[] = {
	/* two lengths: each of these has split some pair of parsers */
	{ "length and chunked", S(POST "Content-Length: 3\r\n" CHUNKED "\r\n0\r\n\r\n"), ST_INPUT, "http.framing", 0 },
	{ "chunked and length", S(POST CHUNKED "Content-Length: 3\r\n\r\n0\r\n\r\n"), ST_INPUT, "http.framing", 0 },
	{ "two lengths", S(POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), ST_INPUT, "http.length", 0 },
	{ "the same length twice", S(POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), ST_INPUT, "http.length", 0 },
	{ "list of lengths", S(POST "Content-Length: 3, 3\r\n\r\nabc"), ST_INPUT, "http.length", 0 },
	{ "length with plus", S(POST "Content-Length: +3\r\n\r\nabc"), ST_INPUT, "http.length", 0 },
	{ "length with minus", S(POST "Content-Length: -3\r\n\r\nabc"), ST_INPUT, "http.length", 0 },
	{ "length in hexadecimal", S(POST "Content-Length: 0x3\r\n\r\nabc"), ST_INPUT, "http.length", 0 },
	{ "length with a blank inside", S(POST "Content-Length: 1 3\r\n\r\nabc"), ST_INPUT, "http.length", 0 },
	{ "empty length", S(POST "Content-Length: \r\n\r\n"), ST_INPUT, "http.length", 0 },
	{ "length beyond 64 bits", S(POST "Content-Length: 18446744073709551616\r\n\r\n"), ST_INPUT, "http.length", 0 },
	{ "length of all ones, our mark for none", S(POST "Content-Length: 18446744073709551615\r\n\r\n"), ST_INPUT, "http.length", 0 },
	/* transfer codings */
	{ "gzip", S(POST "Transfer-Encoding: gzip\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "coded content", S(POST "Content-Length: 5\r\nContent-Encoding: GZip\r\n\r\nhello"), ST_INPUT, "http.content-coding", 0 },
	{ "content coded twice", S(POST "Content-Length: 5\r\nContent-Encoding: identity, br\r\n\r\nhello"), ST_INPUT, "http.content-coding", 0 },
	{ "content coded in two lines", S(POST "Content-Length: 5\r\nContent-Encoding: x\r\nContent-Encoding: br\r\n\r\nhello"), ST_INPUT, "http.content-coding", 0 },
	{ "gzip, chunked", S(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "chunked, identity", S(POST "Transfer-Encoding: chunked, identity\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "chunked twice in one line", S(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "chunked in two lines", S(POST CHUNKED CHUNKED "\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "identity", S(POST "Transfer-Encoding: identity\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "xchunked", S(POST "Transfer-Encoding: xchunked\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "chunked with a vertical tab", S(POST "Transfer-Encoding: \x0b" "chunked\r\n\r\n"), ST_INPUT, "http.control", 0 },
	{ "chunked in quotes", S(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "empty coding", S(POST "Transfer-Encoding:\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	{ "chunked in HTTP/1.0", S("POST / HTTP/1.0\r\n" CHUNKED "\r\n0\r\n\r\n"), ST_INPUT, "http.transfer-coding", 0 },
	/* line ends */
	{ "bare LF after the request line", S("GET / HTTP/1.1\nHost: h\r\n\r\n"), ST_INPUT, "http.line-end", 14 },
	{ "bare LF after a header", S("GET / HTTP/1.1\r\nHost: h\n\r\n"), ST_INPUT, "http.line-end", 23 },
	{ "bare LF as the empty line", S("GET / HTTP/1.1\r\nHost: h\r\n\n"), ST_INPUT, "http.line-end", 25 },
	{ "bare CR in a header", S("GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"), ST_INPUT, "http.line-end", 24 },
	{ "CR CR LF", S("GET / HTTP/1.1\r\r\nHost: h\r\n\r\n"), ST_INPUT, "http.line-end", 15 },
	{ "LF at the very start", S("\nGET / HTTP/1.1\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "two empty lines before a request", S("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.request-line", 0 },
	{ "bare LF after a chunk size", S(POST CHUNKED "\r\n1\nx\r\n0\r\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare LF after a chunk", S(POST CHUNKED "\r\n1\r\nx\n0\r\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare CR after a chunk size", S(POST CHUNKED "\r\n1\rx\r\n0\r\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare LF in a chunk extension", S(POST CHUNKED "\r\n1;a\nx\r\n0\r\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare CR in a chunk extension", S(POST CHUNKED "\r\n1;a\rb\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare LF ends the last chunk", S(POST CHUNKED "\r\n0\n\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare LF in a trailer", S(POST CHUNKED "\r\n0\r\nA: b\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare CR in a trailer", S(POST CHUNKED "\r\n0\r\nA: b\rC: d\r\n\r\n"), ST_INPUT, "http.line-end", 0 },
	{ "bare LF closes the trailers", S(POST CHUNKED "\r\n0\r\nA: b\r\n\n"), ST_INPUT, "http.line-end", 0 },
	/* header lines */
	{ "fold", S("GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n z\r\n\r\n"), ST_INPUT, "http.header.fold", 31 },
	{ "fold with tab", S("GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n\tz\r\n\r\n"), ST_INPUT, "http.header.fold", 0 },
	{ "fold of a length", S(POST "Content-Length:\r\n 3\r\n\r\nabc"), ST_INPUT, "http.header.fold", 0 },
	{ "fold before the first header", S("GET / HTTP/1.1\r\n Host: h\r\n\r\n"), ST_INPUT, "http.header.fold", 16 },
	{ "blank before the colon", S("GET / HTTP/1.1\r\nHost : h\r\n\r\n"), ST_INPUT, "http.header.syntax", 16 },
	{ "tab before the colon", S(POST "Content-Length\t: 3\r\n\r\nabc"), ST_INPUT, "http.header.syntax", 26 },
	{ "blank within a name", S("GET / HTTP/1.1\r\nHost: h\r\nX Y: z\r\n\r\n"), ST_INPUT, "http.header.syntax", 25 },
	{ "no colon", S("GET / HTTP/1.1\r\nHost: h\r\nnonsense\r\n\r\n"), ST_INPUT, "http.header.syntax", 25 },
	{ "empty name", S("GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n"), ST_INPUT, "http.header.syntax", 25 },
	{ "name with a separator", S("GET / HTTP/1.1\r\nHost: h\r\nX(Y): z\r\n\r\n"), ST_INPUT, "http.header.syntax", 0 },
	{ "name above ASCII", S("GET / HTTP/1.1\r\nHost: h\r\n\xc3\xa9: z\r\n\r\n"), ST_INPUT, "http.header.syntax", 25 },
	{ "NUL in a value", S("GET / HTTP/1.1\r\nHost: h\0\r\n\r\n"), ST_INPUT, "http.control", 23 },
	{ "NUL in a name", S("GET / HTTP/1.1\r\nHo\0st: h\r\n\r\n"), ST_INPUT, "http.control", 18 },
	{ "DEL in a value", S("GET / HTTP/1.1\r\nHost: h\x7f\r\n\r\n"), ST_INPUT, "http.control", 23 },
	/* hosts */
	{ "no host", S("GET / HTTP/1.1\r\nX: y\r\n\r\n"), ST_INPUT, "http.host", 0 },
	{ "two hosts", S("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), ST_INPUT, "http.host", 0 },
	{ "empty host", S("GET / HTTP/1.1\r\nHost:\r\n\r\n"), ST_INPUT, "http.host", 0 },
	{ "host with a blank", S("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), ST_INPUT, "http.host", 0 },
	/* request lines */
	{ "HTTP/0.9", S("GET /\r\n\r\n"), ST_INPUT, "http.request-line", 0 },
	{ "HTTP/2 preface", S("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ST_INPUT, "http.version", 6 },
	{ "HTTP/1.2", S("GET / HTTP/1.2\r\n" HOST "\r\n"), ST_INPUT, "http.version", 6 },
	{ "HTTP/1.10", S("GET / HTTP/1.10\r\n" HOST "\r\n"), ST_INPUT, "http.version", 6 },
	{ "version in small letters", S("GET / http/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.version", 6 },
	{ "two blanks", S("GET  / HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.version", 0 },
	{ "tab for a blank", S("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.request-line", 0 },
	{ "blank at the start", S(" GET / HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.version", 0 },
	{ "unknown method", S("FETCH / HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.syntax", 0 },
	{ "method in small letters", S("get / HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.syntax", 0 },
	{ "CONNECT", S("CONNECT /x HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.method", 0 },
	{ "target of another scheme", S("GET http://other/ HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 4 },
	{ "absolute target without host", S("GET https:///as2 HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 4 },
	{ "absolute target with a user", S("GET https://a@b/as2 HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 4 },
	{ "absolute target with a query for a path", S("GET https://b?/as2 HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 4 },
	{ "absolute target above ASCII", S("GET https://\xc3\xa9/ HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 4 },
	{ "absolute target, no Host", S("GET https://b/as2 HTTP/1.1\r\nX: y\r\n\r\n"), ST_INPUT, "http.host", 0 },
	{ "asterisk", S("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 8 },
	{ "target above ASCII", S("GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.target", 4 },
	{ "NUL in the target", S("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), ST_INPUT, "http.control", 5 },
	{ "TLS handshake", S("\x16\x03\x01\x02\x00\x01\x00\x01"), ST_INPUT, "http.control", 0 },
	/* expectations */
	{ "unknown expectation", S(POST "Expect: payment\r\n\r\n"), ST_INPUT, "http.expectation", 0 },
	{ "two expectations", S(POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"), ST_INPUT, "http.expectation", 0 },
	/* chunks */
	{ "chunk size with a blank", S(POST CHUNKED "\r\n1 \r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "blank before a chunk size", S(POST CHUNKED "\r\n 1\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "chunk size with 0x", S(POST CHUNKED "\r\n0x1\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "chunk size with a sign", S(POST CHUNKED "\r\n+1\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "chunk size with minus", S(POST CHUNKED "\r\n-1\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "empty chunk size", S(POST CHUNKED "\r\n\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "chunk size beyond 64 bits", S(POST CHUNKED "\r\n10000000000000000\r\nx"), ST_INPUT, "http.chunk", 0 },
	{ "chunk longer than its size", S(POST CHUNKED "\r\n1\r\nxy\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "no hexadecimal digit", S(POST CHUNKED "\r\ng\r\nx\r\n0\r\n\r\n"), ST_INPUT, "http.chunk", 0 },
	{ "NUL in a chunk extension", S(POST CHUNKED "\r\n1;\0\r\nx\r\n0\r\n\r\n"), ST_INPUT, NULL, 0 },
};
/* clang-format on */

/* NULL: any code will do, because llhttp and the watch may both be first. */
static void expect_refusal(size_t i, size_t step)
{
	AUTO_IN_PLACE(trace) t = trace_init();
	struct fault f = { 0 };
	enum status got = run(&t, refused[i].in, step, &f);

	if (got != refused[i].want)
		fail_msg("%s, %zu at a time: %s %s", refused[i].name, step, status_name(got),
			f.code);
	if (refused[i].code && strcmp(f.code, refused[i].code) != 0)
		fail_msg("%s, %zu at a time: %s (%s)", refused[i].name, step, f.code, f.text);
	if (refused[i].offset && f.offset != refused[i].offset)
		fail_msg("%s, %zu at a time: offset %llu", refused[i].name, step,
			(unsigned long long)f.offset);
	if (t.ends != 0)
		fail_msg("%s, %zu at a time: the request ended", refused[i].name, step);
}

static void ambiguous_requests_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		expect_refusal(i, AT_ONCE);
		expect_refusal(i, 1);
		expect_refusal(i, 3);
	}
}

static void a_refused_connection_stays_refused(void **state)
{
	AUTO_IN_PLACE(trace) t = trace_init();
	AUTO(http_reader) reader = http_reader_new(&tracing, &t);
	struct fault f = { 0 };
	size_t used;

	(void)state;
	assert_int_equal(http_feed(reader, &used, S("GET / HTTP/1.1\n"), &f), ST_INPUT);
	assert_int_equal(
		http_feed(reader, &used, S("GET / HTTP/1.1\r\n" HOST "\r\n"), &f), ST_INPUT);
	assert_string_equal(f.code, "http.failed");
	assert_int_equal(t.heads, 0);
}

/* --- limits ------------------------------------------------------------------------------- */

static void fill(struct buf *out, char c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_put_u8(out, (uint8_t)c);
}

static void expect_limit(const char *name, const struct buf *in, enum status want, const char *code)
{
	for (size_t step = 1; step < 100000; step *= 50) {
		AUTO_IN_PLACE(trace) t = trace_init();
		struct fault f = { 0 };
		enum status got = run(&t, buf_slice(in), step, &f);

		if (got != want || (code && strcmp(f.code, code) != 0))
			fail_msg("%s, %zu at a time: %s %s", name, step, status_name(got), f.code);
	}
}

static void target_of(struct buf *out, size_t n)
{
	buf_clear(out);
	buf_put_text(out, "GET /");
	fill(out, 'a', n - 1);
	buf_put_text(out, " HTTP/1.1\r\n" HOST "\r\n");
}

static void targets_are_bounded(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(100000);

	(void)state;
	target_of(&in, HTTP_TARGET_MAX);
	expect_limit("longest target", &in, ST_NONE, NULL);
	target_of(&in, HTTP_TARGET_MAX + 1);
	expect_limit("target too long", &in, ST_LIMIT, "http.target.size");
	buf_clear(&in);
	fill(&in, 'A', 2000);
	expect_limit("a request line without end", &in, ST_LIMIT, "http.target.size");
}

static void head_of(struct buf *out, size_t n)
{
	buf_clear(out);
	buf_put_text(out, "GET / HTTP/1.1\r\n" HOST "X: ");
	fill(out, 'a', n - out->n - 4);
	buf_put_text(out, "\r\n\r\n");
}

static void heads_are_bounded(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(100000);

	(void)state;
	head_of(&in, HTTP_HEAD_MAX);
	expect_limit("largest head", &in, ST_NONE, NULL);
	head_of(&in, HTTP_HEAD_MAX + 1);
	expect_limit("head too large", &in, ST_LIMIT, "http.head.size");
	buf_clear(&in);
	buf_put_text(&in, "GET / HTTP/1.1\r\n" HOST);
	for (size_t i = 0; i < MIME_HEADERS_MAX; i++)
		buf_put_text(&in, "A: b\r\n");
	buf_put_text(&in, "\r\n");
	expect_limit("too many headers", &in, ST_LIMIT, "http.head.size");
}

static void chunk_framing_is_bounded(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(300000);

	(void)state;
	buf_put_text(&in, POST CHUNKED "\r\n1;a=");
	fill(&in, 'x', 5000);
	expect_limit("one endless extension", &in, ST_LIMIT, "http.chunk.overhead");

	buf_clear(&in);
	buf_put_text(&in, POST CHUNKED "\r\n");
	for (size_t i = 0; i < 100; i++) {
		buf_put_text(&in, "1;a=");
		fill(&in, 'x', 1000);
		buf_put_text(&in, "\r\nx\r\n");
	}
	expect_limit("many long extensions", &in, ST_LIMIT, "http.chunk.overhead");

	buf_clear(&in);
	buf_put_text(&in, POST CHUNKED "\r\n0\r\n");
	for (size_t i = 0; i < 1000; i++)
		buf_put_text(&in, "A: b\r\n");
	expect_limit("endless trailers", &in, ST_LIMIT, "http.chunk.overhead");

	buf_clear(&in);
	buf_put_text(&in, POST CHUNKED "\r\n");
	for (size_t i = 0; i < 20000; i++)
		buf_put_text(&in, "3\r\nabc\r\n");
	buf_put_text(&in, "0\r\n\r\n");
	expect_limit("small chunks are only slow", &in, ST_NONE, NULL);

	buf_clear(&in);
	buf_put_text(&in, POST CHUNKED "\r\n");
	for (size_t i = 0; i < 20000; i++)
		buf_put_text(&in, "1\r\nx\r\n");
	expect_limit("many chunks of one byte are an attack", &in, ST_LIMIT, "http.chunk.overhead");

	buf_clear(&in);
	buf_put_text(&in, POST CHUNKED "\r\n");
	for (size_t i = 0; i < 3000; i++)
		buf_put_text(&in, "1\r\nx\r\n");
	buf_put_text(&in, "0\r\n\r\n");
	expect_limit("some are a clumsy sender", &in, ST_NONE, NULL);
}

/* --- the engine ------------------------------------------------------------------------------ */

static void body_pieces_lie_in_the_input(void **state)
{
	static const char request[] = POST "Content-Length: 5\r\n\r\nhello";
	AUTO_IN_PLACE(trace) t = trace_init();
	AUTO(http_reader) reader = http_reader_new(&tracing, &t);
	struct fault f = { 0 };
	size_t used;

	(void)state;
	assert_int_equal(
		http_feed(reader, &used, slice_of(request, sizeof(request) - 1), &f), ST_NONE);
	assert_int_equal(used, sizeof(request) - 1);
	assert_int_equal(t.bodies.n, 5);
}

static void the_rest_belongs_to_the_next_request(void **state)
{
	static const char requests[] = POST "Content-Length: 1\r\n\r\nxGET";
	AUTO_IN_PLACE(trace) t = trace_init();
	AUTO(http_reader) reader = http_reader_new(&tracing, &t);
	struct fault f = { 0 };
	size_t used;

	(void)state;
	assert_true(http_reader_idle(reader));
	assert_int_equal(http_feed(reader, &used, slice_str(requests), &f), ST_NONE);
	assert_int_equal(used, sizeof(requests) - 4);
	assert_false(http_reader_idle(reader));
	http_reader_next(reader);
	assert_true(http_reader_idle(reader));
	assert_int_equal(http_feed(reader, &used, S("GET"), &f), ST_MORE);
	assert_int_equal(used, 3);
	assert_false(http_reader_idle(reader));
}

static void a_handler_can_stop_the_engine(void **state)
{
	AUTO_IN_PLACE(trace) t = trace_init();
	AUTO_IN_PLACE(trace) u = trace_init();
	struct fault f = { 0 };

	(void)state;
	t.head_answer = ST_AUTH;
	assert_int_equal(run(&t, S(POST "Content-Length: 1\r\n\r\nx"), AT_ONCE, &f), ST_AUTH);
	assert_string_equal(f.code, "test.head");
	assert_int_equal(t.bodies.n, 0);
	u.body_answer = ST_LIMIT;
	assert_int_equal(run(&u, S(POST "Content-Length: 2\r\n\r\nxy"), 1, &f), ST_LIMIT);
	assert_string_equal(f.code, "test.body");
	assert_int_equal(u.ends, 0);
}

/* Nothing of one request is left in the next on the same connection (threat 29). */
static void requests_do_not_leak_into_each_other(void **state)
{
	AUTO_IN_PLACE(trace) t = trace_init();
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(run(&t,
				 S(POST "Expect: 100-continue\r\n" CHUNKED
					"\r\n0\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"),
				 AT_ONCE, &f),
		ST_NONE);
	assert_int_equal(t.heads, 2);
	assert_false(t.expects_continue);
	assert_true(t.length == 0);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static enum status run_both(struct slice in, struct fault *once, struct fault *bytes)
{
	AUTO_IN_PLACE(trace) a = trace_init();
	AUTO_IN_PLACE(trace) b = trace_init();
	enum status first = run(&a, in, AT_ONCE, once), second = run(&b, in, 1, bytes);

	if (first != second || !slice_eq(buf_slice(&a.text), buf_slice(&b.text)))
		fail_msg("at once %s %s, byte by byte %s %s: %.*s", status_name(first), once->code,
			status_name(second), bytes->code, SLICE_FMT(in));
	return first;
}

/* Requests of the tables above with bytes changed, doubled and cut. */
static void mutated_requests_read_the_same_in_any_pieces(void **state)
{
	static const char marks[] = "\r\n :;,0a\t\"\x7f";
	uint32_t seed = 4130;

	(void)state;
	for (size_t i = 0; i < 20000; i++) {
		AUTO_IN_PLACE(buf) in = buf_init(4096);
		struct fault once = { 0 }, bytes = { 0 };
		bool good = next_random(&seed) % 2;

		buf_put(&in,
			good ? accepted[next_random(&seed) % COUNT(accepted)].in
			     : refused[next_random(&seed) % COUNT(refused)].in);
		in.p[next_random(&seed) % in.n] =
			(uint8_t)marks[next_random(&seed) % (sizeof(marks) - 1)];
		buf_truncate(&in, in.n - next_random(&seed) % (in.n / 4 + 1));
		run_both(buf_slice(&in), &once, &bytes);
	}
}

/* --- foreign cases ------------------------------------------------------------------------------
 */

struct tally {
	size_t read, refused, missing, stricter;
};

/*
 * The sixth column says what the source's own parser does.  Its lenient modes say nothing to us,
 * its pauses are no refusals, and what follows "Connection: close" is not read here at all.
 */
static bool is_refusal(struct slice verdict)
{
	size_t at;

	return slice_has_prefix(verdict, S("reject")) && !slice_find(&at, verdict, S("lenient")) &&
		!slice_find(&at, verdict, S("Pause")) && !slice_find(&at, verdict, S("Data after"));
}

/* Why we refuse what the source's own parser takes: docs/corpora.md says more. */
static const struct {
	const char *code, *why;
} stricter[] = {
	{ "http.target", "only paths are served: neither *, nor an address, nor UTF-8" },
	{ "http.version", "neither HTTP/0.9 nor RTSP, ICE and others are spoken" },
	{ "http.request-line", "likewise" },
	{ "http.syntax", "a method that is not HTTP's" },
	{ "http.transfer-coding", "chunked alone, and once" },
	{ "http.chunk", "older versions of llhttp take fewer extensions" },
};

static bool is_stricter(const struct fault *f)
{
	for (size_t i = 0; i < COUNT(stricter); i++)
		if (strcmp(f->code, stricter[i].code) == 0)
			return true;
	return false;
}

/* Most of them name no host, which is not what they are about. */
static void hosts_put(struct buf *out, struct slice in)
{
	const struct slice end = S(" HTTP/1.1\r\n");
	size_t at;

	for (; slice_find(&at, in, end); in = slice_from(in, at + end.n)) {
		buf_put(out, slice_to(in, at + end.n));
		buf_put_text(out, HOST);
	}
	buf_put(out, in);
}

static void foreign_judge(
	struct tally *tally, struct slice name, struct slice in, struct slice verdict)
{
	AUTO_IN_PLACE(buf) hosted = buf_init(1 << 20);
	struct fault once = { 0 }, bytes = { 0 };
	enum status got = run_both(in, &once, &bytes);

	if (strcmp(once.code, "http.host") == 0) {
		hosts_put(&hosted, in);
		got = run_both(buf_slice(&hosted), &once, &bytes);
	}
	tally->read++;
	tally->refused += got == ST_INPUT || got == ST_LIMIT;
	/* MORE: the verdict of the source falls later than its bytes reach, but nothing was
	 * accepted either */
	if (is_refusal(verdict) && got == ST_NONE)
		fail_msg("%.*s: accepted, its source refuses it", SLICE_FMT(name));
	if (!slice_eq(verdict, S("accept")) || (got != ST_INPUT && got != ST_LIMIT))
		return;
	tally->stricter++;
	if (!is_stricter(&once))
		fail_msg("%.*s: its source takes it, we say %s: %s", SLICE_FMT(name), once.code,
			once.text);
}

static void foreign_case(struct tally *tally, int dir, struct slice file, struct slice verdict)
{
	AUTO_IN_PLACE(buf) name = buf_init(1024);
	AUTO_IN_PLACE(buf) in = buf_init(1 << 20);

	buf_put(&name, file);
	if (file_read(&in, dir, buf_text(&name), NULL) == ST_OK)
		foreign_judge(tally, file, buf_slice(&in), verdict);
	else
		tally->missing++;
}

static void foreign_line(struct tally *tally, int dir, struct slice line)
{
	struct slice column[6], rest = line;
	size_t at;

	for (size_t i = 0; i < COUNT(column); i++)
		slice_cut(&column[i], &rest, rest, '\t');
	if (slice_find(&at, column[0], S("/request/")) && slice_find(&at, column[0], S(".raw")))
		foreign_case(tally, dir, column[0], column[5]);
}

static void foreign_requests_are_judged_as_at_home_or_for_a_reason(void **state)
{
	AUTO_IN_PLACE(buf) list = buf_init(8 << 20);
	struct tally tally = { 0 };
	struct slice line, rest;
	AUTO_FD dir = -1;

	(void)state;
	dir = shared_data_open("http");
	if (dir < 0 || file_read(&list, dir, "SOURCES.tsv", NULL) != ST_OK) {
		print_message("skipped: 162 foreign HTTP requests (set TIELINE_SHARED_DATA)\n");
		skip();
	}
	for (rest = buf_slice(&list); rest.n > 0;) {
		slice_cut(&line, &rest, rest, '\n');
		foreign_line(&tally, dir, line);
	}
	print_message("foreign HTTP cases: %zu read, %zu refused, %zu of them by us alone, %zu missing\n",
		tally.read, tally.refused, tally.stricter, tally.missing);
	assert_true(tally.read > 0);
}

/* --- what other servers and proxies were brought down by --- */

#define PAYLOAD S("  - Payload: `")

/* Nothing is wrong with these: what they brought down read them wrong. */
static const struct {
	const char *begins, *why;
	enum status status;
} rightly_taken[] = {
	{ "GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n`", "its chunks are to come", ST_MORE },
	{ "GET / HTTP/1.1\\r\\nHost: whatever\\r\\nContent-Length: 010\\r\\n", "ten, of which eight came", ST_MORE },
	{ "GET / HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\nX:POST", "a trailer", ST_NONE },
	{ "GET /login HTTP/1.1\\r\\nHost: a\\r\\nUser: \\x85admin", "any byte is of a value", ST_NONE },
	{ "POST / HTTP/1.1\\r\\nContent-Length: 0\\r\\nConnection:keep-alive", "two requests", ST_MORE },
	{ "GET / HTTP/1.1\\r\\nContent-Length: 10\\r\\n", "a GET may have a body", ST_NONE },
	{ "POST / HTTP/1.1\\r\\nHost: whatever\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n1\\r\\nZ", "a body of one byte", ST_NONE },
};

static bool is_rightly_taken(struct slice line, enum status status)
{
	for (size_t i = 0; i < COUNT(rightly_taken); i++)
		if (slice_has_prefix(line, slice_str(rightly_taken[i].begins)))
			return rightly_taken[i].status == status;
	return false;
}

static uint8_t hex_digit(uint8_t c)
{
	return (uint8_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Written as in Python: \r, \n, \t, \x and two digits. */
static void unescape(struct buf *out, struct slice in)
{
	static const char letters[] = "rnt", bytes[] = "\r\n\t";

	while (in.n > 0) {
		bool is_escape = in.p[0] == '\\' && in.n > 1 && in.p[1];
		const char *letter = is_escape ? strchr(letters, in.p[1]) : NULL;
		bool is_hex = in.n > 3 && in.p[0] == '\\' && in.p[1] == 'x';

		buf_put_u8(out, letter ? (uint8_t)bytes[letter - letters]
				: is_hex ? (uint8_t)(hex_digit(in.p[2]) << 4 | hex_digit(in.p[3]))
					 : in.p[0]);
		in = slice_from(in, letter ? 2 : is_hex ? 4 : 1);
	}
}

/* `line`: the payload, and what follows it. */
static void payload_judge(struct tally *tally, struct slice line)
{
	AUTO_IN_PLACE(buf) in = buf_init(1 << 16);
	AUTO_IN_PLACE(buf) hosted = buf_init(1 << 16);
	struct fault once = { 0 }, bytes = { 0 };
	struct slice written, rest;

	slice_cut(&written, &rest, line, '`');
	unescape(&in, written);
	enum status got = run_both(buf_slice(&in), &once, &bytes);
	if (strcmp(once.code, "http.host") == 0) {
		hosts_put(&hosted, buf_slice(&in));
		got = run_both(buf_slice(&hosted), &once, &bytes);
	}
	tally->read++;
	if (got == ST_INPUT || got == ST_LIMIT)
		tally->refused++;
	else if (!is_rightly_taken(line, got))
		fail_msg("%.*s: %s", SLICE_FMT(written), status_name(got));
}

static void payloads_of_others_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(1 << 20);
	struct tally tally = { 0 };
	struct slice line, rest;
	AUTO_FD dir = -1;

	(void)state;
	dir = shared_data_open("http/narfindustries+http-garden");
	if (dir < 0 || file_read(&text, dir, "TROPHIES.md", NULL) != ST_OK) {
		print_message("skipped: payloads of HTTP Garden (set TIELINE_SHARED_DATA)\n");
		skip();
	}
	for (rest = buf_slice(&text); rest.n > 0;) {
		slice_cut(&line, &rest, rest, '\n');
		if (slice_has_prefix(line, PAYLOAD))
			payload_judge(&tally, slice_from(line, PAYLOAD.n));
	}
	print_message("payloads of HTTP Garden: %zu read, %zu refused\n", tally.read, tally.refused);
	assert_true(tally.refused > 0 && tally.read - tally.refused <= COUNT(rightly_taken));
}

/* --- answers
 * --------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct http_answer answer;
	const char *want;
} answers[] = {
	{ "receipt", { .status = 200, .content_type = S("a/b"), .length = 12, .extra = S("X: y\r\n") },
	  "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 12\r\nX: y\r\n\r\n" },
	{ "overload", { .status = 503, .retry_after_s = 30, .close = true },
	  "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nRetry-After: 30\r\nConnection: close\r\n\r\n" },
	{ "continue has no length", { .status = 100 }, "HTTP/1.1 100 Continue\r\n\r\n" },
	{ "no content has no length", { .status = 204 }, "HTTP/1.1 204 No Content\r\n\r\n" },
	{ "unlisted status", { .status = 418 }, "HTTP/1.1 418 Unknown\r\nContent-Length: 0\r\n\r\n" },
};
/* clang-format on */

static void answers_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(1024);

		http_answer_format(&out, &answers[i].answer);
		if (strcmp(buf_text(&out), answers[i].want) != 0)
			fail_msg("%s: %s", answers[i].name, buf_text(&out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_read),
		cmocka_unit_test(unfinished_requests_ask_for_more),
		cmocka_unit_test(ambiguous_requests_are_refused),
		cmocka_unit_test(a_refused_connection_stays_refused),
		cmocka_unit_test(targets_are_bounded),
		cmocka_unit_test(heads_are_bounded),
		cmocka_unit_test(chunk_framing_is_bounded),
		cmocka_unit_test(body_pieces_lie_in_the_input),
		cmocka_unit_test(the_rest_belongs_to_the_next_request),
		cmocka_unit_test(a_handler_can_stop_the_engine),
		cmocka_unit_test(requests_do_not_leak_into_each_other),
		cmocka_unit_test(mutated_requests_read_the_same_in_any_pieces),
		cmocka_unit_test(foreign_requests_are_judged_as_at_home_or_for_a_reason),
		cmocka_unit_test(payloads_of_others_are_refused),
		cmocka_unit_test(answers_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
