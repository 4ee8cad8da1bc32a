/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several statements say of a time, added up: read once for the whole time of a document, and
 * asked for each of its intervals.
 */
#ifndef TIELINE_LEDGER_REGISTER_LEVELS_H
#define TIELINE_LEDGER_REGISTER_LEVELS_H

#include "ledger/register_known.h"

struct sqlite3_stmt;

#define LEVELS_LINES 3 /* that are added up each for itself */
/* Seven years of quarter hours; so many of quantity_bounded() fit into a sum, and 16 MiB. */
#define LEVELS_INTERVALS_MAX (1 << 18)

struct levels {
	struct buf list; /* by time, what each line comes to from then on */
};
struct levels levels_init(void);
void levels_done(struct levels *);
DEFINE_AUTO_IN_PLACE(levels)

/*
 * Of the rows of a bound statement, in any order: begin, end (ns), amount (FACT_UNITs, without
 * sign), line.  ST_AUTH "registry.capability": there are more than LEVELS_INTERVALS_MAX; they
 * are told, and none is looked at.
 */
NODISCARD enum status levels_read(
	struct levels *, struct ledger *, struct sqlite3_stmt *, struct fault *f);

/* The most that these lines (bits) come to at one moment of the time; 0: nothing was said. */
int64_t levels_most(const struct levels *, const struct span *, unsigned lines);

#endif
