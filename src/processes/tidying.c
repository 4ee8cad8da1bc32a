/* SPDX-License-Identifier: Apache-2.0 */
/* It is pure. */
#include "processes/tidying.h"

/* A log that is shorter than it was began anew. */
static unsigned grown_by(const struct tidying *t, unsigned pages)
{
	return pages < t->done ? pages : pages - t->done;
}

enum tidying_step tidying_next(const struct tidying *t, unsigned pages, bool notice_in_hand)
{
	bool ends = pages >= TIDYING_LOG;

	if (t->is_under_way || (notice_in_hand && pages < TIDYING_LOG_MOST))
		return TIDYING_NONE;
	if (grown_by(t, pages) >= (ends ? TIDYING_LEFT : TIDYING_GROWN))
		return TIDYING_BESIDE;
	return ends ? TIDYING_HERE : TIDYING_NONE;
}

void tidying_begin(struct tidying *t, unsigned pages)
{
	*t = (struct tidying){ pages, true };
}

void tidying_end(struct tidying *t)
{
	t->is_under_way = false;
}
