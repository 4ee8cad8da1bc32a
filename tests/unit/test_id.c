/* SPDX-License-Identifier: Apache-2.0 */
/* Ids: UUIDv7, in the order of their times, never the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/id.h"

#define MANY 2000

static void test_form(void **state)
{
	char id[ID_TEXT_MAX];

	(void)state;
	/* 2026-11-23T05:14:06.123Z is 0x01a206a2fdcb ms. */
	id_new(id, INT64_C(1795410846123) * NS_PER_MS);
	assert_int_equal(strlen(id), 36);
	assert_int_equal(id[8], '-');
	assert_int_equal(id[13], '-');
	assert_int_equal(id[14], '7');
	assert_non_null(strchr("89ab", id[19]));
	assert_int_equal(strspn(id, "0123456789abcdef-"), 36);
	char stamp[13] = "";
	memcpy(stamp, id, 8);
	memcpy(stamp + 8, id + 9, 4);
	assert_true(strtoull(stamp, NULL, 16) == 1795410846123);
}

static void test_order(void **state)
{
	char before[ID_TEXT_MAX], after[ID_TEXT_MAX];

	(void)state;
	id_new(before, INT64_C(1795410846000) * NS_PER_MS);
	for (int64_t ms = 1; ms < 3000; ms += 7) {
		id_new(after, (INT64_C(1795410846000) + ms) * NS_PER_MS);
		assert_true(strcmp(before, after) < 0);
		memcpy(before, after, sizeof(before));
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void test_never_the_same(void **state)
{
	static char ids[MANY][ID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		id_new(ids[i], INT64_C(1795410846123) * NS_PER_MS);
	qsort(ids, MANY, sizeof(ids[0]), by_text);
	for (size_t i = 1; i < MANY; i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

static void test_random_bytes(void **state)
{
	uint8_t bytes[300] = { 0 };
	size_t zeros = 0;

	(void)state;
	random_bytes(bytes + 1, sizeof(bytes) - 2);
	assert_int_equal(bytes[0], 0);
	assert_int_equal(bytes[sizeof(bytes) - 1], 0);
	for (size_t i = 1; i + 1 < sizeof(bytes); i++)
		zeros += bytes[i] == 0;
	assert_true(zeros < 30);
	assert_true(random_u64() != random_u64());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_never_the_same),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
