/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets that break rules have an 824 that names them; what a 997 rejects has none, nor has what
 * answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x12_answers.h"

#define ISA                                                                                  \
	"ISA*00*          *00*          *01*123456789T     *14*987654321      *260102*0304*U*" \
	"00401*000000042*0*P*>~"
#define GS(id) "GS*" id "*1234567891500*987654321*20260102*0304*7*X*004010~"
#define END(sets) "GE*" sets "*7~IEA*1*000000042~"
#define SET(number, body, count) "ST*810*" number "~" body "SE*" count "*" number "~"

#define BACK                                                                                 \
	"ISA*00*          *00*          *14*987654321      *01*123456789T     *261123*1805*U*" \
	"00401*000000002*0*P*>~GS*AG*987654321*1234567891500*20261123*1805*2*X*004010~"
#define BGN(number) "BGN*11*000000002" number "*20261123*1805~"
#define OTI(status, reference, set) \
	"OTI*" status "*TN*" reference "*1234567891500*987654321***7*" set "*810*004010~"
#define BACK_END(sets) "GE*" sets "*2~IEA*1*000000002~"

#define SUM "the total is not the sum of the lines"
#define PARTY "no more than 1000 are delivered at once, whoever it is for, nor ever were"

static const struct row {
	const char *name, *in, *out, *facts;
	struct x12_advice_options options;
} rows[] = {
	{ "nothing is wrong", ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*500~", "5") END("1"),
		"", "", { 0 } },
	{ "a warning", ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*500~TDS*50000~", "5") END("1"),
		"", "", { 0 } },
	{ "a rule with a reason",
		ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*501~", "5") END("1"),
		BACK "ST*824*0001~" BGN("000001") OTI("TR", "A1", "0001") "REF*7G*SUM*" SUM
		"~TED*848*" SUM "*TDS*4*1~SE*6*0001~" BACK_END("1"),
		"document TR TN A1 of 7 810 0001: R [SUM " SUM "]; ", { 0 } },
	{ "a rule without, broken twice, its text too long for TED",
		ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*1001~IT1*2*1002~TDS*200300~", "6")
		END("1"),
		BACK "ST*824*0001~" BGN("000001") OTI("TR", "A1", "0001") "REF*7G*A13*" PARTY
		"~TED*848*no more than 1000 are delivered at once, whoever it is for,*IT1*3*2~"
		"SE*6*0001~" BACK_END("1"),
		"document TR TN A1 of 7 810 0001: R [A13 " PARTY "]; ", { 0 } },
	{ "two rules, two sets",
		ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*500~", "5")
		SET("0002", "BIG*20260102*A2~IT1*1*5~TDS*501~", "5")
		SET("0003", "BIG*20260102*A3~IT1*1*2000~TDS*501~", "5") END("3"),
		BACK "ST*824*0001~" BGN("000001") OTI("TR", "A2", "0002") "REF*7G*SUM*" SUM
		"~TED*848*" SUM "*TDS*4*1~SE*6*0001~"
		"ST*824*0002~" BGN("000002") OTI("TR", "A3", "0003") "REF*7G*A13*" PARTY
		"~REF*7G*SUM*" SUM
		"~TED*848*no more than 1000 are delivered at once, whoever it is for,*IT1*3*2~"
		"TED*848*" SUM "*TDS*4*1~SE*8*0002~" BACK_END("2"),
		"document TR TN A2 of 7 810 0002: R [SUM " SUM "]; "
		"document TR TN A3 of 7 810 0003: R [A13 " PARTY "] [SUM " SUM "]; ", { 0 } },
	{ "accepted ones, too",
		ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*500~", "5") END("1"),
		BACK "ST*824*0001~" BGN("000001") OTI("TA", "A1", "0001") "SE*4*0001~" BACK_END("1"),
		"document TA TN A1 of 7 810 0001: A; ", { .accepted = true } },
	{ "no guide, no reference", ISA GS("IN") "ST*867*0001~SE*2*0001~" END("1"),
		BACK "ST*824*0001~" BGN("000001")
		"OTI*TA*TN*0001*1234567891500*987654321***7*0001*867*004010~SE*4*0001~" BACK_END("1"),
		"document TA TN 0001 of 7 867 0001: A; ", { .accepted = true } },
	/* what is rejected already */
	{ "the set", ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*501~", "4") END("1"), "", "",
		{ .accepted = true } },
	{ "the group", ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*501~", "5") END("2"), "", "",
		{ .accepted = true } },
	{ "the interchange",
		ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*501~", "5")
		"GE*1*7~IEA*2*000000042~", "", "", { .accepted = true } },
	{ "but not a set accepted with errors",
		ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*501*2~", "5") END("1"),
		BACK "ST*824*0001~" BGN("000001") OTI("TR", "A1", "0001") "REF*7G*SUM*" SUM
		"~TED*848*" SUM "*TDS*4*1~SE*6*0001~" BACK_END("1"),
		"document TR TN A1 of 7 810 0001: R [SUM " SUM "]; ", { .accept_errors = true } },
	/* what answers */
	{ "an acknowledgment", ISA GS("FA") "ST*997*0001~SE*2*0001~" END("1"), "", "",
		{ .accepted = true } },
	{ "an advice", ISA GS("AG") "ST*824*0001~SE*2*0001~" END("1"), "", "", { .accepted = true } },
};

