/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A content key sealed to a key of an elliptic curve: KeyAgreeRecipientInfo (RFC 5652 6.2.2) with
 * an ephemeral key, ECDH, the X9.63 derivation and AES key wrap (RFC 5753 3.1, 7).  Written and
 * read here and not by the library, which takes longer around the curve than on it.
 */
#ifndef TIELINE_SAFEGUARDS_KEY_AGREEMENT_H
#define TIELINE_SAFEGUARDS_KEY_AGREEMENT_H

#include "base/buf.h"
#include "safeguards/sealing.h"

#define CONTENT_KEY_MAX 32

/* A SET of this one recipient, in DER.  ST_HOST "sealing.make". */
NODISCARD enum status agreement_put(
	struct buf *out, struct slice content_key, const struct cert *recipient, struct fault *f);

/*
 * The content key, out of a SET of recipients.  ST_NONE: it is not one alone that is one of the
 * openers, in the form that most software writes (DER, uncompressed point, no user keying material,
 * SHA-2, AES-128 or AES-256): whether it is good in another, the library knows.  ST_AUTH
 * "sealing.decrypt", whatever the reason.
 */
NODISCARD enum status agreement_open(struct buf *content_key, struct slice recipients,
	const struct opener *openers, size_t count, struct fault *f);

#endif
