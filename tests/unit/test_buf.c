/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growing bytes: every maximum and every length around it, what an overflow leaves behind, and that
 * memory which held content is not given back with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A few times what a buf allocates first. */
#define SOME 1200

static uint8_t pattern[SOME];

static int start(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
	return 0;
}

static void expect_front(const struct buf *b, size_t n)
{
	assert_int_equal(b->n, n);
	assert_true(slice_eq(buf_slice(b), slice_of(pattern, n)));
	assert_true(b->n <= b->max && b->cap <= b->max + 1);
}

static void expect_full(const struct buf *b, bool full)
{
	struct fault f = { 0 };

	assert_int_equal(b->overflow, full);
	assert_int_equal(buf_check(b, &f), full ? ST_LIMIT : ST_OK);
	assert_string_equal(f.code, full ? "buffer.full" : "");
}

/* --- maxima --- */

static void test_born_empty(void **state)
{
	struct buf b = buf_init(100);

	(void)state;
	assert_true(!b.p && b.n == 0 && b.cap == 0 && b.max == 100);
	expect_full(&b, false);
	assert_int_equal(buf_slice(&b).n, 0);
	buf_done(&b);
	buf_done(&b); /* what is done may be done again */
	assert_true(!b.p && b.max == 0);
}

static const size_t maxima[] = { 0, 1, 2, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, SOME };

/* Byte by byte past the end: all that fits is there, and nothing comes after what did not. */
static void test_growing_by_one(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(maxima); m++) {
		AUTO_IN_PLACE(buf) b = buf_init(maxima[m]);
		for (size_t i = 0; i < maxima[m]; i++) {
			buf_put(&b, slice_of(pattern + i, 1));
			expect_front(&b, i + 1);
		}
		expect_full(&b, false);
		buf_put(&b, slice_of(pattern, 1));
		expect_front(&b, maxima[m]);
		expect_full(&b, true);
	}
}

/* In one go, at every length. */
static void test_growing_at_once(void **state)
{
	(void)state;
	for (size_t m = 0; m < COUNT(maxima); m++)
		for (size_t n = 0; n <= SOME; n++) {
			AUTO_IN_PLACE(buf) b = buf_init(maxima[m]);
			buf_put(&b, slice_of(pattern, n));
			expect_front(&b, n <= maxima[m] ? n : 0);
			expect_full(&b, n > maxima[m]);
		}
}

/* Half of what fits is never written, and what would fit afterwards is not either. */
static void test_an_overflow_is_final(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(10);

	(void)state;
	buf_put(&b, slice_of(pattern, 8));
	buf_put(&b, slice_of(pattern + 8, 3));
	expect_front(&b, 8);
	buf_put(&b, slice_of(pattern + 8, 1));
	buf_put_text(&b, "x");
	buf_putf(&b, "%d", 1);
	buf_put_u8(&b, 1);
	assert_null(buf_extend(&b, 0));
	expect_front(&b, 8);
	expect_full(&b, true);
	buf_truncate(&b, 0);
	expect_full(&b, true);
	buf_clear(&b);
	expect_full(&b, false);
	buf_put(&b, slice_of(pattern, 10));
	expect_front(&b, 10);
}

/* A size of the peer's choosing may be anything: none wraps around to what fits. */
static void test_hostile_sizes(void **state)
{
	static const size_t sizes[] = { 6, SIZE_MAX / 2, SIZE_MAX - 5, SIZE_MAX - 4, SIZE_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		AUTO_IN_PLACE(buf) b = buf_init(10);
		buf_put(&b, slice_of(pattern, 5));
		assert_null(buf_extend(&b, sizes[i]));
		expect_front(&b, 5);
		expect_full(&b, true);
	}
}

