/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every reference of every rule is a slot: one value, sum or count.  A tap says that a variant of
 * the guide feeds a slot; taps lie sorted by the variant's serial, so that a segment finds its own.
 */
#include "documents/x12/rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "documents/x12/numbers.h"
#include "documents/x12/rule_syntax.h"

#define RULES_MAX 256
#define SLOTS_MAX 1024
#define TAPS_MAX 16384
#define SCOPES_MAX 64
#define RULE_TEXT_MAX 2000 /* bytes of an expression */
#define VALUE_MAX 4096           /* bytes of a text that is compared; the standard's longest */
#define TEXTS_MAX (256U << 10)   /* of all texts that the rules of a guide compare */
#define SHOWN_MAX 40             /* bytes of a number that cannot be computed, for people */
#define NO_SCOPE UINT16_MAX
#define WORDS_MAX 120 /* bytes of what a fault calls a value */

struct slot {
	enum x12_operator op; /* X12_FIRST, X12_SUM, X12_COUNT */
	enum x12_type type;
	uint8_t decimals;
	bool found;       /* in the guide */
	bool keeps_text;  /* it is compared as one, or looked for in a list */
	uint32_t room;    /* bytes of the longest that may come */
	uint32_t text_at; /* in the tally's texts, if it is kept */
	struct x12_rule_reference reference;
};

struct tap {
	uint32_t serial;
	uint16_t slot;
};

struct rule {
	const struct x12_rule_text *text;
	uint16_t scope;
	struct x12_rule_tree when; /* no nodes: always */
	struct x12_rule_tree expect;
};

struct x12_rules {
	const struct x12_guide *guide;
	const char *scope_names[SCOPES_MAX]; /* [0] is the set */
	size_t scope_count;
	uint16_t *scope_of; /* by serial of a variant: NO_SCOPE, or the scope it begins */
	/* What is judged and cleared in a scope: in the lists, from here to the next one's. */
	uint16_t first_rule[SCOPES_MAX + 1], first_slot[SCOPES_MAX + 1];
	uint16_t rules_listed[RULES_MAX], slots_listed[SLOTS_MAX];
	struct rule rules[RULES_MAX];
	size_t rule_count;
	struct slot slots[SLOTS_MAX];
	uint16_t slot_scopes[SLOTS_MAX];
	size_t slot_count;
	uint32_t texts; /* bytes */
	struct tap *taps;
	size_t tap_count;
	uint32_t *first_tap; /* by serial, one more than there are */
};

/* --- going through the guide --------------------------------------------------- */

/* Where in the guide a variant is: its loops, outermost first. */
struct path {
	const char *loops[X12_DEPTH_MAX + 1];
	uint16_t scopes[X12_DEPTH_MAX + 1];
	unsigned depth;
};

struct visit {
	struct x12_rules *rules;
	enum status (*variant)(struct visit *, const struct path *, const struct x12_position *,
		const struct x12_variant *);
	uint16_t slot;
	struct fault *fault;
};

static enum status body_visit(struct visit *visit, const struct path *path,
	const struct x12_position *body, size_t count);

static enum status variant_visit(struct visit *visit, const struct path *path,
	const struct x12_position *p, const struct x12_variant *v)
{
	struct path inner = *path;

	TRY(visit->variant(visit, path, p, v));
	if (!p->is_loop)
		return ST_OK;
	if (inner.depth == X12_DEPTH_MAX)
		bug("a guide with loops deeper than %d", X12_DEPTH_MAX);
	inner.loops[inner.depth] = p->name;
	inner.scopes[inner.depth++] = visit->rules->scope_of[v->serial];
	return body_visit(visit, &inner, v->body, v->body_count);
}

static enum status body_visit(struct visit *visit, const struct path *path,
	const struct x12_position *body, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < body[i].variant_count; j++)
			TRY(variant_visit(visit, path, &body[i], &body[i].variants[j]));
	return ST_OK;
}

static enum status guide_visit(struct visit *visit)
{
	struct path path = { 0 };
	const struct x12_guide *guide = visit->rules->guide;

	return body_visit(visit, &path, guide->body, guide->body_count);
}

/* --- scopes -------------------------------------------------------------------- */

/* "PTD/QTY" names the loop QTY in PTD: the last of its names is the loop's, and so on outwards. */
static bool scope_is(const char *name, const struct path *path, const char *loop)
{
	struct slice rest = slice_str(name);
	const char *own = loop;
	unsigned depth = path->depth;

	for (;;) {
		size_t cut = rest.n;

		while (cut > 0 && rest.p[cut - 1] != '/')
			cut--;
		if (!slice_eq(slice_from(rest, cut), slice_str(own)))
			return false;
		if (cut == 0)
			return true;
		if (depth == 0)
			return false;
		rest = slice_to(rest, cut - 1);
		own = path->loops[--depth];
	}
}

static enum status scope_mark(struct visit *visit, const struct path *path,
	const struct x12_position *p, const struct x12_variant *v)
{
	struct x12_rules *rules = visit->rules;

	for (size_t i = 1; p->is_loop && i < rules->scope_count; i++)
		if (scope_is(rules->scope_names[i], path, p->name))
			rules->scope_of[v->serial] = (uint16_t)i;
	return ST_OK;
}

