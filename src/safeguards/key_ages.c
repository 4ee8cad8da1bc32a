/* SPDX-License-Identifier: Apache-2.0 */
/* Used by `partner add`, which keeps the record, and where a home is read. */
#include "safeguards/key_ages.h"

#include "safeguards/cert.h"

/* NULL: it is none. */
static struct cert *cert_of(const struct sheet_cert *listed)
{
	struct cert *cert = NULL;

	return cert_parse_der(&cert, buf_slice(&listed->der), NULL) == ST_OK ? cert : NULL;
}

void key_ages_note(struct known_keys *keys, const struct sheet *sheet)
{
	uint8_t digest[KNOWN_KEY_SIZE];

	for (size_t i = 0; i < sheet->cert_count; i++) {
		AUTO(cert) cert = cert_of(&sheet->certs[i]);

		if (!cert)
			continue;
		cert_key_digest(digest, cert);
		known_keys_note(keys, digest, cert_not_before_ns(cert));
	}
}

void key_ages_fill(struct sheet *sheet, const struct known_keys *keys)
{
	uint8_t digest[KNOWN_KEY_SIZE];

	for (size_t i = 0; i < sheet->cert_count; i++) {
		AUTO(cert) cert = cert_of(&sheet->certs[i]);

		if (!cert)
			continue;
		cert_key_digest(digest, cert);
		sheet->certs[i].key_since_ns = known_keys_since(keys, digest);
	}
}
