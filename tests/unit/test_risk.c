/* SPDX-License-Identifier: Apache-2.0 */
/* What an area deserves, over years, paths and sensitivities; and the times that people write. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "exchange/risk.h"

#define IN_2026 (INT64_C(1795824000) * NS_PER_S) /* 2026-11-28 */
#define YEAR 365

static const struct {
	const char *name;
	enum sensitivity sensitivity;
	enum risk_path path;
	unsigned secrecy, migration, quantum_year;
	/* wanted */
	bool late;
	unsigned secret_until, strength, cipher;
	enum need encryption, hybrid, life;
} profiles[] = {
	{ "customers for thirty years", SENSITIVITY_RESTRICTED, PATH_INTERNET, 30 * YEAR, 2 * YEAR,
		2035, true, 2056, 128, 256, NEED_REQUIRED, NEED_REQUIRED, NEED_REQUIRED },
	{ "over by the month", SENSITIVITY_RESTRICTED, PATH_INTERNET, 30, 2 * YEAR, 2035, false,
		2026, 112, 128, NEED_REQUIRED, NEED_PREFERRED, NEED_REQUIRED },
	{ "the last year of 112 bits", SENSITIVITY_CONFIDENTIAL, PATH_INTERNET, 4 * YEAR, 0, 2035,
		false, 2030, 112, 128, NEED_REQUIRED, NEED_PREFERRED, NEED_PREFERRED },
	{ "and the first without", SENSITIVITY_CONFIDENTIAL, PATH_INTERNET, 5 * YEAR, 0, 2035,
		false, 2031, 128, 128, NEED_REQUIRED, NEED_PREFERRED, NEED_PREFERRED },
	{ "a slow migration alone makes it late", SENSITIVITY_CONFIDENTIAL, PATH_INTERNET, 30,
		9 * YEAR, 2035, true, 2026, 112, 256, NEED_REQUIRED, NEED_REQUIRED,
		NEED_PREFERRED },
	{ "an optimist's year", SENSITIVITY_RESTRICTED, PATH_INTERNET, 30 * YEAR, 2 * YEAR, 2100,
		false, 2056, 128, 128, NEED_REQUIRED, NEED_PREFERRED, NEED_REQUIRED },
	{ "a machine there is already", SENSITIVITY_RESTRICTED, PATH_INTERNET, 0, 0, 2026, true,
		2026, 112, 256, NEED_REQUIRED, NEED_REQUIRED, NEED_REQUIRED },
	{ "late, over a carrier's line", SENSITIVITY_CONFIDENTIAL, PATH_CARRIER, 30 * YEAR, 0,
		2035, true, 2056, 128, 256, NEED_REQUIRED, NEED_PREFERRED, NEED_PREFERRED },
	{ "late, over our own", SENSITIVITY_RESTRICTED, PATH_OWN, 30 * YEAR, 0, 2035, true, 2056,
		128, 256, NEED_REQUIRED, NEED_PREFERRED, NEED_REQUIRED },
	{ "internal", SENSITIVITY_INTERNAL, PATH_OWN, 30 * YEAR, 0, 2035, true, 2056, 128, 128,
		NEED_NONE, NEED_NONE, NEED_PREFERRED },
	{ "public", SENSITIVITY_PUBLIC, PATH_INTERNET, 30 * YEAR, 0, 2035, true, 2056, 128, 128,
		NEED_NONE, NEED_NONE, NEED_PREFERRED },
};

static void profiles_are_as_the_standards_have_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(profiles); i++) {
		struct risk_terms terms = { .quantum_year = profiles[i].quantum_year,
			.migration_days = profiles[i].migration };
		struct risk_profile p;

		print_message("%s\n", profiles[i].name);
		terms.secrecy_days[AREA_BILLING] = profiles[i].secrecy;
		terms.sensitivities[AREA_BILLING] = profiles[i].sensitivity;
		risk_profile_make(&p, &terms, AREA_BILLING, profiles[i].path, IN_2026);
		assert_int_equal(p.is_late, profiles[i].late);
		assert_int_equal(p.secret_until, profiles[i].secret_until);
		assert_int_equal(p.levels[REQUIRES_STRENGTH], profiles[i].strength);
		assert_int_equal(p.levels[REQUIRES_CIPHER], profiles[i].cipher);
		assert_int_equal(p.needs[REQUIRES_ENCRYPTION], profiles[i].encryption);
		assert_int_equal(p.needs[REQUIRES_HYBRID], profiles[i].hybrid);
		assert_int_equal(p.needs[REQUIRES_CERTIFICATE_LIFE], profiles[i].life);
		assert_int_equal(p.needs[REQUIRES_STRENGTH], NEED_REQUIRED);
	}
}