static enum status scope_add(struct x12_rules *rules, uint16_t *out,
	const struct x12_rule_text *text, struct fault *f)
{
	*out = 0;
	if (!text->scope)
		return ST_OK;
	for (size_t i = 1; i < rules->scope_count; i++)
		if (slice_eq(slice_str(rules->scope_names[i]), slice_str(text->scope))) {
			*out = (uint16_t)i;
			return ST_OK;
		}
	if (rules->scope_count == SCOPES_MAX)
		return fault_set(f, ST_LIMIT, "x12.rule.size", "rules for more than %d loops",
			SCOPES_MAX - 1);
	*out = (uint16_t)rules->scope_count;
	rules->scope_names[rules->scope_count++] = text->scope;
	return ST_OK;
}

static enum status scopes_find(struct x12_rules *rules, struct fault *f)
{
	const struct x12_guide *guide = rules->guide;
	struct visit visit = { .rules = rules, .variant = scope_mark };

	for (size_t i = 0; i < guide->rule_count; i++) {
		TRY(scope_add(rules, &rules->rules[i].scope, &guide->rules[i], f));
		rules->rules[i].text = &guide->rules[i];
	}
	rules->rule_count = guide->rule_count;
	return guide_visit(&visit);
}

static bool is_scope_found(const struct x12_rules *rules, uint16_t scope)
{
	bool found = scope == 0;

	for (uint32_t serial = 0; serial < rules->guide->variants; serial++)
		found |= rules->scope_of[serial] == scope;
	return found;
}

/* --- slots and taps ------------------------------------------------------------ */

/* A tree with its slots, of a rule. */
static enum status slots_add(struct x12_rules *rules, struct x12_rule_tree *tree, uint16_t scope,
	struct fault *f)
{
	for (size_t i = 0; i < tree->count; i++) {
		struct x12_rule_node *node = &tree->nodes[i];

		if (node->op != X12_FIRST && node->op != X12_SUM && node->op != X12_COUNT)
			continue;
		if (rules->slot_count == SLOTS_MAX)
			return fault_set(f, ST_LIMIT, "x12.rule.size",
				"the rules of %s refer to more than %d values", rules->guide->name,
				SLOTS_MAX);
		node->slot = (uint16_t)rules->slot_count;
		rules->slot_scopes[rules->slot_count] = scope;
		rules->slots[rules->slot_count++] =
			(struct slot){ .op = node->op, .reference = node->reference };
	}
	return ST_OK;
}

static bool is_in_scope(const struct path *path, uint16_t scope)
{
	if (scope == 0)
		return true;
	for (unsigned i = 0; i < path->depth; i++)
		if (path->scopes[i] == scope)
			return true;
	return false;
}

/* "ENT/ADX": the innermost is called ADX, and the one around it ENT. */
static bool is_in_loop(const struct path *path, struct slice loops)
{
	unsigned depth = path->depth;

	while (loops.n > 0) {
		size_t from = loops.n;

		while (from > 0 && loops.p[from - 1] != '/')
			from--;
		if (depth == 0 ||
			!slice_eq(slice_str(path->loops[--depth]), slice_from(loops, from)))
			return false;
		loops = slice_to(loops, from > 0 ? from - 1 : 0);
	}
	return true;
}

/* The rule of an element or its part; NULL: the segment has none such. */
static const struct x12_element_rule *element_of(
	const struct x12_variant *v, const struct x12_rule_reference *ref)
{
	const struct x12_element_rule *e =
		ref->element <= v->element_count ? &v->elements[ref->element - 1] : NULL;

	if (!e || ref->part == 0 || e->type != X12_COMPOSITE)
		return e;
	return ref->part <= e->part_count ? &e->parts[ref->part - 1] : NULL;
}

/* Sign and point are no digits; separators stand between parts. */
static uint32_t room_of(const struct x12_element_rule *e)
{
	uint32_t room = 0;

	for (size_t i = 0; i < e->part_count; i++)
		room += e->parts[i].most + 3U;
	return room ? room : e->most + 2U;
}

static bool has_one_of(const struct x12_codes *codes, const struct x12_rule_reference *ref)
{
	for (size_t i = 0; i < ref->code_count; i++)
		if (x12_code_find(codes, ref->codes[i]))
			return true;
	return false;
}

/*
 * What is this variant has none of the codes that the filter wants: nobody need look at it.  But
 * for the first: walk.c takes that for what is none of the variants, and so has any code.
 */
static bool is_filtered_out(const struct x12_position *p, const struct x12_variant *v,
	const struct x12_rule_reference *ref)
{
	if (ref->filter == 0 || v == p->variants)
		return false;
	for (size_t i = 0; i < v->when_count; i++)
		if (v->when[i].element == ref->filter && v->when[i].part == 0 &&
			!has_one_of(&v->when[i].codes, ref))
			return true;
	return false;
}

