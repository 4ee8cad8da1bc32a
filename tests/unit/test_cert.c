/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates: read from DER and PEM and written back to the same bytes; cut, altered or with
 * something behind them they are none; and which of them may be used, by dates, key and digest.
 */
#include "exchange_expect.h"

#include "as2_parties.h"
#include "huge_key.h"
#include "safeguards/cert.h"
#include "safeguards/crypto_internal.h"
#include "terminal.h"

#define DER_MAX 65536
#define DAY_NS (INT64_C(86400) * NS_PER_S)

/* What a certificate can be made of; what is not said is usual. */
struct recipe {
	EVP_PKEY *(*key)(void);
	const EVP_MD *(*md)(void);
	const char *common_name;
	int64_t from_ns, until_ns;
};

static EVP_PKEY *p_256(void)
{
	return EVP_EC_gen("P-256");
}

static EVP_PKEY *p_384(void)
{
	return EVP_EC_gen("P-384");
}

static EVP_PKEY *p_521(void)
{
	return EVP_EC_gen("P-521");
}

static EVP_PKEY *secp256k1(void)
{
	return EVP_EC_gen("secp256k1");
}

static EVP_PKEY *ed25519(void)
{
	return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static EVP_PKEY *rsa_1024(void)
{
	return EVP_RSA_gen(1024);
}

static EVP_PKEY *rsa_2040(void)
{
	return EVP_RSA_gen(2040);
}

static EVP_PKEY *rsa_2048(void)
{
	return EVP_RSA_gen(2048);
}

static EVP_PKEY *rsa_8200(void)
{
	return huge_key(8200);
}

static EVP_PKEY *rsa_exponent_64(void)
{
	return dear_key(3072, 64);
}

static EVP_PKEY *rsa_exponent_65(void)
{
	return dear_key(3072, 65);
}

static const EVP_MD *no_digest(void)
{
	return NULL;
}

static void fill(X509 *x509, const struct recipe *r, EVP_PKEY *key)
{
	const char *name = r->common_name ? r->common_name : "test";
	int64_t from = r->from_ns ? r->from_ns : NOW - DAY_NS;
	int64_t until = r->until_ns ? r->until_ns : NOW + DAY_NS;
	X509_NAME *subject = X509_get_subject_name(x509);

	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x509), 7), 1);
	assert_int_equal(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
				 (const unsigned char *)name, -1, -1, 0),
		1);
	assert_int_equal(X509_set_issuer_name(x509, subject), 1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x509), from / NS_PER_S));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x509), until / NS_PER_S));
	assert_int_equal(X509_set_pubkey(x509, key), 1);
}

static void make(struct buf *der, const struct recipe *r)
{
	AUTO_PKEY key = r->key ? r->key() : p_256();
	AUTO_X509 x509 = X509_new();
	unsigned char *bytes = NULL;

	assert_non_null(key);
	fill(x509, r, key);
	bool is_half = r->key == rsa_8200 || r->key == rsa_exponent_64 || r->key == rsa_exponent_65;
	AUTO_PKEY other = is_half ? p_256() : NULL;
	assert_true(X509_sign(x509, other ? other : key, r->md ? r->md() : EVP_sha256()) > 0);
	int n = i2d_X509(x509, &bytes);
	assert_true(n > 0);
	buf_put(der, slice_of(bytes, (size_t)n));
	OPENSSL_free(bytes);
}

static struct cert *made(const struct recipe *r)
{
	AUTO_IN_PLACE(buf) der = buf_init(DER_MAX);
	struct cert *cert = NULL;
	struct fault f = { 0 };

	make(&der, r);
	must(cert_parse_der(&cert, buf_slice(&der), &f), &f);
	return cert;
}

/* --- reading and writing ----------------------------------------------------------- */

