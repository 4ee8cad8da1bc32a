/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking a responder about one certificate (RFC 6960), and believing what it answers: requests are
 * made by the courier, answers read by the envelope, and neither is done while anybody waits.
 */
#ifndef TIELINE_SAFEGUARDS_OCSP_H
#define TIELINE_SAFEGUARDS_OCSP_H

#include "safeguards/cert.h"
#include "safeguards/revocation.h"

#define OCSP_ANSWER_MAX 65536   /* bytes */
#define OCSP_REQUEST_MAX 1024   /* bytes */
#define OCSP_NONCE_SIZE 32      /* bytes (RFC 9654) */
/* For how long an answer counts that does not say it: what is newer is always to be had. */
#define OCSP_LIFE_UNSAID_NS (600 * INT64_C(1000000000))

struct ocsp_question {
	const struct cert *cert, *issuer;
	struct slice nonce; /* of the request */
	int64_t now_ns;
};

/* A request with nonce, about one certificate, to be posted.  ST_HOST "ocsp.request". */
NODISCARD enum status ocsp_request_put(
	struct buf *out, const struct ocsp_question *, struct fault *f);

/*
 * What the answer says of the certificate: signed by its issuer, or by somebody whom the issuer
 * certified for that (RFC 6960 4.2.2.2), with SHA-256 or better, in force give or take
 * REVOCATION_SKEW_NS.  A nonce may be missing (RFC 5019 4), but none may differ.
 *
 * ST_LIMIT "ocsp.size".  ST_INPUT "ocsp.syntax" | "ocsp.other" (about other certificates) |
 * "ocsp.stale" | "ocsp.future" | "ocsp.extension" (critical and unknown) | "ocsp.nonce".  ST_AUTH
 * "ocsp.signature" | "ocsp.digest".  ST_RETRY "ocsp.refused" (the responder says that it cannot).
 */
NODISCARD enum status ocsp_answer_read(struct revocation_answer *out, struct slice der,
	const struct ocsp_question *, struct fault *f);

#endif