static enum status tap_add(struct visit *visit, const struct path *path,
	const struct x12_position *p, const struct x12_variant *v)
{
	struct x12_rules *rules = visit->rules;
	struct slot *slot = &rules->slots[visit->slot];
	uint16_t scope = rules->slot_scopes[visit->slot];
	const struct x12_element_rule *e;

	if (p->is_loop || p->id != slot->reference.id || !is_in_scope(path, scope) ||
		!is_in_loop(path, slot->reference.loop))
		return ST_OK;
	if (slot->reference.element > 0) {
		e = element_of(v, &slot->reference);
		if (!e)
			return ST_OK;
		slot->type = e->type;
		slot->decimals = e->decimals;
		slot->room = room_of(e) > slot->room ? room_of(e) : slot->room;
	}
	slot->found = true;
	if (is_filtered_out(p, v, &slot->reference))
		return ST_OK;
	if (rules->tap_count == TAPS_MAX)
		return fault_set(visit->fault, ST_LIMIT, "x12.rule.size",
			"the rules of %s have too many references", rules->guide->name);
	rules->taps[rules->tap_count++] = (struct tap){ v->serial, visit->slot };
	return ST_OK;
}

static int tap_order(const void *a, const void *b)
{
	const struct tap *x = a, *y = b;

	if (x->serial != y->serial)
		return x->serial < y->serial ? -1 : 1;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static void taps_index(struct x12_rules *rules)
{
	size_t at = 0;

	qsort(rules->taps, rules->tap_count, sizeof(rules->taps[0]), tap_order);
	for (uint32_t serial = 0; serial <= rules->guide->variants; serial++) {
		while (at < rules->tap_count && rules->taps[at].serial < serial)
			at++;
		rules->first_tap[serial] = (uint32_t)at;
	}
}

/* --- what can be compared ------------------------------------------------------ */

/* A term, as it is written. */
static void term_put(struct buf *out, const struct x12_rule_node *node)
{
	const char *call = node->op == X12_SUM ? "sum(" : node->op == X12_COUNT ? "count(" : "";

	if (node->op == X12_TEXT) {
		buf_putf(out, "'%.*s'", SLICE_FMT(node->text));
	} else if (node->op == X12_NUMBER) {
		buf_put(out, node->text);
	} else if (node->op == X12_FIRST || *call) {
		buf_put_text(out, call);
		x12_rule_reference_put(out, &node->reference);
		buf_put_text(out, *call ? ")" : "");
	} else {
		buf_put_text(out, "what is added up");
	}
}

static bool is_numeric_type(enum x12_type type)
{
	return type == X12_N || type == X12_R;
}

static bool is_numeric(const struct x12_rules *rules, const struct x12_rule_node *node)
{
	switch (node->op) {
	case X12_TEXT:
		return false;
	case X12_FIRST:
		return is_numeric_type(rules->slots[node->slot].type);
	default:
		return true;
	}
}

static bool is_comparison(enum x12_operator op)
{
	return op >= X12_EQUAL && op <= X12_MORE_OR_EQUAL;
}

static bool is_arithmetic(enum x12_operator op)
{
	return op == X12_PLUS || op == X12_LESS_BY;
}

static enum status sides_differ(const struct x12_rules *rules, const struct x12_rule_tree *tree,
	const struct x12_rule_node *node, struct fault *f)
{
	AUTO_IN_PLACE(buf) left = buf_init(WORDS_MAX);
	AUTO_IN_PLACE(buf) right = buf_init(WORDS_MAX);
	const struct x12_rule_node *a = &tree->nodes[node->left], *b = &tree->nodes[node->right];

	term_put(&left, a);
	term_put(&right, b);
	return fault_set(f, ST_INPUT, "x12.rule.reference",
		"%s is a %s, and %s a %s: codes and dates are texts, written '01', and only "
		"numbers are added up",
		buf_text(&left), is_numeric(rules, a) ? "number" : "text", buf_text(&right),
		is_numeric(rules, b) ? "number" : "text");
}

static enum status sum_refuse(const struct x12_rule_node *node, struct fault *f)
{
	AUTO_IN_PLACE(buf) words = buf_init(WORDS_MAX);

	x12_rule_reference_put(&words, &node->reference);
	return fault_set(f, ST_INPUT, "x12.rule.reference",
		"sum() wants an element that is a number (type N or R), and %s is none",
		buf_text(&words));
}

static enum status types_check(const struct x12_rules *rules, const struct x12_rule_tree *tree,
	struct fault *f)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct x12_rule_node *node = &tree->nodes[i];
		bool left, right;

		if (node->op == X12_SUM && !is_numeric_type(rules->slots[node->slot].type))
			return sum_refuse(node, f);
		if (!is_comparison(node->op) && !is_arithmetic(node->op))
			continue;
		left = is_numeric(rules, &tree->nodes[node->left]);
		right = is_numeric(rules, &tree->nodes[node->right]);
		if (left != right || (is_arithmetic(node->op) && !left))
			return sides_differ(rules, tree, node, f);
	}
	return ST_OK;
}

/* --- compiling ----------------------------------------------------------------- */

/* What will be looked at as the text it is. */
static void texts_mark(struct x12_rules *rules, const struct x12_rule_tree *tree)
{
	for (size_t i = 0; i < tree->count; i++) {
		const struct x12_rule_node *node = &tree->nodes[i];

		if (node->op == X12_FIRST)
			rules->slots[node->slot].keeps_text |= !is_numeric(rules, node);
		if (node->op == X12_IN || node->op == X12_UNIQUE || node->op == X12_EARLIER)
			rules->slots[tree->nodes[node->left].slot].keeps_text = true;
		if (node->op == X12_EARLIER)
			rules->slots[tree->nodes[node->right].slot].keeps_text = true;
	}
}

