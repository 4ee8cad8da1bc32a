/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the lines of an invoice are at the price, in the currency and for the time of awards. */
#ifndef TIELINE_LEDGER_REGISTER_LINES_H
#define TIELINE_LEDGER_REGISTER_LINES_H

#include "ledger/register_judge.h"

/*
 * The lines that name one award: names[first] until before names[end].  ST_OK: findings are
 * reported, "registry.amount" | "registry.award".
 */
struct award_lines {
	const struct said_names *names;
	size_t first, end;
	const struct known *award;
	struct sums sums;  /* of these lines */
	uint64_t replaced; /* a statement that no longer counts; 0: none */
};
NODISCARD enum status judge_award_lines(
	struct judging *, const struct award_lines *, struct fault *f);

/* The same of a credit note, whose sums are below zero. */
NODISCARD enum status judge_credit_lines(
	struct judging *, const struct award_lines *, struct fault *f);

/* A seller of services bills what was awarded. */
NODISCARD enum status judge_lines_without_award(struct judging *, struct fault *f);

/*
 * Energy that was delivered for an award, by whichever side measured more.  ST_NONE: nothing was
 * measured, or nobody says so here.
 */
NODISCARD enum status measured_read(
	int64_t *out, struct ledger *, uint64_t award, struct fault *f);

/* One currency along the chain.  ST_AUTH "registry.amount". */
NODISCARD enum status currency_check(struct slice said, const struct known *, const char *what,
	struct slice id, struct fault *f);

#endif
