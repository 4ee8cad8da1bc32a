/* SPDX-License-Identifier: Apache-2.0 */
/*
 * That the history's head is signed: each hour in which something happened, and soon after a start,
 * an envelope is asked to.  Nobody waits for it; what is not answered is asked again.
 */
#ifndef TIELINE_PROCESSES_LEDGER_HEADS_H
#define TIELINE_PROCESSES_LEDGER_HEADS_H

#include "processes/ledger.h"

/* After each tick, outside a batch. */
void heads_tick(struct house *);
/* VERB_HEAD_SIGNED */
void house_head_signed(struct house *, struct ipc *, struct ipc_packet *);

#endif
