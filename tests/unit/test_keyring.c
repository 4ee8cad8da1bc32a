/* SPDX-License-Identifier: Apache-2.0 */
/* Which of our own certificates we send with, when that changes, and how their files are called. */
#include "exchange_expect.h"

#include <limits.h>

#include "safeguards/keyring.h"
#include "sunny.h"

#define VALID_DAYS 398
#define NEVER INT_MAX

static int64_t day(int days)
{
	return days == NEVER ? KEYRING_NEVER : NOW + days * DAY_NS;
}

static void add(struct keyring *ring, enum cert_use use, unsigned generation, int from, int begin)
{
	AUTO(cert) cert = circle_issue(&sunny, use, NOW + begin * DAY_NS);
	struct fault f;

	must(keyring_add(ring, use, generation, day(from), cert, &f), &f);
}

/* Days from today at which a generation is used from, and at which its certificate begins. */
#define OVER (-VALID_DAYS - 2)
static const struct {
	const char *name;
	size_t count;
	struct {
		int from, begin;
	} certs[4];
	unsigned want; /* generation */
} currents[] = {
	{ "the only one", 1, { { -100, -100 } }, 1 },
	{ "a renewed one is not used by itself", 2, { { -300, -300 }, { NEVER, -1 } }, 1 },
	{ "one that is to be used later", 2, { { -300, -300 }, { 5, -1 } }, 1 },
	{ "one whose moment has come", 2, { { -300, -300 }, { -1, -2 } }, 2 },
	{ "at its moment", 2, { { -300, -300 }, { 0, -2 } }, 2 },
	{ "the last of three", 3, { { -300, -300 }, { -200, -200 }, { -1, -2 } }, 3 },
	{ "back to the one before", 2, { { -1, -300 }, { -2, -3 } }, 1 },
	{ "one that is not valid yet", 2, { { -300, -300 }, { -1, 3 } }, 1 },
	{ "an ended one gives way", 2, { { OVER, OVER }, { NEVER, -1 } }, 2 },
	{ "also to one that was to come later", 2, { { OVER, OVER }, { 5, -1 } }, 2 },
	{ "all ended: the one used last", 3,
		{ { OVER, OVER }, { OVER + 1, OVER }, { NEVER, OVER } }, 2 },
	{ "none was ever to be used", 2, { { NEVER, OVER }, { NEVER, 7 } }, 2 },
};

static void the_one_we_send_with(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(currents); i++) {
		AUTO(keyring) ring = keyring_new();

		add(ring, CERT_TLS, 1, -1, -1); /* another use is no candidate */
		for (unsigned n = 0; n < currents[i].count; n++)
			add(ring, CERT_SIGN, n + 1, currents[i].certs[n].from,
				currents[i].certs[n].begin);
		const struct keyring_cert *got = keyring_current(ring, CERT_SIGN, NOW);
		if (!got || got->use != CERT_SIGN || got->generation != currents[i].want)
			fail_msg("%s: generation %u", currents[i].name, got ? got->generation : 0);
		assert_null(keyring_current(ring, CERT_ENCRYPT, NOW));
	}
}

/* Whatever happens between two of the told moments, the answer stays the same. */
static void it_changes_only_at_told_moments(void **state)
{
	AUTO(keyring) ring = keyring_new();
	int64_t now = NOW - 10 * DAY_NS, end = NOW + 1000 * DAY_NS;
	unsigned switches = 0;

	(void)state;
	add(ring, CERT_SIGN, 1, -300, -300);
	add(ring, CERT_SIGN, 2, 20, -5);
	add(ring, CERT_SIGN, 3, NEVER, 200);
	while (now < end) {
		const struct keyring_cert *at = keyring_current(ring, CERT_SIGN, now);
		int64_t next = keyring_change_ns(ring, now);
		int64_t last = next == INT64_MAX ? end : next - 1;

		assert_true(next > now);
		assert_ptr_equal(keyring_current(ring, CERT_SIGN, last), at);
		switches += last < end && keyring_current(ring, CERT_SIGN, next) != at;
		now = last + 1;
	}
	assert_int_equal(switches, 3); /* the last two are of ends: nobody renewed in time */
	assert_int_equal(keyring_current(ring, CERT_SIGN, end)->generation, 2);
}

