/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sheets as a partner sends them, PEM around CMS around JSON.  An input that begins with '-' is the
 * file itself; any other is JSON, signed here by a good root, so that what is inside is reached.
 */
#include <openssl/pem.h> /* before cms.h, which declares its PEM functions only then */

#include "../unit/as2_parties.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/signed_sheet.h"

static void sign(struct buf *pem, struct slice json)
{
	const struct party *p = &parties[UTILITY];
	BIO *in = bio_of(json), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms =
		CMS_sign(p->root->x509, p->root_key->pkey, NULL, in, CMS_BINARY | CMS_NOSMIMECAP);

	if (!cms || !out || PEM_write_bio_CMS(out, cms) != 1)
		die("signing a sheet");
	buf_put_bio(pem, out);
	CMS_ContentInfo_free(cms);
	BIO_free_all(in);
	BIO_free_all(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_IN_PLACE(buf) pem = buf_init(4 * SHEET_SIZE_MAX);
	struct slice in = slice_of(data, size);
	AUTO(sheet) sheet = NULL;
	AUTO(cert) root = NULL;
	struct fault f = { 0 };
	bool is_file = size > 0 && data[0] == '-';

	if (!parties[UTILITY].root)
		parties_make(NULL);
	if (!is_file)
		sign(&pem, in);
	if (signed_sheet_open(&sheet, &root, is_file ? in : buf_slice(&pem), NOW, &f) == ST_OK &&
		!sheet->id[0])
		bug("a sheet of nobody was taken");
	return 0;
}
