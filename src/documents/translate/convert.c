/* SPDX-License-Identifier: Apache-2.0 */
/* Conversions by table: one row each, with its two directions. */
#include "documents/translate/convert.h"

#include "base/clock.h"
#include "documents/decimal.h"
#include "documents/x12/zone.h"

#define R_DIGITS 10 /* characters that fit wherever X12 has a quantity: kept as they stand */
#define MIDNIGHT "T00:00:00.000Z"
#define UUID_BYTES 16
#define UUID_DIGITS 26 /* of five bits; two of them are spare */

struct to {
	struct convert_x12 *out;
	struct buf *room;
	const struct translate_element *element;
	struct slice said, begin, zone;
	size_t parts[CONVERT_SPAN + 1]; /* where each value begins in the room */
};

struct from {
	struct buf *out;
	const struct translate_element *element;
	const struct convert_x12 *in;
	struct slice value; /* the first of it */
	struct slice begin;
};

/* --- texts --- */

static enum status text_to(struct to *t, struct fault *f)
{
	if (t->said.n == 0 && t->element->conversion == TR_LINES)
		buf_put_text(t->room, CONVERT_WHOLE);
	for (size_t i = 0; i < t->said.n; i++)
		if (t->said.p[i] < ' ' || t->said.p[i] == 0x7f)
			return fault_at(f, ST_INPUT, i, "translate.characters",
				"a line end or another control character: X12 has none in a text");
	buf_put(t->room, t->said);
	return ST_OK;
}

static enum status text_from(struct from *t, struct fault *f)
{
	(void)f;
	buf_put(t->out, t->value);
	return ST_OK;
}

static enum status constant_to(struct to *t, struct fault *f)
{
	(void)f;
	buf_put(t->room, t->element->text);
	return ST_OK;
}

static enum status qualifier_to(struct to *t, struct fault *f)
{
	(void)f;
	buf_put(t->room, convert_qualifier(t->said));
	return ST_OK;
}

static enum status nothing(struct from *t, struct fault *f)
{
	(void)t, (void)f;
	return ST_OK;
}

static bool are_digits(struct slice text, size_t n)
{
	uint64_t number;

	return text.n == n && slice_u64(&number, text, NULL) == ST_OK;
}

struct slice convert_qualifier(struct slice id)
{
	return are_digits(id, 9) ? S("1") : are_digits(id, 13) ? S("9") : S("ZZ");
}

/* --- codes --- */

static enum status code_to(struct to *t, struct fault *f)
{
	const struct translate_element *e = t->element;

	for (size_t i = 0; i < e->code_count; i++)
		if (slice_eq(e->codes[i].said, t->said)) {
			buf_put(t->room, e->codes[i].code);
			return ST_OK;
		}
	return fault_set(f, ST_INPUT, "translate.code", "there is no code for it");
}

static enum status code_from(struct from *t, struct fault *f)
{
	const struct translate_element *e = t->element;

	for (size_t i = 0; i < e->code_count; i++)
		if (slice_eq(e->codes[i].code, t->value)) {
			buf_put(t->out, e->codes[i].said);
			return ST_OK;
		}
	return fault_set(f, ST_INPUT, "translate.code", "a code that our document has no word for");
}

/* --- numbers --- */

static unsigned places_of(struct slice number)
{
	size_t at;

	return slice_find_byte(&at, number, '.') ? (unsigned)(number.n - at - 1) : 0;
}

/*
 * As it stands: 0.38000 says more than 0.38 to people.  But not where it would not fit; and no zero
 * is below another.
 */
static enum status decimal_to(struct to *t, struct fault *f)
{
	struct decimal number;

	TRY(decimal_parse(&number, t->said, 0, f));
	const bool is_minus_zero = number.units == 0 && t->said.p[0] == '-';

	if (t->said.n <= R_DIGITS)
		buf_put(t->room, slice_from(t->said, is_minus_zero));
	else
		decimal_put(t->room, number);
	return ST_OK;
}

/* JSON may write it as 2.0 or -0. */
static enum status integer_to(struct to *t, struct fault *f)
{
	struct decimal number;

	TRY(decimal_parse(&number, t->said, 0, f));
	decimal_put(t->room, number);
	return ST_OK;
}

static enum status number_from(struct from *t, unsigned implied, unsigned places, struct fault *f)
{
	struct decimal number;

	TRY(decimal_parse(&number, t->value, implied, f));
	if (places > DECIMAL_PLACES)
		return fault_set(f, ST_LIMIT, "decimal.range", "more than %d decimals",
			DECIMAL_PLACES);
	decimal_put_places(t->out, number, places);
	return ST_OK;
}

static enum status money_to(struct to *t, struct fault *f)
{
	struct decimal number;

	TRY(decimal_parse(&number, t->said, 0, f));
	decimal_put_places(t->room, number, 2);
	return ST_OK;
}

static enum status decimal_from(struct from *t, struct fault *f)
{
	return number_from(t, 0, places_of(t->value), f);
}

