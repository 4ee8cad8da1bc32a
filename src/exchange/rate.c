/* SPDX-License-Identifier: Apache-2.0 */
/* Rates as people write them, and the arithmetic of meters. */
#include "exchange/rate.h"

#include "base/clock.h"
#include "exchange/config.h"

#define DAY_NS (86400 * NS_PER_S)

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{ "s", NS_PER_S },
	{ "min", 60 * NS_PER_S },
	{ "h", 3600 * NS_PER_S },
};
#define UNITS (sizeof(units) / sizeof(units[0]))

static enum status period_parse(int64_t *ns, struct slice text, struct fault *f)
{
	for (size_t i = 0; i < UNITS; i++)
		if (slice_eq(text, slice_str(units[i].name))) {
			*ns = units[i].ns;
			return ST_OK;
		}
	return duration_parse(ns, text, f);
}

enum status rate_parse(struct rate *out, struct slice text, struct fault *f)
{
	struct slice count, period;
	uint64_t n;
	int64_t ns;

	*out = (struct rate){ 0 };
	if (slice_eq(text, S("none")))
		return ST_OK;
	if (!slice_cut(&count, &period, text, '/') || slice_u64(&n, count, NULL) != ST_OK ||
		period_parse(&ns, period, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "rate.syntax",
			"%.*s is no rate: say 20/s, 600/min, 5000/h, 1000/10s or none",
			SLICE_FMT(slice_to(text, 40)));
	if (n == 0 || n > RATE_COUNT_MAX || ns < NS_PER_S || ns > DAY_NS)
		return fault_set(f, ST_LIMIT, "rate.range",
			"a rate is 1 to %d within a time of 1 second to 1 day", RATE_COUNT_MAX);
	*out = (struct rate){ .count = (unsigned)n, .per_ns = ns };
	return ST_OK;
}

enum status rate_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	(void)row;
	return rate_parse(member, text, f);
}

void rate_put(struct buf *out, const struct rate *rate)
{
	if (rate->count == 0) {
		buf_put_text(out, "none");
		return;
	}
	buf_putf(out, "%u/", rate->count);
	for (size_t i = 0; i < UNITS; i++)
		if (rate->per_ns == units[i].ns) {
			buf_put_text(out, units[i].name);
			return;
		}
	duration_put(out, rate->per_ns);
}

/* --- meters --- */

static int64_t interval_ns(const struct rate *rate)
{
	return rate->per_ns / rate->count;
}

/* Not before now; nor later than an empty bucket is full, when the rate was another before. */
static int64_t full_at(const struct meter *meter, const struct rate *rate, int64_t now_mono_ns)
{
	int64_t at = meter->full_mono_ns, most = now_mono_ns + rate->per_ns;

	if (at < now_mono_ns)
		return now_mono_ns;
	return at < most ? at : most;
}

int64_t meter_wait_ns(const struct meter *meter, const struct rate *rate, int64_t now_mono_ns)
{
	int64_t late;

	if (rate->count == 0)
		return 0;
	late = full_at(meter, rate, now_mono_ns) + interval_ns(rate) - rate->per_ns - now_mono_ns;
	return late > 0 ? late : 0;
}

void meter_count(struct meter *meter, const struct rate *rate, int64_t now_mono_ns)
{
	if (rate->count > 0)
		meter->full_mono_ns = full_at(meter, rate, now_mono_ns) + interval_ns(rate);
}
