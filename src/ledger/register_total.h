/* SPDX-License-Identifier: Apache-2.0 */
/* How many resources an availability says there are, beside how many are registered. */
#ifndef TIELINE_LEDGER_REGISTER_TOTAL_H
#define TIELINE_LEDGER_REGISTER_TOTAL_H

#include "ledger/register_judge.h"

/* Of the aggregation whose book is open: a finding "registry.count" is reported. */
NODISCARD enum status judge_total(struct judging *, struct fault *f);

#endif