static enum status money_from(struct from *t, struct fault *f)
{
	return number_from(t, 0, 2, f);
}

static enum status cents_from(struct from *t, struct fault *f)
{
	return number_from(t, 2, 2, f);
}

static enum status integer_from(struct from *t, struct fault *f)
{
	return number_from(t, 0, 0, f);
}

/* 12.5 is 1250: two places, and no point. */
static enum status cents_to(struct to *t, struct fault *f)
{
	struct decimal number, hundred = decimal_of(100);

	TRY(decimal_parse(&number, t->said, 0, f));
	if (!decimal_multiply(&number, hundred) || decimal_places(number) > 0)
		return fault_set(f, ST_INPUT, "translate.number",
			"an amount of more than two places, or too large");
	decimal_put(t->room, number);
	return ST_OK;
}

/* --- dates and times --- */

static enum status date_to(struct to *t, struct fault *f)
{
	(void)f;
	buf_putf(t->room, "%.*s%.*s%.*s", SLICE_FMT(slice_sub(t->said, 0, 4)),
		SLICE_FMT(slice_sub(t->said, 5, 2)), SLICE_FMT(slice_sub(t->said, 8, 2)));
	return ST_OK;
}

static enum status date_from(struct from *t, struct fault *f)
{
	if (!are_digits(t->value, 8))
		return fault_set(f, ST_INPUT, "translate.date", "no date of eight digits");
	buf_putf(t->out, "%.*s-%.*s-%.*s", SLICE_FMT(slice_sub(t->value, 0, 4)),
		SLICE_FMT(slice_sub(t->value, 4, 2)), SLICE_FMT(slice_sub(t->value, 6, 2)));
	return ST_OK;
}

/* HHMM, HHMMSS or, as the standard has hundredths and no more, HHMMSSDD. */
static enum status moment_to(struct to *t, int64_t ns, struct fault *f)
{
	unsigned ms = (unsigned)(ns / NS_PER_MS % 1000);
	struct x12_local local;

	TRY(x12_moment_write(&local, ns / NS_PER_S, t->zone, f));
	t->out->is_short = ms % 10 != 0;
	buf_put_text(t->room, local.date);
	t->parts[1] = t->room->n;
	buf_put_text(t->room, local.time);
	if (ms / 10 > 0)
		buf_putf(t->room, "%s%02u", local.time[4] ? "" : "00", ms / 10);
	t->parts[2] = t->room->n;
	buf_put_text(t->room, local.code);
	return ST_OK;
}

static enum status time_to(struct to *t, struct fault *f)
{
	int64_t ns;

	TRY(time_parse(&ns, t->said, f));
	return moment_to(t, ns, f);
}

/* UTC, whatever the zone: what was said comes back. */
static enum status day_to(struct to *t, struct fault *f)
{
	return date_to(t, f);
}

static enum status day_from(struct from *t, struct fault *f)
{
	TRY(date_from(t, f));
	buf_put_text(t->out, MIDNIGHT);
	return ST_OK;
}

static enum status moment_from(int64_t *ns, const struct from *t, struct fault *f)
{
	struct slice time = t->in->values[1];
	struct slice hundredths = slice_from(time, 6);
	struct x12_stated stated = { t->value, slice_to(time, 6), t->in->values[2] };
	struct x12_moment moment;
	uint64_t part = 0;

	if (hundredths.n > 2)
		return fault_set(f, ST_INPUT, "translate.time", "a time of more than hundredths");
	if (time.n == 0 || stated.code.n == 0)
		return fault_set(f, ST_INPUT, "translate.time",
			"a moment needs its time and the code of its zone");
	TRY(x12_moment_read(&moment, X12_BEGIN, &stated, f));
	if (moment.is_doubled)
		return fault_set(f, ST_INPUT, "translate.time",
			"an hour that comes twice that day: ES or ED says which");
	if (hundredths.n > 0)
		TRY(slice_u64(&part, hundredths, f));
	*ns = moment.utc_s * NS_PER_S +
		(int64_t)part * (hundredths.n == 1 ? 100 : 10) * NS_PER_MS;
	return ST_OK;
}

static enum status time_from(struct from *t, struct fault *f)
{
	char text[TIME_TEXT_MAX];
	int64_t ns;

	TRY(moment_from(&ns, t, f));
	buf_put_text(t->out, time_format(text, ns));
	return ST_OK;
}

/* "PT15M", as the schema has it: days, hours, minutes and seconds, nothing else. */
static int64_t duration_s(struct slice text)
{
	int64_t seconds = 0, number = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		int64_t unit = c == 'D' ? 86400 : c == 'H' ? 3600 : c == 'M' ? 60 : c == 'S';

		if (c >= '0' && c <= '9') {
			number = number * 10 + c - '0';
			continue;
		}
		seconds += number * unit;
		number = 0;
	}
	return seconds;
}

