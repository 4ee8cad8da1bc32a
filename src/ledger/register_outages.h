/* SPDX-License-Identifier: Apache-2.0 */
/* A notice of an outage beside those before it: what one said holds until another says else. */
#ifndef TIELINE_LEDGER_REGISTER_OUTAGES_H
#define TIELINE_LEDGER_REGISTER_OUTAGES_H

#include "ledger/register_judge.h"

/* Findings "registry.order" are reported. */
NODISCARD enum status judge_outages(struct judging *, struct fault *f);

/*
 * From when it is, as far as this notice and those before it say, and until when, as this one does:
 * the actual time before an estimated one; 0: nobody said.
 */
NODISCARD enum status outage_times(struct span *out, struct ledger *,
	const struct register_side *, const struct said_document *, struct fault *f);

#endif
