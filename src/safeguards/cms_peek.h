/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at an enveloped CMS structure before it is opened (RFC 5652 6.1, RFC 5083 2.1): what the
 * library does not tell, or tells too late.  Reads DER and BER, bounded in depth, allocates
 * nothing.
 */
#ifndef TIELINE_SAFEGUARDS_CMS_PEEK_H
#define TIELINE_SAFEGUARDS_CMS_PEEK_H

#include "base/slice.h"

struct cms_peek {
	bool authenticated;   /* AuthEnvelopedData, else EnvelopedData */
	struct slice cipher;  /* content of the OBJECT IDENTIFIER, borrowed */
	size_t nonce_n;       /* bytes of the first OCTET STRING of the cipher's parameters */
	size_t tag_n;         /* bytes of the mac field */
	size_t content_n;     /* bytes of encrypted content, at most: chunk headers of BER count */
};

/* ST_INPUT "sealing.syntax" with the offset. */
NODISCARD enum status cms_peek_read(struct cms_peek *out, struct slice ber, struct fault *f);

#endif