/* The nodes of a rule, and no more: they lie close to each other where it is judged. */
static void tree_keep(struct x12_rule_tree *out, const struct x12_rule_tree *tree)
{
	*out = *tree;
	out->nodes = alloc_zeroed(tree->count, sizeof(*out->nodes));
	for (size_t i = 0; i < tree->count; i++)
		out->nodes[i] = tree->nodes[i];
}

static enum status place_missing(
	const struct x12_rules *rules, const struct slot *slot, uint16_t scope, struct fault *f)
{
	AUTO_IN_PLACE(buf) words = buf_init(WORDS_MAX);

	x12_rule_reference_put(&words, &slot->reference);
	return fault_set(f, ST_INPUT, "x12.rule.reference", "%s has no place in %s%s%s",
		buf_text(&words), scope ? "a loop " : "the guide",
		scope ? rules->scope_names[scope] : "", scope ? ", which it is about" : "");
}

static enum status tree_compile(struct x12_rules *rules, struct x12_rule_tree *out,
	const char *text, uint16_t scope, struct fault *f)
{
	struct x12_rule_node nodes[X12_RULE_NODES_MAX];
	struct x12_rule_tree tree = { .nodes = nodes };
	size_t first = rules->slot_count;
	struct visit visit = { .rules = rules, .variant = tap_add, .fault = f };

	if (!text)
		return ST_OK;
	if (slice_str(text).n > RULE_TEXT_MAX)
		return fault_set(f, ST_LIMIT, "x12.rule.size",
			"an expression of more than %d bytes", RULE_TEXT_MAX);
	TRY(x12_rule_parse(&tree, slice_str(text), f));
	TRY(slots_add(rules, &tree, scope, f));
	for (size_t i = first; i < rules->slot_count; i++) {
		visit.slot = (uint16_t)i;
		TRY(guide_visit(&visit));
		if (!rules->slots[i].found)
			return place_missing(rules, &rules->slots[i], scope, f);
	}
	TRY(types_check(rules, &tree, f));
	texts_mark(rules, &tree);
	tree_keep(out, &tree);
	return ST_OK;
}

static enum status rule_compile(struct x12_rules *rules, struct rule *rule, struct fault *f)
{
	const struct x12_rule_text *text = rule->text;
	struct fault why = { 0 };
	enum status st = ST_OK;

	if (!is_scope_found(rules, rule->scope))
		st = fault_set(&why, ST_INPUT, "x12.rule.reference",
			"it is about the loop %s, which is not in the guide", text->scope);
	if (st == ST_OK)
		st = tree_compile(rules, &rule->when, text->when, rule->scope, &why);
	if (st == ST_OK)
		st = tree_compile(rules, &rule->expect, text->expect, rule->scope, &why);
	if (st == ST_OK)
		return ST_OK;
	return fault_set(f, st, why.code, "%s:%u: rule %s: %s", text->file, text->line, text->name,
		why.text);
}

static enum status texts_place(struct x12_rules *rules, struct fault *f)
{
	for (size_t i = 0; i < rules->slot_count; i++) {
		struct slot *slot = &rules->slots[i];

		if (!slot->keeps_text)
			continue;
		slot->text_at = rules->texts;
		rules->texts += slot->room < VALUE_MAX ? slot->room : VALUE_MAX;
		if (rules->texts > TEXTS_MAX)
			return fault_set(f, ST_LIMIT, "x12.rule.size",
				"the texts that the rules of %s compare may have more than %u bytes",
				rules->guide->name, TEXTS_MAX);
	}
	return ST_OK;
}

/* Made once: a loop that begins or ends asks for what is its own, and mostly that is nothing. */
static void scopes_list(struct x12_rules *rules)
{
	uint16_t rule = 0, slot = 0;

	for (size_t scope = 0; scope < rules->scope_count; scope++) {
		for (size_t i = 0; i < rules->rule_count; i++)
			if (rules->rules[i].scope == scope)
				rules->rules_listed[rule++] = (uint16_t)i;
		for (size_t i = 0; i < rules->slot_count; i++)
			if (rules->slot_scopes[i] == scope)
				rules->slots_listed[slot++] = (uint16_t)i;
		rules->first_rule[scope + 1] = rule;
		rules->first_slot[scope + 1] = slot;
	}
}

static enum status rules_fill(struct x12_rules *rules, struct fault *f)
{
	if (rules->guide->rule_count > RULES_MAX)
		return fault_set(f, ST_LIMIT, "x12.rule.size", "%s has more than %d rules",
			rules->guide->name, RULES_MAX);
	TRY(scopes_find(rules, f));
	for (size_t i = 0; i < rules->rule_count; i++)
		TRY(rule_compile(rules, &rules->rules[i], f));
	taps_index(rules);
	scopes_list(rules);
	return texts_place(rules, f);
}

enum status x12_rules_compile(
	struct x12_rules **out, const struct x12_guide *guide, struct fault *f)
{
	AUTO(x12_rules) rules = alloc_zeroed(1, sizeof(*rules));

	rules->guide = guide;
	rules->scope_count = 1;
	rules->scope_of = alloc_zeroed(guide->variants + 1UL, sizeof(*rules->scope_of));
	for (uint32_t i = 0; i <= guide->variants; i++)
		rules->scope_of[i] = NO_SCOPE;
	rules->first_tap = alloc_zeroed(guide->variants + 2UL, sizeof(*rules->first_tap));
	rules->taps = alloc_zeroed(TAPS_MAX, sizeof(*rules->taps));
	TRY(rules_fill(rules, f));
	*out = TAKE(rules);
	return ST_OK;
}

