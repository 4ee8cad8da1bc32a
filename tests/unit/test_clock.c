/* SPDX-License-Identifier: Apache-2.0 */
/* Times: every day there is against the C library's calendar, and what is no time or duration. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define S_PER_DAY INT64_C(86400)
#define DAY (S_PER_DAY * NS_PER_S)
#define LAST_S INT64_C(9223372036) /* the last second 64 bits of nanoseconds reach: 2262-04-11 */

/* --- clocks --- */

static void test_clocks(void **state)
{
	int64_t mono = clock_mono_ns(), utc = clock_utc_ns();
	const struct timespec nap = { .tv_nsec = 2 * NS_PER_MS };

	(void)state;
	assert_true(utc / NS_PER_S - time(NULL) <= 1 && time(NULL) - utc / NS_PER_S <= 1);
	assert_int_equal(nanosleep(&nap, NULL), 0);
	int64_t later = clock_mono_ns();
	assert_true(later - mono >= nap.tv_nsec && later - mono < 60 * NS_PER_S);
}

/* --- printing --- */

static void printed_try(int64_t s, int64_t ns)
{
	char got[TIME_TEXT_MAX], want[64], mail[MAIL_DATE_MAX];
	time_t t = s;
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	assert_ptr_equal(time_format(got, s * NS_PER_S + ns), got);
	size_t n = strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(want + n, sizeof(want) - n, ".%03dZ", (int)(ns / NS_PER_MS));
	assert_string_equal(got, want);
	assert_ptr_equal(mail_date_format(mail, s * NS_PER_S + ns), mail);
	strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S +0000", &tm);
	assert_string_equal(mail, want);
}

static void test_every_day_is_printed(void **state)
{
	(void)state;
	for (int64_t day = 0; day * S_PER_DAY < LAST_S; day++)
		printed_try(day * S_PER_DAY + day * 7919 % S_PER_DAY, day * 1234567 % NS_PER_S);
}

static void test_every_second_of_a_day(void **state)
{
	(void)state;
	for (int64_t s = 0; s <= S_PER_DAY; s++)
		printed_try(951782400 + s, 0); /* 2000-02-29 */
}

