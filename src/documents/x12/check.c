/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three envelopes within each other.  What opens one while it is open, or closes one around it,
 * ends those inside first, each with its own finding: so a file that was cut off or glued together
 * is told as what it is.
 */
#include "documents/x12/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "documents/x12/numbers.h"
#include "documents/x12/words.h"

/* x12_id() of what is written in the program. */
#define ID(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))
#define ID2(a, b) ((uint32_t)(a) << 8 | (uint32_t)(b))

struct x12_check {
	const struct x12_checked_guide *guides;
	size_t guide_count;
	bool strict;
	struct x12_listener listener;
	struct x12_reader reader;
	struct x12_walk *walks[X12_GUIDES_MAX]; /* made when first wanted */
	struct x12_walk *walk;                  /* of the set, NULL: no guide */
	struct x12_alphabet alphabet;
	struct x12_report report;
	struct x12_totals totals;
	struct x12_interchange interchange;
	struct x12_group group;
	struct x12_set set;
	bool in_interchange, in_group, in_set;
	bool is_refused; /* the group, for its version: so are its sets */
	bool is_open; /* the input ended within a segment: all that is found then follows */
	bool is_wrapped; /* and so it does in an interchange whose lines are broken */
	bool has_wrapped; /* one before it was */
	bool is_end;  /* of the input */
	size_t chosen; /* guide of the set before, whose id and version were these */
	char chosen_set[X12_FIELD_MAX], chosen_version[X12_FIELD_MAX];
	bool has_padding; /* before the interchange that comes: it was told */
	struct x12_numbers interchange_numbers, group_numbers, set_numbers;
	x12_number_fn *number_ask;
	void *number_context;
};

static void finding_pass(void *context, const struct x12_finding *finding)
{
	struct x12_check *c = context;

	if (!finding->follows && finding->severity == X12_ERROR)
		c->totals.errors++;
	else if (!finding->follows)
		c->totals.warnings++;
	if (c->listener.finding && (!finding->follows || c->listener.takes_following))
		c->listener.finding(c->listener.context, finding);
}

struct x12_check *x12_check_new(const struct x12_checked_guide *guides, size_t count, bool strict,
	const struct x12_listener *listener)
{
	struct x12_check *c = alloc_zeroed(1, sizeof(*c));

	if (count > X12_GUIDES_MAX)
		bug("%zu guides at once", count);
	c->guides = guides;
	c->guide_count = c->chosen = count;
	c->strict = strict;
	c->listener = *listener;
	c->report = (struct x12_report){ .tell = finding_pass, .context = c };
	x12_reader_init(&c->reader);
	return c;
}

void x12_check_numbers(struct x12_check *c, x12_number_fn *ask, void *context)
{
	c->number_ask = ask;
	c->number_context = context;
}

void x12_check_free(struct x12_check *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < X12_GUIDES_MAX; i++)
		x12_walk_free(c->walks[i]);
	x12_numbers_done(&c->interchange_numbers);
	x12_numbers_done(&c->group_numbers);
	x12_numbers_done(&c->set_numbers);
	x12_reader_done(&c->reader);
	free(c);
}

const struct x12_totals *x12_check_totals(const struct x12_check *c)
{
	return &c->totals;
}

static struct x12_context context_of(const struct x12_check *c)
{
	return (struct x12_context){
		.interchange = c->in_interchange ? &c->interchange : NULL,
		.group = c->in_group ? &c->group : NULL,
		.set = c->in_set ? &c->set : NULL,
		.walk = c->in_set ? c->walk : NULL,
	};
}

static void event(const struct x12_check *c, void (*what)(void *, const struct x12_context *))
{
	struct x12_context context;

	if (!what)
		return;
	context = context_of(c);
	what(c->listener.context, &context);
}

/* --- elements of the envelopes ------------------------------------------------- */

#define CODES(...) { (const struct x12_code[]){ __VA_ARGS__ }, \
	sizeof((const struct x12_code[]){ __VA_ARGS__ }) / sizeof(struct x12_code) }
#define CODE(c, words) { (uint64_t)(uint8_t)(c) << 56, words }
#define CODE2(a, b, words) \
	{ (uint64_t)(uint8_t)(a) << 56 | (uint64_t)(uint8_t)(b) << 48, words }

/* Data elements I01, I03 and I05 of X12.5, in the order of their codes. */
#define AUTHORIZATIONS \
	CODES(CODE2('0', '0', "none"), CODE2('0', '1', "UCS"), CODE2('0', '2', "EDX"), \
		CODE2('0', '3', "additional data"), CODE2('0', '4', "rail"), \
		CODE2('0', '5', "DoD"), CODE2('0', '6', "US government"))
#define SECURITIES CODES(CODE2('0', '0', "none"), CODE2('0', '1', "password"))
#define PARTY_IDS \
	CODES(CODE2('0', '1', "DUNS"), CODE2('0', '2', "SCAC"), CODE2('0', '3', "FMC"), \
		CODE2('0', '4', "IATA"), CODE2('0', '7', "GLN"), CODE2('0', '8', "UCC"), \
		CODE2('0', '9', "X.121"), CODE2('1', '0', "DoD activity"), \
		CODE2('1', '1', "DEA"), CODE2('1', '2', "telephone"), CODE2('1', '3', "UCS"), \
		CODE2('1', '4', "DUNS and suffix"), CODE2('1', '5', "petroleum accountants"), \
		CODE2('1', '6', "DUNS and four characters"), CODE2('1', '7', "ABA"), \
		CODE2('1', '8', "AAR"), CODE2('1', '9', "EDICA"), CODE2('2', '0', "HIN"), \
		CODE2('2', '1', "IPEDS"), CODE2('2', '2', "FICE"), CODE2('2', '3', "NCES"), \
		CODE2('2', '4', "ATP"), CODE2('2', '5', "ACT"), CODE2('2', '6', "USIS"), \
		CODE2('2', '7', "carrier, HCFA"), CODE2('2', '8', "fiscal intermediary, HCFA"), \
		CODE2('2', '9', "Medicare provider, HCFA"), CODE2('3', '0', "US tax id"), \
		CODE2('3', '1', "IAIABC"), CODE2('3', '2', "FEIN"), CODE2('3', '3', "NAIC"), \
		CODE2('3', '4', "Medicaid provider"), CODE2('3', '5', "college, Canada"), \
		CODE2('3', '6', "university, Canada"), CODE2('3', '7', "SPIN"), \
		CODE2('3', '8', "student information"), CODE2('A', 'M', "AMECOP"), \
		CODE2('N', 'R', "NRMA"), CODE2('S', 'A', "SAFER"), \
		CODE2('S', 'N', "standard address number"), \
		CODE2('Z', 'Z', "mutually defined"))

