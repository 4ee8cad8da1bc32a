/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the guide that refines nothing, through those that refine it, to the one that is asked for;
 * then ST and SE around it, and numbers for whoever counts.
 */
#include "documents/x12/guide_load.h"

#include <stdlib.h>
#include <string.h>

#include "documents/x12/guide_body.h"
#include "documents/x12/guide_fields.h"
#include "documents/x12/guide_rules.h"

/* --- what stands at the top of a file --- */

struct guide_text {
	struct slice name, title, set, group, version, refines;
	const struct guide_node *correlation, *body, *rules;
	bool others_unused;
};

#define FIELD(key_, read_, member_, needed_) \
	{ key_, read_, offsetof(struct guide_text, member_), needed_ }
static const struct guide_field guide_fields[] = {
	FIELD("guide", guide_read_name, name, true),
	FIELD("title", guide_read_text, title, false),
	FIELD("set", guide_read_text, set, false),
	FIELD("group", guide_read_text, group, false),
	FIELD("version", guide_read_text, version, false),
	FIELD("refines", guide_read_name, refines, false),
	FIELD("correlation", guide_read_map, correlation, false),
	FIELD("body", guide_read_list, body, false),
	FIELD("others", guide_read_others, others_unused, false),
	FIELD("rules", guide_read_list, rules, false),
};
#undef FIELD

struct chain {
	const struct x12_library_entry *list[X12_REFINES_MAX + 1]; /* the one asked for first */
	size_t count;
};

struct loading {
	struct x12_guide *guide;
	struct guide_maker maker;
	struct guide_dictionary dictionary;
	struct guide_body body;
	struct guide_rules rules;
	size_t numbered; /* positions and variants */
};

static enum status guide_text_read(
	struct guide_text *out, const struct guide_node *root, struct fault *f)
{
	*out = (struct guide_text){ 0 };
	return guide_fields_read(out, root, "a guide", guide_fields,
		sizeof(guide_fields) / sizeof(guide_fields[0]), f);
}

static enum status chain_follow(struct chain *chain, const struct x12_library *library,
	struct slice name, struct fault *f)
{
	const struct x12_library_entry *at = x12_library_find(library, name);

	if (!at)
		return fault_set(f, ST_NONE, "x12.guide.unknown", "there is no guide %.*s",
			SLICE_FMT(slice_to(name, GUIDE_NAME_MAX)));
	for (chain->list[chain->count++] = at; at->refines[0]; chain->list[chain->count++] = at) {
		const struct x12_library_entry *base = x12_library_base(library, at);

		if (!base)
			return guide_fault(at->root, f, "x12.guide.unknown",
				"it refines %s, and there is no such guide", at->refines);
		if (chain->count > X12_REFINES_MAX)
			return fault_set(f, ST_LIMIT, "x12.guide.depth",
				"%s:1: more than %d guides that refine one another", at->file,
				X12_REFINES_MAX);
		at = base;
	}
	return ST_OK;
}

/* --- one guide after the other --- */

/* Who refines may name it where nothing else is named: partners match what they sent by it. */
static enum status correlation_keep(struct x12_guide *g, struct x12_reference said,
	const struct guide_node *map, struct fault *f)
{
	const struct x12_reference *base = &g->correlation;

	if (base->id != 0 && (base->id != said.id || base->element != said.element ||
				     strcmp(base->qualifier, said.qualifier) != 0))
		return guide_fault(map, f, "x12.guide.widens",
			"the correlation is another one in what this builds on");
	g->correlation = said;
	return ST_OK;
}

/* "BIG02: TN" */
static enum status correlation_read(struct x12_guide *g, const struct guide_node *map,
	const struct guide_dictionary *dictionary, struct fault *f)
{
	const struct guide_segment *segment;
	const struct guide_node *n;
	struct x12_reference said;
	struct guide_place at;

	if (!map)
		return ST_OK;
	n = map->first;
	segment = guide_dictionary_find(
		dictionary, slice_to(n->key, n->key.n > 2 ? n->key.n - 2 : 0));
	if (map->count != 1 || !segment || n->kind != GUIDE_TEXT || n->text.n < 1 ||
		n->text.n >= sizeof(said.qualifier))
		return guide_fault(map, f, "x12.guide.value",
			"one element and what OTI02 calls it is wanted: { BIG02: TN }");
	TRY(guide_place_read(&at, segment->text, segment->elements, n, f));
	said = (struct x12_reference){ .id = segment->id, .element = at.element };
	TRY(slice_to_text(said.qualifier, sizeof(said.qualifier), n->text, f));
	return correlation_keep(g, said, map, f);
}

