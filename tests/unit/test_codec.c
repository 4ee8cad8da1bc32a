/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal, base64, quoted-printable: the RFCs' vectors, and strict about the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/codec.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

typedef enum status parser(struct buf *, struct slice, struct fault *);

struct row {
	struct slice in;
	const char *out; /* NULL: refused */
	uint64_t offset; /* of the fault, where it is told */
};

static void run(parser *parse, const struct row *rows, size_t count, const char *code)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_IN_PLACE(buf) out = buf_init(1000);
		struct fault f = { 0 };
		enum status st = parse(&out, rows[i].in, &f);

		if (!rows[i].out && (st != ST_INPUT || strcmp(f.code, code) != 0))
			fail_msg("'%.*s' was taken", SLICE_FMT(rows[i].in));
		if (!rows[i].out && rows[i].offset != 0)
			assert_int_equal(f.offset, rows[i].offset);
		if (rows[i].out && (st != ST_OK || strcmp(buf_text(&out), rows[i].out) != 0))
			fail_msg("'%.*s' became '%s': %s", SLICE_FMT(rows[i].in), buf_text(&out),
				f.text);
	}
}

static void test_hex(void **state)
{
	static const struct row rows[] = {
		{ S(""), "", 0 },
		{ S("6f6B"), "ok", 0 },
		{ S("6F:6b 21"), "ok!", 0 },
		{ S("6"), NULL, 0 },
		{ S("6f6"), NULL, 0 },
		{ S("6g"), NULL, 0 },
		{ S("6f-6b"), NULL, 0 },
	};

	(void)state;
	run(hex_parse, rows, COUNT(rows), "hex.syntax");
}

/* RFC 4648 10, and what mail and people do to base64. */
static void test_base64(void **state)
{
	static const struct row rows[] = {
		{ S(""), "", 0 },
		{ S("Zg=="), "f", 0 },
		{ S("Zm8="), "fo", 0 },
		{ S("Zm9v"), "foo", 0 },
		{ S("Zm9vYg=="), "foob", 0 },
		{ S("Zm9vYmFy"), "foobar", 0 },
		{ S("Zm9v\r\nYmFy\r\n"), "foobar", 0 },
		{ S(" Z m 9\tv "), "foo", 0 },
		{ S("Zg"), NULL, 0 },
		{ S("Zg="), NULL, 0 },
		{ S("Z==="), NULL, 0 },
		{ S("===="), NULL, 0 },
		{ S("Zg==Zg=="), NULL, 4 },
		{ S("Zm9v*"), NULL, 4 },
		{ S("Zm9v-_"), NULL, 4 },
		{ S("Zm9v\0"), NULL, 4 },
	};

	(void)state;
	run(base64_parse, rows, COUNT(rows), "base64.syntax");
}

static void test_quoted_printable(void **state)
{
	static const struct row rows[] = {
		{ S(""), "", 0 },
		{ S("a=3Db"), "a=b", 0 },
		{ S("soft=\r\nbreak"), "softbreak", 0 },
		{ S("soft=\nbreak"), "softbreak", 0 },
		{ S("line\r\nend"), "line\r\nend", 0 },
		{ S("a=3"), NULL, 0 },
		{ S("a=GG"), NULL, 0 },
	};

	(void)state;
	run(quoted_printable_parse, rows, COUNT(rows), "quoted-printable.syntax");
}

static void test_there_and_back(void **state)
{
	static const size_t lines[] = { 0, 4, 64, 76 };
	uint8_t bytes[200];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 37);
	for (size_t n = 0; n <= sizeof(bytes); n++)
		for (size_t l = 0; l < COUNT(lines); l++) {
			AUTO_IN_PLACE(buf) text = buf_init(1000), back = buf_init(1000);
			base64_format(&text, slice_of(bytes, n), lines[l]);
			assert_int_equal(base64_parse(&back, buf_slice(&text), NULL), ST_OK);
			assert_true(slice_eq(buf_slice(&back), slice_of(bytes, n)));
			buf_clear(&text);
			buf_clear(&back);
			hex_format(&text, slice_of(bytes, n));
			assert_int_equal(text.n, 2 * n);
			assert_int_equal(hex_parse(&back, buf_slice(&text), NULL), ST_OK);
			assert_true(slice_eq(buf_slice(&back), slice_of(bytes, n)));
		}
}

static void test_lines_are_as_long_as_asked(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(100);

	(void)state;
	base64_format(&text, S("foobar"), 4);
	assert_string_equal(buf_text(&text), "Zm9v\r\nYmFy\r\n");
	buf_clear(&text);
	base64_format(&text, S("foobar"), 0);
	assert_string_equal(buf_text(&text), "Zm9vYmFy");
}

/* The maximum of the buffer holds. */
static void test_room(void **state)
{
	AUTO_IN_PLACE(buf) small = buf_init(3);

	(void)state;
	if (base64_parse(&small, S("Zm9vYmFy"), NULL) == ST_OK)
		assert_int_equal(buf_check(&small, NULL), ST_LIMIT);
	assert_true(small.n <= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_quoted_printable),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_lines_are_as_long_as_asked),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
