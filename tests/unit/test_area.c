/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four areas: names both ways, and an order of lanes and deadlines that overload will rely on.
 */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/area.h"

static const struct {
	const char *name;
	enum area area;
	unsigned lane;
	int64_t deadline_s, retry_s, retry_max_s, receipt_s, budget_s, age_days;
} areas[] = {
	{ "outage", AREA_OUTAGE, 0, 300, 2, 30, 30, 30, 1 },
	{ "availability", AREA_AVAILABILITY, 1, 900, 2, 30, 60, 60, 1 },
	{ "aggregation", AREA_AGGREGATION, 2, 86400, 10, 600, 600, 3600, 30 },
	{ "billing", AREA_BILLING, 3, 3 * 86400, 5, 3600, 900, 4 * 3600, 30 },
};

static void profiles_are_as_documented(void **state)
{
	(void)state;
	assert_int_equal(COUNT(areas), AREAS);
	for (size_t i = 0; i < COUNT(areas); i++) {
		const struct area_profile *p = area_profile(areas[i].area);

		expect_text(areas[i].name, p->name, areas[i].name);
		expect_text(areas[i].name, area_name(areas[i].area), areas[i].name);
		assert_int_equal(p->lane, areas[i].lane);
		assert_int_equal(p->deadline_ns, areas[i].deadline_s * NS_PER_S);
		assert_int_equal(p->retry_ns, areas[i].retry_s * NS_PER_S);
		assert_int_equal(p->retry_max_ns, areas[i].retry_max_s * NS_PER_S);
		assert_int_equal(p->receipt_ns, areas[i].receipt_s * NS_PER_S);
		assert_int_equal(p->budget_ns, areas[i].budget_s * NS_PER_S);
		assert_int_equal(p->age_ns, areas[i].age_days * 86400 * NS_PER_S);
	}
}

static void every_lane_is_one_areas_own(void **state)
{
	unsigned lanes = 0;

	(void)state;
	for (enum area a = 0; a < AREAS; a++)
		lanes |= 1u << area_profile(a)->lane;
	assert_int_equal(lanes, AREA_ALL);
}

static void names_read_back(void **state)
{
	(void)state;
	for (enum area a = 0; a < AREAS; a++) {
		enum area got = AREAS;
		struct fault f = { 0 };

		expect_fault(area_name(a), area_parse(&got, slice_str(area_name(a)), &f), &f, ST_OK,
			NULL);
		assert_int_equal(got, a);
	}
}

static const struct {
	const char *name;
	struct slice in;
} strangers[] = {
	{ "empty", S("") },
	{ "capital letters", S("Outage") },
	{ "a prefix", S("outag") },
	{ "a longer word", S("outages") },
	{ "a blank behind", S("outage ") },
	{ "NUL behind", S("outage\0") },
	{ "a path", S("outage/x") },
	{ "very long", S("outageoutageoutageoutageoutageoutageoutageoutageoutageoutageoutage") },
};

static void other_names_are_no_areas(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		enum area got = AREA_BILLING;
		struct fault f = { 0 };

		expect_fault(strangers[i].name, area_parse(&got, strangers[i].in, &f), &f, ST_NONE,
			"area.unknown");
		assert_int_equal(got, AREA_BILLING);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles_are_as_documented),
		cmocka_unit_test(every_lane_is_one_areas_own),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(other_names_are_no_areas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
