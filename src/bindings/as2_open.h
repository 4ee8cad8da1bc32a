/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening AS2 messages: {plain, signed, encrypted, both} x {uncompressed, compressed before or
 * after signing} (RFC 4130 2.4.2, RFC 5402).  What must be there is for the agreement to say; the
 * layers are judged by how they are nested and never by what was announced.
 */
#ifndef TIELINE_BINDINGS_AS2_OPEN_H
#define TIELINE_BINDINGS_AS2_OPEN_H

#include "base/clock_quality.h"
#include "bindings/ahead.h"
#include "bindings/as2.h"
#include "exchange/agreement.h"
#include "safeguards/sealing.h"
#include "safeguards/signature.h"

/* One end of an exchange, for the engine. */
struct as2_receiver {
	struct slice own_id;
	const struct opener *openers;
	size_t opener_count;
	struct slice partner_id;           /* whom the TLS connection proved */
	const struct cert *const *signers; /* the partner's signing certificates */
	size_t signer_count;
	unsigned algorithms; /* of the agreement */
	const struct exceptions *exceptions; /* of the agreement; NULL: none */
	struct as2_terms terms;
	unsigned tolerates;  /* agreement_tolerates, now */
	enum area area;                      /* of the URL; AREAS: of none, the message tells */
	const struct area_rules *area_rules; /* for AREAS: how it tells, and our other names */
	int64_t now_ns;
};

enum as2_layer { AS2_SEALED, AS2_SIGNED, AS2_COMPRESSED, AS2_LAYERS };
#define AS2_LAYER_BIT(layer) (1u << (layer))

struct as2_opened {
	/* decrypted; everything below points into one of these, or into the body */
	struct buf entity;
	struct buf decoded;   /* a body that came as base64 */
	struct buf expanded;  /* decompressed */
	struct buf scratch;   /* decoded document, when its part was encoded */
	struct buf signature_bytes;
	struct ahead ahead;   /* of a long entity: digests of part and document */
	unsigned layers;      /* AS2_LAYER_BIT set: how it was wrapped */
	struct slice part;    /* exactly what the MIC covers */
	struct slice document;
	bool document_is_apart;   /* not within part, but decoded or decompressed from it */
	bool is_bare;             /* what a layer held was no entity of MIME, but the document */
	struct slice signature;   /* DER, empty when not signed */
	/* multipart/...: the document is an entity of several, as related.h cuts it */
	char media_type[MEDIA_TYPE_MAX + 1];
	char root_type[MEDIA_TYPE_MAX + 1]; /* of their root; of a single document, its own */
	enum area area;           /* AREAS while nothing has told it */
	int64_t deadline_ns;      /* as signed; 0: not said */
	struct clock_said sent;   /* when it was signed, by the sender's clock; at_ns 0: not said */
	struct buf filename;      /* cleaned UTF-8; of several documents, their root's */
	struct digest_value mic;  /* of part, by the algorithm the sender asked for */
	struct signature_facts facts; /* when signed */
	unsigned tolerated;   /* TOLERANCE_BIT set: how what is signed differs from part */
	unsigned cipher_bits;     /* of security, of what sealed it; 0: nothing did */
	unsigned exceptions;      /* EXCEPTION_BIT set: without them it was refused */
};
/*
 * `size_max`: bytes of the body.  spool: -1, or a file that takes what is large (buf_init_file) and
 * stays the caller's.
 */
void as2_opened_init(struct as2_opened *, uint64_t size_max, int spool);
void as2_opened_done(struct as2_opened *);
DEFINE_AUTO_IN_PLACE(as2_opened)

/*
 * Opens, verifies and checks a message.  Order: head against receiver, layers from the outside in,
 * inner headers, area, MIC.  ST_AUTH "as2.from" | "as2.to" | "as2.encryption.missing" |
 * "as2.signature.missing" | "as2.area.missing" | "as2.area.mismatch" | "as2.area.unknown" |
 * "as2.binding.mismatch" | "signature..." | "cert..." | "sealing..." | "legacy...", ST_INPUT
 * "as2.layers" (wrapped in a way that is not AS2) | "as2.parts..." (as related_each) |
 * "as2.mic.algorithm" | "as2.header.missing" | "message.id..." | "compression..." |
 * "as2.deadline..." | "media-type.syntax" | "mime..." | "multipart-signed..." | "base64.syntax"..., ST_LIMIT "buffer.full" | "compression.ratio".  Where the agreement has
 * ALG_AES_CBC, a decrypted entity that is not multipart/signed is "sealing.decrypt" like any failed
 * decryption: no oracle.  `out` may be partly filled when it fails: only as2_opened_done is allowed
 * then, and to look at `part`, which nobody may have signed.
 */
NODISCARD enum status as2_open(struct as2_opened *out, const struct as2_head *, struct slice body,
	const struct as2_receiver *, struct fault *f);

#endif
