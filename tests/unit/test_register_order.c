/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers, disputes and reviews have an order and an end: stories as those of test_register.c of
 * what is refused because it comes after what undoes it, or too late.
 */
#include "register_story.h"

#define CALL_OF(id, sequence) \
	DISPATCH "id=" id " award=w1 action=start sequence=" sequence " i1.start=@15 i1.seconds=#900 i1.quantity_kw=*40"
#define RESPONDS(id, of, sequence, status) \
	RESPONSE "id=" id " dispatch=" of " sequence=" sequence " action=" status
#define REJECTS(who, id, of) ANSWER who "id=" id " subject=" of " action=rejected "
#define ACCEPTS(who, id, of) ANSWER who "id=" id " subject=" of " action=accepted "
#define MEASURED(id) \
	PERFORMANCE "id=" id " award=w1 energy_kwh=*10 r1.dispatch=x1 i1.start=@15 i1.seconds=#900 i1.quantity_kw=*40"
#define BILLED(id, number)                                                                  \
	BILL "id=" id " invoice=" number " kind=original currency=USD amount=*20 performance=p1 " \
	     "l1.award=w1 l1.amount=*20 " KWH("l1", "*10", "*2")

/* --- an award ----------------------------------------------------------------------------- */

/* Accepted by silence; each step builds on it, and the rejection of each is tried beside it. */
static const struct step delivering[] = {
	AWARDED,
	{ .name = "the offer that is awarded is rejected", .way = '>', .day = 13, .facts = REJECTS(U, "b1", "o1"),
		.code = "registry.order", .findings = 1,
		.says = "service_offer o1 is not rejected any more: service_award w1 (awarded) builds on it" },
	{ .name = "the request it answers, by who offers", .way = '<', .day = 13, .facts = REJECTS(A, "b1", "q1"),
		.code = "registry.order", .says = "service_offer o1 builds on it", .findings = 1 },
	{ .name = "before anything is done the award may be", .way = '<', .day = 13, .facts = REJECTS(A, "b1", "w1") },
	{ .name = "called for", .way = '>', .day = 14, .facts = CALL_OF("x1", "#1"), .then = SAID },
	{ .name = "which its rejection crosses", .way = '<', .day = 14, .facts = REJECTS(A, "b1", "w1") },
	{ .name = "the call came", .way = '<', .day = 14, .facts = RESPONDS("y1", "x1", "#1", "received"), .then = SAID },
	{ .name = "that is no delivery", .way = '<', .day = 14, .facts = REJECTS(A, "b1", "w1") },
	{ .name = "nor is who declines it", .way = '<', .day = 14, .facts = RESPONDS("y2", "x1", "#2", "rejected_parameter"), .then = SAID },
	{ .name = "so it may be rejected", .way = '<', .day = 14, .facts = REJECTS(A, "b1", "w1") },
	{ .name = "called for again", .way = '>', .day = 14, .facts = CALL_OF("x2", "#2"), .then = SAID },
	{ .name = "started", .way = '<', .day = 15, .facts = RESPONDS("y3", "x2", "#1", "started"), .then = SAID },
	{ .name = "what is being delivered is not rejected", .way = '<', .day = 15, .facts = REJECTS(A, "b1", "w1"),
		.code = "registry.order", .findings = 1,
		.says = "service_award w1 is not rejected any more: dispatch_response y3 (started) builds on it" },
	{ .name = "nor is the call", .way = '<', .day = 15, .facts = REJECTS(A, "b1", "x2"),
		.code = "registry.order", .says = "dispatch_response y3 (started)", .findings = 1 },
	{ .name = "the first may be", .way = '<', .day = 15, .facts = REJECTS(A, "b1", "x1") },
	{ .name = "it is accepted all the same", .way = '<', .day = 15, .facts = ACCEPTS(A, "b1", "w1") },
	{ .name = "held, which moves nothing", .way = '<', .day = 15, .facts = ANSWER A "id=b1 subject=w1 action=held" },
	{ .name = "that response is taken back", .then = VOIDED, .row = 16 },
	{ .name = "then it may be rejected", .way = '<', .day = 15, .facts = REJECTS(A, "b1", "w1") },
	{ .name = "measured", .way = '<', .day = 16, .facts = MEASURED("p1"), .then = SAID },
	{ .name = "and not rejected", .way = '<', .day = 16, .facts = REJECTS(A, "b1", "w1"),
		.code = "registry.order", .says = "service_performance p1 builds on it", .findings = 1 },
	{ .name = "what is measured is rejected", .way = '>', .day = 16, .facts = REJECTS(U, "b2", "p1"), .then = SAID },
	{ .name = "and holds nothing", .way = '<', .day = 16, .facts = REJECTS(A, "b1", "w1") },
	{ .name = "accepted after all", .way = '>', .day = 16, .facts = ACCEPTS(U, "b3", "p1") "supersedes=b2 revision=#2", .then = SAID },
	{ .name = "again", .way = '>', .day = 16, .facts = ACCEPTS(U, "b4", "p1"), .then = SAID },
	{ .name = "what is accepted is not rejected by another answer", .way = '>', .day = 16, .facts = REJECTS(U, "b5", "p1"),
		.code = "registry.order", .findings = 1,
		.says = "service_performance p1 is agreed, and not rejected any more: a revision of that answer rejects it, or it is disputed" },
	{ .name = "but by a revision of that", .way = '>', .day = 16, .facts = REJECTS(U, "b5", "p1") "supersedes=b4 revision=#2" },
	{ .name = "billed", .way = '<', .day = 17, .facts = BILLED("n1", "N-1"), .then = SAID },
	{ .name = "which is not agreed yet", .way = '>', .day = 17, .facts = REJECTS(U, "b5", "p1") "supersedes=b4 revision=#2" },
	{ .name = "it is", .way = '>', .day = 17, .facts = ACCEPTS(U, "b6", "n1"), .then = SAID },
	{ .name = "then what it bills stays", .way = '>', .day = 17, .facts = REJECTS(U, "b5", "p1") "supersedes=b4 revision=#2",
		.code = "registry.order", .says = "invoice n1 (original) builds on it", .findings = 1 },
	{ .name = "rejected by another answer", .way = '>', .day = 17, .facts = REJECTS(U, "b7", "n1"),
		.code = "registry.order", .says = "invoice n1 is agreed, and not rejected any more", .findings = 1 },
	{ .name = "by a revision", .way = '>', .day = 17, .facts = REJECTS(U, "b7", "n1") "supersedes=b6 revision=#2", .then = SAID },
	{ .name = "and accepted again", .way = '>', .day = 17, .facts = ACCEPTS(U, "b8", "n1"), .then = SAID },
	{ .name = "what the meters say is corrected", .way = '<', .day = 18,
		.facts = MEASURED("p2") " supersedes=p1 revision=#2", .then = SAID },
	{ .name = "an answer to the one before crosses that", .way = '>', .day = 18, .facts = REJECTS(U, "b9", "p1") },
};
STORY(what_is_delivered_is_not_rejected, delivering)

