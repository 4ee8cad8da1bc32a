/* SPDX-License-Identifier: Apache-2.0 */
/* One segment beside its rules: what is missing, too much, too long, of another type or code. */
#include "documents/x12/elements.h"

#include <stdio.h>

void x12_alphabet_set(struct x12_alphabet *a, const struct x12_delimiters *d)
{
	bool same = a->delimiters.element == d->element && a->delimiters.segment == d->segment &&
		a->delimiters.component == d->component &&
		a->delimiters.repetition == d->repetition;

	/* As that of the interchange before: no delimiters at all are those of none yet. */
	if (same && d->element != 0)
		return;
	a->delimiters = *d;
	x12_characters_set(&a->characters, d);
}

struct slice x12_value_cut(const struct x12_segment *s, const struct x12_delimiters *d,
	unsigned element, unsigned part)
{
	struct slice value = x12_element(s, element), rest;

	if (d->repetition)
		slice_cut(&value, &rest, value, d->repetition);
	return x12_part_cut(value, d, part);
}

struct slice x12_part_cut(struct slice value, const struct x12_delimiters *d, unsigned part)
{
	struct slice rest;

	if (part <= 1 && (part == 0 || d->component == 0))
		return value;
	if (d->component == 0)
		return slice_to(value, 0);
	for (rest = value; part > 0; part--)
		slice_cut(&value, &rest, rest, d->component);
	return value;
}

/* Variants of a position mostly ask about the same element: it is packed once. */
struct asked {
	unsigned element, part;
	uint64_t packed;
};

static inline bool is_among(const struct x12_codes *codes, uint64_t packed)
{
	if (codes->count == 1)
		return codes->list->packed == packed;
	return x12_code_find_packed(codes, packed);
}

static inline bool variant_is(const struct x12_variant *v, const struct x12_segment *s,
	const struct x12_delimiters *d, struct asked *asked)
{
	for (size_t i = 0; i < v->when_count; i++) {
		const struct x12_when *when = &v->when[i];

		if (asked->element != when->element || asked->part != when->part)
			*asked = (struct asked){ when->element, when->part,
				x12_code_pack(x12_value(s, d, when->element, when->part)) };
		if (!is_among(&when->codes, asked->packed))
			return false;
	}
	return true;
}

const struct x12_variant *x12_variant_find(const struct x12_variant *list, size_t count,
	const struct x12_segment *s, const struct x12_delimiters *d)
{
	struct asked asked = { 0 };

	for (size_t i = 0; i < count; i++)
		if (variant_is(&list[i], s, d, &asked))
			return &list[i];
	return NULL;
}

const struct x12_variant *x12_variant_find_key(const struct x12_position *p,
	const struct x12_segment *s, const struct x12_delimiters *d)
{
	const struct x12_variant_keys *keys = p->keys;
	uint64_t packed = x12_code_pack(x12_value(s, d, keys->element, keys->part));

	for (size_t i = 0; i < keys->count; i++)
		if (keys->list[i].packed == packed)
			return &p->variants[keys->list[i].variant];
	return keys->other < p->variant_count ? &p->variants[keys->other] : NULL;
}

const char *x12_codes_text(char out[X12_CODES_TEXT_MAX], const struct x12_codes *codes)
{
	size_t n = 0;

	for (size_t i = 0; i < codes->count; i++) {
		char code[X12_CODE_MAX + 1] = { 0 };

		for (unsigned c = 0; c < X12_CODE_MAX; c++)
			code[c] = (char)(codes->list[i].packed >> (56 - 8 * c));
		if (n + sizeof(code) + 8 > X12_CODES_TEXT_MAX) {
			snprintf(out + n, X12_CODES_TEXT_MAX - n, "...");
			return out;
		}
		n += (size_t)snprintf(out + n, X12_CODES_TEXT_MAX - n, "%s%s",
			i == 0 ? "" : i + 1 == codes->count ? " or " : ", ", code);
	}
	return out;
}

