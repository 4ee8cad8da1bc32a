/* SPDX-License-Identifier: Apache-2.0 */
/* The expressions of rules: what they say of a set, and what is no expression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x12_house.h"

#define SEGMENTS \
	"BIG*20240102*INV1*20240131****DR~REF*OI*X~REF*11*A~N1*8S*Us*1*123~N1*SJ*Them*1*456~" \
	"DTM*150*20240101~DTM*151*20240131~IT1*1*5.5~SAC*CC*60~SAC*DD*-10~IT1*2*7~SAC*CC*150~TDS*200~"

static unsigned wrong;

/* "true", "broken" or the fault's code; "silent" when nothing was judged is the same as true. */
static void judge_with(
	struct buf *out, const char *scope, const char *expression, bool in_words)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(8192);
	AUTO_IN_PLACE(buf) in = buf_init(4096);
	const char *texts[] = { NULL, NULL };
	AUTO(x12_guide) guide = NULL;
	AUTO(x12_rules) rules = NULL;
	struct fault f = { .code = "" };

	buf_putf(&yaml, "%srules:\n- rule: r\n  says: s\n%s%s%s  expect: \"%s\"\n", X12_HOUSE_GUIDE,
		*scope ? "  in: " : "", scope, *scope ? "\n" : "", expression);
	texts[0] = buf_text(&yaml);
	if (x12_house_load(&guide, "bill", texts, &f) != ST_OK ||
		x12_rules_compile(&rules, guide, &f) != ST_OK) {
		buf_put_text(out, in_words ? f.text : f.code);
		return;
	}
	x12_house_wrap(&in, "810", "IN", SEGMENTS);
	x12_house_check(out, guide, rules, buf_slice(&in), 0);
}

static void judge(struct buf *out, const char *scope, const char *expression)
{
	judge_with(out, scope, expression, false);
}

static const struct {
	const char *scope, *expression, *is;
} rows[] = {
	{ "", "1 = 1", "" },
	{ "", "1 = 2", "17:SE x12.rule.r " },
	{ "", "1.0 = 1", "" },
	{ "", "TDS01 = 2", "" },
	{ "", "TDS01 = sum(SAC02)", "" },
	{ "", "sum(SAC02) = 2.00", "" },
	{ "", "sum(SAC02[SAC01=CC]) = 2.1", "" },
	{ "", "sum(SAC02[SAC01=CC|DD]) = 2", "" },
	{ "", "count(SAC) = 3 and count(N1) = 2", "" },
	{ "", "count(IT1/IT1) = 2", "" },
	{ "", "count(SAC/SAC) = 3", "" },
	{ "", "IT102 = 5.5", "" },
	{ "", "sum(IT102) - 0.5 = 12", "" },
	{ "", "1 - 2 - 3 = -4", "" },
	{ "", "BIG02 = 'INV1'", "" },
	{ "", "BIG02 != 'INV1'", "17:SE x12.rule.r " },
	{ "", "BIG07 in ('DR', 'PR')", "" },
	{ "", "BIG07 not in ('DR', 'PR')", "17:SE x12.rule.r " },
	/* A number in a list is the text that it is: an implied point is none. */
	{ "", "TDS01 in ('200')", "" },
	{ "", "TDS01 not in ('200')", "17:SE x12.rule.r " },
	{ "", "TDS01 in ('2')", "17:SE x12.rule.r " },
	{ "", "BIG01 < BIG03", "" },
	{ "", "DTM02[DTM01=150] <= DTM02[DTM01=151]", "" },
	{ "", "DTM02[DTM01=151] < DTM02[DTM01=150]", "17:SE x12.rule.r " },
	{ "", "present(REF[REF01=OI])", "" },
	{ "", "absent(REF[REF01=OI])", "17:SE x12.rule.r " },
	{ "", "present(REF[REF01=ZZ])", "17:SE x12.rule.r " },
	{ "", "not present(REF[REF01=ZZ])", "" },
	{ "", "present(BIG04) or (present(BIG03) and 2 > 1)", "" },
	{ "", "N104[N101=SJ] = '456'", "" },
	{ "", "BIG04 = 'x'", "" }, /* not there: not judged */
	{ "IT1", "count(SAC) >= 1", "" },
	{ "IT1", "count(SAC) = 2", "16:TDS x12.rule.r " },
	{ "IT1", "sum(SAC02) = 0.5 or sum(SAC02) = 1.5", "" },
	{ "IT1/SAC", "SAC02 > 0", "14:IT1 x12.rule.r " },

	{ "", "", "x12.guide.key" },
	{ "", "1", "x12.rule.syntax" },
	{ "", "1 =", "x12.rule.syntax" },
	{ "", "1 = 1 1", "x12.rule.syntax" },
	{ "", "(1 = 1", "x12.rule.syntax" },
	{ "", "1 = 1)", "x12.rule.syntax" },
	{ "", "sum(SAC02 = 1", "x12.rule.syntax" },
	{ "", "'abc = 1", "x12.rule.syntax" },
	{ "", "1 == 1", "x12.rule.syntax" },
	{ "", "sum(XYZ01) = 1", "x12.rule.reference" },
	{ "", "TDS02 = 1", "x12.rule.reference" },
	{ "", "NTE01 = 1", "x12.rule.reference" },
	{ "XX", "1 = 1", "x12.rule.reference" },
	{ "", "count(IT1/SAC) = 3", "x12.rule.reference" }, /* it is in a loop in IT1 */
	{ "IT1", "BIG02 = 'a'", "x12.rule.reference" },
};

