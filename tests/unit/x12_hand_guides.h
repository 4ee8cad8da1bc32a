/* SPDX-License-Identifier: Apache-2.0 */
/* Guides of tests: a small invoice, and the answers 997, 999 and 824 as X12 has them. */
#ifndef TIELINE_TESTS_X12_HAND_GUIDES_H
#define TIELINE_TESTS_X12_HAND_GUIDES_H

#include "documents/x12/guide_load.h"
#include "documents/x12/rules.h"

/* clang-format off */
#define HAND_DICTIONARY \
	"elements:\n" \
	"  '143': { name: Set, type: ID, length: 3 }\n" \
	"  '329': { name: Number, type: AN, length: 4-9 }\n" \
	"  '1705': { name: Guide, type: AN, length: 1-35 }\n" \
	"  '96': { name: Segments, type: N0, length: 1-10 }\n" \
	"  '373': { name: Date, type: DT, length: 8 }\n" \
	"  '76': { name: Invoice number, type: AN, length: 1-22 }\n" \
	"  '128': { name: Qualifier, type: ID, length: 2-3 }\n" \
	"  '127': { name: Reference, type: AN, length: 1-30 }\n" \
	"  '352': { name: Description, type: AN, length: 1-80 }\n" \
	"  '98': { name: Entity, type: ID, length: 2-3 }\n" \
	"  '93': { name: Name, type: AN, length: 1-60 }\n" \
	"  '166': { name: Address, type: AN, length: 1-55 }\n" \
	"  '355': { name: Unit, type: ID, length: 2 }\n" \
	"  '1018': { name: Exponent, type: N0, length: 1-3 }\n" \
	"  '350': { name: Line, type: AN, length: 1-20 }\n" \
	"  '358': { name: Quantity, type: R, length: 1-10 }\n" \
	"  '610': { name: Total, type: N2, length: 1-10 }\n" \
	"  '479': { name: Group id, type: ID, length: 2 }\n" \
	"  '28': { name: Group number, type: N0, length: 1-9 }\n" \
	"  '480': { name: Version, type: AN, length: 1-12 }\n" \
	"  '721': { name: Segment id, type: ID, length: 2-3 }\n" \
	"  '719': { name: Position, type: N0, length: 1-6 }\n" \
	"  '447': { name: Loop, type: AN, length: 1-4 }\n" \
	"  '720': { name: Error, type: ID, length: 1-3 }\n" \
	"  '9999': { name: Name, type: AN, length: 1-35 }\n" \
	"  '9998': { name: Reference, type: AN, length: 1-35 }\n" \
	"  '722': { name: Element, type: N0, length: 1-2 }\n" \
	"  '1528': { name: Component, type: N0, length: 1-2 }\n" \
	"  '1686': { name: Repetition, type: N0, length: 1-4 }\n" \
	"  '725': { name: Data element, type: N0, length: 1-4 }\n" \
	"  '723': { name: Error, type: ID, length: 1-3 }\n" \
	"  '724': { name: Bad data, type: AN, length: 1-99 }\n" \
	"  '717': { name: Verdict, type: ID, length: 1 }\n" \
	"  '718': { name: Code, type: ID, length: 1-3 }\n" \
	"  '715': { name: Verdict, type: ID, length: 1 }\n" \
	"  '97': { name: Included, type: N0, length: 1-6 }\n" \
	"  '123': { name: Received, type: N0, length: 1-6 }\n" \
	"  '2': { name: Accepted, type: N0, length: 1-6 }\n" \
	"  '716': { name: Code, type: ID, length: 1-3 }\n" \
	"  '353': { name: Purpose, type: ID, length: 2 }\n" \
	"  '337': { name: Time, type: TM, length: 4-8 }\n" \
	"  '110': { name: Status, type: ID, length: 1-2 }\n" \
	"  '142': { name: Sender, type: AN, length: 2-15 }\n" \
	"  '124': { name: Receiver, type: AN, length: 2-15 }\n" \
	"  '647': { name: Error, type: ID, length: 1-3 }\n" \
	"  '3': { name: Message, type: AN, length: 1-60 }\n" \
	"composites:\n" \
	"  U: { name: Unit of measure, elements: [ 355 required, '1018' ] }\n" \
	"  S: { name: Position in segment, elements: [ 722 required, '1528', '1686' ] }\n" \
	"  X: { name: Context, elements: [ 9999 required, '9998' ] }\n" \
	"segments:\n" \
	"  ST: { name: ST, elements: [ 143 required, 329 required, '1705' ] }\n" \
	"  SE: { name: SE, elements: [ 96 required, 329 required ] }\n" \
	"  BIG: { name: BIG, elements: [ 373 required, 76 required ] }\n" \
	"  REF: { name: REF, elements: [ 128 required, '127', '352', '352' ], conditions: [ R0203 ] }\n" \
	"  N1: { name: N1, elements: [ 98 required, '93' ] }\n" \
	"  N3: { name: N3, elements: [ 166 required ] }\n" \
	"  IT1: { name: IT1, elements: [ '350', 358 required, U repeat 2 ] }\n" \
	"  TDS: { name: TDS, elements: [ 610 required ] }\n" \
	"  AK1: { name: AK1, elements: [ 479 required, 28 required, '480' ] }\n" \
	"  AK2: { name: AK2, elements: [ 143 required, 329 required, '1705' ] }\n" \
	"  AK3: { name: AK3, elements: [ 721 required, 719 required, '447', 720 required ] }\n" \
	"  CTX: { name: CTX, elements: [ X required ] }\n" \
	"  AK4: { name: AK4, elements: [ S required, '725', 723 required, '724' ] }\n" \
	"  AK5: { name: AK5, elements: [ 717 required, '718', '718', '718', '718', '718' ] }\n" \
	"  AK9: { name: AK9, elements: [ 715 required, 97 required, 123 required, 2 required, '716', '716', '716', '716', '716' ] }\n" \
	"  BGN: { name: BGN, elements: [ 353 required, 127 required, 373 required, '337' ] }\n" \
	"  OTI: { name: OTI, elements: [ 110 required, 128 required, 127 required, '142', '124', '373', '337', '28', '329', '143', '480' ] }\n" \
	"  TED: { name: TED, elements: [ 647 required, '3', '721', '719', '722' ] }\n" \
	"  IK3: { name: IK3, elements: [ 721 required, 719 required, '447', 720 required ] }\n" \
	"  IK4: { name: IK4, elements: [ S required, '725', 723 required, '724' ] }\n" \
	"  IK5: { name: IK5, elements: [ 717 required, '718', '718', '718', '718', '718' ] }\n"

