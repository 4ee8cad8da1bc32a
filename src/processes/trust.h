/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partners' certificates, parsed once per configuration: what the registry holds as DER, ready to
 * verify and seal with.
 */
#ifndef TIELINE_PROCESSES_TRUST_H
#define TIELINE_PROCESSES_TRUST_H

#include "exchange/registry.h"
#include "safeguards/cert.h"

struct trusted {
	const struct partner *partner;
	/* for verifying: each counts within its own dates, or longer where the agreement says so */
	const struct cert *signers[SHEET_CERTS_MAX];
	size_t signer_count;
	/* for sealing to them, in the sheet's order */
	const struct cert *recipients[SHEET_CERTS_MAX];
	size_t recipient_count;
};

struct trust;

/*
 * Certificates that do not parse were refused with their sheet; here they would be a bug. Borrows
 * the registry.
 */
struct trust *trust_new(const struct registry *);
void trust_free(struct trust *);
DEFINE_AUTO(trust)

/* ST_AUTH "partner.unknown". Borrowed. */
NODISCARD enum status trust_find(
	const struct trusted **out, const struct trust *, struct slice party_id, struct fault *f);

/*
 * The certificate to seal to: the first in the sheet's order that is valid now.  A partner lists
 * its newest first and holds the key of every one it lists, so it is taken as soon as the sheet is
 * here.  When all have ended, the first that the agreement tolerates. ST_AUTH "cert.expired"...
 */
NODISCARD enum status trust_recipient(
	const struct cert **out, const struct trusted *, int64_t now_ns, struct fault *f);

#endif
