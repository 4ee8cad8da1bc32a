/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private keys.  A local key is in this process's memory: only `init` and
 * the keyholder have one.  A remote key is a handle that asks the keyholder
 * through our OpenSSL provider; it fits wherever a local one does (CMS, TLS).
 */
#ifndef TIELINE_SAFEGUARDS_KEY_H
#define TIELINE_SAFEGUARDS_KEY_H

#include "safeguards/cert.h"

struct key;

/* KEY_RSA makes 3072 bits. ST_HOST "key.generate". */
NODISCARD enum status key_generate(struct key **out, enum key_kind, struct fault *f);
/* PKCS#8 PEM, unencrypted. ST_INPUT "key.syntax". */
NODISCARD enum status key_parse_pem(struct key **out, struct slice pem, struct fault *f);
void key_format_pem(struct buf *out, const struct key *);
/*
 * The same under a passphrase: PKCS#8 of AES-256-CBC, its key by scrypt (16 MiB, four times), so
 * that `openssl pkey -in FILE` reads it, too.  ST_HOST "key.seal"; reading ST_AUTH
 * "key.passphrase", ST_INPUT "key.syntax".
 */
#define KEY_PASSPHRASE_MIN 12 /* bytes */
#define KEY_PASSPHRASE_MAX 1024
NODISCARD enum status key_format_sealed(
	struct buf *out, const struct key *, struct slice passphrase, struct fault *f);
NODISCARD enum status key_parse_sealed(
	struct key **out, struct slice pem, struct slice passphrase, struct fault *f);
void key_free(struct key *);
DEFINE_AUTO(key)

bool key_matches(const struct key *, const struct cert *);

/* What a private key is asked to do, and nothing more: the keyholder's three verbs. */
enum key_scheme {
	KEY_SIGN_ECDSA,     /* sign: digest in, DER signature out */
	KEY_SIGN_RSA_PKCS1, /* sign */
	KEY_SIGN_RSA_PSS,   /* sign; salt as long as the digest, MGF1 with the same digest */
	KEY_UNWRAP_OAEP,    /* unwrap: `digest_name` is OAEP's and MGF1's digest */
	KEY_UNWRAP_OAEP_MGF1_SHA1, /* unwrap; MGF1 with SHA-1: what Java does unasked */
	KEY_UNWRAP_RSA_V15, /* unwrap; implicit rejection: answers uniformly, no padding oracle */
	KEY_AGREE_ECDH,     /* agree: peer's uncompressed point in, shared x coordinate out */
	KEY_SCHEMES,
};

#define KEY_INPUT_MAX 1024
#define KEY_OUTPUT_MAX 1024

struct key_request {
	enum key_scheme scheme;
	char digest_name[16]; /* OpenSSL's name, "SHA256"; empty for agree and v1.5 unwrap */
	struct slice input;
};

/* ST_INPUT "key.request" | ST_HOST "key.operation".  Used by the keyholder and by tests. */
NODISCARD enum status key_serve(
	struct buf *out, const struct key *local, const struct key_request *, struct fault *f);

/*
 * The same of a key wherever it is: one that is remote asks its service, and has its faults, too.
 */
NODISCARD enum status key_apply(
	struct buf *out, const struct key *, const struct key_request *, struct fault *f);

/* How a process reaches the keyholder.  `number` is the key's index there. */
struct key_service {
	NODISCARD enum status (*ask)(void *context, struct buf *out, unsigned number,
		const struct key_request *, struct fault *f);
	void *context;
};

/*
 * A remote key whose public half is that of `cert`.  `service` must outlive it.
 * When the service fails, the OpenSSL operation fails: whoever gave the service knows why.
 */
NODISCARD enum status key_remote(struct key **out, const struct cert *, unsigned number,
	const struct key_service *service, struct fault *f);

#endif
