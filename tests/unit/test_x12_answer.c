/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each error of an interchange has its lines in the answer, and no others; every answer is valid
 * itself, as a guide of 997 and 999 has it, whatever it answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>

#include "base/fd.h"
#include "x12_answers.h"
#include "x12_files.h"

#define ISA(asked, version, last)                                                          \
	"ISA*00*          *00*          *01*123456789T     *14*987654321      *260102*0304*" \
	last "*" version "*000000042*" asked "*T*>~"
#define GS(number, version) "GS*IN*1234567891500*987654321*20260102*0304*" number "*X*" version "~"
#define OLD ISA("0", "00401", "U") GS("7", "004010")
#define NEW ISA("0", "00501", "^") GS("7", "005010")
#define IEA "IEA*1*000000042~"
#define ONE "GE*1*7~" IEA

#define BACK(version, last)                                                                \
	"ISA*00*          *00*          *14*987654321      *01*123456789T     *261123*1805*" \
	last "*" version "*000000001*0*T*>~"
#define GS_BACK(n, version) "GS*FA*987654321*1234567891500*20261123*1805*" n "*X*" version "~"
#define OLD_BACK BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*7~"
#define NEW_BACK BACK("00501", "^") GS_BACK("1", "005010") "ST*999*0001~AK1*IN*7*005010~"
#define END(segments) "SE*" segments "*0001~GE*1*1~IEA*1*000000001~"

/* One good set in a group whose header has these elements; and the answers to it. */
#define GS_AS(id, date, time, number, agency, version)                                     \
	ISA("0", "00401", "U") "GS*" id "*1234567891500*987654321*" date "*" time "*" number \
	"*" agency "*" version "~" GOOD("0001") "GE*1*" number "~" IEA
#define REJECTED(codes) "AK2*810*0001~AK5*R~AK9*R*1*1*0" codes "~" END("6")
#define CONTENT_BACK BACK("00401", "U") "TA1*000000042*260102*0304*E*024~" \
	GS_BACK("1", "004010") "ST*997*0001~AK1*IN*7~"

#define CONTENT_ONLY \
	BACK("00401", "U") "TA1*000000042*260102*0304*E*024~IEA*0*000000001~"
#define ISA_AT(date, time)                                                                  \
	"ISA*00*          *00*          *01*123456789T     *14*987654321      *" date "*" time \
	"*U*00401*000000042*0*T*>~IEA*0*000000042~"
#define REFUSED(when, note)                                                                \
	BACK("00401", "U") "TA1*000000042*" when "*R*" note "~IEA*0*000000001~"
#define FA(date) \
	ISA("0", "00401", "U") "GS*FA*1234567891500*987654321*" date "*0304*7*X*004010~"
#define FA_SET "ST*997*0001~AK1*IN*1~AK9*A*1*1*1~SE*4*0001~"

#define GOOD(number) \
	"ST*810*" number "~BIG*20260102*A1~N1*8S*U~IT1*1*5~TDS*500~SE*6*" number "~"

struct row {
	const char *name;
	const char *in, *out;
	struct x12_answer_options options;
	bool is_strict;
};

/* One set, its third segment or so wrong. */
#define SET(name, body, count, lines, segments)                                          \
	{ name, OLD "ST*810*0001~" body "SE*" count "*0001~" ONE,                        \
		OLD_BACK "AK2*810*0001~" lines "AK5*R*5~AK9*R*1*1*0~" END(segments), { 0 }, false }
#define NEW_SET(name, body, count, lines, segments)                                      \
	{ name, NEW "ST*810*0001~" body "SE*" count "*0001~" ONE,                        \
		NEW_BACK "AK2*810*0001~" lines "IK5*R*5~AK9*R*1*1*0~" END(segments), { 0 }, false }

