/* SPDX-License-Identifier: Apache-2.0 */
/* By recursive descent, one function a line of the grammar in rules.h. */
#include "documents/x12/rule_syntax.h"

struct parse {
	struct x12_rule_tree *tree;
	struct slice text;
	size_t at;
	unsigned depth;
	struct fault *fault;
};

static enum status expression_parse(struct parse *p, uint16_t *out);

/* --- characters ---------------------------------------------------------------- */

static void blanks_skip(struct parse *p)
{
	while (p->at < p->text.n && (p->text.p[p->at] == ' ' || p->text.p[p->at] == '\n'))
		p->at++;
}

static enum status expected(const struct parse *p, const char *what)
{
	struct slice rest = slice_to(slice_from(p->text, p->at), 20);

	return fault_at(p->fault, ST_INPUT, p->at, "x12.rule.syntax", "%s is expected%s%.*s%s",
		what, rest.n ? " before \"" : " at the end", SLICE_FMT(rest), rest.n ? "\"" : "");
}

static bool symbol_take(struct parse *p, const char *symbol)
{
	blanks_skip(p);
	if (!slice_has_prefix(slice_from(p->text, p->at), slice_str(symbol)))
		return false;
	p->at += slice_str(symbol).n;
	return true;
}

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static struct slice word_peek(struct parse *p)
{
	size_t n = 0;

	blanks_skip(p);
	while (p->at + n < p->text.n && is_word(p->text.p[p->at + n]))
		n++;
	return slice_sub(p->text, p->at, n);
}

static bool word_take(struct parse *p, const char *word)
{
	if (!slice_eq(word_peek(p), slice_str(word)))
		return false;
	p->at += slice_str(word).n;
	return true;
}

static enum status symbol_need(struct parse *p, const char *symbol)
{
	return symbol_take(p, symbol) ? ST_OK : expected(p, symbol);
}

/* --- nodes --------------------------------------------------------------------- */

static enum status node_add(struct parse *p, uint16_t *out, struct x12_rule_node node)
{
	if (p->tree->count == X12_RULE_NODES_MAX)
		return fault_set(p->fault, ST_LIMIT, "x12.rule.size",
			"the expression has more than %d parts", X12_RULE_NODES_MAX);
	*out = (uint16_t)p->tree->count++;
	p->tree->nodes[*out] = node;
	return ST_OK;
}

static enum status pair_add(
	struct parse *p, uint16_t *out, enum x12_operator op, uint16_t left, uint16_t right)
{
	return node_add(p, out, (struct x12_rule_node){ .op = op, .left = left, .right = right });
}

static enum status leaf_add(struct parse *p, uint16_t *out, struct x12_rule_node node)
{
	node.left = node.right = X12_NO_NODE;
	return node_add(p, out, node);
}

/* --- references ---------------------------------------------------------------- */

