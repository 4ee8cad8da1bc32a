/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that are views of files: bufs that live in one, what is let go of and comes back, and
 * searching across the places where it is.
 */
#include "exchange_expect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/views.h"

#define SIZE (3 * VIEW_STEP + 12345)
#define LONG (45 * VIEW_STEP + 12345) /* more than is kept at hand */
#define PAGE 4096
#define TMPFS 0x01021994

static struct {
	bool fails;     /* a disk that says so only when it is waited for */
	unsigned waits;
} disk;

/* In front of the C library's. */
int sync_file_range(int fd, off_t at, off_t n, unsigned flags)
{
	disk.waits += (flags & SYNC_FILE_RANGE_WAIT_AFTER) != 0;
	errno = EIO;
	return disk.fails && (flags & SYNC_FILE_RANGE_WAIT_AFTER)
		? -1
		: (int)syscall(SYS_sync_file_range, fd, at, n, flags);
}

static int file_open(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct fault f;

	if (fd < 0 && memory_file_open(&fd, "views", &f) != ST_OK)
		die("no file for a test");
	return fd;
}

static uint8_t byte_at(size_t at)
{
	return (uint8_t)(at * 7 + at / 251);
}

static void fill_in_steps(struct buf *b, size_t n, size_t step)
{
	for (size_t at = b->n, end = at + n; at < end; at = b->n) {
		size_t now = end - at < step ? end - at : step;
		uint8_t *to = buf_extend(b, now);
		assert_non_null(to);
		for (size_t i = 0; i < now; i++)
			to[i] = byte_at(at + i);
	}
}

static void fill(struct buf *b, size_t n)
{
	fill_in_steps(b, n, 50000);
}

static void expect_bytes(const uint8_t *p, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte_at(from + i))
			fail_msg("byte %zu is %u, want %u", i, p[i], byte_at(from + i));
}

static void a_buf_in_a_file_is_a_buf(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, VIEW_ALIGN);
	AUTO_IN_PLACE(buf) back = buf_init(SIZE);
	struct fault f;
	uint64_t at;

	(void)state;
	fill(&b, SIZE);
	const uint8_t *begin = b.p;
	expect_bytes(b.p, 0, SIZE);
	assert_int_equal(buf_check(&b, &f), ST_OK);
	assert_int_equal(buf_file_finish(&b, true, &f), ST_OK);
	assert_ptr_equal(b.p, begin);
	assert_int_equal(fd_read_at(&back, fd, VIEW_ALIGN, SIZE, &f), ST_OK);
	expect_bytes(back.p, 0, SIZE);
	assert_true(buf_file_place(&at, &b, slice_sub(buf_slice(&b), 1000, 10)));
	assert_int_equal(at, VIEW_ALIGN + 1000);
	assert_false(buf_file_place(&at, &b, S("elsewhere")));
	assert_false(buf_file_place(&at, &back, buf_slice(&back)));
}

static const struct {
	const char *name;
	size_t step, room, memory; /* memory: 0 as usual */
} growths[] = {
	{ "few bytes at once", 77, SIZE, 0 },
	{ "a step less one", VIEW_STEP - 1, SIZE, 0 },
	{ "a step", VIEW_STEP, SIZE, 0 },
	{ "a step and one", VIEW_STEP + 1, SIZE, 0 },
	{ "several steps", 3 * VIEW_STEP + 1, SIZE, 0 },
	{ "all", SIZE, SIZE, 0 },
	{ "much room behind", 50000, 40 * VIEW_STEP, 0 },
	{ "little memory", 777, SIZE, VIEW_ALIGN },
	{ "little memory, a step", 4 * VIEW_ALIGN, SIZE, 4 * VIEW_ALIGN },
	{ "little memory, and more at once", VIEW_STEP + 1, SIZE, 4 * VIEW_ALIGN },
};

static void it_grows_by_anything(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(growths); i++) {
		AUTO_FD fd = file_open();
		AUTO_IN_PLACE(buf) b = buf_init_file(growths[i].room, fd, 0);
		AUTO_IN_PLACE(buf) back = buf_init(SIZE);
		struct fault f;

		print_message("%s\n", growths[i].name);
		if (growths[i].memory)
			buf_file_step(&b, growths[i].memory);
		fill_in_steps(&b, SIZE, growths[i].step);
		expect_bytes(b.p, 0, SIZE);
		assert_int_equal(buf_file_finish(&b, true, &f), ST_OK);
		assert_int_equal(fd_read_at(&back, fd, 0, SIZE, &f), ST_OK);
		expect_bytes(back.p, 0, SIZE);
	}
}

/* Pages of the file that the machine's memory holds. */
static size_t pages_held(int fd, size_t n)
{
	static unsigned char held[LONG / PAGE + 1];
	void *p = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, 0);
	size_t count = 0;

	assert_true(p != MAP_FAILED && mincore(p, n, held) == 0);
	for (size_t i = 0; i < n / PAGE; i++)
		count += held[i] & 1;
	munmap(p, n);
	return count;
}

