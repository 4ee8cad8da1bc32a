/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline new: a document to begin with, valid as it is.  It is the example of its schema, or of
 * one of the kinds there, with ids of its own and times of today: the same id becomes the same new
 * one, and times keep their distance from the moment the document is made.
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/id.h"
#include "cli/cli.h"
#include "cli/output.h"
#include "cli/save.h"
#include "cli/summary.h"
#include "documents/der/validate.h"

#define IDS_MAX 64
#define DOCUMENT_SIZE_MAX (1U << 20)
#define DAY_S 86400
#define QUARTER_S 900

enum { OUTPUT, LIST, JSON };
static const struct option_row options[] = {
	[OUTPUT] = { "o", "FILE", "write there; default standard output", "!--list" },
	[LIST] = { "list", NULL, "which types and kinds there are", NULL },
	[JSON] = { "json", NULL, "for programs", "--list" },
};

struct renewal {
	struct slice example;
	struct buf out;
	size_t copied; /* bytes of the example */
	int64_t now_ns, made_ns;
	struct slice old[IDS_MAX];
	char ids[IDS_MAX][ID_TEXT_MAX];
	size_t id_count;
};

static void made_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct renewal *r = context;

	if (p->depth == 2 && e->is_member && json_text_is(e->name, S("created_at")) &&
		time_parse(&r->made_ns, e->text.raw, NULL) != ST_OK)
		bug("the example was made at no time");
}

static const char *id_of(struct renewal *r, struct slice old)
{
	size_t i = 0;

	while (i < r->id_count && !slice_eq(r->old[i], old))
		i++;
	if (i == IDS_MAX)
		bug("the example has more ids than that");
	if (i == r->id_count) {
		r->old[r->id_count++] = old;
		id_new(r->ids[i], r->now_ns);
	}
	return r->ids[i];
}

/* Whole quarters stay whole quarters, whatever the moment. */
static int64_t shifted(const struct renewal *r, int64_t then_ns)
{
	int64_t shift = r->now_ns - r->made_ns, step = QUARTER_S * NS_PER_S;

	return then_ns + (then_ns % (60 * NS_PER_S) ? shift : (shift + step / 2) / step * step);
}

static void time_put(struct renewal *r, struct slice old)
{
	char text[TIME_TEXT_MAX];
	int64_t then_ns;

	if (time_parse(&then_ns, old, NULL) != ST_OK)
		bug("the example has a time that is none");
	buf_put_text(&r->out, time_format(text, shifted(r, then_ns)));
}

static void date_put(struct renewal *r, struct slice old)
{
	AUTO_IN_PLACE(buf) noon = buf_init(TIME_TEXT_MAX);
	char text[TIME_TEXT_MAX];
	int64_t then_ns, day = DAY_S * NS_PER_S;

	buf_putf(&noon, "%.*sT12:00:00Z", SLICE_FMT(old));
	if (time_parse(&then_ns, buf_slice(&noon), NULL) != ST_OK)
		bug("the example has a day that is none");
	then_ns += (r->now_ns / day - r->made_ns / day) * day;
	buf_put(&r->out, slice_to(slice_str(time_format(text, then_ns)), old.n));
}

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct renewal *r = context;
	const struct der_node *node = p->frames[p->depth - 1].node;
	enum der_format format = node && e->kind == JSON_IS_STRING ? node->format : DER_PLAIN;
	size_t begin = e->offset + 1;

	if (format != DER_UUID && format != DER_TIME && format != DER_DATE)
		return;
	buf_put(&r->out, slice_sub(r->example, r->copied, begin - r->copied));
	r->copied = begin + e->text.raw.n;
	if (format == DER_UUID)
		buf_put_text(&r->out, id_of(r, e->text.raw));
	else if (format == DER_TIME)
		time_put(r, e->text.raw);
	else
		date_put(r, e->text.raw);
}

static void renew(struct renewal *r)
{
	struct der_listener made = { .context = r, .value = made_take };
	struct der_listener values = { .context = r, .value = value_take };
	struct der_result result;

	der_validate(&result, r->example, &made);
	der_validate(&result, r->example, &values);
	buf_put(&r->out, slice_from(r->example, r->copied));
}

/* --- which there are --- */

/* kind NULL: what is made without one. */
static void row_put(struct table *table, json_t *rows, const struct der_schema *s,
	const struct der_kind *kind)
{
	const char *words = kind ? kind->words : s->title;
	const bool is_first = !kind || kind->is_first;

	json_array_append_new(rows,
		json_pack("{s:s, s:s?, s:b, s:s}", "name", s->name, "kind",
			kind ? kind->name : NULL, "default", (int)is_first, "says", words));
	table_row(table,
		(const char *[]){ s->name, kind ? kind->name : "-", is_first ? "yes" : "",
			words });
}

static bool has_first(const struct der_schema *s)
{
	for (size_t i = 0; i < s->kind_count; i++)
		if (s->kinds[i].is_first)
			return true;
	return false;
}

static int list(bool json)
{
	static const char *const titles[] = { "NAME", "KIND", "DEFAULT", "WHAT IT SAYS" };
	AUTO(table) table = table_new(titles, sizeof(titles) / sizeof(titles[0]));
	json_t *rows = json_array();

	for (size_t i = 0; i < der_schema_count; i++) {
		const struct der_schema *s = &der_schemas[i];

		if (!has_first(s))
			row_put(table, rows, s, NULL);
		for (size_t k = 0; k < s->kind_count; k++)
			row_put(table, rows, s, &s->kinds[k]);
	}
	if (json) {
		json_print(rows);
		return EXIT_DONE;
	}
	json_decref(rows);
	table_print(table);
	return EXIT_DONE;
}

/* --- the command --- */

static int make(const struct arguments *a)
{
	const struct der_schema *s = der_schema_find(json_text_of(a->operands[0]));
	const char *wanted = a->operand_count > 1 ? a->operands[1] : NULL;
	const struct der_kind *kind = s && wanted ? der_kind_find(s, slice_str(wanted)) : NULL;
	struct renewal r = { .now_ns = clock_utc_ns(), .out = buf_init(DOCUMENT_SIZE_MAX) };
	struct fault f;
	int code = EXIT_DONE;

	if (!s)
		return fail_as(EXIT_INPUT, "schema.unknown",
			"there is no document type %s: see `tieline new --list`", a->operands[0]);
	if (wanted && !kind)
		return fail_as(EXIT_INPUT, "schema.kind",
			"there is no kind %s of %s: see `tieline new --list`",
			wanted, s->name);
	r.example = kind ? kind->example : s->example;
	renew(&r);
	summaries_put(&r.out, s);
	if (save_bytes(a->values[OUTPUT], buf_slice(&r.out), &f) != ST_OK)
		code = fail(&f, NULL);
	buf_done(&r.out);
	return code;
}

static int run(const struct arguments *a)
{
	if (a->given[LIST] && a->operand_count > 0)
		return fail_with(EXIT_USAGE, "--list shows all: it goes without %s", a->operands[0]);
	if (a->given[LIST])
		return list(a->given[JSON]);
	if (a->operand_count == 0)
		return fail_with(EXIT_USAGE, "which document is it: see `tieline new --list`");
	return make(a);
}

const struct command new_command = {
	.name = "new",
	.operands = "[NAME [KIND]]",
	.purpose = "a document of this type and kind to begin with, filled in and valid",
	COMMAND_OPTIONS(options),
	.operands_max = 2,
	.run = run,
};
