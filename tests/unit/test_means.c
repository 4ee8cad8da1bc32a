/* SPDX-License-Identifier: Apache-2.0 */
/* What falls short of a profile, seen in agreements and certificates, and what lets it through. */
#include "issuing.h"

#include "safeguards/means.h"

enum { EC, RSA_2048, RSA_3072, LONG_LIVED, OVER, OLD_KEY, CERTS };
static const struct recipe recipes[CERTS] = {
	[EC] = { .name = "P-256" },
	[RSA_2048] = { .name = "RSA 2048", .rsa_bits = 2048 },
	[RSA_3072] = { .name = "RSA 3072", .rsa_bits = 3072 },
	[LONG_LIVED] = { .name = "ten years", .until_ns = NOW + 3650 * DAY_NS },
	[OVER] = { .name = "over", .rsa_bits = 2048, .from_ns = NOW - 20 * DAY_NS,
		.until_ns = NOW - DAY_NS },
	[OLD_KEY] = { .name = "a key that was there before" },
};

#define OLD_KEY_DAYS 731


static struct issued certs[CERTS];

static int certs_make(void **state)
{
	(void)state;
	for (size_t i = 0; i < CERTS; i++)
		certs[i] = issue(&recipes[i], NULL);
	cert_key_known(certs[OLD_KEY].cert, NOW - OLD_KEY_DAYS * DAY_NS);
	cert_key_known(certs[EC].cert, NOW - (OLD_KEY_DAYS - 1) * DAY_NS);
	cert_key_known(certs[EC].cert, 0);
	return 0;
}

static int certs_free(void **state)
{
	(void)state;
	for (size_t i = 0; i < CERTS; i++)
		issued_done(&certs[i]);
	return 0;
}

#define SHORT(r) REQUIREMENT_BIT(REQUIRES_##r)

static const struct {
	const char *name;
	int theirs, ours, tls; /* tls: theirs for connections */
	bool no_sign, no_encrypt, weak_cipher, old_tls, no_hybrid, triple_des, sha1;
	unsigned came; /* bits of the cipher of a message that came */
	/* REQUIREMENT_BIT sets that fall short of thirty years of secrecy */
	unsigned send, receive;
} cases[] = {
	{ .name = "as we make them", .theirs = EC, .ours = EC },
	{ .name = "RSA of 3072 bits", .theirs = RSA_3072, .ours = RSA_3072 },
	{ .name = "their RSA of 2048 bits", .theirs = RSA_2048, .ours = EC,
		.send = SHORT(STRENGTH), .receive = SHORT(STRENGTH) },
	{ .name = "ours", .theirs = EC, .ours = RSA_2048, .send = SHORT(STRENGTH),
		.receive = SHORT(STRENGTH) },
	{ .name = "their TLS", .tls = RSA_2048, .send = SHORT(STRENGTH),
		.receive = SHORT(STRENGTH) },
	{ .name = "their TLS of ten years", .tls = LONG_LIVED, .send = SHORT(CERTIFICATE_LIFE),
		.receive = SHORT(CERTIFICATE_LIFE) },
	{ .name = "their TLS that is over", .tls = OVER },
	{ .name = "what is over is not used", .theirs = OVER, .ours = EC },
	{ .name = "their ten years", .theirs = LONG_LIVED, .ours = EC,
		.send = SHORT(CERTIFICATE_LIFE), .receive = SHORT(CERTIFICATE_LIFE) },
	{ .name = "our ten years", .theirs = EC, .ours = LONG_LIVED,
		.send = SHORT(CERTIFICATE_LIFE), .receive = SHORT(CERTIFICATE_LIFE) },
	{ .name = "their key for a third year", .theirs = OLD_KEY, .send = SHORT(KEY_LIFE),
		.receive = SHORT(KEY_LIFE) },
	{ .name = "their TLS key", .tls = OLD_KEY, .send = SHORT(KEY_LIFE),
		.receive = SHORT(KEY_LIFE) },
	{ .name = "our key", .ours = OLD_KEY, .send = SHORT(KEY_LIFE),
		.receive = SHORT(KEY_LIFE) },
	{ .name = "not encrypted", .no_encrypt = true, .send = SHORT(ENCRYPTION),
		.receive = SHORT(ENCRYPTION) },
	{ .name = "not signed", .no_sign = true, .send = SHORT(STRENGTH),
		.receive = SHORT(STRENGTH) },
	{ .name = "AES-128 is ours to choose", .weak_cipher = true, .send = SHORT(CIPHER) },
	{ .name = "AES-128 is theirs to choose", .came = 128, .receive = SHORT(CIPHER) },
	{ .name = "AES-256", .came = 256 },
	{ .name = "Triple DES is only read", .triple_des = true, .receive = SHORT(CIPHER) },
	{ .name = "SHA-1 is only read", .sha1 = true, .receive = SHORT(STRENGTH) },
	{ .name = "TLS 1.2", .old_tls = true, .send = SHORT(HYBRID), .receive = SHORT(HYBRID) },
	{ .name = "an old OpenSSL", .no_hybrid = true, .send = SHORT(HYBRID),
		.receive = SHORT(HYBRID) },
};

