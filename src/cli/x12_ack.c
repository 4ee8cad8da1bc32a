/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 ack: what is to be sent back for an interchange, as far as it alone decides that:
 * TA1, 997 or 999, and 824.  Nothing is printed but the answer; what is wrong, and where, says
 * tieline x12 check.
 */
#include "cli/x12.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/save.h"
#include "cli/x12_guides.h"
#include "documents/x12/advice.h"
#include "documents/x12/answer.h"
#include "documents/x12/fan.h"
#include "documents/x12/json.h"

enum { GUIDE, GUIDES, TA1, AS, ADVICE, ACCEPT, UNKNOWN, NUMBER, TIME, OUTPUT, JSON };
static const struct option_row options[] = {
	X12_GUIDE_OPTIONS(GUIDE, GUIDES),
	[TA1] = { "ta1", "WHEN", "a TA1: always, errors, never; default when asked for or errors" },
	[AS] = { "as", "997|999", "which answer to groups; default 999 from version 005010 on" },
	[ADVICE] = { "advice", "[all]",
		"an 824 for sets that break rules, too; all: for every set" },
	[ACCEPT] = { "accept-errors", NULL,
		"sets with errors in segments only are accepted: AK5*E" },
	[UNKNOWN] = { "unknown-sets", "reject|accept",
		"what becomes of sets that there is no guide for; default reject" },
	[NUMBER] = { "number", "N", "first control number of interchanges and groups; default 1" },
	[TIME] = { "time", "RFC3339", "the time that is written; default now" },
	[OUTPUT] = { "o", "FILE", "write there; default standard output" },
	[JSON] = { "json", NULL, "for programs: the answer as x12 convert --to json writes it" },
};

#define ALL_MAX (256U << 20) /* bytes of all answers to one file */

/* A word of a list, by its place in it; false: of none. */
static bool word_find(unsigned *out, const char *word, const char *const *words, unsigned count)
{
	for (unsigned i = 0; word && i < count; i++)
		if (strcmp(words[i], word) == 0)
			*out = i;
	return !word || (*out < count && strcmp(words[*out], word) == 0);
}

struct wanted {
	struct x12_answer_options answer;
	struct x12_advice_options advice;
	bool has_advice, accepts_unknown;
	struct x12_stamp stamp;
};

static enum status ways_parse(struct wanted *w, const struct arguments *a, struct fault *f)
{
	static const char *const whens[] = { [X12_TA1_ASKED] = "asked",
		[X12_TA1_ERRORS] = "errors",
		[X12_TA1_ALWAYS] = "always",
		[X12_TA1_NEVER] = "never" };
	static const char *const kinds[] = { [X12_AS_VERSION] = "version", [X12_AS_997] = "997",
		[X12_AS_999] = "999" };
	static const char *const unknown_ways[] = { "reject", "accept" };
	unsigned when = X12_TA1_ASKED, as = X12_AS_VERSION, unknown = 0;

	if (!word_find(&when, a->values[TA1], whens, 4))
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--ta1 is \"%s\": want always, errors, never or asked", a->values[TA1]);
	if (!word_find(&as, a->values[AS], kinds, 3))
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--as is \"%s\": want 997, 999 or version", a->values[AS]);
	if (!word_find(&unknown, a->values[UNKNOWN], unknown_ways, 2))
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--unknown-sets is \"%s\": want reject or accept", a->values[UNKNOWN]);
	if (a->values[ADVICE] && strcmp(a->values[ADVICE], "all") != 0)
		return fault_set(f, ST_INPUT, "x12.ack.option",
			"--advice is \"%s\": want all, or nothing", a->values[ADVICE]);
	w->answer = (struct x12_answer_options){ when, as, a->given[ACCEPT] };
	w->advice = (struct x12_advice_options){ a->values[ADVICE] != NULL, a->given[ACCEPT] };
	w->has_advice = a->given[ADVICE];
	w->accepts_unknown = unknown == 1;
	return ST_OK;
}

static enum status stamp_parse(struct x12_stamp *out, const struct arguments *a, struct fault *f)
{
	uint64_t number = 1;

