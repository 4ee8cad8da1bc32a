/* SPDX-License-Identifier: Apache-2.0 */
/* Used by sealing.c. */
#include "safeguards/key_agreement.h"

#include <openssl/err.h>

#include "safeguards/ber.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/looked_up.h"

#define VERSION 3
#define POINT_MAX 133         /* uncompressed P-521 */
#define SECRET_MAX 66
#define WRAPPED_MAX (CONTENT_KEY_MAX + 8)
#define INFO_MAX 64           /* ECC-CMS-SharedInfo without user keying material */
#define ID_MAX 4096           /* issuer and number of a certificate of ours */

#define EC_PUBLIC_KEY S("\x2a\x86\x48\xce\x3d\x02\x01") /* 1.2.840.10045.2.1 */
#define STD_DH "\x2b\x81\x04\x01\x0b"                   /* 1.3.132.1.11 */
#define AES_ARC "\x60\x86\x48\x01\x65\x03\x04\x01"      /* 2.16.840.1.101.3.4.1 */

/* dhSinglePass-stdDH-*kdf-scheme (RFC 5753 7.1.4) */
static const struct derivation {
	struct slice oid;
	enum digest digest;
} derivations[] = {
	{ { (const uint8_t *)STD_DH "\x01", 6 }, DIGEST_SHA256 },
	{ { (const uint8_t *)STD_DH "\x02", 6 }, DIGEST_SHA384 },
	{ { (const uint8_t *)STD_DH "\x03", 6 }, DIGEST_SHA512 },
};

static const struct wrapping {
	struct slice oid;
	size_t key_n;
	const char *cipher; /* OpenSSL's name */
} wrappings[] = {
	{ { (const uint8_t *)AES_ARC "\x2d", 9 }, 32, "AES-256-WRAP" },
	{ { (const uint8_t *)AES_ARC "\x05", 9 }, 16, "AES-128-WRAP" },
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void cipher_ctx_free_ptr(EVP_CIPHER_CTX **p)
{
	EVP_CIPHER_CTX_free(*p);
}
#define AUTO_CIPHER_CTX __attribute__((cleanup(cipher_ctx_free_ptr))) EVP_CIPHER_CTX *

/* --- the key that wraps ----------------------------------------------------------- */

/* ECC-CMS-SharedInfo (RFC 5753 7.2): the wrap's algorithm and the bits of its key. */
static void info_put(struct buf *out, struct slice wrap_algorithm, size_t key_n)
{
	const uint8_t bits[] = { 0, 0, (uint8_t)(key_n * 8 >> 8), (uint8_t)(key_n * 8) };
	const size_t from = out->n;

	buf_put(out, wrap_algorithm);
	const size_t supplement = out->n;
	ber_put(out, BER_OCTETS, slice_of(bits, sizeof(bits)));
	ber_wrap(out, supplement, BER_CONTEXT_2);
	ber_wrap(out, from, BER_SEQUENCE);
}

/* X9.63: one block is enough, for no digest of ours is shorter than a key that wraps. */
static void derive(struct digest_value *out, enum digest kind, struct slice secret,
	struct slice wrap_algorithm, size_t key_n)
{
	AUTO_IN_PLACE(buf) in = buf_init(SECRET_MAX + 4 + INFO_MAX);

	buf_put(&in, secret);
	buf_put_u32(&in, 1);
	info_put(&in, wrap_algorithm, key_n);
	digest_compute(out, kind, buf_slice(&in));
}

/* How many bytes came out; 0: it failed. */
static size_t wrap_pass(uint8_t out[WRAPPED_MAX], const struct wrapping *w, const uint8_t *kek,
	struct slice in, bool encrypt)
{
	AUTO_CIPHER_CTX ctx = EVP_CIPHER_CTX_new();
	int n = 0;

	if (!ctx || in.n > WRAPPED_MAX)
		return 0;
	EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
	if (EVP_CipherInit_ex(ctx, cipher_named(w->cipher), NULL, kek, NULL, encrypt) != 1 ||
		EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) != 1)
		return 0;
	return (size_t)n;
}

/* --- writing ----------------------------------------------------------------------- */

/* As strong as the key agreed with (RFC 5753 7.1.8, SP 800-57). */
static const struct derivation *derivation_for(const struct cert *recipient)
{
	return &derivations[cert_key_kind(recipient) == KEY_EC_P256 ? 0 : 1];
}

static EVP_PKEY *ephemeral_make(EVP_PKEY *public)
{
	AUTO_PKEY_CTX ctx = EVP_PKEY_CTX_new_from_pkey(NULL, public, NULL);
	EVP_PKEY *made = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_generate(ctx, &made) != 1)
		return NULL;
	return made;
}

