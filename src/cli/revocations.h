/* SPDX-License-Identifier: Apache-2.0 */
/* What the running gateway fetched of revocation, as status and cert show it. */
#ifndef TIELINE_CLI_REVOCATIONS_H
#define TIELINE_CLI_REVOCATIONS_H

#include <jansson.h>

#include "exchange/registry.h"
#include "safeguards/fetched.h"

struct revocations {
	struct buf records;      /* of fetched.h */
	struct fetched *fetched; /* the same, to judge with */
};

/* Nothing is known yet. */
struct revocations revocations_init(void);
void revocations_done(struct revocations *);
DEFINE_AUTO_IN_PLACE(revocations)

/* What VERB_STANDING brought; what does not hold is nothing. */
void revocations_take(struct revocations *, int fd);
/* Asks the gateway.  Faults as desk_client_open() and desk_client_ask(): nothing is known then. */
NODISCARD enum status revocations_ask(struct revocations *, const char *home, struct fault *f);

/*
 * Appends a row for each address that this partner's agreement names: party, kind ("crl", "ocsp"),
 * url, state ("good", "AGING", "STALE", "MISSING"; of a responder "good", "MISSING" before its
 * first answer), fetched, until, failing (since when), error; the last three null where there is
 * nothing.
 */
void revocations_sources(
	json_t *rows, const struct revocations *, const struct partner *, int64_t now_ns);

/*
 * What a gateway makes of the partner's certificate of this fingerprint: state ("good", "unknown",
 * or why it is refused: "chain.revoked") and why.  NULL: nobody asks.
 */
json_t *revocations_verdict(const struct revocations *, const struct registry *,
	const char *party, struct slice fingerprint, int64_t now_ns);

/* The table of rows that revocations_sources() made; nothing when there are none. */
void revocations_print(const json_t *rows);

#endif
