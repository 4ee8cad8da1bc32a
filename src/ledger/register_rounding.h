/* SPDX-License-Identifier: Apache-2.0 */
/* How an invoice rounds, beside what is agreed: each line by itself, or all of them at the end. */
#ifndef TIELINE_LEDGER_REGISTER_ROUNDING_H
#define TIELINE_LEDGER_REGISTER_ROUNDING_H

#include "ledger/register_judge.h"

/* Findings "registry.amount" are reported. */
NODISCARD enum status judge_rounding(struct judging *, struct fault *f);

#endif
