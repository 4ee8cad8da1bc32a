/* SPDX-License-Identifier: Apache-2.0 */
/* What each partner may send, in all and per area; reading the rules anew gives nothing. */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/clock.h"
#include "processes/meters.h"

#define NOW (1000 * NS_PER_S)

static struct agreement *agree(struct registry *r, const char *id)
{
	struct sheet *sheet = alloc_zeroed(1, sizeof(*sheet));
	struct agreement *agreement = alloc_zeroed(1, sizeof(*agreement));

	agreement_init(agreement);
	snprintf(sheet->id, sizeof(sheet->id), "%s", id);
	assert_int_equal(registry_add(r, sheet, agreement, NULL), ST_OK);
	return agreement;
}

static struct registry *registry_of(const char *const ids[])
{
	struct settings *s = alloc_zeroed(1, sizeof(*s));
	struct registry *r;

	settings_init(s);
	r = registry_new(s);
	for (size_t i = 0; ids[i]; i++) {
		struct agreement *a = agree(r, ids[i]);
		if (ids[i][0] == 'f') /* as it likes */
			continue;
		a->rate = (struct rate){ 6, 60 * NS_PER_S };
		a->areas[AREA_BILLING].rate = (struct rate){ 2, 3600 * NS_PER_S };
	}
	return r;
}

static const struct partner *partner_of(const struct registry *r, const char *id)
{
	size_t index;

	assert_int_equal(registry_find(&index, r, slice_str(id), NULL), ST_OK);
	return registry_partner(r, index);
}

static unsigned take(
	struct meters *m, const struct partner *partner, enum area area, unsigned times)
{
	unsigned n = 0, wait_s;

	for (unsigned i = 0; i < times; i++)
		n += meters_take(m, &wait_s, partner, area, NOW, NULL) == ST_OK;
	return n;
}

static void areas_and_all(void **state)
{
	static const char *const ids[] = { "b", "a", "free", NULL };
	AUTO(registry) r = registry_of(ids);
	AUTO(meters) m = meters_new(r, NULL);
	const struct partner *a = partner_of(r, "a");
	unsigned wait_s = 0;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(take(m, a, AREA_BILLING, 9), 2);
	expect_fault("billing", meters_take(m, &wait_s, a, AREA_BILLING, NOW, &f), &f, ST_RETRY,
		"agreement.rate");
	expect_says("billing", &f, "more than 2/h billing: the next is taken in 1801 s");
	assert_int_equal(wait_s, 1801);
	/* what billing was refused took nothing from the rest */
	assert_int_equal(take(m, a, AREA_OUTAGE, 9) + take(m, a, AREAS, 9), 4);
	expect_fault("receipts", meters_take(m, &wait_s, a, AREAS, NOW, &f), &f, ST_RETRY,
		"agreement.rate");
	expect_says("receipts", &f, "more than 6/min in all areas");
	assert_int_equal(take(m, partner_of(r, "b"), AREA_OUTAGE, 9), 6);
	assert_int_equal(take(m, partner_of(r, "free"), AREA_BILLING, 999), 999);
}

static void reading_the_rules_again_gives_nothing(void **state)
{
	static const char *const before[] = { "a", "b", NULL }, *const after[] = { "0", "b", NULL };
	AUTO(registry) r = registry_of(before);
	AUTO(registry) r2 = registry_of(after);
	AUTO(meters) m = meters_new(r, NULL);
	unsigned wait_s;
	const struct rate rate = { 3, 60 * NS_PER_S };

	(void)state;
	assert_int_equal(take(m, partner_of(r, "b"), AREA_OUTAGE, 9), 6);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(meters_take_stranger(m, &wait_s, &rate, NOW, NULL), ST_OK);
	AUTO(meters) m2 = meters_new(r2, m);
	assert_int_equal(take(m2, partner_of(r2, "b"), AREA_OUTAGE, 9), 0);
	assert_int_equal(take(m2, partner_of(r2, "0"), AREA_OUTAGE, 9), 6);
	struct fault f = { 0 };
	expect_fault("strangers", meters_take_stranger(m2, &wait_s, &rate, NOW, &f), &f, ST_RETRY,
		"settings.stranger-messages");
	assert_int_equal(wait_s, 21);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(areas_and_all),
		cmocka_unit_test(reading_the_rules_again_gives_nothing),
	};

	return cmocka_run_group_tests_name("meters", tests, NULL, NULL);
}
