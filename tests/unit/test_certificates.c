/* SPDX-License-Identifier: Apache-2.0 */
/* When a certificate ends, in words. */
#include "cli/cli.h" /* before cmocka, whose fail() is a macro */

#include "exchange_expect.h"

#include "base/clock.h"
#include "cli/certificates.h"

#define DAY (86400 * NS_PER_S)
#define NOW (1000 * DAY)

/* main.c's, which is in no library. */
int fail_with(enum exit_code code, const char *format, ...)
{
	(void)format;
	return (int)code;
}

static const struct {
	const char *name;
	int64_t left_ns;
	const char *want;
} ends[] = {
	{ "five seconds ago", -5 * NS_PER_S, "ended less than a day ago" },
	{ "a day ago", -DAY, "ended 1 day ago" },
	{ "almost two days ago", 1 - 2 * DAY, "ended 1 day ago" },
	{ "two days ago", -2 * DAY, "ended 2 days ago" },
	{ "now", 0, "ends within a day" },
	{ "in a second", NS_PER_S, "ends within a day" },
	{ "in a day", DAY, "ends in 1 day" },
	{ "in ten", 10 * DAY, "ends in 10 days" },
};

static void an_end_is_said_in_whole_days(void **state)
{
	char text[CERTIFICATE_END_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		const struct credential c = { .ends_ns = NOW + ends[i].left_ns };

		expect_text(ends[i].name, certificate_end_format(text, &c, NOW), ends[i].want);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_end_is_said_in_whole_days),
	};

	return cmocka_run_group_tests_name("certificates", tests, NULL, NULL);
}
