/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hexadecimal, base64 and quoted-printable: strict readers that name the offset of the first bad
 * byte.
 */
#include "base/codec.h"

#include "base/views.h"

#define GROUPS_AT_ONCE 256

static const char digits[] = "0123456789abcdef";
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void hex_format(struct buf *out, struct slice in)
{
	uint8_t *to = buf_extend(out, 2 * in.n);

	for (size_t i = 0; to && i < in.n; i++) {
		to[2 * i] = (uint8_t)digits[in.p[i] >> 4];
		to[2 * i + 1] = (uint8_t)digits[in.p[i] & 15];
	}
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

enum status hex_parse(struct buf *out, struct slice in, struct fault *f)
{
	int high = -1;

	for (size_t i = 0; i < in.n; i++) {
		int digit = hex_digit(in.p[i]);
		if (digit < 0 && high < 0 && (is_blank(in.p[i]) || in.p[i] == ':'))
			continue;
		if (digit < 0)
			return fault_at(f, ST_INPUT, i, "hex.syntax",
				"byte %zu is not a hexadecimal digit", i);
		if (high >= 0)
			buf_put_u8(out, (uint8_t)(high << 4 | digit));
		high = high < 0 ? digit : -1;
	}
	if (high >= 0)
		return fault_at(
			f, ST_INPUT, in.n, "hex.syntax", "an odd number of hexadecimal digits");
	return buf_check(out, f);
}

static void base64_group(uint8_t to[4], const uint8_t *in, size_t n)
{
	uint32_t bits =
		(uint32_t)in[0] << 16 | (n > 1 ? (uint32_t)in[1] << 8 : 0) | (n > 2 ? in[2] : 0);

	for (size_t i = 0; i < 4; i++)
		to[i] = i <= n ? (uint8_t)alphabet[bits >> (18 - 6 * i) & 63] : '=';
}

void base64_format(struct buf *out, struct slice in, size_t line)
{
	const size_t step = line ? (line - 1) / 4 * 3 + 3 : GROUPS_AT_ONCE * 3;

	for (size_t from = 0; from < in.n; from += step) {
		struct slice piece = slice_sub(in, from, step);
		uint8_t *to = buf_extend(out, (piece.n + 2) / 3 * 4);
		for (size_t i = 0; to && i < piece.n; i += 3, to += 4)
			base64_group(to, piece.p + i, piece.n - i < 3 ? piece.n - i : 3);
		if (line)
			buf_put(out, S("\r\n"));
	}
}

/* Of each byte its value and one; 0: it is no digit. */
/* clang-format off */
static const uint8_t values[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	['N'] = 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
	['n'] = 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['+'] = 63, ['/'] = 64,
};
/* clang-format on */

static int base64_digit(uint8_t c)
{
	return values[c] - 1;
}

struct base64_reader {
	struct buf *out;
	uint32_t bits;
	unsigned count;   /* of digits in the group */
	unsigned padding;
};

static void base64_flush(struct base64_reader *r)
{
	const size_t n = 3 - r->padding;
	uint8_t *to = buf_extend(r->out, n);

	for (size_t i = 0; to && i < n; i++)
		to[i] = (uint8_t)(r->bits >> (16 - 8 * i));
	r->bits = 0;
	r->count = 0;
}

/* False: this byte has no place here. */
static bool base64_take(struct base64_reader *r, uint8_t c)
{
	int digit = base64_digit(c);
	bool is_pad = c == '=' && r->count >= 2 && r->padding < 2;

	if ((digit < 0 && !is_pad) || (r->padding && (!is_pad || r->count == 0)))
		return false;
	r->bits = r->bits << 6 | (uint32_t)(is_pad ? 0 : digit);
	r->padding += is_pad;
	if (++r->count == 4)
		base64_flush(r);
	return true;
}

static bool base64_decode(uint8_t to[3], const uint8_t in[4])
{
	const uint32_t a = values[in[0]], b = values[in[1]], c = values[in[2]], d = values[in[3]];
	const uint32_t bits = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);

	if (a == 0 || b == 0 || c == 0 || d == 0)
		return false;
	to[0] = (uint8_t)(bits >> 16);
	to[1] = (uint8_t)(bits >> 8);
	to[2] = (uint8_t)bits;
	return true;
}

