/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a document names is registered, for as much, and at that time. */
#ifndef TIELINE_LEDGER_REGISTER_REGISTERED_H
#define TIELINE_LEDGER_REGISTER_REGISTERED_H

#include "ledger/register_judge.h"

/* Findings are reported; faults of the database are returned. */
NODISCARD enum status judge_registered(struct judging *, struct fault *f);

#endif
