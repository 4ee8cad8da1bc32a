/* SPDX-License-Identifier: Apache-2.0 */
/* Which lane is served next, how many of it at once, and what is known of messages on their way. */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/clock.h"
#include "in_child.h"
#include "processes/dispatch.h"

DEFINE_AUTO(dispatch)

/* --- lanes --- */

static void a_lane_is_made_once(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("sunny"), AREA_BILLING);

	(void)state;
	expect_text("partner", lane->partner, "sunny");
	assert_int_equal(lane->area, AREA_BILLING);
	assert_int_equal(lane->in_flight, 0);
	assert_true(lane->due_ns == INT64_MAX);
	assert_ptr_equal(dispatch_lane(d, S("sunny"), AREA_BILLING), lane);
	assert_ptr_not_equal(dispatch_lane(d, S("sunny"), AREA_OUTAGE), lane);
	assert_ptr_not_equal(dispatch_lane(d, S("sunn"), AREA_BILLING), lane);
	assert_ptr_not_equal(dispatch_lane(d, S("sunny2"), AREA_BILLING), lane);
	assert_ptr_not_equal(dispatch_lane(d, S("SUNNY"), AREA_BILLING), lane);
}

static void the_longest_partner_has_a_lane(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	AUTO_IN_PLACE(buf) id = buf_init(PARTY_ID_MAX);

	(void)state;
	put_times(&id, 'x', PARTY_ID_MAX);
	struct lane *lane = dispatch_lane(d, buf_slice(&id), AREA_OUTAGE);
	assert_int_equal(strlen(lane->partner), PARTY_ID_MAX);
	assert_ptr_equal(dispatch_lane(d, buf_slice(&id), AREA_OUTAGE), lane);
}

static void a_lane_is_due_with_its_first(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);

	(void)state;
	lane_due(lane, 50);
	assert_true(lane->due_ns == 50);
	lane_due(lane, 51);
	assert_true(lane->due_ns == 50);
	lane_due(lane, 49);
	assert_true(lane->due_ns == 49);
}

/* --- whether a partner is reached --- */

static void a_proof_frees_the_lanes_that_wait_for_it(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *outage = dispatch_lane(d, S("a"), AREA_OUTAGE);
	struct lane *billing = dispatch_lane(d, S("a"), AREA_BILLING);
	struct lane *other = dispatch_lane(d, S("b"), AREA_BILLING);

	(void)state;
	lane_paused(billing);
	lane_paused(other);
	assert_false(lane_is_eased(billing));
	dispatch_reached(d, outage, 50);
	assert_true(lane_is_eased(billing));
	assert_true(billing->due_ns == 50);
	assert_false(lane_is_eased(outage)); /* nothing of it waits */
	assert_true(outage->due_ns == INT64_MAX);
	assert_false(lane_is_eased(other)); /* of another partner */
	assert_true(other->due_ns == INT64_MAX);
	lane_eased_all(billing);
	assert_false(lane_is_eased(billing));
}

static void a_proof_frees_a_few(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_BILLING);
	struct lane *urgent = dispatch_lane(d, S("a"), AREA_OUTAGE);

	(void)state;
	lane_paused(lane);
	lane_paused(urgent);
	dispatch_reached(d, lane, 50);
	for (unsigned i = 0; i < EASED_BY_ONE; i++) {
		assert_true(lane_is_eased(lane));
		lane_eased_one(i % 2 ? lane : urgent);
	}
	assert_false(lane_is_eased(lane));
	lane_eased_one(lane);
	assert_false(lane_is_eased(lane));
	dispatch_reached(d, lane, 60);
	assert_true(lane_is_eased(lane));
}

static void many_proofs_free_more_and_not_all(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_BILLING);

	(void)state;
	for (unsigned i = 1; i <= 2 * EASED_MOST; i++) {
		dispatch_reached(d, lane, 50);
		assert_int_equal(lane->reach->eased,
			i * EASED_BY_ONE < EASED_MOST ? i * EASED_BY_ONE : EASED_MOST);
	}
}

static void not_all_at_once(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_BILLING);

	(void)state;
	lane_paused(lane);
	for (unsigned i = 0; i < EASED_PARALLEL; i++) {
		dispatch_reached(d, lane, 50);
		assert_true(lane_is_eased(lane));
		flight_add(d, &(struct flight){ .row = i + 1, .lane = lane, .is_eased = true });
	}
	assert_false(lane_is_eased(lane));
	flight_add(d, &(struct flight){ .row = 1000, .lane = lane });
	flight_end(d, 1000);
	assert_false(lane_is_eased(lane));
	flight_end(d, 7);
	assert_true(lane_is_eased(lane));
}