void x12_rules_free(struct x12_rules *rules)
{
	if (!rules)
		return;
	for (size_t i = 0; i < rules->rule_count; i++) {
		free(rules->rules[i].when.nodes);
		free(rules->rules[i].expect.nodes);
	}
	free(rules->scope_of);
	free(rules->first_tap);
	free(rules->taps);
	free(rules);
}

/* --- the tally ----------------------------------------------------------------- */

struct value {
	uint64_t count;
	struct decimal sum;
	bool is_wrong;  /* a number that is none: its element says so, nothing is judged by it */
	bool is_beyond; /* a number that cannot be computed, or too large a sum: that is told */
	uint16_t n;     /* bytes of its text */
	/*
	 * Of its place (x12_place) what its slot and the set that is judged do not say: of the
	 * first, or of the one that is beyond.
	 */
	uint32_t position;
	uint64_t segment, offset;
	const char *loop;
};

/* The value that is beyond, as it was written. */
struct shown {
	char text[SHOWN_MAX + 1];
};

/* Values that were there: in the sets of the interchange, in the loops of the set. */
struct seen {
	struct x12_numbers in_sets, in_loops;
	bool is_told; /* that one of them has forgotten some, in this interchange */
};

struct x12_tally {
	const struct x12_rules *rules;
	struct seen *seen;
	uint8_t *texts;
	struct shown *shown;   /* by slot; apart, as there is hardly ever one */
	struct value values[]; /* by slot */
};

struct x12_tally *x12_tally_new(const struct x12_rules *rules)
{
	struct x12_tally *t =
		alloc_zeroed(1, sizeof(*t) + rules->slot_count * sizeof(t->values[0]));

	t->rules = rules;
	t->seen = alloc_zeroed(1, sizeof(*t->seen));
	t->texts = alloc_zeroed(rules->texts + 1UL, 1);
	t->shown = alloc_zeroed(rules->slot_count + 1UL, sizeof(*t->shown));
	return t;
}

void x12_tally_free(struct x12_tally *t)
{
	if (!t)
		return;
	x12_numbers_done(&t->seen->in_sets);
	x12_numbers_done(&t->seen->in_loops);
	free(t->seen);
	free(t->texts);
	free(t->shown);
	free(t);
}

void x12_tally_begin(struct x12_tally *t)
{
	x12_numbers_clear(&t->seen->in_sets);
	t->seen->is_told = false;
}

static uint16_t scope_at(const struct x12_rules *rules, uint32_t serial)
{
	return serial == X12_SCOPE_SET ? 0 : rules->scope_of[serial];
}

static void value_clear(struct value *v)
{
	v->count = 0;
	v->sum = (struct decimal){ 0 };
	v->is_wrong = v->is_beyond = false;
	v->n = 0;
}

void x12_tally_enter(struct x12_tally *t, uint32_t serial)
{
	const struct x12_rules *rules = t->rules;
	uint16_t scope = scope_at(rules, serial);

	if (scope == NO_SCOPE)
		return;
	if (scope == 0)
		x12_numbers_clear(&t->seen->in_loops);
	for (size_t i = rules->first_slot[scope]; i < rules->first_slot[scope + 1]; i++)
		value_clear(&t->values[rules->slots_listed[i]]);
}

/* Codes that differ mostly do from their first character on. */
static inline bool code_is(struct slice value, struct slice code)
{
	return value.n == code.n && (value.n == 0 || *value.p == *code.p) && slice_eq(value, code);
}

static bool passes_filter(const struct x12_rule_reference *ref, const struct x12_segment *s,
	const struct x12_delimiters *d)
{
	struct slice code;

	if (ref->filter == 0)
		return true;
	code = x12_value(s, d, ref->filter, 0);
	for (size_t i = 0; i < ref->code_count; i++)
		if (code_is(code, ref->codes[i]))
			return true;
	return false;
}

/* What a tap gets: a segment, and where it stands. */
struct taking {
	struct x12_tally *tally;
	const struct x12_segment *segment;
	const struct x12_delimiters *delimiters;
	const struct x12_place *place;
};

/* Of each value that is taken: no more than people will want to know. */
static void place_keep(struct value *v, const struct taking *from, unsigned element,
	struct slice text)
{
	const struct x12_segment *s = from->segment;

	v->position = from->place->position;
	v->segment = from->place->segment;
	v->offset = from->place->offset;
	v->loop = from->place->loop;
	if (slice_holds(x12_element(s, element), text))
		v->offset = s->offset + (uint64_t)(text.p - s->raw.p);
}

__attribute__((cold)) static void beyond_keep(const struct taking *from, uint16_t at,
	struct slice text)
{
	struct value *v = &from->tally->values[at];
	struct shown *shown = &from->tally->shown[at];

	if (v->is_beyond)
		return;
	v->is_beyond = true;
	place_keep(v, from, from->tally->rules->slots[at].reference.element, text);
	snprintf(shown->text, sizeof(shown->text), "%.*s", SLICE_FMT(slice_to(text, SHOWN_MAX)));
}

