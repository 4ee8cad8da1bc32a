/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and revocation lists as bytes say: chains of which the signatures are good, and the
 * rest is not.  A byte that is missing is 0.  Keys are fresh in each process, and the same for all.
 */
#ifndef TIELINE_TESTS_ISSUE_H
#define TIELINE_TESTS_ISSUE_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "safeguards/chain.h"
#include "safeguards/crypto.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/revocation.h"

#define ISSUED_MAX 5
#define ISSUED_NOW (INT64_C(1795410846) * NS_PER_S) /* 2026-11-23 */
#define ISSUED_DAY_S 86400
#define ISSUED_EXTENSIONS_MAX 7
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static EVP_PKEY *issued_keys[5];

/* One of each: good, strong, old and good, of a curve that is not ours, too short. */
static inline void issue_start(void)
{
	struct fault f = { 0 };

	if (issued_keys[0])
		return;
	if (crypto_init(&f) != ST_OK)
		bug("%s", f.text);
	issued_keys[0] = EVP_EC_gen("P-256");
	issued_keys[1] = EVP_EC_gen("P-384");
	issued_keys[2] = EVP_RSA_gen(2048);
	issued_keys[3] = EVP_EC_gen("secp256k1");
	issued_keys[4] = EVP_RSA_gen(1024);
}

static inline uint8_t take(struct cursor *in)
{
	uint8_t byte = 0;

	(void)!cursor_u8(in, &byte, NULL);
	return byte;
}

static inline EVP_PKEY *issued_key(uint8_t which)
{
	return issued_keys[which % COUNT(issued_keys)];
}

static inline const EVP_MD *issued_digest(uint8_t which)
{
	return which % 4 == 3 ? EVP_sha1() : which % 4 == 2 ? EVP_sha384() : EVP_sha256();
}

/* Before and behind now, near and far. */
static inline int64_t issued_time_s(uint8_t which, int64_t usual_days)
{
	static const int days[] = { 0, -400, -2, -1, 1, 2, 400, 20000 };
	const int64_t now_s = ISSUED_NOW / NS_PER_S;

	if (which % 9 == 8)
		return now_s + 200; /* within what clocks may differ by */
	return now_s + ISSUED_DAY_S * (which % 9 ? days[which % 9] : usual_days);
}

static const struct issued_extension {
	int nid;
	const char *value;
} issued_extensions[] = {
	{ NID_basic_constraints, "critical,CA:TRUE" },
	{ NID_key_usage, "critical,keyCertSign,cRLSign" },
	{ NID_basic_constraints, "critical,CA:FALSE" },
	{ NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
	{ NID_key_usage, "critical,digitalSignature" },
	{ NID_key_usage, "critical,keyEncipherment,keyAgreement" },
	{ NID_key_usage, "keyCertSign" },
	{ NID_ext_key_usage, "serverAuth,clientAuth" },
	{ NID_ext_key_usage, "critical,codeSigning" },
	{ NID_ext_key_usage, "emailProtection,OCSPSigning" },
	{ NID_subject_alt_name, "DNS:partner.example,IP:127.0.0.1" },
	{ NID_subject_alt_name, "critical,DNS:*.example,email:a@partner.example" },
	{ NID_name_constraints, "critical,permitted;DNS:example" },
	{ NID_name_constraints, "critical,excluded;DNS:example" },
	{ NID_certificate_policies, "1.2.3.4" },
	{ NID_policy_constraints, "critical,requireExplicitPolicy:0" },
	{ NID_inhibit_any_policy, "critical,0" },
	{ NID_netscape_comment, "critical,nobody reads this" },
};

static inline void issue_extend(X509 *x509, X509 *issuer, int nid, const char *value)
{
	static CONF *nothing; /* policies are not made without one */
	X509V3_CTX ctx;
	X509_EXTENSION *extension;

	if (!nothing)
		nothing = NCONF_new(NULL);
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, nothing);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (extension)
		X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
}

static inline void issue_name(X509_NAME *name, uint8_t which)
{
	const char text[] = { (char)('a' + which % 4), 0 };

	X509_NAME_add_entry_by_txt(
		name, "CN", MBSTRING_ASC, (const unsigned char *)text, -1, -1, 0);
}

struct issued {
	X509 *x509;
	EVP_PKEY *key;
	struct cert *cert;
};

struct issued_chain {
	struct issued list[ISSUED_MAX]; /* the anchor first, the leaf last */
	size_t count;
};

static inline void issued_chain_done(struct issued_chain *c)
{
	for (size_t i = 0; i < c->count; i++) {
		X509_free(c->list[i].x509);
		cert_free(c->list[i].cert);
	}
}
DEFINE_AUTO_IN_PLACE(issued_chain)

