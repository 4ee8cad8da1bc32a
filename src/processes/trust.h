/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Partners' certificates, parsed once per configuration: what the registry holds as DER, ready to
 * verify and seal with.
 */
#ifndef TIELINE_PROCESSES_TRUST_H
#define TIELINE_PROCESSES_TRUST_H

#include "exchange/registry.h"
#include "safeguards/vouch.h"

struct trusted {
	const struct partner *partner;
	struct vouch *vouch; /* NULL: its certificates are pinned */
	/* for verifying: each counts within its own dates, or longer where the agreement says so */
	const struct cert *signers[SHEET_CERTS_MAX];
	size_t signer_count;
	/* for sealing to them, in the sheet's order */
	const struct cert *recipients[SHEET_CERTS_MAX];
	size_t recipient_count;
	/* its connections are known by them: here only for how strong they are (means.h) */
	const struct cert *tls[SHEET_CERTS_MAX];
	size_t tls_count;
};

struct trust;

/*
 * Certificates that do not parse were refused with their sheet; here they would be a bug. Borrows
 * the registry, and what was fetched (NULL: nothing).
 */
struct trust *trust_new(const struct registry *, const struct fetched *);
void trust_free(struct trust *);
DEFINE_AUTO(trust)

/* ST_AUTH "partner.unknown". Borrowed. */
NODISCARD enum status trust_find(
	const struct trusted **out, const struct trust *, struct slice party_id, struct fault *f);

/*
 * Who vouches for this partner's certificates, whose agreement says that somebody does.  Anchors
 * that cannot be read were refused with the agreement.
 */
struct vouch *partner_vouch(const struct partner *, const struct fetched *);

/*
 * Promise 13: whether a certificate of this standing may be used in this area.  ST_RETRY
 * "revocation.unknown" where the area is closed to what no list speaks of: that passes, and is no
 * verdict on the partner.
 */
NODISCARD enum status trust_permits(
	const struct trusted *, enum area, const struct revocation_verdict *, struct fault *f);

/*
 * The certificate to seal to: the first in the sheet's order that is valid now and may be used in
 * this area.  A partner lists its newest first and holds the key of every one it lists, so it is
 * taken as soon as the sheet is here.  When all have ended, the first that the agreement tolerates.
 * ST_AUTH "cert.expired"..., ST_RETRY "revocation.unknown".
 */
NODISCARD enum status trust_recipient(const struct cert **out, const struct trusted *, enum area,
	int64_t now_ns, struct fault *f);

#endif
