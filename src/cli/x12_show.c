/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline x12 show: an interchange for people.  Each segment with its name and those of its
 * elements, codes in words, indented as its loops are; what is wrong stands under the segment.
 */
#include "cli/x12.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/output.h"
#include "cli/x12_guides.h"
#include "documents/x12/decode.h"
#include "documents/x12/names.h"
#include "documents/x12/words.h"

enum { GUIDE, GUIDES, JSON, PLAIN };
static const struct option_row options[] = {
	X12_GUIDE_OPTIONS(GUIDE, GUIDES),
	[JSON] = { "json", NULL, "for programs: one object a segment, on a line", NULL },
	[PLAIN] = { "plain", NULL, "no colours; they are only used on a terminal anyway", NULL },
};

#define FINDINGS_KEPT 65536 /* bytes of what is wrong with one segment */
#define INDENT 2

enum style { STYLE_PLAIN, STYLE_ID, STYLE_QUIET, STYLE_WRONG, STYLES };

struct output {
	bool json, colours;
	struct buf findings; /* of the segment that comes */
	json_t *wrong;       /* likewise, for programs */
	bool is_wrong;       /* an error is among them */
	bool has_errors;     /* of any */
	int indent;          /* of the segment that was printed last */
	bool is_end;         /* it was SE */
	struct x12_names *names;
};

static const char *style(const struct output *o, enum style s)
{
	static const char *const codes[STYLES] = {
		[STYLE_PLAIN] = "\033[0m",
		[STYLE_ID] = "\033[1m",
		[STYLE_QUIET] = "\033[36m",
		[STYLE_WRONG] = "\033[31m",
	};

	return o->colours ? codes[s] : "";
}

/* --- what is wrong --- */

static void finding_take(void *context, const struct x12_finding *finding)
{
	struct output *o = context;
	char spot[X12_SPOT_TEXT_MAX], segment[32] = "";

	x12_spot_text(spot, &finding->place);
	if (finding->rule) /* judged at the end of what it is about: that was further up */
		snprintf(segment, sizeof(segment), "segment %llu, ",
			(unsigned long long)finding->place.segment);
	o->is_wrong |= finding->severity == X12_ERROR;
	o->has_errors |= o->is_wrong;
	if (o->json)
		json_array_append_new(o->wrong, x12_finding_json(finding));
	else
		buf_putf(&o->findings, "%s%s%s%s: %s (%s)\n", segment, spot, *spot ? ": " : "",
			finding->severity == X12_ERROR ? "error" : "warning", finding->text,
			finding->code);
}

static void findings_print(struct output *o, int indent)
{
	struct slice line, rest = buf_slice(&o->findings);

	while (rest.n > 0) {
		slice_cut(&line, &rest, rest, '\n');
		printf("%*s%s! ", indent, "", style(o, STYLE_WRONG));
		print_safe(line);
		printf("%s\n", style(o, STYLE_PLAIN));
	}
	buf_clear(&o->findings);
}

/* --- where a segment stands --- */

static int indent_of(const struct x12_context *at, const struct x12_segment *s)
{
	static const char *const outer[] = { "ISA", "IEA", "TA1" };

	for (size_t i = 0; i < sizeof(outer) / sizeof(outer[0]); i++)
		if (slice_eq(s->id, slice_str(outer[i])))
			return 0;
	if (!at->set)
		return INDENT;
	if (slice_eq(s->id, S("ST")) || slice_eq(s->id, S("SE")))
		return 2 * INDENT;
	return INDENT * (3 + (at->walk ? (int)x12_walk_depth(at->walk) : 0));
}

/* That of the loop it begins, if the guide has a word for it; else its own. */
static const char *name_of(const struct x12_context *at, const struct x12_variant *v)
{
	const struct x12_variant *loop = x12_loop_begun(at->walk, v);

	if (!v)
		return "";
	return loop && loop->name[0] && loop->when_count > 0 ? loop->name : v->name;
}

/* --- a value --- */

struct spot {
	const struct x12_variant *variant, *loop; /* loop: the one that begins here */
	unsigned element, part;
	struct slice value;
};

static const char *element_name(const struct spot *spot)
{
	const struct x12_element_rule *rule =
		x12_rule_at(spot->variant, spot->element, spot->part);

	return rule ? rule->name : "";
}

static void value_print(const struct output *o, int indent, const struct spot *spot)
{
	AUTO_IN_PLACE(buf) meaning = buf_init(512);
	char number[16];

	x12_meaning_put(&meaning, spot->variant, spot->loop, spot->element, spot->part,
		spot->value);
	if (spot->part)
		snprintf(number, sizeof(number), "%02u-%u", spot->element, spot->part);
	else
		snprintf(number, sizeof(number), "%02u", spot->element);
	printf("%*s%-5s %s%-28s%s ", indent + INDENT + 2, "", number, style(o, STYLE_QUIET),
		element_name(spot), style(o, STYLE_PLAIN));
	print_safe(spot->value);
	if (meaning.n > 0)
		printf("  %s%s%s", style(o, STYLE_QUIET), buf_text(&meaning),
			style(o, STYLE_PLAIN));
	putchar('\n');
}