static unsigned two_digits(struct slice word, size_t at)
{
	return (unsigned)(word.p[at] - '0') * 10 + (unsigned)(word.p[at + 1] - '0');
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* "BIG02" is BIG and 2, "N104" is N1 and 4, "N1" the segment: two digits at the end, id before. */
static enum status name_split(struct parse *p, struct slice word, uint32_t *id, uint8_t *element)
{
	size_t n = word.n;

	*element = 0;
	if (n >= 4 && is_digit(word.p[n - 1]) && is_digit(word.p[n - 2])) {
		*element = (uint8_t)two_digits(word, n - 2);
		n -= 2;
	}
	*id = x12_id(slice_to(word, n));
	if (*id == 0 || n < 2 || (*element == 0 && n < word.n))
		return expected(
			p, "a segment or element, as BIG or BIG02, or a text, as 'INV1',");
	return ST_OK;
}

static enum status code_take(struct parse *p, struct slice *out)
{
	if (symbol_take(p, "'")) {
		size_t n;

		if (!slice_find_byte(&n, slice_from(p->text, p->at), '\''))
			return expected(p, "the closing '");
		*out = slice_sub(p->text, p->at, n);
		p->at += n + 1;
		return ST_OK;
	}
	*out = word_peek(p);
	p->at += out->n;
	return out->n > 0 ? ST_OK : expected(p, "a code");
}

static enum status filter_parse(struct parse *p, struct x12_rule_reference *ref)
{
	struct slice word;
	uint32_t id;

	if (!symbol_take(p, "["))
		return ST_OK;
	word = word_peek(p);
	TRY(name_split(p, word, &id, &ref->filter));
	if (id != ref->id || ref->filter == 0)
		return expected(p, "an element of the same segment");
	p->at += word.n;
	TRY(symbol_need(p, "="));
	do {
		if (ref->code_count == X12_RULE_CODES_MAX)
			return expected(p, "no more than 16 codes");
		TRY(code_take(p, &ref->codes[ref->code_count++]));
	} while (symbol_take(p, "|"));
	return symbol_need(p, "]");
}

static enum status part_parse(struct parse *p, struct x12_rule_reference *ref)
{
	/* Without blanks: "SLN05-2" is a part, "TDS01 - 2" a difference. */
	if (p->at + 1 >= p->text.n || p->text.p[p->at] != '-' || !is_digit(p->text.p[p->at + 1]))
		return ST_OK;
	ref->part = (uint8_t)(p->text.p[p->at + 1] - '0');
	p->at += 2;
	return ref->part > 0 && ref->element > 0 ? ST_OK : expected(p, "a component from 1");
}

static enum status reference_parse(struct parse *p, struct x12_rule_reference *ref)
{
	struct slice word = word_peek(p);
	size_t from = p->at;

	*ref = (struct x12_rule_reference){ 0 };
	while (word.n > 0 && p->at + word.n < p->text.n && p->text.p[p->at + word.n] == '/') {
		ref->loop = slice_sub(p->text, from, p->at + word.n - from);
		p->at += word.n + 1;
		word = word_peek(p);
	}
	TRY(name_split(p, word, &ref->id, &ref->element));
	p->at += word.n;
	TRY(part_parse(p, ref));
	return filter_parse(p, ref);
}

static void id_put(struct buf *out, uint32_t id)
{
	for (int shift = 8 * (X12_ID_MAX - 1); shift >= 0; shift -= 8)
		if (id >> shift & 0xff)
			buf_put_u8(out, (uint8_t)(id >> shift & 0xff));
}

void x12_rule_reference_put(struct buf *out, const struct x12_rule_reference *ref)
{
	if (ref->loop.n > 0)
		buf_putf(out, "%.*s/", SLICE_FMT(ref->loop));
	id_put(out, ref->id);
	if (ref->element > 0)
		buf_putf(out, "%02u", ref->element);
	if (ref->part > 0)
		buf_putf(out, "-%u", ref->part);
	for (size_t i = 0; i < ref->code_count; i++) {
		buf_put_u8(out, i == 0 ? '[' : '|');
		if (i == 0) {
			id_put(out, ref->id);
			buf_putf(out, "%02u=", ref->filter);
		}
		buf_put(out, ref->codes[i]);
	}
	if (ref->code_count > 0)
		buf_put_u8(out, ']');
}

/* --- terms --------------------------------------------------------------------- */

static enum status number_parse(struct parse *p, uint16_t *out)
{
	struct x12_rule_node node = { .op = X12_NUMBER };
	size_t n = p->text.p[p->at] == '-';

	while (p->at + n < p->text.n &&
		(is_digit(p->text.p[p->at + n]) || p->text.p[p->at + n] == '.'))
		n++;
	node.text = slice_sub(p->text, p->at, n);
	if (decimal_parse(&node.number, node.text, 0, NULL) != ST_OK)
		return expected(p, "a number");
	p->at += n;
	return leaf_add(p, out, node);
}

static enum status call_parse(struct parse *p, enum x12_operator op, uint16_t *out)
{
	struct x12_rule_node node = { .op = op };

	TRY(symbol_need(p, "("));
	TRY(reference_parse(p, &node.reference));
	if (op == X12_SUM && node.reference.element == 0)
		return expected(p, "an element to add up, as RMR04,");
	TRY(symbol_need(p, ")"));
	return leaf_add(p, out, node);
}

static enum status first_parse(struct parse *p, uint16_t *out)
{
	struct x12_rule_node node = { .op = X12_FIRST };

	TRY(reference_parse(p, &node.reference));
	if (node.reference.element == 0)
		return expected(p, "an element, as BIG02,");
	return leaf_add(p, out, node);
}

static enum status term_parse(struct parse *p, uint16_t *out)
{
	struct x12_rule_node text = { .op = X12_TEXT };

	if (word_take(p, "sum"))
		return call_parse(p, X12_SUM, out);
	if (word_take(p, "count"))
		return call_parse(p, X12_COUNT, out);
	blanks_skip(p);
	if (p->at < p->text.n && p->text.p[p->at] == '\'') {
		TRY(code_take(p, &text.text));
		return leaf_add(p, out, text);
	}
	if (p->at < p->text.n && (is_digit(p->text.p[p->at]) || p->text.p[p->at] == '-'))
		return number_parse(p, out);
	return first_parse(p, out);
}

static enum status sum_parse(struct parse *p, uint16_t *out)
{
	uint16_t right;

	TRY(term_parse(p, out));
	for (;;) {
		enum x12_operator op = symbol_take(p, "+") ? X12_PLUS :
			symbol_take(p, "-")                ? X12_LESS_BY : X12_OR;

		if (op == X12_OR)
			return ST_OK;
		TRY(term_parse(p, &right));
		TRY(pair_add(p, out, op, *out, right));
	}
}

/* --- conditions ---------------------------------------------------------------- */

/* Longer ones first: "<=" begins with "<". */
static const struct {
	const char *symbol;
	enum x12_operator op;
} comparisons[] = {
	{ "<=", X12_LESS_OR_EQUAL },
	{ ">=", X12_MORE_OR_EQUAL },
	{ "!=", X12_UNEQUAL },
	{ "=", X12_EQUAL },
	{ "<", X12_LESS },
	{ ">", X12_MORE_THAN },
};

static enum status items_parse(struct parse *p, uint16_t *out)
{
	uint16_t item, rest = X12_NO_NODE;

	TRY(symbol_need(p, "("));
	do {
		struct x12_rule_node value = { .op = X12_TEXT };

		TRY(code_take(p, &value.text));
		TRY(leaf_add(p, &item, value));
		TRY(pair_add(p, &rest, X12_ITEM, item, rest));
	} while (symbol_take(p, ","));
	*out = rest;
	return symbol_need(p, ")");
}

/* Codes are texts: a number that was computed has none to compare. */
static enum status in_parse(struct parse *p, uint16_t left, uint16_t *out)
{
	bool negated = word_take(p, "not");
	uint16_t items;

	if (!slice_eq(word_peek(p), S("in")))
		return expected(p, "a comparison (=, !=, <, <=, >, >=, in)");
	if (p->tree->nodes[left].op != X12_FIRST)
		return expected(p, "an element, as OTI01,");
	(void)word_take(p, "in");
	TRY(items_parse(p, &items));
	TRY(pair_add(p, out, X12_IN, left, items));
	return negated ? pair_add(p, out, X12_NOT, *out, X12_NO_NODE) : ST_OK;
}

static enum status comparison_parse(struct parse *p, uint16_t *out)
{
	uint16_t left, right;

	TRY(sum_parse(p, &left));
	for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++)
		if (symbol_take(p, comparisons[i].symbol)) {
			TRY(sum_parse(p, &right));
			return pair_add(p, out, comparisons[i].op, left, right);
		}
	return in_parse(p, left, out);
}

