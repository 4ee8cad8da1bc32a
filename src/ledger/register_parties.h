/* SPDX-License-Identifier: Apache-2.0 */
/* Between whom money goes, and where to. */
#ifndef TIELINE_LEDGER_REGISTER_PARTIES_H
#define TIELINE_LEDGER_REGISTER_PARTIES_H

#include "ledger/register_judge.h"

/* Of an invoice or a remittance: findings "registry.party" | "registry.payee" are reported. */
NODISCARD enum status judge_parties(struct judging *, struct fault *f);

/* Of an invoice that says where to pay: the digest of bank and account.  Nothing of others. */
void account_put(struct buf *out, const struct ledger *, const struct said_document *);

#endif
