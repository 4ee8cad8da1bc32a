/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a message on either side, as a table.  Outbound: READY ->
 * SENDING -> DELIVERED | REFUSED | DEFERRED, DEFERRED -> READY, and EXPIRED from
 * any state that still waits.  READY, DEFERRED -> SUPERSEDED where a newer message of the same
 * real-time data was submitted.  SENDING -> READY when the courier, or we, went away before there
 * was an answer.  SENDING -> AWAITING where the receipt comes in a connection of its own: it is
 * sent again, as it is, while none comes.  A receipt that comes by itself settles a message in any
 * state.  Inbound messages are born in an end state; a receipt that we owe for one in a connection
 * of its own has a shorter life: READY, DEFERRED -> SENDING -> DELIVERED | REFUSED | DEFERRED, or
 * EXPIRED, and READY again when it is asked for again.  tests/model proves of both tables that
 * nothing is lost or delivered twice, and that every message and every receipt ends.
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
/* Of a receipt that goes in a connection of its own. */
bool owed_may_become(enum delivery from, enum delivery to);
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
 * When a message of so many bytes, whose attempts fail, is tried the last time: before its deadline
 * by what a transfer usually needs, which is two seconds and one for each MiB, and, by `random`, up
 * to as much again, so that not all are tried at once; by a quarter of its time at most.
 */
int64_t last_attempt_ns(int64_t given_ns, int64_t deadline_ns, uint64_t bytes, uint64_t random);

/* Why an attempt failed in passing, as far as it says when the next one may go better. */
enum setback {
	SETBACK_OTHER,     /* of the message, of us, or the partner asked for a pause */
	SETBACK_UNREACHED, /* no connection to the partner, whatever goes by it */
	SETBACK_TROUBLE,   /* the connection broke, or an answer of 5xx without a word of when */
};

/*
 * How long a gateway may work on a body of so many bytes that it has: a minute, and what sealing or
 * opening takes on a slow disk.
 */
int64_t work_time_ns(uint64_t bytes);
/* So often the log hears how far a body is that is on its way, either way. */
#define PROGRESS_TELL_NS (INT64_C(10) * 1000000000)

/*
 * How long the receipt for attempt number `attempt` (from 1) is awaited before the message is sent
 * again: doubles from first_ns (0: the area's receipt_ns) up to sixteen times of it, with the same
 * jitter.
 */
int64_t receipt_wait_ns(enum area, int64_t first_ns, unsigned attempt, uint64_t random);

#endif
