/* SPDX-License-Identifier: Apache-2.0 */
/* What is left of root, as the kernel says it: in a child, as nothing of it comes back. */
#include "exchange_expect.h"

#include <linux/capability.h>
#include <stdio.h>

#include "base/fd.h"
#include "in_child.h"
#include "processes/privileges.h"

#define NOBODY 65534
#define BIT(cap) (UINT64_C(1) << (cap))
#define WANTED                                                                     \
	(BIT(CAP_KILL) | BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SYS_CHROOT) | \
		BIT(CAP_DAC_READ_SEARCH))

enum {
	GOOD,
	NOT_ROOT,
	NO_STATUS,
	WRONG_EFFECTIVE,
	WRONG_PERMITTED,
	WRONG_BOUNDING,
	WRONG_INHERITED
};

/* "CapEff:\t000001ffffffffff" of /proc/self/status; all ones when it is not there. */
static uint64_t set_of(const char *line)
{
	AUTO_IN_PLACE(buf) text = buf_init(65536);
	AUTO_FD fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	size_t at;

	if (fd < 0 || fd_read_all(&text, fd, NULL) != ST_OK ||
		!slice_find(&at, buf_slice(&text), slice_str(line)))
		return UINT64_MAX;
	return strtoull(buf_text(&text) + at + strlen(line), NULL, 16);
}

static int as_root(void *context)
{
	uint64_t had = set_of("CapPrm:");

	(void)context;
	if (geteuid() != 0 || (had & WANTED) != WANTED)
		return NOT_ROOT;
	privileges_limit();
	privileges_limit(); /* a second time is no harm */
	if (set_of("CapEff:") != WANTED)
		return WRONG_EFFECTIVE;
	if (set_of("CapPrm:") != WANTED)
		return WRONG_PERMITTED;
	if (set_of("CapInh:") != 0 || set_of("CapAmb:") != 0)
		return WRONG_INHERITED;
	return (set_of("CapBnd:") & ~WANTED) == 0 ? GOOD : WRONG_BOUNDING;
}

static void root_keeps_what_is_listed(void **state)
{
	int status = in_child(as_root, NULL);

	(void)state;
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_ROOT)
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), GOOD);
}

/* Nobody has nothing to lose, and is not stopped for it. */
static int as_nobody(void *context)
{
	uint64_t bounding = set_of("CapBnd:");

	(void)context;
	if (geteuid() == 0 &&
		(setresgid(NOBODY, NOBODY, NOBODY) != 0 || setresuid(NOBODY, NOBODY, NOBODY) != 0))
		return NOT_ROOT;
	privileges_limit();
	if (set_of("CapEff:") != 0 || set_of("CapPrm:") != 0)
		return WRONG_EFFECTIVE;
	return set_of("CapBnd:") == bounding ? GOOD : WRONG_BOUNDING;
}

static void others_go_on(void **state)
{
	int status = in_child(as_nobody, NULL);

	(void)state;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), GOOD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_keeps_what_is_listed),
		cmocka_unit_test(others_go_on),
	};

	return cmocka_run_group_tests_name("privileges", tests, NULL, NULL);
}
