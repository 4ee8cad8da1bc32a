/* SPDX-License-Identifier: Apache-2.0 */
/* Guides written as tables: a small invoice, and the answers 997, 999 and 824 as X12 has them. */
#ifndef TIELINE_TESTS_X12_HAND_GUIDES_H
#define TIELINE_TESTS_X12_HAND_GUIDES_H

#include "documents/x12/rules.h"

#define HAND_COUNT(list) (sizeof(list) / sizeof((list)[0]))

#define ID2(a, b) ((uint32_t)(a) << 8 | (uint32_t)(b))
#define ID3(a, b, c) ((uint32_t)(a) << 16 | (uint32_t)(b) << 8 | (uint32_t)(c))

/* Of one or two characters. */
#define HAND_CODE(a, b) { (uint64_t)(uint8_t)(a) << 56 | (uint64_t)(uint8_t)(b) << 48, "" }
#define HAND_CODES(...)                                                     \
	{                                                                   \
		(const struct x12_code[]){ __VA_ARGS__ },                   \
			HAND_COUNT(((const struct x12_code[]){ __VA_ARGS__ })) \
	}

#define ELEMENT(words, id, kind, must, min, max)                                             \
	{                                                                                    \
		.name = (words), .number = (id), .type = (kind), .use = (must), .least = (min), \
		.most = (max), .repeat = 1                                                   \
	}
#define CODED(words, id, min, max, ...)                                                    \
	{                                                                                  \
		.name = (words), .number = (id), .type = X12_ID, .use = X12_REQUIRED,      \
		.least = (min), .most = (max), .repeat = 1, .codes = HAND_CODES(__VA_ARGS__) \
	}
#define COMPOSITE(words, must, times, list)                                            \
	{                                                                              \
		.name = (words), .type = X12_COMPOSITE, .use = (must), .repeat = (times), \
		.parts = (list), .part_count = HAND_COUNT(list)                        \
	}

/* Everything has one variant, of the same serial. */
#define SEGMENT(number, tag, title, must, times, list)                                         \
	{                                                                                      \
		.id = (tag), .name = (title), .use = (must), .max = (times), .serial = (number), \
		.variants = (const struct x12_variant[]){ { .name = "",                        \
			.use = (must),                                                         \
			.max = (times),                                                        \
			.serial = (number),                                                    \
			.elements = (list),                                                    \
			.element_count = HAND_COUNT(list) } },                                 \
		.variant_count = 1                                                             \
	}
#define LOOP(number, tag, title, must, times, list)                                      \
	{                                                                                \
		.id = (tag), .name = (title), .is_loop = true, .use = (must), .max = (times), \
		.serial = (number),                                                      \
		.variants = (const struct x12_variant[]){ { .name = "",                  \
			.use = (must),                                                   \
			.max = (times),                                                  \
			.serial = (number),                                              \
			.body = (list),                                                  \
			.body_count = HAND_COUNT(list) } },                              \
		.variant_count = 1                                                       \
	}
#define GUIDE(called, st, gs, release, list, known, ...)                                    \
	{                                                                                  \
		.name = (called), .title = (called), .set = (st), .group = (gs),             \
		.version = (release), .body = (list), .body_count = HAND_COUNT(list),      \
		.positions = 40, .variants = 40, .ids = (known), .id_count = HAND_COUNT(known), \
		__VA_ARGS__                                                                \
	}

/* clang-format off */
static const struct x12_element_rule hand_st[] = {
	ELEMENT("Set", 143, X12_ID, X12_REQUIRED, 3, 3),
	ELEMENT("Number", 329, X12_AN, X12_REQUIRED, 4, 9),
	ELEMENT("Guide", 1705, X12_AN, X12_OPTIONAL, 1, 35),
};
static const struct x12_element_rule hand_se[] = {
	ELEMENT("Segments", 96, X12_N, X12_REQUIRED, 1, 10),
	ELEMENT("Number", 329, X12_AN, X12_REQUIRED, 4, 9),
};

/* --- 810, small ---------------------------------------------------------------- */

