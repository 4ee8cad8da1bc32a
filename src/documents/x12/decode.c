/* SPDX-License-Identifier: Apache-2.0 */
/* By the data type, and by the codes of the element and of the variant that it tells apart. */
#include "documents/x12/decode.h"

#include "documents/decimal.h"
#include "documents/x12/value.h"

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

static void date_put(struct buf *out, struct slice d)
{
	if (!x12_date_is(d))
		return;
	if (d.n == 8)
		buf_putf(out, "%.4s-%.2s-%.2s", (const char *)d.p, (const char *)d.p + 4,
			(const char *)d.p + 6);
	else
		buf_putf(out, "%.2s-%.2s-%.2s", (const char *)d.p, (const char *)d.p + 2,
			(const char *)d.p + 4);
}

static void time_put(struct buf *out, struct slice t)
{
	if (!x12_time_is(t))
		return;
	buf_putf(out, "%.2s:%.2s", (const char *)t.p, (const char *)t.p + 2);
	if (t.n >= 6)
		buf_putf(out, ":%.2s", (const char *)t.p + 4);
}

static void amount_put(struct buf *out, const struct x12_element_rule *rule, struct slice value)
{
	struct decimal d;

	if (rule->decimals > 0 && decimal_parse(&d, value, rule->decimals, NULL) == ST_OK)
		decimal_put_places(out, d, rule->decimals);
}

static const struct x12_code *code_of(const struct x12_variant *v, unsigned element,
	unsigned part, const struct x12_element_rule *rule, struct slice value)
{
	const struct x12_code *code = x12_code_find(&rule->codes, value);

	for (size_t i = 0; i < v->when_count && (!code || !code->meaning[0]); i++)
		if (v->when[i].element == element && v->when[i].part == part)
			code = x12_code_find(&v->when[i].codes, value);
	return code;
}

void x12_meaning_put(struct buf *out, const struct x12_variant *v, unsigned element, unsigned part,
	struct slice value)
{
	const struct x12_element_rule *rule = x12_rule_at(v, element, part);
	const struct x12_code *code;

	if (!rule || value.n == 0)
		return;
	code = code_of(v, element, part, rule, value);
	if (code)
		buf_put_text(out, code->meaning);
	else if (rule->type == X12_DT)
		date_put(out, value);
	else if (rule->type == X12_TM)
		time_put(out, value);
	else if (rule->type == X12_N)
		amount_put(out, rule, value);
}