static const struct row rows[] = {
	{ "all is well", OLD GOOD("0001") ONE,
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "all is well, 005010", NEW GOOD("0001") ONE,
		NEW_BACK "AK2*810*0001~IK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "a 997 of 005010", NEW GOOD("0001") ONE,
		BACK("00501", "^") GS_BACK("1", "005010") "ST*997*0001~AK1*IN*7*005010~"
		"AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { .as = X12_AS_997 }, false },
	{ "a 999 of 004010", OLD GOOD("0001") ONE,
		BACK("00401", "U") GS_BACK("1", "005010") "ST*999*0001~AK1*IN*7*004010~"
		"AK2*810*0001~IK5*A~AK9*A*1*1*1~" END("6"), { .as = X12_AS_999 }, false },
	{ "a guide of the authors of the 999",
		ISA("0", "00501", "^") GS("7", "005010X222A1") "ST*837*0001*005010X222A1~SE*2*0001~" ONE,
		BACK("00501", "^") GS_BACK("1", "005010X231A1") "ST*999*0001*005010X231A1~"
		"AK1*IN*7*005010X222A1~AK2*837*0001*005010X222A1~IK5*A~AK9*A*1*1*1~" END("6"),
		{ 0 }, false },
	{ "a set nobody knows", OLD "ST*999*0001~SE*2*0001~" ONE,
		OLD_BACK "AK2*999*0001~AK5*R*1~AK9*R*1*1*0~" END("6"), { 0 }, true },
	{ "a set that is not checked", OLD "ST*867*0001~SE*2*0001~" ONE,
		OLD_BACK "AK2*867*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "a version that the set's guide is not of",
		ISA("0", "00401", "U") GS("7", "XX4010") GOOD("0001") ONE,
		OLD_BACK "AK2*810*0001~AK5*R~AK9*R*1*1*0*2~" END("6"), { 0 }, true },
	{ "a version that nobody asks for",
		ISA("0", "00401", "U") GS("7", "XX4010") GOOD("0001") ONE,
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "a group nobody has guides for", ISA("0", "00401", "U")
		"GS*PO*1234567891500*987654321*20260102*0304*7*X*XX4010~ST*850*0001~SE*2*0001~" ONE,
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*PO*7~"
		"AK2*850*0001~AK5*R*1~AK9*R*1*1*0~" END("6"), { 0 }, true },
	{ "what acknowledges is never unknown", ISA("0", "00401", "U")
		"GS*FA*1234567891500*987654321*20260102*0304*7*X*003040~ST*997*0001~SE*2*0001~" ONE,
		"", { 0 }, true },
	/* AK3 and AK4 */
	SET("an element is missing", "BIG*20260102~TDS*0~", "4",
		"AK3*BIG*2**8~AK4*2*76*1~", "8"),
	SET("two elements are wrong", "BIG*20260231*A1234567890123456789012~TDS*0~", "4",
		"AK3*BIG*2**8~AK4*1*373*8*20260231~AK4*2*76*5*A1234567890123456789012~", "9"),
	SET("a code is none of its list", "BIG*20260102*A1~REF*ZZ*1~TDS*0~", "5",
		"AK3*REF*3**8~AK4*1*128*7*ZZ~", "8"),
	SET("one of several is needed", "BIG*20260102*A1~REF*45~TDS*0~", "5",
		"AK3*REF*3**8~AK4*2*127*2~", "8"),
	SET("an element that is not used", "BIG*20260102*A1~REF*45*1**x~TDS*0~", "5",
		"AK3*REF*3**8~AK4*4*352*3*x~", "8"),
	SET("too many elements", "BIG*20260102*A1~REF*45*1***more~TDS*0~", "5",
		"AK3*REF*3**8~AK4*5**3*more~", "8"),
	SET("a component, in a loop", "BIG*20260102*A1~IT1*1*0*XX>1234~TDS*0~", "5",
		"AK3*IT1*3*IT1*8~AK4*3>1*355*7*XX~AK4*3>2*1018*5*1234~", "9"),
	SET("too many components", "BIG*20260102*A1~IT1*1*0*KH>1>2~TDS*0~", "5",
		"AK3*IT1*3*IT1*8~AK4*3**3*KH 1 2~", "8"),
	SET("no number", "BIG*20260102*A1~IT1*1*x~TDS*0~", "5",
		"AK3*IT1*3*IT1*8~AK4*2*358*6*x~", "8"),
	SET("a segment of other sets", "BIG*20260102*A1~PTD*1~TDS*0~", "5",
		"AK3*PTD*3**6~", "7"),
	SET("a segment X12 does not have", "BIG*20260102*A1~ZZZ*1~TDS*0~", "5",
		"AK3*ZZZ*3**1~", "7"),
	SET("no segment id", "BIG*20260102*A1~lower*1~TDS*0~", "5", "AK3*low*3**1~", "7"),
	SET("an empty segment", "BIG*20260102*A1~*1~TDS*0~", "5", "AK3*??*3**1~", "7"),
	SET("too late", "BIG*20260102*A1~TDS*0~N1*8S~", "5", "AK3*N1*4**7~", "7"),
	SET("not here", "BIG*20260102*A1~N3*street~TDS*0~", "5", "AK3*N3*3**2~", "7"),
	SET("a segment too often",
		"BIG*20260102*A1~REF*45*1~REF*45*2~REF*45*3~TDS*0~", "7",
		"AK3*REF*5**5~", "7"),
	SET("a loop too often", "BIG*20260102*A1~N1*8S~N1*SJ~N3*x~N1*8S~TDS*0~", "8",
		"AK3*N1*6**4~", "7"),
	SET("a segment is missing", "REF*45*1~TDS*0~", "4", "AK3*BIG*2**3~", "7"),
	SET("the last is missing", "BIG*20260102*A1~", "3", "AK3*TDS*3**3~", "7"),
	SET("one segment, both ways",
		"BIG*20260102*A1~REF*45*1~REF*45*2~REF*ZZ*3~TDS*0~", "7",
		"AK3*REF*5**5~AK3*REF*5**8~AK4*1*128*7*ZZ~", "9"),
	SET("bad data that could cut", "BIG*20260102*A1~REF*>\x01>*1~TDS*0~", "5",
		"AK3*REF*3**8~AK4*1*128*6*   ~", "8"),
	/* the same, of a 999 */
	NEW_SET("999: elements, and the document they are in",
		"BIG*20260102*A1~IT1*1*0*KH^XX~TDS*0~", "5",
		"IK3*IT1*3*IT1*8~CTX*BIG02>A1~IK4*3>1>2*355*7*XX~", "9"),
	NEW_SET("999: too many repetitions", "BIG*20260102*A1~IT1*1*0*KH^EA^KH~TDS*0~", "5",
		"IK3*IT1*3*IT1*8~CTX*BIG02>A1~IK4*3>>3**12*KH~", "9"),
	NEW_SET("999: the first of what is too much, of several",
		"BIG*20260102*A1~IT1*1*0*KH^EA^XX^KH~TDS*0~", "5",
		"IK3*IT1*3*IT1*8~CTX*BIG02>A1~IK4*3>>3**12*XX~", "9"),
	NEW_SET("999: a repetition of what does not repeat", "BIG*20260102*A1^B^C~TDS*0~", "4",
		"IK3*BIG*2**8~IK4*2>>2*76*12*B~", "8"),
	NEW_SET("999: components of what has none", "BIG*20260102*A1>B~TDS*0~", "4",
		"IK3*BIG*2**8~IK4*2*76*13*A1 B~", "8"),
	NEW_SET("999: another character", "BIG*20260102*A1\tB^C~TDS*0~", "4",
		"IK3*BIG*2**8~IK4*2*76*6*A1 B C~", "8"),
	SET("997: components of what has none", "BIG*20260102*A1>B~TDS*0~", "4",
		"AK3*BIG*2**8~AK4*2*76*6*A1 B~", "8"),
	NEW_SET("999: too many components", "BIG*20260102*A1~IT1*1*0*KH>1>2~TDS*0~", "5",
		"IK3*IT1*3*IT1*8~CTX*BIG02>A1~IK4*3>>1**13*KH 1 2~", "9"),
	NEW_SET("999: not used", "BIG*20260102*A1~REF*45*1**x~TDS*0~", "5",
		"IK3*REF*3**8~CTX*BIG02>A1~IK4*4*352*I10*x~", "9"),
	/* AK5 */
	{ "errors that are accepted", OLD "ST*810*0001~BIG*20260102~TDS*0~SE*4*0001~" ONE,
		OLD_BACK "AK2*810*0001~AK3*BIG*2**8~AK4*2*76*1~AK5*E*5~AK9*E*1*1*1~" END("8"),
		{ .accept_errors = true }, false },
	{ "but not those of the set", OLD "ST*810*0001~BIG*20260102~TDS*0~SE*9*0001~" ONE,
		OLD_BACK "AK2*810*0001~AK3*BIG*2**8~AK4*2*76*1~AK5*R*5*4~AK9*R*1*1*0~" END("8"),
		{ .accept_errors = true }, false },
	{ "numbers of the set", OLD "ST*810*0001~BIG*20260102*A1~TDS*0~SE*5*0002~" ONE,
		OLD_BACK "AK2*810*0001~AK5*R*4*3~AK9*R*1*1*0~" END("6"), { 0 }, false },
	{ "the set has no end", OLD "ST*810*0001~BIG*20260102*A1~TDS*0~" ONE,
		OLD_BACK "AK2*810*0001~AK5*R*2~AK9*R*1*1*0~" END("6"), { 0 }, false },
	{ "a set of another group",
		ISA("0", "00401", "U") "GS*PO*1234567891500*987654321*20260102*0304*7*X*004010~"
		GOOD("0001") ONE,
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*PO*7~"
		"AK2*810*0001~AK5*R*6~AK9*R*1*1*0~" END("6"), { 0 }, false },
	{ "a number twice", OLD GOOD("0001") GOOD("0001") "GE*2*7~" IEA,
		OLD_BACK "AK2*810*0001~AK5*A~AK2*810*0001~AK5*R*23~AK9*P*2*2*1~" END("8"),
		{ 0 }, false },
	/* AK9 */
	{ "an empty group", OLD "GE*0*7~" IEA,
		CONTENT_BACK "AK9*R*0*0*0~" END("4"), { 0 }, false },
	{ "an empty group that says it has a set", OLD "GE*1*7~" IEA,
		OLD_BACK "AK9*R*1*0*0*5~" END("4"), { 0 }, false },
	{ "the count of the group is wrong", OLD GOOD("0001") GOOD("0002") "GE*3*7~" IEA,
		OLD_BACK "AK2*810*0001~AK5*R~AK2*810*0002~AK5*R~AK9*R*3*2*0*5~" END("8"),
		{ 0 }, false },
	{ "the number of the group is wrong", OLD GOOD("0001") "GE*1*8~" IEA,
		OLD_BACK "AK2*810*0001~AK5*R~AK9*R*1*1*0*4~" END("6"), { 0 }, false },
	{ "both, and a set", OLD "ST*810*0001~BIG*20260102~TDS*0~SE*4*0001~" "GE*2*8~" IEA,
		OLD_BACK "AK2*810*0001~AK3*BIG*2**8~AK4*2*76*1~AK5*R*5~AK9*R*2*1*0*5*4~" END("8"),
		{ 0 }, false },
	{ "the group has no end", OLD GOOD("0001") IEA,
		OLD_BACK "AK2*810*0001~AK5*R~AK9*R*1*1*0*3~" END("6"), { 0 }, false },
	{ "GS01 is no id", GS_AS("I", "20260102", "0304", "7", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*??*7~"
		"AK2*810*0001~AK5*R*6~AK9*R*1*1*0*1~" END("6"), { 0 }, false },
	{ "GS04 is no day", GS_AS("IN", "20261302", "0304", "7", "X", "004010"),
		CONTENT_BACK REJECTED(""), { 0 }, false },
	{ "GS04 has no century", GS_AS("IN", "260102", "0304", "7", "X", "004010"),
		CONTENT_BACK REJECTED(""), { 0 }, false },
	{ "GS05 is no time", GS_AS("IN", "20260102", "2504", "7", "X", "004010"),
		CONTENT_BACK REJECTED(""), { 0 }, false },
	{ "GS04 is no day, and there shall be no TA1",
		GS_AS("IN", "20261302", "0304", "7", "X", "004010"), OLD_BACK REJECTED(""),
		{ .ta1 = X12_TA1_NEVER }, false },
	{ "GS06 is no number", GS_AS("IN", "20260102", "0304", "A", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*0~" REJECTED("*6"),
		{ 0 }, false },
	{ "GS07 is no agency", GS_AS("IN", "20260102", "0304", "7", "Q", "004010"),
		OLD_BACK REJECTED("*2"), { 0 }, false },
	{ "GE01 is no number", OLD GOOD("0001") "GE*A*7~" IEA, OLD_BACK REJECTED("*5"), { 0 },
		false },
	{ "GE02 is missing", OLD GOOD("0001") "GE*1~" IEA, OLD_BACK REJECTED("*6*4"), { 0 },
		false },
	{ "GS04 is no day, as a 999", ISA("0", "00501", "^")
		"GS*IN*1234567891500*987654321*20261302*0304*7*X*005010~" GOOD("0001") ONE,
		BACK("00501", "^") "TA1*000000042*260102*0304*E*024~" GS_BACK("1", "005010")
		"ST*999*0001~AK1*IN*7*005010~AK2*810*0001~IK5*R~AK9*R*1*1*0~" END("6"), { 0 },
		false },
	{ "two groups, of the same number",
		OLD GOOD("0001") "GE*1*7~" GS("7", "004010") GOOD("0001") "GE*1*7~IEA*2*000000042~",
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*1~"
		GS_BACK("2", "004010") "ST*997*0001~AK1*IN*7~"
		"AK2*810*0001~AK5*R~AK9*R*1*1*0*6~SE*6*0001~GE*1*2~IEA*2*000000001~", { 0 }, false },
	{ "two groups, of the same number with a zero in front",
		OLD GOOD("0001") "GE*1*7~" GS("07", "004010") GOOD("0001") "GE*1*07~IEA*2*000000042~",
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*1~"
		GS_BACK("2", "004010") "ST*997*0001~AK1*IN*07~"
		"AK2*810*0001~AK5*R~AK9*R*1*1*0*6~SE*6*0001~GE*1*2~IEA*2*000000001~", { 0 }, false },
	{ "two sets: with a zero in front it is another's name",
		OLD GOOD("0001") GOOD("00001") "GE*2*7~" IEA,
		OLD_BACK "AK2*810*0001~AK5*A~AK2*810*00001~AK5*A~AK9*A*2*2*2~" END("8"), { 0 }, false },
	{ "segments outside of sets", OLD "NTE*x~NTE*x~" GOOD("0001") ONE,
		CONTENT_BACK REJECTED(""), { 0 }, false },
	{ "segments outside of sets, and a wrong count", OLD "NTE*x~" GOOD("0001") "GE*2*7~" IEA,
		CONTENT_BACK "AK2*810*0001~AK5*R~AK9*R*2*1*0*5~" END("6"), { 0 }, false },
	/* what cannot be repeated has a stand-in, and no part of it */
	{ "GS06 is negative", GS_AS("IN", "20260102", "0304", "-7", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*0~" REJECTED("*6"),
		{ 0 }, false },
	{ "GS06 is zero", GS_AS("IN", "20260102", "0304", "0", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*0~" REJECTED("*6"),
		{ 0 }, false },
	{ "GS06 is zeros", GS_AS("IN", "20260102", "0304", "000", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*0~" REJECTED("*6"),
		{ 0 }, false },
	{ "GS06 has zeros in front", GS_AS("IN", "20260102", "0304", "007", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*007~"
		"AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "GS06 is too long", GS_AS("IN", "20260102", "0304", "1234567890", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*0~" REJECTED("*6"),
		{ 0 }, false },
	{ "GS01 is too long", GS_AS("INV", "20260102", "0304", "7", "X", "004010"),
		BACK("00401", "U") GS_BACK("1", "004010") "ST*997*0001~AK1*??*7~"
		"AK2*810*0001~AK5*R*6~AK9*R*1*1*0*1~" END("6"), { 0 }, false },
	{ "ST01 and ST02 are too short", OLD "ST*8*1~SE*2*1~" ONE,
		OLD_BACK "AK2*000*0000~AK5*R*6*7~AK9*R*1*1*0~" END("6"), { 0 }, false },
	{ "ST01 and ST02 are too long", OLD "ST*8100*0000000001~SE*2*0000000001~" ONE,
		OLD_BACK "AK2*000*0000~AK5*R*6*7~AK9*R*1*1*0~" END("6"), { 0 }, false },
	{ "ST02 is too long, as a 999",
		NEW "ST*810*0000000001~BIG*20260102*A1~N1*8S*U~IT1*1*5~TDS*500~SE*6*0000000001~" ONE,
		NEW_BACK "AK2*810*0000~IK3*ST*1**8~IK4*2*329*5*0000000001~IK3*SE*6**8~"
		"CTX*BIG02>A1~IK4*2*329*5*0000000001~IK5*R*5*7~AK9*R*1*1*0~" END("11"), { 0 },
		false },
	{ "ST02 is too short, and errors in segments are let through",
		OLD "ST*810*01~BIG*20260102*A1~N1*8S*U~IT1*1*5~TDS*500~SE*6*01~" ONE,
		OLD_BACK "AK2*810*0000~AK3*ST*1**8~AK4*2*329*4*01~AK3*SE*6**8~AK4*2*329*4*01~"
		"AK5*R*5*7~AK9*R*1*1*0~" END("10"), { .accept_errors = true }, false },
	/* a group of acknowledgments has no 997: what is wrong with the group is told in a TA1 */
	{ "an empty group of acknowledgments", FA("20260102") "GE*0*7~" IEA, CONTENT_ONLY, { 0 },
		false },
	{ "one that says it has a set", FA("20260102") "GE*1*7~" IEA, CONTENT_ONLY, { 0 }, false },
	{ "one whose GS04 is no day", FA("20261302") FA_SET "GE*1*7~" IEA, CONTENT_ONLY, { 0 },
		false },
	{ "one of another number", FA("20260102") FA_SET "GE*1*8~" IEA, CONTENT_ONLY, { 0 }, false },
	{ "one with a segment between its sets", FA("20260102") FA_SET "NTE*x~GE*1*7~" IEA,
		CONTENT_ONLY, { 0 }, false },
	{ "an empty one, and there shall be no TA1", FA("20260102") "GE*0*7~" IEA, "",
		{ .ta1 = X12_TA1_NEVER }, false },
	{ "an empty one beside a document", FA("20260102") "GE*0*7~" GS("8", "004010")
		GOOD("0001") "GE*1*8~IEA*2*000000042~",
		BACK("00401", "U") "TA1*000000042*260102*0304*E*024~" GS_BACK("1", "004010")
		"ST*997*0001~AK1*IN*8~AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	/* TA1 */
	{ "asked for", ISA("1", "00401", "U") GS("7", "004010") GOOD("0001") ONE,
		BACK("00401", "U") "TA1*000000042*260102*0304*A*000~" GS_BACK("1", "004010")
		"ST*997*0001~AK1*IN*7~AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "asked for, and only errors are told",
		ISA("1", "00401", "U") GS("7", "004010") GOOD("0001") ONE,
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { .ta1 = X12_TA1_ERRORS }, false },
	{ "always", OLD GOOD("0001") ONE,
		BACK("00401", "U") "TA1*000000042*260102*0304*A*000~" GS_BACK("1", "004010")
		"ST*997*0001~AK1*IN*7~AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"),
		{ .ta1 = X12_TA1_ALWAYS }, false },
	{ "the count of the interchange", OLD GOOD("0001") "GE*1*7~IEA*2*000000042~",
		BACK("00401", "U") "TA1*000000042*260102*0304*R*021~IEA*0*000000001~", { 0 }, false },
	{ "the number of the interchange", OLD GOOD("0001") "GE*1*7~IEA*1*000000043~",
		BACK("00401", "U") "TA1*000000042*260102*0304*R*001~IEA*0*000000001~",
		{ .ta1 = X12_TA1_ERRORS }, false },
	{ "the interchange has no end", OLD GOOD("0001") "GE*1*7~",
		BACK("00401", "U") "TA1*000000042*260102*0304*R*023~IEA*0*000000001~", { 0 }, false },
	{ "no TA1 was agreed on", OLD GOOD("0001") "GE*1*7~",
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { .ta1 = X12_TA1_NEVER }, false },
	{ "the separator of repetitions is that of components",
		ISA("0", "00501", ">") GS("7", "005010") GOOD("0001") ONE,
		BACK("00501", "U") "TA1*000000042*260102*0304*R*016~IEA*0*000000001~", { 0 }, false },
	{ "other standards than there are", ISA("0", "00401", ">") GS("7", "004010") GOOD("0001") ONE,
		REFUSED("260102*0304", "016"), { 0 }, false },
	{ "other standards, of a letter", ISA("0", "00401", "A") GS("7", "004010") GOOD("0001") ONE,
		REFUSED("260102*0304", "016"), { 0 }, false },
	{ "a separator of repetitions before there was one",
		ISA("0", "00401", "^") GS("7", "004010") GOOD("0001") ONE,
		REFUSED("260102*0304", "016"), { 0 }, false },
	{ "a separator of repetitions since there is one",
		ISA("0", "00402", "^") GS("7", "004010") GOOD("0001") ONE,
		BACK("00402", "^") GS_BACK("1", "004010") "ST*997*0001~AK1*IN*7~"
		"AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	/* what is wrong with IEA01 is the count, with IEA02 the number; there is nothing else */
	{ "the count of the interchange is none", OLD GOOD("0001") "GE*1*7~IEA*A*000000042~",
		REFUSED("260102*0304", "021"), { 0 }, false },
	{ "the count of the interchange is missing", OLD GOOD("0001") "GE*1*7~IEA**000000042~",
		REFUSED("260102*0304", "021"), { 0 }, false },
	{ "the number of the interchange is too short", OLD GOOD("0001") "GE*1*7~IEA*1*42~",
		REFUSED("260102*0304", "001"), { 0 }, false },
	{ "the number of the interchange is missing", OLD GOOD("0001") "GE*1*7~IEA*1~",
		REFUSED("260102*0304", "001"), { 0 }, false },
	{ "more than there is in the end of an interchange",
		OLD GOOD("0001") "GE*1*7~IEA*1*000000042*1~", REFUSED("260102*0304", "022"), { 0 },
		false },
	/* a TA1 has six characters for the day, and four for the time */
	{ "a day with its century", ISA_AT("20260102", "0304"), REFUSED("260102*0304", "014"), { 0 },
		false },
	{ "eight digits that are no day", ISA_AT("20261302", "0304"),
		REFUSED("000000*0304", "014"), { 0 }, false },
	{ "seven digits", ISA_AT("2026010", "0304"), REFUSED("000000*0304", "014"), { 0 }, false },
	{ "a time with seconds", ISA_AT("260102", "030405"), REFUSED("260102*0304", "015"), { 0 },
		false },
	{ "a time that is too long", ISA_AT("260102", "03:04"), REFUSED("260102*0000", "015"), { 0 },
		false },
	{ "a blank before the sender's id: it is another's", "ISA*00*          *00*          *01* 123456789T"
		"    *14*987654321      *260102*0304*U*00401*000000042*1*T*>~IEA*0*000000042~",
		"ISA*00*          *00*          *14*987654321      *01* 123456789T    *261123*1805*U*"
		"00401*000000001*0*T*>~TA1*000000042*260102*0304*A*000~IEA*0*000000001~", { 0 },
		false },
	{ "an element of ISA", "ISA*00*          *00*          *01*123456789T     *14*987654321      "
		"*261302*0304*U*00401*000000042*0*T*>~" GS("7", "004010") GOOD("0001") ONE,
		BACK("00401", "U") "TA1*000000042*261302*0304*R*014~IEA*0*000000001~", { 0 }, false },
	{ "the last segment is not ended", OLD GOOD("0001") "GE*1*7~IEA*1*000000042",
		BACK("00401", "U") "TA1*000000042*260102*0304*E*022~" GS_BACK("1", "004010")
		"ST*997*0001~AK1*IN*7~AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "ended within a segment", OLD "ST*810*0001~BIG*20260102*A1~TDS*0",
		OLD_BACK "AK2*810*0001~AK3*TDS*3**8~AK5*R*5*2~AK9*R*1*1*0*3~" END("7"),
		{ .ta1 = X12_TA1_NEVER }, false },
	{ "lines are broken within segments",
		"ISA*00*          *00*          *01*123456789T     *14*987654321      *260102*03\n04*"
		"U*00401*000000042*0*T*>~" GS("7", "004010") GOOD("0001") ONE,
		REFUSED("260102*0000", "022"), { 0 }, false },
	{ "a separator of repetitions, and no version",
		ISA("1", "0050", "^") "IEA*0*000000042~",
		BACK("00401", "U") "TA1*000000042*260102*0304*R*017~IEA*0*000000001~", { 0 }, false },
	/* what has no answer */
	{ "nothing", "", "", { 0 }, false },
	{ "no interchange", "<html>", "", { 0 }, false },
	{ "an acknowledgment",
		ISA("0", "00401", "U") "GS*FA*1234567891500*987654321*20260102*0304*7*X*004010~"
		"ST*997*0001~AK1*IN*1~AK9*A*1*1*1~SE*4*0001~" ONE, "", { 0 }, false },
	{ "a wrong acknowledgment", FA("20260102")
		"ST*997*0001~AK1*IN*1~AK9*A*1*1*1~SE*9*0002~GE*1*7~" IEA, "", { 0 }, false },
	{ "an acknowledgment beside a document",
		ISA("0", "00401", "U") "GS*FA*1234567891500*987654321*20260102*0304*6*X*004010~"
		"ST*997*0001~AK1*IN*1~AK9*A*1*1*1~SE*9*0001~GE*1*6~" GS("7", "004010")
		GOOD("0001") "GE*1*7~IEA*2*000000042~",
		OLD_BACK "AK2*810*0001~AK5*A~AK9*A*1*1*1~" END("6"), { 0 }, false },
	{ "a TA1", ISA("1", "00401", "U") "TA1*000000001*260102*0304*A*000~IEA*0*000000042~", "",
		{ .ta1 = X12_TA1_ALWAYS }, false },
	{ "a wrong TA1", ISA("0", "00401", "U") "TA1*000000001*260102*0304*A*000~IEA*3*000000042~",
		"", { 0 }, false },
};

static void row_try(const struct row *row)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);

	a.answer = row->options;
	a.strict = row->is_strict;
	assert_true(answers_make(&a, slice_str(row->in)));
	if (strcmp(buf_text(&a.acknowledgments), row->out) != 0)
		fail_msg("%s:\n%s, not\n%s", row->name, buf_text(&a.acknowledgments), row->out);
	if (a.acknowledgments.n == 0)
		return;
	answers_read(&facts, buf_slice(&a.acknowledgments));
	if (strstr(buf_text(&facts), "!") || strstr(buf_text(&facts), "doubt"))
		fail_msg("%s: the answer is not valid: %s", row->name, buf_text(&facts));
}

static void test_each_error_has_its_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		row_try(&rows[i]);
}

static void test_other_delimiters_and_no_qualifiers(void **state)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	(void)state;
	a.answer.ta1 = X12_TA1_NEVER; /* blanks are no qualifier: the ISA is wrong */

	assert_true(answers_make(&a,
		S("ISA|00|          |00|          |  |1              |QQ|22             |260102|0304"
		  "|^|00501|000000042|0|I|:\n"
		  "GS|IN|x|                |20260102|0304|7|X|\nST|9|0\nSE|2|0\nGE|1|7\nIEA|1|000000042\n")));
	assert_string_equal(buf_text(&a.acknowledgments),
		"ISA|00|          |00|          |ZZ|22             |ZZ|1              |261123|1805"
		"|^|00501|000000001|0|I|:\n"
		"GS|FA|22|ZZ|20261123|1805|1|X|004010\nST|997|0001\nAK1|IN|7\nAK2|000|0000\nAK5|R|6|7\n"
		"AK9|R|1|1|0|2\nSE|6|0001\nGE|1|1\nIEA|1|000000001\n");
}

/* In the answer they would read as lines that were broken. */
static void test_line_ends_are_no_separators_of_an_answer(void **state)
{
	static const char *const ins[] = {
		"ISA*00*          *00*          *ZZ*1              *ZZ*22             *260102*0304"
		"*\r*00501*000000042*0*I*\n~IEA*1*000000042~",
		"ISA\n00\n          \n00\n          \nZZ\n1              \nZZ\n22             \n260102\n0304"
		"\n^\n00501\n000000042\n0\nI\n\r~IEA\n1\n000000042~",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(ins) / sizeof(ins[0]); i++) {
		AUTO_IN_PLACE(answers) a = answers_init();
		AUTO_IN_PLACE(buf) facts = buf_init(1 << 20);

		assert_true(answers_make(&a, slice_str(ins[i])));
		assert_memory_equal(buf_text(&a.acknowledgments), "ISA*00*", 7);
		assert_non_null(strstr(buf_text(&a.acknowledgments), "*I*>~TA1*000000042*"));
		answers_read(&facts, buf_slice(&a.acknowledgments));
		assert_null(strstr(buf_text(&facts), "!"));
	}
}

static void test_numbers_go_on_and_begin_again(void **state)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	(void)state;

	a.stamp = (struct x12_stamp){ ANSWER_TIME, X12_CONTROL_MAX, 41 };
	assert_true(answers_make(&a, S(OLD GOOD("0001") ONE)));
	assert_true(answers_make(&a, S(OLD GOOD("0001") ONE)));
	assert_int_equal(a.stamp.interchange, 2);
	assert_int_equal(a.stamp.group, 43);
	assert_non_null(strstr(buf_text(&a.acknowledgments), "*999999999*0*T*>~GS*"));
	assert_non_null(strstr(buf_text(&a.acknowledgments), "*000000001*0*T*>~GS*"));
	assert_non_null(strstr(buf_text(&a.acknowledgments), "GE*1*42~"));
}

/* --- limits -------------------------------------------------------------------- */

static unsigned count_of(struct slice text, struct slice what)
{
	unsigned count = 0;
	size_t at;

	while (slice_find(&at, text, what)) {
		text = slice_from(text, at + what.n);
		count++;
	}
	return count;
}

static void test_long_data_is_cut_between_characters(void **state)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) in = buf_init(8192);
	(void)state;

	buf_put_text(&in, OLD "ST*810*0001~BIG*20260102*");
	for (int i = 0; i < 49; i++)
		buf_put_text(&in, "\xc3\xa4");
	buf_put_text(&in, "\xe2\x82\xac\xe2\x82\xac~TDS*0~SE*4*0001~" ONE);
	assert_true(answers_make(&a, buf_slice(&in)));
	assert_int_equal(count_of(buf_slice(&a.acknowledgments), S("\xc3\xa4")), 49);
	assert_non_null(strstr(buf_text(&a.acknowledgments), "\xc3\xa4~AK5*R"));
}

static void test_a_set_has_only_so_many_segments(void **state)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) in = buf_init(65536);
	(void)state;

	/* Only the findings of one set are bounded before: 1000. */
	buf_put_text(&in, OLD "ST*810*0001~BIG*20260102*A1~");
	for (int i = 0; i < 1500; i++)
		buf_put_text(&in, "ZZZ~");
	buf_put_text(&in, "TDS*0~SE*1504*0001~" ONE);
	assert_true(answers_make(&a, buf_slice(&in)));
	assert_int_equal(count_of(buf_slice(&a.acknowledgments), S("AK3*")), 1000);
	assert_non_null(strstr(buf_text(&a.acknowledgments), "AK5*R*5~AK9*R*1*1*0~"));
}

