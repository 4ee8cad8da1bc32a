/* SPDX-License-Identifier: Apache-2.0 */
/* 128 bits hold every product and sum that is let through: each step asks before it goes on. */
#include "documents/decimal.h"

#define ONE INT64_C(1000000000000)
#define ROOT INT64_C(1000000) /* of ONE */
#define SHORT_MAX (DECIMAL_PLACES + 1) /* characters: so no more decimals than there may be */

__extension__ typedef unsigned __int128 magnitude;

/* Of ten. */
static const uint64_t powers[DECIMAL_PLACES + 1] = { 1, 10, 100, 1000, 10000, 100000, 1000000,
	10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000 };

struct digits {
	magnitude value;
	unsigned whole, places;
	bool has_point;
};

static enum status digit_take(struct digits *d, uint8_t c, struct fault *f)
{
	if (c == '.' && !d->has_point) {
		d->has_point = true;
		return ST_OK;
	}
	if (c < '0' || c > '9')
		return fault_set(f, ST_INPUT, "decimal.syntax",
			"a number is digits, with at most one point and a minus in front");
	/* 1.0000000000000 is 1: behind the last place zeros say nothing. */
	if (d->has_point && d->places == DECIMAL_PLACES && c == '0')
		return ST_OK;
	if (d->has_point ? ++d->places > DECIMAL_PLACES :
			   (d->value > 0 || c > '0') && ++d->whole > DECIMAL_DIGITS_MAX)
		return fault_set(f, ST_LIMIT, "decimal.range",
			"the number has more than %d digits before or %d behind the point",
			DECIMAL_DIGITS_MAX, DECIMAL_PLACES);
	d->value = d->value * 10 + (unsigned)(c - '0');
	return ST_OK;
}

/*
 * Nearly every number: it has so few characters that 64 bits hold its digits.  False, and nothing
 * is taken, when it has more or is none.
 */
static inline bool short_take(struct digits *d, struct slice text)
{
	uint64_t value = 0;
	size_t point = text.n;

	if (text.n > SHORT_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = text.p[i] - (unsigned)'0';

		if (digit < 10)
			value = value * 10 + digit;
		else if (text.p[i] == '.' && point == text.n)
			point = i;
		else
			return false;
	}
	d->value = value;
	d->has_point = point < text.n;
	d->places = d->has_point ? (unsigned)(text.n - point - 1) : 0;
	return true;
}

enum status decimal_parse(
	struct decimal *out, struct slice text, unsigned implied, struct fault *f)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	struct digits d = { 0 };
	struct slice rest = slice_from(text, negative);

	if (!short_take(&d, rest))
		for (size_t i = 0; i < rest.n; i++)
			TRY(digit_take(&d, rest.p[i], f));
	if (rest.n == d.has_point || (implied > 0 && d.has_point))
		return fault_set(f, ST_INPUT, "decimal.syntax", "a number is digits%s",
			implied > 0 ? "; its point is implied" : "");
	if (d.places + implied < DECIMAL_PLACES)
		d.value *= powers[DECIMAL_PLACES - d.places - implied];
	out->units = negative ? -(decimal_units)d.value : (decimal_units)d.value;
	return ST_OK;
}

struct decimal decimal_of(int64_t whole)
{
	return (struct decimal){ (decimal_units)whole * ONE };
}

bool decimal_add(struct decimal *to, struct decimal what)
{
	struct decimal sum;

	if (__builtin_add_overflow(to->units, what.units, &sum.units))
		return false;
	*to = sum;
	return true;
}

bool decimal_subtract(struct decimal *to, struct decimal what)
{
	struct decimal difference;

	if (__builtin_sub_overflow(to->units, what.units, &difference.units))
		return false;
	*to = difference;
	return true;
}

bool decimal_multiply(struct decimal *to, struct decimal by)
{
	struct decimal product;

	if (to->units % ROOT != 0 || by.units % ROOT != 0 ||
		__builtin_mul_overflow(to->units / ROOT, by.units / ROOT, &product.units))
		return false;
	*to = product;
	return true;
}

int decimal_compare(struct decimal a, struct decimal b)
{
	return (a.units > b.units) - (a.units < b.units);
}

static magnitude magnitude_of(struct decimal d)
{
	return d.units < 0 ? -(magnitude)d.units : (magnitude)d.units;
}

unsigned decimal_places(struct decimal d)
{
	uint64_t places = (uint64_t)(magnitude_of(d) % ONE);
	unsigned n = places == 0 ? 0 : DECIMAL_PLACES;

	for (; n > 0 && places % 10 == 0; n--)
		places /= 10;
	return n;
}

static void whole_put(struct buf *out, struct decimal d)
{
	magnitude units = magnitude_of(d) / ONE;
	char text[64];
	size_t n = sizeof(text);

	for (; units > 0 || n == sizeof(text); units /= 10)
		text[--n] = (char)('0' + (unsigned)(units % 10));
	if (d.units < 0)
		text[--n] = '-';
	buf_put(out, slice_of(text + n, sizeof(text) - n));
}

void decimal_put_places(struct buf *out, struct decimal d, unsigned least)
{
	unsigned own = decimal_places(d), n = own > least ? own : least;
	uint64_t places = (uint64_t)(magnitude_of(d) % ONE);
	char text[DECIMAL_PLACES];

	whole_put(out, d);
	if (n == 0)
		return;
	for (size_t at = DECIMAL_PLACES; at > 0; places /= 10)
		text[--at] = (char)('0' + (unsigned)(places % 10));
	buf_put_u8(out, '.');
	buf_put(out, slice_of(text, n < DECIMAL_PLACES ? n : DECIMAL_PLACES));
}

void decimal_put(struct buf *out, struct decimal d)
{
	decimal_put_places(out, d, 0);
}