static const struct x12_element_rule hand_big[] = {
	ELEMENT("Date", 373, X12_DT, X12_REQUIRED, 8, 8),
	ELEMENT("Invoice number", 76, X12_AN, X12_REQUIRED, 1, 22),
};
static const struct x12_element_rule hand_ref[] = {
	CODED("Qualifier", 128, 2, 3, HAND_CODE('4', '5'), HAND_CODE('O', 'I')),
	ELEMENT("Reference", 127, X12_AN, X12_OPTIONAL, 1, 30),
	ELEMENT("Description", 352, X12_AN, X12_OPTIONAL, 1, 80),
	ELEMENT("Not used", 352, X12_AN, X12_UNUSED, 1, 80),
};
static const struct x12_element_rule hand_n1[] = {
	CODED("Entity", 98, 2, 3, HAND_CODE('8', 'S'), HAND_CODE('S', 'J')),
	ELEMENT("Name", 93, X12_AN, X12_OPTIONAL, 1, 60),
};
static const struct x12_element_rule hand_n3[] = {
	ELEMENT("Address", 166, X12_AN, X12_REQUIRED, 1, 55),
};
static const struct x12_element_rule hand_unit[] = {
	CODED("Unit", 355, 2, 2, HAND_CODE('E', 'A'), HAND_CODE('K', 'H')),
	ELEMENT("Exponent", 1018, X12_N, X12_OPTIONAL, 1, 3),
};
static const struct x12_element_rule hand_it1[] = {
	ELEMENT("Line", 350, X12_AN, X12_OPTIONAL, 1, 20),
	ELEMENT("Quantity", 358, X12_R, X12_REQUIRED, 1, 10),
	COMPOSITE("Unit of measure", X12_OPTIONAL, 2, hand_unit),
};
static const struct x12_element_rule hand_tds[] = {
	{ .name = "Total", .number = 610, .type = X12_N, .use = X12_REQUIRED, .decimals = 2, .least = 1,
		.most = 10, .repeat = 1 },
};
static const struct x12_position hand_n1_loop[] = {
	SEGMENT(4, ID2('N', '1'), "N1", X12_REQUIRED, 1, hand_n1),
	SEGMENT(5, ID2('N', '3'), "N3", X12_OPTIONAL, 1, hand_n3),
};
static const struct x12_position hand_it1_loop[] = {
	SEGMENT(7, ID3('I', 'T', '1'), "IT1", X12_REQUIRED, 1, hand_it1),
};
static const struct x12_condition hand_ref_conditions[] = { { 'R', 2, { 2, 3 } } };
static const struct x12_variant hand_ref_variant = { .name = "", .use = X12_OPTIONAL, .max = 2,
	.serial = 2, .elements = hand_ref, .element_count = HAND_COUNT(hand_ref),
	.conditions = hand_ref_conditions, .condition_count = 1 };
static const struct x12_position hand_810[] = {
	SEGMENT(0, ID2('S', 'T'), "ST", X12_REQUIRED, 1, hand_st),
	SEGMENT(1, ID3('B', 'I', 'G'), "BIG", X12_REQUIRED, 1, hand_big),
	{ .id = ID3('R', 'E', 'F'), .name = "REF", .use = X12_OPTIONAL, .max = 2, .serial = 2,
		.variants = &hand_ref_variant, .variant_count = 1 },
	LOOP(3, ID2('N', '1'), "N1", X12_OPTIONAL, 2, hand_n1_loop),
	LOOP(6, ID3('I', 'T', '1'), "IT1", X12_OPTIONAL, X12_MAX_ANY, hand_it1_loop),
	SEGMENT(8, ID3('T', 'D', 'S'), "TDS", X12_REQUIRED, 1, hand_tds),
	SEGMENT(9, ID2('S', 'E'), "SE", X12_REQUIRED, 1, hand_se),
};
static const uint32_t hand_810_ids[] = { ID2('N', '1'), ID2('N', '3'), ID2('S', 'E'), ID2('S', 'T'),
	ID3('B', 'I', 'G'), ID3('I', 'T', '1'), ID3('R', 'E', 'F'), ID3('T', 'D', 'S') };
