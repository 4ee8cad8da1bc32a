/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: what is signed reads back, and nothing else is one. */
#include "issuing.h"

#include "safeguards/signed_exceptions.h"

#define DAY(n) (INT64_C(1795824000) * NS_PER_S + (n) * INT64_C(86400) * NS_PER_S)

static struct risk_exceptions two(void)
{
	struct risk_exceptions e = { .party = "007909411", .partner = "829517388" };

	risk_exceptions_put(&e,
		&(struct risk_exception){ .area = AREA_BILLING,
			.requirement = REQUIRES_HYBRID,
			.end_ns = DAY(30),
			.made_ns = DAY(0),
			.reason = "their software has none",
			.by = "A. Person" });
	risk_exceptions_put(&e,
		&(struct risk_exception){ .area = AREA_OUTAGE,
			.requirement = REQUIRES_CERTIFICATE_LIFE,
			.end_ns = DAY(60),
			.made_ns = DAY(0),
			.reason = "bis zur n\xc3\xa4"
				  "chsten Erneuerung",
			.by = "B" });
	return e;
}

static void the_list_keeps_one_of_each(void **state)
{
	struct risk_exceptions e = two();
	struct risk_exception later = e.list[0];

	(void)state;
	later.end_ns = DAY(90);
	risk_exceptions_put(&e, &later);
	assert_int_equal(e.count, 2);
	assert_true(risk_exceptions_find(&e, AREA_BILLING, REQUIRES_HYBRID)->end_ns == DAY(90));
	assert_null(risk_exceptions_find(&e, AREA_OUTAGE, REQUIRES_HYBRID));
	assert_null(risk_exceptions_find(NULL, AREA_BILLING, REQUIRES_HYBRID));
	assert_true(risk_exceptions_remove(&e, AREA_BILLING, REQUIRES_HYBRID));
	assert_false(risk_exceptions_remove(&e, AREA_BILLING, REQUIRES_HYBRID));
	assert_int_equal(e.count, 1);
	assert_non_null(risk_exceptions_find(&e, AREA_OUTAGE, REQUIRES_CERTIFICATE_LIFE));
}

static void every_one_there_can_be_finds_room(void **state)
{
	struct risk_exceptions e = { .party = "a", .partner = "b" };
	AUTO_IN_PLACE(buf) json = buf_init(RISK_EXCEPTIONS_SIZE_MAX);
	AUTO(risk_exceptions) again = NULL;
	struct risk_exception one = two().list[0];
	struct fault f = { 0 };

	(void)state;
	memset(one.reason, 'r', RISK_REASON_MAX);
	memset(one.by, 'b', RISK_BY_MAX);
	for (one.area = 0; one.area < AREAS; one.area++)
		for (one.requirement = 0; one.requirement < REQUIREMENTS; one.requirement++)
			risk_exceptions_put(&e, &one);
	assert_int_equal(e.count, RISK_EXCEPTIONS_MAX);
	risk_exceptions_format(&json, &e);
	expect_fault("all", risk_exceptions_parse(&again, buf_slice(&json), &f), &f, ST_OK, NULL);
	assert_int_equal(again->count, RISK_EXCEPTIONS_MAX);
}

#define HEAD "{\"tieline-exceptions\":1,\"party\":\"a\",\"partner\":\"b\",\"exceptions\":["
#define GOOD                                                                                   \
	"{\"area\":\"billing\",\"requirement\":\"hybrid\",\"until\":\"2027-06-30\","           \
	"\"reason\":\"r\",\"by\":\"b\",\"made\":\"2026-11-28T00:00:00Z\"}"

