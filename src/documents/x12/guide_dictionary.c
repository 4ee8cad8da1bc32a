/* SPDX-License-Identifier: Apache-2.0 */
/* Elements first, then the composites and segments that are made of them. */
#include "documents/x12/guide_dictionary.h"

#include <stdlib.h>

#include "documents/x12/guide_fields.h"

#define ELEMENT_NUMBER_MAX 9999
#define COMPOSITES_MAX 999

struct tables {
	struct arena *arena;
	struct x12_element_rule *elements; /* ascending by number */
	size_t element_count;
	const struct guide_node *composite_nodes;
	struct x12_element_rule *composites; /* one for each of the nodes */
};

/* --- the file --- */

struct dictionary_text {
	struct slice version, title;
	const struct guide_node *elements, *composites, *segments;
};

#define FIELD(key_, read_, member_, needed_) \
	{ key_, read_, offsetof(struct dictionary_text, member_), needed_ }
static const struct guide_field dictionary_fields[] = {
	FIELD("dictionary", guide_read_text, version, true),
	FIELD("title", guide_read_text, title, false),
	FIELD("elements", guide_read_map, elements, true),
	FIELD("composites", guide_read_map, composites, false),
	FIELD("segments", guide_read_map, segments, true),
};
#undef FIELD

/* --- elements --- */

struct element_text {
	struct slice name, type;
	struct guide_range length;
	const struct guide_node *codes, *type_node;
};

#define FIELD(key_, read_, member_, needed_) \
	{ key_, read_, offsetof(struct element_text, member_), needed_ }
static const struct guide_field element_fields[] = {
	FIELD("name", guide_read_text, name, true),
	FIELD("type", guide_read_any, type_node, true),
	FIELD("length", guide_read_range, length, true),
	FIELD("codes", guide_read_any, codes, false),
};
#undef FIELD

static const struct {
	const char *word;
	enum x12_type type;
	uint8_t decimals;
} types[] = {
	{ "AN", X12_AN, 0 }, { "ID", X12_ID, 0 }, { "DT", X12_DT, 0 }, { "TM", X12_TM, 0 },
	{ "R", X12_R, 0 },   { "B", X12_B, 0 },   { "N", X12_N, 0 },   { "N0", X12_N, 0 },
	{ "N1", X12_N, 1 },  { "N2", X12_N, 2 },  { "N3", X12_N, 3 },  { "N4", X12_N, 4 },
	{ "N5", X12_N, 5 },  { "N6", X12_N, 6 },  { "N7", X12_N, 7 },  { "N8", X12_N, 8 },
	{ "N9", X12_N, 9 },
};
#define TYPES (sizeof(types) / sizeof(types[0]))

static enum status type_read(
	struct x12_element_rule *rule, const struct guide_node *n, struct fault *f)
{
	const char *words[TYPES];
	size_t at;

	for (size_t i = 0; i < TYPES; i++)
		words[i] = types[i].word;
	TRY(guide_word_read(&at, n, words, TYPES, f));
	rule->type = types[at].type;
	rule->decimals = types[at].decimals;
	return ST_OK;
}

static enum status element_read(struct x12_element_rule *rule, struct arena *arena,
	const struct guide_node *n, struct fault *f)
{
	struct element_text said = { 0 };
	uint32_t number;

	if (n->key.n > 0 && n->key.p[0] == '0')
		return guide_fault(n, f, "x12.guide.value", "%.*s: write it without the zero",
			SLICE_FMT(slice_to(n->key, 40)));
	TRY(guide_number_read(&number, n, n->key, 1, ELEMENT_NUMBER_MAX, f));
	TRY(guide_fields_read(&said, n, "an element", element_fields,
		sizeof(element_fields) / sizeof(element_fields[0]), f));
	TRY(type_read(rule, said.type_node, f));
	rule->number = (uint16_t)number;
	rule->name = arena_text(arena, said.name);
	rule->least = said.length.least;
	rule->most = said.length.most;
	rule->repeat = 1;
	return said.codes ? guide_codes_read(&rule->codes, arena, said.codes, f) : ST_OK;
}

