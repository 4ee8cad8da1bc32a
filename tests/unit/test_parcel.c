/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pieces of a message in one descriptor: where each went, in memory and in a spool file, and
 * disks that refuse.
 */
#include "exchange_expect.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/held.h"
#include "processes/parcel.h"

#define PIECES 4
#define SIZE_MAX_HERE (1 << 20)

static const struct {
	const char *name;
	struct slice pieces[PIECES];
	size_t count;
	struct section want[PIECES];
	struct slice bytes;
} cases[] = {
	{ "no pieces", { { 0 } }, 0, { { 0, 0 } }, S("") },
	{ "one", { S("part") }, 1, { { 0, 4 } }, S("part") },
	{ "one that is empty", { S("") }, 1, { { 0, 0 } }, S("") },
	{ "one without an address", { { NULL, 0 } }, 1, { { 0, 0 } }, S("") },
	{ "four", { S("a"), S("bb"), S("\0\0\0"), S("dddd") }, 4,
		{ { 0, 1 }, { 1, 2 }, { 3, 3 }, { 6, 4 } }, S("abb\0\0\0dddd") },
	{ "empty ones between", { S(""), S("bb"), S(""), S("d") }, 4,
		{ { 0, 0 }, { 0, 2 }, { 2, 0 }, { 2, 1 } }, S("bbd") },
};

/* Pieces that lie in no buf of the file. */
static enum status make(int *fd, struct section where[], const struct slice pieces[], size_t count,
	int spool, struct fault *f)
{
	struct parcel parcel = { .count = count, .spool = spool };

	for (size_t i = 0; i < count; i++)
		parcel.pieces[i] = pieces[i];
	return parcel_make(fd, where, &parcel, f);
}

static void expect_bytes(const char *name, int fd, struct slice want)
{
	AUTO_IN_PLACE(buf) got = buf_init(SIZE_MAX_HERE);
	struct fault f = { 0 };
	uint64_t size;

	expect_fault(name, fd_size(&size, fd, &f), &f, ST_OK, NULL);
	expect_fault(name, fd_read_at(&got, fd, 0, size, &f), &f, ST_OK, NULL);
	expect_slice(name, buf_slice(&got), want);
}

/* Nameless, as the ledger's are. */
static int spool_open(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	struct fault f;

	if (fd < 0 && memory_file_open(&fd, "spool", &f) != ST_OK)
		die("no spool file for a test");
	return fd;
}

static void parcel_case(size_t i, int spool)
{
	struct section where[PIECES];
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	expect_fault(cases[i].name,
		make(&fd, where, cases[i].pieces, cases[i].count, spool, &f), &f, ST_OK,
		NULL);
	assert_int_not_equal(fd, spool);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	for (size_t n = 0; n < cases[i].count; n++)
		if (where[n].at != cases[i].want[n].at || where[n].n != cases[i].want[n].n)
			fail_msg("%s: piece %zu at %llu", cases[i].name, n,
				(unsigned long long)where[n].at);
	expect_bytes(cases[i].name, fd, cases[i].bytes);
}

static void pieces_in_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		parcel_case(i, -1);
}

static void pieces_in_a_spool_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_FD spool = spool_open();

		parcel_case(i, spool);
		expect_bytes(cases[i].name, spool, cases[i].bytes); /* it stays the caller's */
	}
}

static void a_memory_parcel_is_sealed(void **state)
{
	static const uint8_t more[HELD_MAX + 1];
	const struct slice few = S("part"), piece = slice_of(more, sizeof(more));
	struct section where;
	struct fault f = { 0 };
	AUTO_FD held = -1, fd = -1;

	(void)state;
	assert_int_equal(make(&held, &where, &few, 1, -1, &f), ST_OK);
	assert_true(held_is(held));
	assert_int_equal(make(&fd, &where, &piece, 1, -1, &f), ST_OK);
	assert_int_equal(pwrite(fd, "P", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 2), -1);
	assert_int_equal(errno, EPERM);
}

static void large_pieces(void **state)
{
	AUTO_IN_PLACE(buf) large = buf_init(SIZE_MAX_HERE / 2), both = buf_init(SIZE_MAX_HERE);
	AUTO_FD spool = spool_open();
	struct section where[2];
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	(void)state;
	put_times(&large, 'x', SIZE_MAX_HERE / 2);
	const struct slice pieces[] = { buf_slice(&large), buf_slice(&large) };
	expect_fault("large", make(&fd, where, pieces, 2, spool, &f), &f, ST_OK, NULL);
	assert_int_equal(where[1].at, SIZE_MAX_HERE / 2);
	put_times(&both, 'x', SIZE_MAX_HERE);
	expect_bytes("large", fd, buf_slice(&both));
}

/* --- disks that refuse --- */

static int full_disk(void)
{
	return open("/dev/full", O_RDWR | O_CLOEXEC);
}

static int read_only(void)
{
	return open("/dev/zero", O_RDONLY | O_CLOEXEC);
}

/* Writing works, and then nobody can say that it is safe. */
static int cannot_be_synced(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0)
		die("no pipe for a test");
	return ends[1];
}

static int closed(void)
{
	return 1000000; /* above every limit */
}

static const struct {
	const char *name;
	int (*spool)(void);
	enum status want;
	const char *code;
} refusals[] = {
	{ "a full disk", full_disk, ST_RETRY, "host.disk-full" },
	{ "a file that cannot be written", read_only, ST_HOST, "host.write" },
	{ "a file that cannot be synced", cannot_be_synced, ST_HOST, "host.write" },
	{ "no file", closed, ST_HOST, "host.descriptors" },
};

static void refusals_leave_no_descriptor(void **state)
{
	const struct slice piece = S("part");

	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		AUTO_FD spool = refusals[i].spool();
		int fd = -7, before, after;
		struct section where;
		struct fault f = { 0 };

		before = dup(STDERR_FILENO);
		close(before);
		expect_fault(refusals[i].name, make(&fd, &where, &piece, 1, spool, &f), &f,
			refusals[i].want, refusals[i].code);
		assert_int_equal(fd, -7);
		after = dup(STDERR_FILENO);
		close(after);
		assert_int_equal(before, after); /* the lowest free one is still free */
		if (spool == closed())
			spool = -1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_in_memory),
		cmocka_unit_test(pieces_in_a_spool_file),
		cmocka_unit_test(a_memory_parcel_is_sealed),
		cmocka_unit_test(large_pieces),
		cmocka_unit_test(refusals_leave_no_descriptor),
	};

	return cmocka_run_group_tests_name("parcel", tests, NULL, NULL);
}
