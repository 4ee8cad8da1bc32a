/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is judged here: whoever reads the set checks it, and its envelope, beside a guide. */
#include "documents/translate/sets.h"

#include "documents/x12/reader.h"

struct cutting {
	translate_wanted_fn *wanted;
	translate_set_fn *each;
	void *context;
	struct slice isa, gs;            /* "" outside of one */
	struct slice control, gs_number; /* ISA13, GS06 */
	uint8_t element, terminator;
	const uint8_t *begin;            /* of the open set; NULL: none is open, or not wanted */
	struct translate_set set;
	uint64_t sets;
};

static enum status open_fault(const struct cutting *c, struct fault *f)
{
	return fault_set(f, ST_INPUT, "translate.sets", "set %llu has no SE",
		(unsigned long long)c->sets);
}

static enum status isa_take(struct cutting *c, const struct x12_reader *r,
	const struct x12_segment *s, struct fault *f)
{
	(void)f;
	c->isa = s->raw;
	c->gs = S("");
	c->control = x12_element(s, 13);
	c->element = r->delimiters.element;
	c->terminator = r->delimiters.segment;
	return ST_OK;
}

static enum status gs_take(struct cutting *c, const struct x12_reader *r,
	const struct x12_segment *s, struct fault *f)
{
	(void)r;
	(void)f;
	c->gs = s->raw;
	c->gs_number = x12_element(s, 6);
	return ST_OK;
}

static enum status st_take(struct cutting *c, const struct x12_reader *r,
	const struct x12_segment *s, struct fault *f)
{
	(void)r;
	c->set = (struct translate_set){ .number = ++c->sets,
		.id = x12_element(s, 1),
		.control = x12_element(s, 2) };
	if (!c->wanted(c->context, c->set.id))
		return ST_OK;
	if (c->isa.n == 0 || c->gs.n == 0)
		return fault_set(f, ST_INPUT, "translate.sets", "set %llu has no ISA or no GS",
			(unsigned long long)c->sets);
	c->begin = s->raw.p;
	return ST_OK;
}

static void trailer_put(
	struct buf *out, const struct cutting *c, const char *id, struct slice number)
{
	buf_put_text(out, id);
	buf_put_u8(out, c->element);
	buf_put_u8(out, '1');
	buf_put_u8(out, c->element);
	buf_put(out, number);
	buf_put_u8(out, c->terminator);
}

static enum status se_take(struct cutting *c, const struct x12_reader *r,
	const struct x12_segment *s, struct fault *f)
{
	AUTO_IN_PLACE(buf) whole = buf_init(TRANSLATE_SET_MAX);
	const uint8_t *begin = c->begin;

	(void)r;
	if (!begin)
		return ST_OK;
	c->begin = NULL;
	buf_put(&whole, c->isa);
	buf_put(&whole, c->gs);
	buf_put(&whole, slice_of(begin, (size_t)(s->raw.p + s->raw.n - begin)));
	trailer_put(&whole, c, "GE", c->gs_number);
	trailer_put(&whole, c, "IEA", c->control);
	if (buf_check(&whole, NULL) != ST_OK)
		return fault_set(f, ST_LIMIT, "translate.size", "set %llu has more than %u bytes",
			(unsigned long long)c->set.number, TRANSLATE_SET_MAX);
	c->set.interchange = buf_slice(&whole);
	return c->each(c->context, &c->set, f);
}

/* `is_inside`: it may stand in an open set. */
static const struct {
	struct slice id;
	bool is_inside;
	enum status (*take)(struct cutting *, const struct x12_reader *,
		const struct x12_segment *, struct fault *);
} steps[] = {
	{ S("ISA"), false, isa_take },
	{ S("GS"), false, gs_take },
	{ S("ST"), false, st_take },
	{ S("SE"), true, se_take },
};

static enum status segment_take(struct cutting *c, const struct x12_reader *r,
	const struct x12_segment *s, struct fault *f)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (!slice_eq(s->id, steps[i].id))
			continue;
		return c->begin && !steps[i].is_inside ? open_fault(c, f)
						       : steps[i].take(c, r, s, f);
	}
	return ST_OK;
}

enum status translate_sets_each(struct slice file, translate_wanted_fn *wanted,
	translate_set_fn *each, void *context, struct fault *f)
{
	struct cutting c = { .wanted = wanted, .each = each, .context = context };
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_segment segment = { 0 };
	enum status st;

	x12_reader_init_whole(&reader, file);
	while ((st = x12_reader_next(&reader, &segment, f)) == ST_OK)
		TRY(segment_take(&c, &reader, &segment, f));
	if (st != ST_NONE)
		return st;
	return c.begin ? open_fault(&c, f) : ST_OK;
}