static void generations_are_in_order_and_few(void **state)
{
	AUTO(keyring) ring = keyring_new();
	struct fault f = { 0 };

	(void)state;
	add(ring, CERT_ENCRYPT, 7, NEVER, 0);
	add(ring, CERT_TLS, 2, NEVER, 0);
	add(ring, CERT_ENCRYPT, 3, 0, 0);
	add(ring, CERT_TLS, 1, 0, 0);
	for (size_t i = 1; i < ring->count; i++)
		assert_true(ring->certs[i - 1].use < ring->certs[i].use ||
			ring->certs[i - 1].generation < ring->certs[i].generation);
	assert_int_equal(keyring_newest(ring, CERT_ENCRYPT)->generation, 7);
	assert_null(keyring_newest(ring, CERT_SIGN));
	assert_null(keyring_find(ring, CERT_TLS, 3));
	expect_fault("twice", keyring_add(ring, CERT_TLS, 2, 0, sunny.certs[CERT_TLS], &f), &f,
		ST_INPUT, "home.certificates");
	add(ring, CERT_TLS, 3, 0, 0);
	add(ring, CERT_TLS, 4, 0, 0);
	expect_fault("too many", keyring_add(ring, CERT_TLS, 5, 0, sunny.certs[CERT_TLS], &f), &f,
		ST_LIMIT, "home.certificates");
}

/* The keyholder's table of rights is by use, which it takes from the number. */
static void numbers_name_one_key(void **state)
{
	(void)state;
	for (unsigned use = 0; use < CERT_USES; use++)
		for (unsigned generation = 1; generation < 50; generation++) {
			unsigned number = keyring_number(use, generation);
			assert_int_equal(number % CERT_USES, use);
			assert_int_equal(number / CERT_USES + 1, generation);
		}
}

static const struct {
	struct slice name;
	unsigned use, generation; /* 0: no name of ours */
} names[] = {
	{ S("tls.pem"), CERT_TLS, 1 },
	{ S("sign.2.pem"), CERT_SIGN, 2 },
	{ S("encrypt.9999.pem"), CERT_ENCRYPT, GENERATION_MAX },
	{ S("encrypt.10000.pem"), 0, 0 },
	{ S("tls.1.pem"), 0, 0 },
	{ S("tls.0.pem"), 0, 0 },
	{ S("tls.02.pem"), 0, 0 },
	{ S("tls.-2.pem"), 0, 0 },
	{ S("tls.2.pem.new"), 0, 0 },
	{ S("tls..pem"), 0, 0 },
	{ S("tls.2"), 0, 0 },
	{ S("tls.key"), 0, 0 },
	{ S("root.pem"), 0, 0 },
	{ S("tls2.pem"), 0, 0 },
	{ S(".pem"), 0, 0 },
	{ S(""), 0, 0 },
	{ S("TLS.pem"), 0, 0 },
	{ S("tls.99999999999999999999.pem"), 0, 0 },
};

static void files_have_one_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		AUTO_IN_PLACE(buf) again = buf_init(64);
		unsigned generation = 0;
		enum cert_use use;

		if (keyring_name_parse(&use, &generation, names[i].name, ".pem") !=
			(names[i].generation != 0))
			fail_msg("%.*s", SLICE_FMT(names[i].name));
		if (names[i].generation == 0)
			continue;
		assert_int_equal(use, names[i].use);
		assert_int_equal(generation, names[i].generation);
		keyring_name_put(&again, use, generation, ".pem");
		assert_true(slice_eq(buf_slice(&again), names[i].name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_one_we_send_with),
		cmocka_unit_test(it_changes_only_at_told_moments),
		cmocka_unit_test(generations_are_in_order_and_few),
		cmocka_unit_test(numbers_name_one_key),
		cmocka_unit_test(files_have_one_name),
	};

	return cmocka_run_group_tests_name("keyring", tests, sunny_make, sunny_done);
}
