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

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(directions_are_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
