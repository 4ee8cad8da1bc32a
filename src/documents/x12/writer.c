/* SPDX-License-Identifier: Apache-2.0 */
/* Segments written as they were read, and segments made one element at a time. */
#include "documents/x12/writer.h"

void x12_segment_write(struct buf *out, struct x12_delimiters d, const struct x12_segment *s)
{
	buf_put(out, s->gap);
	if (s->is_cut) {
		buf_put(out, s->raw);
		return;
	}
	buf_put(out, s->id);
	for (size_t i = 0; i < s->count; i++) {
		buf_put_u8(out, d.element);
		buf_put(out, s->elements[i]);
	}
	if (!s->is_open)
		buf_put_u8(out, d.segment);
}

void x12_begin(struct x12_writer *w, const char *id)
{
	buf_put(w->out, w->gap);
	buf_put_text(w->out, id);
	w->kept = w->out->n;
	w->segments++;
}

static bool may_stand(const struct x12_delimiters *d, uint8_t c)
{
	return c >= ' ' && c != 0x7f && c != d->element && c != d->segment && c != d->component &&
		c != d->repetition;
}

bool x12_says(const struct x12_writer *w, struct slice element)
{
	for (size_t i = 0; i < element.n; i++)
		if (element.p[i] != ' ' && may_stand(&w->delimiters, element.p[i]))
			return true;
	return false;
}

bool x12_stands(const struct x12_writer *w, struct slice element)
{
	for (size_t i = 0; i < element.n; i++)
		if (!may_stand(&w->delimiters, element.p[i]))
			return false;
	return true;
}

static void value_put(struct x12_writer *w, struct slice value)
{
	for (size_t i = 0; i < value.n; i++)
		buf_put_u8(w->out, may_stand(&w->delimiters, value.p[i]) ? value.p[i] : ' ');
}

static void element_done(struct x12_writer *w, bool is_empty)
{
	if (!is_empty)
		w->kept = w->out->n;
}

void x12_put(struct x12_writer *w, struct slice element)
{
	buf_put_u8(w->out, w->delimiters.element);
	value_put(w, element);
	element_done(w, element.n == 0);
}

void x12_put_text(struct x12_writer *w, const char *element)
{
	x12_put(w, slice_str(element));
}

void x12_put_padded(struct x12_writer *w, uint64_t number, unsigned digits)
{
	buf_put_u8(w->out, w->delimiters.element);
	buf_putf(w->out, "%0*llu", (int)digits, (unsigned long long)number);
	element_done(w, false);
}

void x12_put_number(struct x12_writer *w, uint64_t number)
{
	x12_put_padded(w, number, 1);
}

void x12_put_parts(struct x12_writer *w, const struct slice *parts, size_t count)
{
	while (count > 0 && parts[count - 1].n == 0)
		count--;
	buf_put_u8(w->out, w->delimiters.element);
	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			buf_put_u8(w->out, w->delimiters.component);
		value_put(w, parts[i]);
	}
	element_done(w, count == 0);
}

void x12_end(struct x12_writer *w)
{
	buf_truncate(w->out, w->kept);
	buf_put_u8(w->out, w->delimiters.segment);
}
