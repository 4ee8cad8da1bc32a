/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificate chains (RFC 5280 6), for partners whose agreement trusts an authority and not single
 * certificates.  OpenSSL walks the path with its strict rules on; ours come on top.  Nothing a
 * certificate points to is ever fetched.
 */
#ifndef TIELINE_SAFEGUARDS_CHAIN_H
#define TIELINE_SAFEGUARDS_CHAIN_H

#include "safeguards/cert.h"
#include "safeguards/revocation.h"

#define ANCHORS_SIZE_MAX 131072 /* bytes of PEM */
#define ANCHORS_MAX 16
#define CHAIN_INTERMEDIATES_MAX 8 /* that a peer may send with its certificate */
#define CHAIN_DEPTH_MAX 8         /* authorities between a certificate and its anchor */
#define CHAIN_CERT_SIZE_MAX 16384 /* bytes of DER of each */

enum chain_purpose {
	CHAIN_TLS_CLIENT,
	CHAIN_TLS_SERVER,
	CHAIN_SIGNING,
	CHAIN_ENCRYPTION,
	CHAIN_PURPOSES
};
const char *chain_purpose_name(enum chain_purpose); /* "TLS client" */

/* The authorities a partner's certificates must come from. */
struct anchors;

/*
 * One certificate or more in PEM, each of an authority; it need not be self-signed.  ST_LIMIT
 * "anchors.size" | "anchors.count", ST_INPUT "anchors.syntax" | "anchors.authority" (a certificate
 * that may not issue others).
 */
NODISCARD enum status anchors_parse(struct anchors **out, struct slice pem, struct fault *f);
void anchors_free(struct anchors *);
DEFINE_AUTO(anchors)
size_t anchors_count(const struct anchors *);
const struct cert *anchors_at(const struct anchors *, size_t); /* borrowed */
/* The one that signed this certificate; NULL: none did.  Borrowed. */
const struct cert *anchors_issuer(const struct anchors *, const struct cert *);

struct chain_question {
	const struct anchors *anchors;
	const struct cert *const *intermediates; /* as the peer sent them, in any order */
	size_t intermediate_count;               /* at most CHAIN_INTERMEDIATES_MAX */
	enum chain_purpose purpose;
	const char *host; /* DNS name or address it must be for; NULL: not asked */
	int64_t now_ns;
	bool asks_revocation;
	const struct lists *lists; /* NULL: none are here */
	const struct revocation_answer *answer; /* about the leaf; NULL: none is here */
};

/*
 * Whether the leaf comes from one of the anchors, at that time, for that purpose.  The fault's text
 * names the certificate at which the path broke and why.
 *
 * ST_LIMIT "chain.count".  ST_AUTH "chain.untrusted" (no path to an anchor) | "chain.expired" |
 * "chain.not-yet" | "chain.signature" | "chain.authority" (an issuer that may not issue) |
 * "chain.depth" | "chain.constraint" (names, policies) | "chain.extension" (critical and unknown) |
 * "chain.form" (against RFC 5280 4) | "chain.purpose" | "chain.host" | "chain.key" (RSA of 2048 to
 * 8192 bits with a short exponent, P-256, P-384, P-521; every certificate of the path) |
 * "chain.digest" (below SHA-256; all but the anchor) | "chain.revoked" (it, or an authority above
 * it).  What lists and answer cannot say is no fault: *revocation, which may be NULL, says so.
 */
NODISCARD enum status chain_check(struct revocation_verdict *revocation, const struct cert *leaf,
	const struct chain_question *, struct fault *f);

#endif
