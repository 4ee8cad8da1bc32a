/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An outage notice does not feel what else this gateway does (promise 8): while one is being worked
 * on here, whoever takes work of other lanes takes only a little, the floor.
 *
 * "Here" is one page of memory that the processes of a house share, all but monitor and keyholder.
 * Who has a message of the most urgent lane in hand writes the time into it, and nobody takes that
 * back: it is old after HOLD.  So only work counts.  What waits for a pause, a partner or a receipt
 * leaves no mark, nothing has to be undone when a process dies, and no packet goes round.
 *
 * Beside it stands what whoever asks an envelope has to know (envelopes.h): how many wait for the
 * one that has only what is urgent, and whose urgent messages were dear there lately.
 *
 * The processes need not trust each other for it.  The page holds numbers, which are compared and
 * no more: who writes there without reason slows others to the floor, who spoils what others write
 * takes urgent work back to taking turns (turns.h), and neither does more.
 */
#ifndef TIELINE_PROCESSES_URGENCY_H
#define TIELINE_PROCESSES_URGENCY_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer than one step of a message takes, or the way to a near partner and back. */
#define URGENCY_HOLD_NS (INT64_C(15) * 1000000)
/* What else goes on meanwhile: at each place where lanes wait, one piece of work in so long. */
#define URGENCY_FLOOR_NS (INT64_C(20) * 1000000)

/*
 * An urgent message that took so much of a processor is dear: ten times what a notice takes.  Its
 * partner's go with the rest for DEAR_TIME.
 */
#define URGENCY_DEAR_NS (INT64_C(4) * 1000000)
#define URGENCY_DEAR_TIME_NS (INT64_C(60) * 1000000000)
#define URGENCY_PARTNERS 4096 /* places of the registry; those behind share them with others */

/* A place where lanes wait for their turn.  Zeroed at first. */
struct yielding {
	int64_t passed_ns; /* something that may have to yield was let through, clock_mono_ns() */
};

/*
 * How long what is of this lane has still to wait, 0: it may go.  seen_ns: when the most urgent
 * lane was last worked on, 0: never; a time to come or before 0 counts as none.
 */
int64_t yielding_ns(const struct yielding *, unsigned lane, int64_t seen_ns, int64_t now_ns);
/* It goes, whether or not it had to wait. */
void yielding_pass(struct yielding *, unsigned lane, int64_t now_ns);

/* --- the page --- */

struct urgency;

/* A descriptor for all processes of a house: it can be neither cut nor grown.  ST_HOST. */
NODISCARD enum status urgency_page_new(int *fd, struct fault *f);
/* fd stays the caller's.  ST_HOST "host.map" | "page.size". */
NODISCARD enum status urgency_open(struct urgency **out, int fd, struct fault *f);
/* NULL does nothing, as does any lane but the most urgent. */
void urgency_mark(struct urgency *, unsigned lane, int64_t now_ns);
/* NULL: 0. */
int64_t urgency_seen_ns(const struct urgency *);

/* How many wait for the envelope that has only what is urgent.  NULL: 0. */
void urgency_waiting_set(struct urgency *, uint32_t count);
uint32_t urgency_waiting(const struct urgency *);

/*
 * partner: its place in the registry.  A reload may move it: then another one goes with the rest,
 * a minute at most.  NULL does nothing, and nobody is dear.
 */
void urgency_dear_mark(struct urgency *, size_t partner, int64_t now_ns);
bool urgency_is_dear(const struct urgency *, size_t partner, int64_t now_ns);

#endif
