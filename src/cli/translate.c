/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline translate: a document of ours as an X12 interchange, and back.  What the other side
 * cannot say, and what was put because it has to be there, is told on standard error; exits 1 when
 * something was not said.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/id.h"
#include "cli/document.h"
#include "cli/output.h"
#include "cli/save.h"
#include "cli/summary.h"
#include "cli/x12.h"
#include "documents/translate/to_json.h"
#include "documents/translate/to_x12.h"

enum { TO, LIKE, SENDER, RECEIVER, ZONE, NUMBER, TIME, JSON, OUTPUT };
static const struct option_row options[] = {
	[TO] = { "to", "x12|json", "what it becomes; default the other of what it is", NULL },
	[LIKE] = { "like", "FILE",
		"a JSON document that both sides know: has what X12 does not say", NULL },
	[SENDER] = { "sender", "ID", "in ISA and GS; default the document's sender_id", NULL },
	[RECEIVER] = { "receiver", "ID", "in ISA and GS; default the document's receiver_id", NULL },
	[ZONE] = { "zone", "CODE", "time code that X12 is written in: ES, ET...; default UT", NULL },
	[NUMBER] = { "number", "N", "control number of interchange and group; default 1", NULL },
	[TIME] = { "time", "RFC3339", "when this is made; default now", NULL },
	[JSON] = { "json", NULL, "what was not said, and put, as JSON, a line each; needs -o", NULL },
	[OUTPUT] = { "o", "FILE", "write there; default standard output", NULL },
};

struct job {
	const struct arguments *arguments;
	struct buf in, like, out;
	struct x12_stamp stamp;
	struct x12_guide_set guides;
	char id[ID_TEXT_MAX];
};

/* --- what is told --- */

static const char *const kinds[] = { [TRANSLATE_UNSAID] = "not said",
	[TRANSLATE_SHORT] = "said in part", [TRANSLATE_DEFAULT] = "put" };

static void note_json(const struct translate_note *n)
{
	json_print_line(json_pack("{s:s, s:s, s:o?, s:b, s:s}", "kind", kinds[n->kind], "where",
		n->where, "value", n->is_restricted ? NULL : json_slice(n->value), "restricted",
		n->is_restricted, "code", n->why));
}

/* A fault's text is printable, whatever is put in it. */
static void note_print(const struct translate_note *n)
{
	struct slice value = n->is_restricted ? S("(restricted)") : slice_to(n->value, 160);
	struct fault f;

	fault_set(&f, ST_INPUT, n->why, "%s: %.*s", kinds[n->kind], SLICE_FMT(value));
	fprintf(stderr, "%s: %s (%s)\n", n->where, f.text, f.code);
}

static void note_take(void *context, const struct translate_note *n)
{
	const struct arguments *a = context;

	if (a->given[JSON])
		note_json(n);
	else
		note_print(n);
}

static void verdict_print(const struct arguments *a, const struct translate_notes *n)
{
	if (a->given[JSON])
		json_print_line(json_pack("{s:o, s:I, s:I}", "file",
			json_path(x12_input_name(a->operands[0])), "unsaid", (json_int_t)n->unsaid, "put",
			(json_int_t)n->defaults));
	else if (n->unsaid + n->defaults > TRANSLATE_NOTES_MAX)
		fprintf(stderr, "and more: %llu not said, %llu put\n",
			(unsigned long long)n->unsaid, (unsigned long long)n->defaults);
}

/* --- what is wanted --- */

static enum status stamp_parse(struct x12_stamp *out, const struct arguments *a, struct fault *f)
{
	uint64_t number = 1;

	out->time_ns = clock_utc_ns();
	if (a->values[TIME])
		TRY(time_parse(&out->time_ns, slice_str(a->values[TIME]), f));
	if (a->values[NUMBER])
		TRY(slice_u64(&number, slice_str(a->values[NUMBER]), f));
	if (number < 1 || number > X12_CONTROL_MAX)
		return fault_set(f, ST_INPUT, "translate.option",
			"--number is %llu: control numbers are 1 to %u",
			(unsigned long long)number, X12_CONTROL_MAX);
	out->interchange = out->group = (uint32_t)number;
	return ST_OK;
}

static enum status direction_find(
	bool *to_x12, const struct arguments *a, struct slice in, struct fault *f)
{
	const char *to = a->values[TO];

	*to_x12 = to ? strcmp(to, "x12") == 0 : !document_is_x12(in);
	if (to && !*to_x12 && strcmp(to, "json") != 0)
		return fault_set(f, ST_INPUT, "translate.option",
			"--to is \"%s\": want x12 or json", to);
	if (a->given[JSON] && !a->values[OUTPUT])
		return fault_set(f, ST_INPUT, "translate.option",
			"--json wants -o: the document goes there");
	return ST_OK;
}

static enum status translate(
	struct job *j, bool to_x12, struct translate_notes *notes, struct fault *f)
{
	const struct arguments *a = j->arguments;
	struct translate_options wanted = { .guides = &j->guides,
		.stamp = &j->stamp,
		.zone = slice_str(a->values[ZONE]),
		.sender = a->values[SENDER],
		.receiver = a->values[RECEIVER],
		.like = buf_slice(&j->like),
		.hash = summary_make,
		.id = id_new(j->id, j->stamp.time_ns) };

	return (to_x12 ? translate_to_x12 : translate_to_json)(
		&j->out, buf_slice(&j->in), &wanted, notes, f);
}

static int run_job(struct job *j)
{
	const struct arguments *a = j->arguments;
	struct translate_notes notes = { .tell = note_take, .context = (void *)a };
	struct fault f;
	bool to_x12;

	if (stamp_parse(&j->stamp, a, &f) != ST_OK)
		return fail_with(EXIT_USAGE, "%s", f.text);
	if (document_read(&j->in, a->operands[0], &f) != ST_OK)
		return fail(&f, NULL);
	if (direction_find(&to_x12, a, buf_slice(&j->in), &f) != ST_OK)
		return fail_with(EXIT_USAGE, "%s", f.text);
	if (a->values[LIKE] && document_read(&j->like, a->values[LIKE], &f) != ST_OK)
		return fail(&f, NULL);
	if (translate(j, to_x12, &notes, &f) != ST_OK)
		return fail(&f, to_x12 || a->values[LIKE]
				? "nothing is written"
				: "nothing is written; --like FILE has what X12 does not say");
	if (save_bytes(a->values[OUTPUT], buf_slice(&j->out), &f) != ST_OK)
		return fail(&f, NULL);
	verdict_print(a, &notes);
	return notes.unsaid > 0 ? EXIT_REFUSED : EXIT_DONE;
}

static int run(const struct arguments *a)
{
	struct job j = { .arguments = a,
		.in = buf_init(TREE_TEXT_MAX),
		.like = buf_init(TREE_TEXT_MAX),
		.out = buf_init(TRANSLATE_OUT_MAX) };
	int code;

	x12_guide_set_init(&j.guides);
	code = run_job(&j);
	x12_guide_set_done(&j.guides);
	buf_done(&j.in);
	buf_done(&j.like);
	buf_done(&j.out);
	return code;
}

const struct command translate_command = {
	.name = "translate",
	.operands = "FILE|-",
	.purpose = "a document of ours as X12, and back; exits 1 when not all of it was said",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
