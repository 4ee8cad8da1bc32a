/* SPDX-License-Identifier: Apache-2.0 */
/* Everything heard is copied into an arena once; comparing only looks at it. */
#include "documents/x12/compare.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "documents/decimal.h"
#include "documents/x12/decode.h"

#define NAME_MAX_BYTES 128

struct element {
	struct slice text;
	bool is_number;
	uint8_t implied; /* decimals that are not written */
	struct decimal number;
};

struct kept_segment {
	struct slice id;
	struct element *elements;
	size_t count;
	struct kept_segment *next;
	uint64_t position;
};

struct kept_set {
	char name[NAME_MAX_BYTES];
	struct kept_segment *first, **tail;
	size_t count; /* of segments */
	struct kept_set *next;
};

struct x12_sets {
	struct arena *arena;
	struct kept_set *first, **tail, *open;
	size_t count, bytes;
	bool is_full;
};

struct x12_sets *x12_sets_new(void)
{
	struct x12_sets *s = alloc_zeroed(1, sizeof(*s));

	s->arena = arena_new();
	s->tail = &s->first;
	return s;
}

void x12_sets_free(struct x12_sets *s)
{
	if (s)
		arena_free(s->arena);
	free(s);
}

enum status x12_sets_check(const struct x12_sets *s, struct fault *f)
{
	return s->is_full ? fault_set(f, ST_LIMIT, "x12.compare.size",
				    "more than %u MiB or %d sets: split it first",
				    X12_COMPARE_BYTES_MAX >> 20, X12_COMPARE_SETS_MAX)
			  : ST_OK;
}

/* --- hearing --- */

static void set_began(void *context, const struct x12_context *at)
{
	struct x12_sets *s = context;

	(void)at;
	s->open = NULL;
	s->is_full |= s->count == X12_COMPARE_SETS_MAX;
	if (s->is_full)
		return;
	s->open = arena_zeroed(s->arena, 1, sizeof(*s->open));
	s->open->tail = &s->open->first;
	*s->tail = s->open;
	s->tail = &s->open->next;
	s->count++;
}

/* Whatever a file separates components and repetitions with, they are '>' and '^' here. */
static struct slice text_keep(
	struct x12_sets *s, const struct x12_delimiters *d, struct slice text)
{
	uint8_t *kept = arena_zeroed(s->arena, text.n + 1, 1);

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		kept[i] = d->component && c == d->component ? '>' :
			d->repetition && c == d->repetition ? '^' : c;
	}
	return slice_of(kept, text.n);
}

static void element_keep(struct x12_sets *s, struct element *out, const struct x12_variant *v,
	const struct x12_delimiters *d, unsigned number, struct slice text)
{
	const struct x12_element_rule *rule = x12_rule_at(v, number, 0);
	bool numeric = rule && (rule->type == X12_N || rule->type == X12_R);

	out->text = text_keep(s, d, text);
	out->implied = numeric ? rule->decimals : 0;
	out->is_number = numeric &&
		decimal_parse(&out->number, text, rule->decimals, NULL) == ST_OK;
	s->bytes += text.n + sizeof(*out);
}

static bool is_envelope(struct slice id)
{
	return slice_eq(id, S("ST")) || slice_eq(id, S("SE"));
}

static void segment_heard(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *v, const struct x12_place *place)
{
	struct x12_sets *sets = context;
	struct kept_segment *kept;

	if (!sets->open || !at->interchange || place->position == 0 || is_envelope(s->id))
		return;
	sets->is_full |= sets->bytes > X12_COMPARE_BYTES_MAX;
	if (sets->is_full)
		return;
	kept = arena_zeroed(sets->arena, 1, sizeof(*kept));
	kept->id = slice_of(arena_text(sets->arena, s->id), s->id.n);
	kept->elements = arena_zeroed(sets->arena, s->count, sizeof(*kept->elements));
	kept->position = place->position;
	for (size_t i = 0; i < s->count; i++)
		element_keep(sets, &kept->elements[i], v, &at->interchange->delimiters,
			(unsigned)i + 1, s->elements[i]);
	kept->count = s->count;
	while (kept->count > 0 && kept->elements[kept->count - 1].text.n == 0)
		kept->count--; /* empty ones at the end say nothing */
	*sets->open->tail = kept;
	sets->open->tail = &kept->next;
	sets->open->count++;
	sets->bytes += sizeof(*kept);
}

/* Where the guide knows no reference, the control number is all there is. */
static void set_ended(void *context, const struct x12_context *at)
{
	struct x12_sets *s = context;

	if (s->open)
		snprintf(s->open->name, sizeof(s->open->name), "%.8s %.81s", at->set->id,
			at->set->reference[0] ? at->set->reference : at->set->number);
	s->open = NULL;
}

