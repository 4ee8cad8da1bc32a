/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS2 messages (RFC 4130, rfc4130bis): MIME, signed, then sealed.  Ours carry, inside the signed
 * part, the area, both parties and the Message-ID again (Tieline-Area, -From, -To, -Message-ID), so
 * that what was said to one partner in one lane cannot be passed on to another.
 */
#ifndef TIELINE_BINDINGS_AS2_H
#define TIELINE_BINDINGS_AS2_H

#include "exchange/agreement.h"
#include "exchange/message.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"

#define AS2_HEAD_MAX 8192 /* bytes of the AS2 and content headers of a message or receipt */
#define AS2_PRODUCT "Tieline"

/* The headers that matter, from an HTTP header block.  All slices point into that block. */
struct as2_head {
	struct slice from, to;         /* AS2-From, AS2-To, quotes off */
	struct slice message_id;       /* without brackets */
	struct slice version;          /* AS2-Version, "1.0" when absent */
	struct slice content_type;     /* whole value */
	struct slice content_encoding; /* Content-Transfer-Encoding */
	struct slice subject;
	struct slice disposition_to; /* Disposition-Notification-To: a receipt is wanted */
	struct slice disposition_options;
	struct slice receipt_delivery; /* Receipt-Delivery-Option: reported, never followed */
};

/*
 * `block`: "Name: value" CRLF lines.  ST_INPUT "as2.header.missing" (names it) |
 * "as2.header.syntax" | "as2.version" | "message.id.syntax" | "mime.header...", ST_LIMIT
 * "message.id.length" | "mime.header.size" | "mime.header.count".
 */
NODISCARD enum status as2_head_parse(struct as2_head *out, struct slice block, struct fault *f);
/*
 * Appends only the lines as2_head_parse reads: what an edge hands on.  ST_LIMIT "as2.header.size"
 * over AS2_HEAD_MAX or the maximum of `out`; "mime.header..." as above.
 */
NODISCARD enum status as2_head_select(struct buf *out, struct slice block, struct fault *f);

/* One end of an exchange, for the engine. */
struct as2_receiver {
	struct slice own_id;
	const struct opener *openers;
	size_t opener_count;
	struct slice partner_id;           /* whom the TLS connection proved */
	const struct cert *const *signers; /* the partner's signing certificates */
	size_t signer_count;
	unsigned algorithms; /* of the agreement */
	enum area area;      /* of the URL */
	int64_t now_ns;
};

struct as2_opened {
	struct buf entity;  /* decrypted; everything below points into it or into scratch */
	struct buf scratch; /* decoded signature, and decoded document when its part was encoded */
	struct slice part;  /* the signed part: headers and content, exactly what the MIC covers */
	struct slice document;
	bool document_is_decoded; /* document is in scratch, not within part */
	struct slice signature;   /* DER */
	char media_type[MEDIA_TYPE_MAX + 1];
	struct buf filename;     /* cleaned UTF-8 */
	struct digest_value mic; /* of part, by the algorithm the sender asked for */
	struct signature_facts facts;
};
void as2_opened_init(struct as2_opened *, uint64_t size_max);
void as2_opened_done(struct as2_opened *);
DEFINE_AUTO_IN_PLACE(as2_opened)

/*
 * Opens, verifies and checks a message.  Order: head against receiver, seal, signature, MIME, inner
 * headers, MIC.  ST_AUTH "as2.from" | "as2.to" | "as2.encryption.missing" |
 * "as2.signature.missing" | "as2.area.missing" | "as2.area.mismatch" | "as2.binding.mismatch" |
 * "signature..." | "cert..." | "sealing...", ST_INPUT "as2.parts" (several documents) |
 * "as2.mic.algorithm" | "media-type.syntax" | "mime..." | "multipart-signed..." |
 * "base64.syntax"..., ST_LIMIT "buffer.full".  Where the agreement has ALG_AES_CBC, a decrypted
 * entity that is not multipart/signed is "sealing.decrypt" like any failed decryption: no oracle.
 * `out` may be partly filled when it fails: only as2_opened_done is allowed then.
 */
NODISCARD enum status as2_open(struct as2_opened *out, const struct as2_head *, struct slice body,
	const struct as2_receiver *, struct fault *f);

struct as2_sender {
	struct slice own_id, partner_id;
	struct signer signer;
	const struct cert *recipient; /* the partner's encryption certificate */
	unsigned algorithms;
};

struct as2_draft {
	enum area area;
	struct slice message_id, media_type, filename, document;
	int64_t now_ns;
};

struct as2_sealed {
	struct buf part;      /* the signed part, for evidence: headers, empty line, document */
	size_t document_at;   /* offset of the document in part; it ends with it */
	struct buf signature; /* DER */
	struct buf headers;   /* HTTP header lines with CRLF, all but Host and Content-Length */
	struct buf body;      /* sealed, binary */
	struct digest_value mic;
};
void as2_sealed_init(struct as2_sealed *, uint64_t size_max);
void as2_sealed_done(struct as2_sealed *);
DEFINE_AUTO_IN_PLACE(as2_sealed)

/*
 * `out` must be fresh.  ST_INPUT "party.id..." | "message.id..." | "media-type..." for what would
 * make no good header lines; ST_AUTH "sealing.algorithm", ST_LIMIT "buffer.full", ST_RETRY from the
 * key service, ST_HOST "signature.make" | "sealing.make".
 */
NODISCARD enum status as2_seal(struct as2_sealed *out, const struct as2_draft *,
	const struct as2_sender *, struct fault *f);

#endif
