/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_money.c and register_billed.c.  An 820 names each open item with its sign: an
 * invoice that is paid whole beside a credit note of it is paid less that.
 */
#include "ledger/register_paid.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_lines.h"
#include "ledger/register_parties.h"

enum status amount_fault(
	const char *what, struct slice id, int64_t sum, int64_t most, struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.amount",
		"%s %.*s: " MONEY_FORMAT " in all, where " MONEY_FORMAT " is the most", what,
		SLICE_FMT(name_shown(id)), MONEY(sum), MONEY(most));
}

/* --- what is there --- */

enum status paid_read(
	struct paid *out, struct ledger *l, uint64_t invoice, uint64_t but, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_PAID, V_INT(invoice), V_INT(but));
	enum status st;

	*out = (struct paid){ 0 };
	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		int64_t *to = sqlite3_column_int(s, 1) ? &out->credits : &out->directly;

		*to = amount_add(*to, sqlite3_column_int64(s, 0));
		if ((uint64_t)sqlite3_column_int64(s, 2) == invoice)
			out->itself = amount_add(out->itself, sqlite3_column_int64(s, 0));
	}
	return st == ST_NONE ? ST_OK : st;
}

int64_t paid_in_all(const struct paid *paid)
{
	return amount_add(paid->directly, paid->credits);
}

enum status credits_read(
	int64_t *out, struct ledger *l, uint64_t invoice, uint64_t but, struct fault *f)
{
	struct sums credits;

	TRY(known_sums(&credits, l, invoice, DOCUMENT_INVOICE, but, f));
	*out = credits.amount;
	return ST_OK;
}

bool gives_back(const struct known *invoice)
{
	return invoice->is_credit || invoice->amount < 0;
}

/* --- an invoice that a remittance names --- */

struct paying {
	const struct said_names *names; /* FACT_INVOICE */
	uint64_t replaced;              /* the remittance that it supersedes; 0: none */
	const struct said *line;        /* the first that names it */
	struct slice number;
	struct known invoice;
	bool is_refund; /* the invoice is of who pays */
	int64_t said; /* by all lines that name it; below zero: it goes to who is billed */
	bool is_old;  /* what it supersedes paid as much for it */
};

enum status paid_invoice_find(struct known *out, bool *is_refund, struct ledger *l,
	const struct register_side *payer, struct slice number, struct fault *f)
{
	struct register_side seller = *payer;

	*is_refund = false;
	seller.direction = seller.direction == MESSAGE_IN ? MESSAGE_OUT : MESSAGE_IN;
	TRY(known_key(out, l, &seller, DOCUMENT_INVOICE, number, f));
	if (out->number != 0)
		return ST_OK;
	TRY(known_key(out, l, payer, DOCUMENT_INVOICE, number, f));
	*is_refund = out->number != 0;
	return ST_OK;
}

static bool is_unpayable(const struct paying *p)
{
	return p->is_refund && !gives_back(&p->invoice);
}

static enum status refund_check(const struct paying *p, struct fault *f)
{
	if (!is_unpayable(p))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"invoice %.*s is of who pays, and no credit note: who it is for pays it, and what"
		" is given back of it has a credit note",
		SLICE_FMT(name_shown(p->number)));
}

static enum status payable_check(const struct paying *p, struct fault *f)
{
	const struct known *k = &p->invoice;
	struct slice number = p->number;

	if (k->number == 0)
		return fault_set(f, ST_AUTH, "registry.order", "invoice %.*s is not there",
			SLICE_FMT(name_shown(number)));
	TRY(refund_check(p, f));
	if (k->is_cancel)
		return fault_set(f, ST_AUTH, "registry.order",
			"invoice %.*s cancels another one: there is nothing to pay",
			SLICE_FMT(name_shown(number)));
	if (k->state == BUSINESS_REFUSED || k->state == BUSINESS_WITHDRAWN ||
		k->state == BUSINESS_REPLACED)
		return fault_set(f, ST_AUTH, "registry.order", "invoice %.*s is %s",
			SLICE_FMT(name_shown(number)), business_state_name(k->state));
	return ST_OK;
}