/* Widths are fixed; ISA11 and ISA16 may be delimiters, and so are not looked into. */
static const struct x12_element_rule isa_elements[] = {
	{ "Authorization information qualifier", 0, X12_ID, X12_REQUIRED, 0, 2, 2, 1,
		AUTHORIZATIONS, NULL, 0 },
	{ "Authorization information", 0, X12_FILLER, X12_REQUIRED, 0, 10, 10, 1, { 0 }, NULL, 0 },
	{ "Security information qualifier", 0, X12_ID, X12_REQUIRED, 0, 2, 2, 1, SECURITIES, NULL,
		0 },
	{ "Security information", 0, X12_FILLER, X12_REQUIRED, 0, 10, 10, 1, { 0 }, NULL, 0 },
	{ "Qualifier of the sender id", 0, X12_ID, X12_REQUIRED, 0, 2, 2, 1, PARTY_IDS, NULL, 0 },
	{ "Sender id", 0, X12_AN, X12_REQUIRED, 0, 15, 15, 1, { 0 }, NULL, 0 },
	{ "Qualifier of the receiver id", 0, X12_ID, X12_REQUIRED, 0, 2, 2, 1, PARTY_IDS, NULL, 0 },
	{ "Receiver id", 0, X12_AN, X12_REQUIRED, 0, 15, 15, 1, { 0 }, NULL, 0 },
	{ "Date", 0, X12_DT, X12_REQUIRED, 0, 6, 6, 1, { 0 }, NULL, 0 },
	{ "Time", 0, X12_TM, X12_REQUIRED, 0, 4, 4, 1, { 0 }, NULL, 0 },
	{ "Standards id or repetition separator", 0, X12_B, X12_REQUIRED, 0, 1, 1, 1, { 0 }, NULL,
		0 },
	{ "Version", 0, X12_ID, X12_REQUIRED, 0, 5, 5, 1, { 0 }, NULL, 0 },
	{ "Interchange control number", 0, X12_N, X12_REQUIRED, 0, 9, 9, 1, { 0 }, NULL, 0 },
	{ "Acknowledgment requested", 0, X12_ID, X12_REQUIRED, 0, 1, 1, 1,
		CODES(CODE('0', "no"), CODE('1', "yes")), NULL, 0 },
	{ "Usage", 0, X12_ID, X12_REQUIRED, 0, 1, 1, 1,
		CODES(CODE('I', "information"), CODE('P', "production"), CODE('T', "test")), NULL,
		0 },
	{ "Component separator", 0, X12_B, X12_REQUIRED, 0, 1, 1, 1, { 0 }, NULL, 0 },
};

static const struct x12_element_rule iea_elements[] = {
	{ "Number of groups", 0, X12_N, X12_REQUIRED, 0, 1, 5, 1, { 0 }, NULL, 0 },
	{ "Interchange control number", 0, X12_N, X12_REQUIRED, 0, 9, 9, 1, { 0 }, NULL, 0 },
};

/* The first three are those of the interchange that is answered, right or wrong. */
static const struct x12_element_rule ta1_elements[] = {
	{ "Interchange control number", 0, X12_AN, X12_OPTIONAL, 0, 1, 9, 1, { 0 }, NULL, 0 },
	{ "Date of the interchange", 0, X12_AN, X12_OPTIONAL, 0, 1, 6, 1, { 0 }, NULL, 0 },
	{ "Time of the interchange", 0, X12_AN, X12_OPTIONAL, 0, 1, 4, 1, { 0 }, NULL, 0 },
	{ "Acknowledgment", 0, X12_ID, X12_REQUIRED, 0, 1, 1, 1,
		CODES(CODE('A', "accepted"), CODE('E', "accepted, with errors"),
			CODE('R', "rejected")),
		NULL, 0 },
	{ "Note", X12_WORDS_TA1, X12_ID, X12_REQUIRED, 0, 3, 3, 1, { 0 }, NULL, 0 },
};

static const struct x12_element_rule gs_elements[] = {
	{ "Functional group id", 479, X12_ID, X12_REQUIRED, 0, 2, 2, 1, { 0 }, NULL, 0 },
	{ "Sender", 142, X12_AN, X12_REQUIRED, 0, 2, 15, 1, { 0 }, NULL, 0 },
	{ "Receiver", 124, X12_AN, X12_REQUIRED, 0, 2, 15, 1, { 0 }, NULL, 0 },
	{ "Date", 373, X12_DT, X12_REQUIRED, 0, 6, 8, 1, { 0 }, NULL, 0 },
	{ "Time", 337, X12_TM, X12_REQUIRED, 0, 4, 8, 1, { 0 }, NULL, 0 },
	{ "Group control number", 28, X12_N, X12_REQUIRED, 0, 1, 9, 1, { 0 }, NULL, 0 },
	{ "Responsible agency", 455, X12_ID, X12_REQUIRED, 0, 1, 2, 1,
		CODES(CODE('T', "TDCC"), CODE('X', "X12")), NULL, 0 },
	{ "Version", 480, X12_AN, X12_REQUIRED, 0, 1, 12, 1, { 0 }, NULL, 0 },
};

