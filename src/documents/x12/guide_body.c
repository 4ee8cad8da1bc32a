/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Positions are made once and changed only before somebody else refers to them: whoever refines a
 * body or a list of variants gets a copy of the list, and shares what it does not touch.
 */
#include "documents/x12/guide_body.h"

#include <stdio.h>
#include <string.h>

#include "documents/x12/elements.h"
#include "documents/x12/guide_fields.h"

/* Everything that is known where a list is read. */
struct level {
	struct guide_maker *maker;
	unsigned depth;
	bool is_new; /* nothing is there yet: what is read makes it */
};

static enum status list_new(
	struct guide_body *, const struct level *, const struct guide_node *list, struct fault *);
/* `list` may be NULL: only the others are spoken of. */
static enum status list_refine(struct guide_body *, const struct level *,
	const struct guide_node *list, bool others_unused, struct fault *);

/* --- what stands in a file --- */

struct position_text {
	struct slice segment, loop, name;
	struct guide_use use;
	uint32_t max; /* 0: not said */
	const struct guide_node *elements, *body, *variants;
	bool others_unused;
};

static const char *const others_words[] = { "unused" };

enum status guide_read_others(void *member, const struct guide_node *n, struct fault *f)
{
	size_t at;

	TRY(guide_word_read(&at, n, others_words, 1, f));
	*(bool *)member = true;
	return ST_OK;
}

#define FIELD(key_, read_, member_) { key_, read_, offsetof(struct position_text, member_), false }
static const struct guide_field position_fields[] = {
	FIELD("segment", guide_read_text, segment),
	FIELD("loop", guide_read_text, loop),
	FIELD("name", guide_read_text, name),
	FIELD("use", guide_read_use, use),
	FIELD("max", guide_read_max, max),
	FIELD("elements", guide_read_map, elements),
	FIELD("body", guide_read_list, body),
	FIELD("others", guide_read_others, others_unused),
	FIELD("variants", guide_read_list, variants),
};
#undef FIELD

static enum status position_read(
	struct position_text *out, const struct guide_node *n, struct fault *f)
{
	*out = (struct position_text){ 0 };
	TRY(guide_fields_read(out, n, "a position", position_fields,
		sizeof(position_fields) / sizeof(position_fields[0]), f));
	if ((out->segment.n > 0) == (out->loop.n > 0))
		return guide_fault(n, f, "x12.guide.key",
			"a position is either segment: ID or loop: NAME");
	if (out->loop.n > 0 && out->elements)
		return guide_fault(out->elements, f, "x12.guide.key",
			"the elements of a loop are those of the segments in its body");
	if (out->segment.n > 0 && out->body)
		return guide_fault(out->body, f, "x12.guide.key", "only a loop has a body");
	return ST_OK;
}

struct variant_text {
	struct slice name;
	const struct guide_node *when, *elements, *body;
	struct guide_use use;
	uint32_t max;
	bool others_unused;
};

#define FIELD(key_, read_, member_) { key_, read_, offsetof(struct variant_text, member_), false }
static const struct guide_field variant_fields[] = {
	FIELD("name", guide_read_text, name),
	FIELD("when", guide_read_map, when),
	FIELD("use", guide_read_use, use),
	FIELD("max", guide_read_max, max),
	FIELD("elements", guide_read_map, elements),
	FIELD("body", guide_read_list, body),
	FIELD("others", guide_read_others, others_unused),
};
#undef FIELD

static enum status variant_read(
	struct variant_text *out, const struct guide_node *n, bool is_loop, struct fault *f)
{
	*out = (struct variant_text){ 0 };
	TRY(guide_fields_read(out, n, "a variant", variant_fields,
		sizeof(variant_fields) / sizeof(variant_fields[0]), f));
	if (out->name.n == 0 && !out->others_unused)
		return guide_fault(n, f, "x12.guide.key",
			"a variant needs a name: what people call it");
	if (is_loop && out->elements)
		return guide_fault(out->elements, f, "x12.guide.key",
			"the elements of a loop are those of the segments in its body");
	if (!is_loop && out->body)
		return guide_fault(out->body, f, "x12.guide.key", "only a loop has a body");
	return ST_OK;
}

/* --- narrowing --- */