/* Of a file in memory nothing can go. */
static bool is_on_disk(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type != TMPFS;
}

static void what_passes_leaves_the_machines_memory(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(LONG, fd, 0);
	struct fault f;

	(void)state;
	buf_file_pass(&b);
	disk.waits = 0;
	fill_in_steps(&b, LONG, VIEW_STEP / 2);
	assert_int_equal(buf_check(&b, &f), ST_OK);
	assert_int_not_equal(disk.waits, 0);
	if (is_on_disk(fd))
		assert_true(pages_held(fd, 4 * VIEW_STEP) < VIEW_STEP / PAGE);
	expect_bytes(b.p, 0, LONG); /* and is there all the same */
	assert_int_equal(buf_file_finish(&b, true, &f), ST_OK);
}

static void what_is_read_again_stays(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(LONG, fd, 0);

	(void)state;
	disk.waits = 0;
	fill_in_steps(&b, LONG, VIEW_STEP / 2);
	assert_int_equal(disk.waits, 0);
}

/* fsync(2) would not tell it again. */
static void an_error_that_was_waited_for_is_kept(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(LONG, fd, 0);
	struct fault f;

	(void)state;
	buf_file_pass(&b);
	disk.fails = true;
	while (buf_extend(&b, VIEW_STEP / 2))
		;
	disk.fails = false;
	assert_true(b.n < LONG - VIEW_STEP);
	expect_fault("disk", buf_check(&b, &f), &f, ST_HOST, "host.write");
	assert_null(buf_extend(&b, 1)); /* nor does it go on */
}

static void what_does_not_fit_is_said(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(VIEW_STEP, fd, 0);
	struct fault f;

	(void)state;
	fill(&b, VIEW_STEP);
	assert_null(buf_extend(&b, 1));
	expect_fault("full", buf_check(&b, &f), &f, ST_LIMIT, "buffer.full");
}

/* A file that takes nothing: as of a full disk, but that of this test is not ours to fill. */
static void a_file_that_fails_is_said(void **state)
{
	AUTO_FD fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, 0);
	uint8_t *to = NULL;
	struct fault f;

	(void)state;
	do
		to = buf_extend(&b, 50000);
	while (to);
	expect_fault("no file", buf_check(&b, &f), &f, ST_HOST, "host.write");
}

static void a_full_disk_is_said(void **state)
{
	AUTO_FD fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, 0);
	uint8_t *to = NULL;
	struct fault f;

	(void)state;
	do
		to = buf_extend(&b, 50000);
	while (to);
	expect_fault("full", buf_check(&b, &f), &f, ST_RETRY, "host.disk-full");
}

static void the_middle_can_go(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, 0);
	AUTO_IN_PLACE(buf) back = buf_init(SIZE);
	struct fault f;

	(void)state;
	fill(&b, SIZE);
	buf_cut(&b, 77, 1000);
	assert_int_equal(b.n, SIZE - 1000);
	expect_bytes(b.p, 0, 77);
	expect_bytes(b.p + 77, 1077, SIZE - 1077);
	assert_int_equal(buf_file_finish(&b, true, &f), ST_OK);
	assert_int_equal(fd_read_at(&back, fd, 0, SIZE - 1000, &f), ST_OK);
	expect_bytes(back.p + 77, 1077, SIZE - 1077);
	buf_cut(&b, b.n - 5, 100); /* more than there is */
	assert_int_equal(b.n, SIZE - 1005);
}

static void what_is_wiped_is_gone_from_the_file(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, 0);
	AUTO_IN_PLACE(buf) back = buf_init(SIZE);
	struct fault f;

	(void)state;
	fill(&b, SIZE);
	buf_wipe(&b, 10);
	assert_int_equal(b.n, 10);
	assert_int_equal(fd_read_at(&back, fd, 0, 2 * VIEW_STEP, &f), ST_OK);
	for (size_t i = 10; i < back.n; i++)
		assert_int_equal(back.p[i], 0);
	fill(&b, 1000); /* and it goes on */
	expect_bytes(b.p, 0, 1010);
}

static void what_is_not_kept_takes_no_room(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, 0);
	struct stat before, after;
	struct fault f;

	(void)state;
	fill(&b, SIZE);
	assert_int_equal(fdatasync(fd), 0);
	assert_int_equal(fstat(fd, &before), 0);
	assert_int_equal(buf_file_finish(&b, false, &f), ST_OK);
	assert_int_equal(fdatasync(fd), 0);
	assert_int_equal(fstat(fd, &after), 0);
	assert_true(after.st_blocks < before.st_blocks || before.st_blocks == 0);
}

