/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times with a time code (data element 623) and UTC.  Standard and daylight codes mean a fixed
 * offset, all year, but for daylight time in the hour that clocks go forward over, which no clock
 * showed; a code of prevailing time (ET) means the one that is in force by the law of the United
 * States (15 U.S.C. 260a), from 1987 to 2260.  Nothing is asked of the host's zone.
 */
#ifndef TIELINE_DOCUMENTS_X12_ZONE_H
#define TIELINE_DOCUMENTS_X12_ZONE_H

#include "base/buf.h"

/* Of an interval: people call its end by names that its begin does not have, 2400 and more. */
enum x12_edge { X12_BEGIN, X12_END };

/* As they were written: CCYYMMDD, HHMM or HHMMSS, and the code. */
struct x12_stated {
	struct slice date, time, code;
};

/* What they say: a moment, or one of two; what stands around it says which. */
struct x12_moment {
	int64_t utc_s;   /* seconds since 1970 */
	int64_t later_s; /* the other one; the same when there is none */
	/*
	 * prevailing time in the hour that comes twice, 0100 to 0200, an end at 0200 too.  Else the
	 * other one is the end of the day of which 0000 is the begin.
	 */
	bool is_doubled;
};

/*
 * An end of prevailing time may be 0200 on the day that clocks go forward: it is 0300 then.
 * ST_INPUT "x12.zone.date" | "x12.zone.time" | "x12.zone.code"; "x12.zone.missing-hour": a daylight
 * or prevailing time that no clock showed.
 */
NODISCARD enum status x12_moment_read(
	struct x12_moment *out, enum x12_edge, const struct x12_stated *, struct fault *f);

/* The inverse, as a code has it.  Of prevailing time the code of what is in force: ES or ED. */
struct x12_local {
	char date[9], time[7]; /* HHMM, or HHMMSS when there are seconds */
	char code[3];
};
/* ST_INPUT "x12.zone.code"; "x12.zone.missing-hour": it would be refused when it is read. */
NODISCARD enum status x12_moment_write(
	struct x12_local *out, int64_t utc_s, struct slice code, struct fault *f);

#endif
