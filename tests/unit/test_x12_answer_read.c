/* SPDX-License-Identifier: Apache-2.0 */
/* What answers say, as their writers mean it, and where they contradict themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "x12_answers.h"
#include "x12_files.h"

#define ISA                                                                                  \
	"ISA*00*          *00*          *01*123456789      *14*987654321      *260102*0304*U*" \
	"00401*000000042*0*P*>~"
#define IEA "IEA*1*000000042~"
#define GS(id) "GS*" id "*123456789*987654321*20260102*0304*7*X*004010~"
#define ACK(body) ISA GS("FA") "ST*997*0001~" body "SE*9*0001~GE*1*7~" IEA
#define ACK999(body) ISA GS("FA") "ST*999*0001~" body "SE*9*0001~GE*1*7~" IEA
#define ADVICE(body) ISA GS("AG") "ST*824*0001~" body "SE*9*0001~GE*1*7~" IEA

static const struct {
	const char *name, *in, *facts;
} rows[] = {
	{ "accepted", ACK("AK1*IN*5~AK2*810*0001~AK5*A~AK9*A*1*1*1~"),
		"set 810 0001 of IN 5: A; group IN 5: A (1 1 1); " },
	{ "only the group", ACK("AK1*IN*5~AK9*A*3*3*3~"), "group IN 5: A (3 3 3); " },
	{ "rejected in part, and why",
		ACK("AK1*IN*5~AK2*810*0001~AK3*BIG*2**8~AK4*1*373*8*x~AK4*2*76*1~AK5*R*5*4~"
		    "AK2*810*0002~AK5*E*5~AK9*P*2*2*1~"),
		"set 810 0001 of IN 5: R 5 4 (1, 2); set 810 0002 of IN 5: E 5; "
		"group IN 5: P (2 2 1); " },
	{ "a 999", ACK999("AK1*IN*5*005010~AK2*810*0001*005010X1~IK3*BIG*2**8~CTX*BIG02>1~"
			  "IK4*1>1*373*8*x~IK5*R*I5~AK9*R*1*1*0*19~"),
		"set 810 0001 of IN 5: R I5 (1, 1); group IN 5: R 19 (1 1 0); " },
	{ "of a group, and of nothing in it", ACK("AK1*IN*5~AK9*R*3*2*0*5~"),
		"group IN 5: R 5 (3 2 0); " },
	{ "two of them in one set of segments", ISA GS("FA")
		"ST*997*0001~AK1*IN*5~AK9*A*1*1*1~SE*4*0001~ST*997*0002~AK1*PT*6~AK9*R*1*1*0~SE*4*0002~"
		"GE*2*7~" IEA,
		"group IN 5: A (1 1 1); group PT 6: R (1 1 0); " },
	{ "AK1 in a set that is no answer", ISA GS("IN") "ST*810*0001~AK1*IN*5~AK9*A*1*1*1~SE*4*0001~"
		"GE*1*7~" IEA, "" },
	/* TA1 */
	{ "of an interchange", ISA "TA1*000000005*260101*0203*A*000~IEA*0*000000042~",
		"interchange 000000005: A 000; " },
	{ "two, one in words nobody knows",
		ISA "TA1*000000005*260101*0203*R*021~TA1*6*260101*0203*OK~IEA*0*000000042~",
		"interchange 000000005: R 021; interchange 6: ?; doubt x12.answer.verdict; " },
	{ "a TA1 where none may be", ACK("TA1*000000005*260101*0203*A*000~"), "" },
	/* 824 */
	{ "a document", ADVICE("BGN*11*1*20260102~OTI*TR*TN*A1*******810~REF*7G*ABN*twice~"
			       "TED*848*twice~TED*024*too late~"),
		"document TR TN A1 of  810 : R [ABN twice] [024 too late]; " },
	{ "two documents", ADVICE("BGN*11*1*20260102~OTI*TA*TN*A1****~REF*PE*ABN*twice~"
				  "OTI*IR*IV*A2*****7*0001*810~REF*7G*A13~"),
		"document TA TN A1 of   : A; document IR IV A2 of 7 810 0001: R [A13 ]; " },
	{ "statuses", ADVICE("OTI*TP*TN*1~OTI*TE*TN*1~OTI*TC*TN*1~OTI*X*TN*1~OTI*~"),
		"document TP TN 1 of   : P; document TE TN 1 of   : E; "
		"document TC TN 1 of   : E; document X TN 1 of   : ?; document    of   : ?; " },
	/* doubts */
	{ "more are accepted than were received", ACK("AK1*IN*5~AK9*A*1*1*2~"),
		"group IN 5: A (1 1 2); doubt x12.answer.counts; " },
	{ "more are named than were received",
		ACK("AK1*IN*5~AK2*810*0001~AK5*A~AK2*810*0002~AK5*A~AK9*A*1*1*1~"),
		"set 810 0001 of IN 5: A; set 810 0002 of IN 5: A; group IN 5: A (1 1 1); "
		"doubt x12.answer.counts; " },
	{ "not all that were included were received", ACK("AK1*IN*5~AK9*A*3*2*2~"),
		"group IN 5: A (3 2 2); doubt x12.answer.counts; " },
	{ "not all that were included were received, and it says so",
		ACK("AK1*IN*5~AK2*1*1~AK5*R~AK9*P*3*2*1*5~"),
		"set 1 1 of IN 5: R; group IN 5: P 5 (3 2 1); " },
	{ "no numbers", ACK("AK1*IN*5~AK9*A*x*2~"),
		"group IN 5: A (0 2 0); doubt x12.answer.counts; " },
	{ "numbers beyond all", ACK("AK1*IN*5~AK9*A*99999999999999999999*1*1~"),
		"group IN 5: A (0 1 1); doubt x12.answer.counts; " },
	{ "accepted, and a set is not", ACK("AK1*IN*5~AK2*810*0001~AK5*R*5~AK9*A*2*2*1~"),
		"set 810 0001 of IN 5: R 5; group IN 5: A (2 2 1); "
		"doubt x12.answer.accepts-rejected; " },
	{ "in part, and all of it", ACK("AK1*IN*5~AK9*P*2*2*2~"),
		"group IN 5: P (2 2 2); doubt x12.answer.no-part; " },
	{ "in part, and nothing of it", ACK("AK1*IN*5~AK2*1*1~AK5*R~AK2*2*2~AK5*R~AK9*P*2*2*0~"),
		"set 1 1 of IN 5: R; set 2 2 of IN 5: R; group IN 5: P (2 2 0); "
		"doubt x12.answer.no-part; " },
	{ "in part, and no set is rejected", ACK("AK1*IN*5~AK2*810*0001~AK5*A~AK9*P*2*2*1~"),
		"set 810 0001 of IN 5: A; group IN 5: P (2 2 1); doubt x12.answer.unnamed; " },
	{ "rejected, and accepted", ACK("AK1*IN*5~AK9*R*2*2*1~"),
		"group IN 5: R (2 2 1); doubt x12.answer.rejects-accepted; " },
	{ "more are rejected than can be", ACK("AK1*IN*5~AK2*1*1~AK5*R~AK9*P*3*3*1~AK9*A*1*1*1~"),
		"set 1 1 of IN 5: R; group IN 5: P (3 3 1); doubt x12.answer.unnamed; "
		"doubt x12.answer.order; " },
	{ "accepted and rejected are more than all",
		ACK("AK1*IN*5~AK2*1*1~AK5*R~AK2*2*2~AK5*R~AK9*P*2*2*1~"),
		"set 1 1 of IN 5: R; set 2 2 of IN 5: R; group IN 5: P (2 2 1); "
		"doubt x12.answer.counts; " },
	{ "a verdict that is none", ACK("AK1*IN*5~AK2*810*0001~AK5*P~AK9*Z*1*1*1~"),
		"set 810 0001 of IN 5: P; doubt x12.answer.verdict; "
		"group IN 5: ? (1 1 1); doubt x12.answer.verdict; doubt x12.answer.counts; " },
	{ "no verdict on a set", ACK("AK1*IN*5~AK2*810*0001~AK2*810*0002~AK5*A~AK9*A*2*2*2~"),
		"doubt x12.answer.unfinished; set 810 0002 of IN 5: A; group IN 5: A (2 2 2); " },
	{ "no verdict on a group", ACK("AK1*IN*5~AK2*810*0001~"),
		"doubt x12.answer.unfinished; doubt x12.answer.unfinished; " },
	{ "a verdict on nothing", ACK("AK5*A~AK9*A*1*1*1~"),
		"doubt x12.answer.order; doubt x12.answer.order; " },
};

