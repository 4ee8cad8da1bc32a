/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SignedData without what it brought along (RFC 5652 5.1): its certificates and revocation lists
 * are never parsed, as nothing in them is trusted.  What a stranger can make the X.509 decoder read
 * is then nothing at all, and a check is the faster for it.
 */
#ifndef TIELINE_SAFEGUARDS_CMS_BARE_H
#define TIELINE_SAFEGUARDS_CMS_BARE_H

#include "base/buf.h"

/*
 * Appends the same structure in definite lengths, certificates and crls left out; what is kept is
 * byte for byte as it was.  ST_INPUT "signature.syntax" with the offset.
 */
NODISCARD enum status cms_bare_signed(struct buf *out, struct slice ber, struct fault *f);

#endif
