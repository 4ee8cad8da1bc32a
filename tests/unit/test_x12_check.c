/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong with sets beside a guide, and with the envelopes around them: each row a mistake.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "documents/x12/fan.h"
#include "documents/x12/numbers.h"
#include "x12_house.h"

static struct x12_guide *guide;
static struct x12_rules *rules;
static unsigned wrong;

static int house_open(void **state)
{
	const char *const texts[] = { X12_HOUSE_GUIDE X12_HOUSE_RULES, NULL };
	struct fault f = { 0 };

	(void)state;
	if (x12_house_load(&guide, "bill", texts, &f) != ST_OK ||
		x12_rules_compile(&rules, guide, &f) != ST_OK)
		fail_msg("%s %s", f.code, f.text);
	return 0;
}

static int house_close(void **state)
{
	(void)state;
	x12_rules_free(rules);
	x12_guide_free(guide);
	return 0;
}

static void says(const char *what, struct slice in, const char *expected)
{
	static const size_t chunks[] = { 0, 1, 7, 64, 4096 };

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(1 << 16);

		x12_house_check(&out, guide, rules, in, chunks[i]);
		if (strcmp(buf_text(&out), expected) == 0)
			continue;
		print_error("%s, in pieces of %zu:\n  \"%s\" instead of\n  \"%s\"\n", what,
			chunks[i], buf_text(&out), expected);
		wrong++;
		return;
	}
}

#define BIG "BIG*20240102*INV1~"
#define REF "REF*11*A~"
#define N1 "N1*8S*Us~"
#define TDS "TDS*100~"

