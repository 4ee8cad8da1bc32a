/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of what is exchanged with one partner go to a third party in the order in which they were
 * made: what names a registration, an award or a bill would be refused there before that came.  A
 * copy waits until those it builds on (area.h) have reached their end, whichever it is.
 *
 * One that waits is deferred until its deadline, with "copy.order".  Which copies are under way is
 * kept in a table of the connection: messages and events say all of it again at the next start.
 */
#ifndef TIELINE_LEDGER_COPY_ORDER_H
#define TIELINE_LEDGER_COPY_ORDER_H

#include "ledger/ledger.h"

#define COPY_ORDER_CODE "copy.order"

/* Once, when the connection is new.  ST_HOST. */
NODISCARD enum status copy_order_prepare(struct ledger *, struct fault *f);
/* Forgets all, and makes room for what copy_order_add() says. */
NODISCARD enum status copy_order_clear(struct ledger *, struct fault *f);

struct copy_under_way {
	uint64_t row;
	struct slice to, origin; /* partners: who gets it, with whom its original is exchanged */
	enum area area;
	bool waits;
};
/* One that waits is deferred from now on, and must be so already.  One that is known stays so. */
NODISCARD enum status copy_order_add(
	struct ledger *, const struct copy_under_way *, struct fault *f);
/* One that waits does no longer. */
NODISCARD enum status copy_order_go(
	struct ledger *, uint64_t row, int64_t now_ns, struct fault *f);

#endif
