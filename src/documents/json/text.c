/* SPDX-License-Identifier: Apache-2.0 */
/* One decoder of characters; all else here asks it, or looks at bytes where none is escaped. */
#include "documents/json/text.h"

#include <string.h>

#include "exchange/utf8.h"

#define HASH_PRIME UINT64_C(0x9e3779b97f4a7c15)

struct json_text json_text_of(const char *plain)
{
	return (struct json_text){ slice_str(plain), false };
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Of a "\u" and its four hexadecimal digits. */
static bool unit_read(uint32_t *out, struct slice raw)
{
	*out = 0;
	if (raw.n < 6 || raw.p[0] != '\\' || raw.p[1] != 'u')
		return false;
	for (size_t i = 2; i < 6; i++) {
		int value = hex_value(raw.p[i]);

		if (value < 0)
			return false;
		*out = *out << 4 | (uint32_t)value;
	}
	return true;
}

static size_t unicode_read(uint32_t *out, struct slice raw)
{
	uint32_t low;

	if (!unit_read(out, raw) || (*out >= 0xdc00 && *out <= 0xdfff))
		return 0;
	if (*out < 0xd800 || *out > 0xdbff)
		return 6;
	if (!unit_read(&low, slice_from(raw, 6)) || low < 0xdc00 || low > 0xdfff)
		return 0;
	*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
	return 12;
}

static size_t escape_read(uint32_t *out, struct slice raw)
{
	static const char names[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

	if (raw.n < 2)
		return 0;
	for (size_t i = 0; i < sizeof(names) - 1; i++)
		if (raw.p[1] == (uint8_t)names[i]) {
			*out = (uint8_t)meant[i];
			return 2;
		}
	return unicode_read(out, raw);
}

size_t json_character(uint32_t *out, struct slice raw)
{
	if (raw.n > 0 && raw.p[0] == '\\')
		return escape_read(out, raw);
	return utf8_first(out, raw);
}

static int plain_compare(struct slice a, struct slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? (order < 0 ? -1 : 1) : (a.n > b.n) - (a.n < b.n);
}

int json_text_compare(struct json_text a, struct json_text b)
{
	uint32_t x = 0, y = 0;
	bool more;

	if (!a.is_escaped && !b.is_escaped) /* UTF-8 is in the order of its characters */
		return plain_compare(a.raw, b.raw);
	do {
		more = json_text_next(&x, &a);
		if (!json_text_next(&y, &b))
			return more;
		if (!more || x != y)
			return !more || x < y ? -1 : 1;
	} while (true);
}

bool json_text_is(struct json_text text, struct slice plain)
{
	if (!text.is_escaped)
		return slice_eq(text.raw, plain);
	return json_text_compare(text, (struct json_text){ plain, false }) == 0;
}

size_t json_text_length(struct json_text text)
{
	size_t count = 0;
	uint32_t c;

	if (text.is_escaped) {
		while (json_text_next(&c, &text))
			count++;
		return count;
	}
	for (size_t i = 0; i < text.raw.n; i++)
		count += (text.raw.p[i] & 0xc0) != 0x80;
	return count;
}

static void character_put(struct buf *out, uint32_t c)
{
	static const uint8_t leads[] = { 0xc0, 0xe0, 0xf0 };
	unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;

	if (c < 0x80) {
		buf_put_u8(out, (uint8_t)c);
		return;
	}
	buf_put_u8(out, (uint8_t)(leads[more - 1] | c >> (6 * more)));
	while (more-- > 0)
		buf_put_u8(out, (uint8_t)(0x80 | (c >> (6 * more) & 0x3f)));
}

void json_text_put(struct buf *out, struct json_text text)
{
	uint32_t c;

	if (!text.is_escaped)
		buf_put(out, text.raw);
	else
		while (json_text_next(&c, &text))
			character_put(out, c);
}

/* --- hashes ------------------------------------------------------------------------ */

static uint64_t last_word(struct slice rest)
{
	uint64_t word = 0;

	for (size_t i = 0; i < rest.n; i++)
		word |= (uint64_t)rest.p[i] << (8 * i);
	return word;
}

static uint64_t word_add(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * HASH_PRIME;
	return hash ^ hash >> 32;
}

static uint32_t plain_hash(struct slice text)
{
	uint64_t hash = 0;
	size_t at = 0;

	for (; text.n - at >= SLICE_WORD; at += SLICE_WORD)
		hash = word_add(hash, slice_word(text, at));
	if (at < text.n)
		hash = word_add(hash, last_word(slice_from(text, at)));
	return (uint32_t)hash;
}

static uint32_t escaped_hash(struct json_text text)
{
	AUTO_IN_PLACE(buf) plain = buf_init(2 * SLICE_WORD);
	uint64_t hash = 0;
	uint32_t c;

	while (json_text_next(&c, &text)) {
		character_put(&plain, c);
		if (plain.n < SLICE_WORD)
			continue;
		hash = word_add(hash, slice_word(buf_slice(&plain), 0));
		buf_consume(&plain, SLICE_WORD);
	}
	return (uint32_t)(plain.n ? word_add(hash, last_word(buf_slice(&plain))) : hash);
}

uint32_t json_text_hash(struct json_text text)
{
	return text.is_escaped ? escaped_hash(text) : plain_hash(text.raw);
}