/* Where there is no maximum to speak of, it is the memory that ends. */
static void test_the_largest_maxima(void **state)
{
	static const size_t largest[] = { SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX - 1, SIZE_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(largest); i++) {
		AUTO_IN_PLACE(buf) b = buf_init(largest[i]);
		for (size_t n = 0; n < SOME; n += 100) {
			buf_put(&b, slice_of(pattern + n, 100));
			assert_true(b.n < b.cap && b.cap <= 4 * SOME);
		}
		assert_true(slice_eq(buf_slice(&b), slice_of(pattern, SOME)));
	}
}

/* --- writers --- */

static void test_numbers_are_big_endian(void **state)
{
	static const uint8_t want[] = { 1, 2, 3, 0x84, 5, 6, 7, 0x88, 9, 10, 11, 12, 13, 14, 15 };
	AUTO_IN_PLACE(buf) b = buf_init(15);

	(void)state;
	buf_put_u8(&b, 0x01);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x84050607);
	buf_put_u64(&b, 0x88090a0b0c0d0e0f);
	assert_true(slice_eq(buf_slice(&b), slice_of(want, sizeof(want))));
	expect_full(&b, false);
}

static void put_u8(struct buf *b)
{
	buf_put_u8(b, UINT8_MAX);
}

static void put_u16(struct buf *b)
{
	buf_put_u16(b, UINT16_MAX);
}

static void put_u32(struct buf *b)
{
	buf_put_u32(b, UINT32_MAX);
}

static void put_u64(struct buf *b)
{
	buf_put_u64(b, UINT64_MAX);
}

/* A number is whole or not there. */
static void test_numbers_at_the_end(void **state)
{
	static void (*const puts[])(struct buf *) = { put_u8, put_u16, put_u32, put_u64 };

	(void)state;
	for (size_t i = 0; i < COUNT(puts); i++)
		for (size_t room = 0; room <= 9; room++) {
			size_t width = (size_t)1 << i;
			AUTO_IN_PLACE(buf) b = buf_init(3 + room);
			buf_put_text(&b, "abc");
			puts[i](&b);
			assert_int_equal(b.n, room < width ? 3 : 3 + width);
			for (size_t k = 3; k < b.n; k++)
				assert_int_equal(b.p[k], 0xff);
			expect_full(&b, room < width);
		}
}

static void test_texts(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(100);

	(void)state;
	buf_put_text(&b, "ab");
	buf_put_text(&b, "");
	buf_put_text(&b, NULL);
	buf_put(&b, slice_str(NULL));
	buf_putf(&b, "%s", "");
	buf_putf(&b, "<%d|%s|%.*s>", -1, "x", SLICE_FMT(S("yz")));
	assert_string_equal(buf_text(&b), "ab<-1|x|yz>");
	assert_int_equal(b.n, 11);
}

/* printf wants a byte more than it counts: at every length, at every maximum. */
static void test_formatted_at_every_length(void **state)
{
	char text[SOME + 1];

	(void)state;
	memset(text, 'p', SOME);
	text[SOME] = '\0';
	for (size_t m = 0; m < COUNT(maxima); m++)
		for (size_t n = 0; n <= SOME; n++) {
			AUTO_IN_PLACE(buf) b = buf_init(maxima[m]);
			buf_putf(&b, "%s", text + SOME - n);
			bool fits = n <= maxima[m];
			assert_true(slice_eq(buf_slice(&b), slice_of(text, fits ? n : 0)));
			assert_int_equal(b.overflow, !fits);
			assert_true(b.cap <= b.max + 1);
		}
}

static void test_formatted_behind_something(void **state)
{
	(void)state;
	for (size_t before = 240; before < 260; before++) {
		AUTO_IN_PLACE(buf) b = buf_init(before + 5);
		buf_put(&b, slice_of(pattern, before));
		buf_putf(&b, "%05d", 42);
		expect_full(&b, false);
		assert_memory_equal(b.p, pattern, before);
		assert_memory_equal(b.p + before, "00042", 5);
		buf_putf(&b, "%d", 1);
		expect_full(&b, true);
	}
}