static enum status count_one(struct guide_maker *m, const struct guide_node *n, struct fault *f)
{
	if (++m->made > GUIDE_POSITIONS_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.size",
			"%s:%u: more than %d positions and variants", n->file, n->line,
			GUIDE_POSITIONS_MAX);
	return ST_OK;
}

static enum status max_narrow(uint32_t *max, uint32_t said, const struct guide_node *n,
	struct fault *f)
{
	if (said == 0)
		return ST_OK;
	if (said > *max)
		return guide_fault(n, f, "x12.guide.widens",
			"max is %u in what this builds on, and more here", *max);
	*max = said;
	return ST_OK;
}

/* --- variants --- */

/* Of a loop: those of the segment it begins with. */
static struct guide_elements variant_elements(const struct x12_variant *v)
{
	if (v->body_count > 0)
		v = &v->body[0].variants[v->body[0].variant_count - 1];
	return (struct guide_elements){ .list = v->elements, .count = v->element_count };
}

static bool when_is_of(const struct x12_when *when, struct guide_place at)
{
	return when->element == at.element && when->part == at.part;
}

/* One line of a `when`: narrows the one that is there of the same place, or is added. */
static enum status when_add(struct x12_when *list, size_t *count, struct guide_place at,
	struct x12_codes codes, const struct guide_node *n, struct fault *f)
{
	size_t i = 0;

	while (i < *count && !when_is_of(&list[i], at))
		i++;
	if (i < *count)
		TRY(guide_codes_narrow(&codes, list[i].codes, n, f));
	else
		*count += 1;
	list[i] = (struct x12_when){ .element = at.element, .part = at.part, .codes = codes };
	return ST_OK;
}

static enum status when_refine(struct x12_variant *v, struct guide_maker *m, const char *segment,
	const struct guide_node *map, struct fault *f)
{
	struct guide_elements elements = variant_elements(v);
	struct x12_when *list;

	if (!map)
		return ST_OK;
	list = arena_copy(m->arena, v->when, v->when_count, map->count, sizeof(*list));
	for (const struct guide_node *n = map->first; n; n = n->next) {
		const struct x12_element_rule *rule;
		struct guide_place at;
		struct x12_codes codes;

		TRY(guide_place_read(&at, segment, elements, n, f));
		TRY(guide_codes_read(&codes, m->arena, n, f));
		rule = guide_place_rule(&elements, at);
		TRY(guide_codes_narrow(&codes, rule->codes, n, f));
		TRY(when_add(list, &v->when_count, at, codes, n, f));
	}
	v->when = list;
	return ST_OK;
}

static enum status variant_body(struct x12_variant *v, const struct level *level,
	const struct guide_node *list, bool others_unused, struct fault *f)
{
	struct level below = { level->maker, level->depth + 1, false };
	struct guide_body body = { .list = v->body, .count = v->body_count };

	if (!list && !others_unused)
		return ST_OK;
	TRY(list_refine(&body, &below, list, others_unused, f));
	v->body = body.list;
	v->body_count = body.count;
	return ST_OK;
}

static enum status variant_elements_refine(struct x12_variant *v, struct guide_maker *m,
	const char *segment, const struct guide_node *said, struct fault *f)
{
	struct guide_elements elements = { .list = v->elements, .count = v->element_count };

	TRY(guide_elements_refine(&elements, m->arena, segment, said, f));
	v->elements = elements.list;
	return ST_OK;
}

static enum status variant_refine(struct x12_variant *v, const struct level *level,
	const char *segment, const struct variant_text *said, const struct guide_node *n,
	struct fault *f)
{
	TRY(count_one(level->maker, n, f));
	if (said->name.n > 0)
		v->name = arena_text(level->maker->arena, said->name);
	TRY(when_refine(v, level->maker, segment, said->when, f));
	TRY(guide_use_narrow(&v->use, said->use, n, v->name, f));
	TRY(max_narrow(&v->max, said->max, n, f));
	TRY(variant_elements_refine(v, level->maker, segment, said->elements, f));
	return variant_body(v, level, said->body, said->body && said->others_unused, f);
}

/* What stands where no condition is; it is the last, if there is one. */
static bool has_remainder(const struct x12_variant *list, size_t count)
{
	return count > 0 && list[count - 1].when_count == 0;
}

static size_t variant_find(const struct x12_variant *list, size_t count, struct slice name)
{
	size_t i = 0;

	while (i < count && !slice_eq(slice_str(list[i].name), name))
		i++;
	return i;
}

