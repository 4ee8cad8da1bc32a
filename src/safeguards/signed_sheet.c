/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root certificate comes inside the sheet and vouches only for itself: its fingerprint is for
 * the caller to judge.
 */
#include "safeguards/signed_sheet.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "base/cursor.h"
#include "safeguards/authority.h"
#include "safeguards/crypto_internal.h"

#define ROOTS_MAX 4

enum status signed_sheet_make(struct buf *pem, const struct sheet *sheet, const struct signer *root,
	int64_t now_ns, struct fault *f)
{
	const unsigned flags = CMS_BINARY | CMS_NOSMIMECAP;
	AUTO_IN_PLACE(buf) json = buf_init(SHEET_SIZE_MAX);

	(void)now_ns;
	sheet_format(&json, sheet);
	TRY(buf_check(&json, f));
	AUTO_BIO in = bio_of(buf_slice(&json));
	AUTO_BIO out = BIO_new(BIO_s_mem());
	AUTO_CMS cms = CMS_sign(root->cert->x509, root->key->pkey, NULL, in, flags);
	if (!cms || !out || PEM_write_bio_CMS(out, cms) != 1)
		return crypto_fault(f, ST_HOST, "signature.make", "signing the sheet");
	buf_put_bio(pem, out);
	return buf_check(pem, f);
}

/* --- opening --- */

static enum status frame_check(struct slice pem, struct fault *f)
{
	struct slice text = slice_trim(pem);

	if (pem.n > SIGNED_SHEET_SIZE_MAX)
		return fault_set(f, ST_LIMIT, "sheet.size", "a sheet of %zu bytes", pem.n);
	if (!slice_has_prefix(text, S("-----BEGIN CMS-----")))
		return fault_set(
			f, ST_INPUT, "sheet.pem", "a sheet begins with -----BEGIN CMS-----");
	return ST_OK;
}

static enum status cms_read(CMS_ContentInfo **out, struct slice pem, struct fault *f)
{
	AUTO_BIO in = bio_of(slice_trim(pem));

	TRY(frame_check(pem, f));
	*out = PEM_read_bio_CMS(in, NULL, no_passphrase, NULL);
	if (!*out || OBJ_obj2nid(CMS_get0_type(*out)) != NID_pkcs7_signed)
		return crypto_fault(
			f, ST_INPUT, "sheet.pem", "the sheet is no CMS SignedData in PEM");
	return ST_OK;
}

static enum status root_read(struct cert **out, CMS_ContentInfo *cms, struct fault *f)
{
	STACK_OF(X509) *list = CMS_get1_certs(cms);
	unsigned char *der = NULL;
	int n = list && sk_X509_num(list) == 1 ? i2d_X509(sk_X509_value(list, 0), &der) : -1;
	enum status st = n < 0 ? fault_set(f, ST_INPUT, "sheet.root",
					 "the sheet must hold its root certificate, and no other")
			       : cert_parse_der(out, slice_of(der, (size_t)n), f);

	OPENSSL_free(der);
	sk_X509_pop_free(list, X509_free);
	return st;
}

static enum status root_check(const struct cert *root, int64_t now_ns, struct fault *f)
{
	TRY(cert_check(root, now_ns, f));
	if (!authority_issued(root, root))
		return fault_set(f, ST_AUTH, "sheet.root",
			"the certificate that signed the sheet is not a self-signed root");
	if (!(X509_get_extension_flags(root->x509) & EXFLAG_CA))
		return fault_set(f, ST_AUTH, "sheet.root",
			"the certificate that signed the sheet is no authority");
	return ST_OK;
}

/* OpenSSL verifies SHA-1 too; for us no signature is made of it, a root's least of all. */
static enum status digests_check(CMS_ContentInfo *cms, struct fault *f)
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
			return fault_set(f, ST_AUTH, "sheet.signature",
				"the digest %s is not accepted", name);
	}
	return ST_OK;
}

static enum status signature_verify(
	struct buf *json, CMS_ContentInfo *cms, const struct cert *root, struct fault *f)
{
	AUTO_BIO out = BIO_new(BIO_s_mem());
	STACK_OF(X509) *signers = sk_X509_new_null();
	bool good = out && signers && sk_X509_push(signers, root->x509) > 0 &&
		CMS_verify(cms, signers, NULL, NULL, out,
			CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_BINARY) == 1;

	sk_X509_free(signers);
	if (!good)
		return crypto_fault(
			f, ST_AUTH, "sheet.signature", "the sheet's signature does not verify");
	buf_put_bio(json, out);
	return buf_check(json, f);
}

/* `root` NULL: who signed the sheet vouches for certificates that others issued. */
static enum status listed_check(bool seen[CERT_USES], const struct sheet_cert *listed,
	const struct cert *root, struct fault *f)
{
	AUTO(cert) cert = NULL;

	TRY(cert_parse_der(&cert, buf_slice(&listed->der), f));
	/*
	 * A sheet announces successors, and lives longer than a certificate: asked is the strength,
	 * not whether it is valid now.
	 */
	TRY(cert_check(cert, cert_not_before_ns(cert), f));
	if (root && !authority_issued(root, cert))
		return fault_set(f, ST_AUTH, "sheet.certificate",
			"the %s certificate is not issued by the sheet's root",
			cert_use_name(listed->use));
	seen[listed->use] = true;
	return ST_OK;
}

static enum status list_check(const struct sheet *sheet, const struct cert *root, struct fault *f)
{
	bool seen[CERT_USES] = { false };

	for (size_t i = 0; i < sheet->cert_count; i++)
		TRY(listed_check(seen, &sheet->certs[i], sheet->vouched ? NULL : root, f));
	for (unsigned use = 0; use < CERT_USES; use++)
		if (!seen[use])
			return fault_set(f, ST_INPUT, "sheet.certificate",
				"the sheet lists no certificate for %s", cert_use_name(use));
	return ST_OK;
}

enum status signed_sheet_open(struct sheet **out, struct cert **root_out, struct slice pem,
	int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) json = buf_init(SHEET_SIZE_MAX);
	AUTO_CMS cms = NULL;
	AUTO(cert) root = NULL;
	AUTO(sheet) sheet = NULL;

	TRY(cms_read(&cms, pem, f));
	TRY(root_read(&root, cms, f));
	TRY(root_check(root, now_ns, f));
	TRY(digests_check(cms, f));
	TRY(signature_verify(&json, cms, root, f));
	TRY(sheet_parse(&sheet, buf_slice(&json), f));
	TRY(list_check(sheet, root, f));
	sheet->root_ends_ns = cert_not_after_ns(root);
	*out = TAKE(sheet);
	*root_out = TAKE(root);
	return ST_OK;
}
