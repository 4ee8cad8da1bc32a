/* SPDX-License-Identifier: Apache-2.0 */
/* What the desk asks of the ledger, answered at once from what is durable. */
#ifndef TIELINE_PROCESSES_QUESTIONS_H
#define TIELINE_PROCESSES_QUESTIONS_H

#include "processes/process.h"

/* VERB_LIST, VERB_SHOW, VERB_GET, VERB_STATUS, VERB_REGISTRY. */
void question_answer(struct ledger *, const struct review_terms *, struct ipc *desk,
	struct ipc_packet *);

/* A message as VERB_MESSAGE says it: slices are those of m. */
struct verb_message verb_message_of(const struct ledger_message *m);

/*
 * The row of the one message that is asked for.  ST_NONE "message.unknown", ST_INPUT
 * "message.ambiguous".
 */
NODISCARD enum status question_row(
	uint64_t *row, struct ledger *, const struct verb_get *ask, struct fault *f);

#endif
