/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Offers and awards beside the terms of the request and the offer that they follow: the least that
 * is wanted or accepted, in which steps, and whether an offer may be split.
 */
#ifndef TIELINE_LEDGER_REGISTER_BIDS_H
#define TIELINE_LEDGER_REGISTER_BIDS_H

#include "ledger/register_judge.h"

/* Findings "registry.order" are reported. */
NODISCARD enum status judge_bids(struct judging *, struct fault *f);

#endif
