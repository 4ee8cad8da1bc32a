/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sheet as it travels: PEM of CMS SignedData ("-----BEGIN CMS-----") with the JSON of
 * exchange/sheet.h inside, signed by the party's root, whose self-signed certificate is inside too.
 * The root's SHA-256 fingerprint is what people compare out of band.  To look at one: openssl cms
 * -verify -noverify -inform PEM -in FILE
 */
#ifndef TIELINE_SAFEGUARDS_SIGNED_SHEET_H
#define TIELINE_SAFEGUARDS_SIGNED_SHEET_H

#include "exchange/sheet.h"
#include "safeguards/signature.h"

#define SIGNED_SHEET_SIZE_MAX 131072 /* bytes of PEM */

NODISCARD enum status signed_sheet_make(struct buf *pem, const struct sheet *,
	const struct signer *root, int64_t now_ns, struct fault *f);

/*
 * Signature, self-signed root, and every listed certificate: signed by that root or
 * self-consistent, within strength, one at least per use.  *root is the caller's to judge by
 * fingerprint.  A PEM frame is needed, blanks around it allowed. ST_INPUT "sheet.pem" |
 * "signature.syntax" | "sheet..." , ST_AUTH "sheet.signature" | "sheet.root".
 */
NODISCARD enum status signed_sheet_open(
	struct sheet **out, struct cert **root, struct slice pem, int64_t now_ns, struct fault *f);

#endif
