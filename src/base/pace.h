/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what arrives for this process may interrupt what others work on (sched(7)).  Steady: it
 * may not, caches stay warm, and more gets done.  Prompt: it may at once, for SLICE, and the next
 * can do the same.
 */
#ifndef TIELINE_BASE_PACE_H
#define TIELINE_BASE_PACE_H

/*
 * Longer than it takes to pass a message on, and a twentieth of what Linux gives to others.
 * Before Linux 6.12 this is not asked for, and prompt is only not steady.
 */
#define PACE_SLICE_NS 150000

enum pace { PACE_STEADY, PACE_PROMPT, PACES };

/*
 * Of this process, and of those it starts.  Its nice value stays as it is, and so does everything
 * when an administrator gave it a policy of his own (chrt(1)).  Where the kernel does not allow it,
 * nothing happens: it is no more than faster.
 */
void pace_set(enum pace);

/*
 * This process, and the session that it leads, get what others leave of the processors: nobody who
 * wants one waits for them, and when nobody does they have all.  Once, and not to be taken back.
 * In a session, because Linux shares processors between those first (sched(7), autogroup); where
 * it does not, the nice value of the process counts.  Where neither is allowed, nothing happens.
 */
#define PACE_BACKGROUND_NICE 5 /* a third of the share of somebody else */
void pace_background(void);

#endif