static const struct {
	const char *name;
	bool spends;
	size_t from, to; /* passed over */
	size_t zero_from, zero_to; /* that is gone */
} spendings[] = {
	{ "not allowed", false, 0, 2 * VIEW_STEP, 0, 0 },
	{ "all pages", true, 0, 2 * VIEW_STEP, 0, 2 * VIEW_STEP },
	{ "less than a step", true, 0, VIEW_STEP - 1, 0, 0 },
	{ "pages of which others need a part stay", true, 77, VIEW_STEP + 5077, PAGE,
		VIEW_STEP + PAGE },
};

static void what_is_spent_is_gone(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(spendings); i++) {
		AUTO_FD fd = file_open();
		AUTO_IN_PLACE(buf) b = buf_init_file(SIZE, fd, 0);
		AUTO_IN_PLACE(mapping) map = { 0 };
		const size_t from = spendings[i].from;
		size_t mark = 0;
		struct fault f;

		fill(&b, SIZE);
		assert_int_equal(buf_file_finish(&b, true, &f), ST_OK);
		assert_int_equal(mapping_init(&map, fd, SIZE, &f), ST_OK);
		if (spendings[i].spends)
			views_spend(map.bytes.p, fd);
		views_spent(slice_from(map.bytes, from), &mark, spendings[i].to - from);
		for (size_t at = 0; at < SIZE; at++) {
			bool gone = at >= spendings[i].zero_from && at < spendings[i].zero_to;
			if (map.bytes.p[at] != (gone ? 0 : byte_at(at)))
				fail_msg("%s: byte %zu", spendings[i].name, at);
		}
	}
}

static void several_share_a_file(void **state)
{
	AUTO_FD fd = file_open();
	struct buf_room room = { fd, 0 };
	AUTO_IN_PLACE(buf) one = buf_room_take(&room, SIZE);
	AUTO_IN_PLACE(buf) two = buf_room_take(&room, SIZE);

	(void)state;
	fill(&one, SIZE);
	fill(&two, SIZE);
	assert_true(two.file.at >= SIZE && two.file.at % VIEW_ALIGN == 0);
	expect_bytes(one.p, 0, SIZE);
	expect_bytes(two.p, 0, SIZE);
	room = (struct buf_room){ -1, 0 };
	AUTO_IN_PLACE(buf) memory = buf_room_take(&room, 10);
	assert_false(memory.file.used);
}

static void needles_are_found_where_steps_meet(void **state)
{
	static const char needle[] = "--boundary";
	AUTO_IN_PLACE(buf) hay = buf_init(SIZE);
	size_t at;

	(void)state;
	memset(buf_extend(&hay, SIZE), '-', SIZE);
	assert_false(views_find(&at, buf_slice(&hay), slice_str(needle)));
	for (size_t where = VIEW_STEP - sizeof(needle); where <= VIEW_STEP + 1; where++) {
		buf_set(&hay, where, slice_str(needle));
		assert_true(views_find(&at, buf_slice(&hay), slice_str(needle)));
		assert_int_equal(at, where);
		memset(hay.p + where, '-', sizeof(needle) - 1);
	}
	buf_set(&hay, SIZE - (sizeof(needle) - 1), slice_str(needle));
	assert_true(views_find(&at, buf_slice(&hay), slice_str(needle)));
	assert_int_equal(at, SIZE - (sizeof(needle) - 1));
	assert_false(views_find(&at, S(""), slice_str(needle)));
}

/* Memory that is no view must never be let go of: it would come back empty. */
static void memory_is_left_alone(void **state)
{
	AUTO_FD fd = file_open();
	AUTO_IN_PLACE(buf) viewed = buf_init_file(SIZE, fd, 0);
	AUTO_IN_PLACE(buf) memory = buf_init(SIZE);
	struct slice piece = { 0 }, rest;
	size_t mark = 0;

	(void)state;
	fill(&viewed, SIZE); /* so that there is a view at all */
	fill(&memory, SIZE);
	rest = buf_slice(&memory);
	while (views_step(&piece, &rest))
		;
	for (size_t at = 0; at < SIZE; at += 1000)
		views_passed(buf_slice(&memory), &mark, at);
	expect_bytes(memory.p, 0, SIZE);
	expect_bytes(viewed.p, 0, SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buf_in_a_file_is_a_buf),
		cmocka_unit_test(it_grows_by_anything),
		cmocka_unit_test(what_passes_leaves_the_machines_memory),
		cmocka_unit_test(what_is_read_again_stays),
		cmocka_unit_test(an_error_that_was_waited_for_is_kept),
		cmocka_unit_test(what_does_not_fit_is_said),
		cmocka_unit_test(a_file_that_fails_is_said),
		cmocka_unit_test(a_full_disk_is_said),
		cmocka_unit_test(the_middle_can_go),
		cmocka_unit_test(what_is_wiped_is_gone_from_the_file),
		cmocka_unit_test(what_is_not_kept_takes_no_room),
		cmocka_unit_test(what_is_spent_is_gone),
		cmocka_unit_test(several_share_a_file),
		cmocka_unit_test(needles_are_found_where_steps_meet),
		cmocka_unit_test(memory_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
