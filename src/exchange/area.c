/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The areas as one table.  The field gave no numbers (R13, R14, R18): these are our
 * defaults, and each agreement may differ.
 */
#include "exchange/area.h"

#include "base/clock.h"

#define MINUTE_NS (60 * NS_PER_S)
#define HOUR_NS (60 * MINUTE_NS)
#define DAY_NS (24 * HOUR_NS)

/*
 * First pauses are short everywhere, so that a passing fault heals before anybody
 * notices; the longest keep a partner that stays away from costing us attempts.
 * Availability is worthless once its interval has begun.  A receipt that is on its way is given
 * longer than a failed attempt: sending again meets a partner that works on the message.
 */
/* clang-format off */
static const struct area_profile profiles[AREAS] = {
	[AREA_OUTAGE]       = { "outage",       0, 5 * MINUTE_NS,  2 * NS_PER_S,  30 * NS_PER_S,
	                        30 * NS_PER_S, 30 * NS_PER_S, DAY_NS },
	[AREA_AVAILABILITY] = { "availability", 1, 15 * MINUTE_NS, 2 * NS_PER_S,  30 * NS_PER_S,
	                        MINUTE_NS, MINUTE_NS, DAY_NS },
	[AREA_AGGREGATION]  = { "aggregation",  2, DAY_NS,         10 * NS_PER_S, 10 * MINUTE_NS,
	                        10 * MINUTE_NS, HOUR_NS, 30 * DAY_NS },
	[AREA_BILLING]      = { "billing",      3, 3 * DAY_NS,     5 * NS_PER_S,  HOUR_NS,
	                        15 * MINUTE_NS, 4 * HOUR_NS, 30 * DAY_NS },
};
/* clang-format on */

const struct area_profile *area_profile(enum area area)
{
	if ((unsigned)area >= AREAS)
		bug("area %d does not exist", (int)area);
	return &profiles[area];
}

/* Notices and limits wait for no offer and no bill. */
unsigned area_builds_on(enum area area)
{
	static const unsigned areas[AREAS] = {
		[AREA_OUTAGE] = AREA_BIT(AREA_AGGREGATION) | AREA_BIT(AREA_OUTAGE),
		[AREA_AVAILABILITY] = AREA_BIT(AREA_AGGREGATION) | AREA_BIT(AREA_AVAILABILITY),
		[AREA_AGGREGATION] = AREA_BIT(AREA_AGGREGATION),
		[AREA_BILLING] = AREA_BIT(AREA_AGGREGATION) | AREA_BIT(AREA_AVAILABILITY) |
			AREA_BIT(AREA_BILLING),
	};

	return areas[area_profile(area)->lane];
}

const char *area_name(enum area area)
{
	return area_profile(area)->name;
}

enum status area_parse(enum area *out, struct slice name, struct fault *f)
{
	for (enum area i = 0; i < AREAS; i++)
		if (slice_eq(name, slice_str(profiles[i].name))) {
			*out = i;
			return ST_OK;
		}
	return fault_set(f, ST_NONE, "area.unknown",
		"there is no area %.*s: use outage, availability, aggregation or billing",
		SLICE_FMT(slice_to(name, 40)));
}