struct x12_listener x12_sets_hear(struct x12_sets *s)
{
	return (struct x12_listener){ .context = s,
		.set_began = set_began,
		.set_ended = set_ended,
		.segment = segment_heard };
}

/* --- equal or not --- */

static bool element_eq(const struct element *a, const struct element *b)
{
	return slice_eq(a->text, b->text) ||
		(a->is_number && b->is_number && decimal_compare(a->number, b->number) == 0);
}

static const struct element *element_at(const struct kept_segment *s, size_t i)
{
	static const struct element none = { 0 };

	return i < s->count ? &s->elements[i] : &none;
}

static bool segment_eq(const struct kept_segment *a, const struct kept_segment *b)
{
	size_t most = a->count > b->count ? a->count : b->count;

	if (!slice_eq(a->id, b->id))
		return false;
	for (size_t i = 0; i < most; i++)
		if (!element_eq(element_at(a, i), element_at(b, i)))
			return false;
	return true;
}

/* --- telling --- */

struct telling {
	void (*each)(void *, const struct x12_difference *);
	void *context;
	const char *set;
	size_t count;
};

static void tell(struct telling *t, const struct x12_difference *d)
{
	struct x12_difference said = *d;

	said.set = t->set;
	t->count++;
	t->each(t->context, &said);
}

static void text_put(struct buf *out, const struct kept_segment *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (i > 0)
			buf_put_u8(out, '*');
		buf_put(out, s->elements[i].text);
	}
}

static void segment_tell(struct telling *t, const struct kept_segment *s, enum x12_change change)
{
	AUTO_IN_PLACE(buf) text = buf_init(X12_SEGMENT_MAX + X12_ELEMENTS_MAX);
	struct x12_difference d = { .change = change, .id = s->id };

	text_put(&text, s);
	if (change == X12_SEGMENT_GONE) {
		d.before = s->position;
		d.old_text = buf_slice(&text);
	} else {
		d.after = s->position;
		d.new_text = buf_slice(&text);
	}
	tell(t, &d);
}

/* 12345 in words: "123.45"; nothing where the text says it. */
static struct slice amount_put(struct buf *out, const struct element *e)
{
	if (e->is_number && e->implied > 0)
		decimal_put_places(out, e->number, e->implied);
	return buf_slice(out);
}

static void element_tell(struct telling *t, struct x12_difference d, const struct element *x,
	const struct element *y)
{
	AUTO_IN_PLACE(buf) before = buf_init(64), after = buf_init(64);

	d.change = X12_ELEMENT_OTHER;
	d.old_text = x->text;
	d.new_text = y->text;
	d.old_amount = amount_put(&before, x);
	d.new_amount = amount_put(&after, y);
	tell(t, &d);
}

/* One in the place of another: which elements are others. */
static void elements_tell(
	struct telling *t, const struct kept_segment *a, const struct kept_segment *b)
{
	size_t most = a->count > b->count ? a->count : b->count;

	for (size_t i = 0; i < most; i++) {
		const struct element *x = element_at(a, i), *y = element_at(b, i);

		if (!element_eq(x, y))
			element_tell(t, (struct x12_difference){ .id = a->id,
				.before = a->position,
				.after = b->position,
				.element = (unsigned)i + 1 }, x, y);
	}
}

/* --- the longest common sequence of two sets --- */

struct table {
	struct kept_segment **a, **b;
	size_t na, nb;
	uint32_t *cells; /* (na + 1) x (nb + 1): how much is common from here on */
};

static struct kept_segment **list_of(struct arena *arena, const struct kept_set *set)
{
	struct kept_segment **list = arena_zeroed(arena, set->count + 1, sizeof(*list));
	size_t at = 0;

	for (struct kept_segment *s = set->first; s; s = s->next)
		list[at++] = s;
	return list;
}

static uint32_t *cell(const struct table *t, size_t i, size_t j)
{
	return &t->cells[i * (t->nb + 1) + j];
}

static void table_fill(const struct table *t)
{
	for (size_t i = t->na; i-- > 0;)
		for (size_t j = t->nb; j-- > 0;) {
			uint32_t down = *cell(t, i + 1, j), right = *cell(t, i, j + 1);

			*cell(t, i, j) = segment_eq(t->a[i], t->b[j]) ? *cell(t, i + 1, j + 1) + 1
				: down > right                        ? down
								      : right;
		}
}

