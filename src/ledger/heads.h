/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed heads of the history: how far it went at some moment, signed with our own key.  Who has
 * the disk and not the key cannot make anew what stands before one.  Whoever signs is another
 * process; here it is said what is to be signed, and kept that it was.
 */
#ifndef TIELINE_LEDGER_HEADS_H
#define TIELINE_LEDGER_HEADS_H

#include "base/buf.h"
#include "ledger/chain_walk.h"
#include "ledger/ledger.h"

#define HEAD_TEXT_MAX 256       /* bytes of what is signed */
#define HEAD_SIGNATURE_MAX 8192 /* of a detached CMS signature with its certificate */

/* A place, the hash there, when it was signed, and the signature of head_text_put()'s text. */
struct signed_head {
	struct chain_head head;
	int64_t at_ns;
	struct slice signature;
};

/* What is signed: four lines that begin with "tieline-history 1", as no MIME part does. */
void head_text_put(struct buf *out, const struct chain_head *, int64_t at_ns);

/* How far the history goes that is committed; outside a batch.  Faults as schema_fault. */
NODISCARD enum status ledger_head(struct chain_head *out, struct ledger *, struct fault *f);

/* The last one that was signed, without its signature; zeros: none was. */
NODISCARD enum status ledger_head_signed(
	struct signed_head *out, struct ledger *, struct fault *f);

/* When the first thing happened that no head covers; 0: nothing did. */
NODISCARD enum status ledger_head_unsigned_ns(int64_t *at_ns, struct ledger *, struct fault *f);

/* Within a batch.  Of one UTC day the last one is kept. */
NODISCARD enum status ledger_head_put(
	struct ledger *, const struct signed_head *, struct fault *f);

#endif