static void who_is_lost_again_frees_nothing(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_BILLING);

	(void)state;
	lane_paused(lane);
	dispatch_reached(d, lane, 50);
	lane_unreached(dispatch_lane(d, S("a"), AREA_OUTAGE), 49); /* older than the proof */
	assert_true(lane_is_eased(lane));
	lane_unreached(dispatch_lane(d, S("a"), AREA_OUTAGE), 50);
	assert_false(lane_is_eased(lane));
}

/* --- next: a clock at 100, two places a partner --- */

#define NOW_NS 100
#define MOST 2

struct waiting {
	const char *partner; /* NULL: no more */
	enum area area;
	int64_t due_ns;
	unsigned in_flight;
};

static const struct {
	const char *name;
	struct waiting lanes[4];
	int want; /* index of the lane; -1: none */
	int64_t next_ns;
} nexts[] = {
	{ "no lanes", { { NULL, 0, 0, 0 } }, -1, INT64_MAX },
	{ "nothing waits", { { "a", AREA_OUTAGE, INT64_MAX, 0 } }, -1, INT64_MAX },
	{ "not yet", { { "a", AREA_OUTAGE, NOW_NS + 1, 0 } }, -1, NOW_NS + 1 },
	{ "just now", { { "a", AREA_OUTAGE, NOW_NS, 0 } }, 0, NOW_NS },
	{ "since long", { { "a", AREA_OUTAGE, INT64_MIN, 0 } }, 0, INT64_MIN },
	{ "one place is left", { { "a", AREA_OUTAGE, 1, MOST - 1 } }, 0, 1 },
	{ "no place is left", { { "a", AREA_OUTAGE, 1, MOST } }, -1, INT64_MAX },
	{ "more in flight than there are places now", { { "a", AREA_OUTAGE, 1, MOST + 3 } }, -1,
		INT64_MAX },
	{ "urgency goes before age",
		{ { "a", AREA_BILLING, 1, 0 }, { "a", AREA_OUTAGE, NOW_NS, 0 } }, 1, 1 },
	{ "what is urgent but not due keeps nobody waiting",
		{ { "a", AREA_OUTAGE, NOW_NS + 1, 0 }, { "b", AREA_BILLING, 7, 0 } }, 1, 7 },
	{ "what is urgent but full keeps nobody waiting",
		{ { "a", AREA_OUTAGE, 1, MOST }, { "b", AREA_BILLING, 7, 0 } }, 1, 7 },
	{ "a full partner keeps no other waiting",
		{ { "a", AREA_OUTAGE, 1, MOST }, { "b", AREA_OUTAGE, 7, 0 } }, 1, 7 },
	{ "a full lane keeps no other of the partner waiting",
		{ { "a", AREA_OUTAGE, 1, MOST }, { "a", AREA_AVAILABILITY, 7, 0 } }, 1, 7 },
	{ "areas in their order",
		{ { "d", AREA_BILLING, 1, 0 }, { "c", AREA_AGGREGATION, 2, 0 },
			{ "b", AREA_AVAILABILITY, 3, 0 } }, 2, 1 },
	{ "the earliest of all is waited for",
		{ { "a", AREA_OUTAGE, NOW_NS + 9, 0 }, { "b", AREA_OUTAGE, NOW_NS + 5, 0 },
			{ "c", AREA_BILLING, NOW_NS + 7, 0 } }, -1, NOW_NS + 5 },
};

static void next_case(size_t i)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lanes[COUNT(nexts[0].lanes)], *got;

	for (size_t n = 0; n < COUNT(lanes) && nexts[i].lanes[n].partner; n++) {
		const struct waiting *w = &nexts[i].lanes[n];

		lanes[n] = dispatch_lane(d, slice_str(w->partner), w->area);
		lanes[n]->in_flight = w->in_flight;
		lane_due(lanes[n], w->due_ns);
	}
	if (dispatch_next_ns(d, MOST) != nexts[i].next_ns)
		fail_msg("%s: next at %lld", nexts[i].name, (long long)dispatch_next_ns(d, MOST));
	got = dispatch_next(d, NOW_NS, MOST);
	if (got != (nexts[i].want < 0 ? NULL : lanes[nexts[i].want]))
		fail_msg("%s: %s", nexts[i].name, got ? got->partner : "none");
}

