/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a responder answers: u16 length and DER of the issuer, the same of the certificate asked
 * about, 32 bytes of nonce, and the answer.
 */
#include "base/clock.h"
#include "base/cursor.h"
#include "safeguards/crypto.h"
#include "safeguards/ocsp.h"

#define NOW (INT64_C(1811808000) * NS_PER_S) /* 2027-06-01, when the corpus is valid */

static void answer_check(const struct revocation_answer *a)
{
	if (a->outcome >= ANSWER_OUTCOMES || a->by[0] == '\0')
		bug("an answer that says nothing");
	if (a->next_ns < a->issued_ns || a->issued_ns > NOW + REVOCATION_SKEW_NS ||
		a->next_ns < NOW - REVOCATION_SKEW_NS)
		bug("an answer of another time");
}

static void answer_read(const struct ocsp_question *q, struct slice der)
{
	struct revocation_answer a = { .outcome = ANSWER_OUTCOMES };
	struct fault f = { 0 };
	enum status st = ocsp_answer_read(&a, der, q, &f);

	if (st == ST_OK)
		answer_check(&a);
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

static void start_once(void)
{
	static bool started;
	struct fault f;

	if (!started && crypto_init(&f) != ST_OK)
		die("%s", f.text);
	started = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor in = cursor_of(slice_of(data, size));
	AUTO(cert) issuer = NULL;
	AUTO(cert) cert = NULL;
	struct ocsp_question q = { .now_ns = NOW };

	start_once();
	if (cert_take(&issuer, &in) != ST_OK || cert_take(&cert, &in) != ST_OK ||
		cursor_bytes(&in, &q.nonce, OCSP_NONCE_SIZE, NULL) != ST_OK)
		return 0;
	q.cert = cert;
	q.issuer = issuer;
	request_make(&q);
	answer_read(&q, cursor_rest(&in));
	return 0;
}
