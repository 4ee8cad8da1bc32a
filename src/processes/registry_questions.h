/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about the register, answered in the ledger process page by page. */
#ifndef TIELINE_PROCESSES_REGISTRY_QUESTIONS_H
#define TIELINE_PROCESSES_REGISTRY_QUESTIONS_H

#include "exchange/settings.h"
#include "processes/process.h"

/* VERB_REGISTRY: the rows; who calls says the end.  ST_INPUT "ipc.field". */
NODISCARD enum status registry_say(
	struct ledger *, struct ipc *desk, struct ipc_packet *, struct fault *f);
/* VERB_REVIEW of what is not decided, the first REVIEWS_SAID of them. */
#define REVIEWS_SAID 200
NODISCARD enum status registry_reviews_say(struct ledger *, const struct review_terms *,
	struct ipc *desk, uint64_t id, struct fault *f);
/* VERB_MISSED of answers that did not come in time, the latest MISSED_SAID of them. */
#define MISSED_SAID 200
NODISCARD enum status registry_missed_say(
	struct ledger *, struct ipc *desk, uint64_t id, struct fault *f);

#endif
