/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four exchange areas of the field (R5-R8) and what each asks of time.
 * A lane is the priority queue of an area: lower numbers go first.
 */
#ifndef TIELINE_EXCHANGE_AREA_H
#define TIELINE_EXCHANGE_AREA_H

#include "base/slice.h"

enum area { AREA_OUTAGE, AREA_AVAILABILITY, AREA_AGGREGATION, AREA_BILLING, AREAS };

#define AREA_BIT(area) (1u << (area))
#define AREA_ALL (AREA_BIT(AREAS) - 1)

struct area_profile {
	const char *name;    /* as in URLs, headers and the command line */
	unsigned lane;       /* 0 is the most urgent */
	int64_t deadline_ns; /* default time from submission until a message is expired */
	int64_t retry_ns;    /* first pause between attempts */
	int64_t retry_max_ns;
	int64_t receipt_ns;  /* first wait for a receipt that comes in a connection of its own */
	int64_t budget_ns;   /* a receipt that is not here after so long is an alarm */
	int64_t age_ns;      /* how long ago a document may have been made */
};

const struct area_profile *area_profile(enum area);
const char *area_name(enum area);
/*
 * On documents of which areas, as bits, one of this area may build: a dispatch on its award, all of
 * them on registrations.  A third party hears of them in that order.
 */
unsigned area_builds_on(enum area);
/* ST_NONE "area.unknown". */
NODISCARD enum status area_parse(enum area *out, struct slice name, struct fault *f);

#endif
