/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A party's closed-circle authority: a root of its own, and certificates for TLS, signing and
 * encryption below it.
 */
#ifndef TIELINE_SAFEGUARDS_AUTHORITY_H
#define TIELINE_SAFEGUARDS_AUTHORITY_H

#include "exchange/sheet.h"
#include "safeguards/key.h"

/*
 * Self-signed, ten years, keyCertSign | cRLSign | digitalSignature (it signs the sheet),
 * path length 0, subject O=name, CN=name root, serialNumber=id, with '-' for what a
 * PrintableString has not.
 */
NODISCARD enum status authority_make(struct cert **out, const struct key *, const char *party_id,
	const char *party_name, int64_t now_ns, struct fault *f);

/*
 * 398 days.  TLS: digitalSignature, EKU serverAuth and clientAuth, SAN of the host (DNS or IP);
 * signing: digitalSignature | nonRepudiation; encryption: keyAgreement (EC) or keyEncipherment
 * (RSA). `openssl cms -verify -CAfile root.pem` accepts the signing one without further flags.
 */
NODISCARD enum status authority_issue(struct cert **out, const struct cert *root,
	const struct key *root_key, const struct key *subject_key, enum cert_use,
	const char *party_id, const char *party_name, const char *host, int64_t now_ns,
	struct fault *f);

/* True when `cert` was signed by `root`. */
bool authority_issued(const struct cert *root, const struct cert *cert);

#endif
