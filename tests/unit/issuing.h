/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities and certificates of any shape, as tables of extensions, for tests of chains. */
#ifndef TIELINE_TESTS_ISSUING_H
#define TIELINE_TESTS_ISSUING_H

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "exchange_expect.h"
#include "huge_key.h"

#include "base/clock.h"
#include "safeguards/crypto_internal.h"

#define NOW (INT64_C(1795410846) * NS_PER_S) /* 2026-11-23 */
#define DAY_NS (INT64_C(86400) * NS_PER_S)
#define EXTENSIONS_MAX 6
#define RSA_MADE_MAX 4096 /* bits */

struct extension {
	int nid;
	const char *value;
};

/* What a certificate can be made of; what is not said is usual. */
struct recipe {
	const char *name;
	const char *curve; /* P-256 */
	unsigned rsa_bits; /* RSA, when not 0; above RSA_MADE_MAX, nobody has the private half */
	unsigned exponent_bits; /* of RSA, when not 0: nor then */
	const EVP_MD *(*md)(void);
	int64_t from_ns, until_ns;
	long serial;
	struct extension extensions[EXTENSIONS_MAX];
};

struct issued {
	EVP_PKEY *key;
	struct cert *cert;
};

static inline void issued_done(struct issued *i)
{
	EVP_PKEY_free(i->key);
	cert_free(i->cert);
}
DEFINE_AUTO_IN_PLACE(issued)

static inline X509 *issue_blank(const struct recipe *r, EVP_PKEY *key)
{
	static long serial = 1000; /* no two alike */
	X509 *x509 = X509_new();
	int64_t from = r->from_ns ? r->from_ns : NOW - DAY_NS;
	int64_t until = r->until_ns ? r->until_ns : NOW + DAY_NS;

	assert_non_null(x509);
	assert_int_equal(X509_set_version(x509, X509_VERSION_3), 1);
	assert_int_equal(
		ASN1_INTEGER_set(X509_get_serialNumber(x509), r->serial ? r->serial : ++serial), 1);
	assert_int_equal(X509_NAME_add_entry_by_NID(X509_get_subject_name(x509), NID_commonName,
				 MBSTRING_UTF8, (const unsigned char *)r->name, -1, -1, 0),
		1);
	assert_non_null(ASN1_TIME_set(X509_getm_notBefore(x509), from / NS_PER_S));
	assert_non_null(ASN1_TIME_set(X509_getm_notAfter(x509), until / NS_PER_S));
	assert_int_equal(X509_set_pubkey(x509, key), 1);
	return x509;
}

