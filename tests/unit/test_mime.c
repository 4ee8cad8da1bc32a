/* SPDX-License-Identifier: Apache-2.0 */
/* MIME entities and file names: tables of readings and refusals, and splitting as the inverse of
 * joining. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/filename.h"
#include "bindings/mime.h"
#include "documents/media_type.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void expect_slice(const char *name, const char *what, struct slice got, struct slice want)
{
	if (!slice_eq(got, want))
		fail_msg("%s: %s is '%.*s', want '%.*s'", name, what, SLICE_FMT(got),
			SLICE_FMT(want));
}

static void expect_fault(const char *name, enum status got, const struct fault *f, enum status want,
	const char *code)
{
	if (got != want)
		fail_msg("%s: status %s (%s: %s), want %s", name, status_name(got), f->code,
			f->text, status_name(want));
	if (want != ST_OK && strcmp(f->code, code) != 0)
		fail_msg("%s: code %s (%s), want %s", name, f->code, f->text, code);
}

static void expect_offset(const char *name, const struct fault *f, uint64_t want)
{
	if (f->offset != want)
		fail_msg("%s: offset %llu, want %llu", name, (unsigned long long)f->offset,
			(unsigned long long)want);
}

/* --- header blocks -------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice entity;
	enum status want;
	const char *code;
	uint64_t offset;
	size_t count;
	struct slice last_value;
	struct slice body;
} header_cases[] = {
	{ "one header and a body", S("A: b\r\n\r\nbody"), ST_OK, NULL, 0, 1, S("b"), S("body") },
	{ "line feeds alone", S("A: b\nC: d\n\nbody\n"), ST_OK, NULL, 0, 2, S("d"), S("body\n") },
	{ "no header at all", S("\r\nbody"), ST_OK, NULL, 0, 0, S(""), S("body") },
	{ "nothing at all", S(""), ST_OK, NULL, 0, 0, S(""), S("") },
	{ "headers without empty line", S("A: b\r\nC: d\r\n"), ST_OK, NULL, 0, 2, S("d"), S("") },
	{ "last line without line end", S("A: b\r\nC: d"), ST_OK, NULL, 0, 2, S("d"), S("") },
	{ "folded value", S("A: b\r\n c\r\n\td\r\n\r\nx"), ST_OK, NULL, 0, 1, S("b\r\n c\r\n\td"), S("x") },
	{ "empty value", S("A:\r\n\r\n"), ST_OK, NULL, 0, 1, S(""), S("") },
	{ "value with colons", S("A: b:c:d\r\n\r\n"), ST_OK, NULL, 0, 1, S("b:c:d"), S("") },
	{ "blanks around the value", S("A: \t b \t\r\n\r\n"), ST_OK, NULL, 0, 1, S("b"), S("") },
	{ "bytes above ASCII in a value", S("A: \xc3\xa9\r\n\r\n"), ST_OK, NULL, 0, 1, S("\xc3\xa9"), S("") },
	{ "body that looks like headers", S("A: b\r\n\r\nC: d\r\n\r\n"), ST_OK, NULL, 0, 1, S("b"), S("C: d\r\n\r\n") },
	{ "no colon", S("A: b\r\nnonsense\r\n\r\n"), ST_INPUT, "mime.header.colon", 6, 0, S(""), S("") },
	{ "blank before the colon", S("A : b\r\n\r\n"), ST_INPUT, "mime.header.name", 0, 0, S(""), S("") },
	{ "fold before any header", S(" A: b\r\n\r\n"), ST_INPUT, "mime.header.name", 0, 0, S(""), S("") },
	{ "empty name", S(": b\r\n\r\n"), ST_INPUT, "mime.header.name", 0, 0, S(""), S("") },
	{ "name above ASCII", S("\xc3\xa9: b\r\n\r\n"), ST_INPUT, "mime.header.name", 0, 0, S(""), S("") },
	{ "NUL in a value", S("A: b\0c\r\n\r\n"), ST_INPUT, "mime.header.control", 4, 0, S(""), S("") },
	{ "lone CR in a value", S("A: b\rC: d\r\n\r\n"), ST_INPUT, "mime.header.control", 4, 0, S(""), S("") },
	{ "CR at the very end", S("A: b\r"), ST_INPUT, "mime.header.control", 4, 0, S(""), S("") },
	{ "CR CR LF", S("A: b\r\r\n\r\n"), ST_INPUT, "mime.header.control", 4, 0, S(""), S("") },
	{ "escape byte in a value", S("A: b\r\nC: \x1b[0m\r\n\r\n"), ST_INPUT, "mime.header.control", 9, 0, S(""), S("") },
	{ "DEL in a value", S("A: \x7f\r\n\r\n"), ST_INPUT, "mime.header.control", 3, 0, S(""), S("") },
};
/* clang-format on */

