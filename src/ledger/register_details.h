/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the resources that a performance names were there when it was measured, and add up. */
#ifndef TIELINE_LEDGER_REGISTER_DETAILS_H
#define TIELINE_LEDGER_REGISTER_DETAILS_H

#include "ledger/register_judge.h"

/*
 * Of the aggregation whose book is open.  Findings "registry.unknown" | "registry.consent" |
 * "registry.amount" are reported.
 */
NODISCARD enum status judge_performed_details(struct judging *, struct fault *f);

/* Until: the last moment of its last day; 0: without end.  ST_AUTH "registry.consent". */
NODISCARD enum status consent_check(
	struct slice resource, int64_t until_ns, int64_t at_ns, struct fault *f);

#endif