/* Answers each second, then after a pause, and after the clock was set back. */
static void proofs_of_a_while_ago_are_known(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("sunny"), AREA_BILLING);
	struct lane *other = dispatch_lane(d, S("sunny"), AREA_OUTAGE);
	const int64_t begun_ns = 1000 * NS_PER_S;

	(void)state;
	assert_int_equal(lane_proof_ns(lane, begun_ns, PROOF_NEAR_NS), 0);
	for (int64_t at_ns = begun_ns; at_ns < begun_ns + 100 * NS_PER_S; at_ns += NS_PER_S) {
		dispatch_reached(d, lane, at_ns);
		int64_t near_ns = lane_proof_ns(other, at_ns, PROOF_NEAR_NS);
		int64_t far_ns = lane_proof_ns(other, at_ns, PROOF_FAR_NS);
		if (at_ns < begun_ns + PROOF_NEAR_NS)
			assert_int_equal(near_ns, 0);
		else if (near_ns > at_ns - PROOF_NEAR_NS || near_ns <= at_ns - 2 * PROOF_NEAR_NS)
			fail_msg("near, %lld ns before", (long long)(at_ns - near_ns));
		if (at_ns < begun_ns + PROOF_FAR_NS)
			assert_int_equal(far_ns, 0);
		else if (far_ns > at_ns - PROOF_FAR_NS || far_ns <= at_ns - 2 * PROOF_FAR_NS)
			fail_msg("far, %lld ns before", (long long)(at_ns - far_ns));
	}
	assert_true(lane_proof_ns(lane, begun_ns + 900 * NS_PER_S, PROOF_NEAR_NS) >=
		begun_ns + 95 * NS_PER_S);
	dispatch_reached(d, lane, 10 * NS_PER_S);
	assert_int_equal(lane_proof_ns(lane, 13 * NS_PER_S, PROOF_NEAR_NS), 0);
	assert_int_equal(lane_proof_ns(lane, 14 * NS_PER_S, PROOF_NEAR_NS), 10 * NS_PER_S);
}

static void the_most_urgent_is_next(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(nexts); i++)
		next_case(i);
}

static void nobody_is_served_without_places(void **state)
{
	AUTO(dispatch) d = dispatch_new();

	(void)state;
	lane_due(dispatch_lane(d, S("a"), AREA_OUTAGE), 1);
	assert_null(dispatch_next(d, NOW_NS, 0));
	assert_true(dispatch_next_ns(d, 0) == INT64_MAX);
}

/* One has thousands waiting, all older; the other's few are served every other time. */
static void partners_take_turns(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *busy = dispatch_lane(d, S("busy"), AREA_BILLING);
	struct lane *calm = dispatch_lane(d, S("calm"), AREA_BILLING);

	(void)state;
	lane_due(busy, 1);
	lane_due(calm, 90);
	for (unsigned i = 0; i < 6; i++)
		assert_ptr_equal(dispatch_next(d, NOW_NS, MOST), i % 2 ? calm : busy);
	calm->due_ns = INT64_MAX;
	for (unsigned i = 0; i < 3; i++)
		assert_ptr_equal(dispatch_next(d, NOW_NS, MOST), busy);
	calm->due_ns = 95;
	assert_ptr_equal(dispatch_next(d, NOW_NS, MOST), calm);
}

/* --- the floor --- */

#define TURNS 19000
#define PARTNERS 50

static void lanes_fill(struct dispatch *d, unsigned partners, unsigned areas)
{
	char name[16];

	for (unsigned p = 0; p < partners; p++)
		for (enum area area = 0; area < AREAS; area++) {
			snprintf(name, sizeof(name), "p%u", p);
			if (areas & AREA_BIT(area))
				lane_due(dispatch_lane(d, slice_str(name), area), 1);
		}
}

/* Everything waits all the time: how often each area has its turn, and how long it waits for it. */
struct turns {
	unsigned count[AREAS], longest[AREAS], since[AREAS];
};

