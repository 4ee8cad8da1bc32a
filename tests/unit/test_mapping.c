/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces written at once, and views of files: few bytes are read, many mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"

static void test_pieces(void **state)
{
	AUTO_IN_PLACE(buf) back = buf_init(1 << 20);
	struct slice pieces[20];
	AUTO_FD fd = -1;
	struct fault f;

	(void)state;
	for (size_t count = 0; count <= 20; count++) {
		fd_close(&fd);
		buf_clear(&back);
		for (size_t i = 0; i < count; i++)
			pieces[i] = slice_to(S("0123456789"), i % 11);
		assert_int_equal(memory_file_open(&fd, "test", &f), ST_OK);
		assert_int_equal(fd_write_pieces(fd, pieces, count, &f), ST_OK);
		lseek(fd, 0, SEEK_SET);
		assert_int_equal(fd_read_all(&back, fd, &f), ST_OK);
		struct slice rest = buf_slice(&back);
		for (size_t i = 0; i < count; i++) {
			assert_true(slice_has_prefix(rest, pieces[i]));
			rest = slice_from(rest, pieces[i].n);
		}
		assert_int_equal(rest.n, 0);
	}
}

static void test_full_disk(void **state)
{
	AUTO_FD full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const struct slice pieces[] = { S("a"), S("b") };
	struct fault f;

	(void)state;
	assert_int_equal(fd_write_all(full, S("x"), &f), ST_RETRY);
	assert_string_equal(f.code, "host.disk-full");
	assert_int_equal(fd_write_pieces(full, pieces, 2, &f), ST_RETRY);
	assert_string_equal(f.code, "host.disk-full");
}

/* Few bytes are read, many mapped: the same to who looks. */
static void test_mappings(void **state)
{
	static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 300000 };
	static uint8_t bytes[300000];
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 31);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO_IN_PLACE(mapping) m = { 0 }, less = { 0 };
		AUTO_FD fd = -1;

		assert_int_equal(memory_file_new(&fd, "m", slice_of(bytes, sizes[i]), &f), ST_OK);
		assert_int_equal(mapping_init(&m, fd, sizes[i], &f), ST_OK);
		assert_true(slice_eq(m.bytes, slice_of(bytes, sizes[i])));
		if (sizes[i] > 0) {
			assert_int_equal(mapping_init(&less, fd, sizes[i] - 1, &f), ST_LIMIT);
			assert_string_equal(f.code, "file.size");
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_mappings),
	};

	return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
