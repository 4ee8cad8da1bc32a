/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making AS2 messages (RFC 4130, RFC 5402, rfc4130bis), wrapped as the agreement says.  Ours carry,
 * in the headers of what is signed, the area, both parties and the Message-ID again (Tieline-Area,
 * -From, -To, -Message-ID), so that what was said to one partner in one lane cannot be passed on to
 * another; and its deadline, and when by how good a clock it was signed (Tieline-Deadline, -Clock),
 * so that what is late is not taken for fresh.
 */
#ifndef TIELINE_BINDINGS_AS2_SEAL_H
#define TIELINE_BINDINGS_AS2_SEAL_H

#include "base/clock_quality.h"
#include "bindings/as2.h"
#include "bindings/mime.h"
#include "exchange/agreement.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"

struct as2_sender {
	struct slice own_id, partner_id;
	struct signer signer;
	const struct cert *recipient; /* the partner's encryption certificate */
	unsigned algorithms;
	struct as2_terms terms;
	struct slice receipt_url; /* ours, where the terms ask for receipts to come later */
};

/*
 * media_type multipart/...: the document is an entity of several (related.h), whose head is a
 * Content-Type and nothing else.
 */
struct as2_draft {
	enum area area;
	struct slice message_id, media_type, filename;
	int64_t now_ns;
	int64_t deadline_ns; /* after it nobody wants it any more; 0: not said */
	struct clock_quality clock; /* ours, now */
};

struct as2_sealed {
	/* what the results point into */
	struct buf content;   /* the document with its headers, when it is not where it is signed */
	struct buf entity;    /* multipart/signed */
	struct buf packed;    /* compressed */
	struct buf cipher;
	/* what is made */
	struct slice part;    /* what the MIC covers, for evidence: mostly headers and document */
	struct slice document;
	bool document_is_apart; /* part holds it compressed, or without its head */
	struct buf signature; /* DER; empty when not signed */
	struct buf headers;   /* HTTP header lines with CRLF, all but Host and Content-Length */
	struct slice body;    /* binary */
	struct sealed_digest body_digest;
	struct digest_value mic;
	struct digest_value digest; /* SHA-256 of the document */
	/* while it is made */
	char boundary[MIME_BOUNDARY_TEXT_MAX];
	size_t part_at, document_at;
};

/*
 * `size_max`: bytes of document.  spool: -1, or a file that takes what is large (buf_init_file); it
 * stays the caller's, and everything is in it in the order of the members above, but body last.
 */
void as2_sealed_init(struct as2_sealed *, uint64_t size_max, int spool);
void as2_sealed_done(struct as2_sealed *);
DEFINE_AUTO_IN_PLACE(as2_sealed)

/*
 * Where the document comes from: `next` appends a piece, best of at most VIEW_STEP bytes, which are
 * still at hand then; nothing: it has ended.
 */
struct as2_content {
	enum status (*next)(struct buf *to, void *context, struct fault *f);
	void *context;
};

/*
 * In pieces, so that a document of any size is written once, where it is to lie, and goes through
 * digests and seal while it is at hand.  `out` must be fresh.  ST_INPUT "party.id..." |
 * "message.id..." | "media-type..." for what would make no good header lines, "as2.parts";
 * ST_AUTH "sealing.algorithm", ST_LIMIT "buffer.full", ST_RETRY from the key service or of a full
 * disk, ST_HOST "signature.make" | "sealing.make"; and what `next` says.
 */
NODISCARD enum status as2_seal(struct as2_sealed *out, const struct as2_draft *,
	const struct as2_sender *, const struct as2_content *, struct fault *f);

/*
 * What as2_seal makes of an entity that it compresses, its headers first: the same bytes again, for
 * whoever looks for what a digest was made of.  ST_LIMIT "buffer.full", ST_INPUT "mime...".
 */
NODISCARD enum status as2_pack_again(struct buf *out, struct slice entity, struct fault *f);

#endif
