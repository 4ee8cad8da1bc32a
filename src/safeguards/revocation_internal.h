/* SPDX-License-Identifier: Apache-2.0 */
/* What chain.c asks of revocation.c, in OpenSSL's terms. */
#ifndef TIELINE_SAFEGUARDS_REVOCATION_INTERNAL_H
#define TIELINE_SAFEGUARDS_REVOCATION_INTERNAL_H

#include "safeguards/crypto_internal.h"
#include "safeguards/revocation.h"

struct revocation_asked {
	struct revocation_verdict verdict;
	int disbelieved; /* depth of the certificate whose list is not its issuer's; -1: none */
};

/* Before X509_verify_cert: every certificate below the anchor is looked for.  NULL: no lists. */
void revocation_ask(X509_STORE_CTX *, struct revocation_asked *, const struct lists *);
/* After it, when the path is good: which list said so. */
void revocation_explain(struct revocation_asked *, const struct lists *, const X509 *leaf);

#endif