/* Nobody accepted it: it was paid. */
static const struct step paying[] = {
	AWARDED,
	{ .name = "measured", .way = '<', .day = 16, .facts = PERFORMANCE "id=p1 award=w1 energy_kwh=*10", .then = SAID },
	{ .name = "billed", .way = '<', .day = 17, .facts = BILLED("n1", "N-1"), .then = SAID },
	{ .name = "which the meter may not bear out", .way = '>', .day = 17, .facts = REJECTS(U, "b1", "p1") },
	{ .name = "paid", .way = '>', .day = 18, .facts = PAY "id=m1 trace=m1 l1.invoice=N-1 l1.amount=*20 l1.currency=USD", .then = SAID },
	{ .name = "what was paid for is not rejected", .way = '>', .day = 18, .facts = REJECTS(U, "b1", "p1"),
		.code = "registry.order", .findings = 1,
		.says = "service_performance p1 is not rejected any more: invoice n1 (original) builds on it" },
	{ .name = "nor the award", .way = '<', .day = 18, .facts = REJECTS(A, "b1", "w1"),
		.code = "registry.order", .says = "builds on it", .findings = 1 },
	{ .name = "nothing came", .way = '<', .day = 19, .facts = REJECTS(A, "b2", "m1"), .then = SAID },
	{ .name = "so it may be again", .way = '>', .day = 19, .facts = REJECTS(U, "b1", "p1") },
	{ .name = "it came", .way = '<', .day = 19, .facts = ACCEPTS(A, "b3", "m1"), .then = SAID },
	{ .name = "and is there", .way = '<', .day = 19, .facts = REJECTS(A, "b4", "m1"),
		.code = "registry.order", .says = "remittance m1 is agreed", .findings = 1 },
};
STORY(what_is_paid_for_is_not_rejected, paying)

