/* SPDX-License-Identifier: Apache-2.0 */
/* Who was seen to have a renewed sheet of ours: the youngest counts, also after a restart. */
#include "ledger_house.h"

#include "ledger/readiness.h"
#include "safeguards/digest.h"

static struct ledger *house_of_ledger(void)
{
	struct ledger *l = NULL;
	struct fault f = { 0 };

	expect_fault("open", ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	return l;
}

static void put(struct ledger *l, const char *partner, unsigned generation, int64_t since_ns)
{
	const struct ledger_readiness r = { slice_str(partner), generation, since_ns };
	struct fault f = { 0 };

	expect_fault("begin", ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault(partner, ledger_readiness_put(l, &r, &f), &f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(l, &f), &f, ST_OK, NULL);
}

static void on_row(void *context, const struct ledger_readiness *r)
{
	buf_putf(context, "%.*s %u %lld;", SLICE_FMT(r->partner), r->generation,
		(long long)r->since_ns);
}

static void expect_rows(const char *name, struct ledger *l, const char *want)
{
	AUTO_IN_PLACE(buf) rows = buf_init(1024);
	struct fault f = { 0 };

	expect_fault(name, ledger_readiness(l, on_row, &rows, &f), &f, ST_OK, NULL);
	expect_slice(name, buf_slice(&rows), slice_str(want));
}

static const struct {
	const char *name, *partner;
	unsigned generation;
	int64_t since_ns;
	const char *want;
} steps[] = {
	{ "the first", "b", 2, 10, "b 2 10;" },
	{ "the same again, later", "b", 2, 20, "b 2 10;" },
	{ "an older one", "b", 1, 30, "b 2 10;" },
	{ "another partner", "a", 3, 40, "a 3 40;b 2 10;" },
	{ "a younger one", "b", 3, 50, "a 3 40;b 3 50;" },
};

static void the_youngest_counts_from_when_it_was_seen_first(void **state)
{
	struct ledger *l = house_of_ledger();

	(void)state;
	expect_rows("nobody yet", l, "");
	for (size_t i = 0; i < COUNT(steps); i++) {
		put(l, steps[i].partner, steps[i].generation, steps[i].since_ns);
		expect_rows(steps[i].name, l, steps[i].want);
	}
	ledger_close(l);
	l = house_of_ledger();
	expect_rows("after a restart", l, "a 3 40;b 3 50;");
	ledger_close(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_youngest_counts_from_when_it_was_seen_first,
			house_enter, house_leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
