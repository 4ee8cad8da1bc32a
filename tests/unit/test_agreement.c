/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agreement.yaml: what it permits, what is refused by name, and that a forgotten line never opens
 * an exchange.
 */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/clock.h"
#include "exchange/agreement.h"

#define F8 "0123456789abcdef"
#define FINGERPRINT "fingerprint: " F8 F8 F8 F8 "\n"
#define HEAD FINGERPRINT "areas: { billing: { send: true } }\n"
#define AREAS_OF(terms) FINGERPRINT "areas: { " terms " }\n"

static struct agreement *parsed(const char *name, struct slice yaml)
{
	struct agreement *a = NULL;
	struct fault f = { 0 };

	expect_fault(name, agreement_parse(&a, yaml, &f), &f, ST_OK, NULL);
	return a;
}

/* --- reading --- */

static void expect_same_terms(const struct area_terms *got, const struct area_terms *want)
{
	assert_int_equal(got->allowed[DIRECTION_SEND], want->allowed[DIRECTION_SEND]);
	assert_int_equal(got->allowed[DIRECTION_RECEIVE], want->allowed[DIRECTION_RECEIVE]);
	assert_int_equal(got->size_max, want->size_max);
	assert_int_equal(got->deadline_ns, want->deadline_ns);
	assert_int_equal(got->budget_ns, want->budget_ns);
	assert_int_equal(got->age_ns, want->age_ns);
	assert_int_equal(got->open_when_unknown, want->open_when_unknown);
	assert_int_equal(got->rate.count, want->rate.count);
	assert_int_equal(got->rate.per_ns, want->rate.per_ns);
}

static void what_is_not_listed_is_not_agreed(void **state)
{
	AUTO(agreement) a = parsed("one area, one way", S(HEAD));

	(void)state;
	for (enum area area = 0; area < AREAS; area++)
		for (enum direction way = 0; way < DIRECTIONS; way++)
			assert_int_equal(a->areas[area].allowed[way],
				area == AREA_BILLING && way == DIRECTION_SEND);
	assert_int_equal(a->areas[AREA_BILLING].size_max, DOCUMENT_SIZE_DEFAULT);
	assert_int_equal(a->areas[AREA_BILLING].deadline_ns, 0);
	assert_int_equal(a->connections, CONNECTIONS_DEFAULT);
	assert_int_equal(a->media_type_count, 0);
	assert_int_equal(a->algorithms, 0);
	assert_false(a->suspended);
	assert_int_equal(a->area_rules.count, 0);
	assert_int_equal(a->area_rules.otherwise, AREAS);
	assert_false(agreement_unproven(a) || agreement_old_tls(a));
}

static const char full[] =
	"fingerprint: \"01:23:45:67:89:AB:CD:EF:"
	"01:23:45:67:89:ab:cd:ef:"
	"01:23:45:67:89:ab:cd:ef:"
	"01:23:45:67:89:ab:cd:ef\"\n"
	"areas:\n"
	"  billing:      { send: true, receive: no, size: 10MB, deadline: 2d }\n"
	"  outage:       { send: off, receive: yes, size: 64KiB, deadline: 90s, receipt-within: 7s, rate: 20/s }\n"
	"  availability: { receive: on, size: 48211 }\n"
	"  aggregation:  { size: 64GiB, send: false, when-unknown: open }\n"
	"media-types: [ Application/AZ_JSON, \"text/*\" ]\n"
	"algorithms: [ rsa-v15, aes-cbc, rsa-v15 ]\n"
	"trust: { mode: chain, crl: [ \"http://a.example/r.crl\", http://b.example:8080/ ],\n"
	"  ocsp: [ https://ocsp.example ] }\n"
	"addresses: [ 192.0.2.0/24, \"2001:db8:7::/48\" ]\n"
	"connections: 16\nrate: 600/min\n"
	"suspended: true\n";

static void every_key_arrives(void **state)
{
	AUTO(agreement) a = parsed("full", slice_str(full));
	static const struct area_terms want[AREAS] = {
		[AREA_BILLING] = { { true, false }, 10000000, 172800 * NS_PER_S, 0, false , { 0 } },
		[AREA_OUTAGE] = { { false, true }, 65536, 90 * NS_PER_S, 7 * NS_PER_S, false,
			{ 20, NS_PER_S } },
		[AREA_AVAILABILITY] = { { false, true }, 48211, 0, 0, false , { 0 } },
		[AREA_AGGREGATION] = { { false, false }, DOCUMENT_SIZE_LIMIT, 0, 0, true , { 0 } },
	};

	(void)state;
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		assert_int_equal(a->fingerprint[i], S("\x01\x23\x45\x67\x89\xab\xcd\xef").p[i % 8]);
	for (enum area area = 0; area < AREAS; area++)
		expect_same_terms(&a->areas[area], &want[area]);
	assert_int_equal(a->media_type_count, 2);
	expect_text("media type", a->media_types[0], "application/az_json");
	expect_text("media type", a->media_types[1], "text/*");
	assert_int_equal(a->algorithms, ALG_BIT(ALG_RSA_V15) | ALG_BIT(ALG_AES_CBC));
	assert_int_equal(a->trust.mode, TRUST_CHAIN);
	assert_true(a->trust.asks_revocation);
	assert_int_equal(a->trust.crl.count, 2);
	expect_text("crl", a->trust.crl.urls[0], "http://a.example/r.crl");
	expect_text("crl", a->trust.crl.urls[1], "http://b.example:8080/");
	assert_int_equal(a->trust.ocsp.count, 1);
	expect_text("ocsp", a->trust.ocsp.urls[0], "https://ocsp.example");
	assert_int_equal(a->addresses.count, 2);
	assert_int_equal(a->addresses.list[0].bits, 96 + 24);
	assert_int_equal(a->addresses.list[1].bits, 48);
	assert_int_equal(a->connections, 16);
	assert_int_equal(a->rate.count, 600);
	assert_int_equal(a->rate.per_ns, 60 * NS_PER_S);
	assert_true(a->suspended);
}

/* --- how AS2 is spoken --- */

static void receipts_come_in_the_answer_unless_it_is_said(void **state)
{
	AUTO(agreement) a = parsed("nothing said", S(HEAD));

	(void)state;
	assert_true(a->documents.examine && a->documents.supersede);
	assert_false(a->as2.asks_later);
	assert_true(a->as2.may_ask_later);
	assert_true(a->as2.receipt_wait_ns == 0);
	expect_text("path", agreement_receipt_path(a), "/receipt");
}

