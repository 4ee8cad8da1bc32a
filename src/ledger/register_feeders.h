/* SPDX-License-Identifier: Apache-2.0 */
/* What an availability says by resource and by feeder, beside what its aggregation has there. */
#ifndef TIELINE_LEDGER_REGISTER_FEEDERS_H
#define TIELINE_LEDGER_REGISTER_FEEDERS_H

#include "ledger/register_judge.h"

/*
 * j->book is open at the aggregation, which has this list at j->at_ns.  Findings
 * "registry.unknown" | "registry.consent" | "registry.capability" and, one of each feeder,
 * "registry.feeder" are reported.
 */
NODISCARD enum status judge_feeders(struct judging *, const struct chapter *list, struct fault *);

#endif
