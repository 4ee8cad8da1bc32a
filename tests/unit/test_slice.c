/* SPDX-License-Identifier: Apache-2.0 */
/* Slices: no position reaches outside, no byte is taken for another, and the two readers refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <string.h>

#include "base/slice.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NOTHING { NULL, 0 }

static void test_of(void **state)
{
	static const char text[] = "ab\0cd";

	(void)state;
	assert_true(slice_of(text, 5).p == (const uint8_t *)text && slice_of(text, 5).n == 5);
	assert_int_equal(slice_str(text).n, 2);
	assert_ptr_equal(slice_str(text).p, text);
	assert_int_equal(slice_str("").n, 0);
	assert_true(slice_str(NULL).n == 0 && !slice_str(NULL).p);
	assert_int_equal(S("").n, 0);
	assert_int_equal(S("a\0b\0").n, 4);
}

static const struct {
	struct slice a, b;
	int order;
} orders[] = {
	{ NOTHING, NOTHING, 0 },
	{ NOTHING, S("a"), -1 },
	{ S("a"), S("ab"), -1 },
	{ S("b"), S("ab"), 1 },
	{ S("ab"), S("ab"), 0 },
	{ S("a\xff"), S("a\x01"), 1 },
};

static void test_compare(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(orders); i++) {
		int there = slice_compare(orders[i].a, orders[i].b);
		int back = slice_compare(orders[i].b, orders[i].a);

		assert_int_equal((there > 0) - (there < 0), orders[i].order);
		assert_int_equal((back > 0) - (back < 0), -orders[i].order);
	}
}

static void test_printf(void **state)
{
	char out[8];

	(void)state;
	snprintf(out, sizeof(out), "<%.*s>", SLICE_FMT(slice_to(S("abcdef"), 3)));
	assert_string_equal(out, "<abc>");
}

/* --- comparing --- */

static const struct {
	struct slice a, b;
	bool equal, nocase, prefix, prefix_nocase; /* b is a prefix of a */
} pairs[] = {
	{ S(""), S(""), true, true, true, true },
	{ NOTHING, S(""), true, true, true, true },
	{ S(""), NOTHING, true, true, true, true },
	{ NOTHING, NOTHING, true, true, true, true },
	{ NOTHING, S("a"), false, false, false, false },
	{ S("a"), NOTHING, false, false, true, true },
	{ S("a"), S(""), false, false, true, true },
	{ S(""), S("a"), false, false, false, false },
	{ S("abc"), S("abc"), true, true, true, true },
	{ S("azAZ"), S("AZaz"), false, true, false, true },
	{ S("abc"), S("abd"), false, false, false, false },
	{ S("bbc"), S("abc"), false, false, false, false },
	{ S("abcd"), S("abc"), false, false, true, true },
	{ S("abcd"), S("ABC"), false, false, false, true },
	{ S("abc"), S("abcd"), false, false, false, false },
	{ S("xabc"), S("abc"), false, false, false, false },
	{ S("a\0b"), S("a\0b"), true, true, true, true },
	{ S("a\0b"), S("a\0c"), false, false, false, false },
	{ S("a\0b"), S("a\0B"), false, true, false, true },
	/* As far apart as a letter's two cases, and no letters. */
	{ S("["), S("{"), false, false, false, false },
	{ S("@"), S("`"), false, false, false, false },
	{ S("\x01"), S("!"), false, false, false, false },
	{ S("\xc4"), S("\xe4"), false, false, false, false },
};

static void test_comparing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct slice a = pairs[i].a, b = pairs[i].b;
		if (slice_eq(a, b) != pairs[i].equal || slice_eq_secret(a, b) != pairs[i].equal ||
			slice_eq_nocase(a, b) != pairs[i].nocase ||
			slice_has_prefix(a, b) != pairs[i].prefix ||
			slice_has_prefix_nocase(a, b) != pairs[i].prefix_nocase)
			fail_msg("row %zu: %.*s and %.*s", i, SLICE_FMT(a), SLICE_FMT(b));
	}
}

