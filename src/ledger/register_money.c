/* SPDX-License-Identifier: Apache-2.0 */
/* No more than was offered is awarded, than awarded dispatched or billed, than billed paid. */
#include "ledger/register_money.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_lines.h"
#include "ledger/register_parties.h"

#define REVISIONS_MAX 64 /* of an award or an invoice that are looked back upon */

static struct slice shown(struct slice name)
{
	return slice_to(name, REGISTER_NAME_SHOWN);
}

/* --- quantities along the chain --- */

static enum status award_judge(struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_OFFER);
	struct known before;
	int64_t said;
	enum status st = said_quantity(&said, j->document, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	if (!before.has_quantity || said <= before.quantity)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.capability",
			"quantity is %lld.%06lld, offer %.*s has %lld.%06lld",
			(long long)(said / FACT_UNIT), (long long)(said % FACT_UNIT),
			SLICE_FMT(shown(id)), (long long)(before.quantity / FACT_UNIT),
			(long long)(before.quantity % FACT_UNIT)),
		NULL, f);
}

/* --- money --- */

static enum status amount_fault(const char *what, struct slice id, int64_t sum, int64_t most,
	struct fault *f)
{
	return fault_set(f, ST_AUTH, "registry.amount",
		"%s %.*s: %lld.%02lld in all, where %lld.%02lld is the most", what,
		SLICE_FMT(shown(id)), (long long)(sum / FACT_UNIT),
		(long long)(sum % FACT_UNIT / (FACT_UNIT / 100)), (long long)(most / FACT_UNIT),
		(long long)(most % FACT_UNIT / (FACT_UNIT / 100)));
}

/* What this one takes the place of no longer counts: its statement; 0: it is the first. */
static enum status replaced_find(uint64_t *out, struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct known before = { 0 };

	if (said_text(head, FACT_SUPERSEDES).n > 0)
		TRY(known_document(&before, j->ledger, &j->side, said_text(head, FACT_SUPERSEDES),
			S(""), f));
	else if (slice_eq(said_text(head, FACT_KIND), S("corrected")))
		TRY(known_key(&before, j->ledger, &j->side, DOCUMENT_INVOICE,
			said_text(head, FACT_SUBJECT), f));
	*out = before.type == j->document->type ? before.number : 0;
	return ST_OK;
}

struct summing {
	const struct said_names *names;
	const char *what;  /* "award" */
	uint64_t replaced; /* statement that no longer counts */
};

/* 0: it takes the place of nothing. */
static enum status before_read(
	uint64_t *out, struct judging *j, uint64_t number, enum document_type type, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		j->ledger->sql, SQL_REGISTER_REPLACED, V_INT(number), V_INT(type));
	enum status st = statement_step(j->ledger->sql, s, f);

	*out = st == ST_OK ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* What was billed or paid for what it replaced was so for it, too. */
static enum status sums_read(struct sums *out, struct judging *j, const struct known *k,
	uint64_t but, struct fault *f)
{
	uint64_t number = k->number;
	struct sums of;

	*out = (struct sums){ 0 };
	for (unsigned i = 0; number != 0 && i < REVISIONS_MAX; i++) {
		TRY(known_sums(&of, j->ledger, number, j->document->type, but, f));
		sums_add(out, of);
		TRY(before_read(&number, j, number, k->type, f));
	}
	return ST_OK;
}

/* All that was said for it before, and this: `sum`, beginning with names[first]. */
static enum status sum_judge(struct judging *j, const struct summing *s, size_t first,
	int64_t sum, const struct known *k, int64_t most, struct fault *f)
{
	struct sums before;
	struct said item;

	TRY(sums_read(&before, j, k, s->replaced, f));
	sum = amount_add(sum, before.amount);
	if (sum <= most)
		return ST_OK;
	TRY(said_name_item(&item, s->names, first, f));
	return judging_report(j,
		amount_fault(s->what, said_name_text(s->names, first), sum, most, f), &item, f);
}

