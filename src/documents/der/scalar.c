/* SPDX-License-Identifier: Apache-2.0 */
/* Each keyword is a function of a table; the first that does not hold is told. */
#include "documents/der/scalar.h"

#define EXPONENT_MAX 10000 /* beyond, a number is too large or no whole one, whatever it is */

/* Of a number's text: its digits, and how many of them, or more, are behind the point. */
struct number {
	struct slice text;
	bool is_negative;
	int64_t digits, places;
};

static struct number number_read(struct slice text)
{
	struct number n = { .text = text };
	int64_t exponent = 0;
	bool behind = false, in_exponent = false, is_small = false;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '-' || c == '+') {
			n.is_negative |= !in_exponent && c == '-';
			is_small |= in_exponent && c == '-';
		} else if (c == '.') {
			behind = true;
		} else if (c == 'e' || c == 'E') {
			in_exponent = true;
			n.text = slice_to(text, i);
		} else if (!in_exponent) {
			n.digits++;
			n.places += behind;
		} else if (exponent < EXPONENT_MAX) {
			exponent = exponent * 10 + (c - '0');
		}
	}
	n.places -= is_small ? -exponent : exponent;
	return n;
}

/* False: more than 63 bits. */
static bool digit_add(int64_t *value, uint8_t digit)
{
	return !__builtin_mul_overflow(*value, 10, value) &&
		!__builtin_add_overflow(*value, digit, value);
}

#define SHORT_MAX 18 /* digits that 63 bits hold, whatever they are */

/* Nearly every number: false of what has more than a few digits. */
static bool short_parse(int64_t *out, struct slice text)
{
	int64_t value = 0;

	if (text.n == 0 || text.n > SHORT_MAX)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = text.p[i] - (unsigned)'0';

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return true;
}

enum der_whole der_whole_parse(int64_t *out, struct slice text)
{
	if (short_parse(out, text))
		return DER_WHOLE;
	struct number n = number_read(text);
	int64_t power = n.digits - n.places, value = 0;
	bool fits = true;

	for (size_t i = 0; i < n.text.n; i++) {
		uint8_t c = n.text.p[i];

		if (c < '0' || c > '9')
			continue;
		if (power-- > 0)
			fits &= digit_add(&value, (uint8_t)(c - '0'));
		else if (c != '0')
			return DER_WHOLE_NOT;
	}
	for (; power > 0 && value != 0 && fits; power--)
		fits = digit_add(&value, 0);
	*out = n.is_negative ? -value : value;
	return fits ? DER_WHOLE : DER_WHOLE_LARGE;
}

int64_t der_duration_s(struct slice text)
{
	int64_t number = 0, seconds = 0;

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		int64_t unit = c == 'D' ? 86400 : c == 'H' ? 3600 : c == 'M' ? 60 : 1;

		if (c >= '0' && c <= '9') {
			number = number * 10 + (c - '0');
		} else {
			seconds += number * unit;
			number = 0;
		}
	}
	return seconds;
}

bool der_type_is(enum der_type type, const struct json_event *e)
{
	static const uint8_t kinds[] = {
		[DER_STRING] = 1 << JSON_IS_STRING,
		[DER_INTEGER] = 1 << JSON_IS_NUMBER,
		[DER_BOOLEAN] = 1 << JSON_IS_TRUE | 1 << JSON_IS_FALSE,
		[DER_OBJECT] = 1 << JSON_IS_OBJECT,
		[DER_ARRAY] = 1 << JSON_IS_ARRAY,
	};
	int64_t number;

	if (!(kinds[type] >> e->kind & 1))
		return false;
	return e->kind != JSON_IS_NUMBER || der_whole_parse(&number, e->text.raw) != DER_WHOLE_NOT;
}

static bool literal_is(const struct der_literal *l, const struct json_event *e)
{
	int64_t number;

	if (l->type == DER_STRING)
		return e->kind == JSON_IS_STRING && json_text_is(e->text, l->text);
	if (l->type == DER_BOOLEAN)
		return e->kind == (l->number ? JSON_IS_TRUE : JSON_IS_FALSE);
	return e->kind == JSON_IS_NUMBER && der_whole_parse(&number, e->text.raw) == DER_WHOLE &&
		number == l->number;
}

size_t der_literal_find(const struct der_literal *list, size_t count, const struct json_event *e)
{
	size_t i = 0;

	while (i < count && !literal_is(&list[i], e))
		i++;
	return i;
}

/* --- keywords ------------------------------------------------------------------ */

static bool enum_holds(const struct der_node *n, const struct json_event *e)
{
	return n->literal_count == 0 ||
		der_literal_find(n->literals, n->literal_count, e) < n->literal_count;
}

