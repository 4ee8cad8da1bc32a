/* SPDX-License-Identifier: Apache-2.0 */
/* The second queue of the ledger: receipts of ours that go in connections of their own. */
#ifndef TIELINE_LEDGER_OWED_H
#define TIELINE_LEDGER_OWED_H

#include "ledger/ledger.h"

/* Of one that has none of its own; in ledgers of all versions. */
#define OWED_BEFORE "that of the refusal before, which waits"

/* Of an arrival stored as `row`. */
NODISCARD enum status owed_add(
	struct ledger *, uint64_t row, const struct ledger_arrival *, struct fault *f);
/* Of the one stored before that it repeats. */
NODISCARD enum status owed_repeat(
	struct ledger *, uint64_t row, const struct ledger_arrival *, struct fault *f);
/* As ledger_take; ST_NONE when none is due. */
NODISCARD enum status owed_take(struct ledger_job *, struct ledger *, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f);
/* ST_NONE: there is none with a courier. */
NODISCARD enum status owed_defer(struct ledger *, uint64_t row, const struct fault *why,
	int64_t now_ns, int64_t next_ns, struct fault *f);
/* One that is overdue, now EXPIRED, with the message it is for; ST_NONE: there is none. */
NODISCARD enum status owed_expire(
	struct ledger_message *out, struct ledger *, int64_t now_ns, struct fault *f);

#endif
