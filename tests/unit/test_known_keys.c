/* SPDX-License-Identifier: Apache-2.0 */
/* Since when keys are known: the earliest counts, and what is no record is none. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/known_keys.h"

#define KEY_A "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
#define SINCE "2026-11-23T05:14:06.123Z"

static void digest_make(uint8_t out[KNOWN_KEY_SIZE], unsigned n)
{
	for (size_t i = 0; i < KNOWN_KEY_SIZE; i++)
		out[i] = (uint8_t)(n + i);
}

static void the_earliest_counts(void **state)
{
	struct known_keys keys = { .count = 0 };
	uint8_t a[KNOWN_KEY_SIZE], b[KNOWN_KEY_SIZE];

	(void)state;
	digest_make(a, 1);
	digest_make(b, 2);
	known_keys_note(&keys, a, 50);
	known_keys_note(&keys, a, 90);
	assert_int_equal(known_keys_since(&keys, a), 50);
	known_keys_note(&keys, a, 20);
	assert_int_equal(known_keys_since(&keys, a), 20);
	assert_int_equal(known_keys_since(&keys, b), 0);
	assert_int_equal(keys.count, 1);
}

static void of_too_many_the_first_is_forgotten(void **state)
{
	struct known_keys keys = { .count = 0 };
	uint8_t digest[KNOWN_KEY_SIZE];

	(void)state;
	for (unsigned i = 0; i <= KNOWN_KEYS_MAX; i++) {
		digest_make(digest, i);
		known_keys_note(&keys, digest, 1000 + i);
	}
	assert_int_equal(keys.count, KNOWN_KEYS_MAX);
	assert_int_equal(known_keys_since(&keys, digest), 1000 + KNOWN_KEYS_MAX);
	digest_make(digest, 0);
	assert_int_equal(known_keys_since(&keys, digest), 0);
	digest_make(digest, 1);
	assert_int_equal(known_keys_since(&keys, digest), 1001);
}

static void a_record_is_read_as_it_was_written(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(KNOWN_KEYS_SIZE_MAX);
	struct known_keys keys = { .count = 0 }, again;
	uint8_t digest[KNOWN_KEY_SIZE];
	struct fault f = { 0 };

	(void)state;
	for (unsigned i = 0; i < KNOWN_KEYS_MAX; i++) {
		digest_make(digest, i);
		known_keys_note(&keys, digest, (1000 + (int64_t)i) * NS_PER_S);
	}
	known_keys_format(&text, &keys);
	assert_int_equal(buf_check(&text, &f), ST_OK);
	expect_fault("again", known_keys_parse(&again, buf_slice(&text), &f), &f, ST_OK, NULL);
	assert_int_equal(again.count, keys.count);
	for (size_t i = 0; i < keys.count; i++)
		assert_int_equal(known_keys_since(&again, keys.list[i].digest),
			keys.list[i].since_ns);
	buf_put_text(&text, KEY_A " " SINCE "\n");
	expect_fault("one more", known_keys_parse(&again, buf_slice(&text), &f), &f, ST_LIMIT,
		"keys.count");
}

static void what_is_no_record_is_refused(void **state)
{
	static const struct {
		const char *name, *text, *says;
	} cases[] = {
		{ "a word", "key\n", "line 1" },
		{ "a short digest", KEY_A "\n9f86 " SINCE "\n", "line 1" },
		{ "no digest", "zz86 " SINCE "\n", "line 1" },
		{ "no time", KEY_A " " SINCE "\n" KEY_A " soon\n", "line 2" },
		{ "an empty line", KEY_A " " SINCE "\n\n", "line 2" },
	};
	struct known_keys keys;
	struct fault f = { 0 };

	(void)state;
	expect_fault("nothing", known_keys_parse(&keys, S(""), &f), &f, ST_OK, NULL);
	assert_int_equal(keys.count, 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		expect_fault(cases[i].name, known_keys_parse(&keys, slice_str(cases[i].text), &f),
			&f, ST_INPUT, "keys.line");
		expect_says(cases[i].name, &f, cases[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earliest_counts),
		cmocka_unit_test(of_too_many_the_first_is_forgotten),
		cmocka_unit_test(a_record_is_read_as_it_was_written),
		cmocka_unit_test(what_is_no_record_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
