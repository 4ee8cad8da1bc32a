/* SPDX-License-Identifier: Apache-2.0 */
/* The expressions of rules: what they say of a set, and what is no expression. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "documents/x12/numbers.h"
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
	{ "", "count(IT1/SAC/SAC) = 3 and sum(IT1/SAC/SAC02) = 2", "" },
	{ "", "count(IT1/SAC) = 3", "x12.rule.reference" }, /* in no loop IT1 itself */
	{ "", "count(SAC/IT1/SAC) = 3", "x12.rule.reference" },
	{ "", "count(N1/SAC/SAC) = 3", "x12.rule.reference" },
	{ "", "count(IT1/SAC/) = 3", "x12.rule.syntax" },
	{ "", "count(/SAC) = 3", "x12.rule.syntax" },
	{ "", "IT102 = 5.5", "" },
	{ "", "sum(IT102) - 0.5 = 12", "" },
	{ "", "1 - 2 - 3 = -4", "" },
	{ "", "BIG02 = 'INV1'", "" },
	{ "", "BIG02 != 'INV1'", "4:BIG02 x12.rule.r " },
	{ "", "BIG07 in ('DR', 'PR')", "" },
	{ "", "BIG07 not in ('DR', 'PR')", "4:BIG07 x12.rule.r " },
	/* A number in a list is the text that it is: an implied point is none. */
	{ "", "TDS01 in ('200')", "" },
	{ "", "TDS01 not in ('200')", "16:TDS01 x12.rule.r " },
	{ "", "TDS01 in ('2')", "16:TDS01 x12.rule.r " },
	{ "", "200 in ('200')", "x12.rule.syntax" },
	{ "", "'DR' in ('DR')", "x12.rule.syntax" },
	{ "", "count(SAC) in (3)", "x12.rule.syntax" },
	{ "", "sum(SAC02) not in (1)", "x12.rule.syntax" },
	{ "", "TDS01 + 1 in (3)", "x12.rule.syntax" },
	{ "", "BIG01 < BIG03", "" },
	{ "", "DTM02[DTM01=150] <= DTM02[DTM01=151]", "" },
	{ "", "DTM02[DTM01=151] < DTM02[DTM01=150]", "10:DTM02 x12.rule.r " },
	{ "", "present(REF[REF01=OI])", "" },
	{ "", "absent(REF[REF01=OI])", "5:REF x12.rule.r " },
	{ "", "present(REF[REF01=ZZ])", "17:SE x12.rule.r " },
	{ "", "not present(REF[REF01=ZZ])", "" },
	{ "", "present(BIG04) or (present(BIG03) and 2 > 1)", "" },
	{ "", "N104[N101=SJ] = '456'", "" },
	{ "", "BIG04 = 'x'", "" }, /* not there: not judged */
	/* What cannot be computed is told, unless the rest decides without it. */
	{ "", "9999999999999999999999999 = 1", "x12.rule.syntax" },
	{ "", "999999999999999999999999 + 999999999999999999999999 = TDS01", "16:TDS01 x12.rule.r " },
	{ "", "999999999999999999999999 + 999999999999999999999999 = TDS01 or 1 = 1", "" },
	{ "", "999999999999999999999999 + 999999999999999999999999 = TDS01 and 1 = 2",
		"16:TDS01 x12.rule.r " },
	{ "IT1", "count(SAC) >= 1", "" },
	{ "IT1", "count(SAC) = 2", "15:SAC x12.rule.r " },
	{ "IT1", "sum(SAC02) = 0.5 or sum(SAC02) = 1.5", "" },
	{ "IT1/SAC", "SAC02 > 0", "13:SAC02 x12.rule.r " },
	{ "IT1", "unique(IT101)", "" },
	{ "IT1", "unique(SAC01)", "15:SAC01 x12.rule.r " },
	{ "IT1", "not unique(SAC01)", "12:SAC01 x12.rule.r " },
	{ "IT1", "unique(IT101) and unique(SAC01)", "14:IT101 x12.rule.r " },
	{ "IT1", "unique(SAC03)", "" }, /* it is nowhere */
	{ "IT1/SAC", "unique(SAC01)", "15:SAC01 x12.rule.r " },
	{ "", "unique(BIG02) and unique(TDS01) and unique(N101)", "" },
	{ "IT1", "earlier(IT101, IT101)", "11:IT101 x12.rule.r 14:IT101 x12.rule.r " },
	{ "IT1", "not earlier(SAC01, SAC01)", "15:SAC01 x12.rule.r " },
	{ "IT1", "earlier(SAC03, IT101)", "" }, /* not there: not judged, as in comparisons */
	{ "IT1", "unique(IT101) and not earlier(IT101, IT101)", "" }, /* each knows its own */
	{ "", "earlier(BIG02, TDS01)", "4:BIG02 x12.rule.r " },
	{ "", "earlier(BIG02)", "x12.rule.syntax" },
	{ "", "earlier(BIG02, 'X')", "x12.rule.syntax" },
	{ "", "earlier(BIG02, BIG99)", "x12.rule.reference" },

	{ "", "", "x12.guide.key" },
	{ "", "1", "x12.rule.syntax" },
	{ "", "1 =", "x12.rule.syntax" },
	{ "", "1 = 1 1", "x12.rule.syntax" },
	{ "", "(1 = 1", "x12.rule.syntax" },
	{ "", "1 = 1)", "x12.rule.syntax" },
	{ "", "sum(SAC02 = 1", "x12.rule.syntax" },
	{ "", "'abc = 1", "x12.rule.syntax" },
	{ "", "1 == 1", "x12.rule.syntax" },
	{ "", "unique(BIG)", "x12.rule.syntax" },
	{ "", "unique(sum(SAC02))", "x12.rule.syntax" },
	{ "", "unique(BIG99)", "x12.rule.reference" },
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
	{ "", "BIG02 = INV1x", "or a text, as 'INV1', is expected before \"INV1x\"" },
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