/* On the day on which it becomes late, and the day before (Mosca: x + y > z). */
static void it_is_late_from_one_day_to_the_next(void **state)
{
	struct risk_terms terms;
	struct risk_profile p;

	(void)state;
	risk_terms_init(&terms);
	terms.secrecy_days[AREA_OUTAGE] = 2956 - terms.migration_days; /* to 2035-01-01 */
	risk_profile_make(&p, &terms, AREA_OUTAGE, PATH_INTERNET, IN_2026);
	assert_false(p.is_late);
	terms.secrecy_days[AREA_OUTAGE]++;
	risk_profile_make(&p, &terms, AREA_OUTAGE, PATH_INTERNET, IN_2026);
	assert_true(p.is_late);
}

#define DAY_NS (86400 * NS_PER_S)

/* Of an area of 30 days, and of one of 30 years. */
static const struct {
	const char *name;
	enum area area;
	int64_t secret_until_ns;
	bool lengthened, late;
	unsigned days, secret_until, strength, cipher;
	enum need hybrid;
} lengthened[] = {
	{ "it says nothing", AREA_OUTAGE, 0, false, false, 30, 2026, 112, 128, NEED_PREFERRED },
	{ "what is over", AREA_OUTAGE, IN_2026 - DAY_NS, false, false, 30, 2026, 112, 128,
		NEED_PREFERRED },
	{ "as long as its area", AREA_OUTAGE, IN_2026 + 30 * DAY_NS, false, false, 30, 2026, 112,
		128, NEED_PREFERRED },
	{ "a day longer", AREA_OUTAGE, IN_2026 + 31 * DAY_NS, true, false, 31, 2026, 112, 128,
		NEED_PREFERRED },
	{ "112 bits are over before", AREA_OUTAGE, IN_2026 + 5 * YEAR * DAY_NS, true, false,
		5 * YEAR, 2031, 128, 128, NEED_PREFERRED },
	{ "the last day on which there is time", AREA_OUTAGE, IN_2026 + (2956 - 2 * YEAR) * DAY_NS,
		true, false, 2956 - 2 * YEAR, 2033, 128, 128, NEED_PREFERRED },
	{ "and the next", AREA_OUTAGE, IN_2026 + (2957 - 2 * YEAR) * DAY_NS, true, true,
		2957 - 2 * YEAR, 2033, 128, 256, NEED_REQUIRED },
	{ "for ever", AREA_OUTAGE, INT64_MAX, true, true, RISK_DAYS_MAX, 2126, 128, 256,
		NEED_REQUIRED },
	{ "sooner than its area", AREA_AGGREGATION, IN_2026 + DAY_NS, false, true, 30 * YEAR, 2056,
		128, 256, NEED_REQUIRED },
};

static void a_document_may_ask_for_more_than_its_area_and_never_for_less(void **state)
{
	struct risk_terms terms;

	(void)state;
	risk_terms_init(&terms);
	for (size_t i = 0; i < COUNT(lengthened); i++) {
		struct risk_profile p;

		print_message("%s\n", lengthened[i].name);
		risk_profile_make(&p, &terms, lengthened[i].area, PATH_INTERNET, IN_2026);
		risk_profile_lengthen(&p, &terms, lengthened[i].secret_until_ns, IN_2026);
		assert_int_equal(p.is_lengthened, lengthened[i].lengthened);
		assert_int_equal(p.is_late, lengthened[i].late);
		assert_int_equal(p.secrecy_days, lengthened[i].days);
		assert_int_equal(p.secret_until, lengthened[i].secret_until);
		assert_int_equal(p.levels[REQUIRES_STRENGTH], lengthened[i].strength);
		assert_int_equal(p.levels[REQUIRES_CIPHER], lengthened[i].cipher);
		assert_int_equal(p.needs[REQUIRES_HYBRID], lengthened[i].hybrid);
		assert_int_equal(p.levels[REQUIRES_CERTIFICATE_LIFE], 398);
	}
}

