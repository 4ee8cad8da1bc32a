/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What values mean: dates and times in one form, and whose word for a code is shown; what is none
 * has no meaning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "documents/x12/decode.h"

static const struct {
	const char *name;
	enum x12_type type;
	uint16_t number;
	const char *value, *want;
} rows[] = {
	{ "a date", X12_DT, 373, "20240229", "2024-02-29" },
	{ "two digits of this century", X12_DT, 0, "240229", "2024-02-29" },
	{ "the last of it", X12_DT, 0, "691231", "2069-12-31" },
	{ "two digits of the last century", X12_DT, 0, "700101", "1970-01-01" },
	{ "no date", X12_DT, 373, "20230229", "" },
	{ "too short", X12_DT, 373, "24", "" },
	{ "letters", X12_DT, 373, "2024AB01", "" },
	{ "a time", X12_TM, 337, "0937", "09:37" },
	{ "with seconds", X12_TM, 337, "093717", "09:37:17" },
	{ "with a tenth", X12_TM, 337, "0937175", "09:37:17.5" },
	{ "with hundredths", X12_TM, 337, "09371750", "09:37:17.50" },
	{ "no time", X12_TM, 337, "2460", "" },
	{ "a period", X12_AN, 1251, "202401020304-20240103", "2024-01-02 03:04 to 2024-01-03" },
	{ "a moment", X12_AN, 1251, "20240102030405", "2024-01-02 03:04:05" },
	{ "half a period", X12_AN, 1251, "20240102-", "" },
	{ "no period", X12_AN, 1251, "first half", "" },
	{ "a code", X12_ID, 623, "ES", "eastern standard time" },
	{ "no code", X12_ID, 623, "QQ", "" },
	{ "a code of no element", X12_ID, 0, "ES", "" },
	{ "nothing", X12_ID, 623, "", "" },
};

static void values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(256);
		const struct x12_element_rule rule = { .type = rows[i].type,
			.number = rows[i].number };
		const struct x12_variant v = { .elements = &rule, .element_count = 1 };

		x12_meaning_put(&out, &v, NULL, 1, 0, slice_str(rows[i].value));
		if (strcmp(buf_text(&out), rows[i].want) != 0)
			fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].name, buf_text(&out),
				rows[i].want);
	}
}

/* Of each of the three who may have a word, "" when it has none; and the table has one. */
static const struct {
	const char *element, *variant, *loop, *want;
} words[] = {
	{ "of the element", "of the variant", "of the loop", "of the element" },
	{ "", "of the variant", "of the loop", "of the variant" },
	{ "", "", "of the loop", "of the loop" },
	{ "", "", "", "eastern standard time" },
};

static void whose_word(void **state)
{
	struct slice es = S("ES");

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(256);
		const struct x12_code code[] = { { x12_code_pack(es), words[i].element },
			{ x12_code_pack(es), words[i].variant },
			{ x12_code_pack(es), words[i].loop } };
		const struct x12_element_rule rule = { .number = 623, .codes = { &code[0], 1 } };
		const struct x12_when when[] = { { 1, 0, { &code[1], 1 } },
			{ 1, 0, { &code[2], 1 } }, { 2, 0, { &code[0], 1 } } };
		const struct x12_variant loop = { .when = &when[1], .when_count = 2 };
		const struct x12_variant v = { .elements = &rule,
			.element_count = 1,
			.when = &when[0],
			.when_count = 1 };

		x12_meaning_put(&out, &v, &loop, 1, 0, es);
		assert_string_equal(buf_text(&out), words[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(whose_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
