/* SPDX-License-Identifier: Apache-2.0 */
/* tieline x12 guide: which guides there are, what one says, and whether a new one is right. */
#include <stdio.h>
#include <string.h>

#include "cli/output.h"
#include "cli/x12.h"
#include "cli/x12_guides.h"

enum { GUIDES, JSON };
static const struct option_row options[] = {
	[GUIDES] = { "guides", "DIR", "guides of your own: all *.yaml in it", NULL },
	[JSON] = { "json", NULL, "for programs", "list check" },
};

/* Of the first in its line that says it. */
static const char *inherited(const struct x12_library *library,
	const struct x12_library_entry *entry, size_t member)
{
	for (int i = 0; entry && i <= X12_REFINES_MAX; i++) {
		const char *text = *(const char *const *)((const char *)entry + member);

		if (text[0])
			return text;
		entry = entry->refines[0] ? x12_library_base(library, entry) : NULL;
	}
	return "";
}

#define INHERITED(library, entry, member) \
	inherited(library, entry, offsetof(struct x12_library_entry, member))

static void list_json(const struct x12_library *l)
{
	const struct x12_library_entry *e;
	json_t *array = json_array();

	for (size_t i = 0; (e = x12_library_at(l, i)); i++)
		if (!e->is_dictionary)
			json_array_append_new(array,
				json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:o}", "name", e->name,
					"title", INHERITED(l, e, title), "set",
					INHERITED(l, e, set), "group", INHERITED(l, e, group),
					"version", INHERITED(l, e, version), "refines",
					e->refines[0] ? json_string(e->refines) : json_null(),
					"file", json_path(e->file)));
	json_print(array);
}

static int list(const struct x12_guide_set *g, bool json)
{
	static const char *const titles[] = { "NAME", "SET", "VERSION", "REFINES", "TITLE" };
	AUTO(table) table = table_new(titles, sizeof(titles) / sizeof(titles[0]));
	const struct x12_library *l = g->shelf;
	const struct x12_library_entry *e;

	if (json)
		return list_json(l), EXIT_DONE;
	for (size_t i = 0; (e = x12_library_at(l, i)); i++)
		if (!e->is_dictionary)
			table_row(table,
				(const char *[]){ e->name, INHERITED(l, e, set),
					INHERITED(l, e, version), e->refines,
					INHERITED(l, e, title) });
	table_print(table);
	return EXIT_DONE;
}

static int print(const struct x12_guide_set *g, const char *name)
{
	const struct x12_library_entry *e = x12_library_find(g->shelf, slice_str(name));

	if (!e)
		e = x12_library_dictionary(g->shelf, slice_str(name));
	if (!e)
		return fail_as(
			EXIT_INPUT, "x12.guide.unknown",
			"there is no guide %s: `tieline x12 guide list`", name);
	fwrite(e->yaml.p, 1, e->yaml.n, stdout);
	return EXIT_DONE;
}

static void load_tell(const struct x12_guide *g, bool json)
{
	if (json)
		json_print_line(json_pack("{s:s, s:b, s:s, s:s, s:I, s:I, s:I}", "name", g->name,
			"valid", 1, "set", g->set, "version", g->version, "positions",
			(json_int_t)g->positions, "segments", (json_int_t)g->id_count, "rules",
			(json_int_t)g->rule_count));
	else
		printf("%s: valid: set %s of %s, %u positions, %zu segments, %zu rules\n", g->name,
			g->set, g->version, g->positions, g->id_count, g->rule_count);
}

static int fault_tell(const char *path, const struct fault *f, bool json)
{
	if (json)
		json_print_line(json_pack("{s:o, s:b, s:s, s:o}", "file",
			json_slice(slice_str(path)), "valid", 0, "code", f->code, "text",
			json_slice(slice_str(f->text))));
	return fail(f, NULL);
}

static void dictionary_tell(const char *path, bool json)
{
	if (json)
		json_print_line(json_pack(
			"{s:o, s:b}", "file", json_slice(slice_str(path)), "dictionary", 1));
	else
		printf("%s: a dictionary: it is checked with the guides of its version\n", path);
}

static int check(struct x12_guide_set *g, const char *path, bool json)
{
	struct x12_choice choice = { 0 };
	const char *name;
	struct fault f;

	if (x12_guides_add_file(g, path, &name, &f) != ST_OK)
		return fault_tell(path, &f, json);
	if (x12_library_find(g->shelf, slice_str(name)) == NULL) {
		dictionary_tell(path, json);
		return EXIT_DONE;
	}
	if (x12_choice_add(&choice, g, slice_str(name), &f) != ST_OK)
		return fault_tell(path, &f, json);
	load_tell(choice.list[0].guide, json);
	return EXIT_DONE;
}

/* What comes behind each word; NULL: nothing. */
static const struct {
	const char *verb, *operand;
} operands[] = {
	{ "list", NULL },
	{ "print", "NAME is missing: the name of a guide, as `tieline x12 guide list` has it" },
	{ "check", "FILE is missing: the guide to look into, a YAML file" },
};

static int usage(const char *verb, bool has_operand)
{
	for (size_t i = 0; i < sizeof(operands) / sizeof(operands[0]); i++)
		if (strcmp(operands[i].verb, verb) == 0)
			return fail_with(EXIT_USAGE, "x12 guide %s: %s", verb,
				has_operand ? "nothing comes behind it" : operands[i].operand);
	return fail_with(EXIT_USAGE,
		"x12 guide %s: list, print NAME or check FILE: see `tieline x12 guide --help`",
		verb);
}

static int run(const struct arguments *a)
{
	const char *verb = a->operands[0], *operand = a->operands[1];
	AUTO_IN_PLACE(x12_guide_set) guides;
	struct fault f;

	x12_guide_set_init(&guides);
	if (a->given[GUIDES] && x12_guides_add_folder(&guides, a->values[GUIDES], &f) != ST_OK)
		return fail(&f, NULL);
	if (strcmp(verb, "list") == 0 && !operand)
		return list(&guides, a->given[JSON]);
	if (strcmp(verb, "print") == 0 && operand)
		return print(&guides, operand);
	if (strcmp(verb, "check") == 0 && operand)
		return check(&guides, operand, a->given[JSON]);
	return usage(verb, operand != NULL);
}

const struct command x12_guide_command = {
	.name = "x12 guide",
	.operands = "list | print NAME | check FILE",
	.purpose = "guides: which there are, what one says, whether a new one is right",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 2,
	.run = run,
};
