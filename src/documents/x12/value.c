/* SPDX-License-Identifier: Apache-2.0 */
/* One table of what a byte may be is asked for every byte of a value, and the answers are or-ed. */
#include "documents/x12/value.h"

enum x12_character {
	CONTROL = 1,   /* never */
	FOREIGN = 2,   /* beyond ASCII: not in the standard's sets, but in people's names */
	DELIMITER = 4,
};

static uint8_t class_of(unsigned c)
{
	if (c < 0x20 || c == 0x7f)
		return CONTROL;
	return c >= 0x80 ? FOREIGN : 0;
}

void x12_characters_set(struct x12_characters *out, const struct x12_delimiters *d)
{
	for (unsigned c = 0; c < 256; c++)
		out->of[c] = class_of(c);
	out->of[d->element] |= DELIMITER;
	out->of[d->segment] |= DELIMITER;
	out->of[d->component] |= DELIMITER;
	out->of[d->repetition] |= DELIMITER;
}

static inline uint8_t classes_of(const struct x12_characters *c, struct slice value)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < value.n; i++)
		seen |= c->of[value.p[i]];
	return seen;
}

static inline unsigned number_of(const uint8_t *p, unsigned digits)
{
	unsigned n = 0;

	for (unsigned i = 0; i < digits; i++)
		n = n * 10 + (unsigned)(p[i] - '0');
	return n;
}

static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Four at once: of each the high half is 3, and still is with 6 added. */
static inline bool four_digits(const uint8_t *p)
{
	uint32_t x = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return (x & 0xf0f0f0f0) == 0x30303030 && ((x + 0x06060606) & 0xf0f0f0f0) == 0x30303030;
}

static inline bool digits_only(struct slice text)
{
	size_t i = 0;

	for (; i + 4 <= text.n; i += 4)
		if (!four_digits(text.p + i))
			return false;
	for (; i < text.n; i++)
		if (!is_digit(text.p[i]))
			return false;
	return true;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

bool x12_date_is(struct slice text)
{
	unsigned year, month, day;

	if ((text.n != 8 && text.n != 6) || !digits_only(text))
		return false;
	if (text.n == 8 && number_of(text.p, 4) == 0)
		return false;
	month = number_of(text.p + text.n - 4, 2);
	day = number_of(text.p + text.n - 2, 2);
	if (month < 1 || month > 12 || day < 1)
		return false;
	if (day <= 28)
		return true;
	/* Of two digits every fourth year is a leap year: 2000 was one. */
	year = text.n == 8 ? number_of(text.p, 4) : 2000 + number_of(text.p, 2);
	return day <= days_in(year, month);
}

bool x12_time_is(struct slice text)
{
	if (text.n != 4 && (text.n < 6 || text.n > 8))
		return false;
	return digits_only(text) && number_of(text.p, 2) < 24 && number_of(text.p + 2, 2) < 60 &&
		(text.n == 4 || number_of(text.p + 4, 2) < 60);
}

static enum x12_problem length_check(const struct x12_element_rule *rule, size_t n)
{
	return n < rule->least ? X12_ELEMENT_SHORT :
		n > rule->most ? X12_ELEMENT_LONG : X12_FINE;
}

/* Sign and point do not count (X12.6, 3.3.1). */
static inline enum x12_problem number_check(
	const struct x12_element_rule *rule, struct slice value, size_t points_max)
{
	size_t sign = *value.p == '-', points = 0, digits;

	for (size_t i = sign; i < value.n; i++) {
		if (is_digit(value.p[i]))
			continue;
		if (value.p[i] != '.' || ++points > points_max)
			return X12_ELEMENT_NUMBER;
	}
	digits = value.n - sign - points;
	return digits == 0 ? X12_ELEMENT_NUMBER : length_check(rule, digits);
}

static enum x12_problem text_check(
	const struct x12_element_rule *rule, struct slice value, uint8_t seen)
{
	enum x12_problem length = length_check(rule, value.n);

	if (length != X12_FINE)
		return length;
	return seen & FOREIGN ? X12_ELEMENT_FOREIGN : X12_FINE;
}

static enum x12_problem integer_check(
	const struct x12_element_rule *rule, struct slice value, uint8_t seen)
{
	(void)seen;
	return number_check(rule, value, 0);
}

static enum x12_problem decimal_check(
	const struct x12_element_rule *rule, struct slice value, uint8_t seen)
{
	(void)seen;
	return number_check(rule, value, 1);
}

static enum x12_problem date_check(
	const struct x12_element_rule *rule, struct slice value, uint8_t seen)
{
	enum x12_problem length = length_check(rule, value.n);

	(void)seen;
	return length != X12_FINE ? length : x12_date_is(value) ? X12_FINE : X12_ELEMENT_DATE;
}

static enum x12_problem time_check(
	const struct x12_element_rule *rule, struct slice value, uint8_t seen)
{
	enum x12_problem length = length_check(rule, value.n);

	(void)seen;
	return length != X12_FINE ? length : x12_time_is(value) ? X12_FINE : X12_ELEMENT_TIME;
}

static enum x12_problem binary_check(
	const struct x12_element_rule *rule, struct slice value, uint8_t seen)
{
	(void)seen;
	return length_check(rule, value.n);
}

static enum x12_problem (*const typed[X12_TYPES])(
	const struct x12_element_rule *, struct slice value, uint8_t seen) = {
	[X12_AN] = text_check,
	[X12_ID] = text_check,
	[X12_DT] = date_check,
	[X12_TM] = time_check,
	[X12_N] = integer_check,
	[X12_R] = decimal_check,
	[X12_B] = binary_check,
	[X12_FILLER] = text_check,
	[X12_COMPOSITE] = text_check,
};

enum x12_problem x12_value_check(const struct x12_element_rule *rule,
	const struct x12_characters *characters, struct slice value)
{
	uint8_t seen;

	if (rule->type == X12_B)
		return binary_check(rule, value, 0);
	seen = characters ? classes_of(characters, value) : 0;
	if (seen & (CONTROL | DELIMITER))
		return X12_ELEMENT_CHARACTER;
	if (rule->codes.count == 0)
		return typed[rule->type](rule, value, seen);
	if (x12_code_find(&rule->codes, value))
		return X12_FINE;
	return length_check(rule, value.n) != X12_FINE ? length_check(rule, value.n)
						       : X12_ELEMENT_CODE;
}