/* ST and SE are of every set: a guide that names them would have them twice. */
static enum status envelope_refuse(const struct guide_node *body, struct fault *f)
{
	for (const struct guide_node *n = body->first; n; n = n->next) {
		const struct guide_node *id =
			n->kind == GUIDE_MAP ? guide_node_find(n, S("segment")) : NULL;

		if (id && (slice_eq(id->text, S("ST")) || slice_eq(id->text, S("SE"))))
			return guide_fault(id, f, "x12.guide.value",
				"ST and SE are there anyway: leave them out");
	}
	return ST_OK;
}

static enum status base_read(struct loading *l, const struct guide_text *said,
	const struct x12_library *library, const struct guide_node *root, struct fault *f)
{
	const struct x12_library_entry *dictionary;
	struct x12_guide *g = l->guide;

	if (said->set.n == 0 || said->group.n == 0 || said->version.n == 0 || !said->body)
		return guide_fault(root, f, "x12.guide.key",
			"a guide that refines no other needs set:, group:, version: and body:");
	if (said->others_unused)
		return guide_fault(guide_node_find(root, S("others")), f, "x12.guide.key",
			"others: belongs into a guide that refines another");
	dictionary = x12_library_dictionary(library, slice_to(said->version, 6));
	if (!dictionary)
		return guide_fault(root, f, "x12.guide.unknown", "there is no dictionary of %.*s",
			SLICE_FMT(slice_to(said->version, 12)));
	TRY(guide_dictionary_read(&l->dictionary, l->maker.arena, dictionary->root, f));
	g->set = arena_text(g->arena, said->set);
	g->group = arena_text(g->arena, said->group);
	g->version = arena_text(g->arena, said->version);
	TRY(envelope_refuse(said->body, f));
	return guide_body_new(&l->body, &l->maker, said->body, f);
}

static enum status refinement_read(struct loading *l, const struct guide_text *said,
	const struct guide_node *root, struct fault *f)
{
	if (said->set.n > 0 && !slice_eq(said->set, slice_str(l->guide->set)))
		return guide_fault(guide_node_find(root, S("set")), f, "x12.guide.widens",
			"the set is %s in what this builds on", l->guide->set);
	if (said->group.n > 0 && !slice_eq(said->group, slice_str(l->guide->group)))
		return guide_fault(guide_node_find(root, S("group")), f, "x12.guide.widens",
			"the group is %s in what this builds on", l->guide->group);
	if (said->version.n > 0 && !slice_has_prefix(said->version, slice_str(l->guide->version)))
		return guide_fault(root, f, "x12.guide.widens",
			"the version is %s in what this builds on", l->guide->version);
	if (said->version.n > 0)
		l->guide->version = arena_text(l->guide->arena, said->version);
	if (!said->body && !said->others_unused)
		return ST_OK;
	return guide_body_refine(&l->body, &l->maker, said->body, said->others_unused, f);
}

static enum status guide_read(struct loading *l, const struct x12_library *library,
	const struct x12_library_entry *entry, struct fault *f)
{
	struct x12_guide *g = l->guide;
	struct guide_text said;

	TRY(guide_text_read(&said, entry->root, f));
	TRY(entry->refines[0] ? refinement_read(l, &said, entry->root, f)
			      : base_read(l, &said, library, entry->root, f));
	g->name = arena_text(g->arena, said.name);
	if (said.title.n > 0 || !g->title)
		g->title = arena_text(g->arena, said.title);
	if (entry->refines[0])
		g->refines = arena_text(g->arena, said.refines);
	TRY(correlation_read(g, said.correlation, &l->dictionary, f));
	return guide_rules_add(&l->rules, g->arena, said.rules, f);
}

/* --- around it --- */

static enum status envelope_add(struct loading *l, const struct guide_node *root, struct fault *f)
{
	struct x12_position *body =
		arena_zeroed(l->guide->arena, l->body.count + 2, sizeof(*body));