static void turns_take(struct turns *t, struct dispatch *d)
{
	*t = (struct turns){ 0 };
	for (unsigned i = 0; i < TURNS; i++) {
		struct lane *lane = dispatch_next(d, NOW_NS, MOST);

		assert_non_null(lane);
		for (enum area area = 0; area < AREAS; area++)
			if (++t->since[area] > t->longest[area])
				t->longest[area] = t->since[area];
		t->since[lane->area] = 0;
		t->count[lane->area]++;
	}
}

static const struct {
	const char *name;
	unsigned partners, areas;
	unsigned least[AREAS], longest[AREAS]; /* of turns */
} floors[] = {
	{ "one partner, all areas", 1, AREA_ALL, { 15900, 1000, 1000, 1000 }, { 4, 20, 20, 20 } },
	{ "many partners, all areas", PARTNERS, AREA_ALL, { 15900, 1000, 1000, 1000 },
		{ 4, 20, 20, 20 } },
	{ "outage and billing", PARTNERS, AREA_BIT(AREA_OUTAGE) | AREA_BIT(AREA_BILLING),
		{ 17800, 0, 0, 1100 }, { 2, TURNS, TURNS, 18 } },
	{ "billing alone has all of it", 3, AREA_BIT(AREA_BILLING), { 0, 0, 0, TURNS },
		{ TURNS, TURNS, TURNS, 1 } },
};

static void no_area_starves(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(floors); i++) {
		AUTO(dispatch) d = dispatch_new();
		struct turns t;

		lanes_fill(d, floors[i].partners, floors[i].areas);
		turns_take(&t, d);
		for (enum area area = 0; area < AREAS; area++)
			if (t.count[area] < floors[i].least[area] ||
				t.longest[area] > floors[i].longest[area])
				fail_msg("%s: %s had %u turns, and waited for %u", floors[i].name,
					area_name(area), t.count[area], t.longest[area]);
	}
}

/* Of many lanes that wait in each area none waits for ever: within an area they rotate. */
static void no_partner_starves(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	unsigned served[PARTNERS] = { 0 };

	(void)state;
	lanes_fill(d, PARTNERS, AREA_ALL);
	for (unsigned i = 0; i < TURNS; i++) {
		struct lane *lane = dispatch_next(d, NOW_NS, MOST);

		if (lane->area == AREA_BILLING)
			served[atoi(lane->partner + 1)]++;
	}
	for (unsigned p = 1; p < PARTNERS; p++)
		assert_true(served[p] >= 18 && served[p] - served[0] + 1 <= 2);
}

/* --- flights --- */

static void fly(
	struct dispatch *d, struct lane *lane, uint64_t row, unsigned courier, int64_t until_ns)
{
	flight_add(d, &(struct flight){ .row = row, .lane = lane, .courier = courier, .attempt = 3,
		.until_ns = until_ns });
}

static void a_flight_is_found_by_its_row(void **state)
{
	/* Rows of one bucket, of none, and the ends of the numbers. */
	static const uint64_t rows[] = { 1, 1025, 2049, 7, 0, UINT64_MAX };
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);
	struct flight got;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_false(flight_find(&got, d, rows[i]));
		fly(d, lane, rows[i], (unsigned)i, 50);
	}
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_true(flight_find(&got, d, rows[i]));
		assert_true(got.row == rows[i] && got.courier == i && got.attempt == 3);
		assert_true(got.lane == lane && got.until_ns == 50);
	}
	assert_false(flight_find(&got, d, 3073));
	assert_int_equal(lane->in_flight, COUNT(rows));
}

static void a_flight_ends_once(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *a = dispatch_lane(d, S("a"), AREA_OUTAGE);
	struct lane *b = dispatch_lane(d, S("b"), AREA_OUTAGE);
	struct flight got;

	(void)state;
	fly(d, a, 1, 0, 50);
	fly(d, a, 1025, 0, 50);
	fly(d, b, 2049, 0, 50);
	flight_end(d, 1025);
	flight_end(d, 1025); /* late news of what is over */
	flight_end(d, 3073); /* and of what never was */
	assert_int_equal(a->in_flight, 1);
	assert_int_equal(b->in_flight, 1);
	assert_false(flight_find(&got, d, 1025));
	assert_true(flight_find(&got, d, 1) && flight_find(&got, d, 2049));
	fly(d, a, 1025, 0, 50);
	assert_int_equal(a->in_flight, 2);
}

