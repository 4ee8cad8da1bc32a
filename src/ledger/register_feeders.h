/* SPDX-License-Identifier: Apache-2.0 */
/* What an availability says by feeder, beside the feeders that its aggregation has resources on. */
#ifndef TIELINE_LEDGER_REGISTER_FEEDERS_H
#define TIELINE_LEDGER_REGISTER_FEEDERS_H

#include "ledger/register_judge.h"

/*
 * j->book is open at the aggregation, which has this list; at j->at_ns, as its resources are.
 * Findings "registry.feeder" are reported, one of each feeder.
 */
NODISCARD enum status judge_feeders(struct judging *, const struct chapter *list, struct fault *);

#endif
