/* SPDX-License-Identifier: Apache-2.0 */
/* What was delivered for an award, billed or paid, is not undone by cancelling or cutting it. */
#ifndef TIELINE_LEDGER_REGISTER_UNDONE_H
#define TIELINE_LEDGER_REGISTER_UNDONE_H

#include "ledger/register_judge.h"

/*
 * Of an award that takes the place of award `before`.  ST_OK: findings are reported,
 * "registry.order" | "registry.amount".
 */
NODISCARD enum status judge_undone(
	struct judging *, const struct known *before, struct fault *f);

#endif