/* The acknowledgment has numbers 1, the advice 2, or 1 where there is no acknowledgment. */
static void row_try(const struct row *row)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);

	a.advice = row->options;
	assert_true(answers_make(&a, slice_str(row->in)));
	if (strcmp(buf_text(&a.advices), row->out) != 0)
		fail_msg("%s:\n%s, not\n%s", row->name, buf_text(&a.advices), row->out);
	answers_read(&facts, buf_slice(&a.advices));
	if (a.advices.n > 0 && strcmp(buf_text(&facts), row->facts) != 0)
		fail_msg("%s:\n%s, not\n%s", row->name, buf_text(&facts), row->facts);
}

static void test_each_broken_rule_is_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_try(&rows[i]);
}

static void test_rules_do_not_reject_in_a_997(void **state)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	(void)state;

	assert_true(answers_make(&a,
		S(ISA GS("IN") SET("0001", "BIG*20260102*A1~IT1*1*5~TDS*501~", "5") END("1"))));
	assert_non_null(strstr(buf_text(&a.acknowledgments), "AK5*A~AK9*A*1*1*1~"));
	assert_int_equal(a.totals.errors, 1);
}

/* Cut at the end of a word; one long word where it may be, and no character of it is halved. */
static const struct {
	const char *says, *ref, *ted;
} cuts[] = {
	{ "short", "short", "short" },
	{ "exactly sixty characters are these, if one counts them right",
		"exactly sixty characters are these, if one counts them right",
		"exactly sixty characters are these, if one counts them right" },
	{ "a word ends at sixty characters if one counts them right now and not before",
		"a word ends at sixty characters if one counts them right now and not before",
		"a word ends at sixty characters if one counts them right now" },
	{ "a sentence that is far longer than the eighty characters that this element may have",
		"a sentence that is far longer than the eighty characters that this element may",
		"a sentence that is far longer than the eighty characters" },
	{ "x\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	  "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
	  "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244",
		"x\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
		"\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
		"\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
		"\303\244\303\244\303\244",
		"x\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
		"\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
		"\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244" },
};

static void said_keep(void *context, const struct x12_interchange *received, struct slice bytes)
{
	(void)received;
	buf_put(context, bytes);
}

static void test_sentences_are_cut_between_words(void **state)
{
	const struct x12_interchange i = { .delimiters = { '*', '>', 0, '~' }, .number = "000000042" };
	const struct x12_group g = { .id = "IN", .sender = "12", .receiver = "34", .number = "7",
		.version = "004010" };
	const struct x12_set s = { .id = "810", .number = "0001" };
	const struct x12_context at = { .interchange = &i, .group = &g, .set = &s };
	const struct x12_advice_options options = { 0 };
	(void)state;

	for (size_t row = 0; row < sizeof(cuts) / sizeof(cuts[0]); row++) {
		struct x12_stamp stamp = { ANSWER_TIME, 1, 1 };
		AUTO_IN_PLACE(buf) out = buf_init(1 << 20);
		AUTO_IN_PLACE(buf) ref = buf_init(256), ted = buf_init(256);
		AUTO(x12_advice) advice = x12_advice_new(&options, &stamp, said_keep, &out);
		struct x12_listener l = x12_advice_listener(advice);
		const struct x12_rule_text rule = { .name = "r", .says = cuts[row].says };
		const struct x12_finding finding = { .problem = X12_RULE, .code = "x12.rule.r",
			.severity = X12_ERROR, .rule = &rule, .place = { .id = S("SE") } };

		l.interchange_began(l.context, &at);
		l.group_began(l.context, &at);
		l.set_began(l.context, &at);
		l.finding(l.context, &finding);
		l.set_ended(l.context, &at);
		l.group_ended(l.context, &at);
		l.interchange_ended(l.context, &at);
		buf_putf(&ref, "REF*7G*A13*%s~", cuts[row].ref);
		buf_putf(&ted, "TED*848*%s*SE*0~", cuts[row].ted);
		if (!strstr(buf_text(&out), buf_text(&ref)) ||
			!strstr(buf_text(&out), buf_text(&ted)))
			fail_msg("%s, %s: %s", buf_text(&ref), buf_text(&ted), buf_text(&out));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_broken_rule_is_a_reason),
		cmocka_unit_test(test_sentences_are_cut_between_words),
		cmocka_unit_test(test_rules_do_not_reject_in_a_997),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