static const struct {
	const char *name, *as2;
	bool asks_later, may_ask_later;
	int64_t wait_s;
	const char *path;
} deliveries[] = {
	{ "in the answer", "receipt-delivery: synchronous", false, true, 0, "/receipt" },
	{ "later", "receipt-delivery: asynchronous, receipt-wait: 5m", true, true, 300,
		"/receipt" },
	{ "forbidden to the partner", "asynchronous: false", false, false, 0, "/receipt" },
	{ "another address", "receipt-url: \"https://mdn.example:10081\"", false, true, 0,
		"/receipt" },
	{ "another path", "receipt-path: \"/as2/mdn?x=1\"", false, true, 0, "/as2/mdn?x=1" },
};

/* And what is written reads back. */
static void receipt_delivery_is_agreed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(deliveries); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
		AUTO_IN_PLACE(buf) again = buf_init(AGREEMENT_SIZE_MAX);

		buf_putf(&yaml, HEAD "as2: { %s }\n", deliveries[i].as2);
		AUTO(agreement) first = parsed(deliveries[i].name, buf_slice(&yaml));
		agreement_format(&again, first);
		AUTO(agreement) a = parsed(deliveries[i].name, buf_slice(&again));
		assert_int_equal(a->as2.asks_later, deliveries[i].asks_later);
		assert_int_equal(a->as2.may_ask_later, deliveries[i].may_ask_later);
		assert_true(a->as2.receipt_wait_ns == deliveries[i].wait_s * NS_PER_S);
		expect_text(deliveries[i].name, agreement_receipt_path(a), deliveries[i].path);
	}
}

static const struct {
	const char *name, *as2;
	bool attachments, takes_rests;
} able[] = {
	{ "a Tieline reads several documents", "compress: never", true, false },
	{ "but need not", "attachments: false", false, false },
	{ "other software is asked first", "marked: false", false, false },
	{ "and may", "marked: false, attachments: true", true, false },
	{ "it goes on with what broke off", "restart: true", true, true },
	{ "or not", "restart: false", true, false },
};

/* And what is written reads back. */
static void what_its_software_can_is_agreed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(able); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
		AUTO_IN_PLACE(buf) again = buf_init(AGREEMENT_SIZE_MAX);

		buf_putf(&yaml, HEAD "as2: { %s }\n", able[i].as2);
		AUTO(agreement) first = parsed(able[i].name, buf_slice(&yaml));
		agreement_format(&again, first);
		AUTO(agreement) a = parsed(able[i].name, buf_slice(&again));
		if (a->as2.attachments != able[i].attachments ||
			a->as2.takes_rests != able[i].takes_rests)
			fail_msg("%s", able[i].name);
	}
}

static const struct {
	const char *name, *yaml;
	bool registration, availability;
	const char *agreement_id;
} copied[] = {
	{ "nothing is copied", "", false, false, "" },
	{ "nothing yet", "copies: { agreement-id: TPA-1 }\n", false, false, "TPA-1" },
	{ "one type",
		"copies: { documents: [ availability ], agreement-id: TPA-1 }\n", false, true,
		"TPA-1" },
	{ "two, under a number",
		"copies: { documents: [ availability, aggregation_registration ], agreement-id: \"7\" }\n",
		true, true, "7" },
};

/* And what is written reads back. */
static void copies_are_agreed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(copied); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
		AUTO_IN_PLACE(buf) again = buf_init(AGREEMENT_SIZE_MAX);

		buf_putf(&yaml, HEAD "%s", copied[i].yaml);
		AUTO(agreement) first = parsed(copied[i].name, buf_slice(&yaml));
		agreement_format(&again, first);
		AUTO(agreement) a = parsed(copied[i].name, buf_slice(&again));
		assert_int_equal(copy_terms_name(&a->copies, S("aggregation_registration")),
			copied[i].registration);
		assert_int_equal(copy_terms_name(&a->copies, S("availability")),
			copied[i].availability);
		assert_false(copy_terms_name(&a->copies, S("avail")));
		expect_text(copied[i].name, a->copies.agreement_id, copied[i].agreement_id);
	}
}

static const struct {
	const char *name, *algorithms, *as2;
	enum digest digest;
	enum cipher cipher;
	bool signs_pss;
} written[] = {
	{ "by default", "", "", DIGEST_SHA256, CIPHER_AES256_GCM, false },
	{ "CBC is all it reads", "aes-cbc", "", DIGEST_SHA256, CIPHER_AES256_CBC, false },
	{ "CBC may come, GCM goes", "aes-cbc", "cipher: aes-256-gcm", DIGEST_SHA256,
		CIPHER_AES256_GCM, false },
	{ "GCM comes, CBC goes", "", "cipher: aes-128-cbc, digest: sha-512", DIGEST_SHA512,
		CIPHER_AES128_CBC, false },
	{ "stronger", "rsa-sign", "digest: sha-384, cipher: aes-256-gcm", DIGEST_SHA384,
		CIPHER_AES256_GCM, false },
	{ "shorter", "", "cipher: aes-128-gcm, digest: sha-256", DIGEST_SHA256,
		CIPHER_AES128_GCM, false },
	{ "PSS may come, PKCS#1 goes", "rsa-pss", "", DIGEST_SHA256, CIPHER_AES256_GCM, false },
	{ "PSS goes", "", "signature: rsa-pss", DIGEST_SHA256, CIPHER_AES256_GCM, true },
	{ "PKCS#1, said", "rsa-pss", "signature: rsa-sign", DIGEST_SHA256, CIPHER_AES256_GCM,
		false },
};

/* And what is written reads back. */
static void what_is_sent_is_chosen(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(written); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
		AUTO_IN_PLACE(buf) again = buf_init(AGREEMENT_SIZE_MAX);

		buf_putf(&yaml, HEAD "algorithms: [ %s ]\nas2: { %s }\n", written[i].algorithms,
			written[i].as2);
		AUTO(agreement) first = parsed(written[i].name, buf_slice(&yaml));
		agreement_format(&again, first);
		AUTO(agreement) a = parsed(written[i].name, buf_slice(&again));
		assert_int_equal(a->as2.digest, written[i].digest);
		assert_int_equal(a->as2.cipher, written[i].cipher);
		assert_int_equal(a->as2.signs_pss, written[i].signs_pss);
		assert_int_equal(a->algorithms, first->algorithms);
	}
}

static void a_deadline_is_the_agreements_or_the_areas(void **state)
{
	AUTO(agreement) a = parsed("full", slice_str(full));

	(void)state;
	assert_true(agreement_deadline_ns(a, AREA_OUTAGE) == 90 * NS_PER_S);
	assert_true(agreement_deadline_ns(a, AREA_AVAILABILITY) == 900 * NS_PER_S);
	assert_true(agreement_budget_ns(a, AREA_OUTAGE) == 7 * NS_PER_S);
	assert_true(agreement_budget_ns(a, AREA_AVAILABILITY) == 60 * NS_PER_S);
}