#define HAND_810 \
	"guide: small-810\n" \
	"title: small-810\n" \
	"set: '810'\n" \
	"group: IN\n" \
	"version: '00'\n" \
	"correlation: { BIG02: TN }\n" \
	"body:\n" \
	"- { segment: BIG, use: required }\n" \
	"- { segment: REF, max: 2, elements: { REF01: { codes: [ '45', OI ] }, REF04: unused } }\n" \
	"- loop: N1\n" \
	"  max: 2\n" \
	"  body: [ { segment: N1, elements: { N101: { codes: [ 8S, SJ ] } } }, { segment: N3 } ]\n" \
	"- loop: IT1\n" \
	"  max: any\n" \
	"  body: [ { segment: IT1, elements: { IT103-1: { codes: [ EA, KH ] } } } ]\n" \
	"- { segment: TDS, use: required }\n" \
	"rules:\n" \
	"- { rule: total, says: the total is not the sum of the lines, expect: TDS01 = sum(IT102), advice: SUM }\n" \
	"- rule: party\n" \
	"  says: no more than 1000 are delivered at once, whoever it is for, nor ever were\n" \
	"  in: IT1\n" \
	"  expect: IT102 <= 1000\n" \
	"- { rule: big, says: that is a lot, in: IT1, expect: IT102 <= 100, severity: warning }\n"