static const struct {
	const char *what, *segments, *says;
} bodies[] = {
	{ "nothing", BIG REF N1 TDS, "" },
	{ "every part",
		BIG "REF*OI*X~" REF "REF*ZZ**Y~" N1 "N2*a~N2*b~REF*11*c~N1*SJ*Them*1*123~"
		    "DTM*150*20240229*0304~IT1*1*5~SAC*CC*60~DTM*151*20240301~SAC*DD*40~IT1*2~" TDS,
		"" },
	{ "a required segment", REF N1 TDS, "4:BIG x12.segment.missing " },
	{ "the last required segment", BIG REF N1, "7:TDS x12.segment.missing " },
	{ "a required variant", BIG N1 TDS, "5:REF x12.segment.missing " },
	{ "a required loop", BIG REF TDS, "6:N1 x12.segment.missing " },
	{ "a variant too often", BIG REF "REF*OI*1~REF*OI*2~" N1 TDS,
		"7:REF x12.segment.repeats " },
	{ "a position too often", BIG REF REF REF REF REF N1 TDS, "9:REF x12.segment.repeats " },
	{ "a loop too often", BIG REF N1 "N1*AA*1~N1*AA*2~N1*AA*3~" TDS, "9:N1 x12.loop.repeats " },
	{ "a loop's variant too often", BIG REF N1 N1 TDS, "7:N1 x12.loop.repeats " },
	{ "a segment in a loop too often", BIG REF N1 "N2*1~N2*2~N2*3~" TDS,
		"9:N2 x12.segment.repeats " },
	{ "a segment of the set out of order", BIG N1 "DTM*150*20240102~" REF TDS,
		"5:REF x12.segment.missing 7:REF x12.segment.late " },
	{ "the same twice", BIG N1 "DTM*150*20240102~" REF REF TDS,
		"5:REF x12.segment.missing 7:REF x12.segment.late 8:REF x12.segment.order " },
	{ "another than is missing out of order", BIG N1 "DTM*150*20240102~REF*OI*X~" TDS,
		"5:REF x12.segment.missing 7:REF x12.segment.order " },
	{ "one out of order, and none is missing", BIG REF N1 "DTM*150*20240102~REF*OI*X~" TDS,
		"8:REF x12.segment.order " },
	{ "another segment that is missing, out of order", REF BIG N1 TDS,
		"4:BIG x12.segment.missing 5:BIG x12.segment.late " },
	{ "a loop out of order, and what is in it", BIG REF N1
		"DTM*150*20240102~N1*AA*1~N2*x~REF*11*c~" TDS, "8:N1 x12.segment.order " },
	{ "the open loop goes on behind it", BIG REF N1
		"IT1*1*5~N1*SJ*Them*1*123~N2*a~SAC*CC*60~DTM*150*20240102~" "TDS*60~",
		"8:N1 x12.segment.order " },
	{ "two of them", BIG REF N1 "IT1*1~N1*AA*1~N2*a~N1*AA*2~N2*b~" TDS,
		"8:N1 x12.segment.order 10:N1 x12.segment.order " },
	{ "what is wrong in it", BIG REF N1 "IT1*1~N1*AA*1~N2*1~N2*2~N2*3~" TDS,
		"8:N1 x12.segment.order 11:N2 x12.segment.repeats " },
	{ "a loop that is missing, and comes", BIG REF "IT1*1~" N1 "N2*x~" TDS,
		"6:N1 x12.segment.missing 7:N1 x12.segment.late " },
	{ "a loop that begins with the loop in it", BIG REF N1 "SAC*CC*60~DTM*150*20240102~SAC*CC*40~"
		TDS, "7:IT1 x12.segment.missing " },
	{ "a segment of a loop that must come", BIG REF "N2*x~DTM*150*20240102~" TDS,
		"6:N1 x12.segment.missing " },
	{ "one that comes before what must come", BIG "SAC*CC*60~" REF N1 TDS,
		"5:SAC x12.segment.unexpected " },
	{ "a loop that begins with the loop in it, out of order", BIG REF N1 TDS "SAC*CC*100~",
		"8:SAC x12.segment.unexpected " },
	{ "a segment that is not in the set", BIG REF "PTD*1~" N1 TDS,
		"6:PTD x12.segment.unknown " },
	{ "the first and the last segment of X12", BIG REF "A1*1~ZT~" N1 TDS,
		"6:A1 x12.segment.unknown 7:ZT x12.segment.unknown " },
	{ "a segment that X12 does not have", BIG REF "XYZ*1~" N1 TDS, "6:XYZ x12.segment.id " },
	{ "a segment that nobody knows by its length", BIG REF "WXYZ*1~" N1 TDS,
		"6:WXY x12.segment.id " },
	{ "one that a variant does not use", BIG REF N1 "N1*SJ*a*1*12~REF*AA*1~" TDS,
		"8:REF x12.segment.unexpected " },
	{ "an element of a variant", BIG REF N1 "N1*SJ*a~" TDS, "7:N104 x12.element.missing " },
	{ "a required element", "BIG*20240102~" REF N1 TDS, "4:BIG02 x12.element.missing " },
	{ "a code", "BIG*20240102*I*****XX~" REF N1 TDS, "4:BIG07 x12.element.code " },
	{ "too long", "BIG*20240102*12345678901234567890123~" REF N1 TDS,
		"4:BIG02 x12.element.long " },
	{ "too short", BIG REF "N1*8S**1*1~" TDS, "6:N104 x12.element.short " },
	{ "too many elements", BIG REF N1 "TDS*1*2~", "7:TDS02 x12.element.many " },
	{ "blanks for what is required", "BIG*20240102*   ~" REF N1 TDS,
		"4:BIG02 x12.element.missing " },
	{ "blanks for a part that is required", BIG "REF*11*A**OI> ~" N1 TDS,
		"5:REF04-2 x12.element.missing " },
	{ "blanks for what may be left out", BIG "REF*11* ~" N1 TDS, "" },
	{ "a blank in front", "BIG*20240102* 7~" REF N1 TDS, "" },
	{ "a date before all years", "BIG*00000101*INV1~" REF N1 TDS, "4:BIG01 x12.element.date " },
	{ "no date", "BIG*20240230*I~" REF N1 TDS, "4:BIG01 x12.element.date " },
	{ "no time", BIG REF N1 "DTM*150*20240102*2460~" TDS, "7:DTM03 x12.element.time " },
	{ "no seconds", BIG REF N1 "DTM*150*20240102*03040:~" TDS, "7:DTM03 x12.element.time " },
	{ "no number", BIG REF N1 "TDS*1.00~", "7:TDS01 x12.element.number " },
	{ "an exponent", BIG REF N1 "IT1*1*1E3~SAC*CC*100~" TDS, "7:IT102 x12.element.number " },
	{ "no number, and then one in the next loop", BIG REF N1 "IT1*1*1E3~IT1*2*7~" TDS,
		"7:IT102 x12.element.number 8:IT102 x12.rule.line " },
	{ "two parts of one that has none", "BIG*20240102*A>B~" REF N1 TDS,
		"4:BIG02 x12.element.character " },
	{ "a part of a composite that is missing", BIG "REF*11*A**OI~" N1 TDS,
		"5:REF04-2 x12.element.missing " },
	{ "one of a list", BIG "REF*11~" N1 TDS, "5:REF02 x12.element.needed " },
	{ "all of a list", BIG REF "N1*8S*a*1~" TDS, "6:N104 x12.element.needed " },
	{ "the second of a pair by the first", BIG REF N1 "DTM*150**0304~" TDS,
		"7:DTM02 x12.element.needed " },
	{ "one too many of a list", BIG REF N1 "IT1~SAC*CC*1*1~" TDS,
		"8:SAC03 x12.element.excluded 9:TDS01 x12.rule.total " },
	{ "an empty segment", BIG REF "N1~" TDS,
		"6:N101 x12.element.missing 6:N102 x12.element.needed "
		"7:N1 x12.segment.missing " },
	{ "a sum", BIG REF N1 "IT1*1*5~SAC*CC*60~SAC*CC*50~" TDS, "10:TDS01 x12.rule.total " },
	{ "a rule in each loop", BIG REF N1 "IT1*1*5~IT1*2*7~SAC*CC*100~IT1*3*0~" TDS,
		"7:IT102 x12.rule.line " },
};

