/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of desks, answered from what is durable; and who waits for the end of a message. */
#ifndef TIELINE_PROCESSES_LEDGER_ASKING_H
#define TIELINE_PROCESSES_LEDGER_ASKING_H

#include "processes/ledger.h"

void house_question(struct house *, struct ipc *link, struct ipc_packet *);
void house_status(struct house *, struct ipc *link, struct ipc_packet *);
void house_refresh(struct house *, struct ipc *link, struct ipc_packet *);
void house_copy(struct house *, struct ipc *link, struct ipc_packet *);
void house_wait(struct house *, struct ipc *link, struct ipc_packet *);

/* Whoever waits for that message hears of it, and waits no more. */
void asking_tell(struct house *, uint64_t row);

/* Who waited there is gone. */
void asking_lost(struct house *, unsigned desk);

#endif
