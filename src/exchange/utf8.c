/* SPDX-License-Identifier: Apache-2.0 */
/* One strict decoder: RFC 3629 3, the table of its lengths. */
#include "exchange/utf8.h"

struct form {
	uint8_t mask, lead; /* of the first byte */
	size_t size;
	uint32_t least; /* the smallest character this long a form is for */
};

static const struct form *form_of(uint8_t first)
{
	static const struct form forms[] = {
		{ 0x80, 0x00, 1, 0 },
		{ 0xe0, 0xc0, 2, 0x80 },
		{ 0xf0, 0xe0, 3, 0x800 },
		{ 0xf8, 0xf0, 4, 0x10000 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if ((first & forms[i].mask) == forms[i].lead)
			return &forms[i];
	return NULL;
}

static bool is_character(uint32_t value, const struct form *form)
{
	return value >= form->least && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

size_t utf8_first(uint32_t *out, struct slice text)
{
	const struct form *form = text.n ? form_of(text.p[0]) : NULL;
	uint32_t value;

	if (!form || text.n < form->size)
		return 0;
	value = text.p[0] & (uint8_t)~form->mask;
	for (size_t i = 1; i < form->size; i++) {
		if ((text.p[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text.p[i] & 0x3f);
	}
	if (!is_character(value, form))
		return 0;
	*out = value;
	return form->size;
}

bool utf8_is_control(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = { { 0, 0x1f }, { 0x7f, 0x9f }, { 0x61c, 0x61c }, { 0x200e, 0x200f },
		{ 0x2028, 0x202e }, { 0x2066, 0x2069 } };

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

bool utf8_is_line(struct slice text)
{
	uint32_t c;

	while (text.n > 0) {
		size_t n = utf8_first(&c, text);
		if (n == 0 || utf8_is_control(c))
			return false;
		text = slice_from(text, n);
	}
	return true;
}
