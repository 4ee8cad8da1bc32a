/* SPDX-License-Identifier: Apache-2.0 */
/* Used by sheet and cert. */
#include "cli/own_sheet.h"

#include "base/clock.h"
#include "base/fd.h"
#include "cli/home.h"
#include "processes/snapshot.h"
#include "safeguards/signed_sheet.h"

#define PEM_MAX 16384

enum status own_root_load(struct own_root *out, int home, struct fault *f)
{
	AUTO_IN_PLACE(buf) pem = buf_init(PEM_MAX), secret = buf_init(PEM_MAX);
	AUTO_IN_PLACE(own_root) root = { NULL, NULL };

	TRY(file_read(&pem, home, "root.pem", f));
	TRY(cert_parse_pem(&root.cert, buf_slice(&pem), f));
	TRY(file_read(&secret, home, "keys/root.key", f));
	TRY(key_parse_pem(&root.key, buf_slice(&secret), f));
	out->cert = TAKE(root.cert);
	out->key = TAKE(root.key);
	return ST_OK;
}

void own_root_done(struct own_root *root)
{
	cert_free(root->cert);
	key_free(root->key);
}

enum status own_settings_load(struct settings **out, int home, struct fault *f)
{
	AUTO_IN_PLACE(buf) yaml = buf_init(SETTINGS_SIZE_MAX);

	TRY(file_read(&yaml, home, "tieline.yaml", f));
	return settings_of_home(out, buf_slice(&yaml), f);
}

static enum status cert_list(struct sheet *sheet, const struct keyring_cert *c, struct fault *f)
{
	struct sheet_cert *listed = &sheet->certs[sheet->cert_count++];

	listed->use = c->use;
	listed->der = buf_init(SHEET_CERT_SIZE_MAX);
	cert_format_der(&listed->der, c->cert);
	return buf_check(&listed->der, f);
}

/* A use whose certificates have all ended lists the newest, or there would be no sheet. */
static enum status use_list(struct sheet *sheet, const struct keyring *ring, enum cert_use use,
	int64_t now, struct fault *f)
{
	const struct keyring_cert *newest = keyring_newest(ring, use);

	for (size_t i = ring->count; i > 0; i--) {
		const struct keyring_cert *c = &ring->certs[i - 1];
		if (c->use == use && (c == newest || cert_not_after_ns(c->cert) > now))
			TRY(cert_list(sheet, c, f));
	}
	return ST_OK;
}

enum status own_sheet_fill(struct sheet *out, int home, const char *path, struct fault *f)
{
	AUTO(settings) settings = NULL;
	AUTO(keyring) ring = NULL;

	TRY(own_settings_load(&settings, home, f));
	TRY(home_keyring(&ring, path, f));
	TRY(slice_to_text(out->id, sizeof(out->id), slice_str(settings->id), f));
	TRY(slice_to_text(out->name, sizeof(out->name), slice_str(settings->name), f));
	TRY(slice_to_text(out->url, sizeof(out->url), slice_str(settings->url), f));
	out->role = settings->role;
	for (enum cert_use use = 0; use < CERT_USES; use++)
		TRY(use_list(out, ring, use, clock_utc_ns(), f));
	return ST_OK;
}

enum status own_sheet_sign(
	struct buf *pem, const struct sheet *sheet, const struct own_root *root, struct fault *f)
{
	int64_t now = clock_utc_ns();
	AUTO(sheet) again = NULL;
	AUTO(cert) signer = NULL;

	TRY(signed_sheet_make(pem, sheet, &(struct signer){ .cert = root->cert, .key = root->key },
		now, f));
	return signed_sheet_open(&again, &signer, buf_slice(pem), now, f);
}