struct variants {
	struct x12_variant *list;
	size_t count;
	bool is_new;       /* the remainder is only what others are made of, until it is named */
	bool is_remainder; /* it was */
	size_t known;      /* how many the guide below tells apart; 0: it tells nothing apart */
};

static enum status variant_insert(struct variants *all, const struct level *level,
	const char *segment, const struct variant_text *said, const struct guide_node *n,
	struct fault *f)
{
	struct x12_variant v;

	if (!has_remainder(all->list, all->count))
		return guide_fault(n, f, "x12.guide.widens",
			"%.*s: what this builds on lets nothing stand here but its own variants",
			SLICE_FMT(slice_to(said->name, 60)));
	v = all->list[all->count - 1];
	v.use = X12_OPTIONAL;
	TRY(variant_refine(&v, level, segment, said, n, f));
	all->list[all->count] = all->list[all->count - 1];
	all->list[all->count - 1] = v;
	all->count++;
	return ST_OK;
}

/* "Bill cycle, Billing type", as far as there is room. */
static const char *names_put(char *out, size_t size, const struct variants *all)
{
	size_t n = 0;

	for (size_t i = 0; i < all->known; i++) {
		const char *name = all->list[i].name;

		if (n + strlen(name) + sizeof(", ...") > size) {
			(void)snprintf(out + n, size - n, "...");
			break;
		}
		n += (size_t)snprintf(
			out + n, size - n, "%s%s", name, i + 1 < all->known ? ", " : "");
	}
	return out;
}

/* A name that is misspelt would make every other segment what it says, and the guide still hold. */
static enum status known_check(const struct variants *all, const struct variant_text *said,
	const struct guide_node *n, struct fault *f)
{
	char names[160];

	if (all->known == 0 || said->name.n == 0)
		return ST_OK;
	return guide_fault(n, f, "x12.guide.key",
		"what this builds on has no variant %.*s, and a new one needs when; there are %s",
		SLICE_FMT(slice_to(said->name, 60)), names_put(names, sizeof(names), all));
}

static enum status remainder_refine(struct variants *all, const struct level *level,
	const char *segment, const struct variant_text *said, const struct guide_node *n,
	struct fault *f)
{
	struct x12_variant *v = &all->list[all->count - 1];

	if (!has_remainder(all->list, all->count))
		return said->others_unused ? ST_OK : guide_fault(n, f, "x12.guide.widens",
			"%.*s has no when: it would let everything stand here",
			SLICE_FMT(slice_to(said->name, 60)));
	if (all->is_new && all->is_remainder)
		return guide_fault(n, f, "x12.guide.twice", "a second variant without a when");
	all->is_remainder = true;
	TRY(variant_refine(v, level, segment, said, n, f));
	return guide_use_narrow(&v->use,
		(struct guide_use){ said->others_unused, X12_UNUSED }, n, v->name, f);
}

static enum status variant_take(struct variants *all, const struct level *level,
	const char *segment, bool is_loop, const struct guide_node *n, struct fault *f)
{
	struct variant_text said;
	size_t at;

	TRY(variant_read(&said, n, is_loop, f));
	at = said.name.n > 0 ? variant_find(all->list, all->count, said.name) : all->count;
	if (at < all->count && all->is_new && (said.when || at + 1 < all->count))
		return guide_fault(n, f, "x12.guide.twice", "a second variant %.*s",
			SLICE_FMT(slice_to(said.name, 60)));
	if (at < all->count && at + 1 < all->count)
		return variant_refine(&all->list[at], level, segment, &said, n, f);
	if (at < all->count && all->list[at].when_count > 0)
		return variant_refine(&all->list[at], level, segment, &said, n, f);
	if (said.when)
		return variant_insert(all, level, segment, &said, n, f);
	if (at == all->count)
		TRY(known_check(all, &said, n, f));
	return remainder_refine(all, level, segment, &said, n, f);
}