static void both_forms_are_read_and_written(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(DER_MAX);
	AUTO_IN_PLACE(buf) pem = buf_init(DER_MAX);
	AUTO_IN_PLACE(buf) again = buf_init(DER_MAX);
	AUTO(cert) from_der = NULL;
	AUTO(cert) from_pem = NULL;
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	struct fault f = { 0 };

	(void)state;
	make(&der, &(struct recipe){ 0 });
	must(cert_parse_der(&from_der, buf_slice(&der), &f), &f);
	cert_format_pem(&pem, from_der);
	assert_true(slice_has_prefix(buf_slice(&pem), S("-----BEGIN CERTIFICATE-----\n")));
	must(cert_parse_pem(&from_pem, buf_slice(&pem), &f), &f);
	cert_format_der(&again, from_pem);
	expect_slice("the same bytes", buf_slice(&again), buf_slice(&der));
	digest_sha256(fingerprint, buf_slice(&der));
	assert_true(
		slice_eq(cert_fingerprint(from_der), slice_of(fingerprint, sizeof(fingerprint))));
	assert_true(
		slice_eq(cert_fingerprint(from_pem), slice_of(fingerprint, sizeof(fingerprint))));
}

static void not_a_certificate(const char *name, struct slice in,
	enum status (*parse)(struct cert **, struct slice, struct fault *))
{
	struct cert *cert = NULL;
	struct fault f = { 0 };

	expect_fault(name, parse(&cert, in, &f), &f, ST_INPUT, "cert.syntax");
	assert_null(cert);
}

static void cuts_and_additions_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(DER_MAX);
	struct cert *cert = NULL;
	struct fault f = { 0 };
	size_t n;

	(void)state;
	make(&der, &(struct recipe){ 0 });
	n = der.n;
	for (size_t i = 0; i < n; i++)
		not_a_certificate("cut", slice_to(buf_slice(&der), i), cert_parse_der);
	buf_put_u8(&der, 0);
	assert_int_equal(cert_parse_der(&cert, buf_slice(&der), &f), ST_INPUT);
	assert_string_equal(f.code, "cert.syntax");
	assert_int_equal(f.offset, n);
	make(&der, &(struct recipe){ 0 });
	not_a_certificate("two", buf_slice(&der), cert_parse_der);
}

/* The same certificate in BER: OpenSSL reads it, and it would have a fingerprint of its own. */
static void only_der_is_read(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(DER_MAX), longer = buf_init(DER_MAX);
	AUTO_IN_PLACE(buf) open = buf_init(DER_MAX);

	(void)state;
	make(&der, &(struct recipe){ 0 });
	assert_true(slice_has_prefix(buf_slice(&der), S("\x30\x82")));
	buf_put(&longer, S("\x30\x83\x00"));
	buf_put(&longer, slice_from(buf_slice(&der), 2));
	not_a_certificate("a longer length", buf_slice(&longer), cert_parse_der);
	buf_put(&open, S("\x30\x80"));
	buf_put(&open, slice_from(buf_slice(&der), 4));
	buf_put(&open, S("\x00\x00"));
	not_a_certificate("no length", buf_slice(&open), cert_parse_der);
}

static void other_things_are_refused(void **state)
{
	static const struct {
		const char *name;
		const char *in;
	} cases[] = {
		{ "nothing", "" },
		{ "text", "certificate" },
		{ "only a frame", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n" },
		{ "not base64", "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n" },
		{ "base64 of something else",
			"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" },
		{ "another frame", "-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n" },
	};
	AUTO_IN_PLACE(buf) large = buf_init(2 * DER_MAX);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		not_a_certificate(cases[i].name, slice_str(cases[i].in), cert_parse_der);
		not_a_certificate(cases[i].name, slice_str(cases[i].in), cert_parse_pem);
	}
	buf_put(&large, S("\x30\x83\x01\x00\x00"));
	put_times(&large, 0, 0x10000);
	not_a_certificate("too large", buf_slice(&large), cert_parse_der);
}

static void encrypted_pem_is_refused(void **state)
{
	AUTO_IN_PLACE(buf) pem = buf_init(DER_MAX);

	(void)state;
	buf_put_text(&pem,
		"-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
		"DEK-Info: AES-256-CBC,00000000000000000000000000000000\n\n"
		"AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n");
	terminal_watch();
	not_a_certificate("encrypted", buf_slice(&pem), cert_parse_pem);
	terminal_done();
	assert_int_equal(terminal_asked, 0);
}

