/* SPDX-License-Identifier: Apache-2.0 */
/* Used by `partner add`, which keeps the record, and where a home is read. */
#include "safeguards/key_ages.h"

#include "safeguards/cert.h"

struct key {
	bool is_known; /* else it is no certificate */
	uint8_t digest[KNOWN_KEY_SIZE];
};

static struct key key_note(struct known_keys *keys, const struct sheet_cert *listed)
{
	AUTO(cert) cert = NULL;
	struct key key = { .is_known = false };

	if (cert_parse_der(&cert, buf_slice(&listed->der), NULL) != ST_OK)
		return key;
	key.is_known = true;
	cert_key_digest(key.digest, cert);
	known_keys_note(keys, key.digest, cert_not_before_ns(cert));
	return key;
}

void key_ages_note(struct known_keys *keys, const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->cert_count; i++)
		(void)key_note(keys, &sheet->certs[i]);
}

/* All are noted first: the same key may be in an older certificate behind. */
void key_ages_fill(struct sheet *sheet, struct known_keys *keys)
{
	struct key found[SHEET_CERTS_MAX] = { 0 };

	for (size_t i = 0; i < sheet->cert_count; i++)
		found[i] = key_note(keys, &sheet->certs[i]);
	for (size_t i = 0; i < sheet->cert_count; i++)
		if (found[i].is_known)
			sheet->certs[i].key_since_ns = known_keys_since(keys, found[i].digest);
}