/* What is said of a variant is said at once: of two that differ one would go unseen. */
static enum status names_check(const struct guide_node *list, struct fault *f)
{
	for (const struct guide_node *n = list->first; n; n = n->next) {
		const struct guide_node *name =
			n->kind == GUIDE_MAP ? guide_node_find(n, S("name")) : NULL;

		for (const struct guide_node *m = list->first; name && m != n; m = m->next) {
			const struct guide_node *other = m->kind == GUIDE_MAP
				? guide_node_find(m, S("name")) : NULL;

			if (other && slice_eq(other->text, name->text))
				return guide_fault(name, f, "x12.guide.twice",
					"a second variant %.*s",
					SLICE_FMT(slice_to(name->text, 60)));
		}
	}
	return ST_OK;
}

static enum status variants_refine(struct x12_position *p, const struct level *level,
	const char *segment, const struct guide_node *list, struct fault *f)
{
	struct variants all = { .count = p->variant_count, .is_new = level->is_new };

	if (!list)
		return ST_OK;
	all.known = !level->is_new && p->variant_count > 1 ? p->variant_count : 0;
	all.list = arena_copy(level->maker->arena, p->variants, p->variant_count, list->count,
		sizeof(*all.list));
	TRY(names_check(list, f));
	for (const struct guide_node *n = list->first; n; n = n->next)
		TRY(variant_take(&all, level, segment, p->is_loop, n, f));
	if (all.is_new && !all.is_remainder)
		all.count--;
	p->variants = all.list;
	p->variant_count = all.count;
	return ST_OK;
}

/* --- positions --- */

static const struct guide_segment *segment_find(const struct guide_maker *m, struct slice id,
	const struct guide_node *n, struct fault *f)
{
	const struct guide_segment *segment = guide_dictionary_find(m->dictionary, id);

	if (!segment)
		guide_fault_tell(n, f, "x12.guide.segment", "the dictionary has no segment %.*s",
			SLICE_FMT(slice_to(id, 40)));
	return segment;
}

/* The dictionary's own text of it, which lives as long as the guide. */
static const char *segment_text(const struct guide_maker *m, uint32_t id)
{
	char text[X12_ID_MAX];
	size_t n = 0;

	for (int shift = 8 * (X12_ID_MAX - 1); shift >= 0; shift -= 8)
		if (id >> shift & 0xff)
			text[n++] = (char)(id >> shift & 0xff);
	return guide_dictionary_find(m->dictionary, slice_of(text, n))->text;
}

/* A position that is one variant, and nothing is said of it. */
static struct x12_position position_of(
	struct guide_maker *m, const struct x12_variant *v, const char *name, uint32_t id)
{
	return (struct x12_position){
		.id = id,
		.name = name,
		.max = 1,
		.variants = arena_copy(m->arena, v, 1, 0, sizeof(*v)),
		.variant_count = 1,
	};
}

static struct x12_position position_of_segment(
	struct guide_maker *m, const struct guide_segment *segment)
{
	struct x12_variant v = {
		.name = segment->name,
		.max = X12_MAX_ANY,
		.elements = segment->elements.list,
		.element_count = segment->elements.count,
		.conditions = segment->conditions,
		.condition_count = segment->condition_count,
	};

	return position_of(m, &v, segment->text, segment->id);
}

enum status guide_position_plain(struct x12_position *out, struct guide_maker *m,
	struct slice id, const struct guide_node *at, struct fault *f)
{
	const struct guide_segment *segment = segment_find(m, id, at, f);

	if (!segment)
		return ST_INPUT;
	*out = position_of_segment(m, segment);
	out->use = X12_REQUIRED;
	return ST_OK;
}

/* The segment a loop begins with is there once each time: else there is no loop. */
static enum status loop_begin(struct x12_position *first, const struct guide_node *n,
	struct fault *f)
{
	if (first->is_loop || first->max != 1 || first->use == X12_UNUSED)
		return guide_fault(n, f, "x12.guide.value",
			"a loop begins with a segment that is there once: no loop, max: or unused");
	first->use = X12_REQUIRED;
	return ST_OK;
}

static enum status loop_new(struct x12_position *out, const struct level *level,
	const struct position_text *said, const struct guide_node *n, struct fault *f)
{
	struct level below = { level->maker, level->depth + 1, true };
	struct x12_variant v = { .max = X12_MAX_ANY };
	struct guide_body body = { 0 };

	if (!said->body)
		return guide_fault(n, f, "x12.guide.key", "a loop needs a body: it is missing");
	TRY(list_new(&body, &below, said->body, f));
	/* body_read() has made it just now. */
	TRY(loop_begin((struct x12_position *)(uintptr_t)body.list, said->body->first, f));
	v.name = arena_text(level->maker->arena, said->loop);
	v.body = body.list;
	v.body_count = body.count;
	*out = position_of(level->maker, &v, v.name, body.list[0].id);
	out->is_loop = true;
	return ST_OK;
}

