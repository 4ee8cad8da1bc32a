/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is kept but what a struct x12_spans has. */
#include "documents/x12/spans.h"

static void span_add(struct x12_spans *s, int64_t start_s, int64_t end_s)
{
	if (s->count < X12_SPANS_MAX && end_s > start_s)
		s->may[s->count++] = (struct x12_span){ start_s, end_s };
}

void x12_spans_of_label(
	struct x12_spans *out, const struct x12_moment *at, int64_t shift_s, int64_t length_s)
{
	*out = (struct x12_spans){ .count = 0 };
	span_add(out, at->utc_s + shift_s - length_s, at->utc_s + shift_s);
	if (at->is_doubled)
		span_add(out, at->later_s + shift_s - length_s, at->later_s + shift_s);
}

/* Midnight closes the day that it is of only when it would be before the begin, or too early. */
static void ends_add(
	struct x12_spans *out, int64_t start_s, const struct x12_moment *end, int64_t length_s)
{
	bool is_other = end->later_s != end->utc_s;
	bool is_closing = is_other && !end->is_doubled &&
		(end->utc_s <= start_s || end->later_s == start_s + length_s);

	if (!is_closing)
		span_add(out, start_s, end->utc_s);
	if (is_closing || end->is_doubled)
		span_add(out, start_s, end->later_s);
}

static void length_keep(struct x12_spans *s, int64_t length_s)
{
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++)
		if (s->may[i].end_s - s->may[i].start_s == length_s)
			s->may[count++] = s->may[i];
	if (count > 0)
		s->count = count;
}

void x12_spans_of_period(struct x12_spans *out, const struct x12_moment *begin,
	const struct x12_moment *end, int64_t length_s)
{
	*out = (struct x12_spans){ .count = 0 };
	ends_add(out, begin->utc_s, end, length_s);
	if (begin->is_doubled)
		ends_add(out, begin->later_s, end, length_s);
	length_keep(out, length_s);
}

bool x12_spans_first(struct x12_spans *s, int64_t from_s)
{
	const struct x12_span *first = NULL;

	for (size_t i = 0; i < s->count; i++)
		if (s->may[i].start_s >= from_s && (!first || s->may[i].end_s < first->end_s))
			first = &s->may[i];
	if (!first)
		return false;
	s->first = *first;
	s->from_s = from_s;
	return true;
}

bool x12_spans_may_repeat(const struct x12_spans *s, const struct x12_span *named)
{
	return s->may[0].start_s < named->end_s && s->may[0].end_s > named->start_s &&
		s->first.start_s > s->from_s;
}

int64_t x12_spans_last(struct x12_spans *s, int64_t to_s)
{
	int64_t latest_s = s->first.start_s;
	size_t possible = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct x12_span *at = &s->may[i];

		if (at->start_s < s->from_s || at->end_s > to_s)
			continue;
		possible++;
		if (at->start_s > latest_s)
			latest_s = at->start_s;
	}
	s->is_certain = possible == 1;
	return latest_s;
}