/* An award that was declined, by a word or by silence, leaves its offer to be rejected. */
static const struct step declining[] = {
	AWARDED,
	{ .name = "declined", .way = '<', .day = 13, .facts = REJECTS(A, "b1", "w1"), .then = SAID },
	{ .name = "its offer may be rejected", .way = '>', .day = 13, .facts = REJECTS(U, "b2", "o1") },
	{ .name = "awarded until the next day", .way = '>', .day = 13, .facts = GIVEN "id=w2 offer=o1 last=@14 " AT("i1", "@15", "*40"), .then = SAID },
	{ .name = "while that may be accepted", .way = '>', .day = 14, .facts = REJECTS(U, "b2", "o1") "agreed_silence=#1",
		.code = "registry.order", .says = "service_award w2 (awarded) builds on it", .findings = 1 },
	{ .name = "or was, by silence", .way = '>', .day = 15, .facts = REJECTS(U, "b2", "o1"),
		.code = "registry.order", .says = "service_award w2 (awarded) builds on it", .findings = 1 },
	{ .name = "where silence declines it", .way = '>', .day = 15, .facts = REJECTS(U, "b2", "o1") "agreed_silence=#1" },
};
STORY(what_is_declined_holds_nothing, declining)

/* --- a registration ------------------------------------------------------------------------ */

static const struct step registering[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "refused by an answer", .way = '>', .day = 2, .facts = REJECTS(U, "b1", "r1") },
	{ .name = "information is awaited", .way = '>', .day = 2,
		.facts = DECISION "id=d0 registration=r1 aggregation=A-1 action=more_information", .then = SAID },
	{ .name = "and not to be had", .way = '>', .day = 3, .facts = REJECTS(U, "b1", "r1") },
	{ .name = "accepted", .way = '>', .day = 3, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "what is decided is not answered", .way = '>', .day = 4, .facts = REJECTS(U, "b1", "r1"),
		.code = "registry.order", .findings = 1,
		.says = "aggregation_registration r1 is agreed, and not rejected any more: a decision withdraws it" },
	{ .name = "nor anew", .way = '>', .day = 4, .facts = ACCEPTS(U, "b1", "r1"), .then = SAID },
	{ .name = "by a revision of that", .way = '>', .day = 4, .facts = REJECTS(U, "b2", "r1") "supersedes=b1 revision=#2",
		.code = "registry.order", .says = "r1 is agreed", .findings = 1 },
	{ .name = "it is withdrawn", .way = '<', .day = 12, .facts = REG "id=e1 action=withdraw aggregation=A-1 from=@20" },
};
STORY(what_is_decided_is_not_rejected, registering)

/* --- disputes ------------------------------------------------------------------------------- */

#define DISPUTES(who, id, of, step) \
	"document=#1 type=dispute " who "id=" id " dispute=T subject=" of " action=" step " "
#define BILLED_UNTIL(until)                                                                \
	AWARDED,                                                                           \
	{ .name = "billed", .way = '<', .day = 17,                                         \
		.facts = BILL "id=n1 invoice=N-1 kind=original currency=USD amount=*9 last=" until " l1.amount=*9", .then = SAID }, \
	{ .name = "and something else", .way = '<', .day = 17,                             \
		.facts = BILL "id=n2 invoice=N-2 kind=original currency=USD amount=*8 l1.amount=*8", .then = SAID }

