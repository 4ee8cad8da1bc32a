/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is paid twice: stories as those of test_register.c, about money and what is measured. */
#include "register_story.h"

#include "ledger/register_known.h"

#include <stdio.h>

/* An award of 10 kWh at 2 that both sides measured, and an invoice for all of it: N-1 over 20. */
#define SOLD                                                                                     \
	DELIVERED("*10"),                                                                        \
	{ .name = "billed", .way = '<', .day = 17,                                               \
		.facts = ENERGY("n1", "N-1", "original", "*10", "*20"), .then = SAID }
#define DELIVERED(kwh)                                                                           \
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },     \
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"),             \
		.then = SAID },                                                                  \
	{ .name = "requested", .way = '>', .day = 11,                                            \
		.facts = REQUESTED "id=q1 direction=up", .then = SAID },                         \
	{ .name = "offered", .way = '<', .day = 12, .facts = OFFERED "id=o1", .then = SAID },    \
	{ .name = "awarded", .way = '>', .day = 13,                                              \
		.facts = GIVEN "id=w1 offer=o1 currency=USD " AT("i1", "@15", "*400")            \
			"i1.price=*2",                                                           \
		.then = SAID },                                                                  \
	{ .name = "measured", .way = '<', .day = 16,                                             \
		.facts = MEASURED(A, "w1") "id=p1 energy_kwh=" kwh, .then = SAID }
#define MEASURED(who, award) \
	"document=#1 type=service_performance " who "aggregation=A-1 award=" award " "
#define ENERGY(id, number, kind, kwh, total)                                                \
	BILL "id=" id " invoice=" number " kind=" kind " currency=USD amount=" total        \
	     " l1.award=w1 l1.amount=" total " " KWH("l1", kwh, "*2")
#define FEE(id, number, kind, total) \
	BILL "id=" id " invoice=" number " kind=" kind " currency=USD amount=" total " "
#define CANCELLED "document=#1 type=service_award " U "aggregation=A-1 id=w9 offer=o1 action=cancelled "
#define REAWARDED(rest) GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 " rest
#define PAID(id, number, paid)                                                              \
	PAY "id=" id " trace=" id " l1.invoice=" number " l1.amount=" paid " l1.currency=USD "

/* --- what takes the place of a paid invoice ------------------------------------------ */

