/* SPDX-License-Identifier: Apache-2.0 */
/* Each segment beside the first row that it is; what no row takes is told. */
#include "documents/translate/reading.h"

#include "documents/der/scalar.h"
#include "documents/translate/convert.h"

/* A segment that is being read, and where. */
struct spot {
	struct reading *reading;
	const struct x12_segment *segment;
	const struct x12_place *place;
	const struct translate_row *row;
	struct tree_node *item;
	uint64_t taken[2]; /* bit n: element n was */
};

/* --- elements --- */

static void unsaid(const struct spot *s, unsigned element, const char *why)
{
	struct reading *r = s->reading;

	translate_note_element(r->notes, r->mapping, s->place, element,
		element ? x12_element(s->segment, element) : slice_to(s->segment->raw,
			s->segment->raw.n - 1), why);
}

/* Whether the schema would take it. */
static bool value_fits(const struct der_node *schema, struct slice value)
{
	struct der_frame frame = { .node = schema };
	struct der_place place = { &frame, 1 };
	struct der_report report = { .in = value };
	struct json_event event = { .kind = JSON_IS_STRING, .text = { .raw = value } };

	if (!schema)
		return true;
	if (schema->type == DER_INTEGER)
		event.kind = JSON_IS_NUMBER;
	if (schema->type == DER_BOOLEAN)
		event.kind = slice_eq(value, S("true")) ? JSON_IS_TRUE : JSON_IS_FALSE;
	return der_scalar_check(&report, &place, &event);
}

static bool is_number(enum translate_conversion c)
{
	return c == TR_DECIMAL || c == TR_MONEY || c == TR_CENTS || c == TR_INTEGER;
}

/* Series are beside each other only when their intervals are the same. */
static enum status series_fault(const struct spot *s, struct fault *f)
{
	return fault_set(f, ST_INPUT, "translate.series",
		"segment %llu: an interval that the series before it does not have",
		(unsigned long long)s->place->segment);
}

static bool is_of_series(const struct spot *s)
{
	unsigned list = s->row->opens ? s->row->opens : s->row->scope;

	return list > 0 && s->reading->mapping->lists[list - 1].is_again;
}

/* A day is known, and now its moment. */
static bool is_finer(
	const struct translate_element *e, struct slice before, struct slice value)
{
	return e->conversion == TR_TIME && slice_eq(slice_from(before, 10), S("T00:00:00.000Z")) &&
		slice_eq(slice_to(before, 10), slice_to(value, 10));
}

/* A text that goes on, as far as the schema lets it; what is said twice is the same, or is told. */
static enum status again(struct spot *s, const struct translate_element *e,
	struct tree_node *member, struct slice value, struct fault *f)
{
	AUTO_IN_PLACE(buf) whole = buf_init(TREE_TEXT_MAX);

	buf_put(&whole, member->text);
	buf_put(&whole, value);
	if (e->conversion == TR_LINES && value_fits(member->schema, buf_slice(&whole)))
		tree_set(s->reading->tree, member, buf_slice(&whole));
	else if (is_finer(e, member->text, value))
		tree_set(s->reading->tree, member, value);
	else if (is_of_series(s) && !slice_eq(member->text, value))
		return series_fault(s, f);
	else if (e->conversion == TR_LINES || !slice_eq(member->text, value))
		unsaid(s, e->number, "translate.twice");
	return tree_check(s->reading->tree, f);
}

/* A pointer to all of a document is no text; where CONVERT_WHOLE is one, it is that. */
static bool is_whole(const struct translate_element *e, const struct der_node *member,
	struct slice value)
{
	return e->conversion == TR_LINES && slice_eq(value, S(CONVERT_WHOLE)) &&
		!value_fits(member, value) && value_fits(member, S(""));
}

static enum status value_take(
	struct spot *s, const struct translate_element *e, struct slice value, struct fault *f)
{
	struct tree *t = s->reading->tree;
	struct tree_node *base = e->is_item ? s->item : t->root, *member;