/* --- one value ----------------------------------------------------------------- */

/* What is being checked, and where its findings go. */
struct checking {
	struct x12_report *report;
	const struct x12_alphabet *alphabet;
	const struct x12_characters *characters; /* NULL: they are plain */
};

static void code_tell(struct x12_report *r, const struct x12_element_rule *rule,
	const struct x12_spot *spot, const char *where)
{
	char codes[X12_CODES_TEXT_MAX];

	x12_report_element(r, X12_ELEMENT_CODE, spot, "%s (%s) is \"%.*s\": expected %s", where,
		rule->name, SLICE_FMT(slice_to(spot->value, 40)),
		x12_codes_text(codes, &rule->codes));
}

static void length_tell(struct x12_report *r, enum x12_problem problem,
	const struct x12_element_rule *rule, const struct x12_spot *spot, const char *where)
{
	const char *what = rule->type == X12_N || rule->type == X12_R ? "digit" : "character";
	char least[16] = "";

	if (rule->least < rule->most)
		snprintf(least, sizeof(least), "%u to ", rule->least);
	x12_report_element(r, problem, spot, "%s (%s) is \"%.*s\", %zu byte%s: expected %s%u %s%s",
		where, rule->name, SLICE_FMT(slice_to(spot->value, 40)), spot->value.n,
		spot->value.n == 1 ? "" : "s", least, rule->most, what,
		rule->most == 1 ? "" : "s");
}

/* Which character it is that may not be there. */
static enum x12_problem character_problem(const struct x12_delimiters *d, struct slice value)
{
	enum x12_problem problem = X12_ELEMENT_CHARACTER;

	for (size_t i = 0; i < value.n; i++) {
		uint8_t c = value.p[i];

		if (d->repetition && c == d->repetition)
			problem = X12_ELEMENT_REPEATED;
		else if (d->component && c == d->component)
			problem = problem == X12_ELEMENT_REPEATED ? problem : X12_ELEMENT_PARTED;
		else if (c < 0x20 || c == 0x7f)
			return X12_ELEMENT_CHARACTER;
	}
	return problem;
}

/* The first that is one too many: the place and value that answers give. */
static void second_find(struct x12_spot *spot, uint8_t separator)
{
	struct slice first, second, rest;

	slice_cut(&first, &rest, spot->value, separator);
	slice_cut(&second, &rest, rest, separator);
	spot->value = second;
	spot->repetition = 2;
}

/* The day's end by that name has another one in X12. */
static const char *time_expected(struct slice value)
{
	return slice_eq(value, S("2400")) || slice_eq(value, S("240000"))
		? "0000 to 2359: midnight at the end of a day is 0000 of the next, which 2400 is "
		  "read as"
		: "a time, HHMM or HHMMSS, 0000 to 2359";
}

static const char *expected_of(enum x12_problem problem, struct slice value)
{
	static const char *const words[X12_PROBLEMS] = {
		[X12_ELEMENT_CHARACTER] = "no delimiters and no control characters",
		[X12_ELEMENT_REPEATED] =
			"one value: it does not repeat, and a repetition separator is in it",
		[X12_ELEMENT_PARTED] =
			"one value: it has no components, and a component separator is in it",
		[X12_ELEMENT_FOREIGN] = "only ASCII, if every partner is to read it",
		[X12_ELEMENT_NUMBER] = "digits, a minus sign in front if negative",
		[X12_ELEMENT_DATE] = "a date of the calendar, CCYYMMDD or YYMMDD",
	};

	if (problem == X12_ELEMENT_TIME)
		return time_expected(value);
	return words[problem] ? words[problem] : "something else";
}

/* "BIG02", "SVC01-2": that one, where the checking is. */
static const char *spot_words(
	char out[X12_SPOT_TEXT_MAX], const struct checking *c, const struct x12_spot *spot)
{
	struct x12_place place = c->report->place;

	place.element = spot->element;
	place.part = spot->part;
	return x12_spot_text(out, &place);
}

