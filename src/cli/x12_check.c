/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 check: every finding on a line of its own, with the place first, so that editors and
 * people find it: "file:segment:element byte N: what is wrong".
 */
#include "cli/x12.h"

#include <stdio.h>

#include "cli/output.h"
#include "cli/x12_guides.h"

enum { GUIDE, GUIDES, JSON, QUIET };
static const struct option_row options[] = {
	X12_GUIDE_OPTIONS(GUIDE, GUIDES),
	[JSON] = { "json", NULL, "for programs: one object a line, the totals in the last", NULL },
	[QUIET] = { "q", NULL, "no findings, only the totals and the exit code", NULL },
};

#define COUNT_OF(n) (unsigned long long)(n), (n) == 1 ? "" : "s"

struct output {
	const char *path;
	bool json, quiet;
	const struct x12_choice *choice;
	uint64_t sets, by_wanted; /* by_wanted: guides that were asked for */
};

static void finding_print(const struct output *o, const struct x12_finding *finding)
{
	char spot[X12_SPOT_TEXT_MAX];

	printf("%s:%llu:%s byte %llu: %s: %s (%s)\n", x12_input_name(o->path),
		(unsigned long long)finding->place.segment, x12_spot_text(spot, &finding->place),
		(unsigned long long)finding->place.offset,
		finding->severity == X12_ERROR ? "error" : "warning", finding->text, finding->code);
}

static void finding_take(void *context, const struct x12_finding *finding)
{
	const struct output *o = context;

	if (o->quiet)
		return;
	if (o->json)
		json_print_line(x12_finding_json(finding));
	else
		finding_print(o, finding);
}

static void set_take(void *context, const struct x12_context *at)
{
	struct output *o = context;

	o->sets++;
	for (size_t i = 0; i < o->choice->wanted; i++)
		o->by_wanted += o->choice->list[i].guide == at->set->guide;
}

static void totals_print(const struct output *o, const struct x12_totals *t)
{
	if (o->json) {
		json_print_line(json_pack("{s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I, s:I}}", "file",
			json_path(x12_input_name(o->path)), "totals", "interchanges",
			(json_int_t)t->interchanges, "groups", (json_int_t)t->groups, "sets",
			(json_int_t)t->sets, "sets_in_error", (json_int_t)t->sets_in_error,
			"segments", (json_int_t)t->segments, "errors", (json_int_t)t->errors,
			"warnings", (json_int_t)t->warnings));
		return;
	}
	printf("%s: %s: %llu interchange%s, %llu set%s, %llu segment%s; %llu error%s, %llu warning%s\n",
		x12_input_name(o->path), t->errors ? "not valid" : "valid",
		COUNT_OF(t->interchanges), COUNT_OF(t->sets), COUNT_OF(t->segments),
		COUNT_OF(t->errors), COUNT_OF(t->warnings));
}

int x12_check_tell(const char *path, struct slice whole, bool json)
{
	struct output output = { .path = path, .json = json };
	struct x12_listener listener = { .context = &output, .finding = finding_take };
	AUTO_IN_PLACE(x12_guide_set) guides;
	struct x12_choice choice;
	AUTO(x12_check) check = NULL;
	struct fault f;

	x12_guide_set_init(&guides);
	if (x12_guides_choose(&choice, &guides, NULL, NULL, &f) != ST_OK)
		return fail(&f, NULL);
	check = x12_check_new(choice.list, choice.count, false, &listener);
	x12_check_whole(check, whole);
	totals_print(&output, x12_check_totals(check));
	return x12_check_totals(check)->errors ? EXIT_INPUT : EXIT_DONE;
}

static int run(const struct arguments *a)
{
	struct x12_choice choice;
	struct output output = { .path = a->operands[0],
		.json = a->given[JSON],
		.quiet = a->given[QUIET],
		.choice = &choice };
	struct x12_listener listener = {
		.context = &output, .finding = finding_take, .set_ended = set_take
	};
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_check) check = NULL;
	struct fault f;

	x12_guide_set_init(&guides);
	if (x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], &f) != ST_OK)
		return fail(&f, NULL);
	check = x12_check_new(choice.list, choice.count, false, &listener);
	if (x12_input_check(check, output.path, &f) != ST_OK)
		return fail(&f, NULL);
	totals_print(&output, x12_check_totals(check));
	if (a->given[GUIDE] && output.sets > 0 && output.by_wanted == 0)
		return fail_as(EXIT_INPUT, "x12.guide.unused",
			"--guide %s is for none of these sets, which are of another type or "
			"version: they were held against the plain standard alone",
			a->values[GUIDE]);
	return x12_check_totals(check)->errors ? EXIT_INPUT : EXIT_DONE;
}

const struct command x12_check_command = {
	.name = "x12 check",
	.operands = "FILE|-",
	.purpose = "say what is wrong with an interchange, and where",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
