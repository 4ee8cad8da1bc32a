/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops that are open are frames on a stack, the set itself the first.  How often a position or
 * variant occurred is counted by its serial; a count belongs to one entry of its loop, told by an
 * epoch, so that entering a loop costs nothing.
 */
#include "documents/x12/walk.h"

#include <stdlib.h>

#include "documents/x12/segment_ids.h"

struct counter {
	uint64_t epoch;
	uint32_t count;
};

/* A body that is open, and how far in it the set has come. */
struct frame {
	const struct x12_position *loop;   /* NULL: the set */
	const char *name;                  /* of the loop */
	const struct x12_variant *variant; /* of the loop */
	const struct x12_position *body;
	const struct x12_body_index *index; /* of these */
	size_t body_count, at;
	uint64_t epoch;
	bool is_late; /* it stands upon a frame that its loop is not in */
	/* Of a loop: of its first segment's place, where rules about it are told, what differs. */
	struct began {
		uint64_t segment, offset;
		uint32_t position;
	} began;
};

struct x12_walk {
	const struct x12_guide *guide;
	struct x12_tally *tally; /* NULL: no rules */
	struct counter *positions, *variants;
	uint64_t *missed; /* by variant: the epoch in which it was told to be missing */
	struct frame frames[X12_DEPTH_MAX + 1];
	unsigned depth; /* of the innermost frame */
	uint64_t epoch;
};

struct x12_walk *x12_walk_new(const struct x12_guide *guide, const struct x12_rules *rules)
{
	struct x12_walk *w = alloc_zeroed(1, sizeof(*w));

	w->guide = guide;
	w->tally = rules && guide->rule_count > 0 ? x12_tally_new(rules) : NULL;
	w->positions = alloc_zeroed(guide->positions + 1UL, sizeof(*w->positions));
	w->variants = alloc_zeroed(guide->variants + 1UL, sizeof(*w->variants));
	w->missed = alloc_zeroed(guide->variants + 1UL, sizeof(*w->missed));
	return w;
}

void x12_walk_free(struct x12_walk *w)
{
	if (!w)
		return;
	x12_tally_free(w->tally);
	free(w->positions);
	free(w->variants);
	free(w->missed);
	free(w);
}

void x12_walk_interchange(struct x12_walk *w)
{
	if (w->tally)
		x12_tally_begin(w->tally);
}

/* What all frames have.  One by one: as one literal all of it is zeroed first, for every loop. */
static void frame_open(struct x12_walk *w, const struct x12_position *body,
	const struct x12_body_index *index, size_t body_count)
{
	struct frame *f = &w->frames[w->depth];

	f->body = body;
	f->index = index;
	f->body_count = body_count;
	f->at = 0;
	f->epoch = ++w->epoch;
	f->is_late = false;
}

/* The first frame has no loop: nobody sets that of it. */
void x12_walk_begin(struct x12_walk *w)
{
	w->depth = 0;
	frame_open(w, w->guide->body, w->guide->body_index, w->guide->body_count);
	if (w->tally)
		x12_tally_enter(w->tally, X12_SCOPE_SET);
}

static inline uint32_t count_of(const struct counter *c, uint64_t epoch)
{
	return c->epoch == epoch ? c->count : 0;
}

static inline uint32_t count_up(struct counter *c, uint64_t epoch)
{
	*c = (struct counter){ epoch, count_of(c, epoch) + 1 };
	return c->count;
}

/* --- where a segment belongs --------------------------------------------------- */

struct match {
	unsigned frame;
	size_t at;
	const struct x12_variant *variant; /* NULL: the id is right, but no variant's codes are */
	bool is_full; /* it was there as often as it may already */
};

static inline const struct x12_variant *variant_of(const struct x12_position *p,
	const struct x12_segment *s, const struct x12_delimiters *d)
{
	if (p->variants->when_count == 0)
		return p->variants;
	return p->keys ? x12_variant_find_key(p, s, d)
		       : x12_variant_find(p->variants, p->variant_count, s, d);
}

