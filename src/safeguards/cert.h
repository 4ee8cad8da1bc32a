/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X.509 certificates.  A partner's certificates are pinned by their sheet;
 * what is asked of one here is its strength, dates and use, and, where authorities vouch for it too
 * (vouch.h), what they say of it.
 */
#ifndef TIELINE_SAFEGUARDS_CERT_H
#define TIELINE_SAFEGUARDS_CERT_H

#include "base/buf.h"

#define CERT_FINGERPRINT_SIZE 32 /* SHA-256 of the DER */
#define CERT_RSA_BITS_MIN 2048
#define CERT_RSA_BITS_MAX 8192 /* more is only work for us */
#define CERT_EXPONENT_BITS_MAX 64 /* of RSA: so is more, up to that of a private key */

struct cert; /* reference counted */

/* Exactly one certificate in DER, nothing after it. ST_INPUT "cert.syntax". */
NODISCARD enum status cert_parse_der(struct cert **out, struct slice der, struct fault *f);
/* The first in it. ST_INPUT "cert.syntax". */
NODISCARD enum status cert_parse_pem(struct cert **out, struct slice pem, struct fault *f);
struct cert *cert_ref(struct cert *);
void cert_free(struct cert *);
DEFINE_AUTO(cert)

void cert_format_der(struct buf *out, const struct cert *);
void cert_format_pem(struct buf *out, const struct cert *);

/* Borrowed: CERT_FINGERPRINT_SIZE bytes. */
struct slice cert_fingerprint(const struct cert *);
const char *cert_subject(const struct cert *);   /* borrowed, RFC 2253, printable UTF-8 */
int64_t cert_not_before_ns(const struct cert *);
int64_t cert_not_after_ns(const struct cert *);

/* SHA-256 of its SubjectPublicKeyInfo: the same for every certificate of one key. */
void cert_key_digest(uint8_t out[CERT_FINGERPRINT_SIZE], const struct cert *);
/* Its key was there before it began; 0: nobody knows. */
void cert_key_known(struct cert *, int64_t since_ns);

enum key_kind { KEY_EC_P256, KEY_EC_P384, KEY_EC_P521, KEY_RSA, KEY_OTHER };
enum key_kind cert_key_kind(const struct cert *);
unsigned cert_key_bits(const struct cert *);
const char *key_kind_name(enum key_kind); /* "P-256" */

/* What of a certificate is held to a profile, when the certificate itself is gone. */
struct cert_measure {
	enum key_kind kind;
	unsigned bits;   /* of the key; 0: there is no certificate */
	int64_t life_ns; /* from its begin to its end */
	int64_t key_since_ns; /* its key is at least as old */
};
struct cert_measure cert_measure(const struct cert *); /* NULL: of none */

/*
 * cert_check() takes it after its end, too, until then: what an agreement may say of a partner's
 * certificates (tolerance_holds).  0: no longer than its end.
 */
void cert_tolerate(struct cert *, int64_t until_ns);
bool cert_has_ended(const struct cert *, int64_t now_ns);

/*
 * Whether this certificate may be used now: within its dates
 * (ST_AUTH "cert.not-yet" | "cert.expired"), a key of P-256, P-384, P-521 or RSA of 2048 to 8192
 * bits with a short exponent (ST_AUTH "cert.key"), signed with SHA-256 or better (ST_AUTH
 * "cert.digest"); when it is vouched for, by the chain's rules too (ST_AUTH "chain.*").
 */
NODISCARD enum status cert_check(const struct cert *, int64_t now_ns, struct fault *f);

#endif