#define HAND_997 \
	"guide: whole-997\n" \
	"title: whole-997\n" \
	"set: '997'\n" \
	"group: FA\n" \
	"version: '00'\n" \
	"body:\n" \
	"- { segment: AK1, use: required }\n" \
	"- loop: AK2\n" \
	"  max: 999999\n" \
	"  body:\n" \
	"  - segment: AK2\n" \
	"  - loop: AK3\n" \
	"    max: 999999\n" \
	"    body: [ { segment: AK3, elements: { AK304: { codes: [ '1', '2', '3', '4', '5', '6', '7', '8' ] } } },\n" \
	"      { segment: AK4, max: 99 } ]\n" \
	"  - { segment: AK5, use: required, elements: { AK501: { codes: [ A, E, R ] } } }\n" \
	"- { segment: AK9, use: required, elements: { AK901: { codes: [ A, E, P, R ] } } }\n"

#define HAND_999 \
	"guide: whole-999\n" \
	"title: whole-999\n" \
	"set: '999'\n" \
	"group: FA\n" \
	"version: '005010'\n" \
	"body:\n" \
	"- { segment: AK1, use: required }\n" \
	"- loop: AK2\n" \
	"  max: 999999\n" \
	"  body:\n" \
	"  - segment: AK2\n" \
	"  - loop: IK3\n" \
	"    max: 999999\n" \
	"    body: [ { segment: IK3, elements: { IK304: { codes: [ '1', '2', '3', '4', '5', '6', '7', '8' ] } } },\n" \
	"      { segment: CTX, use: optional, max: 10 }, { segment: IK4, max: 99 } ]\n" \
	"  - { segment: IK5, use: required, elements: { IK501: { codes: [ A, E, R ] } } }\n" \
	"- { segment: AK9, use: required, elements: { AK901: { codes: [ A, E, P, R ] } } }\n"

#define HAND_824 \
	"guide: whole-824\n" \
	"title: whole-824\n" \
	"set: '824'\n" \
	"group: AG\n" \
	"version: '00'\n" \
	"body:\n" \
	"- { segment: BGN, use: required, elements: { BGN01: { codes: [ '11' ] } } }\n" \
	"- loop: OTI\n" \
	"  use: required\n" \
	"  max: any\n" \
	"  body:\n" \
	"  - { segment: OTI, elements: { OTI01: { codes: [ TA, TR ] } } }\n" \
	"  - { segment: REF, max: 12, elements: { REF01: { codes: [ 7G ] }, REF02: required } }\n" \
	"  - { loop: TED, max: any, body: [ { segment: TED } ] }\n"
/* clang-format on */

static inline struct x12_guide *hand_guide_load(const char *name)
{
	static const struct slice texts[] = {
		{ (const uint8_t *)"dictionary: '00'\n" HAND_DICTIONARY,
			sizeof("dictionary: '00'\n" HAND_DICTIONARY) - 1 },
		{ (const uint8_t *)"dictionary: '005010'\n" HAND_DICTIONARY,
			sizeof("dictionary: '005010'\n" HAND_DICTIONARY) - 1 },
		{ (const uint8_t *)HAND_810, sizeof(HAND_810) - 1 },
		{ (const uint8_t *)HAND_997, sizeof(HAND_997) - 1 },
		{ (const uint8_t *)HAND_999, sizeof(HAND_999) - 1 },
		{ (const uint8_t *)HAND_824, sizeof(HAND_824) - 1 },
	};
	AUTO(x12_library) library = x12_library_new();
	struct x12_guide *guide;
	struct fault f;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (x12_library_add(library, X12_USERS, "hand", texts[i], &f) != ST_OK)
			bug("%s", f.text);
	if (x12_guide_load(&guide, library, slice_str(name), &f) != ST_OK)
		bug("%s", f.text);
	return guide;
}

/* Each is loaded once, for as long as the program runs. */
static inline const struct x12_guide *hand_guide(const char *name)
{
	static struct x12_guide *guides[4];
	size_t at = 0;

	while (at < 4 && guides[at] && !slice_eq(slice_str(guides[at]->name), slice_str(name)))
		at++;
	if (at == 4)
		bug("a fifth guide: %s", name);
	if (!guides[at])
		guides[at] = hand_guide_load(name);
	return guides[at];
}

#endif