static const struct x12_element_rule ge_elements[] = {
	{ "Number of sets", 97, X12_N, X12_REQUIRED, 0, 1, 6, 1, { 0 }, NULL, 0 },
	{ "Group control number", 28, X12_N, X12_REQUIRED, 0, 1, 9, 1, { 0 }, NULL, 0 },
};

#define ENVELOPE(rows) \
	{ \
		.name = "", .elements = (rows), .element_count = sizeof(rows) / sizeof((rows)[0]), \
		.needed = sizeof(rows) / sizeof((rows)[0]) \
	}
static const struct x12_variant isa_variant = ENVELOPE(isa_elements);
static const struct x12_variant iea_variant = ENVELOPE(iea_elements);
static const struct x12_variant ta1_variant = ENVELOPE(ta1_elements);
static const struct x12_variant gs_variant = ENVELOPE(gs_elements);
static const struct x12_variant ge_variant = ENVELOPE(ge_elements);

#define ISA_SENDER_QUALIFIER 5

bool x12_is_party_qualifier(struct slice value)
{
	return x12_code_find(&isa_elements[ISA_SENDER_QUALIFIER - 1].codes, value) != NULL;
}

/* What a TA1 calls an element of ISA that is wrong. */
static const char *isa_note(unsigned element)
{
	static const char *const notes[] = { "022", "010", "011", "012", "013", "005", "006", "007",
		"008", "014", "015", "016", "017", "018", "019", "020", "027" };

	return notes[element < sizeof(notes) / sizeof(notes[0]) ? element : 0];
}

/* The first error has the word in a TA1, which has room for one. */
static void envelope_count(struct x12_check *c, enum x12_level level, const char *note)
{
	if (level == X12_OF_INTERCHANGE && c->interchange.errors++ == 0)
		c->interchange.note = note;
	if (level == X12_OF_GROUP)
		c->group.errors++;
}

/* By what element of GS, GE and IEA it is (from 1), what acknowledgments can say of it. */
static const enum x12_problem gs_problems[] = { X12_GS_ELEMENT, X12_GS_ID, X12_GS_ELEMENT,
	X12_GS_ELEMENT, X12_GS_ELEMENT, X12_GS_ELEMENT, X12_GS_CONTROL, X12_GS_RELEASE,
	X12_GS_RELEASE };
static const enum x12_problem ge_problems[] = { X12_GS_ELEMENT, X12_GE_SETS, X12_GS_CONTROL };
static const enum x12_problem isa_problems[] = { X12_ISA_ELEMENT };
static const enum x12_problem iea_problems[] = { X12_IEA_ELEMENT, X12_IEA_GROUPS, X12_IEA_CONTROL };
static const enum x12_problem ta1_problems[] = { X12_TA1_ELEMENT };

/* An element of an envelope is wrong: for acknowledgments it is the envelope that is. */
struct translation {
	struct x12_check *check;
	const enum x12_problem *as; /* [0]: any other */
	size_t count;
};

static void envelope_finding(void *context, const struct x12_finding *finding)
{
	const struct translation *t = context;
	struct x12_finding as = *finding;
	enum x12_problem problem = t->as[as.place.element < t->count ? as.place.element : 0];
	const struct x12_problem_row *row = x12_problem_row(problem);

	if (as.number > X12_WORDS_I)
		as.number = 0; /* it is none of the dictionary's */
	if (as.severity == X12_ERROR) {
		as.problem = problem;
		as.code = row->code;
		envelope_count(t->check, row->level,
			problem == X12_ISA_ELEMENT ? isa_note(as.place.element) : row->answer);
	}
	x12_report_again(&t->check->report, &as);
}

