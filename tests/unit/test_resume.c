/* SPDX-License-Identifier: Apache-2.0 */
/* What a partner's word of how much it has is worth. */
#include "exchange_expect.h"

#include <stdint.h>
#include <string.h>

#include "processes/resume.h"

#define SIZE (5U << 20)
#define DIGEST "0123456789abcdef0123456789abcdef0123"
#define HEX "303132333435363738396162636465663031323334353637383961626364656630313233"

static struct resume of_size(uint64_t n)
{
	struct resume r;

	resume_init(&r, n, S(DIGEST));
	return r;
}

static void a_long_message_has_a_tag(void **state)
{
	struct resume r;

	(void)state;
	expect_text("long", of_size(RESUME_LONGER_THAN + 1).etag, "\"" HEX "\"");
	expect_text("short", of_size(RESUME_LONGER_THAN).etag, "");
	resume_init(&r, SIZE, S(""));
	expect_text("whose digest nobody knows", r.etag, "");
}

static const struct {
	const char *name;
	unsigned http;
	int64_t length;
	const char *etag;
	uint64_t from;
} answers[] = {
	{ "some of it", 200, 1000, "", 1000 },
	{ "a byte", 200, 1, "", 1 },
	{ "all but one", 200, SIZE - 1, "", SIZE - 1 },
	{ "all", 200, SIZE, "", 0 },
	{ "more", 200, SIZE + 1, "", 0 },
	{ "far more", 200, INT64_MAX, "", 0 },
	{ "nothing", 200, 0, "", 0 },
	{ "no number", 200, -1, "", 0 },
	{ "below that", 200, INT64_MIN, "", 0 },
	{ "not 200", 206, 1000, "", 0 },
	{ "no answer", 0, 1000, "", 0 },
	{ "of it", 200, 1000, "\"" HEX "\"", 1000 },
	{ "of it, bare", 200, 1000, HEX, 1000 },
	{ "of another", 200, 1000, "\"" HEX "0\"", 0 },
	{ "of a weak one", 200, 1000, "W/\"" HEX "\"", 0 },
};

static uint64_t answered(struct resumed *known, uint64_t row, unsigned http, int64_t length,
	const char *etag)
{
	struct resume r = of_size(SIZE);

	r.step = RESUME_ASKS;
	resume_answered(&r, known, row, SIZE,
		&(struct resume_answer){ http, length, slice_str(etag) });
	assert_int_equal(r.step, r.from > 0 ? RESUME_KNOWS : RESUME_NEVER);
	return r.from;
}

static void an_answer_is_believed_within_the_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct resumed known = { 0 };
		uint64_t from = answered(
			&known, 7, answers[i].http, answers[i].length, answers[i].etag);
		if (from != answers[i].from)
			fail_msg("%s: from %llu", answers[i].name, (unsigned long long)from);
	}
}

/* The rest came to nothing: all of it goes, and then there may be a rest again. */
static void who_has_no_more_since_gets_all_of_it(void **state)
{
	struct resumed known = { 0 };

	(void)state;
	assert_int_equal(answered(&known, 7, 200, 1000, ""), 1000);
	assert_int_equal(answered(&known, 7, 200, 1001, ""), 1001);
	assert_int_equal(answered(&known, 8, 200, 1000, ""), 1000);
	assert_int_equal(answered(&known, 7, 200, 1001, ""), 0);
	assert_int_equal(answered(&known, 7, 200, 900, ""), 900);
	assert_int_equal(answered(&known, 7, 200, 800, ""), 0);
	assert_int_equal(answered(&known, 8, 200, 1000, ""), 0);
}

static void the_oldest_is_forgotten(void **state)
{
	struct resumed known = { 0 };

	(void)state;
	for (uint64_t row = 1; row <= RESUMED_ROWS; row++)
		assert_int_equal(answered(&known, row, 200, 1000, ""), 1000);
	assert_int_equal(answered(&known, 99, 200, 1000, ""), 1000);
	assert_int_equal(answered(&known, 2, 200, 1000, ""), 0);
	assert_int_equal(answered(&known, 1, 200, 1000, ""), 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_long_message_has_a_tag),
		cmocka_unit_test(an_answer_is_believed_within_the_message),
		cmocka_unit_test(who_has_no_more_since_gets_all_of_it),
		cmocka_unit_test(the_oldest_is_forgotten),
	};

	return cmocka_run_group_tests_name("resume", tests, NULL, NULL);
}
