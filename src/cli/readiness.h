/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who was seen to have a renewed sheet of ours, as the running gateway remembers it: for cert
 * status and cert roll.
 */
#ifndef TIELINE_CLI_READINESS_H
#define TIELINE_CLI_READINESS_H

#include <jansson.h>

#include "exchange/registry.h"
#include "safeguards/keyring.h"

struct readiness {
	struct buf rows;
};

/* Nobody was seen. */
struct readiness readiness_init(void);
void readiness_done(struct readiness *);
DEFINE_AUTO_IN_PLACE(readiness)

/* Asks the gateway.  Faults as desk_client_open() and desk_client_ask(): nobody is known then. */
NODISCARD enum status readiness_ask(struct readiness *, const char *home, struct fault *f);

/* When the partner was seen to use this generation for encryption, or a later one; 0: not yet. */
int64_t readiness_since_ns(const struct readiness *, const char *partner, unsigned generation);

/* An array of partner and since (null: not yet) of all that are not suspended. */
json_t *readiness_json(const struct readiness *, const struct registry *, unsigned generation);

/*
 * The generation for encryption that tells who has the sheet that lists what is in the ring for
 * these uses: the first one that was made with them or after.  0: there is none.
 */
unsigned readiness_generation(const struct keyring *, const bool uses[CERT_USES]);

#endif