/* One bit anywhere makes two digests differ. */
static void test_secrets_differ_by_a_bit(void **state)
{
	uint8_t a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	for (unsigned bit = 0; bit < 256; bit++) {
		assert_true(slice_eq_secret(slice_of(a, 32), slice_of(b, 32)));
		b[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(slice_eq_secret(slice_of(a, 32), slice_of(b, 32)));
		b[bit / 8] = 0;
	}
}

/* --- finding --- */

static const struct {
	struct slice hay, needle;
	bool found;
	size_t at;
} finds[] = {
	{ S("abcabc"), S("abc"), true, 0 },
	{ S("abcabc"), S("ca"), true, 2 },
	{ S("aaab"), S("aab"), true, 1 },
	{ S("abc"), S("c"), true, 2 },
	{ S("abc"), S("abc"), true, 0 },
	{ S("abc"), S(""), true, 0 },
	{ S("abc"), NOTHING, true, 0 },
	{ NOTHING, NOTHING, true, 0 },
	{ S(""), S(""), true, 0 },
	{ S("a\0b"), S("\0b"), true, 1 },
	{ S("abc"), S("abcd"), false, 0 },
	{ S("abc"), S("C"), false, 0 },
	{ S("a\0b"), S("\0c"), false, 0 },
	{ NOTHING, S("a"), false, 0 },
	{ S(""), S("a"), false, 0 },
};

static void test_finding(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(finds); i++) {
		size_t at = 77;
		bool found = slice_find(&at, finds[i].hay, finds[i].needle);
		if (found != finds[i].found || at != (found ? finds[i].at : 77))
			fail_msg("row %zu: %d at %zu", i, found, at);
	}
}

static void test_finding_a_byte(void **state)
{
	uint8_t all[256];
	size_t at = 77;

	(void)state;
	for (unsigned i = 0; i < 256; i++)
		all[i] = (uint8_t)i;
	for (unsigned i = 0; i < 256; i++) {
		assert_true(slice_find_byte(&at, slice_of(all, 256), (uint8_t)i) && at == i);
		at = 77;
		assert_false(slice_find_byte(&at, slice_of(all, i), (uint8_t)i));
		assert_int_equal(at, 77);
	}
	assert_true(slice_find_byte(&at, S("xaya"), 'a') && at == 1);
	assert_false(slice_find_byte(&at, (struct slice)NOTHING, 0));
}

/* --- cutting --- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Every position in and beyond, up to where adding would wrap. */
static void test_positions_are_clamped(void **state)
{
	static const size_t positions[] = { 0, 1, 2, 3, 4, 5, 6, SIZE_MAX / 2, SIZE_MAX - 1,
		SIZE_MAX };
	struct slice five = S("abcde");

	(void)state;
	for (size_t i = 0; i < COUNT(positions); i++) {
		size_t at = least(positions[i], 5);
		struct slice from = slice_from(five, positions[i]);
		struct slice to = slice_to(five, positions[i]);
		assert_true(from.p == five.p + at && from.n == 5 - at);
		assert_true(to.p == five.p && to.n == at);
		for (size_t j = 0; j < COUNT(positions); j++) {
			struct slice sub = slice_sub(five, positions[i], positions[j]);
			assert_true(sub.p == five.p + at && sub.n == least(positions[j], 5 - at));
		}
	}
}

static void test_being_part_of(void **state)
{
	static const char bytes[] = "abcabc";
	struct slice whole = slice_of(bytes, 4);
	(void)state;

	assert_true(slice_holds(whole, whole));
	assert_true(slice_holds(whole, slice_of(bytes + 1, 2)));
	assert_true(slice_holds(whole, slice_of(bytes + 4, 0)));
	assert_false(slice_holds(whole, slice_of(bytes + 3, 2)));
	assert_false(slice_holds(whole, slice_of(bytes + 5, 0)));
	assert_false(slice_holds(slice_of(bytes + 3, 3), slice_of(bytes, 3)));
	assert_false(slice_holds(whole, (struct slice){ 0 }));
}