static void expressions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(4096);

		judge(&out, rows[i].scope, rows[i].expression);
		if (strcmp(buf_text(&out), rows[i].is) == 0)
			continue;
		print_error("%s: %s: \"%s\" instead of \"%s\"\n", rows[i].scope,
			rows[i].expression, buf_text(&out), rows[i].is);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* What is refused is said with file, line, rule, and what it asks for. */
static const struct {
	const char *scope, *expression, *says;
} refused[] = {
	{ "", "BIG99 = 3", "0.yaml:39: rule r: BIG99 has no place in the guide" },
	{ "", "count(IT1/SAC02-2[SAC01=CC|DD]) = 3",
		"rule r: IT1/SAC02-2[SAC01=CC|DD] has no place in the guide" },
	{ "IT1", "BIG02 = 'a'", "rule r: BIG02 has no place in a loop IT1, which it is about" },
	{ "XX", "1 = 1", "0.yaml:39: rule r: it is about the loop XX, which is not in the guide" },
	{ "", "BIG01 > 5", "rule r: BIG01 is a text, and 5 a number" },
	{ "", "'5' = sum(SAC02)", "rule r: '5' is a text, and sum(SAC02) a number" },
	{ "", "BIG02 + count(N1) = 1", "rule r: BIG02 is a text, and count(N1) a number" },
	{ "", "sum(BIG02) = 1", "and BIG02 is none" },
	{ "", "BIG02 = = 3", "0.yaml:39: rule r: a segment or element" },
};

static void what_is_refused_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(4096);

		judge_with(&out, refused[i].scope, refused[i].expression, true);
		if (strstr(buf_text(&out), refused[i].says))
			continue;
		print_error("%s: \"%s\" instead of \"%s\"\n", refused[i].expression,
			buf_text(&out), refused[i].says);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

/* A deep one is refused before it costs a stack. */
static void depth(void **state)
{
	AUTO_IN_PLACE(buf) deep = buf_init(4096), out = buf_init(4096);

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		buf_put_text(&deep, "(");
	judge(&out, "", buf_text(&deep));
	assert_string_equal(buf_text(&out), "x12.rule.size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions),
		cmocka_unit_test(what_is_refused_is_said),
		cmocka_unit_test(depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
