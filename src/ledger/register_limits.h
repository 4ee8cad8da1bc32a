/* SPDX-License-Identifier: Apache-2.0 */
/* A dispatch beside the operating limits that hold for its aggregation at that time. */
#ifndef TIELINE_LEDGER_REGISTER_LIMITS_H
#define TIELINE_LEDGER_REGISTER_LIMITS_H

#include "ledger/register_judge.h"

/* Findings "registry.capability" are reported. */
NODISCARD enum status judge_limits(struct judging *, struct fault *f);

/* The aggregation that a limit is for; empty: it is for something else. */
struct slice limit_aggregation(const struct said_document *);

#endif
