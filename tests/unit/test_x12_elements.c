/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of every kind beside their rules, in segments that are plain and in others: what is
 * asked the quick way and what is asked in full must say the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "x12_house.h"

#define DICTIONARY \
	"dictionary: '004010'\n" \
	"elements:\n" \
	"  '143': { name: Set, type: ID, length: 3 }\n" \
	"  '329': { name: Set number, type: AN, length: 4-9 }\n" \
	"  '96': { name: Segments, type: N0, length: 1-10 }\n" \
	"  '1': { name: Code, type: ID, length: 2-3 }\n" \
	"  '2': { name: Text, type: AN, length: 1-5 }\n" \
	"  '3': { name: Number, type: N0, length: 1-3 }\n" \
	"  '4': { name: Date, type: DT, length: 8 }\n" \
	"  '5': { name: Time, type: TM, length: 4-8 }\n" \
	"composites:\n" \
	"  C1: { name: One, elements: [ '1 required', '2', '3' ] }\n" \
	"  C2: { name: Two, elements: [ '1 required', '2 required' ] }\n" \
	"  C3: { name: Three, elements: [ '1', '2' ] }\n" \
	"segments:\n" \
	"  ST: { name: Header, elements: [ '143 required', '329 required' ] }\n" \
	"  SE: { name: Trailer, elements: [ '96 required', '329 required' ] }\n" \
	"  AA: { name: Simple, elements: [ '2 required', '3 required', '4', '2', '2' ] }\n" \
	"  BB: { name: Composites, elements: [ C1, C2, C1, C3 ] }\n" \
	"  DD: { name: Repeating, elements: [ 2 repeat 2, C1 repeat 2, 3 repeat 2 ] }\n" \
	"  VV: { name: Variants, elements: [ '1', '2', '2', C1 ] }\n" \
	"  RR: { name: R, elements: [ '2', '2', '2' ], conditions: [ R010203 ] }\n" \
	"  EE: { name: E, elements: [ '2', '2', '2' ], conditions: [ E010203 ] }\n" \
	"  CC: { name: C, elements: [ '2', '2', '2' ], conditions: [ C010203 ] }\n" \
	"  LL: { name: L, elements: [ '2', '2', '2' ], conditions: [ L010203 ] }\n" \
	"  ZZ: { name: Twice, elements: [ '2' ] }\n" \
	"  TT: { name: Time, elements: [ '5' ] }\n" \
	"  PP: { name: P, elements: [ '2', '2', '2' ], conditions: [ P010203 ] }\n"

#define GUIDE \
	"guide: kinds\n" \
	"set: '810'\n" \
	"group: IN\n" \
	"version: '004010'\n" \
	"body:\n" \
	"- { segment: AA, max: any, elements: { AA04: unused, AA05: { codes: [ K, L ] } } }\n" \
	"- { segment: BB, max: any, elements: { BB03-1: { codes: [ OK ] }, BB04-1: unused } }\n" \
	"- { segment: DD, max: any }\n" \
	"- segment: VV\n" \
	"  max: any\n" \
	"  variants:\n" \
	"  - { name: pair, when: { VV01: AA, VV02: [ '1', '2' ] }, elements: { VV03: required, VV04: unused } }\n" \
	"  - { name: part, when: { VV04-1: OK, VV04-2: K }, elements: { VV03: unused } }\n" \
	"  - { name: other, elements: { VV02: required } }\n" \
	"- { segment: RR, max: any }\n" \
	"- { segment: EE, max: any }\n" \
	"- { segment: CC, max: any }\n" \
	"- { segment: LL, max: any }\n" \
	"- { segment: ZZ, max: 1 }\n" \
	"- { segment: PP, max: any }\n" \
	"- { segment: ZZ, max: 1 }\n" \
	"- { segment: TT }\n" \
	"rules:\n" \
	"- { rule: part, says: s, expect: absent(BB04-2) or BB04-2 = 'a' }\n" \
	"- { rule: first, says: s, expect: absent(BB01-1) or BB01-1 != 'OK>b' }\n"

static struct x12_guide *guide;
static struct x12_rules *rules;
static unsigned wrong;

