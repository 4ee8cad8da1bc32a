/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: CMS SignedData (RFC 5652 5), detached for messages and receipts, encapsulated for
 * sheets.
 */
#ifndef TIELINE_SAFEGUARDS_SIGNATURE_H
#define TIELINE_SAFEGUARDS_SIGNATURE_H

#include "safeguards/digest.h"
#include "safeguards/key.h"
#include "safeguards/revocation.h"

#define SIGNATURE_SIZE_MAX 65536 /* bytes of DER or BER, either way */

struct signer {
	const struct cert *cert;
	const struct key *key;
	bool is_pss; /* how an RSA key signs: PSS, not PKCS#1 v1.5 */
};

/*
 * Detached, with contentType, messageDigest, signingTime attributes and the signer's certificate
 * inside; RSA keys sign as the signer says.  `content`: the digest of what is signed, as it is
 * (binary); the signature uses the same kind, PSS also in MGF1 and for its salt.
 * ST_HOST "signature.make", ST_RETRY from the key service.
 */
NODISCARD enum status signature_make(struct buf *der, const struct digest_value *content,
	const struct signer *, int64_t now_ns, struct fault *f);

struct signature_facts {
	size_t signer;                /* index in the `trusted` list */
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE]; /* of the signer, or of its successor */
	struct cert_measure measure;                /* of that certificate */
	struct revocation_verdict revocation;       /* likewise */
	struct digest_value digest;   /* of the content, as signed */
	int64_t signed_ns;            /* signingTime, 0 when absent */
};

/*
 * One signer at least must be one of `trusted` (compared by issuer and serial or key id, then by
 * key; the certificates inside the message are never trusted for themselves), or, where authorities
 * vouch for one of them, a certificate from inside that may stand for it (vouch.h); valid now, with
 * signed attributes, its algorithm default or in `algorithms` (ALG_BIT set of
 * exchange/agreement.h). ST_INPUT "signature.syntax", ST_AUTH "signature.unknown-signer" |
 * "signature.digest" (content changed: the text names both digests) | "signature.attributes" |
 * "signature.value" | "signature.algorithm" | "signature.algorithm.sha-1" (which ALG_SHA1 would
 * allow) | "cert.expired"...
 */
NODISCARD enum status signature_check(struct signature_facts *out, struct slice der,
	struct slice content, const struct cert *const *trusted, size_t trusted_count,
	unsigned algorithms, int64_t now_ns, struct fault *f);

/* The same of content with a digest that is known. */
NODISCARD enum status signature_check_digested(struct signature_facts *out, struct slice der,
	const struct digested *content, const struct cert *const *trusted, size_t trusted_count,
	unsigned algorithms, int64_t now_ns, struct fault *f);

/*
 * What the signer says the digest of the content is, whatever that content: where signature_check
 * has found another one.  Everything else is checked as there, the signature value too, so that
 * out->digest is truly what one of `trusted` signed.  The same faults but "signature.digest".
 */
NODISCARD enum status signature_claim(struct signature_facts *out, struct slice der,
	const struct cert *const *trusted, size_t trusted_count, unsigned algorithms,
	int64_t now_ns, struct fault *f);

#endif
