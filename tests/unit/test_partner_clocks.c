/* SPDX-License-Identifier: Apache-2.0 */
/* By how much another clock is ahead, as far as four moments can tell. */
#include "exchange_expect.h"

#include "processes/partner_clocks.h"

DEFINE_AUTO(partner_clocks)

#define MS NS_PER_MS
#define T (INT64_C(1795435200) * NS_PER_S)

static const struct {
	const char *name;
	struct clock_sample sample; /* in milliseconds since T; made 0: not said */
	bool is_good;
	int64_t ahead_us, error_us;
} samples[] = {
	{ "the same clock, 10 ms each way", { 0, 30, 10, 20 }, true, 500, 10500 },
	{ "a second ahead", { 0, 30, 1010, 1020 }, true, 1000500, 10500 },
	{ "a second behind", { 0, 30, -990, -980 }, true, -999500, 10500 },
	{ "slow there, slow back: the bounds hold all the same", { 0, 1010, 1000, 1000 }, true, 495500,
		505500 },
	{ "how long it worked does not matter", { 0, 5020, 10, 5010 }, true, 500, 10500 },
	{ "nothing said of the receipt", { 0, 30, 10, 0 }, true, -4500, 15500 },
	{ "in no time", { 0, 0, 0, 0 }, true, 500, 500 },
	{ "answered before it was sent", { 30, 0, 10, 20 }, false, 0, 0 },
	{ "the receipt was made before the message came", { 0, 30, 20, 10 }, false, 0, 0 },
	{ "longer at work than we waited", { 0, 30, 10, 500 }, false, 0, 0 },
};

static struct clock_sample sample_of(const struct clock_sample *s)
{
	return (struct clock_sample){ .sent_ns = T + s->sent_ns * MS,
		.answered_ns = T + s->answered_ns * MS,
		.received_ns = T + s->received_ns * MS,
		.made_ns = s->made_ns ? T + s->made_ns * MS : 0 };
}

static void four_moments_bound_the_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		struct clock_sample s = sample_of(&samples[i].sample);
		struct clock_difference d = { 0 };
		bool good = clock_difference_of(&d, &s);

		if (good != samples[i].is_good || d.ahead_ns != samples[i].ahead_us * 1000 ||
			d.error_ns != samples[i].error_us * 1000)
			fail_msg("%s: %d, %lld +- %lld", samples[i].name, good,
				(long long)d.ahead_ns, (long long)d.error_ns);
	}
}

static void what_was_not_measured_is_nothing(void **state)
{
	struct clock_difference d;

	(void)state;
	assert_false(clock_difference_of(&d, &(struct clock_sample){ 0, T, T, T }));
	assert_false(clock_difference_of(&d, &(struct clock_sample){ T, T, 0, 0 }));
}

static const struct {
	const char *name;
	int64_t ahead_ms, error_ms;
	bool is_far;
} distances[] = {
	{ "near", 900, 0, false },
	{ "at the limit", 1000, 0, false },
	{ "ahead", 1001, 0, true },
	{ "behind", -1001, 0, true },
	{ "perhaps", 1500, 600, false },
	{ "in any case", 1500, 400, true },
};

static void far_is_far_whatever_the_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(distances); i++) {
		const struct clock_difference d = { distances[i].ahead_ms * MS,
			distances[i].error_ms * MS, T };

		if (clock_is_far(&d, NS_PER_S) != distances[i].is_far)
			fail_msg("%s", distances[i].name);
	}
}

static void note(struct partner_clocks *c, const char *partner, int64_t ahead_ms, int64_t way_ms)
{
	const struct clock_sample s = { .sent_ns = T,
		.answered_ns = T + 2 * way_ms * MS,
		.received_ns = T + (way_ms + ahead_ms) * MS,
		.made_ns = T + (way_ms + ahead_ms) * MS };

	partner_clocks_note(c, slice_str(partner), &s);
}

static void expect_ahead(
	const char *name, const struct partner_clocks *c, const char *partner, int64_t ahead_ms)
{
	struct clock_difference d;

	assert_true(partner_clocks_find(&d, c, slice_str(partner)));
	if (d.ahead_ns / MS != ahead_ms)
		fail_msg("%s: %lld ms", name, (long long)(d.ahead_ns / MS));
}

/* A slow line says little: the quickest of the last few counts, and is forgotten in its turn. */
static void the_narrowest_of_the_last_few_counts(void **state)
{
	AUTO(partner_clocks) c = partner_clocks_new();
	struct clock_difference d;

	(void)state;
	assert_false(partner_clocks_find(&d, c, S("a")));
	note(c, "a", 100, 500);
	expect_ahead("the only one", c, "a", 100);
	note(c, "a", 7, 5);
	for (int i = 0; i < CLOCK_SAMPLES - 1; i++) {
		note(c, "a", 200, 400);
		expect_ahead("the quick one", c, "a", 7);
	}
	note(c, "a", 200, 400);
	expect_ahead("it is gone", c, "a", 200);
	note(c, "b", -50, 5);
	expect_ahead("another partner", c, "b", -49);
	expect_ahead("is another", c, "a", 200);
}

static void partner_word(
	void *context, struct slice partner, const struct clock_difference *d)
{
	buf_putf(context, "%.*s %lld;", SLICE_FMT(partner), (long long)(d->ahead_ns / MS));
}

static void all_are_told(void **state)
{
	AUTO(partner_clocks) c = partner_clocks_new();
	AUTO_IN_PLACE(buf) got = buf_init(256);

	(void)state;
	note(c, "a", 1, 5);
	note(c, "b", 2, 5);
	partner_clocks_each(c, partner_word, &got);
	expect_text("all", buf_text(&got), "b 2;a 1;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_moments_bound_the_difference),
		cmocka_unit_test(what_was_not_measured_is_nothing),
		cmocka_unit_test(far_is_far_whatever_the_error),
		cmocka_unit_test(the_narrowest_of_the_last_few_counts),
		cmocka_unit_test(all_are_told),
	};

	return cmocka_run_group_tests_name("partner_clocks", tests, NULL, NULL);
}
