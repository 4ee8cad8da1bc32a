/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a performance is of what was awarded: when, how much, measured how, and which part of it
 * was delivered.
 */
#ifndef TIELINE_LEDGER_REGISTER_PERFORMANCE_H
#define TIELINE_LEDGER_REGISTER_PERFORMANCE_H

#include "ledger/register_judge.h"

/* Findings "registry.award" | "registry.order" | "registry.clock" are reported. */
NODISCARD enum status judge_performance(struct judging *, struct fault *f);

#endif