static void bodies_beside_a_guide(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(4096);

		x12_house_wrap(&in, "810", "IN", bodies[i].segments);
		says(bodies[i].what, buf_slice(&in), bodies[i].says);
	}
	assert_int_equal(wrong, 0);
}

#define ISA_OF(number) "ISA*00*          *00*          *01*123456789      *01*987654321      *" \
	"240102*0304*U*00401*" number "*0*P*>~"
#define ISA ISA_OF("000000001")
#define GS "GS*IN*123456789*987654321*20240102*0304*1*X*004010~"
#define ST "ST*810*0001~"
#define SET BIG REF N1 TDS
#define SE "SE*6*0001~"
#define SE_EMPTY "SE*2*0001~"
#define GE "GE*1*1~"
#define IEA "IEA*1*000000001~"

/* The header breaks in the date; of what follows one segment's id does, and an element. */
#define WRAPPED(line)                                                                    \
	"ISA*00*          *00*          *01*123456789      *01*987654321      *240102*0304*U" line \
	"*00401*000000001*0*P*>~GS*IN*123456789*987654321*20240102*0304*1*X*004010~ST*81" line \
	"0*0001~" BIG "R" line "EF*11*A~N1*8S*U" line "s~TDS*100~SE*6*0001~GE*1*1~IEA*1*000000001~"

