/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of resources one by one: whether those that a performance names were there when it
 * was measured, and add up; what each can do.
 */
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

/*
 * The most that a resource can do of FACT_UP_KW, FACT_DOWN_KW or FACT_ENERGY_KWH, by its
 * nameplates.  Up is from what it takes to what it gives, or what it can shed.  INT64_MAX: that is
 * not known.
 */
int64_t held_most(const struct held *, enum fact_kind);

#endif