static void headers_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(header_cases); i++) {
		struct mime_headers headers;
		struct slice body;
		struct fault f = { 0 };
		enum status got = mime_headers_parse(&headers, &body, header_cases[i].entity, &f);

		expect_fault(
			header_cases[i].name, got, &f, header_cases[i].want, header_cases[i].code);
		expect_offset(header_cases[i].name, &f, header_cases[i].offset);
		if (got != ST_OK)
			continue;
		if (headers.count != header_cases[i].count)
			fail_msg("%s: %zu headers", header_cases[i].name, headers.count);
		if (headers.count > 0)
			expect_slice(header_cases[i].name, "value",
				headers.list[headers.count - 1].value, header_cases[i].last_value);
		expect_slice(header_cases[i].name, "body", body, header_cases[i].body);
	}
}

#define JSON "{\"invoice\":12345,\"amount\":\"10.00\"}\r\n"
#define UNB "UNB+UNOA:2+S:14+R:14'\nUNH+1+ORDERS:D:96A:UN:EAN008'\n"
#define X12 "ISA*00*0123456789*ZZ*SENDER*260101*1200*U*00401*000000001*0*P*:~GS*IN~"
#define CSV "2026-01-01T00:00:00Z,1\r\n2026-01-01T00:15:00Z,2\r\n"
#define LETTER "Invoice: 7\r\nAmount: 10\r\n\r\nThank you\r\n"

/* clang-format off */
static const struct {
	const char *name;
	struct slice entity;
	enum status want;
	const char *code;
	bool is_bare;
	struct slice body;
} entity_cases[] = {
	{ "a type and a body", S("Content-Type: a/b\r\n\r\nbody"), ST_OK, NULL, false, S("body") },
	{ "an empty body", S("Content-Type: a/b\r\n\r\n"), ST_OK, NULL, false, S("") },
	{ "a name alone", S("content-disposition: inline\n\nbody"), ST_OK, NULL, false, S("body") },
	{ "a version alone", S("Mime-Version: 1.0\n\nbody"), ST_OK, NULL, false, S("body") },
	{ "our marks alone", S("Tieline-Area: billing\n\nbody"), ST_OK, NULL, false, S("body") },
	{ "others before it", S("X-A: b\r\nContent-Type: a/b\r\n\r\nbody"), ST_OK, NULL, false, S("body") },
	{ "no header", S("\r\nbody"), ST_OK, NULL, false, S("body") },
	{ "a document of JSON", S(JSON), ST_OK, NULL, true, S(JSON) },
	{ "a document of EDIFACT", S(UNB), ST_OK, NULL, true, S(UNB) },
	{ "a document of X12 in one line", S(X12), ST_OK, NULL, true, S(X12) },
	{ "a document of CSV", S(CSV), ST_OK, NULL, true, S(CSV) },
	{ "a letter with an empty line", S(LETTER), ST_OK, NULL, true, S(LETTER) },
	{ "a document of XML", S("<n:a xmlns:n=\"u:x\">1</n:a>\r\n\r\n"), ST_OK, NULL, true,
	  S("<n:a xmlns:n=\"u:x\">1</n:a>\r\n\r\n") },
	{ "bytes of any kind", S("PK\3\4:\0\0\n\nPK"), ST_OK, NULL, true, S("PK\3\4:\0\0\n\nPK") },
	{ "a header of MIME in the text", S("Hello\nContent-Type: a/b\n\nx"), ST_OK, NULL, true,
	  S("Hello\nContent-Type: a/b\n\nx") },
	{ "a header of MIME behind an empty line", S("A: b\n\nContent-Type: a/b\n\nx"), ST_OK, NULL, true,
	  S("A: b\n\nContent-Type: a/b\n\nx") },
	{ "headers alone", S("Content-Type: a/b\r\n"), ST_INPUT, "mime.header.end", false, S("") },
	{ "headers without line end", S("Content-Type: a/b"), ST_INPUT, "mime.header.end", false, S("") },
	{ "nothing at all", S(""), ST_INPUT, "mime.header.end", false, S("") },
	{ "a broken line after a type", S("Content-Type: a/b\r\nJSON\r\n\r\nx"), ST_INPUT, "mime.header.colon", false, S("") },
	{ "a control byte after a type", S("Content-Type: a/b\r\nA: \1\r\n\r\nx"), ST_INPUT, "mime.header.control", false, S("") },
};
/* clang-format on */

