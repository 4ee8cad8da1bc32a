/* SPDX-License-Identifier: Apache-2.0 */
/* Used by signature.c. */
#include "safeguards/signed_data.h"

#include <openssl/asn1.h>
#include <time.h>

#include "base/clock.h"
#include "safeguards/ber.h"
#include "safeguards/crypto_internal.h"

/* All below 1.2.840.113549.1.7 and 1.2.840.113549.1.9. */
#define DATA S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01")
#define SIGNED_DATA S("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02")
#define CONTENT_TYPE S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03")
#define MESSAGE_DIGEST S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04")
#define SIGNING_TIME S("\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05")

/*
 * Of other attributes those that are often signed, too, and say nothing to us: sMIMECapabilities,
 * CMSAlgorithmProtection, SMIMEEncryptionKeyPreference, signing certificates.  Below
 * 1.2.840.113549.1.9.
 */
#define PKCS9 "\x2a\x86\x48\x86\xf7\x0d\x01\x09"
static const struct slice others[] = {
	{ (const uint8_t *)PKCS9 "\x0f", 9 },
	{ (const uint8_t *)PKCS9 "\x34", 9 },
	{ (const uint8_t *)PKCS9 "\x10\x02\x0b", 11 },
	{ (const uint8_t *)PKCS9 "\x10\x02\x0c", 11 },
	{ (const uint8_t *)PKCS9 "\x10\x02\x2f", 11 },
};

/* 1.2.840.113549.1.1.1 */
#define RSA_ENCRYPTION S("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define RSA_MGF1 S("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08")
#define RSA_PSS S("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a")

#define NIST_HASHES "\x60\x86\x48\x01\x65\x03\x04\x02" /* 2.16.840.1.101.3.4.2 */
#define ECDSA_WITH_SHA2 "\x2a\x86\x48\xce\x3d\x04\x03" /* 1.2.840.10045.4.3 */

#define TIME_BYTES_MAX 16 /* with the NUL; years have four digits */
#define VERSION 1 /* of both structures: the signer is named by issuer and number (5.1, 5.3) */

static const struct {
	struct slice digest, ecdsa;
	uint8_t size; /* of the digest, in bytes */
} oids[DIGESTS] = {
	[DIGEST_SHA256] = { { (const uint8_t *)NIST_HASHES "\x01", 9 },
		{ (const uint8_t *)ECDSA_WITH_SHA2 "\x02", 8 }, 32 },
	[DIGEST_SHA384] = { { (const uint8_t *)NIST_HASHES "\x02", 9 },
		{ (const uint8_t *)ECDSA_WITH_SHA2 "\x03", 8 }, 48 },
	[DIGEST_SHA512] = { { (const uint8_t *)NIST_HASHES "\x03", 9 },
		{ (const uint8_t *)ECDSA_WITH_SHA2 "\x04", 8 }, 64 },
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
	const time_t seconds = (time_t)(now_ns / NS_PER_S);
	char text[TIME_BYTES_MAX];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm))
		return false;
	const bool is_short = tm.tm_year >= 50 && tm.tm_year < 150;
	size_t n = strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	attribute_put(out, SIGNING_TIME, is_short ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME,
		slice_from(slice_of((const uint8_t *)text, n), is_short ? 2 : 0));
	return n != 0;
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

/* With NULL, here and in MGF1 (RFC 4055 2.1). */
static void pss_digest_put(struct buf *out, enum digest kind)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, oids[kind].digest);
	ber_put(out, BER_NULL, S(""));
	ber_wrap(out, from, BER_SEQUENCE);
}