static const struct x12_rule_text hand_810_rules[] = {
	{ .name = "total", .says = "the total is not the sum of the lines", .expect = "TDS01 = sum(IT102)",
		.advice = "SUM", .line = 1 },
	{ .name = "party", .says = "no more than 1000 are delivered at once, whoever it is for, nor ever were",
		.scope = "IT1", .expect = "IT102 <= 1000", .line = 2 },
	{ .name = "big", .says = "that is a lot", .scope = "IT1", .expect = "IT102 <= 100",
		.severity = X12_WARNING, .line = 3 },
};
static const struct x12_guide hand_guide_810 = GUIDE("small-810", "810", "IN", "00", hand_810,
	hand_810_ids, .rules = hand_810_rules, .rule_count = HAND_COUNT(hand_810_rules),
	.correlation = { ID3('B', 'I', 'G'), 2, "TN" });

/* --- 997 and 999 --------------------------------------------------------------- */

static const struct x12_element_rule hand_ak1[] = {
	ELEMENT("Group id", 479, X12_ID, X12_REQUIRED, 2, 2),
	ELEMENT("Group number", 28, X12_N, X12_REQUIRED, 1, 9),
	ELEMENT("Version", 480, X12_AN, X12_OPTIONAL, 1, 12),
};
static const struct x12_element_rule hand_ak2[] = {
	ELEMENT("Set id", 143, X12_ID, X12_REQUIRED, 3, 3),
	ELEMENT("Set number", 329, X12_AN, X12_REQUIRED, 4, 9),
	ELEMENT("Guide", 1705, X12_AN, X12_OPTIONAL, 1, 35),
};
static const struct x12_element_rule hand_ak3[] = {
	ELEMENT("Segment id", 721, X12_ID, X12_REQUIRED, 2, 3),
	ELEMENT("Position", 719, X12_N, X12_REQUIRED, 1, 6),
	ELEMENT("Loop", 447, X12_AN, X12_OPTIONAL, 1, 4),
	CODED("Error", 720, 1, 3, HAND_CODE('1', 0), HAND_CODE('2', 0), HAND_CODE('3', 0),
		HAND_CODE('4', 0), HAND_CODE('5', 0), HAND_CODE('6', 0), HAND_CODE('7', 0),
		HAND_CODE('8', 0)),
};
static const struct x12_element_rule hand_ctx_parts[] = {
	ELEMENT("Name", 9999, X12_AN, X12_REQUIRED, 1, 35),
	ELEMENT("Reference", 9998, X12_AN, X12_OPTIONAL, 1, 35),
};
static const struct x12_element_rule hand_ctx[] = {
	COMPOSITE("Context", X12_REQUIRED, 1, hand_ctx_parts),
};
static const struct x12_element_rule hand_spot[] = {
	ELEMENT("Element", 722, X12_N, X12_REQUIRED, 1, 2),
	ELEMENT("Component", 1528, X12_N, X12_OPTIONAL, 1, 2),
	ELEMENT("Repetition", 1686, X12_N, X12_OPTIONAL, 1, 4),
};
static const struct x12_element_rule hand_ak4[] = {
	COMPOSITE("Position in segment", X12_REQUIRED, 1, hand_spot),
	ELEMENT("Data element", 725, X12_N, X12_OPTIONAL, 1, 4),
	ELEMENT("Error", 723, X12_ID, X12_REQUIRED, 1, 3),
	ELEMENT("Bad data", 724, X12_AN, X12_OPTIONAL, 1, 99),
};
#define HAND_CODES_5(id) \
	ELEMENT("Code", id, X12_ID, X12_OPTIONAL, 1, 3), \
	ELEMENT("Code", id, X12_ID, X12_OPTIONAL, 1, 3), \
	ELEMENT("Code", id, X12_ID, X12_OPTIONAL, 1, 3), \
	ELEMENT("Code", id, X12_ID, X12_OPTIONAL, 1, 3), \
	ELEMENT("Code", id, X12_ID, X12_OPTIONAL, 1, 3)
