/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers: they grow up to their maximum, and say once that something did not fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void test_grows_and_stops(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(5000);
	struct fault f;

	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_put_u8(&b, (uint8_t)i);
	assert_int_equal(buf_check(&b, &f), ST_OK);
	buf_put_u8(&b, 0);
	assert_int_equal(b.n, 5000);
	assert_int_equal(buf_check(&b, &f), ST_LIMIT);
	assert_string_equal(f.code, "buffer.full");
	for (int i = 0; i < 5000; i++)
		assert_int_equal(b.p[i], (uint8_t)i);
}

/* Nothing of what does not fit is written, and nothing after it either. */
static void test_all_or_nothing(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(6);

	(void)state;
	buf_put_text(&b, "abc");
	buf_put_text(&b, "defg");
	buf_put_text(&b, "x");
	assert_true(slice_eq(buf_slice(&b), S("abc")));
	assert_int_equal(buf_check(&b, NULL), ST_LIMIT);
	buf_clear(&b);
	assert_int_equal(buf_check(&b, NULL), ST_OK);
	buf_putf(&b, "%d-%s", 12, "abc");
	assert_string_equal(buf_text(&b), "12-abc");
	assert_int_equal(b.n, 6);
	buf_putf(&b, "%s", "");
	assert_int_equal(buf_check(&b, NULL), ST_OK);
}

static void test_integers_are_big_endian(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(15);

	(void)state;
	buf_put_u8(&b, 1);
	buf_put_u16(&b, 0x0203);
	buf_put_u32(&b, 0x04050607);
	buf_put_u64(&b, UINT64_C(0x08090a0b0c0d0e0f));
	for (size_t i = 0; i < 15; i++)
		assert_int_equal(b.p[i], i + 1);
}

static void test_room(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(10);

	(void)state;
	assert_non_null(buf_extend(&b, 10));
	assert_null(buf_extend(&b, 1));
	assert_null(buf_extend(&b, SIZE_MAX));
	assert_int_equal(b.n, 10);
	assert_true(b.overflow);
	buf_clear(&b);
	buf_put_text(&b, "0123456789");
	buf_consume(&b, 4);
	assert_string_equal(buf_text(&b), "456789");
	buf_truncate(&b, 2);
	assert_string_equal(buf_text(&b), "45");
	buf_consume(&b, 2);
	assert_int_equal(b.n, 0);
}

static void test_nothing(void **state)
{
	AUTO_IN_PLACE(buf) b = buf_init(0);

	(void)state;
	buf_put(&b, S(""));
	assert_int_equal(buf_check(&b, NULL), ST_OK);
	assert_string_equal(buf_text(&b), "");
	buf_put_u8(&b, 1);
	assert_int_equal(buf_check(&b, NULL), ST_LIMIT);
}

static void test_take(void **state)
{
	struct buf b = buf_init(100);
	size_t n;

	(void)state;
	buf_put_text(&b, "ours");
	uint8_t *p = buf_take(&b, &n);
	assert_int_equal(n, 4);
	assert_memory_equal(p, "ours", 4);
	assert_int_equal(b.n, 0);
	assert_null(b.p);
	buf_done(&b);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows_and_stops),
		cmocka_unit_test(test_all_or_nothing),
		cmocka_unit_test(test_integers_are_big_endian),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