static void test_a_large_answer_is_brief_and_then_refused(void **state)
{
	static const struct {
		unsigned sets;
		bool is_made;
	} sizes[] = { { 450000, true }, { 1300000, false } };
	(void)state;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO_IN_PLACE(answers) a = answers_init();
		AUTO_IN_PLACE(buf) in = buf_init(256U << 20);

		buf_put_text(&in, OLD);
		for (unsigned set = 1; set <= sizes[i].sets; set++)
			buf_putf(&in, "ST*810*%07u~SE*1*%07u~", set, set);
		buf_putf(&in, "GE*%u*7~" IEA, sizes[i].sets);
		assert_int_equal(answers_make(&a, buf_slice(&in)), sizes[i].is_made);
		assert_true(a.acknowledgments.n < X12_ANSWER_MAX);
		if (sizes[i].is_made) {
			struct slice made = buf_slice(&a.acknowledgments);

			assert_int_equal(count_of(made, S("AK5*R*")), sizes[i].sets);
			assert_true(count_of(made, S("AK3*")) < sizes[i].sets);
		}
	}
}

static void test_accepted_sets_are_only_counted_when_there_are_too_many(void **state)
{
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) in = buf_init(256U << 20);
	unsigned sets = 500000;
	(void)state;

	buf_put_text(&in, OLD);
	for (unsigned set = 1; set <= sets; set++)
		buf_putf(&in, "ST*867*%07u~SE*2*%07u~", set, set);
	buf_put_text(&in, "ST*867*XXXX~SE*2*Y~");
	buf_putf(&in, "GE*%u*7~" IEA, sets + 1);
	assert_true(answers_make(&a, buf_slice(&in)));
	assert_true(a.acknowledgments.n < X12_ANSWER_BRIEF + 1000);
	assert_non_null(strstr(buf_text(&a.acknowledgments),
		"AK2*867*XXXX~AK5*R*3~AK9*P*500001*500001*500000~"));
}

