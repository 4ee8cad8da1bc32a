/* SPDX-License-Identifier: Apache-2.0 */
/* What an outage, or an operating limit, is for, beside what the other side has there. */
#ifndef TIELINE_LEDGER_REGISTER_REACH_H
#define TIELINE_LEDGER_REGISTER_REACH_H

#include "ledger/register_judge.h"

/*
 * Findings "registry.unknown" | "registry.withdrawn" | "registry.feeder" are reported; where
 * anything that it names is there, they are noted (REGISTER_PART).
 */
NODISCARD enum status judge_reach(struct judging *, struct fault *f);

#endif
