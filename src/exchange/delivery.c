/* SPDX-License-Identifier: Apache-2.0 */
/* The lives of a message and of a receipt, as tables and diagrams; the pauses between attempts. */
#include "exchange/delivery.h"

#include "base/clock.h"

#define WORK_TIME_LEAST (60 * NS_PER_S)
#define WORK_RATE_LEAST (UINT64_C(8) << 20) /* bytes per second */
#define WORK_S_MAX 86400
#define TRANSFER_NS (2 * NS_PER_S) /* of a small message, by a line and a partner that are well */
#define TRANSFER_RATE (UINT64_C(1) << 20) /* bytes per second, the same */
#define RECEIPT_WAIT_GROWS 16 /* times the first wait */
#define TO(state) (1u << DELIVERY_##state)

/* clang-format off */
static const struct {
	const char *name;
	unsigned next;
	bool is_final;
} states[DELIVERIES] = {
	[DELIVERY_READY]     = { "ready",
	                         TO(SENDING) | TO(EXPIRED) | TO(DELIVERED) | TO(REFUSED) |
	                                 TO(SUPERSEDED), false },
	/* Back to READY: the courier or we went away before it had an answer. */
	[DELIVERY_SENDING]   = { "sending",
	                         TO(DELIVERED) | TO(REFUSED) | TO(DEFERRED) | TO(READY) |
	                                 TO(EXPIRED) | TO(AWAITING), false },
	/* A receipt that comes by itself finds a message that is not under way, too. */
	[DELIVERY_DEFERRED]  = { "deferred",
	                         TO(READY) | TO(EXPIRED) | TO(DELIVERED) | TO(REFUSED) |
	                                 TO(SUPERSEDED), false },
	[DELIVERY_DELIVERED] = { "delivered", 0, true },
	/* Refused, and accepted when it came again: the later word is the one that holds. */
	[DELIVERY_REFUSED]   = { "refused",   TO(DELIVERED), true },
	/* A receipt that comes after the deadline is proof all the same. */
	[DELIVERY_EXPIRED]   = { "expired",   TO(DELIVERED) | TO(REFUSED), true },
	[DELIVERY_RECEIVED]  = { "received",  0, true },
	[DELIVERY_REJECTED]  = { "rejected",  0, true },
	[DELIVERY_AWAITING]  = { "awaiting",
	                         TO(READY) | TO(DELIVERED) | TO(REFUSED) | TO(EXPIRED), false },
	/* It may have been on its way before, in an attempt that failed for us alone. */
	[DELIVERY_SUPERSEDED] = { "superseded", TO(DELIVERED) | TO(REFUSED), true },
};
/* Of a receipt that is owed.  What no row leads to is no state of it. */
static const unsigned owed_next[DELIVERIES] = {
	[DELIVERY_READY]     = TO(SENDING) | TO(EXPIRED),
	[DELIVERY_SENDING]   = TO(DELIVERED) | TO(REFUSED) | TO(DEFERRED) | TO(READY) | TO(EXPIRED),
	/* Taken where it waits. */
	[DELIVERY_DEFERRED]  = TO(SENDING) | TO(EXPIRED),
	/* The message came again, and asks for it again. */
	[DELIVERY_DELIVERED] = TO(READY),
	[DELIVERY_REFUSED]   = TO(READY),
	/* Or it ended while a courier was on the way with it, who had an answer after all. */
	[DELIVERY_EXPIRED]   = TO(READY) | TO(DELIVERED) | TO(REFUSED),
};
/* clang-format on */

static unsigned next_of(enum delivery state)
{
	if ((unsigned)state >= DELIVERIES)
		bug("delivery state %d does not exist", (int)state);
	return states[state].next;
}

bool delivery_may_become(enum delivery from, enum delivery to)
{
	return (unsigned)to < DELIVERIES && (next_of(from) & (1u << to)) != 0;
}

bool owed_may_become(enum delivery from, enum delivery to)
{
	(void)next_of(from);
	return (unsigned)to < DELIVERIES && (owed_next[from] & (1u << to)) != 0;
}

bool delivery_is_final(enum delivery state)
{
	(void)next_of(state);
	return states[state].is_final;
}

const char *delivery_name(enum delivery state)
{
	(void)next_of(state);
	return states[state].name;
}

enum status delivery_parse(enum delivery *out, struct slice name, struct fault *f)
{
	for (enum delivery i = 0; i < DELIVERIES; i++)
		if (slice_eq(name, slice_str(states[i].name))) {
			*out = i;
			return ST_OK;
		}
	return fault_set(f, ST_NONE, "delivery.unknown",
		"there is no state %.*s: use ready, sending, deferred, delivered, refused, "
		"expired, superseded, received, rejected or awaiting",
		SLICE_FMT(slice_to(name, 40)));
}

static int64_t doubled(int64_t pause, unsigned times, int64_t most)
{
	while (times-- > 0 && pause < most)
		pause *= 2;
	return pause < most ? pause : most;
}

static int64_t jittered(int64_t pause, uint64_t random)
{
	return pause - pause / 4 + (int64_t)(random % ((uint64_t)pause / 2 + 1));
}

int64_t retry_pause_ns(enum area area, unsigned attempt, uint64_t random)
{
	const struct area_profile *profile = area_profile(area);

	return jittered(
		doubled(profile->retry_ns, attempt > 1 ? attempt - 1 : 0, profile->retry_max_ns),
		random);
}

int64_t last_attempt_ns(int64_t given_ns, int64_t deadline_ns, uint64_t bytes, uint64_t random)
{
	uint64_t seconds = bytes / TRANSFER_RATE;
	int64_t most = (deadline_ns - given_ns) / 8;
	int64_t before =
		TRANSFER_NS + (int64_t)(seconds < WORK_S_MAX ? seconds : WORK_S_MAX) * NS_PER_S;

	if (most <= 0)
		return deadline_ns;
	if (before > most)
		before = most;
	return deadline_ns - before - (int64_t)(random % ((uint64_t)before + 1));
}

int64_t work_time_ns(uint64_t bytes)
{
	uint64_t seconds = bytes / WORK_RATE_LEAST;

	return WORK_TIME_LEAST +
		(int64_t)(seconds < WORK_S_MAX ? seconds : WORK_S_MAX) * NS_PER_S;
}

int64_t receipt_wait_ns(enum area area, int64_t first_ns, unsigned attempt, uint64_t random)
{
	int64_t first = first_ns > 0 ? first_ns : area_profile(area)->receipt_ns;

	return jittered(doubled(first, attempt > 1 ? attempt - 1 : 0, RECEIPT_WAIT_GROWS * first),
		random);
}
