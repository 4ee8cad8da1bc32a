/* SPDX-License-Identifier: Apache-2.0 */
/* Times and durations: what is written reads back; what cannot be is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void test_times(void **state)
{
	static const struct {
		const char *text;
		enum status want;
		int64_t ns;
	} table[] = {
		{ "1970-01-01T00:00:00Z", ST_OK, 0 },
		{ "2026-11-23T05:14:06.123Z", ST_OK, INT64_C(1795410846123) * NS_PER_MS },
		{ "2026-11-23T06:14:06.123+01:00", ST_OK, INT64_C(1795410846123) * NS_PER_MS },
		{ "2026-11-22T21:14:06.123-08:00", ST_OK, INT64_C(1795410846123) * NS_PER_MS },
		{ "2024-02-29T00:00:00Z", ST_OK, INT64_C(1709164800) * NS_PER_S },
		{ "2026-11-23T05:14:06.123456789Z", ST_OK, INT64_C(1795410846123456789) },
		{ "2025-02-29T00:00:00Z", ST_INPUT, 0 },
		{ "2100-02-29T00:00:00Z", ST_INPUT, 0 },
		{ "2026-13-01T00:00:00Z", ST_INPUT, 0 },
		{ "2026-00-01T00:00:00Z", ST_INPUT, 0 },
		{ "2026-01-32T00:00:00Z", ST_INPUT, 0 },
		{ "2026-01-01T24:00:00Z", ST_INPUT, 0 },
		{ "2026-01-01T00:60:00Z", ST_INPUT, 0 },
		{ "1969-12-31T23:59:59Z", ST_INPUT, 0 },
		{ "2500-01-01T00:00:00Z", ST_INPUT, 0 },
		{ "2026-01-01", ST_INPUT, 0 },
		{ "2026-01-01T00:00:00", ST_INPUT, 0 },
		{ "2026-01-01T00:00:00Zx", ST_INPUT, 0 },
		{ "2026-01-01T00:00:00.Z", ST_INPUT, 0 },
		{ "", ST_INPUT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		int64_t ns = -1;
		struct fault f = { 0 };
		if (time_parse(&ns, slice_str(table[i].text), &f) != table[i].want)
			fail_msg("'%s': %s", table[i].text, f.text);
		if (table[i].want == ST_OK && ns != table[i].ns)
			fail_msg("'%s' is %lld", table[i].text, (long long)ns);
	}
}

static void test_every_day_reads_back(void **state)
{
	char text[TIME_TEXT_MAX], again[TIME_TEXT_MAX];
	int64_t ns;

	(void)state;
	for (int64_t day = 0; day < 200 * 366; day += 7) {
		int64_t at = day * 86400 * NS_PER_S + 123 * NS_PER_MS;
		time_format(text, at);
		assert_int_equal(time_parse(&ns, slice_str(text), NULL), ST_OK);
		assert_true(ns == at);
		assert_string_equal(time_format(again, ns), text);
	}
}

static void test_mail_dates(void **state)
{
	char date[MAIL_DATE_MAX];

	(void)state;
	assert_string_equal(mail_date_format(date, 0), "Thu, 01 Jan 1970 00:00:00 +0000");
	assert_string_equal(mail_date_format(date, INT64_C(1795410846) * NS_PER_S),
		"Mon, 23 Nov 2026 05:14:06 +0000");
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		enum status want;
		int64_t ns;
	} table[] = {
		{ "90", ST_OK, 90 * NS_PER_S },
		{ "90s", ST_OK, 90 * NS_PER_S },
		{ "5m", ST_OK, 300 * NS_PER_S },
		{ "4h", ST_OK, 14400 * NS_PER_S },
		{ "3d", ST_OK, 259200 * NS_PER_S },
		{ "250ms", ST_OK, 250 * NS_PER_MS },
		{ "0", ST_OK, 0 },
		{ "3653d", ST_LIMIT, 0 },
		{ "99999999999999999999", ST_LIMIT, 0 },
		{ "9223372036854775807s", ST_LIMIT, 0 },
		{ "", ST_INPUT, 0 },
		{ "s", ST_INPUT, 0 },
		{ "-5s", ST_INPUT, 0 },
		{ "5 s", ST_INPUT, 0 },
		{ "5w", ST_INPUT, 0 },
		{ "1h30m", ST_INPUT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		int64_t ns = -1;
		if (duration_parse(&ns, slice_str(table[i].text), NULL) != table[i].want)
			fail_msg("'%s' is read otherwise", table[i].text);
		if (table[i].want == ST_OK)
			assert_true(ns == table[i].ns);
	}
}

static void test_durations_for_people(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} table[] = {
		{ 48 * NS_PER_MS, "48ms" },
		{ 300 * NS_PER_S, "5m" },
		{ 7800 * NS_PER_S, "2h10m" },
		{ 259200 * NS_PER_S, "3d" },
	};
	char text[DURATION_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++)
		assert_string_equal(duration_format(text, table[i].ns), table[i].text);
	/* Whatever comes, it fits. */
	duration_format(text, INT64_MAX);
	duration_format(text, INT64_MIN);
	duration_format(text, -1);
}

static void test_clocks_go_on(void **state)
{
	int64_t before = clock_mono_ns();

	(void)state;
	assert_true(clock_mono_ns() >= before);
	assert_true(clock_utc_ns() > INT64_C(1700000000) * NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_every_day_reads_back),
		cmocka_unit_test(test_mail_dates),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_durations_for_people),
		cmocka_unit_test(test_clocks_go_on),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
