/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger process remembers of deliveries while it runs: which lanes of which partner have
 * something due, and which messages are with a courier.  All of it can be lost: the ledger knows
 * the rest.
 */
#ifndef TIELINE_PROCESSES_DISPATCH_H
#define TIELINE_PROCESSES_DISPATCH_H

#include "base/clock.h"
#include "exchange/area.h"
#include "exchange/message.h"

#define EASED_BY_ONE 4
#define EASED_MOST 64
#define EASED_PARALLEL 32 /* at once: of what a partner takes, new messages have the other half */

/*
 * Whether a partner can be reached, for all of its lanes: each proof that it can lets EASED_BY_ONE
 * more attempts be made before their pause is over, EASED_MOST in all, until it cannot be reached.
 * So who is back is asked by few first, and by the more the more it takes.
 */
struct reach {
	unsigned paused; /* AREA_BIT set of lanes in which some may take such a pause */
	unsigned eased;  /* attempts that may still be made */
	unsigned under_way; /* of these attempts */
	int64_t at_ns;   /* UTC, of the last proof */
	int64_t near_ns[2], far_ns[2]; /* of some, the last first: see lane_proof_ns() */
};

#define PROOF_NEAR_NS (4 * NS_PER_S)
#define PROOF_FAR_NS (30 * NS_PER_S)

/* One partner's queue in one lane. */
struct lane {
	char partner[PARTY_ID_MAX + 1];
	enum area area;
	int64_t due_ns;      /* the next message is due; INT64_MAX: none waits */
	unsigned in_flight;
	struct reach *reach; /* of the partner */
};

/* A message with a courier, or its answer with an envelope. */
struct flight {
	uint64_t row;
	struct lane *lane;
	unsigned courier;
	unsigned attempt;
	bool receipt;        /* our receipt for the message of this row */
	bool is_eased;       /* before its pause was over */
	int64_t begun_ns;    /* UTC */
	int64_t last_ns;     /* UTC: until then another attempt is worth while; last_attempt_ns() */
	int64_t until_ns;    /* then nobody will answer any more */
};

struct dispatch;
struct dispatch *dispatch_new(void);
void dispatch_free(struct dispatch *);

/* Made when it is not there. */
struct lane *dispatch_lane(struct dispatch *, struct slice partner, enum area area);
/* A message of this lane is due then, or earlier ones are. */
void lane_due(struct lane *, int64_t at_ns);

/* Some of this lane may wait for nothing but that their partner is reached. */
void lane_paused(struct lane *);
/* They may go now. */
bool lane_is_eased(const struct lane *);
/* One of them goes, in a flight that says so; or none of them was left. */
void lane_eased_one(struct lane *);
void lane_eased_all(struct lane *);
/* The lane's partner was reached: lanes of it in which some wait for that are due. */
void dispatch_reached(struct dispatch *, struct lane *, int64_t now_ns);
/* It was not, by an attempt that began then: old news when it was reached since. */
void lane_unreached(struct lane *, int64_t begun_ns);

/*
 * A proof that was there at least `ago_ns`, PROOF_NEAR_NS or PROOF_FAR_NS, before then, and hardly
 * an older one than need be; UTC, 0: there was none.
 */
int64_t lane_proof_ns(const struct lane *, int64_t now_ns, int64_t ago_ns);

/*
 * The most urgent lane with something due and fewer than `most` in flight, fair among partners;
 * NULL: none.  An area that has something due gets a turn after sixteen of more urgent areas at the
 * latest, but for those of others that waited as long.
 */
struct lane *dispatch_next(struct dispatch *, int64_t now_ns, unsigned most);
/* When dispatch_next may have something, if nothing lands before. */
int64_t dispatch_next_ns(const struct dispatch *, unsigned most);

void flight_add(struct dispatch *, const struct flight *);
/* False when the row is not in flight. */
bool flight_find(struct flight *out, const struct dispatch *, uint64_t row);
void flight_end(struct dispatch *, uint64_t row);

/* Takes one that satisfies the question, of any: false when there is none. */
bool flight_of_courier(struct flight *out, const struct dispatch *, unsigned courier);
/* No flight is to be waited for longer than that. */
void dispatch_hurry(struct dispatch *, int64_t until_ns);
bool flight_overdue(struct flight *out, const struct dispatch *, int64_t now_ns);

#endif
