/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed content.  We write AuthEnvelopedData (RFC 5083, 5084) with AES-GCM, or EnvelopedData with
 * AES-CBC, with ECDH key agreement (RFC 5753, X9.63 KDF, AES-256 wrap) for EC partners and RSA-OAEP
 * with SHA-256, or PKCS#1 v1.5 where the agreement says so, for RSA ones.
 */
#ifndef TIELINE_SAFEGUARDS_SEALING_H
#define TIELINE_SAFEGUARDS_SEALING_H

#include "exchange/algorithms.h"
#include "safeguards/key.h"
#include "safeguards/sealed_digest.h"

#define SEALING_HEAD_MAX 65536 /* bytes around the content: recipients, above all */

/*
 * `algorithms`: ALG_BIT set of the agreement, for how an RSA key is used.  *sealed: DER, within
 * what was appended to `out`, which needs room for the content and SEALING_HEAD_MAX bytes around
 * it.  ST_AUTH "sealing.algorithm" when the certificate's kind of key is not agreed; ST_HOST
 * "sealing.make", ST_LIMIT "buffer.full".
 */
NODISCARD enum status sealing_seal(struct slice *sealed, struct buf *out, struct slice content,
	const struct cert *recipient, enum cipher, unsigned algorithms, struct fault *f);

/*
 * The same of content that is made as it is sealed: `next` gives the next piece, which is read
 * before it is asked again; an empty one is the end.
 */
struct sealing_source {
	enum status (*next)(struct slice *piece, void *context, struct fault *f);
	void *context;
};
struct sealed_form {
	struct slice bytes;          /* as *sealed */
	struct sealed_digest digest; /* of them */
};
NODISCARD enum status sealing_seal_from(struct sealed_form *sealed, struct buf *out,
	const struct sealing_source *, const struct cert *recipient, enum cipher,
	unsigned algorithms, struct fault *f);
/* A `next` whose context is a slice: all of that at once. */
NODISCARD enum status sealing_next_of_slice(struct slice *piece, void *slice, struct fault *f);

unsigned sealing_cipher_bits(enum cipher); /* of the key of the content */
/*
 * Bits of security of the cipher of what sealing_open() would open: 128 or 256 of AES, 112 of
 * Triple DES (SP 800-57 part 1).  0: it is none of those, or cannot be read.
 */
unsigned sealing_bits(struct slice der);

/* "authenveloped-data" or "enveloped-data": the smime-type of what sealing_seal would write. */
const char *sealing_smime_type(enum cipher);

struct opener {
	const struct cert *cert; /* ours */
	const struct key *key;
};

/*
 * DER or BER.  What was decrypted before the authentication tag failed is wiped again.  Openers
 * are tried by recipient identifier only.  12-byte nonce and 16-byte tag are demanded; GCM inside
 * EnvelopedData is refused.  `content` must have been given its maximum.  Every failure to unwrap
 * or decrypt is the same ST_AUTH "sealing.decrypt" with the same text; else ST_INPUT
 * "sealing.syntax", ST_AUTH "sealing.recipient" (not for us) | "sealing.algorithm" (not agreed)
 * | "sealing.algorithm.3des" (which ALG_3DES would allow),
 * ST_LIMIT "buffer.full".
 */
NODISCARD enum status sealing_open(struct buf *content, struct slice der,
	const struct opener *openers, size_t opener_count, unsigned algorithms, struct fault *f);

/*
 * The same, and `more` is told each time when `content` has become longer: for who computes over
 * it while it is near.  None of it is proven before this has returned ST_OK, and nobody may learn
 * anything of it.  Of what has no tag (AES-CBC) nothing is told.
 */
struct sealing_watch {
	void (*more)(void *context);
	void *context;
};
NODISCARD enum status sealing_open_watched(struct buf *content, struct slice der,
	const struct opener *openers, size_t opener_count, unsigned algorithms,
	const struct sealing_watch *, struct fault *f);

#endif