static void test_extending(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(SOME);

	(void)state;
	assert_non_null(buf_extend(&b, 0));
	assert_int_equal(b.n, 0);
	for (size_t n = 0; n < SOME; n += 300) {
		uint8_t *to = buf_extend(&b, 300);
		assert_ptr_equal(to, b.p + n);
		memcpy(to, pattern + n, 300);
	}
	expect_front(&b, SOME);
	assert_ptr_equal(buf_extend(&b, 0), b.p + SOME);
	assert_null(buf_extend(&b, 1));
}

/* --- what is there --- */

static void test_truncating(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(10);

	(void)state;
	buf_truncate(&b, 5);
	expect_front(&b, 0);
	buf_put(&b, slice_of(pattern, 10));
	buf_truncate(&b, 11);
	buf_truncate(&b, SIZE_MAX);
	expect_front(&b, 10);
	buf_truncate(&b, 4);
	expect_front(&b, 4);
	buf_put(&b, slice_of(pattern + 4, 6)); /* the room is there again */
	expect_front(&b, 10);
	expect_full(&b, false);
}

static void test_consuming(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 12; n++) {
		AUTO_IN_PLACE(buf) b = buf_init(10);
		buf_put(&b, slice_of(pattern, 10));
		buf_consume(&b, n);
		size_t gone = n < 10 ? n : 10;
		assert_true(slice_eq(buf_slice(&b), slice_of(pattern + gone, 10 - gone)));
		buf_put(&b, slice_of(pattern, gone)); /* as much room as was consumed */
		expect_full(&b, false);
		assert_int_equal(b.n, 10);
	}
	struct buf nothing = buf_init(10);
	buf_consume(&nothing, SIZE_MAX);
	assert_int_equal(nothing.n, 0);
}

/* As a stream is read: what is there never is more than a little, whatever has passed. */
static void test_inserting(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		const char *what, *want;
	} cases[] = {
		{ "at the front", 0, "123", "123abc" },
		{ "in the middle", 1, "123", "a123bc" },
		{ "at the end", 3, "123", "abc123" },
		{ "nothing", 1, "", "abc" },
		{ "as much as there is room for", 2, "1234567", "ab1234567c" },
		{ "more than that", 2, "12345678", "abc" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) b = buf_init(10);
		print_message("%s\n", cases[i].name);
		buf_put_text(&b, "abc");
		buf_insert(&b, cases[i].at, slice_str(cases[i].what));
		assert_true(slice_eq(buf_slice(&b), slice_str(cases[i].want)));
		assert_int_equal(b.overflow, strlen(cases[i].what) > 7);
	}
}

static void test_a_stream_passes_through(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(300);
	uint8_t in = 0, out = 0;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		while (b.n < 290)
			buf_put_u8(&b, in++);
		for (size_t k = 0; k < i % 280; k++)
			assert_int_equal(b.p[k], (uint8_t)(out + k));
		buf_consume(&b, i % 280);
		out = (uint8_t)(out + i % 280);
	}
	expect_full(&b, false);
}

static void test_clearing_keeps_the_memory(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(100);

	(void)state;
	buf_put_text(&b, "abc");
	const uint8_t *before = b.p;
	buf_clear(&b);
	assert_int_equal(b.n, 0);
	buf_put_text(&b, "d");
	assert_ptr_equal(b.p, before);
	assert_string_equal(buf_text(&b), "d");
}

/* The NUL has its place beyond the maximum, and takes none of it. */
static void test_text_at_every_length(void **state)
{
	(void)state;
	for (size_t n = 0; n <= SOME; n++) {
		AUTO_IN_PLACE(buf) b = buf_init(n);
		buf_put(&b, slice_of(pattern, n));
		const char *text = buf_text(&b);
		assert_int_equal(text[n], '\0');
		assert_ptr_equal(text, b.p);
		expect_front(&b, n);
		expect_full(&b, false);
	}
}

