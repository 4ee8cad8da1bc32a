/* SPDX-License-Identifier: Apache-2.0 */
/* Disputes have an order and an end, and what may be disputed, or replaced, has a last day. */
#ifndef TIELINE_LEDGER_REGISTER_DISPUTES_H
#define TIELINE_LEDGER_REGISTER_DISPUTES_H

#include "ledger/register_judge.h"

/* Findings "registry.order" | "registry.late" | BUSINESS_LATE_ANSWER are reported. */
NODISCARD enum status judge_dispute(struct judging *, struct fault *f);

/*
 * Whether a statement may still take the place of this one: until that is final, and also after
 * where it was disputed, or in time what it is made of.  ST_AUTH "registry.late".
 */
NODISCARD enum status final_check(
	const struct judging *, const struct known *statement, struct slice name, struct fault *f);

#endif
