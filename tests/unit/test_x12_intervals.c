/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interval data in UTC: the days on which clocks change, however intervals are called, midnight in
 * both ways, what is missing, doubled, overlaps; channels; and back into segments.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"
#include "documents/x12/intervals_write.h"

struct heard {
	struct buf faults, series; /* series: "1 M1 0500-0600 2.50 QD KH; " */
	struct x12_readings *list;
	unsigned count;
	int64_t first_s, last_s;
	struct x12_reading readings[400];
};

static void reading_heard(
	void *context, const struct x12_series *series, const struct x12_reading *r)
{
	struct heard *h = context;
	char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];
	struct fault f;

	time_format(start, r->start_s * NS_PER_S);
	time_format(end, r->end_s * NS_PER_S);
	buf_putf(&h->series, "%u %s %.2s%.2s-%.2s%.2s %s %s %s; ", series->number, series->meter,
		start + 11, start + 14, end + 11, end + 14, r->quantity, r->qualifier, r->unit);
	if (x12_readings_add(h->list, series, r, &f) != ST_OK)
		fail_msg("%s", f.text);
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

static void left_heard(void *context, const struct x12_place *place, const struct fault *f)
{
	(void)place;
	buf_putf(&((struct heard *)context)->faults, "(%s) ", f->code);
}

static void heard_done(struct heard *h)
{
	buf_done(&h->faults);
	buf_done(&h->series);
	x12_readings_free(h->list);
}
DEFINE_AUTO_IN_PLACE(heard)

/* What an 867 with these segments says. */
static void hear_body(struct heard *h, enum x12_edge labels, const char *segments)
{
	struct x12_intervals_listener listener = { h, reading_heard, wrong_heard, left_heard };
	AUTO(x12_intervals) intervals = x12_intervals_new(&listener, labels);
	struct x12_listener all = x12_intervals_hear(intervals);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &all);
	AUTO_IN_PLACE(buf) in = buf_init(1 << 20);

	*h = (struct heard){ .faults = buf_init(65536),
		.series = buf_init(1 << 20),
		.list = x12_readings_new((struct x12_delimiters){ '*', '>', 0, '~' }) };
	buf_putf(&in,
		"ISA*00*          *00*          *01*123456789      *01*987654321      *240102*"
		"0304*U*00401*000000001*0*P*>~GS*PT*123456789*987654321*20240102*0304*1*X*004010~"
		"ST*867*0001~BPT*00*U1*20240102*C1~%sSE*9*0001~GE*1*1~IEA*1*000000001~",
		segments);
	x12_check_whole(check, buf_slice(&in));
}

/* The readings of one PTD loop with these segments in it. */
static void hear(struct heard *h, enum x12_edge labels, const char *segments)
{
	AUTO_IN_PLACE(buf) body = buf_init(1 << 20);

	buf_putf(&body, "PTD*BO***MG*M1~%s", segments);
	hear_body(h, labels, buf_text(&body));
}

