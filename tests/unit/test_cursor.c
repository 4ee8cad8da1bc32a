/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors: a read that fails leaves everything as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"

static void test_integers(void **state)
{
	struct cursor in = cursor_of(S("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"));
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;

	(void)state;
	assert_int_equal(cursor_u8(&in, &a, NULL), ST_OK);
	assert_int_equal(cursor_u16(&in, &b, NULL), ST_OK);
	assert_int_equal(cursor_u32(&in, &c, NULL), ST_OK);
	assert_int_equal(cursor_u64(&in, &d, NULL), ST_OK);
	assert_int_equal(a, 1);
	assert_int_equal(b, 0x0203);
	assert_int_equal(c, 0x04050607);
	assert_true(d == UINT64_C(0x08090a0b0c0d0e0f));
	assert_true(cursor_at_end(&in));
	assert_int_equal(cursor_u8(&in, &a, NULL), ST_MORE);
}

/* Every width at every place before the end. */
static void test_short_input(void **state)
{
	static const uint8_t bytes[8];

	(void)state;
	for (size_t n = 0; n < 8; n++) {
		struct cursor in = cursor_of(slice_of(bytes, n));
		struct slice out;
		uint64_t d;
		uint32_t c;
		uint16_t b;

		assert_int_equal(cursor_u64(&in, &d, NULL), ST_MORE);
		assert_int_equal(cursor_bytes(&in, &out, n + 1, NULL), ST_MORE);
		assert_int_equal(cursor_bytes(&in, &out, SIZE_MAX, NULL), ST_MORE);
		if (n < 4)
			assert_int_equal(cursor_u32(&in, &c, NULL), ST_MORE);
		if (n < 2)
			assert_int_equal(cursor_u16(&in, &b, NULL), ST_MORE);
		assert_int_equal(in.at, 0);
		assert_int_equal(cursor_bytes(&in, &out, n, NULL), ST_OK);
		assert_true(cursor_at_end(&in));
	}
}

static void test_lines(void **state)
{
	struct cursor in = cursor_of(S("one\r\ntwo\n\nthr\ree\r\nrest"));
	static const char *const lines[] = { "one", "two", "", "thr\ree" };
	struct slice line;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(cursor_line(&in, &line, NULL), ST_OK);
		assert_true(slice_eq(line, slice_str(lines[i])));
	}
	assert_int_equal(cursor_line(&in, &line, NULL), ST_MORE);
	assert_true(slice_eq(cursor_rest(&in), S("rest")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_short_input),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