/* --- unique: beyond one set ------------------------------------------------------ */

#define UNIQUE_RULES \
	"rules:\n" \
	"- { rule: once, says: s, expect: unique(BIG02) }\n" \
	"- { rule: lines, says: s, in: IT1, expect: unique(IT101), severity: warning }\n"

static void envelope_put(struct buf *out, unsigned number)
{
	buf_putf(out, "ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*U*00401*%09u*0*P*>~", number);
}

/* Sets of bills with these numbers, a group for every two of them. */
static void bills_put(struct buf *out, unsigned number, const char *const *bills)
{
	unsigned sets = 0, groups = 0;

	envelope_put(out, number);
	for (size_t i = 0; bills[i]; i++, sets++) {
		if (i % 2 == 0)
			buf_putf(out, "GS*IN*123456789*987654321*20240102*0304*%u*X*004010~",
				++groups);
		buf_putf(out, "ST*810*%04u~BIG*20240102*%s~REF*11*A~N1*8S*Us~IT1*1~IT1*2~TDS*0~"
			"SE*8*%04u~", sets + 1, bills[i], sets + 1);
		if (i % 2 == 1 || !bills[i + 1])
			buf_putf(out, "GE*%zu*%u~", i % 2 + 1, groups);
	}
	buf_putf(out, "IEA*%u*%09u~", groups, number);
}

static void unique_check(struct buf *out, struct slice in, size_t chunk)
{
	const char *const texts[] = { X12_HOUSE_GUIDE UNIQUE_RULES, NULL };
	AUTO(x12_guide) guide = NULL;
	AUTO(x12_rules) rules = NULL;
	struct fault f = { .text = "" };

	if (x12_house_load(&guide, "bill", texts, &f) != ST_OK ||
		x12_rules_compile(&rules, guide, &f) != ST_OK)
		fail_msg("%s", f.text);
	x12_house_check(out, guide, rules, in, chunk);
}

/* In another group of the interchange too; in another interchange it is another matter. */
static void what_is_unique_is_so_in_its_interchange(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(1 << 16);
	(void)state;

	bills_put(&in, 1, (const char *const[]){ "A", "B", "A", "A0", "a", "B", NULL });
	bills_put(&in, 2, (const char *const[]){ "A", "A", NULL });
	for (size_t chunk = 0; chunk < 300; chunk += 97) {
		AUTO_IN_PLACE(buf) out = buf_init(1 << 12);

		unique_check(&out, buf_slice(&in), chunk);
		assert_string_equal(buf_text(&out),
			"22:BIG02 x12.rule.once 48:BIG02 x12.rule.once 68:BIG02 x12.rule.once ");
	}
}

/* Behind as many as are kept that is said once, and nothing grows. */
static void what_is_not_kept_is_unique(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(8 << 20), out = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) names = buf_init(1 << 20);
	const unsigned count = X12_RANGES_MAX + 100;
	const char **bills = alloc_zeroed(count + 3, sizeof(*bills));
	size_t at = 0;
	(void)state;

	for (unsigned i = 0; i < count; i++)
		buf_putf(&names, "INV-%06u%c", i, 0);
	for (unsigned i = 0; i < count; i++, at += sizeof("INV-000000"))
		bills[i] = buf_text(&names) + at;
	bills[count] = bills[0];
	bills[count + 1] = bills[count - 1];
	bills_put(&in, 1, bills);
	unique_check(&out, buf_slice(&in), 0);
	free(bills);
	assert_non_null(strstr(buf_text(&out), "x12.rule.once "));
	assert_non_null(strstr(buf_text(&out), ":SE x12.numbers.many "));
	assert_null(strstr(strstr(buf_text(&out), "x12.rule.once ") + 1, "x12.rule.once "));
}

