/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts are exact: what is read is written, sums are sums, and what is too large is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "documents/decimal.h"

static const struct {
	const char *text;
	unsigned implied;
	const char *is; /* or the code of the fault */
} rows[] = {
	{ "0", 0, "0" },
	{ "-0", 0, "0" },
	{ "12", 0, "12" },
	{ "0012.50", 0, "12.5" },
	{ ".5", 0, "0.5" },
	{ "5.", 0, "5" },
	{ "-3.07", 0, "-3.07" },
	{ "12345", 2, "123.45" },
	{ "5", 2, "0.05" },
	{ "-5", 2, "-0.05" },
	{ "0.000000000001", 0, "0.000000000001" },
	{ "999999999999999999999999", 0, "999999999999999999999999" },
	{ "-999999999999999999999999.999999999999", 0, "-999999999999999999999999.999999999999" },
	{ "000000000000000000000000000001", 0, "1" },
	{ "123456789.123", 0, "123456789.123" }, /* as long as the short way takes, and longer */
	{ "1234567890.123", 0, "1234567890.123" },
	{ "0.00000000001", 0, "0.00000000001" },
	{ "1234567890123", 9, "1234.567890123" },
	{ "1000000000000000000000000", 0, "decimal.range" },
	{ "0.0000000000001", 0, "decimal.range" },
	{ "0.0000000000010", 0, "0.000000000001" },
	{ "1.0000000000000000000000000", 0, "1" },
	{ "1.0000000000000000000000001", 0, "decimal.range" },
	{ "", 0, "decimal.syntax" },
	{ "-", 0, "decimal.syntax" },
	{ ".", 0, "decimal.syntax" },
	{ "1.2.3", 0, "decimal.syntax" },
	{ "1.23", 2, "decimal.syntax" },
	{ "+1", 0, "decimal.syntax" },
	{ "--1", 0, "decimal.syntax" },
	{ "1E3", 0, "decimal.syntax" },
	{ "1,000", 0, "decimal.syntax" },
	{ " 1", 0, "decimal.syntax" },
};

static const struct {
	const char *a, *b;
	const char *is; /* NULL: refused */
} products[] = {
	{ "1225.25", "0.38", "465.595" },
	{ "-0.000001", "0.000001", "-0.000000000001" },
	{ "0", "-5", "0" },
	{ "999999999999.999999", "999999999999.99999", "999999999999999989000000.00000000001" },
	{ "1.0000001", "2", NULL },
	{ "999999999999999999999999", "999999999999", NULL },
};

static void products_are_exact(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(products) / sizeof(products[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(100);
		struct decimal a, b;

		assert_int_equal(decimal_parse(&a, slice_str(products[i].a), 0, NULL), ST_OK);
		assert_int_equal(decimal_parse(&b, slice_str(products[i].b), 0, NULL), ST_OK);
		if (!decimal_multiply(&a, b)) {
			assert_null(products[i].is);
			continue;
		}
		decimal_put(&out, a);
		assert_string_equal(buf_text(&out), products[i].is);
	}
}

static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(100);
		struct decimal d;
		struct fault f;

		if (decimal_parse(&d, slice_str(rows[i].text), rows[i].implied, &f) == ST_OK)
			decimal_put(&out, d);
		else
			buf_put_text(&out, f.code);
		if (strcmp(buf_text(&out), rows[i].is) != 0)
			fail_msg("%s is %s instead of %s", rows[i].text, buf_text(&out), rows[i].is);
	}
}

static const struct {
	const char *text;
	unsigned least;
	const char *is;
} places[] = {
	{ "12.5", 2, "12.50" },
	{ "12", 2, "12.00" },
	{ "12.125", 2, "12.125" },
	{ "-0.5", 2, "-0.50" },
	{ "0", 0, "0" },
	{ "0", 3, "0.000" },
	{ "7", DECIMAL_PLACES, "7.000000000000" },
};

static struct decimal of(const char *text);

static void at_least_so_many_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(100);

		decimal_put_places(&out, of(places[i].text), places[i].least);
		assert_string_equal(buf_text(&out), places[i].is);
	}
}

static struct decimal of(const char *text)
{
	struct decimal d;

	assert_int_equal(decimal_parse(&d, slice_str(text), 0, NULL), ST_OK);
	return d;
}

static void sums(void **state)
{
	struct decimal d = of("0.1");

	(void)state;
	assert_true(decimal_add(&d, of("0.2")));
	assert_int_equal(decimal_compare(d, of("0.3")), 0);
	assert_true(decimal_subtract(&d, of("0.4")));
	assert_int_equal(decimal_compare(d, of("-0.1")), 0);
	assert_int_equal(decimal_compare(d, of("0")), -1);
	assert_int_equal(decimal_compare(decimal_of(7), of("6.999999999999")), 1);
}

static void a_sum_too_large_changes_nothing(void **state)
{
	struct decimal d = of("999999999999999999999999");
	struct decimal before;
	unsigned adds = 0;

	(void)state;
	do {
		before = d;
		adds++;
	} while (adds < 1000 && decimal_add(&d, before));
	assert_true(adds < 1000);
	assert_int_equal(decimal_compare(d, before), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(products_are_exact),
		cmocka_unit_test(at_least_so_many_places),
		cmocka_unit_test(sums),
		cmocka_unit_test(a_sum_too_large_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
