/* SPDX-License-Identifier: Apache-2.0 */
/* Which clocks cannot be right by what a gateway holds, and what is said of one. */
#include "exchange_expect.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "safeguards/clock_belief.h"
#include "sunny.h"

enum from { SIGN_BEGIN, SIGN_END, ROOT_END };

static const struct {
	const char *name;
	bool has_root, is_later; /* is_later: a certificate for signing that outlives the root */
	enum from from;
	int64_t seconds;
	enum clock_belief want;
} cases[] = {
	{ "the first moment of our certificate", true, false, SIGN_BEGIN, 0, CLOCK_BELIEVED },
	{ "before it", true, false, SIGN_BEGIN, -1, CLOCK_WRONG },
	{ "ten years before it", true, false, SIGN_BEGIN, -315360000, CLOCK_WRONG },
	{ "before it, and no root is known", false, false, SIGN_BEGIN, -1, CLOCK_WRONG },
	{ "its last moment", true, false, SIGN_END, 0, CLOCK_BELIEVED },
	{ "it ended", true, false, SIGN_END, 1, CLOCK_DOUBTED },
	{ "it ended half a year ago", true, false, SIGN_END, 180 * 86400, CLOCK_DOUBTED },
	{ "and nobody leaves it so", true, false, SIGN_END, 180 * 86400 + 1, CLOCK_WRONG },
	{ "the same without a root", false, false, SIGN_END, 180 * 86400 + 1, CLOCK_WRONG },
	{ "it ended, our root did not", true, true, ROOT_END, 0, CLOCK_DOUBTED },
	{ "it ended, and our root did", true, true, ROOT_END, 1, CLOCK_WRONG },
	{ "it ended, and no root is known", false, true, ROOT_END, 1, CLOCK_DOUBTED },
};

static struct cert *sign_of(bool is_later)
{
	const int64_t late_ns = cert_not_after_ns(sunny.root) - 400 * DAY_NS;

	return circle_issue(&sunny, CERT_SIGN, is_later ? late_ns : NOW);
}

static void what_is_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(cert) sign = sign_of(cases[i].is_later);
		const struct clock_held held = { cases[i].has_root ? sunny.root : NULL, sign, 0 };
		const int64_t from_ns[] = { cert_not_before_ns(sign), cert_not_after_ns(sign),
			cert_not_after_ns(sunny.root) };
		int64_t now_ns = from_ns[cases[i].from] + cases[i].seconds * NS_PER_S;

		if (clock_belief(&held, now_ns) != cases[i].want)
			fail_msg("%s: %d", cases[i].name, clock_belief(&held, now_ns));
	}
	assert_int_equal(clock_belief(&(struct clock_held){ sunny.root, NULL, 0 }, 0),
		CLOCK_BELIEVED);
}

/* What a wrong clock recorded is no evidence. */
static void what_is_said(void **state)
{
	AUTO(cert) sign = circle_issue(&sunny, CERT_SIGN, NOW);
	const int64_t begin_ns = cert_not_before_ns(sign), ten_years_ns = 3650 * DAY_NS;
	const struct {
		int64_t recorded_ns, newest_ns;
		const char *is;
	} rows[] = {
		{ begin_ns + DAY_NS, begin_ns + DAY_NS, "the newest thing recorded" },
		{ 0, begin_ns, "our certificate for signing" },
		{ begin_ns + ten_years_ns, begin_ns, "our certificate for signing" },
		{ begin_ns - ten_years_ns, begin_ns, "our certificate for signing" },
	};
	char words[CLOCK_WRONG_MAX], want[CLOCK_WRONG_MAX], now[TIME_TEXT_MAX], at[TIME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct clock_held held = { sunny.root, sign, rows[i].recorded_ns };

		snprintf(want, sizeof(want), "the clock says %s; %s is of %s",
			time_format(now, NOW + ten_years_ns), rows[i].is,
			time_format(at, rows[i].newest_ns));
		assert_string_equal(clock_wrong_words(words, &held, NOW + ten_years_ns), want);
	}
}

static void touch(int dir, const char *name, int64_t at_s)
{
	int fd = openat(dir, name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	const struct timespec times[2] = { { .tv_sec = at_s }, { .tv_sec = at_s } };

	assert_true(fd >= 0 && futimens(fd, times) == 0);
	close(fd);
}

static void when_the_ledger_was_written(void **state)
{
	char path[] = "/tmp/tieline-belief-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(path));
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(dir >= 0);
	assert_int_equal(clock_recorded_ns(dir), 0);
	touch(dir, "ledger.db", 1000);
	assert_int_equal(clock_recorded_ns(dir), 1000 * NS_PER_S);
	touch(dir, "ledger.db-wal", 2000);
	assert_int_equal(clock_recorded_ns(dir), 2000 * NS_PER_S);
	touch(dir, "ledger.db", 3000);
	assert_int_equal(clock_recorded_ns(dir), 3000 * NS_PER_S);
	unlinkat(dir, "ledger.db", 0);
	unlinkat(dir, "ledger.db-wal", 0);
	close(dir);
	rmdir(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_believed),
		cmocka_unit_test(what_is_said),
		cmocka_unit_test(when_the_ledger_was_written),
	};

	return cmocka_run_group_tests_name("clock_belief", tests, sunny_make, sunny_done);
}
