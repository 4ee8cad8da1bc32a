/* SPDX-License-Identifier: Apache-2.0 */
/* Time codes: through both changes of the clocks, back and forth, and what no clock ever showed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "documents/x12/zone.h"

static const struct {
	/* or the code of the fault; "+": or the second of that hour; "/": or the day's end */
	const char *date, *time, *code, *utc;
} rows[] = {
	{ "20240101", "0015", "ES", "2024-01-01T05:15:00.000Z" },
	{ "20240101", "0000", "ES", "2024-01-01T05:00:00.000Z/2024-01-02T05:00:00.000Z" },
	{ "20231231", "2400", "ES", "2024-01-01T05:00:00.000Z" },
	{ "20240229", "120030", "UT", "2024-02-29T12:00:30.000Z" },
	/* all year, if somebody says so */
	{ "20240701", "1200", "ES", "2024-07-01T17:00:00.000Z" },
	{ "20240701", "1200", "ED", "2024-07-01T16:00:00.000Z" },
	{ "20240701", "1200", "ET", "2024-07-01T16:00:00.000Z" },
	{ "20240101", "1200", "ET", "2024-01-01T17:00:00.000Z" },
	{ "20240701", "1200", "CT", "2024-07-01T17:00:00.000Z" },
	{ "20240701", "1200", "PT", "2024-07-01T19:00:00.000Z" },
	/* hours from UTC: ahead of it, and from the farthest behind it */
	{ "20240701", "1200", "01", "2024-07-01T11:00:00.000Z" },
	{ "20240701", "1200", "12", "2024-07-01T00:00:00.000Z" },
	{ "20240701", "1200", "13", "2024-07-02T00:00:00.000Z" },
	{ "20240310", "0230", "20", "2024-03-10T07:30:00.000Z" },
	{ "20240701", "1200", "24", "2024-07-01T13:00:00.000Z" },
	{ "20240701", "1200", "00", "x12.zone.code" },
	{ "20240701", "1200", "25", "x12.zone.code" },
	/* forward, 10 March 2024 at 2 */
	{ "20240310", "0145", "ET", "2024-03-10T06:45:00.000Z" },
	{ "20240310", "0200", "ES", "2024-03-10T07:00:00.000Z" },
	/* as the end of what began at 0145 */
	{ "20240310", "0200", "ET", "2024-03-10T07:00:00.000Z" },
	{ "20240310", "020001", "ET", "x12.zone.missing-hour" },
	{ "20240310", "0215", "ET", "x12.zone.missing-hour" },
	{ "20240310", "0200", "ED", "x12.zone.missing-hour" },
	{ "20240310", "0230", "ES", "2024-03-10T07:30:00.000Z" },
	{ "20240310", "0000", "ET", "2024-03-10T05:00:00.000Z/2024-03-11T04:00:00.000Z" },
	{ "20240310", "0230", "ED", "x12.zone.missing-hour" },
	{ "20240310", "0259", "ET", "x12.zone.missing-hour" },
	{ "20240310", "0300", "ET", "2024-03-10T07:00:00.000Z" },
	{ "20240310", "0300", "ED", "2024-03-10T07:00:00.000Z" },
	/* back, 3 November 2024 at 2 */
	{ "20241103", "0045", "ET", "2024-11-03T04:45:00.000Z" },
	{ "20241103", "0100", "ET", "2024-11-03T05:00:00.000Z+" },
	{ "20241103", "0145", "ET", "2024-11-03T05:45:00.000Z+" },
	{ "20241103", "0145", "ED", "2024-11-03T05:45:00.000Z" },
	{ "20241103", "0145", "ES", "2024-11-03T06:45:00.000Z" },
	/* where an hour is called by its end, 0200 comes twice; where by the clock, 0100 */
	{ "20241103", "0200", "ET", "2024-11-03T06:00:00.000Z+" },
	{ "20241103", "020001", "ET", "2024-11-03T07:00:01.000Z" },
	{ "20241103", "0000", "ET", "2024-11-03T04:00:00.000Z/2024-11-04T05:00:00.000Z" },
	{ "20241103", "2400", "ET", "2024-11-04T05:00:00.000Z" },
	/* the law before 2007 */
	{ "20060331", "1200", "ET", "2006-03-31T17:00:00.000Z" },
	{ "20060402", "0230", "ET", "x12.zone.missing-hour" },
	{ "20061028", "1200", "ET", "2006-10-28T16:00:00.000Z" },
	{ "20061029", "1200", "ET", "2006-10-29T17:00:00.000Z" },
	{ "20240101", "0015", "ZZ", "x12.zone.code" },
	{ "20240101", "0015", "", "x12.zone.code" },
	{ "20240230", "0015", "ES", "x12.zone.date" },
	{ "20241301", "0015", "ES", "x12.zone.date" },
	{ "240101", "0015", "ES", "x12.zone.date" },
	{ "19860101", "0015", "ES", "x12.zone.date" },
	{ "22601231", "2400", "ES", "2261-01-01T05:00:00.000Z" },
	{ "22610101", "0015", "ES", "x12.zone.date" },
	{ "99991231", "2400", "ES", "x12.zone.date" },
	{ "20240101", "2401", "ES", "x12.zone.time" },
	{ "20240101", "0060", "ES", "x12.zone.time" },
	{ "20240101", "015", "ES", "x12.zone.time" },
};

