/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the edge holds of one request: how much of a body in memory, when it goes to a spool file,
 * and no more than agreed.
 */
#include "exchange_expect.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/held.h"
#include "processes/request.h"

#define ROOM (4 * REQUEST_MEMORY_MAX)

static struct request *request_with(uint64_t body_max)
{
	struct request *r = request_new(NULL);

	r->admitted.body_max = body_max;
	r->admitted.area = AREA_BILLING;
	return r;
}

static enum status add_times(struct request *r, uint8_t byte, size_t n, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(ROOM);

	put_times(&piece, byte, n);
	return request_add(r, buf_slice(&piece), f);
}

static void must_add(struct request *r, uint8_t byte, size_t n)
{
	struct fault f = { 0 };

	expect_fault("adding", add_times(r, byte, n, &f), &f, ST_OK, NULL);
}

static int file_new(void)
{
	struct fault f;
	int fd;

	if (memory_file_open(&fd, "spool", &f) != ST_OK)
		die("no file for a test");
	return fd;
}

static void expect_body(int fd, struct slice want)
{
	AUTO_IN_PLACE(buf) got = buf_init(ROOM);
	struct fault f = { 0 };
	uint64_t size;

	expect_fault("size", fd_size(&size, fd, &f), &f, ST_OK, NULL);
	expect_fault("bytes", fd_read_at(&got, fd, 0, size, &f), &f, ST_OK, NULL);
	assert_int_equal(got.n, want.n);
	assert_true(slice_eq(buf_slice(&got), want));
}

/* --- limits --- */

static const struct {
	const char *name;
	uint64_t body_max;
	size_t pieces[3];
	unsigned good; /* pieces that are taken, before one that is not */
} limits[] = {
	{ "nothing allowed, nothing said", 0, { 0, 0, 0 }, 3 },
	{ "nothing allowed", 0, { 1, 0, 0 }, 0 },
	{ "exactly all", 10, { 4, 6, 0 }, 3 },
	{ "one too many at once", 10, { 11, 0, 0 }, 0 },
	{ "one too many at last", 10, { 4, 6, 1 }, 2 },
	{ "much more than is left", 10, { 9, 16384, 0 }, 1 },
	{ "no limit to speak of", UINT64_MAX, { 16384, 16384, 16384 }, 3 },
};

static void limit_case(size_t i, bool spooled)
{
	AUTO(request) r = request_with(limits[i].body_max);
	struct fault f = { 0 };
	uint64_t size = 0;
	unsigned good = 0;

	if (spooled)
		expect_fault("spool", request_spool(r, file_new(), &f), &f, ST_OK, NULL);
	while (good < COUNT(limits[i].pieces) &&
		add_times(r, 'x', limits[i].pieces[good], &f) == ST_OK)
		size += limits[i].pieces[good++];
	if (good != limits[i].good || r->size != size)
		fail_msg("%s: %u pieces, %llu bytes", limits[i].name, good,
			(unsigned long long)r->size);
	if (good < COUNT(limits[i].pieces))
		expect_fault(limits[i].name, f.status, &f, ST_LIMIT, "agreement.size");
	expect_says(limits[i].name, &f, good < COUNT(limits[i].pieces) ? "billing" : NULL);
}

static void no_more_than_agreed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		limit_case(i, false);
		limit_case(i, true);
	}
}

static void a_small_body_wants_no_file(void **state)
{
	AUTO(request) r = request_with(UINT64_MAX);

	(void)state;
	assert_false(request_wants_spool(r));
	for (size_t n = 0; n < REQUEST_MEMORY_MAX; n += REQUEST_PIECE_MAX)
		must_add(r, 'x', REQUEST_PIECE_MAX);
	assert_false(request_wants_spool(r));
	must_add(r, 'x', 1);
	assert_true(request_wants_spool(r));
}

/* The largest that is still held while a file is asked for, and one more byte. */
static void memory_has_an_end(void **state)
{
	AUTO(request) r = request_with(UINT64_MAX);
	struct fault f = { 0 };

	(void)state;
	must_add(r, 'x', REQUEST_MEMORY_MAX + REQUEST_PIECE_MAX);
	expect_fault("no file came", add_times(r, 'x', 1, &f), &f, ST_LIMIT, "buffer.full");
}

/* --- bodies --- */

static void a_small_body_in_memory(void **state)
{
	AUTO(request) r = request_with(100);
	AUTO_FD fd = -1;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(request_add(r, S("one,"), &f), ST_OK);
	assert_int_equal(request_add(r, S(""), &f), ST_OK);
	assert_int_equal(request_add(r, S("two\0"), &f), ST_OK);
	expect_fault("body", request_body(&fd, r, &f), &f, ST_OK, NULL);
	expect_body(fd, S("one,two\0"));
	assert_int_equal(r->size, 8);
	assert_true(held_is(fd));
}

