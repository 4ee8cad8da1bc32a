/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small dictionary, guides upon it, and what checking says, as text: "4:BIG07 x12.element.code ".
 */
#ifndef TIELINE_TESTS_X12_HOUSE_H
#define TIELINE_TESTS_X12_HOUSE_H

#include <string.h>

#include "documents/x12/check.h"
#include "documents/x12/guide_load.h"

#define X12_HOUSE_DICTIONARY \
	"dictionary: \"004010\"\n" \
	"elements:\n" \
	"  \"143\": { name: Set, type: ID, length: 3 }\n" \
	"  \"329\": { name: Set number, type: AN, length: 4-9 }\n" \
	"  \"96\": { name: Segments, type: N0, length: 1-10 }\n" \
	"  \"373\": { name: Date, type: DT, length: 8 }\n" \
	"  \"337\": { name: Time, type: TM, length: 4-8 }\n" \
	"  \"76\": { name: Invoice, type: AN, length: 1-22 }\n" \
	"  \"640\": { name: Kind, type: ID, length: 2 }\n" \
	"  \"128\": { name: Qualifier, type: ID, length: 2-3 }\n" \
	"  \"127\": { name: Reference, type: AN, length: 1-30 }\n" \
	"  \"610\": { name: Amount, type: N2, length: 1-15 }\n" \
	"  \"782\": { name: Money, type: R, length: 1-18 }\n" \
	"  \"98\": { name: Entity, type: ID, length: 2-3 }\n" \
	"  \"93\": { name: Name, type: AN, length: 1-60 }\n" \
	"  \"66\": { name: Id kind, type: ID, length: 1-2 }\n" \
	"  \"67\": { name: Id, type: AN, length: 2-80 }\n" \
	"  \"933\": { name: Free text, type: AN, length: 1-264 }\n" \
	"composites:\n" \
	"  C040: { name: More, elements: [ \"128 required\", \"127 required\" ] }\n" \
	"segments:\n" \
	"  ST: { name: Header, elements: [ \"143 required\", \"329 required\" ] }\n" \
	"  SE: { name: Trailer, elements: [ \"96 required\", \"329 required\" ] }\n" \
	"  BIG: { name: Invoice, elements: [ \"373 required\", \"76 required\", \"373\", \"127\", " \
	"\"127\", \"127\", \"640\" ] }\n" \
	"  REF: { name: Reference, elements: [ \"128 required\", \"127\", \"93\", C040 ], " \
	"conditions: [ R0203 ] }\n" \
	"  N1: { name: Party, elements: [ \"98 required\", \"93\", \"66\", \"67\" ], " \
	"conditions: [ R0203, P0304 ] }\n" \
	"  N2: { name: More of a name, elements: [ \"93 required\" ] }\n" \
	"  DTM: { name: When, elements: [ \"128 required\", \"373\", \"337\" ], " \
	"conditions: [ C0302 ] }\n" \
	"  IT1: { name: Line, elements: [ \"127\", \"782\" ] }\n" \
	"  SAC: { name: Charge, elements: [ \"128 required\", \"610\", \"782\" ], " \
	"conditions: [ E0203 ] }\n" \
	"  MSG: { name: Message, elements: [ \"933 required\" ] }\n" \
	"  TDS: { name: Total, elements: [ \"610 required\" ] }\n"