static void entities_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(entity_cases); i++) {
		struct mime_headers headers;
		struct slice body;
		struct fault f = { 0 };
		bool is_bare = false;
		enum status got = mime_entity_parse(
			&headers, &body, &is_bare, entity_cases[i].entity, &f);

		expect_fault(
			entity_cases[i].name, got, &f, entity_cases[i].want, entity_cases[i].code);
		if (got != ST_OK)
			continue;
		if (is_bare != entity_cases[i].is_bare || (is_bare && headers.count != 0))
			fail_msg("%s: bare %d, %zu headers", entity_cases[i].name, is_bare,
				headers.count);
		expect_slice(entity_cases[i].name, "body", body, entity_cases[i].body);
	}
}

/* A line too long for a header, or more lines than headers may be, is a document all the same. */
static void a_long_line_is_a_document(void **state)
{
	AUTO_IN_PLACE(buf) lines = buf_init(200000);
	struct mime_headers headers;
	struct slice body;
	struct fault f = { 0 };
	bool is_bare = false;

	(void)state;
	for (unsigned i = 0; i < 20000; i++)
		buf_putf(&lines, "a:%u,", i);
	assert_int_equal(
		mime_entity_parse(&headers, &body, &is_bare, buf_slice(&lines), &f), ST_OK);
	assert_true(is_bare && body.n == lines.n);
	buf_clear(&lines);
	for (unsigned i = 0; i < MIME_HEADERS_MAX + 1; i++)
		buf_putf(&lines, "a:%u\n", i);
	assert_int_equal(
		mime_entity_parse(&headers, &body, &is_bare, buf_slice(&lines), &f), ST_OK);
	assert_true(is_bare && body.n == lines.n);
}

static enum status headers_of(struct slice entity, struct fault *f)
{
	struct mime_headers headers;
	struct slice body;

	return mime_headers_parse(&headers, &body, entity, f);
}

static void header_limits_hold_exactly(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(4 * MIME_HEADER_SIZE_MAX);
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < MIME_HEADERS_MAX; i++)
		buf_put_text(&text, "A: b\r\n");
	assert_int_equal(headers_of(buf_slice(&text), &f), ST_OK);
	buf_put_text(&text, "A: b\r\n");
	expect_fault("one header too many", headers_of(buf_slice(&text), &f), &f, ST_LIMIT,
		"mime.header.count");

	buf_clear(&text);
	buf_put_text(&text, "A: ");
	while (text.n < MIME_HEADER_SIZE_MAX - 2)
		buf_put_u8(&text, 'b');
	buf_put_text(&text, "\r\n\r\n");
	assert_int_equal(headers_of(buf_slice(&text), &f), ST_OK);
	buf_clear(&text);
	buf_put_text(&text, "A: ");
	while (text.n < MIME_HEADER_SIZE_MAX - 1)
		buf_put_u8(&text, 'b');
	buf_put_text(&text, "\r\n\r\n");
	expect_fault("one byte too many", headers_of(buf_slice(&text), &f), &f, ST_LIMIT,
		"mime.header.size");
}

static void a_header_is_found_once_or_refused(void **state)
{
	struct mime_headers headers;
	struct slice body, value;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(
		mime_headers_parse(&headers, &body, S("One: 1\r\nTwo: 2\r\nTWO: 3\r\n\r\n"), &f),
		ST_OK);
	assert_int_equal(mime_header_find(&value, &headers, "oNE", &f), ST_OK);
	expect_slice("any case", "value", value, S("1"));
	expect_fault("twice", mime_header_find(&value, &headers, "two", &f), &f, ST_INPUT,
		"mime.header.twice");
	expect_fault("twice, optional", mime_header_get(&value, &headers, "two", &f), &f, ST_INPUT,
		"mime.header.twice");
	expect_fault("missing", mime_header_find(&value, &headers, "three", &f), &f, ST_NONE,
		"mime.header.missing");
	assert_int_equal(mime_header_get(&value, &headers, "three", &f), ST_OK);
	assert_int_equal(value.n, 0);
}

