/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is agreed with the partner once, beside what a document says of itself: the notice of a
 * planned outage, the size of an aggregation, that customers consent, and what holds when messages
 * stop.
 */
#ifndef TIELINE_LEDGER_REGISTER_TERMS_H
#define TIELINE_LEDGER_REGISTER_TERMS_H

#include "ledger/register_judge.h"

/* Findings "registry.late" | "registry.capability" | "registry.consent" are reported. */
NODISCARD enum status judge_terms(struct judging *, struct fault *f);

#endif
