/* SPDX-License-Identifier: Apache-2.0 */
/* Ids: the form of RFC 9562 at every time, their order, and that no two are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>

#include "base/clock.h"
#include "base/id.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- form --- */

static void expect_form(const char *id)
{
	static const char form[] = "hhhhhhhh-hhhh-7hhh-vhhh-hhhhhhhhhhhh";

	assert_int_equal(strlen(id), sizeof(form) - 1);
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		const char *digits = form[i] == 'v' ? "89ab" : "0123456789abcdef";
		bool fixed = form[i] == '7' || form[i] == '-';
		if (fixed ? id[i] != form[i] : !strchr(digits, id[i]))
			fail_msg("%s: byte %zu", id, i);
	}
}

static const struct {
	int64_t utc_ns;
	const char *front;
} moments[] = {
	{ 0, "00000000-0000-7000-" },
	{ 244, "00000000-0000-7000-" }, /* a 4096th of a millisecond is 244.14 ns */
	{ 245, "00000000-0000-7001-" },
	{ 500000, "00000000-0000-7800-" },
	{ 999999, "00000000-0000-7fff-" },
	{ 1000000, "00000000-0001-7000-" },
	{ INT64_C(65535) * NS_PER_MS, "00000000-ffff-7000-" },
	{ INT64_C(65536) * NS_PER_MS, "00000001-0000-7000-" },
	/* The example of RFC 9562 A.6: 2022-02-22T19:22:22.00Z. */
	{ INT64_C(1645557742000) * NS_PER_MS, "017f22e2-79b0-7000-" },
	{ INT64_MAX, "08637bd0-5af6-7c69-" },
};

static void test_the_front_is_the_time(void **state)
{
	char id[ID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(moments); i++) {
		assert_ptr_equal(id_new(id, moments[i].utc_ns), id);
		expect_form(id);
		if (strncmp(id, moments[i].front, strlen(moments[i].front)) != 0)
			fail_msg("%s, want %s", id, moments[i].front);
	}
}

/* A clock before 1970 is wrong, and makes no id of another length. */
static void test_before_the_epoch(void **state)
{
	static const int64_t before[] = { -1, -999999, -1000000, INT64_MIN };
	char id[ID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(before); i++)
		expect_form(id_new(id, before[i]));
}

static void test_nothing_beyond_its_size(void **state)
{
	char id[ID_TEXT_MAX + 1];

	(void)state;
	id[ID_TEXT_MAX] = '#';
	id_new(id, clock_utc_ns());
	assert_int_equal(id[ID_TEXT_MAX - 1], '\0');
	assert_int_equal(id[ID_TEXT_MAX], '#');
}

/* --- order and difference --- */

/* A quarter of a microsecond later is a later id, also where 2^16 milliseconds carry. */
static void test_ids_sort_by_time(void **state)
{
	const int64_t from = INT64_C(1645557742000) / 65536 * 65536 * NS_PER_MS + 65535 * NS_PER_MS;
	char before[ID_TEXT_MAX], id[ID_TEXT_MAX];

	(void)state;
	id_new(before, from);
	for (int64_t at = from + 245; at < from + 3 * NS_PER_MS; at += 245) {
		id_new(id, at);
		assert_true(strcmp(before, id) < 0);
		memcpy(before, id, sizeof(id));
	}
}

static int by_text(const void *a, const void *b)
{
	return memcmp(a, b, ID_TEXT_MAX);
}

static void test_ids_of_one_moment_differ(void **state)
{
	static char ids[5000][ID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++)
		id_new(ids[i], 1);
	qsort(ids, COUNT(ids), sizeof(ids[0]), by_text);
	for (size_t i = 1; i < COUNT(ids); i++)
		assert_string_not_equal(ids[i - 1], ids[i]);
}

/* Every random digit takes every value: none is cut off or filled in. */
static void test_every_random_digit_varies(void **state)
{
	unsigned seen[ID_TEXT_MAX] = { 0 };
	char id[ID_TEXT_MAX];

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		id_new(id, 1);
		for (size_t k = 0; k < ID_TEXT_MAX - 1; k++)
			seen[k] |= 1u << strtoul((char[]){ id[k], 0 }, NULL, 16);
	}
	assert_int_equal(seen[19], 0x0f00); /* the variant: 8 to b */
	for (size_t k = 20; k < ID_TEXT_MAX - 1; k++)
		assert_int_equal(seen[k], k == 23 ? 1 : 0xffff);
}

/* --- random bytes --- */

static void test_random_bytes_fill_exactly(void **state)
{
	uint8_t out[80];

	(void)state;
	for (size_t n = 0; n <= 64; n++) {
		uint8_t ones[64] = { 0 };
		/* A byte that comes back the same each time was not written. */
		for (unsigned again = 0; again < 20; again++) {
			memset(out, 0xa5, sizeof(out));
			random_bytes(out, n);
			for (size_t k = 0; k < n; k++)
				ones[k] |= out[k] ^ 0xa5;
			for (size_t k = n; k < sizeof(out); k++)
				assert_int_equal(out[k], 0xa5);
		}
		for (size_t k = 0; k < n; k++)
			assert_int_not_equal(ones[k], 0);
	}
}

/* More than the kernel gives in one go without being asked again. */
static void test_many_random_bytes(void **state)
{
	enum { MANY = 3000000, STEP = 32 };
	uint8_t *out = malloc(MANY), zeroes[STEP] = { 0 };

	(void)state;
	assert_non_null(out);
	memset(out, 0, MANY);
	random_bytes(out, MANY);
	for (size_t i = 0; i < MANY; i += STEP)
		assert_memory_not_equal(out + i, zeroes, STEP);
	free(out);
}

static void test_random_numbers(void **state)
{
	uint64_t ones = 0, zeroes = 0, before = random_u64();

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		uint64_t value = random_u64();
		assert_true(value != before);
		before = value;
		ones |= value;
		zeroes |= ~value;
	}
	assert_true(ones == UINT64_MAX && zeroes == UINT64_MAX);
}

/* A version 7 whatever it is made of, and the same of the same. */
static void test_an_id_of_a_seed(void **state)
{
	static const uint8_t seeds[][ID_SEED] = {
		{ 0 }, { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			       0xff, 0xff, 0xff, 0xff },
	};
	static const char *const ids[] = { "00000000-0000-7000-8000-000000000000",
		"ffffffff-ffff-7fff-bfff-ffffffffffff" };
	char id[ID_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(id_of_seed(id, seeds[i]), ids[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_front_is_the_time),
		cmocka_unit_test(test_before_the_epoch),
		cmocka_unit_test(test_nothing_beyond_its_size),
		cmocka_unit_test(test_ids_sort_by_time),
		cmocka_unit_test(test_ids_of_one_moment_differ),
		cmocka_unit_test(test_every_random_digit_varies),
		cmocka_unit_test(test_random_bytes_fill_exactly),
		cmocka_unit_test(test_many_random_bytes),
		cmocka_unit_test(test_random_numbers),
		cmocka_unit_test(test_an_id_of_a_seed),
	};

	return cmocka_run_group_tests_name("id", tests, NULL, NULL);
}