static void test_cutting_nothing(void **state)
{
	struct slice nothing = NOTHING, before, after;

	(void)state;
	assert_true(!slice_from(nothing, 3).p && slice_from(nothing, 3).n == 0);
	assert_true(!slice_to(nothing, 3).p && slice_to(nothing, 3).n == 0);
	assert_int_equal(slice_sub(nothing, 1, 3).n, 0);
	assert_int_equal(slice_trim(nothing).n, 0);
	assert_int_equal(slice_trim_end(nothing).n, 0);
	assert_false(slice_cut(&before, &after, nothing, 'x'));
	assert_true(before.n == 0 && after.n == 0);
}

static const struct {
	struct slice in, want;
} trims[] = {
	{ S(""), S("") },
	{ S(" \t\r\n"), S("") },
	{ S("a"), S("a") },
	{ S(" a"), S("a") },
	{ S("a\r\n"), S("a") },
	{ S("\r\n\t a \t b\n \r"), S("a \t b") },
	{ S("\0 a \0"), S("\0 a \0") },
	{ S("\va\f"), S("\va\f") },
	{ S("\xa0 a"), S("\xa0 a") }, /* no blank but in Latin-1 */
};

static void test_trimming(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(trims); i++)
		if (!slice_eq(slice_trim(trims[i].in), trims[i].want))
			fail_msg("row %zu", i);
	assert_true(slice_eq(slice_trim_end(S(" \ta \r\n")), S(" \ta")));
	assert_true(slice_eq(slice_trim_end(S(" ")), S("")));
}

static const struct {
	struct slice in, before, after;
	bool found;
} cuts[] = {
	{ S("a=b"), S("a"), S("b"), true },
	{ S("a=b=c"), S("a"), S("b=c"), true },
	{ S("=b"), S(""), S("b"), true },
	{ S("a="), S("a"), S(""), true },
	{ S("="), S(""), S(""), true },
	{ S("ab"), S("ab"), S(""), false },
	{ S(""), S(""), S(""), false },
};

static void test_cutting(void **state)
{
	struct slice before, after;

	(void)state;
	for (size_t i = 0; i < COUNT(cuts); i++) {
		bool found = slice_cut(&before, &after, cuts[i].in, '=');
		if (found != cuts[i].found || !slice_eq(before, cuts[i].before) ||
			!slice_eq(after, cuts[i].after))
			fail_msg("row %zu", i);
	}
	/* The usual loop: what is cut is what is left to cut. */
	struct slice rest = S("x,y,z");
	for (unsigned i = 0; rest.n; i++) {
		slice_cut(&before, &rest, rest, ',');
		assert_true(before.n == 1 && before.p[0] == "xyz"[i]);
	}
}

static void test_printable(void **state)
{
	uint8_t byte[3] = { 'a', 0, 'z' };

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		byte[1] = (uint8_t)c;
		bool want = c >= 0x21 && c <= 0x7e;
		assert_int_equal(slice_is_printable(slice_of(byte, 3)), want);
		assert_int_equal(slice_is_printable(slice_of(byte + 1, 1)), want);
	}
	assert_false(slice_is_printable(S("")));
	assert_false(slice_is_printable((struct slice)NOTHING));
}

/* --- numbers --- */

