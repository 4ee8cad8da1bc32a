/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of revocation: the newest wins, and a restart forgets nothing. */
#include "ledger_house.h"

#include "ledger/standings.h"
#include "safeguards/digest.h"

#define KEY S("0123456789abcdef0123456789abcdef")

static struct ledger *house_of_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

static enum status keep(
	bool *newer, struct ledger *l, int64_t issued_ns, unsigned outcome, struct slice bytes)
{
	const struct ledger_standing s = { .kind = 1,
		.key = KEY,
		.issued_ns = issued_ns,
		.next_ns = issued_ns + 10,
		.fetched_ns = issued_ns + 1,
		.outcome = outcome,
		.by = S("CN=responder"),
		.bytes = bytes };
	struct fault f = { 0 };

	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	enum status st = ledger_standing_keep(newer, l, &s, &f);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	return st;
}

struct seen {
	unsigned count, outcome;
	int64_t issued_ns;
	char bytes[16];
};

static void on_standing(void *context, const struct ledger_standing *s)
{
	struct seen *seen = context;

	seen->count++;
	seen->outcome = s->outcome;
	seen->issued_ns = s->issued_ns;
	assert_int_equal(slice_to_text(seen->bytes, sizeof(seen->bytes), s->bytes, NULL), ST_OK);
	expect_slice("key", s->key, KEY);
	expect_slice("by", s->by, S("CN=responder"));
}

static struct seen look(struct ledger *l)
{
	struct seen seen = { 0 };
	struct fault f = { 0 };

	expect_fault("look", ledger_standings(l, on_standing, &seen, &f), &f, ST_OK, NULL);
	return seen;
}

static const struct {
	const char *name;
	int64_t issued_ns;
	unsigned outcome;
	const char *bytes;
	enum status want;
	bool newer;
} steps[] = {
	{ "the first", 100, 0, "a", ST_OK, true },
	{ "the same again", 100, 0, "a", ST_OK, false },
	{ "an older one", 99, 0, "b", ST_NONE, false },
	{ "an older and worse one", 99, 1, "b", ST_NONE, false },
	{ "a worse one of that moment", 100, 1, "c", ST_OK, true },
	{ "the better one again", 100, 0, "a", ST_NONE, false },
	{ "a younger one", 101, 0, "d", ST_OK, true },
};

static void the_newest_wins(void **state)
{
	AUTO(ledger) l = house_of_ledger();

	(void)state;
	for (size_t i = 0; i < COUNT(steps); i++) {
		bool newer = false;
		enum status st = keep(&newer, l, steps[i].issued_ns, steps[i].outcome,
			slice_str(steps[i].bytes));

		if (st != steps[i].want || newer != steps[i].newer)
			fail_msg("%s: %s, %snewer", steps[i].name, status_name(st),
				newer ? "" : "not ");
		struct seen seen = look(l);
		assert_int_equal(seen.count, 1);
		if (st == ST_OK)
			expect_text(steps[i].name, seen.bytes, steps[i].bytes);
	}
}

#define SERIES "0123456789abcdef0123456789abcdef"
static const struct {
	const char *name;
	const char *held, *comes; /* what they count */
	int64_t comes_ns; /* held: at 100, to 110 */
	enum status want;
} counts[] = {
	{ "the next number", SERIES "01", SERIES "02", 101, ST_OK },
	{ "a lower number of a later day", SERIES "02", SERIES "01", 101, ST_NONE },
	{ "a lower number of the same day", SERIES "02", SERIES "01", 100, ST_NONE },
	{ "a higher number of an earlier day", SERIES "01", SERIES "02", 99, ST_NONE },
	{ "the same number of a later day", SERIES "02", SERIES "02", 101, ST_OK },
	{ "a lower number when the other has ended", SERIES "02", SERIES "01", 111, ST_OK },
	{ "of another series", SERIES "02", "x123456789abcdef0123456789abcdef01", 101, ST_OK },
	{ "without a number", SERIES "02", "", 101, ST_OK },
	{ "instead of one without a number", "", SERIES "01", 101, ST_OK },
};

/* Two envelopes that judge at once have the same one to compare with, and none of each other's. */
static void no_lower_number_takes_the_place_of_a_higher(void **state)
{
	AUTO(ledger) l = house_of_ledger();
	struct fault f = { 0 };

	(void)state;
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	for (size_t i = 0; i < COUNT(counts); i++) {
		struct ledger_standing s = { .kind = 0,
			.key = KEY,
			.issued_ns = 100,
			.next_ns = 110,
			.fetched_ns = 100,
			.by = S(""),
			.counted = slice_str(counts[i].held),
			.bytes = S("held") };
		bool newer;

		expect_fault("drop", ledger_standing_drop(l, 0, KEY, &f), &f, ST_OK, NULL);
		expect_fault("held", ledger_standing_keep(&newer, l, &s, &f), &f, ST_OK, NULL);
		s.issued_ns = s.fetched_ns = counts[i].comes_ns;
		s.counted = slice_str(counts[i].comes);
		s.bytes = S("comes");
		expect_fault(counts[i].name, ledger_standing_keep(&newer, l, &s, &f), &f,
			counts[i].want, counts[i].want == ST_OK ? NULL : "standing.older");
	}
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
}

static void a_restart_forgets_nothing_and_drop_does(void **state)
{
	struct ledger *l = house_of_ledger();
	struct fault f = { 0 };
	bool newer;

	(void)state;
	assert_int_equal(keep(&newer, l, 5, 1, S("x")), ST_OK);
	ledger_close(l);
	l = house_of_ledger();
	struct seen seen = look(l);
	assert_true(seen.count == 1 && seen.issued_ns == 5 && seen.outcome == 1);
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault("another", ledger_standing_drop(l, 0, KEY, &f), &f, ST_OK, NULL);
	assert_int_equal(look(l).count, 1);
	expect_fault("it", ledger_standing_drop(l, 1, KEY, &f), &f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	assert_int_equal(look(l).count, 0);
	ledger_close(l);
}

struct order {
	size_t count;
	char bytes[64];
};

static void on_next(void *context, const struct ledger_standing *s)
{
	struct order *order = context;

	order->bytes[order->count++] = (char)s->bytes.p[0];
}

/* So that where not all fit, the long ones are left out. */
static void the_shortest_comes_first(void **state)
{
	static const struct {
		uint8_t key[32];
		const char *bytes;
	} rows[] = { { { 1 }, "ccc" }, { { 2 }, "a" }, { { 3 }, "dddd" }, { { 4 }, "bb" } };
	AUTO(ledger) l = house_of_ledger();
	struct order order = { 0 };
	struct fault f = { 0 };
	bool newer;

	(void)state;
	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct ledger_standing s = { .key = slice_of(rows[i].key, 32),
			.by = S(""),
			.bytes = slice_str(rows[i].bytes) };
		expect_fault("keep", ledger_standing_keep(&newer, l, &s, &f), &f, ST_OK, NULL);
	}
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
	expect_fault("look", ledger_standings(l, on_next, &order, &f), &f, ST_OK, NULL);
	expect_text("order", order.bytes, "abcd");
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(the_newest_wins),
		IN_HOUSE(no_lower_number_takes_the_place_of_a_higher),
		IN_HOUSE(a_restart_forgets_nothing_and_drop_does),
		IN_HOUSE(the_shortest_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
