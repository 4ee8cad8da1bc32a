/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the modules of this folder share and nobody else sees: OpenSSL objects behind our opaque
 * ones.
 */
#ifndef TIELINE_SAFEGUARDS_CRYPTO_INTERNAL_H
#define TIELINE_SAFEGUARDS_CRYPTO_INTERNAL_H

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "safeguards/digest.h"
#include "safeguards/key.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"
#include "safeguards/vouch.h"

/* By whom a certificate is judged beyond itself: filled by vouch.c. */
struct vouched {
	const struct vouch *by;
	enum chain_purpose purpose;
	struct cert *sent[CHAIN_INTERMEDIATES_MAX];
	size_t sent_count; /* may be more than are kept */
};
void vouched_free(struct vouched *);
NODISCARD enum status vouched_check(
	struct revocation_verdict *out, const struct cert *, int64_t now_ns, struct fault *f);

struct cert {
	X509 *x509;
	unsigned references;
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	char subject[256];
	int64_t not_before_ns, not_after_ns;
	int64_t key_since_ns; /* cert_key_known(); else its begin */
	int64_t tolerated_until_ns; /* 0: not beyond its end */
	enum key_kind kind;
	unsigned bits;
	unsigned exponent_bits; /* rsa_exponent_bits() */
	bool digest_is_strong; /* that it is signed with */
	struct buf der, id;    /* as it came; cert_put_id() */
	EVP_PKEY_CTX *verifier; /* for signature.c; NULL: none was checked yet */
	struct vouched *vouched; /* NULL: pinned, nobody else is asked */
};

/* What need not be made, or compared, for each message again. */
struct key_memory {
	EVP_PKEY_CTX *signing; /* by that scheme and digest; NULL: not yet */
	enum key_scheme scheme;
	char digest_name[16];
	size_t digest_n;
	EVP_PKEY_CTX *agreeing; /* NULL: not yet */
	uint8_t matched[CERT_FINGERPRINT_SIZE]; /* the certificate that key_matches() */
	bool has_matched;
};

struct key {
	EVP_PKEY *pkey;
	EVP_PKEY *peer; /* of the same curve: where points are put that it agrees with; or NULL */
	struct key_memory *memory;
	const struct key_service *service; /* NULL: the private half is in pkey */
	unsigned number;                   /* at the service */
};

/* The same certificate as ours, which takes a reference of its own.  ST_INPUT "cert.syntax". */
NODISCARD enum status cert_of_x509(struct cert **out, X509 *, struct fault *f);
/* cert_measure() of what need not be kept: a courier asks for each message. */
struct cert_measure x509_measure(X509 *);
/* What an operation with the public half costs; 0: it is no RSA key. */
unsigned rsa_exponent_bits(EVP_PKEY *);
/* 0 when there is none; before 1970 and after 2261 is cut to what fits. */
int64_t asn1_time_ns(const ASN1_TIME *);
/* RFC 2253, printable UTF-8, cut to what fits: '?' is for what a terminal would act on. */
void name_format(char *out, size_t size, const X509_NAME *);
/* IssuerAndSerialNumber (RFC 5652 10.2.4), by which CMS names a certificate. */
void cert_put_id(struct buf *out, const struct cert *);
bool cert_digest_is_strong(const struct cert *); /* signed with SHA-256 or better */
bool algorithm_is_strong(const X509_ALGOR *);     /* the same of any signature */

/*
 * Property query for structures that sign or unwrap: our provider first.  With a remote key OpenSSL
 * then goes straight to it, instead of trying to move the key to the default provider and failing;
 * everything else comes from there.
 */
#define OWN_PROVIDER_FIRST "?provider=tieline"

/*
 * Of signature.c and sealing.c: signature_check() and sealing_open() without what they read
 * themselves.  Both ways say the same of any bytes; the test of that calls these.
 */
NODISCARD enum status signature_check_by_library(struct signature_facts *out, struct slice der,
	struct slice content, const struct cert *const *trusted, size_t trusted_count,
	unsigned algorithms, int64_t now_ns, struct fault *f);
NODISCARD enum status sealing_open_by_library(struct buf *content, struct slice der,
	const struct opener *openers, size_t opener_count, unsigned algorithms, struct fault *f);

/*
 * Of signature.c and key_agreement.c: a signature over this digest, by a key of curves; a content
 * key that was wrapped (RFC 3394), out of what `kek` of 16 or 32 bytes wraps.  Vectors of others
 * have neither our attributes nor our derivation around them.
 */
bool signature_value_holds(struct cert *, const struct digest_value *, struct slice signature);
bool content_key_unwrap(struct buf *content_key, struct slice kek, struct slice wrapped);

/* A read-only BIO over the slice, which it borrows. */
BIO *bio_of(struct slice);

/* The bytes of a memory BIO appended to out. */
void buf_put_bio(struct buf *out, BIO *memory);

/*
 * For every PEM_read: without it OpenSSL asks at the terminal for the passphrase of whatever says
 * that it is encrypted.
 */
int no_passphrase(char *out, int size, int writing, void *unused);

/* Fills f with OpenSSL's last error after the text, and empties its queue. */
enum status crypto_fault(struct fault *f, enum status, const char *code, const char *doing);

static inline void bio_free_ptr(BIO **p) { BIO_free_all(*p); }
static inline void cms_free_ptr(CMS_ContentInfo **p) { CMS_ContentInfo_free(*p); }
static inline void pkey_free_ptr(EVP_PKEY **p) { EVP_PKEY_free(*p); }
static inline void pkey_ctx_free_ptr(EVP_PKEY_CTX **p) { EVP_PKEY_CTX_free(*p); }
static inline void x509_free_ptr(X509 **p) { X509_free(*p); }
#define AUTO_BIO __attribute__((cleanup(bio_free_ptr))) BIO *
#define AUTO_CMS __attribute__((cleanup(cms_free_ptr))) CMS_ContentInfo *
#define AUTO_PKEY __attribute__((cleanup(pkey_free_ptr))) EVP_PKEY *
#define AUTO_PKEY_CTX __attribute__((cleanup(pkey_ctx_free_ptr))) EVP_PKEY_CTX *
#define AUTO_X509 __attribute__((cleanup(x509_free_ptr))) X509 *

#endif