static struct buf facts_of(struct slice in)
{
	struct buf out = buf_init(1 << 24);
	AUTO(x12_answer_reader) reader = x12_answer_reader_new(fact_put, &out);
	struct x12_listener listener = x12_answer_reader_listener(reader);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &listener);

	x12_check_whole(check, in);
	return out;
}

static void test_what_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(buf) facts = facts_of(slice_str(rows[i].in));

		if (strcmp(buf_text(&facts), rows[i].facts) != 0)
			fail_msg("%s:\n%s, not\n%s", rows[i].name, buf_text(&facts), rows[i].facts);
	}
}

static void reasons_count(
	void *context, const struct x12_context *at, const struct x12_fact *fact)
{
	(void)at;
	if (fact->reason_count)
		*(size_t *)context = fact->reason_count;
}

static void test_more_reasons_than_are_kept(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(8192);
	size_t count = 0;
	AUTO(x12_answer_reader) reader = x12_answer_reader_new(reasons_count, &count);
	struct x12_listener listener = x12_answer_reader_listener(reader);
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &listener);
	(void)state;

	buf_put_text(&in, ISA GS("AG") "ST*824*0001~OTI*TR*TN*1~");
	for (int i = 0; i < 40; i++)
		buf_putf(&in, "REF*7G*%d*%d~", i, i);
	buf_put_text(&in, "SE*43*0001~GE*1*7~" IEA);
	x12_check_whole(check, buf_slice(&in));
	assert_int_equal(count, 40);
}

static void file_try(void *context, const char *path, struct slice bytes)
{
	AUTO_IN_PLACE(buf) facts = facts_of(bytes);
	unsigned *told = context;
	(void)path;

	*told += facts.n > 0;
}

static void test_foreign_answers_are_read(void **state)
{
	unsigned told = 0;
	(void)state;

	if (x12_files_each(file_try, &told) == 0)
		skip();
	assert_true(told > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_told),
		cmocka_unit_test(test_more_reasons_than_are_kept),
		cmocka_unit_test(test_foreign_answers_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