static const struct x12_element_rule hand_ak5[] = {
	CODED("Verdict", 717, 1, 1, HAND_CODE('A', 0), HAND_CODE('E', 0), HAND_CODE('R', 0)),
	HAND_CODES_5(718),
};
static const struct x12_element_rule hand_ak9[] = {
	CODED("Verdict", 715, 1, 1, HAND_CODE('A', 0), HAND_CODE('E', 0), HAND_CODE('P', 0),
		HAND_CODE('R', 0)),
	ELEMENT("Included", 97, X12_N, X12_REQUIRED, 1, 6),
	ELEMENT("Received", 123, X12_N, X12_REQUIRED, 1, 6),
	ELEMENT("Accepted", 2, X12_N, X12_REQUIRED, 1, 6),
	HAND_CODES_5(716),
};
static const struct x12_position hand_ak3_loop[] = {
	SEGMENT(10, ID3('A', 'K', '3'), "AK3", X12_REQUIRED, 1, hand_ak3),
	SEGMENT(11, ID3('A', 'K', '4'), "AK4", X12_OPTIONAL, 99, hand_ak4),
};
static const struct x12_position hand_ak2_loop[] = {
	SEGMENT(12, ID3('A', 'K', '2'), "AK2", X12_REQUIRED, 1, hand_ak2),
	LOOP(13, ID3('A', 'K', '3'), "AK3", X12_OPTIONAL, 999999, hand_ak3_loop),
	SEGMENT(14, ID3('A', 'K', '5'), "AK5", X12_REQUIRED, 1, hand_ak5),
};
static const struct x12_position hand_997[] = {
	SEGMENT(0, ID2('S', 'T'), "ST", X12_REQUIRED, 1, hand_st),
	SEGMENT(1, ID3('A', 'K', '1'), "AK1", X12_REQUIRED, 1, hand_ak1),
	LOOP(2, ID3('A', 'K', '2'), "AK2", X12_OPTIONAL, 999999, hand_ak2_loop),
	SEGMENT(3, ID3('A', 'K', '9'), "AK9", X12_REQUIRED, 1, hand_ak9),
	SEGMENT(4, ID2('S', 'E'), "SE", X12_REQUIRED, 1, hand_se),
};
static const uint32_t hand_997_ids[] = { ID2('S', 'E'), ID2('S', 'T'), ID3('A', 'K', '1'),
	ID3('A', 'K', '2'), ID3('A', 'K', '3'), ID3('A', 'K', '4'), ID3('A', 'K', '5'),
	ID3('A', 'K', '9') };
static const struct x12_guide hand_guide_997 =
	GUIDE("whole-997", "997", "FA", "00", hand_997, hand_997_ids, .rules = NULL);

static const struct x12_position hand_ik3_loop[] = {
	SEGMENT(10, ID3('I', 'K', '3'), "IK3", X12_REQUIRED, 1, hand_ak3),
	SEGMENT(15, ID3('C', 'T', 'X'), "CTX", X12_OPTIONAL, 10, hand_ctx),
	SEGMENT(11, ID3('I', 'K', '4'), "IK4", X12_OPTIONAL, 99, hand_ak4),
};
static const struct x12_position hand_ik2_loop[] = {
	SEGMENT(12, ID3('A', 'K', '2'), "AK2", X12_REQUIRED, 1, hand_ak2),
	LOOP(13, ID3('I', 'K', '3'), "IK3", X12_OPTIONAL, 999999, hand_ik3_loop),
	SEGMENT(14, ID3('I', 'K', '5'), "IK5", X12_REQUIRED, 1, hand_ak5),
};
static const struct x12_position hand_999[] = {
	SEGMENT(0, ID2('S', 'T'), "ST", X12_REQUIRED, 1, hand_st),
	SEGMENT(1, ID3('A', 'K', '1'), "AK1", X12_REQUIRED, 1, hand_ak1),
	LOOP(2, ID3('A', 'K', '2'), "AK2", X12_OPTIONAL, 999999, hand_ik2_loop),
	SEGMENT(3, ID3('A', 'K', '9'), "AK9", X12_REQUIRED, 1, hand_ak9),
	SEGMENT(4, ID2('S', 'E'), "SE", X12_REQUIRED, 1, hand_se),
};
static const uint32_t hand_999_ids[] = { ID2('S', 'E'), ID2('S', 'T'), ID3('A', 'K', '1'),
	ID3('A', 'K', '2'), ID3('A', 'K', '9'), ID3('C', 'T', 'X'), ID3('I', 'K', '3'),
	ID3('I', 'K', '4'), ID3('I', 'K', '5') };
