/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guides from YAML: what is wrong is refused with its line, a guide upon another may only narrow
 * it, and what comes out is what was written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x12_house.h"

#define HEAD "guide: g\nset: \"810\"\ngroup: IN\nversion: \"004010\"\n"
#define BODY "body:\n- segment: BIG\n"
#define OVER "guide: g\nrefines: bill\n"

static unsigned wrong;

/* Loads "g", beside the house's guide. */
static enum status load(struct x12_guide **out, const char *text, struct fault *f)
{
	const char *const texts[] = { X12_HOUSE_GUIDE X12_HOUSE_RULES, text, NULL };

	return x12_house_load(out, "g", texts, f);
}

static const struct {
	const char *what, *text, *code, *says;
} refused[] = {
	{ "no YAML", "guide: [", "x12.guide.yaml", "1.yaml:" },
	{ "nothing", "", "x12.guide.yaml", "nothing in it" },
	{ "a text", "guide", "x12.guide.key", "1.yaml:1" },
	{ "two documents", HEAD BODY "---\nguide: h\n", "x12.guide.yaml", "second document" },
	{ "an anchor", "guide: &a g\n", "x12.guide.yaml", "anchors" },
	{ "an alias", "guide: g\ntitle: *a\n", "x12.guide.yaml", "aliases" },
	{ "a tab", HEAD "body:\n\t- segment: BIG\n", "x12.guide.yaml", "1.yaml:6: a tab indents" },
	{ "a colon in a text", HEAD "rules:\n- rule: r\n  says: a: b\n", "x12.guide.yaml",
		"stands in quotes" },
	{ "a line that begins elsewhere",
		HEAD "body:\n  - segment: BIG\n   elements: { BIG02: required }\n",
		"x12.guide.yaml", "begin under each other" },
	{ "a bracket that is not closed",
		HEAD "body:\n- { segment: BIG, elements: { BIG02: required }\n- segment: REF\n",
		"x12.guide.yaml", "a bracket is not closed" },
	{ "a tab behind a dash", HEAD "body:\n-\tsegment: BIG\n", "x12.guide.yaml", "write blanks" },
	{ "a tag", "guide: !!str g\n", "x12.guide.yaml", "tags" },
	{ "a key twice", "guide: g\ntitle: a\ntitle: b\n", "x12.guide.twice", "1.yaml:3: title" },
	{ "a list as a key", "guide: g\n[a]: b\n", "x12.guide.yaml", "1.yaml:2" },
	{ "neither guide nor dictionary", "title: x\n", "x12.guide.key", "either guide" },
	{ "a name of other characters", "guide: G_1\n", "x12.guide.value", "a to z" },
	{ "an unknown key", HEAD BODY "colour: red\n", "x12.guide.key",
		"1.yaml:7: there is no key" },
	{ "no set", "guide: g\ngroup: IN\nversion: \"004010\"\n" BODY, "x12.guide.key",
		"needs set" },
	{ "no body", HEAD, "x12.guide.key", "and body:" },
	{ "an empty body", HEAD "body: []\n", "x12.guide.key", "1.yaml:5" },
	{ "no dictionary", "guide: g\nset: \"810\"\ngroup: IN\nversion: \"003030\"\n" BODY,
		"x12.guide.unknown", "dictionary of 003030" },
	{ "an unknown segment", HEAD "body:\n- segment: XYZ\n", "x12.guide.segment", "1.yaml:6" },
	{ "ST", HEAD "body:\n- segment: ST\n", "x12.guide.value", "there anyway" },
	{ "segment and loop", HEAD "body:\n- { segment: REF, loop: REF }\n", "x12.guide.key",
		"either" },
	{ "a loop without a body", HEAD "body:\n- loop: N1\n", "x12.guide.key", "needs a body" },
	{ "a segment with a body", HEAD "body:\n- { segment: N1, body: [ { segment: N2 } ] }\n",
		"x12.guide.key", "only a loop" },
	{ "a loop of loops",
		HEAD "body:\n- loop: A\n  body: [ { loop: B, body: [ { segment: N1 } ] } ]\n",
		"x12.guide.value", "begins with a segment" },
	{ "a word that is none", HEAD "body:\n- { segment: BIG, use: mandatory }\n",
		"x12.guide.value", "mandatory is none of: optional, required, unused" },
	{ "no number", HEAD "body:\n- { segment: BIG, max: 0 }\n", "x12.guide.value", "from 1" },
	{ "another segment's element",
		HEAD "body:\n- { segment: BIG, elements: { REF01: required } }\n", "x12.guide.key",
		"no element of BIG" },
	{ "an element too many", HEAD "body:\n- { segment: BIG, elements: { BIG08: required } }\n",
		"x12.guide.key", "it has 7 elements" },
	{ "a part of none", HEAD "body:\n- { segment: BIG, elements: { BIG01-1: required } }\n",
		"x12.guide.key", "BIG01-1" },
	{ "a code twice",
		HEAD "body:\n- { segment: BIG, elements: { BIG07: { codes: [ A, A ] } } }\n",
		"x12.guide.twice", "twice" },
	{ "a code with blanks",
		HEAD "body:\n- { segment: BIG, elements: { BIG07: { codes: [ 'A B' ] } } }\n",
		"x12.guide.value", "no blanks" },
	{ "longer than the dictionary",
		HEAD "body:\n- { segment: BIG, elements: { BIG02: { length: 1-23 } } }\n",
		"x12.guide.widens", "beyond 1-22" },
	{ "what is required made optional",
		HEAD "body:\n- { segment: BIG, elements: { BIG01: optional } }\n",
		"x12.guide.widens", "BIG01 is required" },
	{ "two variants of one name",
		HEAD "body:\n- segment: REF\n  variants:\n"
		     "  - { name: A, when: { REF01: AA } }\n  - { name: A, when: { REF01: BB } }\n",
		"x12.guide.twice", "second variant A" },
	{ "a variant without a name",
		HEAD "body:\n- segment: REF\n  variants: [ { when: { REF01: AA } } ]\n",
		"x12.guide.key", "needs a name" },
	{ "a rule without a sentence", HEAD BODY "rules: [ { rule: r, expect: 1 = 1 } ]\n",
		"x12.guide.key", "needs says" },
	{ "a rule twice",
		HEAD BODY "rules: [ { rule: r, says: s, expect: 1 = 1 }, "
			  "{ rule: r, says: s, expect: 1 = 1 } ]\n",
		"x12.guide.twice", "second rule r" },
	{ "a reason too long",
		HEAD BODY "rules: [ { rule: r, says: s, expect: 1 = 1, advice: ABNX } ]\n",
		"x12.guide.value", "1 to 3 capital letters" },
	{ "a reason with a delimiter",
		HEAD BODY "rules: [ { rule: r, says: s, expect: 1 = 1, advice: A*B } ]\n",
		"x12.guide.value", "1 to 3 capital letters" },
	{ "a reason of others too long", OVER "rules: [ { rule: total, advice: ABNX } ]\n",
		"x12.guide.value", "1.yaml:3: ABNX" },
	{ "others of a base", HEAD BODY "others: unused\n", "x12.guide.key", "1.yaml:7: others:" },
	{ "others in a base",
		HEAD "body:\n- loop: N1\n  others: unused\n  body: [ { segment: N1 } ]\n",
		"x12.guide.key", "refines another" },
	{ "a correlation of nothing", HEAD BODY "correlation: { XX01: TN }\n", "x12.guide.value",
		"BIG02: TN" },

	{ "a base that is not there", "guide: g\nrefines: h\n", "x12.guide.unknown", "refines h" },
	{ "a circle", "guide: g\nrefines: g\n", "x12.guide.unknown", "refines g" },
	{ "another set", OVER "set: \"820\"\n", "x12.guide.widens", "the set is 810" },
	{ "another group", OVER "group: PT\n", "x12.guide.widens", "1.yaml:3: the group is IN" },
	{ "another version", OVER "version: \"005010\"\n", "x12.guide.widens", "004010" },
	{ "a position that is not there", OVER "body:\n- segment: SAC\n", "x12.guide.widens",
		"no segment SAC" },
	{ "a position before its turn", OVER "body:\n- segment: TDS\n- segment: BIG\n",
		"x12.guide.widens", "only before" },
	{ "more of them", OVER "body:\n- { segment: REF, max: 5 }\n", "x12.guide.widens",
		"max is 4" },
	{ "any number of them", OVER "body:\n- { segment: REF, max: any }\n", "x12.guide.widens",
		"max is 4" },
	{ "another code",
		OVER "body:\n- { segment: BIG, elements: { BIG07: { codes: [ XX ] } } }\n",
		"x12.guide.widens", "XX is not among" },
	{ "a code that is no value of its element",
		HEAD "body:\n- { segment: BIG, elements: { BIG01: { codes: [ ABC ] } } }\n",
		"x12.guide.impossible", "the code ABC is no value of BIG01" },
	{ "a required segment dropped", OVER "body:\n- { segment: TDS, use: unused }\n",
		"x12.guide.widens", "TDS is required" },
	{ "a position dropped of which a variant is required",
		OVER "body:\n- { loop: N1, use: unused }\n", "x12.guide.impossible",
		"1.yaml:4: N1 is unused, and Utility, a variant of it, is required" },
	{ "a variant required of a position that is dropped",
		OVER "body:\n- segment: REF\n  use: unused\n  variants:\n"
		     "  - { name: Original, use: required }\n",
		"x12.guide.impossible", "nothing passes that" },
	{ "more variants required than there may be",
		OVER "body:\n- segment: REF\n  max: 1\n  variants:\n"
		     "  - { name: Original, use: required }\n",
		"x12.guide.impossible", "REF may come 1 time, and 2 variants" },
	{ "a variant that takes what is left, required of a position that is dropped",
		OVER "body:\n- segment: REF\n  use: unused\n  variants:\n"
		     "  - { name: Other reference, use: required }\n",
		"x12.guide.impossible", "nothing passes that" },
	{ "one more variant required than there may be: what is left",
		OVER "body:\n- segment: REF\n  max: 1\n  variants:\n"
		     "  - { name: Other reference, use: required }\n",
		"x12.guide.impossible", "REF may come 1 time, and 2 variants" },
	{ "what is left required, and dropped",
		OVER "body:\n- segment: REF\n  variants:\n"
		     "  - { name: Other reference, use: required }\n  - others: unused\n",
		"x12.guide.widens", "1.yaml:7: Other reference is required" },
	{ "a position required, and no variant left",
		HEAD "body:\n- segment: BIG\n- segment: DTM\n  use: required\n  variants:\n"
		     "  - { name: From, when: { DTM01: '150' }, use: unused }\n",
		"x12.guide.impossible", "DTM is required, and every variant of it is unused" },
	{ "a required variant dropped in a loop of a variant",
		HEAD "body:\n- segment: BIG\n- loop: N1\n  body:\n  - segment: N1\n"
		     "  - segment: REF\n    max: 2\n    variants:\n"
		     "    - { name: Account, when: { REF01: '11' }, use: required }\n"
		     "    - { name: Other }\n"
		     "  variants:\n  - name: Utility\n    when: { N101: 8S }\n"
		     "    body: [ { segment: REF, use: unused } ]\n  - { name: Party }\n",
		"x12.guide.impossible", "REF is unused, and Account" },
	{ "one of a pair required, the other dropped",
		OVER "body:\n- loop: N1\n  body:\n  - segment: N1\n"
		     "    elements: { N103: required, N104: unused }\n",
		"x12.guide.impossible", "1.yaml:6: N1 (Party): what is required and unused of it "
		"leaves nothing that its condition P0304 lets pass" },
	{ "all of a list dropped", HEAD
		"body:\n- { segment: N1, elements: { N102: unused, N103: unused } }\n",
		"x12.guide.impossible", "R0203" },
	{ "two required that exclude each other", HEAD
		"body:\n- { segment: SAC, elements: { SAC02: required, SAC03: required } }\n",
		"x12.guide.impossible", "E0203" },
	{ "what a required one needs dropped", HEAD
		"body:\n- { segment: DTM, elements: { DTM03: required, DTM02: unused } }\n",
		"x12.guide.impossible", "C0302" },
	{ "codes of a variant that its condition excludes", OVER
		"body:\n- segment: REF\n  variants:\n"
		"  - { name: Account, elements: { REF01: { codes: [ OI ] } } }\n",
		"x12.guide.impossible", "1.yaml:4: Account is required, and there when element 01 "
		"of REF is 11 or 12, which it cannot be" },
	{ "the element of a condition dropped", HEAD
		"body:\n- segment: REF\n  variants:\n"
		"  - { name: A, when: { REF02: X, REF03: Y }, use: required,\n"
		"      elements: { REF02: unused } }\n",
		"x12.guide.impossible", "A is required, and there when element 02 of REF is X" },
	{ "a variant that is another one", OVER
		"body:\n- segment: REF\n  variants:\n  - { name: Foo, when: { REF01: '12' } }\n",
		"x12.guide.impossible",
		"Foo is never there: Account, above it, is whenever it would be" },
	{ "a variant whose name is misspelt", OVER
		"body:\n- segment: REF\n  variants:\n  - { name: Acount, use: required }\n",
		"x12.guide.key", "1.yaml:6: what this builds on has no variant Acount, and a new one "
		"needs when; there are Original" },
	{ "a variant twice in a list", OVER
		"body:\n- segment: REF\n  variants:\n"
		"  - { name: Account, max: 1 }\n  - { name: Account, max: 2 }\n",
		"x12.guide.twice", "1.yaml:7: a second variant Account" },
	{ "others of a segment", OVER "body:\n- { segment: REF, others: unused }\n",
		"x12.guide.key", "among its variants" },
	{ "another correlation", OVER "correlation: { BIG04: TN }\n", "x12.guide.widens",
		"correlation is another" },
	{ "a correlation that is called otherwise", OVER "correlation: { BIG02: IV }\n",
		"x12.guide.widens", "correlation is another" },
	{ "a rule made milder", OVER "rules: [ { rule: total, severity: warning } ]\n",
		"x12.guide.widens", "error in what" },
	{ "a rule that expects something else", OVER "rules: [ { rule: total, expect: 1 = 1 } ]\n",
		"x12.guide.widens", "stays" },
};