static const struct {
	int64_t utc_ns;
	const char *text, *mail;
} edges[] = {
	{ 0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ 999999, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ 1000000, "1970-01-01T00:00:00.001Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ NS_PER_S - 1, "1970-01-01T00:00:00.999Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ DAY - 1, "1970-01-01T23:59:59.999Z", "Thu, 01 Jan 1970 23:59:59 +0000" },
	{ INT64_MAX, "2262-04-11T23:47:16.854Z", "Fri, 11 Apr 2262 23:47:16 +0000" },
	/* A clock before 1970 is wrong: no text of another form comes of it. */
	{ -1, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
	{ INT64_MIN, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 +0000" },
};

static void test_edges_are_printed(void **state)
{
	char text[TIME_TEXT_MAX], mail[MAIL_DATE_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(edges); i++) {
		assert_string_equal(time_format(text, edges[i].utc_ns), edges[i].text);
		assert_string_equal(mail_date_format(mail, edges[i].utc_ns), edges[i].mail);
	}
}

/* --- reading times --- */

/* Every day to the last that is read comes back, to the millisecond that is printed. */
static void test_every_day_reads_back(void **state)
{
	char text[TIME_TEXT_MAX];
	int64_t got;

	(void)state;
	for (int64_t day = 0; day < 106650; day++) {
		int64_t ns = day * DAY + day * 7919 % S_PER_DAY * NS_PER_S + day % 1000 * NS_PER_MS;
		assert_int_equal(time_parse(&got, slice_str(time_format(text, ns)), NULL), ST_OK);
		assert_true(got == ns);
	}
}

#define AT(s) ((s) * NS_PER_S)

/* Seconds as `date -u +%s` says them. */
static const struct {
	const char *text;
	int64_t utc_ns;
} times[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "1970-01-01T00:00:00.000000001Z", 1 },
	{ "2026-11-23T05:14:06Z", AT(1795410846) },
	{ "2026-11-23t05:14:06z", AT(1795410846) },
	{ "2026-11-23 05:14:06Z", AT(1795410846) },
	{ "2026-11-23T05:14:06+00:00", AT(1795410846) },
	{ "2026-11-23T05:14:06-00:00", AT(1795410846) },
	{ "2026-11-23T06:44:06+01:30", AT(1795410846) },
	{ "2026-11-22T21:14:06-08:00", AT(1795410846) },
	{ "2026-11-24T05:13:06+23:59", AT(1795410846) },
	{ "2026-11-22T05:15:06-23:59", AT(1795410846) },
	{ "2026-11-23T05:14:06.1Z", AT(1795410846) + 100000000 },
	{ "2026-11-23T05:14:06.123Z", AT(1795410846) + 123000000 },
	{ "2026-11-23T05:14:06.999999999+00:00", AT(1795410846) + 999999999 },
	/* What is finer than a nanosecond is cut, however much of it there is. */
	{ "2026-11-23T05:14:06.9999999999999999999999999999999999999999Z",
		AT(1795410846) + 999999999 },
	{ "2026-11-23T05:14:06.0000000009Z", AT(1795410846) },
	/* A leap second is the next minute's first. */
	{ "2016-12-31T23:59:60Z", AT(1483228800) },
	{ "2016-12-31T23:59:60.5Z", AT(1483228800) + 500000000 },
	{ "2000-02-29T00:00:00Z", AT(951782400) },
	{ "2024-02-29T23:59:59Z", AT(1709251199) },
	{ "1969-12-31T23:59:59Z", -1 },
	{ "1970-01-01T00:00:00-00:01", AT(60) },
	/* The last there is, and the last with any offset, must fit into 64 bits. */
	{ "2261-12-31T23:59:59.999999999Z", AT(9214646399) + 999999999 },
	{ "2261-12-31T23:59:60.999999999-23:59", AT(9214646400 + 86340) + 999999999 },
};

static void test_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		struct fault f = { 0 };
		int64_t got = -7;
		bool good = times[i].utc_ns >= 0;
		enum status st = time_parse(&got, slice_str(times[i].text), &f);
		if (st != (good ? ST_OK : ST_INPUT) || got != (good ? times[i].utc_ns : -7))
			fail_msg("%s: %s %lld", times[i].text, status_name(st), (long long)got);
	}
}

#define SYNTAX "time.syntax"
#define RANGE "time.range"

