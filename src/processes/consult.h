/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The envelope asks the ledger whether documents agree with the register, before it signs a receipt
 * or gives a sealed message away, and waits for the answer: a large message is read once, so that
 * its job cannot be run again.  The ledger never waits for an envelope.
 */
#ifndef TIELINE_PROCESSES_CONSULT_H
#define TIELINE_PROCESSES_CONSULT_H

#include "documents/der/facts.h"
#include "exchange/agreement.h"
#include "processes/process.h"

#define CONSULT_WAIT_MS 30000

/* Borrowed. */
struct consultation {
	enum registry_policy policy;
	enum direction_of_message direction;
	struct slice partner, message_id;
	int64_t came_ns; /* as in register_question */
};

struct consulted {
	uint64_t id;       /* with which the message is stored; 0: nothing was asked */
	struct fault flag; /* what speaks against it, and is let through; code empty: nothing */
};

/*
 * ST_OK: it may go on.  Where the agreement refuses, what speaks against it: ST_AUTH "registry.*",
 * ST_LIMIT "facts.size".  ST_RETRY, ST_HOST: nobody can say now, and nothing is done.
 */
NODISCARD enum status consult(struct consulted *out, struct process *, const struct consultation *,
	const struct der_facts *, struct fault *f);

/* The same over a link: what the ledger says of them. */
NODISCARD enum status consult_ask(struct fault *against, struct ipc *ledger, uint64_t id,
	const struct consultation *, struct slice facts, struct fault *f);

#endif
