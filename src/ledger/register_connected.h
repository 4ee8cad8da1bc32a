/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a list has a resource on a feeder at a moment: the table of feeders says which it ever
 * named, by whichever change, decided or not.
 */
#ifndef TIELINE_LEDGER_REGISTER_CONNECTED_H
#define TIELINE_LEDGER_REGISTER_CONNECTED_H

#include "ledger/register_book.h"

/* What has been looked through for one document, in steps of the database; begins as zeros. */
struct connected_work {
	uint64_t steps;
};

/*
 * Of a feeder that the list, or a change of it, names.  Also one that an emergency took away, until
 * that is decided (roll.is_connected).  Where a list is long and the work has a bound, it is taken
 * to be there.
 */
NODISCARD enum status connected_look(bool *out, struct connected_work *, struct ledger *,
	const struct book *, const struct chapter *list, int64_t at_ns, struct slice feeder,
	struct fault *f);

#endif
