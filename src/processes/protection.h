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

/*
 * Agreement, certificates and this host.  ST_AUTH "risk.*", as of means_permit().  post_quantum:
 * crypto_post_quantum().
 */
NODISCARD enum status protection_permits(const struct process *, const struct trusted *,
	bool post_quantum, enum direction, enum area, struct fault *f);

/*
 * A message of this area comes or goes by a connection without hybrid key exchange; AREAS: it is
 * not known of which.  ST_AUTH "risk.hybrid".
 */
NODISCARD enum status protection_plain_permits(const struct settings *, const struct agreement *,
	enum area, int64_t now_ns, struct fault *f);

#endif