/* The partner's point is checked when the certificate is parsed. */
static bool secret_make(struct buf *secret, EVP_PKEY *own, EVP_PKEY *public)
{
	AUTO_PKEY_CTX ctx = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	size_t n = SECRET_MAX;
	uint8_t *to = buf_extend(secret, n);

	if (!ctx || !to || EVP_PKEY_derive_init(ctx) != 1 ||
		EVP_PKEY_derive_set_peer_ex(ctx, public, 0) != 1 ||
		EVP_PKEY_derive(ctx, to, &n) != 1)
		return false;
	buf_truncate(secret, n);
	return true;
}

static bool point_put(struct buf *out, EVP_PKEY *key)
{
	unsigned char *point = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(key, &point);

	buf_put(out, slice_of(point, n));
	OPENSSL_free(point);
	return n != 0;
}

static void wrap_algorithm_put(struct buf *out, const struct wrapping *w)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, w->oid);
	ber_wrap(out, from, BER_SEQUENCE);
}

/* The curve is that of the recipient's key, and not named again. */
static void originator_put(struct buf *out, struct slice point)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, EC_PUBLIC_KEY);
	ber_wrap(out, from, BER_SEQUENCE);
	const size_t bits = out->n;
	buf_put_u8(out, 0); /* none of the last byte is unused */
	buf_put(out, point);
	ber_wrap(out, bits, BER_BITS);
	ber_wrap(out, from, BER_CONTEXT_1);
	ber_wrap(out, from, BER_CONTEXT_0);
}

static void scheme_put(struct buf *out, const struct derivation *d, struct slice wrap_algorithm)
{
	const size_t from = out->n;

	ber_put(out, BER_OID, d->oid);
	buf_put(out, wrap_algorithm);
	ber_wrap(out, from, BER_SEQUENCE);
}

static void wrapped_put(struct buf *out, const struct cert *recipient, struct slice wrapped)
{
	const size_t from = out->n;

	cert_put_id(out, recipient);
	ber_put(out, BER_OCTETS, wrapped);
	ber_wrap(out, from, BER_SEQUENCE);
	ber_wrap(out, from, BER_SEQUENCE);
}

static void recipient_put(struct buf *out, const struct cert *recipient, struct slice point,
	struct slice wrap_algorithm, struct slice wrapped)
{
	const uint8_t version = VERSION;
	const size_t from = out->n;

	ber_put(out, BER_INTEGER, slice_of(&version, 1));
	originator_put(out, point);
	scheme_put(out, derivation_for(recipient), wrap_algorithm);
	wrapped_put(out, recipient, wrapped);
	ber_wrap(out, from, BER_CONTEXT_1);
	ber_wrap(out, from, BER_SET);
}

static enum status failed(struct fault *f)
{
	return crypto_fault(f, ST_HOST, "sealing.make", "sealing");
}

enum status agreement_put(
	struct buf *out, struct slice content_key, const struct cert *recipient, struct fault *f)
{
	AUTO_IN_PLACE(buf) point = buf_init(POINT_MAX), secret = buf_init(SECRET_MAX);
	AUTO_IN_PLACE(buf) algorithm = buf_init(INFO_MAX);
	EVP_PKEY *public = X509_get0_pubkey(recipient->x509);
	AUTO_PKEY own = public ? ephemeral_make(public) : NULL;
	const struct wrapping *w = &wrappings[0];
	struct digest_value kek;
	uint8_t wrapped[WRAPPED_MAX];

	if (!own || !point_put(&point, own) || !secret_make(&secret, own, public))
		return failed(f);
	wrap_algorithm_put(&algorithm, w);
	derive(&kek, derivation_for(recipient)->digest, buf_slice(&secret), buf_slice(&algorithm),
		w->key_n);
	size_t n = wrap_pass(wrapped, w, kek.bytes, content_key, true);
	OPENSSL_cleanse(&kek, sizeof(kek));
	if (n == 0)
		return failed(f);
	recipient_put(out, recipient, buf_slice(&point), buf_slice(&algorithm),
		slice_of(wrapped, n));
	return buf_check(out, f);
}

/* --- reading ----------------------------------------------------------------------- */

struct agreed {
	struct slice point, wrapped;
	const struct derivation *derivation;
	const struct wrapping *wrapping;
	const struct opener *opener;
};

/* False, of all of these: in another form, or broken. */
static bool originator_read(struct agreed *a, struct ber *in)
{
	struct ber chosen, key, algorithm;
	struct slice oid, bits;

	if (!ber_in(&chosen, in, BER_CONTEXT_0) || !ber_in(&key, &chosen, BER_CONTEXT_1) ||
		!cursor_at_end(&chosen.in) || !ber_in(&algorithm, &key, BER_SEQUENCE) ||
		!ber_is(&oid, &algorithm, BER_OID) || !slice_eq(oid, EC_PUBLIC_KEY) ||
		!cursor_at_end(&algorithm.in) || !ber_is(&bits, &key, BER_BITS) ||
		!cursor_at_end(&key.in))
		return false;
	a->point = slice_from(bits, 1);
	return slice_has_prefix(bits, slice_of((const uint8_t[]){ 0, 4 }, 2)) &&
		a->point.n <= POINT_MAX;
}