/* Whatever a byte becomes: no certificate, or one with another fingerprint, never a crash. */
static void a_changed_byte_is_another_certificate(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(DER_MAX);
	AUTO(cert) original = NULL;
	struct fault f = { 0 };

	(void)state;
	make(&der, &(struct recipe){ 0 });
	must(cert_parse_der(&original, buf_slice(&der), &f), &f);
	for (size_t i = 0; i < der.n * 8; i++) {
		AUTO(cert) cert = NULL;

		der.p[i / 8] ^= 1 << i % 8;
		if (cert_parse_der(&cert, buf_slice(&der), NULL) == ST_OK) {
			assert_false(slice_eq(cert_fingerprint(cert), cert_fingerprint(original)));
			(void)!cert_check(cert, NOW, &f);
		}
		der.p[i / 8] ^= 1 << i % 8;
	}
}

static void the_last_reference_frees(void **state)
{
	struct cert *one = made(&(struct recipe){ 0 });
	struct cert *two = cert_ref(one);

	(void)state;
	assert_ptr_equal(one, two);
	cert_free(one);
	expect_text("still there", cert_subject(two), "CN=test");
	cert_free(two);
	cert_free(NULL);
}

/* --- what it says ------------------------------------------------------------------ */

/* Subjects come from partners and go into logs. */
static void subjects_are_printable(void **state)
{
	static const struct {
		const char *name, *common_name, *want;
	} cases[] = {
		{ "plain", "SUNNY-DER", "CN=SUNNY-DER" },
		{ "separators", "a,b+c", "CN=a\\,b\\+c" },
		{ "line end", "a\nmsg=x", "CN=a\\0Amsg=x" },
		{ "escape", "\x1b[2J", "CN=\\1B[2J" },
		{ "other letters", "Stromnetz K\u00f6ln \u96fb", "CN=Stromnetz K\u00f6ln \u96fb" },
		{ "a control of eight bits", "a\xc2\x9b" "31m", "CN=a?31m" },
		{ "writing turned round", "a\u202egpj", "CN=a?gpj" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(cert) cert = made(&(struct recipe){ .common_name = cases[i].common_name });

		expect_text(cases[i].name, cert_subject(cert), cases[i].want);
	}
}

/* Cut to what fits, and no character in two. */
static void subjects_are_bounded(void **state)
{
	static const struct recipe wide = {
		.common_name =
			"\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb"
			"\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb"
			"\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb"
			"\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb"
			"\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb\xe9\x9b\xbb"
	};
	AUTO(cert) cert = made(&wide);
	size_t n = strlen(cert_subject(cert));

	(void)state;
	assert_true(n < 256);
	assert_int_equal((n - (sizeof("CN=") - 1)) % 3, 0);
}

static void dates_are_read(void **state)
{
	static const struct recipe cases[] = {
		{ .from_ns = 1 * NS_PER_S, .until_ns = NOW },
		{ .from_ns = NOW, .until_ns = NOW + 20000 * DAY_NS }, /* a GeneralizedTime */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(cert) cert = made(&cases[i]);

		assert_true(cert_not_before_ns(cert) == cases[i].from_ns);
		assert_true(cert_not_after_ns(cert) == cases[i].until_ns);
	}
}

/* --- whether it may be used -------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct recipe recipe;
	enum key_kind kind;
	unsigned bits;
	enum status want;
	const char *code;
} strengths[] = {
	{ "P-256", { .key = p_256 }, KEY_EC_P256, 256, ST_OK, NULL },
	{ "P-384", { .key = p_384 }, KEY_EC_P384, 384, ST_OK, NULL },
	{ "P-384, SHA-512", { .key = p_384, .md = EVP_sha512 }, KEY_EC_P384, 384, ST_OK, NULL },
	{ "RSA 2048", { .key = rsa_2048 }, KEY_RSA, 2048, ST_OK, NULL },
	{ "RSA 2040", { .key = rsa_2040 }, KEY_RSA, 2040, ST_AUTH, "cert.key" },
	{ "RSA 8200", { .key = rsa_8200 }, KEY_RSA, 8200, ST_AUTH, "cert.key" },
	{ "an exponent of 64 bits", { .key = rsa_exponent_64 }, KEY_RSA, 3072, ST_OK, NULL },
	{ "an exponent of 65 bits", { .key = rsa_exponent_65 }, KEY_RSA, 3072, ST_AUTH, "cert.key" },
	{ "RSA 1024", { .key = rsa_1024 }, KEY_RSA, 1024, ST_AUTH, "cert.key" },
	{ "P-521", { .key = p_521 }, KEY_EC_P521, 521, ST_OK, NULL },
	{ "secp256k1", { .key = secp256k1 }, KEY_OTHER, 256, ST_AUTH, "cert.key" },
	{ "Ed25519", { .key = ed25519, .md = no_digest }, KEY_OTHER, 256, ST_AUTH, "cert.key" },
	{ "SHA-1", { .md = EVP_sha1 }, KEY_EC_P256, 256, ST_AUTH, "cert.digest" },
	{ "RSA, SHA-1", { .key = rsa_2048, .md = EVP_sha1 }, KEY_RSA, 2048,
		ST_AUTH, "cert.digest" },
	{ "RSA, MD5", { .key = rsa_2048, .md = EVP_md5 }, KEY_RSA, 2048, ST_AUTH, "cert.digest" },
	{ "SHA-224", { .md = EVP_sha224 }, KEY_EC_P256, 256, ST_AUTH, "cert.digest" },
};
/* clang-format on */

static void strength_is_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(strengths); i++) {
		AUTO(cert) cert = made(&strengths[i].recipe);
		struct fault f = { 0 };

		assert_int_equal(cert_key_kind(cert), strengths[i].kind);
		assert_int_equal(cert_key_bits(cert), strengths[i].bits);
		expect_fault(strengths[i].name, cert_check(cert, NOW, &f), &f, strengths[i].want,
			strengths[i].code);
		assert_int_equal(cert_check(cert, NOW, NULL), strengths[i].want);
	}
}

