/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are still to be looked into, and what they said. */
#ifndef TIELINE_LEDGER_EXAMINATION_H
#define TIELINE_LEDGER_EXAMINATION_H

#include "ledger/ledger.h"

/* In the batch that stores the message; nothing when it is not wished. */
NODISCARD enum status examination_add(struct ledger *, uint64_t row, const struct ledger_message *,
	const struct ledger_wish *, struct fault *f);

/*
 * After a restart nothing is under way.  What has its last attempt before it has it after the
 * pause: whoever ends again and again, a machine that does, takes nobody's attempts at once.
 */
NODISCARD enum status examination_recover(struct ledger *, int64_t now_ns, struct fault *f);

/*
 * In the batch that settles the message as delivered: what was found while it was on its way flags
 * it now, so that no flag hangs on who was faster.
 */
NODISCARD enum status examination_flag(
	struct ledger *, uint64_t row, int64_t now_ns, struct fault *f);

/*
 * In a batch: a message that is settled is flagged, unless it is for what says more; and is no
 * more, if it is for this.
 */
NODISCARD enum status ledger_flag(struct ledger *, uint64_t row, const struct fault *why,
	int64_t now_ns, struct fault *f);
NODISCARD enum status ledger_flag_end(
	struct ledger *, uint64_t row, const char *code, struct fault *f);

#endif
