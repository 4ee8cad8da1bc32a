/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline sheet: this party's signed description of itself, or, vouched for by this party, that of
 * a partner with other software.
 */
#include "cli/cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "cli/fingerprint.h"
#include "cli/home.h"
#include "cli/own_sheet.h"
#include "cli/save.h"
#include "safeguards/crypto.h"
#include "safeguards/signed_sheet.h"

enum { HOME, OUTPUT, FOR, NAME, ROLE, URL };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[OUTPUT] = { "o", "FILE", "write there; default standard output", NULL },
	[FOR] = { "for", "ID",
		"the sheet of a partner whose software writes none; the files are its", NULL },
	[NAME] = { "name", "TEXT", "its name", "--for" },
	[ROLE] = { "role", "ROLE", "utility, aggregator or rto; default aggregator", "--for" },
	[URL] = { "url", "URL", "where it is reached, https://HOST:PORT", "--for" },
};

/* Whatever else these files may be (PKCS #12, PKCS #7, a key), people have names for. */
static enum status cert_load(struct cert **out, int dir, const char *file, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(16384);
	struct fault why;

	TRY(file_read(&bytes, dir, file, f));
	if (cert_parse_pem(out, buf_slice(&bytes), &why) == ST_OK ||
		cert_parse_der(out, buf_slice(&bytes), &why) == ST_OK)
		return ST_OK;
	return fault_set(f, ST_INPUT, "cert.syntax",
		"%s: not a certificate in PEM or DER: one inside a .p7b comes out with `openssl pkcs7 "
		"-print_certs`, inside a .p12 or .pfx with `openssl pkcs12 -nokeys`", file);
}

static enum status cert_list_add(
	struct sheet *sheet, enum cert_use use, int dir, const char *file, struct fault *f)
{
	AUTO(cert) cert = NULL;
	struct sheet_cert *listed = &sheet->certs[sheet->cert_count++];

	listed->use = use;
	listed->der = buf_init(SHEET_CERT_SIZE_MAX);
	TRY(cert_load(&cert, dir, file, f));
	cert_format_der(&listed->der, cert);
	return buf_check(&listed->der, f);
}

/* --- a partner's --------------------------------------------------------------- */

/* "sign=FILE" */
static enum status operand_add(struct sheet *sheet, const char *operand, struct fault *f)
{
	struct slice name, file;

	slice_cut(&name, &file, slice_str(operand), '=');
	for (enum cert_use use = 0; use < CERT_USES; use++)
		if (file.n > 0 && slice_eq(name, slice_str(cert_use_name(use))))
			return cert_list_add(sheet, use, AT_FDCWD, (const char *)file.p, f);
	return fault_set(f, ST_INPUT, "sheet.certificate",
		"%s: say tls=FILE, sign=FILE or encrypt=FILE", operand);
}

static enum status foreign_fill(struct sheet *sheet, const struct arguments *a, struct fault *f)
{
	struct slice id = slice_str(a->values[FOR]), name = slice_str(a->values[NAME]),
		     url = slice_str(a->values[URL]);

	TRY(party_id_check(id, f));
	TRY(party_name_check(name, f));
	TRY(party_url_check(url, f));
	TRY(party_role_parse(&sheet->role,
		a->given[ROLE] ? slice_str(a->values[ROLE]) : S("aggregator"), f));
	TRY(slice_to_text(sheet->id, sizeof(sheet->id), id, f));
	TRY(slice_to_text(sheet->name, sizeof(sheet->name), name, f));
	TRY(slice_to_text(sheet->url, sizeof(sheet->url), url, f));
	for (size_t i = 0; i < a->operand_count; i++)
		TRY(operand_add(sheet, a->operands[i], f));
	sheet->vouched = true;
	return ST_OK;
}

static enum status sheet_make(struct buf *pem, struct buf *shown, const struct arguments *a,
	const char *home, struct fault *f)
{
	AUTO(sheet) sheet = alloc_zeroed(1, sizeof(*sheet));
	AUTO_IN_PLACE(own_root) root = { 0 };
	AUTO_FD dir = -1;

	TRY(crypto_init(f));
	TRY(home_open(&dir, home, f));
	sheet->issued_ns = clock_utc_ns();
	TRY(a->given[FOR] ? foreign_fill(sheet, a, f) : own_sheet_fill(sheet, dir, home, f));
	TRY(own_root_load(&root, dir, f));
	fingerprint_format(shown, cert_fingerprint(root.cert));
	return own_sheet_sign(pem, sheet, &root, f);
}

static int run(const struct arguments *a)
{
	AUTO_IN_PLACE(buf) pem = buf_init(SIGNED_SHEET_SIZE_MAX),
			   shown = buf_init(FINGERPRINT_TEXT_MAX);
	const char *home = home_path(a->values[HOME]);
	struct fault f;

	if (!home)
		return EXIT_USAGE;
	if (!a->given[FOR] && a->operand_count > 0)
		return fail_with(EXIT_USAGE, "%s: files are for --for ID", a->operands[0]);
	if (sheet_make(&pem, &shown, a, home, &f) != ST_OK ||
		save_bytes(a->values[OUTPUT], buf_slice(&pem), &f) != ST_OK)
		return fail(&f, "no sheet was written");
	if (a->given[OUTPUT])
		fprintf(stderr, "%s is signed by root %s\n", a->values[OUTPUT], buf_text(&shown));
	return EXIT_DONE;
}

const struct command sheet_command = {
	.name = "sheet",
	.operands = "[USE=FILE...]",
	.purpose = "write this party's signed sheet, or that of a partner who has none",
	COMMAND_OPTIONS(options),
	.operands_max = SHEET_CERTS_MAX,
	.run = run,
};
