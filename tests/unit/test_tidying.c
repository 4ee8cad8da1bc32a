/* SPDX-License-Identifier: Apache-2.0 */
/* When the log goes into the database, and who does it. */
#include "exchange_expect.h"

#include "processes/tidying.h"

static void the_next_step(void **state)
{
	static const struct {
		const char *name;
		struct tidying before;
		unsigned pages;
		bool notice;
		enum tidying_step want;
	} cases[] = {
		{ "a short log", { 0, false }, TIDYING_GROWN - 1, false, TIDYING_NONE },
		{ "one that has grown", { 0, false }, TIDYING_GROWN, false, TIDYING_BESIDE },
		{ "by less than that", { 1000, false }, 1000 + TIDYING_GROWN - 1, false, TIDYING_NONE },
		{ "by as much", { 1000, false }, 1000 + TIDYING_GROWN, false, TIDYING_BESIDE },
		{ "while the thread is at work", { 0, true }, TIDYING_GROWN, false, TIDYING_NONE },
		{ "long, while the thread is at work", { 0, true }, TIDYING_LOG_MOST, false,
			TIDYING_NONE },
		{ "while a notice is in hand", { 0, false }, TIDYING_LOG_MOST - 1, true,
			TIDYING_NONE },
		{ "a log that is too long for that", { 0, false }, TIDYING_LOG_MOST, true,
			TIDYING_BESIDE },
		{ "the end of such a log", { TIDYING_LOG_MOST, false }, TIDYING_LOG_MOST, true,
			TIDYING_HERE },
		{ "the end of a log, much of it left", { TIDYING_LOG - TIDYING_LEFT, false },
			TIDYING_LOG, false, TIDYING_BESIDE },
		{ "the end of a log, little of it left", { TIDYING_LOG - TIDYING_LEFT + 1, false },
			TIDYING_LOG, false, TIDYING_HERE },
		{ "a log that began anew", { TIDYING_LOG, false }, 30, false, TIDYING_NONE },
		{ "one that did, and has grown", { TIDYING_LOG, false }, TIDYING_GROWN, false,
			TIDYING_BESIDE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (tidying_next(&cases[i].before, cases[i].pages, cases[i].notice) !=
			cases[i].want)
			fail_msg("%s", cases[i].name);
}

/* However fast it grows while the thread works: it ends, and begins anew. */
static void a_log_that_grows_all_the_time_ends(void **state)
{
	struct tidying t = { 0 };
	unsigned pages = 0, longest = 0, begun_anew = 0;

	(void)state;
	for (unsigned commit = 0; commit < 10000; commit++) {
		pages += 40;
		longest = pages > longest ? pages : longest;
		enum tidying_step step = tidying_next(&t, pages, false);
		if (t.is_under_way)
			tidying_end(&t);
		if (step == TIDYING_BESIDE)
			tidying_begin(&t, pages);
		if (step == TIDYING_HERE) {
			pages = 0;
			begun_anew++;
		}
	}
	assert_true(longest < TIDYING_LOG + TIDYING_GROWN);
	assert_true(begun_anew > 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_next_step),
		cmocka_unit_test(a_log_that_grows_all_the_time_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
