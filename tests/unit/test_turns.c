/* SPDX-License-Identifier: Apache-2.0 */
/* Who goes next: lanes, partners, age, and the floor under all of them. */
#include "exchange_expect.h"

#include "processes/turns.h"

#define TURNS_MAX 300

struct waiting {
	struct turns turns;
	struct turn list[TURNS_MAX];
	size_t count;
};

static struct turn *add(struct waiting *w, unsigned lane, const char *partner)
{
	struct turn *turn = &w->list[w->count++];

	turns_add(&w->turns, turn, lane, slice_str(partner));
	return turn;
}

static void nobody_waits(void **state)
{
	struct waiting w = { 0 };

	(void)state;
	turns_init(&w.turns);
	assert_null(turns_take(&w.turns));
}

static void the_most_urgent_lane_is_first(void **state)
{
	struct waiting w = { 0 };

	(void)state;
	turns_init(&w.turns);
	struct turn *last = add(&w, TURN_LANE_LAST, "a"), *billing = add(&w, 3, "a"),
		    *outage = add(&w, 0, "a"), *later = add(&w, 0, "a");
	assert_ptr_equal(turns_take(&w.turns), outage);
	assert_ptr_equal(turns_take(&w.turns), later);
	assert_ptr_equal(turns_take(&w.turns), billing);
	assert_ptr_equal(turns_take(&w.turns), last);
	assert_int_equal(w.turns.count, 0);
}

static void partners_take_turns(void **state)
{
	struct waiting w = { 0 };
	static const char *const order[] = { "a", "b", "a", "b", "a", "a" };

	(void)state;
	turns_init(&w.turns);
	for (int i = 0; i < 4; i++)
		add(&w, 2, "a")->owner = (void *)(uintptr_t) "a";
	for (int i = 0; i < 2; i++)
		add(&w, 2, "b")->owner = (void *)(uintptr_t) "b";
	for (size_t i = 0; i < COUNT(order); i++)
		expect_text("a turn", turns_take(&w.turns)->owner, order[i]);
}

/* However many outages come, what is oldest gets every eighth turn. */
static void nothing_waits_for_ever(void **state)
{
	struct waiting w = { 0 };

	(void)state;
	turns_init(&w.turns);
	struct turn *billing = add(&w, 3, "quiet"), *got = NULL;
	unsigned taken = 0;
	while (got != billing && taken < 100) {
		add(&w, 0, "flood");
		got = turns_take(&w.turns);
		taken++;
	}
	assert_int_equal(taken, TURN_FLOOR);
}

/* A flood in the same lane: who asks seldom waits for one of them, not for all. */
static void a_flood_does_not_bury_the_others(void **state)
{
	struct waiting w = { 0 };

	(void)state;
	turns_init(&w.turns);
	for (int i = 0; i < 200; i++)
		add(&w, 0, "flood");
	(void)turns_take(&w.turns);
	struct turn *quiet = add(&w, 0, "quiet");
	assert_ptr_equal(turns_take(&w.turns), quiet);
}

static void who_is_removed_gets_none(void **state)
{
	struct waiting w = { 0 };

	(void)state;
	turns_init(&w.turns);
	struct turn *gone = add(&w, 0, "a"), *there = add(&w, 1, "a");
	turns_remove(&w.turns, gone);
	assert_ptr_equal(turns_take(&w.turns), there);
	assert_null(turns_take(&w.turns));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_waits),
		cmocka_unit_test(the_most_urgent_lane_is_first),
		cmocka_unit_test(partners_take_turns),
		cmocka_unit_test(nothing_waits_for_ever),
		cmocka_unit_test(a_flood_does_not_bury_the_others),
		cmocka_unit_test(who_is_removed_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
