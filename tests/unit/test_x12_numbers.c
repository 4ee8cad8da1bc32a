/* SPDX-License-Identifier: Apache-2.0 */
/* A control number that came before is found, in any order, and ranges grow together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "documents/x12/numbers.h"

static bool add(struct x12_numbers *n, unsigned number)
{
	char text[16];

	snprintf(text, sizeof(text), "%09u", number);
	return x12_numbers_add(n, S(""), slice_str(text));
}

static void each_once(void **state)
{
	struct x12_numbers n = { 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++) /* 7 and 1000 share no divisor: each comes once */
		assert_true(add(&n, i * 7 % 1000));
	assert_int_equal(n.count, 1);
	for (unsigned i = 0; i < 1000; i++)
		assert_false(add(&n, i));
	x12_numbers_clear(&n);
	assert_true(add(&n, 5));
	x12_numbers_done(&n);
}

static void texts_are_not_numbers(void **state)
{
	struct x12_numbers n = { 0 };

	(void)state;
	assert_true(x12_numbers_add(&n, S(""), S("1")));
	assert_true(x12_numbers_add(&n, S(""), S("0001")));
	assert_true(x12_numbers_add(&n, S(""), S("A1")));
	assert_true(x12_numbers_add(&n, S(""), S("")));
	assert_false(x12_numbers_add(&n, S(""), S("A1")));
	assert_false(x12_numbers_add(&n, S(""), S("0001")));
	x12_numbers_done(&n);
}

static void each_owner_has_its_own(void **state)
{
	struct x12_numbers n = { 0 };

	(void)state;
	assert_true(x12_numbers_add(&n, S("one"), S("0001")));
	assert_true(x12_numbers_add(&n, S("two"), S("0002")));
	assert_true(x12_numbers_add(&n, S("two"), S("0001")));
	assert_true(x12_numbers_add(&n, S("one"), S("0002")));
	assert_false(x12_numbers_add(&n, S("one"), S("0001")));
	assert_false(x12_numbers_add(&n, S("two"), S("0002")));
	assert_true(x12_numbers_has(&n, S("two"), S("0002")));
	assert_false(x12_numbers_has(&n, S("two"), S("0003")));
	assert_false(x12_numbers_has(&n, S("three"), S("0002")));
	assert_int_equal(n.count, 2);
	x12_numbers_done(&n);
}

/* One whose numbers leave gaps costs no more than the limit. */
static void bounded(void **state)
{
	struct x12_numbers n = { 0 };

	(void)state;
	for (unsigned i = 0; i < 3 * X12_RANGES_MAX; i++)
		assert_true(add(&n, 2 * i));
	assert_true(n.has_forgotten);
	assert_int_equal(n.count, X12_RANGES_MAX);
	assert_false(add(&n, 0));
	x12_numbers_clear(&n);
	assert_false(n.has_forgotten);
	x12_numbers_done(&n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once),
		cmocka_unit_test(texts_are_not_numbers),
		cmocka_unit_test(each_owner_has_its_own),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