/* Better is what has a variant, then what has room; what was found first wins otherwise. */
static bool is_better(const struct match *found, const struct match *than)
{
	if (!found->variant != !than->variant)
		return found->variant;
	return !found->is_full && than->is_full;
}

static bool is_good(const struct match *m)
{
	return m->variant && !m->is_full;
}

static inline struct match match_at(const struct x12_walk *w, unsigned frame, size_t at,
	const struct x12_segment *s, const struct x12_delimiters *d)
{
	const struct frame *f = &w->frames[frame];
	const struct x12_position *p = &f->body[at];
	uint32_t count = count_of(&w->positions[p->serial], f->epoch);

	return (struct match){ frame, at, variant_of(p, s, d), count >= p->max };
}

/* The first of this id at `at` or behind it in its slot, and not before `from`; or body_count. */
static inline size_t key_find(const struct frame *f, size_t at, size_t from, uint32_t id)
{
	while (at < f->body_count && (at < from || f->index->keys[at].id != id))
		at = f->index->keys[at].next;
	return at;
}

static inline bool frame_search(struct match *best, bool found, const struct x12_walk *w,
	unsigned frame, const struct x12_segment *s, const struct x12_delimiters *d)
{
	const struct frame *f = &w->frames[frame];
	/* What a loop begins with begins another one: it is no segment in the loop that is open. */
	size_t from = frame > 0 && f->at == 0 ? 1 : f->at;
	size_t at = key_find(f, f->index->first[x12_id_slot(s->packed)], from, s->packed);

	for (; at < f->body_count; at = key_find(f, f->index->keys[at].next, from, s->packed)) {
		struct match m = match_at(w, frame, at, s, d);

		if (!found || is_better(&m, best))
			*best = m;
		found = true;
		if (is_good(best))
			break;
	}
	return found;
}

/* From the innermost loop outwards, from where each has come to. */
static bool match_find(struct match *best, const struct x12_walk *w, const struct x12_segment *s,
	const struct x12_delimiters *d)
{
	bool found = false;

	for (unsigned frame = w->depth + 1; frame-- > 0;) {
		found = frame_search(best, found, w, frame, s, d);
		if (found && is_good(best))
			return true;
	}
	return found;
}

