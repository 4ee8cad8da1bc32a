/* SPDX-License-Identifier: Apache-2.0 */
/* Which of a partner's certificates count for what, and which one is sealed to today. */
#include "exchange_expect.h"

#include "circle.h"
#include "in_child.h"
#include "processes/trust.h"

#define VALID_DAYS 398 /* of a certificate the authority issues */

static struct circle sunny, windy;

/* Takes both. */
static void partner_add(struct registry *registry, struct sheet *sheet, struct agreement *agreement)
{
	struct fault f;

	must(registry_add(registry, sheet, agreement, &f), &f);
}

static struct registry *registry_of(struct sheet *sheet)
{
	struct registry *registry = registry_new(settings_of("utility"));

	if (sheet)
		partner_add(registry, sheet, circle_agreement(&sunny));
	return registry;
}

static bool same(const struct cert *a, const struct cert *b)
{
	return slice_eq(cert_fingerprint(a), cert_fingerprint(b));
}

static void nobody_is_trusted(void **state)
{
	AUTO(registry) registry = registry_of(NULL);
	AUTO(trust) trust = trust_new(registry, NULL);
	const struct trusted *got = NULL;
	struct fault f = { 0 };

	(void)state;
	expect_fault(
		"nobody", trust_find(&got, trust, S("sunny"), &f), &f, ST_AUTH, "partner.unknown");
	assert_null(got);
}

static const struct {
	const char *name;
	struct slice id;
} strangers[] = {
	{ "empty", S("") },
	{ "a part", S("sunn") },
	{ "more", S("sunny2") },
	{ "another case", S("SUNNY") },
	{ "a NUL behind", S("sunny\0") },
	{ "between the two", S("thirsty") },
	{ "hostile", S("\x1b[2J\n%s%n") },
	{ "ourselves", S("utility") },
};

static void partners_are_found_by_exactly_their_id(void **state)
{
	AUTO(registry) registry = registry_of(circle_sheet(&sunny));
	const struct trusted *got = NULL;
	struct fault f = { 0 };

	(void)state;
	partner_add(registry, circle_sheet(&windy), circle_agreement(&windy));
	AUTO(trust) trust = trust_new(registry, NULL);
	for (size_t i = 0; i < COUNT(strangers); i++) {
		expect_fault(strangers[i].name, trust_find(&got, trust, strangers[i].id, &f), &f,
			ST_AUTH, "partner.unknown");
		assert_null(got);
		assert_null(strchr(f.text, '\x1b'));
	}
	assert_int_equal(trust_find(&got, trust, S("windy"), &f), ST_OK);
	expect_text("partner", got->partner->sheet->id, "windy");
	assert_true(same(got->signers[0], windy.certs[CERT_SIGN]));
	assert_int_equal(trust_find(&got, trust, S("sunny"), &f), ST_OK);
	expect_text("partner", got->partner->sheet->id, "sunny");
	assert_true(same(got->signers[0], sunny.certs[CERT_SIGN]));
}

/* A TLS certificate signs no message, and one for signing opens no seal. */
static void certificates_count_for_their_use_only(void **state)
{
	AUTO(registry) registry = registry_of(circle_sheet(&sunny));
	AUTO(trust) trust = trust_new(registry, NULL);
	const struct trusted *got;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(trust_find(&got, trust, S("sunny"), &f), ST_OK);
	assert_int_equal(got->signer_count, 1);
	assert_int_equal(got->recipient_count, 1);
	assert_true(same(got->signers[0], sunny.certs[CERT_SIGN]));
	assert_true(same(got->recipients[0], sunny.certs[CERT_ENCRYPT]));
}

static void as_many_as_a_sheet_may_list(void **state)
{
	struct sheet *sheet = circle_sheet_bare(&sunny);
	const struct trusted *got;
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i < SHEET_CERTS_MAX; i++)
		sheet_list(sheet, CERT_SIGN, sunny.certs[CERT_SIGN]);
	AUTO(registry) registry = registry_of(sheet);
	AUTO(trust) trust = trust_new(registry, NULL);
	assert_int_equal(trust_find(&got, trust, S("sunny"), &f), ST_OK);
	assert_int_equal(got->signer_count, SHEET_CERTS_MAX);
	assert_int_equal(got->recipient_count, 0);
}

/* --- whom to seal to --- */

/* Days from today at which the listed certificates begin, in the sheet's order. */
static const struct {
	const char *name;
	int begin[3];
	size_t count;
	int want; /* index; -1: none */
	const char *code;
} recipients[] = {
	{ "none", { 0 }, 0, -1, "cert.none" },
	{ "one", { 0 }, 1, 0, NULL },
	{ "the first of two", { 0, -1 }, 2, 0, NULL },
	{ "the next once the first is over", { -VALID_DAYS - 2, -10 }, 2, 1, NULL },
	{ "a successor announced first", { 30, -10 }, 2, 1, NULL },
	{ "neither too late nor too early", { -VALID_DAYS - 2, 30, -5 }, 3, 2, NULL },
	{ "over", { -VALID_DAYS - 2 }, 1, -1, "cert.expired" },
	{ "not yet", { 30 }, 1, -1, "cert.not-yet" },
};

