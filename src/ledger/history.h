/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by the files of the ledger: every event goes through here, and takes its place in the chain
 * (chain.h) with the batch that is open.  All: faults as schema_fault.
 */
#ifndef TIELINE_LEDGER_HISTORY_H
#define TIELINE_LEDGER_HISTORY_H

#include "ledger/ledger.h"
#include "ledger/statements.h"

struct history_event {
	int64_t at_ns;
	const char *what;
	struct slice fault_code, detail; /* the detail is cut to what an event holds */
};

/* A message's first event; born: CHAIN_BORN_COUNT values of its row. */
NODISCARD enum status history_begin(struct ledger *, uint64_t row, const struct history_event *,
	const struct value *born, struct fault *f);
NODISCARD enum status ledger_note(struct ledger *, uint64_t row, int64_t at_ns, const char *what,
	struct slice code, struct slice detail, struct fault *f);
/*
 * The same, in the place of an event of this kind before: however often, it is one.  Of the kinds
 * that chain_may_renew() knows.
 */
NODISCARD enum status ledger_note_renew(struct ledger *, uint64_t row, int64_t at_ns,
	const char *what, struct slice code, struct slice detail, struct fault *f);
/* Unless it was said in these words, or `most` of its kind are there. */
NODISCARD enum status ledger_note_once(struct ledger *, uint64_t row, const struct history_event *,
	unsigned most, struct fault *f);
/* "duplicate": how often. */
NODISCARD enum status history_count(struct ledger *, uint64_t row, int64_t now_ns, struct fault *f);
/* What was found in a document stays now, and takes its places. */
NODISCARD enum status history_findings(struct ledger *, uint64_t row, struct fault *f);

#endif