static enum status award_lines_judge(
	struct judging *j, const struct summing *s, size_t *i, struct fault *f)
{
	struct award_lines lines = { .names = s->names, .first = *i, .replaced = s->replaced };
	struct known k;

	TRY(known_document(&k, j->ledger, &j->side, said_name_text(s->names, *i), S(""), f));
	TRY(said_sums(&lines.sums, s->names, i, f));
	if (k.number == 0)
		return ST_OK;
	lines.award = &k;
	lines.end = *i;
	if (k.has_ceiling)
		TRY(sum_judge(j, s, lines.first, lines.sums.amount, &k, k.ceiling, f));
	return judge_award_lines(j, &lines, f);
}

static enum status lines_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct summing s = { .names = &names, .what = "award" };
	size_t i = 0;

	TRY(replaced_find(&s.replaced, j, f));
	TRY(said_names_init(&names, j->document, FACT_AWARD, f));
	while (i < said_names_count(&names))
		TRY(award_lines_judge(j, &s, &i, f));
	return judge_lines_without_award(j, f);
}

/* --- what changes an invoice --- */

/* A cancellation is not cancelled, and what was cancelled or replaced is over. */
static enum status original_check(const struct known *k, struct slice number, struct slice kind,
	struct fault *f)
{
	if (number.n == 0)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s, and says of which invoice nowhere", SLICE_FMT(kind));
	if (k->number == 0)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of invoice %.*s, which is not there", SLICE_FMT(kind),
			SLICE_FMT(shown(number)));
	if (k->state == BUSINESS_CLOSED)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of invoice %.*s, which cancels another one: send a new one",
			SLICE_FMT(kind), SLICE_FMT(shown(number)));
	if (k->state == BUSINESS_WITHDRAWN || k->state == BUSINESS_REPLACED)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of invoice %.*s, which is %s", SLICE_FMT(kind),
			SLICE_FMT(shown(number)), business_state_name(k->state));
	return ST_OK;
}

static int64_t below_zero(int64_t amount)
{
	return amount > 0 ? -amount : amount;
}

/* No more is given back than was asked for. */
static enum status credit_judge(
	struct judging *j, const struct known *k, struct slice number, struct fault *f)
{
	int64_t credit = below_zero(said_number(&j->document->head, FACT_AMOUNT, 0));
	struct sums before;

	if (k->number == 0 || !k->has_amount)
		return ST_OK;
	TRY(known_sums(&before, j->ledger, k->number, DOCUMENT_INVOICE, 0, f));
	credit = amount_add(credit, below_zero(before.amount));
	if (credit >= below_zero(k->amount))
		return ST_OK;
	return judging_report(j,
		amount_fault("credit for invoice", number,
			credit == INT64_MIN ? INT64_MAX : -credit, k->amount, f),
		NULL, f);
}

/*
 * The same lines for the same time under another number: what is due each month has its month.  A
 * digest is the sender's word, so the total has to be the same, too.
 */
static enum status again_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice summary = said_text(head, FACT_SUMMARY);
	struct sqlite3_stmt *s;
	enum status st;

	if (summary.n == 0 || !slice_eq(said_text(head, FACT_KIND), S("original")))
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_BILLED, V_BYTES(j->side.partner),
		V_INT(j->side.is_test), V_INT(j->side.direction), V_BYTES(summary),
		V_INT(said_number(head, FACT_FROM, 0)), V_INT(said_number(head, FACT_UNTIL, 0)),
		V_BYTES(said_text(head, FACT_INVOICE)), V_INT(said_number(head, FACT_AMOUNT, 0)));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		st = fault_set(f, ST_AUTH, "registry.order",
			"its lines are those of invoice %.*s, for the same time",
			SLICE_FMT(shown(column_bytes(s, 0))));
	sqlite3_reset(s);
	return judging_report(j, st == ST_NONE ? ST_OK : st, NULL, f);
}

