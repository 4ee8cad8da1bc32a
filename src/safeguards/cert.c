/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates parsed once, with what is asked of them often already worked out. */
#include "safeguards/cert.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "exchange/agreement.h"
#include "exchange/utf8.h"
#include "safeguards/ber.h"
#include "safeguards/crypto_internal.h"
#include "safeguards/digest.h"

#define DER_MAX 65536
#define SECONDS_MAX INT64_C(9200000000) /* 2261: later does not fit into nanoseconds */
#define DIGEST_SIZE_MIN 32 /* bytes: SHA-256 */

int64_t asn1_time_ns(const ASN1_TIME *t)
{
	struct tm tm = { 0 };

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	int64_t seconds = (int64_t)timegm(&tm);
	if (seconds <= 0)
		return 1; /* 0 is none */
	return (seconds < SECONDS_MAX ? seconds : SECONDS_MAX) * NS_PER_S;
}

static const struct {
	const char *name, *of_x962;
} curves[KEY_RSA] = {
	[KEY_EC_P256] = { "P-256", "prime256v1" },
	[KEY_EC_P384] = { "P-384", "secp384r1" },
	[KEY_EC_P521] = { "P-521", "secp521r1" },
};

static enum key_kind kind_of(EVP_PKEY *key)
{
	char group[64] = "";
	size_t n;

	if (!key)
		return KEY_OTHER;
	if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
		return KEY_RSA;
	if (!EVP_PKEY_is_a(key, "EC") ||
		EVP_PKEY_get_group_name(key, group, sizeof(group), &n) != 1)
		return KEY_OTHER;
	for (enum key_kind kind = 0; kind < KEY_RSA; kind++)
		if (strcmp(group, curves[kind].name) == 0 ||
			strcmp(group, curves[kind].of_x962) == 0)
			return kind;
	return KEY_OTHER;
}

/* What is no character, or one that a terminal would act on, becomes '?'; none is cut. */
static void name_clean(char *out, size_t size, struct slice rest)
{
	size_t at = 0;
	uint32_t c;

	while (rest.n > 0) {
		size_t n = utf8_first(&c, rest);
		bool is_clean = n > 0 && !utf8_is_control(c);

		n = n ? n : 1;
		if (at + n >= size)
			break;
		for (size_t i = 0; is_clean && i < n; i++)
			out[at++] = (char)rest.p[i];
		if (!is_clean)
			out[at++] = '?';
		rest = slice_from(rest, n);
	}
	out[at] = '\0';
}

void name_format(char *out, size_t size, const X509_NAME *name)
{
	AUTO_BIO text = BIO_new(BIO_s_mem());
	char *bytes;

	/* UTF-8 as it is: a name of people is for people. */
	X509_NAME_print_ex(text, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
	long n = BIO_get_mem_data(text, &bytes);
	name_clean(out, size, slice_of((const uint8_t *)bytes, n > 0 ? (size_t)n : 0));
}

/* Nothing: it has no number, or no issuer. */
static void id_put(struct buf *out, const X509 *x509)
{
	const unsigned char *name;
	size_t name_n;
	unsigned char *number = NULL;
	int n = i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), &number);

	if (n >= 0 && X509_NAME_get0_der(X509_get_issuer_name(x509), &name, &name_n) == 1) {
		buf_put(out, slice_of(name, name_n));
		buf_put(out, slice_of(number, (size_t)n));
		ber_wrap(out, 0, BER_SEQUENCE);
	}
	OPENSSL_free(number);
}

static bool md_is_strong(int md)
{
	if (md == NID_undef)
		return true; /* EdDSA, whose digest is part of the scheme */
	const EVP_MD *digest = EVP_get_digestbynid(md);
	return digest && EVP_MD_get_size(digest) >= DIGEST_SIZE_MIN;
}

static bool signature_is_strong(X509 *x509)
{
	int md = NID_undef;

	return X509_get_signature_info(x509, &md, NULL, NULL, NULL) == 1 && md_is_strong(md);
}

unsigned rsa_exponent_bits(EVP_PKEY *key)
{
	BIGNUM *exponent = NULL;

	if (!key || EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) != 1)
		return 0;
	unsigned bits = (unsigned)BN_num_bits(exponent);
	BN_free(exponent);
	return bits;
}

/* Takes x509. */
static struct cert *cert_of(X509 *x509, struct slice der)
{
	struct cert *c = alloc_zeroed(1, sizeof(*c));
	EVP_PKEY *key = X509_get0_pubkey(x509);

