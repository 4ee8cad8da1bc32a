/* SPDX-License-Identifier: Apache-2.0 */
/* What a message asks for in its receipt, and by which digest (RFC 4130 7.3). */
#ifndef TIELINE_BINDINGS_MICALG_H
#define TIELINE_BINDINGS_MICALG_H

#include "base/slice.h"
#include "exchange/algorithms.h"

/*
 * `options`: of Disposition-Notification-Options.  *kind becomes the first listed that we have,
 * too; it stays as it is when none is asked for, and when none that is listed is made here but the
 * list is optional: an MDN may then be generated without respect to it (RFC 8098 2.2), and a digest
 * stronger than was asked for endangers nobody.  ST_INPUT "as2.mic.algorithm" when one of those is
 * required (RFC 4130 7.5.2).
 */
NODISCARD enum status micalg_wish(enum digest *kind, struct slice options, struct fault *f);
/* The receipt has another digest than those of *names, which were optional: its reader is told. */
bool micalg_is_other(struct slice *names, struct slice options);
/*
 * Whether all that the options require can be done: what cannot has to fail the message (RFC 8098
 * 2.2, RFC 4130 7.5.2).  Of signed-receipt-micalg says micalg_wish.  ST_INPUT
 * "as2.receipt.protocol" | "as2.receipt.option".
 */
NODISCARD enum status receipt_options_check(struct slice options, struct fault *f);

#endif
