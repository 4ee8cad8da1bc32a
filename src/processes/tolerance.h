/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is accepted only because an agreement tolerates it for some days is flagged: the message
 * keeps the reason as an event, and `status` counts them.
 */
#ifndef TIELINE_PROCESSES_TOLERANCE_H
#define TIELINE_PROCESSES_TOLERANCE_H

#include "exchange/registry.h"
#include "safeguards/cert.h"

/*
 * True when the partner's certificate with this fingerprint has ended: then *flag says which, and
 * until when it is tolerated, under "cert.tolerated".
 */
bool tolerance_flag(struct fault *flag, const struct partner *, enum cert_use,
	const uint8_t fingerprint[CERT_FINGERPRINT_SIZE], int64_t now_ns);

/* Sets *flag to "signature.tolerated" for what is signed otherwise: TOLERANCE_BIT set, not empty. */
void tolerance_signature_flag(struct fault *flag, const struct partner *, unsigned variant);

/* What helps where a partner's TLS certificate is refused as "cert.not-yet" | "cert.expired". */
const char *certificate_dates_advice(const char *code);

#endif
