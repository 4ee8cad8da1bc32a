/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interval data of an 867 as readings in UTC: QTY, and of the DTMs behind it either the one
 * that says when the interval ends in local time with a time code (582), or those that say when it
 * begins and when it ends (150 and 151, or a range).  Intervals that have no begin are as long as
 * REF*MT says (KH015: 15 minutes), or else as far apart as the first two ends.  Behind DTM*328 of
 * the loop they are as long as the next REF*MT of their unit says, or else as far apart as the
 * first two ends behind it.  An end of 2359 is that of the day, where the length of intervals and
 * the one before it say so.
 *
 * Prevailing time names two moments in the hour that comes twice.  What stands around an interval
 * there says which: the one before it and the one behind it, which it does not overlap, and begin
 * and end of the loop or the set.  What that leaves open is read as early as it can be, and said
 * (x12.interval.doubled): no other reading is an hour wrong, whatever is missing.  Such intervals
 * wait for what comes behind them, so readings are in order of time in their series only.
 *
 * A PTD loop may have several channels, delivered and received, kWh and kVARh: each is a series.
 */
#ifndef TIELINE_DOCUMENTS_X12_INTERVALS_H
#define TIELINE_DOCUMENTS_X12_INTERVALS_H

#include "documents/x12/check.h"
#include "documents/x12/zone.h"

#define X12_QUANTITY_MAX 40
#define X12_CHANNELS_MAX 16 /* of one PTD loop */

/* One channel of one PTD loop. */
struct x12_series {
	char reference[81];       /* of its set: BPT02 */
	char set_number[X12_FIELD_MAX];
	char type[3];             /* PTD01 */
	char meter[31];           /* REF*MG, or PTD05 with PTD04 MG */
	unsigned number;          /* in its set, from 1 */
	int64_t interval_s;       /* 0: not known yet, or each says its own */
	/* what its set is for: BPT01; and what that cancels or replaces: BPT09 */
	char purpose[3], original[81];
	/*
	 * What tells loops of one type and meter apart, as PTD has it: kind of the detail and the
	 * detail (PTD04 "OZ", PTD05 "EL"); kind of a multiplier and the multiplier (PTD02, PTD03);
	 * kind of movement (PTD06).
	 */
	bool has_details; /* they are known; else PTD04 and 05 are the meter's */
	char detail_kind[4], detail[81], multiplier_kind[4], multiplier[14], movement[3];
};

struct x12_reading {
	int64_t start_s, end_s;   /* seconds since 1970, UTC */
	char quantity[X12_QUANTITY_MAX]; /* as it was written: an exact decimal */
	char qualifier[3], unit[3];      /* QTY01, QTY03 */
	char code[3];                    /* of the time, as it was written */
	bool says_begin;                 /* it was written with begin and end */
};

/* "original", "cancellation"...; the code itself when it is another. */
const char *x12_purpose_name(const char *purpose);
/* "actual", "estimated"...; the qualifier itself when it is another. */
const char *x12_quality_name(const char *qualifier);
/*
 * What tells channels of one unit apart: "delivered" whether actual or estimated, "received"; ""
 * for what may be either; the qualifier itself when it is another.
 */
const char *x12_direction_name(const char *qualifier);

struct x12_intervals_listener {
	void *context;
	void (*reading)(void *, const struct x12_series *, const struct x12_reading *);
	/*
	 * x12.interval.missing | quantity | date | twice | overlap | length | doubled | channels,
	 * x12.zone.*: what it is about is left out; x12.interval.gap: something is missing before
	 * it, both being certain; x12.interval.doubled: this reading, or as many as the text says,
	 * may be an hour early.  With the place in the stream.
	 */
	void (*wrong)(void *, const struct x12_place *, const struct fault *);
	/*
	 * What is no mistake.  x12.interval.none: a quantity that is of no interval, but of days or
	 * of nothing; x12.interval.purpose: the readings of this set are not to be added to others,
	 * because it cancels, replaces or repeats them.
	 */
	void (*told)(void *, const struct x12_place *, const struct fault *);
};

struct x12_intervals;
/* `labels`: which edge of an interval DTM*582 is; X12_END, if all are as the guides want it. */
struct x12_intervals *x12_intervals_new(
	const struct x12_intervals_listener *, enum x12_edge labels);
void x12_intervals_free(struct x12_intervals *);
DEFINE_AUTO(x12_intervals)
/* For a check; refers to it. */
struct x12_listener x12_intervals_hear(struct x12_intervals *);

#endif
