/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What availability says of each of its times, kept with it, and what the newest of each kind says
 * of the time of an offer or an award.
 */
#ifndef TIELINE_LEDGER_REGISTER_PROFILE_H
#define TIELINE_LEDGER_REGISTER_PROFILE_H

#include "ledger/register_known.h"

/* In a batch: of statement `number`. */
NODISCARD enum status profile_keep(
	struct ledger *, uint64_t number, const struct said_document *, struct fault *f);

enum available_measure {
	AVAILABLE_UP,
	AVAILABLE_DOWN,
	AVAILABLE_INJECT,
	AVAILABLE_ABSORB,
	AVAILABLE_MEASURES,
};

#define AVAILABLE_KINDS 3 /* status, forecast, declaration */
struct available_kind {
	struct span span;  /* of all its intervals; from_ns == until_ns: there is none */
	int64_t committed[2]; /* kW that are promised to others, up and down, in FACT_UNITs */
	int64_t most[AVAILABLE_MEASURES]; /* of any interval; -1: it is not known */
	struct buf profile; /* empty: it was said to a version before */
};
struct available {
	struct available_kind of[AVAILABLE_KINDS];
};
struct available available_init(void);
void available_done(struct available *);
DEFINE_AUTO_IN_PLACE(available)
/* The newest of each kind, once a document. */
NODISCARD enum status available_read(struct available *, struct ledger *,
	const struct register_side *, struct slice aggregation, struct fault *f);

struct available_then {
	/* the most that is promised to others, up and down; of what says no direction, in both */
	int64_t committed[2];
	/* what there is at all of that time, by what says most; -1: nothing does */
	int64_t most[AVAILABLE_MEASURES];
};
struct available_then available_at(const struct available *, const struct span *);

#endif
