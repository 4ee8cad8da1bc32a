/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters against the definition, all of them: every code point there and back, every short row
 * of bytes that is none, and which characters act on a terminal instead of showing. A table by
 * hand is in test_config.c.
 */
#include "exchange_expect.h"

#include "exchange/utf8.h"

#define LAST 0x10ffff

/*
 * By the book (RFC 3629 3), and also for values that are no characters: as a careless writer
 * would.
 */
static size_t encode(uint8_t out[4], uint32_t c)
{
	static const uint8_t leads[] = { 0x00, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = 0x80 | (c & 0x3f);
	out[0] = (uint8_t)(leads[n - 1] | c);
	return n;
}

static bool is_surrogate(uint32_t c)
{
	return c >= 0xd800 && c <= 0xdfff;
}

static void every_character_there_and_back(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= LAST + 0x1000; c++) {
		bool good = c <= LAST && !is_surrogate(c);
		uint32_t got = 4711;
		uint8_t bytes[5] = { 0 };
		size_t n = encode(bytes, c);

		bytes[n] = 0x80; /* what follows is another's affair */
		size_t size = utf8_first(&got, slice_of(bytes, n + (n < 4)));
		if (size != (good ? n : 0) || got != (good ? c : 4711))
			fail_msg("U+%04x: %zu bytes, U+%04x", c, size, got);
	}
}

static void every_character_cut(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= LAST; c += c < 0x1000 ? 1 : 13) {
		uint8_t bytes[4];
		size_t n = encode(bytes, c);

		for (size_t cut = 0; cut < n; cut++) {
			uint32_t got = 4711;

			if (utf8_first(&got, slice_of(bytes, cut)) != 0 || got != 4711)
				fail_msg("U+%04x cut at %zu", c, cut);
		}
	}
}

/*
 * Whatever is taken is what the book writes: so overlong forms, five bytes and stray ones are not.
 */
static void every_three_bytes(void **state)
{
	(void)state;
	for (uint32_t row = 0; row <= 0xffffff; row++) {
		uint8_t bytes[3] = { (uint8_t)(row >> 16), (uint8_t)(row >> 8), (uint8_t)row },
			want[4];
		uint32_t got;
		size_t n = utf8_first(&got, slice_of(bytes, 3));

		if (n != 0 && (encode(want, got) != n || memcmp(want, bytes, n) != 0))
			fail_msg("%06x is U+%04x of %zu bytes", row, got, n);
	}
}

static void overlong_of_four(void **state)
{
	uint8_t bytes[4] = { 0xf0, 0x80, 0x80, 0x80 };
	uint32_t got;

	(void)state;
	for (unsigned second = 0x80; second < 0x90; second++) {
		bytes[1] = (uint8_t)second;
		assert_int_equal(utf8_first(&got, slice_of(bytes, 4)), 0);
	}
	bytes[1] = 0x90;
	assert_int_equal(utf8_first(&got, slice_of(bytes, 4)), 4);
}

/* --- control characters: first and last of each row, and their neighbours --- */

static const struct {
	const char *name;
	uint32_t c;
	bool control;
} characters[] = {
	{ "NUL", 0, true },
	{ "the last of C0", 0x1f, true },
	{ "blank", ' ', false },
	{ "tilde", '~', false },
	{ "DEL", 0x7f, true },
	{ "first of C1", 0x80, true },
	{ "CSI", 0x9b, true },
	{ "last of C1", 0x9f, true },
	{ "hard blank", 0xa0, false },
	{ "before the Arabic mark", 0x61b, false },
	{ "Arabic letter mark", 0x61c, true },
	{ "Arabic question mark", 0x61f, false },
	{ "zero width joiner, of names in Hindi", 0x200d, false },
	{ "left-to-right mark", 0x200e, true },
	{ "right-to-left mark", 0x200f, true },
	{ "hyphen", 0x2010, false },
	{ "leader", 0x2027, false },
	{ "line separator", 0x2028, true },
	{ "paragraph separator", 0x2029, true },
	{ "left-to-right embedding", 0x202a, true },
	{ "right-to-left override", 0x202e, true },
	{ "narrow blank", 0x202f, false },
	{ "before the isolates", 0x2065, false },
	{ "left-to-right isolate", 0x2066, true },
	{ "pop isolate", 0x2069, true },
	{ "behind the isolates", 0x206a, false },
	{ "the last", LAST, false },
};

static void controls_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(characters); i++)
		if (utf8_is_control(characters[i].c) != characters[i].control)
			fail_msg("%s", characters[i].name);
}

/* --- lines --- */

static const struct {
	const char *name;
	struct slice in;
	bool line;
} lines[] = {
	{ "empty", S(""), true },
	{ "ASCII", S("Sunny DER, Inc."), true },
	{ "of four kinds", S("a\xc3\xb6\xe2\x82\xac\xf0\x9f\x98\x80"), true },
	{ "a line end", S("a\n"), false },
	{ "a return", S("\ra"), false },
	{ "a tab", S("a\tb"), false },
	{ "a NUL behind", S("a\0"), false },
	{ "an escape", S("\x1b[31m"), false },
	{ "CSI as one character", S("\xc2\x9b" "31m"), false },
	{ "CSI as one byte", S("\x9b" "31m"), false },
	{ "text turned around", S("exe.\xe2\x80\xae" "fdp"), false },
	{ "Arabic letter mark", S("a\xd8\x9c"), false },
	{ "a separator in the middle", S("a\xe2\x80\xa8" "b"), false },
	{ "cut in the last character", S("a\xe2\x82"), false },
	{ "Latin-1", S("M\xfcller"), false },
	{ "a slash in too many bytes", S("..\xc0\xaf"), false },
	{ "a surrogate pair", S("\xed\xa0\xbd\xed\xb8\x80"), false },
};

static void lines_show_what_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		if (utf8_is_line(lines[i].in) != lines[i].line)
			fail_msg("%s", lines[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_character_there_and_back),
		cmocka_unit_test(every_character_cut),
		cmocka_unit_test(every_three_bytes),
		cmocka_unit_test(overlong_of_four),
		cmocka_unit_test(controls_are_known),
		cmocka_unit_test(lines_show_what_they_are),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