static const struct step cancelling[] = {
	SOLD,
	{ .name = "cancelled over another amount", .way = '<', .day = 18,
		.facts = FEE("n2", "N-2", "cancel", "*19") "subject=N-1",
		.code = "registry.amount", .says = "it cancels 19.00, invoice N-1 is over 20.00", .findings = 1 },
	{ .name = "cancelled as it is", .way = '<', .day = 18, .facts = FEE("n2", "N-2", "cancel", "*20") "subject=N-1" },
	{ .name = "or with the sign turned", .way = '<', .day = 18, .facts = FEE("n2", "N-2", "cancel", "*-20") "subject=N-1" },
	{ .name = "a part is paid", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*5"), .then = SAID },
	{ .name = "it is cancelled now", .way = '<', .day = 19,
		.facts = FEE("n2", "N-2", "cancel", "*20") "subject=N-1",
		.code = "registry.order", .findings = 1,
		.says = "it cancels invoice N-1, of which 5.00 are paid: what is paid is given back by a credit note" },
	{ .name = "by a revision of it", .way = '<', .day = 19,
		.facts = FEE("n2", "N-2", "cancel", "*20") "subject=N-1 supersedes=n1 revision=#2",
		.code = "registry.order", .says = "of which 5.00 are paid" },
	{ .name = "it is agreed to take it all the same", .way = '<', .day = 19,
		.facts = FEE("n2", "N-2", "cancel", "*20") "subject=N-1", .code = "registry.order", .then = SAID },
	{ .name = "the kWh that were paid are billed", .way = '<', .day = 20,
		.facts = ENERGY("n3", "N-3", "original", "*10", "*20"),
		.code = "registry.amount", .says = "award w1: 20.000000 kWh are billed in all, 10.000000 were measured" },
	{ .name = "a cancellation is not paid", .way = '>', .day = 20, .facts = PAID("m2", "N-2", "*20"),
		.code = "registry.order", .says = "invoice N-2 cancels another one", .findings = 1 },
	{ .name = "it is accepted", .way = '>', .day = 20, .facts = ANSWER U "id=b1 subject=n2 action=accepted", .then = SAID },
	{ .name = "and not paid for that", .way = '>', .day = 20, .facts = PAID("m2", "N-2", "*20"),
		.code = "registry.order", .says = "invoice N-2 cancels another one", .findings = 1 },
	{ .name = "nor cancelled", .way = '<', .day = 20, .facts = FEE("n4", "N-4", "cancel", "*20") "subject=N-2",
		.code = "registry.order", .says = "which cancels another one" },
	{ .name = "the payment is taken back", .way = '<', .day = 0, .then = VOIDED, .row = 11 },
	{ .name = "then they may be billed", .way = '<', .day = 20, .facts = ENERGY("n3", "N-3", "original", "*10", "*20") },
};
STORY(a_paid_invoice_is_not_cancelled, cancelling)

static const struct step lowering[] = {
	SOLD,
	{ .name = "paid", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*20"), .then = SAID },
	{ .name = "a correction over less", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-2", "corrected", "*5", "*10") "subject=N-1",
		.code = "registry.amount", .findings = 1,
		.says = "invoice N-2: 20.00 are paid for what it takes the place of, where 10.00 is the most: what is too much is given back by a credit note" },
	{ .name = "a revision over less", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-1", "original", "*5", "*10") "supersedes=n1 revision=#2",
		.code = "registry.amount", .says = "invoice N-1: 20.00 are paid for what it takes the place of", .findings = 1 },
	{ .name = "a correction in other money", .way = '<', .day = 19,
		.facts = BILL "id=n2 invoice=N-2 kind=corrected subject=N-1 amount=*2000 currency=JPY",
		.code = "registry.amount", .says = "it is in JPY, invoice N-1 is in USD", .findings = 1 },
	{ .name = "a correction over as much", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-2", "corrected", "*10", "*20") "subject=N-1", .then = SAID },
	{ .name = "a revision of that", .way = '<', .day = 19,
		.facts = ENERGY("n3", "N-2", "corrected", "*10", "*20") "subject=N-1 supersedes=n2 revision=#2", .then = SAID },
	{ .name = "it is paid already", .way = '>', .day = 20, .facts = PAID("m2", "N-2", "*20"),
		.code = "registry.amount", .says = "invoice N-2: 40.00 in all, where 20.00 is the most", .findings = 1 },
	{ .name = "the bank's reference of what was paid for the one before", .way = '>', .day = 20,
		.facts = PAY "id=m3 trace=m1 supersedes=m1 revision=#2 l1.invoice=N-1 l1.amount=*20" },
	{ .name = "with more for it", .way = '>', .day = 20,
		.facts = PAY "id=m3 trace=m1 supersedes=m1 revision=#2 l1.invoice=N-1 l1.amount=*21",
		.code = "registry.order", .says = "N-1 is replaced" },
	{ .name = "another invoice", .way = '<', .day = 20, .facts = FEE("n8", "N-8", "original", "*3"), .then = SAID },
	{ .name = "which is superseded by a correction of the paid one", .way = '<', .day = 20,
		.facts = FEE("n9", "N-9", "corrected", "*3") "subject=N-2 supersedes=n8 revision=#2",
		.code = "registry.amount", .says = "20.00 are paid for what it takes the place of, where 3.00 is the most", .findings = 1 },
	{ .name = "the next revision, to which a payment came in between", .way = '<', .day = 20,
		.facts = ENERGY("n4", "N-2", "corrected", "*10", "*20") "subject=N-1 supersedes=n3 revision=#3" },
};
STORY(a_correction_is_not_over_less_than_is_paid, lowering)

/* A revision of a correction replaces that, and the invoice that it corrected. */
static const struct step branching[] = {
	SOLD,
	{ .name = "corrected", .way = '<', .day = 18,
		.facts = ENERGY("n2", "N-2", "corrected", "*10", "*20") "subject=N-1", .then = SAID },
	{ .name = "the correction is paid", .way = '>', .day = 18, .facts = PAID("m1", "N-2", "*20"), .then = SAID },
	{ .name = "and revised", .way = '<', .day = 19,
		.facts = ENERGY("n3", "N-2", "corrected", "*10", "*20") "subject=N-1 supersedes=n2 revision=#2", .then = SAID },
	{ .name = "what was paid for the correction counts", .way = '>', .day = 20, .facts = PAID("m2", "N-2", "*20"),
		.code = "registry.amount", .says = "40.00 in all", .findings = 1 },
	{ .name = "a fee", .way = '<', .day = 20,
		.facts = FEE("n5", "N-5", "original", "*7") "payee=P summary=aa from=@1 until=@9 l1.kind=fee l1.amount=*7", .then = SAID },
	{ .name = "another one", .way = '<', .day = 20, .facts = FEE("n6", "N-6", "original", "*1") "payee=P summary=bb from=@1 until=@9", .then = SAID },
	{ .name = "which is corrected to be the first", .way = '<', .day = 20,
		.facts = FEE("n7", "N-7", "corrected", "*7") "subject=N-6 payee=P summary=aa from=@1 until=@9 l1.kind=fee l1.amount=*7",
		.code = "registry.order", .says = "its lines are those of invoice N-5", .findings = 1 },
	{ .name = "where the first is corrected its lines may be the same", .way = '<', .day = 20,
		.facts = FEE("n7", "N-7", "corrected", "*7") "subject=N-5 payee=P summary=aa from=@1 until=@9 l1.kind=fee l1.amount=*7" },
	{ .name = "a revision that corrects another one", .way = '<', .day = 20,
		.facts = FEE("n4", "N-2", "corrected", "*20") "subject=N-8 supersedes=n3 revision=#3",
		.code = "registry.order", .says = "invoice N-8, which is not there" },
};
STORY(what_was_paid_for_a_correction_counts, branching)

/* --- what was over before an award was cancelled is owed ---------------------------------- */

#define LINE_OF(id, number, award, line) \
	BILL "id=" id " invoice=" number " kind=original currency=USD l1.award=" award " " line
#define OF_CAPACITY(kw) "l1.kind=capacity l1.measure=kW l1.quantity=" kw " l1.price=*2 "
static const struct step owing[] = {
	AWARDED,
	{ .name = "three days are awarded", .way = '>', .day = 13,
		.facts = REAWARDED("currency=USD ceiling=*100 " AT("i1", "@15", "*40") "i1.price=*2 "
			AT("i2", "@16", "*40") "i2.price=*2 " AT("i3", "@19", "*40") "i3.price=*2"),
		.then = SAID },
	{ .name = "accepted", .way = '<', .day = 13, .facts = ANSWER A "id=b1 subject=w2 action=accepted", .then = SAID },
	{ .name = "cancelled, two days later", .way = '>', .day = 17, .facts = CANCELLED "supersedes=w2 revision=#3", .then = SAID },
	{ .name = "what was over is measured", .way = '<', .day = 20,
		.facts = MEASURED(A, "w2") "id=p1 energy_kwh=*20 " AT("i1", "@15", "*40") AT("i2", "@16", "*40"), .then = SAID },
	{ .name = "by the utility, too", .way = '>', .day = 20,
		.facts = MEASURED(U, "w2") "id=p9 energy_kwh=*10 " AT("i1", "@15", "*40") },
	{ .name = "what was not", .way = '<', .day = 20, .facts = MEASURED(A, "w2") "id=p2 energy_kwh=*10 " AT("i1", "@19", "*40"),
		.code = "registry.award", .findings = 1,
		.says = "it measures until 1970-01-20T00:15:00.000Z, and award w2 was replaced or cancelled at 1970-01-18T00:00:00.000Z" },
	{ .name = "under the cancellation", .way = '<', .day = 20, .facts = MEASURED(A, "w9") "id=p2 energy_kwh=*10 " AT("i1", "@13", "*40"),
		.code = "registry.award", .says = "w9, which is withdrawn" },
	{ .name = "called for after all", .way = '>', .day = 18,
		.facts = DISPATCH "id=x1 award=w2 action=start sequence=#1 " AT("i1", "@19", "*40"),
		.code = "registry.award", .says = "w2, which is replaced" },
	{ .name = "more than that is billed", .way = '<', .day = 21, .facts = LINE_OF("n1", "N-1", "w2", KWH("l1", "*30", "*2")),
		.code = "registry.amount", .says = "30.000000 kWh are billed in all, 20.000000 were measured", .findings = 1 },
	{ .name = "it is billed", .way = '<', .day = 21, .facts = LINE_OF("n1", "N-1", "w2", KWH("l1", "*20", "*2")), .then = SAID },
	{ .name = "capacity of all of it", .way = '<', .day = 21, .facts = LINE_OF("n2", "N-2", "w2", OF_CAPACITY("*120")),
		.code = "registry.amount", .says = "120.000000 kW are billed, all of its intervals come to 80.000000", .findings = 1 },
	{ .name = "capacity of what was over", .way = '<', .day = 21, .facts = LINE_OF("n2", "N-2", "w2", OF_CAPACITY("*80")) },
};
STORY(what_was_over_before_a_cancellation_is_owed, owing)

/* A revision leaves out what is over, which nobody measured yet; what was rejected is not owed. */
static const struct step leaving_out[] = {
	AWARDED,
	{ .name = "two times", .way = '>', .day = 13,
		.facts = REAWARDED("currency=USD " AT("i1", "@15", "*40") "i1.price=*2 " AT("i2", "@19", "*40") "i2.price=*2"), .then = SAID },
	{ .name = "only the second", .way = '>', .day = 17,
		.facts = GIVEN "id=w3 offer=o1 supersedes=w2 revision=#3 currency=USD " AT("i1", "@19", "*40") "i1.price=*2", .then = SAID },
	{ .name = "the first is measured", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p1 energy_kwh=*10 " AT("i1", "@15", "*40"), .then = SAID },
	{ .name = "and billed for the one before", .way = '<', .day = 18,
		.facts = LINE_OF("n1", "N-1", "w2", KWH("l1", "*10", "*2")) "from=@14 until=@16 ",
		.code = "registry.award", .says = "w2, which is replaced", .findings = 1 },
	{ .name = "for that which is there", .way = '<', .day = 18,
		.facts = LINE_OF("n1", "N-1", "w3", KWH("l1", "*10", "*2")) "from=@14 until=@16 " },
	{ .name = "the revision is rejected", .way = '<', .day = 18, .facts = ANSWER A "id=b1 subject=w3 action=rejected", .then = SAID },
	{ .name = "and cancelled", .way = '>', .day = 22,
		.facts = CANCELLED "supersedes=w3 revision=#4", .code = "registry.order", .then = SAID },
	{ .name = "what was rejected is not measured", .way = '<', .day = 22,
		.facts = MEASURED(A, "w3") "id=p2 energy_kwh=*10 " AT("i1", "@19", "*40"),
		.code = "registry.award", .says = "w3, which is refused", .findings = 1 },
};
STORY(what_a_revision_leaves_out_was_awarded_until_then, leaving_out)

/* --- an offer is awarded in parts ----------------------------------------------------------- */

#define PART(id, action) \
	"document=#1 type=service_award " U "aggregation=A-1 offer=o2 id=" id " action=" action " "
static const struct step parting[] = {
	AWARDED,
	{ .name = "offered, less in the afternoon", .way = '<', .day = 12,
		.facts = OFFERED "id=o2 last=@13 " AT("i1", "@15", "*500") AT("i2", "@16", "*300"), .then = SAID },
	{ .name = "a part of the morning", .way = '>', .day = 13, .facts = PART("w2", "partly_awarded") AT("i1", "@15", "*300"), .then = SAID },
	{ .name = "more than is left of it", .way = '>', .day = 13,
		.facts = PART("w3", "partly_awarded") AT("i1", "@15", "*201"), .code = "registry.capability", .findings = 1,
		.says = "interval 1: quantity_kw is 201.000000, and other awards of offer o2 have up to 300.000000 at that time: together 1.000000 more than it has" },
	{ .name = "when it is valid no more", .way = '>', .day = 14, .facts = PART("w3", "partly_awarded") AT("i1", "@15", "*200"),
		.code = "registry.late", .says = "o2", .findings = 1 },
	{ .name = "the same again", .way = '>', .day = 13, .facts = PART("w3", "partly_awarded") AT("i1", "@15", "*300"),
		.code = "registry.capability", .findings = 1 },
	{ .name = "without a time", .way = '>', .day = 13, .facts = PART("w3", "awarded"),
		.code = "registry.order", .says = "o2, which is agreed: another part of it says its times", .findings = 1 },
	{ .name = "what is left, and the afternoon", .way = '>', .day = 13,
		.facts = PART("w3", "partly_awarded") AT("i1", "@15", "*200") AT("i2", "@16", "*300"), .then = SAID },
	{ .name = "a revision takes its place only", .way = '>', .day = 13,
		.facts = PART("w4", "partly_awarded") "supersedes=w2 revision=#2 " AT("i1", "@15", "*300") },
	{ .name = "and no more than that", .way = '>', .day = 13,
		.facts = PART("w4", "partly_awarded") "supersedes=w2 revision=#2 " AT("i1", "@15", "*301"),
		.code = "registry.capability", .says = "1.000000 more than it has", .findings = 1 },
	{ .name = "the first is rejected", .way = '<', .day = 13, .facts = ANSWER A "id=b1 subject=w2 action=rejected", .then = SAID },
	{ .name = "so it is left", .way = '>', .day = 13, .facts = PART("w4", "partly_awarded") AT("i1", "@15", "*300") },
	{ .name = "nothing more is awarded", .way = '>', .day = 13, .facts = PART("w5", "not_awarded"), .then = SAID },
	{ .name = "then nothing is", .way = '>', .day = 13, .facts = PART("w4", "partly_awarded") AT("i1", "@15", "*300"),
		.code = "registry.order", .says = "o2, which is refused", .findings = 1 },
	{ .name = "what was awarded is called for", .way = '>', .day = 15,
		.facts = DISPATCH "id=x1 award=w3 action=start sequence=#1 " AT("i1", "@15", "*200") },
};
STORY(an_offer_is_awarded_in_parts, parting)

/* Terms hold for each part: of all or nothing there are none. */
static const struct step whole_parting[] = {
	AWARDED,
	{ .name = "offered, 100 kW at least", .way = '<', .day = 12, .facts = OFFERED "id=o2 least_kw=*100 " AT("i1", "@15", "*250"), .then = SAID },
	{ .name = "a part", .way = '>', .day = 13, .facts = PART("w2", "partly_awarded") AT("i1", "@15", "*160"), .then = SAID },
	{ .name = "less than that at least", .way = '>', .day = 13, .facts = PART("w3", "partly_awarded") AT("i1", "@15", "*90"),
		.code = "registry.order", .says = "min_acceptable_kw", .findings = 1 },
	{ .name = "kvar, all or nothing", .way = '<', .day = 12,
		.facts = OFFERED "id=o3 whole=#1 i1.start=@15 i1.seconds=#900 i1.quantity_kvar=*9", .then = SAID },
	{ .name = "a part of that", .way = '>', .day = 13,
		.facts = "document=#1 type=service_award " U "aggregation=A-1 offer=o3 id=w3 action=partly_awarded i1.start=@15 i1.seconds=#900 i1.quantity_kvar=*4",
		.code = "registry.order", .says = "all_or_nothing", .findings = 1 },
	{ .name = "all", .way = '>', .day = 13,
		.facts = "document=#1 type=service_award " U "aggregation=A-1 offer=o3 id=w3 action=awarded i1.start=@15 i1.seconds=#900 i1.quantity_kvar=*9", .then = SAID },
	{ .name = "twice", .way = '>', .day = 13,
		.facts = "document=#1 type=service_award " U "aggregation=A-1 offer=o3 id=w4 action=awarded i1.start=@15 i1.seconds=#900 i1.quantity_kvar=*9",
		.code = "registry.capability", .says = "9.000000 more than it has", .findings = 1 },
};
STORY(terms_of_an_offer_are_those_of_its_parts, whole_parting)

/* --- answers that cross a revision ------------------------------------------------------- */

#define CALLED(id, sequence, kw) \
	DISPATCH "id=" id " award=w2 action=start sequence=" sequence " " AT("i1", "@15", kw)
static const struct step crossing[] = {
	DELIVERED("*10"),
	{ .name = "revised, while the first is being answered", .way = '>', .day = 13,
		.facts = REAWARDED("last=@14 " AT("i1", "@15", "*400")), .then = SAID },
	{ .name = "the utility answers it itself", .way = '>', .day = 13, .facts = ANSWER U "id=b1 subject=w1 action=accepted",
		.code = "registry.order", .says = "w1 is the sender's own", .findings = 1 },
	{ .name = "the answer to the first", .way = '<', .day = 13, .facts = ANSWER A "id=b1 subject=w1 action=accepted",
		.code = "registry.late-answer", .findings = 1, .then = SAID,
		.says = "business_response follows service_award w1, which is replaced by now: it changes nothing, and answers no other revision" },
	{ .name = "a later one", .way = '<', .day = 15, .facts = ANSWER A "id=b2 subject=w1 action=rejected supersedes=b1 revision=#2",
		.code = "registry.late-answer", .findings = 1 },
	{ .name = "the first is no more for that", .way = '>', .day = 15,
		.facts = DISPATCH "id=x1 award=w1 action=start sequence=#1 " AT("i1", "@15", "*400"),
		.code = "registry.award", .says = "w1, which is replaced", .findings = 1 },
	{ .name = "nor is the second answered", .way = '>', .day = 15, .facts = CALLED("x1", "#1", "*400") "agreed_silence=#1 ",
		.code = "registry.award", .says = "award w2 was not answered", .findings = 1 },
	{ .name = "it is", .way = '<', .day = 14, .facts = ANSWER A "id=b3 subject=w2 action=accepted", .then = SAID },
	{ .name = "called for", .way = '>', .day = 15, .facts = CALLED("x1", "#1", "*400"), .then = SAID },
	{ .name = "and less of it", .way = '>', .day = 15, .facts = CALLED("x2", "#2", "*200") "supersedes=x1 revision=#2 ", .then = SAID },
	{ .name = "the answer to the first crosses that", .way = '<', .day = 15,
		.facts = RESPONSE "id=y1 dispatch=x1 sequence=#1 action=received", .then = SAID },
	{ .name = "which is called for no more", .way = '>', .day = 15, .facts = CALLED("x3", "#3", "*200") },
	{ .name = "cancelled", .way = '>', .day = 15,
		.facts = "document=#1 type=service_award " U "aggregation=A-1 id=w3 offer=o1 action=cancelled supersedes=w2 revision=#3",
		.code = "registry.order", .then = SAID },
	{ .name = "that is answered", .way = '<', .day = 15, .facts = ANSWER A "id=b4 subject=w3 action=accepted",
		.code = "registry.late-answer", .says = "w3, which is withdrawn by now", .findings = 1, .then = SAID },
	{ .name = "it is cancelled all the same", .way = '>', .day = 15,
		.facts = DISPATCH "id=x4 award=w3 action=start sequence=#4 " AT("i1", "@15", "*400"),
		.code = "registry.award", .says = "w3, which is withdrawn", .findings = 1 },
};
STORY(an_answer_that_crosses_a_revision_changes_nothing, crossing)

/* --- what is called for under two revisions of an award ------------------------------------ */

#define CALLING(id, award, action, sequence, kw) \
	DISPATCH "id=" id " award=" award " action=" action " sequence=" sequence " " AT("i1", "@15", kw)
static const struct step calling[] = {
	AWARDED,
	{ .name = "awarded", .way = '>', .day = 13, .facts = REAWARDED(AT("i1", "@15", "*400")), .then = SAID },
	{ .name = "offered, too", .way = '<', .day = 12, .facts = OFFERED "id=o2", .then = SAID },
	{ .name = "and awarded", .way = '>', .day = 13, .facts = GIVEN "id=w5 offer=o2 " AT("i1", "@15", "*600"), .then = SAID },
	{ .name = "called for", .way = '>', .day = 15, .facts = CALLING("x1", "w2", "start", "#1", "*300"), .then = SAID },
	{ .name = "the award is revised", .way = '>', .day = 15,
		.facts = GIVEN "id=w3 offer=o1 supersedes=w2 revision=#3 " AT("i1", "@15", "*400"), .then = SAID },
	{ .name = "more than that with what is called for", .way = '>', .day = 15, .facts = CALLING("x2", "w3", "start", "#1", "*101"),
		.code = "registry.capability", .says = "comes to 401.000000 with what is called for at that time already, award w3 has 400.000000", .findings = 1 },
	{ .name = "as much", .way = '>', .day = 15, .facts = CALLING("x2", "w3", "start", "#1", "*100") },
	{ .name = "the other award is another one", .way = '>', .day = 15, .facts = CALLING("x9", "w5", "start", "#1", "*500") },
	{ .name = "adjusted, all of it", .way = '>', .day = 15, .facts = CALLING("x2", "w3", "adjust", "#1", "*400"), .then = SAID },
	{ .name = "which takes the place of what was before", .way = '>', .day = 15, .facts = CALLING("x3", "w3", "start", "#2", "*1"),
		.code = "registry.capability", .says = "comes to 401.000000", .findings = 1 },
	{ .name = "of all that is registered, too", .way = '>', .day = 15, .facts = CALLING("x9", "w5", "start", "#1", "*500") },
	{ .name = "and no more", .way = '>', .day = 15, .facts = CALLING("x9", "w5", "start", "#1", "*501"), .code = "registry.capability",
		.says = "comes to 901.000000 with what is called for at that time already, registered is 900.000000" },
};
STORY(what_is_called_for_adds_up_over_revisions, calling)

/* --- what is rounded --------------------------------------------------------------------- */

#define ROUNDED(id, number, kwh) \
	BILL "id=" id " invoice=" number " kind=original currency=USD " OF_W1("l1", kwh)
#define OF_W1(l, kwh) l ".award=w1 " KWH(l, kwh, "*2")

/* 99.498 kWh were measured. */
static const struct step rounding[] = {
	DELIVERED("#99498000"),
	{ .name = "half a kWh above, in whole ones", .way = '<', .day = 17, .facts = ROUNDED("n1", "N-1", "#99998000"),
		.code = "registry.amount", .says = "award w1: 99.998000 kWh are billed in all, 99.498000 were measured", .findings = 1 },
	{ .name = "rounded to the nearest", .way = '<', .day = 17, .facts = ROUNDED("n1", "N-1", "*99") },
	{ .name = "rounded up from less than a half", .way = '<', .day = 17, .facts = ROUNDED("n1", "N-1", "*100"),
		.code = "registry.amount", .says = "100.000000 kWh are billed in all", .findings = 1 },
	{ .name = "to a tenth", .way = '<', .day = 17, .facts = ROUNDED("n1", "N-1", "#99500000") },
	{ .name = "to a tenth that is not the nearest", .way = '<', .day = 17, .facts = ROUNDED("n1", "N-1", "#99600000"),
		.code = "registry.amount", .findings = 1 },
	{ .name = "each line by itself", .way = '<', .day = 17,
		.facts = ROUNDED("n1", "N-1", "#33200000") OF_W1("l2", "#33200000") OF_W1("l3", "#33200000") },
	{ .name = "in many lines no more than half a unit, or a meter's part", .way = '<', .day = 17,
		.facts = ROUNDED("n1", "N-1", "*25") OF_W1("l2", "*25") OF_W1("l3", "*25") OF_W1("l4", "*25"),
		.code = "registry.amount", .says = "100.000000 kWh are billed in all", .findings = 1 },
	{ .name = "a part", .way = '<', .day = 17, .facts = ROUNDED("n1", "N-1", "#49800000"), .then = SAID },
	{ .name = "and the rest, all of it rounded up", .way = '<', .day = 18, .facts = ROUNDED("n2", "N-2", "#24900000") OF_W1("l2", "#24900000") },
	{ .name = "which was rounded up enough", .way = '<', .day = 18, .facts = ROUNDED("n2", "N-2", "#49800000"),
		.code = "registry.amount", .says = "99.600000 kWh are billed in all", .findings = 1 },
	{ .name = "stated", .way = '>', .day = 18,
		.facts = "document=#1 type=settlement_statement " U "id=s1 name=ST-1 l1.award=w1 l1.energy_kwh=#99500000" },
	{ .name = "stated above that", .way = '>', .day = 18,
		.facts = "document=#1 type=settlement_statement " U "id=s1 name=ST-1 l1.award=w1 l1.energy_kwh=#99600000",
		.code = "registry.amount", .says = "99.600000 kWh are to be delivered", .findings = 1 },
	{ .name = "what is on top of it", .way = '<', .day = 18,
		.facts = BILL "id=n3 invoice=N-3 kind=original currency=USD l1.award=w1 l1.kind=incentive l1.measure=kWh l1.quantity=#99500000 l1.price=*1" },
	{ .name = "more on top of it", .way = '<', .day = 18,
		.facts = BILL "id=n3 invoice=N-3 kind=original currency=USD l1.award=w1 l1.kind=incentive l1.measure=kWh l1.quantity=#99600000 l1.price=*1",
		.code = "registry.amount", .says = "it is for 99.600000 kWh", .findings = 1 },
};
STORY(what_is_measured_is_billed_rounded, rounding)

/* The award is cut to what it delivered, which a meter says to the Wh. */
static const struct step cutting[] = {
	DELIVERED("#10002000"),
	{ .name = "to the whole kWh", .way = '>', .day = 16,
		.facts = REAWARDED("currency=USD ceiling=*20 " AT("i1", "@15", "*40") "i1.price=*2") },
	{ .name = "to less", .way = '>', .day = 16,
		.facts = REAWARDED("currency=USD ceiling=*20 " AT("i1", "@15", "*36") "i1.price=*2"),
		.code = "registry.order", .says = "and it leaves 9.000000 kWh of that time", .findings = 1 },
};
STORY(an_award_is_cut_to_what_was_delivered, cutting)

/* --- answers ---------------------------------------------------------------------------- */

static const struct step answering[] = {
	SOLD,
	{ .name = "rejected", .way = '>', .day = 18, .facts = ANSWER U "id=b1 subject=n1 action=rejected", .then = SAID },
	{ .name = "accepted after all", .way = '>', .day = 18, .facts = ANSWER U "id=b2 subject=n1 action=accepted supersedes=b1 revision=#2", .then = SAID },
	{ .name = "so it is billed", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-2", "original", "*10", "*20"),
		.code = "registry.amount", .says = "20.000000 kWh are billed in all" },
	{ .name = "corrected", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-2", "corrected", "*10", "*20") "subject=N-1", .then = SAID },
	{ .name = "the one before is accepted late", .way = '>', .day = 19, .facts = ANSWER U "id=b3 subject=n1 action=accepted", .then = SAID },
	{ .name = "it is replaced all the same", .way = '>', .day = 20, .facts = PAID("m1", "N-1", "*20"),
		.code = "registry.order", .says = "N-1 is replaced", .findings = 1 },
	{ .name = "the correction is paid", .way = '>', .day = 20, .facts = PAID("m1", "N-2", "*20"), .then = SAID },
	{ .name = "what is paid is not rejected", .way = '>', .day = 21, .facts = ANSWER U "id=b4 subject=n2 action=rejected",
		.code = "registry.order", .says = "invoice n2 is paid, 20.00 of it: what is wrong with it is disputed, and credited", .findings = 1 },
	{ .name = "but it is accepted", .way = '>', .day = 21, .facts = ANSWER U "id=b4 subject=n2 action=accepted" },
	{ .name = "the payee says that nothing came", .way = '<', .day = 21, .facts = ANSWER A "id=b5 subject=m1 action=rejected", .then = SAID },
	{ .name = "so it is paid again", .way = '>', .day = 22, .facts = PAID("m2", "N-2", "*20") },
	{ .name = "it came after all", .way = '<', .day = 22, .facts = ANSWER A "id=b6 subject=m1 action=accepted supersedes=b5 revision=#2", .then = SAID },
	{ .name = "then it is not", .way = '>', .day = 22, .facts = PAID("m2", "N-2", "*20"),
		.code = "registry.amount", .says = "40.00 in all", .findings = 1 },
	{ .name = "the bank's reference of what came", .way = '>', .day = 22,
		.facts = PAY "id=m3 trace=m1 supersedes=m1 revision=#2 l1.invoice=N-2 l1.amount=*20", .then = SAID },
	{ .name = "that is not right", .way = '<', .day = 22, .facts = ANSWER A "id=b7 subject=m3 action=rejected", .then = SAID },
	{ .name = "which is no reason to pay again", .way = '>', .day = 22, .facts = PAID("m2", "N-2", "*20"),
		.code = "registry.amount", .says = "40.00 in all", .findings = 1 },
};
STORY(an_answer_brings_nothing_back, answering)

/* Many may be looked back upon, and no more than are made. */
static void what_is_paid_is_not_forgotten_behind_revisions(void **state)
{
	static const struct step begin[] = { SOLD,
		{ .name = "paid", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*20"), .then = SAID } };
	struct ledger *l = ledger_new();
	char text[512];
	struct step step = { .name = "a revision", .way = '<', .day = 19, .facts = text, .then = SAID };
	struct step again = { .name = "paid again", .way = '>', .day = 19, .facts = PAID("m2", "N-1", "*20"),
		.code = "registry.amount", .says = "40.00 in all" };
	uint64_t row = 1;

	(void)state;
	for (size_t i = 0; i < COUNT(begin); i++)
		l = step_go(&begin[i], l, row++);
	for (int i = 1; i < REVISIONS_MAX; i++) {
		(void)snprintf(text, sizeof(text), ENERGY("v%d", "N-1", "original", "*10", "*20") "supersedes=%s%d revision=#%d",
			i, i > 1 ? "v" : "n", i > 1 ? i - 1 : 1, i + 1);
		l = step_go(&step, l, row++);
	}
	l = step_go(&again, l, row++);
	(void)snprintf(text, sizeof(text), ENERGY("z", "N-1", "original", "*10", "*20") "supersedes=v%d revision=#%d",
		REVISIONS_MAX - 1, REVISIONS_MAX + 1);
	step.code = "registry.revision";
	step.says = "it was revised 200 times";
	l = step_go(&step, l, row);
	ledger_close(l);
}

static const struct step remeasuring[] = {
	SOLD,
	{ .name = "measured anew", .way = '<', .day = 18,
		.facts = MEASURED(A, "w1") "id=p2 supersedes=p1 revision=#2 energy_kwh=*10", .then = SAID },
	{ .name = "the one before is accepted late", .way = '>', .day = 19, .facts = ANSWER U "id=b1 subject=p1 action=accepted", .then = SAID },
	{ .name = "and this one", .way = '>', .day = 19, .facts = ANSWER U "id=b2 subject=p2 action=accepted", .then = SAID },
	{ .name = "it was measured once", .way = '<', .day = 20,
		.facts = ENERGY("n2", "N-2", "original", "*10", "*20"),
		.code = "registry.amount", .says = "20.000000 kWh are billed in all, 10.000000 were measured" },
};
STORY(what_is_measured_anew_is_measured_once, remeasuring)

static const struct step reawarding[] = {
	SOLD,
	{ .name = "the award is revised", .way = '>', .day = 16,
		.facts = GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 currency=USD " AT("i1", "@15", "*400") "i1.price=*2", .then = SAID },
	{ .name = "measured for that, too", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p2 energy_kwh=*3 i1.start=@16 i1.seconds=#900 i1.quantity_kw=#0 i1.energy_kwh=#0", .then = SAID },
	{ .name = "billed for that, too", .way = '<', .day = 19,
		.facts = BILL "id=n2 invoice=N-2 kind=original currency=USD amount=*8 l1.award=w2 l1.amount=*8 " KWH("l1", "*4", "*2"),
		.code = "registry.amount", .says = "14.000000 kWh are billed in all, 13.000000 were measured" },
	{ .name = "what was measured more", .way = '<', .day = 19,
		.facts = BILL "id=n2 invoice=N-2 kind=original currency=USD amount=*6 l1.award=w2 l1.amount=*6 " KWH("l1", "*3", "*2") },
};
STORY(a_revised_award_is_no_second_one, reawarding)

static const struct step retiming[] = {
	AWARDED,
	{ .name = "awarded for a time", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 " AT("i1", "@15", "*400"), .then = SAID },
	{ .name = "delivered", .way = '<', .day = 16, .facts = MEASURED(A, "w2") "id=p1 energy_kwh=*10 " AT("i1", "@15", "*40"), .then = SAID },
	{ .name = "the award is revised", .way = '>', .day = 16,
		.facts = GIVEN "id=w3 offer=o1 supersedes=w2 revision=#3 " AT("i1", "@15", "*400"), .then = SAID },
	{ .name = "the same is delivered again", .way = '<', .day = 17, .facts = MEASURED(A, "w3") "id=p2 energy_kwh=*10 " AT("i1", "@15", "*40"),
		.code = "registry.order", .says = "p1 says what was delivered", .findings = 1 },
};
STORY(a_time_is_measured_once_whichever_award_names_it, retiming)

/* --- what is delivered is not undone ------------------------------------------------------- */

#define SHORTENED(most, day) \
	GIVEN "id=w3 offer=o1 supersedes=w2 revision=#3 currency=USD ceiling=" most " " AT("i1", day, "*40") "i1.price=*2"
#define UNDONE "of award w1 10.000000 kWh were measured, 20.00 are billed: what is delivered is not undone"

static const struct step undoing[] = {
	SOLD,
	{ .name = "cancelled", .way = '>', .day = 18, .facts = CANCELLED "supersedes=w1 revision=#2",
		.code = "registry.order", .says = UNDONE, .findings = 1 },
	{ .name = "not awarded after all", .way = '>', .day = 16,
		.facts = "document=#1 type=service_award " U "aggregation=A-1 id=w2 offer=o1 action=not_awarded supersedes=w1 revision=#2",
		.code = "registry.order", .says = UNDONE, .findings = 1 },
	{ .name = "less than was delivered", .way = '>', .day = 16,
		.facts = REAWARDED("currency=USD " AT("i1", "@15", "*39") "i1.price=*2"),
		.code = "registry.order", .says = UNDONE ", and it leaves 9.750000 kWh of that time", .findings = 1 },
	{ .name = "as much as was delivered", .way = '>', .day = 16,
		.facts = REAWARDED("currency=USD " AT("i1", "@15", "*40") "i1.price=*2") },
	{ .name = "less money than is billed", .way = '>', .day = 16,
		.facts = REAWARDED("currency=USD ceiling=*19 " AT("i1", "@15", "*400") "i1.price=*2"),
		.code = "registry.order", .says = UNDONE ", and maximum_value leaves 19.00", .findings = 1 },
	{ .name = "as much", .way = '>', .day = 16,
		.facts = REAWARDED("currency=USD ceiling=*20 " AT("i1", "@15", "*400") "i1.price=*2") },
	{ .name = "in other money", .way = '>', .day = 16,
		.facts = REAWARDED("currency=JPY " AT("i1", "@15", "*400") "i1.price=*2"),
		.code = "registry.amount", .says = "it is in JPY, award w1 is in USD" },
	{ .name = "what is measured is rejected", .way = '>', .day = 18,
		.facts = ANSWER U "id=b1 subject=p1 action=rejected", .then = SAID },
	{ .name = "it is billed all the same", .way = '>', .day = 18, .facts = CANCELLED "supersedes=w1 revision=#2",
		.code = "registry.order", .says = "of award w1 0.000000 kWh were measured, 20.00 are billed" },
	{ .name = "and that is rejected, too", .way = '>', .day = 18,
		.facts = ANSWER U "id=b2 subject=n1 action=rejected", .then = SAID },
	{ .name = "nothing is left to undo", .way = '>', .day = 18, .facts = CANCELLED "supersedes=w1 revision=#2" },
};
STORY(what_is_delivered_is_not_undone, undoing)

/* Before anything is billed for it; and the part that is still to come may be taken back. */
static const struct step shortening[] = {
	AWARDED,
	{ .name = "two days are awarded", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 currency=USD ceiling=*100 " AT("i1", "@15", "*40")
			"i1.price=*2 " AT("i2", "@17", "*40") "i2.price=*2",
		.then = SAID },
	{ .name = "nothing is delivered yet", .way = '>', .day = 14,
		.facts = CANCELLED "supersedes=w2 revision=#3" },
	{ .name = "the first is delivered", .way = '<', .day = 16,
		.facts = MEASURED(A, "w2") "id=p1 energy_kwh=*10 " AT("i1", "@15", "*40"), .then = SAID },
	{ .name = "cancelled", .way = '>', .day = 16, .facts = CANCELLED "supersedes=w2 revision=#3",
		.code = "registry.order", .findings = 1,
		.says = "of award w2 10.000000 kWh were measured, 0.00 are billed: what is delivered is not undone" },
	{ .name = "only the second is left", .way = '>', .day = 16,
		.facts = SHORTENED("*100", "@17"), .code = "registry.order", .says = "and it leaves 0.000000 kWh of that time", .findings = 1 },
	{ .name = "less money than that is worth", .way = '>', .day = 16,
		.facts = SHORTENED("*19", "@15"), .code = "registry.order", .says = "and maximum_value leaves 19.00", .findings = 1 },
	{ .name = "the second is taken back", .way = '>', .day = 16, .facts = SHORTENED("*20", "@15"), .then = SAID },
	{ .name = "the first is billed", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original currency=USD amount=*20 l1.award=w3 l1.amount=*20 " KWH("l1", "*10", "*2") },
};
STORY(the_part_to_come_may_be_taken_back, shortening)

/* --- credit notes ------------------------------------------------------------------------- */

static const struct step crediting[] = {
	SOLD,
	{ .name = "a credit in other money", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=credit_note subject=N-1 amount=*-8 currency=JPY",
		.code = "registry.amount", .says = "it is in JPY, invoice N-1 is in USD", .findings = 1 },
	{ .name = "energy is given back at another price", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=credit_note subject=N-1 amount=*-1 currency=USD l1.award=w1 l1.amount=*-1 "
			"l1.kind=energy l1.measure=kWh l1.quantity=*-10 l1.price=#100000",
		.code = "registry.amount", .says = "unit_price is 0.100000, award w1 has 2.000000", .findings = 1 },
	{ .name = "a price that was wrong is an adjustment", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=credit_note subject=N-1 amount=*-1 currency=USD l1.award=w1 l1.amount=*-1 "
			"l1.kind=adjustment l1.measure=kWh l1.quantity=*-10 l1.price=#100000" },
	{ .name = "more energy than it has", .way = '<', .day = 18,
		.facts = ENERGY("n2", "N-2", "credit_note", "*-11", "*-20") "subject=N-1",
		.code = "registry.amount", .says = "award w1: 11.000000 kWh are credited, of which invoice N-1 has 10.000000 left", .findings = 1 },
	{ .name = "credited", .way = '<', .day = 18,
		.facts = ENERGY("n2", "N-2", "credit_note", "*-4", "*-8") "subject=N-1", .then = SAID },
	{ .name = "a revision of it is no second one", .way = '<', .day = 18,
		.facts = ENERGY("n3", "N-2", "credit_note", "*-10", "*-20") "subject=N-1 supersedes=n2 revision=#2" },
	{ .name = "nor is it an invoice", .way = '<', .day = 18,
		.facts = ENERGY("n3", "N-2", "original", "*4", "*8") "supersedes=n2 revision=#2",
		.code = "registry.order", .says = "it supersedes n2, a credit note, as one of kind original" },
	{ .name = "a credit of a credit", .way = '<', .day = 18,
		.facts = ENERGY("n3", "N-3", "credit_note", "*-4", "*-8") "subject=N-2",
		.code = "registry.order", .says = "it is a credit_note of N-2, which is a credit note" },
	{ .name = "a correction of a credit", .way = '<', .day = 18,
		.facts = ENERGY("n3", "N-3", "corrected", "*4", "*8") "subject=N-2",
		.code = "registry.order", .says = "it is a corrected of N-2, which is a credit note" },
	{ .name = "a cancellation of a credit", .way = '<', .day = 18,
		.facts = FEE("n3", "N-3", "cancel", "*8") "subject=N-2",
		.code = "registry.order", .says = "it is a cancel of N-2, which is a credit note" },
	{ .name = "more than is left", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*20"),
		.code = "registry.amount", .says = "invoice N-1: 20.00 in all, where 12.00 is the most", .findings = 1 },
	{ .name = "a credit note is paid", .way = '>', .day = 18, .facts = PAID("m1", "N-2", "*8"),
		.code = "registry.amount", .says = "N-2 gives back 8.00: it is taken off, with paid_amount below zero", .findings = 1 },
	{ .name = "more is taken off than it gives", .way = '>', .day = 18, .facts = PAID("m1", "N-2", "*-9"),
		.code = "registry.amount", .says = "credit note N-2: 9.00 in all, where 8.00 is the most", .findings = 1 },
	{ .name = "it is taken off", .way = '>', .day = 18,
		.facts = PAID("m1", "N-1", "*20") "l1.invoiced=*20 l2.invoice=N-2 l2.amount=*-8 l2.invoiced=*-8 l2.currency=USD" },
	{ .name = "what is left", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*12"), .then = SAID },
	{ .name = "what is credited is billed and paid", .way = '<', .day = 19, .facts = ENERGY("n4", "N-4", "original", "*4", "*8"), .then = SAID },
	{ .name = "paid", .way = '>', .day = 19, .facts = PAID("m2", "N-4", "*8"), .then = SAID },
	{ .name = "less is credited after that", .way = '<', .day = 20,
		.facts = ENERGY("n5", "N-2", "credit_note", "*-1", "*-2") "subject=N-1 supersedes=n2 revision=#2",
		.code = "registry.amount", .says = "13.000000 kWh are billed in all, 10.000000 were measured" },
};
STORY(what_is_credited_is_not_paid, crediting)

static const struct step refunding[] = {
	SOLD,
	{ .name = "another invoice", .way = '<', .day = 17, .facts = FEE("n5", "N-5", "original", "*30"), .then = SAID },
	{ .name = "paid whole", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*20"), .then = SAID },
	{ .name = "credited after that", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-2", "credit_note", "*-4", "*-8") "subject=N-1", .then = SAID },
	{ .name = "a correction over as much, before that is taken off", .way = '<', .day = 19,
		.facts = ENERGY("n7", "N-7", "corrected", "*10", "*20") "subject=N-1" },
	{ .name = "one over less", .way = '<', .day = 19,
		.facts = ENERGY("n7", "N-7", "corrected", "*9", "*18") "subject=N-1",
		.code = "registry.amount", .says = "20.00 are paid for what it takes the place of, where 10.00 is the most", .findings = 1 },
	{ .name = "the bank's reference of what was paid", .way = '>', .day = 20,
		.facts = PAY "id=m2 trace=m1 supersedes=m1 revision=#2 l1.invoice=N-1 l1.amount=*20", .then = SAID },
	{ .name = "a revision that pays more", .way = '>', .day = 20,
		.facts = PAY "id=m3 trace=m1 supersedes=m2 revision=#3 l1.invoice=N-1 l1.amount=*21",
		.code = "registry.amount", .says = "21.00 in all, where 12.00 is the most", .findings = 1 },
	{ .name = "under the trace number of another", .way = '>', .day = 20,
		.facts = PAID("m4", "N-5", "*1"), .then = SAID },
	{ .name = "that is not of the one before it", .way = '>', .day = 20,
		.facts = PAY "id=m5 trace=m4 supersedes=m2 revision=#3 l1.invoice=N-1 l1.amount=*20",
		.code = "registry.order", .says = "trace number m4 is here already", .findings = 1 },
	{ .name = "it is taken off another invoice", .way = '>', .day = 21,
		.facts = PAID("m6", "N-5", "*29") "l2.invoice=N-2 l2.amount=*-8", .then = SAID },
	{ .name = "once", .way = '>', .day = 21, .facts = PAID("m7", "N-2", "*-1"),
		.code = "registry.amount", .says = "credit note N-2: 9.00 in all, where 8.00 is the most", .findings = 1 },
	{ .name = "less is credited after that", .way = '<', .day = 22,
		.facts = ENERGY("n3", "N-2", "credit_note", "*-1", "*-2") "subject=N-1 supersedes=n2 revision=#2",
		.code = "registry.amount", .says = "credit note N-2: 8.00 are taken off for what it takes the place of, where 2.00 is the most", .findings = 1 },
	{ .name = "more is taken back than was paid", .way = '>', .day = 22, .facts = PAID("m8", "N-1", "*-21"),
		.code = "registry.amount", .says = "invoice N-1: 21.00 are taken back, 20.00 are paid", .findings = 1 },
	{ .name = "a payment is taken back", .way = '>', .day = 22, .facts = PAID("m8", "N-1", "*-20") },
};
STORY(a_credit_after_payment_is_taken_off, refunding)

/* What a credit note gives back may be paid out: by ACH, too, which carries nothing below zero. */
#define BACK(id, number, paid)                                                              \
	"document=#1 type=remittance " A "id=" id " trace=" id " l1.invoice=" number             \
	" l1.amount=" paid " l1.currency=USD "
static const struct step paying_out[] = {
	SOLD,
	{ .name = "paid whole", .way = '>', .day = 18, .facts = PAID("m1", "N-1", "*20"), .then = SAID },
	{ .name = "credited after that", .way = '<', .day = 19,
		.facts = ENERGY("n2", "N-2", "credit_note", "*-4", "*-8") "subject=N-1", .then = SAID },
	{ .name = "what is not there", .way = '<', .day = 20, .facts = BACK("m2", "N-7", "*8"),
		.code = "registry.order", .says = "invoice N-7 is not there", .findings = 1 },
	{ .name = "the bill itself", .way = '<', .day = 20, .facts = BACK("m2", "N-1", "*8"), .code = "registry.order", .findings = 1,
		.says = "invoice N-1 is of who pays, and no credit note: who it is for pays it" },
	{ .name = "with the sign of the credit note", .way = '<', .day = 20, .facts = BACK("m2", "N-2", "*-8"), .code = "registry.amount", .findings = 1,
		.says = "credit note N-2 gives back 8.00: who it is of pays it out with paid_amount above zero" },
	{ .name = "more than it gives", .way = '<', .day = 20, .facts = BACK("m2", "N-2", "*9"),
		.code = "registry.amount", .says = "credit note N-2: 9.00 in all, where 8.00 is the most", .findings = 1 },
	{ .name = "in other money", .way = '<', .day = 20,
		.facts = "document=#1 type=remittance " A "id=m2 trace=m2 l1.invoice=N-2 l1.amount=*8 l1.currency=JPY",
		.code = "registry.amount", .says = "it is in JPY, invoice N-2 is in USD", .findings = 1 },
	{ .name = "of another amount", .way = '<', .day = 20, .facts = BACK("m2", "N-2", "*8") "l1.invoiced=*7",
		.code = "registry.amount", .says = "invoiced_amount is 7.00, invoice N-2 is over -8.00", .findings = 1 },
	{ .name = "a part", .way = '<', .day = 20, .facts = BACK("m2", "N-2", "*5") "l1.invoiced=*8 ", .then = SAID },
	{ .name = "the bank's reference of that", .way = '<', .day = 21,
		.facts = "document=#1 type=remittance " A "id=m3 trace=m2 supersedes=m2 revision=#2 l1.invoice=N-2 l1.amount=*5", .then = SAID },
	{ .name = "the buyer takes more off than is left", .way = '>', .day = 21, .facts = PAID("m4", "N-2", "*-4"),
		.code = "registry.amount", .says = "credit note N-2: 9.00 in all, where 8.00 is the most", .findings = 1 },
	{ .name = "the rest is taken off", .way = '>', .day = 21, .facts = PAID("m4", "N-2", "*-3"), .then = SAID },
	{ .name = "and not paid out, too", .way = '<', .day = 22, .facts = BACK("m5", "N-2", "*3"),
		.code = "registry.amount", .says = "credit note N-2: 11.00 in all", .findings = 1 },
	{ .name = "nothing came", .way = '>', .day = 22, .facts = ANSWER U "id=b1 subject=m3 action=rejected", .then = SAID },
	{ .name = "nor what it took the place of", .way = '>', .day = 22, .facts = ANSWER U "id=b2 subject=m2 action=rejected" },
	{ .name = "the bill is paid as it was", .way = '>', .day = 22, .facts = PAID("m6", "N-1", "*1"),
		.code = "registry.amount", .findings = 1 },
};
STORY(a_credit_note_is_paid_out_by_its_seller, paying_out)

/* Its lines no longer count, and so what was credited of them does not either. */
static const struct step uncrediting[] = {
	SOLD,
	{ .name = "a part is credited", .way = '<', .day = 18,
		.facts = ENERGY("n2", "N-2", "credit_note", "*-4", "*-8") "subject=N-1", .then = SAID },
	{ .name = "and all of it cancelled", .way = '<', .day = 18, .facts = FEE("n3", "N-3", "cancel", "*20") "subject=N-1", .then = SAID },
	{ .name = "all that was measured is billed", .way = '<', .day = 19, .facts = ENERGY("n4", "N-4", "original", "*10", "*20") },
	{ .name = "and no more", .way = '<', .day = 19, .facts = ENERGY("n4", "N-4", "original", "*11", "*22"),
		.code = "registry.amount", .says = "11.000000 kWh are billed in all, 10.000000 were measured", .findings = 1 },
	{ .name = "energy below zero that asks for money", .way = '<', .day = 19,
		.facts = BILL "id=n5 invoice=N-5 kind=original currency=USD amount=*20 l1.award=w1 l1.amount=*20 " KWH("l1", "*-10", "*-2"),
		.code = "registry.amount", .says = "unit_price", .then = SAID },
	{ .name = "is energy", .way = '<', .day = 19, .facts = ENERGY("n4", "N-4", "original", "*1", "*2"),
		.code = "registry.amount", .says = "11.000000 kWh are billed in all, 10.000000 were measured", .findings = 1 },
};
STORY(a_credit_goes_with_its_invoice, uncrediting)

/* --- what is measured in kvar ----------------------------------------------------------------- */

#define REACTIVE(kvar) "l1.kind=voltage_reactive l1.measure=kvar l1.quantity=" kvar " l1.price=*2 "
#define VARS(n, day, kvar, awarded) \
	QUARTER(n, day) n ".quantity_kvar=" kvar " " n ".awarded_kvar=" awarded " "
#define FIVE_MINUTES(n, ns, kvar) n ".start=#" ns " " n ".seconds=#300 " n ".quantity_kvar=" kvar " "
#define VOLT_VAR(sense)                                                                     \
	{ .name = "registered", .way = '<', .day = 1, .then = SAID,                               \
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 inject_kvar=*700 absorb_kvar=*650 " CAN TWO }, \
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID }, \
	{ .name = "requested", .way = '>', .day = 11,                                             \
		.facts = REQUESTED "id=q1 kind=voltage_reactive direction=" sense, .then = SAID }, \
	{ .name = "offered", .way = '<', .day = 12, .facts = OFFERED "id=o1", .then = SAID },     \
	{ .name = "awarded", .way = '>', .day = 13,                                               \
		.facts = GIVEN "id=w1 offer=o1 currency=USD " QUARTER("i1", "@15") "i1.quantity_kvar=*600 i1.price=*2 " \
			QUARTER("i2", "@16") "i2.quantity_kvar=*600 i2.price=*2", .then = SAID }

static const struct step reacting[] = {
	VOLT_VAR("inject"),
	{ .name = "nobody measured yet", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*1200")) },
	{ .name = "where nothing was awarded", .way = '<', .day = 19, .facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 " VARS("i1", "@17", "*9", "*0"),
		.code = "registry.award", .says = "interval 1: delivered_kvar is above zero from 1970-01-18", .findings = 1 },
	{ .name = "of another award", .way = '<', .day = 17, .facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 " VARS("i1", "@15", "*500", "*500"),
		.code = "registry.award", .says = "interval 1: awarded_kvar is 500.000000, award w1 has 600.000000 at that time", .findings = 1 },
	{ .name = "more than can be", .way = '<', .day = 17, .facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 " VARS("i1", "@15", "*736", "*600"),
		.code = "registry.capability", .says = "interval 1: delivered_kvar is 736.000000, registered is 700.000000 for inject", .findings = 1 },
	{ .name = "a part of it, and all of it as it says", .way = '<', .day = 17,
		.facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 percent=*100 " VARS("i1", "@15", "*300", "*600") VARS("i2", "@16", "*600", "*600"),
		.code = "registry.award", .says = "performance_percent is 100.0, by its intervals it is 75.0", .findings = 1 },
	{ .name = "a part of it", .way = '<', .day = 17, .then = SAID,
		.facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 percent=*75 " VARS("i1", "@15", "*300", "*600") VARS("i2", "@16", "*600", "*600") },
	{ .name = "all of it is billed", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*1200")),
		.code = "registry.amount", .says = "line 1: award w1: 1200.000000 kvar are billed, 900.000000 were measured", .findings = 1 },
	{ .name = "it is the same after a restart", .then = REOPENED },
	{ .name = "as much as was measured, rounded", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*900")) },
	{ .name = "and one more", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*901")),
		.code = "registry.amount", .says = "901.000000 kvar are billed, 900.000000 were measured", .findings = 1 },
	{ .name = "the other side counts in thirds, and has more", .way = '>', .day = 17, .then = SAID,
		.facts = MEASURED(U, "w1") "id=p2 energy_kwh=#0 " FIVE_MINUTES("i1", "1296000000000000", "*200")
			FIVE_MINUTES("i2", "1296300000000000", "*600") FIVE_MINUTES("i3", "1296600000000000", "*600")
			VARS("i4", "@16", "*600", "*600") },
	{ .name = "the larger of both", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*1068")),
		.code = "registry.amount", .says = "1068.000000 kvar are billed, 1066.666667 were measured", .findings = 1 },
	{ .name = "which is said to the kvar", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*1067")) },
	{ .name = "what it measured is rejected", .way = '<', .day = 18, .facts = ANSWER A "id=b1 subject=p2 action=rejected", .then = SAID },
	{ .name = "then it is the smaller", .way = '<', .day = 18, .facts = LINE_OF("n1", "N-1", "w1", REACTIVE("*1066")),
		.code = "registry.amount", .says = "1066.000000 kvar are billed, 900.000000 were measured", .findings = 1 },
	{ .name = "called for", .way = '>', .day = 14, .facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kvar=*600", .then = SAID },
	{ .name = "more is expected than can be", .way = '<', .day = 14,
		.facts = "document=#1 type=dispatch_response " A "id=y1 dispatch=x1 sequence=#1 action=started start=@15 quantity_kvar=*701",
		.code = "registry.capability", .says = "expected_kvar is 701.000000, registered is 700.000000", .findings = 1 },
	{ .name = "or the other way", .way = '<', .day = 14,
		.facts = "document=#1 type=dispatch_response " A "id=y1 dispatch=x1 sequence=#1 action=started start=@15 quantity_kvar=*-651",
		.code = "registry.capability", .says = "expected_kvar is -651.000000, registered is 650.000000", .findings = 1 },
	{ .name = "what can be", .way = '<', .day = 14,
		.facts = "document=#1 type=dispatch_response " A "id=y1 dispatch=x1 sequence=#1 action=started start=@15 quantity_kvar=*700" },
};
STORY(kvar_are_measured_and_billed, reacting)

static const struct step absorbing[] = {
	VOLT_VAR("absorb"),
	{ .name = "more than can be", .way = '<', .day = 17, .facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 " VARS("i1", "@15", "*683", "*600"),
		.code = "registry.capability", .says = "delivered_kvar is 683.000000, registered is 650.000000 for absorb", .findings = 1 },
	{ .name = "what can be", .way = '<', .day = 17, .facts = MEASURED(A, "w1") "id=p1 energy_kwh=#0 percent=*113 " VARS("i1", "@15", "*680", "*600") },
};
STORY(kvar_are_measured_as_they_were_asked_for, absorbing)

/* --- which resources delivered ------------------------------------------------------------- */

#define BY(n, resource, kwh) n ".resource=" resource " " n ".energy_kwh=" kwh " "
#define OF_DAY(day) MEASURED(A, "w1") "id=p1 energy_kwh=*10 " QUARTER("i1", day) "i1.quantity_kw=*0 "

static const struct step detailing[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "requested", .way = '>', .day = 11, .facts = REQUESTED "id=q1 direction=up", .then = SAID },
	{ .name = "offered", .way = '<', .day = 12, .facts = OFFERED "id=o1", .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVEN "id=w1 offer=o1 " AT("i1", "@15", "*400"), .then = SAID },
	{ .name = "one leaves, and one comes", .way = '<', .day = 16, .then = SAID,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@20 award=w1 r1.action=remove r1.resource=R-2 "
			"r2.action=add r2.resource=R-3 r2.premise=P-3 r2.export_kw=*900 r2.consent_until=@30" },
	{ .name = "which is agreed", .way = '>', .day = 17, .facts = ACCEPT("d2", "c1", "2"), .then = SAID },
	{ .name = "one that nobody knows", .way = '<', .day = 40, .facts = OF_DAY("@15") BY("r1", "R-1", "*4") BY("r2", "R-404", "*4"),
		.code = "registry.unknown", .says = "resource 2: resource R-404 was not in the aggregation when it was measured", .findings = 1 },
	{ .name = "one that left since", .way = '<', .day = 40, .facts = OF_DAY("@15") BY("r1", "R-1", "*5") BY("r2", "R-2", "*5") },
	{ .name = "one that came since", .way = '<', .day = 40, .facts = OF_DAY("@15") BY("r1", "R-3", "*5"),
		.code = "registry.unknown", .says = "resource R-3 was not in the aggregation when it was measured", .findings = 1 },
	{ .name = "one that had left", .way = '<', .day = 40, .facts = OF_DAY("@21") BY("r1", "R-2", "*5"),
		.code = "registry.unknown", .says = "resource R-2 was not", .findings = 1 },
	{ .name = "one that had come", .way = '<', .day = 40, .facts = OF_DAY("@21") BY("r1", "R-3", "*5") },
	{ .name = "both in the time in which they came and left", .way = '<', .day = 40,
		.facts = OF_DAY("@15") "i2.start=@21 i2.seconds=#900 i2.quantity_kw=*0 " BY("r1", "R-2", "*5") BY("r2", "R-3", "*5") },
	{ .name = "the consent of one had ended", .way = '<', .day = 40, .facts = OF_DAY("@31") BY("r1", "R-3", "*5"),
		.code = "registry.consent", .says = "resource 1: the consent for resource R-3 ended", .findings = 1 },
	{ .name = "more than all of it", .way = '<', .day = 40, .facts = OF_DAY("@15") BY("r1", "R-1", "*8") BY("r2", "R-2", "*3"),
		.code = "registry.amount", .says = "its resources deliver 11.000000 kWh, total_delivered_kwh is 10.000000", .findings = 1 },
	{ .name = "before anything was registered", .way = '<', .day = 40, .facts = OF_DAY("@9") BY("r1", "R-1", "*8"),
		.code = "registry.unknown", .says = "resource R-1 was not", .findings = 1 },
};
STORY(details_are_of_what_was_there, detailing)

/* --- what a price is for ------------------------------------------------------------------- */

#define PRICED(id, request, offer) \
	{ .name = "offered for it", .way = '<', .day = 12, \
		.facts = "document=#1 type=service_offer " A "request=" request " aggregation=A-1 id=" offer, .then = SAID }, \
	{ .name = "and awarded", .way = '>', .day = 13, \
		.facts = GIVEN "offer=" offer " id=" id " currency=USD " AT("i1", "@15", "*40") "i1.price=*2", .then = SAID }
static const struct step pricing[] = {
	AWARDED,
	{ .name = "asked for by the kW", .way = '>', .day = 11, .facts = REQUESTED "id=q2 measure=per_kw", .then = SAID },
	PRICED("w2", "q2", "o2"),
	{ .name = "asked for by the kWh", .way = '>', .day = 11, .facts = REQUESTED "id=q3 measure=per_kwh", .then = SAID },
	PRICED("w3", "q3", "o3"),
	{ .name = "asked for by the call", .way = '>', .day = 11, .facts = REQUESTED "id=q4 measure=per_call", .then = SAID },
	PRICED("w4", "q4", "o4"),
	{ .name = "measured", .way = '<', .day = 16, .facts = MEASURED(A, "w2") "id=p2 energy_kwh=*10", .then = SAID },
	{ .name = "kWh at the price of a kW", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w2", KWH("l1", "*10", "*2")),
		.code = "registry.amount", .says = "line 1: unit is kWh, award w2 is priced per_kw (price_basis of its request): that is by the kW", .findings = 1 },
	{ .name = "kW at the price of a kWh", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w3", OF_CAPACITY("*40")),
		.code = "registry.amount", .says = "unit is kW, award w3 is priced per_kwh", .findings = 1 },
	{ .name = "months", .way = '<', .day = 17,
		.facts = LINE_OF("n1", "N-1", "w2", "l1.kind=capacity l1.measure=month l1.quantity=*40 l1.price=*2 "),
		.code = "registry.amount", .says = "unit is month, award w2 is priced per_kw", .findings = 1 },
	{ .name = "kW by the kW", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w2", OF_CAPACITY("*40")) },
	{ .name = "calls", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w4", "l1.kind=capacity l1.measure=call l1.quantity=*3 l1.price=*2 ") },
	{ .name = "what is no service has a price of its own", .way = '<', .day = 17,
		.facts = LINE_OF("n1", "N-1", "w3", "l1.kind=availability_payment l1.measure=month l1.quantity=*1 l1.price=*9 ") },
	{ .name = "nobody said what the price is for", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w1", OF_CAPACITY("*40")) },
	{ .name = "it is the same after a restart", .then = REOPENED },
	{ .name = "kWh at the price of a call", .way = '<', .day = 17, .facts = LINE_OF("n1", "N-1", "w4", OF_CAPACITY("*3")),
		.code = "registry.amount", .says = "unit is kW, award w4 is priced per_call", .findings = 1 },
};
STORY(a_line_is_in_the_unit_of_its_price, pricing)

/* --- lines that name no award --------------------------------------------------------------- */

static const struct step misnaming[] = {
	SOLD,
	{ .name = "an offer", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=original l1.award=o1 l1.amount=*2 " KWH("l1", "*1", "*2"),
		.code = "registry.award", .says = "line 1: invoice follows award o1, which is a service_offer", .findings = 1 },
	{ .name = "nothing", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=original l1.award=w9 l1.amount=*2 " KWH("l1", "*1", "*2"),
		.code = "registry.award", .says = "line 1: invoice follows award w9, which is not there", .findings = 1 },
};
STORY(a_line_names_an_award, misnaming)

/* --- statements ------------------------------------------------------------------------------ */

#define STATED(id, name) "document=#1 type=settlement_statement " U "id=" id " name=" name " "

static const struct step stating[] = {
	SOLD,
	{ .name = "stated", .way = '>', .day = 18, .facts = STATED("s1", "ST-1") "kind=initial l1.award=w1 l1.energy_kwh=*10", .then = SAID },
	{ .name = "the same again", .way = '>', .day = 18, .facts = STATED("s2", "ST-1") "kind=initial l1.award=w1 l1.energy_kwh=*10",
		.code = "registry.order", .says = "statement ST-1 is here already: what changes it supersedes it, or replaces it", .findings = 1 },
	{ .name = "another one by its name", .way = '>', .day = 18, .facts = STATED("s2", "ST-1") "kind=final l1.award=w1 l1.energy_kwh=*9",
		.code = "registry.order", .says = "statement ST-1 is here already", .findings = 1 },
	{ .name = "a revision", .way = '>', .day = 18, .facts = STATED("s2", "ST-1") "supersedes=s1 revision=#2 l1.award=w1 l1.energy_kwh=*9", .then = SAID },
	{ .name = "it replaces what is not there", .way = '>', .day = 19, .facts = STATED("s3", "ST-2") "kind=revised subject=ST-9",
		.code = "registry.order", .says = "it replaces statement ST-9, which is not there", .findings = 1 },
	{ .name = "it replaces itself", .way = '>', .day = 19, .facts = STATED("s3", "ST-1") "kind=revised subject=ST-1" },
	{ .name = "it replaces it by another name", .way = '>', .day = 19, .facts = STATED("s3", "ST-2") "kind=revised subject=ST-1", .then = SAID },
	{ .name = "what is replaced", .way = '>', .day = 19, .facts = STATED("s4", "ST-3") "kind=revised subject=ST-1",
		.code = "registry.order", .says = "it replaces statement ST-1, which is replaced", .findings = 1 },
	{ .name = "another partner has its own", .way = '>', .day = 19, .partner = "other", .facts = STATED("s1", "ST-1") "kind=initial" },
};
STORY(a_statement_is_said_once, stating)

/* --- what is registered can have delivered --------------------------------------------------- */

/* 1000 kW up and 800 down; A may be off by a twentieth. */
static const struct step overdelivering[] = {
	AWARDED,
	{ .name = "asked for up", .way = '>', .day = 11, .facts = REQUESTED "id=q2 direction=up", .then = SAID },
	{ .name = "offered", .way = '<', .day = 12, .facts = "document=#1 type=service_offer " A "id=o2 request=q2 aggregation=A-1", .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVEN "id=w2 offer=o2 " AT("i1", "@15", "*400") AT("i2", "@16", "*400") AT("i3", "@17", "*400"), .then = SAID },
	{ .name = "more than all of it can", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p1 " AT("i1", "@15", "*1051") AT("i2", "@16", "*900") AT("i3", "@17", "*9999"),
		.code = "registry.capability", .findings = 2,
		.says = "interval 1: delivered_kw is 1051.000000, registered is 1000.000000 for up: it cannot have been delivered, also where a meter is off by 5 %" },
	{ .name = "as much as a meter may be off", .way = '<', .day = 18, .facts = MEASURED(A, "w2") "id=p1 " AT("i1", "@15", "*1050") },
	{ .name = "energy that nobody can deliver in its time", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p1 i1.energy_kwh=*263 " AT("i1", "@15", "*900"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 1: delivered_kwh is 263.000000, registered is 250.000000 for up" },
	{ .name = "as much as it can", .way = '<', .day = 18, .facts = MEASURED(A, "w2") "id=p1 i1.energy_kwh=*262 " AT("i1", "@15", "*900") },
	{ .name = "where it does not count either", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p1 i1.excluded=grid_outage " AT("i1", "@15", "*1051"), .code = "registry.capability", .findings = 1 },
	{ .name = "of the utility", .way = '>', .day = 18, .facts = MEASURED(U, "w2") "id=p1 " AT("i1", "@15", "*1051"),
		.code = "registry.capability", .findings = 1 },
	{ .name = "nobody says which way", .way = '<', .day = 18, .facts = MEASURED(A, "w1") "id=p1 " AT("i1", "@15", "*1051"),
		.code = "registry.capability", .findings = 1, .says = "registered is 1000.000000:" },
	{ .name = "more will be there", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 from=@17 up_kw=*2000 r1.action=modify r1.resource=R-1", .then = SAID },
	{ .name = "as is decided", .way = '>', .day = 14, .facts = ACCEPT("d2", "c1", "2"), .then = SAID },
	{ .name = "from then on", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p1 " AT("i1", "@16", "*1051") AT("i2", "@17", "*2100"),
		.code = "registry.capability", .findings = 1, .says = "interval 1" },
	{ .name = "within the time", .way = '<', .day = 18,
		.facts = MEASURED(A, "w2") "id=p1 i1.start=@16 i1.seconds=#172800 i1.quantity_kw=*2100" },
};
STORY(what_cannot_have_been_delivered_is_told, overdelivering)

/* Export 900, import 500, up 1000, down 800: a setpoint may be a change of load. */
#define EXPECTED(kw) RESPONSE "id=y1 dispatch=x1 sequence=#1 action=received start=@15 quantity_kw=" kw
#define CHANGED(kw) RESPONSE "id=y2 dispatch=x2 sequence=#1 action=received start=@15 quantity_kw=" kw

static const struct step expecting[] = {
	AWARDED,
	{ .name = "called", .way = '>', .day = 15, .facts = DISPATCH "id=x1 award=w1 action=start sequence=#1 i1.start=@15 i1.quantity_kw=*400", .then = SAID },
	{ .name = "more is expected than there is", .way = '<', .day = 15, .facts = EXPECTED("*1001"),
		.code = "registry.capability", .says = "expected_kw is 1001.000000, registered is 1000.000000", .findings = 1 },
	{ .name = "all there is", .way = '<', .day = 15, .facts = EXPECTED("*1000") },
	{ .name = "the other way", .way = '<', .day = 15, .facts = EXPECTED("*-1001"),
		.code = "registry.capability", .says = "expected_kw is -1001.000000, registered is 1000.000000", .findings = 1 },
	{ .name = "before it is there", .way = '<', .day = 15,
		.facts = RESPONSE "id=y1 dispatch=x1 sequence=#1 action=received start=@5 quantity_kw=*1001" },
	{ .name = "called for a change", .way = '>', .day = 15, .facts = DISPATCH "id=x2 award=w1 action=start sequence=#2 i1.start=@15 i1.change_kw=*400", .then = SAID },
	{ .name = "more of it", .way = '<', .day = 15, .facts = CHANGED("*1001"),
		.code = "registry.capability", .says = "registered is 1000.000000", .findings = 1 },
	{ .name = "more the other way", .way = '<', .day = 15, .facts = CHANGED("*-801"),
		.code = "registry.capability", .says = "expected_kw is -801.000000, registered is 800.000000", .findings = 1 },
	{ .name = "as much", .way = '<', .day = 15, .facts = CHANGED("*-800") },
};
STORY(what_is_expected_is_there, expecting)

int main(void)
{
#define IN_A_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(a_paid_invoice_is_not_cancelled),
		IN_A_HOUSE(a_correction_is_not_over_less_than_is_paid),
		IN_A_HOUSE(what_was_paid_for_a_correction_counts),
		IN_A_HOUSE(an_offer_is_awarded_in_parts),
		IN_A_HOUSE(terms_of_an_offer_are_those_of_its_parts),
		IN_A_HOUSE(what_was_over_before_a_cancellation_is_owed),
		IN_A_HOUSE(what_a_revision_leaves_out_was_awarded_until_then),
		IN_A_HOUSE(an_answer_that_crosses_a_revision_changes_nothing),
		IN_A_HOUSE(what_is_called_for_adds_up_over_revisions),
		IN_A_HOUSE(what_is_measured_is_billed_rounded),
		IN_A_HOUSE(an_award_is_cut_to_what_was_delivered),
		IN_A_HOUSE(an_answer_brings_nothing_back),
		IN_A_HOUSE(what_is_paid_is_not_forgotten_behind_revisions),
		IN_A_HOUSE(what_is_measured_anew_is_measured_once),
		IN_A_HOUSE(a_revised_award_is_no_second_one),
		IN_A_HOUSE(a_time_is_measured_once_whichever_award_names_it),
		IN_A_HOUSE(what_is_delivered_is_not_undone),
		IN_A_HOUSE(the_part_to_come_may_be_taken_back),
		IN_A_HOUSE(what_is_credited_is_not_paid),
		IN_A_HOUSE(a_credit_after_payment_is_taken_off),
		IN_A_HOUSE(a_credit_note_is_paid_out_by_its_seller),
		IN_A_HOUSE(a_credit_goes_with_its_invoice),
		IN_A_HOUSE(a_line_is_in_the_unit_of_its_price),
		IN_A_HOUSE(a_line_names_an_award),
		IN_A_HOUSE(a_statement_is_said_once),
		IN_A_HOUSE(what_cannot_have_been_delivered_is_told),
		IN_A_HOUSE(what_is_expected_is_there),
		IN_A_HOUSE(kvar_are_measured_and_billed),
		IN_A_HOUSE(kvar_are_measured_as_they_were_asked_for),
		IN_A_HOUSE(details_are_of_what_was_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
