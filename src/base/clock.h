/* SPDX-License-Identifier: Apache-2.0 */
/* Times are UTC, int64 nanoseconds since 1970 inside, RFC 3339 with milliseconds outside. */
#ifndef TIELINE_BASE_CLOCK_H
#define TIELINE_BASE_CLOCK_H

#include "base/slice.h"

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define TIME_TEXT_MAX 32     /* bytes with the NUL */
#define DURATION_TEXT_MAX 32 /* bytes with the NUL */

int64_t clock_utc_ns(void);
int64_t clock_mono_ns(void);
/* What this process has had of processors. */
int64_t clock_cpu_ns(void);

/* "2026-11-23T05:14:06.123Z"; returns out. */
char *time_format(char out[TIME_TEXT_MAX], int64_t utc_ns);
/*
 * RFC 3339 with any fraction and offset, years 1970..2261. ST_INPUT "time.syntax" | "time.range".
 */
NODISCARD enum status time_parse(int64_t *utc_ns, struct slice in, struct fault *f);
/* RFC 5322 date, as HTTP and MIME want it: "Mon, 23 Nov 2026 05:14:06 +0000"; returns out. */
#define MAIL_DATE_MAX 40
char *mail_date_format(char out[MAIL_DATE_MAX], int64_t utc_ns);

/*
 * "90", "90s", "5m", "4h", "3d", "250ms": a bare number is seconds. ST_INPUT "duration.syntax" |
 * ST_LIMIT "duration.range" (10 years).
 */
NODISCARD enum status duration_parse(int64_t *ns, struct slice in, struct fault *f);
/* The shortest exact-enough form for people: "48ms", "5m", "2h10m", "3d"; returns out. */
char *duration_format(char out[DURATION_TEXT_MAX], int64_t ns);

#endif