static void what_is_wrong_is_refused(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		AUTO(x12_guide) guide = NULL;
		struct fault f = { .code = "", .text = "" };

		if (load(&guide, refused[i].text, &f) != ST_OK &&
			strcmp(f.code, refused[i].code) == 0 && strstr(f.text, refused[i].says))
			continue;
		print_error("%s: %s: %s\n", refused[i].what, f.code, f.text);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

static struct x12_guide *loaded(const char *text)
{
	struct x12_guide *guide = NULL;
	struct fault f = { 0 };

	if (load(&guide, text, &f) != ST_OK)
		fail_msg("%s %s", f.code, f.text);
	return guide;
}

static void a_guide_is_what_was_written(void **state)
{
	const char *const texts[] = { X12_HOUSE_GUIDE X12_HOUSE_RULES, NULL };
	AUTO(x12_guide) g = NULL;
	const struct x12_position *n1;

	(void)state;
	assert_int_equal(x12_house_load(&g, "bill", texts, NULL), ST_OK);
	assert_string_equal(g->set, "810");
	assert_string_equal(g->correlation.qualifier, "TN");
	assert_int_equal(g->correlation.element, 2);
	assert_int_equal(g->body_count, 8);
	assert_string_equal(g->body[0].name, "ST");
	assert_string_equal(g->body[7].name, "SE");
	assert_int_equal(g->body[2].variant_count, 3);
	assert_int_equal(g->body[2].variants[1].when[0].codes.count, 2);
	n1 = &g->body[3];
	assert_true(n1->is_loop);
	assert_int_equal(n1->variants[0].use, X12_REQUIRED);
	assert_int_equal(n1->variants[1].body[0].variants[0].elements[3].use, X12_REQUIRED);
	assert_int_equal(n1->variants[0].body[0].variants[0].elements[3].use, X12_OPTIONAL);
	assert_int_equal(n1->variants[1].body[2].use, X12_UNUSED);
	assert_int_equal(g->rule_count, 2);
	assert_int_equal(g->rules[1].severity, X12_WARNING);
}

/* Serials are what counts are kept by: two things of one serial would be one. */
static void serials_mark(const struct x12_position *body, size_t count, unsigned *positions,
	unsigned *variants)
{
	for (size_t i = 0; i < count; i++) {
		positions[body[i].serial]++;
		for (size_t v = 0; v < body[i].variant_count; v++) {
			variants[body[i].variants[v].serial]++;
			serials_mark(body[i].variants[v].body, body[i].variants[v].body_count,
				positions, variants);
		}
	}
}

static void every_serial_is_of_one(void **state)
{
	AUTO(x12_guide) g = loaded(OVER);
	unsigned positions[256] = { 0 }, variants[256] = { 0 };

	(void)state;
	assert_true(g->positions < 256 && g->variants < 256);
	serials_mark(g->body, g->body_count, positions, variants);
	for (unsigned i = 0; i < g->positions; i++)
		assert_int_equal(positions[i], 1);
	for (unsigned i = 0; i < g->variants; i++)
		assert_int_equal(variants[i], 1);
}

static void a_refinement_narrows(void **state)
{
	AUTO(x12_guide) g = loaded(OVER
		"title: Ours\nbody:\n"
		"- segment: REF\n  max: 3\n  variants:\n  - { name: Original, use: required }\n"
		"  - { name: Bill, when: { REF01: BF } }\n  - others: unused\n"
		"- loop: N1\n  others: unused\n  body: [ { segment: N1 } ]\n"
		"- segment: DTM\n  use: required\n  elements: { DTM01: { codes: { '150': from } } }\n"
		"rules:\n- { rule: line, severity: error }\n"
		"- { rule: more, says: more, expect: TDS01 > 0 }\n");
	const struct x12_position *ref = &g->body[2], *n1 = &g->body[3];

	(void)state;
	assert_string_equal(g->title, "Ours");
	assert_string_equal(g->refines, "bill");
	assert_string_equal(g->set, "810");
	assert_int_equal(ref->max, 3);
	assert_int_equal(ref->variant_count, 4);
	assert_int_equal(ref->variants[0].use, X12_REQUIRED);
	assert_string_equal(ref->variants[2].name, "Bill");
	assert_int_equal(ref->variants[3].use, X12_UNUSED);
	assert_int_equal(n1->variants[0].body[1].use, X12_UNUSED);
	assert_int_equal(g->body[4].use, X12_REQUIRED);
	assert_string_equal(g->body[4].variants[0].elements[0].codes.list[0].meaning, "from");
	assert_int_equal(g->rule_count, 3);
	assert_int_equal(g->rules[1].severity, X12_ERROR);
}

/* --- what is required of several variants --- */

#define LEFT "body:\n- segment: REF\n  variants:\n  - { name: Other reference, use: required }\n"

static const struct {
	const char *what, *text, *segments, *says;
} required_rows[] = {
	{ "what is left is there", OVER LEFT, "REF*11*A~REF*ZZ*B~", "" },
	{ "it is first", OVER LEFT, "REF*ZZ*B~REF*11*A~", "" },
	{ "only others are", OVER LEFT, "REF*11*A~REF*OI*B~", "7:REF x12.segment.missing " },
	{ "none is", OVER LEFT, "", "5:REF x12.segment.missing 5:REF x12.segment.missing " },
	{ "a variant more, and it is that", OVER "body:\n- segment: REF\n  variants:\n"
		"  - { name: Bill, when: { REF01: BF } }\n"
		"  - { name: Other reference, use: required }\n",
		"REF*11*A~REF*BF*B~", "7:REF x12.segment.missing " },
	{ "the only variant", HEAD "body:\n- segment: BIG\n- segment: REF\n  variants:\n"
		"  - { name: Any, use: required }\n- { loop: N1, body: [ { segment: N1 } ] }\n"
		"- segment: TDS\n", "", "5:REF x12.segment.missing " },
	{ "of a loop", OVER "body:\n- loop: N1\n  variants:\n  - { name: Party, use: required }\n",
		"REF*11*A~", "7:N1 x12.segment.missing " },
};

static void what_is_left_may_be_required(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(required_rows) / sizeof(required_rows[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(1 << 16), in = buf_init(1 << 16);
		AUTO_IN_PLACE(buf) segments = buf_init(1 << 16);
		AUTO(x12_guide) g = loaded(required_rows[i].text);

		buf_putf(&segments, "BIG*20240102*INV1~%sN1*8S*Us~TDS*100~",
			required_rows[i].segments);
		x12_house_wrap(&in, "810", "IN", buf_text(&segments));
		x12_house_check(&out, g, NULL, buf_slice(&in), 0);
		if (strcmp(buf_text(&out), required_rows[i].says) != 0)
			fail_msg("%s: \"%s\"", required_rows[i].what, buf_text(&out));
	}
}

/* What has a variant that must be there must be there: the others are dropped. */
static void others_keep_what_is_required(void **state)
{
	AUTO(x12_guide) g = loaded(OVER "others: unused\nbody:\n- segment: BIG\n");

	(void)state;
	assert_string_equal(g->body[2].name, "REF");
	assert_int_equal(g->body[2].use, X12_OPTIONAL);
	assert_string_equal(g->body[3].name, "N1");
	assert_int_equal(g->body[3].use, X12_OPTIONAL);
	assert_int_equal(g->body[4].use, X12_UNUSED);
	assert_int_equal(g->body[5].use, X12_UNUSED);
	assert_int_equal(g->body[6].use, X12_REQUIRED);
}

/* A user's guide stands in front of the program's of the same name, and may refine it. */
static void a_users_guide_stands_in_front(void **state)
{
	AUTO(x12_library) library = x12_library_new();
	AUTO(x12_guide) g = NULL;
	struct fault f = { .text = "" };

	(void)state;
	assert_int_equal(x12_library_add(library, X12_SHIPPED, "d", S(X12_HOUSE_DICTIONARY), &f),
		ST_OK);
	assert_int_equal(x12_library_add(library, X12_SHIPPED, "s", S(X12_HOUSE_GUIDE), &f), ST_OK);
	assert_int_equal(x12_library_add(library, X12_USERS, "u",
				 S("guide: bill\nrefines: bill\ntitle: Ours\n"), &f), ST_OK);
	assert_int_equal(x12_guide_load(&g, library, S("bill"), &f), ST_OK);
	assert_string_equal(g->title, "Ours");
	assert_int_equal(g->body_count, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_refused),
		cmocka_unit_test(a_guide_is_what_was_written),
		cmocka_unit_test(every_serial_is_of_one),
		cmocka_unit_test(a_refinement_narrows),
		cmocka_unit_test(what_is_left_may_be_required),
		cmocka_unit_test(others_keep_what_is_required),
		cmocka_unit_test(a_users_guide_stands_in_front),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
