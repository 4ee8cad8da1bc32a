/* SPDX-License-Identifier: Apache-2.0 */
/* Whole numbers as JSON may write them, and texts that come twice, whatever their order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/der/scalar.h"
#include "documents/der/unique.h"

static const struct {
	const char *text;
	enum der_whole is;
	int64_t value;
} numbers[] = {
	{ "0", DER_WHOLE, 0 },
	{ "-0", DER_WHOLE, 0 },
	{ "-0.0e5", DER_WHOLE, 0 },
	{ "17", DER_WHOLE, 17 },
	{ "-17", DER_WHOLE, -17 },
	{ "1.0", DER_WHOLE, 1 },
	{ "1.50e1", DER_WHOLE, 15 },
	{ "1.5", DER_WHOLE_NOT, 0 },
	{ "15e-1", DER_WHOLE_NOT, 0 },
	{ "150e-1", DER_WHOLE, 15 },
	{ "1E+2", DER_WHOLE, 100 },
	{ "0.001e3", DER_WHOLE, 1 },
	{ "0.0001e3", DER_WHOLE_NOT, 0 },
	{ "9223372036854775807", DER_WHOLE, INT64_MAX },
	{ "9223372036854775808", DER_WHOLE_LARGE, 0 },
	{ "1e18", DER_WHOLE, 1000000000000000000 },
	{ "1e19", DER_WHOLE_LARGE, 0 },
	{ "1e999999999999999999999", DER_WHOLE_LARGE, 0 },
	{ "0e999999999999999999999", DER_WHOLE, 0 },
	{ "1e-999999999999999999999", DER_WHOLE_NOT, 0 },
};

static void whole_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t value = 0;
		enum der_whole is = der_whole_parse(&value, slice_str(numbers[i].text));

		if (is != numbers[i].is || (is == DER_WHOLE && value != numbers[i].value))
			fail_msg("%s is %d, %lld", numbers[i].text, is, (long long)value);
	}
}

/* --- lists ------------------------------------------------------------------------------ */

struct list {
	const char *name;
	const char *texts[6];
	int twice; /* which one comes again; -1: none */
};

static const struct list lists[] = {
	{ "nothing", { NULL }, -1 },
	{ "one", { "a" }, -1 },
	{ "rising", { "a", "b", "c" }, -1 },
	{ "falling", { "c", "b", "a" }, -1 },
	{ "twice beside", { "a", "a" }, 1 },
	{ "twice apart", { "b", "a", "c", "b" }, 3 },
	{ "the first of two that come again", { "b", "a", "a", "b" }, 2 },
	{ "one escaped", { "b", "a", "\\u0062" }, 2 },
	{ "both escaped, not the same", { "\\u0062", "\\u0061", "a\\u0062" }, -1 },
	{ "alike in eight bytes", { "aaaaaaaab", "aaaaaaaaa", "aaaaaaaa" }, -1 },
	{ "the same in more than eight", { "aaaaaaaab", "aaaaaaaaa", "aaaaaaaab" }, 2 },
	{ "a NUL is no end", { "a", "a\\u0000" }, -1 },
};

static void list_add(struct der_unique *u, const char *text, size_t at)
{
	struct slice raw = slice_str(text);
	size_t found;

	der_unique_add(
		u, (struct json_text){ raw, slice_find_byte(&found, raw, '\\') }, at, at);
}

static void lists_hold_nothing_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct der_unique u = der_unique_init();
		struct json_text text;
		size_t offset = 99;
		uint64_t item;

		for (size_t at = 0; at < 6 && lists[i].texts[at]; at++)
			list_add(&u, lists[i].texts[at], at);
		bool twice = der_unique_find(&offset, &item, &text, &u);
		if (twice != (lists[i].twice >= 0) || (twice && (int)offset != lists[i].twice))
			fail_msg("%s: %d at %zu", lists[i].name, twice, offset);
		der_unique_done(&u);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(lists_hold_nothing_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
