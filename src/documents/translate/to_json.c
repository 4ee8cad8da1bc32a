/* SPDX-License-Identifier: Apache-2.0 */
/* Each segment beside the first row that it is; what no row takes is told. */
#include "documents/translate/to_json.h"

#include <stdio.h>

#include "base/clock.h"
#include "documents/der/scalar.h"
#include "documents/translate/convert.h"
#include "documents/translate/derive.h"

#define DAY_LENGTH 10 /* characters of a date */
#define DAY_NS (INT64_C(86400) * NS_PER_S)
#define LOOP_MAX 128 /* bytes of the names of the loops around a segment */

struct reading {
	const struct translate_options *options;
	const struct translate_mapping *mapping; /* NULL: of no pair */
	struct translate_notes *notes;
	struct tree *tree;
	struct tree_node *items[TRANSLATE_LISTS_MAX + 1]; /* of each scope the open one */
	bool is_shut[TRANSLATE_LISTS_MAX + 1]; /* the set went on to a loop that no row is */
	bool is_used[TRANSLATE_LISTS_MAX + 1]; /* a section is there once */
	struct x12_interchange interchange;
	struct x12_group group;
	struct buf value;
	uint64_t sets;
	enum status status; /* of the first fault */
	struct fault fault;
};

/* A segment that is being read, and where. */
struct spot {
	struct reading *reading;
	const struct x12_segment *segment;
	const struct x12_place *place;
	const struct translate_row *row;
	struct tree_node *item;
	uint64_t taken[2]; /* bit n: element n was */
};

static void fail_once(struct reading *r, enum status st, const struct fault *f)
{
	if (r->status == ST_OK && st != ST_OK) {
		r->status = st;
		r->fault = *f;
	}
}

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

static bool has_constants(const struct translate_row *row, const struct x12_segment *s)
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
			has_constants(row, s))
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

static struct slice loop_names(char out[LOOP_MAX], const struct x12_walk *walk)
{
	size_t n = 0;

	for (unsigned i = 0; walk && i < x12_walk_depth(walk) && n < LOOP_MAX; i++)
		n += (size_t)snprintf(out + n, LOOP_MAX - n, "%s%s", i ? "/" : "",
			x12_walk_loop(walk, i)->name);
	return slice_of(out, n < LOOP_MAX ? n : LOOP_MAX - 1);
}

/* --- the stream --- */

static enum status set_begin(struct reading *r, const struct x12_context *at, struct fault *f)
{
	const struct der_schema *schema;

	if (++r->sets > 1)
		return fault_set(f, ST_INPUT, "translate.sets",
			"there is more than one set in it: tieline x12 split makes files of one");
	if (!r->mapping || !slice_eq(r->mapping->set, slice_str(at->set->id)))
		return fault_set(f, ST_INPUT, "translate.pair",
			"no document of ours says what a set %s says", at->set->id);
	schema = der_schema_find((struct json_text){ .raw = r->mapping->document });
	r->tree = tree_new(schema);
	r->items[0] = r->tree->root;
	r->interchange = *at->interchange;
	r->group = *at->group;
	return ST_OK;
}

static void set_began(void *context, const struct x12_context *at)
{
	struct reading *r = context;
	struct fault f;

	if (r->status == ST_OK)
		fail_once(r, set_begin(r, at, &f), &f);
}

static bool is_envelope(const struct x12_context *at, struct slice id)
{
	return !at->set || slice_eq(id, S("ST")) || slice_eq(id, S("SE"));
}

static void segment_take(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *variant, const struct x12_place *place)
{
	struct reading *r = context;
	struct spot spot = { .reading = r, .segment = s, .place = place };
	char names[LOOP_MAX];
	struct slice loop;
	struct fault f;

	(void)variant;
	if (r->status != ST_OK || !r->tree || is_envelope(at, s->id))
		return;
	loop = loop_names(names, at->walk);
	spot.row = row_find(r, s, loop);
	if (spot.row) {
		fail_once(r, row_take(&spot, &f), &f);
		return;
	}
	loops_shut(r, s, loop);
	unsaid(&spot, 0, "translate.place");
}

static void finding_take(void *context, const struct x12_finding *found)
{
	struct reading *r = context;
	struct fault f;

	if (found->severity != X12_ERROR)
		return;
	fail_once(r, fault_at(&f, ST_INPUT, found->place.offset, found->code, "segment %llu: %s",
			     (unsigned long long)found->place.segment, found->text), &f);
}

/*
 * Several documents may be one set: which, says the segment behind ST, that the first row is of; if
 * none, the first of them.
 */
