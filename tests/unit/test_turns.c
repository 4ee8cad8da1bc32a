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

/* Takes one, and what it costs; returns whose it was. */
static const char *serve(struct waiting *w)
{
	static const struct {
		const char *partner;
		int64_t cost_ns;
	} costs[] = { { "dear", 4000000 }, { "cheap", 400000 }, { "late", 400000 } };
	struct turn *turn = turns_take(&w->turns);

	for (size_t i = 0; i < COUNT(costs); i++)
		if (strcmp(costs[i].partner, turn->owner) == 0)
			turns_charge(&w->turns, turn, costs[i].cost_ns);
	return turn->owner;
}

static void wait_for(struct waiting *w, const char *partner, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		add(w, 2, partner)->owner = (void *)(uintptr_t)partner;
}

/* As much time, not as many turns: but for the floor, of which each eighth is the oldest's. */
static void who_is_dear_has_fewer_turns(void **state)
{
	struct waiting w = { 0 };
	unsigned dear = 0;

	(void)state;
	turns_init(&w.turns);
	wait_for(&w, "cheap", 60);
	wait_for(&w, "dear", 60);
	for (unsigned i = 0; i < 44; i++)
		dear += strcmp(serve(&w), "dear") == 0;
	assert_in_range(dear, 4, 5);
}

/* It has the next turn, not all of them. */
static void who_was_away_has_saved_nothing(void **state)
{
	struct waiting w = { 0 };
	unsigned late = 0;

	(void)state;
	turns_init(&w.turns);
	wait_for(&w, "cheap", 120);
	for (unsigned i = 0; i < 80; i++)
		(void)serve(&w);
	wait_for(&w, "late", 40);
	for (unsigned i = 0; i < 20; i++)
		late += strcmp(serve(&w), "late") == 0;
	assert_in_range(late, 8, 12);
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
		cmocka_unit_test(who_is_dear_has_fewer_turns),
		cmocka_unit_test(who_was_away_has_saved_nothing),
		cmocka_unit_test(who_is_removed_gets_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
