/* SPDX-License-Identifier: Apache-2.0 */
/* By the data type, and by the codes of the element and of the variants that it tells apart. */
#include "documents/x12/decode.h"

#include "documents/decimal.h"
#include "documents/x12/value.h"
#include "documents/x12/words.h"

#define PERIOD 1251 /* data element: a date, with a time, or two of them */
#define PIVOT '7'   /* years that begin with it, or more, are of the last century */

const struct x12_element_rule *x12_rule_at(
	const struct x12_variant *v, unsigned element, unsigned part)
{
	const struct x12_element_rule *rule;

	if (!v || element == 0 || element > v->element_count)
		return NULL;
	rule = &v->elements[element - 1];
	if (part == 0)
		return rule;
	if (rule->type != X12_COMPOSITE)
		return part == 1 ? rule : NULL;
	return part <= rule->part_count ? &rule->parts[part - 1] : NULL;
}

void x12_date_put(struct buf *out, struct slice d)
{
	struct slice day, year;

	if (!x12_date_is(d))
		return;
	year = slice_to(d, d.n - 4);
	day = slice_from(d, d.n - 4);
	if (year.n == 2)
		buf_put_text(out, year.p[0] < PIVOT ? "20" : "19");
	buf_putf(out, "%.*s-%.2s-%.2s", SLICE_FMT(year), (const char *)day.p,
		(const char *)day.p + 2);
}

void x12_time_put(struct buf *out, struct slice t)
{
	if (!x12_time_is(t))
		return;
	buf_putf(out, "%.2s:%.2s", (const char *)t.p, (const char *)t.p + 2);
	if (t.n >= 6)
		buf_putf(out, ":%.2s", (const char *)t.p + 4);
	if (t.n > 6)
		buf_putf(out, ".%.*s", SLICE_FMT(slice_from(t, 6)));
}

/* "202401020304-202401030304", as DTM06 has it: what is none is no meaning. */
static void period_put(struct buf *out, struct slice text)
{
	struct slice moment;
	size_t before = out->n;
	bool more = true;

	while (more) {
		more = slice_cut(&moment, &text, text, '-');
		if (!x12_date_is(slice_to(moment, 8)) ||
			(moment.n > 8 && !x12_time_is(slice_from(moment, 8)))) {
			buf_truncate(out, before);
			return;
		}
		x12_date_put(out, slice_to(moment, 8));
		buf_put_text(out, moment.n > 8 ? " " : "");
		x12_time_put(out, slice_from(moment, 8));
		buf_put_text(out, more ? " to " : "");
	}
}

static void amount_put(struct buf *out, const struct x12_element_rule *rule, struct slice value)
{
	struct decimal d;

	if (rule->decimals > 0 && decimal_parse(&d, value, rule->decimals, NULL) == ST_OK)
		decimal_put_places(out, d, rule->decimals);
}

/* The variant is told apart by it: the guide may have a word for it there. */
static const char *when_meaning(const struct x12_variant *v, unsigned element, unsigned part,
	struct slice value)
{
	const struct x12_code *code = NULL;

	for (size_t i = 0; v && i < v->when_count && (!code || !*code->meaning); i++)
		if (v->when[i].element == element && v->when[i].part == part)
			code = x12_code_find(&v->when[i].codes, value);
	return code ? code->meaning : "";
}

const struct x12_variant *x12_loop_begun(const struct x12_walk *walk, const struct x12_variant *v)
{
	const struct x12_variant *loop =
		walk ? x12_walk_loop_variant(walk, x12_walk_depth(walk)) : NULL;

	if (!v || !loop || loop->body_count == 0 || v < loop->body[0].variants ||
		v >= loop->body[0].variants + loop->body[0].variant_count)
		return NULL;
	return loop;
}

static const char *words_of(const struct x12_variant *v, const struct x12_variant *loop,
	unsigned element, unsigned part, struct slice value)
{
	const struct x12_element_rule *rule = x12_rule_at(v, element, part);
	const struct x12_code *code = x12_code_find(&rule->codes, value);
	const char *words = code ? code->meaning : "";

	if (!*words)
		words = when_meaning(v, element, part, value);
	if (!*words)
		words = when_meaning(loop, element, part, value);
	return *words ? words : x12_words_find(rule->number, value);
}

void x12_meaning_put(struct buf *out, const struct x12_variant *v, const struct x12_variant *loop,
	unsigned element, unsigned part, struct slice value)
{
	const struct x12_element_rule *rule = x12_rule_at(v, element, part);
	const char *words;

	if (!rule || value.n == 0)
		return;
	words = words_of(v, loop, element, part, value);
	if (*words)
		buf_put_text(out, words);
	else if (rule->type == X12_DT)
		x12_date_put(out, value);
	else if (rule->type == X12_TM)
		x12_time_put(out, value);
	else if (rule->type == X12_N)
		amount_put(out, rule, value);
	else if (rule->number == PERIOD)
		period_put(out, value);
}
