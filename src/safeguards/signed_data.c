/* SPDX-License-Identifier: Apache-2.0 */
/* Used by signature.c. */
#include "safeguards/signed_data.h"

#include <openssl/asn1.h>

#include "base/clock.h"
#include "safeguards/ber.h"
#include "safeguards/crypto_internal.h"

/* All below 1.2.840.113549.1.7 and 1.2.840.113549.1.9. */
#define DATA S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define SIGNED_DATA S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
#define CONTENT_TYPE S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03")
#define MESSAGE_DIGEST S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04")
#define SIGNING_TIME S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")

/* 1.2.840.113549.1.1.1 */
#define RSA_ENCRYPTION S("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")

#define NIST_HASHES "\x60\x86\x48\x01\x65\x03\x04\x02" /* 2.16.840.1.101.3.4.2 */
#define ECDSA_WITH_SHA2 "\x2a\x86\x48\xce\x3d\x04\x03" /* 1.2.840.10045.4.3 */

#define VERSION 1 /* of both structures: the signer is named by issuer and number (5.1, 5.3) */

static const struct {
	struct slice digest, ecdsa;
} oids[DIGESTS] = {
	[DIGEST_SHA256] = { { (const uint8_t *)NIST_HASHES "\x01", 9 },
		{ (const uint8_t *)ECDSA_WITH_SHA2 "\x02", 8 } },
	[DIGEST_SHA384] = { { (const uint8_t *)NIST_HASHES "\x02", 9 },
		{ (const uint8_t *)ECDSA_WITH_SHA2 "\x03", 8 } },
	[DIGEST_SHA512] = { { (const uint8_t *)NIST_HASHES "\x03", 9 },
		{ (const uint8_t *)ECDSA_WITH_SHA2 "\x04", 8 } },
};

/* --- attributes ------------------------------------------------------------------ */

static void attribute_put(struct buf *out, struct slice type, uint8_t tag, struct slice value)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, type);
	const size_t values = out->n;
	ber_put(out, tag, value);
	ber_wrap(out, values, BER_SET);
	ber_wrap(out, from, BER_SEQUENCE);
}

/* UTCTime to 2049, then GeneralizedTime (11.3). */
static bool time_put(struct buf *out, int64_t now_ns)
{
	ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)(now_ns / NS_PER_S));

	if (!when)
		return false;
	attribute_put(out, SIGNING_TIME, (uint8_t)when->type,
		slice_of(ASN1_STRING_get0_data(when), (size_t)ASN1_STRING_length(when)));
	ASN1_TIME_free(when);
	return true;
}

/* In the order of DER: of their bytes, so of their lengths. */
bool signed_attributes_put(struct buf *out, const struct digest_value *content, int64_t now_ns)
{
	const size_t from = out->n;

	attribute_put(out, CONTENT_TYPE, BER_OID, DATA);
	if (!time_put(out, now_ns))
		return false;
	attribute_put(out, MESSAGE_DIGEST, BER_OCTETS, digest_slice(content));
	ber_wrap(out, from, BER_SET);
	return true;
}

/* --- the structure --------------------------------------------------------------- */

bool signed_data_has_scheme(enum digest kind, enum key_kind key)
{
	return kind < DIGESTS && key <= KEY_RSA;
}

/* Without parameters (RFC 5754 2). */
static void digest_algorithm_put(struct buf *out, enum digest kind)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, oids[kind].digest);
	ber_wrap(out, from, BER_SEQUENCE);
}

/* RFC 3370 3.2: rsaEncryption with NULL; RFC 5754 3.3: ECDSA without parameters. */
static void signature_algorithm_put(struct buf *out, enum digest kind, enum key_kind key)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, key == KEY_RSA ? RSA_ENCRYPTION : oids[kind].ecdsa);
	if (key == KEY_RSA)
		ber_put(out, BER_NULL, S(""));
	ber_wrap(out, from, BER_SEQUENCE);
}

static void version_put(struct buf *out)
{
	const uint8_t version = VERSION;

	ber_put(out, BER_INTEGER, slice_of(&version, 1));
}

/* What was signed as a SET stands here with a tag of the context (5.4). */
static void attributes_put(struct buf *out, struct slice attributes)
{
	buf_put_u8(out, BER_CONTEXT_0);
	buf_put(out, slice_from(attributes, 1));
}

static void signers_put(struct buf *out, const struct cert *signer, enum digest kind,
	struct slice attributes, struct slice signature)
{
	const size_t from = out->n;

	version_put(out);
	cert_put_id(out, signer);
	digest_algorithm_put(out, kind);
	attributes_put(out, attributes);
	signature_algorithm_put(out, kind, cert_key_kind(signer));
	ber_put(out, BER_OCTETS, signature);
	ber_wrap(out, from, BER_SEQUENCE);
	ber_wrap(out, from, BER_SET);
}

static void certificates_put(struct buf *out, const struct cert *signer)
{
	const size_t from = out->n;

	cert_format_der(out, signer);
	ber_wrap(out, from, BER_CONTEXT_0);
}

void signed_data_put(struct buf *out, const struct cert *signer, enum digest kind,
	struct slice attributes, struct slice signature)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, SIGNED_DATA);
	const size_t data = out->n;
	version_put(out);
	size_t part = out->n;
	digest_algorithm_put(out, kind);
	ber_wrap(out, part, BER_SET);
	part = out->n;
	ber_put(out, BER_OID, DATA);
	ber_wrap(out, part, BER_SEQUENCE);
	certificates_put(out, signer);
	signers_put(out, signer, kind, attributes, signature);
	ber_wrap(out, data, BER_SEQUENCE);
	ber_wrap(out, data, BER_CONTEXT_0);
	ber_wrap(out, from, BER_SEQUENCE);
}
