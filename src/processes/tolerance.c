/* SPDX-License-Identifier: Apache-2.0 */
/* Used by the edge and the envelope. */
#include "processes/tolerance.h"

#include "base/clock.h"

static struct cert *listed_find(const struct sheet *sheet, enum cert_use use,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE])
{
	const struct slice wanted = slice_of(fingerprint, CERT_FINGERPRINT_SIZE);

	for (size_t i = 0; i < sheet->cert_count; i++) {
		AUTO(cert) cert = NULL;
		if (sheet->certs[i].use == use &&
			cert_parse_der(&cert, buf_slice(&sheet->certs[i].der), NULL) == ST_OK &&
			slice_eq(cert_fingerprint(cert), wanted))
			return TAKE(cert);
	}
	return NULL;
}

bool tolerance_flag(struct fault *flag, const struct partner *partner, enum cert_use use,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE], int64_t now_ns)
{
	char end[TIME_TEXT_MAX], until[TIME_TEXT_MAX];
	AUTO(cert) cert = NULL;

	/* Without a tolerance nothing that has ended comes as far as here. */
	if (partner->agreement->tolerate_expired_ns == 0)
		return false;
	cert = listed_find(partner->sheet, use, fingerprint);
	if (!cert || !cert_has_ended(cert, now_ns))
		return false;
	fault_set(flag, ST_AUTH, "cert.tolerated",
		"%s of %s ended at %s, and is tolerated until %.10s", cert_use_name(use),
		partner->sheet->id, time_format(end, cert_not_after_ns(cert)),
		time_format(until, partner->agreement->tolerate_expired_ns));
	return true;
}

void tolerance_signature_flag(struct fault *flag, const struct partner *partner, unsigned variant)
{
	int64_t until_ns = INT64_MAX; /* the first that ends, if it is two */
	char until[TIME_TEXT_MAX];

	for (enum tolerance t = 0; t < TOLERANCES; t++)
		if ((variant & TOLERANCE_BIT(t)) &&
			partner->agreement->tolerate_variant_ns[t] < until_ns)
			until_ns = partner->agreement->tolerate_variant_ns[t];
	fault_set(flag, ST_AUTH, "signature.tolerated",
		"stored, but the signature is over a variant (%s) of the part as it travels (RFC 4130 "
		"7.3.1), which is tolerated until %.10s", tolerances_text(variant),
		time_format(until, until_ns));
}

const char *certificate_dates_advice(const char *code)
{
	return strcmp(code, "cert.not-yet") == 0
		? "compare both clocks; the partner goes on with its certificate before until then"
		: "the partner renews it and sends its sheet; 'tolerate' in its agreement bridges days";
}
