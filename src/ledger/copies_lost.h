/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies that a person wants made again: of which messages, and what is still missing elsewhere
 * when one is on its way.
 */
#ifndef TIELINE_LEDGER_COPIES_LOST_H
#define TIELINE_LEDGER_COPIES_LOST_H

#include "ledger/ledger.h"

#define NOT_COPIED "der.not-copied" /* what a message is flagged for */

/*
 * Whether a copy of message `of` may go to this partner.  ST_INPUT, ST_AUTH "copy.origin": there is
 * no such message, it is exchanged with that partner itself, or was not taken.
 */
NODISCARD enum status ledger_copy_may_be(
	struct ledger *, uint64_t of, struct slice to, struct fault *f);

/*
 * One that was lost, or never made, is on its way to this partner: `of` is flagged "der.not-copied"
 * no more, unless another's is lost, which the flag names then.
 */
NODISCARD enum status ledger_copy_mended(
	struct ledger *, uint64_t of, struct slice to, int64_t now_ns, struct fault *f);

#endif
