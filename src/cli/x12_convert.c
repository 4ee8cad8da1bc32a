/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 convert: interchanges as JSON and back, byte for byte, or as comma-separated values,
 * a row an element.  A file is read and written piece by piece; JSON is read whole.
 */
#include "cli/x12.h"

#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "cli/output.h"
#include "cli/x12_guides.h"
#include "documents/x12/decode.h"
#include "documents/x12/json.h"
#include "documents/x12/names.h"

#define JSON_MAX (256U << 20)  /* bytes of JSON that are read */

enum { TO, FROM, GUIDE, GUIDES, JSON };
static const struct option_row options[] = {
	[TO] = { "to", "json|csv", "what it becomes; json comes back byte for byte", NULL },
	[FROM] = { "from", "json", "FILE is such JSON: write the interchanges", NULL },
	X12_GUIDE_OPTIONS_WITH(GUIDE, GUIDES, "--to=csv"),
	[JSON] = { "json", NULL, "each row as an object, on a line", "--to=csv" },
};

static int to_json(const char *path)
{
	AUTO_FD fd = -1;
	struct fault f;

	if (x12_input_open(&fd, path, &f) != ST_OK)
		return fail(&f, NULL);
	return x12_json_stream(stdout, fd, &f) == ST_OK
		? EXIT_DONE : fail(&f, "what was written is not whole");
}

/* --- from JSON --- */

