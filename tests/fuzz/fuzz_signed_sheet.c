/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed sheets of hostile bytes: as they are, and, where they do not look like PEM, as the DER in
 * it.  What opens has a root that vouches for itself and for all that is listed, and reads back.
 */
#include "base/clock.h"
#include "base/codec.h"
#include "safeguards/authority.h"
#include "safeguards/crypto.h"
#include "safeguards/signed_sheet.h"

#define NOW (INT64_C(1795410846) * NS_PER_S) /* 2026-11-23, when the corpus was valid */

static void listed(const struct sheet_cert *c, const struct cert *root)
{
	AUTO(cert) cert = NULL;

	if (cert_parse_der(&cert, buf_slice(&c->der), NULL) != ST_OK)
		bug("a sheet was opened that lists no certificate");
	if (!authority_issued(root, cert))
		bug("a sheet was opened that lists another's certificate");
}

static void vouched(const struct sheet *sheet, const struct cert *root)
{
	AUTO_IN_PLACE(buf) json = buf_init(4 * SHEET_SIZE_MAX);
	AUTO(sheet) again = NULL;

	if (!authority_issued(root, root) || cert_check(root, NOW, NULL) != ST_OK)
		bug("a sheet was opened without a good root");
	for (size_t i = 0; i < sheet->cert_count; i++)
		listed(&sheet->certs[i], root);
	sheet_format(&json, sheet);
	if (json.n <= SHEET_SIZE_MAX && sheet_parse(&again, buf_slice(&json), NULL) != ST_OK)
		bug("a sheet was opened that cannot be written");
}

static void open_sheet(struct slice pem)
{
	AUTO(sheet) sheet = NULL;
	AUTO(cert) root = NULL;
	struct fault f = { 0 };
	enum status status = signed_sheet_open(&sheet, &root, pem, NOW, &f);

	if ((status == ST_OK) != (sheet != NULL) || (status == ST_OK) != (root != NULL))
		bug("status %s, and not what belongs to it", status_name(status));
	if (status != ST_OK && f.code[0] == '\0')
		bug("refused without a code");
	if (sheet)
		vouched(sheet, root);
}

static void open_der(struct slice der)
{
	AUTO_IN_PLACE(buf) text = buf_init(2 * SIGNED_SHEET_SIZE_MAX);
	AUTO_IN_PLACE(buf) pem = buf_init(2 * SIGNED_SHEET_SIZE_MAX);

	base64_format(&text, slice_to(der, SIGNED_SHEET_SIZE_MAX), 64);
	buf_put_text(&pem, "-----BEGIN CMS-----\n");
	buf_put(&pem, slice_trim(buf_slice(&text)));
	buf_put_text(&pem, "\n-----END CMS-----\n");
	open_sheet(buf_slice(&pem));
}

static void start_once(void)
{
	static bool started;
	struct fault f = { 0 };

	if (!started && crypto_init(&f) != ST_OK)
		bug("%s", f.text);
	started = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);

	start_once();
	open_sheet(in);
	if (!slice_has_prefix(in, S("-----BEGIN")))
		open_der(in);
	return 0;
}
