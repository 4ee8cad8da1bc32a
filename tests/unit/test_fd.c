/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: all of it or a fault; what is sealed stays as it is. */
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

static char place[64];
static int dir;

static int set_up(void **state)
{
	(void)state;
	snprintf(place, sizeof(place), "/tmp/tieline-fd-XXXXXX");
	if (!mkdtemp(place))
		return -1;
	dir = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a", "a.new", "link", "pipe" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(dir, names[i], 0);
	close(dir);
	return rmdir(place);
}

static void test_ownership(void **state)
{
	int fd = open("/dev/null", O_RDONLY), kept;

	(void)state;
	{
		AUTO_FD mine = fd;
		kept = FD_TAKE(mine);
	}
	assert_int_equal(fcntl(kept, F_GETFD), 0);
	{
		AUTO_FD mine = kept;
		(void)mine;
	}
	assert_int_equal(fcntl(kept, F_GETFD), -1);
	fd = -1;
	fd_close(&fd);
}

static void test_memory_files(void **state)
{
	AUTO_IN_PLACE(buf) back = buf_init(100);
	AUTO_FD fd = -1;
	uint64_t size;
	struct fault f;

	(void)state;
	assert_int_equal(memory_file_new(&fd, "test", S("tie\0line"), &f), ST_OK);
	assert_int_equal(fd_size(&size, fd, &f), ST_OK);
	assert_int_equal(size, 8);
	assert_int_equal(write(fd, "x", 1), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 9), -1);
	assert_int_equal(fd_read_at(&back, fd, 4, 4, &f), ST_OK);
	assert_string_equal(buf_text(&back), "line");
	assert_int_equal(fd_read_at(&back, fd, 5, 4, &f), ST_MORE);
	assert_string_equal(f.code, "file.short");
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

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

static void test_all_of_a_pipe(void **state)
{
	AUTO_IN_PLACE(buf) exact = buf_init(10), less = buf_init(9);
	int ends[2];
	struct fault f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pipe(ends), 0);
		assert_int_equal(write(ends[1], "0123456789", 10), 10);
		close(ends[1]);
		enum status st = fd_read_all(i ? &less : &exact, ends[0], &f);
		assert_int_equal(st, i ? ST_LIMIT : ST_OK);
		close(ends[0]);
	}
}

static void test_files(void **state)
{
	AUTO_IN_PLACE(buf) back = buf_init(10);
	struct stat st;
	struct fault f;

	(void)state;
	assert_int_equal(file_read(&back, dir, "a", &f), ST_NONE);
	assert_string_equal(f.code, "file.missing");
	assert_int_equal(file_replace(dir, "a", S("one"), 0600, &f), ST_OK);
	assert_int_equal(file_replace(dir, "a", S("two"), 0600, &f), ST_OK);
	assert_int_equal(file_read(&back, dir, "a", &f), ST_OK);
	assert_string_equal(buf_text(&back), "two");
	assert_int_equal(fstatat(dir, "a", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fstatat(dir, "a.new", &st, 0), -1);
	assert_int_equal(file_replace(dir, "a", S("01234567890"), 0600, &f), ST_OK);
	buf_clear(&back);
	assert_int_equal(file_read(&back, dir, "a", &f), ST_LIMIT);
	assert_int_equal(file_read(&back, dir, ".", &f), ST_LIMIT);
}

/* A link somebody laid where our temporary file goes is not followed. */
static void test_replace_follows_no_link(void **state)
{
	AUTO_IN_PLACE(buf) back = buf_init(10);
	struct fault f;

	(void)state;
	assert_int_equal(file_replace(dir, "link", S("target"), 0600, &f), ST_OK);
	assert_int_equal(symlinkat("link", dir, "a.new"), 0);
	assert_int_equal(file_replace(dir, "a", S("new"), 0600, &f), ST_OK);
	assert_int_equal(file_read(&back, dir, "link", &f), ST_OK);
	assert_string_equal(buf_text(&back), "target");
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
		cmocka_unit_test(test_ownership),
		cmocka_unit_test(test_memory_files),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_all_of_a_pipe),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_replace_follows_no_link),
		cmocka_unit_test(test_mappings),
	};

	return cmocka_run_group_tests_name("fd", tests, set_up, tear_down);
}