static void value_tell(struct checking *c, enum x12_problem problem,
	const struct x12_element_rule *rule, const struct x12_spot *spot)
{
	struct slice shown = slice_to(spot->value, 40);
	const char *expected = expected_of(problem, spot->value);
	char where[X12_SPOT_TEXT_MAX];
	struct x12_spot at = *spot;

	spot_words(where, c, spot);
	if (problem == X12_ELEMENT_REPEATED)
		second_find(&at, c->alphabet->delimiters.repetition);
	if (problem == X12_ELEMENT_CODE)
		code_tell(c->report, rule, spot, where);
	else if (problem == X12_ELEMENT_SHORT || problem == X12_ELEMENT_LONG)
		length_tell(c->report, problem, rule, spot, where);
	else
		x12_report_element(c->report, problem, &at, "%s (%s) is \"%.*s\": expected %s%s",
			where, rule->name, SLICE_FMT(shown), expected,
			problem == X12_ELEMENT_NUMBER && rule->type == X12_R ?
				", a point if there are decimals" : "");
}

static void absent_tell(
	struct checking *c, const struct x12_element_rule *rule, const struct x12_spot *spot)
{
	char where[X12_SPOT_TEXT_MAX];

	x12_report_element(c->report, X12_ELEMENT_MISSING, spot, "%s (%s) is %s: it is required",
		spot_words(where, c, spot), rule->name, spot->value.n ? "blank" : "missing");
}

static void unused_tell(
	struct checking *c, const struct x12_element_rule *rule, const struct x12_spot *spot)
{
	char where[X12_SPOT_TEXT_MAX];

	x12_report_element(c->report, X12_ELEMENT_UNUSED, spot,
		"%s (%s) is \"%.*s\": the guide does not use it", spot_words(where, c, spot),
		rule->name, SLICE_FMT(slice_to(spot->value, 40)));
}

/* Blanks alone say nothing (X12.6: a string has one other character at least). */
static inline bool is_left_out(const struct x12_element_rule *rule, struct slice value)
{
	size_t n = 0;

	if (value.n == 0)
		return true;
	if (*value.p != ' ' || rule->type == X12_FILLER || rule->type == X12_B)
		return false;
	while (n < value.n && value.p[n] == ' ')
		n++;
	return n == value.n;
}

/* Of a simple element, or a part: present and right, or absent and may be. */
static void simple_check(
	struct checking *c, const struct x12_element_rule *rule, struct x12_spot spot)
{
	enum x12_problem problem;

	spot.number = rule->number;
	if (rule->use == X12_REQUIRED && is_left_out(rule, spot.value)) {
		absent_tell(c, rule, &spot);
		return;
	}
	if (spot.value.n == 0)
		return;
	if (rule->use == X12_UNUSED) {
		unused_tell(c, rule, &spot);
		return;
	}
	problem = x12_value_check(rule, c->characters, spot.value);
	if (problem == X12_ELEMENT_CHARACTER)
		problem = character_problem(&c->alphabet->delimiters, spot.value);
	if (problem != X12_FINE)
		value_tell(c, problem, rule, &spot);
}

static void parts_check(
	struct checking *c, const struct x12_element_rule *rule, const struct x12_spot *spot)
{
	struct slice rest = spot->value, part;
	struct x12_spot at = *spot;
	bool more = true;

	for (size_t i = 0; i < rule->part_count; i++) {
		part = (struct slice){ 0 };
		if (more)
			more = slice_cut(&part, &rest, rest, c->alphabet->delimiters.component);
		at.part = (uint16_t)(i + 1);
		at.value = part;
		simple_check(c, &rule->parts[i], at);
	}
	at = *spot;
	if (more)
		x12_report_element(c->report, X12_PARTS_MANY, &at,
			"%.*s%02u (%s) has more than %zu components",
			SLICE_FMT(slice_to(c->report->place.id, X12_ID_MAX)), spot->element,
			rule->name, rule->part_count);
}

