/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times with a time code (data element 623) and UTC.  Standard and daylight codes mean a fixed
 * offset, all year; a code of prevailing time (ET) means the one that is in force by the law of the
 * United States (15 U.S.C. 260a), from 1987 on.  Nothing is asked of the host's zone.
 */
#ifndef TIELINE_DOCUMENTS_X12_ZONE_H
#define TIELINE_DOCUMENTS_X12_ZONE_H

#include "base/buf.h"

/* What a date, a time and a code say. */
struct x12_moment {
	int64_t utc_s;   /* seconds since 1970 */
	/* prevailing time in the hour that comes twice: the first is meant, or +3600 */
	bool is_doubled;
};

/*
 * CCYYMMDD, HHMM or HHMMSS, 2400 too, and the code.  ST_INPUT "x12.zone.date" | "x12.zone.time" |
 * "x12.zone.code"; "x12.zone.missing-hour": a daylight or prevailing time that no clock showed.
 */
NODISCARD enum status x12_moment_read(struct x12_moment *out, struct slice date, struct slice time,
	struct slice code, struct fault *f);

/* The inverse, as a code has it.  Of prevailing time the code of what is in force: ES or ED. */
struct x12_local {
	char date[9], time[7]; /* HHMM, or HHMMSS when there are seconds */
	char code[3];
};
/* ST_INPUT "x12.zone.code". */
NODISCARD enum status x12_moment_write(
	struct x12_local *out, int64_t utc_s, struct slice code, struct fault *f);

#endif