static json_t *value_json(const struct spot *spot)
{
	AUTO_IN_PLACE(buf) meaning = buf_init(512);
	const char *name = element_name(spot);

	x12_meaning_put(&meaning, spot->variant, spot->loop, spot->element, spot->part,
		spot->value);
	return json_pack("{s:i, s:o, s:o, s:o, s:o}", "element", (int)spot->element, "component",
		spot->part ? json_integer(spot->part) : json_null(), "name",
		*name ? json_string(name) : json_null(), "value", json_slice(spot->value),
		"meaning", meaning.n ? json_string(buf_text(&meaning)) : json_null());
}

/* Each value that is there: of a composite its components. */
static void values_each(const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, void (*each)(void *, const struct spot *), void *context)
{
	const struct x12_delimiters *d = &at->interchange->delimiters;
	const struct x12_variant *loop = x12_loop_begun(at->walk, v);

	for (unsigned i = 1; i <= s->count; i++) {
		const struct x12_element_rule *rule = x12_rule_at(v, i, 0);
		struct spot spot = { v, loop, i, 0, x12_element(s, i) };
		struct slice rest = spot.value;
		bool more = rule && rule->type == X12_COMPOSITE && d->component;

		if (!more && spot.value.n > 0)
			each(context, &spot);
		while (more && rest.n > 0) {
			more = slice_cut(&spot.value, &rest, rest, d->component);
			spot.part++;
			if (spot.value.n > 0)
				each(context, &spot);
		}
	}
}

struct printing {
	const struct output *output;
	int indent;
	json_t *values;
};

static void each_print(void *context, const struct spot *spot)
{
	const struct printing *p = context;

	value_print(p->output, p->indent, spot);
}

static void each_json(void *context, const struct spot *spot)
{
	json_array_append_new(((struct printing *)context)->values, value_json(spot));
}

/* --- envelopes, a line each --- */

/* As it was written where it is none. */
static void when_put(struct buf *out, const char *date, const char *time)
{
	size_t before = out->n;

	x12_date_put(out, slice_str(date));
	buf_put_text(out, out->n == before ? date : "");
	buf_put_u8(out, ' ');
	before = out->n;
	x12_time_put(out, slice_str(time));
	buf_put_text(out, out->n == before ? time : "");
}

static void isa_words(struct buf *out, const struct x12_context *at, const struct x12_segment *s)
{
	const struct x12_interchange *i = at->interchange;

	(void)s;
	buf_putf(out, "interchange %s, from %s %s to %s %s, ", i->number, i->sender_qualifier,
		i->sender, i->receiver_qualifier, i->receiver);
	when_put(out, i->date, i->time);
	buf_putf(out, ", %s",
		slice_eq(slice_str(i->usage), S("P"))           ? "production"
			: slice_eq(slice_str(i->usage), S("T")) ? "test"
								: "information");
}

static void gs_words(struct buf *out, const struct x12_context *at, const struct x12_segment *s)
{
	const struct x12_group *g = at->group;

	const char *kind;

	(void)s;
	if (!g)
		return;
	kind = x12_words_find(479, slice_str(g->id));
	buf_putf(out, "group %s %s%s%s%s, from %s to %s, ", g->id, g->number, *kind ? " (" : "",
		kind, *kind ? ")" : "", g->sender, g->receiver);
	when_put(out, g->date, g->time);
	buf_putf(out, ", %s", g->version);
}

static void st_words(struct buf *out, const struct x12_context *at, const struct x12_segment *s)
{
	const struct x12_set *set = at->set;
	const char *kind;

	(void)s;
	if (!set)
		return;
	buf_putf(out, "set %s %s", set->id, set->number);
	kind = x12_words_find(143, slice_str(set->id));
	if (set->guide)
		buf_putf(out, ": %s (%s)", set->guide->title, set->guide->name);
	else if (*kind)
		buf_putf(out, " (%s)", kind);
}

static void end_words(struct buf *out, const struct x12_context *at, const struct x12_segment *s)
{
	struct slice count = x12_element(s, 1);
	const char *what = slice_eq(s->id, S("SE")) ? "segment" :
		slice_eq(s->id, S("GE")) ? "set" : "group";

	(void)at;
	buf_put_text(out, "end, ");
	buf_put(out, count);
	buf_putf(out, " %s%s", what, slice_eq(count, S("1")) ? "" : "s");
}

