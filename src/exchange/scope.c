/* SPDX-License-Identifier: Apache-2.0 */
/* Two numbers of ten digits or more, so that no name of a party ends like them by chance. */
#include "exchange/scope.h"

#define MARK " at "
#define DIGITS_LEAST 10
#define DIGITS_MOST 12

bool scope_span_put(struct buf *out, const struct scope_span *span)
{
	if (span->from_s < 0 || span->until_s <= span->from_s)
		return false;
	buf_putf(out, MARK "%010lld-%010lld", (long long)span->from_s, (long long)span->until_s);
	return true;
}

/* Cuts the number off the end of *text. */
static bool number_cut(int64_t *out, struct slice *text)
{
	int64_t value = 0, scale = 1;
	size_t n = 0;

	while (n < text->n && n < DIGITS_MOST) {
		uint8_t c = text->p[text->n - n - 1];
		if (c < '0' || c > '9')
			break;
		value += (c - '0') * scale;
		scale *= 10;
		n++;
	}
	*out = value;
	*text = slice_to(*text, text->n - n);
	return n >= DIGITS_LEAST;
}

static bool end_cut(struct slice *text, struct slice end)
{
	if (text->n < end.n || !slice_eq(slice_from(*text, text->n - end.n), end))
		return false;
	*text = slice_to(*text, text->n - end.n);
	return true;
}

bool scope_span_read(struct slice *name, struct scope_span *out, struct slice scope)
{
	struct slice text = scope;
	struct scope_span span;

	if (!number_cut(&span.until_s, &text) || !end_cut(&text, S("-")) ||
		!number_cut(&span.from_s, &text) || !end_cut(&text, S(MARK)))
		return false;
	*name = text;
	*out = span;
	return true;
}

bool scope_span_covers(
	const struct scope_span *newer, const struct scope_span *older, int64_t now_s)
{
	int64_t from_s = older->from_s > now_s ? older->from_s : now_s;

	return newer->from_s <= from_s && older->until_s <= newer->until_s;
}
