/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service was asked for, beside what becomes of it: the direction of a dispatch, the
 * currency of offers and awards; and performance, in register_performance.h.
 */
#ifndef TIELINE_LEDGER_REGISTER_SERVICE_H
#define TIELINE_LEDGER_REGISTER_SERVICE_H

#include "ledger/register_judge.h"

/*
 * Findings "registry.award" | "registry.amount" | "registry.clock" are reported.  Of dispatches
 * register_intervals.c knows the origin, and asks judge_sense.
 */
NODISCARD enum status judge_service(struct judging *, struct fault *f);

/* What the request said that an award goes back to; empty: it is not known here. */
#define ORIGIN_TEXT_MAX 32 /* with the NUL; what is longer is none */
struct origin {
	char sense[ORIGIN_TEXT_MAX];    /* "up" */
	char baseline[ORIGIN_TEXT_MAX]; /* "day_matching" */
	char price_basis[ORIGIN_TEXT_MAX]; /* "per_kwh" */
};
NODISCARD enum status origin_read(
	struct origin *out, struct ledger *, uint64_t award, struct fault *f);

/*
 * Whether what was awarded is output itself, so that a setpoint can be compared with it.  Where it
 * is a difference from a baseline, a setpoint is not: load that is asked for 300 kW less has one
 * of 700 kW drawn.
 */
bool origin_is_output(const struct origin *);

/* A dispatch for an award of this origin: findings "registry.award" are reported. */
NODISCARD enum status judge_sense(struct judging *, const struct origin *, struct fault *);

#endif
