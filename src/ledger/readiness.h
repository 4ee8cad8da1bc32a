/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which partners were seen to have a renewed sheet of ours: they sealed to a certificate that no
 * sheet before lists.  Kept for whoever decides when we send with the new ones.
 */
#ifndef TIELINE_LEDGER_READINESS_H
#define TIELINE_LEDGER_READINESS_H

#include "ledger/ledger.h"

struct ledger_readiness {
	struct slice partner;
	unsigned generation; /* of our certificate for encryption, the youngest that was seen */
	int64_t since_ns;    /* when it was seen first */
};
/* In a batch.  The same again, or an older one, changes nothing. */
NODISCARD enum status ledger_readiness_put(
	struct ledger *, const struct ledger_readiness *, struct fault *f);
/* By partner. */
NODISCARD enum status ledger_readiness(struct ledger *,
	void (*each)(void *context, const struct ledger_readiness *), void *context,
	struct fault *f);

#endif