/* The digest, MGF1 with the same, as much salt; the trailer is the default (RFC 4055 3.1). */
static void pss_parameters_put(struct buf *out, enum digest kind)
{
	const size_t from = out->n;

	pss_digest_put(out, kind);
	ber_wrap(out, from, BER_CONTEXT_0);
	const size_t mask = out->n;
	ber_put(out, BER_OID, RSA_MGF1);
	pss_digest_put(out, kind);
	ber_wrap(out, mask, BER_SEQUENCE);
	ber_wrap(out, mask, BER_CONTEXT_1);
	const size_t salt = out->n;
	ber_put(out, BER_INTEGER, slice_of(&oids[kind].size, 1));
	ber_wrap(out, salt, BER_CONTEXT_2);
	ber_wrap(out, from, BER_SEQUENCE);
}

static void pkcs1_parameters_put(struct buf *out, enum digest kind)
{
	(void)kind;
	ber_put(out, BER_NULL, S(""));
}

static void no_parameters_put(struct buf *out, enum digest kind)
{
	(void)out;
	(void)kind;
}

/*
 * RFC 3370 3.2: rsaEncryption with NULL; RFC 4056 3: PSS with all of its parameters; RFC 5754 3.3:
 * ECDSA without.
 */
static void signature_algorithm_put(struct buf *out, enum digest kind, enum key_scheme scheme)
{
	const struct {
		struct slice oid;
		void (*parameters_put)(struct buf *, enum digest);
	} algorithms[] = {
		[KEY_SIGN_ECDSA] = { oids[kind].ecdsa, no_parameters_put },
		[KEY_SIGN_RSA_PKCS1] = { RSA_ENCRYPTION, pkcs1_parameters_put },
		[KEY_SIGN_RSA_PSS] = { RSA_PSS, pss_parameters_put },
	};
	const size_t from = out->n;

	ber_put(out, BER_OID, algorithms[scheme].oid);
	algorithms[scheme].parameters_put(out, kind);
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
	enum key_scheme scheme, struct slice attributes, struct slice signature)
{
	const size_t from = out->n;

	version_put(out);
	cert_put_id(out, signer);
	digest_algorithm_put(out, kind);
	attributes_put(out, attributes);
	signature_algorithm_put(out, kind, scheme);
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
	enum key_scheme scheme, struct slice attributes, struct slice signature)
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
	signers_put(out, signer, kind, scheme, attributes, signature);
	ber_wrap(out, data, BER_SEQUENCE);
	ber_wrap(out, data, BER_CONTEXT_0);
	ber_wrap(out, from, BER_SEQUENCE);
}

/* --- reading ----------------------------------------------------------------------- */

/* False, of all of these: in another form, or broken. */
static bool algorithm_read(struct slice *oid, struct ber *in)
{
	struct ber algorithm;
	struct slice nothing;

	if (!ber_in(&algorithm, in, BER_SEQUENCE) || !ber_is(oid, &algorithm, BER_OID))
		return false;
	return cursor_at_end(&algorithm.in) ||
		(ber_is(&nothing, &algorithm, BER_NULL) && nothing.n == 0 &&
			cursor_at_end(&algorithm.in));
}

static bool scheme_read(struct signed_data *out, struct slice digest, struct slice scheme)
{
	for (enum digest kind = 0; kind < DIGESTS; kind++)
		if (slice_eq(digest, oids[kind].digest) && slice_eq(scheme, oids[kind].ecdsa)) {
			out->digest = kind;
			return true;
		}
	return false;
}

/* To the second, of UTC (RFC 5652 11.3). */
static bool is_time(const struct ber_element *value)
{
	return (value->tag == V_ASN1_UTCTIME && value->content.n == sizeof("yymmddhhmmssZ") - 1) ||
		(value->tag == V_ASN1_GENERALIZEDTIME &&
			value->content.n == sizeof("yyyymmddhhmmssZ") - 1);
}

static bool is_other(struct slice type)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (slice_eq(type, others[i]))
			return true;
	return false;
}

