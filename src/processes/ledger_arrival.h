/* SPDX-License-Identifier: Apache-2.0 */
/* VERB_ARRIVED: a message, its evidence and its receipt are stored together, then answered. */
#ifndef TIELINE_PROCESSES_LEDGER_ARRIVAL_H
#define TIELINE_PROCESSES_LEDGER_ARRIVAL_H

#include "processes/ledger.h"

void house_arrived(struct house *, struct ipc *link, struct ipc_packet *);

#endif