/* What may still be under way is not too old when it comes, unless that is agreed. */
static void what_may_wait_may_be_as_old(void **state)
{
	AUTO(agreement) a = parsed("full", slice_str(full));
	const int64_t day_ns = 86400 * NS_PER_S;

	(void)state;
	a->areas[AREA_OUTAGE].age_ns = 0;
	assert_true(agreement_age_ns(a, AREA_OUTAGE) == day_ns);
	a->areas[AREA_OUTAGE].deadline_ns = 3 * day_ns;
	assert_true(agreement_age_ns(a, AREA_OUTAGE) == 3 * day_ns);
	a->areas[AREA_OUTAGE].age_ns = 2 * day_ns;
	assert_true(agreement_age_ns(a, AREA_OUTAGE) == 2 * day_ns);
}

static void foreign_software_is_described(void **state)
{
	AUTO(agreement) a = parsed("foreign",
		S(HEAD "as2: { marked: false, area: billing, area-rules: [\n"
		       "  { to: \"OUR \\\"OUTAGES\\\"\", area: outage },\n"
		       "  { subject: S 1, media-type: Text/CSV, area: availability } ] }\n"
		       "tls: { client-certificate: false, version: 1.2 }\n"));
	const struct area_rule *rules = a->area_rules.list;

	(void)state;
	assert_int_equal(a->area_rules.count, 2);
	assert_int_equal(a->area_rules.otherwise, AREA_BILLING);
	expect_text("to", rules[0].to, "OUR \"OUTAGES\"");
	expect_text("no subject", rules[0].subject, "");
	assert_int_equal(rules[0].area, AREA_OUTAGE);
	expect_text("subject", rules[1].subject, "S 1");
	expect_text("type", rules[1].media_type, "text/csv");
	assert_int_equal(rules[1].area, AREA_AVAILABILITY);
	assert_true(agreement_unproven(a) && agreement_old_tls(a));
	a->suspended = true;
	assert_false(agreement_unproven(a) || agreement_old_tls(a));
}

/* Nothing passes either way, in no area, and nothing is refused for good. */
static void one_that_cannot_be_read(void **state)
{
	AUTO(agreement) a = agreement_unread_new();
	struct fault f = { 0 };

	(void)state;
	for (enum area area = 0; area <= AREAS; area++)
		for (enum direction way = 0; way < DIRECTIONS; way++)
			expect_fault("unread", agreement_permits(a, way, area, 0, S(""), &f), &f,
				ST_RETRY, "agreement.unread");
	expect_fault("read", agreement_check_read(a, &f), &f, ST_RETRY, "agreement.unread");
	assert_false(agreement_unproven(a) || agreement_old_tls(a) || a->as2.may_ask_later);
	a->unread = false;
	expect_fault("of itself it permits nothing",
		agreement_permits(a, DIRECTION_RECEIVE, AREA_OUTAGE, 0, S(""), &f), &f, ST_AUTH,
		"agreement.area");
}

