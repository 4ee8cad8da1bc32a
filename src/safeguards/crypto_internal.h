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

struct cert {
	X509 *x509;
	unsigned references;
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	char subject[256];
	int64_t not_before_ns, not_after_ns;
	enum key_kind kind;
	unsigned bits;
};

struct key {
	EVP_PKEY *pkey;
};

/*
 * Property query for structures that sign or unwrap: our provider first.  With a remote key OpenSSL
 * then goes straight to it, instead of trying to move the key to the default provider and failing;
 * everything else comes from there.
 */
#define OWN_PROVIDER_FIRST "?provider=tieline"

/* Of digest.c. */
const EVP_MD *digest_md(enum digest);

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
