/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a message on either side, as a table.  Outbound: READY ->
 * SENDING -> DELIVERED | REFUSED | DEFERRED, DEFERRED -> READY, and EXPIRED from
 * any state that still waits.  READY, DEFERRED -> SUPERSEDED where a newer message of the same
 * real-time data was submitted.  SENDING -> READY when the courier, or we, went away before there
 * was an answer.  SENDING -> AWAITING where the receipt comes in a connection of its own: it is
 * sent again, as it is, while none comes.  A receipt that comes by itself settles a message in any
 * state.  Inbound messages are born in an end state; a receipt that we owe for one in a connection
 * of its own has a life like that of an outbound message.  tests/model proves of this table that
 * nothing is lost or delivered twice, and that every message ends.
 */
#ifndef TIELINE_EXCHANGE_DELIVERY_H
#define TIELINE_EXCHANGE_DELIVERY_H

#include "exchange/area.h"

enum delivery {
	DELIVERY_READY,     /* durable, waits for a courier */
	DELIVERY_SENDING,   /* with a courier */
	DELIVERY_DEFERRED,  /* failed in passing, waits for its next attempt */
	DELIVERY_DELIVERED, /* a verified receipt is held */
	DELIVERY_REFUSED,   /* the partner said no, for good */
	DELIVERY_EXPIRED,   /* not delivered by its deadline */
	DELIVERY_RECEIVED,  /* inbound: accepted, its receipt stored */
	DELIVERY_REJECTED,  /* inbound: refused by us, with a fault */
	DELIVERY_AWAITING,  /* the partner has the bytes, its receipt is to come */
	DELIVERY_SUPERSEDED, /* a newer one goes in its place, while it was not on its way */
	DELIVERIES,
};

bool delivery_may_become(enum delivery from, enum delivery to);
bool delivery_is_final(enum delivery);
const char *delivery_name(enum delivery);
/* ST_NONE "delivery.unknown" */
NODISCARD enum status delivery_parse(enum delivery *out, struct slice name, struct fault *f);

/*
 * The pause before attempt number `attempt` (1 is the first retry): doubles
 * from the area's retry_ns to its retry_max_ns, then a jitter of +-25 % taken
 * from `random` so that partners coming back do not meet a wave.
 */
int64_t retry_pause_ns(enum area, unsigned attempt, uint64_t random);

/*
 * How long a gateway may work on a body of so many bytes that it has: a minute, and what sealing or
 * opening takes on a slow disk.
 */
int64_t work_time_ns(uint64_t bytes);

/*
 * How long the receipt for attempt number `attempt` (from 1) is awaited before the message is sent
 * again: doubles from first_ns (0: the area's receipt_ns) up to sixteen times of it, with the same
 * jitter.
 */
int64_t receipt_wait_ns(enum area, int64_t first_ns, unsigned attempt, uint64_t random);

#endif
