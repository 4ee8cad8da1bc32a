/* SPDX-License-Identifier: Apache-2.0 */
/* Each segment beside the first row that it is; what no row takes is told. */
#include "documents/translate/reading.h"

#include <string.h>

#include "documents/der/scalar.h"
#include "documents/translate/convert.h"

#define PLACE "translate.place"
#define TWICE "translate.twice"
#define SHOWN_MAX 40 /* bytes of a value that a fault repeats */

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

/* Nobody who reads what the register hears, or a copy, is told what was left out of it. */
static bool is_for_nobody_told(const struct reading *r)
{
	return r->options->is_for_facts || r->options->is_copy;
}

/* Where, and what there is: of a restricted segment only where. */
static enum status refused(
	const struct spot *s, unsigned element, const char *why, const char *says, struct fault *f)
{
	AUTO_IN_PLACE(buf) place = buf_init(FAULT_TEXT_MAX);
	const struct x12_segment *segment = s->segment;
	bool is_shown = element > 0 &&
		!translate_is_restricted(s->reading->mapping, segment->id);

	buf_putf(&place, "%.*s", SLICE_FMT(slice_to(segment->id, X12_ID_MAX)));
	if (element > 0)
		buf_putf(&place, "%02u", element);
	if (is_shown)
		buf_putf(&place, ": %.*s", SLICE_FMT(slice_to(x12_element(segment, element), SHOWN_MAX)));
	return fault_set(f, ST_INPUT, why, "segment %llu: %s: %s",
		(unsigned long long)s->place->segment, buf_text(&place), says);
}

/*
 * The one place that decides what becomes of an element that was there, and is not what its member
 * is then: told, or nothing is made of the set.  A person is told, so only what the document cannot
 * be without stops it, and of what is said twice the first is something.  The register and third
 * parties would learn something else than the set says, or less.
 */
static enum status misread(
	const struct spot *s, const struct translate_element *e, const char *why, struct fault *f)
{
	bool is_twice = strcmp(why, TWICE) == 0;
	enum translate_need stops = is_for_nobody_told(s->reading) ? TR_HEARD : TR_NEEDED;

	unsaid(s, e->number, why);
	if (e->need < stops || (is_twice && stops == TR_NEEDED))
		return ST_OK;
	return refused(s, e->number, why,
		is_twice ? "said before, and differently" : "nothing that the document can say", f);
}

/* The same of a segment that is a part of what the set is about, and that no row takes. */
static enum status part_lost(
	const struct spot *s, const char *why, const char *says, struct fault *f)
{
	unsaid(s, 0, why);
	return is_for_nobody_told(s->reading) ? refused(s, 0, why, says, f) : ST_OK;
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
		TRY(misread(s, e, TWICE, f));
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
		return misread(s, e, "translate.value", f);
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
			unsaid(s, e->number, PLACE);
	}
	return ST_OK;
}

static bool is_only_looked_at(enum translate_conversion c)
{
	return c == TR_CONSTANT || c == TR_OPTIONAL || c == TR_ORDINAL;
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
	if (is_only_looked_at(e->conversion))
		return ST_OK;
	if (e->conversion == TR_OTHER)
		return misread(s, e, "translate.code", f);
	if (e->conversion == TR_QUALIFIER)
		return qualifier_look(s, e);
	if (e->conversion == TR_WRITTEN && !slice_eq(in.values[0], e->text))
		unsaid(s, e->number, PLACE);
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
	return misread(s, e, why.code, f);
}

/* --- rows --- */

/* An id that we wrote tells rows apart as a constant does: nobody else's looks like it. */
static bool is_uuid(const struct translate_element *e, struct slice value)
{
	struct convert_x12 in = { .values = { value } };
	AUTO_IN_PLACE(buf) text = buf_init(64);

	return convert_from_x12(&text, e, &in, S(""), NULL) == ST_OK;
}

/* A value that the row reads, or none that it would read. */
static bool constant_fits(const struct translate_element *e, struct slice value)
{
	return e->conversion == TR_CONSTANT ? slice_eq(value, e->text) :
		e->conversion == TR_OPTIONAL ? value.n == 0 || slice_eq(value, e->text) : true;
}

/* A row of others is for what they say. */
static bool others_fit(const struct translate_row *row, const struct x12_segment *s)
{
	bool has_others = false;

	for (size_t i = 0; i < row->element_count; i++) {
		const struct translate_element *e = &row->elements[i];

		if (e->conversion == TR_OTHER && x12_element(s, e->number).n > 0)
			return true;
		has_others |= e->conversion == TR_OTHER;
	}
	return !has_others;
}