static void duration_put(struct buf *out, int64_t seconds)
{
	static const struct {
		int64_t unit;
		char letter;
	} parts[] = { { 3600, 'H' }, { 60, 'M' }, { 1, 'S' } };

	buf_put_text(out, "PT");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int64_t count = seconds / parts[i].unit;

		if (count > 0 || (parts[i].unit == 1 && out->p[out->n - 1] == 'T'))
			buf_putf(out, "%lld%c", (long long)count, parts[i].letter);
		seconds %= parts[i].unit;
	}
}

static enum status end_to(struct to *t, struct fault *f)
{
	int64_t ns;

	TRY(time_parse(&ns, t->begin, f));
	return moment_to(t, ns + duration_s(t->said) * NS_PER_S, f);
}

static enum status end_from(struct from *t, struct fault *f)
{
	int64_t begin, end;

	TRY(moment_from(&end, t, f));
	TRY(time_parse(&begin, t->begin, f));
	if (end < begin || (end - begin) % NS_PER_S != 0)
		return fault_set(f, ST_INPUT, "translate.time",
			"it ends before it begins, or not after whole seconds");
	duration_put(t->out, (end - begin) / NS_PER_S);
	return ST_OK;
}

/* --- uuids --- */

static const char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int hex_digit(uint8_t c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* 128 bits, most significant first, are 26 digits with two zero bits in front. */
static enum status uuid_to(struct to *t, struct fault *f)
{
	unsigned __int128 bits = 0;

	(void)f;
	for (size_t i = 0; i < t->said.n; i++)
		if (hex_digit(t->said.p[i]) >= 0)
			bits = bits << 4 | (unsigned)hex_digit(t->said.p[i]);
	for (int shift = 5 * (UUID_DIGITS - 1); shift >= 0; shift -= 5)
		buf_put_u8(t->room, (uint8_t)base32[(unsigned)(bits >> shift) & 31]);
	return ST_OK;
}

static bool bits_read(unsigned __int128 *out, struct slice digits)
{
	size_t digit;

	*out = 0;
	for (size_t i = 0; i < digits.n; i++) {
		if (!slice_find_byte(&digit, S("0123456789ABCDEFGHJKMNPQRSTVWXYZ"), digits.p[i]))
			return false;
		*out = *out << 5 | digit;
	}
	return digits.n == UUID_DIGITS && digits.p[0] < '8';
}

static enum status uuid_from(struct from *t, struct fault *f)
{
	unsigned __int128 bits;

	if (!bits_read(&bits, t->value))
		return fault_set(f, ST_INPUT, "translate.uuid",
			"no id that a document of ours was written with");
	for (int i = 0; i < UUID_BYTES; i++)
		buf_putf(t->out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			(unsigned)(bits >> (8 * (UUID_BYTES - 1 - i))) & 0xff);
	return ST_OK;
}

/* --- the table --- */

static const struct {
	enum status (*to)(struct to *, struct fault *);
	enum status (*from)(struct from *, struct fault *);
} conversions[TR_CONVERSIONS] = {
	[TR_CONSTANT] = { constant_to, nothing },
	[TR_OPTIONAL] = { constant_to, nothing },
	[TR_WRITTEN] = { constant_to, nothing },
	[TR_TEXT] = { text_to, text_from },
	[TR_LINES] = { text_to, text_from },
	[TR_DATE] = { date_to, date_from },
	[TR_DECIMAL] = { decimal_to, decimal_from },
	[TR_MONEY] = { money_to, money_from },
	[TR_CENTS] = { cents_to, cents_from },
	[TR_INTEGER] = { integer_to, integer_from },
	[TR_UUID] = { uuid_to, uuid_from },
	[TR_TIME] = { time_to, time_from },
	[TR_DAY] = { day_to, day_from },
	[TR_END] = { end_to, end_from },
	[TR_CODE] = { code_to, code_from },
	[TR_QUALIFIER] = { qualifier_to, nothing },
	[TR_ORDINAL] = { text_to, nothing },
};

unsigned convert_span(enum translate_conversion c)
{
	return c == TR_TIME || c == TR_END ? CONVERT_SPAN : 1;
}

enum status convert_to_x12(struct convert_x12 *out, struct buf *room,
	const struct translate_element *e, const struct convert_said *said, struct fault *f)
{
	struct convert_x12 made = { 0 };
	struct to t = { .out = &made, .room = room, .element = e, .said = said->text,
		.begin = said->begin, .zone = said->zone };
	unsigned span = convert_span(e->conversion);

	buf_clear(room);
	TRY(conversions[e->conversion].to(&t, f));
	TRY(buf_check(room, f));
	t.parts[span] = room->n;
	for (unsigned i = 0; i < span; i++)
		made.values[i] =
			slice_sub(buf_slice(room), t.parts[i], t.parts[i + 1] - t.parts[i]);
	*out = made;
	return ST_OK;
}

enum status convert_from_x12(struct buf *out, const struct translate_element *e,
	const struct convert_x12 *in, struct slice begin, struct fault *f)
{
	struct from t = { out, e, in, in->values[0], begin };

	return conversions[e->conversion].from(&t, f);
}