/* Whole groups as they stand at the front, without blanks: how many bytes of text they are. */
static size_t groups_take(struct buf *out, struct slice in)
{
	const size_t room = out->overflow ? 0 : (out->max - out->n) / 3;
	size_t before = out->n, most = in.n / 4 < room ? in.n / 4 : room, n = 0;

	if (most > GROUPS_AT_ONCE)
		most = GROUPS_AT_ONCE;
	uint8_t *to = most ? buf_extend(out, 3 * most) : NULL;
	while (to && n < most && base64_decode(to + 3 * n, in.p + 4 * n))
		n++;
	if (to)
		buf_truncate(out, before + 3 * n);
	return 4 * n;
}

enum status base64_parse(struct buf *out, struct slice in, struct fault *f)
{
	struct base64_reader r = { .out = out };
	size_t mark = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (r.count == 0 && r.padding == 0)
			i += groups_take(out, slice_from(in, i));
		if (i < in.n && !is_blank(in.p[i]) && !base64_take(&r, in.p[i]))
			return fault_at(f, ST_INPUT, i, "base64.syntax",
				"byte %zu has no place in base64", i);
		views_passed(in, &mark, i);
	}
	if (r.count != 0)
		return fault_at(f, ST_INPUT, in.n, "base64.syntax",
			"the base64 text ends in the middle of a group");
	return buf_check(out, f);
}

static size_t blanks_of(struct slice in)
{
	size_t n = 0;

	while (n < in.n && (in.p[n] == ' ' || in.p[n] == '\t'))
		n++;
	return n;
}

/* How many bytes the line end at the front takes, 0 when there is none. */
static size_t line_end_of(struct slice in)
{
	return slice_has_prefix(in, S("\n")) ? 1 : slice_has_prefix(in, S("\r\n")) ? 2 : 0;
}

/*
 * After '=': "HH" is a byte, a line end is a soft break.  Returns how many bytes that took, 0 when
 * it is neither.
 */
static size_t quoted_take(struct buf *out, struct slice rest)
{
	size_t blanks = blanks_of(rest), end = line_end_of(slice_from(rest, blanks));

	if (end)
		return blanks + end;
	if (rest.n < 2 || hex_digit(rest.p[0]) < 0 || hex_digit(rest.p[1]) < 0)
		return 0;
	buf_put_u8(out, (uint8_t)(hex_digit(rest.p[0]) << 4 | hex_digit(rest.p[1])));
	return 2;
}

/*
 * One byte of text, or a run of blanks.  Blanks at the end of a line were added on the way, and are
 * no part of it: 6.7 (3).
 */
static size_t text_take(struct buf *out, struct slice rest)
{
	size_t blanks = blanks_of(rest);
	struct slice next = slice_from(rest, blanks);

	if (blanks == 0)
		buf_put_u8(out, rest.p[0]);
	else if (next.n && !line_end_of(next))
		buf_put(out, slice_to(rest, blanks));
	return blanks ? blanks : 1;
}

enum status quoted_printable_parse(struct buf *out, struct slice in, struct fault *f)
{
	for (size_t i = 0, mark = 0; i < in.n;) {
		views_passed(in, &mark, i);
		if (in.p[i] != '=') {
			i += text_take(out, slice_from(in, i));
			continue;
		}
		size_t taken = quoted_take(out, slice_from(in, i + 1));
		if (taken == 0)
			return fault_at(f, ST_INPUT, i, "quoted-printable.syntax",
				"'=' at byte %zu is not followed by two hexadecimal digits", i);
		i += 1 + taken;
	}
	return buf_check(out, f);
}
