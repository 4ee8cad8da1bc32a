/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A party's own authority: its root and certificates say what they are for and no more, live as
 * long as they should, satisfy OpenSSL's own checks, and are told apart from forgeries.
 */
#include "exchange_expect.h"

#include <openssl/x509v3.h>

#include "as2_parties.h"
#include "safeguards/crypto_internal.h"

#define DAY_NS (INT64_C(86400) * NS_PER_S)
#define DER_MAX 65536

static struct cert *root_of(const struct key *key, const char *id, const char *name)
{
	struct cert *root = NULL;
	struct fault f = { 0 };

	must(authority_make(&root, key, id, name, NOW, &f), &f);
	return root;
}

static struct cert *issued(unsigned party, enum cert_use use, const char *host)
{
	const struct party *p = &parties[party];
	struct cert *cert = NULL;
	struct fault f = { 0 };

	must(authority_issue(
		     &cert, p->root, p->root_key, p->sign_key, use, p->id, p->id, host, NOW, &f),
		&f);
	return cert;
}

/* --- dates and names --------------------------------------------------------------- */

static void they_live_as_long_as_they_should(void **state)
{
	AUTO(cert) leaf = issued(UTILITY, CERT_TLS, "localhost");
	const struct cert *root = parties[UTILITY].root;

	(void)state;
	assert_true(cert_not_before_ns(root) == NOW - 300 * NS_PER_S);
	assert_true(cert_not_before_ns(leaf) == NOW - 300 * NS_PER_S);
	assert_true(cert_not_after_ns(root) == NOW + 3650 * DAY_NS);
	assert_true(cert_not_after_ns(leaf) == NOW + 398 * DAY_NS);
}

static void they_say_whose_they_are(void **state)
{
	AUTO(cert) root = root_of(parties[UTILITY].root_key, "007909411", "Stadtwerke");
	AUTO(cert) long_one = root_of(parties[UTILITY].root_key, "1",
		"A party with a name of far more than the sixty-four characters that X.520 allows");
	AUTO(cert) quoted = root_of(parties[UTILITY].root_key, "a/b,c", "x, CN=y");

	AUTO(cert) odd = root_of(parties[UTILITY].root_key, "A_B & \"c\" d", "X");

	(void)state;
	expect_text(
		"id of any letters", cert_subject(odd), "serialNumber=A-B - -c- d,CN=X root,O=X");
	expect_text("usual", cert_subject(root),
		"serialNumber=007909411,CN=Stadtwerke root,O=Stadtwerke");
	expect_text("long", cert_subject(long_one),
		"serialNumber=1,CN=A party with a name of far more than the root,"
		"O=A party with a name of far more than the");
	expect_text("quoted", cert_subject(quoted),
		"serialNumber=a/b\\,c,CN=x\\, CN=y root,O=x\\, CN=y");
}

/* Names are UTF-8, and a long one may be cut only between characters. */
static void long_names_of_many_bytes_are_cut(void **state)
{
	AUTO_IN_PLACE(buf) name = buf_init(PARTY_NAME_MAX + 1);

	(void)state;
	for (unsigned before = 0; before < 4; before++) {
		struct cert *root = NULL;
		struct fault f = { 0 };

		buf_clear(&name);
		put_times(&name, 'x', before);
		for (unsigned i = 0; i < 30; i++)
			buf_put_text(&name, "\xe9\x9b\xbb");
		expect_fault("cut",
			authority_make(
				&root, parties[UTILITY].root_key, "1", buf_text(&name), NOW, &f),
			&f, ST_OK, NULL);
		cert_free(root);
	}
}

static void each_has_its_own_serial_number(void **state)
{
	AUTO(cert) a = issued(UTILITY, CERT_SIGN, "");
	AUTO(cert) b = issued(UTILITY, CERT_SIGN, "");
	const ASN1_INTEGER *one = X509_get0_serialNumber(a->x509);
	const ASN1_INTEGER *two = X509_get0_serialNumber(b->x509);

	(void)state;
	assert_int_equal(ASN1_STRING_length(one), 16);
	assert_int_equal(ASN1_STRING_type(one), V_ASN1_INTEGER); /* not negative */
	assert_int_not_equal(ASN1_INTEGER_cmp(one, two), 0);
}

