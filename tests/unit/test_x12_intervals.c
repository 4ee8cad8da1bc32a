/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interval data in UTC: the days on which clocks change, midnight in both ways, what is missing,
 * doubled, overlaps; and back into segments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "documents/x12/intervals.h"

struct heard {
	struct buf faults;
	unsigned count;
	int64_t first_s, last_s;
	struct x12_reading readings[400];
};

static void reading_heard(
	void *context, const struct x12_series *series, const struct x12_reading *r)
{
	struct heard *h = context;

	(void)series;
	if (h->count == 0)
		h->first_s = r->start_s;
	h->last_s = r->end_s;
	if (h->count < 400)
		h->readings[h->count] = *r;
	h->count++;
}

static void wrong_heard(void *context, const struct x12_place *place, const struct fault *f)
{
	(void)place;
	buf_putf(&((struct heard *)context)->faults, "%s ", f->code);
}

/* The readings of one PTD loop with these segments in it. */
static void hear(struct heard *h, const char *segments)
{
	struct x12_intervals_listener listener = { h, reading_heard, wrong_heard };
	AUTO(x12_intervals) intervals = x12_intervals_new(&listener);
	struct x12_listener all = x12_intervals_hear(intervals);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &all);
	AUTO_IN_PLACE(buf) in = buf_init(1 << 20);

	*h = (struct heard){ .faults = buf_init(65536) };
	buf_putf(&in,
		"ISA*00*          *00*          *01*123456789      *01*987654321      *240102*"
		"0304*U*00401*000000001*0*P*>~GS*PT*123456789*987654321*20240102*0304*1*X*004010~"
		"ST*867*0001~BPT*00*U1*20240102*C1~PTD*BO***MG*M1~%sSE*9*0001~GE*1*1~"
		"IEA*1*000000001~",
		segments);
	x12_check_whole(check, buf_slice(&in));
}

static void expect(const char *segments, unsigned count, const char *first, const char *last,
	const char *faults)
{
	struct heard h;
	char text[TIME_TEXT_MAX];

	hear(&h, segments);
	if (strcmp(buf_text(&h.faults), faults) != 0)
		fail_msg("%.200s: \"%s\" instead of \"%s\"", segments, buf_text(&h.faults), faults);
	assert_int_equal(h.count, count);
	if (count > 0) {
		assert_string_equal(time_format(text, h.first_s * NS_PER_S), first);
		assert_string_equal(time_format(text, h.last_s * NS_PER_S), last);
	}
	buf_done(&h.faults);
}

#define Q(quantity, day, time, code) "QTY*QD*" quantity "*KH~DTM*582*" day "*" time "*" code "~"

static void readings(void **state)
{
	(void)state;
	expect("REF*MT*KH060~" Q("1", "20240101", "0100", "ES") Q("2.50", "20240101", "0200", "ES"),
		2, "2024-01-01T05:00:00.000Z", "2024-01-01T07:00:00.000Z", "");
	/* nothing says how long they are but the ends */
	expect(Q("1", "20240101", "0030", "ES") Q("2", "20240101", "0100", "ES"), 2,
		"2024-01-01T05:00:00.000Z", "2024-01-01T06:00:00.000Z", "");
	expect(Q("1", "20240101", "0030", "ES"), 0, "", "", "x12.interval.length ");
	/* midnight: 2400, 0000 of the next day, 0000 of the day it closes */
	expect("REF*MT*KH060~" Q("1", "20240101", "2300", "ES") Q("2", "20240101", "2400", "ES")
		Q("3", "20240102", "0100", "ES"), 3, "2024-01-02T03:00:00.000Z",
		"2024-01-02T06:00:00.000Z", "");
	expect("REF*MT*KH060~" Q("1", "20240101", "2300", "ES") Q("2", "20240102", "0000", "ES")
		Q("3", "20240102", "0100", "ES"), 3, "2024-01-02T03:00:00.000Z",
		"2024-01-02T06:00:00.000Z", "");
	expect("REF*MT*KH060~" Q("1", "20240101", "2300", "ES") Q("2", "20240101", "0000", "ES")
		Q("3", "20240102", "0100", "ES"), 3, "2024-01-02T03:00:00.000Z",
		"2024-01-02T06:00:00.000Z", "");
	/* what is not as it should be */
	expect("REF*MT*KH060~" Q("1", "20240101", "0100", "ES") Q("2", "20240101", "0100", "ES"), 1,
		"2024-01-01T05:00:00.000Z", "2024-01-01T06:00:00.000Z", "x12.interval.twice ");
	expect("REF*MT*KH060~" Q("1", "20240101", "0100", "ES") Q("2", "20240101", "0100", "ED"), 1,
		"2024-01-01T05:00:00.000Z", "2024-01-01T06:00:00.000Z", "x12.interval.overlap ");
	expect("REF*MT*KH060~" Q("1", "20240101", "0100", "ES") Q("2", "20240101", "0400", "ES"), 2,
		"2024-01-01T05:00:00.000Z", "2024-01-01T09:00:00.000Z", "x12.interval.gap ");
	expect("REF*MT*KH060~" Q("1", "20240310", "0230", "ED"), 0, "", "",
		"x12.zone.missing-hour ");
	expect("REF*MT*KH060~" Q("1", "20240310", "0230", ""), 0, "", "", "x12.zone.code ");
	/* the same time with two codes is two hours of that night */
	expect("REF*MT*KH060~" Q("1", "20241103", "0100", "ED") Q("2", "20241103", "0200", "ED")
		Q("3", "20241103", "0200", "ES") Q("4", "20241103", "0300", "ES"), 4,
		"2024-11-03T04:00:00.000Z", "2024-11-03T08:00:00.000Z", "");
}