static enum status segment_new(struct x12_position *out, const struct level *level,
	const struct position_text *said, const struct guide_node *n, struct fault *f)
{
	const struct guide_segment *segment = segment_find(level->maker, said->segment, n, f);

	if (!segment)
		return ST_INPUT;
	*out = position_of_segment(level->maker, segment);
	return ST_OK;
}

/* What is said of the position itself holds for each of its variants. */
static enum status each_variant(struct x12_position *p, const struct level *level,
	const char *segment, const struct position_text *said, struct fault *f)
{
	struct x12_variant *list = arena_copy(
		level->maker->arena, p->variants, p->variant_count, 0, sizeof(*list));

	for (size_t i = 0; i < p->variant_count; i++) {
		struct x12_variant *v = &list[i];

		TRY(variant_elements_refine(v, level->maker, segment, said->elements, f));
		if (!level->is_new)
			TRY(variant_body(v, level, said->body, said->others_unused, f));
	}
	if (said->name.n > 0)
		list[p->variant_count - 1].name = arena_text(level->maker->arena, said->name);
	p->variants = list;
	return ST_OK;
}

/* --- what nothing could pass --- */

static const struct x12_variant *needed_find(const struct x12_position *p, uint32_t *count)
{
	const struct x12_variant *first = NULL;

	*count = 0;
	for (size_t i = 0; i < p->variant_count; i++) {
		if (p->variants[i].use != X12_REQUIRED)
			continue;
		first = first ? first : &p->variants[i];
		*count += 1;
	}
	return first;
}

static bool has_usable(const struct x12_position *p)
{
	for (size_t i = 0; i < p->variant_count; i++)
		if (p->variants[i].use != X12_UNUSED)
			return true;
	return false;
}

/* Elements of a use: bit n - 1 is element n, of the first 64. */
static uint64_t elements_of(const struct x12_variant *v, enum x12_use use)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < v->element_count && i < X12_CONDITION_LAST; i++)
		if (v->elements[i].use == use)
			mask |= UINT64_C(1) << i;
	return mask;
}

/* Of one condition: what is required and unused of its elements, of the first and of the rest. */
struct left {
	uint64_t all, rest, required, unused;
	bool first; /* it is required */
};

static bool pair_is_possible(struct left l)
{
	return l.required == 0 || l.unused == 0;
}

static bool one_is_possible(struct left l)
{
	return l.unused != l.all;
}

static bool exclusion_is_possible(struct left l)
{
	return (l.required & (l.required - 1)) == 0;
}

static bool need_is_possible(struct left l)
{
	return !l.first || (l.unused & l.rest) == 0;
}

static bool list_is_possible(struct left l)
{
	return !l.first || (l.unused & l.rest) != l.rest;
}

static const struct {
	char relation;
	bool (*is_possible)(struct left);
} relations[] = {
	{ 'P', pair_is_possible },
	{ 'R', one_is_possible },
	{ 'E', exclusion_is_possible },
	{ 'C', need_is_possible },
	{ 'L', list_is_possible },
};

static bool condition_is_possible(
	const struct x12_condition *c, uint64_t required, uint64_t unused)
{
	uint64_t first = UINT64_C(1) << (c->elements[0] - 1);
	struct left left = { .all = c->mask,
		.rest = c->mask & ~first,
		.required = required & c->mask,
		.unused = unused & c->mask,
		.first = (required & first) != 0 };

	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++)
		if (relations[i].relation == c->relation)
			return relations[i].is_possible(left);
	return true;
}

static enum status conditions_check(const struct x12_position *p, const struct x12_variant *v,
	const struct guide_node *n, struct fault *f)
{
	uint64_t required = elements_of(v, X12_REQUIRED), unused = elements_of(v, X12_UNUSED);
	char text[X12_CONDITION_TEXT_MAX];

	for (size_t i = 0; i < v->condition_count; i++)
		if (!condition_is_possible(&v->conditions[i], required, unused))
			return guide_fault(n, f, "x12.guide.impossible",
				"%s (%s): what is required and unused of it leaves nothing that "
				"its condition %s lets pass",
				p->name, v->name, x12_condition_text(text, &v->conditions[i]));
	return ST_OK;
}

