/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are still to be looked into, and what they said. */
#ifndef TIELINE_LEDGER_EXAMINATION_H
#define TIELINE_LEDGER_EXAMINATION_H

#include "ledger/ledger.h"

/* In the batch that stores the message; nothing when it is not wished. */
NODISCARD enum status examination_add(struct ledger *, uint64_t row, const struct ledger_message *,
	const struct ledger_wish *, struct fault *f);

#endif
