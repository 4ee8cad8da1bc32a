/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operating limits beside each other, and what is called for, answered, expected, offered and
 * awarded beside those that hold for its aggregation, and for parts of it, at that time.
 */
#ifndef TIELINE_LEDGER_REGISTER_LIMITS_H
#define TIELINE_LEDGER_REGISTER_LIMITS_H

#include "ledger/register_judge.h"

/* Findings "registry.capability" | "registry.limit" are reported. */
NODISCARD enum status judge_limits(struct judging *, struct fault *f);

#endif
