/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole matrix of transitions, written a second time as a drawing; and the pauses between
 * attempts.
 */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/delivery.h"

static const struct {
	const char *name;
	bool final;
	/*
	 * To: ready, sending, deferred, delivered, refused, expired, received, rejected, awaiting,
	 * superseded.
	 */
	const char *row;
} matrix[DELIVERIES] = {
	[DELIVERY_READY] = { "ready", false, ".S.drX...U" },
	[DELIVERY_SENDING] = { "sending", false, "R.DdrX..A." },
	[DELIVERY_DEFERRED] = { "deferred", false, "R..drX...U" },
	[DELIVERY_DELIVERED] = { "delivered", true, ".........." },
	/* It may be right when it comes again. */
	[DELIVERY_REFUSED] = { "refused", true, "...d......" },
	/* A receipt that comes late is proof all the same. */
	[DELIVERY_EXPIRED] = { "expired", true, "...dr....." },
	[DELIVERY_RECEIVED] = { "received", true, ".........." },
	[DELIVERY_REJECTED] = { "rejected", true, ".........." },
	[DELIVERY_AWAITING] = { "awaiting", false, "R..drX...." },
	/* As what expired: the partner may have it. */
	[DELIVERY_SUPERSEDED] = { "superseded", true, "...dr....." },
};

static void transitions_are_exactly_these(void **state)
{
	(void)state;
	for (enum delivery from = 0; from < DELIVERIES; from++)
		for (enum delivery to = 0; to < DELIVERIES; to++)
			if (delivery_may_become(from, to) != (matrix[from].row[to] != '.'))
				fail_msg("%s -> %s: %d", matrix[from].name, matrix[to].name,
					delivery_may_become(from, to));
}

static void ends_are_ends(void **state)
{
	(void)state;
	for (enum delivery s = 0; s < DELIVERIES; s++)
		if (delivery_is_final(s) != matrix[s].final)
			fail_msg("%s: final is %d", matrix[s].name, delivery_is_final(s));
}

static void what_does_not_exist_is_never_reached(void **state)
{
	(void)state;
	for (enum delivery from = 0; from < DELIVERIES; from++)
		assert_false(delivery_may_become(from, DELIVERIES));
}

static void names_read_back(void **state)
{
	(void)state;
	for (enum delivery s = 0; s < DELIVERIES; s++) {
		enum delivery got = DELIVERIES;
		struct fault f = { 0 };

		expect_text("name", delivery_name(s), matrix[s].name);
		expect_fault(matrix[s].name, delivery_parse(&got, slice_str(matrix[s].name), &f),
			&f, ST_OK, NULL);
		assert_int_equal(got, s);
	}
}

static void other_names_are_no_states(void **state)
{
	static const struct slice strangers[] = { S(""), S("READY"), S("read"), S("ready "),
		S("sent") };

	(void)state;
	for (size_t i = 0; i < COUNT(strangers); i++) {
		enum delivery got = DELIVERIES;
		struct fault f = { 0 };

		expect_fault("stranger", delivery_parse(&got, strangers[i], &f), &f, ST_NONE,
			"delivery.unknown");
		assert_int_equal(got, DELIVERIES);
	}
}

static const struct {
	const char *name;
	enum area area;
	unsigned attempt;
	int64_t middle_s;
} pauses[] = {
	{ "first retry of an outage", AREA_OUTAGE, 1, 2 },
	{ "second doubles", AREA_OUTAGE, 2, 4 },
	{ "fourth", AREA_OUTAGE, 4, 16 },
	{ "fifth would be 32", AREA_OUTAGE, 5, 30 },
	{ "none counts as first", AREA_OUTAGE, 0, 2 },
	{ "billing starts small", AREA_BILLING, 1, 5 },
	{ "billing grows", AREA_BILLING, 10, 2560 },
	{ "billing stops at an hour", AREA_BILLING, 11, 3600 },
	{ "aggregation stops at ten minutes", AREA_AGGREGATION, 8, 600 },
	{ "availability", AREA_AVAILABILITY, 3, 8 },
	{ "no overflow far out", AREA_BILLING, 4000000000u, 3600 },
};

/* The largest value of random that still gives the longest pause. */
static uint64_t farthest(int64_t middle_ns)
{
	return (uint64_t)middle_ns / 2;
}