static void once_check(
	struct checking *c, const struct x12_element_rule *rule, const struct x12_spot *spot)
{
	if (rule->type == X12_COMPOSITE && spot->value.n > 0)
		parts_check(c, rule, spot);
	else
		simple_check(c, rule, *spot);
}

static void repetitions_check(
	struct checking *c, const struct x12_element_rule *rule, struct x12_spot spot)
{
	struct slice rest = spot.value;
	unsigned count = 0;
	bool more = true;

	while (more && count < rule->repeat) {
		more = slice_cut(&spot.value, &rest, rest, c->alphabet->delimiters.repetition);
		spot.repetition = (uint16_t)++count;
		once_check(c, rule, &spot);
	}
	if (!more)
		return;
	/* The first that is too much, and not the last that is allowed. */
	(void)slice_cut(&spot.value, &rest, rest, c->alphabet->delimiters.repetition);
	spot.repetition = (uint16_t)(count + 1);
	x12_report_element(c->report, X12_REPETITIONS_MANY, &spot,
		"%.*s%02u (%s) occurs more than %u times",
		SLICE_FMT(slice_to(c->report->place.id, X12_ID_MAX)), spot.element, rule->name,
		rule->repeat);
}

__attribute__((cold)) static void element_check(
	struct checking *c, const struct x12_element_rule *rule, size_t number, struct slice value)
{
	struct x12_spot spot = {
		.element = (uint16_t)number, .number = rule->number, .value = value
	};

	if (rule->use == X12_UNUSED && value.n > 0)
		unused_tell(c, rule, &spot);
	else if (rule->repeat > 1 && c->alphabet->delimiters.repetition && value.n > 0)
		repetitions_check(c, rule, spot);
	else
		once_check(c, rule, &spot);
}

/* --- between elements ---------------------------------------------------------- */

/* Between elements of one segment. */
struct judging {
	struct x12_report *report;
	const struct x12_variant *variant;
	const struct x12_segment *segment;
	const struct x12_condition *condition;
	size_t there; /* how many of the condition's elements are */
};

const char *x12_condition_text(
	char out[X12_CONDITION_TEXT_MAX], const struct x12_condition *condition)
{
	size_t n = (size_t)snprintf(out, X12_CONDITION_TEXT_MAX, "%c", condition->relation);

	for (size_t i = 0; i < condition->count; i++)
		n += (size_t)snprintf(out + n, X12_CONDITION_TEXT_MAX - n, "%02u",
			condition->elements[i]);
	return out;
}

#define NAMES_MAX (X12_CONDITION_ELEMENTS_MAX * (X12_ID_MAX + 5))

/* "N102, N103": those from `from` on, but one. */
static const char *names_put(
	char out[NAMES_MAX], const struct judging *j, size_t from, size_t but)
{
	struct slice id = slice_to(j->report->place.id, X12_ID_MAX);
	size_t n = 0;

	*out = '\0';
	for (size_t i = from; i < j->condition->count; i++)
		if (i != but)
			n += (size_t)snprintf(out + n, NAMES_MAX - n, "%s%.*s%02u", n ? ", " : "",
				SLICE_FMT(id), j->condition->elements[i]);
	return out;
}

#define ALL SIZE_MAX /* no exception */

/* What is wrong is said of the element at `at` of the condition: "NAME03 WHAT NAMES WHY". */
static void condition_tell(const struct judging *j, enum x12_problem problem, size_t at,
	const char *what, const char *names, const char *why)
{
	const struct x12_condition *condition = j->condition;
	char text[X12_CONDITION_TEXT_MAX];
	struct x12_spot spot = { .element = condition->elements[at] };

	if (spot.element <= j->variant->element_count)
		spot.number = j->variant->elements[spot.element - 1].number;
	x12_report_element(j->report, problem, &spot, "%s%s%s (condition %s)", what, names, why,
		x12_condition_text(text, condition));
}