static void value_number(const struct taking *from, uint16_t at, struct slice text)
{
	const struct slot *slot = &from->tally->rules->slots[at];
	struct value *v = &from->tally->values[at];
	struct decimal number;
	enum status st =
		decimal_parse(&number, text, slot->type == X12_N ? slot->decimals : 0, NULL);

	if (st == ST_LIMIT || (st == ST_OK && !decimal_add(&v->sum, number)))
		beyond_keep(from, at, text);
	v->is_wrong |= st == ST_INPUT;
}

/* What is longer than its element may be is told there. */
static void value_text(struct value *v, uint8_t *out, const struct slot *slot, struct slice text)
{
	text = slice_to(text, slot->room < VALUE_MAX ? slot->room : VALUE_MAX);
	v->n = (uint16_t)text.n;
	for (size_t i = 0; i < text.n; i++)
		out[i] = text.p[i];
}

static void value_take(const struct taking *from, uint16_t at, struct slice text)
{
	const struct slot *slot = &from->tally->rules->slots[at];
	struct value *v = &from->tally->values[at];

	if (v->count++ == 0)
		place_keep(v, from, slot->reference.element, text);
	if (slot->op == X12_COUNT)
		return;
	if (is_numeric_type(slot->type))
		value_number(from, at, text);
	if (slot->keeps_text)
		value_text(v, from->tally->texts + slot->text_at, slot, text);
}

/* Each repetition counts. */
static void sum_take(const struct taking *from, uint16_t at)
{
	const struct x12_rule_reference *ref = &from->tally->rules->slots[at].reference;
	struct slice one, rest = x12_element(from->segment, ref->element);
	bool more = true;

	while (more) {
		more = slice_cut(&one, &rest, rest, from->delimiters->repetition);
		one = x12_part_cut(one, from->delimiters, ref->part);
		if (one.n > 0)
			value_take(from, at, one);
	}
}

static void tap_take(const struct taking *from, uint16_t at)
{
	const struct slot *slot = &from->tally->rules->slots[at];
	const struct x12_rule_reference *ref = &slot->reference;
	const struct x12_segment *s = from->segment;
	struct slice text;

	if (slot->op == X12_FIRST && from->tally->values[at].count > 0)
		return;
	text = x12_value(s, from->delimiters, ref->element, ref->part);
	if (!passes_filter(ref, s, from->delimiters))
		return;
	if (slot->op == X12_SUM && from->delimiters->repetition && !s->is_plain)
		sum_take(from, at);
	else if (ref->element == 0 || text.n > 0)
		value_take(from, at, text);
}

/* Not inline: of most segments no rule asks anything, and they shall not pay for this. */
__attribute__((noinline)) static void taps_take(
	const struct taking *from, uint32_t first, uint32_t last)
{
	for (uint32_t i = first; i < last; i++)
		tap_take(from, from->tally->rules->taps[i].slot);
}

void x12_tally_take(struct x12_tally *t, uint32_t serial, const struct x12_segment *s,
	const struct x12_delimiters *d, const struct x12_place *place)
{
	const uint32_t *first = &t->rules->first_tap[serial];
	struct taking from = { t, s, d, place };

	if (first[0] < first[1])
		taps_take(&from, first[0], first[1]);
}

/* --- judging ------------------------------------------------------------------- */

enum truth { FALSE, TRUE, UNKNOWN };

struct judging {
	const struct x12_tally *tally;
	const struct x12_rule_tree *tree;
	bool *is_beyond; /* something that it asks for cannot be computed */
};

static enum truth judge(const struct judging *j, uint16_t at);

static bool kept(const struct judging *j, bool is_within)
{
	*j->is_beyond |= !is_within;
	return is_within;
}

/* False: it is not known. */
static bool number_of(const struct judging *j, uint16_t at, struct decimal *out)
{
	const struct x12_rule_node *node = &j->tree->nodes[at];
	const struct value *v = &j->tally->values[node->slot];
	struct decimal right;

	switch (node->op) {
	case X12_NUMBER:
		*out = node->number;
		return true;
	case X12_COUNT:
		*out = decimal_of((int64_t)v->count);
		return true;
	case X12_FIRST:
	case X12_SUM:
		*out = v->sum;
		return kept(j, !v->is_beyond) && !v->is_wrong &&
			(node->op == X12_SUM || v->count > 0);
	default:
		if (!number_of(j, node->left, out) || !number_of(j, node->right, &right))
			return false;
		return kept(j, node->op == X12_PLUS ? decimal_add(out, right)
						    : decimal_subtract(out, right));
	}
}

static bool text_of(const struct judging *j, uint16_t at, struct slice *out)
{
	const struct x12_rule_node *node = &j->tree->nodes[at];
	const struct value *v = &j->tally->values[node->slot];

	if (node->op == X12_TEXT) {
		*out = node->text;
		return true;
	}
	*out = slice_of(j->tally->texts + j->tally->rules->slots[node->slot].text_at, v->n);
	return v->count > 0;
}

static int text_compare(struct slice a, struct slice b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++)
		if (a.p[i] != b.p[i])
			return a.p[i] < b.p[i] ? -1 : 1;
	return (a.n > b.n) - (a.n < b.n);
}

