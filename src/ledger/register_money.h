/* SPDX-License-Identifier: Apache-2.0 */
/* Whether it keeps within what was offered, awarded and invoiced. */
#ifndef TIELINE_LEDGER_REGISTER_MONEY_H
#define TIELINE_LEDGER_REGISTER_MONEY_H

#include "ledger/register_judge.h"

/* Findings are reported; faults of the database are returned. */
NODISCARD enum status judge_money(struct judging *, struct fault *f);

#endif
