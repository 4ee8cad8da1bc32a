/* SPDX-License-Identifier: Apache-2.0 */
/* What is handed to the gateway as it is, and what is copied first. */
#include "exchange_expect.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/handover.h"
#include "ledger/ledger.h"

static void large_files_are_handed_over_as_they_are(void **state)
{
	static const struct {
		const char *name, *path;
		off_t size;
		bool as_it_is;
	} files[] = {
		{ "large", "document", LEDGER_INLINE_MAX + 1, true },
		{ "small", "document", LEDGER_INLINE_MAX, false },
		{ "empty", "document", 0, false },
		{ "standard input", "-", LEDGER_INLINE_MAX + 1, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		char path[] = "handover-XXXXXX";
		AUTO_IN_PLACE(handover) h = handover_init(NULL, NULL);
		AUTO_FD fd = mkstemp(path);

		assert_true(fd >= 0 && unlink(path) == 0 && ftruncate(fd, files[i].size) == 0);
		if (handover_as_it_is(&h, files[i].path, fd) != files[i].as_it_is)
			fail_msg("%s: handed over otherwise", files[i].name);
		assert_int_equal(h.size, files[i].as_it_is ? files[i].size : 0);
	}
}

/* Their size is not known, or not true, or reading them may take as long as somebody likes. */
static void what_is_no_file_of_a_disk_is_copied(void **state)
{
	int ends[2];
	AUTO_IN_PLACE(handover) h = handover_init(NULL, NULL);

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	AUTO_FD in = ends[0], out = ends[1], process = open("/proc/self/maps", O_RDONLY | O_CLOEXEC),
		device = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	assert_false(handover_as_it_is(&h, "pipe", in));
	assert_false(handover_as_it_is(&h, "pipe", out));
	assert_false(handover_as_it_is(&h, "/proc/self/maps", process));
	assert_false(handover_as_it_is(&h, "/dev/zero", device));
	assert_false(handover_as_it_is(&h, "closed", -1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_files_are_handed_over_as_they_are),
		cmocka_unit_test(what_is_no_file_of_a_disk_is_copied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
