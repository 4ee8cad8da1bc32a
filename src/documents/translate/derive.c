/* SPDX-License-Identifier: Apache-2.0 */
/* The first operand of a count, sum or product, made of the others. */
#include "documents/translate/derive.h"

#include "documents/decimal.h"

#define CENT_UNITS ((decimal_units)1000000000 * 10) /* of 10^-12 in a hundredth */

struct derivation {
	struct tree *tree;
	const struct der_rule *rule;
	struct tree_node *base; /* the document, or the item that the rule is asked of */
	bool only_said; /* nothing is made, what is there is marked */
};

static const struct der_property *step_of(const struct tree_node *n, unsigned step)
{
	const struct der_object *o = n->schema ? n->schema->object : NULL;

	return o ? &o->properties[step] : NULL;
}

/* Of an item's operand the list is behind us. */
static unsigned first_step(const struct derivation *d, const struct der_operand *o)
{
	return d->rule->has_list && o->is_item ? 1 : 0;
}

static struct tree_node *child(struct tree_node *n, unsigned step)
{
	const struct der_property *p = step_of(n, step);

	return p ? tree_find(n, p->name) : NULL;
}

/* What is there, added up through lists; false: too large. */
static bool total(struct decimal *sum, struct tree_node *n, const struct der_operand *o,
	unsigned depth)
{
	struct decimal number;
	bool fits = true;

	if (!n)
		return true;
	if (n->kind == JSON_IS_ARRAY) {
		for (struct tree_node *item = n->first; item && fits; item = item->next)
			fits = total(sum, item, o, depth);
		return fits;
	}
	if (depth < o->depth)
		return total(sum, child(n, o->path[depth]), o, depth + 1);
	if (decimal_parse(&number, n->text, 0, NULL) != ST_OK)
		return false;
	return o->is_negative ? decimal_subtract(sum, number) : decimal_add(sum, number);
}

static bool operand_total(struct decimal *sum, const struct derivation *d, size_t at)
{
	const struct der_operand *o = &d->rule->operands[at];
	bool is_item = first_step(d, o) == 1;

	return total(sum, is_item ? d->base : d->tree->root, o, first_step(d, o));
}

static bool sum_make(struct decimal *out, const struct derivation *d)
{
	bool fits = true;

	for (size_t i = 1; i < d->rule->operand_count; i++)
		fits &= operand_total(out, d, i);
	return fits;
}

/* Half a cent goes away from zero. */
static bool product_make(struct decimal *out, const struct derivation *d)
{
	struct decimal by = { 0 };
	decimal_units half;

	if (!operand_total(out, d, 1) || !operand_total(&by, d, 2) || !decimal_multiply(out, by))
		return false;
	half = out->units < 0 ? -CENT_UNITS / 2 : CENT_UNITS / 2;
	out->units = (out->units + half) / CENT_UNITS * CENT_UNITS;
	return true;
}

static bool count_make(struct decimal *out, const struct derivation *d)
{
	struct tree_node *list = child(d->tree->root, d->rule->list);

	*out = decimal_of(list && list->last ? (int64_t)list->last->index + 1 : 0);
	return true;
}

static bool (*const makers[DER_RULE_KINDS])(struct decimal *, const struct derivation *) = {
	[DER_COUNT] = count_make,
	[DER_SUM] = sum_make,
	[DER_PRODUCT] = product_make,
};

/* The pointer to the first operand from its base, and whether all on the way is needed. */
static bool target_find(struct buf *pointer, const struct derivation *d)
{
	const struct der_operand *o = &d->rule->operands[0];
	const struct der_node *node = d->base->schema;

	for (unsigned i = first_step(d, o); i < o->depth; i++) {
		if (!node || !node->object || !der_bit(&node->object->required, o->path[i]))
			return false;
		buf_putf(pointer, "/%.*s", SLICE_FMT(node->object->properties[o->path[i]].name));
		node = node->object->properties[o->path[i]].node;
	}
	return true;
}

static bool is_money(struct slice pointer)
{
	return pointer.n > 7 && slice_eq(slice_from(pointer, pointer.n - 7), S("/amount"));
}

static enum status derive(const struct derivation *d, struct fault *f)
{
	AUTO_IN_PLACE(buf) pointer = buf_init(TREE_TEXT_MAX), text = buf_init(64);
	struct decimal number = { 0 };
	struct tree_node *n;

	if (!target_find(&pointer, d))
		return ST_OK;
	n = tree_find(d->base, buf_slice(&pointer));
	if (n && d->only_said)
		n->is_said = true;
	if (n || d->only_said)
		return ST_OK;
	if (!makers[d->rule->kind](&number, d))
		return fault_set(f, ST_LIMIT, "decimal.range", "%s is too large",
			buf_text(&pointer));
	decimal_put_places(&text, number, is_money(buf_slice(&pointer)) ? 2 : 0);
	return tree_put(d->tree, d->base, buf_slice(&pointer), buf_slice(&text), f);
}

static enum status rule_derive(struct derivation d, struct fault *f)
{
	struct tree_node *list;

	if (!d.rule->has_list || !d.rule->operands[0].is_item) {
		d.base = d.tree->root;
		return derive(&d, f);
	}
	list = child(d.tree->root, d.rule->list);
	for (d.base = list ? list->first : NULL; d.base; d.base = d.base->next)
		TRY(derive(&d, f));
	return ST_OK;
}

/* Lines before their sums: products first. */
static enum status kind_derive(
	struct tree *t, enum der_rule_kind kind, bool only_said, struct fault *f)
{
	for (size_t i = 0; i < t->schema->rule_count; i++) {
		struct derivation d = { t, &t->schema->rules[i], NULL, only_said };

		if (d.rule->kind == kind)
			TRY(rule_derive(d, f));
	}
	return ST_OK;
}

enum status derive_missing(struct tree *t, struct fault *f)
{
	TRY(kind_derive(t, DER_PRODUCT, false, f));
	TRY(kind_derive(t, DER_SUM, false, f));
	return kind_derive(t, DER_COUNT, false, f);
}

void derive_said(struct tree *t)
{
	struct fault f;

	if (kind_derive(t, DER_SUM, true, &f) != ST_OK ||
		kind_derive(t, DER_COUNT, true, &f) != ST_OK)
		bug("marking makes nothing");
}
