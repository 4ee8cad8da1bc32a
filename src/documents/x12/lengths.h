/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the intervals of a PTD loop are said to be: REF*MT for each unit, and DTM*328, where
 * that changes.  Of several REF*MT of one unit the first is of the intervals before the first
 * change, the next of those behind it, and so on; what none is about is not known.
 */
#ifndef TIELINE_DOCUMENTS_X12_LENGTHS_H
#define TIELINE_DOCUMENTS_X12_LENGTHS_H

#include "documents/x12/zone.h"

#define X12_LENGTHS_MAX 4 /* REF*MT of one loop, a unit or a change each */
#define X12_CHANGES_MAX 4
#define X12_INTERVAL_MAX_S (31 * 86400)

/* All 0 at first. */
struct x12_lengths {
	struct x12_said_length {
		char unit[3];
		int64_t interval_s;
	} lengths[X12_LENGTHS_MAX];
	size_t length_count;
	struct x12_said_change {
		char date[9], time[9], code[3]; /* as they were written */
	} changes[X12_CHANGES_MAX];
	size_t change_count;
};

/* REF02: "KH015".  What is no length of an interval, KHMON and the like, is passed over. */
void x12_lengths_add(struct x12_lengths *, struct slice text);
/*
 * Without a time it is the begin of the day, without a code in that of the readings.  ST_INPUT as
 * x12_moment_read(); ST_LIMIT "x12.interval.length": more than X12_CHANGES_MAX.
 */
NODISCARD enum status x12_lengths_change(
	struct x12_lengths *, const struct x12_stated *, struct fault *f);
/*
 * Behind so many changes, in seconds: that of the unit or, before the first change, of all units
 * when there is one only.  0: nothing said it.
 */
int64_t x12_lengths_of(const struct x12_lengths *, const char *unit, size_t changes);
/* When the change of this index is; `code`: of a reading.  False: there is none such. */
bool x12_lengths_changes(
	int64_t *utc_s, const struct x12_lengths *, size_t change, struct slice code);

#endif