	c->x509 = x509;
	c->references = 1;
	digest_sha256(c->fingerprint, der);
	c->not_before_ns = asn1_time_ns(X509_get0_notBefore(x509));
	c->not_after_ns = asn1_time_ns(X509_get0_notAfter(x509));
	c->key_since_ns = c->not_before_ns;
	c->kind = kind_of(key);
	c->bits = key ? (unsigned)EVP_PKEY_get_bits(key) : 0;
	c->exponent_bits = c->kind == KEY_RSA ? rsa_exponent_bits(key) : 0;
	c->digest_is_strong = signature_is_strong(x509);
	c->der = buf_init(DER_MAX);
	buf_put(&c->der, der);
	c->id = buf_init(DER_MAX);
	id_put(&c->id, x509);
	name_format(c->subject, sizeof(c->subject), X509_get_subject_name(x509));
	return c;
}

/* What comes by TLS or CMS is written anew: in any other form it would be another certificate. */
static bool is_written_so(X509 *x509, struct slice der)
{
	unsigned char *again = NULL;
	int n = i2d_X509(x509, &again);
	bool same = n >= 0 && slice_eq(slice_of(again, (size_t)n), der);

	OPENSSL_free(again);
	return same;
}

enum status cert_parse_der(struct cert **out, struct slice der, struct fault *f)
{
	const unsigned char *p = der.p;
	X509 *x509 = der.n == 0 || der.n > DER_MAX ? NULL : d2i_X509(NULL, &p, (long)der.n);

	if (!x509)
		return crypto_fault(f, ST_INPUT, "cert.syntax", "not a certificate");
	if (p != der.p + der.n) {
		X509_free(x509);
		return fault_at(f, ST_INPUT, (uint64_t)(p - der.p), "cert.syntax",
			"bytes after the certificate");
	}
	if (!is_written_so(x509, der)) {
		X509_free(x509);
		return fault_set(f, ST_INPUT, "cert.syntax",
			"not DER: written as it must be, the certificate has another fingerprint");
	}
	*out = cert_of(x509, der);
	return ST_OK;
}

enum status cert_parse_pem(struct cert **out, struct slice pem, struct fault *f)
{
	AUTO_BIO in = bio_of(pem);
	AUTO_X509 x509 = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
	unsigned char *der = NULL;
	int n = x509 ? i2d_X509(x509, &der) : -1;

	if (n < 0)
		return crypto_fault(f, ST_INPUT, "cert.syntax", "not a PEM certificate");
	enum status st = cert_parse_der(out, slice_of(der, (size_t)n), f);
	OPENSSL_free(der);
	return st;
}

enum status cert_of_x509(struct cert **out, X509 *x509, struct fault *f)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x509, &der);

	if (n < 0)
		return crypto_fault(f, ST_INPUT, "cert.syntax", "not a certificate");
	X509_up_ref(x509);
	*out = cert_of(x509, slice_of(der, (size_t)n));
	OPENSSL_free(der);
	return ST_OK;
}

struct cert *cert_ref(struct cert *c)
{
	c->references++;
	return c;
}

void cert_free(struct cert *c)
{
	if (!c || --c->references != 0)
		return;
	vouched_free(c->vouched);
	EVP_PKEY_CTX_free(c->verifier);
	X509_free(c->x509);
	buf_done(&c->der);
	buf_done(&c->id);
	free(c);
}

void cert_format_der(struct buf *out, const struct cert *c)
{
	buf_put(out, buf_slice(&c->der));
}

void cert_format_pem(struct buf *out, const struct cert *c)
{
	AUTO_BIO memory = BIO_new(BIO_s_mem());

	if (!memory || PEM_write_bio_X509(memory, c->x509) != 1)
		die("OpenSSL cannot write a certificate it has read");
	buf_put_bio(out, memory);
}

void cert_put_id(struct buf *out, const struct cert *c)
{
	if (c->id.n == 0)
		die("OpenSSL cannot write a certificate it has read");
	buf_put(out, buf_slice(&c->id));
}

struct slice cert_fingerprint(const struct cert *c)
{
	return slice_of(c->fingerprint, sizeof(c->fingerprint));
}

const char *cert_subject(const struct cert *c)
{
	return c->subject;
}

int64_t cert_not_before_ns(const struct cert *c)
{
	return c->not_before_ns;
}

int64_t cert_not_after_ns(const struct cert *c)
{
	return c->not_after_ns;
}

enum key_kind cert_key_kind(const struct cert *c)
{
	return c->kind;
}

unsigned cert_key_bits(const struct cert *c)
{
	return c->bits;
}

void cert_key_digest(uint8_t out[CERT_FINGERPRINT_SIZE], const struct cert *c)
{
	unsigned char *spki = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x509), &spki);

	if (n < 0)
		die("OpenSSL cannot write a key it has read");
	digest_sha256(out, slice_of(spki, (size_t)n));
	OPENSSL_free(spki);
}

