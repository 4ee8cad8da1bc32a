/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline sheet: this party's signed description of itself.  The only command that uses the root
 * key.
 */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/fingerprint.h"
#include "cli/home.h"
#include "cli/save.h"
#include "exchange/settings.h"
#include "safeguards/crypto.h"
#include "safeguards/signed_sheet.h"

enum { HOME, OUTPUT };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[OUTPUT] = { "o", "FILE", "write there; default standard output" },
};

static enum status cert_load(struct cert **out, int home, const char *name, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(16384);

	TRY(file_read(&pem, home, name, f));
	return cert_parse_pem(out, buf_slice(&pem), f);
}

static enum status cert_list(struct sheet *sheet, int home, struct fault *f)
{
	static const char *const files[CERT_USES] = {
		[CERT_TLS] = "tls.pem", [CERT_SIGN] = "sign.pem", [CERT_ENCRYPT] = "encrypt.pem",
	};

	for (unsigned use = 0; use < CERT_USES; use++) {
		AUTO(cert) cert = NULL;
		TRY(cert_load(&cert, home, files[use], f));
		struct sheet_cert *listed = &sheet->certs[sheet->cert_count++];
		listed->use = use;
		listed->der = buf_init(SHEET_CERT_SIZE_MAX);
		cert_format_der(&listed->der, cert);
		TRY(buf_check(&listed->der, f));
	}
	return ST_OK;
}

static enum status sheet_fill(struct sheet *sheet, int home, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);
	AUTO(settings) settings = NULL;

	TRY(file_read(&yaml, home, "tieline.yaml", f));
	TRY(settings_parse(&settings, buf_slice(&yaml), f));
	TRY(slice_to_text(sheet->id, sizeof(sheet->id), slice_str(settings->id), f));
	TRY(slice_to_text(sheet->name, sizeof(sheet->name), slice_str(settings->name), f));
	TRY(slice_to_text(sheet->url, sizeof(sheet->url), slice_str(settings->url), f));
	sheet->role = settings->role;
	sheet->issued_ns = clock_utc_ns();
	return cert_list(sheet, home, f);
}

static enum status root_load(struct cert **root, struct key **key, int home, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(16384);

	TRY(cert_load(root, home, "root.pem", f));
	TRY(file_read(&pem, home, "keys/root.key", f));
	return key_parse_pem(key, buf_slice(&pem), f);
}

static enum status sheet_make(struct buf *pem, struct buf *shown, const char *home, struct fault *f)
{
	AUTO(sheet) sheet = alloc_zeroed(1, sizeof(*sheet));
	AUTO(cert) root = NULL;
	AUTO(key) key = NULL;
	AUTO_FD dir = -1;

	TRY(crypto_init(f));
	TRY(home_open(&dir, home, f));
	TRY(sheet_fill(sheet, dir, f));
	TRY(root_load(&root, &key, dir, f));
	fingerprint_format(shown, cert_fingerprint(root));
	return signed_sheet_make(pem, sheet, &(struct signer){ root, key }, clock_utc_ns(), f);
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX),
			   shown = buf_init(FINGERPRINT_TEXT_MAX);
	const char *home = home_path(a->values[HOME]);
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (sheet_make(&pem, &shown, home, &f) != ST_OK ||
		save_bytes(a->values[OUTPUT], buf_slice(&pem), &f) != ST_OK)
		return fail(&f, "no sheet was written");
	if (a->given[OUTPUT])
		fprintf(stderr, "%s is signed by root %s\n", a->values[OUTPUT], buf_text(&shown));
	return EXIT_DONE;
}

const struct command sheet_command = {
	.name = "sheet",
	.purpose = "write this party's signed sheet, for its partners",
	COMMAND_OPTIONS(options),
	.run = run,
};