static void moment_put(struct buf *out, const struct x12_moment *m)
{
	char text[TIME_TEXT_MAX];

	buf_put_text(out, time_format(text, m->utc_s * NS_PER_S));
	if (m->is_doubled)
		assert_int_equal(m->later_s, m->utc_s + 3600);
	if (m->is_doubled)
		buf_put_text(out, "+");
	else if (m->later_s != m->utc_s)
		buf_putf(out, "/%s", time_format(text, m->later_s * NS_PER_S));
}

static void expect(enum x12_edge edge, const struct x12_stated *said, const char *utc)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct x12_moment m;
	struct fault f;

	if (x12_moment_read(&m, edge, said, &f) == ST_OK)
		moment_put(&out, &m);
	else
		buf_put_text(&out, f.code);
	if (strcmp(buf_text(&out), utc) != 0)
		fail_msg("%.*s %.*s %.*s is %s instead of %s", SLICE_FMT(said->date),
			SLICE_FMT(said->time), SLICE_FMT(said->code), buf_text(&out), utc);
}

static void moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(X12_END, &(struct x12_stated){ slice_str(rows[i].date),
			slice_str(rows[i].time), slice_str(rows[i].code) }, rows[i].utc);
}

/* A begin has only the name that the clock showed. */
static void begins(void **state)
{
	(void)state;
	expect(X12_BEGIN, &(struct x12_stated){ S("20240310"), S("0200"), S("ET") },
		"x12.zone.missing-hour");
	expect(X12_BEGIN, &(struct x12_stated){ S("20240310"), S("0300"), S("ET") },
		"2024-03-10T07:00:00.000Z");
	expect(X12_BEGIN, &(struct x12_stated){ S("20241103"), S("0100"), S("ET") },
		"2024-11-03T05:00:00.000Z+");
	expect(X12_BEGIN, &(struct x12_stated){ S("20241103"), S("0200"), S("ET") },
		"2024-11-03T07:00:00.000Z");
	expect(X12_BEGIN, &(struct x12_stated){ S("20240101"), S("0000"), S("ET") },
		"2024-01-01T05:00:00.000Z");
}

/* What is missing is called by its name. */
static void no_code(void **state)
{
	struct x12_moment m;
	struct fault f = { .text = "" };

	(void)state;
	assert_int_equal(x12_moment_read(&m, X12_END,
		&(struct x12_stated){ S("20240101"), S("0015"), S("") }, &f), ST_INPUT);
	assert_non_null(strstr(f.text, "DTM04, is missing"));
}

/* Every quarter hour of three years, in every kind of code. */
static void there_and_back(void **state)
{
	static const char *const codes[] = { "ES", "ED", "ET", "CT", "PT", "UT", "20", "09" };
	const int64_t begin = INT64_C(1672531200); /* 2023-01-01 */

	(void)state;
	for (size_t c = 0; c < sizeof(codes) / sizeof(codes[0]); c++)
		for (int64_t at = begin; at < begin + 3 * INT64_C(365) * 86400; at += 900) {
			struct x12_local local;
			struct x12_moment m;
			struct fault f = { .text = "" };

			/* Daylight time all year has no name for the hour that no clock showed. */
			if (x12_moment_write(&local, at, slice_str(codes[c]), &f) != ST_OK) {
				assert_string_equal(codes[c], "ED");
				assert_string_equal(f.code, "x12.zone.missing-hour");
				continue;
			}
			assert_int_equal(x12_moment_read(&m, X12_END,
				&(struct x12_stated){ slice_str(local.date), slice_str(local.time),
					slice_str(local.code) }, &f), ST_OK);
			if (m.utc_s != at)
				fail_msg("%s %s %s", local.date, local.time, local.code);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments),
		cmocka_unit_test(begins),
		cmocka_unit_test(no_code),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