static enum status present_parse(struct parse *p, bool absent, uint16_t *out)
{
	uint16_t value;

	TRY(call_parse(p, X12_COUNT, &value));
	TRY(pair_add(p, out, X12_PRESENT, value, X12_NO_NODE));
	return absent ? pair_add(p, out, X12_NOT, *out, X12_NO_NODE) : ST_OK;
}

static enum status unique_parse(struct parse *p, uint16_t *out)
{
	uint16_t value;

	TRY(symbol_need(p, "("));
	TRY(first_parse(p, &value));
	TRY(symbol_need(p, ")"));
	return pair_add(p, out, X12_UNIQUE, value, X12_NO_NODE);
}

static enum status earlier_parse(struct parse *p, uint16_t *out)
{
	uint16_t value, of;

	TRY(symbol_need(p, "("));
	TRY(first_parse(p, &value));
	TRY(symbol_need(p, ","));
	TRY(first_parse(p, &of));
	TRY(symbol_need(p, ")"));
	return pair_add(p, out, X12_EARLIER, value, of);
}

static enum status condition_parse(struct parse *p, uint16_t *out)
{
	if (word_take(p, "not")) {
		TRY(condition_parse(p, out));
		return pair_add(p, out, X12_NOT, *out, X12_NO_NODE);
	}
	if (word_take(p, "present"))
		return present_parse(p, false, out);
	if (word_take(p, "absent"))
		return present_parse(p, true, out);
	if (word_take(p, "unique"))
		return unique_parse(p, out);
	if (word_take(p, "earlier"))
		return earlier_parse(p, out);
	if (!symbol_take(p, "("))
		return comparison_parse(p, out);
	TRY(expression_parse(p, out));
	return symbol_need(p, ")");
}

static enum status and_parse(struct parse *p, uint16_t *out)
{
	uint16_t right;

	TRY(condition_parse(p, out));
	while (word_take(p, "and")) {
		TRY(condition_parse(p, &right));
		TRY(pair_add(p, out, X12_AND, *out, right));
	}
	return ST_OK;
}

static enum status or_parse(struct parse *p, uint16_t *out)
{
	uint16_t right;

	TRY(and_parse(p, out));
	while (word_take(p, "or")) {
		TRY(and_parse(p, &right));
		TRY(pair_add(p, out, X12_OR, *out, right));
	}
	return ST_OK;
}

static enum status expression_parse(struct parse *p, uint16_t *out)
{
	enum status st;

	if (p->depth == X12_RULE_DEPTH_MAX)
		return fault_set(p->fault, ST_LIMIT, "x12.rule.size",
			"more than %d brackets within each other", X12_RULE_DEPTH_MAX);
	p->depth++;
	st = or_parse(p, out);
	p->depth--;
	return st;
}

enum status x12_rule_parse(struct x12_rule_tree *out, struct slice text, struct fault *f)
{
	struct parse p = { .tree = out, .text = text, .fault = f };

	out->count = 0;
	TRY(expression_parse(&p, &out->root));
	blanks_skip(&p);
	return p.at == text.n ? ST_OK : expected(&p, "\"and\", \"or\" or the end");
}