bool reading_has_constants(const struct translate_row *row, const struct x12_segment *s)
{
	bool fits = others_fit(row, s);

	for (size_t i = 0; fits && i < row->element_count; i++)
		fits = constant_fits(&row->elements[i], x12_element(s, row->elements[i].number));
	return fits;
}

static bool is_strange_id(const struct translate_element *e, const struct x12_segment *s)
{
	struct slice value = x12_element(s, e->number);

	return e->conversion == TR_UUID && value.n > 0 && !is_uuid(e, value);
}

static bool has_ids(const struct translate_row *row, const struct x12_segment *s)
{
	for (size_t i = 0; i < row->element_count; i++)
		if (is_strange_id(&row->elements[i], s))
			return false;
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

/* The segment has its place here, and is what its constants say. */
static bool may_be(const struct reading *r, const struct translate_row *row,
	const struct x12_segment *s, struct slice loop)
{
	return slice_eq(row->segment, s->id) && slice_eq(row->loop, loop) &&
		is_open(r, row->scope) && reading_has_constants(row, s);
}

static const struct translate_row *row_find(
	const struct reading *r, const struct x12_segment *s, struct slice loop)
{
	for (size_t i = 0; i < r->mapping->row_count; i++) {
		const struct translate_row *row = &r->mapping->rows[i];

		if (may_be(r, row, s, loop) && !r->is_used[row->opens] && has_ids(row, s))
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

/* Loops that begin alike: where one begins, the others have ended. */
static bool begins_alike(const struct translate_row *a, const struct translate_row *b)
{
	return a->opens && a->opens != b->opens && a->scope == b->scope &&
		slice_eq(a->segment, b->segment) && slice_eq(a->loop, b->loop);
}

/* The lists within an item end with it, and a section with the next. */
static void others_close(struct reading *r, const struct translate_row *row)
{
	const struct translate_mapping *m = r->mapping;

	for (size_t i = 0; i < m->row_count; i++)
		if (begins_alike(&m->rows[i], row))
			r->items[m->rows[i].opens] = NULL;
	for (size_t i = row->opens; i < m->list_count; i++)
		if (m->lists[i].scope >= row->opens)
			r->items[i + 1] = NULL;
}

static enum status item_open(struct spot *s, struct fault *f)
{
	struct reading *r = s->reading;
	const struct translate_row *row = s->row;
	const struct translate_list *list = &r->mapping->lists[row->opens - 1];

	TRY(item_next(s, list, f));
	r->is_shut[row->opens] = false;
	r->is_used[row->opens] = list->is_section;
	others_close(r, row);
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
	struct reading_claim claim = { 0 };

	for (size_t i = 0; i < s->row->element_count; i++) {
		const struct translate_element *e = &s->row->elements[i];

		if (e->conversion == TR_IS)
			TRY(value_take(s, e, e->text, f));
		if (e->conversion == TR_WHEN || e->conversion == TR_NOT)
			claim = (struct reading_claim){ s->row, s->item, s->place->segment,
				e->need };
	}
	if (claim.row)
		buf_put(&s->reading->claims, slice_of(&claim, sizeof(claim)));
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
			unsaid(s, i, PLACE);
	return ST_OK;
}

/* --- what no row takes --- */

static bool reads(const struct translate_row *row, unsigned element)
{
	for (size_t i = 0; row && i < row->element_count; i++)
		if (row->elements[i].number == element)
			return true;
	return false;
}

/* The row would be the segment's, were an id ours. */
static enum status strange_ids_tell(
	struct spot *s, const struct translate_row *row, struct fault *f)
{
	for (size_t i = 0; i < row->element_count; i++) {
		const struct translate_element *e = &row->elements[i];

		if (!is_strange_id(e, s->segment) || reads(s->row, e->number) ||
			s->taken[e->number / 64] >> e->number % 64 & 1)
			continue;
		span_mark(s, e);
		TRY(misread(s, e, "translate.uuid", f));
	}
	return ST_OK;
}

/* Before the row that is the segment's, if any. */
static enum status nearly_take(struct spot *s, struct slice loop, struct fault *f)
{
	const struct reading *r = s->reading;

	for (size_t i = 0; i < r->mapping->row_count && &r->mapping->rows[i] != s->row; i++)
		if (may_be(r, &r->mapping->rows[i], s->segment, loop))
			TRY(strange_ids_tell(s, &r->mapping->rows[i], f));
	return ST_OK;
}

/* What the document says once is there again: a set about two things is two documents. */
static bool is_second(const struct spot *s, struct slice loop)
{
	const struct reading *r = s->reading;

	for (size_t i = 0; i < r->mapping->row_count; i++)
		if (r->is_used[r->mapping->rows[i].opens] &&
			may_be(r, &r->mapping->rows[i], s->segment, loop))
			return true;
	return false;
}

/* A loop in one of ours in which others are read: one more of them, in other words. */
static bool is_part(const struct spot *s, struct slice loop)
{
	const struct reading *r = s->reading;

	for (size_t i = 0; i < r->mapping->row_count; i++) {
		const struct translate_row *row = &r->mapping->rows[i];

		if (row->opens && row->scope > 0 && slice_eq(row->segment, s->segment->id) &&
			slice_eq(row->loop, loop) && is_open(r, row->scope))
			return true;
	}
	return false;
}

static enum status rest_take(struct spot *s, struct slice loop, struct fault *f)
{
	bool is_ours = is_part(s, loop), is_told = s->taken[0] | s->taken[1];

	loops_shut(s->reading, s->segment, loop);
	if (is_ours)
		return part_lost(s, PLACE, "nothing that the document can say", f);
	if (!is_told)
		unsaid(s, 0, PLACE);
	return ST_OK;
}

enum status reading_segment(struct reading *r, const struct x12_segment *segment,
	const struct x12_place *place, struct slice loop, struct fault *f)
{
	struct spot spot = { .reading = r, .segment = segment, .place = place };

	if (is_second(&spot, loop)) {
		loops_shut(r, segment, loop);
		return part_lost(&spot, TWICE, "said before: it is about more than one", f);
	}
	spot.row = row_find(r, segment, loop);
	TRY(nearly_take(&spot, loop, f));
	return spot.row ? row_take(&spot, f) : rest_take(&spot, loop, f);
}

/* --- what was held against what came later --- */

static bool holds(const struct translate_element *e, const struct tree_node *item,
	const struct tree *t)
{
	const struct tree_node *member =
		tree_find(e->is_item ? (struct tree_node *)item : t->root, e->pointer);

	if (e->number > 0 || (e->conversion != TR_WHEN && e->conversion != TR_NOT))
		return true;
	return member && slice_eq(member->text, e->text) == (e->conversion == TR_WHEN);
}

static bool may_stand(const struct translate_row *row, const struct translate_element *value)
{
	for (size_t i = 0; i < row->element_count; i++)
		if (row->elements[i].conversion == TR_OTHER ||
			(row->elements[i].number == value->number &&
				!constant_fits(&row->elements[i], value->text)))
			return false;
	return true;
}

/* The one may be written as what the other was read of. */
static bool says_the_same(const struct translate_row *a, const struct translate_row *b)
{
	if (!slice_eq(a->segment, b->segment) || !slice_eq(a->loop, b->loop) ||
		a->scope != b->scope)
		return false;
	for (size_t i = 0; i < a->element_count; i++)
		if (a->elements[i].conversion == TR_CONSTANT && !may_stand(b, &a->elements[i]))
			return false;
	return true;
}

static bool claim_holds(const struct reading *r, const struct reading_claim *c)
{
	for (size_t i = 0; i < r->mapping->row_count; i++) {
		const struct translate_row *row = &r->mapping->rows[i];
		bool fits = says_the_same(c->row, row);

		for (size_t k = 0; fits && k < row->element_count; k++)
			fits = holds(&row->elements[k], c->item, r->tree);
		if (fits)
			return true;
	}
	return false;
}

/* The first constant stands for the segment, and the condition says what hangs on it. */
static enum status claim_check(struct reading *r, const struct reading_claim *c, struct fault *f)
{
	struct slice values[X12_ELEMENTS_MAX] = { { 0 } };
	struct x12_segment segment = { .id = c->row->segment, .elements = values };
	struct x12_place place = { .id = c->row->segment, .segment = c->segment };
	struct spot spot = { .reading = r, .segment = &segment, .place = &place, .row = c->row };
	struct translate_element e = { .need = c->need };

	if (claim_holds(r, c))
		return ST_OK;
	for (size_t i = 0; i < c->row->element_count && e.number == 0; i++)
		if (c->row->elements[i].conversion == TR_CONSTANT) {
			e.number = c->row->elements[i].number;
			values[e.number - 1] = c->row->elements[i].text;
			segment.count = e.number;
		}
	return misread(&spot, &e, TWICE, f);
}

enum status reading_end(struct reading *r, struct fault *f)
{
	const struct reading_claim *claims = (const void *)r->claims.p;

	TRY(buf_check(&r->claims, f));
	for (size_t i = 0; i < r->claims.n / sizeof(*claims); i++)
		TRY(claim_check(r, &claims[i], f));
	return ST_OK;
}