static void pauses_double_up_to_a_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pauses); i++) {
		int64_t middle = pauses[i].middle_s * NS_PER_S;
		int64_t least = retry_pause_ns(pauses[i].area, pauses[i].attempt, 0);
		int64_t most = retry_pause_ns(pauses[i].area, pauses[i].attempt, farthest(middle));

		if (least != middle - middle / 4 || most != middle + middle / 4)
			fail_msg("%s: %lld to %lld", pauses[i].name, (long long)least,
				(long long)most);
	}
}

static const struct {
	const char *name;
	enum area area;
	int64_t first_s;
	unsigned attempt;
	int64_t middle_s;
} waits[] = {
	{ "an outage", AREA_OUTAGE, 0, 1, 30 },
	{ "billing", AREA_BILLING, 0, 1, 900 },
	{ "it doubles", AREA_BILLING, 0, 2, 1800 },
	{ "sixteen times and no more", AREA_BILLING, 0, 9, 16 * 900 },
	{ "as agreed", AREA_BILLING, 4, 1, 4 },
	{ "as agreed, doubled", AREA_BILLING, 4, 3, 16 },
	{ "no overflow far out", AREA_OUTAGE, 86400, 4000000000u, INT64_C(16) * 86400 },
};

static void receipts_are_awaited_longer_each_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(waits); i++) {
		int64_t middle = waits[i].middle_s * NS_PER_S;
		int64_t first = waits[i].first_s * NS_PER_S;
		int64_t least = receipt_wait_ns(waits[i].area, first, waits[i].attempt, 0);
		int64_t most = receipt_wait_ns(
			waits[i].area, first, waits[i].attempt, farthest(middle));

		if (least != middle - middle / 4 || most != middle + middle / 4)
			fail_msg("%s: %lld to %lld", waits[i].name, (long long)least,
				(long long)most);
	}
}

#define NOON_NS (INT64_C(43200) * NS_PER_S)

static const struct {
	const char *name;
	int64_t time_ms; /* that it was given */
	uint64_t bytes;
	int64_t least_ms, most_ms; /* before its deadline */
} lasts[] = {
	{ "a small one", 300000, 2048, 2000, 4000 },
	{ "a large one", 86400000, UINT64_C(100) << 20, 102000, 204000 },
	{ "a short time", 8000, 2048, 1000, 2000 },
	{ "a large one of a short time", 80000, UINT64_C(100) << 20, 10000, 20000 },
	{ "no time", 0, 2048, 0, 0 },
	{ "less than none", -1000, 2048, 0, 0 },
	{ "all bytes there are", 80000, UINT64_MAX, 10000, 20000 },
};

static void a_last_attempt_is_shortly_before_the_deadline(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lasts); i++) {
		int64_t given_ns = NOON_NS - lasts[i].time_ms * NS_PER_MS;
		int64_t least_ns = lasts[i].least_ms * NS_PER_MS;
		int64_t late = last_attempt_ns(given_ns, NOON_NS, lasts[i].bytes, 0);
		int64_t early =
			last_attempt_ns(given_ns, NOON_NS, lasts[i].bytes, (uint64_t)least_ns);

		if (NOON_NS - late != least_ns ||
			NOON_NS - early != lasts[i].most_ms * NS_PER_MS)
			fail_msg("%s: %lld to %lld ms before", lasts[i].name,
				(long long)((NOON_NS - late) / NS_PER_MS),
				(long long)((NOON_NS - early) / NS_PER_MS));
	}
}

static void jitter_stays_within_a_quarter(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		random = random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		int64_t pause =
			retry_pause_ns(AREA_AGGREGATION, 1 + i % 12, i % 7 ? random : UINT64_MAX);
		assert_true(pause >= 10 * NS_PER_S * 3 / 4);
		assert_true(pause <= 600 * NS_PER_S * 5 / 4);
	}
}

static void huge_bodies_take_longer(void **state)
{
	(void)state;
	assert_true(work_time_ns(0) == 60 * NS_PER_S);
	assert_true(work_time_ns(UINT64_C(64) << 30) == (60 + 8192) * NS_PER_S);
	assert_true(work_time_ns(UINT64_MAX) == (60 + 86400) * NS_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(huge_bodies_take_longer),
		cmocka_unit_test(transitions_are_exactly_these),
		cmocka_unit_test(ends_are_ends),
		cmocka_unit_test(what_does_not_exist_is_never_reached),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(other_names_are_no_states),
		cmocka_unit_test(pauses_double_up_to_a_limit),
		cmocka_unit_test(receipts_are_awaited_longer_each_time),
		cmocka_unit_test(a_last_attempt_is_shortly_before_the_deadline),
		cmocka_unit_test(jitter_stays_within_a_quarter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
