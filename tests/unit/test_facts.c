/* SPDX-License-Identifier: Apache-2.0 */
/* What is written of a document is read as it was; what is cut or altered is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchange/facts.h"

static const struct fact samples[] = {
	{ .kind = FACT_DOCUMENT, .number = 1 },
	{ .kind = FACT_AGGREGATION, .is_text = true, .text = S("AGG-0042") },
	{ .kind = FACT_UP_KW, .list = FACT_OF_INTERVAL, .item = 7, .number = INT64_MIN },
	{ .kind = FACT_RESOURCE, .list = FACT_OF_RESOURCE, .item = UINT32_MAX, .is_text = true,
		.text = S("") },
	{ .kind = FACT_CLOCK_STOPPED, .number = INT64_MAX, .is_cut = true },
};

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static struct buf written(void)
{
	struct buf out = buf_init(FACTS_MAX);

	for (size_t i = 0; i < SAMPLES; i++)
		fact_put(&out, &samples[i]);
	assert_int_equal(buf_check(&out, NULL), ST_OK);
	return out;
}

static void same(const struct fact *is, const struct fact *was)
{
	assert_int_equal(is->kind, was->kind);
	assert_int_equal(is->list, was->list);
	assert_int_equal(is->item, was->item);
	assert_int_equal(is->is_text, was->is_text);
	assert_int_equal(is->is_cut, was->is_cut);
	assert_int_equal(is->number, was->number);
	assert_true(slice_eq(is->text, was->text));
}

static void what_is_written_is_read(void **state)
{
	AUTO_IN_PLACE(buf) bytes = written();
	struct slice rest = buf_slice(&bytes);
	struct fact fact;

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		assert_int_equal(fact_next(&fact, &rest, NULL), ST_OK);
		same(&fact, &samples[i]);
	}
	assert_int_equal(fact_next(&fact, &rest, NULL), ST_NONE);
}

static void what_is_cut_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) bytes = written();
	struct slice whole = buf_slice(&bytes);
	struct fact fact;

	(void)state;
	for (size_t n = 0; n < whole.n; n++) {
		struct slice rest = slice_to(whole, n);
		enum status st;
		size_t good = 0; /* bytes of whole facts */

		while ((st = fact_next(&fact, &rest, NULL)) == ST_OK)
			good = n - rest.n;
		assert_int_equal(st, good == n ? ST_NONE : ST_INPUT);
	}
}

static void what_does_not_exist_is_refused(void **state)
{
	static const struct {
		size_t at;
		uint8_t byte;
	} cases[] = { { 0, FACTS }, { 1, FACT_LISTS }, { 2, 4 } };
	struct fact fact;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO_IN_PLACE(buf) bytes = written();
		bytes.p[cases[i].at] = cases[i].byte;
		struct slice rest = buf_slice(&bytes);
		assert_int_equal(fact_next(&fact, &rest, &f), ST_INPUT);
		assert_string_equal(f.code, "facts.malformed");
	}
}

static void a_long_text_is_cut_and_says_so(void **state)
{
	static char text[FACT_TEXT_MAX + 1];
	AUTO_IN_PLACE(buf) bytes = buf_init(FACTS_MAX);
	struct slice rest;
	struct fact fact;

	(void)state;
	fact_put(&bytes, &(struct fact){ .kind = FACT_NAME, .is_text = true,
				 .text = slice_of(text, sizeof(text)) });
	rest = buf_slice(&bytes);
	assert_int_equal(fact_next(&fact, &rest, NULL), ST_OK);
	assert_int_equal(fact.text.n, FACT_TEXT_MAX);
	assert_true(fact.is_cut);
}

static void each_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (enum fact_kind a = 0; a < FACTS; a++)
		for (enum fact_kind b = 0; b < a; b++)
			assert_string_not_equal(fact_name(a), fact_name(b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(what_is_cut_is_refused),
		cmocka_unit_test(what_does_not_exist_is_refused),
		cmocka_unit_test(a_long_text_is_cut_and_says_so),
		cmocka_unit_test(each_has_a_name_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
