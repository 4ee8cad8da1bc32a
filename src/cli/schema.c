/* SPDX-License-Identifier: Apache-2.0 */
/* tieline schema: the schemas of our documents as they are published, JSON Schema 2020-12. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/output.h"
#include "documents/der/schema.h"

enum { JSON };
static const struct option_row options[] = {
	[JSON] = { "json", NULL, "the list for programs", NULL },
};

static const char *area_of(const struct der_schema *s)
{
	return s->area == AREAS ? "any" : area_name(s->area);
}

static void list_json(void)
{
	json_t *array = json_array();

	for (size_t i = 0; i < der_schema_count; i++)
		json_array_append_new(array,
			json_pack("{s:s, s:s, s:s}", "name", der_schemas[i].name, "area",
				area_of(&der_schemas[i]), "title", der_schemas[i].title));
	json_print(array);
}

static void list(void)
{
	static const char *const titles[] = { "NAME", "AREA", "TITLE" };
	AUTO(table) table = table_new(titles, sizeof(titles) / sizeof(titles[0]));

	for (size_t i = 0; i < der_schema_count; i++)
		table_row(table,
			(const char *[]){ der_schemas[i].name, area_of(&der_schemas[i]),
				der_schemas[i].title });
	table_print(table);
}

static int run(const struct arguments *a)
{
	const struct der_schema *s;

	if (a->operand_count == 0) {
		if (a->given[JSON])
			list_json();
		else
			list();
		return EXIT_DONE;
	}
	s = der_schema_find(json_text_of(a->operands[0]));
	if (!s && strcmp(a->operands[0], "common") != 0)
		return fail_as(EXIT_INPUT, "schema.unknown",
			"there is no schema %s: see `tieline schema`",
			a->operands[0]);
	struct slice text = s ? s->text : der_common_text;
	fwrite(text.p, 1, text.n, stdout);
	return EXIT_DONE;
}

const struct command schema_command = {
	.name = "schema",
	.operands = "[NAME]",
	.purpose = "the schema of a document type; without a name, which there are",
	COMMAND_OPTIONS(options),
	.operands_min = 0,
	.operands_max = 1,
	.run = run,
};