/* --- what they are for ------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	unsigned party;
	enum cert_use use;
	uint32_t usage, extended;
} uses[] = {
	{ "TLS", UTILITY, CERT_TLS, KU_DIGITAL_SIGNATURE, XKU_SSL_SERVER | XKU_SSL_CLIENT },
	{ "TLS, RSA", RSA_PARTY, CERT_TLS, KU_DIGITAL_SIGNATURE, XKU_SSL_SERVER | XKU_SSL_CLIENT },
	{ "signing", UTILITY, CERT_SIGN, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION, UINT32_MAX },
	{ "signing, RSA", RSA_PARTY, CERT_SIGN, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION,
		UINT32_MAX },
	{ "encryption", UTILITY, CERT_ENCRYPT, KU_KEY_AGREEMENT, UINT32_MAX },
	{ "encryption, RSA", RSA_PARTY, CERT_ENCRYPT, KU_KEY_ENCIPHERMENT, UINT32_MAX },
};
/* clang-format on */

static bool is_critical(X509 *x509, int nid)
{
	int at = X509_get_ext_by_NID(x509, nid, -1);

	return at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(x509, at));
}

static void leaves_say_what_they_are_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(uses); i++) {
		AUTO(cert) cert = issued(uses[i].party, uses[i].use, "localhost");

		print_message("%s\n", uses[i].name);
		assert_int_equal(X509_get_key_usage(cert->x509), uses[i].usage);
		assert_int_equal(X509_get_extended_key_usage(cert->x509), uses[i].extended);
		assert_true(is_critical(cert->x509, NID_key_usage));
		assert_true(is_critical(cert->x509, NID_basic_constraints));
		assert_false(X509_get_extension_flags(cert->x509) & EXFLAG_CA);
		assert_int_equal(X509_check_ca(cert->x509), 0);
	}
}

static void a_root_is_an_authority_for_leaves_only(void **state)
{
	X509 *root = parties[UTILITY].root->x509;

	(void)state;
	assert_int_equal(X509_check_ca(root), 1);
	assert_int_equal(X509_get_pathlen(root), 0);
	assert_true(is_critical(root, NID_key_usage) && is_critical(root, NID_basic_constraints));
	assert_int_equal(
		X509_get_key_usage(root), KU_KEY_CERT_SIGN | KU_CRL_SIGN | KU_DIGITAL_SIGNATURE);
	assert_true(X509_get_extension_flags(root) & EXFLAG_SS);
	assert_int_equal(cert_check(parties[UTILITY].root, NOW, NULL), ST_OK);
}

