/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the envelopes is asked.  The first has what is most urgent, and nothing else ever: what
 * keeps an envelope long, its size, what is in it or the disk that its file is synced to, keeps no
 * outage notice waiting, because what has begun is not broken off (promise 8).  The last has what
 * is huge, so that no small message waits behind it; those between have the rest in turn.
 *
 * An urgent message is small and of a partner whose urgent messages were not dear lately: what is
 * large, and of one who makes others wait, goes with the rest.  When more comes than the first can
 * do, it is one of those that take turns.
 */
#ifndef TIELINE_PROCESSES_ENVELOPES_H
#define TIELINE_PROCESSES_ENVELOPES_H

#include <stdbool.h>
#include <stdint.h>

#define ENVELOPE_URGENT 0 /* the index of the first */
/* The first and the last, beside those that settings ask for. */
#define ENVELOPES_MORE 2
#define BODY_HUGE (UINT64_C(8) << 20) /* some 50 ms of work */
/* So many wait for the first one: others help. */
#define ENVELOPE_BEHIND 4

enum burden { BURDEN_USUAL, BURDEN_URGENT, BURDEN_HUGE };

/* Of a message of this lane, in bytes as it comes.  is_dear: see urgency.h. */
enum burden envelopes_burden(unsigned lane, uint64_t size, bool is_dear);
/*
 * there: a bit for each that can be asked; the highest is taken for the last.  While the last is
 * started again, the one before it stands in; for the first all others do.  waiting: for the first
 * one.  False: there is none, *index is as it was.
 */
bool envelopes_choose(
	unsigned *index, unsigned *turn, uint32_t there, enum burden, uint32_t waiting);

#endif
