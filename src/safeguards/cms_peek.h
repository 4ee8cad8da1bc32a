/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at an enveloped CMS structure before it is opened (RFC 5652 6.1, RFC 5083 2.1): what the
 * library does not tell, or tells too late.  Reads DER and BER, bounded in depth, allocates
 * nothing.  The encrypted content is told apart from what is around it, so that the library has to
 * hold only the latter.
 */
#ifndef TIELINE_SAFEGUARDS_CMS_PEEK_H
#define TIELINE_SAFEGUARDS_CMS_PEEK_H

#include "base/buf.h"

struct cms_peek {
	bool authenticated;   /* AuthEnvelopedData, else EnvelopedData */
	struct slice cipher;  /* content of the OBJECT IDENTIFIER, borrowed */
	struct slice nonce;   /* first OCTET STRING of the cipher's parameters, borrowed */
	size_t tag_n;         /* bytes of the mac field */
	/* encrypted; of several pieces with their heads, so longer than it is */
	struct slice content;
	bool in_pieces;       /* an octet string in pieces, as BER allows */
	/* whole elements, borrowed */
	struct cms_peek_parts {
		struct slice type, version, recipients, content_type, algorithm, attributes, tag;
	} parts;
};

/* ST_INPUT "sealing.syntax" with the offset. */
NODISCARD enum status cms_peek_read(struct cms_peek *out, struct slice ber, struct fault *f);
/* The same of a structure that has no encrypted content. */
NODISCARD enum status cms_peek_read_bare(struct cms_peek *out, struct slice ber, struct fault *f);
/* The next piece of an encrypted content in pieces, off the front of *rest; empty at the end. */
NODISCARD enum status cms_peek_piece(struct slice *piece, struct slice *rest, struct fault *f);

/*
 * The structure again in definite lengths, without its content and what proves nothing: the
 * originator's certificates and attributes that no tag covers.
 */
void cms_peek_put_bare(struct buf *out, const struct cms_peek *);
/* With a content of n bytes, which are to stand between the two. */
void cms_peek_put_head(struct buf *out, const struct cms_peek *, size_t n);
void cms_peek_put_tail(struct buf *out, const struct cms_peek *);

#endif
