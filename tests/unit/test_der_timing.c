/* SPDX-License-Identifier: Apache-2.0 */
/* Until when a document of ours is worth anything, and which one it replaces. */
#include "exchange_expect.h"

#include "base/clock.h"
#include "documents/der/timing.h"

#define LIVE "\"document_type\": \"availability\", \"aggregation_id\": \"AGG-1\", \"kind\": \"status\", "
#define AHEAD "\"document_type\": \"availability\", \"aggregation_id\": \"AGG-1\", \"kind\": \"forecast\", \"sequence\": 7"
#define HOUR(h) "{ \"start\": \"2026-11-23T" h ":00:00.000Z\", \"up_kw\": \"1\", \"duration\": \"PT1H\" }"
#define AT "2026-11-23T05:14:06.123Z"
#define DAY_END_NS (INT64_C(1795392000) * NS_PER_S) /* of 2026-11-22 */
#define AT_NS (INT64_C(1795410846123) * NS_PER_MS)

static const struct {
	const char *name, *text;
	int64_t expires_ns;
	const char *scope;
	int64_t sequence;
} documents[] = {
	{ "all of it", "{ " LIVE "\"sequence\": 7, \"revision\": 2, \"expires_at\": \"" AT "\" }", AT_NS,
		"AGG-1 status", 7 * 1024 + 2 },
	{ "in any order", "{ \"expires_at\": \"" AT "\", \"sequence\": 7, " LIVE "\"revision\": 2 }", AT_NS,
		"AGG-1 status", 7 * 1024 + 2 },
	{ "no revision", "{ " LIVE "\"sequence\": 7 }", 0, "AGG-1 status", 7 * 1024 },
	{ "many revisions stay below the next sequence",
		"{ " LIVE "\"sequence\": 7, \"revision\": 1000000 }", 0, "AGG-1 status",
		7 * 1024 + 1023 },
	{ "the largest sequence", "{ " LIVE "\"sequence\": 9007199254740991 }", 0, "AGG-1 status",
		INT64_C(9007199254740991) * 1024 },
	{ "a larger one is none", "{ " LIVE "\"sequence\": 9007199254740992 }", 0, "", 0 },
	{ "below nothing", "{ " LIVE "\"sequence\": -1 }", 0, "", 0 },
	{ "no sequence", "{ " LIVE "\"revision\": 2 }", 0, "", 0 },
	{ "a sequence in quotes", "{ " LIVE "\"sequence\": \"7\" }", 0, "", 0 },
	{ "a scope with an escape",
		"{ \"document_type\": \"availability\", \"aggregation_id\": \"A\\n1\", \"kind\": \"status\", "
		"\"sequence\": 1 }", 0, "", 0 },
	{ "an empty scope",
		"{ \"document_type\": \"availability\", \"aggregation_id\": \"\", \"kind\": \"status\", "
		"\"sequence\": 1 }", 0, "", 0 },
	{ "the book of tests has its own", "{ " LIVE "\"sequence\": 7, \"test\": true }", 0,
		"AGG-1 status test", 7 * 1024 },
	{ "no test", "{ \"test\": false, " LIVE "\"sequence\": 7 }", 0, "AGG-1 status", 7 * 1024 },
	{ "passed on for another, who calls its aggregation the same",
		"{ " LIVE "\"sequence\": 7, \"on_behalf_of\": \"829517388\" }", 0,
		"AGG-1 status of 829517388", 7 * 1024 },
	{ "both", "{ \"on_behalf_of\": \"8\\u0032\", \"test\": true, " LIVE "\"sequence\": 7 }", 0,
		"AGG-1 status of 82 test", 7 * 1024 },
	{ "a forecast is for the time of its intervals",
		"{ " AHEAD ", \"intervals\": [ " HOUR("05") ", " HOUR("06") " ] }", 0,
		"AGG-1 forecast at 1795410000-1795417200", 7 * 1024 },
	{ "whichever comes first",
		"{ \"intervals\": [ " HOUR("06") ", " HOUR("05") " ], \"test\": true, " AHEAD " }", 0,
		"AGG-1 forecast test at 1795410000-1795417200", 7 * 1024 },
	{ "not for those of something in it",
		"{ " AHEAD ", \"intervals\": [ " HOUR("05") " ], \"ext\": { \"intervals\": [ " HOUR("09") " ] } }", 0,
		"AGG-1 forecast at 1795410000-1795413600", 7 * 1024 },
	{ "of no time it replaces none", "{ " AHEAD " }", 0, "", 0 },
	{ "nor of none that is understood",
		"{ " AHEAD ", \"intervals\": [ " HOUR("05") ", { \"start\": \"soon\", \"duration\": \"PT1H\" } ] }", 0,
		"", 0 },
	{ "nor for longer than can be counted",
		"{ " AHEAD ", \"intervals\": [ { \"start\": \"2026-11-23T05:00:00Z\","
		" \"duration\": \"PT99999999999999999999999999H\" } ] }", 0, "", 0 },
	{ "nor for centuries",
		"{ " AHEAD ", \"intervals\": [ { \"start\": \"2026-11-23T05:00:00Z\","
		" \"duration\": \"P99999999999D\" } ] }", 0, "", 0 },
	{ "to the end of all times", "{ " AHEAD ", \"intervals\": [ { \"start\": \"2261-12-31T00:00:00Z\","
		" \"duration\": \"P36600D\" } ] }", 0, "AGG-1 forecast at 9214560000-12376800000", 7 * 1024 },
	{ "a status is of now, whatever its intervals",
		"{ " LIVE "\"sequence\": 7, \"intervals\": [ " HOUR("05") " ] }", 0, "AGG-1 status", 7 * 1024 },
	{ "another type expires, and replaces none",
		"{ \"document_type\": \"outage_notice\", \"aggregation_id\": \"A\", \"kind\": \"status\", "
		"\"sequence\": 1, \"expires_at\": \"" AT "\" }", AT_NS, "", 0 },
	{ "a request is of use until it may be answered",
		"{ \"document_type\": \"service_request\", \"respond_by\": \"" AT "\" }", AT_NS, "", 0 },
	{ "whichever is earlier",
		"{ \"respond_by\": \"" AT "\", \"document_type\": \"service_request\", "
		"\"expires_at\": \"2026-11-24T00:00:00Z\" }", AT_NS, "", 0 },
	{ "of the two",
		"{ \"respond_by\": \"2026-11-24T00:00:00Z\", \"document_type\": \"service_request\", "
		"\"expires_at\": \"" AT "\" }", AT_NS, "", 0 },
	{ "of another type that is a wish",
		"{ \"document_type\": \"invoice\", \"respond_by\": \"" AT "\" }", 0, "", 0 },
	{ "an offer, while it holds",
		"{ \"document_type\": \"service_offer\", \"offer_valid_until\": \"" AT "\" }", AT_NS, "", 0 },
	{ "an award, while it may be refused",
		"{ \"document_type\": \"service_award\", \"result\": \"awarded\", \"accept_by\": \"" AT "\" }",
		AT_NS, "", 0 },
	{ "one that ends something has no end",
		"{ \"document_type\": \"service_award\", \"result\": \"cancelled\", \"accept_by\": \"" AT "\" }",
		0, "", 0 },
	{ "a limit is kept to",
		"{ \"document_type\": \"operating_limit\", \"confirm_by\": \"" AT "\" }", 0, "", 0 },
	{ "not of ours", "{ \"document_type\": \"letter\", \"expires_at\": \"" AT "\" }", 0, "", 0 },
	{ "no type", "{ \"expires_at\": \"" AT "\" }", 0, "", 0 },
	{ "no time", "{ " LIVE "\"expires_at\": \"soon\" }", 0, "", 0 },
	{ "a time that is a number", "{ " LIVE "\"expires_at\": 7 }", 0, "", 0 },
	{ "further in", "{ " LIVE "\"ext\": { \"expires_at\": \"" AT "\", \"sequence\": 3 } }", 0, "", 0 },
	{ "no JSON behind it", "{ " LIVE "\"sequence\": 7, \"expires_at\": \"" AT "\" } x", 0, "", 0 },
	{ "cut short", "{ " LIVE "\"sequence\": 7, \"expires_at\": \"" AT "\"", 0, "", 0 },
	{ "nothing", "", 0, "", 0 },
};