/* What it says the invoice was over, and in which money.  Some credit notes are above zero. */
static enum status invoiced_check(
	const struct said *line, const struct known *k, struct slice number, struct fault *f)
{
	int64_t said = said_number(line, FACT_INVOICED, k->amount);

	TRY(currency_check(said_text(line, FACT_CURRENCY), k, "invoice", number, f));
	if (!k->has_amount || !line->has[FACT_INVOICED] || said == k->amount ||
		(gives_back(k) && amount_magnitude(said) == amount_magnitude(k->amount)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"invoiced_amount is " MONEY_FORMAT ", invoice %.*s is over " MONEY_FORMAT,
		MONEY(said), SLICE_FMT(name_shown(number)), MONEY(k->amount));
}

/* The bank's reference is added to what was right when it was paid: it says no more than that. */
static enum status is_old_read(struct paying *p, struct judging *j, struct fault *f)
{
	struct paid with, without;

	if (p->replaced == 0 || p->invoice.number == 0)
		return ST_OK;
	TRY(paid_read(&with, j->ledger, p->invoice.number, 0, f));
	TRY(paid_read(&without, j->ledger, p->invoice.number, p->replaced, f));
	const int64_t before = amount_add(with.itself, -without.itself);
	p->is_old = p->said < 0 ? before <= p->said : before >= p->said;
	return ST_OK;
}

/* --- what gives back --- */

static enum status credit_judge(struct judging *j, const struct paying *p, struct fault *f)
{
	const char *what = p->invoice.is_credit ? "credit note" : "invoice";
	const int64_t most = amount_magnitude(p->invoice.amount);
	struct paid before;

	if (p->said > 0)
		return judging_report(j,
			fault_set(f, ST_AUTH, "registry.amount",
				"%s %.*s gives back " MONEY_FORMAT ": %s", what,
				SLICE_FMT(name_shown(p->number)), MONEY(most),
				p->is_refund ? "who it is of pays it out with paid_amount above"
					       " zero, and less by a revision of that"
					     : "it is taken off, with paid_amount below zero, or"
					       " paid out by who it is of"),
			p->line, f);
	TRY(paid_read(&before, j->ledger, p->invoice.number, p->replaced, f));
	int64_t sum = amount_magnitude(amount_add(before.directly, p->said));
	if (sum <= most)
		return ST_OK;
	return judging_report(j, amount_fault(what, p->number, sum, most, f), p->line, f);
}

/* --- what is asked for --- */

/* What this remittance takes off for credit notes of the invoice. */
static enum status taken_off_read(
	int64_t *out, struct judging *j, const struct paying *p, struct fault *f)
{
	struct statements *sql = j->ledger->sql;
	struct sqlite3_stmt *s =
		STATEMENT_BIND(sql, SQL_REGISTER_CREDITS, V_INT(p->invoice.number));
	struct sums sums;
	enum status st, said = ST_OK;
	size_t at;

	*out = 0;
	while (said == ST_OK && (st = statement_step(sql, s, f)) == ST_OK)
		if (said_names_find(&at, p->names, column_bytes(s, 0))) {
			said = said_sums(&sums, p->names, &at, f);
			*out = amount_add(*out, said == ST_OK ? sums.amount : 0);
		}
	sqlite3_reset(s);
	return said != ST_OK ? said : st == ST_NONE ? ST_OK : st;
}

/* A payment may be taken back, and no more than it. */
static enum status taken_back_judge(
	struct judging *j, const struct paying *p, const struct paid *before, struct fault *f)
{
	if (p->said >= 0 || amount_add(before->directly, p->said) >= 0)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.amount",
			"invoice %.*s: " MONEY_FORMAT " are taken back, " MONEY_FORMAT " are paid",
			SLICE_FMT(name_shown(p->number)), MONEY(amount_magnitude(p->said)),
			MONEY(before->directly)),
		p->line, f);
}

static enum status invoice_judge(struct judging *j, const struct paying *p, struct fault *f)
{
	const uint64_t number = p->invoice.number;
	struct paid before;
	int64_t credits, taken_off;

