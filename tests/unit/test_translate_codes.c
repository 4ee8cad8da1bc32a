/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What mappings write is what their guides take: each row has its place, and each constant and each
 * code of its tables is a value of the element it stands in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "documents/translate/mapping.h"
#include "documents/x12/elements.h"
#include "documents/x12/guide_set.h"

#define ANY S("~") /* a value that is the document's */

static const struct x12_delimiters delimiters = { .element = '*', .component = '>', .segment = 0 };
static unsigned wrong, values;

struct example {
	const struct translate_mapping *mapping;
	const struct translate_row *row;
	struct slice elements[X12_ELEMENTS_MAX];
	struct x12_segment segment;
};

static bool is_ours(enum translate_conversion conversion)
{
	return conversion == TR_CONSTANT || conversion == TR_OPTIONAL || conversion == TR_WRITTEN ||
		conversion == TR_CODE;
}

static void tell(const struct example *e, size_t element, const char *why)
{
	print_error("%.*s-%.*s: %.*s%02zu in \"%.*s\" is \"%.*s\": %s\n",
		SLICE_FMT(e->mapping->document), SLICE_FMT(e->mapping->set),
		SLICE_FMT(e->row->segment), element, SLICE_FMT(e->row->loop),
		SLICE_FMT(element ? e->elements[element - 1] : S("")), why);
	wrong++;
}

/* --- one example beside one variant of the guide ---------------------------------- */

/* Of a composite the first part is written. */
static bool takes(const struct x12_element_rule *rule, struct slice value)
{
	const struct x12_element_rule *own = rule->part_count > 0 ? &rule->parts[0] : rule;

	return rule->use != X12_UNUSED &&
		(slice_eq(value, ANY) || x12_value_check(own, NULL, value) == X12_FINE);
}

/* How many of our values the variant does not take; each is told when it is the only variant. */
static unsigned refused(const struct example *e, const struct x12_variant *v, bool is_told)
{
	unsigned count = 0;

	for (size_t i = 0; i < e->segment.count; i++) {
		struct slice value = e->elements[i];
		bool is_taken = value.n == 0 ||
			(i < v->element_count && takes(&v->elements[i], value));

		count += !is_taken;
		if (!is_taken && is_told)
			tell(e, i + 1, "its guide does not take that");
	}
	return count;
}

/* Where a value is the document's its codes are not known: every variant may be meant. */
static bool may_be(const struct example *e, const struct x12_variant *v)
{
	for (size_t i = 0; i < v->when_count; i++) {
		const struct x12_when *when = &v->when[i];
		struct slice value = x12_value(&e->segment, &delimiters, when->element, when->part);

		if (!slice_eq(value, ANY) && !x12_code_find(&when->codes, value))
			return false;
	}
	return true;
}

struct search {
	const struct example *example;
	unsigned places; /* that it may have */
	bool is_right;   /* one of them takes it */
	const struct x12_variant *last;
};

static void variants_try(struct search *s, const struct x12_position *p)
{
	for (size_t i = 0; i < p->variant_count; i++) {
		const struct x12_variant *v = &p->variants[i];
		const struct x12_variant *first = p->is_loop ? v->body[0].variants : v;

		if (p->use == X12_UNUSED || v->use == X12_UNUSED || !may_be(s->example, v))
			continue;
		s->places++;
		s->last = first;
		s->is_right |= refused(s->example, first, false) == 0;
	}
}

static void body_try(struct search *, const struct x12_position *, size_t count, struct slice loop);

/* Of a row that opens a loop the last name is the loop's own. */
static void loop_try(struct search *s, const struct x12_position *p, struct slice loop)
{
	struct slice name, rest;
	bool is_deeper = slice_cut(&name, &rest, loop, '/');

	if (!slice_eq(slice_str(p->name), name))
		return;
	for (size_t i = 0; i < p->variant_count; i++)
		if (p->variants[i].use != X12_UNUSED)
			body_try(s, p->variants[i].body, p->variants[i].body_count,
				is_deeper ? rest : S(""));
	if (!is_deeper && p->id == x12_id(s->example->row->segment))
		variants_try(s, p);
}

static void body_try(
	struct search *s, const struct x12_position *body, size_t count, struct slice loop)
{
	for (size_t i = 0; i < count; i++) {
		if (body[i].is_loop && loop.n > 0)
			loop_try(s, &body[i], loop);
		else if (!body[i].is_loop && loop.n == 0 &&
			body[i].id == x12_id(s->example->row->segment))
			variants_try(s, &body[i]);
	}
}

static void example_check(struct example *e, const struct x12_guide *guide)
{
	struct search s = { .example = e };

	e->segment = (struct x12_segment){ .id = e->row->segment,
		.packed = x12_id(e->row->segment),
		.elements = e->elements,
		.count = X12_ELEMENTS_MAX,
		.is_plain = true };
	body_try(&s, guide->body, guide->body_count, e->row->loop);
	values++;
	if (s.places == 0)
		tell(e, 0, "it has no place in its guide");
	else if (!s.is_right)
		refused(e, s.last, true);
}

/* --- all that a row may say of itself ---------------------------------------------- */

static void value_set(struct example *e, const struct translate_element *element)
{
	struct slice *out = &e->elements[element->number - 1];

	*out = element->conversion == TR_CODE ? element->codes[0].code :
		is_ours(element->conversion)  ? element->text : ANY;
}

/* Each code of each table once; the other elements have the first of theirs. */
static void row_check(const struct translate_mapping *m, const struct translate_row *row,
	const struct x12_guide *guide)
{
	struct example e = { .mapping = m, .row = row };

	for (size_t i = 0; i < row->element_count; i++)
		if (row->elements[i].number > 0)
			value_set(&e, &row->elements[i]);
	example_check(&e, guide);
	for (size_t i = 0; i < row->element_count; i++) {
		const struct translate_element *element = &row->elements[i];

		for (size_t c = 1; element->conversion == TR_CODE && c < element->code_count; c++) {
			e.elements[element->number - 1] = element->codes[c].code;
			example_check(&e, guide);
		}
		if (element->number > 0)
			value_set(&e, element);
	}
}

static void what_is_written_its_guide_takes(void **state)
{
	AUTO_IN_PLACE(x12_guide_set) guides;
	struct fault f;

	(void)state;
	x12_guide_set_init(&guides);
	for (size_t i = 0; i < translate_mapping_count; i++) {
		const struct translate_mapping *m = &translate_mappings[i];
		struct x12_choice choice = { .count = 0 };

		if (x12_choice_add(&choice, &guides, m->guide, &f) != ST_OK)
			fail_msg("%s", f.text);
		for (size_t row = 0; row < m->row_count; row++)
			if (!m->rows[row].is_read_only)
				row_check(m, &m->rows[row], choice.list[0].guide);
	}
	assert_true(values > 300);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_its_guide_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
