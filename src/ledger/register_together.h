/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All awards of an aggregation at one time, with what is committed elsewhere, beside what is
 * registered, in the direction that was asked for.
 */
#ifndef TIELINE_LEDGER_REGISTER_TOGETHER_H
#define TIELINE_LEDGER_REGISTER_TOGETHER_H

#include "ledger/register_asked.h"
#include "ledger/register_profile.h"

/* Of an offer or an award: findings "registry.capability" are reported. */
NODISCARD enum status judge_together(struct judging *, const struct available *,
	const struct asked *, struct fault *f);

/*
 * Of a dispatch for award `award` (number 0: of none), beside others at that time whose place it
 * does not take: the same findings.
 */
NODISCARD enum status judge_called(struct judging *, const struct known *award,
	bool is_output, struct fault *);

/* Of a change, whether it leaves what is awarded from then on: the same findings. */
NODISCARD enum status judge_left(struct judging *, struct fault *f);

#endif
