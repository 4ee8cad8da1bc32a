/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where what an exchange deserves (exchange/risk.h) is enforced, if the settings say so: the
 * envelope asks of every message either way, the edge of the connection a message came by, the
 * courier of one before it sends anything by it.
 */
#ifndef TIELINE_PROCESSES_PROTECTION_H
#define TIELINE_PROCESSES_PROTECTION_H

#include "processes/process.h"
#include "processes/trust.h"

struct protected {
	enum direction direction;
	enum area area;          /* protection_plain_permits(): AREAS, it is not known */
	int64_t secret_until_ns; /* as the document says itself (der_timing); 0: as its area */
	unsigned cipher_bits;    /* of what sealed it, when it came (as2_opened); 0: not known */
};

/*
 * Agreement, certificates and this host.  ST_AUTH "risk.*", as of means_permit().  post_quantum:
 * crypto_post_quantum().
 */
NODISCARD enum status protection_permits(const struct process *, const struct trusted *,
	bool post_quantum, const struct protected *, struct fault *f);

/*
 * The same of the cipher a message came under alone, whatever the policy is.  ST_AUTH
 * "risk.cipher".
 */
NODISCARD enum status protection_cipher_permits(const struct settings *, const struct agreement *,
	const struct protected *, int64_t now_ns, struct fault *f);

/*
 * The message comes or goes by a connection without hybrid key exchange.  ST_AUTH "risk.hybrid".
 */
NODISCARD enum status protection_plain_permits(const struct settings *, const struct agreement *,
	const struct protected *, int64_t now_ns, struct fault *f);

#endif