static enum status invoice_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice kind = said_text(head, FACT_KIND), number = said_text(head, FACT_SUBJECT);
	const bool is_credit = slice_eq(kind, S("credit_note"));
	const bool is_revision = said_text(head, FACT_SUPERSEDES).n > 0;
	struct known original = { 0 };

	TRY(judge_parties(j, f));
	TRY(again_judge(j, f));
	/* The revision before it changed the original already. */
	if (is_credit || slice_eq(kind, S("cancel")) || slice_eq(kind, S("corrected"))) {
		TRY(known_key(&original, j->ledger, &j->side, DOCUMENT_INVOICE, number, f));
		if (!is_revision || original.number == 0)
			TRY(judging_report(
				j, original_check(&original, number, kind, f), NULL, f));
	}
	if (is_credit)
		return credit_judge(j, &original, number, f);
	return slice_eq(kind, S("cancel")) ? ST_OK : lines_judge(j, f);
}

/* --- what is paid --- */

/* The invoices it pays are the other side's. */
static enum status invoice_find(
	struct known *out, struct judging *j, struct slice number, struct fault *f)
{
	struct register_side seller = j->side;

	seller.direction = seller.direction == MESSAGE_IN ? MESSAGE_OUT : MESSAGE_IN;
	return known_key(out, j->ledger, &seller, DOCUMENT_INVOICE, number, f);
}

static enum status payable_check(const struct known *k, struct slice number, struct fault *f)
{
	if (k->number == 0)
		return fault_set(f, ST_AUTH, "registry.order", "invoice %.*s is not there",
			SLICE_FMT(shown(number)));
	if (k->state == BUSINESS_REFUSED || k->state == BUSINESS_WITHDRAWN ||
		k->state == BUSINESS_REPLACED)
		return fault_set(f, ST_AUTH, "registry.order", "invoice %.*s is %s",
			SLICE_FMT(shown(number)), business_state_name(k->state));
	return ST_OK;
}

/* What it says the invoice was over, and in which money. */
static enum status invoiced_check(
	const struct said *line, const struct known *k, struct slice number, struct fault *f)
{
	int64_t said = said_number(line, FACT_INVOICED, k->amount);

	TRY(currency_check(said_text(line, FACT_CURRENCY), k, "invoice", number, f));
	if (!k->has_amount || !line->has[FACT_INVOICED] || said == k->amount)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"invoiced_amount is %lld.%02lld, invoice %.*s is over %lld.%02lld",
		(long long)(said / FACT_UNIT), (long long)(said % FACT_UNIT / (FACT_UNIT / 100)),
		SLICE_FMT(shown(number)), (long long)(k->amount / FACT_UNIT),
		(long long)(k->amount % FACT_UNIT / (FACT_UNIT / 100)));
}

static enum status payment_judge(
	struct judging *j, const struct summing *s, size_t *i, struct fault *f)
{
	struct slice number = said_name_text(s->names, *i);
	const size_t first = *i;
	struct sums sums;
	struct said item;
	struct known k;

	TRY(invoice_find(&k, j, number, f));
	TRY(said_name_item(&item, s->names, first, f));
	TRY(judging_report(j, payable_check(&k, number, f), &item, f));
	TRY(said_sums(&sums, s->names, i, f));
	if (k.number == 0)
		return ST_OK;
	TRY(judging_report(j, invoiced_check(&item, &k, number, f), &item, f));
	return k.has_amount ? sum_judge(j, s, first, sums.amount, &k, k.amount, f) : ST_OK;
}

/* A trace number is of one payment: what changes it says what it supersedes. */
static enum status trace_judge(struct judging *j, struct fault *f)
{
	struct slice trace = said_text(&j->document->head, FACT_TRACE);
	struct known before;

	if (trace.n == 0 || said_text(&j->document->head, FACT_SUPERSEDES).n > 0)
		return ST_OK;
	TRY(known_key(&before, j->ledger, &j->side, DOCUMENT_REMITTANCE, trace, f));
	if (before.number == 0)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.order",
			"trace number %.*s is here already, of another remittance",
			SLICE_FMT(shown(trace))),
		NULL, f);
}

