/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that a SignedData brought along (RFC 5652 5.1), for partners whose certificates
 * authorities vouch for: counted and measured before the first of them is parsed.
 */
#ifndef TIELINE_SAFEGUARDS_CMS_CERTS_H
#define TIELINE_SAFEGUARDS_CMS_CERTS_H

#include "safeguards/chain.h"

#define CMS_CERTS_MAX (CHAIN_INTERMEDIATES_MAX + 1)

struct cms_certs {
	struct cert *list[CMS_CERTS_MAX];
	size_t count;
};

void cms_certs_done(struct cms_certs *);
DEFINE_AUTO_IN_PLACE(cms_certs)

/*
 * Into an empty list, in the order of the message; none is no fault.  ST_LIMIT
 * "signature.certificates" (too many, or one too large), ST_INPUT "signature.syntax" (also for
 * anything there that is no X.509 certificate) | "cert.syntax".
 */
NODISCARD enum status cms_certs_read(struct cms_certs *out, struct slice ber, struct fault *f);

#endif
