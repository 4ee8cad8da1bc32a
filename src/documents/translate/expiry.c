/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asked before anything is sent or taken, of whoever's X12, and so beside no guide: the row that
 * the mapping has for the member is looked for in front of the set, before the first of its loops.
 */
#include "documents/translate/expiry.h"

#include "base/clock.h"
#include "documents/translate/convert.h"
#include "documents/x12/reader.h"

#define MEMBER S("/expires_at")

struct place {
	const struct translate_mapping *mapping; /* NULL: the set that is open says no end */
	const struct translate_row *row;
	const struct translate_element *element;
};

static const struct translate_element *element_find(const struct translate_row *row)
{
	for (size_t i = 0; i < row->element_count; i++)
		if (row->elements[i].conversion == TR_TIME &&
			slice_eq(row->elements[i].pointer, MEMBER))
			return &row->elements[i];
	return NULL;
}

static bool place_find(struct place *out, const struct translate_mapping *m)
{
	for (size_t i = 0; i < m->row_count; i++) {
		const struct translate_element *e = element_find(&m->rows[i]);

		if (!e || m->rows[i].loop.n > 0)
			continue;
		*out = (struct place){ m, &m->rows[i], e };
		return true;
	}
	return false;
}

static struct place place_of(struct slice set)
{
	struct place found = { 0 };

	for (size_t i = 0; i < translate_mapping_count; i++)
		if (slice_eq(translate_mappings[i].set, set) &&
			place_find(&found, &translate_mappings[i]))
			break;
	return found;
}

static bool is_of(const struct translate_row *row, const struct x12_segment *s)
{
	if (!slice_eq(row->segment, s->id))
		return false;
	for (size_t i = 0; i < row->element_count; i++)
		if (row->elements[i].conversion == TR_CONSTANT &&
			!slice_eq(x12_element(s, row->elements[i].number), row->elements[i].text))
			return false;
	return true;
}

/* Loops are called by their first segment. */
static bool ends_front(const struct translate_mapping *m, struct slice id)
{
	if (slice_eq(id, S("SE")))
		return true;
	for (size_t i = 0; i < m->row_count; i++)
		if (slice_eq(m->rows[i].segment, id) && slice_eq(m->rows[i].loop, id))
			return true;
	return false;
}

static int64_t moment_of(const struct translate_element *e, const struct x12_segment *s)
{
	AUTO_IN_PLACE(buf) text = buf_init(TIME_TEXT_MAX);
	struct convert_x12 in = { 0 };
	int64_t at_ns;

	for (unsigned i = 0; i < CONVERT_SPAN; i++)
		in.values[i] = x12_element(s, e->number + i);
	if (convert_from_x12(&text, e, &in, S(""), NULL) != ST_OK ||
		time_parse(&at_ns, buf_slice(&text), NULL) != ST_OK)
		return 0;
	return at_ns;
}

/* 0: it says none. */
static int64_t segment_take(struct place *place, const struct x12_segment *s)
{
	if (slice_eq(s->id, S("ST")))
		*place = place_of(x12_element(s, 1));
	else if (place->mapping && ends_front(place->mapping, s->id))
		place->mapping = NULL;
	else if (place->mapping && is_of(place->row, s))
		return moment_of(place->element, s);
	return 0;
}

int64_t translate_expires_ns(struct slice file)
{
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_segment segment = { 0 };
	struct place place = { 0 };
	int64_t earliest_ns = 0;

	if (file.n > TRANSLATE_EXPIRY_MAX)
		return 0;
	x12_reader_init_whole(&reader, file);
	while (x12_reader_next(&reader, &segment, NULL) == ST_OK) {
		const int64_t at_ns = segment_take(&place, &segment);

		if (at_ns != 0 && (earliest_ns == 0 || at_ns < earliest_ns))
			earliest_ns = at_ns;
	}
	return earliest_ns;
}