static void recipient_case(size_t i)
{
	struct sheet *sheet = circle_sheet_bare(&sunny);
	struct cert *listed[3];
	const struct cert *got = NULL;
	const struct trusted *trusted;
	struct fault f = { 0 };

	for (size_t n = 0; n < recipients[i].count; n++) {
		listed[n] =
			circle_issue(&sunny, CERT_ENCRYPT, NOW + recipients[i].begin[n] * DAY_NS);
		sheet_list(sheet, CERT_ENCRYPT, listed[n]);
	}
	AUTO(registry) registry = registry_of(sheet);
	AUTO(trust) trust = trust_new(registry, NULL);
	assert_int_equal(trust_find(&trusted, trust, S("sunny"), &f), ST_OK);
	expect_fault(recipients[i].name, trust_recipient(&got, trusted, AREA_BILLING, NOW, &f), &f,
		recipients[i].want < 0 ? ST_AUTH : ST_OK, recipients[i].code);
	if (recipients[i].want >= 0 ? !same(got, listed[recipients[i].want]) : got != NULL)
		fail_msg("%s: another certificate", recipients[i].name);
	for (size_t n = 0; n < recipients[i].count; n++)
		cert_free(listed[n]);
}

static void the_first_that_may_be_used_now(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(recipients); i++)
		recipient_case(i);
}

/* What the agreement tolerates comes after what is valid, and only to its day. */
static const struct {
	const char *name;
	int begin[2], tolerated; /* days from today */
	int want;
} tolerances[] = {
	{ "none", { -VALID_DAYS - 2, -VALID_DAYS - 3 }, -1, -1 },
	{ "the first", { -VALID_DAYS - 2, -VALID_DAYS - 3 }, 1, 0 },
	{ "a valid one behind it", { -VALID_DAYS - 2, -10 }, 1, 1 },
	{ "none that has not begun", { 30, 31 }, 40, -1 },
};

static void tolerance_case(size_t i)
{
	struct sheet *sheet = circle_sheet_bare(&sunny);
	struct agreement *agreement = circle_agreement(&sunny);
	struct registry *empty = registry_of(NULL);
	const struct trusted *trusted;
	const struct cert *got = NULL;
	struct cert *listed[2];
	struct fault f = { 0 };

	agreement->tolerate_expired_ns = NOW + tolerances[i].tolerated * DAY_NS;
	for (size_t n = 0; n < COUNT(listed); n++) {
		listed[n] =
			circle_issue(&sunny, CERT_ENCRYPT, NOW + tolerances[i].begin[n] * DAY_NS);
		sheet_list(sheet, CERT_ENCRYPT, listed[n]);
		sheet_list(sheet, CERT_SIGN, listed[n]);
	}
	partner_add(empty, sheet, agreement);
	AUTO(registry) registry = empty;
	AUTO(trust) trust = trust_new(registry, NULL);
	assert_int_equal(trust_find(&trusted, trust, S("sunny"), &f), ST_OK);
	enum status st = trust_recipient(&got, trusted, AREA_BILLING, NOW, &f);
	if ((st == ST_OK) != (tolerances[i].want >= 0) ||
		(st == ST_OK && !same(got, listed[tolerances[i].want])))
		fail_msg("%s: another certificate", tolerances[i].name);
	for (size_t n = 0; n < COUNT(listed); n++) {
		bool ended = cert_has_ended(listed[n], NOW);
		bool good = cert_check(trusted->signers[n], NOW, NULL) == ST_OK;
		assert_int_equal(good,
			tolerances[i].begin[n] < 0 && (!ended || tolerances[i].tolerated > 0));
		cert_free(listed[n]);
	}
}

static void ended_ones_as_far_as_tolerated(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(tolerances); i++)
		tolerance_case(i);
}

/* --- our own mistakes --- */

static int bug_certificate(void *context)
{
	struct sheet *sheet = circle_sheet_bare(&sunny);
	struct registry *registry;

	(void)context;
	sheet_list(sheet, CERT_SIGN, sunny.certs[CERT_SIGN]);
	buf_put_u8(&sheet->certs[0].der, 0);
	registry = registry_of(sheet);
	trust_free(trust_new(registry, NULL));
	return 0;
}

static void our_mistakes_abort(void **state)
{
	(void)state;
	assert_true(aborts(bug_certificate, NULL));
}

static void nothing_is_freed(void **state)
{
	(void)state;
	trust_free(NULL);
}

static int circles_make(void **state)
{
	(void)state;
	circle_make(&sunny, "sunny");
	circle_make(&windy, "windy");
	return 0;
}

static int circles_done(void **state)
{
	(void)state;
	circle_done(&sunny);
	circle_done(&windy);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_trusted),
		cmocka_unit_test(partners_are_found_by_exactly_their_id),
		cmocka_unit_test(certificates_count_for_their_use_only),
		cmocka_unit_test(as_many_as_a_sheet_may_list),
		cmocka_unit_test(the_first_that_may_be_used_now),
		cmocka_unit_test(ended_ones_as_far_as_tolerated),
		cmocka_unit_test(our_mistakes_abort),
		cmocka_unit_test(nothing_is_freed),
	};

	return cmocka_run_group_tests_name("trust", tests, circles_make, circles_done);
}