static void expect(const char *segments, unsigned count, const char *first, const char *last,
	const char *faults)
{
	AUTO_IN_PLACE(heard) h;
	char text[TIME_TEXT_MAX];

	hear(&h, X12_END, segments);
	if (strcmp(buf_text(&h.faults), faults) != 0)
		fail_msg("%.200s: \"%s\" instead of \"%s\"", segments, buf_text(&h.faults), faults);
	assert_int_equal(h.count, count);
	if (count > 0) {
		assert_string_equal(time_format(text, h.first_s * NS_PER_S), first);
		assert_string_equal(time_format(text, h.last_s * NS_PER_S), last);
	}
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

/* --- days on which clocks change --- */

enum naming {
	BY_CLOCK, /* what a clock shows as it ends: in autumn 0100 comes twice */
	BY_HOUR,  /* what its begin showed, and its length: 0200 comes twice; it is in spring */
	BY_BEGIN, /* what a clock shows as it begins */
	NAMINGS,
};

static void named_put(struct buf *out, enum naming naming, int64_t start_s, int64_t length_s)
{
	struct x12_local local;
	struct fault f;

	assert_int_equal(x12_moment_write(&local, start_s + (naming == BY_CLOCK ? length_s : 0),
		S("ET"), &f), ST_OK);
	if (naming == BY_HOUR) {
		char code[3];

		memcpy(code, local.code, sizeof(code));
		assert_int_equal(x12_moment_write(&local, start_s + length_s, slice_str(code), &f),
			ST_OK);
	}
	buf_putf(out, "QTY*QD*1.5*KH~DTM*582*%s*%s*ET~", local.date, local.time);
}

static void day_expect(const char *midnight, const char *next, enum naming naming,
	int64_t length_s, bool is_said)
{
	AUTO_IN_PLACE(buf) text = buf_init(65536);
	AUTO_IN_PLACE(heard) h;
	int64_t begin_ns, end_ns;
	struct fault f;

	assert_int_equal(time_parse(&begin_ns, slice_str(midnight), &f), ST_OK);
	assert_int_equal(time_parse(&end_ns, slice_str(next), &f), ST_OK);
	if (is_said)
		buf_putf(&text, "REF*MT*KH%03d~", (int)(length_s / 60));
	for (int64_t at = begin_ns / NS_PER_S; at < end_ns / NS_PER_S; at += length_s)
		named_put(&text, naming, at, length_s);
	hear(&h, naming == BY_BEGIN ? X12_BEGIN : X12_END, buf_text(&text));
	if (buf_text(&h.faults)[0])
		fail_msg("%s, naming %d, %d s: %s", midnight, naming, (int)length_s,
			buf_text(&h.faults));
	assert_int_equal(h.count, (end_ns - begin_ns) / NS_PER_S / length_s);
	for (unsigned i = 0; i < h.count; i++) {
		assert_int_equal(h.readings[i].start_s, begin_ns / NS_PER_S + i * length_s);
		assert_int_equal(h.readings[i].end_s, h.readings[i].start_s + length_s);
	}
}

static void days_on_which_clocks_change(void **state)
{
	static const struct {
		const char *midnight, *next;
	} days[] = {
		{ "2024-03-10T05:00:00Z", "2024-03-11T04:00:00Z" },
		{ "2024-11-03T04:00:00Z", "2024-11-04T05:00:00Z" },
		{ "2024-06-01T04:00:00Z", "2024-06-02T04:00:00Z" },
		/* no more of it than the hour that comes twice */
		{ "2024-11-03T05:00:00Z", "2024-11-03T07:00:00Z" },
	};
	static const int64_t lengths[] = { 900, 1800, 3600 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (int naming = 0; naming < NAMINGS; naming++)
			for (size_t l = 0; l < 6; l++)
				day_expect(days[i].midnight, days[i].next, naming, lengths[l % 3],
					l < 3);
	for (int naming = 0; naming < NAMINGS; naming++)
		day_expect(days[3].midnight, days[3].next, naming, 900, true);
}

static void what_is_not_a_whole_night(void **state)
{
	(void)state;
	/* an hour is left out, and any of them may be what comes behind it: that is said */
	expect("REF*MT*KH060~" Q("1", "20241103", "0100", "ET") Q("2", "20241103", "0200", "ET")
		Q("3", "20241103", "0300", "ET"), 3, "2024-11-03T04:00:00.000Z",
		"2024-11-03T08:00:00.000Z", "x12.interval.doubled ");
	/* it begins in the second of that hour: the first is taken, that is said, and no gap */
	expect("REF*MT*KH030~" Q("1", "20241103", "0130", "ET") Q("2", "20241103", "0200", "ET")
		Q("3", "20241103", "0230", "ET"), 3, "2024-11-03T05:00:00.000Z",
		"2024-11-03T07:30:00.000Z", "x12.interval.doubled ");
	/* nothing comes that would say which of them it is */
	expect("REF*MT*KH015~" Q("1", "20241103", "0115", "ET") Q("2", "20241103", "0130", "ET"), 2,
		"2024-11-03T05:00:00.000Z", "2024-11-03T05:30:00.000Z", "x12.interval.doubled ");
	/* the second of it does come, or codes say it */
	expect("REF*MT*KH030~" Q("1", "20241103", "0130", "ET") Q("2", "20241103", "0200", "ET")
		Q("3", "20241103", "0130", "ET"), 3, "2024-11-03T05:00:00.000Z",
		"2024-11-03T06:30:00.000Z", "");
	expect("REF*MT*KH030~" Q("1", "20241103", "0130", "ES") Q("2", "20241103", "0200", "ES")
		Q("3", "20241103", "0230", "ES"), 3, "2024-11-03T06:00:00.000Z",
		"2024-11-03T07:30:00.000Z", "");
	/* it ends there: an hour may be missing before its last */
	expect("REF*MT*KH030~" Q("1", "20241103", "0030", "ET") Q("2", "20241103", "0100", "ET")
		Q("3", "20241103", "0130", "ET"), 3, "2024-11-03T04:00:00.000Z",
		"2024-11-03T05:30:00.000Z", "x12.interval.doubled ");
	/* what is longer than its ends are apart is in the one before it */
	expect("REF*MT*KH060~" Q("1", "20240101", "0100", "ES") Q("2", "20240101", "0130", "ES")
		Q("3", "20240101", "0200", "ES"), 2, "2024-01-01T05:00:00.000Z",
		"2024-01-01T07:00:00.000Z", "x12.interval.overlap ");
	/* a quarter hour twice in a row is one too many, or an hour later; three times is */
	expect("REF*MT*KH015~" Q("1", "20241103", "0100", "ET") Q("2", "20241103", "0115", "ET")
		Q("3", "20241103", "0115", "ET"), 3, "2024-11-03T04:45:00.000Z",
		"2024-11-03T06:15:00.000Z", "x12.interval.doubled ");
	expect("REF*MT*KH015~" Q("1", "20241103", "0115", "ET") Q("2", "20241103", "0115", "ET")
		Q("3", "20241103", "0115", "ET"), 2, "2024-11-03T05:00:00.000Z",
		"2024-11-03T06:15:00.000Z", "x12.interval.twice x12.interval.doubled ");
	expect("REF*MT*KH060~" Q("1", "20241103", "0100", "ET") Q("2", "20241103", "0200", "ET")
		Q("3", "20241103", "0200", "ET") Q("4", "20241103", "0200", "ET"), 3,
		"2024-11-03T04:00:00.000Z", "2024-11-03T07:00:00.000Z", "x12.interval.twice ");
	expect("REF*MT*KH015~" Q("1", "20241103", "0130", "ET"), 1, "2024-11-03T05:15:00.000Z",
		"2024-11-03T05:30:00.000Z", "x12.interval.doubled ");
	expect("REF*MT*KH015~" Q("1", "20240310", "0145", "ET") Q("2", "20240310", "0200", "ET")
		Q("3", "20240310", "0215", "ET") Q("4", "20240310", "0315", "ET"), 3,
		"2024-03-10T06:30:00.000Z", "2024-03-10T07:15:00.000Z", "x12.zone.missing-hour ");
	/* midnight as 0000 of the day that it closes, which has 25 hours */
	expect("REF*MT*KH060~" Q("1", "20241103", "2300", "ET") Q("2", "20241103", "0000", "ET")
		Q("3", "20241104", "0100", "ET"), 3, "2024-11-04T03:00:00.000Z",
		"2024-11-04T06:00:00.000Z", "");
}

/* --- the hour that comes twice --- */

#define P(quantity, begin, end) \
	"QTY*QD*" quantity "*KH~DTM*150*20241103*" begin "*ET~DTM*151*20241103*" end "*ET~"
#define E(quantity, time) Q(quantity, "20241103", time, "ET")
#define QUARTERS "REF*MT*KH015~"

static const struct {
	const char *name, *segments, *series, *faults; /* series: start-end of each */
} doubled_rows[] = {
	{ "begins there, and does not follow", QUARTERS E("1", "0115") E("2", "0145") E("3", "0200"),
		"0500-0515 0530-0545 0545-0600 ", "x12.interval.doubled " },
	{ "begins there, and passes over it", QUARTERS E("1", "0130") E("2", "0215"),
		"0515-0530 0700-0715 ", "x12.interval.doubled " },
	{ "a period", P("1", "0115", "0130") P("2", "0130", "0145"), "0515-0530 0530-0545 ",
		"x12.interval.doubled " },
	{ "periods up to its end", P("1", "0130", "0200") P("2", "0200", "0230"),
		"0530-0600 0700-0730 ", "x12.interval.doubled " },
	{ "a hole before it", QUARTERS E("1", "0045") E("2", "0115") E("3", "0215"),
		"0430-0445 0500-0515 0700-0715 ", "x12.interval.doubled " },
	{ "a hole before it, and both hours", "REF*MT*KH030~" E("1", "0030") E("2", "0130")
		E("3", "0200") E("4", "0130") E("5", "0200") E("6", "0230"),
		"0400-0430 0500-0530 0530-0600 0600-0630 0630-0700 0700-0730 ",
		"x12.interval.gap " },
	{ "a hole between both hours", "REF*MT*KH030~" E("1", "0100") E("2", "0130")
		E("3", "0130") E("4", "0200") E("5", "0230"),
		"0430-0500 0500-0530 0600-0630 0630-0700 0700-0730 ", "x12.interval.doubled " },
	{ "a code says it of the second", QUARTERS E("1", "0115") Q("2", "20241103", "0130", "ED"),
		"0500-0515 0515-0530 ", "" },
	{ "a code says it of the one before", QUARTERS Q("1", "20241103", "0115", "ES")
		E("2", "0130") E("3", "0200"), "0600-0615 0615-0630 0645-0700 ",
		"x12.interval.gap " },
	{ "another night", "REF*MT*KH060~" E("1", "0200") Q("2", "20251102", "0200", "ET"),
		"0500-0600 0500-0600 ", "x12.interval.doubled x12.interval.doubled " },
	{ "a quantity is missing", QUARTERS "QTY*QD**KH~DTM*582*20241103*0115*ET~" E("2", "0130"),
		"0515-0530 ", "x12.interval.doubled x12.interval.missing " },
	{ "of both channels", QUARTERS E("1", "0115") "QTY*87*1*KH~DTM*582*20241103*0115*ET~"
		E("2", "0130") "QTY*87*2*KH~DTM*582*20241103*0130*ED~",
		"0500-0515 0515-0530 0500-0515 0515-0530 ", "x12.interval.doubled " },
	/* what the loop or the set says of its period */
	{ "between", "DTM*150*20241103*0100*ED~DTM*151*20241103*0130*ED~" QUARTERS E("1", "0115")
		E("2", "0130"), "0500-0515 0515-0530 ", "" },
	{ "until", "DTM*151*20241103*0130*ED~" QUARTERS E("1", "0115") E("2", "0130"),
		"0500-0515 0515-0530 ", "" },
	{ "from", "DTM*150*20241103*0100*ES~" QUARTERS E("1", "0115") E("2", "0130"),
		"0600-0615 0615-0630 ", "" },
	{ "an hour of an hour", "DTM*150*20241103*0130*ED~DTM*151*20241103*0130*ES~REF*MT*KH030~"
		E("1", "0200") E("2", "0130"), "0530-0600 0600-0630 ", "" },
	{ "a range", "DTM*007****RDT*202411030100-202411030200~DTM*582**0*ED*RDT*202411030100-"
		"202411030200~DTM*090**0*ED*RDT*202411030100-202411030200~" QUARTERS E("1", "0115"),
		"0500-0515 ", "" },
	{ "more than there are", "DTM*150*20241103*0100*ED~DTM*151*20241103*0200*ES~" QUARTERS
		E("1", "0115") E("2", "0130"), "0500-0515 0515-0530 ", "x12.interval.doubled " },
	{ "days only", "DTM*150*20241103~DTM*151*20241103~" QUARTERS E("1", "0115"), "0500-0515 ",
		"x12.interval.doubled " },
	{ "a period that is another's", "DTM*150*20240101*0100*ES~DTM*151*20240131*0200*ES~"
		QUARTERS E("1", "0115"), "0500-0515 ", "x12.interval.doubled " },
	{ "no time code", "DTM*150*20241103*0100~DTM*151*20241103*0130~" QUARTERS E("1", "0115"),
		"0500-0515 ", "x12.interval.doubled " },
	{ "of the loop before", "DTM*150*20241103*0100*ES~PTD*BO***MG*M1~" QUARTERS E("1", "0115"),
		"0500-0515 ", "x12.interval.doubled " },
	{ "of the set", "SE*2*0001~ST*867*0002~BPT*00*U1~DTM*150*20241103*0100*ES~PTD*BO~" QUARTERS
		E("1", "0115"), "0600-0615 ", "" },
	{ "of the set before", "SE*2*0001~ST*867*0002~DTM*150*20241103*0100*ES~SE*3*0002~"
		"ST*867*0003~PTD*BO~" QUARTERS E("1", "0115"), "0500-0515 ",
		"x12.interval.doubled " },
};

static void doubled_hour(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(doubled_rows) / sizeof(doubled_rows[0]); i++) {
		AUTO_IN_PLACE(buf) series = buf_init(4096);
		AUTO_IN_PLACE(heard) h;
		char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

		hear(&h, X12_END, doubled_rows[i].segments);
		for (unsigned n = 0; n < h.count; n++) {
			time_format(start, h.readings[n].start_s * NS_PER_S);
			time_format(end, h.readings[n].end_s * NS_PER_S);
			buf_putf(&series, "%.2s%.2s-%.2s%.2s ", start + 11, start + 14, end + 11,
				end + 14);
		}
		if (strcmp(buf_text(&series), doubled_rows[i].series) != 0 ||
			strcmp(buf_text(&h.faults), doubled_rows[i].faults) != 0)
			fail_msg("%s: %s; %s", doubled_rows[i].name, buf_text(&series),
				buf_text(&h.faults));
	}
}

/* However many there are: what waits is bounded, and what is too much is said. */
static void more_than_may_wait(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(1 << 20);
	AUTO_IN_PLACE(heard) h;

	(void)state;
	for (int i = 1; i <= 600; i++)
		buf_putf(&text, "QTY*QD*1*KH~DTM*582*20241103*01%02d%02d*ET~", i * 5 / 60,
			i * 5 % 60);
	hear(&h, X12_END, buf_text(&text));
	assert_int_equal(h.count, 512);
	assert_non_null(strstr(buf_text(&h.faults), "x12.interval.doubled x12.interval.doubled "));
}

/* --- series --- */

static void expect_series(const char *segments, const char *series, const char *faults)
{
	AUTO_IN_PLACE(heard) h;

	hear(&h, X12_END, segments);
	if (strcmp(buf_text(&h.series), series) != 0 || strcmp(buf_text(&h.faults), faults) != 0)
		fail_msg("%.200s: \"%s\" \"%s\" instead of \"%s\" \"%s\"", segments,
			buf_text(&h.series), buf_text(&h.faults), series, faults);
}

#define R(qualifier, quantity, unit, time) \
	"QTY*" qualifier "*" quantity "*" unit "~DTM*582*20240101*" time "*ES~"

static void channels(void **state)
{
	(void)state;
	expect_series("REF*MT*KH060~" R("QD", "1", "KH", "0100") R("QD", "2", "K3", "0100")
		R("KA", "3", "KH", "0200") R("QD", "4", "K3", "0200"),
		"1 M1 0500-0600 1 QD KH; 2 M1 0500-0600 2 QD K3; 1 M1 0600-0700 3 KA KH; "
		"2 M1 0600-0700 4 QD K3; ", "");
	/* estimated or not is no other channel, delivered or received is */
	expect_series("REF*MT*KH060~" R("QD", "1", "KH", "0100") R("KA", "2", "KH", "0200")
		R("9H", "3", "KH", "0100") R("87", "4", "KH", "0200"),
		"1 M1 0500-0600 1 QD KH; 1 M1 0600-0700 2 KA KH; 2 M1 0500-0600 3 9H KH; "
		"2 M1 0600-0700 4 87 KH; ", "");
	/* each is doubled, late or alone for itself */
	expect_series("REF*MT*KH060~" R("QD", "1", "KH", "0100") R("87", "2", "KH", "0100")
		R("QD", "3", "KH", "0100") R("87", "4", "KH", "0300"),
		"1 M1 0500-0600 1 QD KH; 2 M1 0500-0600 2 87 KH; 2 M1 0700-0800 4 87 KH; ",
		"x12.interval.twice x12.interval.gap ");
	expect_series(R("QD", "1", "KH", "0100") R("87", "2", "KH", "0015")
		R("87", "3", "KH", "0030"),
		"2 M1 0500-0515 2 87 KH; 2 M1 0515-0530 3 87 KH; ", "x12.interval.length ");
	/* lengths of their own */
	expect_series("REF*MT*KH060~REF*MT*K3015~" R("QD", "1", "KH", "0100")
		R("QD", "2", "K3", "0015"),
		"1 M1 0500-0600 1 QD KH; 2 M1 0500-0515 2 QD K3; ", "");
	/* what is missing is of the channel that misses it */
	expect_series("REF*MT*KH060~" R("20", "0", "KH", "0100") R("QD", "1", "KH", "0200")
		R("87", "2", "KH", "0100") R("20", "0", "KH", "0200") R("87", "3", "KH", "0300"),
		"1 M1 0500-0600 0 20 KH; 1 M1 0600-0700 1 QD KH; 2 M1 0500-0600 2 87 KH; "
		"2 M1 0600-0700 0 20 KH; 2 M1 0700-0800 3 87 KH; ", "");
}

static void too_many_channels(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(4096);
	AUTO_IN_PLACE(heard) h;

	(void)state;
	buf_put_text(&text, "REF*MT*KH060~");
	for (int i = 0; i <= X12_CHANNELS_MAX; i++)
		buf_putf(&text, "QTY*QD*1*%c%c~DTM*582*20240101*0100*ES~", 'A' + i, 'A');
	hear(&h, X12_END, buf_text(&text));
	assert_int_equal(h.count, X12_CHANNELS_MAX);
	assert_string_equal(buf_text(&h.faults), "x12.interval.channels ");
}

static void quantities(void **state)
{
	(void)state;
	expect_series("REF*MT*KH060~" R("QD", "1", "KH", "0100") R("QD", "", "KH", "0200")
		R("QD", "3", "KH", "0300"),
		"1 M1 0500-0600 1 QD KH; 1 M1 0700-0800 3 QD KH; ", "x12.interval.missing ");
	expect_series("REF*MT*KH060~QTY*QD~DTM*582*20240101*0100*ES~", "", "x12.interval.missing ");
	expect_series("REF*MT*KH060~" R("QD", "1e5", "KH", "0100"), "", "x12.interval.quantity ");
	expect_series("REF*MT*KH060~" R("QD", "12345678901234567890123456789012345678901234", "KH",
		"0100"), "", "x12.interval.quantity ");
	expect_series("REF*MT*KH060~" R("QD", "-0.50", "KH", "0100"),
		"1 M1 0500-0600 -0.50 QD KH; ", "");
}

static void dates(void **state)
{
	(void)state;
	/* begin and end, in either order, through the hour that comes twice */
	expect_series("QTY*QD*1*KH~DTM*150*20241103*0145*ET~DTM*151*20241103*0200*ET~"
		"QTY*QD*2*KH~DTM*151*20241103*0115*ET~DTM*150*20241103*0100*ET~"
		"QTY*QD*3*KH~DTM*150*20241103*0115*ET~DTM*151*20241103*0200*ET~",
		"1 M1 0545-0600 1 QD KH; 1 M1 0600-0615 2 QD KH; 1 M1 0615-0700 3 QD KH; ", "");
	expect_series("QTY*QD*1*KH~DTM*582**0*ES*RDT*202401010000-202401010100~"
		"QTY*QD*2*KH~DTM*007**0*ES*DTS*20240101010000-20240101020000~"
		"QTY*QD*3*KH~DTM*007**0*ES*RDT*202401010200~",
		"1 M1 0500-0600 1 QD KH; 1 M1 0600-0700 2 QD KH; ", "x12.interval.date ");
	expect_series("REF*MT*KH060~QTY*QD*1*KH~DTM*582***ES*DT*202401010100~",
		"1 M1 0500-0600 1 QD KH; ", "");
	expect_series("REF*MT*KH060~QTY*QD*1*KH~DTM*150*20240101*0000*ES~"
		"DTM*151*20240101*0030*ES~", "", "x12.interval.length ");
	expect_series("QTY*QD*1*KH~DTM*150*20240101*0100*ES~DTM*151*20240101*0030*ES~", "",
		"x12.interval.length ");
	expect_series("QTY*QD*1*KH~DTM*150*20240101*0100*ES~", "", "x12.interval.date ");
	expect_series("QTY*QD*1*KH~DTM*582*20240101**ES~", "", "x12.zone.time ");
	/* nothing vanishes: a time of something else, days, and no date among intervals */
	expect_series("QTY*QD*1*KH~DTM*514*20240101*0100*ES~", "", "x12.interval.date ");
	expect_series("QTY*QD*1*KH~DTM*150*20240101~DTM*151*20240131~", "",
		"(x12.interval.none) ");
	expect_series("QTY*QD*1*KH~MEA**AA*1~", "", "");
	expect_series("REF*MT*KH060~" R("QD", "1", "KH", "0100") "QTY*QD*2*KH~",
		"1 M1 0500-0600 1 QD KH; ", "x12.interval.date ");
}

/* --- back --- */

static void back_expect(const char *body, enum x12_edge labels, const char *zone, const char *want)
{
	AUTO_IN_PLACE(buf) out = buf_init(65536);
	struct x12_writer w = { .out = &out, .delimiters = { '*', '>', 0, '~' } };
	AUTO_IN_PLACE(heard) h;
	AUTO_IN_PLACE(heard) again;
	struct fault f;

	hear_body(&h, X12_END, body);
	assert_string_equal(buf_text(&h.faults), "");
	assert_int_equal(x12_readings_write(&w, h.list, labels, slice_str(zone), &f), ST_OK);
	if (want)
		assert_string_equal(buf_text(&out), want);
	hear_body(&again, labels, buf_text(&out));
	assert_string_equal(buf_text(&again.faults), "");
	assert_int_equal(h.count, again.count);
	{
		AUTO_IN_PLACE(buf) twice = buf_init(65536);

		w.out = &twice;
		assert_int_equal(
			x12_readings_write(&w, again.list, labels, slice_str(zone), &f), ST_OK);
		assert_string_equal(buf_text(&twice), buf_text(&out));
	}
}

/* --- where lengths change, and days end --- */

#define CHANGE(when) "DTM*328*" when "~"
#define MARCH(quantity, time) "QTY*QD*" quantity "*KH~DTM*582*20240301*" time "*ES~"
#define AFTER_ONE "1 M1 0500-0600 1 QD KH; 1 M1 0600-0615 2 QD KH; 1 M1 0615-0630 3 QD KH; "

static void lengths_that_change(void **state)
{
	(void)state;
	/* before REF*MT, as X12 has it, and behind it */
	expect_series(CHANGE("20240301*0100*ES") "REF*MT*KH060~" MARCH("1", "0100")
		MARCH("2", "0115") MARCH("3", "0130"), AFTER_ONE, "");
	expect_series("REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0100")
		MARCH("2", "0115") MARCH("3", "0130"), AFTER_ONE, "");
	/* in the code of the readings; with a length of its own, or one interval alone */
	expect_series("REF*MT*KH060~REF*MT*KH015~" CHANGE("20240301*0100") MARCH("1", "0100")
		MARCH("2", "0115") MARCH("3", "0130"), AFTER_ONE, "");
	expect_series("REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0100")
		MARCH("2", "0115"), "1 M1 0500-0600 1 QD KH; 1 M1 0600-0615 2 QD KH; ", "");
	expect_series("REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0100")
		MARCH("2", "0900"), "1 M1 0500-0600 1 QD KH; ", "x12.interval.length ");
	/* what is missing behind it is no part of a length */
	expect_series("REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0100")
		MARCH("2", "0130") MARCH("3", "0145"),
		"1 M1 0500-0600 1 QD KH; 1 M1 0615-0630 2 QD KH; 1 M1 0630-0645 3 QD KH; ",
		"x12.interval.gap ");
	expect_series("REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0100")
		MARCH("2", "0115") MARCH("3", "0200"),
		"1 M1 0500-0600 1 QD KH; 1 M1 0600-0615 2 QD KH; 1 M1 0645-0700 3 QD KH; ",
		"x12.interval.gap ");
	/* a day, from its begin; longer instead of shorter; twice */
	expect_series("REF*MT*KH060~" CHANGE("20240302") "QTY*QD*1*KH~DTM*582*20240302*0000*ES~"
		"QTY*QD*2*KH~DTM*582*20240302*0015*ES~QTY*QD*3*KH~DTM*582*20240302*0030*ES~",
		"1 M1 0400-0500 1 QD KH; 1 M1 0500-0515 2 QD KH; 1 M1 0515-0530 3 QD KH; ", "");
	expect_series("REF*MT*KH015~REF*MT*KH060~REF*MT*KH030~" CHANGE("20240301*0030*ES")
		CHANGE("20240301*0130*ES") MARCH("1", "0030") MARCH("2", "0130") MARCH("3", "0200"),
		"1 M1 0515-0530 1 QD KH; 1 M1 0530-0630 2 QD KH; 1 M1 0630-0700 3 QD KH; ", "");
	/* each channel by itself; before anything; of those that have a begin */
	expect_series("REF*MT*KH060~REF*MT*K3060~" CHANGE("20240101*0100*ES")
		R("QD", "1", "KH", "0100") R("QD", "2", "K3", "0100") R("QD", "3", "KH", "0115")
		R("QD", "4", "K3", "0115"),
		"1 M1 0500-0600 1 QD KH; 2 M1 0500-0600 2 QD K3; 1 M1 0600-0615 3 QD KH; "
		"2 M1 0600-0615 4 QD K3; ", "");
	expect_series("REF*MT*KH060~" CHANGE("20240229*0100*ES") MARCH("1", "0030")
		MARCH("2", "0045"), "1 M1 0515-0530 1 QD KH; 1 M1 0530-0545 2 QD KH; ", "");
	expect_series("REF*MT*KH060~" CHANGE("20240301*0100*ES") "QTY*QD*1*KH~"
		"DTM*150*20240301*0000*ES~DTM*151*20240301*0100*ES~QTY*QD*2*KH~"
		"DTM*150*20240301*0100*ES~DTM*151*20240301*0115*ES~",
		"1 M1 0500-0600 1 QD KH; 1 M1 0600-0615 2 QD KH; ", "");
	/* what is no time, and more of them than there are lengths */
	expect_series("REF*MT*KH060~" CHANGE("20241301*0100*ES") MARCH("1", "0100"),
		"1 M1 0500-0600 1 QD KH; ", "x12.zone.date ");
	expect_series("REF*MT*KH060~" CHANGE("20240302") CHANGE("20240303") CHANGE("20240304")
		CHANGE("20240305") CHANGE("20240306") MARCH("1", "0100"),
		"1 M1 0500-0600 1 QD KH; ", "x12.interval.length ");
	back_expect("PTD*BO~REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0100")
		MARCH("2", "0115"), X12_END, "",
		"PTD*BO~QTY*QD*1*KH~DTM*150*20240301*0000*ES~DTM*151*20240301*0100*ES~"
		"QTY*QD*2*KH~DTM*150*20240301*0100*ES~DTM*151*20240301*0115*ES~");
}