/* A local day in quarter hours, written as a clock on the wall says it. */
static void day_put(struct buf *out, const char *midnight, unsigned count)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(65536);
	struct x12_writer w = { .out = &bytes, .delimiters = { '*', '>', 0, '~' } };
	struct x12_reading r = { .quantity = "1.5", .qualifier = "QD", .unit = "KH" };
	int64_t begin_ns;
	struct fault f;

	assert_int_equal(time_parse(&begin_ns, slice_str(midnight), &f), ST_OK);
	for (unsigned i = 1; i <= count; i++) {
		r.end_s = begin_ns / NS_PER_S + 900 * (int64_t)i;
		assert_int_equal(x12_reading_write(&w, &r, S("ET"), &f), ST_OK);
	}
	buf_put(out, buf_slice(&bytes));
}

static void replace(struct buf *text, const char *from, const char *to)
{
	for (char *at = (char *)text->p; (at = strstr(at, from)); at++)
		for (size_t i = 0; i < strlen(to); i++)
			at[i] = to[i];
}

static void days_on_which_clocks_change(void **state)
{
	static const struct {
		const char *midnight, *next;
		unsigned count;
	} days[] = {
		{ "2024-03-10T05:00:00.000Z", "2024-03-11T04:00:00.000Z", 92 },
		{ "2024-11-03T04:00:00.000Z", "2024-11-04T05:00:00.000Z", 100 },
		{ "2024-06-01T04:00:00.000Z", "2024-06-02T04:00:00.000Z", 96 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(65536);

		day_put(&text, days[i].midnight, days[i].count);
		expect(buf_text(&text), days[i].count, days[i].midnight, days[i].next, "");
		/* the same with a code that leaves to the reader what is in force */
		replace(&text, "*ED~", "*ET~");
		replace(&text, "*ES~", "*ET~");
		expect(buf_text(&text), days[i].count, days[i].midnight, days[i].next, "");
	}
}

static void there_and_back(void **state)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(65536);
	struct x12_writer w = { .out = &bytes, .delimiters = { '*', '>', 0, '~' } };
	struct heard h;
	struct fault f;

	(void)state;
	hear(&h, "REF*MT*KH015~QTY*KA*001.250*KH~DTM*582*20240101*0015*ES~"
		"QTY*QD*-3*K1~DTM*582*20240101*0030*ES~");
	assert_int_equal(h.count, 2);
	assert_string_equal(x12_quality_name(&h.readings[0]), "estimated");
	assert_string_equal(x12_quality_name(&h.readings[1]), "actual");
	for (unsigned i = 0; i < h.count; i++)
		assert_int_equal(x12_reading_write(&w, &h.readings[i], S("ES"), &f), ST_OK);
	assert_string_equal(buf_text(&bytes), "QTY*KA*001.250*KH~DTM*582*20240101*0015*ES~"
		"QTY*QD*-3*K1~DTM*582*20240101*0030*ES~");
	buf_done(&h.faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings),
		cmocka_unit_test(days_on_which_clocks_change),
		cmocka_unit_test(there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
