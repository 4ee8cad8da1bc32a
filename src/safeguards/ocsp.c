/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes come from somebody whom nobody has proven, often over plain HTTP: all that makes them
 * an answer is the signature, and all that makes it one of today its times.
 */
#include "safeguards/ocsp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/clock.h"
#include "safeguards/crypto_internal.h"

#define AUTH_LEVEL 2 /* OpenSSL's word for 112 bits, of who was certified to answer */

static void request_free_ptr(OCSP_REQUEST **p)
{
	OCSP_REQUEST_free(*p);
}
static void response_free_ptr(OCSP_RESPONSE **p)
{
	OCSP_RESPONSE_free(*p);
}
static void basic_free_ptr(OCSP_BASICRESP **p)
{
	OCSP_BASICRESP_free(*p);
}
static void id_free_ptr(OCSP_CERTID **p)
{
	OCSP_CERTID_free(*p);
}
static void store_free_ptr(X509_STORE **p)
{
	X509_STORE_free(*p);
}
static void stack_free_ptr(STACK_OF(X509) * *p)
{
	sk_X509_free(*p);
}
static void octets_free_ptr(ASN1_OCTET_STRING **p)
{
	ASN1_OCTET_STRING_free(*p);
}
#define AUTO_REQUEST __attribute__((cleanup(request_free_ptr))) OCSP_REQUEST *
#define AUTO_RESPONSE __attribute__((cleanup(response_free_ptr))) OCSP_RESPONSE *
#define AUTO_BASIC __attribute__((cleanup(basic_free_ptr))) OCSP_BASICRESP *
#define AUTO_ID __attribute__((cleanup(id_free_ptr))) OCSP_CERTID *
#define AUTO_STORE __attribute__((cleanup(store_free_ptr))) X509_STORE *
#define AUTO_STACK __attribute__((cleanup(stack_free_ptr))) STACK_OF(X509) *
#define AUTO_OCTETS __attribute__((cleanup(octets_free_ptr))) ASN1_OCTET_STRING *

/* --- asking --- */

/*
 * SHA-1 names issuer and key here and proves nothing: it is what every responder understands (RFC
 * 5019 2.1.1).
 */
static OCSP_CERTID *id_of(const struct ocsp_question *q)
{
	return OCSP_cert_to_id(EVP_sha1(), q->cert->x509, q->issuer->x509);
}

static bool request_fill(OCSP_REQUEST *request, const struct ocsp_question *q)
{
	unsigned char nonce[OCSP_NONCE_SIZE];
	OCSP_CERTID *id = id_of(q);

	if (!id || !OCSP_request_add0_id(request, id)) {
		OCSP_CERTID_free(id);
		return false;
	}
	for (size_t i = 0; i < sizeof(nonce) && i < q->nonce.n; i++)
		nonce[i] = q->nonce.p[i];
	return q->nonce.n == sizeof(nonce) &&
		OCSP_request_add1_nonce(request, nonce, sizeof(nonce)) == 1;
}

enum status ocsp_request_put(struct buf *out, const struct ocsp_question *q, struct fault *f)
{
	AUTO_REQUEST request = OCSP_REQUEST_new();
	unsigned char *der = NULL;
	int n = request && request_fill(request, q) ? i2d_OCSP_REQUEST(request, &der) : -1;

	if (n < 0)
		return crypto_fault(f, ST_HOST, "ocsp.request", "asking about a certificate");
	buf_put(out, slice_of(der, (size_t)n));
	OPENSSL_free(der);
	return buf_check(out, f);
}

/* --- whose answer it is --- */

static enum status response_parse(OCSP_RESPONSE **out, struct slice der, struct fault *f)
{
	const unsigned char *p = der.p;

