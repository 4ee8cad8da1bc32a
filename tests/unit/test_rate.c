/* SPDX-License-Identifier: Apache-2.0 */
/* Rates as people write them, and meters: a burst, then evenly, and no more in the long run. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/rate.h"

static const struct {
	const char *text;
	unsigned count;
	int64_t per_s;
	const char *again; /* as it is written */
} good[] = {
	{ "20/s", 20, 1, "20/s" },
	{ "600/min", 600, 60, "600/min" },
	{ "600/1m", 600, 60, "600/min" },
	{ "5000/h", 5000, 3600, "5000/h" },
	{ "1000/10s", 1000, 10, "1000/10s" },
	{ "1/1d", 1, 86400, "1/1d" },
	{ "1000000/s", 1000000, 1, "1000000/s" },
	{ "none", 0, 0, "none" },
};

static void rates_are_read_and_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(64);
		struct rate rate;
		struct fault f = { 0 };

		expect_fault(good[i].text, rate_parse(&rate, slice_str(good[i].text), &f), &f,
			ST_OK, NULL);
		assert_int_equal(rate.count, good[i].count);
		assert_int_equal(rate.per_ns, good[i].per_s * NS_PER_S);
		rate_put(&text, &rate);
		expect_text(good[i].text, buf_text(&text), good[i].again);
	}
}

static const struct {
	const char *text;
	enum status status;
} bad[] = {
	{ "", ST_INPUT }, { "20", ST_INPUT }, { "/s", ST_INPUT }, { "20/", ST_INPUT },
	{ "20/fortnight", ST_INPUT }, { "-1/s", ST_INPUT }, { "1.5/s", ST_INPUT },
	{ "20 /s", ST_INPUT }, { "20/s/s", ST_INPUT }, { "None", ST_INPUT }, { "0/s", ST_LIMIT },
	{ "1000001/s", ST_LIMIT }, { "5/2d", ST_LIMIT }, { "5/500ms", ST_LIMIT },
	{ "99999999999999999999/s", ST_INPUT },
};

static void what_is_no_rate_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct rate rate;
		struct fault f = { 0 };

		expect_fault(bad[i].text, rate_parse(&rate, slice_str(bad[i].text), &f), &f,
			bad[i].status, bad[i].status == ST_LIMIT ? "rate.range" : "rate.syntax");
	}
}

/* How many of `asks` at this moment get through. */
static unsigned through(struct meter *m, const struct rate *rate, int64_t now, unsigned asks)
{
	unsigned n = 0;

	for (unsigned i = 0; i < asks; i++)
		if (meter_wait_ns(m, rate, now) == 0) {
			meter_count(m, rate, now);
			n++;
		}
	return n;
}

static void a_burst_then_evenly(void **state)
{
	const struct rate rate = { 10, NS_PER_S };
	struct meter m = { 0 };
	int64_t now = 5 * NS_PER_S;

	(void)state;
	assert_int_equal(through(&m, &rate, now, 1000), 10);
	assert_int_equal(meter_wait_ns(&m, &rate, now), NS_PER_S / 10);
	assert_int_equal(through(&m, &rate, now + NS_PER_S / 10 - 1, 1000), 0);
	assert_int_equal(through(&m, &rate, now + NS_PER_S / 10, 1000), 1);
	assert_int_equal(through(&m, &rate, now + NS_PER_S / 2, 1000), 4);
	/* asked too often, it is not put off: only what got through counts */
	assert_int_equal(through(&m, &rate, now + 100 * NS_PER_S, 1000), 10);
}

static void no_limit_counts_nothing(void **state)
{
	const struct rate none = { 0 };
	struct meter m = { 0 };

	(void)state;
	assert_int_equal(through(&m, &none, NS_PER_S, 100000), 100000);
	assert_int_equal(m.full_mono_ns, 0);
}

/* Read again with another rate, nobody waits longer than the new one would have them wait. */
static void a_new_rate_forgets_the_old(void **state)
{
	const struct rate slow = { 5, 86400 * NS_PER_S }, fast = { 5, NS_PER_S };
	struct meter m = { 0 };

	(void)state;
	assert_int_equal(through(&m, &slow, NS_PER_S, 9), 5);
	assert_int_equal(meter_wait_ns(&m, &fast, NS_PER_S), NS_PER_S / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_are_read_and_written),
		cmocka_unit_test(what_is_no_rate_is_said),
		cmocka_unit_test(a_burst_then_evenly),
		cmocka_unit_test(no_limit_counts_nothing),
		cmocka_unit_test(a_new_rate_forgets_the_old),
	};

	return cmocka_run_group_tests_name("rate", tests, NULL, NULL);
}
