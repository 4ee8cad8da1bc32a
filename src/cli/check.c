/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline check: documents of our own beside the schema of their type, each finding on a line of
 * its own with the place first.  What is X12 is handed to `x12 check`.
 */
#include <stdio.h>

#include "cli/document.h"
#include "cli/output.h"
#include "cli/summary.h"
#include "cli/x12.h"

enum { JSON, QUIET };
static const struct option_row options[] = {
	[JSON] = { "json", NULL, "for programs: one object a line, the verdict in the last", NULL },
	[QUIET] = { "q", NULL, "no findings, only the verdict and the exit code", NULL },
};

struct output {
	const char *path;
	bool json, quiet;
};

static void finding_json(const struct output *o, const struct der_finding *f)
{
	json_print_line(json_pack("{s:o, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:b}", "file",
		json_path(x12_input_name(o->path)), "line", (json_int_t)f->line, "column",
		(json_int_t)f->column, "offset", (json_int_t)f->offset, "pointer", f->pointer,
		"code", f->code, "found", f->found, "expected", f->expected, "schema",
		!f->is_beyond));
}

static void finding_take(void *context, const struct der_finding *finding)
{
	const struct output *o = context;

	if (o->quiet)
		return;
	if (o->json)
		finding_json(o, finding);
	else
		document_finding_print(o->path, finding);
}

static void verdict_json(const struct output *o, const struct der_result *r)
{
	json_int_t errors = (json_int_t)r->against_schema + (json_int_t)r->beyond;

	json_print_line(json_pack("{s:o, s:b, s:b, s:s?, s:s, s:I}", "file",
		json_path(x12_input_name(o->path)), "valid", errors == 0, "schema-valid",
		r->schema && r->against_schema == 0, "document-type",
		r->schema ? r->schema->name : NULL, "sensitivity", sensitivity_name(r->sensitivity),
		"errors", errors));
}

static void verdict_print(const struct output *o, const struct der_result *r)
{
	uint64_t errors = r->against_schema + r->beyond;

	printf("%s: %s: %s, %s; %llu error%s\n", x12_input_name(o->path),
		errors ? "not valid" : "valid", r->schema ? r->schema->title : "no document of ours",
		sensitivity_name(r->sensitivity), (unsigned long long)errors,
		errors == 1 ? "" : "s");
}

static int check(struct output *o)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(DOCUMENT_MAX);
	struct der_listener listener = { .context = o, .finding = finding_take };
	struct der_result result;
	struct fault f;

	if (document_read(&bytes, o->path, &f) != ST_OK)
		return fail(&f, NULL);
	if (document_is_x12(buf_slice(&bytes)))
		return x12_check_tell(o->path, buf_slice(&bytes), o->json);
	der_validate(&result, buf_slice(&bytes), &listener);
	if (result.schema && result.against_schema + result.beyond == 0)
		result.beyond = summaries_check(buf_slice(&bytes), result.schema, &listener);
	if (o->json)
		verdict_json(o, &result);
	else
		verdict_print(o, &result);
	return result.against_schema + result.beyond ? EXIT_INPUT : EXIT_DONE;
}

/* The worst of all files. */
static int run(const struct arguments *a)
{
	int worst = EXIT_DONE;

	for (size_t i = 0; i < a->operand_count; i++) {
		struct output o = { a->operands[i], a->given[JSON], a->given[QUIET] };
		int code = check(&o);

		worst = code > worst ? code : worst;
	}
	return worst;
}

const struct command check_command = {
	.name = "check",
	.operands = "FILE|- ...",
	.purpose = "say what is wrong with documents in files, and where",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = OPERANDS_MAX,
	.run = run,
};
