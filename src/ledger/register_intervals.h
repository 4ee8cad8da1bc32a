/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities by interval: what is offered lies within what was requested, an award within its
 * offer, a dispatch within its award; and all awards at a time within what is registered.
 */
#ifndef TIELINE_LEDGER_REGISTER_INTERVALS_H
#define TIELINE_LEDGER_REGISTER_INTERVALS_H

#include "ledger/register_judge.h"

/* Findings "registry.capability" | "registry.award" | "registry.order" are reported. */
NODISCARD enum status judge_intervals(struct judging *, struct fault *f);

#endif