	TRY(guide_position_plain(&body[0], &l->maker, S("ST"), root, f));
	for (size_t i = 0; i < l->body.count; i++)
		body[i + 1] = l->body.list[i];
	TRY(guide_position_plain(&body[l->body.count + 1], &l->maker, S("SE"), root, f));
	l->body = (struct guide_body){ .list = body, .count = l->body.count + 2 };
	return ST_OK;
}

/*
 * Loops share what they have in common until here; from here on each has its own copy, so that each
 * position and variant has a number of its own.
 */
static enum status body_number(struct loading *, const struct x12_position **list, size_t count,
	struct fault *f);

static size_t needed_of(const struct x12_variant *v)
{
	size_t needed = v->element_count;

	while (needed > 0 && v->elements[needed - 1].use != X12_REQUIRED)
		needed--;
	return needed;
}

/* Types AN and ID, where the guide has no codes. */
static bool is_text(const struct x12_element_rule *e)
{
	return (e->type == X12_AN || e->type == X12_ID) && e->codes.count == 0 &&
		e->use != X12_UNUSED && e->repeat <= 1;
}

/* What has the length of e if it is a plain text; NULL: it may be something else. */
static const struct x12_element_rule *text_of(const struct x12_element_rule *e)
{
	const struct x12_element_rule *text = e->type == X12_COMPOSITE ? e->parts : e;

	if (!text || e->use == X12_UNUSED || e->repeat > 1)
		return NULL;
	for (size_t i = 1; i < e->part_count; i++)
		if (e->parts[i].use == X12_REQUIRED)
			return NULL;
	return is_text(text) ? text : NULL;
}

static const struct x12_text_rule *texts_of(struct arena *arena, const struct x12_variant *v)
{
	struct x12_text_rule *texts = arena_zeroed(arena, v->element_count + 1, sizeof(*texts));

	for (size_t i = 0; i < v->element_count; i++) {
		const struct x12_element_rule *text = text_of(&v->elements[i]);

		texts[i] = (struct x12_text_rule){ .least = text ? text->least : 1,
			.most = text ? text->most : 0,
			.is_required = v->elements[i].use == X12_REQUIRED };
	}
	return texts;
}

/* What begins a loop is there whenever the loop is; one of its variants may be missing. */
static bool is_needed(const struct x12_position *p, bool begins_loop)
{
	bool needed = p->use == X12_REQUIRED && !begins_loop;

	for (size_t i = 0; i < p->variant_count; i++)
		needed |= p->variants[i].use == X12_REQUIRED;
	return needed;
}

/* From the last position on, so that each slot ends with its first. */
static const struct x12_body_index *index_of(
	struct arena *arena, const struct x12_position *body, size_t count, bool is_loop)
{
	struct x12_body_index *index =
		arena_zeroed(arena, 1, sizeof(*index) + (count + 1) * sizeof(index->keys[0]));
	uint16_t none = (uint16_t)count, needed = none;

	for (size_t i = 0; i < X12_ID_SLOTS; i++)
		index->first[i] = none;
	index->keys[count] = (struct x12_position_key){ .next = none, .needed = none };
	for (size_t i = count; i-- > 0;) {
		uint16_t *first = &index->first[x12_id_slot(body[i].id)];

		needed = is_needed(&body[i], is_loop && i == 0) ? (uint16_t)i : needed;
		index->keys[i] = (struct x12_position_key){ body[i].id, *first, needed };
		*first = (uint16_t)i;
	}
	return index;
}

/* How many codes tell the variants apart, up to the one that asks for none; 0: more than they. */
static size_t keys_count(const struct x12_position *p)
{
	const struct x12_when *first = p->variants[0].when;
	size_t count = 0;

	for (size_t i = 0; i < p->variant_count && p->variants[i].when_count > 0; i++) {
		const struct x12_when *when = p->variants[i].when;

		if (p->variants[i].when_count > 1 || when->element != first->element ||
			when->part != first->part)
			return 0;
		count += when->codes.count;
	}
	return count <= X12_VARIANT_KEYS_MAX ? count : 0;
}

