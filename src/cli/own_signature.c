/* SPDX-License-Identifier: Apache-2.0 */
/* Used by backup, restore and fsck. */
#include "cli/own_signature.h"

#include "base/clock.h"
#include "base/fd.h"
#include "cli/home.h"
#include "safeguards/authority.h"
#include "safeguards/cms_certs.h"

#define KEY_FILE_MAX 16384

static enum status key_read(
	struct key **out, int home, const struct keyring_cert *of, struct fault *f)
{
	AUTO_IN_PLACE(buf) path = buf_init(64), pem = buf_init(KEY_FILE_MAX);

	buf_put_text(&path, "keys/");
	keyring_name_put(&path, of->use, of->generation, ".key");
	enum status st = file_read(&pem, home, buf_text(&path), f);
	if (st == ST_OK)
		st = key_parse_pem(out, buf_slice(&pem), f);
	buf_wipe(&pem, 0);
	return st;
}

enum status own_signature_make(
	struct buf *der, int home, const char *path, struct slice content, struct fault *f)
{
	AUTO(keyring) ring = NULL;
	AUTO(key) key = NULL;
	struct digest_value digest;
	int64_t now_ns = clock_utc_ns();

	TRY(home_keyring(&ring, path, f));
	const struct keyring_cert *with = keyring_current(ring, CERT_SIGN, now_ns);

	if (!with)
		return fault_set(f, ST_NONE, "file.missing", "there is no certificate for signing");
	TRY(key_read(&key, home, with, f));
	if (!key_matches(key, with->cert))
		return fault_set(f, ST_INPUT, "key.other", "the key for signing is another's");
	digest_compute(&digest, DIGEST_SHA256, content);
	return signature_make(
		der, &digest, &(struct signer){ .cert = with->cert, .key = key }, now_ns, f);
}

enum status own_signature_check(
	struct slice der, struct slice content, const struct cert *root, struct fault *f)
{
	AUTO_IN_PLACE(cms_certs) inside = { 0 };
	struct signature_facts facts;
	enum status st = fault_set(f, ST_AUTH, "signature.unknown-signer",
		"no certificate that this root issued is in the signature");

	TRY(cms_certs_read(&inside, der, f));
	for (size_t i = 0; i < inside.count && st != ST_OK; i++) {
		const struct cert *one[] = { inside.list[i] };
		if (authority_issued(root, one[0]))
			st = signature_check(&facts, der, content, one, 1, 0,
				cert_not_before_ns(one[0]), f);
	}
	return st;
}