static const struct step disputing[] = {
	BILLED_UNTIL("@20"),
	{ .name = "nobody could answer in time", .way = '>', .day = 19, .facts = DISPUTES(U, "t1", "n1", "opened") "last=@18",
		.code = "registry.late", .says = "answer_due_at is 1970-01-19", .findings = 1 },
	{ .name = "opened", .way = '>', .day = 20, .facts = DISPUTES(U, "t1", "n1", "opened") "last=@22", .then = SAID },
	{ .name = "answered by who opened it", .way = '>', .day = 20, .facts = DISPUTES(U, "t2", "n1", "answered"),
		.code = "registry.order", .says = "dispute T: \"answered\" is not for who opened it to say", .findings = 1 },
	{ .name = "accepted by who opened it", .way = '>', .day = 20, .facts = DISPUTES(U, "t2", "n1", "accepted"),
		.code = "registry.order", .says = "\"accepted\" answers the other side, which said nothing yet", .findings = 1 },
	{ .name = "more evidence", .way = '>', .day = 20, .facts = DISPUTES(U, "t2", "n1", "evidence") "last=@22", .then = SAID },
	{ .name = "withdrawn by the other side", .way = '<', .day = 21, .facts = DISPUTES(A, "t3", "n1", "withdrawn"),
		.code = "registry.order", .says = "\"withdrawn\" is for who opened it to say", .findings = 1 },
	{ .name = "answered about something else", .way = '<', .day = 21, .facts = DISPUTES(A, "t3", "n2", "answered"),
		.code = "registry.order", .says = "dispute T is about n1, and not about n2", .findings = 1 },
	{ .name = "answered late is answered", .way = '<', .day = 23, .facts = DISPUTES(A, "t3", "n1", "answered"),
		.code = "registry.late-answer", .says = "dispute T wanted its answer until 1970-01-23", .findings = 1 },
	{ .name = "what is wrong is corrected meanwhile", .way = '<', .day = 21,
		.facts = BILL "id=n3 invoice=N-1 kind=original currency=USD amount=*7 l1.amount=*7 supersedes=n1 revision=#2", .then = SAID },
	{ .name = "which is the same invoice", .way = '<', .day = 21, .facts = DISPUTES(A, "t3", "n3", "offer"), .then = SAID },
	{ .name = "who opened it may reject that", .way = '>', .day = 21, .facts = DISPUTES(U, "t4", "n1", "rejected"), .then = SAID },
	{ .name = "and accept it after all", .way = '>', .day = 22, .facts = DISPUTES(U, "t5", "n1", "accepted"), .then = SAID },
	{ .name = "then it is settled", .way = '<', .day = 22, .facts = DISPUTES(A, "t6", "n1", "rejected"),
		.code = "registry.order", .says = "dispute T is settled: it is closed now, or escalated", .findings = 1 },
	{ .name = "whoever says so", .way = '>', .day = 22, .facts = DISPUTES(U, "t6", "n1", "accepted"),
		.code = "registry.order", .says = "is settled", .findings = 1 },
	{ .name = "which no answer undoes", .way = '<', .day = 22, .facts = REJECTS(A, "b1", "t5"),
		.code = "registry.order", .says = "dispute t5 is agreed, and not rejected any more", .findings = 1 },
	{ .name = "unless nothing is done", .way = '>', .day = 25, .facts = DISPUTES(U, "t6", "n1", "escalated") },
	{ .name = "closed about something else", .way = '<', .day = 23, .facts = DISPUTES(A, "t6", "n2", "closed"),
		.code = "registry.order", .says = "is about n1", .findings = 1 },
	{ .name = "closed", .way = '<', .day = 23, .facts = DISPUTES(A, "t6", "n1", "closed"), .then = SAID },
	{ .name = "that is the end", .way = '>', .day = 23, .facts = DISPUTES(U, "t7", "n1", "escalated"),
		.code = "registry.order", .says = "dispute T is closed", .findings = 1 },
	{ .name = "whatever is answered", .way = '>', .day = 23, .facts = REJECTS(U, "b1", "t6"),
		.code = "registry.order", .says = "dispute t6 is closed, and not rejected any more", .findings = 1 },
};
STORY(a_dispute_has_an_order_and_an_end, disputing)