static bool is_there(const struct judging *j, size_t at)
{
	return x12_element(j->segment, j->condition->elements[at]).n > 0;
}

/* All from `from` on are wanted: each that is not there is told. */
static void absent_ones(const struct judging *j, size_t from)
{
	struct slice id = slice_to(j->report->place.id, X12_ID_MAX);
	char names[NAMES_MAX], what[64];

	for (size_t i = from; i < j->condition->count; i++) {
		if (is_there(j, i))
			continue;
		snprintf(what, sizeof(what), "%.*s%02u is missing: it comes with ", SLICE_FMT(id),
			j->condition->elements[i]);
		if (from > 0)
			snprintf(names, sizeof(names), "%.*s%02u", SLICE_FMT(id),
				j->condition->elements[0]);
		else
			names_put(names, j, 0, i);
		condition_tell(j, X12_ELEMENT_NEEDED, i, what, names, "");
	}
}

typedef void relation_fn(const struct judging *);

static void relation_paired(const struct judging *j)
{
	if (j->there > 0 && j->there < j->condition->count)
		absent_ones(j, 0);
}

static void relation_required(const struct judging *j)
{
	char names[NAMES_MAX];

	if (j->there == 0)
		condition_tell(j, X12_ELEMENT_NEEDED, 0, "one of ", names_put(names, j, 0, ALL),
			" must be there");
}

static void relation_exclusive(const struct judging *j)
{
	size_t last = j->condition->count - 1U;
	char names[NAMES_MAX];

	while (last > 0 && !is_there(j, last))
		last--;
	if (j->there > 1)
		condition_tell(j, X12_ELEMENT_EXCLUDED, last, "only one of ",
			names_put(names, j, 0, ALL), " may be there");
}

static void relation_conditional(const struct judging *j)
{
	if (is_there(j, 0) && j->there < j->condition->count)
		absent_ones(j, 1);
}

static void relation_list(const struct judging *j)
{
	char names[NAMES_MAX], why[64];

	if (!is_there(j, 0) || j->there != 1)
		return;
	snprintf(why, sizeof(why), " must be there beside %.*s%02u",
		SLICE_FMT(slice_to(j->report->place.id, X12_ID_MAX)), j->condition->elements[0]);
	condition_tell(
		j, X12_ELEMENT_NEEDED, 1, "one of ", names_put(names, j, 1, ALL), why);
}

static const struct {
	char relation;
	relation_fn *check;
} relations[] = {
	{ 'P', relation_paired },
	{ 'R', relation_required },
	{ 'E', relation_exclusive },
	{ 'C', relation_conditional },
	{ 'L', relation_list },
};

__attribute__((cold)) static void condition_check(struct x12_report *r,
	const struct x12_variant *v, const struct x12_segment *s, const struct x12_condition *c)
{
	struct judging j = { r, v, s, c, 0 };

	for (size_t i = 0; i < c->count; i++)
		j.there += is_there(&j, i);
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++)
		if (relations[i].relation == c->relation)
			relations[i].check(&j);
}

/* --- all of them --------------------------------------------------------------- */

__attribute__((cold)) static void surplus_check(
	struct x12_report *r, const struct x12_variant *v, const struct x12_segment *s)
{
	for (size_t i = v->element_count; i < s->count; i++)
		if (s->elements[i].n > 0 || s->is_cut) {
			struct x12_spot spot = { .element = (uint16_t)(i + 1),
				.value = s->elements[i] };

			x12_report_element(r, X12_ELEMENTS_MANY, &spot,
				"%.*s has more than %zu elements: element %zu is \"%.*s\"",
				SLICE_FMT(slice_to(s->id, X12_ID_MAX)), v->element_count, i + 1,
				SLICE_FMT(slice_to(s->elements[i], 40)));
			return;
		}
}