static void lengths_that_change_by_begins(void **state)
{
	AUTO_IN_PLACE(heard) h;

	(void)state;
	hear(&h, X12_BEGIN, "REF*MT*KH060~" CHANGE("20240301*0100*ES") MARCH("1", "0000")
		MARCH("2", "0100") MARCH("3", "0115"));
	assert_string_equal(buf_text(&h.faults), "");
	assert_string_equal(buf_text(&h.series), AFTER_ONE);
}

#define LATE(quantity, time) "QTY*QD*" quantity "*KH~DTM*582*20240301*" time "*ES~"
#define NEXT(quantity, time) "QTY*QD*" quantity "*KH~DTM*582*20240302*" time "*ES~"

static void the_last_minute_of_a_day(void **state)
{
	(void)state;
	expect_series("REF*MT*KH060~" LATE("1", "2300") LATE("2", "2359") NEXT("3", "0100"),
		"1 M1 0300-0400 1 QD KH; 1 M1 0400-0500 2 QD KH; 1 M1 0500-0600 3 QD KH; ", "");
	expect_series("REF*MT*KH015~" LATE("1", "2330") LATE("2", "235959"),
		"1 M1 0415-0430 1 QD KH; 1 M1 0445-0500 2 QD KH; ", "x12.interval.gap ");
	/* it is what it says where it follows the one before it, and where nothing says more */
	expect_series("REF*MT*KH060~" LATE("1", "2259") LATE("2", "2359") NEXT("3", "0059"),
		"1 M1 0259-0359 1 QD KH; 1 M1 0359-0459 2 QD KH; 1 M1 0459-0559 3 QD KH; ", "");
	expect_series("REF*MT*KH001~" LATE("1", "2358") LATE("2", "2359") NEXT("3", "0000"),
		"1 M1 0457-0458 1 QD KH; 1 M1 0458-0459 2 QD KH; 1 M1 0459-0500 3 QD KH; ", "");
	expect_series("REF*MT*KH060~" LATE("1", "2359") NEXT("2", "0100"),
		"1 M1 0359-0459 1 QD KH; 1 M1 0500-0600 2 QD KH; ", "x12.interval.gap ");
	expect_series("REF*MT*KH060~" LATE("1", "2310") LATE("2", "2359"),
		"1 M1 0310-0410 1 QD KH; ", "x12.interval.overlap ");
	expect_series("REF*MT*KH060~QTY*QD*1*KH~DTM*150*20240301*2300*ES~DTM*151*20240301*2359*ES~",
		"1 M1 0400-0500 1 QD KH; ", "");
	/* what was no end of a day is none when it comes back, though the one before it is gone */
	back_expect("PTD*BO~REF*MT*KH060~" LATE("1", "2259") LATE("2", "2359"), X12_END, "ES",
		"PTD*BO~QTY*QD*1*KH~DTM*150*20240301*2159*ES~DTM*151*20240301*2259*ES~"
		"QTY*QD*2*KH~DTM*150*20240301*2259*ES~DTM*151*20240301*2359*ES~");
	expect_series("QTY*QD*1*KH~DTM*150*20240301*2300*ES~DTM*151*20240301*2359*ES~",
		"1 M1 0400-0459 1 QD KH; ", "");
}