/* A day that ends in UTC ends half a day later in the west; and what is sent then is under way. */
static const struct step ending[] = {
	BILLED_UNTIL("@20"),
	{ .name = "the day after", .way = '>', .day = 21, .facts = DISPUTES(U, "t1", "n1", "opened"),
		.code = "registry.late", .says = "invoice n1 could be disputed until 1970-01-21T12:00:00.000Z (dispute_until)", .findings = 1 },
	{ .name = "of what says no day", .way = '>', .day = 99, .facts = DISPUTES(U, "t1", "n2", "opened") },
	{ .name = "made in time, and under way", .way = '>', .day = 22, .facts = DISPUTES(U, "t1", "n1", "opened") "created=@20" },
	{ .name = "for longer than anything is", .way = '>', .day = 24, .facts = DISPUTES(U, "t1", "n1", "opened") "created=@20",
		.code = "registry.late", .says = "could be disputed until", .findings = 1 },
	{ .name = "in time", .way = '>', .day = 20, .facts = DISPUTES(U, "t1", "n1", "opened"), .then = SAID },
	{ .name = "said anew later", .way = '>', .day = 40, .facts = DISPUTES(U, "t2", "n1", "opened") "supersedes=t1 revision=#2" },
	{ .name = "not the other side's to close", .way = '<', .day = 40, .facts = DISPUTES(A, "t2", "n1", "closed"),
		.code = "registry.order", .says = "is for who opened it to say, until it is settled", .findings = 1 },
	{ .name = "closed later", .way = '>', .day = 40, .facts = DISPUTES(U, "t2", "n1", "closed"), .then = SAID },
	{ .name = "a decision", .way = '>', .day = 18, .facts = ACCEPT("d2", "r1", "2") "supersedes=d1 revision=#2 last=@19", .then = SAID },
	{ .name = "is disputed until that moment", .way = '<', .day = 19,
		.facts = "document=#1 type=dispute " A "id=t5 dispute=T-2 subject=d2 action=opened" },
	{ .name = "and not behind it", .way = '<', .day = 20,
		.facts = "document=#1 type=dispute " A "id=t5 dispute=T-2 subject=d2 action=opened",
		.code = "registry.late", .says = "registration_decision d2 could be disputed until 1970-01-20T00:00:00.000Z", .findings = 1 },
};
STORY(what_may_be_disputed_has_a_last_day, ending)

#define STATES(id, name) "document=#1 type=settlement_statement " U "id=" id " name=" name " "
static const struct step settling[] = {
	AWARDED,
	{ .name = "stated", .way = '>', .day = 17, .facts = STATES("s1", "ST-1") "final=@20 last=@19", .then = SAID },
	{ .name = "and another", .way = '>', .day = 17, .facts = STATES("s2", "ST-2") "final=@20 last=@19", .then = SAID },
	{ .name = "revised in time", .way = '>', .day = 20, .facts = STATES("s3", "ST-3") "subject=ST-1 final=@40" },
	{ .name = "when it is final", .way = '>', .day = 21, .facts = STATES("s3", "ST-3") "subject=ST-1 final=@40",
		.code = "registry.late", .findings = 1,
		.says = "statement ST-1 is final after 1970-01-21T12:00:00.000Z (final_after), and nobody disputed it" },
	{ .name = "by a revision of the document", .way = '>', .day = 21,
		.facts = STATES("s3", "ST-1") "supersedes=s1 revision=#2 final=@40",
		.code = "registry.late", .says = "statement s1 is final", .findings = 1 },
	{ .name = "the other is disputed", .way = '<', .day = 18, .facts = DISPUTES(A, "t1", "s2", "opened"), .then = SAID },
	{ .name = "so it may still be corrected", .way = '>', .day = 30, .facts = STATES("s3", "ST-3") "subject=ST-2 final=@40", .then = SAID },
	{ .name = "as what it became", .way = '>', .day = 60, .facts = STATES("s4", "ST-4") "subject=ST-3 final=@70" },
};
STORY(a_statement_is_final_at_last, settling)

#define DISPUTES_OF(who, dispute, id, of, step) \
	"document=#1 type=dispute " who "id=" id " dispute=" dispute " subject=" of " action=" step " "