static enum status remittance_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct summing s = { .names = &names, .what = "invoice" };
	size_t i = 0;

	TRY(judge_parties(j, f));
	TRY(trace_judge(j, f));
	TRY(replaced_find(&s.replaced, j, f));
	TRY(said_names_init(&names, j->document, FACT_INVOICE, f));
	while (i < said_names_count(&names))
		TRY(payment_judge(j, &s, &i, f));
	return ST_OK;
}

/* --- statements --- */

static enum status stated_judge(
	struct judging *j, const struct said_names *names, size_t *i, struct fault *f)
{
	const size_t first = *i;
	int64_t stated = 0, measured;
	struct said line;
	struct known k;

	TRY(known_document(&k, j->ledger, &j->side, said_name_text(names, first), S(""), f));
	do {
		TRY(said_name_item(&line, names, *i, f));
		stated = amount_add(stated, said_number(&line, FACT_ENERGY_KWH, 0));
		*i += 1;
	} while (*i < said_names_count(names) && said_name_is_again(names, *i));
	enum status st = measured_read(&measured, j->ledger, k.number, f);
	if (st != ST_OK || stated <= measured)
		return st == ST_NONE ? ST_OK : st;
	TRY(said_name_item(&line, names, first, f));
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: %lld.%06lld kWh are to be delivered, %lld.%06lld were"
			" measured", SLICE_FMT(shown(said_name_text(names, first))),
			(long long)(stated / FACT_UNIT), (long long)(stated % FACT_UNIT),
			(long long)(measured / FACT_UNIT), (long long)(measured % FACT_UNIT)),
		&line, f);
}

/* Its name is of one statement: what changes it supersedes it, or says that it replaces it. */
static enum status named_check(const struct known *before, struct slice name,
	struct slice replaces, struct fault *f)
{
	if (before->number == 0 || slice_eq(name, replaces))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"statement %.*s is here already: what changes it supersedes it, or replaces it",
		SLICE_FMT(shown(name)));
}

static enum status replaces_check(const struct known *k, struct slice replaces, struct fault *f)
{
	if (replaces.n == 0 || (k->number != 0 && k->state != BUSINESS_REPLACED))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order", "it replaces statement %.*s, which is %s",
		SLICE_FMT(shown(replaces)),
		k->number ? business_state_name(k->state) : "not there");
}

/* A revision replaces what the one before it did. */
static enum status name_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice name = said_text(head, FACT_NAME), replaces = said_text(head, FACT_SUBJECT);
	struct slice superseded = said_text(head, FACT_SUPERSEDES);
	struct known k, before = { 0 };

	if (superseded.n > 0)
		TRY(known_document(&before, j->ledger, &j->side, superseded, S(""), f));
	TRY(known_key(&k, j->ledger, &j->side, DOCUMENT_STATEMENT, name, f));
	if (k.number != before.number)
		TRY(judging_report(j, named_check(&k, name, replaces, f), NULL, f));
	if (superseded.n > 0)
		return ST_OK;
	TRY(known_key(&k, j->ledger, &j->side, DOCUMENT_STATEMENT, replaces, f));
	return judging_report(j, replaces_check(&k, replaces, f), NULL, f);
}

/* Of what nobody measured here the statement is all that is known. */
static enum status statement_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	size_t i = 0;

	TRY(name_judge(j, f));
	TRY(said_names_init(&names, j->document, FACT_AWARD, f));
	while (i < said_names_count(&names))
		TRY(stated_judge(j, &names, &i, f));
	return ST_OK;
}

enum status judge_money(struct judging *j, struct fault *f)
{
	static enum status (*const judges[DOCUMENT_TYPES])(struct judging *, struct fault *) = {
		[DOCUMENT_AWARD] = award_judge,
		[DOCUMENT_INVOICE] = invoice_judge,
		[DOCUMENT_REMITTANCE] = remittance_judge,
		[DOCUMENT_STATEMENT] = statement_judge,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