static const struct x12_variant_keys *keys_of(struct arena *arena, const struct x12_position *p)
{
	size_t count = keys_count(p), i;
	struct x12_variant_keys *keys;

	if (count == 0)
		return NULL;
	keys = arena_zeroed(arena, 1, sizeof(*keys) + count * sizeof(keys->list[0]));
	keys->element = p->variants[0].when->element;
	keys->part = p->variants[0].when->part;
	for (i = 0; i < p->variant_count && p->variants[i].when_count > 0; i++) {
		const struct x12_codes *codes = &p->variants[i].when->codes;

		for (size_t j = 0; j < codes->count; j++)
			keys->list[keys->count++] =
				(struct x12_variant_key){ codes->list[j].packed, (uint16_t)i };
	}
	keys->other = (uint16_t)i;
	return keys;
}

static enum status variants_number(struct loading *l, struct x12_position *p, struct fault *f)
{
	struct x12_variant *list =
		arena_copy(l->guide->arena, p->variants, p->variant_count, 0, sizeof(*list));

	for (size_t i = 0; i < p->variant_count; i++) {
		list[i].serial = l->guide->variants++;
		list[i].needed = needed_of(&list[i]);
		list[i].texts = texts_of(l->guide->arena, &list[i]);
		TRY(body_number(l, &list[i].body, list[i].body_count, f));
		if (list[i].body_count > 0)
			list[i].body_index = index_of(
				l->guide->arena, list[i].body, list[i].body_count, true);
	}
	p->variants = list;
	p->keys = keys_of(l->guide->arena, p);
	return ST_OK;
}

static enum status body_number(struct loading *l, const struct x12_position **body, size_t count,
	struct fault *f)
{
	struct x12_position *list;

	if (count == 0)
		return ST_OK;
	list = arena_copy(l->guide->arena, *body, count, 0, sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		l->numbered += 1 + list[i].variant_count;
		if (l->numbered > X12_GUIDE_POSITIONS_MAX)
			return fault_set(f, ST_LIMIT, "x12.guide.size",
				"guide %s: more than %d positions and variants", l->guide->name,
				X12_GUIDE_POSITIONS_MAX);
		list[i].serial = l->guide->positions++;
		TRY(variants_number(l, &list[i], f));
	}
	*body = list;
	return ST_OK;
}

/* --- the segments that occur --- */

static void ids_collect(uint32_t *ids, size_t *count, const struct x12_position *body, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		ids[(*count)++] = body[i].id;
		for (size_t v = 0; v < body[i].variant_count; v++)
			ids_collect(ids, count, body[i].variants[v].body,
				body[i].variants[v].body_count);
	}
}

static int ids_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void ids_find(struct x12_guide *g)
{
	uint32_t *ids = arena_zeroed(g->arena, g->positions, sizeof(*ids));
	size_t count = 0, kept = 0;

	ids_collect(ids, &count, g->body, g->body_count);
	qsort(ids, count, sizeof(*ids), ids_compare);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	g->ids = ids;
	g->id_count = kept;
}

static enum status finish(struct loading *l, const struct guide_node *root, struct fault *f)
{
	struct x12_guide *g = l->guide;

	TRY(envelope_add(l, root, f));
	TRY(body_number(l, &l->body.list, l->body.count, f));
	g->body = l->body.list;
	g->body_index = index_of(g->arena, g->body, l->body.count, false);
	g->body_count = l->body.count;
	g->rules = l->rules.list;
	g->rule_count = l->rules.count;
	ids_find(g);
	return ST_OK;
}

enum status x12_guide_load(struct x12_guide **out, const struct x12_library *library,
	struct slice name, struct fault *f)
{
	struct arena *arena = arena_new();
	AUTO(x12_guide) guide = arena_zeroed(arena, 1, sizeof(*guide));
	struct loading l = { .guide = guide, .maker = { .arena = arena } };
	struct chain chain = { 0 };

	guide->arena = arena;
	l.maker.dictionary = &l.dictionary;
	TRY(chain_follow(&chain, library, name, f));
	for (size_t i = chain.count; i-- > 0;)
		TRY(guide_read(&l, library, chain.list[i], f));
	TRY(finish(&l, chain.list[chain.count - 1]->root, f));
	*out = TAKE(guide);
	return ST_OK;
}
