/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the edge decides from a request's head alone: every way in, and every way to be turned away.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bindings/http.h"
#include "processes/admission.h"

#define LINES(from, to, id)                                              \
	"AS2-Version: 1.2\r\nAS2-From: " from "\r\nAS2-To: " to "\r\n"   \
	"Message-ID: " id "\r\nContent-Type: application/pkcs7-mime\r\n" \
	"Disposition-Notification-To: ops@example.com\r\n"
#define GOOD LINES("007909411", "1234567890", "<m1@x>")

#define LATER GOOD "Receipt-Delivery-Option: https://peer/receipt\r\n"
#define LATER_NONE                                                         \
	"AS2-From: 007909411\r\nAS2-To: 1234567890\r\nMessage-ID: <m1@x>\r\n" \
	"Content-Type: text/plain\r\nReceipt-Delivery-Option: https://peer/receipt\r\n"

/* What the partner's agreement says: everything, or one thing less, or rules for /as2. */
enum terms {
	TERMS_ALL,
	TERMS_NO_BILLING,
	TERMS_SEND_ONLY,
	TERMS_SUSPENDED,
	TERMS_SMALL,
	TERMS_AT_ONCE,
	TERMS_RULES,
	TERMS_RULES_NO_BILLING,
	TERMS_SPENT,
	TERMS_UNREAD,
};