static void dates_are_asked(void **state)
{
	static const struct {
		const char *name;
		int64_t now;
		enum status want;
		const char *code, *says;
	} cases[] = {
		{ "long before", 0, ST_AUTH, "cert.not-yet", "from 2026-11-22T05:14:06" },
		{ "a nanosecond early", NOW - DAY_NS - 1, ST_AUTH, "cert.not-yet", "CN=test" },
		{ "first", NOW - DAY_NS, ST_OK, NULL, NULL },
		{ "last", NOW + DAY_NS, ST_OK, NULL, NULL },
		{ "a nanosecond late", NOW + DAY_NS + 1, ST_AUTH, "cert.expired", "CN=test" },
		{ "for ever after", INT64_MAX, ST_AUTH, "cert.expired", "at 2026-11-24T05:14:06" },
	};
	AUTO(cert) cert = made(&(struct recipe){ 0 });

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fault f = { 0 };

		expect_fault(cases[i].name, cert_check(cert, cases[i].now, &f), &f, cases[i].want,
			cases[i].code);
		expect_says(cases[i].name, &f, cases[i].says);
	}
}

static void kinds_have_names(void **state)
{
	(void)state;
	expect_text("P-256", key_kind_name(KEY_EC_P256), "P-256");
	expect_text("P-384", key_kind_name(KEY_EC_P384), "P-384");
	expect_text("RSA", key_kind_name(KEY_RSA), "RSA");
	expect_text("other", key_kind_name(KEY_OTHER), "other");
	expect_text("beyond", key_kind_name((enum key_kind)99), "other");
}

static int set_up(void **state)
{
	struct fault f = { 0 };

	(void)state;
	must(crypto_init(&f), &f);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_read_and_written),
		cmocka_unit_test(cuts_and_additions_are_refused),
		cmocka_unit_test(other_things_are_refused),
		cmocka_unit_test(encrypted_pem_is_refused),
		cmocka_unit_test(a_changed_byte_is_another_certificate),
		cmocka_unit_test(only_der_is_read),
		cmocka_unit_test(the_last_reference_frees),
		cmocka_unit_test(subjects_are_printable),
		cmocka_unit_test(subjects_are_bounded),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(strength_is_asked),
		cmocka_unit_test(dates_are_asked),
		cmocka_unit_test(kinds_have_names),
	};

	return cmocka_run_group_tests_name("cert", tests, set_up, NULL);
}