	if (der.n > OCSP_ANSWER_MAX)
		return fault_set(f, ST_LIMIT, "ocsp.size", "%zu bytes, at most %d are read", der.n,
			OCSP_ANSWER_MAX);
	*out = d2i_OCSP_RESPONSE(NULL, &p, (long)der.n);
	if (!*out || p != der.p + der.n)
		return crypto_fault(f, ST_INPUT, "ocsp.syntax", "not an answer of a responder");
	return ST_OK;
}

static enum status basic_open(OCSP_BASICRESP **out, OCSP_RESPONSE *response, struct fault *f)
{
	int said = OCSP_response_status(response);

	if (said != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return fault_set(f, ST_RETRY, "ocsp.refused", "the responder says: %s",
			OCSP_response_status_str(said));
	*out = OCSP_response_get1_basic(response);
	return *out ? ST_OK
		    : crypto_fault(f, ST_INPUT, "ocsp.syntax", "an answer of an unknown form");
}

static enum status digest_check(const OCSP_BASICRESP *basic, struct fault *f)
{
	if (!algorithm_is_strong(OCSP_resp_get0_tbs_sigalg(basic)))
		return fault_set(f, ST_AUTH, "ocsp.digest",
			"the answer is not signed with SHA-256 or better");
	return ST_OK;
}

/* Trusted is the issuer alone, whoever issued it: nobody else speaks for it. */
static X509_STORE *store_of(const struct ocsp_question *q)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param;

	if (!store || X509_STORE_add_cert(store, q->issuer->x509) != 1)
		die("OpenSSL keeps no certificate");
	param = X509_STORE_get0_param(store);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(param, (time_t)(q->now_ns / NS_PER_S));
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	return store;
}

static enum status answer_signature_check(
	OCSP_BASICRESP *basic, const struct ocsp_question *q, struct fault *f)
{
	AUTO_STORE store = store_of(q);
	AUTO_STACK issuers = sk_X509_new_null();

	if (!issuers || sk_X509_push(issuers, q->issuer->x509) <= 0)
		die("OpenSSL keeps no certificate");
	if (OCSP_basic_verify(basic, issuers, store, OCSP_NOEXPLICIT) != 1)
		return crypto_fault(f, ST_AUTH, "ocsp.signature",
			"the answer is signed neither by the issuer nor by whom it certified for that");
	return digest_check(basic, f);
}

static void signer_name(char *out, size_t size, OCSP_BASICRESP *basic, const X509 *issuer)
{
	AUTO_STACK issuers = sk_X509_new_null();
	X509 *signer = NULL;

	if (!issuers || sk_X509_push(issuers, (X509 *)(uintptr_t)issuer) <= 0)
		die("OpenSSL keeps no certificate");
	if (OCSP_resp_get0_signer(basic, &signer, issuers) != 1)
		signer = (X509 *)(uintptr_t)issuer;
	name_format(out, size, X509_get_subject_name(signer));
	ERR_clear_error();
}

/* --- what it says --- */

/* The extension holds an OCTET STRING in its own (RFC 9654 2.1); old responders leave that out. */
static bool nonce_is(const ASN1_OCTET_STRING *value, struct slice nonce)
{
	const unsigned char *p = ASN1_STRING_get0_data(value);
	const struct slice whole = slice_of(p, (size_t)ASN1_STRING_length(value));
	AUTO_OCTETS inner = d2i_ASN1_OCTET_STRING(NULL, &p, ASN1_STRING_length(value));

	ERR_clear_error();
	return slice_eq(whole, nonce) ||
		(inner && slice_eq(slice_of(ASN1_STRING_get0_data(inner),
				       (size_t)ASN1_STRING_length(inner)),
				  nonce));
}

static enum status nonce_check(OCSP_BASICRESP *basic, struct slice nonce, struct fault *f)
{
	int at = OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1);

	if (at < 0)
		return ST_OK;
	if (!nonce_is(X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(basic, at)), nonce))
		return fault_set(f, ST_INPUT, "ocsp.nonce", "the answer is to another question");
	return ST_OK;
}

