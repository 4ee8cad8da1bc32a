/* SPDX-License-Identifier: Apache-2.0 */
/* Why messages wait for another attempt, by partner, area and the code of what was in the way. */
#ifndef TIELINE_LEDGER_DEFERRALS_H
#define TIELINE_LEDGER_DEFERRALS_H

#include "ledger/ledger.h"

#define LEDGER_DEFERRALS_MAX 10000 /* messages looked at: whoever asks keeps nobody waiting */

struct ledger_deferral {
	struct slice partner;
	enum area area;
	struct slice code, text; /* of the one that is tried first: "http.429", and a sentence */
	uint64_t count;
	int64_t next_ns;         /* when that is */
};
/* Receipts that are owed have their reasons in their messages' events.  Borrowed in the call. */
typedef void ledger_deferral_fn(void *context, const struct ledger_deferral *);
NODISCARD enum status ledger_deferrals(
	struct ledger *, ledger_deferral_fn *each, void *context, struct fault *f);

#endif