static const struct {
	const char *what, *in, *says;
} envelopes[] = {
	{ "nothing", ISA GS ST SET SE GE IEA, "" },
	{ "an empty interchange", ISA "IEA*0*000000001~", "" },
	{ "two interchanges", ISA GS ST SET SE GE IEA "\n" ISA_OF("000000002")
		"IEA*0*000000002~", "" },
	{ "the number of a set", ISA GS ST SET "SE*6*0002~" GE IEA, "8:SE02 x12.se.number " },
	{ "the count of a set", ISA GS ST SET "SE*7*0001~" GE IEA, "8:SE01 x12.se.count " },
	{ "no end of a set", ISA GS ST SET GE IEA, "8:GE x12.se.missing " },
	{ "no end of a group", ISA GS ST SET SE IEA, "9:IEA x12.ge.missing " },
	{ "no end of an interchange", ISA GS ST SET SE GE, "9: x12.iea.missing " },
	{ "no end at all", ISA GS ST SET, "7: x12.se.missing " },
	{ "the end in a set, of which more is missing", ISA GS ST BIG, "4: x12.se.missing " },
	{ "the end behind a set", ISA GS ST SET SE, "8: x12.ge.missing " },
	{ "no end of a set, of which more is missing", ISA GS ST BIG REF N1 GE IEA,
		"7:GE x12.se.missing 7:TDS x12.segment.missing " },
	{ "no end of a set and its group", ISA GS ST SET IEA, "8:IEA x12.se.missing " },
	{ "another interchange in a set", ISA GS ST BIG ISA_OF("000000002") "IEA*0*000000002~",
		"5:ISA x12.se.missing " },
	{ "a Ctrl-Z behind the end", ISA GS ST SET SE GE IEA "\x1a", "10: x12.padding " },
	{ "two of them, and text", ISA GS ST SET SE GE IEA "\r\n\x1a\x1a hello",
		"10: x12.padding 10: x12.junk " },
	{ "a byte order mark in front", "\xef\xbb\xbf" ISA "IEA*0*000000001~", "" },
	{ "a byte order mark before another interchange",
		ISA "IEA*0*000000001~\n\xef\xbb\xbf" ISA_OF("000000002") "IEA*0*000000002~",
		"2: x12.padding " },
	{ "half a byte order mark", ISA "IEA*0*000000001~\xef\xbb" ISA_OF("000000002")
		"IEA*0*000000002~", "2: x12.junk " },
	{ "blanks for a sender",
		"ISA*00*          *00*          *01*               *01*987654321      *"
		"240102*0304*U*00401*000000001*0*P*>~IEA*0*000000001~", "1:ISA06 x12.isa.element " },
	{ "no authorization, not even blanks",
		"ISA*00**00*          *01*123456789      *01*987654321      *"
		"240102*0304*U*00401*000000001*0*P*>~IEA*0*000000001~", "1:ISA02 x12.isa.element " },
	{ "the end in an end", ISA GS ST SET "SE*6", "8:SE x12.segment.open " },
	{ "the end in an end of all", ISA GS ST SET SE GE "IEA*1*0000", "10:IEA x12.segment.open " },
	{ "two terminators outside of a set", ISA GS ST SET SE "~" GE IEA,
		"9: x12.segment.outside-set " },
	{ "the number of a group", ISA GS ST SET SE "GE*1*2~" IEA, "9:GE02 x12.ge.number " },
	{ "the count of a group", ISA GS ST SET SE "GE*2*1~" IEA, "9:GE01 x12.ge.count " },
	{ "a group without sets", ISA GS "GE*0*1~" IEA, "3:GE01 x12.group.empty " },
	{ "a group without sets that says it has one", ISA GS "GE*1*1~" IEA,
		"3:GE01 x12.ge.count " },
	{ "the number of an interchange", ISA GS ST SET SE GE "IEA*1*000000002~",
		"10:IEA02 x12.iea.number " },
	{ "the count of an interchange", ISA GS ST SET SE GE "IEA*2*000000001~",
		"10:IEA01 x12.iea.count " },
	{ "a set twice", ISA GS ST SET SE ST SET SE "GE*2*1~" IEA, "9:ST02 x12.set.number.twice " },
	{ "a group twice", ISA GS ST SET SE GE GS ST SET SE GE "IEA*2*000000001~",
		"10:GS06 x12.gs.number.twice " },
	{ "an interchange twice", ISA "IEA*0*000000001~" ISA "IEA*0*000000001~",
		"3:ISA13 x12.isa.number.twice " },
	{ "a segment outside of a set", ISA GS "REF*11*A~" ST SET SE GE IEA,
		"3:REF x12.segment.outside-set " },
	{ "a segment outside of a group", ISA "REF*11*A~" GS ST SET SE GE IEA,
		"2:REF x12.segment.outside-group " },
	{ "an unknown set", ISA GS "ST*999*0001~SE*2*0001~" GE IEA, "3:ST01 x12.set.unchecked " },
	{ "an id that no set has", ISA GS "ST*81*0001~SE*2*0001~" GE IEA, "3:ST01 x12.set.id " },
	{ "no id of a set", ISA GS "ST**0001~SE*2*0001~" GE IEA, "3:ST01 x12.set.id " },
	{ "no number of a set that there is no guide for", ISA GS "ST*850~SE*2~" GE IEA,
		"3:ST01 x12.set.unchecked 3:ST02 x12.set.number " },
	{ "too long a number of such a set", ISA GS "ST*850*1234567890~SE*2*1234567890~" GE IEA,
		"3:ST01 x12.set.unchecked 3:ST02 x12.set.number " },
	{ "no number of a set that there is a guide for", ISA GS "ST*810~" SET "SE*6~" GE IEA,
		"3:ST02 x12.element.missing 8:SE02 x12.element.missing " },
	{ "a qualifier that X12 does not have",
		"ISA*00*          *00*          *QQ*123456789      *01*987654321      *"
		"240102*0304*U*00401*000000001*0*P*>~IEA*0*000000001~", "1:ISA05 x12.isa.element " },
	{ "authorization that X12 does not have",
		"ISA*99*          *00*          *ZZ*123456789      *01*987654321      *"
		"240102*0304*U*00401*000000001*0*P*>~IEA*0*000000001~", "1:ISA01 x12.isa.element " },
	{ "security that X12 does not have",
		"ISA*00*          *09*          *ZZ*123456789      *01*987654321      *"
		"240102*0304*U*00401*000000001*0*P*>~IEA*0*000000001~", "1:ISA03 x12.isa.element " },
	{ "an agency that X12 does not have",
		ISA "GS*IN*123456789*987654321*20240102*0304*1*Q*004010~" ST SET SE GE IEA,
		"2:GS07 x12.gs.element " },
	{ "a year of two digits", ISA "GS*IN*123456789*987654321*240102*0304*1*X*004010~" ST SET SE
		GE IEA, "2:GS04 x12.gs.element " },
	{ "a year of two digits, when it had",
		ISA "GS*IN*123456789*987654321*240102*0304*1*X*003040~" ST SE_EMPTY GE IEA,
		"3:ST01 x12.set.unchecked " },
	{ "a group of a negative number",
		ISA "GS*IN*123456789*987654321*20240102*0304*-1*X*004010~" ST SET SE "GE*1*-1~" IEA,
		"2:GS06 x12.gs.element " },
	{ "a group of the number 0",
		ISA "GS*IN*123456789*987654321*20240102*0304*00*X*004010~" ST SET SE "GE*1*00~" IEA,
		"2:GS06 x12.gs.element " },
	{ "a group of what is no number",
		ISA "GS*IN*123456789*987654321*20240102*0304*-A*X*004010~" ST SET SE "GE*1*-A~" IEA,
		"2:GS06 x12.gs.element 9:GE02 x12.gs.element " },
	{ "a group of no number", ISA "GS*IN*123456789*987654321*20240102*0304**X*004010~" ST SET SE
		"GE*1*~" IEA, "2:GS06 x12.gs.element 9:GE02 x12.gs.element " },
	{ "a year of two digits, in a version that there is not",
		ISA "GS*IN*123456789*987654321*240102*0304*1*X*00400401~" ST SE_EMPTY GE IEA,
		"3:ST01 x12.set.unchecked " },
	{ "an acknowledgment of an interchange",
		ISA "TA1*42*24011*2565*R*015~IEA*0*000000001~", "" },
	{ "an acknowledgment of another kind",
		ISA "TA1*000000042*240101*0304*X*000~IEA*0*000000001~", "2:TA104 x12.ta1.element " },
	{ "an acknowledgment that says too little, and too much",
		ISA "TA1*42*240101*0304*A~TA1*000000042*240101*0304*A*000*1~IEA*0*000000001~",
		"2:TA105 x12.ta1.element 3:TA106 x12.ta1.element " },
	{ "lines of 80 characters", WRAPPED("\n"), "1:ISA x12.isa.wrapped " },
	{ "lines of 80 characters, as of Windows", WRAPPED("\r\n"), "1:ISA x12.isa.wrapped " },
	{ "two such interchanges, the second from the middle of a line",
		WRAPPED("\n") "ISA*00*          *00*\n          *01*123456789      *01*987654321   "
		"   *240102*0304*U*\n00401*000000002*0*P*>~IEA*0*00000\n0002~",
		"1:ISA x12.isa.wrapped 11:ISA x12.isa.wrapped " },
	{ "one such, and then one that is not", WRAPPED("\n") "\n" ISA_OF("000000002") GS ST BIG REF
		"N1*8S*U\ts~" TDS SE GE "IEA*1*000000002~",
		"1:ISA x12.isa.wrapped 16:N102 x12.element.character " },
	{ "a line end where few records end, but in a text",
		"ISA*00*          *00*          *01*123456789      *01*987654321   \n  *240102*0304*U*"
		"00401*000000001*0*P*>~IEA*0*000000001~", "1:ISA08 x12.isa.element " },
	{ "a line end where no record ends", "ISA*00*   \n      *00*          *01*123456789      *01*"
		"987654321      *240102*0304*U*00401*000000001*0*P*>~IEA*0*000000001~",
		"1:ISA02 x12.isa.element " },
	{ "behind the end", ISA GS ST SET SE GE IEA "hello", "10: x12.junk " },
	{ "before the beginning", "hello " ISA GS ST SET SE GE IEA, "0: x12.junk " },
	{ "another version", ISA "GS*IN*123456789*987654321*20240102*0304*1*X*005010~" ST SET SE GE
		IEA, "3:ST01 x12.set.unchecked " },
	{ "another version behind the right one", ISA GS ST SET SE GE
		"GS*IN*123456789*987654321*20240102*0304*2*X*005010~" ST SET SE "GE*1*2~IEA*2*000000001~",
		"11:ST01 x12.set.unchecked " },
	{ "another set between two", ISA GS ST SET SE "ST*850*0002~SE*2*0002~ST*810*0003~" SET
		"SE*6*0003~GE*3*1~" IEA, "9:ST01 x12.set.unchecked " },
	{ "the end in the middle of a segment", ISA GS ST "BIG*2024",
		"4:BIG x12.segment.open " },
};

