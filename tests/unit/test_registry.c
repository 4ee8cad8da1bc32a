/* SPDX-License-Identifier: Apache-2.0 */
/* Whom we know: sorted whatever the order of arrival, found exactly, each id once. */
#include "exchange_expect.h"

#include <stdio.h>

#include "exchange/registry.h"

static struct registry *registry_of(const char *own_id)
{
	struct settings *s = alloc_zeroed(1, sizeof(*s));

	settings_init(s);
	snprintf(s->id, sizeof(s->id), "%s", own_id);
	return registry_new(s);
}

static struct sheet *sheet_of(const char *id)
{
	struct sheet *s = alloc_zeroed(1, sizeof(*s));

	snprintf(s->id, sizeof(s->id), "%s", id);
	return s;
}

static struct agreement *agreement_new(void)
{
	struct agreement *a = alloc_zeroed(1, sizeof(*a));

	agreement_init(a);
	return a;
}

/* What is refused stays ours, so we free it: twice or never would be the sanitizer's finding. */
static enum status add(struct registry *r, const char *id, struct fault *f)
{
	AUTO(sheet) sheet = sheet_of(id);
	AUTO(agreement) agreement = agreement_new();

	TRY(registry_add(r, sheet, agreement, f));
	(void)TAKE(sheet);
	(void)TAKE(agreement);
	return ST_OK;
}

static const char *const arrivals[] = { "m", "a", "zz", "z", "M", "10", "9", "ab", "~", "a.b",
	"a-b", "b" };
static const char *const sorted[] = { "10", "9", "M", "a", "a-b", "a.b", "ab", "b", "m", "z", "zz",
	"~" };

static void partners_are_sorted_and_found(void **state)
{
	AUTO(registry) r = registry_of("self");
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(arrivals); i++)
		expect_fault(arrivals[i], add(r, arrivals[i], &f), &f, ST_OK, NULL);
	assert_int_equal(registry_partner_count(r), COUNT(sorted));
	for (size_t i = 0; i < COUNT(sorted); i++) {
		size_t index = 999;

		expect_text("order", registry_partner(r, i)->sheet->id, sorted[i]);
		expect_fault(sorted[i], registry_find(&index, r, slice_str(sorted[i]), &f), &f,
			ST_OK, NULL);
		assert_int_equal(index, i);
	}
}

static const struct {
	const char *name;
	struct slice id;
} strangers[] = {
	{ "empty", S("") },
	{ "before all", S("!") },
	{ "behind all", S("~~") },
	{ "between", S("c") },
	{ "a prefix of one", S("a.") },
	{ "one with NUL behind", S("a\0") },
	{ "other case", S("A") },
	{ "ourselves", S("self") },
};

static void strangers_are_not_found(void **state)
{
	AUTO(registry) r = registry_of("self");
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT(arrivals); i++)
		assert_int_equal(add(r, arrivals[i], &f), ST_OK);
	for (size_t i = 0; i < COUNT(strangers); i++) {
		size_t index = 999;

		expect_fault(strangers[i].name, registry_find(&index, r, strangers[i].id, &f), &f,
			ST_NONE, "partner.unknown");
		assert_int_equal(index, 999);
	}
}

static void nobody_is_there_twice(void **state)
{
	AUTO(registry) r = registry_of("self");
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(add(r, "a", &f), ST_OK);
	expect_fault("twice", add(r, "a", &f), &f, ST_INPUT, "registry.duplicate");
	expect_fault("ourselves", add(r, "self", &f), &f, ST_INPUT, "registry.self");
	assert_int_equal(registry_partner_count(r), 1);
}

static void an_empty_registry_knows_itself(void **state)
{
	AUTO(registry) r = registry_of("self");
	size_t index;

	(void)state;
	assert_int_equal(registry_partner_count(r), 0);
	expect_text("own id", registry_settings(r)->id, "self");
	assert_int_equal(registry_find(&index, r, S("a"), NULL), ST_NONE);
	registry_free(NULL);
}

/* Sheets are large: here every partner shares nothing but is as small as it can be. */
static void more_than_the_limit_are_refused(void **state)
{
	AUTO(registry) r = registry_of("self");
	struct fault f = { 0 };
	char id[16];
	size_t index;

	(void)state;
	for (unsigned i = 0; i < PARTNERS_MAX; i++) {
		/*
		 * A walk that is neither ascending nor descending; 1031 and 4096 share no divisor.
		 */
		snprintf(id, sizeof(id), "%u", i * 1031 % PARTNERS_MAX);
		expect_fault(id, add(r, id, &f), &f, ST_OK, NULL);
	}
	expect_fault("one more", add(r, "more", &f), &f, ST_LIMIT, "registry.partners");
	for (unsigned i = 0; i < PARTNERS_MAX; i++) {
		snprintf(id, sizeof(id), "%u", i);
		assert_int_equal(registry_find(&index, r, slice_str(id), &f), ST_OK);
		expect_text("found", registry_partner(r, index)->sheet->id, id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(partners_are_sorted_and_found),
		cmocka_unit_test(strangers_are_not_found),
		cmocka_unit_test(nobody_is_there_twice),
		cmocka_unit_test(an_empty_registry_knows_itself),
		cmocka_unit_test(more_than_the_limit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
