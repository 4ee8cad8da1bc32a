/* SPDX-License-Identifier: Apache-2.0 */
/* Every element is read by one bounded function. */
#include "safeguards/ber.h"

#include "base/views.h"

#define DEPTH_MAX 16
#define LENGTH_OCTETS_MAX 6 /* more than any body that is taken */

enum status ber_broken(struct fault *f, const struct ber *ber, const char *what)
{
	return fault_at(f, ST_INPUT, ber->in.at, ber->code, "%s at byte %zu of the CMS structure",
		what, ber->in.at);
}

/* In so many octets behind the first. */
static bool is_shortest(size_t n, unsigned octets)
{
	return octets == 1 ? n >= 0x80 : octets != 0 && n >> 8 * (octets - 1) != 0;
}

/* *indefinite instead of a length for 0x80. */
static enum status length_read(size_t *n, bool *indefinite, struct ber *ber, struct fault *f)
{
	uint8_t first, byte;

	*indefinite = false;
	if (cursor_u8(&ber->in, &first, NULL) != ST_OK)
		return ber_broken(f, ber, "a missing length");
	*n = first;
	if (first < 0x80)
		return ST_OK;
	*indefinite = first == 0x80;
	*n = 0;
	if (first > 0x80 + LENGTH_OCTETS_MAX)
		return ber_broken(f, ber, "a length of more than six bytes");
	for (unsigned i = 0; i < (first & 0x7fu); i++) {
		if (cursor_u8(&ber->in, &byte, NULL) != ST_OK)
			return ber_broken(f, ber, "a length cut short");
		*n = *n << 8 | byte;
	}
	if (ber->strict && !is_shortest(*n, first & 0x7fu))
		return ber_broken(f, ber, "a length that is not DER");
	return ST_OK;
}

static enum status element_read(
	struct ber_element *out, struct ber *ber, unsigned depth, struct fault *f);

static enum status indefinite_read(
	struct ber_element *out, struct ber *ber, unsigned depth, struct fault *f)
{
	size_t from = ber->in.at, mark = from;
	struct ber_element inner;

	for (;;) {
		views_passed(ber->in.all, &mark, ber->in.at);
		struct slice rest = cursor_rest(&ber->in);
		if (rest.n >= 2 && rest.p[0] == 0 && rest.p[1] == 0)
			break;
		TRY(element_read(&inner, ber, depth + 1, f));
	}
	out->at = from;
	out->content = slice_sub(ber->in.all, from, ber->in.at - from);
	ber->in.at += 2;
	return ST_OK;
}

static enum status element_read(
	struct ber_element *out, struct ber *ber, unsigned depth, struct fault *f)
{
	size_t from = ber->in.at, n;
	bool indefinite;

	if (depth > DEPTH_MAX)
		return ber_broken(f, ber, "nesting too deep");
	if (cursor_u8(&ber->in, &out->tag, NULL) != ST_OK || (out->tag & 0x1f) == 0x1f)
		return ber_broken(f, ber, "a missing or long tag");
	TRY(length_read(&n, &indefinite, ber, f));
	out->at = ber->in.at;
	if (indefinite)
		TRY(indefinite_read(out, ber, depth, f));
	else if (cursor_bytes(&ber->in, &out->content, n, NULL) != ST_OK)
		return ber_broken(f, ber, "an element longer than what is there");
	out->whole = slice_sub(ber->in.all, from, ber->in.at - from);
	return ST_OK;
}

enum status ber_read(struct ber_element *out, struct ber *ber, struct fault *f)
{
	return element_read(out, ber, 0, f);
}

enum status ber_expect(
	struct ber_element *out, struct ber *ber, uint8_t tag, const char *what, struct fault *f)
{
	const struct ber before = *ber;

	TRY(ber_read(out, ber, f));
	return out->tag == tag ? ST_OK : ber_broken(f, &before, what);
}

enum status ber_enter(
	struct ber *inner, struct ber *ber, uint8_t tag, const char *what, struct fault *f)
{
	const struct slice all = ber->in.all;
	const struct ber outer = *ber;
	struct ber_element e;

	TRY(ber_expect(&e, ber, tag, what, f));
	*inner = outer;
	inner->in = (struct cursor){ slice_to(all, e.at + e.content.n), e.at };
	return ST_OK;
}

size_t ber_head(uint8_t out[BER_HEAD_MAX], uint8_t tag, size_t n)
{
	size_t octets = 0;

	out[0] = tag;
	out[1] = (uint8_t)n;
	if (n < 0x80)
		return 2;
	for (size_t rest = n; rest; rest >>= 8)
		octets++;
	out[1] = (uint8_t)(0x80 | octets);
	for (size_t i = 0; i < octets; i++)
		out[2 + i] = (uint8_t)(n >> 8 * (octets - 1 - i));
	return 2 + octets;
}

void ber_put(struct buf *out, uint8_t tag, struct slice content)
{
	uint8_t head[BER_HEAD_MAX];
	size_t octets = ber_head(head, tag, content.n);

	buf_put(out, slice_of(head, octets));
	buf_put(out, content);
}

void ber_wrap(struct buf *out, size_t from, uint8_t tag)
{
	uint8_t head[BER_HEAD_MAX];
	size_t octets = ber_head(head, tag, out->n - from);

	buf_insert(out, from, slice_of(head, octets));
}

bool ber_is(struct slice *content, struct ber *ber, uint8_t tag)
{
	struct ber_element e;

	if (ber_expect(&e, ber, tag, "", NULL) != ST_OK)
		return false;
	*content = e.content;
	return true;
}

bool ber_in(struct ber *inner, struct ber *ber, uint8_t tag)
{
	return ber_enter(inner, ber, tag, "", NULL) == ST_OK;
}

bool ber_next_is(const struct ber *ber, uint8_t tag)
{
	struct slice rest = cursor_rest(&ber->in);

	return rest.n != 0 && rest.p[0] == tag;
}

enum status ber_skip_if(struct ber *ber, uint8_t tag, struct fault *f)
{
	struct ber_element unused;

	return ber_next_is(ber, tag) ? ber_expect(&unused, ber, tag, "an element", f) : ST_OK;
}