static const struct translate_mapping *mapping_choose(struct x12_reader *reader, struct slice set)
{
	const struct translate_mapping *first = NULL;
	struct x12_segment segment = { 0 };
	bool is_there = x12_reader_next(reader, &segment, NULL) == ST_OK;

	for (size_t i = 0; i < translate_mapping_count; i++) {
		const struct translate_mapping *m = &translate_mappings[i];

		if (!slice_eq(m->set, set))
			continue;
		if (is_there && has_constants(&m->rows[0], &segment))
			return m;
		first = first ? first : m;
	}
	return first;
}

/* Of the first set; NULL: there is none of it, or it is of no pair. */
static const struct translate_mapping *first_mapping(struct slice in)
{
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_segment segment = { 0 };

	x12_reader_init_whole(&reader, in);
	while (x12_reader_next(&reader, &segment, NULL) == ST_OK)
		if (slice_eq(segment.id, S("ST")))
			return mapping_choose(&reader, x12_element(&segment, 1));
	return NULL;
}

static enum status interchange_read(struct reading *r, struct slice in, struct fault *f)
{
	struct x12_listener listener = { .context = r, .finding = finding_take,
		.set_began = set_began, .segment = segment_take };
	AUTO(x12_check) check = NULL;
	struct x12_choice choice = { 0 };

	r->mapping = first_mapping(in);
	if (r->mapping)
		TRY(x12_choice_add(&choice, r->options->guides, r->mapping->guide, f));
	check = x12_check_new(choice.list, choice.count, true, &listener);
	x12_check_whole(check, in);
	if (r->status != ST_OK && f)
		*f = r->fault;
	TRY(r->status);
	return r->tree ? ST_OK : fault_set(f, ST_INPUT, "translate.sets", "there is no set in it");
}

/* --- what is missing --- */

struct fresh {
	const char *name;
	struct slice text;
};

static enum status put_told(struct reading *r, struct tree_node *base, struct slice pointer,
	struct slice text, struct fault *f)
{
	struct tree_node *there = tree_find(base, pointer);

	if (there)
		return ST_OK;
	TRY(tree_put(r->tree, base, pointer, text, f));
	translate_note_member(r->notes, TRANSLATE_DEFAULT, tree_find(base, pointer),
		"translate.default");
	return ST_OK;
}

static enum status put_quietly(
	struct reading *r, const char *name, struct slice text, struct fault *f)
{
	if (tree_find(r->tree->root, slice_str(name)))
		return ST_OK;
	return tree_put(r->tree, r->tree->root, slice_str(name), text, f);
}

/* What the envelope says, and what the type does. */
static enum status envelope_take(struct reading *r, struct fault *f)
{
	bool is_test = slice_eq(slice_str(r->interchange.usage), S("T"));

	TRY(put_quietly(r, "sender_id", slice_str(r->group.sender), f));
	TRY(put_quietly(r, "receiver_id", slice_str(r->group.receiver), f));
	return put_quietly(r, "test", is_test ? S("true") : S("false"), f);
}

/* What the type has one word for. */
static enum status implied_put(struct reading *r, struct fault *f)
{
	const struct der_object *o = r->tree->root->schema->object;

	for (size_t i = 0; i < o->property_count; i++) {
		const struct der_property *p = &o->properties[i];

		if (der_bit(&o->required, i) && p->node && p->node->literal_count == 1 &&
			!tree_find(r->tree->root, p->name))
			TRY(tree_put(r->tree, r->tree->root, p->name,
				p->node->literals[0].text, f));
	}
	return ST_OK;
}

static enum status list_put(struct reading *r, struct tree_node *base, struct slice pointer,
	struct fault *f)
{
	struct tree_node *array;
	size_t at = pointer.n;

	while (at > 0 && pointer.p[at - 1] != '/')
		at--;
	if (at > 1)
		base = tree_find(base, slice_to(pointer, at - 1));
	pointer = slice_from(pointer, at);
	if (!base || !tree_needs(base, pointer))
		return ST_OK;
	return tree_make(&array, r->tree, base, pointer, f);
}

/* The list whose items have it; NULL: the document has it. */
static const struct translate_list *owner_of(
	const struct translate_mapping *m, const struct translate_list *list)
{
	while (list->scope > 0 && m->lists[list->scope - 1].is_section)
		list = &m->lists[list->scope - 1];
	return list->scope > 0 ? &m->lists[list->scope - 1] : NULL;
}

/* A list that the set could have had, and has not, is empty. */
static enum status lists_put(struct reading *r, struct fault *f)
{
	const struct translate_mapping *m = r->mapping;