static int elements_compare(const void *a, const void *b)
{
	const struct x12_element_rule *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static enum status elements_read(struct tables *t, const struct guide_node *map, struct fault *f)
{
	size_t at = 0;

	t->elements = arena_zeroed(t->arena, map->count, sizeof(*t->elements));
	for (const struct guide_node *n = map->first; n; n = n->next)
		TRY(element_read(&t->elements[at++], t->arena, n, f));
	t->element_count = at;
	qsort(t->elements, at, sizeof(*t->elements), elements_compare);
	return ST_OK;
}

/* --- "128 required", "C040", "447 repeat 5" --- */

static const struct x12_element_rule *composite_find(const struct tables *t, struct slice name)
{
	size_t at = 0;

	if (!t->composite_nodes || !t->composites)
		return NULL;
	for (const struct guide_node *n = t->composite_nodes->first; n; n = n->next, at++)
		if (slice_eq(n->key, name))
			return &t->composites[at];
	return NULL;
}

static const struct x12_element_rule *rule_find(const struct tables *t, struct slice word)
{
	struct x12_element_rule key = { 0 };
	uint64_t number;

	if (slice_u64(&number, word, NULL) != ST_OK)
		return composite_find(t, word);
	key.number = number <= ELEMENT_NUMBER_MAX ? (uint16_t)number : 0;
	return bsearch(&key, t->elements, t->element_count, sizeof(key), elements_compare);
}

static enum status repeat_read(struct x12_element_rule *rule, const struct guide_node *n,
	struct slice digits, struct fault *f)
{
	uint32_t repeat;

	TRY(guide_number_read(&repeat, n, digits, 2, UINT16_MAX, f));
	rule->repeat = (uint16_t)repeat;
	return ST_OK;
}

static enum status place_words(struct x12_element_rule *rule, const struct guide_node *n,
	struct slice words, struct fault *f)
{
	struct slice word;

	while (slice_trim(words).n > 0) {
		slice_cut(&word, &words, slice_trim(words), ' ');
		if (slice_eq(word, S("required"))) {
			rule->use = X12_REQUIRED;
		} else if (slice_eq(word, S("repeat"))) {
			slice_cut(&word, &words, slice_trim(words), ' ');
			TRY(repeat_read(rule, n, word, f));
		} else {
			return guide_fault(n, f, "x12.guide.value",
				"%.*s: required, or repeat NUMBER, may stand behind an element",
				SLICE_FMT(slice_to(word, 40)));
		}
	}
	return ST_OK;
}

static enum status place_read(struct x12_element_rule *out, const struct tables *t,
	const struct guide_node *n, struct fault *f)
{
	const struct x12_element_rule *rule;
	struct slice text, word, rest;

	TRY(guide_read_text(&text, n, f));
	slice_cut(&word, &rest, text, ' ');
	rule = rule_find(t, word);
	if (!rule)
		return guide_fault(n, f, "x12.guide.value",
			"%.*s is neither an element nor a composite of this dictionary",
			SLICE_FMT(slice_to(word, 40)));
	*out = *rule;
	return place_words(out, n, rest, f);
}

static enum status places_read(struct guide_elements *out, const struct tables *t,
	const struct guide_node *list, struct fault *f)
{
	struct x12_element_rule *rules = arena_zeroed(t->arena, list->count, sizeof(*rules));
	size_t at = 0;

	if (list->count > X12_ELEMENTS_MAX)
		return guide_fault(list, f, "x12.guide.value", "%zu elements, at most %d",
			list->count, X12_ELEMENTS_MAX);
	for (const struct guide_node *n = list->first; n; n = n->next)
		TRY(place_read(&rules[at++], t, n, f));
	*out = (struct guide_elements){ .list = rules, .count = at };
	return ST_OK;
}

/* --- composites and segments --- */

struct segment_text {
	struct slice name;
	const struct guide_node *elements, *conditions;
};

#define FIELD(key_, read_, member_, needed_) \
	{ key_, read_, offsetof(struct segment_text, member_), needed_ }
static const struct guide_field segment_fields[] = {
	FIELD("name", guide_read_text, name, true),
	FIELD("elements", guide_read_list, elements, true),
	FIELD("conditions", guide_read_list, conditions, false),
};
#undef FIELD
#define COMPOSITE_FIELDS 2

static enum status composite_read(struct x12_element_rule *out, const struct tables *t,
	const struct guide_node *n, struct fault *f)
{
	struct segment_text said = { 0 };
	struct guide_elements parts;

	TRY(guide_fields_read(&said, n, "a composite", segment_fields, COMPOSITE_FIELDS, f));
	TRY(places_read(&parts, t, said.elements, f));
	for (size_t i = 0; i < parts.count; i++)
		if (parts.list[i].type == X12_COMPOSITE)
			return guide_fault(n, f, "x12.guide.value",
				"%.*s: a composite is made of elements only",
				SLICE_FMT(slice_to(n->key, 40)));
	*out = (struct x12_element_rule){
		.name = arena_text(t->arena, said.name),
		.type = X12_COMPOSITE,
		.repeat = 1,
		.parts = parts.list,
		.part_count = parts.count,
	};
	return ST_OK;
}

static enum status composites_read(struct tables *t, const struct guide_node *map, struct fault *f)
{
	size_t at = 0;

	if (!map)
		return ST_OK;
	if (map->count > COMPOSITES_MAX)
		return guide_fault(map, f, "x12.guide.value", "%zu composites, at most %d",
			map->count, COMPOSITES_MAX);
	t->composite_nodes = map;
	t->composites = arena_zeroed(t->arena, map->count, sizeof(*t->composites));
	for (const struct guide_node *n = map->first; n; n = n->next)
		TRY(composite_read(&t->composites[at++], t, n, f));
	return ST_OK;
}

static bool condition_parse(
	struct x12_condition *out, struct slice text, size_t element_count)
{
	size_t at;

	*out = (struct x12_condition){ 0 };
	if (text.n < 5 || text.n % 2 == 0 || !slice_find_byte(&at, S("PRECL"), text.p[0]))
		return false;
	out->relation = (char)text.p[0];
	for (size_t i = 1; i < text.n; i += 2) {
		uint64_t element = 0;

		if (out->count == X12_CONDITION_ELEMENTS_MAX ||
			slice_u64(&element, slice_sub(text, i, 2), NULL) != ST_OK ||
			element == 0 || element > element_count || element > X12_CONDITION_LAST)
			return false;
		out->elements[out->count++] = (uint8_t)element;
		out->mask |= UINT64_C(1) << (element - 1);
	}
	return true;
}

static enum status conditions_read(struct guide_segment *segment, struct arena *arena,
	const struct guide_node *list, struct fault *f)
{
	struct x12_condition *conditions;
	struct slice text;
	size_t at = 0;

	if (!list)
		return ST_OK;
	conditions = arena_zeroed(arena, list->count, sizeof(*conditions));
	for (const struct guide_node *n = list->first; n; n = n->next) {
		TRY(guide_read_text(&text, n, f));
		if (!condition_parse(&conditions[at++], text, segment->elements.count))
			return guide_fault(n, f, "x12.guide.value",
				"%.*s is no condition between the %zu elements of %s: P0304, R0203",
				SLICE_FMT(slice_to(text, 40)), segment->elements.count,
				segment->text);
	}
	segment->conditions = conditions;
	segment->condition_count = at;
	return ST_OK;
}

static enum status segment_read(struct guide_segment *out, const struct tables *t,
	const struct guide_node *n, struct fault *f)
{
	struct segment_text said = { 0 };

	out->id = x12_id(n->key);
	if (out->id == 0 || !slice_is_printable(n->key))
		return guide_fault(n, f, "x12.guide.value", "%.*s is no segment's id",
			SLICE_FMT(slice_to(n->key, 40)));
	TRY(guide_fields_read(&said, n, "a segment", segment_fields,
		sizeof(segment_fields) / sizeof(segment_fields[0]), f));
	out->text = arena_text(t->arena, n->key);
	out->name = arena_text(t->arena, said.name);
	TRY(places_read(&out->elements, t, said.elements, f));
	return conditions_read(out, t->arena, said.conditions, f);
}

static int segments_compare(const void *a, const void *b)
{
	uint32_t x = ((const struct guide_segment *)a)->id;
	uint32_t y = ((const struct guide_segment *)b)->id;

	return x < y ? -1 : x > y;
}

enum status guide_dictionary_read(struct guide_dictionary *out, struct arena *arena,
	const struct guide_node *root, struct fault *f)
{
	struct tables t = { .arena = arena };
	struct dictionary_text said = { 0 };
	struct guide_segment *segments;
	size_t at = 0;

	TRY(guide_fields_read(&said, root, "a dictionary", dictionary_fields,
		sizeof(dictionary_fields) / sizeof(dictionary_fields[0]), f));
	TRY(elements_read(&t, said.elements, f));
	TRY(composites_read(&t, said.composites, f));
	segments = arena_zeroed(arena, said.segments->count, sizeof(*segments));
	for (const struct guide_node *n = said.segments->first; n; n = n->next)
		TRY(segment_read(&segments[at++], &t, n, f));
	qsort(segments, at, sizeof(*segments), segments_compare);
	*out = (struct guide_dictionary){ .segments = segments, .count = at };
	return ST_OK;
}

const struct guide_segment *guide_dictionary_find(
	const struct guide_dictionary *d, struct slice segment)
{
	struct guide_segment key = { .id = x12_id(segment) };

	return key.id ? bsearch(&key, d->segments, d->count, sizeof(key), segments_compare)
		      : NULL;
}
