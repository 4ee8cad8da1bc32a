/* SPDX-License-Identifier: Apache-2.0 */
/* What was over before an award was cancelled, or cut, is owed: it is measured, and billed. */
#ifndef TIELINE_LEDGER_REGISTER_CANCELLED_H
#define TIELINE_LEDGER_REGISTER_CANCELLED_H

#include "ledger/register_judge.h"

/*
 * Until when a replaced award was one, where nothing takes its place: ns since 1970, by when what
 * replaced it was there.  INT64_MAX: it is not replaced, another revision is awarded, or what
 * replaces it is under way.
 */
NODISCARD enum status cancelled_at(
	int64_t *out, struct ledger *, const struct known *award, struct fault *);

/*
 * Where the document is a performance of what was over before `award` was replaced, or an invoice
 * for one that is cancelled: in award->state, which it was in before, and else as it is.  ST_AUTH
 * "registry.award": the performance is of a later time, too.
 */
NODISCARD enum status cancelled_look(
	struct known *award, const struct judging *, struct slice id, struct fault *);

#endif