/* --- what a set is for --- */

static const struct {
	const char *name, *bpt, *purpose, *faults;
} purpose_rows[] = {
	{ "original", "BPT*00*U1*20240102*C1~", "original U1 ", "" },
	{ "cancellation", "BPT*01*U2*20240102*C1*****U1~", "cancellation U2 U1",
		"(x12.interval.purpose) " },
	{ "of nothing", "BPT*01*U2*20240102~", "cancellation U2 ", "(x12.interval.purpose) " },
	{ "replacement", "BPT*05*U2*20240102*C1*****U1~", "replacement U2 U1",
		"(x12.interval.purpose) " },
	{ "duplicate", "BPT*07*U1*20240102~", "duplicate U1 ", "(x12.interval.purpose) " },
	{ "history", "BPT*52*U2*20240102~", "history U2 ", "" },
	{ "unknown", "BPT*QQ*U2*20240102~", "QQ U2 ", "" },
	{ "twice", "BPT*00*U1*20240102~BPT*01*U2*20240102~", "original U1 ", "" },
	{ "too late", "PTD*BB~BPT*01*U2*20240102~", "  ", "" },
	{ "none", "", "  ", "" },
};

static void purposes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(purpose_rows) / sizeof(purpose_rows[0]); i++) {
		AUTO_IN_PLACE(buf) body = buf_init(4096), said = buf_init(4096);
		AUTO_IN_PLACE(heard) h;
		const struct x12_series *set;

		/* a BPT of its own instead of the one that all others have */
		buf_putf(&body,
			"SE*3*0001~ST*867*0002~%sPTD*BO***MG*M1~REF*MT*KH060~"
			Q("1", "20240101", "0100", "ES"), purpose_rows[i].bpt);
		hear_body(&h, X12_END, buf_text(&body));
		set = x12_readings_set(h.list);
		assert_non_null(set);
		buf_putf(&said, "%s %s %s", x12_purpose_name(set->purpose), set->reference,
			set->original);
		if (strcmp(buf_text(&said), purpose_rows[i].purpose) != 0 ||
			strcmp(buf_text(&h.faults), purpose_rows[i].faults) != 0)
			fail_msg("%s: %s; %s", purpose_rows[i].name, buf_text(&said),
				buf_text(&h.faults));
	}
}