static const struct {
	struct slice in;
	uint64_t want, offset;
	const char *code; /* NULL: good */
} numbers[] = {
	{ S("0"), 0, 0, NULL },
	{ S("7"), 7, 0, NULL },
	{ S("007"), 7, 0, NULL },
	{ S("4294967296"), UINT64_C(4294967296), 0, NULL },
	{ S("18446744073709551615"), UINT64_MAX, 0, NULL },
	{ S("0000000000000000000000000018446744073709551615"), UINT64_MAX, 0, NULL },
	{ S("18446744073709551616"), 0, 19, "number.range" }, /* the sum overflows */
	{ S("18446744073709551620"), 0, 19, "number.range" }, /* the product */
	{ S("184467440737095516150"), 0, 20, "number.range" },
	{ S("99999999999999999999999999999999999999999999"), 0, 19, "number.range" },
	{ S(""), 0, 0, "number.syntax" },
	{ NOTHING, 0, 0, "number.syntax" },
	{ S("-1"), 0, 0, "number.syntax" },
	{ S("+1"), 0, 0, "number.syntax" },
	{ S(" 1"), 0, 0, "number.syntax" },
	{ S("1 "), 0, 1, "number.syntax" },
	{ S("1\n"), 0, 1, "number.syntax" },
	{ S("1\0"), 0, 1, "number.syntax" },
	{ S("0x10"), 0, 1, "number.syntax" },
	{ S("1.0"), 0, 1, "number.syntax" },
	{ S("1e3"), 0, 1, "number.syntax" },
	{ S("12/"), 0, 2, "number.syntax" }, /* the byte below '0' */
	{ S("12:"), 0, 2, "number.syntax" }, /* the byte above '9' */
	{ S("\xd9\xa1"), 0, 0, "number.syntax" }, /* an Arabic-Indic one */
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(numbers); i++) {
		struct fault f = { 0 };
		uint64_t value = 77;
		enum status st = slice_u64(&value, numbers[i].in, &f);
		const char *want = numbers[i].code ? numbers[i].code : "";
		bool range = strcmp(want, "number.range") == 0;
		if (st != (numbers[i].code ? range ? ST_LIMIT : ST_INPUT : ST_OK) ||
			strcmp(f.code, want) != 0 || f.offset != numbers[i].offset ||
			value != (st == ST_OK ? numbers[i].want : 77))
			fail_msg("%.*s: %s %s", SLICE_FMT(numbers[i].in), status_name(st), f.code);
	}
}

/* The fault quotes a little of what is no number, and nothing behind it. */
static void test_a_long_number_is_quoted_in_part(void **state)
{
	char in[101];
	struct fault f;
	uint64_t value;

	(void)state;
	memset(in, 'x', sizeof(in));
	in[100] = '!';
	for (size_t n = 1; n <= 100; n++) {
		assert_int_equal(slice_u64(&value, slice_of(in, n), &f), ST_INPUT);
		assert_int_equal(strspn(f.text, "x"), least(n, 40));
		assert_null(strchr(f.text, '!'));
	}
}

/* --- texts --- */

static void test_texts_fit_or_are_refused(void **state)
{
	struct slice in = S("abcdefgh");
	struct fault f;

	(void)state;
	for (size_t size = 0; size <= 10; size++)
		for (size_t n = 0; n <= in.n; n++) {
			char out[16];
			memset(out, '#', sizeof(out));
			enum status st = slice_to_text(out, size, slice_to(in, n), &f);
			assert_int_equal(st, n < size ? ST_OK : ST_LIMIT);
			assert_int_equal(out[size], '#');
			if (st == ST_OK)
				assert_true(strlen(out) == n && memcmp(out, in.p, n) == 0);
			else
				assert_true(out[0] == '#' && strcmp(f.code, "text.length") == 0);
		}
}

static void test_texts_without_nul(void **state)
{
	char out[8] = "before";
	struct fault f;

	(void)state;
	assert_int_equal(slice_to_text(out, 8, S("ab\0cd"), &f), ST_INPUT);
	assert_string_equal(f.code, "text.nul");
	assert_true(f.offset == 2);
	assert_int_equal(slice_to_text(out, 8, S("\0"), &f), ST_INPUT);
	assert_string_equal(out, "before");
	assert_int_equal(slice_to_text(out, 8, (struct slice)NOTHING, &f), ST_OK);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_of),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_comparing),
		cmocka_unit_test(test_secrets_differ_by_a_bit),
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_finding_a_byte),
		cmocka_unit_test(test_positions_are_clamped),
		cmocka_unit_test(test_being_part_of),
		cmocka_unit_test(test_cutting_nothing),
		cmocka_unit_test(test_trimming),
		cmocka_unit_test(test_cutting),
		cmocka_unit_test(test_printable),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_a_long_number_is_quoted_in_part),
		cmocka_unit_test(test_texts_fit_or_are_refused),
		cmocka_unit_test(test_texts_without_nul),
	};

	return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}