static inline void issue_extend(X509 *x509, X509 *issuer, struct extension e)
{
	X509V3_CTX ctx;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, e.nid, e.value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x509, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static inline EVP_PKEY *key_of(const struct recipe *r)
{
	if (!r->rsa_bits)
		return EVP_EC_gen(r->curve ? r->curve : "P-256");
	if (r->exponent_bits)
		return dear_key((int)r->rsa_bits, (int)r->exponent_bits);
	return r->rsa_bits > RSA_MADE_MAX ? huge_key((int)r->rsa_bits) : EVP_RSA_gen(r->rsa_bits);
}

/* `by` NULL: self-signed. */
static inline struct issued issue(const struct recipe *r, const struct issued *by)
{
	EVP_PKEY *key = key_of(r);
	AUTO_X509 x509 = issue_blank(r, key);
	X509 *issuer = by ? by->cert->x509 : x509;
	struct issued out = { .key = key };

	assert_int_equal(X509_set_issuer_name(x509, X509_get_subject_name(issuer)), 1);
	issue_extend(x509, issuer, (struct extension){ NID_subject_key_identifier, "hash" });
	if (by)
		issue_extend(x509, issuer,
			(struct extension){ NID_authority_key_identifier, "keyid:always" });
	for (size_t i = 0; i < EXTENSIONS_MAX && r->extensions[i].value; i++)
		issue_extend(x509, issuer, r->extensions[i]);
	assert_true(X509_sign(x509, by ? by->key : key, r->md ? r->md() : EVP_sha256()) > 0);
	assert_int_equal(cert_of_x509(&out.cert, x509, NULL), ST_OK);
	return out;
}

/* What a revocation list can be; what is not said is usual. */
struct list_recipe {
	int64_t from_ns, until_ns; /* until_ns < 0: not said */
	long revoked;              /* a serial number; 0: none */
	bool is_delta, is_of_authorities; /* RFC 5280 5.2.4; 5.2.5 onlyContainsCACerts */
	const char *number, *key;         /* RFC 5280 5.2.3, in hex; 5.2.1; NULL: not said */
	const EVP_MD *(*md)(void);        /* of the signature */
};

static inline X509_CRL *list_blank(const struct list_recipe *r, const struct issued *by)
{
	X509_CRL *crl = X509_CRL_new();
	int64_t from = r->from_ns ? r->from_ns : NOW - DAY_NS;
	int64_t until = r->until_ns ? r->until_ns : NOW + DAY_NS;
	ASN1_TIME *first = ASN1_TIME_set(NULL, from / NS_PER_S);
	ASN1_TIME *next = ASN1_TIME_set(NULL, until / NS_PER_S);

	assert_int_equal(X509_CRL_set_version(crl, X509_CRL_VERSION_2), 1);
	assert_int_equal(X509_CRL_set_issuer_name(crl, X509_get_subject_name(by->cert->x509)), 1);
	assert_int_equal(X509_CRL_set1_lastUpdate(crl, first), 1);
	if (r->until_ns >= 0)
		assert_int_equal(X509_CRL_set1_nextUpdate(crl, next), 1);
	ASN1_TIME_free(first);
	ASN1_TIME_free(next);
	return crl;
}

static inline void list_revoke(X509_CRL *crl, long serial)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	ASN1_TIME *when = ASN1_TIME_set(NULL, (NOW - DAY_NS) / NS_PER_S);

	assert_int_equal(ASN1_INTEGER_set(number, serial), 1);
	assert_int_equal(X509_REVOKED_set_serialNumber(entry, number), 1);
	assert_int_equal(X509_REVOKED_set_revocationDate(entry, when), 1);
	assert_int_equal(X509_CRL_add0_revoked(crl, entry), 1);
	ASN1_INTEGER_free(number);
	ASN1_TIME_free(when);
}

static inline void list_narrow(X509_CRL *crl)
{
	ISSUING_DIST_POINT *scope = ISSUING_DIST_POINT_new();

	scope->onlyCA = 0xff;
	assert_int_equal(
		X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, scope, 1, 0), 1);
	ISSUING_DIST_POINT_free(scope);
}

static inline void list_number(X509_CRL *crl, const char *hex)
{
	BIGNUM *value = NULL;

	assert_true(BN_hex2bn(&value, hex) > 0);
	ASN1_INTEGER *number = BN_to_ASN1_INTEGER(value, NULL);
	assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0), 1);
	ASN1_INTEGER_free(number);
	BN_free(value);
}

static inline void list_key_id(X509_CRL *crl, const char *key)
{
	AUTHORITY_KEYID *id = AUTHORITY_KEYID_new();

	id->keyid = ASN1_OCTET_STRING_new();
	assert_int_equal(ASN1_OCTET_STRING_set(id->keyid, (const unsigned char *)key, -1), 1);
	assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, id, 0, 0), 1);
	AUTHORITY_KEYID_free(id);
}

/* Appends it as PEM; `key` signs it, which is the issuer's unless it is forged. */
static inline void list_put(
	struct buf *pem, const struct list_recipe *r, const struct issued *by, EVP_PKEY *key)
{
	X509_CRL *crl = list_blank(r, by);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	ASN1_INTEGER *base = ASN1_INTEGER_new();

	if (r->revoked)
		list_revoke(crl, r->revoked);
	if (r->is_delta)
		assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 1, 0), 1);
	if (r->is_of_authorities)
		list_narrow(crl);
	if (r->number)
		list_number(crl, r->number);
	if (r->key)
		list_key_id(crl, r->key);
	assert_true(X509_CRL_sign(crl, key, r->md ? r->md() : EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509_CRL(out, crl), 1);
	buf_put_bio(pem, out);
	ASN1_INTEGER_free(base);
	X509_CRL_free(crl);
}

#define AUTHORITY \
	{ NID_basic_constraints, "critical,CA:TRUE" }, \
	{ \
		NID_key_usage, "critical,keyCertSign,cRLSign" \
	}
#define END_ENTITY \
	{ \
		NID_basic_constraints, "critical,CA:FALSE" \
	}

#endif
