/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a TLS certificate is: one party's, or nobody's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "processes/pins.h"
#include "safeguards/digest.h"

/* A sheet with these certificates; any bytes will do, as nothing but their digest is asked. */
static struct sheet *sheet_with(const char *const *ders, size_t count, enum cert_use use)
{
	struct sheet *sheet = alloc_zeroed(1, sizeof(*sheet));

	for (size_t i = 0; i < count; i++) {
		sheet->certs[i].use = use;
		sheet->certs[i].der = buf_init(SHEET_CERT_SIZE_MAX);
		buf_put_text(&sheet->certs[i].der, ders[i]);
	}
	sheet->cert_count = count;
	return sheet;
}

static void add(struct pins *pins, const char *der, enum cert_use use, size_t owner)
{
	AUTO(sheet) sheet = sheet_with(&der, 1, use);

	pins_add(pins, sheet, owner);
}

static bool find(size_t *owner, const struct pins *pins, const char *der)
{
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];

	digest_sha256(fingerprint, slice_str(der));
	return pins_find(owner, pins, fingerprint);
}

static void test_empty(void **state)
{
	AUTO(pins) pins = pins_new();
	size_t owner;

	(void)state;
	pins_seal(pins);
	assert_false(find(&owner, pins, "a"));
}

static void test_owners(void **state)
{
	static const char *const two[] = { "b-old", "b-new" };
	AUTO(sheet) b = sheet_with(two, 2, CERT_TLS);
	AUTO(pins) pins = pins_new();
	size_t owner;

	(void)state;
	add(pins, "a", CERT_TLS, 7);
	pins_add(pins, b, 8);
	add(pins, "c", CERT_SIGN, 9);
	pins_seal(pins);
	assert_true(find(&owner, pins, "a") && owner == 7);
	assert_true(find(&owner, pins, "b-old") && owner == 8);
	assert_true(find(&owner, pins, "b-new") && owner == 8);
	assert_false(find(&owner, pins, "c")); /* a signing certificate opens no connection */
	assert_false(find(&owner, pins, "d"));
}

static void test_disputed(void **state)
{
	AUTO(pins) pins = pins_new();
	size_t owner;

	(void)state;
	for (size_t i = 0; i < 5; i++)
		add(pins, "shared", CERT_TLS, i == 2 ? 1 : 0);
	add(pins, "twice", CERT_TLS, 3);
	add(pins, "twice", CERT_TLS, 3);
	pins_seal(pins);
	assert_false(find(&owner, pins, "shared"));
	assert_true(find(&owner, pins, "twice") && owner == 3);
}

static void test_many(void **state)
{
	AUTO(pins) pins = pins_new();
	char der[16];
	size_t owner;

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(der, sizeof(der), "cert-%u", i);
		add(pins, der, CERT_TLS, i);
	}
	pins_seal(pins);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(der, sizeof(der), "cert-%u", i);
		assert_true(find(&owner, pins, der) && owner == i);
	}
}

static void test_same(void **state)
{
	AUTO(pins) a = pins_new();
	AUTO(pins) b = pins_new();
	AUTO(pins) c = pins_new();

	(void)state;
	add(a, "x", CERT_TLS, 0);
	add(a, "y", CERT_TLS, 0);
	add(b, "y", CERT_TLS, 0);
	add(b, "x", CERT_TLS, 0);
	add(c, "x", CERT_TLS, 0);
	pins_seal(a);
	pins_seal(b);
	pins_seal(c);
	assert_true(pins_same(a, b));
	assert_false(pins_same(a, c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_disputed),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_same),
	};

	return cmocka_run_group_tests_name("pins", tests, NULL, NULL);
}
