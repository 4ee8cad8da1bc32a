/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When what is fetched of revocation, and from where: run by the first courier.  Every list that
 * agreements name and, where they name responders, an answer about every certificate of the
 * partner's sheet, is asked for long before what is held ends; what failed is tried again with
 * growing pauses.  What comes goes to an envelope, which alone believes it.
 */
#ifndef TIELINE_PROCESSES_REFRESH_H
#define TIELINE_PROCESSES_REFRESH_H

#include "processes/process.h"

struct refresh;

/* Before the door closes: reads the system's authorities. */
struct refresh *refresh_new(struct process *);

/* The first word of the ledger, and each after it: what is held now.  Nothing is fetched before. */
void refresh_news(struct refresh *);
/* An envelope is there, without which nothing is fetched. */
void refresh_met(const struct refresh *);
/* Another configuration is in force: what failed is tried again at once. */
void refresh_config(struct refresh *);
/* VERB_REFRESH: all of it, now. */
void refresh_all(struct refresh *);
/* VERB_JUDGED. */
void refresh_judged(struct refresh *, struct ipc_packet *);
/* Whether an answer is still to be waited for; none is asked for any more. */
void refresh_stop(struct refresh *);

/*
 * The pause after something was fetched at fetched_ns that ends at next_ns: half of what is left,
 * 10 s at least and 6 h at most, and a tenth less by chance.  `dice` is random.
 */
int64_t refresh_pause_ns(int64_t fetched_ns, int64_t next_ns, uint64_t dice);
/* The pause after so many failures in a row: 10 s, doubled to 1 h, give or take a quarter. */
int64_t refresh_backoff_ns(unsigned failures, uint64_t dice);
/* The pause after our own house failed so often in a row: 1 s, doubled to 64 s. */
int64_t refresh_delay_ns(unsigned delays);
/* Whether its time has come; or is so far away that the clock must have been set back since. */
bool refresh_is_due(int64_t due_ns, int64_t now_ns);

#endif