static void envelopes_around_sets(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof(envelopes) / sizeof(envelopes[0]); i++)
		says(envelopes[i].what, slice_str(envelopes[i].in), envelopes[i].says);
	assert_int_equal(wrong, 0);
}

/* A byte that no C string holds. */
static void a_nul_is_named(void **state)
{
	(void)state;
	wrong = 0;
	says("behind the end", S(ISA "IEA*0*000000001~\0\0"), "2: x12.padding ");
	says("between", S(ISA "IEA*0*000000001~\0" ISA_OF("000000002") "IEA*0*000000002~"),
		"2: x12.padding ");
	says("in front", S("\0" ISA "IEA*0*000000001~"), "0: x12.padding ");
	assert_int_equal(wrong, 0);
}

static void checked_finding(void *context, const struct x12_finding *finding)
{
	if (finding->problem != X12_SET_UNCHECKED)
		x12_house_finding(context, finding);
}

/* More numbers than are remembered: it is told once, and what is remembered still counts. */
static void forgotten_numbers_are_told(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(1 << 20), out = buf_init(1 << 20);
	struct x12_listener listener = { .context = &out, .finding = checked_finding };
	AUTO(x12_check) check = x12_check_new(NULL, 0, false, &listener);
	const unsigned sets = X12_RANGES_MAX + 2;
	char expected[160];

	(void)state;
	buf_put_text(&in, ISA GS);
	for (unsigned i = 0; i < sets; i++)
		buf_putf(&in, "ST*850*%06u~SE*2*%06u~", 2 * i, 2 * i);
	buf_putf(&in, "ST*850*%06u~SE*2*%06u~ST*850*000000~SE*2*000000~GE*%u*1~IEA*1*000000001~",
		2 * sets - 2, 2 * sets - 2, sets + 2);
	x12_check_whole(check, buf_slice(&in));
	snprintf(expected, sizeof(expected), "%u:ST x12.numbers.many %u:ST02 x12.set.number.twice ",
		3 + 2 * X12_RANGES_MAX, 3 + 2 * (sets + 1));
	assert_string_equal(buf_text(&out), expected);
}