static const struct x12_guide hand_guide_999 =
	GUIDE("whole-999", "999", "FA", "005010", hand_999, hand_999_ids, .rules = NULL);

/* --- 824 ----------------------------------------------------------------------- */

static const struct x12_element_rule hand_bgn[] = {
	CODED("Purpose", 353, 2, 2, HAND_CODE('1', '1')),
	ELEMENT("Number", 127, X12_AN, X12_REQUIRED, 1, 30),
	ELEMENT("Date", 373, X12_DT, X12_REQUIRED, 8, 8),
	ELEMENT("Time", 337, X12_TM, X12_OPTIONAL, 4, 8),
};
static const struct x12_element_rule hand_oti[] = {
	CODED("Status", 110, 1, 2, HAND_CODE('T', 'A'), HAND_CODE('T', 'R')),
	ELEMENT("Qualifier", 128, X12_ID, X12_REQUIRED, 2, 3),
	ELEMENT("Reference", 127, X12_AN, X12_REQUIRED, 1, 30),
	ELEMENT("Sender", 142, X12_AN, X12_OPTIONAL, 2, 15),
	ELEMENT("Receiver", 124, X12_AN, X12_OPTIONAL, 2, 15),
	ELEMENT("Date", 373, X12_DT, X12_OPTIONAL, 8, 8),
	ELEMENT("Time", 337, X12_TM, X12_OPTIONAL, 4, 8),
	ELEMENT("Group number", 28, X12_N, X12_OPTIONAL, 1, 9),
	ELEMENT("Set number", 329, X12_AN, X12_OPTIONAL, 4, 9),
	ELEMENT("Set", 143, X12_ID, X12_OPTIONAL, 3, 3),
	ELEMENT("Version", 480, X12_AN, X12_OPTIONAL, 1, 12),
};
static const struct x12_element_rule hand_7g[] = {
	CODED("Qualifier", 128, 2, 3, HAND_CODE('7', 'G')),
	ELEMENT("Reason", 127, X12_AN, X12_REQUIRED, 1, 30),
	ELEMENT("Description", 352, X12_AN, X12_OPTIONAL, 1, 80),
};
static const struct x12_element_rule hand_ted[] = {
	ELEMENT("Error", 647, X12_ID, X12_REQUIRED, 1, 3),
	ELEMENT("Message", 3, X12_AN, X12_OPTIONAL, 1, 60),
	ELEMENT("Segment", 721, X12_ID, X12_OPTIONAL, 2, 3),
	ELEMENT("Position", 719, X12_N, X12_OPTIONAL, 1, 6),
};
static const struct x12_position hand_ted_loop[] = {
	SEGMENT(10, ID3('T', 'E', 'D'), "TED", X12_REQUIRED, 1, hand_ted),
};
static const struct x12_position hand_oti_loop[] = {
	SEGMENT(11, ID3('O', 'T', 'I'), "OTI", X12_REQUIRED, 1, hand_oti),
	SEGMENT(12, ID3('R', 'E', 'F'), "REF", X12_OPTIONAL, 12, hand_7g),
	LOOP(13, ID3('T', 'E', 'D'), "TED", X12_OPTIONAL, X12_MAX_ANY, hand_ted_loop),
};
static const struct x12_position hand_824[] = {
	SEGMENT(0, ID2('S', 'T'), "ST", X12_REQUIRED, 1, hand_st),
	SEGMENT(1, ID3('B', 'G', 'N'), "BGN", X12_REQUIRED, 1, hand_bgn),
	LOOP(2, ID3('O', 'T', 'I'), "OTI", X12_REQUIRED, X12_MAX_ANY, hand_oti_loop),
	SEGMENT(3, ID2('S', 'E'), "SE", X12_REQUIRED, 1, hand_se),
};
static const uint32_t hand_824_ids[] = { ID2('S', 'E'), ID2('S', 'T'), ID3('B', 'G', 'N'),
	ID3('O', 'T', 'I'), ID3('R', 'E', 'F'), ID3('T', 'E', 'D') };
static const struct x12_guide hand_guide_824 =
	GUIDE("whole-824", "824", "AG", "00", hand_824, hand_824_ids, .rules = NULL);
/* clang-format on */

#endif