static void agreement_fill(struct agreement *a, size_t i)
{
	agreement_init(a);
	a->as2.sign = !cases[i].no_sign;
	a->as2.encrypt = !cases[i].no_encrypt;
	a->as2.cipher = cases[i].weak_cipher ? CIPHER_AES128_GCM : CIPHER_AES256_GCM;
	a->tls.version_1_2 = cases[i].old_tls;
	a->exceptions.end_ns[EXCEPTION_3DES] = cases[i].triple_des ? NOW + 60 * DAY_NS : 0;
	a->exceptions.end_ns[EXCEPTION_SHA1] = cases[i].sha1 ? NOW + 60 * DAY_NS : 0;
}

static struct risk_profile thirty_years(void)
{
	struct risk_profile p;
	struct risk_terms terms;

	risk_terms_init(&terms);
	risk_profile_make(&p, &terms, AREA_AGGREGATION, PATH_INTERNET, NOW);
	return p;
}

static struct means means_of(
	const struct agreement *a, size_t i, enum direction direction, const struct cert *theirs[2])
{
	theirs[0] = certs[cases[i].theirs].cert;
	theirs[1] = certs[cases[i].tls].cert;
	const struct cert *ours = certs[cases[i].ours].cert;

	return (struct means){ .agreement = a,
		.direction = direction,
		.signers = theirs,
		.signer_count = 1,
		.recipients = theirs,
		.recipient_count = 1,
		.tls = theirs + 1,
		.tls_count = 1,
		.own = { ours, ours, ours },
		.cipher_bits = cases[i].came,
		.post_quantum = !cases[i].no_hybrid,
		.now_ns = NOW };
}

static void note(void *context, const struct shortfall *s)
{
	assert_true(s->found[0] && s->mend[0]);
	*(unsigned *)context |= REQUIREMENT_BIT(s->requirement);
}

static void what_falls_short_is_found(void **state)
{
	const struct risk_profile profile = thirty_years();

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		for (enum direction way = 0; way < DIRECTIONS; way++) {
			const struct cert *theirs[2];
			struct agreement a;
			unsigned got = 0, want =
				way == DIRECTION_SEND ? cases[i].send : cases[i].receive;
			struct fault f = { 0 };

			agreement_fill(&a, i);
			struct means means = means_of(&a, i, way, theirs);
			means_shortfalls(&means, &profile, AREA_AGGREGATION, note, &got);
			if (got != want)
				fail_msg("%s, way %d: %#x falls short, not %#x", cases[i].name,
					(int)way, got, want);
			assert_int_equal(means_permit(&means, &profile, AREA_AGGREGATION, &f),
				want ? ST_AUTH : ST_OK);
		}
}