/* --- there and back --- */

static void there_and_back(void **state)
{
	const char *two = "PTD*BO***MG*M1~REF*MT*KH015~"
		"QTY*KA*001.250*KH~DTM*582*20240101*0015*ES~QTY*87*-3*KH~DTM*582*20240101*0015*ES~"
		"QTY*QD*1*KH~DTM*582*20240101*0030*ES~"
		"PTD*BQ~REF*MG*M2~REF*MT*K1060~QTY*QD*5*K1~DTM*582*20240101*0100*ES~";

	(void)state;
	back_expect(two, X12_END, "ES",
		"PTD*BO***MG*M1~REF*MG*M1~REF*MT*KH015~QTY*KA*001.250*KH~"
		"DTM*582*20240101*0015*ES~QTY*QD*1*KH~DTM*582*20240101*0030*ES~"
		"PTD*BO***MG*M1~REF*MG*M1~REF*MT*KH015~QTY*87*-3*KH~DTM*582*20240101*0015*ES~"
		"PTD*BQ~REF*MG*M2~REF*MT*K1060~QTY*QD*5*K1~DTM*582*20240101*0100*ES~");
	back_expect(two, X12_BEGIN, "ET", NULL);
	/* PTD as it was: what several loops of one meter, or of none, are told apart by */
	back_expect("PTD*PM***OZ*EL~REF*MG*M1~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20240101*0100*ES~"
		"PTD*PM***OZ*GAS~REF*MG*M1~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20240101*0100*ES~"
		"PTD*BQ*CSD*1.5*ZZ*BASELINE*AB~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20240101*0100*ES~",
		X12_END, "ES",
		"PTD*PM***OZ*EL~REF*MG*M1~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20240101*0100*ES~"
		"PTD*PM***OZ*GAS~REF*MG*M1~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20240101*0100*ES~"
		"PTD*BQ*CSD*1.5*ZZ*BASELINE*AB~REF*MT*KH060~QTY*QD*1*KH~"
		"DTM*582*20240101*0100*ES~");
	/* a meter of no name is none, whatever was said of it before */
	back_expect("PTD*BO***MG*M1~REF*MG~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20240101*0100*ES~",
		X12_END, "ES", "PTD*BO***MG*M1~REF*MG*M1~REF*MT*KH060~QTY*QD*1*KH~"
		"DTM*582*20240101*0100*ES~");
	/* each in its own time code; where no clock showed the begin in that of the end, in UT */
	back_expect("PTD*BO~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20241103*0200*ED~"
		"QTY*QD*1*KH~DTM*582*20241103*0200*ES~", X12_END, "",
		"PTD*BO~REF*MT*KH060~QTY*QD*1*KH~DTM*582*20241103*0200*ED~"
		"QTY*QD*1*KH~DTM*582*20241103*0200*ES~");
	back_expect("PTD*BO~QTY*QD*1*KH~DTM*150*20240310*0100*ES~DTM*151*20240310*0300*ED~"
		"QTY*QD*1*KH~DTM*150*20240310*0300*ED~DTM*151*20240310*0500*ED~", X12_END, "",
		"PTD*BO~QTY*QD*1*KH~DTM*150*20240310*0600*UT~DTM*151*20240310*0300*ED~"
		"QTY*QD*1*KH~DTM*150*20240310*0300*ED~DTM*151*20240310*0500*ED~");
	/* lengths that REF*MT cannot say: other ones in one series, seconds, no unit, a day */
	back_expect("PTD*BO~QTY*QD*1*KH~DTM*150*20240101*0000*ES~DTM*151*20240101*0015*ES~"
		"QTY*QD*1*KH~DTM*150*20240101*0015*ES~DTM*151*20240101*0045*ES~", X12_END, "ES",
		"PTD*BO~QTY*QD*1*KH~DTM*150*20240101*0000*ES~DTM*151*20240101*0015*ES~"
		"QTY*QD*1*KH~DTM*150*20240101*0015*ES~DTM*151*20240101*0045*ES~");
	/* of one length, and written with their begin */
	back_expect("PTD*BO~QTY*QD*1*KH~DTM*150*20240101*0000*ES~DTM*151*20240101*0015*ES~",
		X12_END, "ES",
		"PTD*BO~QTY*QD*1*KH~DTM*150*20240101*0000*ES~DTM*151*20240101*0015*ES~");
	back_expect("PTD*BO~QTY*QD*1*KH~DTM*582*20240101*000010*ES~"
		"QTY*QD*2*KH~DTM*582*20240101*000020*ES~", X12_END, "ET", NULL);
	back_expect("PTD*BO~REF*MT*KH015~QTY*QD*1~DTM*582*20240101*0015*ES~", X12_END, "CT", NULL);
	back_expect("PTD*BO~REF*MT*KH015~QTY*20*0*KH~DTM*582*20240101*0015*ES~"
		"QTY*QD*1*KH~DTM*582*20240101*0030*ES~", X12_END, "UT", NULL);
	back_expect("PTD*BO~QTY*QD*1*KH~DTM*582*20240101*0000*ES~QTY*QD*1*KH~"
		"DTM*582*20240102*0000*ES~", X12_END, "ES", NULL);
}