static int kinds_open(void **state)
{
	AUTO(x12_library) library = x12_library_new();
	struct fault f = { 0 };

	(void)state;
	if (x12_library_add(library, X12_USERS, "dictionary.yaml", S(DICTIONARY), &f) != ST_OK ||
		x12_library_add(library, X12_USERS, "kinds.yaml", S(GUIDE), &f) != ST_OK ||
		x12_guide_load(&guide, library, S("kinds"), &f) != ST_OK ||
		x12_rules_compile(&rules, guide, &f) != ST_OK)
		fail_msg("%s %s", f.code, f.text);
	return 0;
}

static int kinds_close(void **state)
{
	(void)state;
	x12_rules_free(rules);
	x12_guide_free(guide);
	return 0;
}

/* Of these segments, the first of them the fourth of all. */
static void interchange_put(struct buf *out, const char *segments)
{
	unsigned count = 3;

	for (const char *p = segments; *p; p++)
		count += *p == '~';
	buf_putf(out, "ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*^*00501*000000001*0*P*>~GS*IN*123456789*987654321*20240102*0304*1*X*"
		"004010~ST*810*0001~%s~SE*%u*0001~GE*1*1~IEA*1*000000001~", segments, count);
}

static void says(const char *what, const char *segments, const char *expected)
{
	AUTO_IN_PLACE(buf) in = buf_init(4096), out = buf_init(4096);

	interchange_put(&in, segments);
	x12_house_check(&out, guide, rules, buf_slice(&in), 0);
	if (strcmp(buf_text(&out), expected) == 0)
		return;
	print_error("%s: \"%s\" instead of \"%s\"\n", what, buf_text(&out), expected);
	wrong++;
}

static const struct {
	const char *what, *segment, *says;
} rows[] = {
	{ "texts and numbers", "AA*a*1*20240229**K", "" },
	{ "a required text left out in front", "AA**1", "4:AA01 x12.element.missing " },
	{ "a required number left out in front", "AA*a**20240229", "4:AA02 x12.element.missing " },
	{ "both left out at the end", "AA", "4:AA01 x12.element.missing 4:AA02 x12.element.missing " },
	{ "a text too long", "AA*abcdef*1", "4:AA01 x12.element.long " },
	{ "a text with a component in it", "AA*a>b*1", "4:AA01 x12.element.character " },
	{ "a text with a repetition in it", "AA*a^b*1", "4:AA01 x12.element.character " },
	{ "a text with a control character", "AA*a\tb*1", "4:AA01 x12.element.character " },
	{ "a text beyond ASCII", "AA*\303\251*1", "4:AA01 x12.element.foreign " },
	{ "a letter among digits", "AA*a*1x", "4:AA02 x12.element.number " },
	{ "a date with a letter", "AA*a*1*2024022J", "4:AA03 x12.element.date " },
	{ "a date with a letter behind", "AA*a*1*20240p29", "4:AA03 x12.element.date " },
	{ "a date with what stands behind 9", "AA*a*1*2024010:", "4:AA03 x12.element.date " },
	{ "a date with what stands before 0", "AA*a*1*2024011/", "4:AA03 x12.element.date " },
	{ "a day that this year has not", "AA*a*1*20230229", "4:AA03 x12.element.date " },
	{ "one that is not used", "AA*a*1**x", "4:AA04 x12.element.unused " },
	{ "a code", "AA*a*1***M", "4:AA05 x12.element.code " },
	{ "one too many", "AA*a*1***K*x", "4:AA06 x12.element.many " },

	{ "first components alone", "BB*OK", "" },
	{ "all components", "BB*OK>a>1*OK>a*OK>b>2", "" },
	{ "a first component too short", "BB*K", "4:BB01-1 x12.element.short " },
	{ "a first component too short, of several", "BB*K>a", "4:BB01-1 x12.element.short " },
	{ "a second component too long", "BB*OK>abcdef", "4:BB01-2 x12.element.long " },
	{ "a third component that is no number", "BB*OK>>x", "4:BB01-3 x12.element.number " },
	{ "a required first component left out", "BB*>a", "4:BB01-1 x12.element.missing " },
	{ "a required second component left out", "BB**OK", "4:BB02-2 x12.element.missing " },
	{ "a component too many", "BB*OK>a>1>x", "4:BB01 x12.component.many " },
	{ "a component with a code", "BB***NO", "4:BB03-1 x12.element.code " },
	{ "a component that is not used", "BB****OK", "4:BB04-1 x12.element.unused " },
	{ "a component that is not used, of several", "BB****OK>a", "4:BB04-1 x12.element.unused " },
	{ "where another is used", "BB****>a", "" },
	{ "what a rule says of a component", "BB****>b", "4:BB04-2 x12.rule.part " },

	{ "once", "DD*a*OK*1", "" },
	{ "twice", "DD*a^b*OK>a^OK>b*1^2", "" },
	{ "a second text too long", "DD*a^abcdef", "4:DD01 x12.element.long " },
	{ "a text too long", "DD*abcdef", "4:DD01 x12.element.long " },
	{ "a third text", "DD*a^b^c", "4:DD01 x12.repetition.many " },
	{ "a second composite", "DD**OK^K>a", "4:DD02-1 x12.element.short " },
	{ "a second number", "DD***1^x", "4:DD03 x12.element.number " },

	{ "a place behind one that is full", "ZZ*a~ZZ*b", "" },
	{ "one more than both places have", "ZZ*a~ZZ*b~ZZ*c", "6:ZZ x12.segment.repeats " },

	{ "both codes of a variant", "VV*AA*2", "4:VV03 x12.element.missing " },
	{ "a composite that is not used", "VV*AA*2*x*OK", "4:VV04 x12.element.unused " },
	{ "only the first of them", "VV*AA*3", "" },
	{ "only the second of them", "VV*BB*2", "" },
	{ "both parts", "VV*XX**a*OK>K", "4:VV03 x12.element.unused " },
	{ "both parts the other way round", "VV*XX*a*a*KO>OK", "" },
	{ "only the first part", "VV*XX**a*OK", "4:VV02 x12.element.missing " },
};

