/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an interval may have been, where its labels are names of more than one moment: the hour
 * that comes twice in autumn.  Intervals of a series follow each other and do not overlap; what
 * that leaves open is open, and is not guessed here.
 *
 * Each is placed as early as it can be while they come in (x12_spans_first), and as late as it can
 * be from the last to the first when it is known what comes behind them (x12_spans_last).  A span
 * is possible exactly if it is between the two, for a series that has the earlier ones in one way
 * and the later ones in another has both.
 */
#ifndef TIELINE_DOCUMENTS_X12_SPANS_H
#define TIELINE_DOCUMENTS_X12_SPANS_H

#include "documents/x12/zone.h"

#define X12_SPANS_MAX 4 /* two begins, two ends */

/* Seconds since 1970, UTC. */
struct x12_span {
	int64_t start_s, end_s;
};

struct x12_spans {
	struct x12_span may[X12_SPANS_MAX];
	size_t count;
	struct x12_span first; /* the earliest behind the one before it */
	int64_t from_s;        /* which ends then, at the earliest */
	bool is_certain;
};

/* Of a label that is `shift_s` before the end, of an interval of this length. */
void x12_spans_of_label(
	struct x12_spans *out, const struct x12_moment *, int64_t shift_s, int64_t length_s);
/*
 * Of a begin and an end.  Those of this length, if there is one; 0: nothing is known of it.
 * None (count 0): it ends before it begins.
 */
void x12_spans_of_period(struct x12_spans *out, const struct x12_moment *begin,
	const struct x12_moment *end, int64_t length_s);

/* False: none begins at `from_s` or later, when the one before it has ended; nothing is changed. */
bool x12_spans_first(struct x12_spans *, int64_t from_s);
/*
 * By its name it is the one before it, or a part of it, in the same hour; it has its first in the
 * other hour, with a gap between them.  `named`: the earliest that the one before it may be.
 */
bool x12_spans_may_repeat(const struct x12_spans *, const struct x12_span *named);
/*
 * Says whether it is certain: it has a first, and what comes behind begins at `to_s`, or later.
 * Returns when it begins, at the latest.
 */
int64_t x12_spans_last(struct x12_spans *, int64_t to_s);

#endif