static void a_place_is_free_after_the_flight(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);

	(void)state;
	lane_due(lane, 1);
	fly(d, lane, 1, 0, 50);
	fly(d, lane, 2, 0, 50);
	assert_null(dispatch_next(d, NOW_NS, MOST));
	flight_end(d, 1);
	assert_ptr_equal(dispatch_next(d, NOW_NS, MOST), lane);
}

static void a_courier_that_ended_loses_its_flights_only(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);
	struct flight got;
	unsigned lost = 0;

	(void)state;
	for (uint64_t row = 1; row <= 3000; row++)
		fly(d, lane, row, row % 3 == 0, 50);
	for (; flight_of_courier(&got, d, 1); lost++) {
		assert_true(got.row % 3 == 0);
		flight_end(d, got.row);
	}
	assert_int_equal(lost, 1000);
	assert_int_equal(lane->in_flight, 2000);
	assert_false(flight_of_courier(&got, d, 2));
	assert_true(flight_of_courier(&got, d, 0));
}

static void flights_are_overdue_at_their_time(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);
	struct flight got;

	(void)state;
	assert_false(flight_overdue(&got, d, INT64_MAX));
	fly(d, lane, 1, 0, 60);
	fly(d, lane, 2, 0, 50);
	assert_false(flight_overdue(&got, d, 49));
	assert_true(flight_overdue(&got, d, 50) && got.row == 2);
	flight_end(d, 2);
	assert_false(flight_overdue(&got, d, 59));
	assert_true(flight_overdue(&got, d, INT64_MAX) && got.row == 1);
}

static void hurry_shortens_and_never_lengthens(void **state)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);
	struct flight got;

	(void)state;
	fly(d, lane, 1, 0, 60);
	fly(d, lane, 2, 0, 40);
	dispatch_hurry(d, 50);
	assert_true(flight_find(&got, d, 1) && got.until_ns == 50);
	assert_true(flight_find(&got, d, 2) && got.until_ns == 40);
	dispatch_hurry(d, INT64_MAX);
	assert_true(flight_find(&got, d, 1) && got.until_ns == 50);
}

/* --- our own mistakes --- */

static int bug_twice(void *context)
{
	AUTO(dispatch) d = dispatch_new();
	struct lane *lane = dispatch_lane(d, S("a"), AREA_OUTAGE);

	(void)context;
	fly(d, lane, 1, 0, 50);
	fly(d, lane, 1, 0, 50);
	return 0;
}

static int bug_partner(void *context)
{
	AUTO(dispatch) d = dispatch_new();
	AUTO_IN_PLACE(buf) id = buf_init(PARTY_ID_MAX + 1);

	(void)context;
	put_times(&id, 'x', PARTY_ID_MAX + 1);
	dispatch_lane(d, buf_slice(&id), AREA_OUTAGE);
	return 0;
}

static void our_mistakes_abort(void **state)
{
	(void)state;
	assert_true(aborts(bug_twice, NULL));
	assert_true(aborts(bug_partner, NULL));
}

static void nothing_is_freed(void **state)
{
	(void)state;
	dispatch_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lane_is_made_once),
		cmocka_unit_test(the_longest_partner_has_a_lane),
		cmocka_unit_test(a_lane_is_due_with_its_first),
		cmocka_unit_test(a_proof_frees_the_lanes_that_wait_for_it),
		cmocka_unit_test(a_proof_frees_a_few),
		cmocka_unit_test(not_all_at_once),
		cmocka_unit_test(many_proofs_free_more_and_not_all),
		cmocka_unit_test(who_is_lost_again_frees_nothing),
		cmocka_unit_test(proofs_of_a_while_ago_are_known),
		cmocka_unit_test(the_most_urgent_is_next),
		cmocka_unit_test(nobody_is_served_without_places),
		cmocka_unit_test(partners_take_turns),
		cmocka_unit_test(no_area_starves),
		cmocka_unit_test(no_partner_starves),
		cmocka_unit_test(a_flight_is_found_by_its_row),
		cmocka_unit_test(a_flight_ends_once),
		cmocka_unit_test(a_place_is_free_after_the_flight),
		cmocka_unit_test(a_courier_that_ended_loses_its_flights_only),
		cmocka_unit_test(flights_are_overdue_at_their_time),
		cmocka_unit_test(hurry_shortens_and_never_lengthens),
		cmocka_unit_test(our_mistakes_abort),
		cmocka_unit_test(nothing_is_freed),
	};

	return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