static void offset_take(void *context, const struct x12_finding *finding)
{
	uint64_t *at = context;

	if (*at == UINT64_MAX)
		*at = finding->place.offset;
}

/* Of what is wrong in it; "@" stands before that. */
static const struct {
	const char *what, *in;
} offsets[] = {
	{ "an element", ISA GS ST BIG REF "N1*8S*Us*1*@x~" TDS SE GE IEA },
	{ "a component", ISA GS ST BIG "REF*11*A**OI>@1234567890123456789012345678901~" N1 TDS SE GE
		IEA },
	{ "a component that is missing: its composite", ISA GS ST BIG "REF*11*A**@OI~" N1 TDS SE GE
		IEA },
	{ "an element that is missing within", ISA GS ST "BIG*@*INV1~" REF N1 TDS SE GE IEA },
	{ "an element that is missing behind: the segment", ISA GS ST "@BIG*20240102~" REF N1 TDS SE
		GE IEA },
	{ "a segment", ISA GS ST BIG REF "@XYZ*1~" N1 TDS "SE*7*0001~" GE IEA },
	{ "one of too many elements", ISA GS ST BIG REF N1 "TDS*100*@2~" SE GE IEA },
	{ "an unknown code in the header",
		"ISA*00*          *00*          *@QQ*123456789      *01*987654321      *240102*0304"
		"*U*00401*000000001*0*P*>~" GS ST SET SE GE IEA },
	{ "a number of a set", ISA GS ST SET "SE*6*@0002~" GE IEA },
	{ "a set that is not known", ISA GS "ST*@850*0001~" "SE*2*0001~" GE IEA },
	{ "a year of two digits", ISA "GS*IN*123456789*987654321*@240102*0304*1*X*004010~" ST SET SE
		GE IEA },
	{ "the end", ISA GS ST SET SE GE "@" },
};

