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
	enum area area;          /* protection_connection_permits(): AREAS, it is not known */
	int64_t secret_until_ns; /* as the document says itself (der_timing); 0: as its area */
	/* of a message that came, when it was opened (as2_opened); 0: not known */
	unsigned cipher_bits;
	struct cert_measure signer;
};

/*
 * Agreement, certificates and this host, and how the message came, where that is known.  ST_AUTH "risk.*", as of means_permit().  post_quantum:
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

/* A connection by which a message comes or goes, as its handshake showed it. */
struct protecting {
	bool is_hybrid;
	struct cert_measure shown; /* the other end's certificate; bits 0: it is not looked at */
};

/* ST_AUTH "risk.hybrid" | "risk.strength" | "risk.certificate-life". */
NODISCARD enum status protection_connection_permits(const struct settings *,
	const struct agreement *, const struct protected *, const struct protecting *,
	int64_t now_ns, struct fault *f);

#endif
