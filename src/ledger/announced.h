/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What partners' software says of itself (AS2-Version, AS2-Product, EDIINT-Features: RFC 6017),
 * the last of each, for people: nothing is allowed or refused by it.
 */
#ifndef TIELINE_LEDGER_ANNOUNCED_H
#define TIELINE_LEDGER_ANNOUNCED_H

#include "ledger/ledger.h"

#define ANNOUNCED_VERSION_MAX 16 /* bytes; what is longer is cut */
#define ANNOUNCED_PRODUCT_MAX 100
#define ANNOUNCED_FEATURES_MAX 300

struct ledger_announced {
	struct slice partner, version, product, features; /* as the headers have them */
	int64_t since_ns; /* when it said so first */
};
/* In a batch.  The same again changes nothing. */
NODISCARD enum status ledger_announced_put(
	struct ledger *, const struct ledger_announced *, struct fault *f);
NODISCARD enum status ledger_announced(struct ledger *,
	void (*each)(void *context, const struct ledger_announced *), void *context,
	struct fault *f);

#endif
