/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a certificate, in PEM or in DER: refused with a code, or read, written in either
 * form and read again to the same.  What was read answers every question.
 */
#include "base/clock.h"
#include "exchange/utf8.h"
#include "safeguards/authority.h"
#include "safeguards/cert.h"
#include "safeguards/crypto.h"
#include "safeguards/crypto_internal.h"

#define SIZE_MAX_BYTES (1 << 18) /* as large as any file of a home */
#define AGAIN_MAX (1 << 20)

static void same(const struct cert *one, const struct cert *other)
{
	if (!slice_eq(cert_fingerprint(one), cert_fingerprint(other)))
		bug("read again, it is another certificate");
}

static void again(const struct cert *c)
{
	AUTO_IN_PLACE(buf) pem = buf_init(AGAIN_MAX), der = buf_init(AGAIN_MAX);
	AUTO(cert) by_pem = NULL;
	AUTO(cert) by_der = NULL;
	struct fault f;

	cert_format_pem(&pem, c);
	cert_format_der(&der, c);
	if (cert_parse_pem(&by_pem, buf_slice(&pem), &f) != ST_OK ||
		cert_parse_der(&by_der, buf_slice(&der), &f) != ST_OK)
		bug("what was written is refused: %s", f.text);
	same(c, by_pem);
	same(c, by_der);
}

/* One that is kept and one that is only shown are the same to who counts what they are worth. */
static void measured(const struct cert *c)
{
	const struct cert_measure kept = cert_measure(c), shown = x509_measure(c->x509);
	uint8_t key[CERT_FINGERPRINT_SIZE];

	if (kept.kind != shown.kind || kept.bits != shown.bits)
		bug("measured twice, it is two keys");
	cert_key_digest(key, c);
	(void)algorithm_is_strong(X509_get0_tbs_sigalg(c->x509)); /* as of lists and answers */
}

static void asked(struct cert *c)
{
	const int64_t times[] = { 0, cert_not_before_ns(c), cert_not_after_ns(c), INT64_MAX };
	AUTO_IN_PLACE(buf) id = buf_init(AGAIN_MAX);
	AUTO(cert) held = cert_ref(c);

	if (!utf8_is_line(slice_str(cert_subject(c))))
		bug("a subject that is not printable");
	if (!key_kind_name(cert_key_kind(c))[0])
		bug("a kind of key without a name");
	(void)cert_key_bits(c);
	measured(c);
	cert_put_id(&id, c);
	if (id.n == 0)
		bug("a certificate without a name for it");
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct fault f = { 0 };

		if (cert_check(c, times[i], &f) != ST_OK && f.code[0] == '\0')
			bug("refused without a code");
		if (cert_check(c, times[i], &f) == ST_OK && cert_has_ended(c, times[i]))
			bug("it has ended, and may be used");
	}
	cert_tolerate(c, INT64_MAX);
	cert_key_known(c, 1);
	if (cert_measure(c).key_since_ns > cert_not_before_ns(c))
		bug("a key that is younger than its certificate");
	(void)cert_has_ended(c, INT64_MAX - 1);
	(void)authority_issued(c, held);
}

static void judge(enum status st, struct cert *c, const struct fault *f)
{
	if ((st == ST_OK) != (c != NULL) || (st != ST_OK && f->code[0] == '\0'))
		bug("%s, and not what belongs to it", status_name(st));
	if (!c)
		return;
	again(c);
	asked(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(cert) by_pem = NULL;
	AUTO(cert) by_der = NULL;
	struct slice in = slice_of(data, n);
	struct fault f = { 0 };

	if (n > SIZE_MAX_BYTES)
		return 0;
	if (crypto_init(&f) != ST_OK)
		bug("%s", f.text);
	f = (struct fault){ 0 };
	enum status st = cert_parse_pem(&by_pem, in, &f);
	judge(st, by_pem, &f);
	f = (struct fault){ 0 };
	st = cert_parse_der(&by_der, in, &f);
	judge(st, by_der, &f);
	return 0;
}