static uint64_t offset_of(struct slice in, size_t chunk)
{
	struct x12_checked_guide checked = { guide, rules };
	uint64_t at = UINT64_MAX;
	struct x12_listener listener = { .context = &at, .finding = offset_take };
	AUTO(x12_check) check = x12_check_new(&checked, 1, false, &listener);

	for (size_t from = 0; from < in.n; from += chunk)
		x12_check_feed(check, slice_sub(in, from, chunk), false);
	x12_check_feed(check, S(""), true);
	return at;
}

static void findings_say_where_their_element_is(void **state)
{
	static const size_t chunks[] = { 1, 7, 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		for (size_t c = 0; c < sizeof(chunks) / sizeof(chunks[0]); c++) {
			AUTO_IN_PLACE(buf) in = buf_init(4096);
			struct slice before, behind;
			uint64_t at;

			slice_cut(&before, &behind, slice_str(offsets[i].in), '@');
			buf_put(&in, before);
			buf_put(&in, behind);
			at = offset_of(buf_slice(&in), chunks[c]);
			if (at != before.n)
				fail_msg("%s: at %llu, not %zu", offsets[i].what,
					(unsigned long long)at, before.n);
		}
}

/* Beside others that do not: each hears what it asked for. */
static void what_follows_is_told_to_who_asks(void **state)
{
	AUTO_IN_PLACE(buf) some = buf_init(4096), all = buf_init(4096);
	struct x12_listener listeners[] = { { .context = &some, .finding = x12_house_finding },
		{ .context = &all, .finding = x12_house_finding, .takes_following = true } };
	struct x12_checked_guide checked = { guide, rules };
	struct x12_fan fan = { 0 };
	struct x12_listener both = x12_fan_listener(&fan);
	AUTO(x12_check) check = x12_check_new(&checked, 1, false, &both);

	(void)state;
	x12_fan_add(&fan, &listeners[0]);
	x12_fan_add(&fan, &listeners[1]);
	x12_check_whole(check, S(ISA GS ST BIG REF N1 "TDS*1"));
	assert_string_equal(buf_text(&some), "7:TDS x12.segment.open ");
	assert_string_equal(buf_text(&all), "7:TDS x12.segment.open 7: x12.se.missing "
		"7: x12.ge.missing 7: x12.iea.missing ");
	assert_int_equal(x12_check_totals(check)->errors, 1);
	assert_int_equal(x12_check_totals(check)->sets_in_error, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_beside_a_guide),
		cmocka_unit_test(envelopes_around_sets),
		cmocka_unit_test(a_nul_is_named),
		cmocka_unit_test(forgotten_numbers_are_told),
		cmocka_unit_test(findings_say_where_their_element_is),
		cmocka_unit_test(what_follows_is_told_to_who_asks),
	};

	return cmocka_run_group_tests(tests, house_open, house_close);
}