static inline void issue_body(
	X509 *x509, struct cursor *in, const struct issued *by, X509 *issuer, size_t number)
{
	uint8_t flags = take(in);

	X509_set_version(x509, flags & 1 ? X509_VERSION_1 : X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x509), (long)number + 1);
	issue_name(X509_get_subject_name(x509), flags & 2 ? take(in) : (uint8_t)number);
	X509_set_issuer_name(x509, X509_get_subject_name(issuer));
	ASN1_TIME_set(X509_getm_notBefore(x509), issued_time_s(take(in), -1));
	ASN1_TIME_set(X509_getm_notAfter(x509), issued_time_s(take(in), 1));
	if (!(flags & 4))
		issue_extend(x509, issuer, NID_subject_key_identifier, "hash");
	if (by && !(flags & 4))
		issue_extend(x509, issuer, NID_authority_key_identifier, "keyid:always");
	for (uint8_t n = take(in) % (ISSUED_EXTENSIONS_MAX + 1); n > 0; n--) {
		const struct issued_extension *e =
			&issued_extensions[take(in) % COUNT(issued_extensions)];
		issue_extend(x509, issuer, e->nid, e->value);
		if (e->nid == NID_policy_constraints) /* else OpenSSL 3.5 leaks them: 42 bytes */
			issue_extend(x509, issuer, NID_certificate_policies, "1.2.3.5");
	}
}

/* Signed by the one before it, or, where it says so, by a key of somebody else. */
static inline bool issue_one(struct issued_chain *chain, struct cursor *in)
{
	struct issued *one = &chain->list[chain->count], *by = chain->count ? one - 1 : NULL;
	EVP_PKEY *signing;
	uint8_t how;

	one->x509 = X509_new();
	one->key = issued_key(take(in));
	X509_set_pubkey(one->x509, one->key);
	issue_body(one->x509, in, by, by ? by->x509 : one->x509, chain->count);
	how = take(in);
	signing = how & 128 ? issued_key(how >> 2) : by ? by->key : one->key;
	X509_sign(one->x509, signing, issued_digest(how));
	chain->count++;
	return cert_of_x509(&one->cert, one->x509, NULL) == ST_OK;
}

/* At least an anchor and a leaf; false: one of them is no certificate to us. */
static inline bool issue_chain(struct issued_chain *chain, struct cursor *in)
{
	size_t count = 2 + take(in) % (ISSUED_MAX - 1);

	while (chain->count < count)
		if (!issue_one(chain, in))
			return false;
	return true;
}

static inline void issue_list_body(X509_CRL *crl, struct cursor *in, uint8_t flags)
{
	ASN1_TIME *first = ASN1_TIME_set(NULL, issued_time_s(take(in), -1));
	ASN1_TIME *next = ASN1_TIME_set(NULL, issued_time_s(take(in), 1));
	X509_REVOKED *entry = X509_REVOKED_new();

	X509_CRL_set_version(crl, X509_CRL_VERSION_2);
	X509_CRL_set1_lastUpdate(crl, first);
	if (!(flags & 1))
		X509_CRL_set1_nextUpdate(crl, next);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_INTEGER_set(serial, take(in) % (ISSUED_MAX + 1) + 1);
	X509_REVOKED_set_serialNumber(entry, serial);
	X509_REVOKED_set_revocationDate(entry, first);
	if (flags & 2)
		X509_CRL_add1_ext_i2d(crl, NID_delta_crl, serial, 1, 0);
	if (flags & 32) { /* the next is its number; one below zero is possible */
		ASN1_INTEGER_set(serial, (long)take(in) - 8);
		X509_CRL_add1_ext_i2d(crl, NID_crl_number, serial, 0, 0);
	}
	if (!(flags & 4) || !X509_CRL_add0_revoked(crl, entry))
		X509_REVOKED_free(entry);
	ASN1_TIME_free(first);
	ASN1_TIME_free(next);
	ASN1_INTEGER_free(serial);
}

/* Appends the list of one of the chain as PEM, signed by its key or, where it says so, another. */
static inline void issue_list(struct buf *pem, const struct issued_chain *chain, struct cursor *in)
{
	const struct issued *by = &chain->list[take(in) % chain->count];
	X509_CRL *crl = X509_CRL_new();
	AUTO_BIO out = BIO_new(BIO_s_mem());
	uint8_t flags = take(in), how;

	X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->x509));
	issue_list_body(crl, in, flags);
	if (flags & 8) {
		ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();

		scope->onlyCA = flags & 16 ? 0xff : 0;
		scope->onlyuser = flags & 16 ? 0 : 0xff;
		X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, scope, 1, 0);
		ISSUING_DIST_POINT_free(scope);
	}
	how = take(in);
	X509_CRL_sign(crl, how & 128 ? issued_key(how >> 2) : by->key, issued_digest(how));
	if (PEM_write_bio_X509_CRL(out, crl) == 1)
		buf_put_bio(pem, out);
	X509_CRL_free(crl);
}

#endif
