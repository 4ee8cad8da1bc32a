/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The utility's review of a registration, or of a change, has a clock (60 days by default: FERC
 * Order 2222), which stands while information is awaited from the aggregator.
 */
#ifndef TIELINE_LEDGER_REGISTER_REVIEW_H
#define TIELINE_LEDGER_REGISTER_REVIEW_H

#include "exchange/business.h"
#include "exchange/settings.h"
#include "ledger/ledger.h"

struct register_review {
	uint64_t statement;
	struct slice partner, aggregation, document;
	enum document_type type;
	enum direction_of_message direction; /* IN: ours to decide; OUT: the partner's */
	bool is_test, is_waiting; /* for information: its clock stands */
	int64_t started_ns, due_ns;
	int64_t left_ns;  /* below 0: overdue */
	unsigned warned;  /* days of the last warning; large: none yet */
};

/* What is not decided, the earliest begun first, at most `limit`. */
NODISCARD enum status register_reviews(struct ledger *, const struct review_terms *,
	int64_t now_ns, unsigned limit,
	void (*each)(void *context, const struct register_review *), void *context,
	struct fault *f);

/*
 * In a batch: calls back for each review that has no more days left than one of the terms' warnings
 * says, once a warning, and when it is overdue.  At most REVIEW_WARN_MAX.
 */
#define REVIEW_WARN_MAX 256
NODISCARD enum status register_review_warn(struct ledger *, const struct review_terms *,
	int64_t now_ns, void (*each)(void *context, const struct register_review *),
	void *context, struct fault *f);

/* --- for register_judge.c --- */

struct judging;
/*
 * What a decision says of its review, beside the clock that both sides have: REGISTER_REVIEW is
 * reported where it gives the review more time than that, by more than two messages may be under
 * way.  What gives it less is for who reviews to say.
 */
NODISCARD enum status judge_review(struct judging *, struct fault *f);

/* --- for register_apply.c --- */

/* How long the clock of a statement has stood, in all, when what it waits for comes now. */
NODISCARD enum status review_stopped(
	int64_t *out, struct ledger *, uint64_t statement, int64_t now_ns, struct fault *f);
/* Reviews begin, stand and end by what this message says, or said. */
NODISCARD enum status reviews_settle(struct ledger *, uint64_t message, struct fault *f);

#endif