static const struct {
	const char *name;
	const char *method, *target, *head;
	enum terms terms;
	uint64_t length;
	enum verdict want;
	const char *code; /* NULL: no fault */
	unsigned http;    /* VERDICT_ERROR */
} cases[] = {
	{ "a message", "POST", "/exchange/billing", GOOD, TERMS_ALL, 2048, VERDICT_MESSAGE, NULL,
		0 },
	{ "a message of unknown length", "POST", "/exchange/outage", GOOD, TERMS_ALL,
		HTTP_NO_LENGTH, VERDICT_MESSAGE, NULL, 0 },
	{ "an empty body is the envelope's to judge", "POST", "/exchange/outage", GOOD, TERMS_ALL,
		0, VERDICT_MESSAGE, NULL, 0 },
	{ "another area than the one not agreed", "POST", "/exchange/outage", GOOD,
		TERMS_NO_BILLING, 10, VERDICT_MESSAGE, NULL, 0 },
	{ "to all areas", "POST", "/as2", GOOD, TERMS_ALL, 10, VERDICT_MESSAGE, NULL, 0 },
	{ "to all areas, one closed", "POST", "/as2", GOOD, TERMS_NO_BILLING, 10, VERDICT_MESSAGE,
		NULL, 0 },
	{ "to all areas, all closed", "POST", "/as2", GOOD, TERMS_SEND_ONLY, 10, VERDICT_REFUSE,
		"agreement.area", 0 },
	{ "to all areas, more than one takes", "POST", "/as2", GOOD, TERMS_SMALL, 67537,
		VERDICT_MESSAGE, NULL, 0 },
	{ "a name of ours in a rule", "POST", "/as2",
		LINES("007909411", "\"OUR OUTAGES\"", "<m1@x>"), TERMS_RULES, 10, VERDICT_MESSAGE,
		NULL, 0 },
	{ "that name elsewhere", "POST", "/exchange/outage",
		LINES("007909411", "\"OUR OUTAGES\"", "<m1@x>"), TERMS_RULES, 10, VERDICT_REFUSE,
		"as2.to", 0 },
	{ "that name without the rule", "POST", "/as2",
		LINES("007909411", "\"OUR OUTAGES\"", "<m1@x>"), TERMS_ALL, 10, VERDICT_REFUSE,
		"as2.to", 0 },
	{ "a rule to an area that is closed", "POST", "/as2", GOOD, TERMS_RULES_NO_BILLING, 10,
		VERDICT_REFUSE, "agreement.area", 0 },
	{ "too often", "POST", "/exchange/billing", GOOD, TERMS_SPENT, 9, VERDICT_ERROR,
		"agreement.rate", 429 },
	{ "too often, whatever would be refused with a signature", "POST", "/exchange/billing",
		LINES("999", "1234567890", "<m 1@x>"), TERMS_SPENT, 9, VERDICT_ERROR,
		"agreement.rate", 429 },
	{ "too often to all areas counts as billing", "POST", "/as2", GOOD, TERMS_SPENT, 9,
		VERDICT_ERROR, "agreement.rate", 429 },
	{ "receipts too often", "POST", "/receipt", GOOD, TERMS_SPENT, 9, VERDICT_ERROR,
		"agreement.rate", 429 },
	{ "another area has its own rate", "POST", "/exchange/outage", GOOD, TERMS_SPENT, 9,
		VERDICT_MESSAGE, NULL, 0 },
	{ "health has none", "GET", "/healthz", "", TERMS_SPENT, 0, VERDICT_HEALTH, NULL, 0 },
	{ "a longer one", "POST", "/as2/", GOOD, TERMS_ALL, 9, VERDICT_ERROR, "http.target.unknown",
		404 },
	{ "health", "GET", "/healthz", "", TERMS_ALL, 0, VERDICT_HEALTH, NULL, 0 },
	{ "health is only asked", "POST", "/healthz", GOOD, TERMS_ALL, 5, VERDICT_ERROR,
		"http.method", 405 },
	{ "messages are not fetched", "GET", "/exchange/billing", GOOD, TERMS_ALL, 0, VERDICT_ERROR,
		"http.method", 405 },
	{ "messages are not put", "PUT", "/exchange/billing", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.method", 405 },
	{ "methods are case-sensitive", "post", "/exchange/billing", GOOD, TERMS_ALL, 9,
		VERDICT_ERROR, "http.method", 405 },
	{ "no such area", "POST", "/exchange/weather", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.target.unknown", 404 },
	{ "no area", "POST", "/exchange/", GOOD, TERMS_ALL, 9, VERDICT_ERROR, "http.target.unknown",
		404 },
	{ "half the path", "POST", "/exchange", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.target.unknown", 404 },
	{ "the root", "POST", "/", GOOD, TERMS_ALL, 9, VERDICT_ERROR, "http.target.unknown", 404 },
	{ "a longer path", "POST", "/exchange/billing/x", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.target.unknown", 404 },
	{ "a query", "POST", "/exchange/billing?x=1", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.target.unknown", 404 },
	{ "dots", "POST", "/exchange/../exchange/billing", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.target.unknown", 404 },
	{ "an address in place of a path", "POST", "https://else/exchange/billing", GOOD, TERMS_ALL,
		9, VERDICT_ERROR, "http.target.unknown", 404 },
	{ "no AS2 headers", "POST", "/exchange/billing", "", TERMS_ALL, 9, VERDICT_ERROR,
		"as2.header.missing", 400 },
	{ "no Message-ID", "POST", "/exchange/billing",
		"AS2-From: 007909411\r\nAS2-To: 1234567890\r\n", TERMS_ALL, 9, VERDICT_ERROR,
		"as2.header.missing", 400 },
	{ "a malformed Message-ID is named in a receipt", "POST", "/exchange/billing",
		LINES("007909411", "1234567890", "<m 1@x>"), TERMS_ALL, 9, VERDICT_REFUSE,
		"message.id.syntax", 0 },
	{ "nothing in the brackets", "POST", "/exchange/billing",
		LINES("007909411", "1234567890", "<>"), TERMS_ALL, 9, VERDICT_REFUSE,
		"message.id.syntax", 0 },
	{ "a malformed Message-ID of somebody else", "POST", "/exchange/billing",
		LINES("999", "1234567890", "<m 1@x>"), TERMS_ALL, 9, VERDICT_REFUSE, "as2.from", 0 },
	{ "a message without Message-ID", "POST", "/exchange/billing",
		"AS2-From: 007909411\r\nAS2-To: 1234567890\r\nContent-Type: a/b\r\n", TERMS_ALL, 9,
		VERDICT_ERROR, "as2.header.missing", 400 },
	{ "somebody else's name", "POST", "/exchange/billing", LINES("999", "1234567890", "<m1@x>"),
		TERMS_ALL, 9, VERDICT_REFUSE, "as2.from", 0 },
	{ "our own name as sender", "POST", "/exchange/billing",
		LINES("1234567890", "1234567890", "<m1@x>"), TERMS_ALL, 9, VERDICT_REFUSE,
		"as2.from", 0 },
	{ "a longer name", "POST", "/exchange/billing", LINES("0079094111", "1234567890", "<m1@x>"),
		TERMS_ALL, 9, VERDICT_REFUSE, "as2.from", 0 },
	{ "for somebody else", "POST", "/exchange/billing", LINES("007909411", "999", "<m1@x>"),
		TERMS_ALL, 9, VERDICT_REFUSE, "as2.to", 0 },
	{ "an area not agreed", "POST", "/exchange/billing", GOOD, TERMS_NO_BILLING, 9,
		VERDICT_REFUSE, "agreement.area", 0 },
	{ "a direction not agreed", "POST", "/exchange/billing", GOOD, TERMS_SEND_ONLY, 9,
		VERDICT_REFUSE, "agreement.area", 0 },
	{ "an agreement suspended", "POST", "/exchange/billing", GOOD, TERMS_SUSPENDED, 9,
		VERDICT_REFUSE, "agreement.suspended", 0 },
	{ "an agreement that cannot be read", "POST", "/exchange/billing", GOOD, TERMS_UNREAD, 9,
		VERDICT_ERROR, "agreement.unread", 503 },
	{ "to all areas, and to whatever name", "POST", "/as2",
		LINES("007909411", "\"OUR OUTAGES\"", "<m1@x>"), TERMS_UNREAD, 9, VERDICT_ERROR,
		"agreement.unread", 503 },
	{ "a receipt, where the agreement cannot be read", "POST", "/receipt", GOOD, TERMS_UNREAD,
		9, VERDICT_ERROR, "agreement.unread", 503 },
	{ "an agreement that cannot be read of somebody else's", "POST", "/exchange/billing",
		LINES("999", "1234567890", "<m1@x>"), TERMS_UNREAD, 9, VERDICT_REFUSE, "as2.from",
		0 },
	{ "announced larger than agreed", "POST", "/exchange/billing", GOOD, TERMS_SMALL,
		UINT64_C(1) << 30, VERDICT_REFUSE, "agreement.size", 0 },
	{ "a receipt later", "POST", "/exchange/billing", LATER, TERMS_ALL, 9, VERDICT_MESSAGE,
		NULL, 0 },
	{ "a receipt later is not agreed", "POST", "/exchange/billing", LATER, TERMS_AT_ONCE, 9,
		VERDICT_REFUSE, "agreement.receipt-delivery", 0 },
	{ "no receipt, and that later", "POST", "/exchange/billing", LATER_NONE, TERMS_AT_ONCE, 9,
		VERDICT_MESSAGE, NULL, 0 },
	{ "a receipt by itself", "POST", "/receipt", GOOD, TERMS_ALL, 9, VERDICT_RECEIPT, NULL, 0 },
	{ "a receipt of a notice", "POST", "/receipt", GOOD "Subject: outage\r\n", TERMS_ALL, 9,
		VERDICT_RECEIPT, NULL, 0 },
	{ "a receipt of something", "POST", "/receipt", GOOD "Subject: Your receipt\r\n", TERMS_ALL,
		9, VERDICT_RECEIPT, NULL, 0 },
	{ "a receipt needs no Message-ID of its own", "POST", "/receipt",
		"AS2-From: 007909411\r\nAS2-To: 1234567890\r\nContent-Type: a/b\r\n", TERMS_ALL, 9,
		VERDICT_RECEIPT, NULL, 0 },
	{ "a receipt where nothing may be sent", "POST", "/receipt", GOOD, TERMS_SEND_ONLY, 9,
		VERDICT_RECEIPT, NULL, 0 },
	{ "a receipt of unknown length", "POST", "/receipt", GOOD, TERMS_ALL, HTTP_NO_LENGTH,
		VERDICT_RECEIPT, NULL, 0 },
	{ "a receipt asking for one", "POST", "/receipt", LATER, TERMS_AT_ONCE, 9, VERDICT_RECEIPT,
		NULL, 0 },
	{ "too much for a receipt", "POST", "/receipt", GOOD, TERMS_ALL, 65537, VERDICT_ERROR,
		"mdn.size", 413 },
	{ "a receipt in another's name", "POST", "/receipt", LINES("999", "1234567890", "<m1@x>"),
		TERMS_ALL, 9, VERDICT_ERROR, "as2.from", 403 },
	{ "a receipt for somebody else", "POST", "/receipt", LINES("007909411", "999", "<m1@x>"),
		TERMS_ALL, 9, VERDICT_ERROR, "as2.to", 403 },
	{ "a receipt without AS2 headers", "POST", "/receipt", "", TERMS_ALL, 9, VERDICT_ERROR,
		"as2.header.missing", 400 },
	{ "receipts are not fetched", "GET", "/receipt", GOOD, TERMS_ALL, 0, VERDICT_ERROR,
		"http.method", 405 },
	{ "below the receipts", "POST", "/receipt/x", GOOD, TERMS_ALL, 9, VERDICT_ERROR,
		"http.target.unknown", 404 },
	{ "announced absurd", "POST", "/exchange/billing", GOOD, TERMS_ALL, UINT64_MAX - 1,
		VERDICT_REFUSE, "agreement.size", 0 },
};

static void terms_set(struct agreement *a, enum terms terms)
{
	agreement_init(a);
	a->areas[AREA_BILLING].allowed[DIRECTION_RECEIVE] = terms != TERMS_NO_BILLING &&
		terms != TERMS_RULES_NO_BILLING && terms != TERMS_SEND_ONLY;
	for (enum area area = 0; terms == TERMS_SEND_ONLY && area < AREAS; area++)
		a->areas[area].allowed[DIRECTION_RECEIVE] = false;
	a->suspended = terms == TERMS_SUSPENDED;
	a->unread = terms == TERMS_UNREAD;
	a->as2.may_ask_later = terms != TERMS_AT_ONCE;
	if (terms == TERMS_SMALL)
		a->areas[AREA_BILLING].size_max = 1000;
	if (terms == TERMS_RULES || terms == TERMS_RULES_NO_BILLING)
		a->area_rules = (struct area_rules){
			.list = { { .to = "OUR OUTAGES", .area = AREA_OUTAGE } },
			.count = 1,
			.otherwise = AREA_BILLING,
		};
}

/* TERMS_SPENT: it has sent all the billing and receipts that are agreed for now. */
static enum status paced(void *context, unsigned *wait_s, const struct partner *partner,
	enum area area, bool is_receipt, struct fault *f)
{
	const enum terms *terms = context;

	assert_non_null(partner);
	if (*terms != TERMS_SPENT || (area != AREA_BILLING && !is_receipt))
		return ST_OK;
	*wait_s = 7;
	return fault_set(f, ST_RETRY, "agreement.rate", "more than 1/h billing");
}

static const struct settings lenient = { .risk = { .is_enforced = false } };

static void test_case(void **state)
{
	size_t i = *(size_t *)*state;
	AUTO(sheet) sheet = alloc_zeroed(1, sizeof(*sheet));
	struct agreement agreement;
	struct partner partner = { sheet, &agreement };
	struct admission_asked asked = {
		.method = slice_str(cases[i].method),
		.target = slice_str(cases[i].target),
		.length = cases[i].length,
		.head = slice_str(cases[i].head),
		.partner = &partner,
		.own_id = S("1234567890"),
		.settings = &lenient,
		.by = { .is_hybrid = true },
		.paced = paced,
		.context = (void *)&cases[i].terms,
	};
	struct admission got;
	struct fault f = { 0 };

	terms_set(&agreement, cases[i].terms);
	assert_int_equal(slice_to_text(sheet->id, sizeof(sheet->id), S("007909411"), NULL), ST_OK);
	assert_int_equal(admission_judge(&got, &asked, &f), cases[i].want);
	assert_string_equal(f.code, cases[i].code ? cases[i].code : "");
	if (cases[i].want == VERDICT_ERROR)
		assert_int_equal(admission_http_status(&f), cases[i].http);
	if (cases[i].want == VERDICT_MESSAGE) {
		assert_int_equal(
			got.body_max, agreement_body_max(&agreement, got.open ? AREAS : got.area));
		assert_ptr_equal(got.partner, &partner);
		assert_true(slice_eq(got.as2.message_id, S("m1@x")));
	}
	assert_int_equal(got.wait_s, strcmp(f.code, "agreement.rate") == 0 ? 7 : 0);
	assert_int_equal(got.receipt, strcmp(cases[i].target, "/receipt") == 0);
	if (cases[i].want == VERDICT_RECEIPT)
		assert_int_equal(got.body_max, 65536);
	if (cases[i].want == VERDICT_RECEIPT || cases[i].want == VERDICT_HEALTH)
		assert_int_equal(got.area,
			strstr(cases[i].head, "Subject: outage\r\n") ? AREA_OUTAGE : AREAS);
}

static void test_http_status(void **state)
{
	static const struct {
		const char *code;
		unsigned http;
	} rows[] = {
		{ "http.head.size", 431 }, { "http.target.size", 414 }, { "http.framing", 400 },
		{ "mime.header.size", 431 }, { "message.id.syntax", 400 }, { "partner.unknown", 0 },
		{ "agreement.connections", 503 }, { "http.body.late", 408 },
		{ "agreement.rate", 429 }, { "settings.stranger-messages", 429 },
		{ "http.transfer-coding", 501 }, { "http.version", 505 },
		{ "http.expectation", 417 }, { "mdn.size", 413 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fault f;
		fault_set(&f, ST_INPUT, rows[i].code, "x");
		assert_int_equal(admission_http_status(&f), rows[i].http);
	}
}

#define CASES (sizeof(cases) / sizeof(cases[0]))

int main(void)
{
	static struct CMUnitTest tests[CASES + 1];
	static size_t numbers[CASES];

	for (size_t i = 0; i < CASES; i++) {
		numbers[i] = i;
		tests[i] = (struct CMUnitTest){ cases[i].name, test_case, NULL, NULL, &numbers[i] };
	}
	tests[CASES] = (struct CMUnitTest)cmocka_unit_test(test_http_status);
	return cmocka_run_group_tests_name("admission", tests, NULL, NULL);
}
