/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operating limits by what they are for: an aggregation, a feeder, a resource or a connection
 * point.  They are kept by name with the limit that says them, and found by name and time.
 */
#ifndef TIELINE_LEDGER_REGISTER_BOUNDS_H
#define TIELINE_LEDGER_REGISTER_BOUNDS_H

#include "ledger/register_book.h"
#include "ledger/register_conditions.h"
#include "ledger/register_known.h"

/* What a limit is for; the numbers are part of the file's format. */
enum bound_scope { BOUND_AGGREGATION, BOUND_FEEDER, BOUND_RESOURCE, BOUND_POINT, BOUND_SCOPES };
/* "feeder", as a limit says it. */
const char *bound_scope_name(enum bound_scope);
/* ST_NONE: it says no scope that is known. */
NODISCARD enum status bound_scope_of(enum bound_scope *out, const struct said_document *limit);

enum bound_measure { BOUND_EXPORT, BOUND_IMPORT, BOUND_INJECT, BOUND_ABSORB, BOUND_MEASURES };
/* The fact of an interval of a limit, and of a resource's nameplate, that has it. */
enum fact_kind bound_fact(enum bound_measure);
const char *bound_measure_name(enum bound_measure); /* "kW of export" */

/* One interval of one limit. */
struct bound {
	struct span span;
	int64_t of[BOUND_MEASURES]; /* in FACT_UNITs, not negative; -1: it does not limit this */
	int64_t primacy;            /* the lower decides; -1: not known, it holds beside any */
	uint64_t statement;
};

/* All that hold for one target at any moment of a time; of more than BOUNDS_MAX, some. */
#define BOUNDS_MAX 16384
struct bounds {
	struct buf list; /* struct bound, by limit, then begin */
};
struct bounds bounds_init(void);
void bounds_done(struct bounds *);
DEFINE_AUTO_IN_PLACE(bounds)
size_t bounds_count(const struct bounds *);
const struct bound *bounds_at(const struct bounds *, size_t index);

/* Whose limits, and which of them. */
struct bounds_search {
	struct ledger *ledger;
	struct register_side side; /* its partner and book; either direction */
	struct span span;
	int64_t said_ns;     /* said by then; INT64_MAX: whenever */
	struct slice but;    /* not of this limit_id; empty: of any */
	/* of decisions about the aggregation, which bind its parts, too; NULL: none */
	const struct conditions *conditions;
};
/* Adds to what is there. */
NODISCARD enum status bounds_read(struct bounds *, const struct bounds_search *,
	enum bound_scope, struct slice target, struct fault *f);
/* Whether there may be any of this scope: cheap where there are none. */
NODISCARD enum status bounds_any(
	bool *out, const struct bounds_search *, enum bound_scope, struct fault *f);

/* What its limit is called, and which document says it. */
#define BOUND_NAME_MAX (REGISTER_NAME_SHOWN + 1)
struct bound_name {
	char said[BOUND_NAME_MAX + 32]; /* "limit L-1", "a condition of decision 0197..." */
	char limit[BOUND_NAME_MAX], document[BOUND_NAME_MAX];
};
NODISCARD enum status bound_named(
	struct bound_name *out, struct ledger *, const struct bound *, struct fault *f);

/*
 * What holds at a moment: of those with the lowest primacy the least.  NULL: nothing does.  Of a
 * bounds that has several targets' from `first` to before `end`.
 */
const struct bound *bounds_least(const struct bounds *, size_t first, size_t end,
	enum bound_measure, int64_t at_ns);
/* The next moment after at_ns at which that may be another; INT64_MAX: none. */
int64_t bounds_next(const struct bounds *, int64_t at_ns);

/* In a batch: what a limit is for, of statement `number`, once its intervals are there. */
NODISCARD enum status bounds_keep(struct ledger *, const struct register_side *,
	uint64_t number, const struct said_document *limit, int64_t now_ns, struct fault *f);

#endif