static const struct {
	const char *name;
	struct slice in;
	const char *code, *says;
} refused[] = {
	{ "another delivery", S(HEAD "as2: { receipt-delivery: later }\n"), "agreement.value",
		"as2.receipt-delivery: there is no later: use one of synchronous, asynchronous" },
	{ "an exception for what is not there",
		S(HEAD "legacy: [ { algorithm: md5, until: 2027-01-31 } ]\n"), "agreement.value",
		"legacy: there is no algorithm md5: use sha-1 or 3des" },
	{ "an exception without a day", S(HEAD "legacy: [ { algorithm: sha-1 } ]\n"),
		"agreement.yaml", "until" },
	{ "a weak one among the others", S(HEAD "algorithms: [ sha-1 ]\n"), "agreement.value",
		"algorithms: there is no sha-1" },
	{ "an old digest", S(HEAD "as2: { digest: sha-1 }\n"), "agreement.value",
		"as2.digest: there is no sha-1: use one of sha-256, sha-384, sha-512" },
	{ "no such signature", S(HEAD "as2: { signature: ecdsa }\n"), "agreement.value",
		"as2.signature: there is no ecdsa: use one of rsa-sign, rsa-pss" },
	{ "an old cipher", S(HEAD "as2: { cipher: 3des }\n"), "agreement.value",
		"as2.cipher: there is no 3des: use one of aes-256-gcm, aes-128-gcm, " },
	{ "no time to wait", S(HEAD "as2: { receipt-wait: 0s }\n"), "agreement.value",
		"as2.receipt-wait" },
	{ "days to wait", S(HEAD "as2: { receipt-wait: 2d }\n"), "agreement.value",
		"as2.receipt-wait" },
	{ "receipts to another host", S(HEAD "as2: { receipt-path: \"https://x/\" }\n"),
		"agreement.value", "as2.receipt-path" },
	{ "a receipt path of two lines", S(HEAD "as2: { receipt-path: \"/a\\r\\nX: y\" }\n"),
		"agreement.value", "as2.receipt-path" },
	{ "nothing", S(""), "agreement.yaml", "nothing in it" },
	{ "no fingerprint", S("areas: {}\n"), "agreement.yaml", "missing: fingerprint" },
	{ "no areas", S(FINGERPRINT), "agreement.yaml", "missing: areas" },
	{ "unknown key", S(HEAD "suspend: true\n"), "agreement.yaml",
		"line 3: there is no key suspend" },
	{ "unknown area", S(AREAS_OF("invoices: { send: true }")), "agreement.yaml",
		"line 2: areas: there is no key invoices" },
	{ "unknown term", S(AREAS_OF("billing: { sned: true }")), "agreement.yaml",
		"areas.billing: there is no key sned" },
	{ "area twice", S(AREAS_OF("billing: {}, billing: {}")), "agreement.yaml",
		"areas: there is a second billing" },
	{ "area as a word", S(AREAS_OF("billing: true")), "agreement.yaml",
		"areas.billing: KEY: VALUE" },
	{ "a misspelt truth", S(AREAS_OF("billing: { send: flase }")), "agreement.yaml",
		"line 2: areas.billing.send: true or false is wanted, found: flase" },
	{ "a number for truth", S(AREAS_OF("billing: { send: 1 }")), "agreement.yaml",
		"true or false" },
	{ "empty for truth", S(AREAS_OF("billing: { send: }")), "agreement.yaml", "true or false" },
	{ "a list for truth", S(AREAS_OF("billing: { send: [ true ] }")), "agreement.yaml",
		"true or false" },
	{ "suspended maybe", S(HEAD "suspended: maybe\n"), "agreement.yaml",
		"suspended: true or false" },
	{ "media type alone", S(HEAD "media-types: text/plain\n"), "agreement.yaml",
		"media-types: a [ list ]" },
	{ "second document", S(HEAD "---\n" HEAD), "agreement.yaml", "second document" },
	{ "alias", S(FINGERPRINT "areas: { billing: &a { send: true }, outage: *a }\n"),
		"agreement.yaml", "alias" },

	{ "receipts to no address", S(HEAD "as2: { receipt-url: \"http://x:80\" }\n"),
		"agreement.value", "as2.receipt-url: " },
	{ "a rule without area", S(HEAD "as2: { area-rules: [ { to: X } ] }\n"), "agreement.yaml",
		"area" },
	{ "a rule with an unknown sign", S(HEAD "as2: { area-rules: [ { from: X } ] }\n"),
		"agreement.yaml", "there is no key from" },
	{ "a rule that asks nothing", S(HEAD "as2: { area-rules: [ { area: outage } ] }\n"),
		"agreement.value", "a rule needs to, subject or media-type" },
	{ "a rule to nowhere", S(HEAD "as2: { area-rules: [ { to: X, area: invoices } ] }\n"),
		"agreement.value", "there is no area invoices" },
	{ "a rule with a star",
		S(HEAD "as2: { area-rules: [ { media-type: text/*, area: outage } ] }\n"),
		"agreement.value", "without a star" },
	{ "a rule with a name that is none",
		S(HEAD "as2: { area-rules: [ { to: \" x\", area: outage } ] }\n"),
		"agreement.value", "as2.area-rules: to: " },
	{ "a rule with half a line",
		S(HEAD "as2: { area-rules: [ { subject: \"a\\nb\", area: outage } ] }\n"),
		"agreement.value", "as2.area-rules: subject: " },
	{ "all others to nowhere", S(HEAD "as2: { area: weather }\n"), "agreement.value",
		"as2.area: there is no area weather" },
	{ "an unknown version of TLS", S(HEAD "tls: { version: 1.1 }\n"), "agreement.value",
		"tls.version: there is no 1.1" },
	{ "neither certificate nor signature",
		S(HEAD "as2: { sign: false }\ntls: { client-certificate: false }\n"),
		"agreement.value", "tls.client-certificate: false needs as2.sign: true" },
	{ "trust without a mode", S(HEAD "trust: { revocation: none }\n"), "agreement.yaml",
		"missing: mode" },
	{ "a mode nobody knows", S(HEAD "trust: { mode: web }\n"), "agreement.value",
		"trust.mode: there is no web: use one of pinned, chain" },
	{ "a source nobody knows", S(HEAD "trust: { mode: chain, revocation: ocsp }\n"),
		"agreement.value", "trust.revocation: there is no ocsp: use one of lists, none" },
	{ "lists for the pinned", S(HEAD "trust: { mode: pinned, revocation: lists }\n"),
		"agreement.value", "lists go with mode: chain" },
	{ "sources for the pinned", S(HEAD "trust: { mode: pinned, crl: [ \"http://a/\" ] }\n"),
		"agreement.value", "trust.crl: sources go with mode: chain" },
	{ "sources that nobody asks",
		S(HEAD "trust: { mode: chain, revocation: none, ocsp: [ \"http://a/\" ] }\n"),
		"agreement.value", "trust.ocsp: sources go with mode: chain and revocation: lists" },
	{ "a source that is no address", S(HEAD "trust: { mode: chain, crl: [ list.crl ] }\n"),
		"agreement.value", "trust.crl: 'list.crl' does not begin with http" },
	{ "a source twice",
		S(HEAD "trust: { mode: chain, crl: [ \"http://a/\", \"http://a/\" ] }\n"),
		"agreement.value", "trust.crl: http://a/ is there twice" },
	{ "too many sources",
		S(HEAD "trust: { mode: chain, ocsp: [ \"http://a/1\", \"http://a/2\", "
		       "\"http://a/3\", \"http://a/4\", \"http://a/5\", \"http://a/6\", "
		       "\"http://a/7\", \"http://a/8\", \"http://a/9\" ] }\n"),
		"agreement.yaml", "ocsp" },
	{ "an address that is none", S(HEAD "addresses: [ partner.example ]\n"),
		"agreement.value", "addresses: 'partner.example' is no network: want 192.0.2.0/24" },
	{ "a host in a network", S(HEAD "addresses: [ 192.0.2.0/24, 198.51.100.7/24 ]\n"),
		"agreement.value", "addresses: 198.51.100.7/24 has bits behind its network" },
	{ "everybody", S(HEAD "addresses: [ 0.0.0.0/0 ]\n"), "agreement.value",
		"addresses: /0: a network of a partner has /8 to /32" },
	{ "addresses that are no list", S(HEAD "addresses: 192.0.2.0/24\n"), "agreement.yaml",
		"addresses" },
	{ "too many addresses",
		S(HEAD "addresses: [ 1.0.0.1, 1.0.0.2, 1.0.0.3, 1.0.0.4, 1.0.0.5, 1.0.0.6, "
		       "1.0.0.7, 1.0.0.8, 1.0.0.9, 1.0.0.10, 1.0.0.11, 1.0.0.12, 1.0.0.13, "
		       "1.0.0.14, 1.0.0.15, 1.0.0.16, 1.0.0.17 ]\n"),
		"agreement.yaml", "addresses" },
	{ "lists without signatures", S(HEAD "trust: { mode: chain }\nas2: { sign: false }\n"),
		"agreement.value", "as2.sign must be true" },
	{ "open or what", S(AREAS_OF("billing: { when-unknown: ajar }")), "agreement.value",
		"areas.billing.when-unknown: there is no ajar" },

	{ "short fingerprint", S("fingerprint: " F8 "\nareas: {}\n"), "agreement.value",
		"fingerprint: 8 bytes" },
	{ "long fingerprint", S("fingerprint: " F8 F8 F8 F8 "00\nareas: {}\n"), "agreement.value",
		"fingerprint: 33 bytes" },
	{ "no fingerprint's digit", S("fingerprint: " F8 F8 F8 "0123456789abcdeg\nareas: {}\n"),
		"agreement.value", "fingerprint: " },
	{ "a word behind the fingerprint", S("fingerprint: " F8 F8 F8 F8 "zz\nareas: {}\n"),
		"agreement.value", "fingerprint: " },
	{ "empty fingerprint", S("fingerprint:\nareas: {}\n"), "agreement.value", "fingerprint: " },
	{ "size in an unknown unit", S(AREAS_OF("billing: { size: 10XB }")), "agreement.value",
		"areas.billing.size: '10XB' is no size" },
	{ "size without number", S(AREAS_OF("billing: { size: MB }")), "agreement.value",
		"areas.billing.size: " },
	{ "size with a fraction", S(AREAS_OF("billing: { size: 1.5MB }")), "agreement.value",
		"areas.billing.size: " },
	{ "size zero", S(AREAS_OF("outage: { size: 0 }")), "agreement.value",
		"areas.outage.size: 0 is not within" },
	{ "size beyond the limit", S(AREAS_OF("outage: { size: 68719476737 }")), "agreement.value",
		"areas.outage.size: " },
	{ "size beyond 64 bits", S(AREAS_OF("outage: { size: 99999999999GiB }")), "agreement.value",
		"areas.outage.size: '99999999999GiB' is larger" },
	{ "deadline too short", S(AREAS_OF("outage: { deadline: 10ms }")), "agreement.value",
		"areas.outage.deadline: " },
	{ "deadline too long", S(AREAS_OF("outage: { deadline: 367d }")), "agreement.value",
		"areas.outage.deadline: " },
	{ "receipts within no time", S(AREAS_OF("outage: { receipt-within: 10ms }")), "agreement.value",
		"areas.outage.receipt-within: " },
	{ "no deadline", S(AREAS_OF("outage: { deadline: never }")), "agreement.value",
		"areas.outage.deadline: " },
	{ "a guide of other characters", S(HEAD "x12: { examine: true, guides: [ PA_810 ] }\n"),
		"agreement.value", "x12.guides: PA_810" },
	{ "a guide that YAML takes for a list", S(HEAD "x12: { examine: true, guides: [-] }\n"),
		"agreement.value", "x12.guides: -" },
	{ "no time to acknowledge", S(HEAD "x12: { acknowledged-within: 0s }\n"),
		"agreement.value", "x12.acknowledged-within: 0s" },
	{ "a word for unknown sets", S(HEAD "x12: { unknown-sets: ignore }\n"), "agreement.value",
		"x12.unknown-sets: ignore" },
	{ "a word for it", S(HEAD "x12: { acknowledged-within: soon }\n"), "agreement.value",
		"x12.acknowledged-within: soon" },
	{ "a set that is no document of ours", S(HEAD "x12: { register: [ 850 ] }\n"),
		"agreement.value", "x12.register: 850: want 650, 810" },
	{ "sets for a register that nobody asks", S(HEAD "x12: { register: [ 810 ] }\n"),
		"agreement.value", "x12.register needs documents.registry" },
	{ "documents without a policy", S(HEAD "documents: { examine: true, invalid: drop }\n"),
		"agreement.value", "documents.invalid: there is no drop: use one of flag, refuse" },
	{ "supersede of another word", S(HEAD "documents: { examine: true, supersede: newest }\n"),
		"agreement.yaml", NULL },
	{ "a register without a policy", S(HEAD "documents: { examine: true, registry: ask }\n"),
		"agreement.value", "documents.registry: there is no ask: use one of off, flag, refuse" },
	{ "a register that nobody asks", S(HEAD "documents: { examine: false, registry: refuse }\n"),
		"agreement.value", "documents.registry: refuse needs documents.examine: true" },
	{ "notice that is no time", S(HEAD "documents: { examine: true, outage-notice: early }\n"),
		"agreement.value", "documents.outage-notice" },
	{ "no notice at all", S(HEAD "documents: { examine: true, outage-notice: 0s }\n"),
		"agreement.value", "documents.outage-notice" },
	{ "a silence that is neither", S(HEAD "documents: { examine: true, silence: golden }\n"),
		"agreement.value", "documents.silence" },
	{ "a rounding of cents", S(HEAD "documents: { examine: true, rounding: cents }\n"),
		"agreement.value", "documents.rounding: there is no cents: use one of any, line, total" },
	{ "what is restricted to none", S(HEAD "documents: { examine: true, restricted: none }\n"),
		"agreement.value", "documents.restricted: there is no none: use one of needed, any" },
	{ "a payee that cools", S(HEAD "documents: { examine: true, payee-cooling: slowly }\n"),
		"agreement.value", "documents.payee-cooling" },
	{ "an age of nothing", S(AREAS_OF("outage: { age: 0s }")), "agreement.value",
		"areas.outage.age: " },
	{ "a minimum of nothing", S(HEAD "documents: { examine: true, minimum-kw: 0 }\n"),
		"agreement.value", "documents.minimum-kw" },
	{ "a minimum in another unit", S(HEAD "documents: { examine: true, minimum-kw: 100kW }\n"),
		"agreement.value", "documents.minimum-kw" },
	{ "an agreement of two words",
		S(HEAD "documents: { examine: true, agreement-id: \"A B\" }\n"), "agreement.value",
		"documents.agreement-id: A B: want 1 to 64 letters" },
	{ "an agreement without a name", S(HEAD "documents: { examine: true, agreement-id: \"\" }\n"),
		"agreement.value", "documents.agreement-id: : want" },
	{ "an agreement of 65 letters",
		S(HEAD "documents: { examine: true, agreement-id: "
		       "A2345678901234567890123456789012345678901234567890123456789012345 }\n"),
		"agreement.value", "documents.agreement-id: A2345" },
	{ "an agreement that nobody looks for", S(HEAD "documents: { examine: false, agreement-id: TPA-7 }\n"),
		"agreement.value", "documents.agreement-id: TPA-7 needs documents.examine: true" },
	{ "tests by no policy", S(HEAD "documents: { examine: true, test: false }\n"), "agreement.value",
		"documents.test: there is no false: use one of both, refuse, only" },
	{ "tests that nobody looks for", S(HEAD "documents: { examine: false, test: only }\n"), "agreement.value",
		"documents.test: only needs documents.examine: true" },
	{ "documents of a word", S(HEAD "documents: { examine: refuse }\n"), "agreement.yaml",
		"examine" },
	{ "copies under no agreement", S(HEAD "copies: { documents: [ availability ] }\n"),
		"agreement.value", "copies.agreement-id: not said" },
	{ "copies under an agreement of two words",
		S(HEAD "copies: { documents: [ availability ], agreement-id: \"A B\" }\n"),
		"agreement.value", "copies.agreement-id: A B: want" },
	{ "copies under an agreement without a name", S(HEAD "copies: { agreement-id: \"\" }\n"),
		"agreement.value", "copies.agreement-id: : want" },
	{ "copies of a file", S(HEAD "copies: { documents: [ a.json ], agreement-id: A }\n"),
		"agreement.value", "copies.documents: a.json: want a type" },
	{ "copies of all", S(HEAD "copies: { documents: true }\n"), "agreement.yaml", "documents" },
	{ "no connections", S(HEAD "connections: 0\n"), "agreement.value", "connections: " },
	{ "a rate of nothing", S(HEAD "rate: 0/s\n"), "agreement.value", "rate: a rate is" },
	{ "a rate without its time", S(AREAS_OF("outage: { rate: 5 }")), "agreement.value",
		"areas.outage.rate: 5 is no rate" },
	{ "connections in words", S(HEAD "connections: all\n"), "agreement.value",
		"connections: " },
	{ "no media type", S(HEAD "media-types: [ text/plain, text ]\n"), "agreement.value",
		"media-types: 'text'" },
	{ "media type with parameters", S(HEAD "media-types: [ \"text/plain; a=b\" ]\n"),
		"agreement.value", "media-types: " },
	{ "all types by stars", S(HEAD "media-types: [ \"*/*\" ]\n"), "agreement.value",
		"media-types: */*: a star" },
	{ "a star within", S(HEAD "media-types: [ text/c*v ]\n"), "agreement.value",
		"media-types: text/c*v: a star" },
	{ "a star behind", S(HEAD "media-types: [ text/c* ]\n"), "agreement.value",
		"media-types: text/c*: a star" },
	{ "two stars", S(HEAD "media-types: [ \"text/**\" ]\n"), "agreement.value",
		"media-types: text/**: a star" },
	{ "a tolerance without an end", S(HEAD "tolerate: { expired-certificates: true }\n"),
		"agreement.value", "tolerate.expired-certificates: 'true' is not a day" },
	{ "a tolerance by duration", S(HEAD "tolerate: { expired-certificates: 30d }\n"),
		"agreement.value", "tolerate.expired-certificates: " },
	{ "a day that is none", S(HEAD "tolerate: { expired-certificates: 2027-02-29 }\n"),
		"agreement.value", "tolerate.expired-certificates: " },
	{ "an hour", S(HEAD "tolerate: { expired-certificates: \"2027-01-15T08:00:00Z\" }\n"),
		"agreement.value", "tolerate.expired-certificates: " },
	{ "an empty day", S(HEAD "tolerate: { expired-certificates: \"\" }\n"), "agreement.value",
		"tolerate.expired-certificates: " },
	{ "line ends without an end", S(HEAD "tolerate: { line-endings: always }\n"),
		"agreement.value", "tolerate.line-endings: 'always' is not a day" },
	{ "a digest of receipts without an end", S(HEAD "tolerate: { receipt-digest: true }\n"),
		"agreement.value", "tolerate.receipt-digest: " },
	{ "a last line end without an end", S(HEAD "tolerate: { last-line-ending: true }\n"),
		"agreement.value", "tolerate.last-line-ending: " },
	{ "something else tolerated", S(HEAD "tolerate: { everything: 2027-01-15 }\n"),
		"agreement.yaml", "everything" },
	{ "unknown algorithm", S(HEAD "algorithms: [ rsa-pss, md5 ]\n"), "agreement.value",
		"algorithms: there is no md5" },
};

