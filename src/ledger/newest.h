/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real-time data, of which only the newest is worth anything: which that is, by partner, direction
 * and scope, and what becomes of older messages of ours that wait.  What is newest is remembered
 * for an hour, so that a sequence that began anew is heard again, and for NEWEST_SCOPES_MAX scopes
 * of a partner.
 */
#ifndef TIELINE_LEDGER_NEWEST_H
#define TIELINE_LEDGER_NEWEST_H

#include "ledger/ledger.h"

#define NEWEST_SCOPES_MAX 4096

struct ledger_newest {
	int64_t sequence;
	char scope[SCOPE_MAX]; /* its own */
	char message_id[MESSAGE_ID_MAX + 1];
};

/*
 * The newest of this scope, or, of data for a time to come, of those of the same name that cover
 * what is left of its time.  ST_NONE: nothing is known of such.
 */
NODISCARD enum status ledger_newest(struct ledger_newest *out, struct ledger *,
	enum direction_of_message, struct slice partner, struct slice scope, int64_t now_ns,
	struct fault *f);

/* In a batch: the message `row` of this scope is here; a lower sequence changes nothing. */
NODISCARD enum status newest_note(struct ledger *, uint64_t row, const struct ledger_message *,
	const struct ledger_scope *, int64_t now_ns, struct fault *f);

/*
 * In a batch: every message READY or DEFERRED that is older than that newest, of its scope or
 * covered by it, becomes SUPERSEDED, `row` itself if that came too late, and is told
 * (ledger_superseded_tell).
 */
NODISCARD enum status newest_supersede(struct ledger *, struct slice partner, struct slice scope,
	int64_t now_ns, struct fault *f);

#endif
