/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes first of what is sent to one partner.  A message that builds on others (see
 * register_builds.h; of copies area.h says it) would be refused before they came; so it waits until
 * each of them has reached its end, whichever it is, or until a moment that is given.
 *
 * One that waits is deferred until that moment, with "message.order" or "copy.order" and events
 * that name what goes first.  Which waits for which is kept in tables of the connection: a trigger
 * hears of ends, and messages and events say all of it again at the next start.
 */
#ifndef TIELINE_LEDGER_SEND_ORDER_H
#define TIELINE_LEDGER_SEND_ORDER_H

#include "ledger/ledger.h"

#define ORDER_CODE_MESSAGE "message.order"
#define ORDER_CODE_COPY "copy.order"

/* Once, when the connection is new.  ST_HOST. */
NODISCARD enum status order_prepare(struct ledger *, struct fault *f);
/* Forgets all, and makes room for what is said of copies and order_load(). */
NODISCARD enum status order_clear(struct ledger *, struct fault *f);
/* Messages that wait, out of their events; last, as those for which nothing was found go then. */
NODISCARD enum status order_load(struct ledger *, struct fault *f);

/* A copy that is under way: who gets it, and with whom its original is exchanged. */
struct copy_under_way {
	uint64_t row;
	struct slice to, origin; /* partners */
	enum area area;
};
/* Those of the same two that come after it may build on it.  One that is known stays so. */
NODISCARD enum status order_copy_add(
	struct ledger *, const struct copy_under_way *, struct fault *f);
/* What a copy of this area builds on: in each area that is, the last one under way. */
NODISCARD enum status order_copy_find(struct ledger_order *out, struct ledger *,
	const struct copy_under_way *, struct fault *f);
/* It waits, as it did before we were started. */
NODISCARD enum status order_wait(
	struct ledger *, uint64_t row, const struct ledger_order *, struct fault *f);

struct order_moment {
	enum area area;
	int64_t now_ns;
	int64_t others_ns, others_long_ns; /* as ledger_job */
};
/*
 * The pause of message `row` is over, and not all that goes first has come.  *waits_on: it is due
 * later; else it goes.  It waits on while what goes first is on its way or fails, and the partner
 * takes nothing else meanwhile.  Even then it goes in the last eighth of its time, and when it is
 * its turn to be the probe: ledger_order_tried() lets one of those that wait go behind a failure.
 */
NODISCARD enum status order_turn(bool *waits_on, struct ledger *, uint64_t row,
	const struct order_moment *, struct fault *f);
/* It is taken to be sent: if it waited, an event says that it goes before what it builds on. */
NODISCARD enum status order_overdue_note(
	struct ledger *, const struct ledger_message *, int64_t now_ns, struct fault *f);

#endif