#define OF(usage, set, of_meter, n, why, of)                                        \
	{                                                                           \
		.reference = (usage), .set_number = (set), .type = "BO", .meter = (of_meter), \
		.number = (n), .purpose = (why), .original = (of)                   \
	}
static const struct {
	const char *name;
	struct x12_series series;
	struct x12_reading reading;
	const char *text; /* what is said, NULL: it is taken */
} second_rows[] = {
#define AT INT64_C(1704067200) /* 2024-01-01: the first is the hour before it */
	{ "the next", OF("U1", "1", "M1", 1, "00", ""), { AT, AT + 3600, "1", "QD", "KH", "", false },
		NULL },
	{ "another meter at the same time", OF("U1", "1", "M2", 2, "00", ""),
		{ AT - 3600, AT, "1", "QD", "KH", "", false }, NULL },
	{ "begins too early", OF("U1", "1", "M1", 1, "00", ""),
		{ AT - 60, AT + 3600, "1", "QD", "KH", "", false }, "begins 60 seconds before" },
	{ "another document", OF("U2", "1", "M1", 1, "00", ""),
		{ AT, AT + 3600, "1", "QD", "KH", "", false }, "another document" },
	{ "another set", OF("U1", "2", "M1", 1, "00", ""),
		{ AT, AT + 3600, "1", "QD", "KH", "", false }, "another document" },
	{ "a cancellation", OF("U1", "1", "M1", 1, "01", ""),
		{ AT, AT + 3600, "1", "QD", "KH", "", false }, "another document" },
	{ "of another original", OF("U1", "1", "M1", 1, "00", "U0"),
		{ AT, AT + 3600, "1", "QD", "KH", "", false }, "another document" },
	{ "ends as it begins", OF("U1", "1", "M1", 1, "00", ""), { AT, AT, "1", "QD", "KH", "", false },
		"end: want" },
	{ "no quantity", OF("U1", "1", "M1", 1, "00", ""), { AT, AT + 60, "", "QD", "KH", "", false },
		"no decimal" },
	{ "a delimiter", OF("U1", "1", "M*1", 1, "00", ""), { AT, AT + 60, "1", "QD", "KH", "", false },
		"meter" },
	{ "a terminator", OF("U1", "1", "M1", 1, "00", ""), { AT, AT + 60, "1", "~", "KH", "", false },
		"qualifier" },
	{ "a delimiter in its detail", { .reference = "U1", .set_number = "1", .purpose = "00",
		.number = 1, .has_details = true, .detail = "A*B" }, { AT, AT + 60, "1", "QD", "KH", "", false }, "detail" },
	{ "begins earlier, of another detail", { .reference = "U1", .set_number = "1",
		.purpose = "00", .type = "BO", .meter = "M1", .number = 1, .has_details = true,
		.detail = "EL" }, { AT - 60, AT, "1", "QD", "KH", "", false }, NULL },
	{ "before time codes", OF("U1", "1", "M1", 1, "00", ""), { 0, 60, "1", "QD", "KH", "", false },
		"1987" },
};

