/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often something may happen.  "600/min" is 600 at once after a pause, then one every 100 ms: a
 * token bucket, kept as the one instant at which it is full again (the generic cell rate algorithm
 * of ITU-T I.371), so that a meter costs eight bytes and no timer.
 */
#ifndef TIELINE_EXCHANGE_RATE_H
#define TIELINE_EXCHANGE_RATE_H

#include "base/buf.h"

#define RATE_COUNT_MAX 1000000

struct config_value;

struct rate {
	unsigned count; /* 0: as often as one likes */
	int64_t per_ns; /* 1 s to 1 day */
};

/* Empty is a meter that has counted nothing yet. */
struct meter {
	int64_t full_mono_ns;
};

/*
 * "20/s", "600/min", "5000/h", "1000/10s", "none".  ST_INPUT "rate.syntax", ST_LIMIT "rate.range".
 */
NODISCARD enum status rate_parse(struct rate *, struct slice text, struct fault *f);
/* For struct config_value (config.h). */
enum status rate_read(
	void *member, struct slice text, const struct config_value *, struct fault *f);
/* The same; reads back as the same rate. */
void rate_put(struct buf *out, const struct rate *);

/* How long from now until the next may happen, in ns; 0: it may now.  Times are clock_mono_ns(). */
int64_t meter_wait_ns(const struct meter *, const struct rate *, int64_t now_mono_ns);
/* It happened. */
void meter_count(struct meter *, const struct rate *, int64_t now_mono_ns);

#endif