static bool when_is_possible(const struct x12_when *when, const struct x12_element_rule *rule)
{
	if (!rule || rule->type == X12_COMPOSITE)
		return true;
	for (size_t i = 0; rule->use != X12_UNUSED && i < when->codes.count; i++) {
		const struct x12_code code = when->codes.list[i];

		if (rule->codes.count > 0 && !x12_code_find_packed(&rule->codes, code.packed))
			continue;
		if (guide_code_fits(rule, code))
			return true;
	}
	return false;
}

/* One that need not be there may be ruled out by a narrower list of codes: it is unused, then. */
static enum status when_check(const struct x12_position *p, const struct x12_variant *v,
	const struct guide_node *n, struct fault *f)
{
	struct guide_elements elements = variant_elements(v);
	char codes[X12_CODES_TEXT_MAX];

	for (size_t i = 0; v->use == X12_REQUIRED && i < v->when_count; i++) {
		const struct x12_when *when = &v->when[i];
		struct guide_place at = { when->element, when->part };

		if (when_is_possible(when, guide_place_rule(&elements, at)))
			continue;
		return guide_fault(n, f, "x12.guide.impossible",
			"%s is required, and there when element %02u of %s is %s, which it cannot "
			"be: nothing passes that",
			v->name, when->element, p->name,
			x12_codes_text(codes, &when->codes));
	}
	return ST_OK;
}

/* Whatever is `inner` is `outer`, too. */
static bool is_within(const struct x12_when *inner, const struct x12_when *outer)
{
	if (inner->element != outer->element || inner->part != outer->part)
		return false;
	for (size_t i = 0; i < inner->codes.count; i++)
		if (!x12_code_find_packed(&outer->codes, inner->codes.list[i].packed))
			return false;
	return true;
}

/* The one above takes all that would be this one. */
static bool is_hidden(const struct x12_variant *v, const struct x12_variant *above)
{
	for (size_t i = 0; i < above->when_count; i++) {
		size_t at = 0;

		while (at < v->when_count && !is_within(&v->when[at], &above->when[i]))
			at++;
		if (at == v->when_count)
			return false;
	}
	return true;
}

static enum status hidden_check(
	const struct x12_position *p, size_t at, const struct guide_node *n, struct fault *f)
{
	const struct x12_variant *v = &p->variants[at];

	for (size_t i = 0; v->use != X12_UNUSED && i < at; i++)
		if (is_hidden(v, &p->variants[i]))
			return guide_fault(n, f, "x12.guide.impossible",
				"%s is never there: %s, above it, is whenever it would be",
				v->name, p->variants[i].name);
	return ST_OK;
}

static enum status variants_check(
	const struct x12_position *p, const struct guide_node *n, struct fault *f)
{
	for (size_t i = 0; p->use != X12_UNUSED && i < p->variant_count; i++) {
		const struct x12_variant *v = &p->variants[i];

		TRY(hidden_check(p, i, n, f));
		if (v->use == X12_UNUSED)
			continue;
		TRY(conditions_check(p, v, n, f));
		TRY(when_check(p, v, n, f));
	}
	return ST_OK;
}

/* What guides say one after the other may each be right, and together leave nothing. */
static enum status position_check(
	const struct x12_position *p, const struct guide_node *n, struct fault *f)
{
	uint32_t needed;
	const struct x12_variant *first = needed_find(p, &needed);

	if (first && p->use == X12_UNUSED)
		return guide_fault(n, f, "x12.guide.impossible",
			"%s is unused, and %s, a variant of it, is required: nothing passes that",
			p->name, first->name);
	if (first && needed > p->max)
		return guide_fault(n, f, "x12.guide.impossible",
			"%s may come %u time%s, and %u variants of it are required, %s the first: "
			"nothing passes that",
			p->name, p->max, p->max == 1 ? "" : "s", needed, first->name);
	if (p->use == X12_REQUIRED && !has_usable(p))
		return guide_fault(n, f, "x12.guide.impossible",
			"%s is required, and every variant of it is unused: nothing passes that",
			p->name);
	return variants_check(p, n, f);
}

