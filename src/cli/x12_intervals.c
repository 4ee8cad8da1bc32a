/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 intervals: the interval data of 867s as readings in UTC, a line each; and readings
 * back into an 867.
 */
#include "cli/x12.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/output.h"
#include "cli/x12_guides.h"
#include "cli/x12_heading.h"
#include "documents/x12/envelope_write.h"
#include "documents/x12/fan.h"
#include "documents/x12/intervals_write.h"
#include "documents/x12/json.h"

#include <fcntl.h>
#include <unistd.h>

#define LINES_MAX (256U << 20) /* bytes of readings that are written back */

enum { JSON, GUIDE, GUIDES, BEGINS, FROM, ZONE, SENDER, RECEIVER, NUMBER, TIME, RELEASE, USAGE };
static const struct option_row options[] = {
	[JSON] = { "json", NULL, "one object a line instead of comma-separated values", "!--from" },
	X12_GUIDE_OPTIONS(GUIDE, GUIDES),
	[BEGINS] = { "begins", NULL, "DTM*582 is where an interval begins, not where it ends", NULL },
	[FROM] = { "from", "json", "FILE has such objects: write an interchange with an 867", NULL },
	[ZONE] = { "zone", "CODE", "the time code: ES, ET...; default that of each, UT", "--from" },
	[SENDER] = { "sender", "QUALIFIER:ID", "who sends it, as 01:007909411", "--from" },
	[RECEIVER] = { "receiver", "QUALIFIER:ID", "to whom", "--from" },
	[NUMBER] = { "number", "N", "control number of interchange and group; default 1",
		"--from" },
	[TIME] = { "time", "RFC3339", "the time that is written; default now", "--from" },
	[RELEASE] = { "release", "RELEASE", "of X12; default 004010", "--from" },
	[USAGE] = { "usage", "P|T", "production or test; default T", "--from" },
};

struct output {
	const char *path;
	bool json;
	struct x12_heading heading;
	uint64_t readings, wrong;
};

static void csv_row(const char *const *cells, size_t count)
{
	for (size_t i = 0; i < count; i++)
		csv_text(slice_str(cells[i]), i + 1 < count ? ',' : '\n');
}

static void csv_print(const struct x12_series *series, const struct x12_reading *r,
	const char *start, const char *end)
{
	char seconds[24], number[12];
	const char *const cells[] = { x12_purpose_name(series->purpose), series->reference,
		series->original, series->type, series->meter, start, end, seconds, r->quantity,
		r->unit, r->qualifier, number, series->detail_kind, series->detail };

	snprintf(number, sizeof(number), "%u", series->number);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(r->end_s - r->start_s));
	csv_row(cells, sizeof(cells) / sizeof(cells[0]));
}

static json_t *text(const char *text)
{
	return json_slice(slice_str(text));
}

static void seldom_add(json_t *row, const char *key, const char *what)
{
	if (*what)
		json_object_set_new(row, key, text(what));
}

/* The first of a set has all that stands before its readings. */
static void json_reading_print(struct output *o, const struct x12_series *series,
	const struct x12_reading *r, const char *start, const char *end)
{
	json_t *row = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, "
		"s:o, s:o, s:b}",
		"purpose", text(x12_purpose_name(series->purpose)), "purpose-code",
		text(series->purpose), "reference", text(series->reference), "original-reference",
		text(series->original), "set", text(series->set_number), "series",
		(json_int_t)series->number, "type", text(series->type), "meter",
		text(series->meter), "detail-kind", text(series->detail_kind), "detail",
		text(series->detail), "start", start, "end", end, "seconds",
		(json_int_t)(r->end_s - r->start_s), "quantity", text(r->quantity), "unit",
		text(r->unit), "qualifier", text(r->qualifier), "quality",
		text(x12_quality_name(r->qualifier)), "time-code", text(r->code), "says-begin",
		r->says_begin);
	json_t *heading = x12_heading_take(&o->heading);

	seldom_add(row, "multiplier-kind", series->multiplier_kind);
	seldom_add(row, "multiplier", series->multiplier);
	seldom_add(row, "movement", series->movement);
	if (heading)
		json_object_set_new(row, "heading", heading);
	json_print_line(row);
}