/* Nearly every element is right: that much is asked before anything is built up. */
static inline bool part_is_fine(
	const struct checking *c, const struct x12_element_rule *rule, struct slice value)
{
	if (value.n == 0)
		return rule->use != X12_REQUIRED;
	return rule->use != X12_UNUSED &&
		!(rule->use == X12_REQUIRED && is_left_out(rule, value)) &&
		x12_value_check(rule, c->characters, value) == X12_FINE;
}

static bool composite_is_fine(
	const struct checking *c, const struct x12_element_rule *rule, struct slice value)
{
	size_t at = 0;
	bool more = true;

	while (more && at < rule->part_count) {
		struct slice part, rest;

		more = slice_cut(&part, &rest, value, c->alphabet->delimiters.component);
		if (!part_is_fine(c, &rule->parts[at++], part))
			return false;
		value = rest;
	}
	while (at < rule->part_count)
		if (rule->parts[at++].use == X12_REQUIRED)
			return false;
	return !more;
}

/* Most elements are texts, or not there. */
static inline bool is_fine_text(
	const struct x12_text_rule *text, struct slice value, bool is_plain)
{
	return value.n == 0 ? !text->is_required : is_plain && *value.p != ' ' &&
			value.n >= text->least && value.n <= text->most;
}

static inline bool is_fine(
	const struct checking *c, const struct x12_element_rule *rule, struct slice value)
{
	if (value.n == 0)
		return rule->use != X12_REQUIRED;
	if (rule->use == X12_UNUSED || rule->repeat > 1)
		return false;
	return rule->type == X12_COMPOSITE ? composite_is_fine(c, rule, value)
					   : part_is_fine(c, rule, value);
}

/* Of the elements that are there: bit n - 1 is element n. */
static inline bool holds(const struct x12_condition *c, uint64_t there)
{
	uint64_t first = UINT64_C(1) << (c->elements[0] - 1), of = there & c->mask;

	if (of == 0)
		return c->relation != 'R';
	if (of == c->mask)
		return c->relation != 'E';
	if (c->relation == 'C' || c->relation == 'L')
		return (of & first) == 0 || (c->relation == 'L' && of != first);
	return c->relation == 'R' || (c->relation == 'E' && (of & (of - 1)) == 0);
}

static void typed_check(
	struct checking *c, const struct x12_variant *v, size_t at, struct slice value)
{
	if (!is_fine(c, &v->elements[at], value))
		element_check(c, &v->elements[at], at + 1, value);
}

/* Which elements are there: bit n - 1 is element n, of the first 64. */
static inline uint64_t given_check(struct checking *c, const struct x12_variant *v,
	const struct x12_segment *s, size_t given)
{
	const struct x12_text_rule *text = v->texts;
	const bool is_plain = s->is_plain;
	uint64_t there = 0, bit = 1;

	for (size_t i = 0; i < given; i++, bit <<= 1) {
		struct slice value = s->elements[i];

		if (value.n > 0)
			there |= bit;
		if (!text || !is_fine_text(&text[i], value, is_plain))
			typed_check(c, v, i, value);
	}
	return there;
}

void x12_elements_check(struct x12_report *r, const struct x12_variant *v,
	const struct x12_alphabet *alphabet, const struct x12_segment *s)
{
	struct checking c = { r, alphabet, s->is_plain ? NULL : &alphabet->characters };
	size_t given = s->count < v->element_count ? s->count : v->element_count;
	uint64_t there = given_check(&c, v, s, given);
	const struct x12_condition *condition = v->conditions;

	for (size_t i = given; i < v->needed; i++)
		element_check(&c, &v->elements[i], i + 1, (struct slice){ 0 });
	if (s->count > v->element_count)
		surplus_check(r, v, s);
	for (size_t i = v->condition_count; i > 0; i--, condition++)
		if (!holds(condition, there))
			condition_check(r, v, s, condition);
}
