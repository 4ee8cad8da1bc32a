/* SPDX-License-Identifier: Apache-2.0 */
/* Who yields to the most urgent lane, how long, and that it is never for ever. */
#include "exchange_expect.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "processes/urgency.h"

#define MS NS_PER_MS
#define NOW (INT64_C(1000000) * MS)
#define HOLD URGENCY_HOLD_NS
#define FLOOR URGENCY_FLOOR_NS

static void expect_number(const char *name, int64_t got, int64_t want)
{
	if (got != want)
		fail_msg("%s: %lld, want %lld", name, (long long)got, (long long)want);
}

/* Times before NOW; NEVER: it has not happened. */
#define NEVER INT64_MAX

static int64_t ago(int64_t ns)
{
	return ns == NEVER ? 0 : NOW - ns;
}

static const struct {
	const char *name;
	unsigned lane;
	int64_t seen, passed; /* so long ago */
	int64_t want_ns;
} cases[] = {
	{ "nothing urgent was ever there", 3, NEVER, 0, 0 },
	{ "nothing urgent, nothing passed", 3, NEVER, NEVER, 0 },
	{ "the first after a long time goes at once", 3, 0, NEVER, 0 },
	{ "one has just gone: the whole hold", 3, 0, 0, HOLD },
	{ "half the hold is over", 3, HOLD / 2, 0, HOLD - HOLD / 2 },
	{ "the hold's last moment", 3, HOLD - 1, 0, 1 },
	{ "the hold is over", 3, HOLD, 0, 0 },
	{ "the floor comes before the hold ends", 3, 0, FLOOR - MS, MS },
	{ "the floor's last moment", 3, 0, FLOOR - 1, 1 },
	{ "the floor: one piece goes", 3, 0, FLOOR, 0 },
	{ "every other lane yields", 1, 0, 0, HOLD },
	{ "what has no lane yields", 5, 0, 0, HOLD },
	{ "the most urgent lane does not", 0, 0, 0, 0 },
	{ "a time to come is no time", 3, -MS, 0, 0 },
	{ "the end of time is no time", 3, NOW - INT64_MAX, 0, 0 },
	{ "a time before all time is no time", 3, INT64_MAX - 1, 0, 0 },
};

static void who_yields_how_long(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct yielding y = { .passed_ns = ago(cases[i].passed) };
		int64_t got = yielding_ns(&y, cases[i].lane, ago(cases[i].seen), NOW);
		expect_number(cases[i].name, got, cases[i].want_ns);
	}
}

/* Somebody marks without end: how much goes in a second is the promise. */
static void the_floor_holds_under_any_marks(void **state)
{
	struct yielding y = { 0 };
	unsigned passed = 0;

	(void)state;
	for (int64_t t = 0; t < NS_PER_S; t += MS / 10)
		if (yielding_ns(&y, 3, NOW + t, NOW + t) == 0) {
			yielding_pass(&y, 3, NOW + t);
			passed++;
		}
	expect_number("pieces in a second", passed, NS_PER_S / FLOOR);
}

/* What is urgent goes by itself: it takes nothing from the floor of the others. */
static void urgent_work_does_not_use_the_floor(void **state)
{
	struct yielding y = { 0 };

	(void)state;
	yielding_pass(&y, 0, NOW);
	expect_number("wait", yielding_ns(&y, 3, NOW, NOW), 0);
	yielding_pass(&y, 3, NOW);
	yielding_pass(&y, 0, NOW + FLOOR);
	expect_number("wait", yielding_ns(&y, 3, NOW + FLOOR, NOW + FLOOR), 0);
}

/* Two processes at one page. */
static void two_look(struct urgency **one, struct urgency **other)
{
	AUTO_FD fd = -1;
	struct fault f;

	assert_int_equal(urgency_page_new(&fd, &f), ST_OK);
	assert_int_equal(urgency_open(one, fd, &f), ST_OK);
	assert_int_equal(urgency_open(other, fd, &f), ST_OK);
}

static void a_mark_is_seen_by_all(void **state)
{
	struct urgency *one, *other;

	(void)state;
	two_look(&one, &other);
	expect_number("at first", urgency_seen_ns(other), 0);
	urgency_mark(one, 0, NOW);
	expect_number("marked", urgency_seen_ns(other), NOW);
	urgency_mark(one, 3, NOW + MS);
	expect_number("another lane leaves no mark", urgency_seen_ns(other), NOW);
}

static void who_is_dear_is_so_for_its_time(void **state)
{
	struct urgency *one, *other;

	(void)state;
	two_look(&one, &other);
	assert_false(urgency_is_dear(other, 7, NOW));
	urgency_dear_mark(one, 7, NOW);
	assert_true(urgency_is_dear(other, 7, NOW + 1));
	assert_false(urgency_is_dear(other, 8, NOW + 1));
	assert_true(urgency_is_dear(other, 7, NOW + URGENCY_DEAR_TIME_NS - 1));
	assert_false(urgency_is_dear(other, 7, NOW + URGENCY_DEAR_TIME_NS));
	/* What a captured process writes may be any number. */
	assert_false(urgency_is_dear(other, 7, NOW - 1));
	urgency_dear_mark(one, URGENCY_PARTNERS + 9, NOW);
	assert_true(urgency_is_dear(other, 9, NOW));
}

static void who_waits_is_seen_by_all(void **state)
{
	struct urgency *one, *other;

	(void)state;
	two_look(&one, &other);
	expect_number("at first", urgency_waiting(other), 0);
	urgency_waiting_set(one, 5);
	expect_number("set", urgency_waiting(other), 5);
}

static void without_a_page_nobody_yields(void **state)
{
	(void)state;
	urgency_mark(NULL, 0, NOW);
	expect_number("no page", urgency_seen_ns(NULL), 0);
	urgency_waiting_set(NULL, 5);
	expect_number("no page", urgency_waiting(NULL), 0);
	urgency_dear_mark(NULL, 0, NOW);
	assert_false(urgency_is_dear(NULL, 0, NOW));
}

/* Who has it could otherwise kill everybody: touching what is not there is SIGBUS. */
static void the_page_keeps_its_size(void **state)
{
	AUTO_FD fd = -1;
	struct fault f;

	(void)state;
	assert_int_equal(urgency_page_new(&fd, &f), ST_OK);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(ftruncate(fd, 65536), -1);
	assert_int_equal(errno, EPERM);
}

static void what_is_no_page_is_refused(void **state)
{
	AUTO_FD fd = -1;
	struct urgency *u;
	struct fault f;

	(void)state;
	assert_int_equal(memory_file_new(&fd, "none", S("short"), &f), ST_OK);
	assert_int_equal(urgency_open(&u, fd, &f), ST_HOST);
	assert_string_equal(f.code, "page.size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_yields_how_long),
		cmocka_unit_test(the_floor_holds_under_any_marks),
		cmocka_unit_test(urgent_work_does_not_use_the_floor),
		cmocka_unit_test(a_mark_is_seen_by_all),
		cmocka_unit_test(who_is_dear_is_so_for_its_time),
		cmocka_unit_test(who_waits_is_seen_by_all),
		cmocka_unit_test(without_a_page_nobody_yields),
		cmocka_unit_test(the_page_keeps_its_size),
		cmocka_unit_test(what_is_no_page_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
