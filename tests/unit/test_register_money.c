/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is paid twice: stories as those of test_register.c, about money and what is measured. */
#include "register_story.h"

/* An award of 10 kWh at 2 that both sides measured, and an invoice for all of it: N-1 over 20. */
#define SOLD                                                                                     \
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
		.facts = MEASURED(A, "w1") "id=p1 energy_kwh=*10", .then = SAID },               \
	{ .name = "billed", .way = '<', .day = 17,                                               \
		.facts = ENERGY("n1", "N-1", "original", "*10", "*20"), .then = SAID }
#define MEASURED(who, award) \
	"document=#1 type=service_performance " who "aggregation=A-1 award=" award " "
#define ENERGY(id, number, kind, kwh, total)                                                \
	BILL "id=" id " invoice=" number " kind=" kind " currency=USD amount=" total        \
	     " l1.award=w1 l1.amount=" total " " KWH("l1", kwh, "*2")
#define FEE(id, number, kind, total) \
	BILL "id=" id " invoice=" number " kind=" kind " currency=USD amount=" total " "
#define PAID(id, number, paid)                                                              \
	PAY "id=" id " trace=" id " l1.invoice=" number " l1.amount=" paid " l1.currency=USD "

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
		IN_A_HOUSE(a_statement_is_said_once),
		IN_A_HOUSE(what_cannot_have_been_delivered_is_told),
		IN_A_HOUSE(what_is_expected_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