static const struct {
	struct slice in;
	const char *code;
} no_times[] = {
	{ S(""), SYNTAX },
	{ S("now"), SYNTAX },
	{ S("2026-11-23"), SYNTAX },
	{ S("2026-11-23T05:14:06"), SYNTAX }, /* whose time? */
	{ S("2026-11-23T05:14Z"), SYNTAX },
	{ S("2026-11-23T05:14:06.Z"), SYNTAX },
	{ S("2026-11-23T05:14:06,5Z"), SYNTAX },
	{ S("2026-11-23T05:14:06.5.5Z"), SYNTAX },
	{ S("2026-11-23T05:14:06ZZ"), SYNTAX },
	{ S("2026-11-23T05:14:06Z "), SYNTAX },
	{ S("2026-11-23T05:14:06Z\n"), SYNTAX },
	{ S("2026-11-23T05:14:06Z\0"), SYNTAX },
	{ S(" 2026-11-23T05:14:06Z"), SYNTAX },
	{ S("2026-11-23\0" "05:14:06Z"), SYNTAX },
	{ S("2026-11-23_05:14:06Z"), SYNTAX },
	{ S("2026-11-23  05:14:06Z"), SYNTAX },
	{ S("2026-11-23T05:14:06\0"), SYNTAX },
	{ S("2026-11-23T05:14:06+0130"), SYNTAX },
	{ S("2026-11-23T05:14:06+01"), SYNTAX },
	{ S("2026-11-23T05:14:06+1:30"), SYNTAX },
	{ S("2026-11-23T05:14:06+01:30Z"), SYNTAX },
	{ S("2026-11-23T05:14:06*01:30"), SYNTAX },
	{ S("20261123T051406Z"), SYNTAX },
	{ S("2026-1-23T05:14:06Z"), SYNTAX },
	{ S("26-11-23T05:14:06Z"), SYNTAX },
	{ S("+2026-11-23T05:14:06Z"), SYNTAX },
	{ S("-026-11-23T05:14:06Z"), SYNTAX },
	{ S("2026-+1-23T05:14:06Z"), SYNTAX },
	{ S("12026-11-23T05:14:06Z"), SYNTAX },
	{ S("2026/11/23T05:14:06Z"), SYNTAX },
	{ S("Mon, 23 Nov 2026 05:14:06 +0000"), SYNTAX },
	{ S("1969-12-31T23:59:59Z"), RANGE },
	{ S("2262-01-01T00:00:00Z"), RANGE },
	{ S("0000-01-01T00:00:00Z"), RANGE },
	{ S("9999-12-31T23:59:59Z"), RANGE },
	{ S("1970-01-01T00:00:59+00:01"), RANGE },
	{ S("1970-01-01T23:58:59+23:59"), RANGE },
	{ S("2026-00-23T05:14:06Z"), RANGE },
	{ S("2026-13-23T05:14:06Z"), RANGE },
	{ S("2026-99-23T05:14:06Z"), RANGE },
	{ S("2026-11-00T05:14:06Z"), RANGE },
	{ S("2026-11-31T05:14:06Z"), RANGE },
	{ S("2026-12-32T05:14:06Z"), RANGE },
	{ S("2026-02-29T05:14:06Z"), RANGE },
	{ S("2100-02-29T05:14:06Z"), RANGE },
	{ S("2000-02-30T05:14:06Z"), RANGE },
	{ S("2026-11-23T24:00:00Z"), RANGE },
	{ S("2026-11-23T05:60:06Z"), RANGE },
	{ S("2026-11-23T05:14:61Z"), RANGE },
	{ S("2026-11-23T05:14:06+24:00"), RANGE },
	{ S("2026-11-23T05:14:06-00:60"), RANGE },
};

static void test_no_times(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(no_times); i++) {
		struct fault f = { 0 };
		int64_t got = -7;
		enum status st = time_parse(&got, no_times[i].in, &f);
		if (st != ST_INPUT || strcmp(f.code, no_times[i].code) != 0 || got != -7)
			fail_msg("%.*s: %s %s", SLICE_FMT(no_times[i].in), status_name(st), f.code);
	}
}

/* Days that a month has, and the one after them, for every month of these centuries. */
static void test_the_length_of_every_month(void **state)
{
	static const unsigned days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	char text[64];
	int64_t got;

	(void)state;
	for (unsigned year = 1970; year <= 2261; year++)
		for (unsigned month = 1; month <= 12; month++) {
			bool leap = year % 4 == 0 && (year % 100 != 0 || year == 2000);
			unsigned last = days[month - 1] + (month == 2 && leap);
			snprintf(text, sizeof(text), "%u-%02u-%02uT00:00:00Z", year, month, last);
			assert_int_equal(time_parse(&got, slice_str(text), NULL), ST_OK);
			snprintf(text, sizeof(text), "%u-%02u-%02uT00:00:00Z", year, month,
				last + 1);
			assert_int_equal(time_parse(&got, slice_str(text), NULL), ST_INPUT);
		}
}

static void test_times_cut_anywhere(void **state)
{
	static const char *const whole[] = { "2026-11-23T05:14:06Z", "2026-11-23T05:14:06.123456Z",
		"2026-11-23T05:14:06.123456-08:30" };
	struct fault f;
	int64_t got = -7;

	(void)state;
	for (size_t i = 0; i < COUNT(whole); i++)
		for (size_t n = 0; n < strlen(whole[i]); n++) {
			assert_int_equal(time_parse(&got, slice_of(whole[i], n), &f), ST_INPUT);
			assert_string_equal(f.code, SYNTAX);
			assert_true(got == -7);
		}
}

