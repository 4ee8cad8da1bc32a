/* SPDX-License-Identifier: Apache-2.0 */
/* One party, of which nothing is asked but that it is one: sunny, for a whole group of tests. */
#ifndef TIELINE_TESTS_SUNNY_H
#define TIELINE_TESTS_SUNNY_H

#include "circle.h"

static struct circle sunny;

static inline int sunny_make(void **state)
{
	(void)state;
	circle_make(&sunny, "sunny");
	return 0;
}

static inline int sunny_done(void **state)
{
	(void)state;
	circle_done(&sunny);
	return 0;
}

#endif