	out->time_ns = clock_utc_ns();
	if (a->values[TIME])
		TRY(time_parse(&out->time_ns, slice_str(a->values[TIME]), f));
	if (a->values[NUMBER])
		TRY(slice_u64(&number, slice_str(a->values[NUMBER]), f));
	if (number < 1 || number > X12_CONTROL_MAX)
		return fault_set(f, ST_INPUT, "x12.ack.number",
			"--number is %llu: control numbers are 1 to %u",
			(unsigned long long)number, X12_CONTROL_MAX);
	out->interchange = out->group = (uint32_t)number;
	return ST_OK;
}

static void answer_keep(void *context, const struct x12_interchange *received, struct slice bytes)
{
	(void)received;
	buf_put(context, bytes);
}

/* No answer says it: it is of no interchange. */
static void finding_take(void *context, const struct x12_finding *finding)
{
	const struct arguments *const *a = context;

	if (finding->severity == X12_ERROR &&
		x12_problem_row(finding->problem)->level == X12_OF_FILE)
		x12_place_tell((*a)->operands[0], &finding->place, finding->text, finding->code);
}

/* The check, and what listens to it: made, fed and gone together. */
static enum status answers_make(
	struct buf *out, bool *valid, const struct arguments *a, struct wanted *w, struct fault *f)
{
	AUTO(x12_answer) answer = x12_answer_new(&w->answer, &w->stamp, answer_keep, out);
	AUTO(x12_advice) advice = x12_advice_new(&w->advice, &w->stamp, answer_keep, out);
	struct x12_listener listeners[] = { x12_answer_listener(answer),
		x12_advice_listener(advice),
		{ .context = &a, .finding = finding_take } };
	struct x12_fan fan = { 0 };
	struct x12_listener all = x12_fan_listener(&fan);
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;

	x12_guide_set_init(&guides);
	x12_fan_add(&fan, &listeners[0]);
	x12_fan_add(&fan, &listeners[2]);
	if (w->has_advice)
		x12_fan_add(&fan, &listeners[1]);
	TRY(x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], f));
	check = x12_check_new(choice.list, choice.count, !w->accepts_unknown, &all);
	TRY(x12_input_check(check, a->operands[0], f));
	TRY(x12_answer_check(answer, f));
	TRY(x12_advice_check(advice, f));
	*valid = x12_check_totals(check)->errors == 0;
	return buf_check(out, f);
}

static enum status segments_write(
	struct x12_json_writer *w, struct x12_reader *r, struct fault *f)
{
	struct x12_segment segment;
	enum status st;

	while ((st = x12_reader_next(r, &segment, f)) == ST_OK)
		TRY(x12_json_segment(w, r->delimiters, &segment, f));
	return st == ST_NONE ? ST_OK : st;
}

static enum status json_write(struct buf *out, struct slice answer, struct fault *f)
{
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_json_writer w;
	enum status st;

	x12_reader_init_whole(&reader, answer);
	x12_json_begin(&w, out);
	st = segments_write(&w, &reader, f);
	if (st == ST_OK)
		x12_json_end(&w, reader.gap);
	x12_json_done(&w);
	return st == ST_OK ? buf_check(out, f) : st;
}

static enum status answer_save(struct buf *answer, const struct arguments *a, struct fault *f)
{
	AUTO_IN_PLACE(buf) json = buf_init(ALL_MAX);

	if (!a->given[JSON])
		return save_bytes(a->values[OUTPUT], buf_slice(answer), f);
	TRY(json_write(&json, buf_slice(answer), f));
	return save_bytes(a->values[OUTPUT], buf_slice(&json), f);
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(buf) out = buf_init(ALL_MAX);
	struct wanted w = { 0 };
	bool valid = false;
	struct fault f;

	if (ways_parse(&w, a, &f) != ST_OK || stamp_parse(&w.stamp, a, &f) != ST_OK)
		return fail_with(EXIT_USAGE, "%s", f.text);
	if (answers_make(&out, &valid, a, &w, &f) != ST_OK ||
		answer_save(&out, a, &f) != ST_OK)
		return fail(&f, NULL);
	return valid ? EXIT_DONE : EXIT_INPUT;
}

const struct command x12_ack_command = {
	.name = "x12 ack",
	.operands = "FILE|-",
	.purpose = "write the acknowledgments an interchange is to be answered with",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
