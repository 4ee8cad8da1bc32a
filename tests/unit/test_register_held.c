/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is offered, awarded and called for, held to what is registered: in its direction, in its
 * time, by the conditions of the decision, and to the terms of the request and the offer.
 */
#include "register_story.h"

/* --- which way -------------------------------------------------------------------------- */

#define FULL                                                                                   \
	"export_kw=*4800 import_kw=*5200 up_kw=*4500 down_kw=*5000 inject_kvar=*50 absorb_kvar=*90 " \
	"r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 r1.export_kw=*2400 r1.import_kw=*2600 "      \
	"r2.resource=R-2 r2.premise=P-2 r2.feeder=F-2 r2.export_kw=*2400 r2.import_kw=*2600 "
#define FULLY(id) REG "id=" id " action=create aggregation=A-1 from=@10 " FULL
#define HOUR(what) "i1.start=@15 i1.seconds=#3600 " what
#define KW(n) HOUR("i1.quantity_kw=*" n)
#define KVAR(n) HOUR("i1.quantity_kvar=*" n)
#define WANTED(id, way) REQUESTED "id=" id " direction=" way " " DAY("15")
#define EMERGENCY(what) CALL "id=x1 action=start override=schedule sequence=#1 " HOUR(what)
#define GIVE(id, of) GIVEN "id=" id " offer=" of " "

