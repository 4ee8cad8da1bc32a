/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a stored message can be verified again, with nothing but what is stored: digests of its
 * document and signed part, the signature over that, and the receipt's signature, digest and
 * Message-ID.  Each signature is checked with the certificate that was verified when it came, by
 * its fingerprint in the ledger, at a time at which it was valid.
 */
#ifndef TIELINE_CLI_EVIDENCE_CHECK_H
#define TIELINE_CLI_EVIDENCE_CHECK_H

#include "exchange/registry.h"
#include "ledger/audit.h"
#include "safeguards/keyring.h"

/* Borrowed. */
struct evidence_keys {
	const struct registry *registry; /* partners' sheets */
	const struct keyring *ring;      /* our own certificates of today */
	const struct cert *root;         /* which issued them, and those before */
};

typedef void evidence_say(void *context, enum audit_rule, struct slice found);

/*
 * `parcel`: the bytes that the message's sections are places of.  *document: what was sent or
 * received; empty when it is not that any more.
 */
void evidence_check(struct slice *document, const struct audit_message *, struct slice parcel,
	const struct evidence_keys *, evidence_say *, void *context);
/* The same of a message whose parcel is gone: its receipt alone. */
void evidence_receipt_check(const struct audit_message *, const struct evidence_keys *,
	evidence_say *, void *context);

#endif
