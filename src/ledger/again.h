/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document that nobody here reads, and that comes again under another Message-ID.  It is no
 * duplicate: two readings may be the same.  But who sent a file twice by mistake did so, too.
 */
#ifndef TIELINE_LEDGER_AGAIN_H
#define TIELINE_LEDGER_AGAIN_H

#include "ledger/ledger.h"

struct ledger_again {
	char message_id[MESSAGE_ID_MAX + 1];
	int64_t created_ns; /* when it arrived */
};

/*
 * The last before it that this partner sent in this area with the same digest, under another
 * Message-ID, and opaque as this one.  ST_NONE: there is none.
 */
NODISCARD enum status ledger_again(struct ledger_again *out, struct ledger *,
	const struct ledger_message *arriving, struct fault *f);

/* In the batch that stores message `row`: its event, where it is flagged for something else. */
NODISCARD enum status ledger_again_note(
	struct ledger *, uint64_t row, const struct fault *why, int64_t now_ns, struct fault *f);

#endif
