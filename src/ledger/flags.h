/* SPDX-License-Identifier: Apache-2.0 */
/* How many messages of each partner are flagged: known beside the database, which nobody scans. */
#ifndef TIELINE_LEDGER_FLAGS_H
#define TIELINE_LEDGER_FLAGS_H

#include "ledger/ledger.h"

struct flags;

struct flags *flags_new(void);
void flags_free(struct flags *);

void flags_clear(struct flags *);
void flags_add(struct flags *, struct slice partner, struct slice code, uint64_t count,
	int64_t last_ns);
/* One message less: it is flagged for something else now. */
void flags_drop(struct flags *, struct slice partner, struct slice code);
void flags_each(const struct flags *,
	void (*each)(void *context, const struct ledger_flagged *), void *context);

#endif