/* An exception of another area, or that is over, is none. */
static void an_exception_is_of_one_area_and_to_a_day(void **state)
{
	static const struct {
		const char *name;
		enum area area;
		enum requirement requirement;
		int64_t end_ns;
		enum status want;
		const char *says;
	} exceptions[] = {
		{ "in force", AREA_AGGREGATION, REQUIRES_HYBRID, NOW + 1, ST_OK, NULL },
		{ "over", AREA_AGGREGATION, REQUIRES_HYBRID, NOW, ST_AUTH,
			"its exception ended on 2026-11-2" },
		{ "of another area", AREA_BILLING, REQUIRES_HYBRID, NOW + 1, ST_AUTH, NULL },
		{ "from something else", AREA_AGGREGATION, REQUIRES_STRENGTH, NOW + 1, ST_AUTH,
			NULL },
	};
	const struct risk_profile profile = thirty_years();

	(void)state;
	for (size_t i = 0; i < COUNT(exceptions); i++) {
		struct risk_exceptions list = { .count = 1,
			.list = { { .area = exceptions[i].area,
				.requirement = exceptions[i].requirement,
				.end_ns = exceptions[i].end_ns } } };
		struct agreement a;
		struct fault f = { 0 };

		agreement_init(&a);
		a.allowed_risks = &list;
		expect_fault(exceptions[i].name,
			means_hybrid(&a, &profile, AREA_AGGREGATION, NOW, &f), &f,
			exceptions[i].want, "risk.hybrid");
		expect_says(exceptions[i].name, &f, exceptions[i].says);
	}
}

static void what_a_handshake_showed_is_measured(void **state)
{
	static const struct {
		int shown;
		const char *code;
	} shown[] = { { EC, NULL }, { RSA_3072, NULL }, { RSA_2048, "risk.strength" },
		{ LONG_LIVED, "risk.certificate-life" } };
	const struct risk_profile profile = thirty_years();
	struct shown_cert none = { .name = "none" };
	struct agreement a;
	struct fault f = { 0 };

	(void)state;
	agreement_init(&a);
	for (size_t i = 0; i < COUNT(shown); i++) {
		struct shown_cert one = { recipes[shown[i].shown].name,
			cert_measure(certs[shown[i].shown].cert) };

		expect_fault(one.name,
			means_shown(&a, &profile, AREA_AGGREGATION, &one, NOW, &f), &f,
			shown[i].code ? ST_AUTH : ST_OK, shown[i].code);
	}
	assert_int_equal(means_shown(&a, &profile, AREA_AGGREGATION, &none, NOW, &f), ST_OK);
}

static void what_is_preferred_is_never_refused(void **state)
{
	struct risk_profile profile = thirty_years();
	struct agreement a;
	struct fault f = { 0 };

	(void)state;
	agreement_init(&a);
	profile.needs[REQUIRES_HYBRID] = NEED_PREFERRED;
	assert_int_equal(means_hybrid(&a, &profile, AREA_AGGREGATION, NOW, &f), ST_OK);
}

/* Whose years they are is said: what a person changes is another document, or another area. */
static void a_document_s_own_secrecy_is_said(void **state)
{
	struct risk_profile p;
	struct risk_terms terms;
	struct agreement a;
	struct fault f = { 0 };

	(void)state;
	risk_terms_init(&terms);
	agreement_init(&a);
	risk_profile_make(&p, &terms, AREA_OUTAGE, PATH_INTERNET, NOW);
	assert_int_equal(means_hybrid(&a, &p, AREA_OUTAGE, NOW, &f), ST_OK);
	risk_profile_lengthen(&p, &terms, NOW + 30 * 365 * DAY_NS, NOW);
	expect_fault("lengthened", means_hybrid(&a, &p, AREA_OUTAGE, NOW, &f), &f, ST_AUTH,
		"risk.hybrid");
	expect_says("lengthened", &f, "a document of outage that is secret until 2056 asks for");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_falls_short_is_found),
		cmocka_unit_test(an_exception_is_of_one_area_and_to_a_day),
		cmocka_unit_test(what_a_handshake_showed_is_measured),
		cmocka_unit_test(what_is_preferred_is_never_refused),
		cmocka_unit_test(a_document_s_own_secrecy_is_said),
	};

	return cmocka_run_group_tests(tests, certs_make, certs_free);
}
