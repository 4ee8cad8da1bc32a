/* SPDX-License-Identifier: Apache-2.0 */
/* Which area a message to the address of all areas is for: the first rule that matches, or none. */
#include "exchange_expect.h"

#include "exchange/area_rules.h"

static const struct area_rules rules = {
	.list = {
		{ .to = "POWER OUTAGES", .area = AREA_OUTAGE },
		{ .subject = "AVAIL", .media_type = "text/csv", .area = AREA_AVAILABILITY },
		{ .media_type = "application/edi-x12", .area = AREA_BILLING },
		{ .subject = "AVAIL", .area = AREA_AGGREGATION },
	},
	.count = 4,
	.otherwise = AREAS,
};

static const struct {
	const char *name, *to, *subject, *type;
	enum status want;
	enum area area;
	const char *code;
} cases[] = {
	{ "by our name", "POWER OUTAGES", "x", "", ST_OK, AREA_OUTAGE, NULL },
	{ "names are case-sensitive", "Power Outages", "x", "text/csv", ST_AUTH, AREAS,
		"as2.area.unknown" },
	{ "the first that matches", "POWER OUTAGES", "AVAIL", "text/csv", ST_OK, AREA_OUTAGE,
		NULL },
	{ "by two signs", "us", "AVAIL", "text/csv", ST_OK, AREA_AVAILABILITY, NULL },
	{ "by one of the two", "us", "AVAIL", "text/plain", ST_OK, AREA_AGGREGATION, NULL },
	{ "by the media type", "us", "", "application/edi-x12", ST_OK, AREA_BILLING, NULL },
	{ "no prefix counts", "us", "AVAILABLE", "text/csv", ST_AUTH, AREAS, "as2.area.unknown" },
	{ "a closed envelope tells later", "us", "AVAIL", "", ST_MORE, AREAS, "as2.area.later" },
	{ "nothing tells", "us", "x", "text/plain", ST_AUTH, AREAS, "as2.area.unknown" },
};

static void the_first_match_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct area_signs signs = { slice_str(cases[i].to),
			slice_str(cases[i].subject), slice_str(cases[i].type) };
		enum area got = AREAS;
		struct fault f = { 0 };

		expect_fault(cases[i].name, area_rules_find(&got, &rules, &signs, &f), &f,
			cases[i].want, cases[i].code);
		assert_int_equal(got, cases[i].area);
	}
}

static void what_is_left_has_an_area(void **state)
{
	struct area_rules all = rules;
	const struct area_signs signs = { S("us"), S("x"), S("text/plain") };
	enum area got;

	(void)state;
	all.otherwise = AREA_BILLING;
	assert_int_equal(area_rules_find(&got, &all, &signs, NULL), ST_OK);
	assert_int_equal(got, AREA_BILLING);
}

static void our_other_names_are_those_of_rules(void **state)
{
	(void)state;
	assert_true(area_rules_name(&rules, S("POWER OUTAGES")));
	assert_false(area_rules_name(&rules, S("POWER")));
	assert_false(area_rules_name(&rules, S("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_match_counts),
		cmocka_unit_test(what_is_left_has_an_area),
		cmocka_unit_test(our_other_names_are_those_of_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