static void what_is_not_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(second_rows) / sizeof(second_rows[0]); i++) {
		AUTO(x12_readings) list =
			x12_readings_new((struct x12_delimiters){ '*', '>', 0, '~' });
		struct x12_series series = OF("U1", "1", "M1", 1, "00", "");
		struct x12_reading first = { AT - 3600, AT, "1", "QD", "KH", "", false };
		struct fault f = { .text = "" };

		assert_int_equal(x12_readings_add(list, &series, &first, &f), ST_OK);
		enum status st = x12_readings_add(
			list, &second_rows[i].series, &second_rows[i].reading, &f);
		if ((st == ST_OK) != !second_rows[i].text ||
			(second_rows[i].text && !strstr(f.text, second_rows[i].text)))
			fail_msg("%s: %s", second_rows[i].name, f.text);
	}
}

/* Of two meters that differ behind it, none takes the other's readings. */
static void a_nul_ends_no_text(void **state)
{
	char text[5];
	(void)state;

	x12_text_set(text, sizeof(text), slice_of("M\0A", 3));
	assert_string_equal(text, "M\x1a" "A");
	x12_text_set(text, sizeof(text), slice_of("\0\0\0\0M1", 6));
	assert_string_equal(text, "\x1a\x1a\x1a\x1a");
	x12_text_set(text, sizeof(text), S(""));
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readings),
		cmocka_unit_test(days_on_which_clocks_change),
		cmocka_unit_test(what_is_not_a_whole_night),
		cmocka_unit_test(doubled_hour),
		cmocka_unit_test(more_than_may_wait),
		cmocka_unit_test(channels),
		cmocka_unit_test(too_many_channels),
		cmocka_unit_test(quantities),
		cmocka_unit_test(dates),
		cmocka_unit_test(lengths_that_change),
		cmocka_unit_test(lengths_that_change_by_begins),
		cmocka_unit_test(the_last_minute_of_a_day),
		cmocka_unit_test(purposes),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(what_is_not_written),
		cmocka_unit_test(a_nul_ends_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
