/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operating limits of resources, connection points and feeders leave an aggregation as a
 * whole: those under a limit as much as that, the others what they can do.
 */
#ifndef TIELINE_LEDGER_REGISTER_ROOM_H
#define TIELINE_LEDGER_REGISTER_ROOM_H

#include "ledger/register_book.h"
#include "ledger/register_bounds.h"

struct room {
	bool is_known;         /* false: nothing limits a part of it */
	struct bounds bounds;  /* of all targets */
	struct buf targets;    /* struct target: whose they are */
	struct buf slots;      /* uint16_t: of targets by hash, from 1; empty before the first */
	struct buf parts;      /* struct part: resources that have a limit of their own */
	struct buf sums;       /* int64_t: what each target is given, while it is summed up */
	int64_t others[BOUND_MEASURES]; /* what those under no limit can do */
	size_t others_count;
	bool is_plated[BOUND_MEASURES]; /* nameplates say what resources can do */
};
struct room room_init(void);
void room_done(struct room *);
DEFINE_AUTO_IN_PLACE(room)

/*
 * Of the resources that the list has at a moment; `can` is what the aggregation is registered for:
 * where nameplates come to less, what a resource can do is not known.
 */
NODISCARD enum status room_read(struct room *, const struct bounds_search *,
	const struct book *, const struct chapter *list, const struct quantities *can,
	int64_t at_ns, struct fault *f);

/*
 * The most it can do at a moment, in FACT_UNITs; INT64_MAX: no limit is known to keep it from
 * more.  *by: one of the limits that do, *scope what that is for.
 */
int64_t room_most(const struct bound **by, enum bound_scope *scope, struct room *,
	enum bound_measure, int64_t at_ns);

#endif
