/* SPDX-License-Identifier: Apache-2.0 */
/* Used by every process (processes/process.c), and by status and doctor. */
#include "safeguards/clock_belief.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#define WRONG_NS (CLOCK_WRONG_DAYS * 86400 * NS_PER_S)

enum clock_belief clock_belief(const struct clock_held *held, int64_t now_ns)
{
	if (!held->sign)
		return CLOCK_BELIEVED;
	if (now_ns < cert_not_before_ns(held->sign))
		return CLOCK_WRONG;
	if (now_ns <= cert_not_after_ns(held->sign))
		return CLOCK_BELIEVED;
	bool is_root_over = held->root && now_ns > cert_not_after_ns(held->root);
	return is_root_over || now_ns - cert_not_after_ns(held->sign) > WRONG_NS ? CLOCK_WRONG
										 : CLOCK_DOUBTED;
}

char *clock_wrong_words(char out[CLOCK_WRONG_MAX], const struct clock_held *held, int64_t now_ns)
{
	const int64_t begin_ns = cert_not_before_ns(held->sign);
	bool is_recorded = held->recorded_ns >= begin_ns &&
		held->recorded_ns <= cert_not_after_ns(held->sign);
	char now[TIME_TEXT_MAX], newest[TIME_TEXT_MAX];

	snprintf(out, CLOCK_WRONG_MAX, "the clock says %s; %s is of %s", time_format(now, now_ns),
		is_recorded ? "the newest thing recorded" : "our certificate for signing",
		time_format(newest, is_recorded ? held->recorded_ns : begin_ns));
	return out;
}

int64_t clock_recorded_ns(int ledger_dir)
{
	static const char *const names[] = { "ledger.db", "ledger.db-wal" };
	int64_t newest_ns = 0;
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (fstatat(ledger_dir, names[i], &st, AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		int64_t at_ns = st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
		newest_ns = at_ns > newest_ns ? at_ns : newest_ns;
	}
	return newest_ns;
}