	for (size_t i = 0; i < m->list_count; i++) {
		const struct translate_list *list = &m->lists[i], *owner = owner_of(m, list);
		struct tree_node *root = r->tree->root, *array, *item;

		if (list->is_section)
			continue;
		if (!owner)
			TRY(list_put(r, root, list->pointer, f));
		array = owner ? tree_find(root, owner->pointer) : NULL;
		for (item = array ? array->first : NULL; item; item = item->next)
			TRY(list_put(r, item, list->pointer, f));
	}
	return ST_OK;
}

static enum status default_put(struct reading *r, struct tree_node *base,
	const struct translate_default *d, struct fault *f)
{
	if (d->beside.n > 0 && !tree_find(base, d->beside))
		return ST_OK;
	return put_told(r, base, d->pointer, d->text, f);
}

static enum status defaults_put(struct reading *r, struct fault *f)
{
	const struct translate_mapping *m = r->mapping;

	for (size_t i = 0; i < m->default_count; i++) {
		const struct translate_default *d = &m->defaults[i];
		struct tree_node *base = r->tree->root, *array;

		if (d->scope == 0) {
			TRY(default_put(r, base, d, f));
			continue;
		}
		array = tree_find(base, m->lists[d->scope - 1].pointer);
		for (base = array ? array->first : NULL; base; base = base->next)
			TRY(default_put(r, base, d, f));
	}
	return ST_OK;
}

/* A document begins a chain of its own, unless X12 says otherwise. */
static enum status fresh_put(struct reading *r, struct fault *f)
{
	char now[TIME_TEXT_MAX];
	struct slice id = slice_str(r->options->id);
	struct tree_node *own = tree_find(r->tree->root, S("document_id"));

	if (own)
		id = own->text;
	time_format(now, r->options->stamp->time_ns);
	TRY(put_told(r, r->tree->root, S("document_id"), id, f));
	TRY(put_told(r, r->tree->root, S("correlation_id"), id, f));
	TRY(put_told(r, r->tree->root, S("revision"), S("1"), f));
	/* The example's day has passed, and nothing is known of the clock. */
	if (r->options->is_for_facts) {
		TRY(put_quietly(r, "secrecy_until", slice_to(slice_str(now), DAY_LENGTH), f));
		TRY(put_quietly(r, "clock_uncertainty_ms", S("60000"), f));
	}
	return put_told(r, r->tree->root, S("created_at"), slice_str(now), f);
}

/* As many days from now as the example's is from when that was made. */
static enum status day_put(
	struct reading *r, const struct tree *example, const char *name, struct fault *f)
{
	const struct tree_node *made = tree_find(example->root, S("created_at"));
	const struct tree_node *day = tree_find(example->root, slice_str(name));
	AUTO_IN_PLACE(buf) noon = buf_init(TIME_TEXT_MAX);
	char text[TIME_TEXT_MAX];
	int64_t made_ns, day_ns, days;

	if (!made || !day)
		return ST_OK;
	buf_putf(&noon, "%.*sT12:00:00Z", SLICE_FMT(day->text));
	TRY(time_parse(&made_ns, made->text, f));
	TRY(time_parse(&day_ns, buf_slice(&noon), f));
	days = r->options->stamp->time_ns / DAY_NS - made_ns / DAY_NS;
	time_format(text, day_ns + days * DAY_NS);
	return put_quietly(r, name, slice_to(slice_str(text), DAY_LENGTH), f);
}

/* Whoever makes a copy says under which agreement it is. */
static const struct {
	const char *name;
	struct slice text;
} unknown[] = {
	{ "agreement_id", S("unknown") },
	{ "territory", S("ZZ-ZZZ") },
	{ "market_time_zone", S("Etc/UTC") },
	{ "clock_uncertainty_ms", S("60000") },
};

static enum status copy_header_put(struct reading *r, struct fault *f)
{
	AUTO(tree) example = NULL;

	TRY(tree_read(&example, r->tree->schema->example, f));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		TRY(put_quietly(r, unknown[i].name, unknown[i].text, f));
	TRY(day_put(r, example, "secrecy_until", f));
	return day_put(r, example, "retain_until", f);
}

static enum status copy(struct reading *r, struct tree_node *to, const struct tree_node *from,
	struct fault *f)
{
	struct tree_node *n;

	if (tree_is_scalar(from)) {
		tree_set(r->tree, to, from->text);
		return ST_OK;
	}
	for (const struct tree_node *child = from->first; child; child = child->next) {
		if (from->kind == JSON_IS_ARRAY)
			TRY(tree_append(&n, r->tree, to, S("."), f));
		else
			TRY(tree_make(&n, r->tree, to, child->name, f));
		TRY(copy(r, n, child, f));
	}
	return ST_OK;
}

static bool may_be_like(const struct translate_mapping *m, struct slice name)
{
	for (size_t i = 0; i < m->like_count; i++)
		if (slice_eq(m->like[i], name))
			return true;
	return false;
}

