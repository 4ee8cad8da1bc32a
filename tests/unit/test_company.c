/* SPDX-License-Identifier: Apache-2.0 */
/* How long a batch waits: by what came with the one before, and while something comes. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "processes/company.h"

#define STEP_NS (COMPANY_STEP_MS * NS_PER_MS)

/* All that it waits, in steps, when something joins in each of the first `joined`. */
static int64_t waits(size_t answers, unsigned joined)
{
	struct company c;

	company_init(&c);
	int64_t ns = company_begin(&c, answers), all_ns = ns;

	for (unsigned i = 0; ns > 0; i++) {
		if (i < joined)
			(void)company_join(&c, false);
		ns = company_wait(&c);
		all_ns += ns;
	}
	return all_ns / STEP_NS;
}

static const struct {
	const char *name;
	size_t answers;
	unsigned joined;
	int64_t steps;
} cases[] = {
	{ "one after the other: nobody waits", 1, 9, 0 },
	{ "three are no company", 3, 9, 0 },
	{ "four are", 4, 9, 2 },
	{ "eight wait longer", 8, 9, 3 },
	{ "never longer than the most", 4096, 9, COMPANY_STEPS_MAX },
	{ "nothing came in the first step", 64, 0, 1 },
	{ "nothing came in the second", 64, 1, 2 },
};

static void a_batch_waits_while_something_comes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (waits(cases[i].answers, cases[i].joined) != cases[i].steps)
			fail_msg("%s: %lld steps", cases[i].name,
				(long long)waits(cases[i].answers, cases[i].joined));
}

static void what_is_urgent_ends_it(void **state)
{
	struct company c;

	(void)state;
	company_init(&c);
	assert_true(company_begin(&c, 64) > 0);
	assert_false(company_join(&c, true));
	company_end(&c);
	assert_int_equal(company_wait(&c), 0);
	company_init(&c);
	company_end(&c); /* it came first, and nobody waited yet */
	assert_int_equal(company_begin(&c, 64), 0);
}

static void enough_end_it_once(void **state)
{
	struct company c;

	(void)state;
	company_init(&c);
	for (unsigned i = 1; i < COMPANY_ENOUGH; i++)
		assert_false(company_join(&c, true));
	assert_false(company_join(&c, false)); /* it waits for nobody */
	assert_true(company_begin(&c, 64) > 0);
	assert_true(company_join(&c, true));
	assert_int_equal(company_wait(&c), 0);
	assert_false(company_join(&c, true)); /* said once */
	company_init(&c);
	assert_false(company_join(&c, true)); /* the next one waits again */
	assert_true(company_begin(&c, 64) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_batch_waits_while_something_comes),
		cmocka_unit_test(what_is_urgent_ends_it),
		cmocka_unit_test(enough_end_it_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
