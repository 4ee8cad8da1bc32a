/* SPDX-License-Identifier: Apache-2.0 */
/* What the register says, for people and programs: page by page, at any moment. */
#ifndef TIELINE_LEDGER_REGISTER_READ_H
#define TIELINE_LEDGER_REGISTER_READ_H

#include "ledger/register_book.h"

struct register_filter {
	struct slice partner;     /* empty: any */
	struct slice aggregation; /* empty: any */
	bool is_test;
	int64_t at_ns;
	/* the page begins behind this one; empty: the first page */
	struct slice after_aggregation, after_partner;
	unsigned limit;
};

struct register_aggregation {
	struct slice aggregation, partner, name, program;
	struct slice services;   /* "resilience reliability ": as it is registered for */
	enum direction_of_message direction; /* IN: the partner aggregates; OUT: we do */
	/*
	 * "registered", or why not; "taken back": all that was ever said of it, and the rest is
	 * not known but its name, program and direction, as they were said last
	 */
	const char *state;
	int64_t from_ns, until_ns; /* 0: none */
	int64_t revision;        /* -1: none */
	struct quantities can;
};
/* All that were ever registered, by name, then partner. */
NODISCARD enum status register_aggregations(struct ledger *, const struct register_filter *,
	void (*each)(void *context, const struct register_aggregation *), void *context,
	struct fault *f);

/*
 * Of one aggregation of one partner, behind the resource `after`: those that it has; where it is
 * under review those that are asked for, as of the time they are asked for; else none.
 */
NODISCARD enum status register_resources(struct ledger *, const struct book_of *, int64_t at_ns,
	struct slice after, unsigned limit,
	void (*each)(void *context, const struct held *), void *context, struct fault *f);

/* That a decision sets.  Borrowed. */
struct register_condition {
	uint64_t number;    /* rises */
	struct slice document; /* the decision's */
	const char *kind, *direction;
	struct slice feeder, window;
	bool is_compared;   /* what is said later is held to it */
	int64_t kw;         /* in FACT_UNITs; -1: none said */
	struct span span;   /* when it is in force; until 0: no end; both 0: it is not */
};
/* Of one aggregation of one partner, behind number `after`: also what is no longer in force. */
NODISCARD enum status register_conditions(struct ledger *, const struct book_of *, uint64_t after,
	unsigned limit, void (*each)(void *context, const struct register_condition *),
	void *context, struct fault *f);

struct register_statement {
	uint64_t number;
	enum document_type type;
	enum direction_of_message direction;
	struct slice partner, action, document, message_id;
	uint32_t revision;
	int64_t basis;      /* -1: none said */
	uint64_t resources; /* that it lists, changes or rejects */
	int64_t said_ns, from_ns, until_ns, voided_ns;
};
/* What was said of an aggregation, in order, behind statement `after`. */
NODISCARD enum status register_history(struct ledger *, const struct register_filter *,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f);
/*
 * Awards of one aggregation of one partner that nobody refused or took back, and some of whose time
 * is still to come.
 */
NODISCARD enum status register_awards(struct ledger *, const struct register_filter *,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f);
/* Dispatches likewise: the last of each chain, unless that ends it. */
NODISCARD enum status register_dispatches(struct ledger *, const struct register_filter *,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f);
/*
 * Of one partner the last limit of each limit_id, as far as some of its time is to come, and the
 * last notice of each outage that is not closed, and says when there is to be another.
 */
NODISCARD enum status register_notices(struct ledger *, const struct register_filter *,
	uint64_t after, void (*each)(void *context, const struct register_statement *),
	void *context, struct fault *f);

#endif