/* --- in a file ------------------------------------------------------------------ */

static void group_put(struct buf *in, unsigned group, unsigned sets, const char *count)
{
	buf_putf(in, "GS*IN*1234567891500*987654321*20260102*0304*%u*X*004010~", group);
	for (unsigned set = 1; set <= sets; set++)
		buf_putf(in, "ST*810*%07u~BIG*20260102*A%u~N1*8S*U~IT1*1*5~TDS*500~SE*6*%07u~",
			set, set, set);
	buf_putf(in, "GE*%s*%u~", count, group);
}

#define MANY 40000 /* sets: their answer has more than two steps */

/* Long and short by turns; of a long one a count is wrong in the end, of a group and of all. */
static void interchanges_put(struct buf *in)
{
	buf_put_text(in, ISA("0", "00401", "U"));
	group_put(in, 7, MANY, "40000");
	group_put(in, 8, MANY, "39999");
	buf_put_text(in, "IEA*2*000000042~" OLD GOOD("0001") ONE ISA("0", "00401", "U"));
	group_put(in, 7, MANY, "40000");
	buf_put_text(in, "IEA*2*000000042~" OLD GOOD("0001") ONE);
}

static void test_an_answer_in_a_file_is_the_same(void **state)
{
	AUTO_FD first = memfd_create("answer", MFD_CLOEXEC);
	AUTO_FD second = memfd_create("advice", MFD_CLOEXEC);
	AUTO_IN_PLACE(answers) memory = answers_init();
	AUTO_IN_PLACE(answers) file = answers_init();
	AUTO_IN_PLACE(buf) in = buf_init(64U << 20);
	uint64_t bytes;
	struct fault f;
	(void)state;

	interchanges_put(&in);
	memory.advice.accepted = file.advice.accepted = true;
	file.spills[0] = first;
	file.spills[1] = second;
	assert_true(answers_make(&memory, buf_slice(&in)));
	assert_true(answers_make(&file, buf_slice(&in)));
	assert_int_equal(count_of(buf_slice(&memory.acknowledgments), S("AK5*R")), MANY);
	assert_true(slice_eq(buf_slice(&file.acknowledgments), buf_slice(&memory.acknowledgments)));
	assert_true(slice_eq(buf_slice(&file.advices), buf_slice(&memory.advices)));
	assert_int_equal(fd_size(&bytes, first, &f), ST_OK);
	assert_true(bytes >= 2 * X12_SPILL_STEP);
	assert_int_equal(fd_size(&bytes, second, &f), ST_OK);
	assert_true(bytes >= 2 * X12_SPILL_STEP);
}

