/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What documents add up to, told as stories: each step is judged beside what the steps before it
 * said, and then said itself.
 */
#include "older_ledger.h"
#include "register_story.h"
#include "ledger/register_book.h"

#include <sqlite3.h>
#include <stdio.h>

/* --- registration ------------------------------------------------------------- */

static const struct step registering[] = {
	{ .name = "nothing is known", .way = '<', .day = 1,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1",
		.code = "registry.unknown", .says = "A-1 is not registered" },
	{ .name = "a decision about nothing", .way = '>', .day = 1,
		.facts = ACCEPT("d0", "r1", "1"),
		.code = "registry.order", .says = "r1" },
	{ .name = "an aggregation is registered", .way = '<', .day = 1,
		.facts = CREATE("r1"),
		.then = SAID },
	{ .name = "it is under review", .way = '<', .day = 2,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1",
		.code = "registry.unknown", .says = "is open" },
	{ .name = "the same document again", .way = '<', .day = 2,
		.facts = CREATE("r1"),
		.code = "registry.revision", .says = "r1" },
	{ .name = "the aggregator decides itself", .way = '<', .day = 2,
		.facts = "document=#1 type=registration_decision " A "id=d registration=r1 aggregation=A-1 action=accepted basis=#1",
		.code = "registry.role" },
	{ .name = "the aggregator decides itself, as the utility", .way = '<', .day = 2,
		.facts = ACCEPT("d", "r1", "1"),
		.code = "registry.order", .says = "r1 is the sender's own" },
	{ .name = "more is approved than was asked for", .way = '>', .day = 3,
		.facts = ACCEPT("d1", "r1", "1") "export_kw=*700 up_kw=*1001 from=@11",
		.code = "registry.capability", .says = "up_kw of 1001.000000 is approved, asked for are 1000.000000", .findings = 1 },
	{ .name = "the utility decides", .way = '>', .day = 3,
		.facts = ACCEPT("d1", "r1", "1") "export_kw=*700 from=@11",
		.then = SAID },
	{ .name = "it is not decided twice", .way = '>', .day = 4,
		.facts = ACCEPT("d2", "r1", "2"),
		.code = "registry.order", .says = "agreed" },
	{ .name = "too early", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 basis=#1 i1.start=@5",
		.code = "registry.unknown", .says = "from 1970-01-12" },
	{ .name = "in force", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 basis=#1 i1.start=@11 " "i1.up_kw=*1000 i1.down_kw=*800 r1.resource=R-2 r1.up_kw=*10 r2.resource=R-1 r2.up_kw=*15" },
	{ .name = "the same in the book of tests", .way = '<', .day = 5,
		.facts = AVAIL "id=v test=#1 aggregation=A-1 kind=status sequence=#1 i1.start=@11",
		.code = "registry.unknown" },
	{ .name = "the same of another partner", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@11",
		.code = "registry.unknown", .partner = "other" },
	{ .name = "another revision", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 basis=#2 i1.start=@11",
		.code = "registry.revision", .says = "revision 2" },
	{ .name = "more than is registered", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@11 i1.up_kw=*1000 " "i2.start=@12 i2.up_kw=*1001",
		.code = "registry.capability", .says = "interval 2: up_kw is 1001.000000, registered is 1000.000000", .findings = 1 },
	{ .name = "more than is approved", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@11 i1.export_kw=*701",
		.code = "registry.capability", .says = "registered is 700.0" },
	{ .name = "a resource it does not have", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@11 " "r1.resource=R-3 r1.up_kw=*1",
		.code = "registry.unknown", .says = "resource 1: resource R-3" },
	{ .name = "more than a resource has", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@11 " "r7.resource=R-1 r7.up_kw=*16",
		.code = "registry.capability", .says = "resource 7: up_kw is 16" },
	{ .name = "on the last day of a consent", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@50 r1.resource=R-2" },
	{ .name = "after the end of a consent", .way = '<', .day = 5,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@51 r1.resource=R-2",
		.code = "registry.consent", .says = "R-2" },
	{ .name = "created twice", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=A-1 from=@12",
		.code = "registry.order", .says = "replace it" },
	{ .name = "what is not there is replaced", .way = '<', .day = 12,
		.facts = REG "id=r2 action=replace aggregation=A-2 from=@12",
		.code = "registry.unknown", .says = "A-2" },
	{ .name = "of nothing", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@12 count=#0",
		.code = "registry.count", .says = "it registers no resource", .findings = 1 },
	{ .name = "what ends lists nothing", .way = '<', .day = 12,
		.facts = REG "id=r2 action=withdraw aggregation=A-1 from=@12 count=#0" },
	{ .name = "in another aggregation", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@12 r1.resource=R-9 r2.resource=R-1",
		.code = "registry.twice", .says = "resource 2: the resource is in aggregation A-1", .findings = 1 },
	{ .name = "its premise in another aggregation", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@12 r1.resource=R-9 r1.premise=P-1",
		.code = "registry.twice", .says = "service point is in aggregation A-1" },
	{ .name = "of another partner, whose name is not said", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=B-2 from=@12 r1.resource=R-9 r1.premise=P-1",
		.code = "registry.twice", .says = "with another company", .partner = "other" },
	{ .name = "two partners may both have an R-1", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=B-2 from=@12 r1.resource=R-1 r1.premise=P-9",
		.partner = "other" },
	{ .name = "before it was in the other", .way = '<', .day = 2,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@2 until=@5 r1.resource=R-1" },
	{ .name = "a resource twice in one list", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@12 r1.resource=R-8 r2.resource=R-8",
		.code = "registry.twice", .says = "in the list already" },
	{ .name = "its consent is over", .way = '<', .day = 12,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@12 r1.resource=R-8 r1.consent_until=@10",
		.code = "registry.consent", .says = "R-8" },
	{ .name = "it is withdrawn from long ago on", .way = '<', .day = 20,
		.facts = REG "id=r3 action=withdraw aggregation=A-1 from=@12",
		.code = "registry.late", .says = "it is to end at 1970-01-13T00:00:00.000Z, which is past", .findings = 1 },
	{ .name = "it is withdrawn from today on", .way = '<', .day = 20,
		.facts = REG "id=r3 action=withdraw aggregation=A-1 from=@19" },
	{ .name = "it is withdrawn", .way = '<', .day = 20,
		.facts = REG "id=r3 action=withdraw aggregation=A-1 from=@30",
		.then = SAID },
	{ .name = "until then it is there", .way = '<', .day = 20,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@29" },
	{ .name = "and not a second longer", .way = '<', .day = 20,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@29 i1.seconds=#86401",
		.code = "registry.withdrawn", .says = "interval 1: aggregation A-1 was registered until 1970-01-31", .findings = 1 },
	{ .name = "an interval that ends with it", .way = '<', .day = 20,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@29 i1.seconds=#86400" },
	{ .name = "then it is not", .way = '<', .day = 20,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@30",
		.code = "registry.withdrawn", .says = "until 1970-01-31" },
	{ .name = "a dispatch for what is withdrawn", .way = '>', .day = 31,
		.facts = "document=#1 type=service_dispatch " U "id=x aggregation=A-1 action=start override=schedule",
		.code = "registry.withdrawn", .says = "A-1" },
	{ .name = "withdrawn, it may be elsewhere", .way = '<', .day = 31,
		.facts = REG "id=r4 action=create aggregation=A-2 from=@31 r1.resource=R-1 r1.premise=P-1" },
	{ .name = "a restart", .way = '<', .day = 0,
		.then = REOPENED },
	{ .name = "the same after a restart", .way = '<', .day = 31,
		.facts = AVAIL "id=v aggregation=A-1 kind=status sequence=#1 i1.start=@30",
		.code = "registry.withdrawn" },
};
STORY(a_registration_is_in_force_by_its_decision, registering)

/* --- nothing is in two aggregations at any time ---------------------------------- */

#define LIST(id, of, days, what) REG "id=" id " action=create aggregation=" of " " days " " what
#define ONE(r, p) "r1.resource=" r " r1.premise=" p " "

static const struct step sharing[] = {
	{ .name = "under review", .way = '<', .day = 1,
		.facts = LIST("r1", "A-1", "from=@10", ONE("R-1", "P-1") "r2.resource=R-2 r2.premise=P-2"),
		.then = SAID },
	{ .name = "another one with the same, under review too", .way = '<', .day = 1,
		.facts = LIST("r2", "A-2", "from=@10", ONE("R-1", "P-9")),
		.then = SAID },
	{ .name = "and one with the same premise", .way = '<', .day = 1,
		.facts = LIST("r3", "A-3", "from=@10", ONE("R-3", "P-2")),
		.then = SAID },
	{ .name = "the first one is accepted", .way = '>', .day = 2,
		.facts = ACCEPT("d1", "r1", "1"),
		.then = SAID },
	{ .name = "the second one is not", .way = '>', .day = 2,
		.facts = DECISION "id=d2 registration=r2 aggregation=A-2 action=accepted basis=#1",
		.code = "registry.twice", .says = "resource R-1: the resource is in aggregation A-1", .findings = 1 },
	{ .name = "nor by its premise", .way = '>', .day = 2,
		.facts = DECISION "id=d3 registration=r3 aggregation=A-3 action=accepted basis=#1",
		.code = "registry.twice", .says = "resource R-3: its service point is in aggregation A-1", .findings = 1 },
	{ .name = "it may be rejected", .way = '>', .day = 2,
		.facts = DECISION "id=d3 registration=r3 aggregation=A-3 action=rejected" },
	{ .name = "or accepted without it", .way = '>', .day = 2,
		.facts = DECISION "id=d2 registration=r2 aggregation=A-2 action=partly_accepted basis=#1 r1.rejected=R-1" },
	{ .name = "or for the time before", .way = '>', .day = 2,
		.facts = DECISION "id=d2 registration=r2 aggregation=A-2 action=accepted basis=#1 from=@5 until=@9" },
	{ .name = "what begins before and has no end", .way = '<', .day = 2,
		.facts = LIST("r4", "A-4", "from=@3", ONE("R-1", "P-8")),
		.code = "registry.twice", .says = "in aggregation A-1" },
	{ .name = "what ends before", .way = '<', .day = 2,
		.facts = LIST("r4", "A-4", "from=@3 until=@10", ONE("R-1", "P-8")) },
	{ .name = "of its own", .way = '<', .day = 11,
		.facts = LIST("r4", "A-4", "from=@11", ONE("R-4", "P-4")),
		.then = SAID },
	{ .name = "which is accepted", .way = '>', .day = 12,
		.facts = DECISION "id=d4 registration=r4 aggregation=A-4 action=accepted basis=#1",
		.then = SAID },
	{ .name = "it is moved to where another one is", .way = '<', .day = 13,
		.facts = CHANGE "id=c1 aggregation=A-4 basis=#1 from=@14 r1.action=modify r1.resource=R-4 r1.premise=P-1",
		.code = "registry.twice", .says = "its service point is in aggregation A-1" },
	{ .name = "with a consent that is over", .way = '<', .day = 13,
		.facts = CHANGE "id=c1 aggregation=A-4 basis=#1 from=@14 r1.action=modify r1.resource=R-4 r1.premise=P-4 r1.consent_until=@3",
		.code = "registry.consent", .says = "R-4" },
	{ .name = "what goes needs neither", .way = '<', .day = 13,
		.facts = CHANGE "id=c1 aggregation=A-4 basis=#1 from=@14 r1.action=remove r1.resource=R-4 r1.consent_until=@3" },
	{ .name = "another one is to be added later", .way = '<', .day = 13,
		.facts = CHANGE "id=c1 aggregation=A-4 basis=#1 from=@20 r1.action=add r1.resource=R-5 r1.premise=P-5",
		.then = SAID },
	{ .name = "and to a third, under review as well", .way = '<', .day = 13,
		.facts = LIST("r6", "A-6", "from=@14", ONE("R-5", "P-7")),
		.then = SAID },
	{ .name = "the change is accepted", .way = '>', .day = 14,
		.facts = DECISION "id=d5 registration=c1 aggregation=A-4 action=accepted basis=#2",
		.then = SAID },
	{ .name = "until then it may be elsewhere", .way = '<', .day = 14,
		.facts = LIST("r7", "A-7", "from=@14 until=@20", ONE("R-5", "P-7")) },
	{ .name = "and no day longer", .way = '<', .day = 14,
		.facts = LIST("r7", "A-7", "from=@14 until=@21", ONE("R-5", "P-7")),
		.code = "registry.twice", .says = "in aggregation A-4" },
	{ .name = "nor in the third", .way = '>', .day = 14,
		.facts = DECISION "id=d6 registration=r6 aggregation=A-6 action=accepted basis=#1",
		.code = "registry.twice", .says = "resource R-5: the resource is in aggregation A-4" },
	{ .name = "the first one is to end", .way = '<', .day = 14,
		.facts = REG "id=r8 action=withdraw aggregation=A-1 from=@30",
		.then = SAID },
	{ .name = "from then on it may be elsewhere", .way = '<', .day = 14,
		.facts = LIST("r9", "A-9", "from=@30", ONE("R-1", "P-1")) },
	{ .name = "and not a day before", .way = '<', .day = 14,
		.facts = LIST("r9", "A-9", "from=@29", ONE("R-1", "P-1")),
		.code = "registry.twice", .says = "in aggregation A-1" },
};
STORY(nothing_is_in_two_aggregations, sharing)

/* --- several documents in one message judge each other --------------------------- */

#define SECOND(type) "document=#2 type=" type " "

static const struct step several[] = {
	{ .name = "two lists of one aggregation, under review", .way = '<', .day = 1,
		.facts = LIST("r1", "A-1", "from=@10", ONE("R-1", "P-1")) SECOND("aggregation_registration") A
			"id=r2 action=create aggregation=A-1 from=@10" },
	{ .name = "one document twice", .way = '<', .day = 1,
		.facts = LIST("r1", "A-1", "from=@10", ONE("R-1", "P-1")) SECOND("aggregation_registration") A
			"id=r1 action=create aggregation=A-2 from=@10",
		.code = "registry.revision", .says = "document 2: document r1 is here already", .findings = 1 },
	{ .name = "nothing of that was said", .way = '<', .day = 1,
		.facts = LIST("r1", "A-1", "from=@10", ONE("R-1", "P-1")) },
	{ .name = "a request, and its answer from the same side", .way = '>', .day = 1,
		.facts = "document=#1 type=service_request " U "id=q1 last=@13 " SECOND("business_response") U
			 "id=b1 subject=q1 action=accepted",
		.code = "registry.order", .says = "document 2: q1 is the sender's own" },
	{ .name = "registered and changed", .way = '<', .day = 1,
		.facts = LIST("r1", "A-1", "from=@10", ONE("R-1", "P-1")),
		.then = SAID },
	{ .name = "which is accepted", .way = '>', .day = 1,
		.facts = ACCEPT("d1", "r1", "1"),
		.then = SAID },
	{ .name = "accepted twice at once", .way = '>', .day = 1,
		.facts = ACCEPT("d2", "r1", "1") SECOND("registration_decision") U
			 "id=d3 registration=r1 aggregation=A-1 action=accepted basis=#1",
		.code = "registry.order", .says = "agreed" },
	{ .name = "one sequence twice", .way = '<', .day = 12,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status sequence=#7 " SECOND("availability") A
			       "id=v2 aggregation=A-1 kind=status sequence=#7",
		.code = "registry.sequence", .says = "document 2: sequence 7 comes behind 7", .findings = 1 },
	{ .name = "made within what clocks differ by", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 created=@12 aggregation=A-1 kind=status sequence=#99" },
	{ .name = "made in a minute", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 created=#1036859000000000 aggregation=A-1 kind=status sequence=#99" },
	{ .name = "a clock that says how well it goes", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 created=#1036805020000000 uncertainty=#20 aggregation=A-1 kind=status sequence=#99" },
	{ .name = "and goes worse", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 created=#1036805021000000 uncertainty=#20 aggregation=A-1 kind=status sequence=#99",
		.code = "registry.clock", .says = "still to come" },
	{ .name = "one that is bad is no excuse", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 created=#1036861000000000 uncertainty=#86400000 aggregation=A-1 kind=status sequence=#99",
		.code = "registry.clock" },
	{ .name = "made tomorrow", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 created=@13 aggregation=A-1 kind=status sequence=#99",
		.code = "registry.clock", .says = "1970-01-14", .findings = 1 },
	{ .name = "made a month ago", .way = '<', .day = 42,
		.facts = AVAIL "id=v0 created=@12 aggregation=A-1 kind=status sequence=#99" },
	{ .name = "made a day before that", .way = '<', .day = 42,
		.facts = AVAIL "id=v0 created=@11 aggregation=A-1 kind=status sequence=#99",
		.code = "registry.clock", .says = "older than 30d" },
	{ .name = "another list is to come", .way = '<', .day = 12,
		.facts = REG "id=r5 action=replace aggregation=A-1 from=@20 r1.resource=R-1",
		.then = SAID },
	{ .name = "which is accepted", .way = '>', .day = 12,
		.facts = DECISION "id=d5 registration=r5 aggregation=A-1 action=accepted basis=#3",
		.then = SAID },
	{ .name = "until then the revision before is in force", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 basis=#1 aggregation=A-1 kind=status sequence=#99 i1.start=@19" },
	{ .name = "and may be said of what comes then, as it is made before", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 basis=#1 aggregation=A-1 kind=status sequence=#99 i1.start=@20" },
	{ .name = "but not from then on", .way = '<', .day = 20,
		.facts = AVAIL "id=v0 basis=#1 aggregation=A-1 kind=status sequence=#99 i1.start=@20",
		.code = "registry.revision", .says = "current is 3" },
	{ .name = "one that never was", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 basis=#2 aggregation=A-1 kind=status sequence=#99 i1.start=@19",
		.code = "registry.revision" },
	{ .name = "what is not valid is judged", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 invalid=#1 aggregation=A-8 kind=status sequence=#99",
		.code = "registry.unknown" },
	{ .name = "and is not so", .way = '<', .day = 12,
		.facts = AVAIL "id=v0 invalid=#1 aggregation=A-1 kind=status sequence=#99",
		.then = SAID },
	{ .name = "in their order", .way = '<', .day = 12,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status sequence=#7 " SECOND("availability") A
			       "id=v2 aggregation=A-1 kind=status sequence=#8",
		.then = SAID },
	{ .name = "a third", .way = '<', .day = 12,
		.facts = AVAIL "id=v3 aggregation=A-1 kind=status sequence=#9" },
};
STORY(documents_of_one_message_judge_each_other, several)

static const struct step changing[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = CREATE("r1"),
		.then = SAID },
	{ .name = "decided", .way = '>', .day = 2,
		.facts = ACCEPT("d1", "r1", "4"),
		.then = SAID },
	{ .name = "a change of another revision", .way = '<', .day = 11,
		.facts = CHANGE "id=c0 aggregation=A-1 basis=#3 from=@12 r1.action=remove r1.resource=R-1",
		.code = "registry.revision", .says = "current is 4" },
	{ .name = "what is not in it is removed", .way = '<', .day = 11,
		.facts = CHANGE "id=c0 aggregation=A-1 basis=#4 from=@12 r1.action=remove r1.resource=R-3",
		.code = "registry.unknown", .says = "R-3" },
	{ .name = "what is in it is added", .way = '<', .day = 11,
		.facts = CHANGE "id=c0 aggregation=A-1 basis=#4 from=@12 r1.action=add r1.resource=R-1",
		.code = "registry.twice", .says = "R-1" },
	{ .name = "a change", .way = '<', .day = 11,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#4 from=@20 up_kw=*600 r1.action=remove r1.resource=R-1 " "r2.action=add r2.resource=R-3 r2.export_kw=*3 r2.import_kw=*0 r3.action=modify r3.resource=R-2 r3.export_kw=*1",
		.then = SAID },
	{ .name = "not decided yet", .way = '<', .day = 21,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@21 r1.resource=R-3",
		.code = "registry.unknown", .says = "R-3" },
	{ .name = "partly accepted", .way = '>', .day = 12,
		.facts = DECISION "id=d2 registration=c1 aggregation=A-1 action=partly_accepted basis=#5 r1.rejected=R-2",
		.then = SAID },
	{ .name = "before its time", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@19 i1.up_kw=*1000 r1.resource=R-1 r1.up_kw=*15" },
	{ .name = "after it, what was added", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 basis=#5 i1.start=@20 i1.up_kw=*600 r1.resource=R-3 r1.up_kw=*3" },
	{ .name = "more than was added", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@20 r1.resource=R-3 r1.up_kw=*4",
		.code = "registry.capability" },
	{ .name = "what was removed", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@20 r1.resource=R-1",
		.code = "registry.unknown", .says = "R-1" },
	{ .name = "what was rejected is as before", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@20 r1.resource=R-2 r1.down_kw=*10" },
	{ .name = "the capability of each interval's time", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@19 i1.up_kw=*1000 i2.start=@20 i2.up_kw=*601",
		.code = "registry.capability", .says = "interval 2", .findings = 1 },
	{ .name = "and at each moment of an interval", .way = '<', .day = 19,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@19 i1.seconds=#86401 i1.up_kw=*601 i2.start=@19 i2.seconds=#86400 i2.up_kw=*1000",
		.code = "registry.capability", .says = "interval 1: up_kw is 601.000000, registered is 600", .findings = 1 },
	{ .name = "more are left than there are", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 count=#777 basis=#5 from=@21 r1.action=remove r1.resource=R-3",
		.code = "registry.count", .says = "by the list it is 1" },
	{ .name = "as many as there are", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 count=#3 basis=#5 from=@21 r1.action=add r1.resource=R-7" },
	{ .name = "more than what is added can", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 basis=#5 from=@21 export_kw=*904 up_kw=*609 r1.action=add r1.resource=R-7 "
				"r1.export_kw=*3 r1.import_kw=*5",
		.code = "registry.capability", .says = "export_kw is to be 904.000000", .findings = 2 },
	{ .name = "as much as what is added can", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 basis=#5 from=@21 export_kw=*903 up_kw=*608 r1.action=add r1.resource=R-7 "
				"r1.export_kw=*3 r1.import_kw=*5" },
	{ .name = "by a modification what is more than before", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 basis=#5 from=@21 export_kw=*903 r1.action=modify r1.resource=R-2 "
				"r1.export_kw=*902 r1.import_kw=*0",
		.code = "registry.capability", .says = "is 902.0" },
	{ .name = "an emergency that adds", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 kind=emergency cause=enrol basis=#5 from=@21 r1.action=add r1.resource=R-7",
		.code = "registry.emergency" },
	{ .name = "an emergency that raises", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 kind=emergency cause=failure basis=#5 from=@21 r1.action=modify r1.resource=R-2 "
				"r1.export_kw=*902 r1.import_kw=*0",
		.code = "registry.emergency" },
	{ .name = "an emergency for no reason", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 kind=emergency cause=correction basis=#5 from=@21 r1.action=remove r1.resource=R-3",
		.code = "registry.emergency" },
	{ .name = "an emergency", .way = '<', .day = 21,
		.facts = CHANGE "id=c2 aggregation=A-1 kind=emergency basis=#5 from=@21 up_kw=*100 r1.action=remove r1.resource=R-3",
		.then = SAID },
	{ .name = "is in force at once", .way = '<', .day = 21,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@21 r1.resource=R-3",
		.code = "registry.unknown" },
	{ .name = "until it is rejected", .way = '>', .day = 22,
		.facts = DECISION "id=d3 registration=c2 aggregation=A-1 action=rejected",
		.then = SAID },
	{ .name = "and then it never was", .way = '<', .day = 22,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@21 r1.resource=R-3 i1.up_kw=*600" },
	{ .name = "the change is taken back", .way = '<', .day = 0,
		.then = VOIDED, .row = 6 },
	{ .name = "and its decision decides nothing", .way = '<', .day = 22,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@21 r1.resource=R-3",
		.code = "registry.unknown" },
	{ .name = "what it removed is back", .way = '<', .day = 22,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@21 r1.resource=R-1 i1.up_kw=*1000" },
	{ .name = "a list replaces it", .way = '<', .day = 23,
		.facts = REG "id=r5 action=replace aggregation=A-1 from=@25 up_kw=*50 r1.resource=R-7",
		.then = SAID },
	{ .name = "a lower revision becomes current", .way = '>', .day = 24,
		.facts = ACCEPT("d4", "r5", "4"),
		.code = "registry.revision", .says = "revision 4" },
	{ .name = "decided, but what is not in it", .way = '>', .day = 24,
		.facts = DECISION "id=d4 registration=r5 aggregation=A-1 action=partly_accepted basis=#6 r1.rejected=R-8",
		.code = "registry.unknown", .says = "R-8" },
	{ .name = "decided", .way = '>', .day = 24,
		.facts = ACCEPT("d4", "r5", "6"),
		.then = SAID },
	{ .name = "the new list only", .way = '<', .day = 25,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@25 r1.resource=R-1 r2.resource=R-7",
		.code = "registry.unknown", .says = "R-1", .findings = 1 },
	{ .name = "the old one before", .way = '<', .day = 25,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@24 r1.resource=R-1" },
	{ .name = "the decision is withdrawn", .way = '>', .day = 26,
		.facts = DECISION "id=d5 registration=r5 aggregation=A-1 action=withdrawn from=@40",
		.then = SAID },
	{ .name = "it ends", .way = '<', .day = 26,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@40",
		.code = "registry.withdrawn" },
};
STORY(a_change_is_of_its_time, changing)

#define LATER(day, up) "id=v aggregation=A-1 i1.start=@" day " i1.up_kw=*" up " "

static const struct step failing[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "less is planned", .way = '<', .day = 11,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 from=@20 up_kw=*600 r1.action=modify r1.resource=R-2 r1.export_kw=*1 "
				"r2.action=modify r2.resource=R-1 r2.export_kw=*10 r2.import_kw=*5",
		.then = SAID },
	{ .name = "which is accepted", .way = '>', .day = 11,
		.facts = DECISION "id=d2 registration=c1 aggregation=A-1 action=accepted basis=#2",
		.then = SAID },
	{ .name = "and then a little more", .way = '<', .day = 12,
		.facts = CHANGE "id=c2 aggregation=A-1 basis=#2 from=@22 up_kw=*603 r1.action=add r1.resource=R-3 r1.export_kw=*3 r1.import_kw=*0",
		.then = SAID },
	{ .name = "which is accepted, too", .way = '>', .day = 12,
		.facts = DECISION "id=d3 registration=c2 aggregation=A-1 action=accepted basis=#3",
		.then = SAID },
	{ .name = "something fails before", .way = '<', .day = 15,
		.facts = CHANGE "id=e1 aggregation=A-1 basis=#3 from=@15 kind=emergency cause=failure up_kw=*100 r1.action=remove r1.resource=R-1",
		.then = SAID },
	{ .name = "as much as is left", .way = '<', .day = 15, .facts = AVAIL LATER("15", "100") },
	{ .name = "more than that", .way = '<', .day = 15, .facts = AVAIL LATER("15", "101"),
		.code = "registry.capability", .says = "registered is 100.0", .findings = 1 },
	{ .name = "what was planned before makes nothing whole", .way = '<', .day = 15, .facts = AVAIL LATER("20", "101"),
		.code = "registry.capability", .says = "registered is 100.0", .findings = 1 },
	{ .name = "nor puts back what is gone", .way = '<', .day = 15, .facts = AVAIL LATER("20", "100") "r1.resource=R-1",
		.code = "registry.unknown", .says = "R-1", .findings = 1 },
	{ .name = "it adds what it adds", .way = '<', .day = 15, .facts = AVAIL LATER("22", "103") "r1.resource=R-3" },
	{ .name = "and no more", .way = '<', .day = 15, .facts = AVAIL LATER("22", "104"),
		.code = "registry.capability", .says = "registered is 103.0", .findings = 1 },
	{ .name = "nobody withdraws what has failed", .way = '>', .day = 16,
		.facts = DECISION "id=d4 registration=e1 aggregation=A-1 action=withdrawn",
		.then = SAID },
	{ .name = "it is so still", .way = '<', .day = 16, .facts = AVAIL LATER("16", "101"),
		.code = "registry.capability", .says = "registered is 100.0", .findings = 1 },
	{ .name = "it is mended", .way = '<', .day = 17,
		.facts = CHANGE "id=c3 aggregation=A-1 basis=#3 from=@17 up_kw=*115 r1.action=add r1.resource=R-1 r1.export_kw=*10 r1.import_kw=*5",
		.then = SAID },
	{ .name = "which is accepted as well", .way = '>', .day = 17,
		.facts = DECISION "id=d5 registration=c3 aggregation=A-1 action=accepted basis=#4",
		.then = SAID },
	{ .name = "from then on", .way = '<', .day = 17, .facts = AVAIL LATER("17", "115") "r1.resource=R-1" },
	{ .name = "and later", .way = '<', .day = 17, .facts = AVAIL LATER("20", "115") "r1.resource=R-1" },
	{ .name = "with what was planned", .way = '<', .day = 17, .facts = AVAIL LATER("22", "118") "r1.resource=R-1 r2.resource=R-3" },
	{ .name = "and no more than that", .way = '<', .day = 17, .facts = AVAIL LATER("22", "119"),
		.code = "registry.capability", .says = "registered is 118.0", .findings = 1 },
};
STORY(an_emergency_holds_beside_what_was_planned, failing)

static const struct step revising[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = CREATE("r1") "revision=#1",
		.then = SAID },
	{ .name = "a revision of nothing", .way = '<', .day = 2,
		.facts = CREATE("r2") "revision=#2 supersedes=r0",
		.code = "registry.order", .says = "r0" },
	{ .name = "of the same revision", .way = '<', .day = 2,
		.facts = CREATE("r2") "revision=#1 supersedes=r1",
		.code = "registry.revision" },
	{ .name = "information is wanted", .way = '>', .day = 2,
		.facts = DECISION "id=d1 registration=r1 aggregation=A-1 action=more_information",
		.then = SAID },
	{ .name = "the other side revises it", .way = '>', .day = 3,
		.facts = CREATE("r2") "revision=#2 supersedes=r1",
		.code = "registry.order", .says = "other side" },
	{ .name = "it comes", .way = '<', .day = 3,
		.facts = CREATE("r2") "revision=#2 supersedes=r1",
		.then = SAID },
	{ .name = "another one comes late", .way = '<', .day = 3,
		.facts = CREATE("r3") "revision=#3 supersedes=r1",
		.code = "registry.revision", .says = "already" },
	{ .name = "the first one is decided", .way = '>', .day = 4,
		.facts = ACCEPT("d2", "r1", "1"),
		.code = "registry.order", .says = "replaced" },
	{ .name = "the revision is taken back", .way = '<', .day = 0,
		.then = VOIDED, .row = 6 },
	{ .name = "then the first one may be", .way = '>', .day = 4,
		.facts = ACCEPT("d2", "r1", "1"),
		.then = SAID },
	{ .name = "the decision is taken back", .way = '<', .day = 0,
		.then = VOIDED, .row = 10 },
	{ .name = "nothing is in force", .way = '<', .day = 11,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@11",
		.code = "registry.unknown" },
	{ .name = "said again", .way = '>', .day = 4,
		.facts = ACCEPT("d2", "r1", "1"),
		.then = SAID },
	{ .name = "it is", .way = '<', .day = 11,
		.facts = AVAIL "id=v aggregation=A-1 i1.start=@11" },
};
STORY(the_latest_revision_counts, revising)

/* --- services ----------------------------------------------------------------- */

static const struct step serving[] = {
	{ .name = "registered", .way = '>', .day = 1,
		.facts = CREATE("r1"),
		.then = SAID },
	{ .name = "decided", .way = '<', .day = 2,
		.facts = ACCEPT("d1", "r1", "1"),
		.then = SAID },
	{ .name = "an offer without a request", .way = '>', .day = 11,
		.facts = OFFER "id=o0 action=x",
		.code = "registry.order", .says = "names none" },
	{ .name = "an offer to nobody's request", .way = '>', .day = 11,
		.facts = OFFER "id=o0 request=q1",
		.code = "registry.order", .says = "q1" },
	{ .name = "a request", .way = '<', .day = 11,
		.facts = REQUEST "id=q1 last=@13 i1.start=@15 i1.quantity_kw=*5000",
		.then = SAID },
	{ .name = "an offer of more than there is", .way = '>', .day = 12,
		.facts = OFFER "id=o1 request=q1 i1.start=@15 i1.quantity_kw=*1001",
		.code = "registry.capability", .says = "quantity_kw is 1001" },
	{ .name = "an offer after the last moment", .way = '>', .day = 14,
		.facts = OFFER "id=o1 request=q1 i1.start=@15 i1.quantity_kw=*500",
		.code = "registry.late", .says = "until 1970-01-14" },
	{ .name = "an offer by who asks for it", .way = '<', .day = 12,
		.facts = OFFER "id=o1 request=q1 last=@14 i1.start=@15 i1.quantity_kw=*500",
		.code = "registry.order", .says = "q1 is the sender's own" },
	{ .name = "an offer", .way = '>', .day = 12,
		.facts = OFFER "id=o1 request=q1 last=@14 i1.start=@15 i1.quantity_kw=*500",
		.then = SAID },
	{ .name = "more is awarded than offered", .way = '<', .day = 13,
		.facts = AWARD "id=w1 offer=o1 action=awarded i1.start=@15 i1.quantity_kw=*501",
		.code = "registry.capability", .says = "offer o1 has 500" },
	{ .name = "an award by who offers", .way = '>', .day = 13,
		.facts = AWARD "id=w1 offer=o1 action=awarded i1.start=@15 i1.quantity_kw=*400",
		.code = "registry.order", .says = "o1 is the sender's own" },
	{ .name = "an award of another aggregation", .way = '<', .day = 13,
		.facts = "document=#1 type=service_award " U "id=w1 offer=o1 aggregation=A-7 action=awarded",
		.code = "registry.order", .findings = 2 },
	{ .name = "a dispatch of what was not awarded", .way = '<', .day = 13,
		.facts = DISPATCH "id=x1 award=w1 action=start sequence=#1",
		.code = "registry.award", .says = "w1" },
	{ .name = "an award", .way = '<', .day = 13,
		.facts = AWARD "id=w1 offer=o1 action=awarded last=@14 ceiling=*100 i1.start=@15 i1.quantity_kw=*400",
		.then = SAID },
	{ .name = "the offer is awarded again", .way = '<', .day = 13,
		.facts = AWARD "id=w2 offer=o1 action=awarded",
		.code = "registry.order", .says = "agreed" },
	{ .name = "it answers its own award", .way = '<', .day = 13,
		.facts = ANSWER U "id=b1 subject=w1 action=accepted",
		.code = "registry.order", .says = "own" },
	{ .name = "silence is consent", .way = '<', .day = 15,
		.facts = DISPATCH "id=x0 award=w1 action=start sequence=#1 i1.start=@15 i1.quantity_kw=*4" },
	{ .name = "or it is not, as it is agreed", .way = '<', .day = 15,
		.facts = DISPATCH "agreed_silence=#1 id=x0 award=w1 action=start sequence=#1 i1.start=@15 i1.quantity_kw=*4",
		.code = "registry.award", .findings = 1,
		.says = "award w1 was not answered until 1970-01-15T00:00:00.000Z: as agreed, that declines it" },
	{ .name = "while there is time it is neither", .way = '<', .day = 14,
		.facts = DISPATCH "agreed_silence=#1 id=x0 award=w1 action=start sequence=#1 i1.start=@15 i1.quantity_kw=*4" },
	{ .name = "it is confirmed too late", .way = '>', .day = 15,
		.facts = ANSWER A "id=b1 subject=w1 action=accepted",
		.code = "registry.late", .says = "w1" },
	{ .name = "it is confirmed", .way = '>', .day = 13,
		.facts = ANSWER A "id=b1 subject=w1 action=accepted",
		.then = SAID },
	{ .name = "what was answered is no silence", .way = '<', .day = 15,
		.facts = DISPATCH "agreed_silence=#1 id=x0 award=w1 action=start sequence=#1 i1.start=@15 i1.quantity_kw=*4" },
	{ .name = "and rejected after that", .way = '>', .day = 13,
		.facts = ANSWER A "id=b2 subject=w1 action=rejected",
		.code = "registry.order", .says = "w1, which is agreed" },
	{ .name = "but by a revision, in time", .way = '>', .day = 13,
		.facts = ANSWER A "id=b2 subject=w1 action=rejected supersedes=b1 revision=#2" },
	{ .name = "and not when it is too late", .way = '>', .day = 15,
		.facts = ANSWER A "id=b2 subject=w1 action=rejected supersedes=b1 revision=#2",
		.code = "registry.late", .says = "w1" },
	{ .name = "an award that has no times binds no dispatch", .way = '<', .day = 15,
		.facts = DISPATCH "id=x1 award=w1 action=start sequence=#1 i1.start=@15 i1.quantity_kw=*-401" },
	{ .name = "a dispatch that is no use any more", .way = '<', .day = 15,
		.facts = DISPATCH "id=x1 award=w1 action=start sequence=#1 expires=@14",
		.code = "registry.late", .says = "useful until" },
	{ .name = "a dispatch", .way = '<', .day = 15,
		.facts = DISPATCH "id=x1 award=w1 action=start sequence=#1 seconds=#600 i1.start=@15 i1.quantity_kw=*400",
		.then = SAID },
	{ .name = "an older one", .way = '<', .day = 15,
		.facts = DISPATCH "id=x2 award=w1 action=adjust sequence=#1",
		.code = "registry.sequence", .says = "1 comes behind 1" },
	{ .name = "an emergency has no award", .way = '<', .day = 15,
		.facts = DISPATCH "id=x3 action=start override=schedule sequence=#1" },
	{ .name = "a response by who dispatches", .way = '<', .day = 15,
		.facts = RESPONSE "id=y1 dispatch=x1 sequence=#1 action=received",
		.code = "registry.order", .says = "x1 is the sender's own" },
	{ .name = "a response too late", .way = '>', .day = 16,
		.facts = RESPONSE "id=y1 dispatch=x1 sequence=#1 action=received",
		.code = "registry.late-answer", .says = "x1" },
	{ .name = "a response", .way = '>', .day = 15,
		.facts = RESPONSE "id=y1 dispatch=x1 sequence=#1 action=received",
		.then = SAID },
	{ .name = "a later one", .way = '>', .day = 16,
		.facts = RESPONSE "id=y2 dispatch=x1 sequence=#2 action=completed",
		.then = SAID },
	{ .name = "performance of another award", .way = '>', .day = 20,
		.facts = PERFORMANCE "id=p1 award=w9",
		.code = "registry.award", .says = "w9" },
	{ .name = "performance", .way = '>', .day = 20,
		.facts = PERFORMANCE "id=p1 award=w1 r1.dispatch=x1",
		.then = SAID },
	{ .name = "a line for what was never awarded", .way = '>', .day = 21,
		.facts = INVOICE "id=n1 invoice=N-1 l1.award=w1 l1.amount=*10 l2.award=w7 l2.amount=*1",
		.code = "registry.award", .says = "line 2: invoice follows award w7", .findings = 1 },
	{ .name = "more than the ceiling, in all", .way = '>', .day = 21,
		.facts = INVOICE "id=n1 invoice=N-1 l1.award=w1 l1.amount=*60 l2.award=w1 l2.amount=*41",
		.code = "registry.amount", .says = "award w1: 101.00" },
	{ .name = "an invoice", .way = '>', .day = 21,
		.facts = INVOICE "id=n1 invoice=N-1 amount=*60 performance=p1 l1.award=w1 l1.amount=*40 l2.award=w1 l2.amount=*20",
		.then = SAID },
	{ .name = "the same number again", .way = '>', .day = 21,
		.facts = INVOICE "id=n2 invoice=N-1 amount=*1",
		.code = "registry.order", .says = "N-1 is here already" },
	{ .name = "a second one over the ceiling", .way = '>', .day = 22,
		.facts = INVOICE "id=n3 invoice=N-2 l1.award=w1 l1.amount=*41",
		.code = "registry.amount", .says = "101.00" },
	{ .name = "an unknown invoice is paid", .way = '<', .day = 23,
		.facts = REMITTANCE "id=m1 l1.invoice=N-7 l1.amount=*1",
		.code = "registry.order", .says = "N-7" },
	{ .name = "more is paid than invoiced", .way = '<', .day = 23,
		.facts = REMITTANCE "id=m1 l1.invoice=N-1 l1.amount=*61",
		.code = "registry.amount", .says = "61.00" },
	{ .name = "a part is paid", .way = '<', .day = 23,
		.facts = REMITTANCE "id=m1 l1.invoice=N-1 l1.amount=*40",
		.then = SAID },
	{ .name = "the rest and more", .way = '<', .day = 24,
		.facts = REMITTANCE "id=m2 l1.invoice=N-1 l1.amount=*21",
		.code = "registry.amount" },
	{ .name = "the rest", .way = '<', .day = 24,
		.facts = REMITTANCE "id=m2 l1.invoice=N-1 l1.amount=*20" },
	{ .name = "the first remittance is taken back", .way = '<', .day = 0,
		.then = VOIDED, .row = 44 },
	{ .name = "then there is more to pay", .way = '<', .day = 24,
		.facts = REMITTANCE "id=m2 l1.invoice=N-1 l1.amount=*60" },
	{ .name = "the invoice is cancelled", .way = '>', .day = 25,
		.facts = INVOICE "id=n4 invoice=N-3 kind=cancel subject=N-1",
		.then = SAID },
	{ .name = "and no longer paid", .way = '<', .day = 26,
		.facts = REMITTANCE "id=m3 l1.invoice=N-1 l1.amount=*1",
		.code = "registry.order", .says = "withdrawn" },
	{ .name = "its amount is free again", .way = '>', .day = 27,
		.facts = INVOICE "id=n5 invoice=N-4 l1.award=w1 l1.amount=*100" },
	{ .name = "the most there is", .way = '>', .day = 27,
		.facts = INVOICE "id=n5 invoice=N-4 l1.award=w1 l1.amount=#9223372036854775807 l2.award=w1 l2.amount=#9223372036854775807",
		.code = "registry.amount" },
	{ .name = "a dispute about nothing", .way = '<', .day = 28,
		.facts = "document=#1 type=dispute " U "id=t1 subject=zz action=opened",
		.code = "registry.order", .says = "zz" },
	{ .name = "a dispute that was not opened", .way = '>', .day = 28,
		.facts = "document=#1 type=dispute " A "id=t0 subject=n1 dispute=T action=closed",
		.code = "registry.order", .says = "dispute T was not opened", .findings = 1 },
	{ .name = "a dispute", .way = '<', .day = 28,
		.facts = "document=#1 type=dispute " U "id=t1 subject=n1 dispute=T action=opened",
		.then = SAID },
	{ .name = "opened twice, by whomever", .way = '>', .day = 28,
		.facts = "document=#1 type=dispute " A "id=t2 subject=n1 dispute=T action=opened",
		.code = "registry.order", .says = "dispute T is open already" },
	{ .name = "it is answered", .way = '>', .day = 28,
		.facts = "document=#1 type=dispute " A "id=t2 subject=n1 dispute=T action=answered",
		.then = SAID },
	{ .name = "and closed", .way = '<', .day = 28,
		.facts = "document=#1 type=dispute " U "id=t3 subject=n1 dispute=T action=closed",
		.then = SAID },
	{ .name = "after that nothing more is said", .way = '>', .day = 28,
		.facts = "document=#1 type=dispute " A "id=t4 subject=n1 dispute=T action=evidence",
		.code = "registry.order", .says = "dispute T is closed" },
	{ .name = "but anew, what was said", .way = '<', .day = 28,
		.facts = "document=#1 type=dispute " U "id=t4 subject=n1 dispute=T action=closed supersedes=t3 revision=#2" },
	{ .name = "another partner's is another one", .way = '<', .day = 28, .partner = "other",
		.facts = "document=#1 type=dispute " U "id=t4 subject=n1 dispute=T action=evidence",
		.code = "registry.order", .findings = 2 },
	{ .name = "a statement about another award", .way = '<', .day = 28,
		.facts = "document=#1 type=settlement_statement " U "id=s1 l1.award=w8 l1.aggregation=A-8",
		.code = "registry.unknown", .findings = 2 },
	{ .name = "the award is cancelled", .way = '<', .day = 29,
		.facts = AWARD "id=w3 offer=o1 action=cancelled supersedes=w1 revision=#2",
		.then = SAID },
	{ .name = "no dispatch follows it", .way = '<', .day = 29,
		.facts = DISPATCH "id=x9 award=w1 action=start sequence=#9",
		.code = "registry.award", .says = "replaced" },
	{ .name = "a request for a time that is long over", .way = '<', .day = 30,
		.facts = REQUEST "id=q2 last=@40 i1.start=@15 i1.seconds=#900 i2.start=@28 i2.seconds=#900",
		.code = "registry.late", .says = "its last interval ended at 1970-01-29T00:15", .findings = 1 },
	{ .name = "one that is written down afterwards", .way = '<', .day = 29,
		.facts = REQUEST "id=q2 last=@40 i1.start=@15 i1.seconds=#900 i2.start=@28 i2.seconds=#900" },
	{ .name = "one of which a part is ahead", .way = '<', .day = 30,
		.facts = REQUEST "id=q2 last=@40 i1.start=@15 i1.seconds=#900 i2.start=@30 i2.seconds=#900" },
	{ .name = "availability that is over", .way = '>', .day = 30,
		.facts = AVAIL "id=v9 aggregation=A-1 kind=status sequence=#1 i1.start=@28 i1.seconds=#900",
		.code = "registry.late", .says = "its last interval ended", .findings = 1 },
	{ .name = "an award that ends may be about the past", .way = '<', .day = 29,
		.facts = AWARD "id=w4 offer=o1 action=cancelled supersedes=w3 revision=#3 i1.start=@15 i1.seconds=#900" },
};
STORY(a_service_goes_from_request_to_remittance, serving)

#define HURRY DISPATCH "id=x1 action=start override=schedule sequence=#1 "
static const struct step ending[] = {
	{ .name = "registered", .way = '>', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '<', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "of no use any more", .way = '<', .day = 15, .facts = HURRY "expires=@14",
		.code = "registry.late", .says = "useful until" },
	{ .name = "unless it may have come while it was", .way = '<', .day = 15, .days_before = 1,
		.facts = HURRY "expires=@14" },
	{ .name = "by no more than clocks may be wrong", .way = '<', .day = 16, .days_before = 1,
		.facts = HURRY "expires=@14", .code = "registry.late", .says = "useful until" },
	{ .name = "nothing came later than now", .way = '<', .day = 15, .days_before = -3,
		.facts = HURRY "expires=@16" },
	{ .name = "nobody could answer in time", .way = '<', .day = 14, .facts = REQUEST "id=q1 last=@13",
		.code = "registry.late", .says = "respond_by" },
	{ .name = "or might have", .way = '<', .day = 14, .days_before = 1,
		.facts = REQUEST "id=q1 last=@13", .then = SAID },
	{ .name = "an answer too late", .way = '>', .day = 14, .facts = OFFER "id=o1 request=q1",
		.code = "registry.late", .says = "until 1970-01-14" },
	{ .name = "or not, for all that clocks say", .way = '>', .day = 14, .days_before = 1,
		.facts = OFFER "id=o1 request=q1" },
};
STORY(what_ends_is_judged_by_when_it_may_have_come, ending)

/* --- invoices that change others ------------------------------------------------ */

static const struct step correcting[] = {
	AWARDED,
	{ .name = "an invoice near the ceiling", .way = '<', .day = 20,
		.facts = BILL "id=n1 invoice=N-1 kind=original amount=*95 l1.award=w1 l1.amount=*95",
		.then = SAID },
	{ .name = "a correction of what is not there", .way = '<', .day = 20,
		.facts = BILL "id=n2 invoice=N-2 kind=corrected subject=N-9 amount=*1",
		.code = "registry.order", .says = "corrected of invoice N-9, which is not there" },
	{ .name = "a correction above the ceiling", .way = '<', .day = 20,
		.facts = BILL "id=n2 invoice=N-2 kind=corrected subject=N-1 l1.award=w1 l1.amount=*101",
		.code = "registry.amount", .says = "101.00" },
	{ .name = "a correction takes the place of its original", .way = '<', .day = 20,
		.facts = BILL "id=n2 invoice=N-2 kind=corrected subject=N-1 amount=*91 l1.award=w1 l1.amount=*91",
		.then = SAID },
	{ .name = "it is paid", .way = '>', .day = 20,
		.facts = PAY "id=m7 trace=T-7 l1.invoice=N-2 l1.amount=*50",
		.then = SAID },
	{ .name = "corrected once more", .way = '<', .day = 20,
		.facts = BILL "id=n7 invoice=N-7 kind=corrected subject=N-2 amount=*80 l1.award=w1 l1.amount=*80",
		.then = SAID },
	{ .name = "what was paid for it before counts", .way = '>', .day = 20,
		.facts = PAY "id=m8 trace=T-8 l1.invoice=N-7 l1.amount=*31",
		.code = "registry.amount", .says = "invoice N-7: 81.00 in all, where 80.00 is the most" },
	{ .name = "and the rest is paid", .way = '>', .day = 20,
		.facts = PAY "id=m8 trace=T-8 l1.invoice=N-7 l1.amount=*30" },
	{ .name = "that one is taken back", .way = '<', .day = 0, .then = VOIDED, .row = 11 },
	{ .name = "and what was paid as well", .way = '<', .day = 0, .then = VOIDED, .row = 10 },
	{ .name = "the award is revised", .way = '>', .day = 20,
		.facts = GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 ceiling=*100",
		.then = SAID },
	{ .name = "its ceiling is no second one", .way = '<', .day = 20,
		.facts = BILL "id=n8 invoice=N-8 kind=original l1.award=w2 l1.amount=*10",
		.code = "registry.amount", .says = "award w2: 101.00 in all" },
	{ .name = "the revision is taken back", .way = '<', .day = 0, .then = VOIDED, .row = 16 },
	{ .name = "the original is not corrected again", .way = '<', .day = 21,
		.facts = BILL "id=n3 invoice=N-3 kind=corrected subject=N-1 amount=*90",
		.code = "registry.order", .says = "replaced" },
	{ .name = "the correction counts", .way = '<', .day = 21,
		.facts = BILL "id=n3 invoice=N-3 kind=original l1.award=w1 l1.amount=*10",
		.code = "registry.amount", .says = "101.00" },
	{ .name = "a revision takes the place of the one before", .way = '<', .day = 21,
		.facts = BILL "id=n3 invoice=N-2 kind=corrected subject=N-1 supersedes=n2 revision=#2 l1.award=w1 l1.amount=*92" },
	{ .name = "a cancellation of what is not there", .way = '<', .day = 21,
		.facts = BILL "id=n3 invoice=N-3 kind=cancel subject=N-9",
		.code = "registry.order", .says = "N-9" },
	{ .name = "a cancellation repeats the amounts", .way = '<', .day = 21,
		.facts = BILL "id=n3 invoice=N-3 kind=cancel subject=N-2 amount=*91 l1.award=w1 l1.amount=*91",
		.then = SAID },
	{ .name = "a cancellation is not cancelled", .way = '<', .day = 22,
		.facts = BILL "id=n4 invoice=N-4 kind=cancel subject=N-3",
		.code = "registry.order", .says = "cancels another one" },
	{ .name = "what is cancelled is not corrected", .way = '<', .day = 22,
		.facts = BILL "id=n4 invoice=N-4 kind=corrected subject=N-2 amount=*1",
		.code = "registry.order", .says = "withdrawn" },
	{ .name = "all of the ceiling is free again", .way = '<', .day = 22,
		.facts = BILL "id=n4 invoice=N-4 kind=original amount=*100 l1.award=w1 l1.amount=*100",
		.then = SAID },
	{ .name = "a credit for what is not there", .way = '<', .day = 23,
		.facts = BILL "id=n5 invoice=N-5 kind=credit_note subject=N-9 amount=*95000",
		.code = "registry.order", .says = "N-9" },
	{ .name = "a credit says of what", .way = '<', .day = 23,
		.facts = BILL "id=n5 invoice=N-5 kind=credit_note amount=*-1",
		.code = "registry.order", .says = "nowhere" },
	{ .name = "more is credited than billed", .way = '<', .day = 23,
		.facts = BILL "id=n5 invoice=N-5 kind=credit_note subject=N-4 amount=*-101",
		.code = "registry.amount", .says = "credit for invoice N-4: 101.00" },
	{ .name = "the same without the sign", .way = '<', .day = 23,
		.facts = BILL "id=n5 invoice=N-5 kind=credit_note subject=N-4 amount=*101",
		.code = "registry.amount", .says = "101.00" },
	{ .name = "the least there is", .way = '<', .day = 23,
		.facts = BILL "id=n5 invoice=N-5 kind=credit_note subject=N-4 amount=#-9223372036854775807",
		.code = "registry.amount" },
	{ .name = "a part is credited", .way = '<', .day = 23,
		.facts = BILL "id=n5 invoice=N-5 kind=credit_note subject=N-4 amount=*-60 l1.award=w1 l1.amount=*-60",
		.then = SAID },
	{ .name = "all credits together", .way = '<', .day = 23,
		.facts = BILL "id=n6 invoice=N-6 kind=credit_note subject=N-4 amount=*-41",
		.code = "registry.amount", .says = "101.00" },
	{ .name = "what was credited may be billed", .way = '<', .day = 23,
		.facts = BILL "id=n6 invoice=N-6 kind=original l1.award=w1 l1.amount=*60" },
	{ .name = "the rest of it is paid", .way = '>', .day = 24,
		.facts = PAY "id=m1 l1.invoice=N-4 l1.amount=*40",
		.then = SAID },
	{ .name = "the bank's reference is added", .way = '>', .day = 25,
		.facts = PAY "id=m2 supersedes=m1 revision=#2 l1.invoice=N-4 l1.amount=*40",
		.then = SAID },
	{ .name = "it is not paid twice", .way = '>', .day = 25,
		.facts = PAY "id=m3 l1.invoice=N-4 l1.amount=*1",
		.code = "registry.amount", .says = "41.00 in all, where 40.00 is the most" },
};
STORY(an_invoice_is_corrected_cancelled_and_credited, correcting)

/* --- what is delivered is said once -------------------------------------------------- */

#define DELIVERED(who) "document=#1 type=service_performance " who "award=w2 aggregation=A-1 "

static const struct step delivering[] = {
	AWARDED,
	{ .name = "awarded for two times", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 " AT("i1", "@15", "*400") AT("i2", "@16", "*400"),
		.then = SAID },
	{ .name = "delivered", .way = '<', .day = 18,
		.facts = DELIVERED(A) "id=p1 energy_kwh=*10 " AT("i1", "@15", "*9") AT("i2", "@16", "*9"),
		.then = SAID },
	{ .name = "the same under another id", .way = '<', .day = 18,
		.facts = DELIVERED(A) "id=p2 energy_kwh=*10 " AT("i1", "@15", "*9") AT("i2", "@16", "*9"),
		.code = "registry.order", .says = "interval 1: p1 says what was delivered at 1970-01-16T00:00", .findings = 1 },
	{ .name = "a part of it", .way = '<', .day = 18,
		.facts = DELIVERED(A) "id=p2 energy_kwh=*10 i1.start=@14 i1.seconds=#900 " AT("i2", "@16", "*9"),
		.code = "registry.order", .says = "interval 2", .findings = 1 },
	{ .name = "between, where nothing is", .way = '<', .day = 18,
		.facts = DELIVERED(A) "id=p2 energy_kwh=#0 i1.start=@14 i1.seconds=#86400 i2.start=@17 i2.seconds=#900" },
	{ .name = "where nothing was awarded", .way = '<', .day = 18,
		.facts = DELIVERED(A) "id=p2 energy_kwh=*10 " AT("i1", "@17", "*9"),
		.code = "registry.award", .says = "interval 1: delivered_kw is above zero from 1970-01-18", .findings = 1 },
	{ .name = "where that does not count", .way = '<', .day = 18,
		.facts = DELIVERED(A) "id=p2 energy_kwh=#0 " AT("i1", "@17", "*9") "i1.excluded=outage" },
	{ .name = "of another award", .way = '<', .day = 18,
		.facts = "document=#1 type=service_performance " A "award=w9 aggregation=A-1 id=p2 " AT("i1", "@15", "*9"),
		.code = "registry.award", .says = "w9" },
	{ .name = "the other side says what it measured", .way = '>', .day = 18,
		.facts = DELIVERED(U) "id=p3 energy_kwh=*8 " AT("i1", "@15", "*8") AT("i2", "@16", "*8"),
		.then = SAID },
	{ .name = "and not twice either", .way = '>', .day = 18,
		.facts = DELIVERED(U) "id=p4 energy_kwh=*8 " AT("i1", "@16", "*8"),
		.code = "registry.order", .says = "p3" },
	{ .name = "a correction", .way = '<', .day = 19,
		.facts = DELIVERED(A) "id=p5 supersedes=p1 revision=#2 energy_kwh=*9 " AT("i1", "@15", "*8") AT("i2", "@16", "*9"),
		.then = SAID },
	{ .name = "after which it is that one", .way = '<', .day = 19,
		.facts = DELIVERED(A) "id=p6 " AT("i1", "@15", "*8"),
		.code = "registry.order", .says = "p5" },
	{ .name = "which the other side rejects", .way = '>', .day = 19,
		.facts = ANSWER U "id=b1 subject=p5 action=rejected",
		.then = SAID },
	{ .name = "so that it is said anew", .way = '<', .day = 20,
		.facts = DELIVERED(A) "id=p6 " AT("i1", "@15", "*8") },
};
STORY(what_is_delivered_is_said_once, delivering)

/* --- what an invoice says beside its award ------------------------------------------ */

#define PARTIES "sender=AGG receiver=UTIL creditor=AGG debtor=UTIL payee=P-1 "

static const struct step billing[] = {
	AWARDED,
	{ .name = "awarded with a price", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o1 supersedes=w1 revision=#2 ceiling=*100 currency=USD "
			"i1.start=@15 i1.seconds=#900 i1.quantity_kw=*400 i1.price=*2 "
			"i2.start=@16 i2.seconds=#900 i2.quantity_kw=*400 i2.price=*3",
		.then = SAID },
	{ .name = "energy that nobody measured", .way = '<', .day = 16,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 " KWH("l1", "*9", "*2") "l2.award=w2 " KWH("l2", "*1", "*2"),
		.code = "registry.order", .says = "line 1: award w2: it bills energy, and no service_performance", .findings = 1 },
	{ .name = "what is no energy need not be", .way = '<', .day = 16,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.kind=capacity l1.measure=kW l1.quantity=*9 l1.price=*2" },
	{ .name = "measured", .way = '<', .day = 17,
		.facts = "document=#1 type=service_performance " A "id=p1 award=w2 aggregation=A-1 energy_kwh=*10",
		.then = SAID },
	{ .name = "and measured by the other side", .way = '>', .day = 17,
		.facts = "document=#1 type=service_performance " U "id=p2 award=w2 aggregation=A-1 energy_kwh=*9",
		.then = SAID },
	{ .name = "another price", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 " KWH("l1", "*1", "*2")
			"l2.award=w2 " KWH("l2", "*1", "*4") "l3.award=w2 " KWH("l3", "*1", "*5"),
		.code = "registry.amount", .says = "line 2: unit_price is 4.000000, award w2 has 2", .findings = 1 },
	{ .name = "more capacity than was awarded in all", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.kind=capacity l1.measure=kW l1.quantity=*400 l1.price=*2 "
			"l2.award=w2 l2.kind=capacity l2.measure=kW l2.quantity=*401 l2.price=*3",
		.code = "registry.amount", .says = "award w2: 801.000000 kW are billed, all of its intervals come to 800", .findings = 1 },
	{ .name = "as much as was awarded", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.kind=capacity l1.measure=kW l1.quantity=*800 l1.price=*2" },
	{ .name = "availability that nobody awarded", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.kind=availability_payment l1.measure=month l1.quantity=*1 l1.price=*9",
		.code = "registry.award", .says = "availability_payment", .findings = 1 },
	{ .name = "more is stated than was measured", .way = '>', .day = 17,
		.facts = "document=#1 type=settlement_statement " U "id=s1 l1.award=w2 l1.energy_kwh=*6 l2.award=w2 l2.energy_kwh=*5",
		.code = "registry.amount", .says = "award w2: 11.000000 kWh are to be delivered, 10.000000 were measured", .findings = 1 },
	{ .name = "as much as was measured", .way = '>', .day = 17,
		.facts = "document=#1 type=settlement_statement " U "id=s1 l1.award=w2 l1.energy_kwh=*6 l2.award=w2 l2.energy_kwh=*4" },
	{ .name = "a penalty has a price of its own", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.kind=penalty l1.price=*4" },
	{ .name = "another currency", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.amount=*1 l1.currency=EUR",
		.code = "registry.amount", .says = "it is in EUR, award w2 is in USD" },
	{ .name = "another period", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original from=@3 until=@9 l1.award=w2 l1.amount=*1",
		.code = "registry.award", .says = "award w2 is for 1970-01-16" },
	{ .name = "a period ends in the zone of a market", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original from=@3 until=@15 l1.award=w2 l1.amount=*1" },
	{ .name = "more energy than anybody measured", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 " KWH("l1", "*11", "*2"),
		.code = "registry.amount", .says = "11.000000 kWh are billed in all, 10.000000 were measured" },
	{ .name = "a service without an award", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original " KWH("l1", "*1", "*2"),
		.code = "registry.award", .says = "names no award_id" },
	{ .name = "nor energy by another name", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.kind=incentive l1.measure=kWh l1.quantity=*1 l1.price=*9 l1.amount=*9 "
			"l2.kind=adjustment l2.measure=kW l2.quantity=*1 l3.kind=fee l3.measure=kvar l4.kind=tax l4.measure=kWh l5.kind=rounding l5.measure=kWh ",
		.code = "registry.award", .says = "line 1: it bills a service (incentive, by the kWh), and names no award_id", .findings = 3 },
	{ .name = "an incentive for more than was measured", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.kind=incentive l1.measure=kWh l1.quantity=*11 l1.price=*9 l1.amount=*1",
		.code = "registry.amount", .says = "award w2: it is for 11.000000 kWh (incentive), 10.000000 were measured", .findings = 1 },
	{ .name = "an incentive for what was measured", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w2 l1.kind=incentive l1.measure=kWh l1.quantity=*10 l1.price=*9 l1.amount=*1" },
	{ .name = "a fee needs none", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.kind=fee l1.amount=*3" },
	{ .name = "a utility bills what it sells", .way = '>', .day = 17,
		.facts = "document=#1 type=invoice " U "id=n1 invoice=N-1 kind=original " KWH("l1", "*1", "*2") },
	{ .name = "somebody else sells", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original sender=AGG receiver=UTIL creditor=EVIL debtor=UTIL",
		.code = "registry.party", .says = "seller_id is EVIL, and neither AGG" },
	{ .name = "somebody else buys", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original sender=AGG receiver=UTIL creditor=AGG debtor=EVIL",
		.code = "registry.party", .says = "buyer_id is EVIL" },
	{ .name = "who acts for the seller", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original sender=AGG behalf=FARM receiver=UTIL creditor=FARM debtor=UTIL" },
	{ .name = "its bank is another one", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original bank_changed=#1",
		.code = "registry.payee", .says = "second person" },
	{ .name = "the first one may say an account", .way = '<', .day = 17,
		.facts = BILL PARTIES "id=n1 invoice=N-1 kind=original account=1 bank=B" },
	{ .name = "an invoice", .way = '<', .day = 17,
		.facts = BILL PARTIES "id=n1 invoice=N-1 kind=original summary=aa from=@14 until=@15 amount=*18 currency=USD l1.award=w2 l1.amount=*18 " KWH("l1", "*9", "*2"),
		.then = SAID },
	{ .name = "the same energy under another number", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original l1.award=w2 " KWH("l1", "*9", "*2"),
		.code = "registry.amount", .says = "18.000000 kWh" },
	{ .name = "what is left", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original l1.award=w2 " KWH("l1", "*1", "*2") },
	{ .name = "the same lines under another number", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original summary=aa amount=*18 from=@14 until=@15 l1.award=w2",
		.code = "registry.order", .says = "its lines are those of invoice N-1, for the same time", .findings = 1 },
	{ .name = "of another total", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original summary=aa amount=*17 from=@14 until=@15 l1.award=w2" },
	{ .name = "of the next time", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original summary=aa amount=*18 from=@15 until=@16 l1.award=w2" },
	{ .name = "what takes them back has them", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=cancel subject=N-1 summary=aa from=@14 until=@15 l1.award=w2" },
	{ .name = "an account where none was said", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original account=1",
		.code = "registry.payee", .says = "it says an account to pay P-1 to, where invoices before had none", .findings = 1 },
	{ .name = "a person asked, and it is agreed", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n7 invoice=N-7 kind=original account=1 bank=B",
		.code = "registry.payee", .then = SAID },
	{ .name = "the same account", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original account=1 bank=B" },
	{ .name = "the same account of another bank", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original account=1 bank=C",
		.code = "registry.payee", .says = "before had another one", .findings = 1 },
	{ .name = "no account", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=original" },
	{ .name = "a correction takes the place of its energy", .way = '<', .day = 18,
		.facts = BILL PARTIES "id=n2 invoice=N-2 kind=corrected subject=N-1 l1.award=w2 " KWH("l1", "*10", "*2") },
	{ .name = "another payee", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=original payee=P-2",
		.code = "registry.payee", .says = "remit_to_id is P-2, where invoices before had P-1" },
	{ .name = "of one for whom others act", .way = '<', .day = 18,
		.facts = BILL "id=n2 invoice=N-2 kind=original payee=P-2 behalf=FARM" },
	{ .name = "another partner's payee is its own", .way = '<', .day = 18, .partner = "other",
		.facts = BILL "id=n2 invoice=N-2 kind=original payee=P-2" },
	{ .name = "somebody else is paid", .way = '>', .day = 19,
		.facts = PAY "id=m1 sender=UTIL receiver=AGG debtor=UTIL creditor=EVIL l1.invoice=N-1 l1.amount=*1",
		.code = "registry.party", .says = "payee_id is EVIL" },
	{ .name = "what was invoiced is not that", .way = '>', .day = 19,
		.facts = PAY "id=m1 l1.invoice=N-1 l1.amount=*18 l1.invoiced=*95",
		.code = "registry.amount", .says = "invoiced_amount is 95.00, invoice N-1 is over 18.00" },
	{ .name = "paid in another currency", .way = '>', .day = 19,
		.facts = PAY "id=m1 l1.invoice=N-1 l1.amount=*18 l1.currency=EUR",
		.code = "registry.amount", .says = "invoice N-1 is in USD" },
	{ .name = "paid", .way = '>', .day = 19,
		.facts = PAY "id=m1 trace=T-1 debtor=UTIL creditor=AGG sender=UTIL receiver=AGG l1.invoice=N-1 l1.amount=*9 l1.invoiced=*18",
		.then = SAID },
	{ .name = "the same trace number", .way = '>', .day = 19,
		.facts = PAY "id=m2 trace=T-1 l1.invoice=N-1 l1.amount=*9",
		.code = "registry.order", .says = "T-1" },
	{ .name = "the same in a revision", .way = '>', .day = 19,
		.facts = PAY "id=m2 trace=T-1 supersedes=m1 revision=#2 l1.invoice=N-1 l1.amount=*9" },
};
STORY(an_invoice_agrees_with_its_award, billing)

/* --- by interval ------------------------------------------------------------------- */


static const struct step spanning[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "requested", .way = '>', .day = 11,
		.facts = REQUESTED "id=q1 direction=up baseline=metered_output price=*3 currency=USD i1.start=@15 i1.seconds=#86400 i1.quantity_kw=*900",
		.then = SAID },
	{ .name = "an offer for a day that was not requested", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTER("i1", "@24") "i1.quantity_kw=*1",
		.code = "registry.order", .says = "interval 1: request q1 does not have all of the time from 1970-01-25" },
	{ .name = "an offer that begins within and ends behind", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 i1.start=@15 i1.seconds=#86401 i1.quantity_kw=*1",
		.code = "registry.order", .says = "86401 s" },
	{ .name = "an offer above the request's price", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTER("i1", "@15") "i1.quantity_kw=*1 i1.price=*4",
		.code = "registry.amount", .says = "price is 4.000000, request q1 has 3" },
	{ .name = "an offer in another currency", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTER("i1", "@15") "i1.quantity_kw=*1 i1.price=*2 i1.currency=EUR",
		.code = "registry.amount", .says = "it is in EUR, request q1 is in USD", .findings = 1 },
	{ .name = "an offer", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 i1.currency=USD i1.start=@15 i1.seconds=#450 i1.quantity_kw=*600 i1.price=*2 "
			"i2.start=#1296450000000000 i2.seconds=#450 i2.quantity_kw=*700 i2.price=*2",
		.then = SAID },
	{ .name = "an award for another day", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 " QUARTER("i1", "@35") "i1.quantity_kw=*1",
		.code = "registry.capability", .says = "offer o1 does not have all" },
	{ .name = "a day of a quarter of an hour", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 i1.start=@15 i1.seconds=#86400 i1.quantity_kw=*1",
		.code = "registry.capability", .says = "86400 s" },
	{ .name = "more than one of the two has", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 " QUARTER("i1", "@15") "i1.quantity_kw=*650",
		.code = "registry.capability", .says = "quantity_kw is 650.000000 at that time, offer o1 has 600", .findings = 1 },
	{ .name = "at another price", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 " QUARTER("i1", "@15") "i1.quantity_kw=*600 i1.price=*99",
		.code = "registry.amount", .says = "price is 99.000000, offer o1 has 2.000000" },
	{ .name = "in another currency", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 ceiling=*9 currency=EUR " QUARTER("i1", "@15") "i1.quantity_kw=*600 i1.price=*2",
		.code = "registry.amount", .says = "it is in EUR, offer o1 is in USD", .findings = 1 },
	{ .name = "an award over both", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 " QUARTER("i1", "@15") "i1.quantity_kw=*600 i1.price=*2",
		.then = SAID },
	{ .name = "an offer that was awarded is not revised", .way = '<', .day = 13,
		.facts = OFFERED "id=o3 supersedes=o1 revision=#2 " QUARTER("i1", "@15") "i1.quantity_kw=*1",
		.code = "registry.order", .says = "is awarded" },
	{ .name = "a second offer of the same", .way = '<', .day = 13,
		.facts = OFFERED "id=o2 i1.start=@15 i1.seconds=#1800 i1.quantity_kw=*600",
		.then = SAID },
	{ .name = "two awards at once", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o2 i1.start=@15 i1.seconds=#1800 i1.quantity_kw=*401",
		.code = "registry.capability", .says = "all awards at that time come to 1001.000000 kW up, registered is 1000" },
	{ .name = "as much as there is", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o2 i1.start=@15 i1.seconds=#1800 i1.quantity_kw=*400",
		.then = SAID },
	{ .name = "one after the other", .way = '>', .day = 13,
		.facts = GIVEN "id=w3 offer=o2 supersedes=w2 revision=#2 i1.start=#1296900000000000 i1.seconds=#900 i1.quantity_kw=*600" },
	{ .name = "a revision takes the place of its own", .way = '>', .day = 13,
		.facts = GIVEN "id=w3 offer=o2 supersedes=w2 revision=#2 i1.start=@15 i1.seconds=#1800 i1.quantity_kw=*400" },
	{ .name = "more than there is beside what others were promised", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status committed=*300 i1.start=@15 i1.up_kw=*701 i1.down_kw=*501",
		.code = "registry.capability", .says = "up_kw comes to 1001.000000 and down_kw to 801" },
	{ .name = "promised in this direction", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status committed=*300 direction=up i1.start=@15 i1.up_kw=*701 i1.down_kw=*800",
		.code = "registry.capability", .says = "with what is committed elsewhere up_kw comes to 1001.000000, registered is 1000", .findings = 1 },
	{ .name = "promised in the other one", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status committed=*300 direction=down i1.start=@15 i1.up_kw=*1000 i1.down_kw=*500" },
	{ .name = "promised in one direction", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status committed=*300 i1.start=@15 i1.up_kw=*1000 i1.down_kw=*500" },
	{ .name = "a dispatch of nothing that was awarded", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start sequence=#1 override=none " QUARTER("i1", "@15") "i1.quantity_kw=*1",
		.code = "registry.award", .says = "override_of says" },
	{ .name = "for safety", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start sequence=#1 override=schedule " QUARTER("i1", "@15") "i1.quantity_kw=*1" },
	{ .name = "a dispatch days later", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@19") "i1.quantity_kw=*1",
		.code = "registry.award", .says = "award w1 does not have all of the time from 1970-01-20" },
	{ .name = "a change above the award", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.change_kw=*601",
		.code = "registry.capability", .says = "change_kw is 601" },
	{ .name = "a setpoint above the award", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*601",
		.code = "registry.capability", .says = "quantity_kw is 601" },
	{ .name = "a setpoint the other way", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*600 "
			"i2.start=#1296450000000000 i2.seconds=#450 i2.quantity_kw=*-1",
		.code = "registry.award", .says = "interval 2: quantity_kw is below zero, award w1 is for up", .findings = 1 },
	{ .name = "a change the other way", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.change_kw=*-1",
		.code = "registry.award", .says = "change_kw is below zero" },
	{ .name = "nothing is in no direction", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*0 i1.quantity_kvar=*-0" },
	{ .name = "a dispatch", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*600",
		.then = SAID },
	{ .name = "it is completed", .way = '<', .day = 15,
		.facts = "document=#1 type=dispatch_response " A "id=y1 dispatch=x1 sequence=#1 action=completed",
		.then = SAID },
	{ .name = "and not left after that", .way = '<', .day = 15,
		.facts = "document=#1 type=dispatch_response " A "id=y2 dispatch=x1 sequence=#2 action=opted_out",
		.code = "registry.order", .says = "closed" },
	{ .name = "what was said of it may be revised", .way = '<', .day = 15,
		.facts = "document=#1 type=dispatch_response " A "id=y2 dispatch=x1 supersedes=y1 revision=#2 sequence=#2 action=partial" },
};
STORY(quantities_are_of_their_time, spanning)

/* --- what others were promised, and which way a service goes ----------------------- */

#define QUARTERS(first, second) QUARTER("i1", "@15") first " i2.start=#1296900000000000 i2.seconds=#900 " second
#define MEASURED "document=#1 type=service_performance " A "award=w1 aggregation=A-1 id=p1 "

static const struct step promising[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "requested", .way = '>', .day = 11,
		.facts = REQUESTED "id=q1 direction=down baseline=regression " DAY("15") "i1.quantity_kw=*900",
		.then = SAID },
	{ .name = "reactive power is requested", .way = '>', .day = 11,
		.facts = REQUESTED "id=q2 direction=inject baseline=none " DAY("15"),
		.then = SAID },
	{ .name = "a forecast of another day", .way = '<', .day = 11,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=forecast sequence=#1 committed=*900 " DAY("14"),
		.then = SAID },
	{ .name = "which is another day", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTERS("i1.quantity_kw=*600", "i2.quantity_kw=*700") },
	{ .name = "a forecast of that day", .way = '<', .day = 11,
		.facts = AVAIL "id=v2 aggregation=A-1 kind=forecast sequence=#2 committed=*100 " DAY("15"),
		.then = SAID },
	{ .name = "an older one that came late says nothing", .way = '<', .day = 11,
		.facts = AVAIL "id=v3 aggregation=A-1 kind=status sequence=#1 committed=*10 " DAY("15"),
		.then = SAID },
	{ .name = "more is offered than is left", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTERS("i1.quantity_kw=*700", "i2.quantity_kw=*701"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 2: what is offered at that time comes to 801.000000 kW down with 100.000000 that are committed elsewhere, registered is 800" },
	{ .name = "what is promised goes the other way", .way = '<', .day = 11,
		.facts = AVAIL "id=v2b aggregation=A-1 kind=forecast sequence=#3 committed=*900 direction=up " DAY("15"),
		.then = SAID },
	{ .name = "which leaves all that goes down", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTERS("i1.quantity_kw=*700", "i2.quantity_kw=*790") },
	{ .name = "or the same way", .way = '<', .day = 11,
		.facts = AVAIL "id=v2c aggregation=A-1 kind=forecast sequence=#4 committed=*100 direction=down " DAY("15"),
		.then = SAID },
	{ .name = "which leaves less", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTERS("i1.quantity_kw=*700", "i2.quantity_kw=*701"),
		.code = "registry.capability", .findings = 1, .says = "interval 2: what is offered at that time comes to 801.000000 kW down with 100" },
	{ .name = "a declaration of what there is", .way = '<', .day = 11,
		.facts = AVAIL "id=v7 aggregation=A-1 kind=declaration sequence=#1 i1.start=@15 i1.seconds=#900 i1.up_kw=*800 i1.down_kw=*650 "
			"i2.start=#1296900000000000 i2.seconds=#900 i2.up_kw=*10 i2.down_kw=*700",
		.then = SAID },
	{ .name = "more is offered than there is then, and not than there is later", .way = '<', .day = 12,
		.facts = ANSWERED("o9", "q1") QUARTERS("i1.quantity_kw=*651", "i2.quantity_kw=*700"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 1: quantity_kw is 651.000000 from 1970-01-16T00:00:00.000Z, availability of that time has 650.000000 at most" },
	{ .name = "more than at any moment of a longer time", .way = '<', .day = 12,
		.facts = ANSWERED("o9", "q1") "i1.start=@15 i1.seconds=#1800 i1.quantity_kw=*651",
		.code = "registry.capability", .says = "availability of that time has 650", .findings = 1 },
	{ .name = "more is offered than there is at any time of it", .way = '<', .day = 12,
		.facts = ANSWERED("o9", "q1") QUARTERS("i1.quantity_kw=*650", "i2.quantity_kw=*701"),
		.code = "registry.capability", .findings = 2,
		.says = "interval 2: quantity_kw is 701.000000 from 1970-01-16T00:15:00.000Z, availability of that time has 700.000000 at most" },
	{ .name = "and of reactive power, in its direction", .way = '<', .day = 11,
		.facts = AVAIL "id=v8 aggregation=A-1 kind=declaration sequence=#2 i1.start=@15 i1.seconds=#900 i1.up_kw=*800 i1.down_kw=*650 "
			"i1.inject_kvar=*6 i1.absorb_kvar=*9 i2.start=#1296900000000000 i2.seconds=#900 i2.up_kw=*10 i2.down_kw=*700",
		.then = SAID },
	{ .name = "more of that than there is", .way = '<', .day = 12,
		.facts = ANSWERED("o9", "q2") QUARTERS("i1.quantity_kvar=*7", "i2.quantity_kvar=*90"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 1: quantity_kvar is 7.000000 from 1970-01-16T00:00:00.000Z, availability of that time has 6.000000 at most" },
	{ .name = "of another time nothing is said", .way = '<', .day = 12,
		.facts = ANSWERED("o9", "q1") QUARTER("i1", "#1297800000000000") "i1.quantity_kw=*700" },
	{ .name = "what is left", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " QUARTERS("i1.quantity_kw=*600", "i2.quantity_kw=*700"),
		.then = SAID },
	{ .name = "reactive power is offered", .way = '<', .day = 12,
		.facts = "document=#1 type=service_offer " A "request=q2 aggregation=A-1 id=o2 " QUARTERS("i1.quantity_kvar=*5", "i2.quantity_kvar=*5"),
		.then = SAID },
	{ .name = "awarded", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 ceiling=*100 " QUARTERS("i1.quantity_kw=*400", "i2.quantity_kw=*500"),
		.then = SAID },
	{ .name = "and reactive power", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o2 ceiling=*100 " QUARTERS("i1.quantity_kvar=*5", "i2.quantity_kvar=*5"),
		.then = SAID },
	{ .name = "more is promised to others", .way = '<', .day = 13,
		.facts = AVAIL "id=v4 aggregation=A-1 kind=forecast sequence=#5 committed=*400 " DAY("15"),
		.then = SAID },
	{ .name = "a second award is too much with it", .way = '>', .day = 13,
		.facts = GIVEN "id=w3 offer=o1 supersedes=w1 revision=#2 " QUARTERS("i1.quantity_kw=*400", "i2.quantity_kw=*401"),
		.code = "registry.capability", .findings = 1,
		.says = "interval 2: all awards at that time come to 801.000000 kW down with 400" },
	{ .name = "the wrong way down", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTERS("i1.change_kw=*-400", "i2.change_kw=*500"),
		.code = "registry.award", .says = "interval 2: change_kw is above zero, award w1 is for down" },
	{ .name = "beside a baseline a setpoint is no change", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTERS("i1.quantity_kw=*900", "i2.quantity_kw=*-500") },
	{ .name = "but a change is one", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTERS("i1.change_kw=*-400", "i2.change_kw=*-501"),
		.code = "registry.capability", .says = "change_kw is 501" },
	{ .name = "the wrong way of reactive power", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w2 action=start sequence=#1 " QUARTERS("i1.quantity_kvar=*-5", "i2.quantity_kvar=*5"),
		.code = "registry.award", .says = "interval 1: quantity_kvar is below zero", .findings = 1 },
	{ .name = "both right", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTERS("i1.quantity_kw=*-400", "i2.change_kw=*-500") },
	{ .name = "in an emergency any", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start override=schedule sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*400" },
	{ .name = "measured before it is over", .way = '<', .day = 15,
		.facts = MEASURED QUARTERS("i1.awarded_kw=*400", "i2.awarded_kw=*500"),
		.code = "registry.clock", .says = "interval 1: it was measured until 1970-01-16", .findings = 2 },
	{ .name = "measured in another way", .way = '<', .day = 16,
		.facts = MEASURED "baseline=day_matching " QUARTERS("i1.awarded_kw=*400", "i2.awarded_kw=*500"),
		.code = "registry.award", .says = "baseline_method is day_matching, verification_method of the request of award w1 is regression" },
	{ .name = "where none was asked for, in any", .way = '<', .day = 16,
		.facts = "document=#1 type=service_performance " A "award=w2 aggregation=A-1 id=p1 baseline=regression " QUARTERS("i1.awarded_kw=*7", "") },
	{ .name = "more than was awarded", .way = '<', .day = 16,
		.facts = MEASURED QUARTERS("i1.awarded_kw=*401", "i2.awarded_kw=*500"),
		.code = "registry.award", .says = "interval 1: awarded_kw is 401.000000, award w1 has 400.000000", .findings = 1 },
	{ .name = "less than was awarded", .way = '<', .day = 16,
		.facts = MEASURED QUARTERS("i1.awarded_kw=*400", "i2.awarded_kw=*1"),
		.code = "registry.award", .says = "interval 2", .findings = 1 },
	{ .name = "awarded at another time", .way = '<', .day = 18,
		.facts = MEASURED QUARTER("i1", "@17") "i1.awarded_kw=*1",
		.code = "registry.award", .says = "has 0.000000 at that time" },
	{ .name = "before and after nothing was", .way = '<', .day = 18,
		.facts = MEASURED QUARTER("i1", "@14") "i1.awarded_kw=*0 i2.start=@15 i2.seconds=#900 i2.awarded_kw=*400" },
	{ .name = "a meter by the hour", .way = '<', .day = 18,
		.facts = MEASURED "i1.start=@15 i1.seconds=#3600 i1.awarded_kw=*225" },
	{ .name = "all of it", .way = '<', .day = 16,
		.facts = MEASURED "percent=*75 baseline=regression " QUARTERS("i1.awarded_kw=*400 i1.quantity_kw=*300", "i2.awarded_kw=*500 i2.quantity_kw=*375") },
	{ .name = "another part than its intervals say", .way = '<', .day = 16,
		.facts = MEASURED "percent=*77 " QUARTERS("i1.awarded_kw=*400 i1.quantity_kw=*300", "i2.awarded_kw=*500 i2.quantity_kw=*375"),
		.code = "registry.award", .says = "performance_percent is 77.0, by its intervals it is 75.0", .findings = 1 },
	{ .name = "what is excluded does not count", .way = '<', .day = 16,
		.facts = MEASURED "percent=*75 " QUARTERS("i1.awarded_kw=*400 i1.quantity_kw=*300", "i2.awarded_kw=*500 i2.excluded=grid_outage") },
	{ .name = "more than awarded counts in some markets", .way = '<', .day = 16,
		.facts = MEASURED "percent=*88 " QUARTERS("i1.awarded_kw=*400 i1.quantity_kw=*0", "i2.awarded_kw=*500 i2.quantity_kw=*800") },
	{ .name = "and in others does not", .way = '<', .day = 16,
		.facts = MEASURED "percent=*55 " QUARTERS("i1.awarded_kw=*400 i1.quantity_kw=*0", "i2.awarded_kw=*500 i2.quantity_kw=*800") },
	{ .name = "the most there is", .way = '<', .day = 16,
		.facts = MEASURED "percent=#9223372036854775807 i1.start=@15 i1.seconds=#860000000 i1.awarded_kw=#9223372036854775807 "
			"i1.quantity_kw=#-9223372036854775807",
		.code = "registry.clock" },
};
STORY(services_go_the_way_they_were_asked_for, promising)

/* --- for the service, in the direction and in the measure that was asked for ---------- */

#define SERVES "kind=distribution_capacity kind=voltage_reactive "
#define REACTIVE "inject_kvar=*50 absorb_kvar=*20 "
#define EMERGENCY(what) CALL "id=x1 action=start override=schedule sequence=#1 " QUARTER("i1", "@15") what

static const struct step asking[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 " SERVES CAN REACTIVE TWO,
		.then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "less is wanted", .way = '>', .day = 11,
		.facts = REQUESTED "id=q1 kind=distribution_capacity direction=down " DAY("15") "i1.quantity_kw=*2000",
		.then = SAID },
	{ .name = "reactive power is wanted", .way = '>', .day = 11,
		.facts = REQUESTED "id=q2 kind=voltage_reactive direction=absorb " DAY("15") "i1.quantity_kvar=*90",
		.then = SAID },
	{ .name = "a service is wanted that it is not registered for", .way = '>', .day = 11,
		.facts = REQUESTED "id=q3 kind=resilience direction=up " DAY("15") "i1.quantity_kw=*90",
		.then = SAID },
	{ .name = "and offered", .way = '<', .day = 12,
		.facts = ANSWERED("o3", "q3") QUARTER("i1", "@15") "i1.quantity_kw=*9",
		.code = "registry.capability", .findings = 1,
		.says = "request q3 is for resilience, aggregation A-1 is registered for distribution_capacity voltage_reactive" },
	{ .name = "as much as it can the other way", .way = '<', .day = 12,
		.facts = ANSWERED("o1", "q1") QUARTER("i1", "@15") "i1.quantity_kw=*801",
		.code = "registry.capability", .findings = 1,
		.says = "quantity_kw is 801.000000, registered is 800.000000 for down" },
	{ .name = "kvar instead of kW", .way = '<', .day = 12,
		.facts = ANSWERED("o1", "q1") QUARTER("i1", "@15") "i1.quantity_kvar=*9",
		.code = "registry.order", .says = "it is in kvar, request q1 is in kW", .findings = 1 },
	{ .name = "kW instead of kvar", .way = '<', .day = 12,
		.facts = ANSWERED("o1", "q2") QUARTER("i1", "@15") "i1.quantity_kw=*9",
		.code = "registry.order", .says = "it is in kW, request q2 is in kvar", .findings = 1 },
	{ .name = "more reactive power that way", .way = '<', .day = 12,
		.facts = ANSWERED("o1", "q2") QUARTER("i1", "@15") "i1.quantity_kvar=*21",
		.code = "registry.capability", .says = "registered is 20.000000 for absorb", .findings = 1 },
	{ .name = "what it can", .way = '<', .day = 12,
		.facts = ANSWERED("o1", "q1") QUARTER("i1", "@15") "i1.quantity_kw=*800",
		.then = SAID },
	{ .name = "and of reactive power", .way = '<', .day = 12,
		.facts = ANSWERED("o2", "q2") QUARTER("i1", "@15") "i1.quantity_kvar=*20",
		.then = SAID },
	{ .name = "more is awarded than is offered and registered", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 action=awarded " QUARTER("i1", "@15") "i1.quantity_kw=*801",
		.code = "registry.capability", .says = "for down" },
	{ .name = "it is awarded", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 action=awarded " QUARTER("i1", "@15") "i1.quantity_kw=*800",
		.then = SAID },
	{ .name = "less is left than is awarded", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@15 created=@14 up_kw=*700 down_kw=*700",
		.code = "registry.capability", .findings = 1,
		.says = "800.000000 kW down are awarded from then on, 700.000000 are left: affected_awards names none" },
	{ .name = "an award that is not there is affected", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@15 created=@14 up_kw=*700 down_kw=*700 award=w9",
		.code = "registry.award", .says = "affected award w9 is not there", .findings = 1 },
	{ .name = "what is affected is said", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@15 created=@14 up_kw=*700 down_kw=*700 award=w1" },
	{ .name = "after what was awarded", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 cause=correction from=@16 created=@14 up_kw=*700 down_kw=*700" },
	{ .name = "a change that comes early enough", .way = '<', .day = 14,
		.facts = CHANGE "agreed_change=#172800 id=c1 aggregation=A-1 basis=#1 cause=correction from=@16 created=@14" },
	{ .name = "and one that does not", .way = '<', .day = 14,
		.facts = CHANGE "agreed_change=#172801 id=c1 aggregation=A-1 basis=#1 cause=correction from=@16 created=@14",
		.code = "registry.late", .findings = 1,
		.says = "it is to be in force 172800 s after it is made, agreed are 172801 s" },
	{ .name = "nor one that says it was made long ago", .way = '<', .day = 14,
		.facts = CHANGE "agreed_change=#259201 id=c1 aggregation=A-1 basis=#1 cause=correction from=@16 created=@3",
		.code = "registry.late", .says = "it is to be in force 259200 s after", .findings = 1 },
	{ .name = "who could not know", .way = '<', .day = 14,
		.facts = CHANGE "agreed_change=#172801 id=c1 aggregation=A-1 basis=#1 cause=failure from=@14 created=@14" },
	{ .name = "and called in kvar", .way = '>', .day = 14,
		.facts = CALL "id=x1 award=w1 action=start sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kvar=*-1",
		.code = "registry.award", .says = "it is in kvar, award w1 is in kW" },
	{ .name = "an emergency asks for more than it can take", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*-501"),
		.code = "registry.capability", .says = "quantity_kw is -501.000000, registered is 500.000000", .findings = 1 },
	{ .name = "or give", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*901"),
		.code = "registry.capability", .says = "quantity_kw is 901.000000, registered is 900", .findings = 1 },
	{ .name = "or change up", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.change_kw=*1001"),
		.code = "registry.capability", .says = "change_kw is 1001.000000, registered is 1000.000000", .findings = 1 },
	{ .name = "or down", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.change_kw=*-801"),
		.code = "registry.capability", .says = "change_kw is -801.000000, registered is 800.000000", .findings = 1 },
	{ .name = "or absorb", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kvar=*-21"),
		.code = "registry.capability", .says = "quantity_kvar is -21.000000, registered is 20.000000", .findings = 1 },
	{ .name = "the least number there is", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.change_kw=#-9223372036854775807"),
		.code = "registry.capability", .findings = 1 },
	{ .name = "a limit of a part of the day", .way = '>', .day = 14,
		.facts = "document=#1 type=operating_limit " U "id=l1 limit=L-1 sequence=#1 kind=aggregation r1.resource=A-1 "
			"i1.start=@15 i1.seconds=#600 i1.export_kw=*500 i1.import_kw=*200",
		.then = SAID },
	{ .name = "and one of a resource", .way = '>', .day = 14,
		.facts = "document=#1 type=operating_limit " U "id=l2 limit=L-2 sequence=#1 kind=resource r1.resource=R-1 "
			"i1.start=@15 i1.seconds=#900 i1.export_kw=*1",
		.then = SAID },
	{ .name = "more is called for than the limit lets through", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*501"),
		.code = "registry.capability", .says = "quantity_kw is 501.000000, limit L-1 lets 500.000000 through at that time", .findings = 1 },
	{ .name = "or to be taken in", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*-201"),
		.code = "registry.capability", .says = "quantity_kw is -201.000000, limit L-1 lets 200", .findings = 1 },
	{ .name = "as much as it lets through", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*500") },
	{ .name = "to stop is no matter of limits", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=stop override=schedule sequence=#1 " QUARTER("i1", "@15") "i1.quantity_kw=*501" },
	{ .name = "after it", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start override=schedule sequence=#1 i1.start=#1296600000000000 i1.seconds=#300 i1.quantity_kw=*501" },
	{ .name = "a limit takes nothing of what is awarded", .way = '>', .day = 14,
		.facts = GIVEN "id=w9 offer=o1 supersedes=w1 revision=#2 action=awarded " QUARTER("i1", "@15") "i1.quantity_kw=*800" },
	{ .name = "it is lifted by the next of its sequence", .way = '>', .day = 14,
		.facts = "document=#1 type=operating_limit " U "id=l3 limit=L-1 sequence=#2 kind=aggregation r1.resource=A-1 "
			"i1.start=@15 i1.seconds=#600 i1.export_kw=*2000",
		.then = SAID },
	{ .name = "then the new one counts", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*501") },
	{ .name = "all that it can", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*-500 i1.change_kw=*-800 i1.quantity_kvar=*-20") },
};
STORY(services_are_what_was_asked_for, asking)

/* --- limits of it, and of parts of it --------------------------------------------- */

#define PLATED                                                                                \
	"r1.resource=R-1 r1.premise=P-1 r1.feeder=F-1 r1.export_kw=*600 r1.import_kw=*300 "    \
	"r2.resource=R-2 r2.premise=P-2 r2.feeder=F-2 r2.export_kw=*500 r2.import_kw=*300 "
#define LIMITS(id, name, sequence) \
	"document=#1 type=operating_limit " U "id=" id " limit=" name " sequence=#" sequence " "
#define FOR(scope, target) "kind=" scope " r1.resource=" target " "
#define FIRST "i1.start=@15 i1.seconds=#900 "
#define STARTED "document=#1 type=dispatch_response " A "dispatch=x1 sequence=#1 action=started start=@15 "

static const struct step limiting[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 " CAN REACTIVE PLATED, .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "a dispatch", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*800"), .then = SAID },
	{ .name = "a feeder is limited, for a quarter of an hour", .way = '>', .day = 14,
		.facts = LIMITS("l1", "L-1", "1") "primacy=#9 " FOR("feeder", "F-1") FIRST "i1.export_kw=*100 i1.import_kw=*50 i1.inject_kvar=*1", .then = SAID },
	{ .name = "what the other feeder can, and as much as is let through", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*600" },
	{ .name = "is all", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*601",
		.code = "registry.capability", .findings = 1,
		.says = "quantity_kw is 601.000000, limits such as L-1 of a feeder of it leave 600.000000 to all of its resources at that time" },
	{ .name = "to be taken in, too", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*-351",
		.code = "registry.capability", .says = "quantity_kw is -351.000000, limits such as L-1 of a feeder of it leave 350", .findings = 1 },
	{ .name = "nobody knows how much reactive power the others have", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kvar=*50" },
	{ .name = "a change beside a baseline may be right", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.change_kw=*1000" },
	{ .name = "later it is not limited", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 i1.start=#1296900000000000 i1.seconds=#900 i1.quantity_kw=*900" },
	{ .name = "but within a longer time it is", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 i1.start=@14 i1.seconds=#172800 i1.quantity_kw=*900",
		.code = "registry.capability", .says = "leave 600", .findings = 1 },
	{ .name = "of another book nothing is limited", .way = '>', .day = 14,
		.facts = LIMITS("l2", "L-2", "1") "test=#1 primacy=#9 " FOR("feeder", "F-2") FIRST "i1.export_kw=*1",
		.code = "registry.feeder", .then = SAID },
	{ .name = "a resource is limited", .way = '>', .day = 14,
		.facts = LIMITS("l3", "L-3", "1") "primacy=#9 " FOR("resource", "R-2") FIRST "i1.export_kw=*20", .then = SAID },
	{ .name = "with its feeder that is all", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*121",
		.code = "registry.capability", .says = "leave 120.000000", .findings = 1 },
	{ .name = "as much as that", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*120" },
	{ .name = "a connection point is limited more", .way = '>', .day = 14,
		.facts = LIMITS("l4", "L-4", "1") "primacy=#9 " FOR("connection_point", "P-2") FIRST "i1.export_kw=*5", .then = SAID },
	{ .name = "then that counts, and no premise is named", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*106",
		.code = "registry.capability", .says = "of a feeder of it leave 105.000000 to all", .findings = 1 },
	{ .name = "more is answered", .way = '<', .day = 14,
		.facts = STARTED "id=y1 created=@14 quantity_kw=*106",
		.code = "registry.capability", .says = "quantity_kw is 106", .findings = 1 },
	{ .name = "and was, before there was a limit", .way = '<', .day = 14,
		.facts = STARTED "id=y1 created=#1209500000000000 quantity_kw=*800" },
	{ .name = "and was so long ago that it came long ago", .way = '<', .day = 15,
		.facts = STARTED "id=y1 created=@13 quantity_kw=*800",
		.code = "registry.capability", .findings = 1 },
	{ .name = "of another moment", .way = '<', .day = 14,
		.facts = "document=#1 type=dispatch_response " A "id=y1 dispatch=x1 sequence=#1 action=started start=@16 quantity_kw=*800" },
	{ .name = "more is expected", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 created=@14 aggregation=A-1 kind=forecast sequence=#1 " FIRST "i1.up_kw=*1000 i1.export_kw=*106 i1.import_kw=*351",
		.code = "registry.capability", .says = "export_kw is 106", .findings = 2 },
	{ .name = "and was, before it was known", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 created=#1209500000000000 aggregation=A-1 kind=forecast sequence=#1 " FIRST "i1.up_kw=*1000 i1.export_kw=*106" },
	{ .name = "output is asked for", .way = '>', .day = 14,
		.facts = REQUESTED "id=q1 direction=up baseline=metered_output " DAY("15") "i1.quantity_kw=*500", .then = SAID },
	{ .name = "a difference is asked for", .way = '>', .day = 14,
		.facts = REQUESTED "id=q2 direction=up baseline=regression " DAY("15") "i1.quantity_kw=*500", .then = SAID },
	{ .name = "more is offered than is let through", .way = '<', .day = 14,
		.facts = ANSWERED("o1", "q1") FIRST "i1.quantity_kw=*106", .code = "registry.capability", .findings = 1 },
	{ .name = "but not of a difference", .way = '<', .day = 14,
		.facts = ANSWERED("o2", "q2") FIRST "i1.quantity_kw=*106", .then = SAID },
	{ .name = "an offer of before", .way = '<', .day = 14,
		.facts = ANSWERED("o1", "q1") "created=#1209500000000000 " FIRST "i1.quantity_kw=*106", .then = SAID },
	{ .name = "is not awarded", .way = '>', .day = 14,
		.facts = GIVEN "id=w1 offer=o1 " FIRST "i1.quantity_kw=*106", .code = "registry.capability", .findings = 1 },
	{ .name = "the other one is", .way = '>', .day = 14,
		.facts = GIVEN "id=w2 offer=o2 " FIRST "i1.quantity_kw=*106" },
	{ .name = "another limit of the feeder, as little", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "primacy=#9 " FOR("feeder", "F-1") FIRST "i1.export_kw=*100" },
	{ .name = "of another measure", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "primacy=#9 " FOR("feeder", "F-1") FIRST "i1.absorb_kvar=*3" },
	{ .name = "at another time", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "primacy=#9 " FOR("feeder", "F-1") "i1.start=#1296900000000000 i1.seconds=#900 i1.export_kw=*3" },
	{ .name = "that contradicts", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "primacy=#9 " FOR("feeder", "F-1") "i1.start=#1296500000000000 i1.seconds=#900 i1.export_kw=*300",
		.code = "registry.limit", .findings = 1,
		.says = "resource 1: limit L-1 of document l1 lets 100.000000 kW of export through at 1970-01-16T00:08:20.000Z, this one "
			"300.000000, and neither goes before the other: primacy is 9 in both" },
	{ .name = "of all that it is for", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "primacy=#9 kind=feeder r1.resource=F-1 r2.resource=F-2 " FIRST "i1.inject_kvar=*300",
		.code = "registry.limit", .says = "kvar injected", .findings = 1 },
	{ .name = "the next of its sequence", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-1", "2") "primacy=#9 " FOR("feeder", "F-1") FIRST "i1.export_kw=*300" },
	{ .name = "a revision", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "supersedes=l1 revision=#2 primacy=#9 " FOR("feeder", "F-1") FIRST "i1.export_kw=*300" },
	{ .name = "one that goes before it", .way = '>', .day = 14,
		.facts = LIMITS("l5", "L-5", "1") "primacy=#8 " FOR("feeder", "F-1") FIRST "i1.export_kw=*300", .then = SAID },
	{ .name = "counts, as far as it says something", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*306",
		.code = "registry.capability", .says = "leave 305", .findings = 1 },
	{ .name = "so", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*-351",
		.code = "registry.capability", .says = "leave 350", .findings = 1 },
	{ .name = "it is refused", .way = '<', .day = 14,
		.facts = ANSWER A "id=b1 subject=l5 action=rejected", .then = SAID },
	{ .name = "the one behind it is there again", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*106",
		.code = "registry.capability", .says = "leave 105", .findings = 1 },
	{ .name = "all of it is limited, as before primacy was kept", .way = '>', .day = 14,
		.facts = LIMITS("l6", "L-6", "1") FOR("aggregation", "A-1") FIRST "i1.export_kw=*90", .then = SAID },
	{ .name = "and by one with", .way = '>', .day = 14,
		.facts = LIMITS("l7", "L-7", "1") "primacy=#0 " FOR("aggregation", "A-1") FIRST "i1.export_kw=*95", .then = SAID },
	{ .name = "then both count", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*91",
		.code = "registry.capability", .says = "limit L-6 lets 90", .findings = 1 },
	{ .name = "it was never delivered", .then = VOIDED, .row = 43 },
	{ .name = "the other is left", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*96",
		.code = "registry.capability", .says = "limit L-7 lets 95", .findings = 1 },
	{ .name = "the ledger is opened again", .then = REOPENED },
	{ .name = "and knows them all", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*900",
		.code = "registry.capability", .says = "limit L-7 lets 95", .findings = 1 },
	{ .name = "an emergency that lets more through", .way = '>', .day = 14,
		.facts = LIMITS("l8", "L-8", "1") "primacy=#9 cause=emergency " FOR("feeder", "F-1") FIRST "i1.export_kw=*101",
		.code = "registry.limit", .findings = 1 },
	{ .name = "what is less than another, and none", .way = '>', .day = 14,
		.facts = LIMITS("l8", "L-8", "1") "primacy=#9 cause=dynamic " FOR("feeder", "F-1") FIRST "i1.export_kw=*0",
		.code = "registry.limit", .findings = 1 },
	{ .name = "an emergency that lets less through waits for nobody's primacy", .way = '>', .day = 14,
		.facts = LIMITS("l8", "L-8", "1") "primacy=#9 cause=emergency " FOR("feeder", "F-1") FIRST "i1.export_kw=*0", .then = SAID },
	{ .name = "and counts", .way = '>', .day = 14,
		.facts = CALL "id=x2 action=adjust override=schedule sequence=#2 " FIRST "i1.quantity_kw=*6",
		.code = "registry.capability", .says = "leave 5", .findings = 1 },
	{ .name = "what nobody measures may be drawn less", .way = '>', .day = 14,
		.facts = REQUESTED "id=q3 direction=up baseline=none " DAY("15") "i1.quantity_kw=*500", .then = SAID },
	{ .name = "so it is no output", .way = '<', .day = 14,
		.facts = ANSWERED("o3", "q3") FIRST "i1.quantity_kw=*106" },
	{ .name = "a change is called for", .way = '>', .day = 14,
		.facts = CALL "id=x3 action=start override=schedule sequence=#3 " FIRST "i1.change_kw=*800", .then = SAID },
	{ .name = "and expected", .way = '<', .day = 14,
		.facts = "document=#1 type=dispatch_response " A "id=y3 created=@14 dispatch=x3 sequence=#1 action=started start=@15 quantity_kw=*800" },
};
STORY(limits_of_parts_are_known_as_far_as_they_are, limiting)

/* Where nameplates cannot be right, or are not known, the others may do anything. */
static const struct step leaving[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "a feeder may do nothing", .way = '>', .day = 14,
		.facts = LIMITS("l1", "L-1", "1") "primacy=#9 " FOR("feeder", "F-1") FIRST "i1.export_kw=*0 i1.import_kw=*0", .then = SAID },
	{ .name = "the other one may do all", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*900") },
	{ .name = "the other may do less", .way = '>', .day = 14,
		.facts = LIMITS("l2", "L-2", "1") "primacy=#9 " FOR("connection_point", "P-2") FIRST "i1.export_kw=*7", .then = SAID },
	{ .name = "now nobody can", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*8"),
		.code = "registry.capability", .says = "leave 7.000000", .findings = 1 },
	{ .name = "but take in", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*-500") },
	{ .name = "for longer than anything lasts", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start override=schedule sequence=#1 i1.start=@15 i1.seconds=#1230000000 i1.quantity_kw=*8",
		.code = "registry.capability", .says = "leave 7.000000", .findings = 1 },
	{ .name = "for no time", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start override=schedule sequence=#1 i1.start=@15 i1.seconds=#0 i1.quantity_kw=*8",
		.code = "registry.capability", .says = "leave 7.000000", .findings = 1 },
	{ .name = "since before there was time", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start override=schedule sequence=#1 i1.start=@-100 i1.seconds=#86400000 i1.quantity_kw=*8",
		.code = "registry.unknown", .findings = 1 },
	{ .name = "a limit said over and over", .way = '>', .day = 14,
		.facts = LIMITS("s1", "L-3", "1") "primacy=#9 " FOR("resource", "R-2") FIRST "i1.import_kw=*40", .then = SAID },
	{ .name = "counts once", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*-41"),
		.code = "registry.capability", .says = "leave 40.000000", .findings = 1 },
	{ .name = "of a resource that is not there", .way = '>', .day = 14,
		.facts = LIMITS("l9", "L-9", "1") "primacy=#9 " FOR("resource", "R-9") FIRST "i1.export_kw=*0",
		.code = "registry.unknown", .then = SAID },
	{ .name = "nothing follows", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*7") },
};
STORY(what_limits_leave_is_not_guessed, leaving)

/* Of one limit_id the last four are found for a target; the last one counts. */
static void a_limit_said_over_and_over(void **state)
{
	struct ledger *l = ledger_new();
	char id[32], sequence[32], facts[512];

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		l = step_go(&leaving[i], l, i + 1);
	for (unsigned i = 1; i <= 40; i++) {
		struct step s = { .name = "again", .way = '>', .day = 14, .facts = facts, .then = SAID };

		snprintf(id, sizeof(id), "l%u", i);
		snprintf(sequence, sizeof(sequence), "%u", i);
		snprintf(facts, sizeof(facts),
			"document=#1 type=operating_limit " U "id=%s limit=L sequence=#%s primacy=#9 "
			FOR("aggregation", "A-1") FIRST "i1.export_kw=*%u", id, sequence, 100 + i);
		l = step_go(&s, l, i + 10);
	}
	const struct step over = { .name = "over", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*141"), .code = "registry.capability",
		.says = "limit L lets 140", .findings = 1 };
	const struct step taken = { .name = "taken back", .then = VOIDED, .row = 50 };
	const struct step before = { .name = "before it", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*140"), .code = "registry.capability",
		.says = "limit L lets 139", .findings = 1 };
	l = step_go(&over, l, 60);
	l = step_go(&taken, l, 61);
	l = step_go(&before, l, 62);
	ledger_close(l);
}

/* However many parts have a limit, so many are looked up as there is room for. */
#define MANY 6000
#define LOOKED_UP_MAX 4200

/* A hundred resources a feeder, each with a connection point. */
static void parts_write(struct buf *facts, bool is_limit)
{
	char text[96];

	for (unsigned i = 1; i <= MANY; i++) {
		snprintf(text, sizeof(text),
			is_limit ? "r%u.resource=R-%u"
				 : "r%u.resource=R-%u r%u.premise=P-%u r%u.feeder=F-%u r%u.export_kw=*1", i, i,
			i, i, i, i / 100, i);
		facts_write(facts, text);
	}
}

static void many_say(struct ledger *l, uint64_t row, char way, const char *head, bool is_limit)
{
	AUTO_IN_PLACE(buf) facts = buf_init(8 << 20);
	const struct step s = { .name = head, .way = way, .day = row, .then = SAID };

	facts_write(&facts, head);
	parts_write(&facts, is_limit);
	struct register_question q = question_of(&s, &facts);
	step_judge(&s, l, &q);
	step_say(&s, l, row, &q);
}

static int count_statement(unsigned what, void *context, void *statement, void *text)
{
	(void)what;
	(void)statement;
	(void)text;
	++*(unsigned *)context;
	return 0;
}

static void many_limits_cost_as_much_as_there_is_room_for(void **state)
{
	struct ledger *l = ledger_new();
	unsigned looked_up = 0;

	(void)state;
	many_say(l, 1, '<', REG "id=r1 action=create aggregation=A-1 from=@1 export_kw=*6000 ", false);
	const struct step decided = { .name = "decided", .way = '>', .day = 2,
		.facts = ACCEPT("d1", "r1", "1"), .then = SAID };
	l = step_go(&decided, l, 2);
	many_say(l, 3, '>', LIMITS("l1", "L-1", "1") "kind=resource primacy=#9 " FIRST "i1.export_kw=*0 ", true);
	(void)sqlite3_trace_v2(l->db, SQLITE_TRACE_STMT, count_statement, &looked_up);
	const struct step called = { .name = "called for", .way = '>', .day = 14,
		.facts = EMERGENCY("i1.quantity_kw=*6000"), .code = "registry.capability",
		.says = "limits such as L-1 of a resource of it leave", .findings = 1 };
	l = step_go(&called, l, 4);
	(void)sqlite3_trace_v2(l->db, 0, NULL, NULL);
	if (looked_up > LOOKED_UP_MAX)
		fail_msg("%u statements", looked_up);
	ledger_close(l);
}

/* --- a ledger of the version before ------------------------------------------------ */

static const char version_13[] =
	"UPDATE register_interval SET aggregation = x'412d31' WHERE statement IN (SELECT number FROM register_statement WHERE type = 10);"
	"UPDATE register_statement SET from_ns = 0, until_ns = 0 WHERE type = 10;"
	TO_VERSION_13;

static const struct step before_now[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "a limit", .way = '>', .day = 14,
		.facts = LIMITS("l1", "L-1", "1") FOR("aggregation", "A-1") FIRST "i1.export_kw=*50 i2.start=@16 i2.seconds=#900 i2.import_kw=*40", .then = SAID },
	{ .name = "availability", .way = '<', .day = 14,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=forecast sequence=#1 " QUARTERS("i1.up_kw=*10", "i2.up_kw=*30"), .then = SAID },
	{ .name = "a request", .way = '>', .day = 14, .facts = REQUESTED "id=q1 direction=up " DAY("15"), .then = SAID },
};

static const struct step after_all[] = {
	{ .name = "the limit is there", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*51"),
		.code = "registry.capability", .says = "limit L-1 lets 50", .findings = 1 },
	{ .name = "of each time", .way = '>', .day = 14,
		.facts = CALL "id=x1 action=start override=schedule sequence=#1 i1.start=@16 i1.seconds=#60 i1.quantity_kw=*-41",
		.code = "registry.capability", .says = "limit L-1 lets 40", .findings = 1 },
	{ .name = "and replaced as any other", .way = '>', .day = 14,
		.facts = LIMITS("l2", "L-1", "2") "primacy=#1 " FOR("aggregation", "A-1") FIRST "i1.export_kw=*60", .then = SAID },
	{ .name = "by what comes later", .way = '>', .day = 14, .facts = EMERGENCY("i1.quantity_kw=*60") },
	{ .name = "of availability the most is known", .way = '<', .day = 14,
		.facts = ANSWERED("o1", "q1") QUARTER("i1", "@15") "i1.quantity_kw=*31",
		.code = "registry.capability", .says = "has 30", .findings = 1 },
	{ .name = "resources are counted", .way = '<', .day = 14, .facts = AVAIL "id=v2 aggregation=A-1 kind=status sequence=#1 count=#2 " FIRST },
	{ .name = "one by one", .way = '<', .day = 14, .facts = AVAIL "id=v2 aggregation=A-1 kind=status sequence=#1 count=#1 " FIRST,
		.code = "registry.count", .findings = 1 },
};

static void a_ledger_of_version_13_is_taken_over(void **state)
{
	struct ledger *l = ledger_new();
	sqlite3 *db = NULL;

	(void)state;
	for (unsigned i = 0; i < COUNT(before_now); i++)
		l = step_go(&before_now[i], l, i + 1);
	ledger_close(l);
	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	if (sqlite3_exec(db, version_13, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s", sqlite3_errmsg(db));
	sqlite3_close(db);
	l = ledger_new();
	assert_int_equal(ledger_was(l), 13);
	for (unsigned i = 0; i < COUNT(after_all); i++)
		l = step_go(&after_all[i], l, i + 20);
	ledger_close(l);
}

/* --- how many there are, and whose energy is paid for already ----------------------- */

#define THERE(id, at, count) \
	AVAIL "id=" id " aggregation=A-1 kind=status sequence=#1 count=#" count " i1.start=@" at " i1.seconds=#900 "

static const struct step counting[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 " CAN TWO "r3.resource=R-3 r3.until=@40 ", .then = SAID },
	{ .name = "decided, without one", .way = '>', .day = 2,
		.facts = ACCEPT("d1", "r1", "1") "rejected=R-2", .then = SAID },
	{ .name = "as many as there are", .way = '<', .day = 11, .facts = THERE("v1", "11", "2") },
	{ .name = "as many as there were to be", .way = '<', .day = 11, .facts = THERE("v1", "11", "3"),
		.code = "registry.count", .says = "it says that there are 3 resources, registered are 2", .findings = 1 },
	{ .name = "none", .way = '<', .day = 11, .facts = THERE("v1", "11", "0"),
		.code = "registry.count", .findings = 1 },
	{ .name = "one is there until then", .way = '<', .day = 39, .facts = THERE("v1", "41", "1") },
	{ .name = "replaced", .way = '<', .day = 12,
		.facts = REG "id=r2 action=replace aggregation=A-1 from=@20 " CAN TWO, .then = SAID },
	{ .name = "decided", .way = '>', .day = 13, .facts = ACCEPT("d2", "r2", "2"), .then = SAID },
	{ .name = "as many as there will be", .way = '<', .day = 19, .facts = THERE("v1", "20", "2") "basis=#2" },
	{ .name = "one more, from a day on", .way = '<', .day = 21,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#2 count=#3 from=@30 r1.action=add r1.resource=R-9", .then = SAID },
	{ .name = "not decided", .way = '<', .day = 31, .facts = THERE("v1", "31", "3"),
		.code = "registry.count", .findings = 1 },
	{ .name = "decided", .way = '>', .day = 22, .facts = ACCEPT("d3", "c1", "3"), .then = SAID },
	{ .name = "then there are more", .way = '<', .day = 31, .facts = THERE("v1", "31", "3") },
	{ .name = "said of a time that comes, when it was not so", .way = '<', .day = 29, .facts = THERE("v1", "31", "2") "basis=#3" },
	{ .name = "and what was so when it was made", .way = '<', .day = 30, .facts = THERE("v1", "30", "2") "created=@29" },
	{ .name = "two are gone", .way = '<', .day = 32,
		.facts = CHANGE "id=c2 aggregation=A-1 basis=#3 count=#1 from=@33 r1.action=remove r1.resource=R-1 r2.action=remove r2.resource=R-9", .then = SAID },
	{ .name = "decided", .way = '>', .day = 32, .facts = ACCEPT("d4", "c2", "4"), .then = SAID },
	{ .name = "then there is one", .way = '<', .day = 34, .facts = THERE("v1", "34", "1") },
	{ .name = "and no more", .way = '<', .day = 34, .facts = THERE("v1", "34", "3"),
		.code = "registry.count", .says = "registered are 1", .findings = 1 },
};
STORY(there_are_as_many_as_are_registered, counting)

#define CAN_TAKE_LESS "export_kw=*900 import_kw=*200 up_kw=*1000 down_kw=*800 "
#define METERED(n) "r" n ".resource=R-" n " r" n ".premise=P-" n " r" n ".export_kw=*500 r" n ".import_kw=*100 r" n ".net_metering=#1 "
#define PLAIN(n) "r" n ".resource=R-" n " r" n ".premise=P-" n " r" n ".export_kw=*500 r" n ".import_kw=*100 r" n ".net_metering=#0 "

static const struct step metering[] = {
	{ .name = "it is in a market, too", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 " CAN_TAKE_LESS METERED("1") "r1.program=demand_response r1.program=energy_market "
			PLAIN("2") "r2.program=energy_market " METERED("3") "r3.program=capacity_market ",
		.code = "registry.twice", .findings = 1,
		.says = "resource 1: resource R-1 has net metering and is in energy_market: the same energy would be paid twice" },
	{ .name = "all of it is in a market, and nobody attests that it is paid once", .way = '<', .day = 1,
		.facts = REG "id=r1 attested_once=#0 action=create aggregation=A-1 from=@10 " CAN_TAKE_LESS PLAIN("1") "r2.resource=R-2",
		.code = "registry.twice", .says = "double_service_attested is false", .findings = 1 },
	{ .name = "registered", .way = '<', .day = 1,
		.facts = REG "id=r1 attested_once=#1 action=create aggregation=A-1 from=@10 " CAN_TAKE_LESS METERED("1") PLAIN("2"), .then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "a change brings one", .way = '<', .day = 11,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 from=@12 r1.action=add r1.resource=R-3 r1.net_metering=#1 r1.program=energy_market",
		.code = "registry.twice", .says = "resource R-3 has net metering", .findings = 1 },
	{ .name = "asked for", .way = '>', .day = 11, .facts = REQUESTED "id=q1 direction=up " DAY("15"), .then = SAID },
	{ .name = "offered", .way = '<', .day = 12,
		.facts = OFFERED "id=o1 " "i1.start=@15 i1.seconds=#3600 i1.quantity_kw=*900 i1.price=*2", .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13,
		.facts = GIVEN "id=w1 offer=o1 i1.start=@15 i1.seconds=#3600 i1.quantity_kw=*900 i1.price=*2", .then = SAID },
	{ .name = "measured", .way = '<', .day = 16,
		.facts = "document=#1 type=service_performance " A "award=w1 aggregation=A-1 id=p1 energy_kwh=*900", .then = SAID },
	{ .name = "billed is what the one without can have delivered", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w1 " KWH("l1", "*600", "*2") },
	{ .name = "more is on the other one's bill", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w1 " KWH("l1", "*601", "*2"),
		.code = "registry.amount", .findings = 1,
		.says = "award w1: 601.000000 kWh are billed in all, 1 of its 2 resources have net metering, and the others can deliver 600.000000 in its time" },
	{ .name = "some of it", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w1 " KWH("l1", "*500", "*2"), .then = SAID },
	{ .name = "and the rest in another invoice", .way = '<', .day = 17,
		.facts = BILL "id=n2 invoice=N-2 kind=original l1.award=w1 " KWH("l1", "*101", "*2"),
		.code = "registry.amount", .says = "601.000000 kWh are billed in all, 1 of its 2", .findings = 1 },
	{ .name = "a utility bills what it likes", .way = '>', .day = 17,
		.facts = "document=#1 type=invoice " U "id=n3 invoice=N-3 kind=original l1.award=w1 " KWH("l1", "*101", "*2") },
	{ .name = "less is asked for", .way = '>', .day = 11, .facts = REQUESTED "id=q2 direction=down " DAY("15"), .then = SAID },
	{ .name = "offered", .way = '<', .day = 12,
		.facts = ANSWERED("o2", "q2") "i1.start=#1306800000000000 i1.seconds=#3600 i1.quantity_kw=*800 i1.price=*2", .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13,
		.facts = GIVEN "id=w2 offer=o2 i1.start=#1306800000000000 i1.seconds=#3600 i1.quantity_kw=*800 i1.price=*2", .then = SAID },
	{ .name = "measured", .way = '<', .day = 16,
		.facts = "document=#1 type=service_performance " A "award=w2 aggregation=A-1 id=p2 energy_kwh=*800", .then = SAID },
	{ .name = "what is taken in is credited nowhere", .way = '<', .day = 17,
		.facts = BILL "id=n4 invoice=N-4 kind=original l1.award=w2 " KWH("l1", "*800", "*2") },
};
STORY(the_same_energy_is_paid_once, metering)

static const struct step unplated[] = {
	{ .name = "more is registered than nameplates have", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 " CAN "r1.resource=R-1 r1.export_kw=*10 r1.import_kw=*10 r1.net_metering=#1 "
			"r2.resource=R-2 r2.export_kw=*10 r2.import_kw=*10", .then = SAID,
		.code = "registry.capability", .says = "export_kw is to be 900.000000, by the nameplates of its resources it is 20.000000 at most", .findings = 4 },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "asked for", .way = '>', .day = 11, .facts = REQUESTED "id=q1 direction=up " DAY("15"), .then = SAID },
	{ .name = "offered", .way = '<', .day = 12, .facts = OFFERED "id=o1 i1.start=@15 i1.seconds=#3600 i1.quantity_kw=*900", .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVEN "id=w1 offer=o1 i1.start=@15 i1.seconds=#3600 i1.quantity_kw=*900", .then = SAID },
	{ .name = "measured", .way = '<', .day = 16,
		.facts = "document=#1 type=service_performance " A "award=w1 aggregation=A-1 id=p1 energy_kwh=*900", .then = SAID },
	{ .name = "it may be the other one's", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w1 " KWH("l1", "*900", "*2") },
	{ .name = "both have net metering", .way = '<', .day = 14,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 from=@15 r1.action=modify r1.resource=R-2 r1.export_kw=*10 r1.import_kw=*10 r1.net_metering=#1", .then = SAID },
	{ .name = "decided", .way = '>', .day = 14, .facts = ACCEPT("d2", "c1", "2"), .then = SAID },
	{ .name = "then there is no other", .way = '<', .day = 17,
		.facts = BILL "id=n1 invoice=N-1 kind=original l1.award=w1 " KWH("l1", "*1", "*2"),
		.code = "registry.amount", .says = "2 of its 2 resources have net metering, and the others can deliver 0.000000", .findings = 1 },
};
STORY(what_others_may_have_delivered_is_not_guessed, unplated)

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

/* What is kept of how many there are is what their rows say, or nothing. */
static unsigned counts_compare(struct ledger *l, unsigned seed)
{
	AUTO_IN_PLACE(book) book = book_init();
	const struct book_of of = { S("A-1"), S("acme"), false };
	const struct chapter *list;
	struct fault f = { 0 };
	unsigned kept = 0;
	int64_t counted;

	expect_fault("book", book_open(&book, l, &of, &f), &f, ST_OK, NULL);
	for (int64_t day = 10; day < 60; day++) {
		if (book_list(&list, &book, &of, day * DAY_NS, NULL) != ST_OK ||
			!book_counted(&counted, &book, list, day * DAY_NS))
			continue;
		AUTO_IN_PLACE(roll) roll = roll_init(l, &book, list, day * DAY_NS, false);
		struct held held;
		int64_t rows = 0;

		while (roll_next(&held, &roll, S(""), &f) == ST_OK)
			rows++;
		if (rows != counted)
			fail_msg("seed %u, day %d: %d are kept, %d are there", seed, (int)day,
				(int)counted, (int)rows);
		kept++;
	}
	return kept;
}

static void change_make(struct buf *out, unsigned i, uint64_t *random)
{
	static const char *const actions[] = { "add", "remove", "modify" };

	buf_putf(out, CHANGE "id=c%u aggregation=A-1 from=@%u ", i, 10 + next_random(random) % 40);
	for (unsigned r = 1; r <= 1 + next_random(random) % 2; r++) {
		buf_putf(out, "r%u.action=%s r%u.resource=R-%u ", r,
			actions[next_random(random) % 3], r, next_random(random) % 6);
		if (next_random(random) % 4 == 0)
			buf_putf(out, "r%u.from=@%u ", r, 10 + next_random(random) % 40);
		if (next_random(random) % 5 == 0)
			buf_putf(out, "r%u.until=@%u ", r, 20 + next_random(random) % 40);
	}
}

static void facts_say(struct ledger *l, struct buf *text, char way, int day, uint64_t row)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 16);
	const struct step s = { .name = "random", .way = way, .day = day };
	struct fault f = { 0 };

	facts_write(&facts, buf_text(text));
	struct register_question q = question_of(&s, &facts);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault("say", register_apply(l, row, &q, &f), &f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	buf_clear(text);
}

static void what_is_kept_of_a_count_is_right(void **state)
{
	unsigned kept = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 60; seed++) {
		AUTO_IN_PLACE(buf) text = buf_init(1 << 14);
		struct ledger *l = ledger_new();
		uint64_t random = seed, row = 1;

		buf_putf(&text, REG "id=r1 action=create aggregation=A-1 from=@10 r1.resource=R-1 r2.resource=R-2 r3.resource=R-3 ");
		facts_say(l, &text, '<', 1, row++);
		buf_putf(&text, ACCEPT("d0", "r1", "1"));
		if (seed % 3 == 0)
			buf_putf(&text, "rejected=R-%u rejected=R-2 rejected=R-9 ", next_random(&random) % 4);
		facts_say(l, &text, '>', 2, row++);
		for (unsigned i = 1; i <= 6; i++) {
			change_make(&text, i, &random);
			facts_say(l, &text, '<', 3, row++);
			if (next_random(&random) % 4 == 0)
				continue;
			buf_putf(&text, DECISION "id=d%u registration=c%u aggregation=A-1 action=%s basis=#%u ", i, i,
				next_random(&random) % 4 ? "accepted" : "rejected", i + 1);
			if (next_random(&random) % 6 == 0)
				buf_putf(&text, "rejected=R-%u ", next_random(&random) % 6);
			facts_say(l, &text, '>', 3, row++);
		}
		kept += counts_compare(l, seed);
		ledger_close(l);
		house_clear();
	}
	if (kept < 500)
		fail_msg("only %u times a number was kept", kept);
}

/* --- availability, outages, limits -------------------------------------------- */

#define OUTAGE "document=#1 type=outage_notice " U
#define LIMIT "document=#1 type=operating_limit " U

static const struct step ordering[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = CREATE("r1"),
		.then = SAID },
	{ .name = "decided", .way = '>', .day = 2,
		.facts = ACCEPT("d1", "r1", "1"),
		.then = SAID },
	{ .name = "the first", .way = '<', .day = 11,
		.facts = AVAIL "id=v1 aggregation=A-1 kind=status sequence=#5",
		.then = SAID },
	{ .name = "the same sequence", .way = '<', .day = 11,
		.facts = AVAIL "id=v2 aggregation=A-1 kind=status sequence=#5",
		.code = "registry.sequence" },
	{ .name = "of another kind", .way = '<', .day = 11,
		.facts = AVAIL "id=v2 aggregation=A-1 kind=forecast sequence=#1" },
	{ .name = "the next", .way = '<', .day = 11,
		.facts = AVAIL "id=v2 aggregation=A-1 kind=status sequence=#6",
		.then = SAID },
	{ .name = "the next is taken back", .way = '<', .day = 0,
		.then = VOIDED, .row = 6 },
	{ .name = "and comes again", .way = '<', .day = 11,
		.facts = AVAIL "id=v2 aggregation=A-1 kind=status sequence=#6" },
	{ .name = "expired", .way = '<', .day = 12,
		.facts = AVAIL "id=v2 aggregation=A-1 kind=status sequence=#6 expires=@11",
		.code = "registry.late" },
	{ .name = "an update of no outage", .way = '>', .day = 12,
		.facts = OUTAGE "id=g1 outage=G action=update sequence=#1 feeder=F-1",
		.code = "registry.order", .says = "G was not announced" },
	{ .name = "a feeder with nothing on it", .way = '>', .day = 12,
		.facts = OUTAGE "id=g1 outage=G action=planned sequence=#1 feeder=F-9",
		.code = "registry.feeder", .says = "F-9" },
	{ .name = "two, one of them with something", .way = '>', .day = 12,
		.facts = OUTAGE "id=g1 outage=G action=planned sequence=#1 r1.feeder=F-9 r2.feeder=F-1",
		.then = SAID },
	{ .name = "a county", .way = '>', .day = 12,
		.facts = OUTAGE "id=h1 outage=H action=unplanned sequence=#1 a1.place=county_fips" },
	{ .name = "a county, and a feeder with nothing on it", .way = '>', .day = 12,
		.facts = OUTAGE "id=h1 outage=H action=unplanned sequence=#1 a1.place=county_fips a2.feeder=F-9",
		.code = "registry.part", .says = "area 2: nothing is registered on feeder F-9", .findings = 1 },
	{ .name = "a feeder with nothing on it, in a county", .way = '>', .day = 12,
		.facts = OUTAGE "id=h1 outage=H action=unplanned sequence=#1 a1.place=county_fips a1.feeder=F-9",
		.code = "registry.feeder", .says = "F-9", .findings = 1 },
	{ .name = "a county, and a resource that is nowhere", .way = '>', .day = 12,
		.facts = OUTAGE "id=h1 outage=H action=unplanned sequence=#1 a1.place=county_fips r1.resource=R-5",
		.code = "registry.part", .says = "R-5", .findings = 1 },
	{ .name = "a resource that is nowhere", .way = '>', .day = 12,
		.facts = OUTAGE "id=g2 outage=G action=update sequence=#2 r1.resource=R-1 r2.resource=R-5",
		.code = "registry.part", .says = "resource 2: resource R-5 is in no aggregation", .findings = 1 },
	{ .name = "an aggregation that is nowhere", .way = '>', .day = 12,
		.facts = OUTAGE "id=g2 outage=G action=update sequence=#2 aggregation=A-5",
		.code = "registry.part", .says = "A-5" },
	{ .name = "no names at all", .way = '>', .day = 12,
		.facts = OUTAGE "id=g2 outage=G action=update sequence=#2" },
	{ .name = "closed by its status", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=k1 outage=K action=planned sequence=#1",
		.then = SAID },
	{ .name = "closed", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=k2 outage=K action=update kind=closed sequence=#2",
		.then = SAID },
	{ .name = "is closed", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=k3 outage=K action=update sequence=#3",
		.code = "registry.order", .says = "K is closed" },
	{ .name = "restored in steps", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=n1 outage=N action=unplanned kind=confirmed sequence=#1",
		.then = SAID },
	{ .name = "some of them", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=n2 outage=N action=restoration kind=partially_restored sequence=#2",
		.then = SAID },
	{ .name = "then all", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=n3 outage=N action=restoration kind=restored sequence=#3",
		.then = SAID },
	{ .name = "then nobody looks any more", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=n4 outage=N action=restoration kind=closed sequence=#4",
		.then = SAID },
	{ .name = "which is the end", .way = '>', .day = 13,
		.facts = "document=#1 type=outage_notice sender_role=utility id=n5 outage=N action=update kind=restored sequence=#5",
		.code = "registry.order", .says = "N is closed" },
	{ .name = "restored", .way = '>', .day = 13,
		.facts = OUTAGE "id=g3 outage=G action=restoration sequence=#3",
		.then = SAID },
	{ .name = "an update after the end", .way = '>', .day = 13,
		.facts = OUTAGE "id=g4 outage=G action=update sequence=#4",
		.code = "registry.order", .says = "G is closed" },
	{ .name = "the aggregator's outages are others", .way = '<', .day = 13,
		.facts = "document=#1 type=outage_notice " A "id=g5 outage=G action=unplanned sequence=#1 feeder=F-1" },
	{ .name = "a limit of a feeder with nothing", .way = '>', .day = 13,
		.facts = LIMIT "id=l1 limit=L sequence=#1 kind=feeder r1.resource=F-1 r2.resource=F-9",
		.code = "registry.part", .says = "resource 2: nothing is registered on feeder F-9", .findings = 1 },
	{ .name = "of an aggregation", .way = '>', .day = 13,
		.facts = LIMIT "id=l1 limit=L sequence=#1 kind=aggregation aggregation=A-1" },
	{ .name = "of a resource", .way = '>', .day = 13,
		.facts = LIMIT "id=l1 limit=L sequence=#1 kind=resource r1.resource=R-1 r2.resource=R-2",
		.then = SAID },
	{ .name = "of a connection point", .way = '>', .day = 13,
		.facts = LIMIT "id=l2 limit=L sequence=#2 kind=connection_point r1.resource=P-1" },
	{ .name = "of a connection point with nothing, which is not named", .way = '>', .day = 13,
		.facts = LIMIT "id=l2 limit=L sequence=#2 kind=connection_point r1.resource=P-77",
		.code = "registry.feeder", .says = "a connection point it names" },
	{ .name = "an older limit", .way = '>', .day = 13,
		.facts = LIMIT "id=l3 limit=L sequence=#1 kind=resource r1.resource=R-1",
		.code = "registry.sequence" },
	{ .name = "the role is missing", .way = '>', .day = 13,
		.facts = "document=#1 type=operating_limit id=l3 limit=M kind=resource r1.resource=R-1",
		.code = "registry.role", .says = "nobody" },
	{ .name = "a resource with a time of its own", .way = '<', .day = 14,
		.facts = REG "id=r7 action=create aggregation=A-7 from=@14 r1.resource=R-70 r1.until=@20 r2.resource=R-71 r2.from=@18",
		.then = SAID },
	{ .name = "decided, too", .way = '>', .day = 14,
		.facts = DECISION "id=d7 registration=r7 aggregation=A-7 action=accepted basis=#1",
		.then = SAID },
	{ .name = "before the one begins", .way = '<', .day = 14,
		.facts = AVAIL "id=v7 aggregation=A-7 i1.start=@17 r1.resource=R-70 r2.resource=R-71",
		.code = "registry.unknown", .says = "R-71", .findings = 1 },
	{ .name = "both", .way = '<', .day = 14,
		.facts = AVAIL "id=v7 aggregation=A-7 i1.start=@19 r1.resource=R-70 r2.resource=R-71" },
	{ .name = "after the other ended", .way = '<', .day = 14,
		.facts = AVAIL "id=v7 aggregation=A-7 i1.start=@20 r1.resource=R-70 r2.resource=R-71",
		.code = "registry.unknown", .says = "R-70", .findings = 1 },
	{ .name = "two documents, both wrong", .way = '<', .day = 14,
		.facts = AVAIL "id=v8 aggregation=A-1 i1.start=@14 i1.up_kw=*2000 document=#2 type=availability " "sender_role=aggregator id=v9 aggregation=A-9",
		.code = "registry.unknown", .says = "document 2", .findings = 2 },
};
STORY(notices_are_for_what_the_other_side_has, ordering)

#define LIVE AVAIL "id=v1 aggregation=A-1 kind=status sequence=#1 "

static const struct step by_feeder[] = {
	{ .name = "registered", .way = '<', .day = 1,
		.facts = REG "id=r1 action=create aggregation=A-1 from=@10 " CAN TWO
			"r3.resource=R-3 r3.premise=P-3 r3.feeder=F-3 r3.until=@20 "
			"r5.resource=R-5 r5.premise=P-5 r5.feeder=F-5",
		.then = SAID },
	{ .name = "but for one", .way = '>', .day = 2,
		.facts = DECISION "id=d1 registration=r1 aggregation=A-1 action=partly_accepted basis=#1 r1.rejected=R-5",
		.then = SAID },
	{ .name = "another one on the same feeders", .way = '<', .day = 2,
		.facts = LIST("r2", "A-2", "from=@10", "r1.resource=R-8 r1.premise=P-8 r1.feeder=F-8"),
		.then = SAID },
	{ .name = "accepted", .way = '>', .day = 2,
		.facts = DECISION "id=d2 registration=r2 aggregation=A-2 action=accepted basis=#1",
		.then = SAID },
	{ .name = "where it is, in any order", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@11 f1.feeder=F-3 f2.feeder=F-1 f3.feeder=F-2 i2.start=@12 f1025.feeder=F-2" },
	{ .name = "where nobody is", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@11 f1.feeder=F-1 f2.feeder=F-9 i2.start=@12 f1025.feeder=F-9",
		.code = "registry.feeder", .says = "interval 1: the aggregation has no resource on feeder F-9", .findings = 1 },
	{ .name = "only later", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@11 f1.feeder=F-1 i2.start=@12 f1025.feeder=F-0 f1026.feeder=F-10",
		.code = "registry.feeder", .says = "interval 2", .findings = 2 },
	{ .name = "where another one is", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@11 f1.feeder=F-8",
		.code = "registry.feeder", .says = "F-8", .findings = 1 },
	{ .name = "of what was left out", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@11 f1.feeder=F-5",
		.code = "registry.feeder", .says = "F-5", .findings = 1 },
	{ .name = "of what has ended", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@20 f1.feeder=F-3",
		.code = "registry.feeder", .says = "F-3", .findings = 1 },
	{ .name = "one is removed at once", .way = '<', .day = 11,
		.facts = CHANGE "id=c1 aggregation=A-1 basis=#1 from=@12 kind=#1 cause=failure r1.action=remove r1.resource=R-2",
		.then = SAID },
	{ .name = "where it was", .way = '<', .day = 12,
		.facts = LIVE "i1.start=@13 f1.feeder=F-2",
		.code = "registry.feeder", .says = "F-2", .findings = 1 },
	{ .name = "twenty feeders in an interval are no malformed facts", .way = '<', .day = 11,
		.facts = LIVE "i1.start=@11 f1.feeder=F-1 f2.feeder=a f3.feeder=b f4.feeder=c f5.feeder=d f6.feeder=e "
			"f7.feeder=f f8.feeder=g f9.feeder=h f10.feeder=i f11.feeder=j f12.feeder=k f13.feeder=l "
			"f14.feeder=m f15.feeder=n f16.feeder=o f17.feeder=p f18.feeder=q f19.feeder=r f20.feeder=s",
		.code = "registry.feeder", .findings = 19 },
};
STORY(feeders_are_where_the_aggregation_is, by_feeder)

/* Beside nameplates: 10 kW on one feeder, 990 on another, which sheds 50 more. */
#define PLACED(id, of) REG "id=" id " action=create aggregation=" of " from=@10 "                       \
	"export_kw=*1000 import_kw=*1000 up_kw=*2000 down_kw=*2000 energy_kwh=*2000 "                    \
	"r1.resource=R-1 r1.feeder=F-1 r1.export_kw=*10 r1.import_kw=*10 r1.energy_kwh=*20 "             \
	"r2.resource=R-2 r2.feeder=F-2 r2.export_kw=*990 r2.import_kw=*990 r2.up_kw=*1040 r2.energy_kwh=*1980 "
#define SAYS(what) LIVE "i1.start=@14 i1.seconds=#86400 i1.up_kw=*2000 i1.down_kw=*2000 i1.energy_kwh=*2000 " what
#define TOO_MUCH .code = "registry.capability", .findings = 1

static const struct step figures[] = {
	{ .name = "registered", .way = '<', .day = 1, .facts = PLACED("r1", "A-1"), .then = SAID },
	{ .name = "accepted", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "as much as is there", .way = '<', .day = 14,
		.facts = SAYS("f1.feeder=F-1 f1.up_kw=*20 f1.down_kw=*20 f1.energy_kwh=*20 f1.headroom_kwh=*20 "
			"f2.up_kw=*2030 f2.down_kw=*1980 f2.feeder=F-2") },
	{ .name = "more up", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-1 f1.up_kw=*900"), TOO_MUCH,
		.says = "interval 1: up_kw of feeder F-1 is 900.000000, resources that are registered there have 20.000000" },
	{ .name = "more down", .way = '<', .day = 14, .facts = SAYS("f1.down_kw=*21 f1.feeder=F-1"), TOO_MUCH, .says = "down_kw of feeder F-1" },
	{ .name = "more energy", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-1 f1.energy_kwh=*21"), TOO_MUCH, .says = "energy_kwh of" },
	{ .name = "more that it takes in", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-1 f1.headroom_kwh=*21"), TOO_MUCH, .says = "headroom_kwh of" },
	{ .name = "more is shed than there is", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-2 f1.up_kw=*2031"), TOO_MUCH, .says = "2030.000000" },
	{ .name = "in the second interval, the second feeder", .way = '<', .day = 14,
		.facts = SAYS("f1.feeder=F-1 f1.up_kw=*20 i2.start=@15 i2.seconds=#900 f1025.feeder=F-2 f1025.up_kw=*1 f1026.feeder=F-1 f1026.up_kw=*21"),
		TOO_MUCH, .says = "interval 2: up_kw of feeder F-1 is 21" },
	{ .name = "resources beside feeders", .way = '<', .day = 14, .findings = 3, .code = "registry.unknown", .says = "resource R-0 is not",
		.facts = SAYS("f1.feeder=F-1 f1.up_kw=*20 r1.resource=R-9 r2.resource=R-1 r2.up_kw=*21 r3.resource=R-0 r4.resource=R-2 r4.up_kw=*2030") },
	{ .name = "of a feeder where nothing is only that is told", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-9 f1.up_kw=*900"),
		.code = "registry.feeder", .findings = 1 },
	{ .name = "more comes later", .way = '<', .day = 13, .then = SAID,
		.facts = CHANGE "id=c1 aggregation=A-1 cause=correction basis=#1 from=@15 created=@13 r1.action=add r1.resource=R-3 r1.feeder=F-3 r1.export_kw=*5 r1.import_kw=*5 "
			"r2.action=modify r2.resource=R-1 r2.feeder=F-1 r2.export_kw=*20 r2.import_kw=*20 r2.energy_kwh=*40" },
	{ .name = "as is decided", .way = '>', .day = 13, .facts = DECISION "id=d2 registration=c1 aggregation=A-1 action=accepted basis=#2", .then = SAID },
	{ .name = "not before that", .way = '<', .day = 14, .facts = SAYS("basis=#2 f1.feeder=F-1 f1.up_kw=*40"), TOO_MUCH },
	{ .name = "nor where that is to be", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-3 f1.up_kw=*10"), .code = "registry.feeder", .findings = 1 },
	{ .name = "until then", .way = '<', .day = 14,
		.facts = SAYS("i2.start=@15 i2.seconds=#900 f1025.feeder=F-1 f1025.up_kw=*40 f1026.feeder=F-3 f1026.up_kw=*10") },
	{ .name = "from then on", .way = '<', .day = 15, .facts = LIVE "i1.start=@15 i1.seconds=#900 f1.feeder=F-1 f1.up_kw=*40" },
	{ .name = "no more than that", .way = '<', .day = 15, .facts = LIVE "i1.start=@15 i1.seconds=#900 f1.feeder=F-1 f1.up_kw=*41", TOO_MUCH },
	{ .name = "one in its own time", .way = '<', .day = 1, .then = SAID, .code = "registry.twice",
		.facts = PLACED("r2", "A-2") "r3.resource=R-30 r3.feeder=F-1 r3.export_kw=*7 r3.import_kw=*7 r3.from=@15" },
	{ .name = "accepted, too", .way = '>', .day = 2, .facts = DECISION "id=d3 registration=r2 aggregation=A-2 action=accepted basis=#1", .then = SAID,
		.code = "registry.twice" },
	{ .name = "it comes within the interval", .way = '<', .day = 14,
		.facts = AVAIL "id=v2 aggregation=A-2 kind=status sequence=#1 i1.start=@14 i1.seconds=#86401 f1.feeder=F-1 f1.up_kw=*34" },
	{ .name = "not before", .way = '<', .day = 14, TOO_MUCH,
		.facts = AVAIL "id=v2 aggregation=A-2 kind=status sequence=#1 i1.start=@14 i1.seconds=#86400 f1.feeder=F-1 f1.up_kw=*34" },
};
STORY(what_is_said_by_feeder_is_there, figures)

static const struct step unknown_places[] = {
	{ .name = "one is on no feeder that is known", .way = '<', .day = 1, .facts = PLACED("r1", "A-1") "r3.resource=R-3 r3.export_kw=*5 r3.import_kw=*5", .then = SAID },
	{ .name = "accepted", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "it may be on any", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-1 f1.up_kw=*30 f2.feeder=F-9 f2.up_kw=*10") },
	{ .name = "what it has is known", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-1 f1.up_kw=*31 f2.feeder=F-9 f2.up_kw=*11"),
		.code = "registry.capability", .findings = 2, .says = "feeder F-1 is 31.000000, resources that are registered there have 30" },
	{ .name = "how much it stores is not", .way = '<', .day = 14, .facts = SAYS("f1.feeder=F-1 f1.energy_kwh=*900") },
	{ .name = "nameplates come to less than is registered", .way = '<', .day = 1, .then = SAID,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@10 up_kw=*100 down_kw=*20 r1.resource=R-4 r1.feeder=F-1 r1.export_kw=*10 r1.import_kw=*10",
		.code = "registry.capability" },
	{ .name = "and are accepted", .way = '>', .day = 2, .facts = DECISION "id=d2 registration=r2 aggregation=A-2 action=accepted basis=#1", .then = SAID },
	{ .name = "they say nothing of that way", .way = '<', .day = 14, TOO_MUCH, .says = "down_kw of feeder F-1 is 90",
		.facts = AVAIL "id=v2 aggregation=A-2 kind=status sequence=#1 i1.start=@14 i1.seconds=#900 f1.feeder=F-1 f1.up_kw=*90 f1.down_kw=*90" },
};
STORY(who_is_on_no_feeder_may_be_on_any, unknown_places)

static const struct step shares[] = {
	{ .name = "registered, without kvar", .way = '<', .day = 1, .facts = REG "id=r1 action=create aggregation=A-1 from=@10 energy_kwh=*9 " CAN TWO, .then = SAID },
	{ .name = "accepted", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "as much as there is", .way = '<', .day = 14, .facts = LIVE "i1.start=@14 i1.headroom_kwh=*9 i1.shed_kw=*1000 i1.generation_kw=*1000" },
	{ .name = "more is to be taken in than is stored", .way = '<', .day = 14, .facts = LIVE "i1.start=@14 i1.headroom_kwh=*10", TOO_MUCH,
		.says = "interval 1: headroom_kwh is 10.000000, registered is 9.000000" },
	{ .name = "more is shed", .way = '<', .day = 14, .facts = LIVE "i1.start=@14 i1.shed_kw=*1001", TOO_MUCH, .says = "shed_kw is 1001" },
	{ .name = "more is generated", .way = '<', .day = 14, .facts = LIVE "i1.start=@14 i1.generation_kw=*1001", TOO_MUCH, .says = "registered is 1000" },
	{ .name = "of kvar there are none", .way = '<', .day = 14, .facts = LIVE "i1.start=@14 i1.inject_kvar=*0 i1.absorb_kvar=*1", TOO_MUCH,
		.says = "absorb_kvar is 1.000000, registered is 0" },
	{ .name = "nor are they called for", .way = '>', .day = 14, .facts = CALL "id=x1 action=start override=schedule sequence=#1 " QUARTER("i1", "@14") "i1.quantity_kvar=*-1",
		TOO_MUCH, .says = "quantity_kvar is -1.000000, registered is 0" },
};
STORY(parts_are_no_more_than_all, shares)

/* --- where it is asked for ------------------------------------------------------------------- */

#define ASKED_AT(id, feeder) REQUESTED "id=" id " direction=up feeder=" feeder " " DAY("15") "i1.quantity_kw=*5"
#define NOT_THERE .code = "registry.feeder", .findings = 1, .says = "for feeder F-9, where aggregation A-1 has nothing at that time"

static const struct step places[] = {
	{ .name = "a request comes before a registration", .way = '>', .day = 1, .facts = ASKED_AT("q0", "F-1") },
	{ .name = "registered", .way = '<', .day = 1, .facts = CREATE("r1"), .then = SAID },
	{ .name = "and while it is reviewed", .way = '>', .day = 1, .facts = ASKED_AT("q0", "F-9") },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "requested where it is", .way = '>', .day = 11, .facts = ASKED_AT("q1", "F-2"), .then = SAID },
	{ .name = "offered", .way = '<', .day = 12, .facts = ANSWERED("o1", "q1") AT("i1", "@15", "*5"), .then = SAID },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVEN "id=w1 offer=o1 ceiling=*9 " AT("i1", "@15", "*5"), .then = SAID },
	{ .name = "called", .way = '>', .day = 14, .facts = CALL "id=x1 award=w1 action=start sequence=#1 " AT("i1", "@15", "*5") },
	{ .name = "somewhere", .way = '>', .day = 11, .facts = REQUESTED "id=q2 direction=up place=S-9 " DAY("15") "i1.quantity_kw=*5", .then = SAID },
	{ .name = "may be anywhere", .way = '<', .day = 12, .facts = ANSWERED("o2", "q2") AT("i1", "@15", "*5") },
	{ .name = "where it is not", .way = '>', .day = 11, .facts = ASKED_AT("q9", "F-9"), .then = SAID },
	{ .name = "nothing is offered", .way = '<', .day = 12, .facts = ANSWERED("o9", "q9") AT("i1", "@15", "*5"), .then = SAID, NOT_THERE },
	{ .name = "awarded", .way = '>', .day = 13, .facts = GIVEN "id=w9 offer=o9 ceiling=*9 " AT("i1", "@15", "*5"), .then = SAID, NOT_THERE },
	{ .name = "or called", .way = '>', .day = 14, .facts = CALL "id=x9 award=w9 action=start sequence=#1 " AT("i1", "@15", "*5"), .then = SAID, NOT_THERE },
	{ .name = "and is ended", .way = '>', .day = 14, .facts = CALL "id=y9 award=w9 action=stop sequence=#2" },
	{ .name = "one is to be there", .way = '<', .day = 12, .then = SAID,
		.facts = CHANGE "id=c1 aggregation=A-1 cause=correction basis=#1 from=@15 created=@12 r1.action=add r1.resource=R-3 r1.feeder=F-9 r1.export_kw=*5 r1.import_kw=*5" },
	{ .name = "which nobody has decided", .way = '<', .day = 12, .facts = ANSWERED("o8", "q9") AT("i1", "@15", "*5"), NOT_THERE },
	{ .name = "it is", .way = '>', .day = 12, .facts = DECISION "id=d2 registration=c1 aggregation=A-1 action=accepted basis=#2", .then = SAID },
	{ .name = "by then", .way = '<', .day = 12, .facts = ANSWERED("o8", "q9") AT("i1", "@15", "*5") },
	{ .name = "or by the last of its times", .way = '<', .day = 12, .facts = ANSWERED("o8", "q9") AT("i1", "@14", "*5") AT("i2", "@15", "*5"),
		.code = "registry.order" },
	{ .name = "one that failed is at the end of its line", .way = '<', .day = 13, .then = SAID,
		.facts = CHANGE "id=c2 aggregation=A-1 kind=emergency cause=failure basis=#2 from=@13 created=@13 r1.action=remove r1.resource=R-2 award=w1" },
	{ .name = "until that is decided", .way = '<', .day = 13, .facts = ANSWERED("o6", "q1") AT("i1", "@15", "*5") },
	{ .name = "another list", .way = '<', .day = 1, .then = SAID,
		.facts = REG "id=r2 action=create aggregation=A-2 from=@10 up_kw=*9 r1.resource=R-7 r1.premise=P-7 r1.export_kw=*9 r1.import_kw=*9" },
	{ .name = "of what is on no feeder that is known", .way = '>', .day = 2, .facts = DECISION "id=d3 registration=r2 aggregation=A-2 action=accepted basis=#1", .then = SAID },
	{ .name = "may be there", .way = '<', .day = 12, .facts = "document=#1 type=service_offer " A "aggregation=A-2 id=o7 request=q9 " AT("i1", "@15", "*5") },
};
STORY(what_is_asked_for_is_where_it_is_asked_for, places)

/* --- what is agreed once ---------------------------------------------------------- */

#define PLANNED "document=#1 type=outage_notice " U "action=planned sequence=#1 "
#define ENVELOPE "document=#1 type=operating_limit " U "kind=aggregation resource=A-1 sequence=#1 id=l1 limit=L "

static const struct step agreeing[] = {
	{ .name = "smaller than agreed", .way = '<', .day = 1,
		.facts = REG "agreed_kw=#1001 id=r1 action=create aggregation=A-1 from=@10 " CAN TWO,
		.code = "registry.capability", .says = "it can do 1000.000000 kW, agreed are 1001 at least", .findings = 1 },
	{ .name = "who says nothing of it", .way = '<', .day = 1,
		.facts = REG "agreed_kw=#1001 id=r1 action=create aggregation=A-1 from=@10 " TWO },
	{ .name = "without consent", .way = '<', .day = 1,
		.facts = REG "id=r1 attested=#0 action=create aggregation=A-1 from=@10 " CAN TWO,
		.code = "registry.consent", .says = "consent_attested is false", .findings = 1 },
	{ .name = "as large as agreed", .way = '<', .day = 1,
		.facts = REG "agreed_kw=#1000 id=r1 attested=#1 action=create aggregation=A-1 from=@10 " CAN TWO,
		.then = SAID },
	{ .name = "decided", .way = '>', .day = 2, .facts = ACCEPT("d1", "r1", "1"), .then = SAID },
	{ .name = "a change that leaves less", .way = '<', .day = 11,
		.facts = CHANGE "agreed_kw=#900 id=c1 aggregation=A-1 basis=#1 from=@12 export_kw=*899 import_kw=*1 r1.action=remove r1.resource=R-1",
		.code = "registry.capability", .says = "it can do 899" },
	{ .name = "what ends is of any size", .way = '<', .day = 11,
		.facts = REG "agreed_kw=#9000 id=r2 attested=#0 action=withdraw aggregation=A-1 from=@60" },
	{ .name = "announced as early as agreed", .way = '>', .day = 11,
		.facts = PLANNED "agreed_notice=#259200 id=p1 outage=P notice_met=#1 created=@11 from=@14" },
	{ .name = "later than agreed, and it says so", .way = '>', .day = 11,
		.facts = PLANNED "agreed_notice=#259200 id=p1 outage=P notice_met=#0 created=@11 from=@13" },
	{ .name = "later than agreed, and it says otherwise", .way = '>', .day = 11,
		.facts = PLANNED "agreed_notice=#259200 id=p1 outage=P notice_met=#1 created=@11 from=@13",
		.code = "registry.late", .says = "notice_period_met is true: it begins 172800 s after it is announced, agreed are 259200 s" },
	{ .name = "as early as agreed, and it says otherwise", .way = '>', .day = 11,
		.facts = PLANNED "agreed_notice=#259200 id=p1 outage=P notice_met=#0 created=@11 from=@14",
		.code = "registry.late", .says = "notice_period_met is false" },
	{ .name = "nothing is agreed, and it has begun", .way = '>', .day = 11,
		.facts = PLANNED "id=p1 outage=P notice_met=#1 created=@11 from=@11",
		.code = "registry.late", .says = "begins 0 s after" },
	{ .name = "nothing is agreed, and it says it was too late", .way = '>', .day = 11,
		.facts = PLANNED "id=p1 outage=P notice_met=#0 created=@11 from=@19" },
	{ .name = "nothing is agreed", .way = '>', .day = 11,
		.facts = PLANNED "id=p1 outage=P notice_met=#1 created=@11 from=@19",
		.then = SAID },
	{ .name = "more of it later is not announced anew", .way = '>', .day = 12,
		.facts = "document=#1 type=outage_notice " U "action=planned sequence=#2 agreed_notice=#2592000 id=p2 outage=P notice_met=#1 created=@12 from=@19" },
	{ .name = "no time at all", .way = '>', .day = 11,
		.facts = PLANNED "id=p3 outage=Q notice_met=#1 created=#9223372036854775807 from=#-9223372036854775807",
		.code = "registry.late", .findings = 2 },
	{ .name = "a limit to be confirmed yesterday", .way = '>', .day = 12,
		.facts = ENVELOPE "last=@11",
		.code = "registry.late", .says = "confirm_by is 1970-01-12", .findings = 1 },
	{ .name = "a request to be answered yesterday", .way = '>', .day = 12,
		.facts = REQUESTED "id=q1 last=@11",
		.code = "registry.late", .says = "respond_by", .findings = 1 },
	{ .name = "what follows is more than the limit", .way = '>', .day = 12,
		.facts = ENVELOPE "last=@12 fallback_export=*501 fallback_import=*900 " QUARTERS("i1.export_kw=*300 i1.import_kw=*100", "i2.export_kw=*500"),
		.code = "registry.capability", .findings = 2,
		.says = "fallback_export_kw is 501.000000, above all of its intervals, of which 500" },
	{ .name = "what follows is as much", .way = '>', .day = 12,
		.facts = ENVELOPE "last=@12 fallback_export=*500 fallback_import=*900 " QUARTERS("i1.export_kw=*300", "i2.export_kw=*500") },
};
STORY(what_is_agreed_once_holds, agreeing)

/* --- what a document refers to ----------------------------------------------------- */

static const struct step referring[] = {
	{ .name = "a chain begins with its first document", .way = '>', .day = 1,
		.facts = REQUESTED "id=q1 correlation=q1", .then = SAID },
	{ .name = "in no chain and to nothing", .way = '>', .day = 1, .facts = REQUESTED "id=q2" },
	{ .name = "in a chain that nobody began", .way = '>', .day = 1,
		.facts = REQUESTED "id=q2 correlation=q9",
		.code = "registry.order", .says = "correlation_id is q9, which is not there", .findings = 1 },
	{ .name = "in reply to nothing", .way = '<', .day = 1,
		.facts = ANSWER A "id=b1 correlation=q1 reply=q9 subject=q1 action=received",
		.code = "registry.order", .says = "in_reply_to is q9", .findings = 1 },
	{ .name = "in reply, in its chain", .way = '<', .day = 1,
		.facts = ANSWER A "id=b1 correlation=q1 reply=q1 subject=q1 action=received",
		.then = SAID },
	{ .name = "of another partner's", .way = '<', .day = 1, .partner = "other",
		.facts = AVAIL "id=v1 correlation=q1 kind=status aggregation=A-1",
		.code = "registry.order", .says = "q1" },
	{ .name = "in the book of tests", .way = '>', .day = 1,
		.facts = REQUESTED "test=#1 id=q3 correlation=q1",
		.code = "registry.order", .says = "q1" },
	{ .name = "what it refers to is taken back", .way = '<', .day = 0, .then = VOIDED, .row = 1 },
	{ .name = "and is not there", .way = '>', .day = 1,
		.facts = REQUESTED "id=q4 correlation=q1",
		.code = "registry.order", .says = "q1" },
};
STORY(what_a_document_refers_to_is_there, referring)

/* --- hostile ------------------------------------------------------------------ */

static const struct {
	const char *name, *facts;
	enum status want;
} hostile[] = {
	{ "nothing at all", "", ST_OK },
	{ "a fact of no document", "type=availability", ST_INPUT },
	{ "a document without a number", "document=text type=availability", ST_INPUT },
	{ "document 0", "document=#0 type=availability", ST_INPUT },
	{ "no type", "document=#1 id=x", ST_INPUT },
	{ "the type is a number", "document=#1 type=#7", ST_INPUT },
	{ "a type of later", "document=#1 type=aggregation_dream id=x", ST_OK },
	{ "items backwards", AWARD "id=x i2.up_kw=*1 i1.up_kw=*1", ST_INPUT },
	{ "numbers where texts are", AVAIL "id=#1 aggregation=#2 kind=#3 sequence=text r1.resource=#4", ST_OK },
	{ "texts where numbers are", "document=#1 type=aggregation_registration id=x from=now until=then created=x "
		"revision=two export_kw=much r1.resource=R r1.export_kw=all", ST_OK },
	{ "the smallest numbers", "document=#1 type=service_offer id=x from=#-9223372036854775807 last=#-1 revision=#-5 sequence=#-1 "
		"i1.start=#-9223372036854775807 i1.quantity_kw=#-9223372036854775807 amount=#-1", ST_OK },
	{ "the largest numbers", "document=#1 type=service_dispatch id=x from=#9223372036854775807 seconds=#9223372036854775807 "
		"i1.start=#9223372036854775807 i1.quantity_kw=#9223372036854775807", ST_OK },
	{ "an item that says much at once", REG "id=x aggregation=A r1.resource=1 r1.resource=2 r1.resource=3 r1.resource=4 "
		"r1.resource=5 r1.resource=6 r1.resource=7 r1.resource=8 r1.resource=9 r1.resource=10 r1.resource=11 r1.resource=12 "
		"r1.resource=13 r1.resource=14 r1.resource=15 r1.resource=16 r1.resource=17", ST_INPUT },
	{ "an item says itself twice", REG "id=x aggregation=A r1.resource=R-1 r1.resource=R-2", ST_OK },
};

static void hostile_try(size_t i, struct ledger *l)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);
	struct register_verdict verdict;
	struct fault f = { 0 };

	facts_write(&facts, hostile[i].facts);
	const struct register_question q = { MESSAGE_IN, S("acme"), buf_slice(&facts), DAY_NS, 0, 0 };
	expect_fault(hostile[i].name, register_judge(&verdict, l, &q, NULL, NULL, &f), &f,
		hostile[i].want, "facts.malformed");
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault(hostile[i].name, register_apply(l, i + 1, &q, &f), &f, hostile[i].want,
		"facts.malformed");
	ledger_rollback(l);
}

static void hostile_facts_are_refused_or_mean_nothing(void **state)
{
	struct ledger *l = ledger_new();

	(void)state;
	for (size_t i = 0; i < COUNT(hostile); i++)
		hostile_try(i, l);
	ledger_close(l);
}

/* Cut anywhere they are refused, or are shorter facts: never more. */
static void facts_that_are_cut_do_no_harm(void **state)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);
	struct ledger *l = ledger_new();

	(void)state;
	facts_write(&facts, CREATE("r1") "document=#2 type=availability id=v aggregation=A-1 "
					 "i1.start=@3 r1.resource=R-1");
	for (size_t n = 0; n < facts.n; n++) {
		struct register_question q = { MESSAGE_IN, S("acme"),
			slice_to(buf_slice(&facts), n), DAY_NS, 0, 0 };
		struct register_verdict verdict;
		struct fault f = { 0 };
		enum status st = register_judge(&verdict, l, &q, NULL, NULL, &f);

		expect_fault("cut", st, &f, st == ST_OK ? ST_OK : ST_INPUT, "facts.malformed");
		expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
		expect_fault("cut", register_apply(l, 1, &q, &f), &f, st, "facts.malformed");
		ledger_rollback(l);
	}
	ledger_close(l);
}

/* A hundred findings are told, all are counted. */
static void findings_are_counted_beyond_what_is_told(void **state)
{
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);
	struct ledger *l = ledger_new();
	struct register_verdict verdict = { 0 };
	uint64_t told = 0;
	struct fault f = { 0 };

	(void)state;
	facts_write(&facts, REG "id=r1 action=create aggregation=A-1 from=@60");
	for (uint32_t i = 1; i <= 250; i++) {
		char name[16];
		struct fact fact = { .kind = FACT_RESOURCE, .list = FACT_OF_RESOURCE, .item = i,
			.is_text = true };

		snprintf(name, sizeof(name), "R-%04u", 1000 - i); /* backwards */
		fact.text = slice_str(name);
		fact_put(&facts, &fact);
		fact_put(&facts, &(struct fact){ .kind = FACT_CONSENT_UNTIL,
				.list = FACT_OF_RESOURCE, .item = i, .number = DAY_NS });
	}
	const struct register_question q = { MESSAGE_IN, S("acme"), buf_slice(&facts), DAY_NS, 0, 0 };
	expect_fault("judge", register_judge(&verdict, l, &q, count_finding, &told, &f), &f, ST_OK,
		NULL);
	assert_int_equal(verdict.findings, 250);
	assert_int_equal(told, REGISTER_FINDINGS_MAX);
	ledger_close(l);
}

/* --- what a utility copies to us, who are no party to it --- */

#define COPY(of, to) "sender=util receiver=rto behalf=" of " addressee=" to " "
#define OF_A COPY("agg", "util")
#define OF_B COPY("beta", "util")
#define TO_A COPY("util", "agg")
#define TO_B COPY("util", "beta")
#define COPIED(type) "document=#1 type=" type " " U
#define COPIED_REG(id) COPIED("aggregation_registration") "id=" id " action=create aggregation=A-1 from=@10 " CAN
#define COPIED_YES(id, of) \
	COPIED("registration_decision") "id=" id " registration=" of " aggregation=A-1 action=accepted basis=#1 "
#define HIDDEN "r1.resource=R-1 r1.premise=withheld r1.feeder=F-1 r2.resource=R-2 r2.premise=withheld r2.feeder=F-1 "

static const struct step copied[] = {
	{ .name = "of an aggregator, by its utility", .way = '<', .day = 1, .partner = "util",
		.facts = COPIED_REG("r1") OF_A HIDDEN, .then = SAID },
	{ .name = "the same name of another, whose premises cannot be seen either", .way = '<', .day = 1,
		.partner = "util", .facts = COPIED_REG("r2") OF_B "r1.resource=R-1 r1.premise=withheld ", .then = SAID },
	{ .name = "a decision is of whom it was sent to", .way = '<', .day = 2, .partner = "util",
		.facts = COPIED_YES("d1", "r1") TO_B, .code = "registry.order", .says = "r1" },
	{ .name = "decided", .way = '<', .day = 2, .partner = "util",
		.facts = COPIED_YES("d1", "r1") TO_A, .then = SAID },
	{ .name = "what is in it is not in another", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("aggregation_registration") OF_A "id=r3 action=create aggregation=A-2 from=@11 " HIDDEN,
		.code = "registry.twice", .says = "A-1", .findings = 2 },
	{ .name = "available", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("availability") OF_A "id=v1 aggregation=A-1 kind=status sequence=#1 i1.start=@11 i1.up_kw=*1000 " },
	{ .name = "more than is registered", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("availability") OF_A "id=v1 aggregation=A-1 kind=status sequence=#1 i1.start=@11 i1.up_kw=*1001 ",
		.code = "registry.capability" },
	{ .name = "of the other, who is not decided about", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("availability") OF_B "id=v2 aggregation=A-1 kind=status sequence=#1 i1.start=@11 i1.up_kw=*1 ",
		.code = "registry.unknown" },
	{ .name = "a limit of an aggregation", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("operating_limit") TO_A "id=l1 limit=L kind=aggregation resource=A-1 sequence=#1" },
	{ .name = "a limit that is confirmed by now, by whom it was for", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("operating_limit") TO_A "id=l1 limit=L kind=aggregation resource=A-1 sequence=#1 last=@10" },
	{ .name = "of a chain that was not copied", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("operating_limit") TO_A "id=l1 correlation=x9 limit=L kind=aggregation resource=A-1 sequence=#1" },
	{ .name = "a limit of a feeder", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("operating_limit") TO_A "id=l1 limit=L kind=feeder resource=F-1 sequence=#1" },
	{ .name = "a limit of what cannot be seen", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("operating_limit") TO_A "id=l1 limit=L kind=resource resource=withheld sequence=#1" },
	{ .name = "a limit of what is another's", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("operating_limit") TO_B "id=l1 limit=L kind=aggregation resource=A-1 sequence=#1",
		.code = "registry.unknown" },
	{ .name = "of what another utility was sent", .way = '<', .day = 11, .partner = "other",
		.facts = COPIED_YES("d2", "r2") "sender=other receiver=rto behalf=other addressee=beta",
		.code = "registry.order" },
	{ .name = "in our own book with that aggregator", .way = '<', .day = 11, .partner = "agg",
		.facts = AVAIL "sender=agg receiver=rto id=v3 aggregation=A-1 kind=status sequence=#1 i1.start=@11",
		.code = "registry.unknown" },
	{ .name = "a decision of an aggregator's", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED_YES("d2", "r2") OF_B, .code = "registry.role", .says = "not copied as utility, of another's" },
	{ .name = "a registration of the utility's", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED_REG("r4") TO_A, .code = "registry.role", .says = "of its own" },
	{ .name = "by an aggregator", .way = '<', .day = 11, .partner = "agg",
		.facts = "document=#1 type=outage_notice " A "id=o1 outage=O action=planned sequence=#1 "
			 "sender=agg receiver=rto behalf=util addressee=agg",
		.code = "registry.role", .says = "copied as aggregator" },
	{ .name = "of one whose premises, as others', cannot be seen", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("aggregation_registration") OF_B "id=r6 action=create aggregation=A-5 from=@11 "
			 "r1.resource=R-1 r1.premise=withheld " },
	{ .name = "of what its sender has not", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED_REG("r4") COPY("agg", "other"), .code = "registry.role", .says = "no copy" },
	{ .name = "of what we have", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED_REG("r4") COPY("rto", "util"), .code = "registry.role", .says = "no copy" },
	{ .name = "a bill's parties are the original's", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("invoice") OF_A "id=n1 invoice=N-1 kind=original creditor=agg debtor=util" },
	{ .name = "and nobody else", .way = '<', .day = 11, .partner = "util",
		.facts = COPIED("invoice") OF_A "id=n1 invoice=N-1 kind=original creditor=agg debtor=evil",
		.code = "registry.party" },
	/* What only the two have is not held against it. */
	{ .name = "measured, and we are sent no awards", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("service_performance") OF_A "id=p1 aggregation=A-1 kind=final award=w1 dispatch=x1 "
			 "i1.start=@11 i1.seconds=#900 i1.quantity_kw=*100 i1.awarded_kw=*100 i1.energy_kwh=*25 energy_kwh=*25 percent=*100",
		.then = SAID },
	{ .name = "and billed", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("invoice") OF_A "id=n1 invoice=N-1 kind=original creditor=agg debtor=util award=w1 "
			 "performance=p1 l1.award=w1 l1.aggregation=A-1 l1.amount=*10 amount=*10", .then = SAID },
	{ .name = "billed by what was never measured", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("invoice") OF_A "id=n2 invoice=N-2 kind=original creditor=agg debtor=util performance=p0" },
	{ .name = "what is there is looked at", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("invoice") OF_A "id=n2 invoice=N-2 kind=original creditor=agg debtor=util performance=n1",
		.code = "registry.order", .says = "which is a invoice" },
	{ .name = "an offer to what was asked before we were told", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("service_dispatch") TO_A "id=x1 aggregation=A-1 award=w1 sequence=#1 i1.start=@12 i1.seconds=#900 "
			 "i1.quantity_kw=*100" },
	{ .name = "an update of a notice that was not copied", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("outage_notice") TO_A "id=o2 outage=O-9 action=update sequence=#2 aggregation=A-1" },
	{ .name = "a later revision of what was not", .way = '<', .day = 12, .partner = "util",
		.facts = COPIED("operating_limit") TO_A "id=l1 limit=L kind=aggregation resource=A-1 sequence=#2 supersedes=l0 revision=#2" },
	{ .name = "made long ago", .way = '<', .day = 80, .partner = "util",
		.facts = COPIED("aggregation_registration") OF_B "id=r7 action=create aggregation=A-7 from=@20 created=@12 "
			 "r1.resource=R-7 r1.premise=withheld " },
	{ .name = "a decision on nothing", .way = '<', .day = 80, .partner = "util",
		.facts = COPIED_YES("d7", "r0") TO_A "created=@12", .code = "registry.order", .says = "not there" },
	{ .name = "of ours, to another: it is known", .way = '>', .day = 11, .partner = "rto",
		.facts = COPIED_REG("r5") OF_A HIDDEN, .then = SAID },
	{ .name = "so it may go again", .way = '>', .day = 11, .partner = "rto",
		.facts = COPIED_REG("r5") OF_A HIDDEN },
};
STORY(what_is_copied_is_learned, copied)

#define OUT "document=#1 type=outage_notice " U "outage=O-1 "

/* Later notices say less than the first: what that said holds. */
static const struct step beginnings[] = {
	{ .name = "planned", .way = '>', .day = 5,
		.facts = OUT "id=o1 action=planned sequence=#1 from=@10 until=@11", .then = SAID },
	{ .name = "an update that says no time", .way = '>', .day = 6,
		.facts = OUT "id=o2 action=update sequence=#2", .then = SAID },
	{ .name = "restored before it begins", .way = '>', .day = 7,
		.facts = OUT "id=o3 action=restoration sequence=#3 ended=@9",
		.code = "registry.order", .says = "restored at 1970-01-10T00:00:00.000Z, and begins at 1970-01-11" },
	{ .name = "now, which is before that, too", .way = '>', .day = 7,
		.facts = OUT "id=o3 action=restoration sequence=#3", .code = "registry.order", .says = "restored at 1970-01-08" },
	{ .name = "it will not be", .way = '>', .day = 7,
		.facts = OUT "id=o3 action=cancelled sequence=#3" },
	{ .name = "it began earlier, and says so", .way = '>', .day = 9,
		.facts = OUT "id=o3 action=restoration sequence=#3 began=@8 ended=@9" },
	{ .name = "the other side's of that name is another", .way = '<', .day = 7,
		.facts = OUT "id=o9 action=unplanned sequence=#1", .then = SAID },
	{ .name = "and restored", .way = '<', .day = 7,
		.facts = OUT "id=o8 action=restoration sequence=#2 ended=@7" },
	{ .name = "it begins earlier", .way = '>', .day = 8,
		.facts = OUT "id=o4 action=update sequence=#3 began=@8", .then = SAID },
	{ .name = "then it may be over before it was to begin", .way = '>', .day = 9,
		.facts = OUT "id=o5 action=restoration sequence=#4 ended=@9" },
	{ .name = "the update is taken back", .way = '>', .then = VOIDED, .row = 9 },
	{ .name = "and it may not", .way = '>', .day = 9,
		.facts = OUT "id=o5 action=restoration sequence=#4 ended=@9", .code = "registry.order" },
	{ .name = "after a restart", .then = REOPENED },
	{ .name = "neither", .way = '>', .day = 9,
		.facts = OUT "id=o5 action=restoration sequence=#4 ended=@9", .code = "registry.order" },
};
STORY(an_outage_ends_after_it_begins, beginnings)

#define COOL_BILL "document=#1 type=invoice " A "kind=original agreed_cooling=#432000 "
#define COOL_PAY "document=#1 type=remittance " U "agreed_cooling=#432000 "

/* Five days: a person who was asked by telephone may still have been asked by the wrong one. */
static const struct step cooling[] = {
	{ .name = "the first payee", .way = '<', .day = 1, .facts = COOL_BILL "id=n1 invoice=N-1 payee=P", .then = SAID },
	{ .name = "another one", .way = '<', .day = 10, .facts = COOL_BILL "id=n2 invoice=N-2 payee=Q",
		.code = "registry.payee", .findings = 2, .then = SAID },
	{ .name = "again, soon after", .way = '<', .day = 14, .facts = COOL_BILL "id=n3 invoice=N-3 payee=Q",
		.code = "registry.payee", .findings = 1, .says = "changed within the last 5d: as agreed, nothing is paid to a new one" },
	{ .name = "where nothing is agreed it is known by now", .way = '<', .day = 14,
		.facts = "document=#1 type=invoice " A "kind=original id=n3 invoice=N-3 payee=Q" },
	{ .name = "it is paid too soon", .way = '>', .day = 14, .facts = COOL_PAY "id=m1 trace=T-1 l1.invoice=N-2",
		.code = "registry.payee", .findings = 1 },
	{ .name = "what the old one is owed is paid to it", .way = '>', .day = 14, .facts = COOL_PAY "id=m1 trace=T-1 l1.invoice=N-1" },
	{ .name = "both at once are too soon", .way = '>', .day = 14, .facts = COOL_PAY "id=m1 trace=T-1 l1.invoice=N-1 l2.invoice=N-2",
		.code = "registry.payee", .findings = 1 },
	{ .name = "the days are over", .way = '<', .day = 15, .facts = COOL_BILL "id=n3 invoice=N-3 payee=Q" },
	{ .name = "and it is paid", .way = '>', .day = 15, .facts = COOL_PAY "id=m1 trace=T-1 l1.invoice=N-2" },
	{ .name = "an account of it", .way = '<', .day = 20,
		.facts = COOL_BILL "id=n4 invoice=N-4 payee=Q account=1", .code = "registry.payee", .then = SAID },
	{ .name = "the first there is, is not new to itself", .way = '<', .day = 21,
		.facts = COOL_BILL "id=n5 invoice=N-5 payee=Q account=1", .then = SAID },
	{ .name = "another", .way = '<', .day = 30,
		.facts = COOL_BILL "id=n6 invoice=N-6 payee=Q account=2", .code = "registry.payee", .then = SAID },
	{ .name = "soon after", .way = '<', .day = 31,
		.facts = COOL_BILL "id=n7 invoice=N-7 payee=Q account=2", .code = "registry.payee",
		.says = "the account of its payee changed within", .findings = 1 },
	{ .name = "without it", .way = '<', .day = 31, .facts = COOL_BILL "id=n7 invoice=N-7 payee=Q" },
	{ .name = "later", .way = '<', .day = 35, .facts = COOL_BILL "id=n7 invoice=N-7 payee=Q account=2" },
};
STORY(nothing_is_paid_to_a_new_payee_at_once, cooling)

#define ROUNDED(how) "document=#1 type=invoice " A "kind=original payee=P invoice=N id=n " how
#define L1 "l1.kind=fee l1.quantity=#1500000 l1.price=#10000 " /* 0.015 */
#define L2 "l2.kind=fee l2.quantity=#1500000 l2.price=#10000 "
#define ROUNDS "l3.kind=rounding l3.quantity=*1 "

static const struct step rounding[] = {
	{ .name = "each line, up", .way = '<', .day = 1,
		.facts = ROUNDED("agreed_rounding=#1 ") L1 "l1.amount=#20000 " L2 "l2.amount=#10000 " },
	{ .name = "each line, too far", .way = '<', .day = 1,
		.facts = ROUNDED("agreed_rounding=#1 ") L1 "l1.amount=#20001 ",
		.code = "registry.amount", .says = "line 1: its amount is -0.005001 from" },
	{ .name = "each line, and what is left", .way = '<', .day = 1,
		.facts = ROUNDED("agreed_rounding=#1 ") L1 "l1.amount=#20000 " ROUNDS "l3.amount=#-10000 l3.price=#-10000",
		.code = "registry.amount", .says = "nothing is left to even out" },
	{ .name = "the total", .way = '<', .day = 1,
		.facts = ROUNDED("agreed_rounding=#2 ") L1 "l1.amount=#20000 " L2 "l2.amount=#20000 "
			ROUNDS "l3.amount=#-10000 l3.price=#-10000" },
	{ .name = "the total is not", .way = '<', .day = 1,
		.facts = ROUNDED("agreed_rounding=#2 ") L1 "l1.amount=#20000 " L2 "l2.amount=#20000 ",
		.code = "registry.amount", .says = "its lines are -0.010000 from quantities times prices" },
	{ .name = "nothing is agreed", .way = '<', .day = 1, .facts = ROUNDED("") L1 "l1.amount=#20000 " },
	{ .name = "but it is no rounding", .way = '<', .day = 1,
		.facts = ROUNDED("") L1 "l1.amount=#10000 " ROUNDS "l3.price=*5000 l3.amount=*5000",
		.code = "registry.amount", .says = "lines of kind rounding have 5000.000000, of 1 others" },
	{ .name = "the largest numbers there are", .way = '<', .day = 1,
		.facts = ROUNDED("") "l1.kind=fee l1.quantity=#9223372036854775807 l1.price=#9223372036854775807 l1.amount=#1" },
};
STORY(money_is_rounded_as_agreed, rounding)

static const struct step ages[] = {
	{ .name = "a day is agreed", .way = '<', .day = 11,
		.facts = OUT "agreed_age=#86400 id=o1 action=unplanned sequence=#1 created=@10" },
	{ .name = "it is older", .way = '<', .day = 12,
		.facts = OUT "agreed_age=#86400 id=o1 action=unplanned sequence=#1 created=@10",
		.code = "registry.clock", .says = "what is older than 1d is made anew; for a longer way agree on another age" },
	{ .name = "nothing is", .way = '<', .day = 40,
		.facts = OUT "id=o1 action=unplanned sequence=#1 created=@10" },
};
STORY(a_document_is_as_old_as_agreed, ages)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_HOUSE(a_registration_is_in_force_by_its_decision),
		IN_A_HOUSE(nothing_is_in_two_aggregations),
		IN_A_HOUSE(documents_of_one_message_judge_each_other),
		IN_A_HOUSE(a_change_is_of_its_time),
		IN_A_HOUSE(an_emergency_holds_beside_what_was_planned),
		IN_A_HOUSE(the_latest_revision_counts),
		IN_A_HOUSE(a_service_goes_from_request_to_remittance),
		IN_A_HOUSE(what_ends_is_judged_by_when_it_may_have_come),
		IN_A_HOUSE(an_invoice_is_corrected_cancelled_and_credited),
		IN_A_HOUSE(an_invoice_agrees_with_its_award),
		IN_A_HOUSE(quantities_are_of_their_time),
		IN_A_HOUSE(services_go_the_way_they_were_asked_for),
		IN_A_HOUSE(services_are_what_was_asked_for),
		IN_A_HOUSE(limits_of_parts_are_known_as_far_as_they_are),
		IN_A_HOUSE(what_limits_leave_is_not_guessed),
		IN_A_HOUSE(a_limit_said_over_and_over),
		IN_A_HOUSE(a_ledger_of_version_13_is_taken_over),
		IN_A_HOUSE(there_are_as_many_as_are_registered),
		IN_A_HOUSE(the_same_energy_is_paid_once),
		IN_A_HOUSE(what_others_may_have_delivered_is_not_guessed),
		IN_A_HOUSE(what_is_kept_of_a_count_is_right),
		IN_A_HOUSE(notices_are_for_what_the_other_side_has),
		IN_A_HOUSE(feeders_are_where_the_aggregation_is),
		IN_A_HOUSE(what_is_said_by_feeder_is_there),
		IN_A_HOUSE(who_is_on_no_feeder_may_be_on_any),
		IN_A_HOUSE(parts_are_no_more_than_all),
		IN_A_HOUSE(what_is_asked_for_is_where_it_is_asked_for),
		IN_A_HOUSE(what_is_delivered_is_said_once),
		IN_A_HOUSE(what_is_agreed_once_holds),
		IN_A_HOUSE(what_a_document_refers_to_is_there),
		IN_A_HOUSE(hostile_facts_are_refused_or_mean_nothing),
		IN_A_HOUSE(facts_that_are_cut_do_no_harm),
		IN_A_HOUSE(findings_are_counted_beyond_what_is_told),
		IN_A_HOUSE(many_limits_cost_as_much_as_there_is_room_for),
		IN_A_HOUSE(what_is_copied_is_learned),
		IN_A_HOUSE(an_outage_ends_after_it_begins),
		IN_A_HOUSE(nothing_is_paid_to_a_new_payee_at_once),
		IN_A_HOUSE(money_is_rounded_as_agreed),
		IN_A_HOUSE(a_document_is_as_old_as_agreed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
