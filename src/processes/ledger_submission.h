/* SPDX-License-Identifier: Apache-2.0 */
/* VERB_ENQUEUE: a sealed message is stored, and goes to a courier with the commit. */
#ifndef TIELINE_PROCESSES_LEDGER_SUBMISSION_H
#define TIELINE_PROCESSES_LEDGER_SUBMISSION_H

#include "processes/ledger.h"

void house_enqueue(struct house *, struct ipc *link, struct ipc_packet *);

#endif
