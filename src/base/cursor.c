/* SPDX-License-Identifier: Apache-2.0 */
/* Every read goes through cursor_bytes, which is where the bounds are. */
#include "base/cursor.h"

struct cursor cursor_of(struct slice all)
{
	return (struct cursor){ all, 0 };
}

struct slice cursor_rest(const struct cursor *c)
{
	return slice_from(c->all, c->at);
}

bool cursor_at_end(const struct cursor *c)
{
	return c->at >= c->all.n;
}

enum status cursor_bytes(struct cursor *c, struct slice *out, size_t n, struct fault *f)
{
	if (n > c->all.n - c->at)
		return fault_at(f, ST_MORE, c->at, "input.short", "%zu bytes wanted, %zu left", n,
			c->all.n - c->at);
	*out = slice_sub(c->all, c->at, n);
	c->at += n;
	return ST_OK;
}

static enum status cursor_number(struct cursor *c, uint64_t *out, size_t n, struct fault *f)
{
	struct slice bytes;
	uint64_t value = 0;

	TRY(cursor_bytes(c, &bytes, n, f));
	for (size_t i = 0; i < n; i++)
		value = value << 8 | bytes.p[i];
	*out = value;
	return ST_OK;
}

enum status cursor_u8(struct cursor *c, uint8_t *out, struct fault *f)
{
	uint64_t value;

	TRY(cursor_number(c, &value, 1, f));
	*out = (uint8_t)value;
	return ST_OK;
}

enum status cursor_u16(struct cursor *c, uint16_t *out, struct fault *f)
{
	uint64_t value;

	TRY(cursor_number(c, &value, 2, f));
	*out = (uint16_t)value;
	return ST_OK;
}

enum status cursor_u32(struct cursor *c, uint32_t *out, struct fault *f)
{
	uint64_t value;

	TRY(cursor_number(c, &value, 4, f));
	*out = (uint32_t)value;
	return ST_OK;
}

enum status cursor_u64(struct cursor *c, uint64_t *out, struct fault *f)
{
	return cursor_number(c, out, 8, f);
}

enum status cursor_line(struct cursor *c, struct slice *out, struct fault *f)
{
	struct slice rest = cursor_rest(c);
	size_t at;

	if (!slice_find_byte(&at, rest, '\n'))
		return fault_at(
			f, ST_MORE, c->at, "input.line", "no line end before the end of the input");
	c->at += at + 1;
	*out = slice_to(rest, at > 0 && rest.p[at - 1] == '\r' ? at - 1 : at);
	return ST_OK;
}
