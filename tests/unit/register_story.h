/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stories of what documents add up to: each step is judged beside what the steps before it said,
 * and then said itself.  With the beginnings of documents that most stories have.
 */
#ifndef TIELINE_TESTS_REGISTER_STORY_H
#define TIELINE_TESTS_REGISTER_STORY_H

#include "ledger/ledger_internal.h"
#include "register_facts.h"
#include "safeguards/digest.h"

static inline struct ledger *ledger_new(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

enum { JUDGED, SAID, VOIDED, REOPENED };
struct step {
	const char *name;
	char way;    /* '<' from the partner, '>' to it */
	int day;     /* now */
	int days_before; /* that it may have come at the earliest, as far as clocks are wrong */
	const char *facts;
	const char *code; /* of the verdict; NULL: nothing speaks against it */
	const char *says; /* in its text, if it matters */
	int then;    /* SAID: it is said, as message of the step's place in the story, from 1 */
	uint64_t row; /* VOIDED: which message */
	const char *partner; /* NULL: "acme" */
	uint64_t findings;   /* 0: not looked at */
};

static inline struct register_question question_of(const struct step *s, const struct buf *facts)
{
	return (struct register_question){
		.direction = s->way == '<' ? MESSAGE_IN : MESSAGE_OUT,
		.partner = slice_str(s->partner ? s->partner : "acme"),
		.facts = buf_slice(facts),
		.now_ns = s->day * DAY_NS,
		.came_ns = s->days_before ? (s->day - s->days_before) * DAY_NS : 0,
		.review_days = 60,
	};
}

static inline void count_finding(void *context, const struct fault *f)
{
	(void)f;
	++*(uint64_t *)context;
}

static inline void step_judge(
	const struct step *s, struct ledger *l, const struct register_question *q)
{
	struct register_verdict verdict = { 0 };
	uint64_t told = 0;
	struct fault f = { 0 };

	expect_fault(s->name, register_judge(&verdict, l, q, count_finding, &told, &f), &f, ST_OK,
		NULL);
	expect_fault(s->name, verdict.fault.code[0] ? ST_AUTH : ST_OK, &verdict.fault,
		s->code ? ST_AUTH : ST_OK, s->code);
	if (s->code)
		expect_says(s->name, &verdict.fault, s->says);
	if (told != verdict.findings || (s->code != NULL) != (told > 0))
		fail_msg("%s: %u findings, %u told", s->name, (unsigned)verdict.findings,
			(unsigned)told);
	if (s->findings && verdict.findings != s->findings)
		fail_msg("%s: %u findings, want %u", s->name, (unsigned)verdict.findings,
			(unsigned)s->findings);
}

static inline void step_say(const struct step *s, struct ledger *l, uint64_t row,
	const struct register_question *q)
{
	struct fault f = { 0 };

	expect_fault(s->name, ledger_begin(l, &f), &f, ST_OK, NULL);
	if (s->then == VOIDED)
		expect_fault(s->name, register_void(l, s->row, &f), &f, ST_OK, NULL);
	else
		expect_fault(s->name, register_apply(l, row, q, &f), &f, ST_OK, NULL);
	expect_fault(s->name, ledger_commit(l, &f), &f, ST_OK, NULL);
}

static inline struct ledger *step_go(const struct step *s, struct ledger *l, uint64_t row)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);

	if (s->then == REOPENED) {
		ledger_close(l);
		return ledger_new();
	}
	facts_write(&facts, s->facts ? s->facts : "");
	struct register_question q = question_of(s, &facts);
	if (s->then != VOIDED)
		step_judge(s, l, &q);
	if (s->then != JUDGED)
		step_say(s, l, row, &q);
	return l;
}

static inline void story_tell(const struct step *steps, size_t count)
{
	struct ledger *l = ledger_new();

	for (size_t i = 0; i < count; i++)
		l = step_go(&steps[i], l, i + 1);
	ledger_close(l);
}

#define A "sender_role=aggregator "
#define U "sender_role=utility "
#define REG "document=#1 type=aggregation_registration " A
#define CHANGE "document=#1 type=composition_change " A
#define DECISION "document=#1 type=registration_decision " U
#define AVAIL "document=#1 type=availability " A
#define CAN "export_kw=*900 import_kw=*500 up_kw=*1000 down_kw=*800 "
#define TWO                                                                                  \
	"r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 r1.export_kw=*10 r1.import_kw=*5 "     \
	"r2.resource=R-2 r2.premise=P-2 r2.feeder=F-2 r2.export_kw=*900 r2.consent_until=@50 "
#define CREATE(id) REG "id=" id " action=create aggregation=A-1 from=@10 inject_kvar=*90 absorb_kvar=*90 " CAN TWO
#define ACCEPT(id, of, rev) \
	DECISION "id=" id " registration=" of " aggregation=A-1 action=accepted basis=#" rev " "

#define SERVICE "aggregation=A-1 "
#define REQUEST "document=#1 type=service_request " U
#define OFFER "document=#1 type=service_offer " A SERVICE
#define AWARD "document=#1 type=service_award " U SERVICE
#define DISPATCH "document=#1 type=service_dispatch " U SERVICE
#define RESPONSE "document=#1 type=dispatch_response " A
#define ANSWER "document=#1 type=business_response "
#define PERFORMANCE "document=#1 type=service_performance " A SERVICE
#define INVOICE "document=#1 type=invoice " A
#define REMITTANCE "document=#1 type=remittance " U

#define AWARDED                                                             \
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), \
		.then = SAID },                                              \
	{ .name = "decided", .way = '>', .day = 2,                           \
		.facts = ACCEPT("d1", "r1", "1"), .then = SAID },            \
	{ .name = "requested", .way = '>', .day = 11,                        \
		.facts = REQUESTED "id=q1", .then = SAID },                  \
	{ .name = "offered", .way = '<', .day = 12,                          \
		.facts = OFFERED "id=o1", .then = SAID },                    \
	{ .name = "awarded", .way = '>', .day = 13,                          \
		.facts = GIVEN "id=w1 offer=o1 ceiling=*100", .then = SAID }
#define REQUESTED "document=#1 type=service_request " U
#define OFFERED "document=#1 type=service_offer " A "request=q1 aggregation=A-1 "
#define GIVEN "document=#1 type=service_award " U "aggregation=A-1 action=awarded "
#define BILL "document=#1 type=invoice " A
#define PAY "document=#1 type=remittance " U
#define KWH(n, q, p) n ".kind=energy " n ".measure=kWh " n ".quantity=" q " " n ".price=" p " "
#define AT(i, day, kw) i ".start=" day " " i ".seconds=#900 " i ".quantity_kw=" kw " "
#define QUARTER(n, at) n ".start=" at " " n ".seconds=#900 "
#define CALL "document=#1 type=service_dispatch " U "aggregation=A-1 "
#define DAY(n) "i1.start=@" n " i1.seconds=#86400 "
#define ANSWERED(id, of) "document=#1 type=service_offer " A "aggregation=A-1 id=" id " request=" of " "

#define IN_A_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

#endif