/* Of the three that count, into where it belongs. */
static bool value_take(struct signed_data *out, bool *is_data, struct slice type,
	const struct ber_element *value)
{
	if (slice_eq(type, CONTENT_TYPE)) {
		bool again = *is_data;
		*is_data = value->tag == BER_OID && slice_eq(value->content, DATA);
		return *is_data && !again;
	}
	if (slice_eq(type, MESSAGE_DIGEST)) {
		bool again = out->message_digest.n != 0;
		out->message_digest = value->content;
		return value->tag == BER_OCTETS && value->content.n != 0 && !again;
	}
	if (slice_eq(type, SIGNING_TIME)) {
		bool again = out->time_tag != 0;
		out->time_tag = value->tag;
		out->time = value->content;
		return is_time(value) && !again;
	}
	return is_other(type) && value->tag == BER_SEQUENCE;
}

static bool attribute_read(struct signed_data *out, bool *is_data, struct ber *in)
{
	struct ber attribute, values;
	struct ber_element value;
	struct slice type;

	return ber_in(&attribute, in, BER_SEQUENCE) && ber_is(&type, &attribute, BER_OID) &&
		ber_in(&values, &attribute, BER_SET) && cursor_at_end(&attribute.in) &&
		ber_read(&value, &values, NULL) == ST_OK && cursor_at_end(&values.in) &&
		value_take(out, is_data, type, &value);
}

static bool attributes_read(struct signed_data *out, struct ber *in)
{
	struct ber attributes;
	bool is_data = false;

	if (!ber_in(&attributes, in, BER_CONTEXT_0))
		return false;
	out->attributes = cursor_rest(&attributes.in);
	while (!cursor_at_end(&attributes.in))
		if (!attribute_read(out, &is_data, &attributes))
			return false;
	return is_data && out->message_digest.n != 0;
}

static bool version_read(struct ber *in)
{
	struct slice version;

	return ber_is(&version, in, BER_INTEGER) && version.n == 1 && version.p[0] == VERSION;
}

static bool signer_read(struct signed_data *out, struct ber *in, struct slice listed)
{
	struct ber_element id;
	struct slice digest, scheme;

	if (!version_read(in) || ber_expect(&id, in, BER_SEQUENCE, "", NULL) != ST_OK ||
		!algorithm_read(&digest, in) || !attributes_read(out, in) ||
		!algorithm_read(&scheme, in) || !ber_is(&out->signature, in, BER_OCTETS))
		return false;
	out->signer = id.whole;
	return cursor_at_end(&in->in) && slice_eq(digest, listed) &&
		scheme_read(out, digest, scheme);
}

/* Of the one signer. */
static bool digests_read(struct slice *listed, struct ber *in)
{
	struct ber digests;

	return ber_in(&digests, in, BER_SET) && algorithm_read(listed, &digests) &&
		cursor_at_end(&digests.in);
}

static bool data_read(struct signed_data *out, struct ber *data)
{
	struct ber content, signers, signer;
	struct slice digest, type;

	return version_read(data) && digests_read(&digest, data) &&
		ber_in(&content, data, BER_SEQUENCE) && ber_is(&type, &content, BER_OID) &&
		slice_eq(type, DATA) && cursor_at_end(&content.in) &&
		ber_skip_if(data, BER_CONTEXT_0, NULL) == ST_OK &&
		ber_in(&signers, data, BER_SET) && cursor_at_end(&data->in) &&
		ber_in(&signer, &signers, BER_SEQUENCE) && cursor_at_end(&signers.in) &&
		signer_read(out, &signer, digest);
}

bool signed_data_read(struct signed_data *out, struct slice der)
{
	struct ber all = { .in = cursor_of(der), .strict = true }, outer, inner, data;
	struct signed_data read = { 0 };
	struct slice type;

	if (!ber_in(&outer, &all, BER_SEQUENCE) || !cursor_at_end(&all.in) ||
		!ber_is(&type, &outer, BER_OID) || !slice_eq(type, SIGNED_DATA) ||
		!ber_in(&inner, &outer, BER_CONTEXT_0) || !cursor_at_end(&outer.in) ||
		!ber_in(&data, &inner, BER_SEQUENCE) || !cursor_at_end(&inner.in) ||
		!data_read(&read, &data))
		return false;
	*out = read;
	return true;
}
