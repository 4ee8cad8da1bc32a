/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interchanges of X12 that were received and not rejected, by their control numbers: one that comes
 * again in another message is none that anybody meant to send twice.
 */
#ifndef TIELINE_LEDGER_INTERCHANGES_H
#define TIELINE_LEDGER_INTERCHANGES_H

#include "ledger/ledger.h"

/* Numbers are the sender's, for each receiver, and of tests apart from others. */
struct ledger_interchange {
	struct slice sender, receiver; /* ISA05 and 06, ISA07 and 08: "ZZ/ACME" */
	struct slice number;           /* ISA13 */
	bool test;                     /* ISA15 is T */
};

/*
 * In the batch that looks into the document of message `row`: what it says is forgotten when it is
 * looked into again.
 */
NODISCARD enum status ledger_interchange_take(struct ledger *, uint64_t row,
	const struct ledger_interchange *, int64_t now_ns, struct fault *f);

/*
 * The Message-ID of another message of the same partner that brought one of this number since then;
 * ST_NONE, without a fault: there is none.
 */
NODISCARD enum status ledger_interchange_find(struct buf *message_id, struct ledger *, uint64_t row,
	const struct ledger_interchange *, int64_t since_ns, struct fault *f);

#endif