static bool pattern_holds(const struct der_node *n, const struct json_event *e)
{
	const struct der_pattern *p = n->pattern;
	struct json_text rest = e->text;
	size_t plain = 0;
	unsigned state;
	uint32_t c;

	if (!p || e->kind != JSON_IS_STRING)
		return true;
	state = p->first;
	for (; plain < rest.raw.n && rest.raw.p[plain] < 128 && !rest.is_escaped; plain++)
		state = p->next[state + p->classes[rest.raw.p[plain]]];
	rest.raw = slice_from(rest.raw, plain);
	while (state && json_text_next(&c, &rest))
		state = p->next[state + p->classes[c < 128 ? c : 128]];
	return p->next[state + p->end] != 0;
}

#define CHARACTER_MAX 12 /* bytes: of a surrogate pair as escapes */

static bool length_holds(const struct der_node *n, const struct json_event *e)
{
	size_t length = e->text.raw.n;

	if (e->kind != JSON_IS_STRING || (n->least == 0 && n->most == 0))
		return true;
	if ((length / CHARACTER_MAX >= n->least || (n->least == 1 && length > 0)) &&
		(n->most == 0 || length <= n->most))
		return true; /* whatever its bytes are */
	length = json_text_length(e->text);
	return length >= n->least && (n->most == 0 || length <= n->most);
}

static bool range_holds(const struct der_node *n, const struct json_event *e)
{
	int64_t number;

	return e->kind != JSON_IS_NUMBER || n->literal_count > 0 ||
		(der_whole_parse(&number, e->text.raw) == DER_WHOLE && number >= n->minimum &&
			number <= n->maximum);
}

#define DATE_TEXT 10 /* characters of "2026-07-01" */

/* The patterns have seen to the rest: only days of months are left (Gregorian, RFC 3339 C). */
static bool calendar_holds(const struct der_node *n, const struct json_event *e)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	unsigned number[3] = { 0 }, part = 0;
	struct json_text rest = e->text;
	uint32_t c;

	if (n->format != DER_TIME && n->format != DER_DATE)
		return true;
	for (unsigned at = 0; at < DATE_TEXT && part < 3 && json_text_next(&c, &rest); at++) {
		if (c == '-')
			part++;
		else
			number[part] = number[part] * 10 + (c - '0');
	}
	bool leap = number[0] % 4 == 0 && (number[0] % 100 != 0 || number[0] % 400 == 0);
	return number[2] <= days[(number[1] + 11) % 12] + (unsigned)(leap && number[1] == 2);
}

/* --- what is told -------------------------------------------------------------- */

static void enum_tell(
	struct der_report *r, const struct der_issue *issue, const struct der_node *n)
{
	der_report(r, issue, "expected %s", n->choices);
}

static void words_tell(
	struct der_report *r, const struct der_issue *issue, const struct der_node *n)
{
	der_report(r, issue, "expected: %s", n->words ? n->words : "another form");
}

static void length_tell(
	struct der_report *r, const struct der_issue *issue, const struct der_node *n)
{
	der_report(r, issue, "expected %llu to %llu characters", (unsigned long long)n->least,
		(unsigned long long)n->most);
}

static void range_tell(
	struct der_report *r, const struct der_issue *issue, const struct der_node *n)
{
	der_report(r, issue, "expected a whole number from %lld to %lld", (long long)n->minimum,
		(long long)n->maximum);
}

static void calendar_tell(
	struct der_report *r, const struct der_issue *issue, const struct der_node *n)
{
	(void)n;
	der_report(r, issue, "expected a day that the month has");
}

enum keyword { ENUM, LENGTH, PATTERN, RANGE, CALENDAR, KEYWORDS };

static const struct {
	enum der_problem problem;
	void (*tell)(struct der_report *, const struct der_issue *, const struct der_node *);
} keywords[KEYWORDS] = {
	[ENUM] = { DER_ENUM, enum_tell },
	[LENGTH] = { DER_LENGTH, length_tell },
	[PATTERN] = { DER_PATTERN, words_tell },
	[RANGE] = { DER_RANGE, range_tell },
	[CALENDAR] = { DER_CALENDAR, calendar_tell },
};

/* The first that does not hold; KEYWORDS: all do.  No table: five calls for each value are dear. */
static enum keyword broken_find(const struct der_node *n, const struct json_event *e)
{
	if (!enum_holds(n, e))
		return ENUM;
	if (!length_holds(n, e))
		return LENGTH;
	if (!pattern_holds(n, e))
		return PATTERN;
	if (!range_holds(n, e))
		return RANGE;
	return calendar_holds(n, e) ? KEYWORDS : CALENDAR;
}

bool der_scalar_check(
	struct der_report *r, const struct der_place *place, const struct json_event *e)
{
	const struct der_node *n = place->frames[place->depth - 1].node;
	const enum keyword broken = broken_find(n, e);

	if (broken < KEYWORDS)
		keywords[broken].tell(r,
			&(struct der_issue){ .problem = keywords[broken].problem,
				.place = *place,
				.offset = e->offset,
				.value = e->text,
				.found = e->kind == JSON_IS_TRUE  ? "true" :
					 e->kind == JSON_IS_FALSE ? "false" :
								    NULL },
			n);
	return broken == KEYWORDS;
}