static void elements_beside_their_rules(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		says(rows[i].what, rows[i].segment, rows[i].says);
	assert_int_equal(wrong, 0);
}

/* Of each number of elements 1, 2 and 3 that are there (bits 0, 1, 2), what is said. */
static const struct {
	const char *segment, *says[8];
} relations[] = {
	{ "RR", { "4:RR01 x12.element.needed " } },
	{ "EE", { [3] = "4:EE02 x12.element.excluded ", [5] = "4:EE03 x12.element.excluded ",
		[6] = "4:EE03 x12.element.excluded ", [7] = "4:EE03 x12.element.excluded " } },
	{ "CC", { [1] = "4:CC02 x12.element.needed 4:CC03 x12.element.needed ",
		[3] = "4:CC03 x12.element.needed ", [5] = "4:CC02 x12.element.needed " } },
	{ "LL", { [1] = "4:LL02 x12.element.needed " } },
	{ "PP", { [1] = "4:PP02 x12.element.needed 4:PP03 x12.element.needed ",
		[2] = "4:PP01 x12.element.needed 4:PP03 x12.element.needed ",
		[3] = "4:PP03 x12.element.needed ",
		[4] = "4:PP01 x12.element.needed 4:PP02 x12.element.needed ",
		[5] = "4:PP02 x12.element.needed ", [6] = "4:PP01 x12.element.needed " } },
};

static void elements_beside_each_other(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof(relations) / sizeof(relations[0]); i++)
		for (unsigned there = 0; there < 8; there++) {
			const char *expected = relations[i].says[there];
			char segment[16];

			snprintf(segment, sizeof(segment), "%s*%s*%s*%s", relations[i].segment,
				there & 1 ? "a" : "", there & 2 ? "b" : "", there & 4 ? "c" : "");
			says(segment, segment, expected ? expected : "");
		}
	assert_int_equal(wrong, 0);
}