#define X12_HOUSE_GUIDE \
	"guide: bill\n" \
	"title: Invoice\n" \
	"set: \"810\"\n" \
	"group: IN\n" \
	"version: \"004010\"\n" \
	"correlation: { BIG02: TN }\n" \
	"body:\n" \
	"  - segment: BIG\n" \
	"    use: required\n" \
	"    elements: { BIG07: { codes: { DR: debit, PR: product } } }\n" \
	"  - segment: REF\n" \
	"    max: 4\n" \
	"    variants:\n" \
	"      - { name: Original, when: { REF01: OI }, max: 1, elements: { REF02: required } }\n" \
	"      - { name: Account, when: { REF01: [ \"11\", \"12\" ] }, use: required }\n" \
	"      - { name: Other reference }\n" \
	"  - loop: N1\n" \
	"    max: 3\n" \
	"    body:\n" \
	"      - segment: N1\n" \
	"      - { segment: N2, max: 2 }\n" \
	"      - { segment: REF, max: any }\n" \
	"    variants:\n" \
	"      - { name: Utility, when: { N101: 8S }, use: required, max: 1 }\n" \
	"      - name: Supplier\n" \
	"        when: { N101: SJ }\n" \
	"        body: [ { segment: N1, elements: { N104: required } }, " \
	"{ segment: REF, use: unused } ]\n" \
	"      - { name: Party }\n" \
	"  - { segment: DTM, max: 2 }\n" \
	"  - loop: IT1\n" \
	"    max: any\n" \
	"    body:\n" \
	"      - segment: IT1\n" \
	"      - loop: SAC\n" \
	"        max: any\n" \
	"        body: [ { segment: SAC }, { segment: DTM } ]\n" \
	"  - { segment: TDS, use: required }\n"

#define X12_HOUSE_RULES \
	"rules:\n" \
	"  - rule: total\n" \
	"    says: the total is the sum of the charges\n" \
	"    when: \"present(SAC02)\"\n" \
	"    expect: \"TDS01 = sum(SAC02)\"\n" \
	"    advice: A13\n" \
	"  - rule: line\n" \
	"    says: a line that has money has one charge at least\n" \
	"    in: IT1\n" \
	"    when: \"IT102 > 0\"\n" \
	"    expect: \"count(SAC/SAC) >= 1\"\n" \
	"    severity: warning\n"


/* With the dictionary; the texts are NULL behind the last. */
static inline enum status x12_house_load(struct x12_guide **out, const char *name,
	const char *const texts[], struct fault *f)
{
	AUTO(x12_library) library = x12_library_new();
	char file[16] = "0.yaml";

	TRY(x12_library_add(library, X12_USERS, "dictionary.yaml", S(X12_HOUSE_DICTIONARY), f));
	for (size_t i = 0; texts[i]; i++, file[0]++)
		TRY(x12_library_add(library, X12_USERS, file, slice_str(texts[i]), f));
	return x12_guide_load(out, library, slice_str(name), f);
}

static inline void x12_house_finding(void *context, const struct x12_finding *finding)
{
	char spot[X12_SPOT_TEXT_MAX];

	buf_putf(context, "%llu:%s %s ", (unsigned long long)finding->place.segment,
		x12_spot_text(spot, &finding->place), finding->code);
}

/* An interchange with one set of these segments, each of them ended by '~'. */
static inline void x12_house_wrap(struct buf *out, const char *set, const char *group,
	const char *segments)
{
	unsigned count = 2;

	for (const char *p = segments; *p; p++)
		count += *p == '~';
	buf_putf(out, "ISA*00*          *00*          *01*123456789      *01*987654321      "
		"*240102*0304*U*00401*000000001*0*P*>~GS*%s*123456789*987654321*20240102*0304*1*X*"
		"004010~ST*%s*0001~%sSE*%u*0001~GE*1*1~IEA*1*000000001~", group, set, segments,
		count);
}

/* What is said of it; chunk 0: the whole at once. */
static inline void x12_house_check(struct buf *out, const struct x12_guide *guide,
	const struct x12_rules *rules, struct slice in, size_t chunk)
{
	struct x12_checked_guide checked = { guide, rules };
	struct x12_listener listener = { .context = out, .finding = x12_house_finding };
	AUTO(x12_check) check = x12_check_new(&checked, guide != NULL, false, &listener);

	if (chunk == 0) {
		x12_check_whole(check, in);
		return;
	}
	for (size_t at = 0; at < in.n; at += chunk)
		x12_check_feed(check, slice_sub(in, at, chunk), false);
	x12_check_feed(check, S(""), true);
}

#endif
