/* SPDX-License-Identifier: Apache-2.0 */
/* VERB_SUBMIT: a document is sealed, from the desk or made by an envelope itself. */
#ifndef TIELINE_PROCESSES_ENVELOPE_SUBMIT_H
#define TIELINE_PROCESSES_ENVELOPE_SUBMIT_H

#include "processes/envelope.h"

/* A shape, as envelope.h has it. */
NODISCARD enum status envelope_submit(const struct envelope *, const struct job *, struct fault *f);

/*
 * Seals job->fd as a message that `answers` a row, 0: that a person submitted, and hands it to the
 * ledger.  As the shapes.
 */
NODISCARD enum status envelope_seal(const struct envelope *, const struct job *,
	const struct verb_submit *, uint64_t answers, struct fault *f);

#endif