	if (is_whole(e, tree_schema(base, e->pointer), value))
		value = S("");
	member = tree_find(base, e->pointer);
	if (member && member->text.n > 0)
		return again(s, e, member, value, f);
	if (!value_fits(tree_schema(base, e->pointer), value)) {
		if (is_number(e->conversion))
			return fault_set(f, ST_INPUT, "translate.number",
				"segment %llu: a number that the document cannot have at %.*s",
				(unsigned long long)s->place->segment, SLICE_FMT(e->pointer));
		unsaid(s, e->number, "translate.value");
		return ST_OK;
	}
	return tree_put(t, base, e->pointer, value, f);
}

static void span_mark(struct spot *s, const struct translate_element *e)
{
	for (unsigned i = e->number; i < e->number + convert_span(e->conversion); i++)
		s->taken[i / 64] |= UINT64_C(1) << i % 64;
}

/* The kind of an id follows from it, and is told where it does not. */
static enum status qualifier_look(struct spot *s, const struct translate_element *e)
{
	const struct translate_row *row = s->row;

	for (size_t i = 0; i < row->element_count; i++) {
		const struct translate_element *id = &row->elements[i];
		struct slice value = x12_element(s->segment, id->number);

		if (id->conversion == TR_TEXT && slice_eq(id->pointer, e->pointer) &&
			!slice_eq(x12_element(s->segment, e->number), convert_qualifier(value)))
			unsaid(s, e->number, "translate.place");
	}
	return ST_OK;
}

static enum status element_take(struct spot *s, const struct translate_element *e, struct fault *f)
{
	struct reading *r = s->reading;
	struct convert_x12 in = { .values = { x12_element(s->segment, e->number) } };
	struct tree_node *begin;
	struct slice from = S("");
	struct fault why;

	for (unsigned i = 1; i < convert_span(e->conversion); i++)
		in.values[i] = x12_element(s->segment, e->number + i);
	if (in.values[0].n == 0)
		return ST_OK;
	span_mark(s, e);
	if (e->conversion == TR_CONSTANT || e->conversion == TR_ORDINAL)
		return ST_OK;
	if (e->conversion == TR_QUALIFIER)
		return qualifier_look(s, e);
	if (e->conversion == TR_WRITTEN && !slice_eq(in.values[0], e->text))
		unsaid(s, e->number, "translate.place");
	if (e->conversion == TR_WRITTEN)
		return ST_OK;
	buf_clear(&r->value);
	if (e->conversion == TR_END && (begin = tree_find(s->item, e->text)))
		from = begin->text;
	if (convert_from_x12(&r->value, e, &in, from, &why) == ST_OK)
		return value_take(s, e, buf_slice(&r->value), f);
	if (is_number(e->conversion))
		return fault_set(f, why.status, why.code, "segment %llu: %s",
			(unsigned long long)s->place->segment, why.text);
	unsaid(s, e->number, why.code);
	return ST_OK;
}

/* --- rows --- */

/* An id that we wrote tells rows apart as a constant does: nobody else's looks like it. */
static bool is_uuid(const struct translate_element *e, struct slice value)
{
	struct convert_x12 in = { .values = { value } };
	AUTO_IN_PLACE(buf) text = buf_init(64);

	return convert_from_x12(&text, e, &in, S(""), NULL) == ST_OK;
}

bool reading_has_constants(const struct translate_row *row, const struct x12_segment *s)
{
	for (size_t i = 0; i < row->element_count; i++) {
		const struct translate_element *e = &row->elements[i];
		struct slice value = x12_element(s, e->number);

		if ((e->conversion == TR_CONSTANT && !slice_eq(value, e->text)) ||
			(e->conversion == TR_UUID && value.n > 0 && !is_uuid(e, value)))
			return false;
	}
	return true;
}

