/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 intervals: the interval data of 867s as readings in UTC, a line each; and readings
 * back into the segments of an 867.
 */
#include "cli/x12.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/output.h"
#include "cli/x12_guides.h"
#include "documents/x12/fan.h"
#include "documents/x12/intervals_write.h"

#include <fcntl.h>
#include <unistd.h>

#define LINES_MAX (256U << 20) /* bytes of readings that are written back */

enum { JSON, FROM, ZONE, BEGINS };
static const struct option_row options[] = {
	[JSON] = { "json", NULL, "one object a line instead of comma-separated values" },
	[FROM] = { "from", "json", "FILE has such objects: write the PTD loops of an 867" },
	[ZONE] = { "zone", "CODE", "their time code: ES, ET...; with --from; default UT" },
	[BEGINS] = { "begins", NULL, "DTM*582 is where an interval begins, not where it ends" },
};

struct output {
	const char *path;
	bool json;
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
	const char *const cells[] = { series->reference, series->type, series->meter, start, end,
		seconds, r->quantity, r->unit, r->qualifier, number };

	snprintf(number, sizeof(number), "%u", series->number);
	snprintf(seconds, sizeof(seconds), "%lld", (long long)(r->end_s - r->start_s));
	csv_row(cells, sizeof(cells) / sizeof(cells[0]));
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
		json_print_line(json_pack(
			"{s:o, s:o, s:I, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o}",
			"reference", json_slice(slice_str(series->reference)), "set",
			json_slice(slice_str(series->set_number)), "series",
			(json_int_t)series->number, "type",
			json_slice(slice_str(series->type)), "meter",
			json_slice(slice_str(series->meter)), "start", start, "end", end, "seconds",
			(json_int_t)(r->end_s - r->start_s), "quantity",
			json_slice(slice_str(r->quantity)), "unit", json_slice(slice_str(r->unit)),
			"qualifier", json_slice(slice_str(r->qualifier)), "quality",
			json_slice(slice_str(x12_quality_name(r->qualifier))), "time-code",
			json_slice(slice_str(r->code))));
	else
		csv_print(series, r, start, end);
}

static void place_print(
	const char *path, const struct x12_place *place, const char *text, const char *code)
{
	fprintf(stderr, "%s:%llu: byte %llu: %s (%s)\n", x12_input_name(path),
		(unsigned long long)place->segment, (unsigned long long)place->offset, text, code);
}

static void wrong_print(void *context, const struct x12_place *place, const struct fault *f)
{
	struct output *o = context;

	o->wrong++;
	place_print(o->path, place, f->text, f->code);
}

/* Totals of a month are in many files, and are no series: said, and nothing wrong. */
static void left_print(void *context, const struct x12_place *place, const struct fault *f)
{
	const struct output *o = context;

	place_print(o->path, place, f->text, f->code);
}

/* A file that is cut short, or whose amounts are none, is no series to bill by. */
static void finding_print(void *context, const struct x12_finding *finding)
{
	struct output *o = context;

	if (finding->severity != X12_ERROR)
		return;
	o->wrong++;
	place_print(o->path, &finding->place, finding->text, finding->code);
}

static int series_end(const struct output *o)
{
	if (o->readings == 0 && o->wrong == 0)
		return fail_with(EXIT_INPUT, "%s: there is no interval data in it: want an 867 "
			"with QTY and DTM*582, or DTM*150 and 151", x12_input_name(o->path));
	return o->wrong ? EXIT_INPUT : EXIT_DONE;
}

static int read_series(const char *path, bool json, enum x12_edge labels)
{
	struct output output = { path, json, 0, 0 };
	struct x12_listener own = { .context = &output, .finding = finding_print };
	struct x12_intervals_listener listener = { &output, reading_print, wrong_print,
		left_print };
	AUTO(x12_intervals) intervals = x12_intervals_new(&listener, labels);
	struct x12_listener hear = x12_intervals_hear(intervals);
	struct x12_fan fan = { 0 };
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;
	struct fault f;

	x12_guide_set_init(&guides);
	if (x12_guides_choose(&choice, &guides, NULL, NULL, &f) != ST_OK)
		return fail(&f, NULL);
	x12_fan_add(&fan, &own);
	x12_fan_add(&fan, &hear);
	hear = x12_fan_listener(&fan);
	check = x12_check_new(choice.list, choice.count, false, &hear);
	if (!json)
		puts("reference,type,meter,start,end,seconds,quantity,unit,qualifier,series");
	if (x12_input_check(check, path, &f) != ST_OK)
		return fail(&f, NULL);
	return series_end(&output);
}