static void reading_print(
	void *context, const struct x12_series *series, const struct x12_reading *r)
{
	struct output *o = context;
	char start[TIME_TEXT_MAX], end[TIME_TEXT_MAX];

	o->readings++;
	time_format(start, r->start_s * NS_PER_S);
	time_format(end, r->end_s * NS_PER_S);
	if (o->json)
		json_reading_print(o, series, r, start, end);
	else
		csv_print(series, r, start, end);
}

static void wrong_print(void *context, const struct x12_place *place, const struct fault *f)
{
	struct output *o = context;

	o->wrong++;
	x12_place_tell(o->path, place, f->text, f->code);
}

/* Totals of a month are in many files, and are no series; a cancellation is one: nothing wrong. */
static void told_print(void *context, const struct x12_place *place, const struct fault *f)
{
	const struct output *o = context;

	x12_place_tell(o->path, place, f->text, f->code);
}

/* A file that is cut short, or whose amounts are none, is no series to bill by. */
static void finding_print(void *context, const struct x12_finding *finding)
{
	struct output *o = context;

	if (finding->severity != X12_ERROR)
		return;
	o->wrong++;
	x12_place_tell(o->path, &finding->place, finding->text, finding->code);
}

static void segment_hear(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	struct output *o = context;

	(void)v;
	(void)place;
	x12_heading_hear(&o->heading, at, s);
}

static int series_end(const struct output *o)
{
	if (o->readings == 0 && o->wrong == 0)
		return fail_as(EXIT_INPUT, "x12.intervals.none",
			"%s: there is no interval data in it: want an 867 "
			"with QTY and DTM*582, or DTM*150 and 151", x12_input_name(o->path));
	return o->wrong ? EXIT_INPUT : EXIT_DONE;
}

static enum status series_read(struct output *o, const struct arguments *a, struct fault *f)
{
	struct x12_listener own = {
		.context = o, .finding = finding_print, .segment = o->json ? segment_hear : NULL
	};
	struct x12_intervals_listener listener = { o, reading_print, wrong_print, told_print };
	AUTO(x12_intervals) intervals =
		x12_intervals_new(&listener, a->given[BEGINS] ? X12_BEGIN : X12_END);
	struct x12_listener hear = x12_intervals_hear(intervals);
	struct x12_fan fan = { 0 };
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_check) check = NULL;
	AUTO_FD fd = -1;
	struct x12_choice choice;

	x12_guide_set_init(&guides);
	TRY(x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], f));
	x12_fan_add(&fan, &own);
	x12_fan_add(&fan, &hear);
	hear = x12_fan_listener(&fan);
	check = x12_check_new(choice.list, choice.count, false, &hear);
	TRY(x12_input_open(&fd, o->path, f));
	if (!o->json)
		puts("purpose,reference,original reference,type,meter,start,end,seconds,quantity,"
		     "unit,qualifier,series,detail kind,detail");
	return x12_input_feed(check, fd, o->path, f);
}

static int read_series(const struct arguments *a)
{
	struct output output = { .path = a->operands[0], .json = a->given[JSON] };
	struct fault f;
	enum status st;

	x12_heading_init(&output.heading);
	st = series_read(&output, a, &f);
	x12_heading_done(&output.heading);
	return st == ST_OK ? series_end(&output) : fail(&f, NULL);
}

/* --- back --- */

struct lines {
	struct x12_readings *list; /* NULL before the first object, which says the delimiters */
	json_t *heading;           /* NULL: there is none */
};

