/* SPDX-License-Identifier: Apache-2.0 */
/* How attempts end: a receipt settles a message, in the answer or by itself; all else defers it. */
#ifndef TIELINE_PROCESSES_LEDGER_OUTCOME_H
#define TIELINE_PROCESSES_LEDGER_OUTCOME_H

#include "processes/ledger.h"

void house_settle(struct house *, struct ipc *link, struct ipc_packet *);
void house_claim(struct house *, struct ipc *link, struct ipc_packet *);
void house_taken(struct house *, struct ipc *link, struct ipc_packet *);
void house_failed(struct house *, struct ipc *link, struct ipc_packet *);
void house_unread(struct house *, struct ipc *link, struct ipc_packet *);

#endif