static bool derivation_find(struct agreed *a, struct slice oid)
{
	for (size_t i = 0; i < COUNT(derivations); i++)
		if (slice_eq(oid, derivations[i].oid))
			a->derivation = &derivations[i];
	return a->derivation != NULL;
}

static bool wrapping_find(struct agreed *a, struct slice oid)
{
	for (size_t i = 0; i < COUNT(wrappings); i++)
		if (slice_eq(oid, wrappings[i].oid))
			a->wrapping = &wrappings[i];
	return a->wrapping != NULL;
}

static bool scheme_read(struct agreed *a, struct ber *in)
{
	struct ber scheme, wrap;
	struct slice oid;

	return ber_in(&scheme, in, BER_SEQUENCE) && ber_is(&oid, &scheme, BER_OID) &&
		derivation_find(a, oid) && ber_in(&wrap, &scheme, BER_SEQUENCE) &&
		cursor_at_end(&scheme.in) && ber_is(&oid, &wrap, BER_OID) &&
		wrapping_find(a, oid) && cursor_at_end(&wrap.in);
}

static const struct opener *opener_find(
	struct slice id, const struct opener *openers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_IN_PLACE(buf) ours = buf_init(ID_MAX);
		cert_put_id(&ours, openers[i].cert);
		if (slice_eq(id, buf_slice(&ours)))
			return &openers[i];
	}
	return NULL;
}

static bool wrapped_read(
	struct agreed *a, struct ber *in, const struct opener *openers, size_t count)
{
	struct ber list, one;
	struct ber_element id;

	if (!ber_in(&list, in, BER_SEQUENCE) || !ber_in(&one, &list, BER_SEQUENCE) ||
		!cursor_at_end(&list.in) ||
		ber_expect(&id, &one, BER_SEQUENCE, "", NULL) != ST_OK ||
		!ber_is(&a->wrapped, &one, BER_OCTETS) || !cursor_at_end(&one.in))
		return false;
	a->opener = opener_find(id.whole, openers, count);
	return a->opener && cert_key_kind(a->opener->cert) < KEY_RSA;
}

static bool version_read(struct ber *in)
{
	struct slice version;

	return ber_is(&version, in, BER_INTEGER) && version.n == 1 && version.p[0] == VERSION;
}

static bool recipient_read(struct agreed *a, struct slice recipients,
	const struct opener *openers, size_t count)
{
	struct ber all = { .in = cursor_of(recipients), .strict = true }, set, one;

	return ber_in(&set, &all, BER_SET) && cursor_at_end(&all.in) &&
		ber_in(&one, &set, BER_CONTEXT_1) && cursor_at_end(&set.in) &&
		version_read(&one) && originator_read(a, &one) && scheme_read(a, &one) &&
		wrapped_read(a, &one, openers, count) && cursor_at_end(&one.in);
}

bool content_key_unwrap(struct buf *content_key, struct slice kek, struct slice wrapped)
{
	const struct wrapping *w = kek.n == wrappings[0].key_n ? &wrappings[0] : &wrappings[1];
	uint8_t key[WRAPPED_MAX];
	size_t n = kek.n == w->key_n ? wrap_pass(key, w, kek.p, wrapped, false) : 0;

	buf_put(content_key, slice_of(key, n));
	OPENSSL_cleanse(key, sizeof(key));
	return n != 0 && !content_key->overflow;
}

static bool unwrap(struct buf *content_key, const struct agreed *a)
{
	AUTO_IN_PLACE(buf) secret = buf_init(KEY_OUTPUT_MAX), algorithm = buf_init(INFO_MAX);
	const struct key_request request = { .scheme = KEY_AGREE_ECDH, .input = a->point };
	struct digest_value kek;
	struct fault unused; /* who gave the service knows why */

	if (key_apply(&secret, a->opener->key, &request, &unused) != ST_OK || secret.n > SECRET_MAX)
		return false;
	wrap_algorithm_put(&algorithm, a->wrapping);
	derive(&kek, a->derivation->digest, buf_slice(&secret), buf_slice(&algorithm),
		a->wrapping->key_n);
	bool is_good = content_key_unwrap(
		content_key, slice_of(kek.bytes, a->wrapping->key_n), a->wrapped);
	OPENSSL_cleanse(&kek, sizeof(kek));
	return is_good;
}

enum status agreement_open(struct buf *content_key, struct slice recipients,
	const struct opener *openers, size_t count, struct fault *f)
{
	struct agreed a = { 0 };

	if (!recipient_read(&a, recipients, openers, count))
		return ST_NONE;
	if (unwrap(content_key, &a))
		return ST_OK;
	ERR_clear_error();
	return fault_set(f, ST_AUTH, "sealing.decrypt", "the content could not be decrypted");
}
