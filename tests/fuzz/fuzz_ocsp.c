/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a responder answers: u16 length and DER of the issuer, the same of the certificate asked
 * about, 32 bytes of nonce, and the answer.  After a byte 255, which begins no length, the input
 * says what certificates are issued (issue.h) and what is answered, by whom and signed how.
 */
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "issue.h"
#include "safeguards/ocsp.h"

#define NOW (INT64_C(1811808000) * NS_PER_S) /* 2027-06-01, when the corpus is valid */

static void answer_check(const struct revocation_answer *a, int64_t now_ns)
{
	if (a->outcome >= ANSWER_OUTCOMES || a->by[0] == '\0')
		bug("an answer that says nothing");
	if (a->next_ns < a->issued_ns || a->issued_ns > now_ns + REVOCATION_SKEW_NS ||
		a->next_ns < now_ns - REVOCATION_SKEW_NS)
		bug("an answer of another time");
}

static void answer_read(const struct ocsp_question *q, struct slice der)
{
	struct revocation_answer a = { .outcome = ANSWER_OUTCOMES };
	struct fault f = { 0 };
	enum status st = ocsp_answer_read(&a, der, q, &f);

	if (st == ST_OK)
		answer_check(&a, q->now_ns);
	else if (a.outcome != ANSWER_OUTCOMES || f.code[0] == '\0')
		bug("refused without a code, or with an answer");
}

/* What we ask is what the answer is read for, whoever the certificates are of. */
static void request_make(const struct ocsp_question *q)
{
	AUTO_IN_PLACE(buf) request = buf_init(OCSP_REQUEST_MAX);
	struct fault f = { 0 };
	enum status st = ocsp_request_put(&request, q, &f);

	if (st == ST_OK ? request.n == 0 : f.code[0] == '\0')
		bug("asked nothing, or nothing without a code");
}

static enum status cert_take(struct cert **out, struct cursor *in)
{
	struct slice der;
	uint16_t n;

	TRY(cursor_u16(in, &n, NULL));
	TRY(cursor_bytes(in, &der, n, NULL));
	return cert_parse_der(out, der, NULL);
}

static void single_put(OCSP_BASICRESP *basic, const struct ocsp_question *q, struct cursor *in)
{
	ASN1_GENERALIZEDTIME *issued, *next;
	uint8_t how = take(in);
	int status = how % 3;
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), how & 16 ? q->issuer->x509 : q->cert->x509,
		q->issuer->x509);

	issued = ASN1_GENERALIZEDTIME_set(NULL, issued_time_s(take(in), -1));
	next = ASN1_GENERALIZEDTIME_set(NULL, issued_time_s(take(in), 1));
	OCSP_SINGLERESP *single = OCSP_basic_add1_status(
		basic, id, status, OCSP_REVOKED_STATUS_KEYCOMPROMISE, issued, issued,
		how & 32 ? NULL : next);
	if (single && how & 64)
		OCSP_SINGLERESP_add1_ext_i2d(single, NID_invalidity_date, issued, 1, 0);
	OCSP_CERTID_free(id);
	ASN1_GENERALIZEDTIME_free(issued);
	ASN1_GENERALIZEDTIME_free(next);
}

/* The question's nonce, another, the bare bytes that old responders send, or none. */
static void nonce_put(OCSP_BASICRESP *basic, const struct ocsp_question *q, uint8_t how)
{
	unsigned char nonce[OCSP_NONCE_SIZE] = { how & 4 };
	ASN1_OBJECT *type = OBJ_nid2obj(NID_id_pkix_OCSP_Nonce);
	ASN1_OCTET_STRING *bare = ASN1_OCTET_STRING_new();

	ASN1_OCTET_STRING_set(bare, q->nonce.p, (int)q->nonce.n);
	if ((how & 3) == 1)
		OCSP_basic_add1_nonce(basic, nonce, sizeof(nonce));
	if ((how & 3) == 2) {
		X509_EXTENSION *e = X509_EXTENSION_create_by_OBJ(NULL, type, how & 8, bare);

		OCSP_BASICRESP_add_ext(basic, e, -1);
		X509_EXTENSION_free(e);
	}
	if (how & 16)
		OCSP_BASICRESP_add1_ext_i2d(basic, NID_netscape_comment, bare, how & 32, 0);
	ASN1_OCTET_STRING_free(bare);
}

/* As one of the chain, whoever that is. */
static void answer_put(struct buf *out, const struct ocsp_question *q,
	const struct issued_chain *chain, struct cursor *in)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_RESPONSE *response;
	const struct issued *by = &chain->list[take(in) % chain->count];
	unsigned char *der = NULL;
	uint8_t how;

	for (uint8_t n = take(in) % 3; n > 0; n--)
		single_put(basic, q, in);
	nonce_put(basic, q, take(in));
	how = take(in);
	(void)!OCSP_basic_sign(basic, by->x509, how & 128 ? issued_key(how >> 2) : by->key,
		issued_digest(how), NULL, how & 64 ? OCSP_RESPID_KEY : 0);
	response = OCSP_response_create(take(in) % 8 == 7 ? OCSP_RESPONSE_STATUS_TRYLATER
							  : OCSP_RESPONSE_STATUS_SUCCESSFUL,
		basic);
	int n = i2d_OCSP_RESPONSE(response, &der);
	if (n > 0)
		buf_put(out, slice_of(der, (size_t)n));
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	ERR_clear_error();
}

/* The second of the chain is asked about, the first is its issuer. */
static void issued_read(struct cursor in)
{
	static const uint8_t nonce[OCSP_NONCE_SIZE];
	AUTO_IN_PLACE(issued_chain) chain = { 0 };
	AUTO_IN_PLACE(buf) der = buf_init(OCSP_ANSWER_MAX);
	struct ocsp_question q = { .now_ns = ISSUED_NOW, .nonce = slice_of(nonce, sizeof(nonce)) };

	if (!issue_chain(&chain, &in))
		return;
	q.issuer = chain.list[0].cert;
	q.cert = chain.list[1].cert;
	request_make(&q);
	answer_put(&der, &q, &chain, &in);
	answer_read(&q, buf_slice(&der));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(slice_of(data, size));
	AUTO(cert) issuer = NULL;
	AUTO(cert) cert = NULL;
	struct ocsp_question q = { .now_ns = NOW };

	issue_start();
	if (size > 0 && data[0] == 255) {
		issued_read(cursor_of(slice_of(data + 1, size - 1)));
		return 0;
	}
	if (cert_take(&issuer, &in) != ST_OK || cert_take(&cert, &in) != ST_OK ||
		cursor_bytes(&in, &q.nonce, OCSP_NONCE_SIZE, NULL) != ST_OK)
		return 0;
	q.cert = cert;
	q.issuer = issuer;
	request_make(&q);
	answer_read(&q, cursor_rest(&in));
	return 0;
}