#define SETTLES(id, name, final) STATES(id, name) "invoice=N-1 l1.award=w1 l1.dispatch=x1 final=" final " "
static const struct step settling_parts[] = {
	AWARDED,
	{ .name = "called for", .way = '>', .day = 14, .facts = CALL_OF("x1", "#1"), .then = SAID },
	{ .name = "and again", .way = '>', .day = 14,
		.facts = DISPATCH "id=x2 award=w1 action=start sequence=#2 i1.start=@16 i1.seconds=#900 i1.quantity_kw=*40", .then = SAID },
	{ .name = "measured", .way = '<', .day = 16, .facts = MEASURED("p1"), .then = SAID },
	{ .name = "the other", .way = '<', .day = 17, .then = SAID,
		.facts = PERFORMANCE "id=p2 award=w1 energy_kwh=*10 r1.dispatch=x2 i1.start=@16 i1.seconds=#900 i1.quantity_kw=*40" },
	{ .name = "billed", .way = '<', .day = 17, .facts = BILLED("n1", "N-1"), .then = SAID },
	{ .name = "stated", .way = '>', .day = 17, .facts = SETTLES("s1", "ST-1", "@20"), .then = SAID },
	{ .name = "nobody disputes anything", .way = '>', .day = 30, .facts = SETTLES("s2", "ST-2", "@40") "subject=ST-1",
		.code = "registry.late", .says = "and nobody disputed it, or what it is made of", .findings = 1 },
	{ .name = "what it has no line for is disputed", .way = '<', .day = 18, .facts = DISPUTES_OF(A, "T-1", "t1", "p2", "opened"), .then = SAID },
	{ .name = "which is no part of it", .way = '>', .day = 30, .facts = SETTLES("s2", "ST-2", "@40") "subject=ST-1",
		.code = "registry.late", .findings = 1 },
	{ .name = "what it is made of, but when it was final", .way = '<', .day = 24, .facts = DISPUTES_OF(A, "T-2", "t2", "p1", "opened"), .then = SAID },
	{ .name = "and stays so", .way = '>', .day = 30, .facts = SETTLES("s2", "ST-2", "@40") "subject=ST-1",
		.code = "registry.late", .findings = 1 },
	{ .name = "in time", .way = '<', .day = 18, .facts = DISPUTES_OF(A, "T-3", "t3", "p1", "opened"), .then = SAID },
	{ .name = "while it is open nothing is final", .way = '>', .day = 30, .facts = SETTLES("s2", "ST-2", "@40") "subject=ST-1" },
	{ .name = "over", .way = '<', .day = 25, .facts = DISPUTES_OF(A, "T-3", "t4", "p1", "withdrawn"), .then = SAID },
	{ .name = "what came of it is still to be stated", .way = '>', .day = 30, .facts = SETTLES("s2", "ST-2", "@40") "subject=ST-1", .then = SAID },
	{ .name = "as it is", .way = '<', .day = 30, .facts = DISPUTES_OF(A, "T-2", "t5", "p1", "withdrawn") },
	{ .name = "the other is open, and older than that", .way = '>', .day = 45, .facts = SETTLES("s3", "ST-3", "@60") "subject=ST-2" },
	{ .name = "it was over before", .way = '<', .day = 26, .facts = DISPUTES_OF(A, "T-2", "t5", "p1", "withdrawn"), .then = SAID },
	{ .name = "so the next is final", .way = '>', .day = 45, .facts = SETTLES("s3", "ST-3", "@60") "subject=ST-2",
		.code = "registry.late", .says = "statement ST-2 is final", .findings = 1 },
	{ .name = "what is billed is corrected", .way = '<', .day = 31, .then = SAID,
		.facts = BILLED("n2", "N-1") "supersedes=n1 revision=#2" },
	{ .name = "that is disputed", .way = '>', .day = 38, .facts = DISPUTES_OF(U, "T-4", "t6", "n2", "opened"), .then = SAID },
	{ .name = "as the bill that is stated", .way = '>', .day = 45, .facts = SETTLES("s3", "ST-3", "@60") "subject=ST-2" },
	{ .name = "that message is taken back", .then = VOIDED, .row = 26 },
	{ .name = "and nothing is disputed", .way = '>', .day = 45, .facts = SETTLES("s3", "ST-3", "@60") "subject=ST-2",
		.code = "registry.late", .findings = 1 },
	{ .name = "the award itself is", .way = '<', .day = 38, .facts = DISPUTES_OF(A, "T-5", "t7", "w1", "opened"), .then = SAID },
	{ .name = "which each line is of", .way = '>', .day = 45, .facts = SETTLES("s3", "ST-3", "@60") "subject=ST-2" },
	{ .name = "over while the next statement was under way", .way = '<', .day = 43, .facts = DISPUTES_OF(A, "T-5", "t8", "w1", "withdrawn"), .then = SAID },
	{ .name = "that comes now", .way = '>', .day = 45, .facts = SETTLES("s3", "ST-3", "@60") "subject=ST-2", .then = SAID },
	{ .name = "it did not know", .way = '>', .day = 65, .facts = SETTLES("s4", "ST-4", "@80") "subject=ST-3" },
};
STORY(a_statement_is_as_final_as_what_it_is_made_of, settling_parts)

/* --- the clock of a review ------------------------------------------------------------------- */

