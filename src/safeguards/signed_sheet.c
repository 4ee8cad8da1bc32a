/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root certificate comes inside the sheet and vouches only for itself: its fingerprint is for
 * the caller to judge.
 */
#include "safeguards/signed_sheet.h"

#include "safeguards/authority.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/root_signed.h"

#define ROOTS_MAX 4

static const struct root_signed kind = {
	.noun = "sheet",
	.pem = "sheet.pem",
	.size = "sheet.size",
	.signature = "sheet.signature",
	.root = "sheet.root",
	.size_max = SIGNED_SHEET_SIZE_MAX,
};

enum status signed_sheet_make(struct buf *pem, const struct sheet *sheet, const struct signer *root,
	int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) json = buf_init(SHEET_SIZE_MAX);

	(void)now_ns;
	sheet_format(&json, sheet);
	TRY(buf_check(&json, f));
	return root_signed_make(pem, &kind, buf_slice(&json), root, f);
}

/* --- opening --- */

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
	AUTO(cert) root = NULL;
	AUTO(sheet) sheet = NULL;

	TRY(root_signed_by(&root, &kind, pem, f));
	TRY(root_check(root, now_ns, f));
	TRY(root_signed_open(&json, &kind, pem, root, f));
	TRY(sheet_parse(&sheet, buf_slice(&json), f));
	TRY(list_check(sheet, root, f));
	sheet->root_ends_ns = cert_not_after_ns(root);
	*out = TAKE(sheet);
	*root_out = TAKE(root);
	return ST_OK;
}
