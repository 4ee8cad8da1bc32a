/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate that comes inside vouches only for itself: whoever asks says which root it is. */
#include "safeguards/root_signed.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "safeguards/crypto_internal.h"

#define BEGIN "-----BEGIN CMS-----"

enum status root_signed_make(struct buf *pem, const struct root_signed *kind, struct slice text,
	const struct signer *root, struct fault *f)
{
	const unsigned flags = CMS_BINARY | CMS_NOSMIMECAP;
	AUTO_BIO in = bio_of(text);
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign(root->cert->x509, root->key->pkey, NULL, in, flags);
	char doing[64];

	(void)snprintf(doing, sizeof(doing), "signing the %s", kind->noun);
	if (!cms || !out || PEM_write_bio_CMS(out, cms) != 1)
		return crypto_fault(f, ST_HOST, "signature.make", doing);
	buf_put_bio(pem, out);
	return buf_check(pem, f);
}

/* --- opening --- */

static enum status frame_check(const struct root_signed *kind, struct slice pem, struct fault *f)
{
	if (pem.n > kind->size_max)
		return fault_set(f, ST_LIMIT, kind->size, "the %s has %zu bytes, at most %zu are "
			"read", kind->noun, pem.n, kind->size_max);
	if (!slice_has_prefix(slice_trim(pem), S(BEGIN)))
		return fault_set(f, ST_INPUT, kind->pem, "the %s does not begin with " BEGIN,
			kind->noun);
	return ST_OK;
}

static enum status cms_read(CMS_ContentInfo **out, const struct root_signed *kind,
	struct slice pem, struct fault *f)
{
	AUTO_BIO in = bio_of(slice_trim(pem));
	char what[80];

	TRY(frame_check(kind, pem, f));
	(void)snprintf(what, sizeof(what), "the %s is no CMS SignedData in PEM", kind->noun);
	*out = PEM_read_bio_CMS(in, NULL, no_passphrase, NULL);
	if (!*out || OBJ_obj2nid(CMS_get0_type(*out)) != NID_pkcs7_signed)
		return crypto_fault(f, ST_INPUT, kind->pem, what);
	return ST_OK;
}

enum status root_signed_by(struct cert **root, const struct root_signed *kind, struct slice pem,
	struct fault *f)
{
	AUTO_CMS cms = NULL;
	unsigned char *der = NULL;

	TRY(cms_read(&cms, kind, pem, f));
	STACK_OF(X509) *list = CMS_get1_certs(cms);
	int n = list && sk_X509_num(list) == 1 ? i2d_X509(sk_X509_value(list, 0), &der) : -1;
	enum status st = n < 0 ? fault_set(f, ST_INPUT, kind->root,
					 "the %s must hold its root certificate, and no other",
					 kind->noun)
			       : cert_parse_der(root, slice_of(der, (size_t)n), f);
	OPENSSL_free(der);
	sk_X509_pop_free(list, X509_free);
	return st;
}

/* OpenSSL verifies SHA-1 too; for us no signature is made of it, a root's least of all. */
static enum status digests_check(
	CMS_ContentInfo *cms, const struct root_signed *kind, struct fault *f)
{
	STACK_OF(CMS_SignerInfo) *list = CMS_get0_SignerInfos(cms);
	enum digest unused;

	for (int i = 0; i < sk_CMS_SignerInfo_num(list); i++) {
		X509_ALGOR *algorithm;
		char name[64] = "?";

		CMS_SignerInfo_get0_algs(
			sk_CMS_SignerInfo_value(list, i), NULL, NULL, &algorithm, NULL);
		OBJ_obj2txt(name, sizeof(name), algorithm->algorithm, 0);
		if (digest_parse(&unused, slice_str(name), NULL) != ST_OK)
			return fault_set(f, ST_AUTH, kind->signature,
				"the digest %s is not accepted", name);
	}
	return ST_OK;
}

static enum status signature_verify(struct buf *text, const struct root_signed *kind,
	CMS_ContentInfo *cms, const struct cert *root, struct fault *f)
{
	AUTO_BIO out = BIO_new(BIO_s_mem());
	STACK_OF(X509) *signers = sk_X509_new_null();
	bool good = out && signers && sk_X509_push(signers, root->x509) > 0 &&
		CMS_verify(cms, signers, NULL, NULL, out,
			CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_BINARY) == 1;
	char what[80];

	sk_X509_free(signers);
	(void)snprintf(what, sizeof(what), "the signature of the %s does not verify", kind->noun);
	if (!good)
		return crypto_fault(f, ST_AUTH, kind->signature, what);
	buf_put_bio(text, out);
	return buf_check(text, f);
}

enum status root_signed_open(struct buf *text, const struct root_signed *kind, struct slice pem,
	const struct cert *root, struct fault *f)
{
	AUTO_CMS cms = NULL;

	TRY(cms_read(&cms, kind, pem, f));
	TRY(digests_check(cms, kind, f));
	return signature_verify(text, kind, cms, root, f);
}