static void what_nobody_looked_into_is_taken_for_the_worst(void **state)
{
	struct risk_terms terms;

	(void)state;
	risk_terms_init(&terms);
	for (enum area area = 0; area < AREAS; area++)
		assert_int_equal(terms.sensitivities[area], SENSITIVITY_RESTRICTED);
	assert_true(terms.is_enforced);
}

static const struct {
	const char *text;
	unsigned days; /* RISK_DAYS_MAX + 1: it is refused */
	const char *back;
} times[] = {
	{ "30y", 10950, "30y" }, { "90d", 90, "90d" }, { "365d", 365, "1y" }, { "0d", 0, "0d" },
	{ "0y", 0, "0d" }, { "100y", 36500, "100y" }, { "36525d", 36525, "36525d" },
	{ "36526d", RISK_DAYS_MAX + 1, NULL }, { "101y", RISK_DAYS_MAX + 1, NULL },
	{ "", RISK_DAYS_MAX + 1, NULL }, { "d", RISK_DAYS_MAX + 1, NULL },
	{ "30", RISK_DAYS_MAX + 1, NULL }, { "-1d", RISK_DAYS_MAX + 1, NULL },
	{ "1.5y", RISK_DAYS_MAX + 1, NULL }, { "3 y", RISK_DAYS_MAX + 1, NULL },
	{ "99999999999999999999y", RISK_DAYS_MAX + 1, NULL }, { "2h", RISK_DAYS_MAX + 1, NULL },
};

static void times_read_and_read_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(times); i++) {
		AUTO_IN_PLACE(buf) back = buf_init(32);
		struct fault f = { 0 };
		unsigned days;
		enum status st = risk_days_parse(&days, slice_str(times[i].text), &f);

		expect_fault(times[i].text, st, &f, times[i].back ? ST_OK : ST_INPUT, "risk.days");
		if (st != ST_OK)
			continue;
		assert_int_equal(days, times[i].days);
		risk_days_put(&back, days);
		expect_text(times[i].text, buf_text(&back), times[i].back);
	}
}

static void names_read_back(void **state)
{
	struct fault f = { 0 };

	(void)state;
	for (enum requirement i = 0; i < REQUIREMENTS; i++) {
		enum requirement got;
		expect_fault("a requirement",
			requirement_parse(&got, slice_str(requirement_name(i)), &f), &f, ST_OK,
			NULL);
		assert_int_equal(got, i);
	}
	for (enum risk_path i = 0; i < PATHS; i++) {
		enum risk_path got;
		expect_fault("a path", risk_path_parse(&got, slice_str(risk_path_name(i)), &f), &f,
			ST_OK, NULL);
		assert_int_equal(got, i);
	}
}

static void what_is_asked_for_is_said_with_its_numbers(void **state)
{
	static const char *const words[REQUIREMENTS] = {
		[REQUIRES_ENCRYPTION] = "messages encrypted from envelope to envelope",
		[REQUIRES_STRENGTH] =
			"signatures, and keys and digests of 128 bits of security or more",
		[REQUIRES_CIPHER] = "contents under keys of 256 bits",
		[REQUIRES_FORWARD_SECRECY] = "connections with forward secrecy",
		[REQUIRES_HYBRID] = "hybrid post-quantum key exchange (X25519MLKEM768)",
		[REQUIRES_CERTIFICATE_LIFE] = "certificates of 398 days at most",
		[REQUIRES_KEY_LIFE] = "keys that are used for 730 days at most",
	};
	struct risk_terms terms;
	struct risk_profile p;

	(void)state;
	risk_terms_init(&terms);
	risk_profile_make(&p, &terms, AREA_AGGREGATION, PATH_INTERNET, IN_2026);
	for (enum requirement i = 0; i < REQUIREMENTS; i++) {
		AUTO_IN_PLACE(buf) text = buf_init(200);
		requirement_put(&text, &p, i);
		expect_text(requirement_name(i), buf_text(&text), words[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles_are_as_the_standards_have_them),
		cmocka_unit_test(it_is_late_from_one_day_to_the_next),
		cmocka_unit_test(a_document_may_ask_for_more_than_its_area_and_never_for_less),
		cmocka_unit_test(what_nobody_looked_into_is_taken_for_the_worst),
		cmocka_unit_test(times_read_and_read_back),
		cmocka_unit_test(names_read_back),
		cmocka_unit_test(what_is_asked_for_is_said_with_its_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
