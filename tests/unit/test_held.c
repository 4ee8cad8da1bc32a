/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies without a descriptor: what goes in comes out, at every size around the limits; numbers are
 * never those of descriptors, and come back when they are free; what is not held is nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/resource.h>

#include "base/fd.h"
#include "base/held.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint8_t bytes[HELD_MAX + 1];

static const struct {
	const char *name;
	size_t first, second; /* bytes of two pieces */
	bool held;
} sizes[] = {
	{ "nothing", 0, 0, false },
	{ "a byte", 1, 0, true },
	{ "a byte behind nothing", 0, 1, true },
	{ "the most", HELD_MAX, 0, true },
	{ "the most in two", HELD_MAX - 1, 1, true },
	{ "one more", HELD_MAX + 1, 0, false },
	{ "one more in two", HELD_MAX, 1, false },
	{ "a sum that wraps", 1, SIZE_MAX, false },
};

static void test_sizes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const struct slice pieces[] = { slice_of(bytes, sizes[i].first),
			{ bytes + 5, sizes[i].second } };
		int fd = held_new(pieces, 2);
		if ((fd >= 0) != sizes[i].held || held_is(fd) != sizes[i].held)
			fail_msg("%s: %d", sizes[i].name, fd);
		if (!sizes[i].held)
			continue;
		struct slice got = held_bytes(fd);
		assert_true(slice_eq(slice_to(got, sizes[i].first), pieces[0]));
		assert_true(slice_eq(slice_from(got, sizes[i].first), pieces[1]));
		held_free(fd);
		assert_false(held_is(fd));
		assert_int_equal(held_bytes(fd).n, 0);
	}
}

static void test_numbers(void **state)
{
	static int all[HELD_COUNT_MAX];
	struct rlimit limit;
	struct slice piece = S("x");

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	for (size_t i = 0; i < HELD_COUNT_MAX; i++) {
		all[i] = held_new(&piece, 1);
		assert_true(held_is(all[i]));
		assert_true((rlim_t)all[i] >= limit.rlim_max);
		assert_int_equal(fcntl(all[i], F_GETFD), -1);
		assert_true(i == 0 || all[i] != all[i - 1]);
	}
	assert_int_equal(held_new(&piece, 1), -1); /* too many */
	held_free(all[5]);
	held_free(all[9]);
	assert_int_equal(held_new(&piece, 1), all[9]);
	assert_int_equal(held_new(&piece, 1), all[5]);
	assert_int_equal(held_new(&piece, 1), -1);
	for (size_t i = 0; i < HELD_COUNT_MAX; i++)
		held_free(all[i]);
}

static void test_what_is_not_held(void **state)
{
	static const int others[] = { -1, 0, 2, 1000, (1 << 30) - 1, (1 << 30) + HELD_COUNT_MAX,
		INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		assert_false(held_is(others[i]));
		assert_int_equal(held_bytes(others[i]).n, 0);
	}
}

/* Few bytes need no descriptor, many have one: whoever reads them sees no difference. */
static void test_bodies(void **state)
{
	static const size_t lengths[] = { 0, 1, HELD_MAX, HELD_MAX + 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		const struct slice content = slice_of(bytes, lengths[i]);
		AUTO_IN_PLACE(mapping) map = { 0 };
		uint64_t size;
		struct fault f;
		int fd, was;

		assert_int_equal(body_new(&fd, "test", &content, 1, &f), ST_OK);
		was = fd;
		assert_int_equal(held_is(fd), lengths[i] != 0 && lengths[i] <= HELD_MAX);
		assert_int_equal(fd_size(&size, fd, &f), ST_OK);
		assert_int_equal(size, lengths[i]);
		assert_int_equal(mapping_init(&map, fd, lengths[i], &f), ST_OK);
		assert_true(slice_eq(map.bytes, content));
		fd_close(&fd);
		assert_int_equal(fd, -1);
		assert_false(held_is(was));
		assert_int_equal(fcntl(was, F_GETFD), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_what_is_not_held),
		cmocka_unit_test(test_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