static void mistakes_are_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		AUTO(agreement) a = NULL;
		struct fault f = { 0 };

		expect_fault(refused[i].name, agreement_parse(&a, refused[i].in, &f), &f, ST_INPUT,
			refused[i].code);
		expect_says(refused[i].name, &f, refused[i].says);
		assert_null(a);
	}
}

static void a_tolerance_lasts_to_the_end_of_its_day(void **state)
{
	AUTO(agreement) strict = parsed("none", S(HEAD));
	AUTO(agreement) empty = parsed("empty", S(HEAD "tolerate: {}\n"));
	AUTO(agreement) a =
		parsed("a day", S(HEAD "tolerate: { expired-certificates: 2027-01-15 }\n"));

	(void)state;
	assert_int_equal(strict->tolerate_expired_ns, 0);
	assert_int_equal(empty->tolerate_expired_ns, 0);
	assert_int_equal(a->tolerate_expired_ns, INT64_C(1800057600) * NS_PER_S - 1);
}

static void each_variant_has_its_own_day(void **state)
{
	const int64_t ends_ns = INT64_C(1800057600) * NS_PER_S - 1;
	const int64_t last_ns = ends_ns - 86400 * NS_PER_S; /* a day before */
	const unsigned ends = TOLERANCE_BIT(TOLERATE_LINE_ENDINGS),
		       last = TOLERANCE_BIT(TOLERATE_LAST_LINE_ENDING);
	AUTO(agreement) none = parsed("none", S(HEAD));
	AUTO(agreement) a = parsed("both",
		S(HEAD "tolerate: { line-endings: 2027-01-15, last-line-ending: 2027-01-14 }\n"));

	(void)state;
	assert_int_equal(agreement_tolerates(none, 1), 0);
	assert_int_equal(agreement_tolerates(a, last_ns), ends | last);
	assert_int_equal(agreement_tolerates(a, last_ns + 1), ends);
	assert_int_equal(agreement_tolerates(a, ends_ns), ends);
	assert_int_equal(agreement_tolerates(a, ends_ns + 1), 0);
	expect_text("none", tolerances_text(0), "");
	expect_text("one", tolerances_text(ends), "line-endings");
	expect_text("other", tolerances_text(last), "last-line-ending");
	expect_text("both", tolerances_text(ends | last), "line-endings, last-line-ending");
	expect_text("of receipts", tolerances_text(TOLERANCE_BIT(TOLERATE_RECEIPT_DIGEST)),
		"receipt-digest");
	expect_text("all", tolerances_text(TOLERANCE_BIT(TOLERANCES) - 1),
		"line-endings, last-line-ending, receipt-digest");
}

