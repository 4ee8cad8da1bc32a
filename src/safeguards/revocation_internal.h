/* SPDX-License-Identifier: Apache-2.0 */
/* What chain.c asks of revocation.c, in OpenSSL's terms. */
#ifndef TIELINE_SAFEGUARDS_REVOCATION_INTERNAL_H
#define TIELINE_SAFEGUARDS_REVOCATION_INTERNAL_H

#include "safeguards/crypto_internal.h"
#include "safeguards/revocation.h"

struct revocation_asked {
	struct revocation_verdict verdict;
	int disbelieved; /* depth of the certificate whose list is not its issuer's; -1: none */
	int64_t now_ns;
	const struct lists *lists;              /* NULL: none */
	const struct revocation_answer *answer; /* about the leaf; NULL: none */
	bool is_answered; /* it says good, and is in force: no list needs to speak of the leaf */
};

/*
 * Before X509_verify_cert: every certificate below the anchor is looked for.  lists, answer and
 * now_ns are set.
 */
void revocation_ask(X509_STORE_CTX *, struct revocation_asked *);
/*
 * After it, when the path is good: what the answer says of the leaf, and who said so.  ST_AUTH
 * "chain.revoked".
 */
NODISCARD enum status revocation_conclude(
	struct revocation_asked *, const struct cert *leaf, struct fault *f);

#endif
