/* SPDX-License-Identifier: Apache-2.0 */
/* partners/ID/risk.pem: what falls short and is let through for a while, under our root's name. */
#ifndef TIELINE_SAFEGUARDS_SIGNED_EXCEPTIONS_H
#define TIELINE_SAFEGUARDS_SIGNED_EXCEPTIONS_H

#include "exchange/risk_exceptions.h"
#include "safeguards/signature.h"

#define SIGNED_EXCEPTIONS_SIZE_MAX 65536 /* bytes of PEM */

NODISCARD enum status signed_exceptions_make(struct buf *pem, const struct risk_exceptions *,
	const struct signer *root, struct fault *f);

/*
 * Of this root, and made by `party` for `partner`: what lies beside another partner is none of
 * its.  ST_INPUT "exceptions.pem" | "exceptions.json" | "exceptions.field", ST_LIMIT
 * "exceptions.size", ST_AUTH "exceptions.signature" | "exceptions.party".
 */
NODISCARD enum status signed_exceptions_open(struct risk_exceptions **out, struct slice pem,
	const struct cert *root, struct slice party, struct slice partner, struct fault *f);

#endif