static void a_body_in_a_memory_file(void **state)
{
	static const uint8_t body[HELD_MAX + 1];
	AUTO(request) r = request_with(sizeof(body));
	AUTO_FD fd = -1;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(request_add(r, slice_of(body, sizeof(body)), &f), ST_OK);
	expect_fault("body", request_body(&fd, r, &f), &f, ST_OK, NULL);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM); /* nobody changes it any more, not even the edge */
}

static void an_empty_body(void **state)
{
	AUTO(request) r = request_with(100);
	AUTO_FD fd = -1;
	struct fault f = { 0 };

	(void)state;
	expect_fault("body", request_body(&fd, r, &f), &f, ST_OK, NULL);
	expect_body(fd, S(""));
}

static void want_both(struct buf *out, size_t before, size_t after)
{
	put_times(out, 'm', before);
	put_times(out, 's', after);
}

static void a_large_body_moves_to_its_file(void **state)
{
	AUTO(request) r = request_with(UINT64_MAX);
	AUTO_IN_PLACE(buf) want = buf_init(ROOM);
	AUTO_FD fd = -1;
	struct fault f = { 0 };
	int spool = file_new();

	(void)state;
	must_add(r, 'm', REQUEST_MEMORY_MAX + 1);
	expect_fault("spool", request_spool(r, spool, &f), &f, ST_OK, NULL);
	assert_false(request_wants_spool(r));
	assert_int_equal(r->body.n, 0);
	assert_null(r->body.p); /* and its memory is given back */
	must_add(r, 's', REQUEST_MEMORY_MAX);
	assert_false(request_wants_spool(r));
	want_both(&want, REQUEST_MEMORY_MAX + 1, REQUEST_MEMORY_MAX);
	assert_int_equal(r->size, want.n);
	expect_fault("body", request_body(&fd, r, &f), &f, ST_OK, NULL);
	assert_int_equal(fd, spool);
	assert_int_equal(r->spool, -1);
	expect_body(fd, buf_slice(&want));
}

/* --- descriptors --- */

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void a_file_ends_with_its_request(void **state)
{
	struct request *r = request_with(100);
	struct fault f = { 0 };
	int spool = file_new();

	(void)state;
	assert_int_equal(request_spool(r, spool, &f), ST_OK);
	assert_true(is_open(spool));
	request_free(r);
	assert_false(is_open(spool));
}

static void a_body_outlives_its_request(void **state)
{
	struct request *r = request_with(100);
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	(void)state;
	assert_int_equal(request_spool(r, file_new(), &f), ST_OK);
	assert_int_equal(request_add(r, S("late"), &f), ST_OK);
	assert_int_equal(request_body(&fd, r, &f), ST_OK);
	request_free(r);
	expect_body(fd, S("late"));
}

static void a_second_file_replaces_the_first(void **state)
{
	AUTO(request) r = request_with(100);
	struct fault f = { 0 };
	int first = file_new(), second = file_new();

	(void)state;
	assert_int_equal(request_spool(r, first, &f), ST_OK);
	assert_int_equal(request_spool(r, second, &f), ST_OK);
	assert_false(is_open(first));
	assert_int_equal(r->spool, second);
}

static void full_disks(void **state)
{
	AUTO(request) collected = request_with(100);
	AUTO(request) fresh = request_with(100);
	struct fault f = { 0 };
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_int_equal(request_add(collected, S("abc"), &f), ST_OK);
	expect_fault("moving", request_spool(collected, full, &f), &f, ST_RETRY, "host.disk-full");
	request_free(TAKE(collected));
	assert_false(is_open(full)); /* taken even so */
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_int_equal(request_spool(fresh, full, &f), ST_OK);
	expect_fault("adding", request_add(fresh, S("abc"), &f), &f, ST_RETRY, "host.disk-full");
}

/* --- time --- */

static void time_for_a_body(void **state)
{
	static const struct {
		uint64_t bytes;
		int64_t s;
	} rows[] = {
		{ 0, 60 }, { 16383, 60 }, { 16384, 61 }, { UINT64_C(64) << 20, 60 + 4096 },
		{ UINT64_C(1) << 30, 60 + 65536 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(request_body_time_ns(rows[i].bytes), rows[i].s * NS_PER_S);
}

static void nothing_is_freed(void **state)
{
	(void)state;
	request_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_more_than_agreed),
		cmocka_unit_test(a_small_body_wants_no_file),
		cmocka_unit_test(memory_has_an_end),
		cmocka_unit_test(a_small_body_in_memory),
		cmocka_unit_test(a_body_in_a_memory_file),
		cmocka_unit_test(an_empty_body),
		cmocka_unit_test(a_large_body_moves_to_its_file),
		cmocka_unit_test(a_file_ends_with_its_request),
		cmocka_unit_test(a_body_outlives_its_request),
		cmocka_unit_test(a_second_file_replaces_the_first),
		cmocka_unit_test(full_disks),
		cmocka_unit_test(time_for_a_body),
		cmocka_unit_test(nothing_is_freed),
	};

	return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