static enum truth order_judge(enum x12_operator op, int order)
{
	switch (op) {
	case X12_EQUAL:
		return order == 0;
	case X12_UNEQUAL:
		return order != 0;
	case X12_LESS:
		return order < 0;
	case X12_LESS_OR_EQUAL:
		return order <= 0;
	case X12_MORE_THAN:
		return order > 0;
	default:
		return order >= 0;
	}
}

static enum truth comparison_judge(const struct judging *j, const struct x12_rule_node *node)
{
	struct decimal left, right;
	struct slice a, b;

	if (is_numeric(j->tally->rules, &j->tree->nodes[node->left]))
		return number_of(j, node->left, &left) && number_of(j, node->right, &right) ?
			order_judge(node->op, decimal_compare(left, right)) : UNKNOWN;
	return text_of(j, node->left, &a) && text_of(j, node->right, &b) ?
		order_judge(node->op, text_compare(a, b)) : UNKNOWN;
}

static enum truth in_judge(const struct judging *j, const struct x12_rule_node *node)
{
	struct slice value;

	if (!text_of(j, node->left, &value))
		return UNKNOWN;
	for (uint16_t item = node->right; item != X12_NO_NODE; item = j->tree->nodes[item].right)
		if (slice_eq(value, j->tree->nodes[j->tree->nodes[item].left].text))
			return TRUE;
	return FALSE;
}

/* Where values of this slot are remembered. */
static struct x12_numbers *seen_of(const struct judging *j, uint16_t slot)
{
	struct seen *seen = j->tally->seen;

	return j->tally->rules->slot_scopes[slot] == 0 ? &seen->in_sets : &seen->in_loops;
}

/* Judging it is what makes it known: each unique() has values of its own. */
static enum truth unique_judge(const struct judging *j, const struct x12_rule_node *node)
{
	const uint16_t slot = j->tree->nodes[node->left].slot;
	struct slice value, owner = { (const uint8_t *)&slot, sizeof(slot) };

	if (!text_of(j, node->left, &value))
		return UNKNOWN;
	return x12_numbers_add(seen_of(j, slot), owner, value);
}

/* As unique(): it is asked first, and known then, so that nothing is earlier than itself. */
static enum truth earlier_judge(const struct judging *j, const struct x12_rule_node *node)
{
	/* of two numbers: no unique()'s */
	const uint16_t slots[] = { j->tree->nodes[node->right].slot, UINT16_MAX };
	struct slice value, known, owner = { (const uint8_t *)slots, sizeof(slots) };
	struct x12_numbers *seen = seen_of(j, slots[0]);
	enum truth found = UNKNOWN;

	if (text_of(j, node->left, &value))
		found = x12_numbers_has(seen, owner, value) || seen->has_forgotten;
	if (text_of(j, node->right, &known))
		(void)x12_numbers_add(seen, owner, known);
	return found;
}

static enum truth not(enum truth t)
{
	return t == UNKNOWN ? UNKNOWN : t == TRUE ? FALSE : TRUE;
}

/* Kleene: what is known decides, if it can alone. */
static enum truth both(enum truth a, enum truth b)
{
	return a == FALSE || b == FALSE ? FALSE : a == TRUE && b == TRUE ? TRUE : UNKNOWN;
}

static enum truth judge(const struct judging *j, uint16_t at)
{
	const struct x12_rule_node *node = &j->tree->nodes[at];

	switch (node->op) {
	case X12_AND:
		return both(judge(j, node->left), judge(j, node->right));
	case X12_OR:
		return not(both(not(judge(j, node->left)), not(judge(j, node->right))));
	case X12_NOT:
		return not(judge(j, node->left));
	case X12_PRESENT:
		return j->tally->values[j->tree->nodes[node->left].slot].count > 0;
	case X12_IN:
		return in_judge(j, node);
	case X12_UNIQUE:
		return unique_judge(j, node);
	case X12_EARLIER:
		return earlier_judge(j, node);
	default:
		return comparison_judge(j, node);
	}
}

/* --- telling ------------------------------------------------------------------- */

/* Both with as many places, as people write sums of money. */
static void numbers_put(struct buf *out, struct decimal left, struct decimal right)
{
	unsigned a = decimal_places(left), b = decimal_places(right);

	buf_put_text(out, ": ");
	decimal_put_places(out, left, b);
	buf_put_text(out, " against ");
	decimal_put_places(out, right, a);
}

/* ": 100.0 against 98.5", when it is one comparison; ": T1 again" of what is not unique. */
static void sides_put(struct buf *out, const struct judging *j)
{
	const struct x12_rule_node *root = &j->tree->nodes[j->tree->root];
	struct decimal left, right;
	struct slice a, b;

	if (root->op == X12_UNIQUE && text_of(j, root->left, &a))
		buf_putf(out, ": %.*s again", SLICE_FMT(a));
	if (root->op == X12_EARLIER && text_of(j, root->left, &a))
		buf_putf(out, ": no earlier one has %.*s", SLICE_FMT(a));
	if (!is_comparison(root->op))
		return;
	if (is_numeric(j->tally->rules, &j->tree->nodes[root->left])) {
		if (!number_of(j, root->left, &left) || !number_of(j, root->right, &right))
			return;
		numbers_put(out, left, right);
	} else if (text_of(j, root->left, &a) && text_of(j, root->right, &b)) {
		buf_putf(out, ": %.*s against %.*s", SLICE_FMT(a), SLICE_FMT(b));
	}
}

