/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CMS SignedData of ours in DER (RFC 5652 5): one signer, his certificate, signed attributes,
 * and no content.  Written here and not by the library, which makes the structure in memory, copies
 * the certificate's name by parsing it, and takes longer for both than for the signature.
 */
#ifndef TIELINE_SAFEGUARDS_SIGNED_DATA_H
#define TIELINE_SAFEGUARDS_SIGNED_DATA_H

#include "base/buf.h"
#include "safeguards/cert.h"
#include "safeguards/digest.h"
#include "safeguards/key.h"

/*
 * What is signed, a SET OF in DER: type, time and digest of the content.  False: there is no such
 * time.
 */
bool signed_attributes_put(struct buf *out, const struct digest_value *content, int64_t now_ns);

/*
 * `attributes` as above.  The signature is of a scheme that has_scheme() says there is: ECDSA,
 * RSA PKCS#1 v1.5 or RSA PSS (RFC 4056), by a KEY_SIGN_.. that fits the signer's key.
 */
bool signed_data_has_scheme(enum digest, enum key_kind);
void signed_data_put(struct buf *out, const struct cert *signer, enum digest, enum key_scheme,
	struct slice attributes, struct slice signature);

/* --- reading ------------------------------------------------------------------------ */

/* All borrowed from what is read. */
struct signed_data {
	struct slice signer;         /* IssuerAndSerialNumber */
	enum digest digest;
	struct slice attributes;     /* in the SET: signed with that tag and length before them */
	struct slice message_digest, time;
	uint8_t time_tag;            /* 0: none */
	struct slice signature;
};

/*
 * One in the form that most software writes: DER, but for what is in certificates; a single signer,
 * named by issuer and number, with ECDSA; data that is elsewhere; every attribute once, and of a
 * kind that is known.  False: in another, or broken, which the library tells apart.  Nothing is
 * read here that the library would not read alike.
 */
bool signed_data_read(struct signed_data *out, struct slice der);

#endif
