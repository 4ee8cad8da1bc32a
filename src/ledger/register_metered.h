/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Net metering: what such a resource puts out is credited on its customer's bill.  The same kWh is
 * not paid for again, by a market that it takes part in or by an invoice for a service.
 */
#ifndef TIELINE_LEDGER_REGISTER_METERED_H
#define TIELINE_LEDGER_REGISTER_METERED_H

#include "ledger/register_judge.h"
#include "ledger/register_lines.h"

/* Of a registration or change: findings "registry.twice" are reported. */
NODISCARD enum status judge_metered_resources(struct judging *, struct fault *f);

/*
 * Energy that is billed for an award in all, in FACT_UNITs of kWh, beside what those of its
 * resources can deliver that have no net metering: a finding "registry.amount" is reported.
 */
NODISCARD enum status judge_metered_energy(
	struct judging *, const struct award_lines *, int64_t billed, struct fault *f);

#endif
