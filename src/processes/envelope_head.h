/* SPDX-License-Identifier: Apache-2.0 */
/* An envelope signs, through the keyholder, how far the ledger's history goes. */
#ifndef TIELINE_PROCESSES_ENVELOPE_HEAD_H
#define TIELINE_PROCESSES_ENVELOPE_HEAD_H

#include "processes/process.h"

/*
 * VERB_HEAD; answers with VERB_HEAD_SIGNED.  What is signed is made here, of a number, a hash and a
 * time: nobody can have anything else signed so.
 */
void envelope_head_sign(struct process *, struct ipc *ledger, struct ipc_packet *);

#endif