static enum status member_copy(
	char *out, size_t size, const json_t *object, const char *key, struct fault *f)
{
	const json_t *member = json_object_get(object, key);
	struct slice text = slice_of(json_string_value(member), json_string_length(member));

	if (!json_is_string(member) || slice_to_text(out, size, text, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "x12.reading", "%s: want a text of at most %zu bytes",
			key, size - 1);
	return ST_OK;
}

/* Whole ones: X12 has no parts of them. */
static enum status second_read(
	int64_t *out, const json_t *object, const char *key, struct fault *f)
{
	char text[TIME_TEXT_MAX];
	int64_t ns;

	TRY(member_copy(text, sizeof(text), object, key, f));
	if (time_parse(&ns, slice_str(text), NULL) != ST_OK || ns % NS_PER_S != 0)
		return fault_set(f, ST_INPUT, "x12.reading",
			"%s: \"%s\" is no time of a whole second, as 2024-01-01T05:00:00Z", key,
			text);
	*out = ns / NS_PER_S;
	return ST_OK;
}

static enum status number_read(
	int64_t *out, const json_t *object, const char *key, int64_t most, struct fault *f)
{
	const json_t *member = json_object_get(object, key);
	json_int_t n = json_integer_value(member);

	if (!json_is_integer(member) || n < 0 || n > most)
		return fault_set(f, ST_INPUT, "x12.reading", "%s: want a number, 0 to %lld", key,
			(long long)most);
	*out = n;
	return ST_OK;
}

/* What a reading has to have; of whose series it is may be left out. */
static enum status reading_parse(struct x12_reading *out, const json_t *object, struct fault *f)
{
	int64_t seconds = 0;

	*out = (struct x12_reading){ 0 };
	TRY(second_read(&out->start_s, object, "start", f));
	TRY(second_read(&out->end_s, object, "end", f));
	TRY(member_copy(out->quantity, sizeof(out->quantity), object, "quantity", f));
	TRY(member_copy(out->unit, sizeof(out->unit), object, "unit", f));
	TRY(member_copy(out->qualifier, sizeof(out->qualifier), object, "qualifier", f));
	if (json_object_get(object, "time-code"))
		TRY(member_copy(out->code, sizeof(out->code), object, "time-code", f));
	out->says_begin = json_is_true(json_object_get(object, "says-begin"));
	if (!json_object_get(object, "seconds"))
		return ST_OK;
	TRY(number_read(&seconds, object, "seconds", INT64_MAX, f));
	if (out->end_s - out->start_s != seconds)
		return fault_set(f, ST_INPUT, "x12.reading",
			"start: from there to the end are %lld seconds, not %lld as it says",
			(long long)(out->end_s - out->start_s), (long long)seconds);
	return ST_OK;
}

static enum status series_parse(struct x12_series *out, const json_t *object, struct fault *f)
{
	const struct {
		const char *key;
		char *text;
		size_t size;
	} texts[] = {
		{ "reference", out->reference, sizeof(out->reference) },
		{ "purpose-code", out->purpose, sizeof(out->purpose) },
		{ "original-reference", out->original, sizeof(out->original) },
		{ "set", out->set_number, sizeof(out->set_number) },
		{ "type", out->type, sizeof(out->type) },
		{ "meter", out->meter, sizeof(out->meter) },
		{ "detail-kind", out->detail_kind, sizeof(out->detail_kind) },
		{ "detail", out->detail, sizeof(out->detail) },
		{ "multiplier-kind", out->multiplier_kind, sizeof(out->multiplier_kind) },
		{ "multiplier", out->multiplier, sizeof(out->multiplier) },
		{ "movement", out->movement, sizeof(out->movement) },
	};
	int64_t number = 0;

	*out = (struct x12_series){ 0 };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (json_object_get(object, texts[i].key))
			TRY(member_copy(texts[i].text, texts[i].size, object, texts[i].key, f));
	if (json_object_get(object, "series"))
		TRY(number_read(&number, object, "series", UINT32_MAX, f));
	out->number = (unsigned)number;
	out->has_details = json_object_get(object, "detail") != NULL;
	return ST_OK;
}

static enum status first_take(struct lines *lines, const json_t *object, struct fault *f)
{
	struct x12_delimiters d = { '*', '>', 0, '~' };
	json_t *heading = json_object_get(object, "heading");

	if (json_is_null(heading))
		heading = NULL;
	if (heading)
		TRY(x12_json_delimiters_read(&d, heading, f));
	lines->heading = json_incref(heading);
	lines->list = x12_readings_new(d);
	return ST_OK;
}

static enum status object_take(struct lines *lines, const json_t *object, struct fault *f)
{
	struct x12_series series;
	struct x12_reading reading;

	if (!lines->list)
		TRY(first_take(lines, object, f));
	TRY(series_parse(&series, object, f));
	TRY(reading_parse(&reading, object, f));
	return x12_readings_add(lines->list, &series, &reading, f);
}

static enum status line_take(struct lines *lines, struct slice line, struct fault *f)
{
	json_error_t error;
	json_t *object = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	enum status st;

	if (!object)
		return fault_set(f, ST_INPUT, "x12.reading", "%s", error.text);
	st = object_take(lines, object, f);
	json_decref(object);
	return st;
}

static enum status lines_take(struct lines *out, struct slice lines, struct fault *f)
{
	unsigned number = 0;
	struct slice line;
	struct fault why;

	while (lines.n > 0) {
		slice_cut(&line, &lines, lines, '\n');
		number++;
		if (slice_trim(line).n > 0 && line_take(out, line, &why) != ST_OK)
			return fault_set(f, ST_INPUT, why.code, "line %u: %s", number, why.text);
	}
	return ST_OK;
}

static enum status file_take(struct buf *out, const char *path, struct fault *f)
{
	AUTO_FD fd = -1;

	TRY(x12_input_open(&fd, path, f));
	return fd_read_all(out, fd, f);
}

static enum status number_wish(uint32_t *out, const char *text, struct fault *f)
{
	uint64_t number;

	TRY(slice_u64(&number, slice_str(text), f));
	if (number < 1 || number > X12_CONTROL_MAX)
		return fault_set(f, ST_INPUT, "x12.heading",
			"--number is %s: control numbers are 1 to %u", text, X12_CONTROL_MAX);
	*out = (uint32_t)number;
	return ST_OK;
}

static enum status wishes_parse(
	struct x12_heading_wishes *w, const struct arguments *a, struct fault *f)
{
	const char *usage = a->values[USAGE];

	*w = (struct x12_heading_wishes){ .sender = a->values[SENDER],
		.receiver = a->values[RECEIVER],
		.release = a->values[RELEASE],
		.usage = usage };
	if (usage && strcmp(usage, "P") != 0 && strcmp(usage, "T") != 0)
		return fault_set(f, ST_INPUT, "x12.heading", "--usage is %s: want P or T", usage);
	if (a->values[NUMBER])
		TRY(number_wish(&w->number, a->values[NUMBER], f));
	if (a->values[TIME])
		TRY(time_parse(&w->time_ns, slice_str(a->values[TIME]), f));
	return ST_OK;
}

/* What would be answered with a rejection is not written. */
static int checked_print(const struct buf *out, const struct arguments *a)
{
	struct output output = { .path = "the 867 that would be written" };
	struct x12_listener own = { .context = &output, .finding = finding_print };
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;
	struct fault f;

	x12_guide_set_init(&guides);
	if (x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], &f) != ST_OK)
		return fail(&f, NULL);
	check = x12_check_new(choice.list, choice.count, false, &own);
	x12_check_whole(check, buf_slice(out));
	if (output.wrong)
		return fail_as(EXIT_INPUT, "x12.intervals.unwritten", "nothing is written");
	fwrite(out->p, 1, out->n, stdout);
	return EXIT_DONE;
}

