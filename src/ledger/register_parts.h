/* SPDX-License-Identifier: Apache-2.0 */
/* An offer may be awarded in parts: other times of it, or a part of its quantity each. */
#ifndef TIELINE_LEDGER_REGISTER_PARTS_H
#define TIELINE_LEDGER_REGISTER_PARTS_H

#include "ledger/register_judge.h"

/*
 * Of an award, beside the others of its offer that stand: in all no more than is offered at any
 * time.  Findings "registry.capability" | "registry.order" are reported.
 */
NODISCARD enum status judge_parts(struct judging *, struct fault *f);

#endif