static void what_a_document_says_of_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		struct der_timing got;

		der_timing_read(&got, slice_str(documents[i].text));
		expect_text(documents[i].name, got.scope, documents[i].scope);
		if (got.expires_ns != documents[i].expires_ns ||
			got.sequence != documents[i].sequence)
			fail_msg("%s: expires %lld, sequence %lld", documents[i].name,
				(long long)got.expires_ns, (long long)got.sequence);
	}
}

static const struct {
	const char *name, *text;
	int64_t secret_until_ns;
} secrets[] = {
	{ "to the end of a day", "{ " LIVE "\"secrecy_until\": \"2026-11-22\" }", DAY_END_NS },
	{ "of another type",
		"{ \"secrecy_until\": \"2026-11-22\", \"document_type\": \"invoice\" }",
		DAY_END_NS },
	{ "an escape hides nothing", "{ " LIVE "\"secrecy_until\": \"2026\\u002d11-22\" }",
		DAY_END_NS },
	{ "beyond what a time can be", "{ " LIVE "\"secrecy_until\": \"2262-01-01\" }",
		INT64_MAX },
	{ "the last year there is", "{ " LIVE "\"secrecy_until\": \"9999-12-31\" }", INT64_MAX },
	{ "no such day", "{ " LIVE "\"secrecy_until\": \"2026-02-30\" }", 0 },
	{ "a time", "{ " LIVE "\"secrecy_until\": \"2026-11-22T00:00:00Z\" }", 0 },
	{ "a number", "{ " LIVE "\"secrecy_until\": 20261122 }", 0 },
	{ "empty", "{ " LIVE "\"secrecy_until\": \"\" }", 0 },
	{ "further in", "{ " LIVE "\"ext\": { \"secrecy_until\": \"2026-11-22\" } }", 0 },
	{ "not of ours", "{ \"document_type\": \"letter\", \"secrecy_until\": \"2026-11-22\" }",
		0 },
	{ "nothing", "", 0 },
};

static void until_when_a_document_must_stay_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		struct der_timing got;

		der_timing_read(&got, slice_str(secrets[i].text));
		if (got.secret_until_ns != secrets[i].secret_until_ns)
			fail_msg("%s: secret until %lld", secrets[i].name,
				(long long)got.secret_until_ns);
	}
}

static void a_long_scope_is_none(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(4096);
	struct der_timing got;

	(void)state;
	buf_put_text(&text, "{ \"document_type\": \"availability\", \"kind\": \"status\", "
			    "\"sequence\": 1, \"aggregation_id\": \"");
	put_times(&text, 'x', SCOPE_MAX);
	buf_put_text(&text, "\" }");
	der_timing_read(&got, buf_slice(&text));
	expect_text("scope", got.scope, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_document_says_of_time),
		cmocka_unit_test(until_when_a_document_must_stay_secret),
		cmocka_unit_test(a_long_scope_is_none),
	};

	return cmocka_run_group_tests_name("der_timing", tests, NULL, NULL);
}
