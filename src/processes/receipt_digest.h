/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Of a receipt whose digest is not the one that was made when its message was sealed: whether it is
 * of what was sent all the same, in a way that the agreement takes today.
 */
#ifndef TIELINE_PROCESSES_RECEIPT_DIGEST_H
#define TIELINE_PROCESSES_RECEIPT_DIGEST_H

#include "exchange/agreement.h"
#include "ledger/ledger.h"

#define DIGEST_OTHER "as2.mic.other"
#define DIGEST_TOLERATED "mdn.mic.tolerated"
#define COMPARED_MAX (UINT64_C(256) << 20) /* bytes that are digested again: half a second */

/*
 * `mic`: "base64, sha-512", as the receipt states it.  ST_OK: it is of the stored part, and *flag
 * says how: DIGEST_OTHER, of the same bytes by another digest than was asked for (SHA-1 where
 * `legacy` excepts it, what is stronger always); DIGEST_TOLERATED, of a variant of them while
 * tolerate.receipt-digest holds.  ST_NONE: it is not, or nothing is kept to compare.  ST_LIMIT: the
 * part is larger than COMPARED_MAX, or than what is searched for variants; ST_INPUT "mdn.mic.part":
 * its file is gone or cut short.  ST_HOST, ST_RETRY: faults of the database.
 * What ledger_get() gave is void after it.
 */
NODISCARD enum status receipt_digest_judge(struct fault *flag, struct ledger *, uint64_t row,
	struct slice mic, const struct agreement *, int64_t now_ns, struct fault *f);

#endif
