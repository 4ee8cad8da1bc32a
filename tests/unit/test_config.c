/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes, durations and quoted texts of our YAML files; the files themselves are in test_settings.c
 * and test_agreement.c.
 */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/config.h"
#include "exchange/utf8.h"

static const struct {
	struct slice in;
	enum status want;
	uint64_t bytes;
} sizes[] = {
	{ S("0"), ST_OK, 0 },
	{ S("48211"), ST_OK, 48211 },
	{ S("7B"), ST_OK, 7 },
	{ S("10kB"), ST_OK, 10000 },
	{ S("10KB"), ST_OK, 10000 },
	{ S("10KiB"), ST_OK, 10240 },
	{ S("10MB"), ST_OK, 10000000 },
	{ S("64MiB"), ST_OK, UINT64_C(64) << 20 },
	{ S("64 MiB"), ST_OK, UINT64_C(64) << 20 },
	{ S("1GB"), ST_OK, 1000000000 },
	{ S("1GiB"), ST_OK, UINT64_C(1) << 30 },
	{ S("18446744073709551615"), ST_OK, UINT64_MAX },
	{ S("18446744073709551616"), ST_LIMIT, 0 },
	{ S("17179869184GiB"), ST_LIMIT, 0 },
	{ S(""), ST_INPUT, 0 },
	{ S("MiB"), ST_INPUT, 0 },
	{ S("-1"), ST_INPUT, 0 },
	{ S("+1"), ST_INPUT, 0 },
	{ S(" 1"), ST_INPUT, 0 },
	{ S("1.5MB"), ST_INPUT, 0 },
	{ S("1mb"), ST_INPUT, 0 },
	{ S("1M"), ST_INPUT, 0 },
	{ S("1MBs"), ST_INPUT, 0 },
	{ S("0x10"), ST_INPUT, 0 },
	{ S("1\0"), ST_INPUT, 0 },
};

static void sizes_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t got = 4711;
		struct fault f = { 0 };

		expect_fault((const char *)sizes[i].in.p, size_parse(&got, sizes[i].in, &f), &f,
			sizes[i].want, sizes[i].want == ST_LIMIT ? "size.range" : "size.syntax");
		assert_int_equal(got, sizes[i].want == ST_OK ? sizes[i].bytes : 4711);
	}
}

static const struct {
	uint64_t bytes;
	const char *text;
} written_sizes[] = {
	{ 0, "0" },
	{ 1, "1" },
	{ 999, "999" },
	{ 1000, "1kB" },
	{ 1024, "1KiB" },
	{ 1025, "1025" },
	{ 10000000, "10MB" },
	{ 67108864, "64MiB" },
	{ 1073741824, "1GiB" },
	{ 2000000000, "2GB" },
	{ 1024000, "1000KiB" },
	{ UINT64_MAX, "18446744073709551615" },
};

static void sizes_are_written_short_and_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(written_sizes); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(64);
		uint64_t again;

		size_put(&out, written_sizes[i].bytes);
		expect_text("size", buf_text(&out), written_sizes[i].text);
		assert_int_equal(size_parse(&again, buf_slice(&out), NULL), ST_OK);
		assert_int_equal(again, written_sizes[i].bytes);
	}
}

static const struct {
	int64_t ms;
	const char *text;
} written_durations[] = {
	{ 0, "0ms" },
	{ 1, "1ms" },
	{ 250, "250ms" },
	{ 1000, "1s" },
	{ 1500, "1500ms" },
	{ 60000, "1m" },
	{ 90000, "90s" },
	{ 3600000, "1h" },
	{ 7800000, "130m" },
	{ 86400000, "1d" },
	{ 259200000, "3d" },
	{ 90000000, "25h" },
};

static void durations_are_written_short_and_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(written_durations); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(64);
		int64_t again;

		duration_put(&out, written_durations[i].ms * NS_PER_MS);
		expect_text("duration", buf_text(&out), written_durations[i].text);
		assert_int_equal(duration_parse(&again, buf_slice(&out), NULL), ST_OK);
		assert_int_equal(again, written_durations[i].ms * NS_PER_MS);
	}
}

static const struct {
	const char *name;
	struct slice in, out;
} texts[] = {
	{ "empty", S(""), S("\"\"") },
	{ "plain", S("a b: #c"), S("\"a b: #c\"") },
	{ "quote and backslash", S("\"\\"), S("\"\\\"\\\\\"") },
	{ "letters above ASCII stay", S("\xc3\xb6"), S("\"\xc3\xb6\"") },
	{ "line end", S("a\nb"), S("\"a\\U0000000ab\"") },
	{ "NUL", S("\0"), S("\"\\U00000000\"") },
	{ "next line", S("\xc2\x85"), S("\"\\U00000085\"") },
	{ "line separator", S("\xe2\x80\xa8"), S("\"\\U00002028\"") },
	{ "byte order mark", S("\xef\xbb\xbf"), S("\"\\U0000feff\"") },
	{ "no character", S("a\xff" "b"), S("\"a\\U0000fffdb\"") },
};

static void texts_are_quoted(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(256);

		config_text_put(&out, texts[i].in);
		expect_slice(texts[i].name, buf_slice(&out), texts[i].out);
	}
}

static const struct {
	const char *name;
	struct slice in;
	size_t size;
	uint32_t character;
} characters[] = {
	{ "NUL", S("\0"), 1, 0 },
	{ "last of one byte", S("\x7f"), 1, 0x7f },
	{ "first of two", S("\xc2\x80"), 2, 0x80 },
	{ "last of two", S("\xdf\xbf"), 2, 0x7ff },
	{ "first of three", S("\xe0\xa0\x80"), 3, 0x800 },
	{ "before the surrogates", S("\xed\x9f\xbf"), 3, 0xd7ff },
	{ "behind the surrogates", S("\xee\x80\x80"), 3, 0xe000 },
	{ "first of four", S("\xf0\x90\x80\x80"), 4, 0x10000 },
	{ "the last", S("\xf4\x8f\xbf\xbf"), 4, 0x10ffff },
	{ "only the first is read", S("a\xff"), 1, 'a' },
	{ "empty", S(""), 0, 0 },
	{ "continuation", S("\x80"), 0, 0 },
	{ "cut", S("\xc2"), 0, 0 },
	{ "cut of four", S("\xf0\x90\x80"), 0, 0 },
	{ "second byte is none", S("\xc2" "a"), 0, 0 },
	{ "third byte is none", S("\xe0\xa0" "a"), 0, 0 },
	{ "overlong of two", S("\xc1\xbf"), 0, 0 },
	{ "overlong of three", S("\xe0\x9f\xbf"), 0, 0 },
	{ "overlong of four", S("\xf0\x8f\xbf\xbf"), 0, 0 },
	{ "first surrogate", S("\xed\xa0\x80"), 0, 0 },
	{ "last surrogate", S("\xed\xbf\xbf"), 0, 0 },
	{ "above the last", S("\xf4\x90\x80\x80"), 0, 0 },
	{ "five bytes", S("\xf8\x88\x80\x80\x80"), 0, 0 },
};

static void characters_are_well_formed_or_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(characters); i++) {
		uint32_t got = 0;

		if (utf8_first(&got, characters[i].in) != characters[i].size ||
			got != characters[i].character)
			fail_msg("%s: U+%04x", characters[i].name, got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(sizes_are_written_short_and_exact),
		cmocka_unit_test(durations_are_written_short_and_exact),
		cmocka_unit_test(texts_are_quoted),
		cmocka_unit_test(characters_are_well_formed_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
