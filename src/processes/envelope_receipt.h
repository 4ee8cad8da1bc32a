/* SPDX-License-Identifier: Apache-2.0 */
/* VERB_CHECK, VERB_NOTICE: receipts, in an answer or by themselves, are verified. */
#ifndef TIELINE_PROCESSES_ENVELOPE_RECEIPT_H
#define TIELINE_PROCESSES_ENVELOPE_RECEIPT_H

#include "processes/envelope.h"

/* Shapes, as envelope.h has it: what is wrong with an answer is told to the ledger, as a try. */
NODISCARD enum status envelope_check(const struct envelope *, const struct job *, struct fault *f);
NODISCARD enum status envelope_notice(const struct envelope *, const struct job *, struct fault *f);

#endif