#define PLACED "2026-11-23T05:14:06.5+01:30"
#define PLACES (sizeof(PLACED) - 1)

/* In every place every byte: only a digit stands for a digit, and a mark for itself. */
static void byte_try(char *text, size_t at, unsigned byte)
{
	char before = text[at];
	bool digit = before >= '0' && before <= '9';
	const char *marks = before == 'T' ? "Tt " : before == '-' || before == '+' ? "+-" :
		before == ':' ? ":" : ".";
	int64_t got;

	text[at] = (char)byte;
	enum status st = time_parse(&got, slice_of(text, PLACES), NULL);
	text[at] = before;
	if (digit && (byte < '0' || byte > '9') && st == ST_OK)
		fail_msg("%02x at %zu is taken for a digit", byte, at);
	if (!digit && (byte == 0 || !strchr(marks, (int)byte)) && st == ST_OK)
		fail_msg("%02x at %zu is taken for %c", byte, at, before);
}

static void test_every_byte_in_every_place(void **state)
{
	char text[] = PLACED;

	(void)state;
	for (size_t at = 0; at < PLACES; at++)
		for (unsigned byte = 0; byte < 256; byte++)
			byte_try(text, at, byte);
}

static void test_what_is_no_time_is_quoted_in_part(void **state)
{
	char in[200];
	struct fault f;
	int64_t got;

	(void)state;
	memset(in, '\n', sizeof(in));
	assert_int_equal(time_parse(&got, slice_of(in, sizeof(in)), &f), ST_INPUT);
	assert_null(strchr(f.text, '\n'));
	assert_non_null(strstr(f.text, "is not an RFC 3339 time"));
}

/* --- durations --- */

static const struct {
	struct slice in;
	int64_t want;
	const char *code; /* NULL: good */
} durations[] = {
	{ S("0"), 0, NULL },
	{ S("0d"), 0, NULL },
	{ S("90"), 90 * NS_PER_S, NULL },
	{ S("90s"), 90 * NS_PER_S, NULL },
	{ S("5m"), 300 * NS_PER_S, NULL },
	{ S("4h"), 14400 * NS_PER_S, NULL },
	{ S("3d"), 3 * DAY, NULL },
	{ S("250ms"), 250 * NS_PER_MS, NULL },
	{ S("007m"), 420 * NS_PER_S, NULL },
	{ S("3650d"), 3650 * DAY, NULL },
	{ S("87600h"), 3650 * DAY, NULL },
	{ S("5256000m"), 3650 * DAY, NULL },
	{ S("315360000s"), 3650 * DAY, NULL },
	{ S("315360000"), 3650 * DAY, NULL },
	{ S("315360000000ms"), 3650 * DAY, NULL },
	{ S("3651d"), 0, "duration.range" },
	{ S("87601h"), 0, "duration.range" },
	{ S("5256001m"), 0, "duration.range" },
	{ S("315360001s"), 0, "duration.range" },
	{ S("315360001"), 0, "duration.range" },
	{ S("315360000001ms"), 0, "duration.range" },
	/* Days whose nanoseconds wrap around to a little. */
	{ S("213504d"), 0, "duration.range" },
	{ S("18446744073709551615ms"), 0, "duration.range" },
	{ S("18446744073709551616"), 0, "duration.range" },
	{ S("99999999999999999999999999999999999999d"), 0, "duration.range" },
	{ S(""), 0, "duration.syntax" },
	{ S("s"), 0, "duration.syntax" },
	{ S("ms"), 0, "duration.syntax" },
	{ S("-5m"), 0, "duration.syntax" },
	{ S("+5m"), 0, "duration.syntax" },
	{ S("5 m"), 0, "duration.syntax" },
	{ S(" 5m"), 0, "duration.syntax" },
	{ S("5m "), 0, "duration.syntax" },
	{ S("5m\n"), 0, "duration.syntax" },
	{ S("5\0"), 0, "duration.syntax" },
	{ S("5m\0"), 0, "duration.syntax" },
	{ S("5M"), 0, "duration.syntax" },
	{ S("5min"), 0, "duration.syntax" },
	{ S("5w"), 0, "duration.syntax" },
	{ S("5ns"), 0, "duration.syntax" },
	{ S("1.5h"), 0, "duration.syntax" },
	{ S("0x5"), 0, "duration.syntax" },
	{ S("1e3"), 0, "duration.syntax" },
	{ S("2h10m"), 0, "duration.syntax" },
	{ S("99999999999999999999999999999999999999w"), 0, "duration.syntax" },
};

