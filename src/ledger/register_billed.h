/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked for: no more than was awarded and delivered, in all invoices together; and what an
 * invoice that changes another one leaves of that, beside what is paid for it.
 */
#ifndef TIELINE_LEDGER_REGISTER_BILLED_H
#define TIELINE_LEDGER_REGISTER_BILLED_H

#include "ledger/register_judge.h"

/* Findings "registry.order" | "registry.amount" | ... are reported. */
NODISCARD enum status judge_invoice(struct judging *, struct fault *f);

#endif
