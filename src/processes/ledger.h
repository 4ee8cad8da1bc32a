/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the ledger process share: it is one process, each ledger_*.c here does a part
 * of its work, and ledger.c calls them.  Its database and spool are in ledger/.
 */
#ifndef TIELINE_PROCESSES_LEDGER_H
#define TIELINE_PROCESSES_LEDGER_H

#include <event2/event.h>
#include <sys/queue.h>

#include "base/syncer.h"
#include "ledger/heads.h"
#include "ledger/ledger.h"
#include "processes/answers.h"
#include "processes/company.h"
#include "processes/dispatch.h"
#include "processes/examinations.h"
#include "processes/held_log.h"
#include "processes/partner_clocks.h"
#include "processes/process.h"
#include "processes/registrar.h"
#include "processes/shelf.h"
#include "processes/survey.h"

#define LOST_RETRY_NS NS_PER_S /* after what may work the next time */

struct waiter {
	LIST_ENTRY(waiter) entry;
	uint64_t row, id;
	unsigned desk;
};

/*
 * A message that reached its end in a batch: who waits for it is told once that is durable.
 */
struct ended {
	STAILQ_ENTRY(ended) entry;
	uint64_t row;
};

LIST_HEAD(waiters, waiter);
STAILQ_HEAD(ended_list, ended);

/* A head of the history that an envelope is asked to sign. */
struct head_asked {
	uint64_t id; /* of the packet */
	bool is_open;
	int64_t asked_ns; /* of the monotonic clock; 0: nothing is to be asked again */
	struct signed_head signing;
};

struct house {
	struct process *process;
	struct ledger *ledger;
	struct dispatch *dispatch;
	struct answers *answers;
	struct held_log *said;    /* of what a batch did */
	struct examinations *examinations;
	struct registrar *registrar;
	struct shelf *shelf;
	struct survey *survey;
	struct partner_clocks *clocks;
	/* Once a batch is durable, with the messages that reached their end in it. */
	void (*durable)(struct house *, const struct ended_list *);
	bool in_batch, hard;      /* hard: somebody waits for its commit */
	bool is_urgent;           /* something in it keeps an outage notice waiting, or all of us */
	struct syncer *syncer;    /* of the batch before the one that is open */
	bool is_syncing, is_due;  /* due: the open one is committed when that is done */
	struct event *synced;
	struct event *commit, *retry, *deadline, *tick, *recovery;
	unsigned ticks;           /* of the clock, since the start */
	struct head_asked head;
	int64_t clock_apart_ns;   /* what the clock says, less what has passed; at the last tick */
	int64_t jumped_ns;        /* by so much, since pauses were set by it */
	size_t last_answers;      /* of the batch before */
	struct company company;   /* of the open one */
	bool recovering;          /* after a failed batch: what is in flight is not known */
	bool has_jumped;          /* the clock did, and that is all there is to recover from */
	struct waiters waiters;
	unsigned waiter_count;
	struct ended_list ended, committed; /* of the open batch; of the one being synced */
};

/* Parses the body into a struct of its verb, which borrows from the packet; false: it is logged. */
bool house_hears(void *out, const struct ipc_packet *);

/* Something of this partner is due then: a ledger_lane_hear.due, whose context is the house. */
void house_lane_due(void *house, struct slice partner, enum area, int64_t at_ns);

#endif