static void size_and_list_are_limited(void **state)
{
	(void)state;
	for (size_t extra = 0; extra <= 1; extra++) {
		AUTO_IN_PLACE(buf) many = buf_init(AGREEMENT_SIZE_MAX);
		AUTO_IN_PLACE(buf) large = buf_init(AGREEMENT_SIZE_MAX + 1);
		AUTO(agreement) a = NULL;
		AUTO(agreement) b = NULL;
		enum status want = extra ? ST_INPUT : ST_OK;
		struct fault f = { 0 };

		buf_put(&many, S(HEAD "media-types: ["));
		for (size_t i = 0; i < AGREEMENT_TYPES_MAX + extra; i++)
			buf_put_text(&many, i ? ", a/b" : " a/b");
		buf_put(&many, S(" ]\n"));
		expect_fault("types", agreement_parse(&a, buf_slice(&many), &f), &f, want,
			"agreement.yaml");
		buf_put(&large, S(HEAD "#"));
		put_times(&large, 'x', AGREEMENT_SIZE_MAX + extra - large.n);
		expect_fault("size", agreement_parse(&b, buf_slice(&large), &f), &f, want,
			"agreement.yaml");
	}
}

/* --- writing --- */

static void expect_reads_back(const char *name, const struct agreement *a)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
	AUTO(agreement) again = NULL;
	struct fault f = { 0 };

	agreement_format(&yaml, a);
	assert_int_equal(buf_check(&yaml, &f), ST_OK);
	again = parsed(name, buf_slice(&yaml));
	assert_memory_equal(again->fingerprint, a->fingerprint, DIGEST_SIZE);
	assert_int_equal(again->algorithms, a->algorithms);
	assert_int_equal(again->connections, a->connections);
	assert_int_equal(again->suspended, a->suspended);
	assert_int_equal(again->tolerate_expired_ns, a->tolerate_expired_ns);
	for (enum tolerance t = 0; t < TOLERANCES; t++)
		assert_int_equal(again->tolerate_variant_ns[t], a->tolerate_variant_ns[t]);
	assert_int_equal(again->media_type_count, a->media_type_count);
	for (size_t i = 0; i < a->media_type_count; i++)
		expect_text(name, again->media_types[i], a->media_types[i]);
	for (enum area area = 0; area < AREAS; area++)
		expect_same_terms(&again->areas[area], &a->areas[area]);
	assert_memory_equal(&again->area_rules, &a->area_rules, sizeof(a->area_rules));
	expect_text(name, again->documents.agreement_id, a->documents.agreement_id);
	assert_int_equal(again->documents.test, a->documents.test);
	assert_int_equal(again->tls.client_certificate, a->tls.client_certificate);
	assert_int_equal(again->tls.version_1_2, a->tls.version_1_2);
}