static enum status position_apply(struct x12_position *p, const struct level *level,
	const struct position_text *said, const struct guide_node *n, struct fault *f)
{
	const char *segment = segment_text(level->maker, p->id);

	TRY(count_one(level->maker, n, f));
	if (said->others_unused && !p->is_loop)
		return guide_fault(n, f, "x12.guide.key",
			"others: of a segment stands among its variants, - others: unused");
	TRY(guide_use_narrow(&p->use, said->use, n, p->name, f));
	if (level->is_new)
		p->max = said->max ? said->max : p->max;
	else
		TRY(max_narrow(&p->max, said->max, n, f));
	TRY(each_variant(p, level, segment, said, f));
	TRY(variants_refine(p, level, segment, said->variants, f));
	return position_check(p, n, f);
}

static enum status position_new(struct x12_position *out, const struct level *level,
	const struct guide_node *n, struct fault *f)
{
	struct position_text said;

	TRY(position_read(&said, n, f));
	if (said.others_unused)
		return guide_fault(n, f, "x12.guide.key",
			"others: belongs into a guide that refines another");
	TRY(said.loop.n > 0 ? loop_new(out, level, &said, n, f)
			    : segment_new(out, level, &said, n, f));
	return position_apply(out, level, &said, n, f);
}

/* --- bodies --- */

static bool is_named(const struct x12_position *p, const struct position_text *said)
{
	return p->is_loop == (said->loop.n > 0) &&
		slice_eq(slice_str(p->name), p->is_loop ? said->loop : said->segment);
}

/* What must be there stays, and so does what has a variant that must. */
static void others_drop(struct x12_position *list, size_t from, size_t to, bool others_unused)
{
	uint32_t needed;

	for (size_t i = from; others_unused && i < to; i++)
		if (list[i].use == X12_OPTIONAL && !needed_find(&list[i], &needed))
			list[i].use = X12_UNUSED;
}

/* The next position of that name, from *at on, which is behind it afterwards. */
static enum status position_refine(struct x12_position *list, size_t count, size_t *at,
	const struct level *level, bool others_unused, const struct guide_node *n, struct fault *f)
{
	struct position_text said;
	size_t found = *at;

	TRY(position_read(&said, n, f));
	while (found < count && !is_named(&list[found], &said))
		found++;
	if (found == count)
		return guide_fault(n, f, "x12.guide.widens",
			"what this builds on has no %s %.*s here, or only before what stands above",
			said.loop.n > 0 ? "loop" : "segment",
			SLICE_FMT(slice_to(said.loop.n > 0 ? said.loop : said.segment, 40)));
	others_drop(list, *at, found, others_unused);
	*at = found + 1;
	return position_apply(&list[found], level, &said, n, f);
}

static enum status list_refine(struct guide_body *body, const struct level *level,
	const struct guide_node *list, bool others_unused, struct fault *f)
{
	struct x12_position *positions = arena_copy(
		level->maker->arena, body->list, body->count, 0, sizeof(*positions));
	size_t at = 0;

	for (const struct guide_node *n = list ? list->first : NULL; n; n = n->next)
		TRY(position_refine(
			positions, body->count, &at, level, others_unused, n, f));
	others_drop(positions, at, body->count, others_unused);
	body->list = positions;
	return ST_OK;
}

static enum status list_new(struct guide_body *body, const struct level *level,
	const struct guide_node *list, struct fault *f)
{
	struct x12_position *positions =
		arena_zeroed(level->maker->arena, list->count, sizeof(*positions));
	size_t at = 0;

	if (level->depth > X12_DEPTH_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.depth",
			"%s:%u: more than %d loops in one another", list->file, list->line,
			X12_DEPTH_MAX);
	for (const struct guide_node *n = list->first; n; n = n->next)
		TRY(position_new(&positions[at++], level, n, f));
	*body = (struct guide_body){ .list = positions, .count = at };
	return ST_OK;
}

enum status guide_body_new(struct guide_body *out, struct guide_maker *m,
	const struct guide_node *list, struct fault *f)
{
	struct level level = { m, 0, true };

	return list_new(out, &level, list, f);
}

enum status guide_body_refine(struct guide_body *body, struct guide_maker *m,
	const struct guide_node *list, bool others_unused, struct fault *f)
{
	struct level level = { m, 0, false };

	return list_refine(body, &level, list, others_unused, f);
}
