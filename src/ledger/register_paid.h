/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is paid for invoices, by whichever remittance: no more than is asked for, less what is
 * credited of it; and a credit note is taken off, not paid.
 */
#ifndef TIELINE_LEDGER_REGISTER_PAID_H
#define TIELINE_LEDGER_REGISTER_PAID_H

#include "ledger/register_judge.h"

#define MONEY_FORMAT "%s%lld.%02lld"
#define MONEY(n)                                                              \
	((n) < 0 ? "-" : ""), (long long)(amount_magnitude(n) / FACT_UNIT), \
		(long long)(amount_magnitude(n) % FACT_UNIT / (FACT_UNIT / 100))

/* In FACT_UNITs, below zero where it was taken off, or paid back. */
struct paid {
	int64_t itself;   /* by lines that name this one */
	int64_t directly; /* by those, and lines that name what it replaced, or was replaced by */
	int64_t credits;  /* by lines that name credit notes of it */
};
/*
 * For an invoice, or a credit note, by remittances that are there but for statement `but` (0:
 * none).  What was paid for what it takes the place of, or is replaced by, was paid for it.
 */
NODISCARD enum status paid_read(
	struct paid *out, struct ledger *, uint64_t invoice, uint64_t but, struct fault *f);
int64_t paid_in_all(const struct paid *);

/*
 * What a remittance of `payer` names: an invoice of the other side, else one of its own, of which
 * it pays back what that gives back (*is_refund).  out->number 0: neither is there.
 */
NODISCARD enum status paid_invoice_find(struct known *out, bool *is_refund, struct ledger *,
	const struct register_side *payer, struct slice number, struct fault *f);

/* What is credited of it, below zero, but by statement `but`. */
NODISCARD enum status credits_read(
	int64_t *out, struct ledger *, uint64_t invoice, uint64_t but, struct fault *f);

/* Whether it is owed by who sends it. */
bool gives_back(const struct known *invoice);

/* ST_AUTH "registry.amount", always. */
enum status amount_fault(
	const char *what, struct slice id, int64_t sum, int64_t most, struct fault *f);

/* Findings "registry.order" | "registry.amount" | "registry.payee" are reported. */
NODISCARD enum status judge_remittance(struct judging *, struct fault *f);

/* An answer to an invoice: what is paid is not rejected. */
NODISCARD enum status judge_invoice_answer(struct judging *, struct fault *f);

#endif
