/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interval data of an 867 as readings in UTC: QTY and the DTM*582 behind it, which is the end
 * of the interval in local time with a time code.  Intervals are as long as REF*MT says (KH015: 15
 * minutes), or else as far apart as the first two ends.
 */
#ifndef TIELINE_DOCUMENTS_X12_INTERVALS_H
#define TIELINE_DOCUMENTS_X12_INTERVALS_H

#include "documents/x12/check.h"
#include "documents/x12/writer.h"

#define X12_QUANTITY_MAX 32

/* One PTD loop. */
struct x12_series {
	char reference[81];       /* of its set: BPT02 */
	char set_number[X12_FIELD_MAX];
	char type[3];             /* PTD01 */
	char meter[31];           /* REF*MG, or PTD05 with PTD04 MG */
	int64_t interval_s;       /* 0: not known yet */
};

struct x12_reading {
	int64_t start_s, end_s;   /* seconds since 1970, UTC */
	char quantity[X12_QUANTITY_MAX]; /* as it was written: an exact decimal */
	char qualifier[3], unit[3];      /* QTY01, QTY03 */
	char code[3];                    /* of the time, as it was written */
};

/* "actual", "estimated"...; the qualifier itself when it is another. */
const char *x12_quality_name(const struct x12_reading *);

struct x12_intervals_listener {
	void *context;
	void (*reading)(void *, const struct x12_series *, const struct x12_reading *);
	/*
	 * x12.interval.twice | overlap | length, x12.zone.*: what it is about is left out;
	 * x12.interval.gap: something is missing before it.  With the place in the stream.
	 */
	void (*wrong)(void *, const struct x12_place *, const struct fault *);
};

struct x12_intervals;
struct x12_intervals *x12_intervals_new(const struct x12_intervals_listener *);
void x12_intervals_free(struct x12_intervals *);
DEFINE_AUTO(x12_intervals)
/* For a check; refers to it. */
struct x12_listener x12_intervals_hear(struct x12_intervals *);

/* "QTY*QD*1.25*KH~DTM*582*20240101*0015*ES~": a reading back, with the ends in a zone's code. */
NODISCARD enum status x12_reading_write(
	struct x12_writer *, const struct x12_reading *, struct slice zone, struct fault *f);

#endif