static enum status usage_make(struct buf *out, const struct lines *lines,
	const struct x12_heading_wishes *w, const struct arguments *a, struct fault *f)
{
	enum x12_edge labels = a->given[BEGINS] ? X12_BEGIN : X12_END;
	json_t *heading;
	enum status st;

	if (!lines->list)
		return fault_set(f, ST_INPUT, "x12.reading", "%s: there is no reading in it",
			x12_input_name(a->operands[0]));
	TRY(x12_heading_make(&heading, lines->heading, x12_readings_set(lines->list), w, f));
	st = x12_usage_write(
		out, heading, lines->list, labels, slice_str(a->values[ZONE]), f);
	json_decref(heading);
	return st;
}

static int write_series(const struct arguments *a)
{
	AUTO_IN_PLACE(buf) in = buf_init(LINES_MAX), out = buf_init(LINES_MAX);
	struct x12_heading_wishes wishes;
	struct lines lines = { 0 };
	struct fault f;
	enum status st;

	if (wishes_parse(&wishes, a, &f) != ST_OK)
		return fail_with(EXIT_USAGE, "%s", f.text);
	st = file_take(&in, a->operands[0], &f);
	if (st == ST_OK)
		st = lines_take(&lines, buf_slice(&in), &f);
	if (st == ST_OK)
		st = usage_make(&out, &lines, &wishes, a, &f);
	x12_readings_free(lines.list);
	json_decref(lines.heading);
	return st == ST_OK ? checked_print(&out, a) : fail(&f, NULL);
}

static int run(const struct arguments *a)
{
	if (a->given[FROM] && strcmp(a->values[FROM], "json") != 0)
		return fail_with(EXIT_USAGE, "--from %s: want json", a->values[FROM]);
	return a->given[FROM] ? write_series(a) : read_series(a);
}

const struct command x12_intervals_command = {
	.name = "x12 intervals",
	.operands = "FILE|-",
	.purpose = "interval data of an 867 in UTC, and back",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