static const struct step ways[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "up is wanted", .way = '>', .day = 11, .facts = WANTED("q1", "up"), .then = SAID },
	{ .name = "down is wanted", .way = '>', .day = 11, .facts = WANTED("q2", "down"), .then = SAID },
	{ .name = "kvar are wanted", .way = '>', .day = 11, .facts = WANTED("q3", "inject"), .then = SAID },
	{ .name = "anything is wanted", .way = '>', .day = 11, .facts = WANTED("q4", "hold"), .then = SAID },
	{ .name = "up", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") KW("2500"), .then = SAID },
	{ .name = "up again", .way = '<', .day = 12, .facts = ANSWERED("o2", "q1") KW("2500"), .then = SAID },
	{ .name = "down", .way = '<', .day = 12, .facts = ANSWERED("o3", "q2") KW("5000"), .then = SAID },
	{ .name = "kvar", .way = '<', .day = 12, .facts = ANSWERED("o4", "q3") KVAR("30"), .then = SAID },
	{ .name = "more kvar", .way = '<', .day = 12, .facts = ANSWERED("o5", "q3") KVAR("30"), .then = SAID },
	{ .name = "whichever way", .way = '<', .day = 12, .facts = ANSWERED("o6", "q4") KW("600"), .then = SAID },
	{ .name = "the first is awarded", .way = '>', .day = 13, .facts = GIVE("w1", "o1") KW("2500"), .then = SAID },
	{ .name = "and the second", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("2500"), .findings = 1,
		.code = "registry.capability",
		.says = "document 1, interval 1: all awards at that time come to 5000.000000 kW up, registered is 4500.000000" },
	{ .name = "as much as there is", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("2000"), .then = SAID },
	{ .name = "what goes down is beside it", .way = '>', .day = 13, .facts = GIVE("w3", "o3") KW("5000"), .then = SAID },
	{ .name = "what may go either way is too much", .way = '>', .day = 13, .facts = GIVE("w6", "o6") KW("600"),
		.code = "registry.capability", .findings = 1,
		.says = "all awards at that time come to 5600.000000 kW, registered is 5000.000000" },
	{ .name = "kvar are", .way = '>', .day = 13, .facts = GIVE("w4", "o4") KVAR("30"), .then = SAID },
	{ .name = "summed up, too", .way = '>', .day = 13, .facts = GIVE("w5", "o5") KVAR("21"), .findings = 1,
		.code = "registry.capability", .says = "all awards at that time come to 51.000000 kvar inject, registered is 50.000000" },
	{ .name = "and as many as there are", .way = '>', .day = 13, .facts = GIVE("w5", "o5") KVAR("20") },
	{ .name = "a change leaves enough of the larger direction", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@15 created=@14 up_kw=*4400 down_kw=*5000",
		.code = "registry.capability", .findings = 1, .says = "4500.000000 kW up are awarded from then on, 4400.000000 are left" },
	{ .name = "or of reactive power", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@15 created=@14 inject_kvar=*29",
		.code = "registry.capability", .findings = 1, .says = "30.000000 kvar inject are awarded from then on, 29.000000 are left" },
	{ .name = "it leaves all", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@15 created=@14 up_kw=*4500 down_kw=*5000" },
	{ .name = "a setpoint is what is put out", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*4801"),
		.code = "registry.capability", .findings = 1, .says = "quantity_kw is 4801.000000, registered is 4800.000000" },
	{ .name = "all of it", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*4800") },
	{ .name = "or taken in", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*-5201"),
		.code = "registry.capability", .findings = 1, .says = "quantity_kw is -5201.000000, registered is 5200.000000" },
	{ .name = "all that it can", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*-5200") },
	{ .name = "a dispatch of the day before yesterday", .way = '>', .day = 17, .facts = EMERGENCY("i1.quantity_kw=*10"),
		.code = "registry.late", .findings = 1, .says = "its last interval ended at 1970-01-16T01:00:00.000Z" },
	{ .name = "written down the same day", .way = '>', .day = 16, .facts = EMERGENCY("i1.quantity_kw=*10") },
	{ .name = "what ends may be as late as it is", .way = '>', .day = 17,
		.facts = CALL "id=x1 action=cancel override=schedule sequence=#1 " KW("10") },
};
STORY(directions_are_compared, ways)

/* --- what is called for together -------------------------------------------------------- */

#define START(id, award, seq, what) CALL "id=" id " award=" award " action=start sequence=#" seq " " HOUR(what) " "
#define ADJUST(id, award, seq, what) CALL "id=" id " award=" award " action=adjust sequence=#" seq " " HOUR(what)
#define ALONE(id, word, what) CALL "id=" id " correlation=" id " action=" word " override=schedule sequence=#1 " HOUR(what)

static const struct step calls[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "what is put out is wanted", .way = '>', .day = 11, .facts = WANTED("q1", "up") "baseline=metered_output", .then = SAID },
	{ .name = "offered", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") KW("400"), .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVE("w1", "o1") KW("400"), .then = SAID },
	{ .name = "more is wanted, beside a baseline", .way = '>', .day = 11,
		.facts = WANTED("q2", "up") "baseline=day_matching", .then = SAID },
	{ .name = "offered, too", .way = '<', .day = 12, .facts = ANSWERED("o2", "q2") KW("4100"), .then = SAID },
	{ .name = "awarded, too", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("4100"), .then = SAID },
	{ .name = "called for", .way = '>', .day = 14, .facts = START("x1", "w1", "1", "i1.quantity_kw=*300"), .then = SAID },
	{ .name = "and more of the same award", .way = '>', .day = 14, .facts = START("x2", "w1", "2", "i1.quantity_kw=*101"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 1: quantity_kw comes to 401.000000 with what is called for at that time already, award w1 has 400.000000: "
			"what is to take the place of another one adjusts or supersedes it" },
	{ .name = "as much as there is", .way = '>', .day = 14, .facts = START("x2", "w1", "2", "i1.quantity_kw=*100") },
	{ .name = "in its place", .way = '>', .day = 14, .facts = ADJUST("x2", "w1", "2", "i1.quantity_kw=*400") },
	{ .name = "or superseding it", .way = '>', .day = 14,
		.facts = START("x2", "w1", "2", "i1.quantity_kw=*400") "supersedes=x1 revision=#2" },
	{ .name = "at another time", .way = '>', .day = 14,
		.facts = CALL "id=x2 award=w1 action=start sequence=#2 " QUARTER("i1", "@15") "i1.quantity_kw=*100" },
	{ .name = "it is adjusted", .way = '>', .day = 14, .facts = ADJUST("x2", "w1", "2", "i1.quantity_kw=*50"), .then = SAID },
	{ .name = "so there is more left", .way = '>', .day = 14, .facts = START("x3", "w1", "3", "i1.quantity_kw=*350") },
	{ .name = "a change", .way = '>', .day = 14, .facts = START("x4", "w2", "1", "i1.change_kw=*4100"), .then = SAID },
	{ .name = "and another one beside it", .way = '>', .day = 14, .facts = START("x5", "w1", "3", "i1.change_kw=*350"), .then = SAID },
	{ .name = "which is all that is registered, but for this", .way = '>', .day = 14, .facts = START("x6", "w1", "4", "i1.change_kw=*51"),
		.code = "registry.capability", .findings = 1, .says = "change_kw comes to 401" },
	{ .name = "it is stopped", .way = '>', .day = 14,
		.facts = CALL "id=x7 award=w2 action=stop sequence=#2", .then = SAID },
	{ .name = "and may begin again", .way = '>', .day = 14, .facts = START("x8", "w2", "3", "i1.change_kw=*4100"), .then = SAID },
	{ .name = "an emergency", .way = '>', .day = 14, .facts = ALONE("x9", "start", "i1.quantity_kw=*4000"), .then = SAID },
	{ .name = "and another one at once", .way = '>', .day = 14, .facts = ALONE("x10", "start", "i1.quantity_kw=*801"),
		.code = "registry.capability", .findings = 1,
		.says = "quantity_kw comes to 4801.000000 with what is called for at that time already, registered is 4800.000000" },
	{ .name = "the other way", .way = '>', .day = 14, .facts = ALONE("x10", "start", "i1.quantity_kw=*-5200") },
	{ .name = "what was refused is not called for any more", .way = '<', .day = 14,
		.facts = RESPONSE "id=y9 dispatch=x9 sequence=#1 action=opted_out", .then = SAID },
	{ .name = "so that is all there is", .way = '>', .day = 14, .facts = ALONE("x10", "start", "i1.quantity_kw=*4800"), .then = SAID },
	{ .name = "its dispatch was never delivered", .then = VOIDED, .row = 26 },
	{ .name = "then there is as much again", .way = '>', .day = 14, .facts = ALONE("x11", "start", "i1.quantity_kw=*4800") },
};
STORY(what_is_called_for_is_summed_up, calls)

/* --- how it is answered ------------------------------------------------------------------ */

#define TELL(id, seq, word) RESPONSE "id=" id " dispatch=x1 sequence=#" seq " action=" word

static const struct step answering[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "called for", .way = '>', .day = 14, .facts = ALONE("x1", "start", "i1.quantity_kw=*400"), .then = SAID },
	{ .name = "it is received", .way = '<', .day = 14, .facts = TELL("y1", "1", "received"), .then = SAID },
	{ .name = "once", .way = '<', .day = 14, .facts = TELL("y2", "1", "received"), .code = "registry.sequence",
		.says = "sequence 1 comes behind 1" },
	{ .name = "who echoes the dispatch's number goes on by the status", .way = '<', .day = 14,
		.facts = TELL("y2", "1", "started"), .then = SAID },
	{ .name = "it is followed in part", .way = '<', .day = 14, .facts = TELL("y3", "1", "partial") },
	{ .name = "it does not go back", .way = '<', .day = 14, .facts = TELL("y3", "1", "received"), .code = "registry.sequence",
		.findings = 1 },
	{ .name = "nor does a number", .way = '<', .day = 14, .facts = TELL("y3", "0", "completed"), .code = "registry.sequence",
		.findings = 1 },
	{ .name = "it ends", .way = '<', .day = 14, .facts = TELL("y3", "1", "completed"), .then = SAID },
	{ .name = "once, too", .way = '<', .day = 14, .facts = TELL("y4", "1", "completed"), .code = "registry.order",
		.findings = 2 },
};
STORY(responses_count_or_echo, answering)

/* --- under conditions ------------------------------------------------------------------- */

#define UNDER(id, of, rev, what) \
	DECISION "id=" id " registration=" of " aggregation=A-1 action=accepted_with_conditions basis=#" rev " " what
#define CAP(n, way, kw) n ".kind=" way "_cap " n ".cap_kw=*" kw " "
#define EXPECTED(what) AVAIL "id=v aggregation=A-1 kind=forecast " HOUR(what)

static const struct step conditions[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .then = SAID,
		.facts = UNDER("d1", "r1", "1", CAP("c1", "export", "1000") "c2.kind=telemetry "
			"c3.kind=export_cap c3.cap_kw=*1 c3.window=nights c4.kind=export_cap c4.cap_kw=*2 c4.place=S-1 "
			"c5.kind=export_cap c5.cap_kw=*3 c5.feeder=F-1 c5.spot=T-1 "
			"c6.kind=export_cap c6.cap_kw=*4000 c6.direction=up c7.kind=import_cap c7.cap_kw=*700 c7.feeder=F-1") },
	{ .name = "more than it lets be put out is expected", .way = '<', .day = 11, .facts = EXPECTED("i1.export_kw=*1001"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 1: export_kw is 1001.000000, a condition of decision d1 lets 1000.000000 through at that time" },
	{ .name = "as much", .way = '<', .day = 11, .facts = EXPECTED("i1.export_kw=*1000 i1.import_kw=*3300 i1.up_kw=*4000") },
	{ .name = "of a feeder", .way = '<', .day = 11, .facts = EXPECTED("i1.import_kw=*3301"),
		.code = "registry.capability", .findings = 1,
		.says = "import_kw is 3301.000000, a condition of decision d1 of a feeder of it leaves 3300.000000 to all of its resources" },
	{ .name = "up", .way = '<', .day = 11, .facts = EXPECTED("i1.up_kw=*4001"), .code = "registry.capability",
		.findings = 1, .says = "up_kw is 4001.000000, a condition of its registration leaves 4000.000000" },
	{ .name = "called for", .way = '>', .day = 11, .facts = EMERGENCY("i1.quantity_kw=*1001"), .code = "registry.capability",
		.findings = 1, .says = "quantity_kw is 1001.000000, a condition of decision d1 lets 1000" },
	{ .name = "changed", .way = '>', .day = 11, .facts = EMERGENCY("i1.change_kw=*4001"), .code = "registry.capability",
		.findings = 1, .says = "change_kw is 4001.000000, a condition of its registration leaves 4000" },
	{ .name = "wanted, by what is put out", .way = '>', .day = 11,
		.facts = WANTED("q1", "up") "baseline=metered_output", .then = SAID },
	{ .name = "offered", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") KW("1001"), .code = "registry.capability",
		.findings = 1, .says = "a condition of decision d1 lets 1000" },
	{ .name = "wanted, beside a baseline", .way = '>', .day = 11,
		.facts = WANTED("q2", "up") "baseline=day_matching", .then = SAID },
	{ .name = "more than up", .way = '<', .day = 12, .facts = ANSWERED("o2", "q2") KW("4001"), .code = "registry.capability",
		.findings = 1, .says = "quantity_kw is 4001.000000, a condition of its registration leaves 4000.000000 for up" },
	{ .name = "what is left", .way = '<', .day = 12, .facts = ANSWERED("o2", "q2") KW("4000"), .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("4000"), .then = SAID },
	{ .name = "and more", .way = '<', .day = 12, .facts = ANSWERED("o3", "q2") KW("10"), .then = SAID },
	{ .name = "is together too much", .way = '>', .day = 13, .facts = GIVE("w3", "o3") KW("10"), .code = "registry.capability",
		.findings = 1, .says = "all awards at that time come to 4010.000000 kW up, a condition of its registration leaves 4000" },
	{ .name = "a dispatch", .way = '>', .day = 13, .facts = EMERGENCY("i1.quantity_kw=*900"), .then = SAID },
	{ .name = "more is said to follow", .way = '<', .day = 13,
		.facts = RESPONSE "id=y1 dispatch=x1 sequence=#1 action=started start=@15 quantity_kw=*1001",
		.code = "registry.capability", .says = "a condition of decision d1 lets 1000" },
	{ .name = "a change", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@20 created=@14 down_kw=*4000 award=w2", .then = SAID },
	{ .name = "which is accepted under another one", .way = '>', .day = 14,
		.facts = UNDER("d2", "c1", "2", CAP("c1", "import", "200")), .then = SAID },
	{ .name = "before it", .way = '<', .day = 14, .facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@19") "i1.import_kw=*300" },
	{ .name = "then both hold", .way = '<', .day = 14, .findings = 2,
		.facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@20") "i1.import_kw=*201 i1.export_kw=*1001",
		.code = "registry.capability", .says = "a condition of decision d1 lets 1000" },
	{ .name = "with both there is less between them", .way = '<', .day = 14,
		.facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@20") "i1.up_kw=*1201",
		.code = "registry.capability", .findings = 1, .says = "up_kw is 1201.000000, a condition of its registration leaves 1200" },
	{ .name = "the ledger is opened again", .then = REOPENED },
	{ .name = "and knows them", .way = '<', .day = 14, .facts = EXPECTED("i1.export_kw=*1001"),
		.code = "registry.capability", .findings = 1, .says = "decision d1" },
	{ .name = "another list", .way = '<', .day = 14,
		.facts = REG "id=r2 action=replace aggregation=A-1 from=@30 " FULL, .then = SAID },
	{ .name = "is accepted", .way = '>', .day = 14, .facts = ACCEPT("d3", "r2", "3"), .then = SAID },
	{ .name = "which is under none", .way = '<', .day = 14,
		.facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@30") "i1.export_kw=*4800 i1.import_kw=*5200 i1.up_kw=*4500" },
	{ .name = "until then it is as it was", .way = '<', .day = 14,
		.facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@29") "i1.export_kw=*1001",
		.code = "registry.capability", .findings = 1, .says = "decision d1" },
	{ .name = "the first decision was never delivered", .then = VOIDED, .row = 2 },
	{ .name = "and binds nobody", .way = '<', .day = 14, .facts = EXPECTED("i1.export_kw=*1001"), .code = "registry.unknown" },
};
STORY(conditions_of_decisions_bind, conditions)

/* --- to the terms of requests and offers ------------------------------------------------- */

static const struct step terms[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "wanted, from some amount on", .way = '>', .day = 11,
		.facts = WANTED("q1", "up") "least_kw=*100 step_kw=*50 i1.quantity_kw=*300", .then = SAID },
	{ .name = "less is offered", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") KW("99"), .code = "registry.order",
		.findings = 2, .says = "interval 1: quantity_kw is 99.000000, request q1 asks for 100.000000 at least (min_offer_kw)" },
	{ .name = "in another step", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") KW("120"), .code = "registry.order",
		.findings = 1, .says = "quantity_kw is 120.000000, request q1 asks for multiples of 50.000000 (step_kw)" },
	{ .name = "more than is wanted, all or nothing", .way = '<', .day = 12, .then = SAID,
		.facts = ANSWERED("o1", "q1") "whole=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*400 "
			"i2.start=#1296900000000000 i2.seconds=#900 i2.quantity_kw=*500" },
	{ .name = "a part is awarded", .way = '>', .day = 13, .code = "registry.order", .findings = 1,
		.facts = GIVE("w1", "o1") QUARTER("i1", "@15") "i1.quantity_kw=*400 i2.start=#1296900000000000 i2.seconds=#900 i2.quantity_kw=*499",
		.says = "interval 2: quantity_kw is 499.000000 at that time, offer o1 has 500.000000 and is all or nothing (all_or_nothing)" },
	{ .name = "for some of the time", .way = '>', .day = 13, .code = "registry.order", .findings = 1,
		.facts = GIVE("w1", "o1") QUARTER("i1", "@15") "i1.quantity_kw=*400",
		.says = "it awards 900 s, offer o1 is for 1800 s and is all or nothing (all_or_nothing)" },
	{ .name = "nothing is", .way = '>', .day = 13,
		.facts = "document=#1 type=service_award " U "aggregation=A-1 action=not_awarded id=w1 offer=o1" },
	{ .name = "all of it, in longer intervals than it was offered", .way = '>', .day = 13, .code = "registry.order",
		.facts = GIVE("w1", "o1") "i1.start=@15 i1.seconds=#1800 i1.quantity_kw=*400", .findings = 1, .says = "has 500" },
	{ .name = "all of it", .way = '>', .day = 13,
		.facts = GIVE("w1", "o1") QUARTER("i1", "@15") "i1.quantity_kw=*400 i2.start=#1296900000000000 i2.seconds=#900 i2.quantity_kw=*500" },
	{ .name = "some of it is enough", .way = '<', .day = 12, .then = SAID,
		.facts = ANSWERED("o2", "q1") "least_kw=*200 whole=#0 " KW("400") },
	{ .name = "but not so little", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("199"), .code = "registry.order",
		.findings = 1, .says = "quantity_kw is 199.000000, offer o2 accepts 200.000000 at least (min_acceptable_kw)" },
	{ .name = "as much as is acceptable", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("200") },
	{ .name = "nothing at that time", .way = '>', .day = 13, .facts = GIVE("w2", "o2") KW("0") },
	{ .name = "reactive power is in no kW", .way = '>', .day = 11,
		.facts = WANTED("q2", "inject") "least_kw=*100 i1.quantity_kvar=*300", .then = SAID },
	{ .name = "and all of it is all", .way = '<', .day = 12, .facts = ANSWERED("o3", "q2") "whole=#1 " KVAR("40"), .then = SAID },
	{ .name = "of reactive power, too", .way = '>', .day = 13, .facts = GIVE("w3", "o3") KVAR("39"), .code = "registry.order",
		.findings = 1, .says = "quantity_kvar is 39.000000 at that time, offer o3 has 40" },
};
STORY(terms_of_requests_and_offers_hold, terms)

/* --- what changes and decisions lead to -------------------------------------------------- */

#define BATTERY(n, feeder_) \
	"r" n ".resource=R-" n " r" n ".premise=P-" n " r" n ".feeder=" feeder_ " r" n ".export_kw=*2400 r" n ".import_kw=*2400 "
#define BATTERIES(can) REG "id=r0 action=create aggregation=A-0 from=@10 " can BATTERY("8", "F-8") BATTERY("9", "F-9")
#define CHANGED(id, rev, what) CHANGE "id=" id " aggregation=A-1 cause=correction basis=#" rev " from=@20 created=@14 " what
#define TAKEN(id, of, rev, word) DECISION "id=" id " registration=" of " aggregation=A-1 action=" word " basis=#" rev " "

static const struct step leading[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "4"), .then = SAID },
	{ .name = "more than all of them have", .way = '<', .day = 3, .facts = BATTERIES("export_kw=*99999 up_kw=*9600 "),
		.code = "registry.capability", .findings = 1,
		.says = "document 1: export_kw is to be 99999.000000, by the nameplates of its resources it is 4800.000000 at most" },
	{ .name = "from full charge to full discharge", .way = '<', .day = 3,
		.facts = BATTERIES("export_kw=*4800 import_kw=*4800 up_kw=*9600 down_kw=*9600 ") },
	{ .name = "and no more", .way = '<', .day = 3, .facts = BATTERIES("up_kw=*9601 down_kw=*9601 "),
		.code = "registry.capability", .findings = 2, .says = "up_kw is to be 9601.000000, by the nameplates of its resources it is 9600" },
	{ .name = "by what is let out, and not by what they could", .way = '<', .day = 3,
		.facts = BATTERIES("export_kw=*2500 up_kw=*9600 ") "r9.cap_kw=*0 ",
		.code = "registry.capability", .findings = 1,
		.says = "export_kw is to be 2500.000000, by the nameplates and export limits of its resources it is 2400.000000 at most" },
	{ .name = "loads behind it take the rest", .way = '<', .day = 3, .facts = BATTERIES("export_kw=*2400 up_kw=*9600 ") "r9.cap_kw=*0 " },
	{ .name = "more is let out than they have", .way = '<', .day = 3, .facts = BATTERIES("export_kw=*4800 ") "r9.cap_kw=*9000 " },
	{ .name = "one of which nobody knows may do it", .way = '<', .day = 3,
		.facts = BATTERIES("export_kw=*99999 up_kw=*99999 ") "r10.resource=R-7" },
	{ .name = "what sheds goes up by that", .way = '<', .day = 3,
		.facts = REG "id=r0 action=create aggregation=A-0 from=@10 up_kw=*70 r1.resource=R-9 r1.export_kw=*0 r1.import_kw=*0 r1.up_kw=*70" },
	{ .name = "less is left, and none of it is said", .way = '<', .day = 14,
		.facts = CHANGED("c0", "4", "up_kw=*2400 down_kw=*2600 drop_kw=*0 r1.action=remove r1.resource=R-2"),
		.code = "registry.capability", .findings = 1,
		.says = "capability_drop_kw is 0.000000, by what is registered and what is left it is 2400.000000" },
	{ .name = "it is said", .way = '<', .day = 14,
		.facts = CHANGED("c0", "4", "up_kw=*2400 down_kw=*2600 drop_kw=*2400 r1.action=remove r1.resource=R-2") },
	{ .name = "by what is taken in, which falls more", .way = '<', .day = 14,
		.facts = CHANGED("c0", "4", "up_kw=*2400 import_kw=*2600 drop_kw=*2600 r1.action=remove r1.resource=R-2") },
	{ .name = "more is said", .way = '<', .day = 14,
		.facts = CHANGED("c0", "4", "up_kw=*2400 drop_kw=*2600 r1.action=remove r1.resource=R-2"),
		.code = "registry.capability", .findings = 1, .says = "capability_drop_kw is 2600.000000" },
	{ .name = "nothing falls", .way = '<', .day = 14, .facts = CHANGED("c0", "4", "up_kw=*4500 drop_kw=*0") },
	{ .name = "two changes of one revision", .way = '<', .day = 14,
		.facts = CHANGED("c1", "4", "count=#1 r1.action=remove r1.resource=R-2"), .then = SAID },
	{ .name = "both are under way", .way = '<', .day = 14,
		.facts = CHANGED("c2", "4", "count=#1 r1.action=remove r1.resource=R-1"), .then = SAID },
	{ .name = "the first is accepted", .way = '>', .day = 15, .facts = TAKEN("d2", "c1", "5", "accepted"), .then = SAID },
	{ .name = "the second is of another list then", .way = '>', .day = 15, .facts = TAKEN("d3", "c2", "6", "accepted"),
		.code = "registry.revision", .findings = 1,
		.says = "the change builds on revision 4, current is 5: what it says is left is not what would be; it is made anew" },
	{ .name = "or a part of it", .way = '>', .day = 15, .facts = TAKEN("d3", "c2", "6", "partly_accepted"),
		.code = "registry.revision", .findings = 1 },
	{ .name = "it may be rejected", .way = '>', .day = 15, .facts = TAKEN("d3", "c2", "5", "rejected") },
	{ .name = "what was accepted may be accepted in part, after all", .way = '>', .day = 15,
		.facts = TAKEN("d4", "c1", "6", "partly_accepted") "supersedes=d2 revision=#2" },
	{ .name = "an emergency of that revision holds already", .way = '<', .day = 15,
		.facts = CHANGE "id=c3 aggregation=A-1 kind=emergency cause=failure basis=#5 from=@15 created=@15 r1.action=modify "
			"r1.resource=R-1 r1.export_kw=*1 r1.import_kw=*1", .then = SAID },
	{ .name = "another change", .way = '<', .day = 15, .facts = CHANGED("c4", "5", "up_kw=*2"), .then = SAID },
	{ .name = "is accepted before it", .way = '>', .day = 15, .facts = TAKEN("d5", "c4", "6", "accepted"), .then = SAID },
	{ .name = "and it is as well", .way = '>', .day = 15, .facts = TAKEN("d6", "c3", "7", "accepted") },
};
STORY(changes_lead_to_what_they_say, leading)

/* --- what is let out where it is connected ----------------------------------------------- */

#define ANEW(n, let) BATTERY(n, "F-" n) "r" n ".action=modify r" n ".cap_kw=*" let " "
#define LET(id, what) CHANGE "id=" id " aggregation=A-1 basis=#1 from=@20 created=@14 " what

static const struct step letting[] = {
	{ .name = "one of two is connected to take in only", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 export_kw=*2400 up_kw=*9600 " BATTERY("8", "F-8") "r8.cap_kw=*0 "
			BATTERY("9", "F-9") "r9.cap_kw=*2400 ", .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "a little more is let out", .way = '<', .day = 14, .facts = LET("c1", "export_kw=*2500 ") ANEW("8", "100") },
	{ .name = "with as much as that", .way = '<', .day = 14, .facts = LET("c1", "export_kw=*2501 ") ANEW("8", "100"),
		.code = "registry.capability", .findings = 2, .says = "export_kw" },
	{ .name = "all is let out", .way = '<', .day = 14, .facts = LET("c1", "export_kw=*4800 ") ANEW("8", "2400") },
	{ .name = "a failure takes away", .way = '<', .day = 14,
		.facts = LET("c1", "export_kw=*1200 kind=emergency cause=failure ")
			"r9.action=modify r9.resource=R-9 r9.export_kw=*1200 r9.import_kw=*1200 r9.cap_kw=*2400" },
};
STORY(what_is_let_out_is_put_out, letting)

/* --- what is left, beside its nameplates ------------------------------------------------- */

#define HALF "up_kw=*4500 down_kw=*5000 export_kw=*4800 drop_kw=*0 r1.action=remove r1.resource=R-2 "
#define AT_ONCE(id, rev, what) \
	CHANGE "id=" id " aggregation=A-1 kind=emergency cause=failure basis=#" rev " from=@15 created=@15 " what
#define IS(n, kw) n ".action=modify " n ".resource=R-1 " n ".export_kw=*" kw " " n ".import_kw=*" kw
#define LEFT_OUT "r1.rejected=R-2 "

static const struct step left_over[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "without one of two, as much as with it", .way = '>', .day = 2,
		.facts = TAKEN("d1", "r1", "1", "partly_accepted") "export_kw=*4800 up_kw=*4500 import_kw=*2600 " LEFT_OUT,
		.code = "registry.capability", .findings = 1,
		.says = "export_kw is to be 4800.000000, by the nameplates of its resources it is 2400.000000 at most" },
	{ .name = "which is not said again", .way = '>', .day = 2, .facts = TAKEN("d1", "r1", "1", "partly_accepted") LEFT_OUT,
		.code = "registry.capability", .findings = 2 },
	{ .name = "without either", .way = '>', .day = 2,
		.facts = TAKEN("d1", "r1", "1", "partly_accepted") "export_kw=*1 import_kw=*0 up_kw=*0 down_kw=*0 " LEFT_OUT "r2.rejected=R-1",
		.code = "registry.capability", .findings = 3 },
	{ .name = "as much as the other one has", .way = '>', .day = 2,
		.facts = TAKEN("d1", "r1", "1", "partly_accepted") "export_kw=*2400 import_kw=*2600 " LEFT_OUT },
	{ .name = "all of both", .way = '>', .day = 2, .facts = TAKEN("d1", "r1", "1", "accepted") "export_kw=*4800", .then = SAID },
	{ .name = "half is removed, and nothing is said to fall", .way = '<', .day = 14, .facts = CHANGED("c1", "1", HALF),
		.code = "registry.capability", .findings = 1,
		.says = "export_kw is to be 4800.000000, by the nameplates of its resources it is 2400.000000 at most" },
	{ .name = "all of it", .way = '<', .day = 14, .facts = CHANGED("c1", "1", HALF "r2.action=remove r2.resource=R-1"),
		.code = "registry.capability", .findings = 3 },
	{ .name = "at once", .way = '<', .day = 15, .facts = AT_ONCE("c1", "1", HALF), .code = "registry.capability", .findings = 1 },
	{ .name = "a nameplate is smaller", .way = '<', .day = 14, .facts = CHANGED("c1", "1", "export_kw=*4800 " IS("r1", "100")),
		.code = "registry.capability", .findings = 1, .says = "export_kw is to be 4800.000000, by the nameplates of its resources it is 2500" },
	{ .name = "so is all of it", .way = '<', .day = 14, .facts = CHANGED("c1", "1", "export_kw=*2500 " IS("r1", "100")) },
	{ .name = "how small is not known", .way = '<', .day = 14,
		.facts = CHANGED("c1", "1", "export_kw=*4800 r1.action=modify r1.resource=R-1"), .then = SAID },
	{ .name = "less is approved", .way = '>', .day = 14, .facts = TAKEN("d2", "c1", "2", "accepted") "export_kw=*4000" },
	{ .name = "a smaller one", .way = '<', .day = 14, .facts = CHANGED("c2", "1", "export_kw=*2500 " IS("r1", "100")), .then = SAID },
	{ .name = "it is smaller sooner, and more than was asked for", .way = '>', .day = 14,
		.facts = TAKEN("d2", "c2", "2", "accepted") "from=@16 export_kw=*2501", .code = "registry.capability", .findings = 2 },
	{ .name = "it stays as it was", .way = '>', .day = 14,
		.facts = TAKEN("d2", "c2", "2", "partly_accepted") "export_kw=*2500 r1.rejected=R-1" },
	{ .name = "it is taken away at once", .way = '<', .day = 15,
		.facts = AT_ONCE("c3", "1", "export_kw=*2400 up_kw=*2400 down_kw=*2600 r1.action=remove r1.resource=R-2"), .then = SAID },
	{ .name = "what was asked for before brings nothing back", .way = '>', .day = 15, .facts = TAKEN("d3", "c1", "2", "accepted"),
		.code = "registry.revision", .findings = 1,
		.says = "a change that holds at once was made since: what this one says is left is not what would be; it is made anew" },
	{ .name = "it may be rejected", .way = '>', .day = 15, .facts = TAKEN("d3", "c1", "1", "rejected") },
	{ .name = "what is asked for after it", .way = '<', .day = 15, .facts = CHANGED("c4", "1", "up_kw=*2000"), .then = SAID },
	{ .name = "is accepted", .way = '>', .day = 15, .facts = TAKEN("d4", "c4", "2", "accepted") },
	{ .name = "with more than is there by then", .way = '>', .day = 15, .facts = TAKEN("d4", "c4", "2", "accepted") "export_kw=*2401",
		.code = "registry.capability", .findings = 1 },
	{ .name = "what holds already is, too", .way = '>', .day = 15, .facts = TAKEN("d4", "c3", "2", "accepted") },
	{ .name = "all of it is to end", .way = '<', .day = 16, .facts = REG "id=e1 action=withdraw aggregation=A-1 from=@20", .then = SAID },
	{ .name = "it is withdrawn, then", .way = '>', .day = 17, .facts = TAKEN("d5", "e1", "2", "withdrawn"), .then = SAID },
	{ .name = "until then it is there", .way = '<', .day = 17, .facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@19") },
	{ .name = "and not again", .way = '<', .day = 17, .facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@20"),
		.code = "registry.withdrawn" },
};
STORY(what_is_left_has_its_nameplates, left_over)

static const struct step later[] = {
	{ .name = "one of them begins later", .way = '<', .day = 1, .facts = FULLY("r1") "r2.from=@30", .then = SAID },
	{ .name = "all of it is approved", .way = '>', .day = 2, .facts = TAKEN("d1", "r1", "1", "accepted") "export_kw=*4800", .then = SAID },
	{ .name = "and left, before it is there", .way = '<', .day = 14, .facts = CHANGED("c1", "1", "export_kw=*4800") },
	{ .name = "without the other one", .way = '<', .day = 14,
		.facts = CHANGED("c1", "1", "export_kw=*2401 r1.action=remove r1.resource=R-1"),
		.code = "registry.capability", .findings = 1, .says = "by the nameplates of its resources it is 2400.000000 at most" },
};
STORY(what_begins_later_has_its_nameplate, later)

/* --- what a notice is for ---------------------------------------------------------------- */

#define OUTAGE(what) "document=#1 type=outage_notice " U "id=g1 outage=G action=unplanned sequence=#1 " what
#define LIMIT(what) "document=#1 type=operating_limit " U "id=l1 limit=L sequence=#1 " what

static const struct step reaching[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "another one", .way = '<', .day = 2,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@10 r1.resource=R-7 r1.premise=P-7 r1.feeder=F-7", .then = SAID },
	{ .name = "decided, too", .way = '>', .day = 2,
		.facts = DECISION "id=d2 registration=r2 aggregation=A-2 action=accepted basis=#1", .then = SAID },
	{ .name = "all of it is there", .way = '>', .day = 12,
		.facts = OUTAGE("a1.feeder=F-1 a2.feeder=F-7 aggregation=A-1 aggregation=A-2 r1.resource=R-1 r2.resource=R-7") },
	{ .name = "the feeder is not", .way = '>', .day = 12, .facts = OUTAGE("a1.feeder=F-99 aggregation=A-1"),
		.code = "registry.part", .findings = 2, .says = "area 1: nothing is registered on feeder F-99 at that time" },
	{ .name = "one of two is", .way = '>', .day = 12, .facts = OUTAGE("a1.feeder=F-99 a2.feeder=F-1 aggregation=A-1") },
	{ .name = "it is on another one", .way = '>', .day = 12, .facts = OUTAGE("a1.feeder=F-1 r1.resource=R-2 r2.resource=R-1"),
		.code = "registry.part", .findings = 1, .says = "resource 1: resource R-2 is on feeder F-2, which it does not name" },
	{ .name = "so is all of an aggregation", .way = '>', .day = 12, .facts = OUTAGE("a1.feeder=F-1 aggregation=A-1 aggregation=A-2"),
		.code = "registry.part", .findings = 1, .says = "document 1: aggregation A-2 has nothing on the feeders that it names" },
	{ .name = "an area may be said otherwise", .way = '>', .day = 12,
		.facts = OUTAGE("a1.feeder=F-1 a2.place=S-1 aggregation=A-2 r1.resource=R-2") },
	{ .name = "one unknown name among others", .way = '>', .day = 12, .facts = OUTAGE("aggregation=A-1 aggregation=A-9 r1.resource=R-1"),
		.code = "registry.part", .findings = 1, .says = "document 1: aggregation A-9 is not registered" },
	{ .name = "the first one", .way = '>', .day = 12, .facts = OUTAGE("a1.place=S-1 r1.resource=R-0 r2.resource=R-1 r3.resource=R-99"),
		.code = "registry.part", .findings = 2, .says = "resource 1: resource R-0 is in no aggregation" },
	{ .name = "none is known", .way = '>', .day = 12, .facts = OUTAGE("a1.feeder=F-99 aggregation=A-9 r1.resource=R-0"),
		.code = "registry.unknown", .findings = 3, .says = "A-9" },
	{ .name = "what else speaks against it counts more", .way = '>', .day = 12,
		.facts = "document=#1 type=outage_notice " U "id=g1 outage=G action=update sequence=#1 aggregation=A-1 aggregation=A-9",
		.code = "registry.order", .findings = 2 },
	{ .name = "a limit of two feeders", .way = '>', .day = 13, .facts = LIMIT("kind=feeder r1.resource=F-99 r2.resource=F-1 " KW("1")),
		.code = "registry.part", .findings = 1, .says = "resource 1: nothing is registered on feeder F-99" },
	{ .name = "of resources", .way = '>', .day = 13, .facts = LIMIT("kind=resource r1.resource=R-1 r2.resource=R-99 " HOUR("i1.export_kw=*5")),
		.code = "registry.part", .findings = 1, .says = "resource 2: resource R-99", .then = SAID },
	{ .name = "and holds for what is there", .way = '>', .day = 13, .facts = EMERGENCY("i1.quantity_kw=*2406"),
		.code = "registry.capability", .findings = 1, .says = "limits such as L of a resource of it leave 2405" },
	{ .name = "of none that is there", .way = '>', .day = 13, .facts = "document=#1 type=operating_limit " U "id=l2 limit=M sequence=#1 kind=feeder r1.resource=F-98 r2.resource=F-99",
		.code = "registry.feeder", .findings = 2 },
};
STORY(what_is_there_is_told, reaching)

/* --- what is taken back before it is decided ---------------------------------------------- */

#define SENT_BACK(id, of) DECISION "id=" id " registration=" of " aggregation=A-1 action=more_information"

static const struct step taken_back[] = {
	{ .name = "what was never there", .way = '<', .day = 1, .facts = REG "id=e1 action=withdraw aggregation=A-1 from=@1",
		.code = "registry.unknown", .findings = 1 },
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "which may be taken back", .way = '<', .day = 2, .facts = REG "id=e1 action=withdraw aggregation=A-1 from=@2" },
	{ .name = "also by what supersedes it", .way = '<', .day = 2,
		.facts = REG "id=e1 action=withdraw aggregation=A-1 from=@2 supersedes=r1 revision=#2" },
	{ .name = "information is awaited", .way = '>', .day = 3, .facts = SENT_BACK("d1", "r1"), .then = SAID },
	{ .name = "a list takes the place of none", .way = '<', .day = 4,
		.facts = REG "id=r2 action=replace aggregation=A-1 from=@10 supersedes=r1 revision=#2 " FULL,
		.code = "registry.unknown", .findings = 1,
		.says = "is waiting for information; until that is decided, a create that supersedes it takes its place" },
	{ .name = "but that of what is reviewed", .way = '<', .day = 4,
		.facts = REG "id=r2 action=create aggregation=A-1 from=@10 supersedes=r1 revision=#2 " FULL },
	{ .name = "it is taken back", .way = '<', .day = 4, .facts = REG "id=e1 action=withdraw aggregation=A-1 from=@4", .then = SAID },
	{ .name = "once", .way = '<', .day = 5, .facts = REG "id=e2 action=withdraw aggregation=A-1 from=@5",
		.code = "registry.unknown", .says = "is withdrawn" },
	{ .name = "nothing is decided of it", .way = '>', .day = 5, .facts = ACCEPT("d2", "r1", "1"),
		.code = "registry.order", .findings = 1, .says = "r1, which is withdrawn" },
	{ .name = "that is confirmed", .way = '>', .day = 5,
		.facts = DECISION "id=d2 registration=e1 aggregation=A-1 action=withdrawn" },
	{ .name = "it comes again", .way = '<', .day = 6, .facts = FULLY("r3"), .then = SAID },
	{ .name = "and is accepted", .way = '>', .day = 7, .facts = ACCEPT("d3", "r3", "1"), .then = SAID },
	{ .name = "it is taken back before it begins", .way = '<', .day = 8,
		.facts = REG "id=e3 action=withdraw aggregation=A-1 from=@8", .then = SAID },
	{ .name = "so it never does", .way = '<', .day = 9, .facts = AVAIL "id=v aggregation=A-1 " QUARTER("i1", "@11"),
		.code = "registry.withdrawn" },
	{ .name = "nor is that said again", .way = '<', .day = 9, .facts = REG "id=e4 action=withdraw aggregation=A-1 from=@9",
		.code = "registry.unknown", .findings = 1 },
};
STORY(what_is_not_decided_is_taken_back, taken_back)

/* --- what crosses a decision --------------------------------------------------------------- */

/* The decision of message 4: under way, or delivered on the 15th. */
static void decision_moves(struct ledger *l, const char *state)
{
	AUTO_IN_PLACE(buf) sql = buf_init(2048);

	buf_putf(&sql, "INSERT OR REPLACE INTO message(row, direction, area, state, settled_ns, created_ns,"
		" deadline_ns, receipt_ns, attempts, next_ns, size, part_at, part_n, document_at, document_n,"
		" signature_at, signature_n, sealed_at, sealed_n, partner, message_id, media_type, filename, digest,"
		" mic, fault_code, fault_text, signer, receipt_type, headers) VALUES(4, 0, 0, %s,"
		" 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, x'61', x'62', x'', x'', x'', x'', x'', x'', x'', x'', x'')", state);
	if (sqlite3_exec(l->db, buf_text(&sql), NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(l->db));
}
#define UNDER_WAY "2, 0"
#define CAME_ON_15 "3, 1296000000000000"

#define EXPECT(id, rev, made, what) AVAIL "id=" id " aggregation=A-1 kind=status basis=#" rev " created=@" made " i1.start=@16 " \
	"i1.seconds=#900 " what
#define BOTH "count=#2 r1.resource=R-1 r2.resource=R-2"
#define ALONE_LEFT "count=#1 r1.resource=R-1"

static const struct step crossing[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "one leaves", .way = '<', .day = 13, .then = SAID,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=customer_left from=@13 created=@13 up_kw=*2400 export_kw=*2400 "
			"import_kw=*2600 r1.action=remove r1.resource=R-2" },
	{ .name = "which is accepted", .way = '>', .day = 14, .then = SAID,
		.facts = DECISION "id=d2 registration=c1 aggregation=A-1 action=accepted basis=#2 from=@13" },
};

static const struct step under_way[] = {
	{ .name = "who has no decision has both", .way = '<', .day = 14, .facts = EXPECT("v1", "1", "14", BOTH) },
	{ .name = "as much as they can", .way = '<', .day = 14, .facts = EXPECT("v1", "1", "14", BOTH " i1.up_kw=*4500") },
	{ .name = "and no more", .way = '<', .day = 14, .facts = EXPECT("v1", "1", "14", BOTH " i1.up_kw=*4501"),
		.code = "registry.capability", .findings = 1 },
	{ .name = "who has it before its receipt is here", .way = '<', .day = 14, .facts = EXPECT("v1", "2", "14", ALONE_LEFT) },
	{ .name = "who builds on neither", .way = '<', .day = 14, .facts = EXPECT("v1", "7", "14", ALONE_LEFT),
		.code = "registry.revision", .findings = 1 },
	{ .name = "of two documents each is judged by itself", .way = '<', .day = 14, .code = "registry.count", .findings = 1,
		.says = "document 2",
		.facts = EXPECT("v1", "1", "14", BOTH) " document=#2 type=availability " A "id=v2 aggregation=A-1 kind=forecast basis=#2 "
			"created=@14 i1.start=@16 i1.seconds=#900 count=#2" },
};

static const struct step delivered[] = {
	{ .name = "what was made before it came", .way = '<', .day = 16, .facts = EXPECT("v1", "1", "14", BOTH) },
	{ .name = "and after it", .way = '<', .day = 16, .facts = EXPECT("v1", "1", "16", ALONE_LEFT),
		.code = "registry.revision", .findings = 1, .says = "it builds on revision 1 of aggregation A-1, current is 2" },
	{ .name = "who knows it", .way = '<', .day = 16, .facts = EXPECT("v1", "2", "16", ALONE_LEFT) },
};

static struct ledger *steps_go(struct ledger *l, const struct step *steps, size_t count)
{
	for (size_t i = 0; i < count; i++)
		l = step_go(&steps[i], l, i + 1);
	return l;
}

static void what_crosses_a_decision_is_judged_without_it(void **state)
{
	struct ledger *l = steps_go(ledger_new(), crossing, COUNT(crossing));

	(void)state;
	decision_moves(l, UNDER_WAY);
	l = steps_go(l, under_way, COUNT(under_way));
	decision_moves(l, CAME_ON_15);
	ledger_close(steps_go(l, delivered, COUNT(delivered)));
}

/* --- until it is over --------------------------------------------------------------------- */

#define NEXT(id, seq, word, what) \
	"document=#1 type=outage_notice " U "id=" id " outage=G sequence=#" seq " action=" word " " what

static const struct step going_on[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "two feeders, one is there", .way = '>', .day = 12, .facts = OUTAGE("a1.feeder=F-1 a2.feeder=F-99"), .then = SAID },
	{ .name = "ours is restored, which leaves the other one", .way = '>', .day = 12,
		.facts = NEXT("g2", "2", "update", "kind=partially_restored a1.feeder=F-99"), .then = SAID,
		.code = "registry.part", .findings = 1, .says = "area 1: nothing is registered on feeder F-99 at that time" },
	{ .name = "the other one is restored", .way = '>', .day = 12, .facts = NEXT("g3", "3", "restoration", "kind=closed a1.feeder=F-99"),
		.code = "registry.part", .findings = 1 },
	{ .name = "or it is cancelled", .way = '>', .day = 12, .facts = NEXT("g3", "3", "cancelled", "a1.feeder=F-99"),
		.code = "registry.part", .findings = 1 },
	{ .name = "another outage there", .way = '>', .day = 12, .code = "registry.feeder",
		.facts = "document=#1 type=outage_notice " U "id=g9 outage=H action=unplanned sequence=#1 a1.feeder=F-99" },
	{ .name = "of theirs there is none of that name", .way = '<', .day = 12, .code = "registry.feeder",
		.facts = "document=#1 type=outage_notice " A "id=g9 outage=G action=unplanned sequence=#4 a1.feeder=F-99" },
	{ .name = "it withdraws meanwhile", .way = '<', .day = 13, .facts = REG "id=e1 action=withdraw aggregation=A-1 from=@13", .then = SAID },
	{ .name = "its restoration", .way = '>', .day = 14,
		.facts = NEXT("g3", "3", "restoration", "kind=closed a1.feeder=F-1 aggregation=A-1 r1.resource=R-1"),
		.code = "registry.part", .findings = 3, .says = "aggregation A-1 was registered until", .then = SAID },
	{ .name = "once", .way = '>', .day = 14, .facts = NEXT("g4", "4", "restoration", "kind=closed a1.feeder=F-1"),
		.code = "registry.order", .findings = 2 },
};
STORY(what_began_is_told_to_its_end, going_on)

/* --- what is on a feeder ------------------------------------------------------------------ */

#define OUT(feeder, what) "document=#1 type=outage_notice " U "id=g1 outage=G action=unplanned sequence=#1 a1.feeder=" feeder " " what
#define BOUND(feeder) LIMIT("kind=feeder r1.resource=" feeder " " HOUR("i1.export_kw=*5"))
#define REMADE(id, rev, at, what) CHANGE "id=" id " aggregation=A-1 cause=correction basis=#" rev " from=@" at " created=@" at " " what
#define GONE .code = "registry.feeder", .findings = 1

static const struct step connected[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = FULLY("r1") "r3.resource=R-3 r3.feeder=F-3", .then = SAID },
	{ .name = "but for one", .way = '>', .day = 2, .then = SAID,
		.facts = DECISION "id=d1 registration=r1 aggregation=A-1 action=partly_accepted basis=#1 " "export_kw=*4800 import_kw=*5200 r1.rejected=R-3" },
	{ .name = "which has no outages", .way = '>', .day = 12, .facts = OUT("F-3", ""), GONE },
	{ .name = "and no limits", .way = '>', .day = 12, .facts = BOUND("F-3"), GONE },
	{ .name = "the others do", .way = '>', .day = 12, .facts = OUT("F-2", "") },
	{ .name = "one is to come", .way = '<', .day = 12, .then = SAID,
		.facts = REMADE("c1", "1", "12", "r1.action=add r1.resource=R-5 r1.feeder=F-5 r1.export_kw=*1 r1.import_kw=*1") },
	{ .name = "which nobody has decided", .way = '>', .day = 12, .facts = OUT("F-5", ""), GONE },
	{ .name = "it is accepted from later on", .way = '>', .day = 12, .facts = TAKEN("d2", "c1", "2", "accepted") "from=@16", .then = SAID },
	{ .name = "until then it is not there", .way = '>', .day = 13, .facts = OUT("F-5", ""), GONE },
	{ .name = "but before the outage is over", .way = '>', .day = 13, .facts = OUT("F-5", "from=@13 until=@17") },
	{ .name = "or by now, as that began before", .way = '>', .day = 16, .facts = OUT("F-5", "from=@15") },
	{ .name = "one is moved", .way = '<', .day = 16, .then = SAID,
		.facts = REMADE("c2", "2", "16", "r1.action=modify r1.resource=R-5 r1.feeder=F-6 r1.export_kw=*1 r1.import_kw=*1") },
	{ .name = "by a decision", .way = '>', .day = 17, .facts = TAKEN("d3", "c2", "3", "accepted"), .then = SAID },
	{ .name = "there it is", .way = '>', .day = 18, .facts = OUT("F-6", "r1.resource=R-5") },
	{ .name = "and here no more", .way = '>', .day = 18, .facts = OUT("F-5", ""), GONE },
	{ .name = "nor beside another one", .way = '>', .day = 18, .facts = OUT("F-5", "r1.resource=R-5"),
		.code = "registry.part", .findings = 2 },
	{ .name = "one fails", .way = '<', .day = 18, .then = SAID,
		.facts = CHANGE "id=c3 aggregation=A-1 kind=emergency cause=failure basis=#3 from=@18 created=@18 r1.action=remove r1.resource=R-2" },
	{ .name = "and is still connected", .way = '>', .day = 19, .facts = OUT("F-2", "") },
	{ .name = "by its name, too", .way = '>', .day = 19, .facts = OUT("F-2", "r1.resource=R-2") },
	{ .name = "where it is", .way = '>', .day = 19, .facts = OUT("F-1", "r1.resource=R-2"),
		.code = "registry.part", .findings = 1, .says = "resource R-2 is on feeder F-2, which it does not name" },
	{ .name = "and limited", .way = '>', .day = 19, .facts = LIMIT("kind=resource r1.resource=R-2 i1.start=@20 i1.seconds=#900 i1.export_kw=*5") },
	{ .name = "by its connection point", .way = '>', .day = 19, .facts = LIMIT("kind=connection_point r1.resource=P-2 i1.start=@20 i1.seconds=#900 i1.export_kw=*5") },
	{ .name = "which nobody else has", .way = '>', .day = 19, .facts = LIMIT("kind=connection_point r1.resource=P-20 i1.start=@20 i1.seconds=#900 i1.export_kw=*5"), GONE },
	{ .name = "it is in no other aggregation", .way = '<', .day = 19,
		.facts = REG "id=r9 action=create aggregation=A-9 from=@20 r1.resource=R-2 r1.premise=P-2" },
	{ .name = "until that is decided", .way = '>', .day = 19, .facts = TAKEN("d4", "c3", "4", "accepted"), .then = SAID },
	{ .name = "then it is not", .way = '>', .day = 19, .facts = OUT("F-2", ""), GONE },
	{ .name = "nor by name", .way = '>', .day = 19, .facts = LIMIT("kind=resource r1.resource=R-2 i1.start=@20 i1.seconds=#900 i1.export_kw=*5"),
		.code = "registry.unknown", .findings = 1 },
	{ .name = "nor at its connection point", .way = '>', .day = 19, .facts = LIMIT("kind=connection_point r1.resource=P-2 i1.start=@20 i1.seconds=#900 i1.export_kw=*5"), GONE },
	{ .name = "but was, when it began", .way = '>', .day = 19, .facts = OUT("F-2", "from=@17") },
};
STORY(what_is_on_a_feeder_is_told, connected)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(directions_are_compared),
		IN_A_HOUSE(what_is_called_for_is_summed_up),
		IN_A_HOUSE(responses_count_or_echo),
		IN_A_HOUSE(conditions_of_decisions_bind),
		IN_A_HOUSE(terms_of_requests_and_offers_hold),
		IN_A_HOUSE(changes_lead_to_what_they_say),
		IN_A_HOUSE(what_is_let_out_is_put_out),
		IN_A_HOUSE(what_is_left_has_its_nameplates),
		IN_A_HOUSE(what_begins_later_has_its_nameplate),
		IN_A_HOUSE(what_is_there_is_told),
		IN_A_HOUSE(what_is_on_a_feeder_is_told),
		IN_A_HOUSE(what_is_not_decided_is_taken_back),
		IN_A_HOUSE(what_crosses_a_decision_is_judged_without_it),
		IN_A_HOUSE(what_began_is_told_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
