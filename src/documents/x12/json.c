/* SPDX-License-Identifier: Apache-2.0 */
/* Written by hand, because it is written as it is read; read by jansson, because it is not. */
#include "documents/x12/json.h"

#include <string.h>

#include "documents/x12/reader.h"
#include "exchange/utf8.h"

#define ESCAPED_FIRST 0xf780U /* of private use: the byte 0x80 */
#define ESCAPED_LAST 0xf7ffU
#define GAP_MAX 65536 /* bytes between two segments */
#define HEADER_MAX 65536

/* --- text --- */

static void utf8_put(struct buf *out, uint32_t c)
{
	buf_put_u8(out, (uint8_t)(0xe0 | c >> 12));
	buf_put_u8(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
	buf_put_u8(out, (uint8_t)(0x80 | (c & 0x3f)));
}

static void character_put(struct buf *out, uint32_t c, struct slice bytes)
{
	if (c == '"' || c == '\\')
		buf_put_u8(out, '\\');
	if (c < ' ' || c == 0x7f)
		buf_putf(out, "\\u%04x", (unsigned)c);
	else
		buf_put(out, bytes);
}

void x12_json_text_put(struct buf *out, struct slice rest)
{
	uint32_t c;

	buf_put_u8(out, '"');
	while (rest.n > 0) {
		size_t n = utf8_first(&c, rest);

		if (n > 0 && (c < ESCAPED_FIRST || c > ESCAPED_LAST)) {
			character_put(out, c, slice_to(rest, n));
		} else {
			utf8_put(out, 0xf700U + rest.p[0]);
			n = 1;
		}
		rest = slice_from(rest, n);
	}
	buf_put_u8(out, '"');
}

/* The inverse, of a text that jansson has read. */
static void text_take(struct buf *out, const json_t *text)
{
	struct slice rest = slice_of(json_string_value(text), json_string_length(text));
	uint32_t c;

	while (rest.n > 0) {
		size_t n = utf8_first(&c, rest);

		n = n ? n : 1;
		if (c >= ESCAPED_FIRST && c <= ESCAPED_LAST)
			buf_put_u8(out, (uint8_t)(c & 0xff));
		else
			buf_put(out, slice_to(rest, n));
		rest = slice_from(rest, n);
	}
}

/* --- written --- */

/* Which element has bytes of any kind, 0: none. */
static size_t binary_element(struct slice id)
{
	return slice_eq(id, S("BIN")) ? 2 : slice_eq(id, S("BDS")) ? 3 : 0;
}

static bool is_raw(struct slice id, size_t element)
{
	return slice_eq(id, S("ISA")) || (element > 0 && element == binary_element(id));
}

static bool holds(struct slice text, uint8_t delimiter)
{
	size_t at;

	return delimiter && slice_find_byte(&at, text, delimiter);
}

static void components_put(struct buf *out, struct x12_delimiters d, struct slice text)
{
	struct slice part, rest = text;
	bool more = true;

	if (!holds(text, d.component)) {
		x12_json_text_put(out, text);
		return;
	}
	buf_put_u8(out, '[');
	while (more) {
		more = slice_cut(&part, &rest, rest, d.component);
		x12_json_text_put(out, part);
		buf_put_text(out, more ? "," : "]");
	}
}

static void element_put(struct buf *out, struct x12_delimiters d, struct slice text)
{
	struct slice part, rest = text;
	bool more = true;

	if (!holds(text, d.repetition)) {
		components_put(out, d, text);
		return;
	}
	buf_put_text(out, "{\"repeat\":[");
	while (more) {
		more = slice_cut(&part, &rest, rest, d.repetition);
		components_put(out, d, part);
		buf_put_text(out, more ? "," : "]}");
	}
}

void x12_json_list_put(struct buf *out, struct x12_delimiters d, const struct x12_segment *s)
{
	buf_put_u8(out, '[');
	x12_json_text_put(out, s->id);
	for (size_t i = 0; i < s->count; i++) {
		buf_put_u8(out, ',');
		if (is_raw(s->id, i + 1))
			x12_json_text_put(out, s->elements[i]);
		else
			element_put(out, d, s->elements[i]);
	}
	buf_put_u8(out, ']');
}

static void segment_put(struct buf *out, struct x12_delimiters d, const struct x12_segment *s,
	struct slice usual)
{
	bool plain = slice_eq(s->gap, usual) && !s->is_open;

	if (!plain)
		buf_put_u8(out, '{');
	if (!slice_eq(s->gap, usual)) {
		buf_put_text(out, "\"gap\":");
		x12_json_text_put(out, s->gap);
		buf_put_u8(out, ',');
	}
	if (s->is_open)
		buf_put_text(out, "\"open\":true,");
	if (!plain)
		buf_put_text(out, "\"segment\":");
	x12_json_list_put(out, d, s);
	if (!plain)
		buf_put_u8(out, '}');
}

void x12_json_begin(struct x12_json_writer *w, struct buf *out)
{
	*w = (struct x12_json_writer){ .out = out,
		.header = buf_init(HEADER_MAX),
		.gap = buf_init(GAP_MAX) };
	buf_put_text(out, "{ \"interchanges\": [");
}

void x12_json_done(struct x12_json_writer *w)
{
	buf_done(&w->header);
	buf_done(&w->gap);
}

static void delimiter_put(struct buf *out, const char *name, uint8_t delimiter)
{
	buf_putf(out, "%s\"%s\":", *name == 'e' ? "" : ",", name);
	if (delimiter)
		x12_json_text_put(out, slice_of(&delimiter, 1));
	else
		buf_put_text(out, "null");
}

void x12_json_delimiters_put(struct buf *out, struct x12_delimiters d)
{
	buf_put_u8(out, '{');
	delimiter_put(out, "element", d.element);
	delimiter_put(out, "component", d.component);
	delimiter_put(out, "repetition", d.repetition);
	delimiter_put(out, "segment", d.segment);
	buf_put_u8(out, '}');
}

static void interchange_begin(
	struct x12_json_writer *w, struct x12_delimiters d, const struct x12_segment *s)
{
	buf_putf(w->out, "%s\n{\"delimiters\":", w->interchanges++ ? "," : "");
	x12_json_delimiters_put(w->out, d);
	buf_put_u8(w->out, ',');
	buf_clear(&w->gap);
	buf_clear(&w->header);
	segment_put(&w->header, d, s, S(""));
	w->is_inside = true;
	w->has_gap = false;
	w->segments = 0;
}

/* What stands behind the header is what stands between segments: the header waits for that. */
static void header_flush(struct x12_json_writer *w)
{
	if (!w->is_inside || w->has_gap)
		return;
	buf_put_text(w->out, "\"gap\":");
	x12_json_text_put(w->out, buf_slice(&w->gap));
	buf_put_text(w->out, ",\"segments\":[\n");
	buf_put(w->out, buf_slice(&w->header));
	w->has_gap = true;
}

static void interchange_end(struct x12_json_writer *w)
{
	header_flush(w);
	if (w->is_inside)
		buf_put_text(w->out, "]}");
	w->is_inside = false;
}

enum status x12_json_segment(struct x12_json_writer *w, struct x12_delimiters d,
	const struct x12_segment *s, struct fault *f)
{
	if (s->is_cut)
		return fault_at(f, ST_INPUT, s->offset, "x12.json.elements",
			"segment %llu has more than %d elements", (unsigned long long)s->number,
			X12_ELEMENTS_MAX);
	if (s->gap.n > GAP_MAX)
		return fault_at(f, ST_INPUT, s->offset, "x12.json.gap",
			"%zu bytes between two segments", s->gap.n);
	if (slice_eq(s->id, S("ISA")) || !w->is_inside) {
		interchange_end(w);
		interchange_begin(w, d, s);
		return buf_check(&w->header, f);
	}
	if (!w->has_gap)
		buf_put(&w->gap, s->gap);
	header_flush(w);
	buf_put_text(w->out, ",\n");
	segment_put(w->out, d, s, buf_slice(&w->gap));
	return ST_OK;
}

void x12_json_end(struct x12_json_writer *w, struct slice tail)
{
	interchange_end(w);
	buf_put_text(w->out, "],\n\"tail\":");
	x12_json_text_put(w->out, tail);
	buf_put_text(w->out, "}\n");
}

void x12_json_break(struct x12_json_writer *w, const struct fault *why)
{
	interchange_end(w);
	buf_put_text(w->out, "],\n\"broken\":");
	x12_json_text_put(w->out, slice_str(why->text));
	buf_put_text(w->out, "}\n");
}

/* --- read --- */

struct reading {
	struct buf *out;
	struct x12_delimiters d;
	size_t interchange, segment, element; /* from 1 */
	struct buf places; /* of the segments in `out`: struct written, each */
};

/* Where a segment was put, and with which delimiters: where it must be found again. */
struct written {
	uint64_t at, n;
	struct x12_delimiters d;
};

static enum status syntax(const struct reading *r, struct fault *f, const char *what)
{
	return fault_set(f, ST_INPUT, "x12.json.syntax",
		"interchange %zu, segment %zu, element %zu: %s", r->interchange, r->segment,
		r->element, what);
}

static bool is_one_of(const char *key, const char *const *known)
{
	while (*known && strcmp(key, *known) != 0)
		known++;
	return *known != NULL;
}

/* Whoever writes another key means something by it: it is not dropped. */
static enum status keys_check(const struct reading *r, const json_t *object,
	const char *const *known, const char *want, struct fault *f)
{
	for (void *at = json_object_iter((json_t *)object); at;
		at = json_object_iter_next((json_t *)object, at))
		if (!is_one_of(json_object_iter_key(at), known))
			return syntax(r, f, want);
	return ST_OK;
}

/* No delimiter may stand in a value: it would be cut there. */
static enum status value_take(
	struct reading *r, const json_t *text, bool raw, struct fault *f)
{
	size_t from = r->out->n;
	struct slice value;

	if (!json_is_string(text))
		return syntax(r, f, "want a text");
	text_take(r->out, text);
	value = slice_from(buf_slice(r->out), from);
	if (!raw && (holds(value, r->d.element) || holds(value, r->d.segment) ||
			    holds(value, r->d.component) || holds(value, r->d.repetition)))
		return syntax(r, f, "a delimiter stands in it");
	return ST_OK;
}

static enum status components_take(
	struct reading *r, const json_t *element, bool raw, struct fault *f)
{
	size_t at;
	const json_t *part;

	if (!json_is_array(element))
		return value_take(r, element, raw, f);
	if (!r->d.component || json_array_size(element) < 2)
		return syntax(r, f, "a list is two components or more, and needs their separator");
	json_array_foreach(element, at, part) {
		if (at > 0)
			buf_put_u8(r->out, r->d.component);
		TRY(value_take(r, part, false, f));
	}
	return ST_OK;
}

static enum status element_take(
	struct reading *r, const json_t *element, bool raw, struct fault *f)
{
	static const char *const known[] = { "repeat", NULL };
	const json_t *list = json_object_get(element, "repeat"), *one;
	size_t at;

	if (!json_is_object(element))
		return components_take(r, element, raw, f);
	TRY(keys_check(r, element, known, "want repeat, and no other key", f));
	if (!r->d.repetition || json_array_size(list) < 2)
		return syntax(r, f, "want { \"repeat\": [ ... ] }, and a repetition separator");
	json_array_foreach(list, at, one) {
		if (at > 0)
			buf_put_u8(r->out, r->d.repetition);
		TRY(components_take(r, one, false, f));
	}
	return ST_OK;
}

/* It has no components, whatever stands in it. */
static enum status id_take(
	char id[X12_ID_MAX + 1], struct reading *r, const json_t *text, struct fault *f)
{
	size_t from = r->out->n;
	struct slice value;

	if (!json_is_string(text))
		return syntax(r, f, "want the id of a segment");
	text_take(r->out, text);
	value = slice_from(buf_slice(r->out), from);
	if (holds(value, r->d.element) || holds(value, r->d.segment))
		return syntax(r, f, "a delimiter stands in the id");
	if (slice_to_text(id, X12_ID_MAX + 1, value, NULL) != ST_OK)
		id[0] = '\0';
	return ST_OK;
}

static enum status list_take(struct reading *r, const json_t *list, struct fault *f)
{
	const json_t *element;
	char id[X12_ID_MAX + 1] = "";
	size_t at;

	if (!json_is_array(list) || json_array_size(list) == 0)
		return syntax(r, f, "a segment is a list of its id and elements");
	json_array_foreach(list, at, element) {
		r->element = at;
		if (at > 0)
			buf_put_u8(r->out, r->d.element);
		TRY(at > 0 ? element_take(r, element, is_raw(slice_str(id), at), f)
			   : id_take(id, r, element, f));
	}
	return ST_OK;
}

static enum status segment_take(
	struct reading *r, const json_t *segment, const json_t *usual, struct fault *f)
{
	static const char *const known[] = { "gap", "open", "segment", NULL };
	const json_t *gap = json_object_get(segment, "gap");
	const json_t *open = json_object_get(segment, "open");
	struct written *place;
	struct written here = { .d = r->d };

	r->element = 0;
	TRY(keys_check(r, segment, known, "want gap, open and segment, and no other key", f));
	if (open && !json_is_boolean(open))
		return syntax(r, f, "open: want true or false");
	if (json_is_object(segment))
		segment = json_object_get(segment, "segment");
	if (gap && !json_is_string(gap))
		return syntax(r, f, "gap: want a text");
	if (gap || r->segment > 1)
		text_take(r->out, gap ? gap : usual);
	here.at = r->out->n;
	TRY(list_take(r, segment, f));
	if (!json_is_true(open))
		buf_put_u8(r->out, r->d.segment);
	here.n = r->out->n - here.at;
	place = (struct written *)(void *)buf_extend(&r->places, sizeof(here));
	if (place)
		*place = here;
	return ST_OK;
}

static enum status delimiter_take(uint8_t *out, const struct reading *r, const json_t *from,
	const char *name, struct fault *f)
{
	AUTO_IN_PLACE(buf) byte = buf_init(16);
	const json_t *value = json_object_get(from, name);

	*out = 0;
	if (json_is_null(value))
		return ST_OK;
	if (json_is_string(value) && json_string_length(value) <= 4)
		text_take(&byte, value);
	if (byte.n != 1)
		return syntax(r, f, "delimiters: want four of them, a byte each or null");
	*out = byte.p[0];
	return ST_OK;
}

static enum status delimiters_take(struct reading *r, const json_t *interchange, struct fault *f)
{
	static const char *const known[] = {
		"element", "component", "repetition", "segment", NULL };
	const json_t *d = json_object_get(interchange, "delimiters");

	TRY(keys_check(r, d, known, "delimiters: want four of them, and no other key", f));
	TRY(delimiter_take(&r->d.element, r, d, "element", f));
	TRY(delimiter_take(&r->d.component, r, d, "component", f));
	TRY(delimiter_take(&r->d.repetition, r, d, "repetition", f));
	TRY(delimiter_take(&r->d.segment, r, d, "segment", f));
	return ST_OK;
}

enum status x12_json_delimiters_read(
	struct x12_delimiters *out, const json_t *interchange, struct fault *f)
{
	struct reading r = { .interchange = 1 };

	TRY(delimiters_take(&r, interchange, f));
	*out = r.d;
	return ST_OK;
}

static enum status interchange_take(struct reading *r, const json_t *interchange, struct fault *f)
{
	static const char *const known[] = { "delimiters", "gap", "segments", NULL };
	const json_t *segment;
	const json_t *gap = json_object_get(interchange, "gap");
	const json_t *segments = json_object_get(interchange, "segments");
	size_t at;

	r->segment = r->element = 0;
	TRY(keys_check(r, interchange, known,
		"want delimiters, gap and segments, and no other key", f));
	TRY(delimiters_take(r, interchange, f));
	if (!json_is_string(gap) || !json_is_array(segments) || !r->d.element || !r->d.segment)
		return syntax(r, f, "an interchange has delimiters, gap and segments");
	json_array_foreach(segments, at, segment) {
		r->segment = at + 1;
		TRY(segment_take(r, segment, gap, f));
	}
	return ST_OK;
}

static bool is_there(const struct x12_reader *reader, const struct x12_segment *s,
	const struct written *w)
{
	const struct x12_delimiters *d = &reader->delimiters;

	return s->offset == w->at && s->raw.n == w->n && d->element == w->d.element &&
		d->component == w->d.component && d->repetition == w->d.repetition &&
		d->segment == w->d.segment;
}

/*
 * Gaps, headers and binary data may be anything: what was written must be read as the segments that
 * were said, where they were put and with the same delimiters, and no others.
 */
static enum status read_back(const struct reading *r, struct fault *f)
{
	AUTO_IN_PLACE(x12_reader) reader;
	const struct written *places = (const struct written *)(const void *)r->places.p;
	size_t count = r->places.n / sizeof(*places), at = 0;
	struct x12_segment segment;
	enum status st;

	x12_reader_init_whole(&reader, buf_slice(r->out));
	while ((st = x12_reader_next(&reader, &segment, f)) == ST_OK && at < count &&
		is_there(&reader, &segment, &places[at]))
		at++;
	if (st == ST_NONE && at == count)
		return ST_OK;
	return fault_set(f, ST_INPUT, "x12.json.syntax",
		"it would be read as other segments: a gap, a header, a delimiter or binary data is "
		"not what it says");
}

static enum status all_take(struct reading *r, const json_t *root, struct fault *f)
{
	static const char *const known[] = { "interchanges", "tail", "broken", NULL };
	const json_t *list = json_object_get(root, "interchanges"), *interchange;
	const json_t *tail = json_object_get(root, "tail");
	size_t at;

	if (!json_is_array(list) || (tail && !json_is_string(tail)))
		return syntax(r, f, "want { \"interchanges\": [ ... ], \"tail\": \"\" }");
	TRY(keys_check(r, root, known, "want interchanges and tail, and no other key", f));
	if (json_object_get(root, "broken"))
		return fault_set(f, ST_INPUT, "x12.json.broken",
			"it is not the whole of the file that it was made of");
	json_array_foreach(list, at, interchange) {
		r->interchange = at + 1;
		TRY(interchange_take(r, interchange, f));
	}
	if (tail)
		text_take(r->out, tail);
	TRY(buf_check(r->out, f));
	return read_back(r, f);
}

enum status x12_json_read(struct buf *out, const json_t *root, struct fault *f)
{
	struct reading r = { .out = out, .places = buf_init(SIZE_MAX / 2) };
	enum status st = all_take(&r, root, f);

	buf_done(&r.places);
	return st;
}
