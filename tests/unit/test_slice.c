/* SPDX-License-Identifier: Apache-2.0 */
/* Slices: positions are clamped, nothing runs over an end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/slice.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void expect(struct slice got, const char *want)
{
	if (!slice_eq(got, slice_str(want)))
		fail_msg("'%.*s', want '%s'", SLICE_FMT(got), want);
}

static void test_parts_are_clamped(void **state)
{
	struct slice s = S("tieline");

	(void)state;
	expect(slice_from(s, 3), "line");
	expect(slice_from(s, 7), "");
	expect(slice_from(s, 8), "");
	expect(slice_from(s, SIZE_MAX), "");
	expect(slice_to(s, 3), "tie");
	expect(slice_to(s, SIZE_MAX), "tieline");
	expect(slice_sub(s, 3, 2), "li");
	expect(slice_sub(s, 3, SIZE_MAX), "line");
	expect(slice_sub(s, SIZE_MAX, SIZE_MAX), "");
	expect(slice_str(NULL), "");
}

static void test_compare(void **state)
{
	(void)state;
	assert_true(slice_eq(S(""), slice_of(NULL, 0)));
	assert_true(slice_eq(S("a\0b"), S("a\0b")));
	assert_false(slice_eq(S("a\0b"), S("a\0c")));
	assert_false(slice_eq(S("a"), S("A")));
	assert_true(slice_eq_nocase(S("Content-TYPE"), S("content-type")));
	assert_false(slice_eq_nocase(S("[a]"), S("{a}"))); /* 0x20 apart, and no letters */
	assert_true(slice_has_prefix(S("abc"), S("")));
	assert_true(slice_has_prefix(S("abc"), S("abc")));
	assert_false(slice_has_prefix(S("ab"), S("abc")));
	assert_true(slice_has_prefix_nocase(S("ABc"), S("ab")));
	assert_true(slice_eq_secret(S("same"), S("same")));
	assert_false(slice_eq_secret(S("same"), S("some")));
	assert_false(slice_eq_secret(S("same"), S("sam")));
}

static void test_find(void **state)
{
	static const struct {
		struct slice hay, needle;
		bool found;
		size_t at;
	} table[] = {
		{ S("a--b"), S("--"), true, 1 },
		{ S("--"), S("--"), true, 0 },
		{ S("-"), S("--"), false, 0 },
		{ S(""), S("-"), false, 0 },
		{ S("aab"), S("ab"), true, 1 },
		{ S("x\0y"), S("\0"), true, 1 },
	};
	size_t at;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		assert_int_equal(slice_find(&at, table[i].hay, table[i].needle), table[i].found);
		if (table[i].found)
			assert_int_equal(at, table[i].at);
	}
	assert_true(slice_find_byte(&at, S("ab"), 'b'));
	assert_int_equal(at, 1);
	assert_false(slice_find_byte(&at, S(""), 'b'));
}

static void test_cut_and_trim(void **state)
{
	struct slice before, after;

	(void)state;
	assert_true(slice_cut(&before, &after, S("a;b;c"), ';'));
	expect(before, "a");
	expect(after, "b;c");
	assert_true(slice_cut(&before, &after, S(";"), ';'));
	expect(before, "");
	expect(after, "");
	assert_false(slice_cut(&before, &after, S("abc"), ';'));
	expect(before, "abc");
	expect(after, "");
	expect(slice_trim(S(" \t\r\na b\r\n ")), "a b");
	expect(slice_trim(S(" \r\n")), "");
	assert_true(slice_is_printable(S("a~!")));
	assert_false(slice_is_printable(S("a b")));
	assert_false(slice_is_printable(S("")));
	assert_false(slice_is_printable(S("\x7f")));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		enum status want;
		uint64_t value;
	} table[] = {
		{ "0", ST_OK, 0 },
		{ "007", ST_OK, 7 },
		{ "18446744073709551615", ST_OK, UINT64_MAX },
		{ "18446744073709551616", ST_LIMIT, 0 },
		{ "99999999999999999999999", ST_LIMIT, 0 },
		{ "", ST_INPUT, 0 },
		{ "-1", ST_INPUT, 0 },
		{ "+1", ST_INPUT, 0 },
		{ " 1", ST_INPUT, 0 },
		{ "1x", ST_INPUT, 0 },
		{ "0x1", ST_INPUT, 0 },
	};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		if (slice_u64(&value, slice_str(table[i].text), NULL) != table[i].want)
			fail_msg("'%s' is read otherwise", table[i].text);
		if (table[i].want == ST_OK)
			assert_int_equal(value, table[i].value);
	}
}

static void test_to_text(void **state)
{
	char out[4];
	struct fault f;

	(void)state;
	assert_int_equal(slice_to_text(out, sizeof(out), S("abc"), &f), ST_OK);
	assert_string_equal(out, "abc");
	assert_int_equal(slice_to_text(out, sizeof(out), S("abcd"), &f), ST_LIMIT);
	assert_string_equal(f.code, "text.length");
	assert_int_equal(slice_to_text(out, sizeof(out), S("a\0b"), &f), ST_INPUT);
	assert_string_equal(f.code, "text.nul");
	assert_int_equal(slice_to_text(out, sizeof(out), S(""), &f), ST_OK);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_are_clamped),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_cut_and_trim),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_to_text),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