/* --- values with parameters ------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice text;
	enum status want;
	const char *code;
	uint64_t offset;
	struct slice main;
	struct slice x; /* the parameter of this name */
} value_cases[] = {
	{ "no parameter", S("text/plain"), ST_OK, NULL, 0, S("text/plain"), S("") },
	{ "one parameter", S("a/b; x=1"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "no blanks", S("a/b;x=1;y=2"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "blanks everywhere", S(" a/b ; x = 1 ; y = 2 "), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "folds between parameters", S("a/b;\r\n\tx=1;\r\n y=2"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "name in capitals", S("a/b; X=1"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "quoted", S("a/b; x=\"1; y=2\"; z=3"), ST_OK, NULL, 0, S("a/b"), S("1; y=2") },
	{ "quoted quote", S("a/b; x=\"1\\\"2\""), ST_OK, NULL, 0, S("a/b"), S("1\\\"2") },
	{ "quoted backslash at the end", S("a/b; x=\"1\\\\\"; y=2"), ST_OK, NULL, 0, S("a/b"), S("1\\\\") },
	{ "quoted and empty", S("a/b; x=\"\""), ST_OK, NULL, 0, S("a/b"), S("") },
	{ "bare value with equal signs", S("a/b; x=----=_Part_1/2.3"), ST_OK, NULL, 0, S("a/b"), S("----=_Part_1/2.3") },
	{ "semicolon at the end", S("a/b; x=1;"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "empty parameters", S("a/b;; ;x=1"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "empty text", S(""), ST_OK, NULL, 0, S(""), S("") },
	/* of no matter to who reads the body */
	{ "no value", S("a/b; x="), ST_OK, NULL, 0, S("a/b"), S("") },
	{ "no value, and another", S("a/b; y=; x=1"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "no equal sign", S("a/b; y; x=1"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "a comment", S("a/b; x=1 (one); y=2"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "text after the quotes", S("a/b; x=\"1\"2; y=3"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "two bare words", S("a/b; x=1 2"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "given twice", S("a/b; x=1; X=2"), ST_OK, NULL, 0, S("a/b"), S("1") },
	{ "no name", S("a/b; =1"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "quote never closed", S("a/b; x=\"1"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "closing quote escaped", S("a/b; x=\"1\\\""), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "backslash is the last byte", S("a/b; x=\"1\\"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "quote within a bare value", S("a/b; x=1\"2\""), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "quotes in a comment", S("a/b; x=1 (\";y=2\")"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	/* what says how a body is read */
	{ "boundary without value", S("a/b; boundary="), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "boundary without equal sign", S("a/b; boundary"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "boundary with text after the quotes", S("a/b; boundary=\"1\"2"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "boundary of two words", S("a/b; boundary=1 2"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "boundary given twice", S("a/b; boundary=1; Boundary=1"), ST_INPUT, "mime.parameter", 17, S(""), S("") },
	{ "type given twice", S("a/b; type=1; TYPE=1"), ST_INPUT, "mime.parameter", 13, S(""), S("") },
	{ "protocol with a comment", S("a/b; protocol=1 (x)"), ST_INPUT, "mime.parameter", 5, S(""), S("") },
	{ "seventeen parameters",
	  S("a/b;a=1;b=1;c=1;d=1;e=1;f=1;g=1;h=1;i=1;j=1;k=1;l=1;m=1;n=1;o=1;p=1;q=1"), ST_LIMIT,
	  "mime.parameter.count", 68, S(""), S("") },
};
/* clang-format on */

static void values_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(value_cases); i++) {
		struct mime_value value;
		struct fault f = { 0 };
		enum status got = mime_value_parse(&value, value_cases[i].text, &f);

		expect_fault(
			value_cases[i].name, got, &f, value_cases[i].want, value_cases[i].code);
		expect_offset(value_cases[i].name, &f, value_cases[i].offset);
		if (got != ST_OK)
			continue;
		expect_slice(value_cases[i].name, "main", value.main, value_cases[i].main);
		expect_slice(
			value_cases[i].name, "x", mime_param_get(&value, "x"), value_cases[i].x);
	}
}

static void a_parameter_that_is_refused_is_named(void **state)
{
	struct mime_value value;
	struct fault f = { 0 };

	(void)state;
	expect_fault("named", mime_value_parse(&value, S("text/plain; a=1; charset=\"utf-8"), &f), &f,
		ST_INPUT, "mime.parameter");
	assert_string_equal(f.text,
		"Content-Type: text/plain; a=1; charset=\"utf-8: its parameter charset=\"utf-8 "
		"is not name=value");
}

/* --- file names --------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice disposition, type;
	struct slice want;
} filename_cases[] = {
	{ "plain", S("attachment; filename=a.json"), S(""), S("a.json") },
	{ "quoted with blanks", S("attachment; filename=\"a b.json\""), S(""), S("a b.json") },
	{ "escaped quote", S("attachment; filename=\"a\\\"b\""), S(""), S("a\"b") },
	{ "from the type", S("attachment"), S("x/y; name=t.edi"), S("t.edi") },
	{ "the disposition wins", S("attachment; filename=d"), S("x/y; name=t"), S("d") },
	{ "none", S("attachment"), S("x/y"), S("") },
	{ "extended", S("attachment; filename*=UTF-8''%e2%82%ac.txt"), S(""), S("\xe2\x82\xac.txt") },
	{ "extended with a language", S("attachment; filename*=UTF-8'en'%e2%82%ac"), S(""), S("\xe2\x82\xac") },
	{ "extended wins over plain", S("attachment; filename=\"_.txt\"; filename*=utf-8''%c3%a9.txt"), S(""), S("\xc3\xa9.txt") },
	{ "extended Latin 1", S("attachment; filename*=iso-8859-1''%e9.txt"), S(""), S("\xc3\xa9.txt") },
	{ "extended, escape cut short", S("attachment; filename*=UTF-8''a%e"), S(""), S("a%e") },
	{ "extended, colons are no digits", S("attachment; filename*=UTF-8''a%::b"), S(""), S("a%::b") },
	{ "continued", S("attachment; filename*0=\"long \"; filename*1=\"name\""), S(""), S("long name") },
	{ "continued and escaped", S("attachment; filename*0*=UTF-8''%c3%a9; filename*1=\"-b\""), S(""), S("\xc3\xa9-b") },
	{ "word in base64", S("attachment; filename=\"=?UTF-8?B?w6kudHh0?=\""), S(""), S("\xc3\xa9.txt") },
	{ "word quoted-printable", S("attachment; filename=\"=?iso-8859-1?q?=E9_1.txt?=\""), S(""), S("\xc3\xa9 1.txt") },
	{ "two words join", S("attachment; filename=\"=?UTF-8?Q?a?= =?UTF-8?Q?b?=\""), S(""), S("ab") },
	{ "word and text keep their blank", S("attachment; filename=\"=?UTF-8?Q?a?= b\""), S(""), S("a b") },
	{ "broken word stays", S("attachment; filename=\"=?UTF-8?X?a?=\""), S(""), S("=?UTF-8?X?a?=") },
	{ "unfinished word stays", S("attachment; filename=\"=?UTF-8?Q?a\""), S(""), S("=?UTF-8?Q?a") },
	{ "raw UTF-8", S("attachment; filename=\"\xc3\xa9\""), S(""), S("\xc3\xa9") },
	{ "raw Latin 1", S("attachment; filename=\"\xe9\""), S(""), S("\xc3\xa9") },
};
/* clang-format on */

static void filenames_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(filename_cases); i++) {
		AUTO_IN_PLACE(buf) name = buf_init(1024);
		struct mime_value disposition, type;
		struct fault f = { 0 };

		assert_int_equal(
			mime_value_parse(&disposition, filename_cases[i].disposition, &f), ST_OK);
		assert_int_equal(mime_value_parse(&type, filename_cases[i].type, &f), ST_OK);
		mime_filename(&name, &disposition, &type);
		expect_slice(
			filename_cases[i].name, "name", buf_slice(&name), filename_cases[i].want);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice in, want;
} clean_cases[] = {
	{ "plain", S("a.json"), S("a.json") },
	{ "traversal", S("../../etc/passwd"), S("passwd") },
	{ "Windows path", S("C:\\x\\y.edi"), S("y.edi") },
	{ "this directory", S("."), S("_") },
	{ "parent directory", S(".."), S("_") },
	{ "line ends", S("a\r\nb"), S("a__b") },
	{ "NUL and escape", S("a\0\x1b" "b"), S("a__b") },
	{ "blanks around", S("  a  "), S("a") },
	{ "UTF-8 stays", S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), S("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") },
	{ "overlong slash", S("a\xc0\xafz"), S("a__z") },
	{ "surrogate", S("\xed\xa0\x80"), S("___") },
	{ "beyond Unicode", S("\xf4\x90\x80\x80"), S("____") },
	{ "cut short", S("a\xe2\x82"), S("a__") },
};
/* clang-format on */

static void names_are_cleaned(void **state)
{
	AUTO_IN_PLACE(buf) longest = buf_init(1024);
	AUTO_IN_PLACE(buf) cut = buf_init(1024);

	(void)state;
	for (size_t i = 0; i < COUNT(clean_cases); i++) {
		AUTO_IN_PLACE(buf) name = buf_init(1024);

		filename_clean(&name, clean_cases[i].in);
		expect_slice(clean_cases[i].name, "name", buf_slice(&name), clean_cases[i].want);
	}
	for (size_t i = 0; i < 200; i++)
		buf_put(&longest, S("\xc3\xa9"));
	filename_clean(&cut, buf_slice(&longest));
	assert_int_equal(cut.n, 254); /* 255 would cut a character in two */
}

/* clang-format off */
static const struct {
	const char *name;
	/* want: exactly as written; reading it back gives `in` in every case */
	struct slice in, want;
} format_cases[] = {
	{ "plain", S("a b.json"), S("; filename=\"a b.json\"") },
	{ "empty", S(""), S("") },
	{ "accent", S("\xc3\xa9.txt"), S("; filename=\"__.txt\";\r\n filename*=UTF-8''%C3%A9.txt") },
	{ "quote", S("a\"b"), S("; filename=\"a_b\";\r\n filename*=UTF-8''a%22b") },
	{ "backslash", S("a\\b"), S("; filename=\"a_b\";\r\n filename*=UTF-8''a%5Cb") },
	{ "line end", S("a\r\nX: y"), S("; filename=\"a__X: y\";\r\n filename*=UTF-8''a%0D%0AX%3A%20y") },
	{ "looks encoded", S("=?UTF-8?Q?a?="), S("; filename=\"=?UTF-8?Q?a?=\";\r\n filename*=UTF-8''%3D%3FUTF-8%3FQ%3Fa%3F%3D") },
	{ "apostrophes and percent", S("'%41'"), S("; filename=\"'%41'\"") },
};
/* clang-format on */

static void filenames_are_written_and_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(format_cases); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(1024);
		AUTO_IN_PLACE(buf) back = buf_init(1024);
		struct mime_value disposition;
		struct fault f = { 0 };

		mime_filename_format(&text, format_cases[i].in);
		expect_slice(format_cases[i].name, "text", buf_slice(&text), format_cases[i].want);
		expect_fault(format_cases[i].name,
			mime_value_parse(&disposition, buf_slice(&text), &f), &f, ST_OK, NULL);
		mime_filename(&back, &disposition, NULL);
		expect_slice(
			format_cases[i].name, "read back", buf_slice(&back), format_cases[i].in);
	}
}

/* --- multiparts ----------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice body, boundary;
	enum status want;
	const char *code;
	uint64_t offset;
	size_t count;
	struct slice first, last;
} multipart_cases[] = {
	{ "two parts", S("--b\r\none\r\n--b\r\ntwo\r\n--b--\r\n"), S("b"), ST_OK, NULL, 0, 2, S("one"), S("two") },
	{ "one part", S("--b\r\none\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("one"), S("one") },
	{ "line feeds alone", S("--b\none\n--b\ntwo\n--b--\n"), S("b"), ST_OK, NULL, 0, 2, S("one"), S("two") },
	{ "preamble and epilogue", S("pre\r\n--b\r\none\r\n--b--\r\nepi"), S("b"), ST_OK, NULL, 0, 1, S("one"), S("one") },
	{ "only the line end before a boundary is its own", S("--b\r\none\r\n\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("one\r\n"), S("one\r\n") },
	{ "empty part", S("--b\r\n\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S(""), S("") },
	{ "part of no bytes", S("--b\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S(""), S("") },
	{ "closed at once", S("--b--\r\n"), S("b"), ST_OK, NULL, 0, 0, S(""), S("") },
	{ "blanks after the boundary", S("--b \t\r\none\r\n--b-- \r\n"), S("b"), ST_OK, NULL, 0, 1, S("one"), S("one") },
	{ "longer boundary within", S("--b\r\n--bb\r\nx\r\n--bb--\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("--bb\r\nx\r\n--bb--"), S("--bb\r\nx\r\n--bb--") },
	{ "boundary within a line", S("--b\r\nx--b\r\ny --b--\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("x--b\r\ny --b--"), S("x--b\r\ny --b--") },
	{ "text after a closing boundary", S("--b\r\nx\r\n--b--x\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("x\r\n--b--x"), S("x\r\n--b--x") },
	{ "more dashes than two", S("--b\r\nx\r\n----b\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("x\r\n----b"), S("x\r\n----b") },
	{ "boundary of dashes", S("------\r\none\r\n--------"), S("----"), ST_OK, NULL, 0, 1, S("one"), S("one") },
	{ "boundary with blanks inside", S("--a b\r\none\r\n--a b--"), S("a b"), ST_OK, NULL, 0, 1, S("one"), S("one") },
	{ "binary content", S("--b\r\n\0\r\xff\n\0\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("\0\r\xff\n\0"), S("\0\r\xff\n\0") },
	{ "parts after the end are none", S("--b\r\none\r\n--b--\r\n--b\r\ntwo\r\n--b--"), S("b"), ST_OK, NULL, 0, 1, S("one"), S("one") },
	{ "never closed", S("--b\r\none\r\n--b\r\ntwo\r\n"), S("b"), ST_INPUT, "mime.multipart.unclosed", 20, 0, S(""), S("") },
	{ "ends after a boundary", S("--b\r\none\r\n--b"), S("b"), ST_INPUT, "mime.multipart.unclosed", 13, 0, S(""), S("") },
	{ "one dash at the end", S("--b\r\none\r\n--b-"), S("b"), ST_INPUT, "mime.multipart.unclosed", 14, 0, S(""), S("") },
	{ "no boundary in the body", S("one\r\ntwo\r\n"), S("b"), ST_INPUT, "mime.boundary.missing", 0, 0, S(""), S("") },
	{ "only a longer boundary", S("--bb\r\none\r\n--bb--"), S("b"), ST_INPUT, "mime.boundary.missing", 0, 0, S(""), S("") },
	{ "other case", S("--B\r\none\r\n--B--"), S("b"), ST_INPUT, "mime.boundary.missing", 0, 0, S(""), S("") },
	{ "empty body", S(""), S("b"), ST_INPUT, "mime.boundary.missing", 0, 0, S(""), S("") },
	{ "empty boundary", S("--\r\none\r\n----"), S(""), ST_INPUT, "mime.boundary.missing", 0, 0, S(""), S("") },
	{ "boundary ends with a blank", S("--b \r\n--b --"), S("b "), ST_INPUT, "mime.boundary.syntax", 1, 0, S(""), S("") },
	{ "boundary with a line end", S("--a\nb\r\n--a\nb--"), S("a\nb"), ST_INPUT, "mime.boundary.syntax", 1, 0, S(""), S("") },
	{ "boundary with a backslash", S("--a\\b\r\n--a\\b--"), S("a\\b"), ST_INPUT, "mime.boundary.syntax", 1, 0, S(""), S("") },
	{ "boundary of 71 bytes", S("--x"), S("01234567890123456789012345678901234567890123456789012345678901234567890"),
	  ST_INPUT, "mime.boundary.syntax", 0, 0, S(""), S("") },
	{ "seventeen parts",
	  S("--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b\n--b--"), S("b"),
	  ST_LIMIT, "mime.parts", 68, 0, S(""), S("") },
};
/* clang-format on */

static void multiparts_are_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(multipart_cases); i++) {
		struct slice parts[MIME_PARTS_MAX];
		struct fault f = { 0 };
		size_t count = 0;
		enum status got = mime_multipart_parse(
			parts, &count, multipart_cases[i].body, multipart_cases[i].boundary, &f);

		expect_fault(multipart_cases[i].name, got, &f, multipart_cases[i].want,
			multipart_cases[i].code);
		expect_offset(multipart_cases[i].name, &f, multipart_cases[i].offset);
		if (got != ST_OK)
			continue;
		if (count != multipart_cases[i].count)
			fail_msg("%s: %zu parts", multipart_cases[i].name, count);
		if (count == 0)
			continue;
		expect_slice(
			multipart_cases[i].name, "first part", parts[0], multipart_cases[i].first);
		expect_slice(multipart_cases[i].name, "last part", parts[count - 1],
			multipart_cases[i].last);
	}
}

/* What a boundary is made of, so that chance builds near misses. */
/* clang-format off */
static const struct slice pieces[] = {
	S("--"), S("b"), S("bo"), S("-"), S("\r\n"), S("\n"), S("\r"), S("--bo"), S("\r\n--b"), S("\r\n--boo"), S("\0"), S("x"),
};
/* clang-format on */

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void random_part(struct buf *out, uint32_t *seed)
{
	for (uint32_t n = next_random(seed) % 12; n > 0; n--)
		buf_put(out, pieces[next_random(seed) % COUNT(pieces)]);
}

/* Content that holds a line of the boundary cannot be joined: such a case is drawn again. */
static bool holds_boundary(struct slice part)
{
	static const struct slice lines[] = {
		S("\n--bo\r\n"),
		S("\n--bo\n"),
		S("\n--bo--\r\n"),
		S("\n--bo--\n"),
	};
	AUTO_IN_PLACE(buf) framed = buf_init(1024);
	size_t at;

	buf_put_text(&framed, "\n");
	buf_put(&framed, part);
	buf_put_text(&framed, "\r\n");
	for (size_t i = 0; i < COUNT(lines); i++)
		if (slice_find(&at, buf_slice(&framed), lines[i]))
			return true;
	return false;
}

static void splitting_undoes_joining(void **state)
{
	uint32_t seed = 20261123;
	size_t done = 0;

	(void)state;
	while (done < 20000) {
		AUTO_IN_PLACE(buf) one = buf_init(512);
		AUTO_IN_PLACE(buf) two = buf_init(512);
		AUTO_IN_PLACE(buf) body = buf_init(4096);
		struct slice parts[MIME_PARTS_MAX];
		struct fault f = { 0 };
		size_t count;

		random_part(&one, &seed);
		random_part(&two, &seed);
		if (holds_boundary(buf_slice(&one)) || holds_boundary(buf_slice(&two)))
			continue;
		buf_put_text(&body, "--bo\r\n");
		buf_put(&body, buf_slice(&one));
		buf_put_text(&body, "\r\n--bo\r\n");
		buf_put(&body, buf_slice(&two));
		buf_put_text(&body, "\r\n--bo--\r\n");
		expect_fault("random",
			mime_multipart_parse(parts, &count, buf_slice(&body), S("bo"), &f), &f,
			ST_OK, NULL);
		assert_int_equal(count, 2);
		expect_slice("random", "first part", parts[0], buf_slice(&one));
		expect_slice("random", "second part", parts[1], buf_slice(&two));
		done++;
	}
}

static void boundaries_are_fresh_and_valid(void **state)
{
	char one[MIME_BOUNDARY_TEXT_MAX], two[MIME_BOUNDARY_TEXT_MAX];
	struct slice parts[MIME_PARTS_MAX];
	struct fault f = { 0 };
	size_t count;

	(void)state;
	assert_string_not_equal(mime_boundary_new(one), mime_boundary_new(two));
	assert_int_equal(strlen(one), strlen("tieline-") + 32);
	expect_fault("ours", mime_multipart_parse(parts, &count, S(""), slice_str(one), &f), &f,
		ST_INPUT, "mime.boundary.missing");
}

/* --- content ----------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct slice entity;
	enum status want;
	const char *code;
	struct slice content;
	bool decoded;
} content_cases[] = {
	{ "no encoding", S("\r\na=b"), ST_OK, NULL, S("a=b"), false },
	{ "binary", S("Content-Transfer-Encoding: binary\r\n\r\n\0\xff"), ST_OK, NULL, S("\0\xff"), false },
	{ "7bit in capitals", S("content-transfer-encoding: 7BIT\r\n\r\na"), ST_OK, NULL, S("a"), false },
	{ "8bit", S("Content-Transfer-Encoding: 8bit\r\n\r\na"), ST_OK, NULL, S("a"), false },
	{ "base64", S("Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\nZGVm\r\n"), ST_OK, NULL, S("abcdef"), true },
	{ "quoted-printable", S("Content-Transfer-Encoding: quoted-printable\r\n\r\na=3Db"), ST_OK, NULL, S("a=b"), true },
	{ "broken base64", S("Content-Transfer-Encoding: base64\r\n\r\nY*J"), ST_INPUT, "base64.syntax", S(""), false },
	{ "unknown", S("Content-Transfer-Encoding: x-uuencode\r\n\r\na"), ST_INPUT, "mime.encoding", S(""), false },
	{ "given twice", S("Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\na"), ST_INPUT,
	  "mime.header.twice", S(""), false },
};
/* clang-format on */

static void content_is_decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(content_cases); i++) {
		AUTO_IN_PLACE(buf) scratch = buf_init(64);
		struct mime_headers headers;
		struct slice body, content;
		struct fault f = { 0 };
		enum status got;

		assert_int_equal(
			mime_headers_parse(&headers, &body, content_cases[i].entity, &f), ST_OK);
		got = mime_content(&content, &scratch, &headers, body, &f);
		expect_fault(content_cases[i].name, got, &f, content_cases[i].want,
			content_cases[i].code);
		if (got != ST_OK)
			continue;
		expect_slice(content_cases[i].name, "content", content, content_cases[i].content);
		assert_int_equal(scratch.n > 0, content_cases[i].decoded);
	}
}

static void decoding_stops_at_the_maximum(void **state)
{
	AUTO_IN_PLACE(buf) scratch = buf_init(4);
	struct slice content;
	struct fault f = { 0 };

	(void)state;
	expect_fault("four bytes fit",
		mime_decode(&content, &scratch, S("base64"), S("YWJjZA=="), &f), &f, ST_OK, NULL);
	expect_fault("a fifth does not",
		mime_decode(&content, &scratch, S("base64"), S("YQ=="), &f), &f, ST_LIMIT,
		"buffer.full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read),
		cmocka_unit_test(entities_are_read),
		cmocka_unit_test(a_long_line_is_a_document),
		cmocka_unit_test(header_limits_hold_exactly),
		cmocka_unit_test(a_header_is_found_once_or_refused),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(a_parameter_that_is_refused_is_named),
		cmocka_unit_test(filenames_are_read),
		cmocka_unit_test(names_are_cleaned),
		cmocka_unit_test(filenames_are_written_and_read_back),
		cmocka_unit_test(multiparts_are_split),
		cmocka_unit_test(splitting_undoes_joining),
		cmocka_unit_test(boundaries_are_fresh_and_valid),
		cmocka_unit_test(content_is_decoded),
		cmocka_unit_test(decoding_stops_at_the_maximum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
