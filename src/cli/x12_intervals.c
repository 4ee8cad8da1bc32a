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
#include "documents/x12/intervals.h"

#include <fcntl.h>
#include <unistd.h>

#define LINES_MAX (256U << 20) /* bytes of readings that are written back */

enum { JSON, FROM, ZONE };
static const struct option_row options[] = {
	[JSON] = { "json", NULL, "one object a line instead of comma-separated values" },
	[FROM] = { "from", "json", "FILE has such objects: write the segments of an 867" },
	[ZONE] = { "zone", "CODE", "their time code: ES, ET...; with --from; default UT" },
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
	char seconds[24];
	const char *const cells[] = { series->reference, series->type, series->meter, start, end,
		seconds, r->quantity, r->unit, r->qualifier };

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
			"{s:o, s:o, s:o, s:o, s:s, s:s, s:I, s:o, s:o, s:o, s:o, s:o}", "reference",
			json_slice(slice_str(series->reference)), "set",
			json_slice(slice_str(series->set_number)), "type",
			json_slice(slice_str(series->type)), "meter",
			json_slice(slice_str(series->meter)), "start", start, "end", end, "seconds",
			(json_int_t)(r->end_s - r->start_s), "quantity",
			json_slice(slice_str(r->quantity)), "unit", json_slice(slice_str(r->unit)),
			"qualifier", json_slice(slice_str(r->qualifier)), "quality",
			json_slice(slice_str(x12_quality_name(r))), "time-code",
			json_slice(slice_str(r->code))));
	else
		csv_print(series, r, start, end);
}

static void place_print(struct output *o, const struct x12_place *place, const char *text,
	const char *code)
{
	o->wrong++;
	fprintf(stderr, "%s:%llu: byte %llu: %s (%s)\n", x12_input_name(o->path),
		(unsigned long long)place->segment, (unsigned long long)place->offset, text, code);
}

static void wrong_print(void *context, const struct x12_place *place, const struct fault *f)
{
	place_print(context, place, f->text, f->code);
}

/* A file that is cut short, or whose amounts are none, is no series to bill by. */
static void finding_print(void *context, const struct x12_finding *finding)
{
	if (finding->severity == X12_ERROR)
		place_print(context, &finding->place, finding->text, finding->code);
}

static int series_end(const struct output *o)
{
	if (o->readings == 0 && o->wrong == 0)
		return fail_with(EXIT_INPUT, "%s: there is no interval data in it: want an 867 "
			"with QTY and DTM*582", x12_input_name(o->path));
	return o->wrong ? EXIT_INPUT : EXIT_DONE;
}

static int read_series(const char *path, bool json)
{
	struct output output = { path, json, 0, 0 };
	struct x12_listener own = { .context = &output, .finding = finding_print };
	struct x12_intervals_listener listener = { &output, reading_print, wrong_print };
	AUTO(x12_intervals) intervals = x12_intervals_new(&listener);
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
		puts("reference,type,meter,start,end,seconds,quantity,unit,qualifier");
	if (x12_input_check(check, path, &f) != ST_OK)
		return fail(&f, NULL);
	return series_end(&output);
}

/* --- back --- */

static enum status member_copy(
	char *out, size_t size, const json_t *object, const char *key, struct fault *f)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (!text || slice_to_text(out, size, slice_str(text), NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "x12.reading", "%s: want a text of at most %zu bytes",
			key, size - 1);
	return ST_OK;
}

static enum status reading_parse(struct x12_reading *out, const json_t *object, struct fault *f)
{
	char end[TIME_TEXT_MAX];
	int64_t end_ns;

	*out = (struct x12_reading){ 0 };
	TRY(member_copy(end, sizeof(end), object, "end", f));
	TRY(member_copy(out->quantity, sizeof(out->quantity), object, "quantity", f));
	TRY(member_copy(out->unit, sizeof(out->unit), object, "unit", f));
	TRY(member_copy(out->qualifier, sizeof(out->qualifier), object, "qualifier", f));
	TRY(time_parse(&end_ns, slice_str(end), f));
	out->end_s = end_ns / NS_PER_S;
	return ST_OK;
}

static enum status line_write(
	struct x12_writer *w, struct slice line, struct slice zone, struct fault *f)
{
	json_error_t error;
	json_t *object = json_loadb((const char *)line.p, line.n, JSON_REJECT_DUPLICATES, &error);
	struct x12_reading reading;
	enum status st;

	if (!object)
		return fault_set(f, ST_INPUT, "x12.reading", "%s", error.text);
	st = reading_parse(&reading, object, f);
	json_decref(object);
	return st == ST_OK ? x12_reading_write(w, &reading, zone, f) : st;
}

static enum status lines_write(
	struct buf *out, struct slice lines, struct slice zone, struct fault *f)
{
	struct x12_writer w = { .out = out, .delimiters = { '*', '>', 0, '~' } };
	unsigned number = 0;
	struct slice line;
	struct fault why;

	while (lines.n > 0) {
		slice_cut(&line, &lines, lines, '\n');
		number++;
		if (slice_trim(line).n > 0 && line_write(&w, line, zone, &why) != ST_OK)
			return fault_set(f, ST_INPUT, why.code, "line %u: %s", number, why.text);
	}
	return buf_check(out, f);
}

static enum status file_take(struct buf *out, const char *path, struct fault *f)
{
	AUTO_FD fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fault_errno(f, ST_INPUT, "file.open", "%s", path);
	return fd_read_all(out, fd, f);
}

static int write_series(const char *path, const char *zone)
{
	AUTO_IN_PLACE(buf) in = buf_init(LINES_MAX), out = buf_init(LINES_MAX);
	struct fault f;

	if (file_take(&in, path, &f) != ST_OK ||
		lines_write(&out, buf_slice(&in), slice_str(zone), &f) != ST_OK)
		return fail(&f, NULL);
	fwrite(out.p, 1, out.n, stdout);
	return EXIT_DONE;
}

static int run(const struct arguments *a)
{
	if (!a->given[FROM])
		return read_series(a->operands[0], a->given[JSON]);
	if (strcmp(a->values[FROM], "json") != 0)
		return fail_with(EXIT_USAGE, "--from %s: want json", a->values[FROM]);
	return write_series(a->operands[0], a->given[ZONE] ? a->values[ZONE] : "UT");
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
