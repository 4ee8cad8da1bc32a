/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the ledger process does with lists and answers that envelopes verified: keeps them with the
 * batch, and lays all of it before everybody who judges certificates, at once and whenever it
 * changes.  How fetching goes is remembered for those who ask, and can be lost.
 */
#ifndef TIELINE_PROCESSES_SHELF_H
#define TIELINE_PROCESSES_SHELF_H

#include "processes/process.h"

struct shelf;
struct shelf *shelf_new(struct process *);

/* VERB_LEARNED, in an open batch.  What is older than what is kept is dropped. */
NODISCARD enum status shelf_learn(
	struct shelf *, struct ledger *, struct ipc_packet *, struct fault *f);
/* VERB_TRIED. */
void shelf_tried(struct shelf *, struct ipc_packet *);

/* In an open batch: what no agreement asks for any more goes. */
NODISCARD enum status shelf_prune(struct shelf *, struct ledger *, struct fault *f);

/* After a commit: to all, when something has changed. */
void shelf_tell(struct shelf *, struct ledger *);
/* To one who is new. */
void shelf_greet(struct shelf *, struct ledger *, struct ipc *link);
/* To somebody who asks, under the packet's id, with how fetching goes. */
void shelf_show(struct shelf *, struct ledger *, struct ipc *link, uint64_t id);

#endif