static void test_a_full_disk_is_told(void **state)
{
	AUTO_FD full = open("/dev/full", O_RDWR | O_CLOEXEC);
	AUTO_IN_PLACE(answers) a = answers_init();
	AUTO_IN_PLACE(buf) in = buf_init(64U << 20);
	(void)state;

	interchanges_put(&in);
	a.spills[0] = a.spills[1] = full;
	assert_false(answers_make(&a, buf_slice(&in)));
}

/* --- foreign files ------------------------------------------------------------- */

static void file_try(void *context, const char *path, struct slice bytes)
{
	static const struct x12_answer_options ways[] = { { 0 },
		{ .ta1 = X12_TA1_NEVER, .as = X12_AS_999 },
		{ .ta1 = X12_TA1_ALWAYS, .as = X12_AS_997 } };
	unsigned *answered = context;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		AUTO_IN_PLACE(answers) a = answers_init();
		AUTO_IN_PLACE(buf) facts = buf_init(1 << 24);

		a.answer = ways[i];
		a.strict = i == 1;
		assert_true(answers_make(&a, bytes));
		if (a.acknowledgments.n == 0)
			continue;
		answers_read(&facts, buf_slice(&a.acknowledgments));
		if (strstr(buf_text(&facts), "!") || strstr(buf_text(&facts), "doubt"))
			fail_msg("%s, way %zu: %s\nof %s", path, i, buf_text(&facts),
				buf_text(&a.acknowledgments));
		++*answered;
	}
}

static void test_answers_to_foreign_files_are_valid(void **state)
{
	unsigned answered = 0;
	(void)state;

	if (x12_files_each(file_try, &answered) == 0)
		skip();
	assert_true(answered > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_error_has_its_lines),
		cmocka_unit_test(test_other_delimiters_and_no_qualifiers),
		cmocka_unit_test(test_line_ends_are_no_separators_of_an_answer),
		cmocka_unit_test(test_numbers_go_on_and_begin_again),
		cmocka_unit_test(test_long_data_is_cut_between_characters),
		cmocka_unit_test(test_a_set_has_only_so_many_segments),
		cmocka_unit_test(test_a_large_answer_is_brief_and_then_refused),
		cmocka_unit_test(test_accepted_sets_are_only_counted_when_there_are_too_many),
		cmocka_unit_test(test_an_answer_in_a_file_is_the_same),
		cmocka_unit_test(test_a_full_disk_is_told),
		cmocka_unit_test(test_answers_to_foreign_files_are_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
