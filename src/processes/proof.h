/* SPDX-License-Identifier: Apache-2.0 */
/* What a receipt proves of one of our messages: read and verified, in the words of the ledger. */
#ifndef TIELINE_PROCESSES_PROOF_H
#define TIELINE_PROCESSES_PROOF_H

#include "bindings/mdn.h"
#include "processes/trust.h"
#include "processes/verbs.h"

#define MIC_TEXT_MAX 160

struct proof {
	struct mdn mdn;      /* points into the receipt's body, or to what of it was decoded */
	struct mdn_room room;
	uint8_t fingerprint[CERT_FINGERPRINT_SIZE];
	struct slice signer; /* fingerprint; empty: not signed, as agreed */
	struct revocation_verdict revocation; /* of its certificate */
	struct fault why;    /* of a refusal; else what it is flagged for, code empty: nothing */
	struct buf mic;      /* as text; empty: none */
};
void proof_init(struct proof *);
void proof_done(struct proof *);
DEFINE_AUTO_IN_PLACE(proof)

/*
 * `type` is the Content-Type, all the partner's signing certificates are tried.  Whether its MIC is
 * that of the message is for the ledger to say; of SHA-1 it is taken while that is excepted, and
 * flagged.  ST_AUTH "mdn.unsigned" | "mdn.other-recipient" |
 * "signature..." | "cert..." | "legacy...", ST_INPUT "mdn..." | "mime..." | "multipart-signed...".
 */
NODISCARD enum status proof_read(struct proof *out, struct slice type, struct slice body,
	const struct trusted *from, int64_t now_ns, struct fault *f);

/* All of a settlement but which message, whose, and in which bytes.  Borrows from the proof. */
struct verb_settle proof_settlement(struct proof *);

/* A digest as Received-Content-MIC has it: "base64, sha-256". */
NODISCARD enum status mic_format(struct buf *out, const struct digest_value *, struct fault *f);

#endif
