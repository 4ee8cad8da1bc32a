/* SPDX-License-Identifier: Apache-2.0 */
/* Faults: no byte of a peer leaves one unescaped, and nothing overflows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "base/slice.h"

static void test_says_what(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(fault_at(&f, ST_INPUT, 77, "a.b.c", "%d of %s", 3, "x"), ST_INPUT);
	assert_int_equal(f.status, ST_INPUT);
	assert_int_equal(f.offset, 77);
	assert_string_equal(f.code, "a.b.c");
	assert_string_equal(f.text, "3 of x");
	assert_int_equal(fault_set(&f, ST_AUTH, "d", "again"), ST_AUTH);
	assert_int_equal(f.offset, 0);
	assert_string_equal(f.text, "again");
	assert_int_equal(fault_set(NULL, ST_LIMIT, "d", "nobody asks"), ST_LIMIT);
}

static void test_peer_bytes_are_escaped(void **state)
{
	struct slice hostile = S("x\r\nforged=1 \x1b[31m\xff");
	struct fault f;

	(void)state;
	fault_set(&f, ST_INPUT, "a", "'%.*s'", SLICE_FMT(hostile));
	assert_string_equal(f.text, "'x\\x0d\\x0aforged=1 \\x1b[31m\\xff'");
	for (const char *c = f.text; *c; c++)
		assert_true(*c >= ' ' && *c < 0x7f);
}

/* Cut, and never within an escape that would read as something else. */
static void test_long_texts_are_cut(void **state)
{
	char text[2 * FAULT_TEXT_MAX];
	struct fault f;

	(void)state;
	for (size_t n = FAULT_TEXT_MAX - 8; n < sizeof(text); n++) {
		memset(text, '\n', n);
		text[n < sizeof(text) ? n : sizeof(text) - 1] = '\0';
		fault_set(&f, ST_INPUT, "a", "%s", text);
		assert_true(strlen(f.text) < FAULT_TEXT_MAX);
		assert_int_equal(strlen(f.text) % 4, 0);
	}
}

static void test_errno(void **state)
{
	struct fault f;

	(void)state;
	errno = ENOENT;
	assert_int_equal(fault_errno(&f, ST_HOST, "host.open", "a file"), ST_HOST);
	assert_string_equal(f.text, "a file: No such file or directory");
}

static void test_every_status_has_a_name(void **state)
{
	(void)state;
	for (enum status a = 0; a < STATUSES; a++)
		for (enum status b = 0; b < a; b++)
			assert_string_not_equal(status_name(a), status_name(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says_what),
		cmocka_unit_test(test_peer_bytes_are_escaped),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_every_status_has_a_name),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
