/* SPDX-License-Identifier: Apache-2.0 */
/* Media types read and guessed; file names made harmless. */
#include "exchange_expect.h"

#include "documents/media_type.h"

static const struct {
	const char *name;
	struct slice in;
	enum status want;
	const char *code;
	struct slice out;
} types[] = {
	{ "plain", S("application/json"), ST_OK, NULL, S("application/json") },
	{ "lower case comes out", S("Application/EDI-X12"), ST_OK, NULL, S("application/edi-x12") },
	{ "at sign", S("application/x@y"), ST_INPUT, "media-type.syntax", S("") },
	{ "and only letters change", S("A_Z/^`09"), ST_OK, NULL, S("a_z/^`09") },
	{ "parameters go", S("text/plain; charset=utf-8"), ST_OK, NULL, S("text/plain") },
	{ "a slash in a parameter", S("text/plain;a=b/c"), ST_OK, NULL, S("text/plain") },
	{ "blanks around", S(" \ttext/plain \t;a=b"), ST_OK, NULL, S("text/plain") },
	{ "empty", S(""), ST_INPUT, "media-type.syntax", S("") },
	{ "parameter only", S(";a=b"), ST_INPUT, "media-type.syntax", S("") },
	{ "no subtype", S("text/;a=b"), ST_INPUT, "media-type.syntax", S("") },
	{ "blank within", S("text /plain"), ST_INPUT, "media-type.syntax", S("") },
	{ "line end within", S("text/plain\r\nX: y"), ST_INPUT, "media-type.syntax", S("") },
	{ "NUL", S("text/plain\0"), ST_INPUT, "media-type.syntax", S("") },
};

static void types_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(256);
		struct fault f = { 0 };

		expect_fault(types[i].name, media_type_parse(&out, types[i].in, &f), &f,
			types[i].want, types[i].code);
		expect_slice(types[i].name, buf_slice(&out), types[i].out);
	}
}

static void long_types_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(256);
	AUTO_IN_PLACE(buf) in = buf_init(256);
	struct fault f = { 0 };

	(void)state;
	buf_put(&in, S("a/"));
	put_times(&in, 'b', 125);
	expect_fault("127 bytes", media_type_parse(&out, buf_slice(&in), &f), &f, ST_OK, NULL);
	put_times(&in, 'b', 1);
	expect_fault("128 bytes", media_type_parse(&out, buf_slice(&in), &f), &f, ST_LIMIT,
		"media-type.length");
}

static const struct {
	struct slice filename;
	const char *type;
} guesses[] = {
	{ S("notice.json"), "application/json" },
	{ S("810.X12"), "application/edi-x12" },
	{ S("810.edi"), "application/edi-x12" },
	{ S("a.b.csv"), "text/csv" },
	{ S("a.xml"), "application/xml" },
	{ S(".txt"), "text/plain" },
	{ S("json"), "application/octet-stream" },
	{ S("a.json "), "application/octet-stream" },
	{ S("a.json.exe"), "application/octet-stream" },
	{ S("a."), "application/octet-stream" },
	{ S("."), "application/octet-stream" },
	{ S(""), "application/octet-stream" },
};

static void names_suggest_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(guesses); i++)
		expect_text((const char *)guesses[i].filename.p,
			media_type_guess(guesses[i].filename), guesses[i].type);
}

static const struct {
	const char *name;
	struct slice in, out;
} names[] = {
	{ "plain", S("invoice 2026-11.x12"), S("invoice 2026-11.x12") },
	{ "empty stays empty", S(""), S("") },
	{ "UTF-8 stays", S("Z\xc3\xa4hler \xe2\x82\xac \xf0\x9f\x94\x8c.json"),
		S("Z\xc3\xa4hler \xe2\x82\xac \xf0\x9f\x94\x8c.json") },
	{ "traversal", S("../../etc/passwd"), S("passwd") },
	{ "the other system's slash", S("C:\\temp\\a.txt"), S("a.txt") },
	{ "mixed slashes", S("a/b\\c"), S("c") },
	{ "a slash behind", S("a/"), S("") },
	{ "dot", S("."), S("_") },
	{ "dot dot", S(".."), S("_") },
	{ "dot dot behind a path", S("a/.."), S("_") },
	{ "three dots are a name", S("..."), S("...") },
	{ "a hidden file is a name", S(".profile"), S(".profile") },
	{ "NUL", S("a\0b"), S("a_b") },
	{ "line end within", S("a\r\nb"), S("a__b") },
	{ "blanks around", S(" a b\t"), S("a b") },
	{ "escape", S("\x1b[31mred"), S("_[31mred") },
	{ "DEL", S("a\x7f"), S("a_") },
	{ "C1",
		S("a\xc2\x85"
		  "b"),
		S("a_b") },
	{ "right-to-left override",
		S("a\xe2\x80\xae"
		  "txt.exe"),
		S("a_txt.exe") },
	{ "stray continuation", S("a\x80z"), S("a_z") },
	{ "overlong slash", S("a\xc0\xafz"), S("a__z") },
	{ "surrogate", S("a\xed\xa0\x80z"), S("a___z") },
	{ "above the last character", S("a\xf4\x90\x80\x80z"), S("a____z") },
	{ "cut character", S("a\xe2\x82"), S("a__") },
	{ "lead byte that is none", S("\xff\xfe"), S("__") },
};

static void names_are_cleaned(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(1024);

		filename_clean(&out, names[i].in);
		expect_slice(names[i].name, buf_slice(&out), names[i].out);
	}
}

static void long_names_end_at_a_whole_character(void **state)
{
	(void)state;
	for (size_t before = 250; before <= 256; before++) {
		AUTO_IN_PLACE(buf) in = buf_init(1024);
		AUTO_IN_PLACE(buf) out = buf_init(1024);

		put_times(&in, 'a', before);
		buf_put(&in, S("\xe2\x82\xac"));
		filename_clean(&out, buf_slice(&in));
		assert_int_equal(out.n, before <= 252 ? before + 3 : before < 255 ? before : 255);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_are_read),
		cmocka_unit_test(long_types_are_refused),
		cmocka_unit_test(names_suggest_types),
		cmocka_unit_test(names_are_cleaned),
		cmocka_unit_test(long_names_end_at_a_whole_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