/* RFC 6960 4.4: what is critical must be understood; of the answer as a whole only the nonce is. */
static enum status extensions_check(
	OCSP_BASICRESP *basic, OCSP_SINGLERESP *single, struct fault *f)
{
	int at = OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1);
	bool other = at >= 0 &&
		(at != OCSP_BASICRESP_get_ext_by_NID(basic, NID_id_pkix_OCSP_Nonce, -1) ||
			OCSP_BASICRESP_get_ext_by_critical(basic, 1, at) >= 0);

	if (other || OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0)
		return fault_set(f, ST_INPUT, "ocsp.extension",
			"the answer has a critical extension that is not known");
	return ST_OK;
}

static enum status times_check(const struct revocation_answer *a, int64_t now_ns, struct fault *f)
{
	char from[TIME_TEXT_MAX], to[TIME_TEXT_MAX];

	if (a->issued_ns > now_ns + REVOCATION_SKEW_NS)
		return fault_set(f, ST_INPUT, "ocsp.future", "the answer is one of %s",
			time_format(from, a->issued_ns));
	if (a->next_ns < now_ns - REVOCATION_SKEW_NS || a->next_ns < a->issued_ns)
		return fault_set(f, ST_INPUT, "ocsp.stale",
			"the answer counts from %s to %s only", time_format(from, a->issued_ns),
			time_format(to, a->next_ns));
	return ST_OK;
}

static enum status single_find(OCSP_SINGLERESP **out, OCSP_BASICRESP *basic,
	const struct ocsp_question *q, struct fault *f)
{
	AUTO_ID id = id_of(q);
	int at = id ? OCSP_resp_find(basic, id, -1) : -1;

	*out = at >= 0 ? OCSP_resp_get0(basic, at) : NULL;
	return *out ? ST_OK
		    : fault_set(f, ST_INPUT, "ocsp.other",
			      "the answer says nothing of %s as issued by %s", q->cert->subject,
			      q->issuer->subject);
}

static enum status single_read(struct revocation_answer *out, OCSP_SINGLERESP *single,
	int64_t now_ns, struct fault *f)
{
	static const enum answer_outcome outcomes[] = {
		[V_OCSP_CERTSTATUS_GOOD] = ANSWER_GOOD,
		[V_OCSP_CERTSTATUS_REVOKED] = ANSWER_REVOKED,
		[V_OCSP_CERTSTATUS_UNKNOWN] = ANSWER_UNKNOWN,
	};
	ASN1_GENERALIZEDTIME *issued = NULL, *next = NULL;
	int said = OCSP_single_get0_status(single, NULL, NULL, &issued, &next);

	if (said < 0 || (size_t)said >= sizeof(outcomes) / sizeof(outcomes[0]) || !issued)
		return fault_set(f, ST_INPUT, "ocsp.syntax", "an answer without an answer");
	out->outcome = outcomes[said];
	out->issued_ns = asn1_time_ns(issued);
	out->next_ns = next ? asn1_time_ns(next) : out->issued_ns + OCSP_LIFE_UNSAID_NS;
	return times_check(out, now_ns, f);
}

enum status ocsp_answer_read(struct revocation_answer *out, struct slice der,
	const struct ocsp_question *q, struct fault *f)
{
	struct revocation_answer answer = { .outcome = ANSWER_UNKNOWN };
	AUTO_RESPONSE response = NULL;
	AUTO_BASIC basic = NULL;
	OCSP_SINGLERESP *single;

	TRY(response_parse(&response, der, f));
	TRY(basic_open(&basic, response, f));
	TRY(answer_signature_check(basic, q, f));
	TRY(single_find(&single, basic, q, f));
	TRY(extensions_check(basic, single, f));
	TRY(nonce_check(basic, q->nonce, f));
	TRY(single_read(&answer, single, q->now_ns, f));
	signer_name(answer.by, sizeof(answer.by), basic, q->issuer->x509);
	*out = answer;
	return ST_OK;
}