static void test_check_without_a_fault(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(1);

	(void)state;
	assert_int_equal(buf_check(&b, NULL), ST_OK);
	buf_put_text(&b, "ab");
	assert_int_equal(buf_check(&b, NULL), ST_LIMIT);
}

/* --- what is given back --- */

#define SECRET "the private key of somebody"
#define FIRST 256

#define NEXT 64

/* Do the next allocations of this size bring the secret?  Among them is the memory freed last. */
static bool left_behind(size_t size)
{
	uint8_t *volatile next[NEXT];
	bool found = false;
	size_t at;

	for (size_t i = 0; i < NEXT; i++) {
		next[i] = malloc(size);
		assert_non_null(next[i]);
		found = found || slice_find(&at, slice_of(next[i], size), S(SECRET));
	}
	for (size_t i = 0; i < NEXT; i++) {
		explicit_bzero(next[i], size); /* or it would be found again */
		free(next[i]);
	}
	return found;
}

static void secret_put(struct buf *b, size_t at)
{
	memset(buf_extend(b, at), '.', at);
	buf_put_text(b, SECRET);
}

/* Not so with every allocator, and not under a sanitizer. */
static void skip_unless_seen(void)
{
	struct buf b = buf_init(1000);

	secret_put(&b, 100);
	free(b.p); /* without buf_done */
	if (!left_behind(FIRST))
		skip();
}

static void test_done_cleanses(void **state)
{
	struct buf b = buf_init(1000);

	(void)state;
	skip_unless_seen();
	secret_put(&b, 100);
	buf_truncate(&b, 10);
	buf_done(&b);
	assert_false(left_behind(FIRST));
}

/* What came before the growing: the secret's place in the first memory is not counted any more. */
static void forget_by_clearing(struct buf *b)
{
	buf_clear(b);
}

static void forget_by_truncating(struct buf *b)
{
	buf_truncate(b, 50);
}

static void forget_by_consuming(struct buf *b)
{
	buf_consume(b, b->n - 20);
}

static void forget_nothing(struct buf *b)
{
	assert_true(b->n > 100);
}

static void test_growing_cleanses(void **state)
{
	static void (*const ways[])(struct buf *) = { forget_nothing, forget_by_clearing,
		forget_by_truncating, forget_by_consuming };

	(void)state;
	skip_unless_seen();
	for (size_t i = 0; i < COUNT(ways); i++) {
		AUTO_IN_PLACE(buf) b = buf_init(1000);
		secret_put(&b, 100);
		ways[i](&b);
		assert_non_null(buf_extend(&b, 300));
		if (left_behind(FIRST))
			fail_msg("way %zu leaves the secret behind", i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_born_empty),
		cmocka_unit_test(test_growing_by_one),
		cmocka_unit_test(test_growing_at_once),
		cmocka_unit_test(test_an_overflow_is_final),
		cmocka_unit_test(test_hostile_sizes),
		cmocka_unit_test(test_the_largest_maxima),
		cmocka_unit_test(test_numbers_are_big_endian),
		cmocka_unit_test(test_numbers_at_the_end),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_formatted_at_every_length),
		cmocka_unit_test(test_formatted_behind_something),
		cmocka_unit_test(test_extending),
		cmocka_unit_test(test_truncating),
		cmocka_unit_test(test_consuming),
		cmocka_unit_test(test_inserting),
		cmocka_unit_test(test_a_stream_passes_through),
		cmocka_unit_test(test_clearing_keeps_the_memory),
		cmocka_unit_test(test_text_at_every_length),
		cmocka_unit_test(test_check_without_a_fault),
		cmocka_unit_test(test_done_cleanses),
		cmocka_unit_test(test_growing_cleanses),
	};

	return cmocka_run_group_tests_name("buf", tests, start, NULL);
}