static void test_durations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(durations); i++) {
		struct fault f = { 0 };
		int64_t got = -7;
		const char *want = durations[i].code ? durations[i].code : "";
		enum status st = duration_parse(&got, durations[i].in, &f);
		bool range = strcmp(want, "duration.range") == 0;
		enum status due = range ? ST_LIMIT : *want ? ST_INPUT : ST_OK;
		if (st != due || strcmp(f.code, want) != 0 ||
			got != (st == ST_OK ? durations[i].want : -7))
			fail_msg("%.*s: %s %s", SLICE_FMT(durations[i].in), status_name(st),
				f.code);
	}
}

static const struct {
	int64_t ns;
	const char *want;
} spans[] = {
	{ 0, "0ms" },
	{ NS_PER_MS - 1, "0ms" },
	{ NS_PER_MS, "1ms" },
	{ 48 * NS_PER_MS, "48ms" },
	{ 1500 * NS_PER_MS, "1500ms" },
	{ 10 * NS_PER_S - 1, "9999ms" },
	{ 10 * NS_PER_S, "10s" },
	{ 60 * NS_PER_S - 1, "59s" },
	{ 60 * NS_PER_S, "1m" },
	{ 61 * NS_PER_S, "1m1s" },
	{ 90 * NS_PER_S, "1m30s" },
	{ 300 * NS_PER_S, "5m" },
	{ 3600 * NS_PER_S - 1, "59m59s" },
	{ 3600 * NS_PER_S, "1h" },
	{ 3659 * NS_PER_S, "1h" }, /* two units are exact enough */
	{ 7800 * NS_PER_S, "2h10m" },
	{ DAY - 1, "23h59m" },
	{ DAY, "1d" },
	{ DAY + 59 * 60 * NS_PER_S, "1d" },
	{ DAY + 3600 * NS_PER_S, "1d1h" },
	{ 3 * DAY, "3d" },
	{ 3650 * DAY, "3650d" },
	{ INT64_MAX, "106751d23h" },
	{ -NS_PER_MS, "-1ms" },
	{ INT64_MIN, "-9223372036854ms" },
};

static void test_durations_are_printed(void **state)
{
	char text[DURATION_TEXT_MAX + 1];

	(void)state;
	text[DURATION_TEXT_MAX] = '#';
	for (size_t i = 0; i < COUNT(spans); i++) {
		assert_ptr_equal(duration_format(text, spans[i].ns), text);
		assert_string_equal(text, spans[i].want);
		assert_int_equal(text[DURATION_TEXT_MAX], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_every_day_is_printed),
		cmocka_unit_test(test_every_second_of_a_day),
		cmocka_unit_test(test_edges_are_printed),
		cmocka_unit_test(test_every_day_reads_back),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_no_times),
		cmocka_unit_test(test_the_length_of_every_month),
		cmocka_unit_test(test_times_cut_anywhere),
		cmocka_unit_test(test_every_byte_in_every_place),
		cmocka_unit_test(test_what_is_no_time_is_quoted_in_part),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_durations_are_printed),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