#define NO_SLOT UINT16_MAX

/* A value that the expression asks for: one that is alone says more than a sum; NO_SLOT: none. */
static uint16_t named_find(const struct judging *j, bool is_beyond)
{
	uint16_t sum = NO_SLOT;

	for (size_t i = 0; i < j->tree->count; i++) {
		const struct x12_rule_node *node = &j->tree->nodes[i];
		bool is_first = node->op == X12_FIRST;
		const struct value *v = &j->tally->values[node->slot];

		if ((!is_first && node->op != X12_SUM && node->op != X12_COUNT) || v->count == 0 ||
			(is_beyond && !v->is_beyond))
			continue;
		if (is_first || is_beyond)
			return node->slot;
		sum = sum == NO_SLOT ? node->slot : sum;
	}
	return sum;
}

/* Of the first expression that names one. */
static uint16_t named_by(const struct judging *a, const struct judging *b, bool is_beyond)
{
	uint16_t found = named_find(a, is_beyond);

	return found == NO_SLOT ? named_find(b, is_beyond) : found;
}

/* The element that the rule names, or what it is about when there is none of those. */
static struct x12_place named_place(const struct x12_tally *t, uint16_t slot,
	const struct x12_place *here, char id[X12_ID_MAX + 1])
{
	struct x12_place place = *here;
	const struct value *v;
	const struct x12_rule_reference *ref;

	if (slot == NO_SLOT)
		return place;
	v = &t->values[slot];
	ref = &t->rules->slots[slot].reference;
	place.segment = v->segment;
	place.position = v->position;
	place.offset = v->offset;
	place.loop = v->loop;
	place.element = ref->element;
	place.part = ref->part;
	place.repetition = 0;
	place.id = x12_id_text(id, ref->id);
	return place;
}

__attribute__((cold)) static void rule_tell(const struct rule *rule, const struct judging *when,
	const struct judging *expect, struct x12_report *r)
{
	AUTO_IN_PLACE(buf) sides = buf_init(FAULT_TEXT_MAX);
	const struct x12_place here = r->place;
	char id[X12_ID_MAX + 1];

	sides_put(&sides, expect);
	r->place = named_place(expect->tally, named_by(expect, when, false), &here, id);
	x12_report_rule(r, rule->text, rule->text->severity, "%s%s", rule->text->says,
		buf_text(&sides));
	r->place = here;
}

/*
 * In silence, a payment that does not match its items would be one with a long enough number.  An
 * error, whatever the rule is: nobody knows what it says.
 */
__attribute__((cold)) static void beyond_tell(const struct rule *rule, const struct judging *when,
	const struct judging *expect, struct x12_report *r)
{
	const uint16_t slot = named_by(when, expect, true);
	const struct x12_place here = r->place;
	const char *shown = slot == NO_SLOT ? NULL : expect->tally->shown[slot].text;
	char id[X12_ID_MAX + 1];

	r->place = named_place(expect->tally, slot, &here, id);
	x12_report_rule(r, rule->text, X12_ERROR,
		"%s: it cannot be judged%s%s%s: a number has more than %d digits before the point "
		"or %d behind it",
		rule->text->says, shown ? " by \"" : "", shown ? shown : "", shown ? "\"" : "",
		DECIMAL_DIGITS_MAX, DECIMAL_PLACES);
	r->place = here;
}

static void rule_judge(const struct x12_tally *t, const struct rule *rule, struct x12_report *r)
{
	bool is_beyond = false;
	struct judging when = { t, &rule->when, &is_beyond },
		       expect = { t, &rule->expect, &is_beyond };
	enum truth asked = rule->when.count > 0 ? judge(&when, rule->when.root) : TRUE;
	enum truth held = asked == TRUE ? judge(&expect, rule->expect.root) : UNKNOWN;

	if (held == FALSE)
		rule_tell(rule, &when, &expect, r);
	else if (asked != FALSE && held == UNKNOWN && is_beyond)
		beyond_tell(rule, &when, &expect, r);
}

/* Memory is bounded: what is not known any more is not passed off as unique. */
__attribute__((cold)) static void forgotten_tell(struct seen *seen, struct x12_report *r)
{
	seen->is_told = true;
	x12_report(r, X12_NUMBERS_MANY,
		"rules with unique() have more than %d values to remember: one that comes again "
		"from here on may not be seen",
		X12_RANGES_MAX);
}

static void forgotten_check(struct seen *seen, struct x12_report *r)
{
	if (!seen->is_told && (seen->in_sets.has_forgotten || seen->in_loops.has_forgotten))
		forgotten_tell(seen, r);
}

bool x12_tally_judges(const struct x12_tally *t, uint32_t serial)
{
	return scope_at(t->rules, serial) != NO_SCOPE;
}

void x12_tally_leave(struct x12_tally *t, uint32_t serial, struct x12_report *r)
{
	const struct x12_rules *rules = t->rules;
	uint16_t scope = scope_at(rules, serial);

	if (scope == NO_SCOPE)
		return;
	for (size_t i = rules->first_rule[scope]; i < rules->first_rule[scope + 1]; i++)
		rule_judge(t, &rules->rules[rules->rules_listed[i]], r);
	forgotten_check(t->seen, r);
}
