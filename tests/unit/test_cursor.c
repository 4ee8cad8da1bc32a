/* SPDX-License-Identifier: Apache-2.0 */
/* Reading front to back: each read at every length of input, and a failed one changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/cursor.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define WIDTH_MAX 8

/* --- one reader for all widths --- */

static enum status read_u8(struct cursor *c, uint64_t *out, struct fault *f)
{
	uint8_t value;

	TRY(cursor_u8(c, &value, f));
	*out = value;
	return ST_OK;
}

static enum status read_u16(struct cursor *c, uint64_t *out, struct fault *f)
{
	uint16_t value;

	TRY(cursor_u16(c, &value, f));
	*out = value;
	return ST_OK;
}

static enum status read_u32(struct cursor *c, uint64_t *out, struct fault *f)
{
	uint32_t value;

	TRY(cursor_u32(c, &value, f));
	*out = value;
	return ST_OK;
}

static const struct {
	size_t width;
	enum status (*read)(struct cursor *, uint64_t *, struct fault *);
	uint64_t counting, most;
} readers[] = {
	{ 1, read_u8, 0x81, UINT8_MAX },
	{ 2, read_u16, 0x8182, UINT16_MAX },
	{ 4, read_u32, 0x81828384, UINT32_MAX },
	{ 8, cursor_u64, 0x8182838485868788, UINT64_MAX },
};

static void expect_short(const struct cursor *c, size_t at, const struct fault *f)
{
	assert_int_equal(c->at, at);
	assert_string_equal(f->code, "input.short");
	assert_true(f->offset == at);
}

/* From every position of every length: the bytes there, or nothing at all. */
static void number_try(size_t i, size_t length, size_t at)
{
	static const uint8_t bytes[] = { 1, 2, 3, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88 };
	struct cursor c = cursor_of(slice_of(bytes, length));
	uint64_t value = 77, want = 0;
	struct fault f = { 0 };

	c.at = at;
	for (size_t k = 0; k < readers[i].width && at + k < sizeof(bytes); k++)
		want = want << 8 | bytes[at + k];
	enum status st = readers[i].read(&c, &value, &f);
	if (at + readers[i].width <= length) {
		assert_int_equal(st, ST_OK);
		assert_true(value == want && c.at == at + readers[i].width);
		return;
	}
	assert_int_equal(st, ST_MORE);
	assert_true(value == 77);
	expect_short(&c, at, &f);
}

static void test_numbers_at_every_length(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(readers); i++)
		for (size_t length = 0; length <= 11; length++)
			for (size_t at = 0; at <= length; at++)
				number_try(i, length, at);
}

static void test_numbers_are_big_endian(void **state)
{
	static const uint8_t counting[] = { 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88 };
	uint8_t most[WIDTH_MAX];
	uint64_t value;

	(void)state;
	memset(most, 0xff, sizeof(most));
	for (size_t i = 0; i < COUNT(readers); i++) {
		struct cursor c = cursor_of(slice_of(counting, 8));
		struct cursor m = cursor_of(slice_of(most, 8));
		assert_int_equal(readers[i].read(&c, &value, NULL), ST_OK);
		assert_true(value == readers[i].counting);
		assert_int_equal(readers[i].read(&m, &value, NULL), ST_OK);
		assert_true(value == readers[i].most);
	}
}

/* --- bytes --- */

static void test_bytes(void **state)
{
	struct cursor c = cursor_of(S("abcde"));
	struct slice got = S("before");
	struct fault f;

	(void)state;
	assert_int_equal(cursor_bytes(&c, &got, 0, &f), ST_OK);
	assert_int_equal(got.n, 0);
	assert_int_equal(cursor_bytes(&c, &got, 2, &f), ST_OK);
	assert_true(slice_eq(got, S("ab")) && got.p == c.all.p);
	assert_true(slice_eq(cursor_rest(&c), S("cde")) && !cursor_at_end(&c));
	assert_int_equal(cursor_bytes(&c, &got, 3, &f), ST_OK);
	assert_true(slice_eq(got, S("cde")) && cursor_at_end(&c));
	assert_int_equal(cursor_rest(&c).n, 0);
	assert_int_equal(cursor_bytes(&c, &got, 0, &f), ST_OK);
	assert_int_equal(cursor_bytes(&c, &got, 1, &f), ST_MORE);
	assert_int_equal(got.n, 0);
	expect_short(&c, 5, &f);
}