static void envelope_check(struct x12_check *c, const struct x12_variant *v,
	const enum x12_problem *as, size_t count, const struct x12_segment *s)
{
	struct translation translation = { c, as, count };
	struct x12_report report = { .tell = envelope_finding,
		.context = &translation,
		.place = c->report.place,
		.segment = c->report.segment,
		.follows = c->report.follows };

	x12_elements_check(&report, v, &c->alphabet, s);
}
#define ENVELOPE_CHECK(c, name, s) \
	envelope_check(c, &name##_variant, name##_problems, \
		sizeof(name##_problems) / sizeof(name##_problems[0]), s)

/* What is longer is cut; it is a finding anyway. */
static void field_set(char out[X12_FIELD_MAX], struct slice value)
{
	x12_text_set(out, X12_FIELD_MAX, slice_trim(value));
}

/* An id is a text (AN): blanks behind it are padding, those in front are of it (X12.6, 3.3). */
static void id_set(char out[X12_FIELD_MAX], struct slice value)
{
	x12_text_set(out, X12_FIELD_MAX, slice_trim_end(value));
}

/* --- errors of an envelope, told with its end ---------------------------------- */

__attribute__((cold)) static void tell(struct x12_check *c, enum x12_problem problem,
	unsigned element, struct slice value, const char *text)
{
	struct x12_spot spot = { .element = (uint16_t)element, .value = value };
	const struct x12_problem_row *row = x12_problem_row(problem);

	envelope_count(c, row->level, row->answer);
	x12_report_element(&c->report, problem, &spot, "%s", text);
}

#define TELL_MAX FAULT_TEXT_MAX

/* "IEA01 says 3 functional groups, there are 2." */
static void count_tell(struct x12_check *c, enum x12_problem problem, const struct x12_segment *s,
	uint64_t counted, const char *what)
{
	struct slice said = x12_element(s, 1);
	char text[TELL_MAX];

	snprintf(text, sizeof(text), "%.*s01 says \"%.*s\" %s: there are %llu",
		SLICE_FMT(slice_to(s->id, X12_ID_MAX)), SLICE_FMT(slice_to(said, 20)), what,
		(unsigned long long)counted);
	tell(c, problem, 1, said, text);
}

/* True: it is what there is. */
static bool count_check(struct x12_check *c, enum x12_problem problem, const struct x12_segment *s,
	uint64_t counted, const char *what)
{
	uint64_t number;

	if (slice_u64(&number, slice_trim(x12_element(s, 1)), NULL) == ST_OK && number == counted)
		return true;
	count_tell(c, problem, s, counted, what);
	return false;
}

static void number_tell(struct x12_check *c, enum x12_problem problem, const struct x12_segment *s,
	const char *opened, const char *as)
{
	struct slice said = x12_element(s, 2);
	char text[TELL_MAX];

	snprintf(text, sizeof(text), "%.*s02 is \"%.*s\": %s is \"%s\"",
		SLICE_FMT(slice_to(s->id, X12_ID_MAX)), SLICE_FMT(slice_to(said, 20)), as, opened);
	tell(c, problem, 2, said, text);
}

static void number_check(struct x12_check *c, enum x12_problem problem, const struct x12_segment *s,
	const char *opened, const char *as)
{
	if (!slice_eq(slice_trim(x12_element(s, 2)), slice_str(opened)))
		number_tell(c, problem, s, opened, as);
}

/* --- control numbers ----------------------------------------------------------- */

/* Memory is bounded: what is not known any more is not passed off as right. */
static bool number_is_new(struct x12_check *c, struct x12_numbers *numbers, struct slice owner,
	const char *number)
{
	bool had_forgotten = numbers->has_forgotten;
	bool is_new = x12_numbers_add(numbers, owner, slice_str(number));

	if (numbers->has_forgotten && !had_forgotten)
		x12_report(&c->report, X12_NUMBERS_MANY,
			"the control number \"%s\" is not remembered, nor are others behind it: "
			"there are more than %d that do not follow each other",
			number, X12_RANGES_MAX);
	return is_new;
}

/* --- sets ---------------------------------------------------------------------- */

static bool text_is(const char *text, const char *is)
{
	return strcmp(text, is) == 0;
}

static bool version_fits(const struct x12_guide *g, const struct x12_check *c)
{
	return slice_has_prefix(slice_str(c->group.version), slice_str(g->version));
}

static bool guide_fits(const struct x12_guide *g, const struct x12_check *c)
{
	return text_is(g->set, c->set.id) && version_fits(g, c);
}

static struct x12_walk *walk_of(struct x12_check *c, size_t at)
{
	if (!c->walks[at])
		c->walks[at] = x12_walk_new(c->guides[at].guide, c->guides[at].rules);
	return c->walks[at];
}

static void guide_find(struct x12_check *c)
{
	c->chosen = 0;
	while (c->chosen < c->guide_count && !guide_fits(c->guides[c->chosen].guide, c))
		c->chosen++;
	x12_text_set(c->chosen_set, sizeof(c->chosen_set), slice_str(c->set.id));
	x12_text_set(c->chosen_version, sizeof(c->chosen_version), slice_str(c->group.version));
}

/* The first that fits; mostly it is that of the set before. */
static void guide_choose(struct x12_check *c)
{
	if (!text_is(c->chosen_set, c->set.id) || !text_is(c->chosen_version, c->group.version))
		guide_find(c);
	c->walk = c->chosen < c->guide_count ? walk_of(c, c->chosen) : NULL;
	c->set.guide = c->walk ? c->guides[c->chosen].guide : NULL;
}

#define SET_ID_SIZE 3 /* of data element 143; a guide's name for a set has it anyway */

/* What acknowledges is not acknowledged: nobody would hear that it is not known. */
static bool may_refuse(const struct x12_check *c)
{
	return c->strict && !text_is(c->group.id, "FA");
}

static void guide_missing(struct x12_check *c)
{
	bool is_refused = may_refuse(c);
	char text[TELL_MAX];

	if (slice_str(c->set.id).n != SET_ID_SIZE) {
		snprintf(text, sizeof(text), "ST01 is \"%s\": a set has an id of %d characters",
			c->set.id, SET_ID_SIZE);
		tell(c, X12_SET_ID, 1, slice_str(c->set.id), text);
		return;
	}
	if (c->is_refused)
		return;
	snprintf(text, sizeof(text),
		"there is no guide for set %s of version %s%s", c->set.id, c->group.version,
		is_refused ? "" : ": only its envelope is checked");
	tell(c, is_refused ? X12_SET_UNSUPPORTED : X12_SET_UNCHECKED, 1, slice_str(c->set.id),
		text);
}

#define SET_NUMBER_LEAST 4 /* characters of data element 329 */
#define SET_NUMBER_MOST 9

/* Of a set with a guide that is an element of ST. */
static void set_number_check(struct x12_check *c, struct slice number)
{
	char text[TELL_MAX];

	if (number.n >= SET_NUMBER_LEAST && number.n <= SET_NUMBER_MOST)
		return;
	snprintf(text, sizeof(text),
		"ST02 is \"%.*s\": the control number of a set has %d to %d characters",
		SLICE_FMT(slice_to(number, 20)), SET_NUMBER_LEAST, SET_NUMBER_MOST);
	tell(c, X12_SET_NUMBER, 2, number, text);
}

static void group_id_tell(struct x12_check *c)
{
	char text[TELL_MAX];

	snprintf(text, sizeof(text), "a set %s is in a group %s: it belongs in a group %s",
		c->set.id, c->group.id, c->set.guide->group);
	tell(c, X12_SET_ID, 1, slice_str(c->set.id), text);
}

static void set_begin(struct x12_check *c, const struct x12_segment *s)
{
	c->set.segments = c->set.errors = c->set.rule_errors = 0;
	c->set.reference[0] = '\0';
	field_set(c->set.id, x12_element(s, 1));
	field_set(c->set.number, x12_element(s, 2));
	field_set(c->set.implementation, x12_element(s, 3));
	c->in_set = true;
	c->group.sets++;
	c->totals.sets++;
	c->report.errors = c->report.rule_errors = c->report.told = 0;
	guide_choose(c);
	if (c->walk)
		x12_walk_begin(c->walk);
	event(c, c->listener.set_began);
	if (!c->walk) {
		guide_missing(c);
		set_number_check(c, x12_element(s, 2));
	} else if (!text_is(c->set.guide->group, c->group.id)) {
		group_id_tell(c);
	}
	if (!number_is_new(c, &c->set_numbers, S(""), c->set.number))
		tell(c, X12_SET_NUMBER_TWICE, 2, x12_element(s, 2),
			"ST02, the control number, was that of another set in this group");
}

static void set_end(struct x12_check *c)
{
	if (c->walk)
		x12_walk_end(c->walk, &c->report);
	c->set.errors = c->report.errors;
	c->set.rule_errors = c->report.rule_errors;
	c->group.accepted += c->set.errors == 0;
	c->totals.sets_in_error += c->set.errors + c->set.rule_errors > 0;
	event(c, c->listener.set_ended);
	c->in_set = false;
	c->walk = NULL;
	c->report.errors = c->report.rule_errors = c->report.told = 0;
}

/* What it will be called by in an 824: the first such element. */
static void reference_take(struct x12_check *c, const struct x12_segment *s)
{
	const struct x12_reference *by = &c->set.guide->correlation;
	struct slice value;

	if (by->id == 0 || by->id != s->packed || c->set.reference[0])
		return;
	value = x12_element(s, by->element);
	x12_text_set(c->set.reference, sizeof(c->set.reference), value);
}

/* Whatever the guide: a wrong length may have let the data be cut as if it were elements. */
static void binary_check(
	struct x12_check *c, const struct x12_segment *s, unsigned length, unsigned data)
{
	struct slice said = x12_element(s, length);
	struct x12_spot spot = { .element = (uint16_t)length, .value = said };
	uint64_t bytes;

	if (slice_u64(&bytes, said, NULL) != ST_OK)
		x12_report_element(&c->report, X12_ELEMENT_BINARY, &spot,
			"%.*s%02u is \"%.*s\": expected the length of the data, in digits",
			SLICE_FMT(s->id), length, SLICE_FMT(slice_to(said, 20)));
	else if (bytes != x12_element(s, data).n || s->count > data)
		x12_report_element(&c->report, X12_ELEMENT_BINARY, &spot,
			"%.*s%02u says %llu bytes: the next terminator is behind %zu",
			SLICE_FMT(s->id), length, (unsigned long long)bytes,
			x12_element(s, data).n);
}

static const struct x12_variant *set_segment(struct x12_check *c, const struct x12_segment *s)
{
	if (s->packed == ID('B', 'I', 'N'))
		binary_check(c, s, 1, 2);
	else if (s->packed == ID('B', 'D', 'S'))
		binary_check(c, s, 2, 3);
	c->set.segments++;
	c->report.place.position = c->set.segments;
	if (!c->walk)
		return NULL;
	reference_take(c, s);
	return x12_walk_segment(c->walk, s, &c->alphabet, &c->report);
}

/* --- ends that were left out --------------------------------------------------- */

static const struct {
	enum x12_problem problem;
	const char *before, *at_end;
} endings[] = {
	{ X12_SE_MISSING, "the set is not ended: SE is missing before this",
		"the input ends within a set: SE, GE and IEA are missing, and what is before SE" },
	{ X12_GE_MISSING, "the functional group is not ended: GE is missing before this",
		"the input ends within a functional group: GE and IEA are missing" },
	{ X12_IEA_MISSING, "the interchange is not ended: IEA is missing before this",
		"the input ends within an interchange: IEA is missing" },
};

/* The innermost of those that are missing is told: the others follow. */
static void ending_tell(struct x12_check *c, enum x12_problem problem)
{
	size_t row = 0;

	while (endings[row].problem != problem)
		row++;
	tell(c, problem, 0, (struct slice){ 0 },
		c->is_end ? endings[row].at_end : endings[row].before);
	c->report.follows = true;
}

/* `rest`: what is missing in the set, too. */
static void set_cut(struct x12_check *c, bool rest)
{
	bool follows = c->report.follows || rest;

	if (!c->in_set)
		return;
	ending_tell(c, X12_SE_MISSING);
	c->report.follows = follows;
	set_end(c);
	c->report.follows = true;
}

static void set_break(struct x12_check *c)
{
	set_cut(c, false);
	c->report.follows = c->is_open || c->is_wrapped;
}

static void group_end(struct x12_check *c)
{
	event(c, c->listener.group_ended);
	c->in_group = false;
}

static void group_cut(struct x12_check *c, bool rest)
{
	set_cut(c, rest);
	if (!c->in_group)
		return;
	ending_tell(c, X12_GE_MISSING);
	group_end(c);
}

static void group_break(struct x12_check *c)
{
	group_cut(c, false);
	c->report.follows = c->is_open || c->is_wrapped;
}

static void interchange_end(struct x12_check *c)
{
	event(c, c->listener.interchange_ended);
	c->in_interchange = c->is_wrapped = false;
	c->report.follows = c->is_open;
}

static void interchange_break(struct x12_check *c)
{
	group_cut(c, true);
	if (c->in_interchange) {
		ending_tell(c, X12_IEA_MISSING);
		interchange_end(c);
	}
	c->report.follows = c->is_open || c->is_wrapped;
}

/* --- segments of the envelopes ------------------------------------------------- */

/* Numbers are the sender's: two senders may have the same. */
static void interchange_number_check(struct x12_check *c, const struct x12_segment *s)
{
	const struct x12_interchange *i = &c->interchange;
	const char *why = NULL;

	if (!number_is_new(c, &c->interchange_numbers, slice_str(i->sender), i->number))
		why = "ISA13, the control number, was that of an earlier interchange of this sender";
	else if (c->number_ask)
		why = c->number_ask(c->number_context, i);
	if (why)
		tell(c, X12_ISA_NUMBER_TWICE, 13, x12_element(s, 13), why);
}

static void walks_begin(struct x12_check *c)
{
	for (size_t i = 0; i < c->guide_count; i++)
		if (c->walks[i])
			x12_walk_interchange(c->walks[i]);
}

/* One that is another delimiter, too, separates nothing: what it stands in reads in two ways. */
static bool repetition_drop(struct x12_delimiters *d)
{
	bool is_other = d->repetition == d->component || d->repetition == d->segment;

	if (!d->repetition || !is_other)
		return false;
	d->repetition = 0;
	return true;
}

#define COLUMNS_LEAST 72 /* of the records of transports; an ISA has 106 characters */

/* Where the first line ends that is broken within the header; 0: none is. */
static size_t broken_after(const struct x12_segment *s)
{
	struct slice header = slice_to(s->raw, s->raw.n > 0 ? s->raw.n - 1 : 0); /* no terminator */
	size_t at;

	if (!slice_find_byte(&at, header, '\n') && !slice_find_byte(&at, header, '\r'))
		return 0;
	return at > 0 && header.p[at - 1] == '\r' ? at - 1 : at;
}

/*
 * Transports of records of a fixed length break lines wherever they are, and an ISA is longer than
 * most records: what is wrong then is told once, in place of a mistake in each line.
 */
static void wrapping_check(struct x12_check *c, const struct x12_segment *s)
{
	size_t columns = broken_after(s);
	char text[TELL_MAX];

	if (columns == 0 || (columns < COLUMNS_LEAST && !c->has_wrapped))
		return;
	snprintf(text, sizeof(text),
		"lines are broken within segments, here after %zu characters: join them (as by tr "
		"-d '\\r\\n'); nothing else that is wrong in this interchange is told", columns);
	tell(c, X12_ISA_WRAPPED, 0, (struct slice){ 0 }, text);
	c->is_wrapped = c->has_wrapped = c->report.follows = true;
}

static void eleventh_tell(struct x12_check *c, const struct x12_segment *s, const char *what)
{
	struct x12_spot spot = { .element = 11, .value = x12_element(s, 11) };

	envelope_count(c, X12_OF_INTERCHANGE, isa_note(spot.element));
	x12_report_element(&c->report, X12_ISA_ELEMENT, &spot, "ISA11 is \"%.*s\", %s",
		SLICE_FMT(slice_to(spot.value, 1)), what);
}

bool x12_names_standards(const char *version)
{
	uint64_t number;

	return slice_str(version).n == 5 && slice_u64(&number, slice_str(version), NULL) == ST_OK &&
		number < X12_REPETITION_SINCE;
}

static void eleventh_check(struct x12_check *c, const struct x12_segment *s, bool is_ambiguous)
{
	if (is_ambiguous)
		eleventh_tell(c, s, "the separator of repetitions, which separates components or "
				    "ends segments: expected another character");
	else if (x12_names_standards(c->interchange.version) &&
		!slice_eq(x12_element(s, 11), S("U")))
		eleventh_tell(c, s, "the standards that are meant: up to version 00401 there is U "
				    "and no other");
}

static const struct x12_variant *isa_take(struct x12_check *c, const struct x12_segment *s)
{
	struct x12_interchange *i = &c->interchange;
	bool is_ambiguous;

	interchange_break(c);
	walks_begin(c);
	*i = (struct x12_interchange){ .delimiters = c->reader.delimiters, .note = "000" };
	is_ambiguous = repetition_drop(&i->delimiters);
	x12_alphabet_set(&c->alphabet, &i->delimiters);
	x12_numbers_clear(&c->group_numbers);
	field_set(i->sender_qualifier, x12_element(s, 5));
	id_set(i->sender, x12_element(s, 6));
	field_set(i->receiver_qualifier, x12_element(s, 7));
	id_set(i->receiver, x12_element(s, 8));
	field_set(i->date, x12_element(s, 9));
	field_set(i->time, x12_element(s, 10));
	field_set(i->version, x12_element(s, 12));
	field_set(i->number, x12_element(s, 13));
	field_set(i->acknowledgment, x12_element(s, 14));
	field_set(i->usage, x12_element(s, 15));
	c->in_interchange = true;
	c->has_padding = false;
	c->totals.interchanges++;
	c->report.place.interchange++;
	c->report.place.group = c->report.place.set = 0;
	c->report.told = 0;
	event(c, c->listener.interchange_began);
	wrapping_check(c, s);
	ENVELOPE_CHECK(c, isa, s);
	eleventh_check(c, s, is_ambiguous);
	interchange_number_check(c, s);
	return &isa_variant;
}

static const struct x12_variant *outside(struct x12_check *c, const struct x12_segment *s)
{
	struct slice id = s->id.n ? slice_to(s->id, X12_ID_MAX) : S("a segment without an id");
	char text[TELL_MAX];
	const char *want = !c->in_interchange ? "an interchange" :
		!c->in_group                  ? "a functional group" : "a set";

	snprintf(text, sizeof(text), "%.*s stands outside of %s", SLICE_FMT(id), want);
	tell(c, c->in_group ? X12_OUTSIDE_SET : X12_OUTSIDE_GROUP, 0, s->id, text);
	return NULL;
}

static const struct x12_variant *iea_take(struct x12_check *c, const struct x12_segment *s)
{
	group_break(c);
	ENVELOPE_CHECK(c, iea, s);
	(void)count_check(c, X12_IEA_COUNT, s, c->interchange.groups, "functional groups");
	number_check(c, X12_IEA_NUMBER, s, c->interchange.number, "ISA13");
	return &iea_variant;
}

bool x12_has_long_dates(const char *version)
{
	return strcmp(version, "004010") >= 0;
}

static void group_date_check(struct x12_check *c)
{
	struct slice date = slice_str(c->group.date);

	if (date.n == sizeof("YYMMDD") - 1 && x12_has_long_dates(c->group.version))
		tell(c, gs_problems[4], 4, date,
			"GS04 has six digits: from version 004010 on a date has eight");
}

/* The first guide for sets of such groups, if none is of this one's version; else NULL. */
static const struct x12_guide *other_version(const struct x12_check *c)
{
	const struct x12_guide *other = NULL;

	for (size_t i = 0; i < c->guide_count; i++) {
		const struct x12_guide *g = c->guides[i].guide;

		if (!text_is(g->group, c->group.id))
			continue;
		if (version_fits(g, c))
			return NULL;
		other = other ? other : g;
	}
	return other;
}

/* What is a number, but none that controls: they are from 1 on. */
static void group_number_check(struct x12_check *c)
{
	struct slice said = slice_str(c->group.number);
	bool is_negative = slice_has_prefix(said, S("-"));
	char text[TELL_MAX];
	uint64_t number;

	if (slice_u64(&number, slice_from(said, is_negative), NULL) != ST_OK ||
		(number > 0 && !is_negative))
		return;
	snprintf(text, sizeof(text), "GS06 is \"%s\": a control number is 1 to 999999999",
		c->group.number);
	tell(c, gs_problems[6], 6, said, text);
}

/* GS06 is a number (N0): with zeros in front it is the same one, unlike ST02, which is a text. */
static const char *number_bare(const char *number)
{
	size_t zeros = strspn(number, "0");

	return number + (number[zeros] ? zeros : 0);
}

static void group_version_check(struct x12_check *c)
{
	const struct x12_guide *other = may_refuse(c) ? other_version(c) : NULL;
	char text[TELL_MAX];

	c->is_refused = other != NULL;
	if (!other)
		return;
	snprintf(text, sizeof(text),
		"GS08 is \"%s\": sets in groups %s have guides of version %s, and none of this",
		c->group.version, c->group.id, other->version);
	tell(c, X12_GS_VERSION, 8, slice_str(c->group.version), text);
}

static const struct x12_variant *gs_take(struct x12_check *c, const struct x12_segment *s)
{
	struct x12_group *g = &c->group;

	group_break(c);
	*g = (struct x12_group){ 0 };
	x12_numbers_clear(&c->set_numbers);
	field_set(g->id, x12_element(s, 1));
	id_set(g->sender, x12_element(s, 2));
	id_set(g->receiver, x12_element(s, 3));
	field_set(g->date, x12_element(s, 4));
	field_set(g->time, x12_element(s, 5));
	field_set(g->number, x12_element(s, 6));
	field_set(g->agency, x12_element(s, 7));
	field_set(g->version, x12_element(s, 8));
	c->in_group = true;
	c->interchange.groups++;
	c->totals.groups++;
	c->report.place.group++;
	c->report.place.set = 0;
	c->report.told = 0;
	event(c, c->listener.group_began);
	ENVELOPE_CHECK(c, gs, s);
	group_date_check(c);
	group_number_check(c);
	group_version_check(c);
	if (!number_is_new(c, &c->group_numbers, S(""), number_bare(g->number)))
		tell(c, X12_GS_NUMBER_TWICE, 6, x12_element(s, 6),
			"GS06, the control number, was that of another group in this interchange");
	return &gs_variant;
}

static const struct x12_variant *ge_take(struct x12_check *c, const struct x12_segment *s)
{
	set_break(c);
	if (!c->in_group)
		return outside(c, s);
	ENVELOPE_CHECK(c, ge, s);
	field_set(c->group.included, x12_element(s, 1));
	if (count_check(c, X12_GE_COUNT, s, c->group.sets, "sets") && c->group.sets == 0)
		tell(c, X12_GROUP_EMPTY, 1, x12_element(s, 1),
			"the functional group is empty: it shall have one set at least");
	number_check(c, X12_GE_NUMBER, s, c->group.number, "GS06");
	return &ge_variant;
}

static const struct x12_variant *st_take(struct x12_check *c, const struct x12_segment *s)
{
	set_break(c);
	if (!c->in_group)
		return outside(c, s);
	c->report.place.set++;
	c->report.place.position = 1;
	set_begin(c, s);
	return set_segment(c, s);
}

static const struct x12_variant *se_take(struct x12_check *c, const struct x12_segment *s)
{
	const struct x12_variant *v;

	if (!c->in_set)
		return outside(c, s);
	v = set_segment(c, s);
	(void)count_check(c, X12_SE_COUNT, s, c->set.segments, "segments");
	number_check(c, X12_SE_NUMBER, s, c->set.number, "ST02");
	return v;
}

/* Between ISA and the first group, or after the last: acknowledgments and service requests. */
static const struct x12_variant *service_take(struct x12_check *c, const struct x12_segment *s)
{
	return c->in_group || !c->in_interchange ? outside(c, s) : NULL;
}

static const struct x12_variant *ta1_take(struct x12_check *c, const struct x12_segment *s)
{
	if (c->in_group || !c->in_interchange)
		return outside(c, s);
	ENVELOPE_CHECK(c, ta1, s);
	return &ta1_variant;
}

static const struct x12_variant *body_take(struct x12_check *c, const struct x12_segment *s)
{
	return c->in_set ? set_segment(c, s) : outside(c, s);
}

/* What a segment of the envelopes does when it comes, and, after everybody saw it, when it went. */
static const struct {
	uint32_t id;
	const struct x12_variant *(*take)(struct x12_check *, const struct x12_segment *);
	void (*after)(struct x12_check *);
} envelopes[] = {
	{ ID('I', 'S', 'A'), isa_take, NULL },
	{ ID2('G', 'S'), gs_take, NULL },
	{ ID2('S', 'T'), st_take, NULL },
	{ ID2('S', 'E'), se_take, set_end },
	{ ID2('G', 'E'), ge_take, group_end },
	{ ID('I', 'E', 'A'), iea_take, interchange_end },
	{ ID('T', 'A', '1'), ta1_take, NULL },
	{ ID('T', 'A', '3'), service_take, NULL },
	{ ID('I', 'S', 'B'), service_take, NULL },
	{ ID('I', 'S', 'E'), service_take, NULL },
};

/* Most segments are not: they begin with another letter. */
static inline bool may_be_envelope(struct slice id)
{
	return id.n > 0 && (*id.p == 'I' || *id.p == 'G' || *id.p == 'S' || *id.p == 'T');
}

static void segment_tell(
	struct x12_check *c, const struct x12_segment *s, const struct x12_variant *v)
{
	struct x12_context context;

	if (!c->listener.segment)
		return;
	context = context_of(c);
	c->listener.segment(c->listener.context, &context, s, v, &c->report.place);
}

static bool is_ending(const struct x12_check *c, void (*after)(struct x12_check *))
{
	return (after == set_end && c->in_set) || (after == group_end && c->in_group) ||
		(after == interchange_end && c->in_interchange);
}

static void segment_take(struct x12_check *c, const struct x12_segment *s)
{
	uint32_t id = s->packed;
	size_t row = 0, rows = sizeof(envelopes) / sizeof(envelopes[0]);

	c->totals.segments++;
	c->report.place.segment = s->number;
	c->report.place.offset = s->offset;
	/* By halves, as it was just written: read in one, processors would wait for it. */
	c->report.place.id.p = s->id.p;
	c->report.place.id.n = s->id.n;
	c->report.place.loop = NULL;
	c->report.segment = s;
	if (!c->in_set)
		c->report.place.position = 0;
	if (!may_be_envelope(s->id))
		row = rows;
	while (row < rows && envelopes[row].id != id)
		row++;
	if (s->is_open) {
		x12_report(&c->report, X12_SEGMENT_OPEN, "the input ends within this segment");
		c->report.follows = c->is_open = true;
	}
	segment_tell(c, s, row < rows ? envelopes[row].take(c, s) : body_take(c, s));
	if (row < rows && is_ending(c, envelopes[row].after))
		envelopes[row].after(c);
	c->report.segment = NULL;
}

/* --- the stream ---------------------------------------------------------------- */

/* Not an error: what came is whole.  But nobody meant to send it. */
__attribute__((cold)) static void padding_tell(struct x12_check *c, size_t at, const char *what)
{
	c->report.place.id = (struct slice){ 0 };
	c->report.place.position = 0;
	c->report.place.offset = at;
	c->has_padding = true;
	x12_report(&c->report, X12_PADDING, "%s outside of interchanges: passed over", what);
}

/* Of what stands before an interchange, or at the end; the mark a file begins with is a text's. */
static void padding_check(struct x12_check *c)
{
	const struct x12_reader *r = &c->reader;
	struct slice gap = r->gap;
	uint64_t begin;
	const char *what;
	size_t at;

	if (c->in_interchange || c->has_padding || gap.n == 0)
		return;
	begin = r->offset + (uint64_t)(gap.p - r->window.p);
	if (begin == 0 && slice_has_prefix(gap, S("\xef\xbb\xbf"))) {
		gap = slice_from(gap, 3);
		begin = 3;
	}
	what = x12_padding_find(&at, gap);
	if (what)
		padding_tell(c, begin + at, what);
}

static void end_tell(struct x12_check *c)
{
	c->report.place.id = (struct slice){ 0 };
	c->report.place.offset = c->reader.offset + c->reader.window.n;
	c->is_end = true;
	interchange_break(c);
	if (c->totals.interchanges == 0 && c->totals.errors == 0) {
		struct fault f;

		fault_set(&f, ST_INPUT, "x12.empty", "there is no interchange in it: it is empty");
		x12_report_fault(&c->report, &f);
	}
}

/* Until it wants more, or the end. */
static void run(struct x12_check *c)
{
	struct x12_segment segment;
	struct fault f;
	enum status st;

	while ((st = x12_reader_next(&c->reader, &segment, &f)) != ST_MORE && st != ST_NONE) {
		if (!c->in_interchange)
			padding_check(c);
		if (st == ST_OK) {
			segment_take(c, &segment);
			continue;
		}
		c->report.place.id = (struct slice){ 0 };
		c->report.follows = st == ST_LIMIT; /* a segment without an end: so has all else */
		interchange_break(c);
		x12_report_fault(&c->report, &f);
	}
	if (!c->in_interchange && (st == ST_NONE || c->reader.gap.n > X12_GAP_MAX))
		padding_check(c);
	if (st == ST_NONE)
		end_tell(c);
}

void x12_check_feed(struct x12_check *c, struct slice in, bool is_last)
{
	do {
		struct slice chunk = slice_to(in, X12_CHUNK_MAX);

		in = slice_from(in, chunk.n);
		x12_reader_feed(&c->reader, chunk, is_last && in.n == 0);
		run(c);
	} while (in.n > 0);
}

void x12_check_whole(struct x12_check *c, struct slice in)
{
	x12_reader_done(&c->reader);
	x12_reader_init_whole(&c->reader, in);
	run(c);
}
