/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of responders of any kind, honest and not, for tests of revocation. */
#ifndef TIELINE_TESTS_ANSWERING_H
#define TIELINE_TESTS_ANSWERING_H

#include <openssl/ocsp.h>

#include "issuing.h"

#define DELEGATE \
	{ NID_basic_constraints, "critical,CA:FALSE" }, { NID_ext_key_usage, "OCSPSigning" }, \
	{ \
		NID_id_pkix_OCSP_noCheck, "NULL" \
	}

/* What an answer can be; what is not said is usual. */
struct answer_recipe {
	int status;                /* V_OCSP_CERTSTATUS_... */
	int64_t from_ns, until_ns; /* until_ns < 0: not said */
	const EVP_MD *(*md)(void); /* of the signature */
	struct slice nonce;        /* empty: none */
	int critical_nid;          /* an extension that nobody knows; 0: none */
	int said;                  /* OCSP_RESPONSE_STATUS_... */
};

static inline ASN1_TIME *answer_time(int64_t ns)
{
	ASN1_TIME *t = ASN1_GENERALIZEDTIME_set(NULL, ns / NS_PER_S);

	assert_non_null(t);
	return t;
}

static inline void answer_nonce(OCSP_BASICRESP *basic, struct slice nonce)
{
	if (nonce.n > 0)
		assert_int_equal(OCSP_basic_add1_nonce(basic, (unsigned char *)(uintptr_t)nonce.p,
					 (int)nonce.n),
			1);
}

static inline void answer_critical(OCSP_BASICRESP *basic, int nid)
{
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;

	if (nid != 0) {
		assert_int_equal(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0", 2), 1);
		e = X509_EXTENSION_create_by_NID(NULL, nid, 1, value);
		assert_int_equal(OCSP_BASICRESP_add_ext(basic, e, -1), 1);
	}
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(value);
}

static inline void answer_status(OCSP_BASICRESP *basic, const struct answer_recipe *r,
	const struct cert *about, const struct cert *issuer)
{
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), about->x509, issuer->x509);
	ASN1_TIME *from = answer_time(r->from_ns ? r->from_ns : NOW - DAY_NS);
	ASN1_TIME *until =
		r->until_ns < 0 ? NULL : answer_time(r->until_ns ? r->until_ns : NOW + DAY_NS);
	ASN1_TIME *when = answer_time(NOW - DAY_NS);

	assert_non_null(OCSP_basic_add1_status(basic, id, r->status, OCSP_REVOKED_STATUS_NOSTATUS,
		r->status == V_OCSP_CERTSTATUS_REVOKED ? when : NULL, from, until));
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	ASN1_TIME_free(when);
	OCSP_CERTID_free(id);
}

/* Appends the DER of an answer about `about` as issued by `issuer`, signed by `signer`. */
static inline void answer_put(struct buf *der, const struct answer_recipe *r,
	const struct issued *about, const struct issued *issuer, const struct issued *signer)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	unsigned char *bytes = NULL;

	answer_status(basic, r, about->cert, issuer->cert);
	answer_nonce(basic, r->nonce);
	answer_critical(basic, r->critical_nid);
	assert_int_equal(OCSP_basic_sign(basic, signer->cert->x509, signer->key,
				 r->md ? r->md() : EVP_sha256(), NULL, 0),
		1);
	OCSP_RESPONSE *response = OCSP_response_create(r->said, r->said ? NULL : basic);
	int n = i2d_OCSP_RESPONSE(response, &bytes);
	assert_true(n > 0);
	buf_put(der, slice_of(bytes, (size_t)n));
	OPENSSL_free(bytes);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
}

#endif
