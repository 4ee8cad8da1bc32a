/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities by interval: what is offered lies within what was requested, an award within its
 * offer, a dispatch within its award; and all awards at a time within what is registered.
 */
#ifndef TIELINE_LEDGER_REGISTER_INTERVALS_H
#define TIELINE_LEDGER_REGISTER_INTERVALS_H

#include "ledger/register_judge.h"

/* What an earlier document says of a time; has_: all intervals that cover it say so. */
struct cover {
	int64_t covered_ns; /* how much of the time */
	bool is_known;      /* it says intervals at all */
	bool has_kw, has_kvar, has_price;
	int64_t kw, kvar, price; /* the least; the price of the first */
	int64_t most_kw, most_kvar;
};
NODISCARD enum status cover_read(struct cover *out, struct ledger *, uint64_t statement,
	const struct span *, struct fault *f);

/* Findings "registry.capability" | "registry.award" | "registry.order" are reported. */
NODISCARD enum status judge_intervals(struct judging *, struct fault *f);

#endif