static void hosts_are_named(void **state)
{
	AUTO(cert) dns = issued(UTILITY, CERT_TLS, "gw.example.com");
	AUTO(cert) four = issued(UTILITY, CERT_TLS, "192.0.2.7");
	AUTO(cert) six = issued(UTILITY, CERT_TLS, "2001:db8::7");
	AUTO(cert) none = issued(UTILITY, CERT_SIGN, "gw.example.com");

	(void)state;
	assert_int_equal(X509_check_host(dns->x509, "gw.example.com", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(dns->x509, "gx.example.com", 0, 0, NULL), 0);
	assert_int_equal(X509_check_ip_asc(four->x509, "192.0.2.7", 0), 1);
	assert_int_equal(X509_check_ip_asc(four->x509, "192.0.2.8", 0), 0);
	assert_int_equal(X509_check_ip_asc(six->x509, "2001:db8::7", 0), 1);
	assert_int_equal(X509_get_ext_by_NID(none->x509, NID_subject_alt_name, -1), -1);
}

/* A host with a comma would be a list of names to OpenSSL: more than was asked for. */
static void a_host_is_one_name(void **state)
{
	static const char *const hosts[] = { "a.example,DNS:b.example", "a.example,IP:192.0.2.1",
		"a.example,email:x@b.example", "a.example, DNS:b.example" };
	const struct party *p = &parties[UTILITY];

	(void)state;
	for (size_t i = 0; i < COUNT(hosts); i++) {
		AUTO(cert) cert = NULL;
		enum status status = authority_issue(&cert, p->root, p->root_key, p->sign_key,
			CERT_TLS, p->id, p->id, hosts[i], NOW, NULL);

		if (status == ST_OK)
			fail_msg("'%s' was issued", hosts[i]);
	}
}

/* What `openssl cms -verify -CAfile root.pem` asks, and what a TLS library asks on both ends. */
static void openssl_accepts_the_chain(void **state)
{
	static const struct {
		enum cert_use use;
		const char *purpose;
	} cases[] = {
		{ CERT_SIGN, "smimesign" },
		{ CERT_TLS, "sslserver" },
		{ CERT_TLS, "sslclient" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO(cert) leaf = issued(UTILITY, cases[i].use, "localhost");
		X509_STORE *store = X509_STORE_new();
		X509_STORE_CTX *ctx = X509_STORE_CTX_new();

		assert_int_equal(X509_STORE_add_cert(store, parties[UTILITY].root->x509), 1);
		assert_int_equal(X509_STORE_CTX_init(ctx, store, leaf->x509, NULL), 1);
		X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), NOW_S);
		assert_int_equal(
			X509_STORE_CTX_set_default(ctx,
				cases[i].purpose == cases[0].purpose ? "smime_sign" : "default"),
			1);
		assert_int_equal(X509_STORE_CTX_set_purpose(ctx,
					 X509_PURPOSE_get_id(X509_PURPOSE_get0(
						 X509_PURPOSE_get_by_sname(cases[i].purpose)))),
			1);
		if (X509_verify_cert(ctx) != 1)
			fail_msg("%s: %s", cases[i].purpose,
				X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
		X509_STORE_CTX_free(ctx);
		X509_STORE_free(store);
	}
}

/* --- who issued what --------------------------------------------------------------- */

static void only_the_issuer_issued(void **state)
{
	AUTO(cert) leaf = issued(UTILITY, CERT_TLS, "localhost");
	AUTO(cert) namesake =
		root_of(parties[STRANGER].root_key, parties[UTILITY].id, parties[UTILITY].id);

	(void)state;
	assert_true(authority_issued(parties[UTILITY].root, leaf));
	assert_true(authority_issued(parties[UTILITY].root, parties[UTILITY].root));
	assert_false(authority_issued(parties[STRANGER].root, leaf));
	assert_false(authority_issued(namesake, leaf)); /* the same name, another key */
	assert_false(authority_issued(leaf, leaf));
	assert_false(authority_issued(leaf, parties[UTILITY].root));
}

/* Every byte of a certificate but those of its frame is signed, or is the signature. */
static void changed_ones_were_not_issued(void **state)
{
	AUTO_IN_PLACE(buf) der = buf_init(DER_MAX);

	(void)state;
	cert_format_der(&der, parties[UTILITY].sign);
	for (size_t i = 0; i < der.n; i++) {
		AUTO(cert) cert = NULL;

		der.p[i] ^= 1;
		if (cert_parse_der(&cert, buf_slice(&der), NULL) == ST_OK &&
			authority_issued(parties[UTILITY].root, cert))
			fail_msg("byte %zu of %zu can change", i, der.n);
		der.p[i] ^= 1;
	}
}

static void a_leaf_is_no_authority(void **state)
{
	const struct party *p = &parties[UTILITY];
	AUTO(cert) below = NULL;
	struct fault f = { 0 };

	(void)state;
	must(authority_issue(&below, p->sign, p->sign_key, p->encrypt_key, CERT_SIGN, "1", "X", "",
		     NOW, &f),
		&f);
	assert_false(authority_issued(p->sign, below));
}

static void names_that_do_not_fit_are_refused(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(1000);
	const struct party *p = &parties[UTILITY];
	struct cert *cert = NULL;
	struct fault f = { 0 };

	(void)state;
	put_times(&text, 'x', 65); /* serialNumber has at most 64 characters */
	expect_fault("root", authority_make(&cert, p->root_key, buf_text(&text), "X", NOW, &f), &f,
		ST_HOST, "authority.make");
	expect_fault("leaf",
		authority_issue(&cert, p->root, p->root_key, p->sign_key, CERT_SIGN,
			buf_text(&text), "X", "", NOW, &f),
		&f, ST_HOST, "authority.issue");
	assert_null(cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(they_live_as_long_as_they_should),
		cmocka_unit_test(they_say_whose_they_are),
		cmocka_unit_test(long_names_of_many_bytes_are_cut),
		cmocka_unit_test(each_has_its_own_serial_number),
		cmocka_unit_test(leaves_say_what_they_are_for),
		cmocka_unit_test(a_root_is_an_authority_for_leaves_only),
		cmocka_unit_test(hosts_are_named),
		cmocka_unit_test(a_host_is_one_name),
		cmocka_unit_test(openssl_accepts_the_chain),
		cmocka_unit_test(only_the_issuer_issued),
		cmocka_unit_test(changed_ones_were_not_issued),
		cmocka_unit_test(a_leaf_is_no_authority),
		cmocka_unit_test(names_that_do_not_fit_are_refused),
	};

	return cmocka_run_group_tests_name("authority", tests, parties_make, parties_free);
}
