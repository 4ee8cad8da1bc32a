/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How good this machine's clock is, as the kernel knows it from whoever disciplines it (chrony,
 * ntpd, ptp4l: all of them tell it, adjtimex(2)), and how that is said to a partner:
 *
 *   2026-11-23T05:14:06.123Z; source=adjtimex; synchronised=yes; estimated-us=12; maximum-us=1500
 *
 * A source that nobody can ask is "none", and then the rest is not said.
 */
#ifndef TIELINE_BASE_CLOCK_QUALITY_H
#define TIELINE_BASE_CLOCK_QUALITY_H

#include "base/clock.h"

#define CLOCK_SAID_MAX 160             /* bytes with the NUL */
#define CLOCK_WORDS_MAX 64             /* likewise */
#define CLOCK_ALLOWANCE_NS (NS_PER_S)  /* the most that one clock's error excuses */

struct clock_quality {
	bool is_known;
	bool is_synchronised;
	int64_t estimated_ns; /* error as estimated; at most a day */
	int64_t maximum_ns;   /* error at most; likewise */
};

/* A moment by a clock, and what that clock says of itself. */
struct clock_said {
	int64_t at_ns; /* 0: nothing was said */
	struct clock_quality quality;
};

/* What the kernel says now; not known where it may not be asked. */
struct clock_quality clock_quality_now(void);
/* The same from its answer: return value, `status`, `esterror` and `maxerror` of adjtimex(2). */
struct clock_quality clock_quality_of(int state, int status, long esterror_us, long maxerror_us);

/*
 * By how much a moment by this clock may be wrong in good faith: its largest error, while it is
 * synchronised; CLOCK_ALLOWANCE_NS at most, and of a clock of which nothing is known.
 */
int64_t clock_allowance_ns(const struct clock_quality *);

char *clock_said_format(char out[CLOCK_SAID_MAX], const struct clock_said *); /* returns out */
/*
 * What is not known is passed over; numbers beyond a day are a day.  ST_INPUT "time.syntax" |
 * "time.range" | "clock.syntax", ST_LIMIT "clock.length".
 */
NODISCARD enum status clock_said_parse(struct clock_said *out, struct slice text, struct fault *f);

/* "synchronised within 1.500ms", "not synchronised", "of unknown quality"; returns out. */
char *clock_words(char out[CLOCK_WORDS_MAX], const struct clock_quality *);

#endif