static void defaults_read_back(void **state)
{
	struct agreement a;

	(void)state;
	agreement_init(&a);
	for (enum area area = 0; area < AREAS; area++)
		assert_true(a.areas[area].allowed[DIRECTION_SEND] &&
			a.areas[area].allowed[DIRECTION_RECEIVE]);
	expect_reads_back("defaults", &a);
}

/* Nothing said, in each way that nothing can be. */
static const struct {
	const char *name, *yaml;
} unsaid[] = {
	{ "no key", "" },
	{ "as2", "as2: {}\n" },
	{ "tls", "tls: {}\n" },
	{ "tolerate", "tolerate: {}\n" },
	{ "trust, which needs its mode", "trust: { mode: pinned }\n" },
	{ "x12", "x12: {}\n" },
	{ "documents", "documents: {}\n" },
	{ "copies", "copies: {}\n" },
	{ "lists", "media-types: []\nalgorithms: []\nlegacy: []\naddresses: []\n" },
};

/*
 * What a new partner's agreement is made of and what a key that is left out means are two places
 * of the code: every key is compared, as all of them are written.
 */
static void what_is_written_is_what_is_not_said(void **state)
{
	AUTO_IN_PLACE(buf) made = buf_init(AGREEMENT_SIZE_MAX);
	struct agreement a;

	(void)state;
	agreement_init(&a);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		a.fingerprint[i] = S("\x01\x23\x45\x67\x89\xab\xcd\xef").p[i % 8];
	agreement_format(&made, &a);
	for (size_t i = 0; i < COUNT(unsaid); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
		AUTO_IN_PLACE(buf) read = buf_init(AGREEMENT_SIZE_MAX);

		buf_put_text(&yaml,
			AREAS_OF("outage: { send: true, receive: true }, "
				 "availability: { send: true, receive: true }, "
				 "aggregation: { send: true, receive: true }, "
				 "billing: { send: true, receive: true }"));
		buf_put_text(&yaml, unsaid[i].yaml);
		AUTO(agreement) left_out = parsed(unsaid[i].name, buf_slice(&yaml));
		agreement_format(&read, left_out);
		expect_text(unsaid[i].name, buf_text(&made), buf_text(&read));
	}
}

static void any_terms_read_back(void **state)
{
	static const uint64_t sizes[] = { 1, 999, 1000, 1024, 1025, 10000000, 65536, 1000000000,
		DOCUMENT_SIZE_LIMIT };
	static const int64_t seconds[] = { 0, 1, 59, 60, 61, 3600, 5400, 86400, 366 * 86400 };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct agreement a;

		agreement_init(&a);
		for (enum area area = 0; area < AREAS; area++)
			a.areas[area].size_max = sizes[(i + area) % COUNT(sizes)];
		a.areas[i % AREAS].deadline_ns = seconds[i] * NS_PER_S;
		a.areas[i % AREAS].budget_ns = seconds[COUNT(seconds) - 1 - i] * NS_PER_S;
		a.areas[i % AREAS].age_ns = seconds[(i + 3) % COUNT(seconds)] * NS_PER_S;
		a.documents.rounding = i % ROUNDING_POLICIES;
		a.documents.restricted = i % RESTRICTED_POLICIES;
		a.documents.cooling_ns = seconds[(i + 5) % COUNT(seconds)] * NS_PER_S;
		a.documents.supersede = i % 2;
		a.documents.notice_ns = seconds[i] * NS_PER_S;
		a.documents.change_ns = seconds[COUNT(seconds) - 1 - i] * NS_PER_S;
		a.documents.minimum_kw = i % 3 * 100;
		a.documents.silence = i % SILENCE_POLICIES;
		a.documents.test = i % TEST_POLICIES;
		a.documents.examine = i % 2 == 0 || a.documents.test != TEST_BOTH;
		if (i % 2 == 0)
			(void)snprintf(a.documents.agreement_id, sizeof(a.documents.agreement_id),
				"%zu", i);
		a.areas[i % AREAS].allowed[i % DIRECTIONS] = false;
		a.algorithms = (unsigned)i * 3 % (1u << ALGORITHMS);
		a.connections = i ? 4096 : 1;
		a.tolerate_expired_ns = i ? INT64_C(1800057600) * NS_PER_S - 1 : 0;
		a.tolerate_variant_ns[i % TOLERANCES] = INT64_C(1800057600) * NS_PER_S - 1;
		a.suspended = i % 2;
		for (enum exception e = 0; e < EXCEPTIONS; e++)
			a.exceptions.end_ns[e] = (int64_t)((i + e) % 3) * 86400 * 365 * NS_PER_S;
		a.fingerprint[i] = (uint8_t)(200 + i);
		a.tls = (struct tls_terms){ i % 2 == 0, i % 3 == 0 };
		expect_reads_back("terms", &a);
	}
}

static void any_rules_read_back(void **state)
{
	struct agreement a;

	(void)state;
	agreement_init(&a);
	a.area_rules.otherwise = AREA_OUTAGE;
	for (size_t i = 0; i < AREA_RULES_MAX; i++) {
		struct area_rule *rule = &a.area_rules.list[a.area_rules.count++];
		if (i % 3 == 0)
			memset(rule->to, '"', PARTY_ID_MAX);
		if (i % 3 <= 1)
			memset(rule->subject, '\\', SUBJECT_MAX);
		if (i % 3 >= 1)
			snprintf(rule->media_type, sizeof(rule->media_type), "a/b%zu", i);
		rule->area = (enum area)(i % AREAS);
	}
	expect_reads_back("rules", &a);
}

static void any_media_types_read_back(void **state)
{
	static const char *const types[] = { "text/*", "a/b", "application/vnd.a+b",
		"!#$%&'+-.^_`{|}~/#" };
	struct agreement a;

	(void)state;
	agreement_init(&a);
	for (size_t i = 0; i < AGREEMENT_TYPES_MAX; i++)
		snprintf(a.media_types[a.media_type_count++], MEDIA_TYPE_MAX + 1, "%s",
			types[i % COUNT(types)]);
	memset(a.media_types[31], 'x', MEDIA_TYPE_MAX);
	a.media_types[31][1] = '/';
	a.media_types[31][MEDIA_TYPE_MAX] = '\0';
	expect_reads_back("types", &a);
}

