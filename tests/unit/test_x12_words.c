/* SPDX-License-Identifier: Apache-2.0 */
/* What codes are called: found by element and code, and in words that are safe to print. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/x12/words.h"

static const struct {
	uint16_t number;
	const char *code, *words;
} rows[] = {
	{ 353, "01", "cancellation" }, /* BPT01, BIG08 */
	{ 355, "KH", "kWh" },
	{ 623, "ES", "eastern standard time" },
	{ 66, "1", "DUNS number" },
	{ 591, "ACH", "automated clearing house" },
	{ 720, "8", "elements in error" },
	{ X12_WORDS_TA1, "023", "it ends too early" },
	{ 353, "0", "" },
	{ 353, "011", "" },
	{ 353, "", "" },
	{ 353, "0123456789", "" },
	{ 354, "01", "" },
	{ 0, "01", "" },
	{ UINT16_MAX, "ZZ", "" },
};

static void found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
			x12_words_find(rows[i].number, slice_str(rows[i].code)), rows[i].words);
}

static void in_order_and_printable(void **state)
{
	(void)state;
	assert_true(x12_word_count > 200);
	for (size_t i = 0; i < x12_word_count; i++) {
		const struct x12_word *w = &x12_words[i], *before = w - (i > 0);

		assert_true(i == 0 || before->number < w->number ||
			(before->number == w->number && before->packed < w->packed));
		for (const char *c = w->words; *c; c++)
			assert_true(*c >= ' ' && *c < 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(in_order_and_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