/* Gone and new at the same place, and of one id: the same segment with other elements. */
static bool is_replaced(const struct table *t, size_t i, size_t j)
{
	return i < t->na && j < t->nb && slice_eq(t->a[i]->id, t->b[j]->id) &&
		*cell(t, i + 1, j + 1) >= *cell(t, i + 1, j) &&
		*cell(t, i + 1, j + 1) >= *cell(t, i, j + 1);
}

static void table_walk(const struct table *t, struct telling *to)
{
	size_t i = 0, j = 0;

	while (i < t->na || j < t->nb) {
		if (i < t->na && j < t->nb && segment_eq(t->a[i], t->b[j])) {
			i++;
			j++;
		} else if (is_replaced(t, i, j)) {
			elements_tell(to, t->a[i++], t->b[j++]);
		} else if (j == t->nb ||
			(i < t->na && *cell(t, i + 1, j) >= *cell(t, i, j + 1))) {
			segment_tell(to, t->a[i++], X12_SEGMENT_GONE);
		} else {
			segment_tell(to, t->b[j++], X12_SEGMENT_NEW);
		}
	}
}

/* Most of two sets is the same: what both begin and end with needs no table. */
static void ends_trim(struct table *t)
{
	while (t->na > 0 && t->nb > 0 && segment_eq(t->a[0], t->b[0])) {
		t->a++;
		t->b++;
		t->na--;
		t->nb--;
	}
	while (t->na > 0 && t->nb > 0 && segment_eq(t->a[t->na - 1], t->b[t->nb - 1])) {
		t->na--;
		t->nb--;
	}
}

static void sets_compare(const struct kept_set *a, const struct kept_set *b, struct telling *to)
{
	AUTO(arena) arena = arena_new();
	struct table t = { .na = a->count, .nb = b->count };

	to->set = a->name;
	t.a = list_of(arena, a);
	t.b = list_of(arena, b);
	ends_trim(&t);
	if ((t.na + 1) * (t.nb + 1) > X12_COMPARE_CELLS_MAX) {
		tell(to, &(struct x12_difference){ .change = X12_SET_LONG });
		return;
	}
	t.cells = arena_zeroed(arena, (t.na + 1) * (t.nb + 1), sizeof(*t.cells));
	table_fill(&t);
	table_walk(&t, to);
}

/* --- pairs of sets --- */

struct named {
	const struct kept_set *set;
	size_t at;    /* in its stream */
	size_t taken; /* of the first of a name: how many of that name have a partner */
	bool is_paired;
};

static int named_compare(const void *x, const void *y)
{
	const struct named *a = x, *b = y;
	int order = 0;

	for (size_t i = 0; i < NAME_MAX_BYTES && order == 0; i++) {
		order = (uint8_t)a->set->name[i] - (uint8_t)b->set->name[i];
		if (!a->set->name[i])
			break;
	}
	return order ? order : a->at < b->at ? -1 : a->at > b->at;
}

static bool same_name(const struct named *a, const struct kept_set *b)
{
	return slice_eq(slice_str(a->set->name), slice_str(b->name));
}

static struct named *sorted(struct arena *arena, const struct x12_sets *sets)
{
	struct named *list = arena_zeroed(arena, sets->count + 1, sizeof(*list));
	size_t at = 0;

	for (const struct kept_set *s = sets->first; s; s = s->next, at++)
		list[at] = (struct named){ .set = s, .at = at };
	qsort(list, sets->count, sizeof(*list), named_compare);
	return list;
}

/* The first of that name which has no partner yet. */
static struct named *partner_find(struct named *list, size_t count, const struct kept_set *of)
{
	struct named key = { .set = of };
	struct named *first;
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (named_compare(&list[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || !same_name(&list[low], of))
		return NULL;
	first = &list[low];
	if (low + first->taken == count || !same_name(first + first->taken, of))
		return NULL;
	return &list[low + first->taken++];
}

static void set_tell(struct telling *to, const struct kept_set *set, enum x12_change change)
{
	to->set = set->name;
	tell(to, &(struct x12_difference){ .change = change });
}

size_t x12_compare(const struct x12_sets *before, const struct x12_sets *after,
	void (*each)(void *context, const struct x12_difference *), void *context)
{
	AUTO(arena) arena = arena_new();
	struct named *list = sorted(arena, after);
	struct telling to = { each, context, "", 0 };

	for (const struct kept_set *s = before->first; s; s = s->next) {
		struct named *partner = partner_find(list, after->count, s);

		if (!partner) {
			set_tell(&to, s, X12_SET_GONE);
			continue;
		}
		partner->is_paired = true;
		sets_compare(s, partner->set, &to);
	}
	for (size_t i = 0; i < after->count; i++)
		if (!list[i].is_paired)
			set_tell(&to, list[i].set, X12_SET_NEW);
	return to.count;
}