/* The lists and sections that a row is in are open. */
static bool is_open(const struct reading *r, unsigned scope)
{
	for (; scope > 0; scope = r->mapping->lists[scope - 1].scope)
		if (!r->items[scope] || r->is_shut[scope])
			return false;
	return true;
}

static const struct translate_row *row_find(
	const struct reading *r, const struct x12_segment *s, struct slice loop)
{
	for (size_t i = 0; i < r->mapping->row_count; i++) {
		const struct translate_row *row = &r->mapping->rows[i];

		if (slice_eq(row->segment, s->id) && slice_eq(row->loop, loop) &&
			is_open(r, row->scope) && !r->is_used[row->opens] &&
			reading_has_constants(row, s))
			return row;
	}
	return NULL;
}

static enum status item_next(struct spot *s, const struct translate_list *list, struct fault *f)
{
	struct reading *r = s->reading;
	struct tree_node **item = &r->items[s->row->opens], *base = r->items[s->row->scope];
	struct tree_node *array = tree_find(base, list->pointer);

	if (list->is_section)
		*item = base;
	else if (!list->is_again)
		TRY(tree_append(item, r->tree, base, list->pointer, f));
	else
		*item = *item ? (*item)->next : array ? array->first : NULL;
	return *item ? ST_OK : series_fault(s, f);
}

/* The lists within an item end with it, and a section with the next. */
static enum status item_open(struct spot *s, struct fault *f)
{
	struct reading *r = s->reading;
	const struct translate_row *row = s->row;
	const struct translate_mapping *m = r->mapping;

	TRY(item_next(s, &m->lists[row->opens - 1], f));
	r->is_shut[row->opens] = false;
	r->is_used[row->opens] = m->lists[row->opens - 1].is_section;
	for (size_t i = 0; i < m->list_count; i++)
		if (i + 1 != row->opens && m->lists[i].is_section &&
			m->lists[i].scope == row->scope)
			r->items[i + 1] = NULL;
	for (size_t i = row->opens; i < m->list_count; i++)
		if (m->lists[i].scope >= row->opens)
			r->items[i + 1] = NULL;
	return ST_OK;
}

/* What stands behind a loop that is not ours is not of the item before it. */
static void loops_shut(struct reading *r, const struct x12_segment *s, struct slice loop)
{
	for (size_t i = 0; i < r->mapping->row_count; i++) {
		const struct translate_row *row = &r->mapping->rows[i];

		if (row->opens && slice_eq(row->segment, s->id) && slice_eq(row->loop, loop))
			r->is_shut[row->opens] = true;
	}
}

static enum status conditions_take(struct spot *s, struct fault *f)
{
	for (size_t i = 0; i < s->row->element_count; i++) {
		const struct translate_element *e = &s->row->elements[i];

		if (e->conversion == TR_IS)
			TRY(value_take(s, e, e->text, f));
	}
	return ST_OK;
}

static enum status row_take(struct spot *s, struct fault *f)
{
	struct reading *r = s->reading;

	if (s->row->opens)
		TRY(item_open(s, f));
	s->item = r->items[s->row->opens ? s->row->opens : s->row->scope];
	TRY(conditions_take(s, f));
	for (size_t i = 0; i < s->row->element_count; i++)
		if (s->row->elements[i].number > 0)
			TRY(element_take(s, &s->row->elements[i], f));
	for (unsigned i = 1; i <= s->segment->count; i++)
		if (!(s->taken[i / 64] >> i % 64 & 1) && x12_element(s->segment, i).n > 0)
			unsaid(s, i, "translate.place");
	return ST_OK;
}

enum status reading_segment(struct reading *r, const struct x12_segment *segment,
	const struct x12_place *place, struct slice loop, struct fault *f)
{
	struct spot spot = { .reading = r, .segment = segment, .place = place };

	spot.row = row_find(r, segment, loop);
	if (spot.row)
		return row_take(&spot, f);
	loops_shut(r, segment, loop);
	unsaid(&spot, 0, "translate.place");
	return ST_OK;
}