static const struct {
	const char *segment, *says;
} sentences[] = {
	{ "RR", "2 one of RR01, RR02, RR03 must be there (condition R010203)" },
	{ "EE*a*b", "2 only one of EE01, EE02, EE03 may be there (condition E010203)" },
	{ "CC*a*b", "2 CC03 is missing: it comes with CC01 (condition C010203)" },
	{ "LL*a", "2 one of LL02, LL03 must be there beside LL01 (condition L010203)" },
	{ "PP*a**c", "2 PP02 is missing: it comes with PP01, PP03 (condition P010203)" },
};

static void sentence_heard(void *context, const struct x12_finding *finding)
{
	buf_putf(context, "%u %s", finding->number, finding->text);
}

/* Which elements they are, and of which number the one is that is told. */
static void conditions_say_what_they_ask_for(void **state)
{
	struct x12_checked_guide checked = { guide, rules };

	(void)state;
	for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(4096), out = buf_init(4096);
		struct x12_listener listener = { .context = &out, .finding = sentence_heard };
		AUTO(x12_check) check = x12_check_new(&checked, 1, false, &listener);

		interchange_put(&in, sentences[i].segment);
		x12_check_whole(check, buf_slice(&in));
		assert_string_equal(buf_text(&out), sentences[i].says);
	}
}

/* Delimiters are each interchange's own. */
static void what_separates_here_is_text_there(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(4096), out = buf_init(4096);
	static const struct {
		char repetition, component;
	} interchanges[] = { { '^', '>' }, { '^', ':' }, { '|', ':' }, { '^', '>' } };

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		buf_putf(&in, "ISA*00*          *00*          *01*123456789      *01*987654321      "
			"*240102*0304*%c*00501*00000000%u*0*P*%c~GS*IN*123456789*987654321*"
			"20240102*0304*1*X*004010~ST*810*0001~AA*a>b*1~AA*a:b*1~AA*a^b*1~AA*a|b*1~"
			"SE*6*0001~GE*1*1~IEA*1*00000000%u~",
			interchanges[i].repetition, i, interchanges[i].component, i);
	x12_house_check(&out, guide, NULL, buf_slice(&in), 0);
	assert_string_equal(buf_text(&out),
		"4:AA01 x12.element.character 6:AA01 x12.element.character "
		"15:AA01 x12.element.character 16:AA01 x12.element.character "
		"25:AA01 x12.element.character 27:AA01 x12.element.character "
		"34:AA01 x12.element.character 36:AA01 x12.element.character ");
}

/* --- words ----------------------------------------------------------------------- */

static const struct {
	const char *what, *segment, *text;
} words[] = {
	{ "a repetition where none is", "AA*a*0^1", "it does not repeat" },
	{ "a component where none is", "AA*a*0>1", "it has no components" },
	{ "a control character", "AA*a\x01", "no control characters" },
	{ "a number too long", "AA*a*1234", "expected 1 to 3 digits" },
	{ "a length that is one", "AA*a*1*2024010", "7 bytes: expected 8 characters" },
	{ "the end of a day by a name that X12 does not have", "TT*2400", "2400 is read as" },
	{ "the same with seconds", "TT*240000", "0000 of the next" },
	{ "no time at all", "TT*2401", "HHMM or HHMMSS" },
};

static void words_take(void *context, const struct x12_finding *finding)
{
	buf_putf(context, "%s\n", finding->text);
}

static void findings_say_what_was_expected(void **state)
{
	struct x12_checked_guide checked = { guide, rules };

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(4096), out = buf_init(4096);
		struct x12_listener listener = { .context = &out, .finding = words_take };
		AUTO(x12_check) check = x12_check_new(&checked, 1, false, &listener);

		interchange_put(&in, words[i].segment);
		x12_check_whole(check, buf_slice(&in));
		if (!strstr(buf_text(&out), words[i].text))
			fail_msg("%s: %s", words[i].what, buf_text(&out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_beside_their_rules),
		cmocka_unit_test(elements_beside_each_other),
		cmocka_unit_test(conditions_say_what_they_ask_for),
		cmocka_unit_test(what_separates_here_is_text_there),
		cmocka_unit_test(findings_say_what_was_expected),
	};

	return cmocka_run_group_tests(tests, kinds_open, kinds_close);
}