	TRY(paid_read(&before, j->ledger, number, p->replaced, f));
	TRY(taken_back_judge(j, p, &before, f));
	TRY(credits_read(&credits, j->ledger, number, 0, f));
	const int64_t sum = amount_add(paid_in_all(&before), p->said);
	const int64_t most = amount_add(p->invoice.amount, credits);
	if (p->said <= 0 || sum <= most)
		return ST_OK;
	TRY(taken_off_read(&taken_off, j, p, f));
	if (amount_add(sum, taken_off) <= most)
		return ST_OK;
	return judging_report(j, amount_fault("invoice", p->number, sum, most, f), p->line, f);
}

/* All lines that name one invoice: *i moves behind them. */
static enum status paying_judge(struct judging *j, const struct said_names *names,
	uint64_t replaced, size_t *i, struct fault *f)
{
	struct said line;
	struct paying p = { .names = names, .replaced = replaced, .line = &line,
		.number = said_name_text(names, *i) };
	struct sums sums;

	TRY(paid_invoice_find(&p.invoice, &p.is_refund, j->ledger, &j->side, p.number, f));
	TRY(said_name_item(&line, names, *i, f));
	TRY(said_sums(&sums, names, i, f));
	p.said = p.is_refund ? amount_turned(sums.amount) : sums.amount;
	TRY(is_old_read(&p, j, f));
	if (!p.is_old)
		TRY(judging_report(j, payable_check(&p, f), &line, f));
	if (p.invoice.number == 0 || p.invoice.is_cancel || is_unpayable(&p))
		return ST_OK;
	TRY(judging_report(j, invoiced_check(&line, &p.invoice, p.number, f), &line, f));
	if (!p.invoice.has_amount || p.is_old)
		return ST_OK;
	return gives_back(&p.invoice) ? credit_judge(j, &p, f) : invoice_judge(j, &p, f);
}

/* --- remittances --- */

/* A trace number is of one payment: what changes it says what it supersedes. */
static enum status trace_judge(struct judging *j, uint64_t replaced, struct fault *f)
{
	struct slice trace = said_text(&j->document->head, FACT_TRACE);
	struct known before;

	if (trace.n == 0)
		return ST_OK;
	TRY(known_key(&before, j->ledger, &j->side, DOCUMENT_REMITTANCE, trace, f));
	if (before.number == 0 || before.number == replaced)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.order",
			"trace number %.*s is here already, of another remittance",
			SLICE_FMT(name_shown(trace))),
		NULL, f);
}

static enum status replaced_find(uint64_t *out, struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_SUPERSEDES);
	struct known before = { 0 };

	if (id.n > 0)
		TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	*out = before.type == DOCUMENT_REMITTANCE ? before.number : 0;
	return ST_OK;
}

enum status judge_remittance(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	uint64_t replaced;
	size_t i = 0;

	TRY(judge_parties(j, f));
	TRY(replaced_find(&replaced, j, f));
	TRY(trace_judge(j, replaced, f));
	TRY(said_names_init(&names, j->document, FACT_INVOICE, f));
	while (i < said_names_count(&names))
		TRY(paying_judge(j, &names, replaced, &i, f));
	return ST_OK;
}

/* --- answers --- */

/* A correction of a paid invoice may be rejected: what was paid was not paid for that. */
enum status judge_invoice_answer(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice subject = said_text(head, FACT_SUBJECT);
	struct known k;
	struct paid paid;

	if (!slice_eq(said_text(head, FACT_ACTION), S("rejected")))
		return ST_OK;
	TRY(known_document(&k, j->ledger, &j->side, subject, S(""), f));
	if (k.number == 0 || k.type != DOCUMENT_INVOICE || k.state == BUSINESS_REPLACED)
		return ST_OK;
	TRY(paid_read(&paid, j->ledger, k.number, 0, f));
	if (paid.itself <= 0)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.order",
			"invoice %.*s is paid, " MONEY_FORMAT
			" of it: what is wrong with it is disputed, and credited",
			SLICE_FMT(name_shown(subject)), MONEY(paid.itself)),
		NULL, f);
}
