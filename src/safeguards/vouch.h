/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who vouches for a partner's certificates besides its sheet: authorities of the partner's own
 * choice, confirmed by a person, and their revocation lists.  A certificate that is vouched for is
 * judged by them whenever cert_check is asked.  A certificate that nobody listed may stand for a
 * listed one when the same authorities gave it the same name for the same use: that is a renewal.
 */
#ifndef TIELINE_SAFEGUARDS_VOUCH_H
#define TIELINE_SAFEGUARDS_VOUCH_H

#include "exchange/sources.h"
#include "safeguards/chain.h"
#include "safeguards/fetched.h"

struct vouch; /* anchors and lists, read once; what was fetched is asked for at each check */

struct vouch_terms {
	struct slice anchors; /* PEM */
	bool asks_revocation;
	struct slice lists; /* of revocation.h; may be empty */
	struct slice host;  /* that a TLS server must be certified for; empty: not asked */
	const struct sources *crl;     /* whose lists count, too; NULL: none */
	const struct fetched *fetched; /* borrowed, as long as the vouch; NULL: nothing was */
};

/*
 * ST_INPUT, ST_LIMIT "anchors.*".  Lists that cannot be read are as good as none, and no fault:
 * vouch_lists_fault tells of them.
 */
NODISCARD enum status vouch_new(struct vouch **out, const struct vouch_terms *, struct fault *f);
void vouch_free(struct vouch *);
DEFINE_AUTO(vouch)
/*
 * CERT_FINGERPRINT_SIZE bytes, the same for the same anchors and lists, and as long as nobody may
 * have become revoked by what is fetched.  Borrowed.
 */
struct slice vouch_digest(const struct vouch *);
/* Why the lists could not be read; NULL when they could, or revocation is not asked. */
const struct fault *vouch_lists_fault(const struct vouch *);

/*
 * From now on cert_check asks `by` too.  `sent` came along with the certificate: references are
 * taken of CHAIN_INTERMEDIATES_MAX at most, more make cert_check refuse ("chain.count").  Neither
 * the certificate is among them, nor one that came along with another: a circle is never freed.
 * `by` is borrowed.  What was said before is forgotten.
 */
void cert_vouch(struct cert *, const struct vouch *by, enum chain_purpose, struct cert *const *sent,
	size_t sent_count);

/* What came along with it: references, the caller's to free, CHAIN_INTERMEDIATES_MAX at most. */
size_t cert_sent(struct cert *out[CHAIN_INTERMEDIATES_MAX], const struct cert *);

/*
 * The listed certificate for which `next` may stand: vouched for, of the same subject, which is not
 * empty, and of the same key usage.  `next` is then vouched for by the same, with what was sent
 * along; cert_check says whether it holds.  ST_NONE when there is no such one.
 */
NODISCARD enum status cert_succeed(size_t *index, struct cert *next, struct cert *const *sent,
	size_t sent_count, const struct cert *const *listed, size_t listed_count);

/* As cert_check, and what is known of revocation: not asked for a certificate that is pinned. */
NODISCARD enum status cert_check_revocation(
	struct revocation_verdict *out, const struct cert *, int64_t now_ns, struct fault *f);

#endif