static bool guide_knows(const struct x12_guide *guide, uint32_t id)
{
	size_t low = 0, high = guide->id_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (guide->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < guide->id_count && guide->ids[low] == id;
}

struct passed {
	enum { NOT_PASSED, PASSED, MISSED } how;
	unsigned frame; /* where it should have come */
	size_t at;
};

/* Its own variant was told to be missing: what comes late is that one, once. */
static bool was_missed(const struct x12_walk *w, const struct frame *f, size_t at,
	const struct x12_segment *s, const struct x12_delimiters *d)
{
	const struct x12_variant *v = variant_of(&f->body[at], s, d);

	if (!v || w->missed[v->serial] != f->epoch)
		return false;
	w->missed[v->serial] = 0;
	return true;
}

/* In an open loop, before where it has come to. */
static struct passed passed_find(const struct x12_walk *w, const struct x12_segment *s,
	const struct x12_delimiters *d)
{
	struct passed passed = { NOT_PASSED, 0, 0 };

	for (unsigned frame = 0; frame <= w->depth; frame++)
		for (size_t at = 0; at < w->frames[frame].at; at++) {
			if (w->frames[frame].index->keys[at].id != s->packed)
				continue;
			if (was_missed(w, &w->frames[frame], at, s, d))
				return (struct passed){ MISSED, frame, at };
			passed = (struct passed){ PASSED, frame, at };
		}
	return passed;
}

static bool id_is_well_formed(struct slice id)
{
	if (id.n < 2 || id.n > X12_ID_MAX || id.p[0] < 'A' || id.p[0] > 'Z')
		return false;
	for (size_t i = 1; i < id.n; i++)
		if (!((id.p[i] >= 'A' && id.p[i] <= 'Z') || (id.p[i] >= '0' && id.p[i] <= '9')))
			return false;
	return true;
}

/* A dictionary may have segments that X12 does not: its guides know them. */
static void unknown_tell(const struct x12_guide *guide, struct x12_report *r, struct slice id)
{
	/* "an 810", "a 997" */
	const char *article = *guide->set == '8' ? "an" : "a";

	if (x12_segment_exists(id))
		x12_report(r, X12_SEGMENT_UNKNOWN, "%.*s does not occur in %s %s as %s has it",
			SLICE_FMT(id), article, guide->set, guide->name);
	else
		x12_report(r, X12_SEGMENT_ID, "%.*s is no segment of X12", SLICE_FMT(id));
}

/* That it was missing was told already: it is one mistake. */
static void late_tell(struct x12_report *r, struct slice id, bool is_told)
{
	bool follows = r->follows;

	r->follows |= is_told;
	x12_report(r, X12_SEGMENT_ORDER, "%.*s comes too late: its place is further in front",
		SLICE_FMT(id));
	r->follows = follows;
	if (is_told)
		x12_report(r, X12_SEGMENT_LATE,
			"%.*s is here: it is the one that is missing further in front",
			SLICE_FMT(id));
}

/* It has no place: why not. */
__attribute__((cold)) static void stray_tell(const struct x12_walk *w, struct x12_report *r,
	const struct x12_segment *s, const struct passed *passed)
{
	struct slice id = s->id, shown = slice_to(id, 16);

	if (!id_is_well_formed(id))
		x12_report(r, X12_SEGMENT_ID,
			"\"%.*s\" is no segment: an id is a capital letter and one or two more "
			"letters or digits",
			SLICE_FMT(shown));
	else if (!guide_knows(w->guide, x12_id(id)))
		unknown_tell(w->guide, r, shown);
	else if (passed->how != NOT_PASSED)
		late_tell(r, shown, passed->how == MISSED);
	else
		x12_report(
			r, X12_SEGMENT_UNEXPECTED, "%.*s is not expected here", SLICE_FMT(shown));
}

/* --- what is missing ----------------------------------------------------------- */

__attribute__((cold)) static void missing_tell(
	struct x12_report *r, const struct x12_position *p, const struct x12_variant *v)
{
	struct slice id = r->place.id;
	char name[X12_ID_MAX + 1];

	/* An acknowledgment names the segment that is missing, at the place where that was seen. */
	r->place.id = x12_id_text(name, p->id);
	x12_report(r, X12_SEGMENT_MISSING, "%s%s%s%s%s is missing before this: it is required",
		p->is_loop ? "the loop " : "", p->name, v && *v->name ? " (" : "",
		v ? v->name : "", v && *v->name ? ")" : "");
	r->place.id = id;
}

static void variants_missing(const struct x12_walk *w, const struct frame *f,
	const struct x12_position *p, struct x12_report *r)
{
	for (size_t i = 0; i < p->variant_count; i++)
		if (p->variants[i].use == X12_REQUIRED &&
			count_of(&w->variants[p->variants[i].serial], f->epoch) == 0) {
			missing_tell(r, p, &p->variants[i]);
			w->missed[p->variants[i].serial] = f->epoch;
		}
}

static void position_missing(const struct x12_walk *w, const struct frame *f,
	const struct x12_position *p, struct x12_report *r)
{
	if (p->use != X12_REQUIRED || count_of(&w->positions[p->serial], f->epoch) > 0) {
		variants_missing(w, f, p, r);
		return;
	}
	missing_tell(r, p, NULL);
	for (size_t i = 0; i < p->variant_count; i++)
		w->missed[p->variants[i].serial] = f->epoch;
}

/* The frame comes to `at`: what stands before that will not come any more. */
static inline void frame_advance(
	const struct x12_walk *w, struct frame *f, size_t at, struct x12_report *r)
{
	for (size_t i = f->index->keys[f->at].needed; i < at; i = f->index->keys[i + 1].needed)
		position_missing(w, f, &f->body[i], r);
	f->at = at;
}

static const char *innermost(const struct x12_walk *w)
{
	return w->frames[w->depth].name;
}

/* Who is told of a broken rule, in an 824 too, must not look for it in the next loop. */
static void loop_judge(const struct x12_walk *w, const struct frame *f, struct x12_report *r)
{
	const struct x12_place here = r->place;

	r->place.segment = f->began.segment;
	r->place.offset = f->began.offset;
	r->place.position = f->began.position;
	r->place.id = slice_str(f->body[0].name);
	r->place.loop = f->name;
	x12_tally_leave(w->tally, f->variant->serial, r);
	r->place = here;
}

static void frame_leave(struct x12_walk *w, struct x12_report *r)
{
	struct frame *f = &w->frames[w->depth];

	r->place.loop = innermost(w);
	frame_advance(w, f, f->body_count, r);
	if (w->tally && !f->variant)
		x12_tally_leave(w->tally, X12_SCOPE_SET, r);
	else if (w->tally && x12_tally_judges(w->tally, f->variant->serial))
		loop_judge(w, f, r);
	if (w->depth > 0)
		w->depth--;
}

/* --- taking a segment ---------------------------------------------------------- */

__attribute__((cold)) static void repeats_tell(const struct x12_position *p,
	const struct x12_variant *v, uint32_t max, struct x12_report *r)
{
	x12_report(r, p->is_loop ? X12_LOOP_REPEATS : X12_SEGMENT_REPEATS,
		"%s%s%s%s%s occurs more than %u time%s", p->is_loop ? "the loop " : "", p->name,
		*v->name ? " (" : "", v->name, *v->name ? ")" : "", max, max == 1 ? "" : "s");
}

static void count_check(struct x12_walk *w, const struct frame *f, const struct x12_position *p,
	const struct x12_variant *v, struct x12_report *r)
{
	uint32_t total = count_up(&w->positions[p->serial], f->epoch);
	uint32_t own = count_up(&w->variants[v->serial], f->epoch);

	if (total > p->max)
		repeats_tell(p, v, p->max, r);
	else if (own > v->max)
		repeats_tell(p, v, v->max, r);
	else if (p->use == X12_UNUSED || v->use == X12_UNUSED)
		x12_report(r, X12_SEGMENT_UNEXPECTED, "%s%s%s is not used by %s", p->name,
			*v->name ? ": " : "", v->name, w->guide->name);
}

/* The loop's first segment is the first position of its body. */
static const struct x12_variant *loop_enter(struct x12_walk *w, const struct x12_position *p,
	const struct x12_variant *v, const struct x12_segment *s, const struct x12_delimiters *d,
	const struct x12_place *place)
{
	struct frame *f;
	const struct x12_variant *first = variant_of(&v->body[0], s, d);

	if (w->depth == X12_DEPTH_MAX)
		bug("a guide with loops deeper than %d", X12_DEPTH_MAX);
	f = &w->frames[++w->depth];
	frame_open(w, v->body, v->body_index, v->body_count);
	f->loop = p;
	f->name = p->name;
	f->variant = v;
	f->began.segment = place->segment;
	f->began.offset = place->offset;
	f->began.position = place->position;
	if (!first)
		first = &v->body[0].variants[0];
	count_up(&w->positions[v->body[0].serial], f->epoch);
	count_up(&w->variants[first->serial], f->epoch);
	if (w->tally)
		x12_tally_enter(w->tally, v->serial);
	return first;
}

/*
 * The codes that tell its variants apart are all others: the first of them says what was expected.
 */
__attribute__((cold)) static void variant_tell(const struct x12_position *p,
	const struct x12_segment *s, const struct x12_delimiters *d, struct x12_report *r)
{
	const struct x12_when *when = &p->variants[0].when[0];
	struct x12_spot spot = { .element = when->element,
		.part = when->part,
		.value = x12_value(s, d, when->element, when->part) };
	char codes[X12_CODES_TEXT_MAX];

	x12_report_element(r, X12_ELEMENT_CODE, &spot,
		"%.*s%02u is \"%.*s\": expected %s%s, by which the guide tells what this is",
		SLICE_FMT(s->id), when->element, SLICE_FMT(slice_to(spot.value, 40)),
		x12_codes_text(codes, &when->codes),
		p->variant_count > 1 ? " or one of the others" : "");
}

static const struct x12_variant *match_take(struct x12_walk *w, const struct match *m,
	const struct x12_segment *s, const struct x12_delimiters *d, struct x12_report *r)
{
	const struct x12_position *p;
	const struct x12_variant *v = m->variant;
	struct frame *f;

	while (w->depth > m->frame)
		frame_leave(w, r);
	f = &w->frames[w->depth];
	r->place.loop = innermost(w);
	frame_advance(w, f, m->at, r);
	p = &f->body[m->at];
	if (!v) {
		variant_tell(p, s, d, r);
		v = &p->variants[0];
	}
	count_check(w, f, p, v, r);
	return p->is_loop ? loop_enter(w, p, v, s, d, &r->place) : v;
}

static bool is_late_above(const struct x12_walk *w, unsigned frame)
{
	bool is_late = false;

	for (unsigned i = frame + 1; i <= w->depth; i++)
		is_late |= w->frames[i].is_late;
	return is_late;
}

/*
 * A loop that comes too late is one mistake: what it holds is looked for in it, and then in the
 * loops that were open, which have come no further.
 */
static const struct x12_variant *late_enter(struct x12_walk *w, const struct passed *passed,
	const struct x12_segment *s, const struct x12_delimiters *d, struct x12_report *r)
{
	const struct x12_position *p = &w->frames[passed->frame].body[passed->at];
	const struct x12_variant *v = variant_of(p, s, d), *first;

	if (!p->is_loop)
		return NULL;
	v = v ? v : p->variants;
	while (is_late_above(w, passed->frame))
		frame_leave(w, r);
	if (w->depth == X12_DEPTH_MAX)
		return NULL;
	count_up(&w->positions[p->serial], w->frames[passed->frame].epoch);
	count_up(&w->variants[v->serial], w->frames[passed->frame].epoch);
	first = loop_enter(w, p, v, s, d, &r->place);
	w->frames[w->depth].is_late = true;
	return first;
}

static bool is_lacking(
	const struct x12_walk *w, const struct frame *f, const struct x12_position *p)
{
	bool lacks = p->use == X12_REQUIRED && count_of(&w->positions[p->serial], f->epoch) == 0;

	for (size_t i = 0; i < p->variant_count; i++)
		lacks |= p->variants[i].use == X12_REQUIRED &&
			count_of(&w->variants[p->variants[i].serial], f->epoch) == 0;
	return lacks;
}

/* A loop in it tells which one it is; another segment only when it is the one that must come. */
static bool holds_segment(const struct x12_variant *v, uint32_t id, bool is_lacking_here)
{
	for (size_t at = 1; at < v->body_count; at++)
		if (v->body[at].id == id && (v->body[at].is_loop || is_lacking_here))
			return true;
	return false;
}

/* Of a loop whose first segment is not there: the one that is required and missing, or the last. */
static const struct x12_variant *headless_variant(const struct x12_walk *w, const struct frame *f,
	const struct x12_position *p, uint32_t inner)
{
	const struct x12_variant *found = NULL;
	bool lacks = is_lacking(w, f, p);

	for (size_t i = 0; i < p->variant_count; i++) {
		const struct x12_variant *v = &p->variants[i];

		if (!holds_segment(v, inner, lacks))
			continue;
		found = v;
		if (v->use == X12_REQUIRED &&
			count_of(&w->variants[v->serial], f->epoch) == 0)
			break;
	}
	return found;
}

/* A loop that may come now, with nothing missing before it, and in which this segment stands. */
static bool headless_find(struct match *out, const struct x12_walk *w, uint32_t inner)
{
	for (unsigned frame = w->depth + 1; frame-- > 0;) {
		const struct frame *f = &w->frames[frame];

		for (size_t at = f->at; at < f->body_count; at++) {
			const struct x12_position *p = &f->body[at];
			const struct x12_variant *v = headless_variant(w, f, p, inner);

			*out = (struct match){ frame, at, v, false };
			if (v && p->use != X12_UNUSED && v->use != X12_UNUSED &&
				count_of(&w->positions[p->serial], f->epoch) < p->max)
				return true;
			if (is_lacking(w, f, p))
				break;
		}
	}
	return false;
}

/* One mistake, and not one for each segment of the loop. */
static bool headless_enter(struct x12_walk *w, const struct x12_segment *s,
	const struct x12_delimiters *d, struct x12_report *r)
{
	struct match m;
	const struct x12_position *p;
	char name[X12_ID_MAX + 1];

	if (!headless_find(&m, w, s->packed))
		return false;
	while (w->depth > m.frame)
		frame_leave(w, r);
	frame_advance(w, &w->frames[m.frame], m.at, r);
	p = &w->frames[m.frame].body[m.at];
	r->place.id = x12_id_text(name, p->id);
	r->place.loop = innermost(w);
	x12_report(r, X12_SEGMENT_MISSING,
		"%s is missing before this: the loop %s begins with it, and %.*s stands in it", name,
		p->name, SLICE_FMT(s->id));
	r->place.id = s->id;
	count_up(&w->positions[p->serial], w->frames[m.frame].epoch);
	count_up(&w->variants[m.variant->serial], w->frames[m.frame].epoch);
	loop_enter(w, p, m.variant, s, d, &r->place);
	return true;
}

__attribute__((cold)) static const struct x12_variant *stray_take(struct x12_walk *w,
	const struct x12_segment *s, const struct x12_delimiters *d, struct x12_report *r)
{
	struct passed passed = passed_find(w, s, d);
	struct match m;

	if (passed.how == NOT_PASSED && headless_enter(w, s, d, r) && match_find(&m, w, s, d))
		return match_take(w, &m, s, d, r);
	r->place.loop = passed.how == NOT_PASSED ? innermost(w) : w->frames[passed.frame].name;
	stray_tell(w, r, s, &passed);
	return passed.how == NOT_PASSED ? NULL : late_enter(w, &passed, s, d, r);
}

const struct x12_variant *x12_walk_segment(struct x12_walk *w, const struct x12_segment *s,
	const struct x12_alphabet *alphabet, struct x12_report *r)
{
	struct match m;
	const struct x12_variant *v;

	v = match_find(&m, w, s, &alphabet->delimiters)
		? match_take(w, &m, s, &alphabet->delimiters, r)
		: stray_take(w, s, &alphabet->delimiters, r);
	if (!v)
		return NULL;
	r->place.loop = innermost(w);
	x12_elements_check(r, v, alphabet, s);
	if (w->tally)
		x12_tally_take(w->tally, v->serial, s, &alphabet->delimiters, &r->place);
	return v;
}

void x12_walk_end(struct x12_walk *w, struct x12_report *r)
{
	struct frame *set = &w->frames[0];

	while (w->depth > 0)
		frame_leave(w, r);
	if (set->at < set->body_count) /* SE, the last one: whoever looks for ends misses it */
		set->body_count--;
	frame_leave(w, r);
}

unsigned x12_walk_depth(const struct x12_walk *w)
{
	return w->depth;
}

const struct x12_position *x12_walk_loop(const struct x12_walk *w, unsigned at)
{
	return at < w->depth ? w->frames[at + 1].loop : NULL;
}

const struct x12_variant *x12_walk_loop_variant(const struct x12_walk *w, unsigned depth)
{
	return depth <= w->depth ? w->frames[depth].variant : NULL;
}
