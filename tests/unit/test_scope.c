/* SPDX-License-Identifier: Apache-2.0 */
/* The time that a scope ends in, and what covers what. */
#include "exchange_expect.h"

#include "exchange/scope.h"

static const struct {
	const char *name, *scope, *of; /* NULL: it covers no time */
	int64_t from_s, until_s;
} scopes[] = {
	{ "a forecast", "AGG-1 forecast at 1795410000-1795417200", "AGG-1 forecast", 1795410000,
		1795417200 },
	{ "for another", "A declaration of 82 test at 0000000000-0000000001",
		"A declaration of 82 test", 0, 1 },
	{ "a status", "AGG-1 status", NULL, 0, 0 },
	{ "of a party with a number like that", "AGG-1 status of 829517388-0001", NULL, 0, 0 },
	{ "a short number", "A forecast at 179541000-1795417200", NULL, 0, 0 },
	{ "no number", "A forecast at -1795417200", NULL, 0, 0 },
	{ "no mark", "1795410000-1795417200", NULL, 0, 0 },
	{ "nothing", "", NULL, 0, 0 },
};

static void the_time_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(scopes); i++) {
		struct slice name = S("");
		struct scope_span span = { 0 };
		bool got = scope_span_read(&name, &span, slice_str(scopes[i].scope));

		if (got != (scopes[i].of != NULL) || span.from_s != scopes[i].from_s ||
			span.until_s != scopes[i].until_s)
			fail_msg("%s: %d, %lld to %lld", scopes[i].name, got,
				(long long)span.from_s, (long long)span.until_s);
		if (got)
			expect_slice(scopes[i].name, name, slice_str(scopes[i].of));
	}
}

static void what_is_put_reads_back(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(SCOPE_MAX);
	struct scope_span got;
	struct slice name;

	(void)state;
	buf_put_text(&text, "A forecast");
	assert_false(scope_span_put(&text, &(struct scope_span){ -1, 5 }));
	assert_false(scope_span_put(&text, &(struct scope_span){ 5, 5 }));
	assert_true(scope_span_put(&text, &(struct scope_span){ 5, 9223372036 }));
	assert_true(scope_span_read(&name, &got, buf_slice(&text)));
	expect_slice("name", name, S("A forecast"));
	assert_true(got.from_s == 5 && got.until_s == 9223372036);
}

static const struct {
	const char *name;
	struct scope_span newer, older;
	bool covers;
} covers[] = {
	{ "the same", { 100, 200 }, { 100, 200 }, true },
	{ "more", { 90, 210 }, { 100, 200 }, true },
	{ "the next day", { 200, 300 }, { 100, 200 }, false },
	{ "not its end", { 100, 199 }, { 100, 200 }, false },
	{ "not its start", { 101, 200 }, { 100, 200 }, false },
	{ "not a start that is over", { 50, 200 }, { 10, 200 }, true },
	{ "all but the next moment", { 51, 200 }, { 10, 200 }, false },
	{ "one that is over", { 60, 200 }, { 10, 20 }, false },
};

static void what_is_left_is_covered(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(covers); i++)
		if (scope_span_covers(&covers[i].newer, &covers[i].older, 50) != covers[i].covers)
			fail_msg("%s", covers[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_is_read),
		cmocka_unit_test(what_is_put_reads_back),
		cmocka_unit_test(what_is_left_is_covered),
	};

	return cmocka_run_group_tests_name("scope", tests, NULL, NULL);
}