static bool is_fact(const struct der_object *o, struct slice name)
{
	struct json_text text = { .raw = name };
	const struct der_property *p = der_property_find(o, text, json_text_hash(text));

	return p && p->fact != FACT_DOCUMENT;
}

/* A pattern says who and by which agreement, never how much. */
static enum status like_put(struct reading *r, struct tree *like, struct fault *f)
{
	struct tree_node *root = r->tree->root, *n;

	for (const struct tree_node *from = like->root->first; from; from = from->next) {
		if (!tree_needs(root, from->name) || tree_find(root, from->name) ||
			!may_be_like(r->mapping, from->name) ||
			(r->options->is_for_facts && is_fact(root->schema->object, from->name)))
			continue;
		TRY(tree_make(&n, r->tree, root, from->name, f));
		TRY(copy(r, n, from, f));
		translate_note_member(r->notes, TRANSLATE_DEFAULT, n, "translate.like");
	}
	return ST_OK;
}

/* --- the currency of all amounts --- */

static enum status currency_put(
	struct reading *r, struct tree_node *n, struct slice currency, struct fault *f)
{
	if (tree_find(n, S("amount")) && tree_needs(n, S("currency")) && !tree_find(n, S("currency")))
		TRY(tree_put(r->tree, n, S("currency"), currency, f));
	for (struct tree_node *child = n->first; child; child = child->next)
		TRY(currency_put(r, child, currency, f));
	return ST_OK;
}

static enum status currencies_put(struct reading *r, struct tree *like, struct fault *f)
{
	struct slice pointer = r->mapping->currency;
	struct tree_node *same = like ? tree_find(like->root, pointer) : NULL;

	if (pointer.n == 0)
		return ST_OK;
	TRY(put_told(r, r->tree->root, pointer, same ? same->text : S("USD"), f));
	return currency_put(r, r->tree->root, tree_find(r->tree->root, pointer)->text, f);
}

/* --- the whole --- */

static enum status hashes_put(struct reading *r, struct fault *f)
{
	AUTO_IN_PLACE(buf) content = buf_init(TRANSLATE_OUT_MAX);
	char hash[TRANSLATE_HASH_MAX];

	for (size_t i = 0; r->options->hash && i < r->mapping->hash_count; i++) {
		const struct translate_hash *h = &r->mapping->hashes[i];
		struct tree_node *of = tree_find(r->tree->root, h->of);

		if (!of)
			continue;
		buf_clear(&content);
		tree_canonical_put(&content, of);
		TRY(buf_check(&content, f));
		r->options->hash(hash, buf_slice(&content));
		TRY(tree_put(r->tree, r->tree->root, h->pointer, slice_str(hash), f));
	}
	return ST_OK;
}

static enum status complete(struct reading *r, struct fault *f)
{
	AUTO(tree) like = NULL;
	struct slice pattern =
		r->options->is_for_facts ? r->tree->schema->example : r->options->like;

	if (pattern.n > 0)
		TRY(tree_read(&like, pattern, f));
	TRY(envelope_take(r, f));
	TRY(defaults_put(r, f));
	TRY(derive_missing(r->tree, f));
	TRY(fresh_put(r, f));
	TRY(currencies_put(r, like, f));
	TRY(hashes_put(r, f));
	TRY(implied_put(r, f));
	if (r->options->area)
		TRY(put_quietly(r, "area", slice_str(r->options->area), f));
	TRY(lists_put(r, f));
	if (r->options->is_copy)
		TRY(copy_header_put(r, f));
	return like ? like_put(r, like, f) : ST_OK;
}

/* What is written is a document: the reader says so. */
static enum status document_check(struct slice document, struct fault *f)
{
	AUTO(tree) again = NULL;

	return tree_read(&again, document, f);
}

static enum status document_make(
	struct buf *out, struct reading *r, struct slice interchange, struct fault *f)
{
	if (interchange.n > TREE_TEXT_MAX)
		return fault_set(
			f, ST_LIMIT, "translate.size", "more than %u bytes", TREE_TEXT_MAX);
	TRY(interchange_read(r, interchange, f));
	TRY(complete(r, f));
	tree_write(out, r->tree);
	TRY(buf_check(out, f));
	return document_check(buf_slice(out), f);
}

enum status translate_to_json(struct buf *out, struct slice interchange,
	const struct translate_options *options, struct translate_notes *notes, struct fault *f)
{
	struct reading r = { .options = options, .notes = notes, .value = buf_init(TREE_TEXT_MAX) };
	enum status st = document_make(out, &r, interchange, f);

	buf_done(&r.value);
	tree_free(r.tree);
	return st;
}