/* --- the one question --- */

#define TERMS "billing: { send: true, receive: true, size: 1000 }, outage: { receive: true }"

static const struct {
	const char *name, *extra;
	enum direction way;
	enum area area;
	uint64_t size;
	struct slice type;
	enum status want;
	const char *code;
} questions[] = {
	{ "as agreed", "", DIRECTION_SEND, AREA_BILLING, 1000, S("text/csv"), ST_OK, NULL },
	{ "the other way", "", DIRECTION_RECEIVE, AREA_BILLING, 1000, S("text/csv"), ST_OK, NULL },
	{ "one byte more", "", DIRECTION_SEND, AREA_BILLING, 1001, S("text/csv"), ST_LIMIT,
		"agreement.size" },
	{ "far more", "", DIRECTION_RECEIVE, AREA_BILLING, UINT64_MAX, S(""), ST_LIMIT,
		"agreement.size" },
	{ "only one way", "", DIRECTION_RECEIVE, AREA_OUTAGE, 1, S(""), ST_OK, NULL },
	{ "not that way", "", DIRECTION_SEND, AREA_OUTAGE, 1, S(""), ST_AUTH, "agreement.area" },
	{ "area not listed", "", DIRECTION_RECEIVE, AREA_AGGREGATION, 0, S(""), ST_AUTH,
		"agreement.area" },
	{ "any area", "", DIRECTION_SEND, AREAS, 1000, S(""), ST_OK, NULL },
	{ "more than any area takes", "", DIRECTION_SEND, AREAS, 1001, S(""), ST_LIMIT,
		"agreement.size" },
	{ "any area, the widest", "", DIRECTION_RECEIVE, AREAS, 1001, S(""), ST_OK, NULL },
	{ "suspended", "suspended: true\n", DIRECTION_SEND, AREA_BILLING, 0, S(""), ST_AUTH,
		"agreement.suspended" },
	{ "suspension is named first", "suspended: true\n", DIRECTION_SEND, AREA_AGGREGATION, 9999,
		S("x/y"), ST_AUTH, "agreement.suspended" },
	{ "type listed", "media-types: [ a/b, text/csv ]\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("text/csv"), ST_OK, NULL },
	{ "type not listed", "media-types: [ a/b ]\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("text/csv"), ST_AUTH, "agreement.media-type" },
	{ "type not yet known", "media-types: [ a/b ]\n", DIRECTION_SEND, AREA_BILLING, 1, S(""),
		ST_OK, NULL },
	{ "type by star", "media-types: [ text/* ]\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("text/csv"), ST_OK, NULL },
	{ "star of another", "media-types: [ text/* ]\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("texts/csv"), ST_AUTH, "agreement.media-type" },
	{ "star needs a subtype's slash", "media-types: [ text/* ]\n", DIRECTION_SEND, AREA_BILLING,
		1, S("text"), ST_AUTH, "agreement.media-type" },
	{ "several documents", "", DIRECTION_SEND, AREA_BILLING, 1, S("multipart/related"), ST_OK,
		NULL },
	{ "several, each of a listed type", "media-types: [ a/b ]\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("multipart/related"), ST_OK, NULL },
	{ "several, which it does not read", "as2: { attachments: false }\n", DIRECTION_SEND,
		AREA_BILLING, 1, S("multipart/related"), ST_AUTH, "agreement.attachments" },
	{ "several, to other software", "as2: { marked: false }\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("multipart/mixed"), ST_AUTH, "agreement.attachments" },
	{ "several, to software that says so", "as2: { marked: false, attachments: true }\n",
		DIRECTION_SEND, AREA_BILLING, 1, S("multipart/related"), ST_OK, NULL },
	{ "several may always come", "as2: { attachments: false }\n", DIRECTION_RECEIVE,
		AREA_BILLING, 1, S("multipart/related"), ST_OK, NULL },
	{ "several, and too large", "as2: { attachments: true }\n", DIRECTION_RECEIVE, AREA_BILLING,
		1001, S("multipart/related"), ST_LIMIT, "agreement.size" },
	{ "prefix is not enough", "media-types: [ text/c ]\n", DIRECTION_SEND, AREA_BILLING, 1,
		S("text/csv"), ST_AUTH, "agreement.media-type" },
};

static void permission_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(questions); i++) {
		AUTO_IN_PLACE(buf) yaml = buf_init(AGREEMENT_SIZE_MAX);
		AUTO(agreement) a = NULL;
		struct fault f = { 0 };

		buf_putf(&yaml, "%s%s", AREAS_OF(TERMS), questions[i].extra);
		a = parsed(questions[i].name, buf_slice(&yaml));
		expect_fault(questions[i].name,
			agreement_permits(a, questions[i].way, questions[i].area, questions[i].size,
				questions[i].type, &f),
			&f, questions[i].want, questions[i].code);
	}
}

/*
 * The largest document, in base64 with line ends inside and again outside, and 40 KiB of envelope.
 */
static void the_largest_document_has_room(void **state)
{
	static const uint64_t sizes[] = { 1, 1000, DOCUMENT_SIZE_DEFAULT, DOCUMENT_SIZE_LIMIT };

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		struct agreement a;
		uint64_t body = sizes[i];

		agreement_init(&a);
		a.areas[AREA_OUTAGE].size_max = sizes[i];
		for (unsigned layer = 0; layer < 2; layer++)
			body = (body + 2) / 3 * 4 * 78 / 76 + 2;
		assert_true(agreement_body_max(&a, AREA_OUTAGE) >= body + 40960);
		assert_true(agreement_body_max(&a, AREA_OUTAGE) <= 3 * sizes[i] + (1 << 17));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_listed_is_not_agreed),
		cmocka_unit_test(one_that_cannot_be_read),
		cmocka_unit_test(receipts_come_in_the_answer_unless_it_is_said),
		cmocka_unit_test(receipt_delivery_is_agreed),
		cmocka_unit_test(what_its_software_can_is_agreed),
		cmocka_unit_test(copies_are_agreed),
		cmocka_unit_test(what_is_sent_is_chosen),
		cmocka_unit_test(a_deadline_is_the_agreements_or_the_areas),
		cmocka_unit_test(what_may_wait_may_be_as_old),
		cmocka_unit_test(every_key_arrives),
		cmocka_unit_test(foreign_software_is_described),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(a_tolerance_lasts_to_the_end_of_its_day),
		cmocka_unit_test(each_variant_has_its_own_day),
		cmocka_unit_test(size_and_list_are_limited),
		cmocka_unit_test(defaults_read_back),
		cmocka_unit_test(what_is_written_is_what_is_not_said),
		cmocka_unit_test(any_terms_read_back),
		cmocka_unit_test(any_media_types_read_back),
		cmocka_unit_test(any_rules_read_back),
		cmocka_unit_test(permission_is_asked),
		cmocka_unit_test(the_largest_document_has_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