/* --- values as they come --------------------------------------------------------- */

#define NOTES_GUIDE \
	"guide: notes\ntitle: Notes\nset: \"810\"\ngroup: IN\nversion: \"004010\"\nbody:\n" \
	"- { segment: BIG }\n" \
	"- { loop: MSG, max: any, body: [ { segment: MSG } ] }\n" \
	"- { segment: IT1, max: any }\n" \
	"- segment: REF\n  max: any\n  variants:\n" \
	"  - { name: Original, when: { REF01: OI } }\n" \
	"  - { name: Account, when: { REF01: [ \"11\", \"12\" ] } }\n" \
	"rules:\n"
#define NOTE \
	"12345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
#define LONG_NUMBER "1234567890123456789012345"

static const struct {
	const char *what, *rule, *segments, *says;
} values[] = {
	{ "texts that are the same in their first 80 bytes",
		"{ rule: once, says: s, in: MSG, expect: unique(MSG01) }",
		"MSG*" NOTE "A~MSG*" NOTE "B~MSG*" NOTE "A~", "6:MSG01 x12.rule.once s: " NOTE "A again" },
	{ "each repetition of a sum",
		"{ rule: sum, says: s, expect: sum(IT102) = 10 }",
		"IT1*1*5~IT1*2*2^1^2~", "" },
	{ "a repetition that is too much",
		"{ rule: sum, says: s, expect: sum(IT102) = 10 }",
		"IT1*1*5~IT1*2*2^1^2.5~", "4:IT102 x12.rule.sum s: 10.5 against 10.0" },
	{ "a number that cannot be computed, which is an error",
		"{ rule: sum, says: s, expect: sum(IT102) = 10, severity: warning }",
		"IT1*1*5~IT1*2*" LONG_NUMBER "~",
		"5:IT102 x12.rule.sum error s: it cannot be judged by \"" LONG_NUMBER "\"" },
	{ "a code that several variants have, and none has: filters ask what is there",
		"{ rule: r, says: s, expect: \"count(REF[REF01=12|ZZ|OI]) = 9\" }",
		"REF*OI*A~REF*11*B~REF*12*C~REF*ZZ*D~REF*Q5*E~", "4:REF x12.rule.r s: 3 against 9" },
	{ "a code that no variant has, alone",
		"{ rule: r, says: s, expect: \"REF02[REF01=ZZ] = 'X'\" }",
		"REF*OI*A~REF*11*B~REF*ZZ*D~", "6:REF02 x12.rule.r s: D against X" },
};

static void rule_finding(void *context, const struct x12_finding *finding)
{
	char spot[X12_SPOT_TEXT_MAX];

	if (finding->rule)
		buf_putf(context, "%llu:%s %s %s%s", (unsigned long long)finding->place.segment,
			x12_spot_text(spot, &finding->place), finding->code,
			finding->rule->severity == finding->severity ? "" : "error ", finding->text);
}

static void values_as_they_come(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(8192), in = buf_init(4096), out = buf_init(4096);
		const char *texts[] = { NULL, NULL };
		AUTO(x12_guide) guide = NULL;
		AUTO(x12_rules) rules = NULL;
		struct fault f = { .text = "" };
		struct x12_listener listener = { .context = &out, .finding = rule_finding };
		struct x12_checked_guide checked;
		AUTO(x12_check) check = NULL;

		buf_putf(&yaml, NOTES_GUIDE "- %s\n", values[i].rule);
		texts[0] = buf_text(&yaml);
		if (x12_house_load(&guide, "notes", texts, &f) != ST_OK ||
			x12_rules_compile(&rules, guide, &f) != ST_OK)
			fail_msg("%s", f.text);
		buf_putf(&in, "ISA*00*          *00*          *01*123456789      *01*987654321      "
			"*240102*0304*^*00501*000000001*0*P*>~GS*IN*1*2*20240102*0304*1*X*004010~"
			"ST*810*0001~%sSE*0*0001~GE*1*1~IEA*1*000000001~", values[i].segments);
		checked = (struct x12_checked_guide){ guide, rules };
		check = x12_check_new(&checked, 1, false, &listener);
		x12_check_whole(check, buf_slice(&in));
		if (strncmp(buf_text(&out), values[i].says, strlen(values[i].says)) == 0 &&
			(*values[i].says || out.n == 0))
			continue;
		print_error("%s: \"%s\" instead of \"%s\"\n", values[i].what, buf_text(&out),
			values[i].says);
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
		cmocka_unit_test(what_is_unique_is_so_in_its_interchange),
		cmocka_unit_test(what_is_not_kept_is_unique),
		cmocka_unit_test(values_as_they_come),
		cmocka_unit_test(depth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
