/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slices: positions are clamped, nothing is copied, nothing fails but the two readers at the end.
 */
#include "base/slice.h"

struct slice slice_str(const char *text)
{
	return text ? (struct slice){ (const uint8_t *)text, strlen(text) }
		    : (struct slice){ NULL, 0 };
}

bool slice_eq(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int slice_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

bool slice_eq_nocase(struct slice a, struct slice b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool slice_has_prefix(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq(slice_to(s, prefix.n), prefix);
}

bool slice_has_prefix_nocase(struct slice s, struct slice prefix)
{
	return s.n >= prefix.n && slice_eq_nocase(slice_to(s, prefix.n), prefix);
}

bool slice_find(size_t *at, struct slice hay, struct slice needle)
{
	const uint8_t *p = needle.n == 0 ? hay.p
		: hay.n == 0             ? NULL
					 : memmem(hay.p, hay.n, needle.p, needle.n);

	if (needle.n == 0) {
		*at = 0;
		return true;
	}
	if (!p)
		return false;
	*at = (size_t)(p - hay.p);
	return true;
}

bool slice_find_byte(size_t *at, struct slice hay, uint8_t byte)
{
	const uint8_t *p = hay.n ? memchr(hay.p, byte, hay.n) : NULL;

	if (p)
		*at = (size_t)(p - hay.p);
	return p != NULL;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim_end(struct slice s)
{
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct slice slice_trim(struct slice s)
{
	while (s.n && is_blank(s.p[0]))
		s = slice_from(s, 1);
	return slice_trim_end(s);
}

bool slice_holds(struct slice whole, struct slice part)
{
	uintptr_t from = (uintptr_t)whole.p, at = (uintptr_t)part.p;

	return part.p && at >= from && at - from <= whole.n && part.n <= whole.n - (at - from);
}

bool slice_cut(struct slice *before, struct slice *after, struct slice in, uint8_t separator)
{
	size_t at;
	bool found = slice_find_byte(&at, in, separator);

	*before = found ? slice_to(in, at) : in;
	*after = found ? slice_from(in, at + 1) : slice_from(in, in.n);
	return found;
}

bool slice_is_printable(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x21 || s.p[i] > 0x7e)
			return false;
	return s.n != 0;
}

enum status slice_u64(uint64_t *out, struct slice digits, struct fault *f)
{
	uint64_t value = 0;

	if (digits.n == 0)
		return fault_set(f, ST_INPUT, "number.syntax", "a number is missing");
	for (size_t i = 0; i < digits.n; i++) {
		uint8_t c = digits.p[i];
		if (c < '0' || c > '9')
			return fault_at(f, ST_INPUT, i, "number.syntax", "%.*s is not a number",
				(int)(digits.n > 40 ? 40 : digits.n), (const char *)digits.p);
		if (__builtin_mul_overflow(value, 10u, &value) ||
			__builtin_add_overflow(value, (uint64_t)(c - '0'), &value))
			return fault_at(f, ST_LIMIT, i, "number.range",
				"the number is larger than 64 bits");
	}
	*out = value;
	return ST_OK;
}

enum status slice_to_text(char *out, size_t size, struct slice in, struct fault *f)
{
	size_t at;

	if (in.n >= size)
		return fault_set(f, ST_LIMIT, "text.length", "%zu bytes where at most %zu fit",
			in.n, size - 1);
	if (slice_find_byte(&at, in, 0))
		return fault_at(f, ST_INPUT, at, "text.nul", "a NUL byte in text");
	if (in.n)
		memcpy(out, in.p, in.n);
	out[in.n] = '\0';
	return ST_OK;
}

bool slice_eq_secret(struct slice a, struct slice b)
{
	volatile uint8_t differ = 0;

	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		differ |= (uint8_t)(a.p[i] ^ b.p[i]);
	return differ == 0;
}
