/* SPDX-License-Identifier: Apache-2.0 */
/* Late is late, but for what both clocks may be wrong by in good faith; and what is kept of it. */
#include "exchange_expect.h"

#include "processes/lateness.h"

#define DEADLINE_NS (INT64_C(1795410846123) * NS_PER_MS)
#define GOOD(us) { true, true, 0, (us) * INT64_C(1000) }
#define BAD { true, false, 0, INT64_C(16) * NS_PER_S }
#define UNKNOWN { false, false, 0, 0 }

static const struct {
	const char *name;
	int64_t after_ns; /* the deadline */
	struct clock_quality receiver, sender;
	bool late;
} moments[] = {
	{ "before", -1, GOOD(0), GOOD(0), false },
	{ "at it", 0, GOOD(0), GOOD(0), false },
	{ "after it", 1, GOOD(0), GOOD(0), true },
	{ "within our error", 500000, GOOD(500), GOOD(0), false },
	{ "within theirs", 500000, GOOD(0), GOOD(500), false },
	{ "within both", 1000000, GOOD(500), GOOD(500), false },
	{ "beyond both", 1000001, GOOD(500), GOOD(500), true },
	{ "ours is not synchronised: a second", NS_PER_S, BAD, GOOD(0), false },
	{ "and no more", NS_PER_S + 1, BAD, GOOD(0), true },
	{ "nobody knows: two", 2 * NS_PER_S, UNKNOWN, UNKNOWN, false },
	{ "and no more of that", 2 * NS_PER_S + 1, UNKNOWN, UNKNOWN, true },
	{ "a claim of an hour excuses a second", NS_PER_S + 1, GOOD(0), GOOD(3600000000), true },
	{ "long ago", 3600 * NS_PER_S, BAD, UNKNOWN, true },
};

static void late_is_late(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		const struct lateness l = { .deadline_ns = DEADLINE_NS,
			.received_ns = DEADLINE_NS + moments[i].after_ns,
			.sent = { DEADLINE_NS, moments[i].sender },
			.clock = moments[i].receiver };
		struct fault f = { 0 };

		expect_fault(moments[i].name, lateness_check(&l, &f), &f,
			moments[i].late ? ST_INPUT : ST_OK, "message.late");
		if ((lateness_came_ns(&l) > DEADLINE_NS) != moments[i].late)
			fail_msg("%s: when it came says otherwise", moments[i].name);
	}
}

static void without_a_deadline_nothing_is_late(void **state)
{
	const struct lateness l = { .received_ns = DEADLINE_NS };
	struct fault f;

	(void)state;
	assert_int_equal(lateness_check(&l, &f), ST_OK);
}

static void the_record_says_it_all(void **state)
{
	const struct lateness l = { .deadline_ns = DEADLINE_NS,
		.received_ns = DEADLINE_NS + 90 * NS_PER_S,
		.sent = { DEADLINE_NS - 60 * NS_PER_S, BAD },
		.clock = GOOD(1500) };
	const struct lateness bare = { .deadline_ns = DEADLINE_NS, .received_ns = 0 };
	struct fault f;

	(void)state;
	assert_int_equal(lateness_fault(&f, &l), ST_INPUT);
	expect_text("record", f.text,
		"deadline=2026-11-23T05:14:06.123Z received=2026-11-23T05:15:36.123Z clock=1500us "
		"sent=2026-11-23T05:13:06.123Z sender-clock=unsynchronised");
	assert_int_equal(lateness_fault(&f, &bare), ST_INPUT);
	expect_says("bare", &f, "clock=unknown sent=unknown sender-clock=unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_is_late),
		cmocka_unit_test(without_a_deadline_nothing_is_late),
		cmocka_unit_test(the_record_says_it_all),
	};

	return cmocka_run_group_tests_name("lateness", tests, NULL, NULL);
}