/* A length out of the input itself may be anything: none may wrap around to what is there. */
static void test_bytes_of_hostile_lengths(void **state)
{
	static const size_t lengths[] = { 3, 4, 6, SIZE_MAX / 2, SIZE_MAX - 4, SIZE_MAX - 3,
		SIZE_MAX - 2, SIZE_MAX - 1, SIZE_MAX };
	struct slice got = S("before");
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct cursor c = cursor_of(S("abcde"));
		c.at = 3;
		assert_int_equal(cursor_bytes(&c, &got, lengths[i], &f), ST_MORE);
		expect_short(&c, 3, &f);
		assert_true(slice_eq(got, S("before")));
	}
}

static void test_nothing(void **state)
{
	struct cursor c = cursor_of(slice_str(NULL));
	struct slice got = S("before");
	uint64_t value;

	(void)state;
	assert_true(cursor_at_end(&c) && cursor_rest(&c).n == 0);
	assert_int_equal(cursor_bytes(&c, &got, 1, NULL), ST_MORE);
	assert_int_equal(cursor_line(&c, &got, NULL), ST_MORE);
	assert_int_equal(cursor_u64(&c, &value, NULL), ST_MORE);
	assert_true(slice_eq(got, S("before")));
	assert_int_equal(cursor_bytes(&c, &got, 0, NULL), ST_OK);
	assert_int_equal(got.n, 0);
}

/* --- lines --- */

static const struct {
	const char *name;
	struct slice in, line, rest;
	bool ends;
} lines[] = {
	{ "CRLF", S("ab\r\ncd"), S("ab"), S("cd"), true },
	{ "a bare LF", S("ab\ncd"), S("ab"), S("cd"), true },
	{ "an empty line", S("\r\ncd"), S(""), S("cd"), true },
	{ "an empty line of LF", S("\ncd"), S(""), S("cd"), true },
	{ "only one CR is the line end's", S("ab\r\r\n"), S("ab\r"), S(""), true },
	{ "a CR inside stays", S("a\rb\r\n"), S("a\rb"), S(""), true },
	{ "the second end is the next line's", S("ab\n\r\n"), S("ab"), S("\r\n"), true },
	{ "a NUL is a byte", S("a\0b\r\n"), S("a\0b"), S(""), true },
	{ "no end", S("ab"), S(""), S("ab"), false },
	{ "half an end", S("ab\r"), S(""), S("ab\r"), false },
	{ "nothing", S(""), S(""), S(""), false },
};

static void test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct cursor c = cursor_of(lines[i].in);
		struct slice got = S("before");
		struct fault f = { 0 };
		enum status st = cursor_line(&c, &got, &f);
		if (st != (lines[i].ends ? ST_OK : ST_MORE) ||
			!slice_eq(cursor_rest(&c), lines[i].rest) ||
			!slice_eq(got, lines[i].ends ? lines[i].line : S("before")) ||
			strcmp(f.code, lines[i].ends ? "" : "input.line") != 0)
			fail_msg("%s: %s", lines[i].name, status_name(st));
	}
}

/* Cut at every byte, what is whole before the cut is still read, and the rest is left. */
static void test_lines_at_every_length(void **state)
{
	struct slice all = S("first\r\nsecond\nthird\r\n");
	static const size_t ends[] = { 7, 14, 21 };
	struct fault f;

	(void)state;
	assert_int_equal(all.n, ends[2]);
	for (size_t length = 0; length <= all.n; length++) {
		struct cursor c = cursor_of(slice_to(all, length));
		struct slice line;
		size_t count = 0;
		while (cursor_line(&c, &line, &f) == ST_OK)
			assert_int_equal(c.at, ends[count++]);
		assert_int_equal(count, (length >= 7) + (length >= 14) + (length >= 21));
		assert_true(f.offset == c.at);
	}
}

/* A CR that was read as something else does not belong to the line after it. */
static void test_a_line_begins_at_the_cursor(void **state)
{
	struct cursor c = cursor_of(S("x\r\n"));
	struct slice got;
	uint16_t two;

	(void)state;
	assert_int_equal(cursor_u16(&c, &two, NULL), ST_OK);
	assert_int_equal(cursor_line(&c, &got, NULL), ST_OK);
	assert_true(got.n == 0 && cursor_at_end(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_at_every_length),
		cmocka_unit_test(test_numbers_are_big_endian),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bytes_of_hostile_lengths),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_at_every_length),
		cmocka_unit_test(test_a_line_begins_at_the_cursor),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