static const struct {
	const char *name, *json, *code, *says;
} refused[] = {
	{ "nothing", "", "exceptions.json", "line 1" },
	{ "cut", HEAD, "exceptions.json", "line 1" },
	{ "of a later release", "{\"tieline-exceptions\":2}", "exceptions.field", "later release" },
	{ "twice", HEAD GOOD "," GOOD "]}", "exceptions.field", "there twice" },
	{ "a list of texts", HEAD "\"hybrid\"]}", "exceptions.field", "\"area\" is missing" },
	{ "no list", "{\"tieline-exceptions\":1,\"party\":\"a\",\"partner\":\"b\"}",
		"exceptions.field", "no list" },
	{ "no such area",
		HEAD "{\"area\":\"water\",\"requirement\":\"hybrid\"}]}", "exceptions.field",
		"exception 1: there is no area" },
	{ "without a reason",
		HEAD "{\"area\":\"billing\",\"requirement\":\"hybrid\",\"until\":\"2027-06-30\","
		     "\"reason\":\"\",\"by\":\"b\",\"made\":\"2026-11-28T00:00:00Z\"}]}",
		"exceptions.field", "\"reason\" wants one line" },
	{ "a reason of two lines",
		HEAD "{\"area\":\"billing\",\"requirement\":\"hybrid\",\"until\":\"2027-06-30\","
		     "\"reason\":\"a\\nb\",\"by\":\"b\",\"made\":\"2026-11-28T00:00:00Z\"}]}",
		"exceptions.field", "\"reason\" wants one line" },
	{ "for ever",
		HEAD "{\"area\":\"billing\",\"requirement\":\"hybrid\",\"until\":\"2037-06-30\","
		     "\"reason\":\"r\",\"by\":\"b\",\"made\":\"2026-11-28T00:00:00Z\"}]}",
		"exceptions.field", "two years" },
};

static void what_is_no_exception_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		AUTO(risk_exceptions) e = NULL;
		struct fault f = { 0 };

		expect_fault(refused[i].name,
			risk_exceptions_parse(&e, slice_str(refused[i].json), &f), &f, ST_INPUT,
			refused[i].code);
		expect_says(refused[i].name, &f, refused[i].says);
	}
}

/* --- under a signature ------------------------------------------------------------ */

static const struct recipe root_recipe = { .name = "root",
	.extensions = { { NID_basic_constraints, "critical,CA:TRUE" } } };

static void signed_by(struct buf *pem, const struct issued *root, struct risk_exceptions *e)
{
	struct key key = { .pkey = root->key };
	const struct signer signer = { .cert = root->cert, .key = &key };
	struct fault f = { 0 };

	expect_fault("signing", signed_exceptions_make(pem, e, &signer, &f), &f, ST_OK, NULL);
}

static void what_our_root_signed_reads_back(void **state)
{
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL);
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_EXCEPTIONS_SIZE_MAX);
	AUTO(risk_exceptions) got = NULL;
	struct risk_exceptions e = two();
	struct fault f = { 0 };

	(void)state;
	signed_by(&pem, &root, &e);
	expect_fault("opening",
		signed_exceptions_open(&got, buf_slice(&pem), root.cert, S("007909411"),
			S("829517388"), &f),
		&f, ST_OK, NULL);
	assert_memory_equal(got, &e, sizeof(e));
}

static void nobody_else_allows_anything(void **state)
{
	AUTO_IN_PLACE(issued) root = issue(&root_recipe, NULL), other = issue(&root_recipe, NULL);
	AUTO_IN_PLACE(buf) ours = buf_init(SIGNED_EXCEPTIONS_SIZE_MAX),
			   theirs = buf_init(SIGNED_EXCEPTIONS_SIZE_MAX);
	struct risk_exceptions e = two();

	(void)state;
	signed_by(&ours, &root, &e);
	signed_by(&theirs, &other, &e);
	const struct {
		const char *name;
		struct slice pem, party, partner;
		enum status want;
		const char *code;
	} cases[] = {
		{ "another root", buf_slice(&theirs), S("007909411"), S("829517388"), ST_AUTH,
			"exceptions.signature" },
		{ "another party", buf_slice(&ours), S("007909412"), S("829517388"), ST_AUTH,
			"exceptions.party" },
		{ "beside another partner", buf_slice(&ours), S("007909411"), S("111111111"),
			ST_AUTH, "exceptions.party" },
		{ "no PEM", S("{}"), S("007909411"), S("829517388"), ST_INPUT, "exceptions.pem" },
		{ "cut", slice_to(buf_slice(&ours), ours.n / 2), S("007909411"), S("829517388"),
			ST_INPUT, "exceptions.pem" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(risk_exceptions) got = NULL;
		struct fault f = { 0 };

		expect_fault(cases[i].name,
			signed_exceptions_open(&got, cases[i].pem, root.cert, cases[i].party,
				cases[i].partner, &f),
			&f, cases[i].want, cases[i].code);
		assert_null(got);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_keeps_one_of_each),
		cmocka_unit_test(every_one_there_can_be_finds_room),
		cmocka_unit_test(what_is_no_exception_is_refused),
		cmocka_unit_test(what_our_root_signed_reads_back),
		cmocka_unit_test(nobody_else_allows_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