static const struct {
	const char *id;
	void (*words)(struct buf *, const struct x12_context *, const struct x12_segment *);
} envelopes[] = {
	{ "ISA", isa_words }, { "GS", gs_words }, { "ST", st_words }, { "SE", end_words },
	{ "GE", end_words }, { "IEA", end_words },
};

/* Of one that is in order nobody wants every element. */
static bool envelope_print(const struct output *o, int indent, const struct x12_context *at,
	const struct x12_segment *s)
{
	AUTO_IN_PLACE(buf) words = buf_init(4096);

	for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++)
		if (slice_eq(s->id, slice_str(envelopes[i].id)))
			envelopes[i].words(&words, at, s);
	if (words.n == 0 || o->is_wrong)
		return false;
	printf("%*s%s", indent, "", style(o, STYLE_ID));
	print_safe(s->id);
	printf("%s  ", style(o, STYLE_PLAIN));
	print_safe(buf_slice(&words));
	putchar('\n');
	return true;
}

/* --- segments --- */

static void segment_print(struct output *o, const struct x12_context *at,
	const struct x12_segment *s, const struct x12_variant *v)
{
	struct printing p = { o, indent_of(at, s), NULL };
	const char *name = name_of(at, v);

	if (!envelope_print(o, p.indent, at, s)) {
		printf("%*s%s", p.indent, "", style(o, STYLE_ID));
		print_safe(s->id);
		printf("%s%s%s\n", style(o, STYLE_PLAIN), *name ? "  " : "", name);
		values_each(at, s, v, each_print, &p);
	}
	findings_print(o, p.indent + INDENT);
	o->is_wrong = false;
	o->indent = p.indent;
	o->is_end = slice_eq(s->id, S("SE"));
}

/* What is found at the end of a set stands under SE, and not under what comes. */
static void set_ended(void *context, const struct x12_context *at)
{
	struct output *o = context;

	(void)at;
	if (!o->json && o->is_end)
		findings_print(o, o->indent + INDENT);
}

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_slice(slice_str(text)) : json_null();
}

static void segment_json(struct output *o, const struct x12_context *at,
	const struct x12_segment *s, const struct x12_variant *v, const struct x12_place *place)
{
	struct printing p = { o, 0, json_array() };

	values_each(at, s, v, each_json, &p);
	json_print_line(json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "segment",
		(json_int_t)s->number, "byte", (json_int_t)s->offset, "interchange",
		text_or_null(at->interchange->number), "group",
		text_or_null(at->group ? at->group->number : NULL), "set",
		text_or_null(at->set ? at->set->number : NULL), "loop", text_or_null(place->loop),
		"id", json_slice(s->id), "name", text_or_null(name_of(at, v)), "elements", p.values,
		"findings", o->wrong));
	o->wrong = json_array();
}

static void segment_take(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	struct output *o = context;

	if (!at->interchange)
		return; /* it is a finding, and told with what comes */
	if (!v && at->group)
		v = x12_names_find(o->names, slice_str(at->group->version), s->id);
	if (o->json)
		segment_json(o, at, s, v, place);
	else
		segment_print(o, at, s, v);
}

static int run(const struct arguments *a)
{
	struct output output = { .json = a->given[JSON],
		.colours = !a->given[PLAIN] && !getenv("NO_COLOR") && isatty(STDOUT_FILENO),
		.findings = buf_init(FINDINGS_KEPT),
		.wrong = json_array() };
	struct x12_listener listener = {
		.context = &output,
		.finding = finding_take,
		.set_ended = set_ended,
		.segment = segment_take,
	};
	AUTO_IN_PLACE(x12_guide_set) guides;
	AUTO(x12_names) names = NULL;
	AUTO(x12_check) check = NULL;
	struct x12_choice choice;
	struct fault f;
	enum status st;

	x12_guide_set_init(&guides);
	names = x12_names_new(guides.shelf);
	output.names = names;
	st = x12_guides_choose(&choice, &guides, a->values[GUIDE], a->values[GUIDES], &f);
	if (st == ST_OK) {
		check = x12_check_new(choice.list, choice.count, false, &listener);
		st = x12_input_check(check, a->operands[0], &f);
	}
	findings_print(&output, 0);
	if (json_array_size(output.wrong) > 0)
		json_print_line(json_pack("{s:O}", "findings", output.wrong));
	json_decref(output.wrong);
	buf_done(&output.findings);
	if (st != ST_OK)
		return fail(&f, NULL);
	return output.has_errors ? EXIT_INPUT : EXIT_DONE;
}

const struct command x12_show_command = {
	.name = "x12 show",
	.operands = "FILE|-",
	.purpose = "an interchange for people: names, codes in words, what is wrong",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