/* --- back --- */

struct line {
	struct x12_series series;
	struct x12_reading reading;
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
	int64_t seconds;

	*out = (struct x12_reading){ 0 };
	TRY(second_read(&out->start_s, object, "start", f));
	TRY(second_read(&out->end_s, object, "end", f));
	TRY(member_copy(out->quantity, sizeof(out->quantity), object, "quantity", f));
	TRY(member_copy(out->unit, sizeof(out->unit), object, "unit", f));
	TRY(member_copy(out->qualifier, sizeof(out->qualifier), object, "qualifier", f));
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
		{ "set", out->set_number, sizeof(out->set_number) },
		{ "type", out->type, sizeof(out->type) },
		{ "meter", out->meter, sizeof(out->meter) },
	};
	int64_t number = 0;

	*out = (struct x12_series){ 0 };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (json_object_get(object, texts[i].key))
			TRY(member_copy(texts[i].text, texts[i].size, object, texts[i].key, f));
	if (json_object_get(object, "series"))
		TRY(number_read(&number, object, "series", UINT32_MAX, f));
	out->number = (unsigned)number;
	return ST_OK;
}

static enum status object_take(struct x12_readings *list, const json_t *object, struct fault *f)
{
	struct line line;

	TRY(series_parse(&line.series, object, f));
	TRY(reading_parse(&line.reading, object, f));
	return x12_readings_add(list, &line.series, &line.reading, f);
}

static enum status line_take(struct x12_readings *list, struct slice line, struct fault *f)
{
	json_error_t error;
	json_t *object = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	enum status st;

	if (!object)
		return fault_set(f, ST_INPUT, "x12.reading", "%s", error.text);
	st = object_take(list, object, f);
	json_decref(object);
	return st;
}

static enum status lines_take(struct x12_readings *list, struct slice lines, struct fault *f)
{
	unsigned number = 0;
	struct slice line;
	struct fault why;

	while (lines.n > 0) {
		slice_cut(&line, &lines, lines, '\n');
		number++;
		if (slice_trim(line).n > 0 && line_take(list, line, &why) != ST_OK)
			return fault_set(f, ST_INPUT, why.code, "line %u: %s", number, why.text);
	}
	return ST_OK;
}

static enum status file_take(struct buf *out, const char *path, struct fault *f)
{
	AUTO_FD fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fault_errno(f, ST_INPUT, "file.open", "%s", path);
	return fd_read_all(out, fd, f);
}

static int write_series(const char *path, const char *zone, enum x12_edge labels)
{
	AUTO_IN_PLACE(buf) in = buf_init(LINES_MAX), out = buf_init(LINES_MAX);
	AUTO(x12_readings) list = x12_readings_new((struct x12_delimiters){ '*', '>', 0, '~' });
	struct fault f;

	if (file_take(&in, path, &f) != ST_OK || lines_take(list, buf_slice(&in), &f) != ST_OK ||
		x12_readings_write(&out, list, labels, slice_str(zone), &f) != ST_OK)
		return fail(&f, NULL);
	fwrite(out.p, 1, out.n, stdout);
	return EXIT_DONE;
}

static int run(const struct arguments *a)
{
	enum x12_edge labels = a->given[BEGINS] ? X12_BEGIN : X12_END;

	if (!a->given[FROM])
		return read_series(a->operands[0], a->given[JSON], labels);
	if (strcmp(a->values[FROM], "json") != 0)
		return fail_with(EXIT_USAGE, "--from %s: want json", a->values[FROM]);
	return write_series(a->operands[0], a->given[ZONE] ? a->values[ZONE] : "UT", labels);
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
