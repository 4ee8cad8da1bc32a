/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages whose receipt was not there in the time that is agreed for it: counted by partner, area
 * and hour for a day, which is how long somebody has to see it.
 */
#ifndef TIELINE_LEDGER_LATE_RECEIPTS_H
#define TIELINE_LEDGER_LATE_RECEIPTS_H

#include "ledger/ledger.h"

struct ledger_late {
	struct slice partner;
	enum area area;
	uint64_t count; /* within the last 24 hours, by the hour */
	int64_t last_ns;
};
NODISCARD enum status ledger_late_receipts(struct ledger *, int64_t now_ns,
	void (*each)(void *context, const struct ledger_late *), void *context, struct fault *f);

/* In a batch: the event, and one more that counts. */
NODISCARD enum status late_receipt_note(struct ledger *, uint64_t row, struct slice partner,
	enum area area, int64_t now_ns, struct fault *f);

#endif