void cert_key_known(struct cert *c, int64_t since_ns)
{
	if (since_ns != 0 && since_ns < c->key_since_ns)
		c->key_since_ns = since_ns;
}

struct cert_measure x509_measure(X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	const int64_t begins_ns = asn1_time_ns(X509_get0_notBefore(x509));

	return (struct cert_measure){ .kind = kind_of(key),
		.bits = key ? (unsigned)EVP_PKEY_get_bits(key) : 0,
		.life_ns = asn1_time_ns(X509_get0_notAfter(x509)) - begins_ns,
		.key_since_ns = begins_ns };
}

struct cert_measure cert_measure(const struct cert *c)
{
	if (!c)
		return (struct cert_measure){ .bits = 0 };
	return (struct cert_measure){ .kind = c->kind,
		.bits = c->bits,
		.life_ns = c->not_after_ns - c->not_before_ns,
		.key_since_ns = c->key_since_ns };
}

const char *key_kind_name(enum key_kind kind)
{
	static const char *const names[] = {
		[KEY_EC_P256] = "P-256",
		[KEY_EC_P384] = "P-384",
		[KEY_EC_P521] = "P-521",
		[KEY_RSA] = "RSA",
		[KEY_OTHER] = "other",
	};

	return names[(unsigned)kind <= KEY_OTHER ? kind : KEY_OTHER];
}

bool cert_digest_is_strong(const struct cert *c)
{
	return c->digest_is_strong;
}

/* RFC 4055 3.1: SHA-1 where no digest is said. */
static int md_of_pss(const X509_ALGOR *algorithm)
{
	RSA_PSS_PARAMS *params =
		ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), algorithm->parameter);
	const ASN1_OBJECT *md = NULL;

	if (params && params->hashAlgorithm)
		X509_ALGOR_get0(&md, NULL, NULL, params->hashAlgorithm);
	RSA_PSS_PARAMS_free(params);
	ERR_clear_error();
	return md ? OBJ_obj2nid(md) : NID_sha1;
}

bool algorithm_is_strong(const X509_ALGOR *algorithm)
{
	const ASN1_OBJECT *object;
	int md = NID_undef;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	const int scheme = OBJ_obj2nid(object);
	if (OBJ_find_sigid_algs(scheme, &md, NULL) != 1)
		return false;
	return md_is_strong(scheme == NID_rsassaPss ? md_of_pss(algorithm) : md);
}

void cert_tolerate(struct cert *c, int64_t until_ns)
{
	c->tolerated_until_ns = until_ns;
}

bool cert_has_ended(const struct cert *c, int64_t now_ns)
{
	return now_ns > c->not_after_ns;
}

static enum status own_check(const struct cert *c, int64_t now_ns, struct fault *f)
{
	char when[TIME_TEXT_MAX];

	if (now_ns < c->not_before_ns)
		return fault_set(f, ST_AUTH, "cert.not-yet", "%s is valid from %s on", c->subject,
			time_format(when, c->not_before_ns));
	if (cert_has_ended(c, now_ns) && !tolerance_holds(c->tolerated_until_ns, now_ns))
		return fault_set(f, ST_AUTH, "cert.expired", "%s expired at %s", c->subject,
			time_format(when, c->not_after_ns));
	bool is_rsa_apart = c->bits < CERT_RSA_BITS_MIN || c->bits > CERT_RSA_BITS_MAX;
	if (c->kind == KEY_OTHER || (c->kind == KEY_RSA && is_rsa_apart))
		return fault_set(f, ST_AUTH, "cert.key",
			"%s has a key of %u bits: P-256, P-384 or RSA of %d to %d is needed",
			c->subject, c->bits, CERT_RSA_BITS_MIN, CERT_RSA_BITS_MAX);
	if (c->exponent_bits > CERT_EXPONENT_BITS_MAX)
		return fault_set(f, ST_AUTH, "cert.key",
			"%s has an RSA key with an exponent of %u bits: at most %d are taken, "
			"and 65537 is usual",
			c->subject, c->exponent_bits, CERT_EXPONENT_BITS_MAX);
	if (!cert_digest_is_strong(c))
		return fault_set(f, ST_AUTH, "cert.digest",
			"%s is signed with a digest below SHA-256", c->subject);
	return ST_OK;
}

enum status cert_check_revocation(
	struct revocation_verdict *out, const struct cert *c, int64_t now_ns, struct fault *f)
{
	*out = (struct revocation_verdict){ .state = REVOCATION_NOT_ASKED };
	TRY(own_check(c, now_ns, f));
	return c->vouched ? vouched_check(out, c, now_ns, f) : ST_OK;
}

enum status cert_check(const struct cert *c, int64_t now_ns, struct fault *f)
{
	struct revocation_verdict unused;

	return cert_check_revocation(&unused, c, now_ns, f);
}
