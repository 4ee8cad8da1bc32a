/* SPDX-License-Identifier: Apache-2.0 */
/* A document as people read it: titles and units of its schema, one member a line. */
#include <stdio.h>

#include "cli/document.h"
#include "cli/output.h"

#define TITLE_WIDTH 30 /* columns; deeper levels are moved to the right */

struct showing {
	const char *path;
	bool reveal;
	uint64_t hidden;
};

static void title_print(const struct der_place *p)
{
	const struct der_frame *f = &p->frames[p->depth - 1];
	AUTO_IN_PLACE(buf) title = buf_init(64 << 10);

	if (f->property)
		buf_put_text(&title, f->property->title);
	else if (f->is_member)
		json_text_put(&title, f->name);
	else
		buf_putf(&title, "%llu", (unsigned long long)f->index + 1);
	printf("%*s", (int)(2 * (p->depth - 1)), "");
	print_safe(buf_slice(&title));
	for (size_t n = title.n; n < TITLE_WIDTH; n++)
		putchar(' ');
}

static void value_print(const struct der_frame *f, const struct json_event *e)
{
	AUTO_IN_PLACE(buf) text = buf_init(DOCUMENT_MAX);
	static const char *const words[JSON_KINDS] = {
		[JSON_IS_TRUE] = "yes", [JSON_IS_FALSE] = "no", [JSON_IS_NULL] = "unknown"
	};

	if (words[e->kind])
		buf_put_text(&text, words[e->kind]);
	json_text_put(&text, e->text);
	print_safe(buf_slice(&text));
	if (f->property && f->property->unit[0])
		printf(" %s", f->property->unit);
}

static void scalar_print(struct showing *s, const struct der_frame *f, const struct json_event *e)
{
	if (f->sensitivity == DER_RESTRICTED && !s->reveal) {
		s->hidden++;
		fputs("********", stdout);
	} else {
		value_print(f, e);
	}
}

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct showing *s = context;

	if (p->depth < 2 || e->kind == JSON_IS_CLOSE)
		return;
	title_print(p);
	if (e->kind != JSON_IS_OBJECT && e->kind != JSON_IS_ARRAY)
		scalar_print(s, &p->frames[p->depth - 1], e);
	putchar('\n');
}

static void finding_take(void *context, const struct der_finding *finding)
{
	const struct showing *s = context;

	fprintf(stderr, "tieline: %s:%llu: %s: %s: %s (%s)\n", s->path,
		(unsigned long long)finding->line, finding->pointer, finding->found,
		finding->expected, finding->code);
}

int document_show(const char *path, bool reveal)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(DOCUMENT_MAX);
	struct showing s = { path, reveal, 0 };
	struct der_listener listener = {
		.context = &s, .finding = finding_take, .value = value_take
	};
	const struct der_schema *schema;
	struct der_result result;
	struct fault f;

	if (document_read(&bytes, path, &f) != ST_OK)
		return fail(&f, NULL);
	if (der_schema_of(&schema, buf_slice(&bytes)) != ST_OK)
		return fail_as(EXIT_INPUT, "document.unknown",
			"%s is no document of ours: `tieline x12 show` shows X12", path);
	der_validate(&result, buf_slice(&bytes), &listener);
	if (s.hidden > 0)
		fprintf(stderr, "tieline: %llu restricted value%s hidden: --reveal shows them\n",
			(unsigned long long)s.hidden, s.hidden == 1 ? " is" : "s are");
	return result.against_schema + result.beyond ? EXIT_INPUT : EXIT_DONE;
}