#define DECIDES(id, of, action) DECISION "id=" id " registration=" of " aggregation=A-1 action=" action " "
static const struct step reviewing[] = {
	{ .name = "registered", .way = '<', .day = 10, .facts = REG "id=r1 action=create aggregation=A-1 from=@10 " CAN TWO "created=@10", .then = SAID },
	{ .name = "it begins when it is asked for", .way = '>', .day = 30, .facts = DECIDES("d1", "r1", "rejected") "review_started=@12 clock_stopped=#172800" },
	{ .name = "not when it pleases", .way = '>', .day = 30, .facts = DECIDES("d1", "r1", "rejected") "review_started=@13",
		.code = "registry.review", .findings = 1,
		.says = "review_started_at is 1970-01-14T00:00:00.000Z, by created_at of what it decides it is 1970-01-13T00:00:00.000Z at the latest" },
	{ .name = "a clock that nobody stopped", .way = '>', .day = 30, .facts = DECIDES("d1", "r1", "rejected") "clock_stopped=#172801",
		.code = "registry.review", .says = "clock_stopped_s is 172801, by the decisions that asked for information it stood 2d at most", .findings = 1 },
	{ .name = "due in sixty days", .way = '>', .day = 10, .facts = DECIDES("d1", "r1", "more_information") "review_due=@72" },
	{ .name = "and no more", .way = '>', .day = 10, .facts = DECIDES("d1", "r1", "more_information") "review_due=@73",
		.code = "registry.review", .says = "review_due_at is 1970-03-15", .findings = 1 },
	{ .name = "information is awaited", .way = '>', .day = 20, .facts = DECIDES("d1", "r1", "more_information") "review_due=@70", .then = SAID },
	{ .name = "and more of it", .way = '>', .day = 25, .facts = DECIDES("d2", "r1", "more_information") "clock_stopped=#432000 review_due=@75", .then = SAID },
	{ .name = "since it was asked for first", .way = '>', .day = 30, .facts = DECIDES("d3", "r1", "rejected") "clock_stopped=#1036800 review_due=@82" },
	{ .name = "and no longer", .way = '>', .day = 30, .facts = DECIDES("d3", "r1", "rejected") "clock_stopped=#1036801",
		.code = "registry.review", .says = "it stood 12d at most", .findings = 1 },
	{ .name = "by a revision of that", .way = '>', .day = 30, .facts = DECIDES("d3", "r1", "rejected") "supersedes=d2 revision=#2 clock_stopped=#1036801",
		.code = "registry.review", .findings = 1 },
	{ .name = "here it comes", .way = '<', .day = 30,
		.facts = REG "id=r2 action=create aggregation=A-1 supersedes=r1 revision=#2 from=@10 " CAN TWO "created=@30", .then = SAID },
	{ .name = "what it stood is kept", .way = '>', .day = 40, .facts = DECIDES("d3", "r2", "accepted") "basis=#1 review_started=@10 clock_stopped=#1036800 review_due=@82" },
	{ .name = "so much", .way = '>', .day = 40, .facts = DECIDES("d3", "r2", "accepted") "basis=#1 clock_stopped=#1036801 review_due=@83",
		.code = "registry.review", .findings = 2 },
	{ .name = "decided", .way = '>', .day = 40, .facts = DECIDES("d3", "r2", "accepted") "basis=#1 clock_stopped=#864000", .then = SAID },
	{ .name = "of a review that is over nothing is compared", .way = '>', .day = 50,
		.facts = DECIDES("d4", "r2", "withdrawn") "supersedes=d3 revision=#2 clock_stopped=#9999999" },
};
STORY(a_review_has_the_clock_that_both_have, reviewing)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(what_is_delivered_is_not_rejected),
		IN_A_HOUSE(what_is_paid_for_is_not_rejected),
		IN_A_HOUSE(what_is_declined_holds_nothing),
		IN_A_HOUSE(what_is_decided_is_not_rejected),
		IN_A_HOUSE(a_dispute_has_an_order_and_an_end),
		IN_A_HOUSE(what_may_be_disputed_has_a_last_day),
		IN_A_HOUSE(a_statement_is_final_at_last),
		IN_A_HOUSE(a_statement_is_as_final_as_what_it_is_made_of),
		IN_A_HOUSE(a_review_has_the_clock_that_both_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
