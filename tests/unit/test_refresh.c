/* SPDX-License-Identifier: Apache-2.0 */
/* When something is fetched again: long before it ends, and not more often than that. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "processes/refresh.h"

#define HOUR (3600 * NS_PER_S)

static const struct {
	const char *name;
	int64_t lasts_ns;
	uint64_t dice;
	int64_t want_ns;
} pauses[] = {
	{ "a week", 168 * HOUR, 0, 6 * HOUR },
	{ "a week, the least", 168 * HOUR, UINT64_C(2160) * NS_PER_S, 6 * HOUR - 2160 * NS_PER_S },
	{ "two hours", 2 * HOUR, 0, HOUR },
	{ "a minute", 60 * NS_PER_S, 0, 30 * NS_PER_S },
	{ "a second", NS_PER_S, 0, 10 * NS_PER_S },
	{ "nothing", 0, 7, 10 * NS_PER_S },
	{ "ended already", -HOUR, 7, 10 * NS_PER_S },
};

static void pauses_follow_how_long_it_lasts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pauses); i++) {
		int64_t got = refresh_pause_ns(HOUR, HOUR + pauses[i].lasts_ns, pauses[i].dice);

		if (got != pauses[i].want_ns)
			fail_msg("%s: %lld ns", pauses[i].name, (long long)got);
	}
	for (uint64_t dice = 0; dice < 100000; dice += 777) {
		int64_t got = refresh_pause_ns(0, 2 * HOUR, dice * NS_PER_S);
		assert_true(got > HOUR - HOUR / 10 - 1 && got <= HOUR);
	}
}

static void failures_wait_longer_and_not_for_ever(void **state)
{
	static const int64_t seconds[] = { 10, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600,
		3600 };

	(void)state;
	for (unsigned i = 0; i < COUNT(seconds); i++)
		for (uint64_t dice = 0; dice < 100; dice++) {
			int64_t base = seconds[i] * NS_PER_S;
			int64_t got = refresh_backoff_ns(i, dice * UINT64_C(0x9e3779b97f4a7c15));

			if (got < base - base / 4 || got > base + base / 4)
				fail_msg("%u failures: %lld ns", i, (long long)got);
		}
	assert_true(refresh_backoff_ns(UINT32_MAX, 0) <= 2 * HOUR);
}

/* A source is not asked again each second for as long as our disk is full. */
static void a_house_in_trouble_asks_ever_less(void **state)
{
	static const int64_t seconds[] = { 1, 1, 2, 4, 8, 16, 32, 64, 64 };

	(void)state;
	for (unsigned i = 0; i < COUNT(seconds); i++)
		assert_int_equal(refresh_delay_ns(i), seconds[i] * NS_PER_S);
	assert_int_equal(refresh_delay_ns(UINT32_MAX), 64 * NS_PER_S);
}

static const struct {
	const char *name;
	int64_t due_ns;
	bool want;
} dues[] = {
	{ "at once", 0, true },
	{ "now", HOUR, true },
	{ "soon", HOUR + 1, false },
	{ "at the latest", 7 * HOUR, false },
	{ "later than any pause: the clock was set back", 7 * HOUR + 1, true },
	{ "never", INT64_MAX, true },
};

static void a_clock_that_was_set_back_stops_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dues); i++)
		if (refresh_is_due(dues[i].due_ns, HOUR) != dues[i].want)
			fail_msg("%s", dues[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pauses_follow_how_long_it_lasts),
		cmocka_unit_test(failures_wait_longer_and_not_for_ever),
		cmocka_unit_test(a_house_in_trouble_asks_ever_less),
		cmocka_unit_test(a_clock_that_was_set_back_stops_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