static enum status parse(struct buf *out, struct slice text, struct fault *f)
{
	json_error_t error;
	json_t *root = json_loadb(
		(const char *)text.p, text.n, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	enum status st;

	if (!root)
		return fault_set(f, ST_INPUT, "x12.json.syntax", "line %d, column %d: %s",
			error.line, error.column, error.text);
	st = x12_json_read(out, root, f);
	json_decref(root);
	return st;
}

static int from_json(const char *path)
{
	AUTO_IN_PLACE(buf) in = buf_init(JSON_MAX), out = buf_init(JSON_MAX);
	AUTO_FD fd = -1;
	struct fault f;

	if (x12_input_open(&fd, path, &f) != ST_OK || fd_read_all(&in, fd, &f) != ST_OK ||
		parse(&out, buf_slice(&in), &f) != ST_OK)
		return fail(&f, NULL);
	fwrite(out.p, 1, out.n, stdout);
	return EXIT_DONE;
}

/* --- to CSV --- */

#define CELL_MAX 1024 /* bytes of a meaning */

struct table {
	struct x12_broken broken;
	struct x12_names *names;
	bool json;
};

static void finding_take(void *context, const struct x12_finding *finding)
{
	x12_broken_tell(&((struct table *)context)->broken, finding);
}

struct row {
	const struct x12_context *at;
	const struct x12_segment *segment;
	const struct x12_place *place;
	const struct x12_variant *variant, *loop; /* loop: the one that begins here */
	bool json;
};

/* The columns are these, and in the heading of the table. */
struct cells {
	struct slice interchange, group, set_id, set, id, loop, value, name, meaning;
	uint64_t segment;
	unsigned element, component;
};

static void cells_csv(const struct cells *c)
{
	csv_text(c->interchange, ',');
	csv_text(c->group, ',');
	csv_text(c->set_id, ',');
	csv_text(c->set, ',');
	printf("%llu,", (unsigned long long)c->segment);
	csv_text(c->id, ',');
	csv_text(c->loop, ',');
	printf("%u,%u,", c->element, c->component);
	csv_text(c->value, ',');
	csv_text(c->name, ',');
	csv_text(c->meaning, '\n');
}

static void cells_json(const struct cells *c)
{
	json_print_line(json_pack(
		"{s:o, s:o, s:o, s:o, s:I, s:o, s:o, s:i, s:i, s:o, s:o, s:o}", "interchange",
		json_slice(c->interchange), "group", json_slice(c->group), "set_id",
		json_slice(c->set_id), "set", json_slice(c->set), "segment",
		(json_int_t)c->segment, "id", json_slice(c->id), "loop", json_slice(c->loop),
		"element", (int)c->element, "component", (int)c->component, "value",
		json_slice(c->value), "name", json_slice(c->name), "meaning",
		json_slice(c->meaning)));
}

static void row_print(
	const struct row *row, unsigned element, unsigned part, struct slice value)
{
	AUTO_IN_PLACE(buf) meaning = buf_init(CELL_MAX);
	const struct x12_element_rule *rule = x12_rule_at(row->variant, element, part);
	const struct x12_context *at = row->at;
	struct cells cells = {
		.interchange = slice_str(at->interchange ? at->interchange->number : ""),
		.group = slice_str(at->group ? at->group->number : ""),
		.set_id = slice_str(at->set ? at->set->id : ""),
		.set = slice_str(at->set ? at->set->number : ""),
		.segment = row->segment->number,
		.id = row->segment->id,
		.loop = slice_str(row->place->loop ? row->place->loop : ""),
		.element = element,
		.component = part,
		.value = value,
		.name = slice_str(rule ? rule->name : ""),
	};

	x12_meaning_put(&meaning, row->variant, row->loop, element, part, value);
	cells.meaning = buf_slice(&meaning);
	(row->json ? cells_json : cells_csv)(&cells);
}

static void element_print(const struct row *row, unsigned element)
{
	const struct x12_element_rule *rule = x12_rule_at(row->variant, element, 0);
	uint8_t separator = row->at->interchange ? row->at->interchange->delimiters.component : 0;
	struct slice part, rest = x12_element(row->segment, element);
	bool is_cut = rule && rule->type == X12_COMPOSITE && separator;
	unsigned number = 0;

	if (!is_cut && rest.n > 0)
		row_print(row, element, 0, rest);
	while (is_cut && rest.n > 0) {
		is_cut = slice_cut(&part, &rest, rest, separator);
		row_print(row, element, ++number, part);
	}
}

static void segment_print(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	const struct table *table = context;
	struct row row = { at, s, place, v, x12_loop_begun(at->walk, v), table->json };

	if (!v && at->group)
		row.variant = x12_names_find(
			table->names, slice_str(at->group->version), s->id);
	for (unsigned i = 1; i <= s->count; i++)
		element_print(&row, i);
}

static int to_csv(const struct arguments *a)
{
	struct table table = { .broken = { a->operands[0], 0 }, .json = a->given[JSON] };
	struct x12_listener listener = {
		.context = &table, .finding = finding_take, .segment = segment_print
	};
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_names) names = NULL;
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;
	AUTO_FD fd = -1;
	struct fault f;

	x12_guide_set_init(&guides);
	names = x12_names_new(guides.shelf);
	table.names = names;
	if (x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], &f) != ST_OK ||
		x12_input_open(&fd, a->operands[0], &f) != ST_OK)
		return fail(&f, NULL);
	check = x12_check_new(choice.list, choice.count, false, &listener);
	if (!table.json)
		puts("interchange,group,set id,set,segment,id,loop,element,component,value,name,"
			"meaning");
	if (x12_input_feed(check, fd, a->operands[0], &f) != ST_OK)
		return fail(&f, NULL);
	return table.broken.count ? EXIT_INPUT : EXIT_DONE;
}

static int run(const struct arguments *a)
{
	const char *to = a->values[TO] ? a->values[TO] : "", *from = a->values[FROM];

	if (from && !a->given[TO] && strcmp(from, "json") == 0)
		return from_json(a->operands[0]);
	if (!from && strcmp(to, "json") == 0)
		return to_json(a->operands[0]);
	if (!from && strcmp(to, "csv") == 0)
		return to_csv(a);
	return fail_with(EXIT_USAGE, "want --to json, --to csv or --from json");
}

const struct command x12_convert_command = {
	.name = "x12 convert",
	.operands = "FILE|-",
	.purpose = "interchanges as JSON and back, or as comma-separated values",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
