/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_money.c.  What is paid is not undone by another invoice: it is given back by a
 * credit note.  Else the same kWh would be asked for, and paid, again.
 */
#include "ledger/register_billed.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_lines.h"
#include "ledger/register_paid.h"
#include "ledger/register_parties.h"

static int64_t below_zero(int64_t amount)
{
	return amount > 0 ? -amount : amount;
}

/* --- which invoices it is about --- */

struct billing {
	struct slice kind, number; /* "corrected"; of the original: original_invoice_number */
	bool is_credit, is_cancel, is_corrected;
	struct known before;    /* that it supersedes; number 0: none */
	struct known original;  /* that it is about; number 0: none */
	struct known replaced;  /* of the two, whose place it takes: that no longer counts */
	bool is_changed_before; /* what it supersedes changed the original already */
};

/* Whether `statement` says that it follows `target`. */
static enum status follows(
	bool *out, struct ledger *l, uint64_t statement, uint64_t target, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_FOLLOWS, V_INT(statement), V_INT(target));
	enum status st = statement_step(l->sql, s, f);

	*out = st == ST_OK;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status before_find(struct billing *b, struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_SUPERSEDES);

	if (id.n == 0)
		return ST_OK;
	TRY(known_document(&b->before, j->ledger, &j->side, id, S(""), f));
	if (b->before.type != DOCUMENT_INVOICE || b->before.direction != j->side.direction)
		b->before = (struct known){ 0 };
	return ST_OK;
}

static enum status billing_read(struct billing *b, struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;

	*b = (struct billing){ .kind = said_text(head, FACT_KIND),
		.number = said_text(head, FACT_SUBJECT) };
	b->is_credit = slice_eq(b->kind, S("credit_note"));
	b->is_cancel = slice_eq(b->kind, S("cancel"));
	b->is_corrected = slice_eq(b->kind, S("corrected"));
	TRY(before_find(b, j, f));
	if (b->is_credit || b->is_cancel || b->is_corrected)
		TRY(known_key(&b->original, j->ledger, &j->side, DOCUMENT_INVOICE, b->number, f));
	b->replaced = b->is_corrected && b->before.number == 0 ? b->original : b->before;
	if (b->before.number == 0 || b->original.number == 0)
		return ST_OK;
	return follows(&b->is_changed_before, j->ledger, b->before.number, b->original.number, f);
}

/* --- what it may change --- */

/* A cancellation is not cancelled, and what was cancelled or replaced is over. */
static enum status original_check(
	const struct known *k, struct slice number, struct slice kind, struct fault *f)
{
	if (number.n == 0)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s, and says of which invoice nowhere", SLICE_FMT(kind));
	if (k->number == 0)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of invoice %.*s, which is not there", SLICE_FMT(kind),
			SLICE_FMT(name_shown(number)));
	if (k->is_cancel)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of invoice %.*s, which cancels another one: send a new one",
			SLICE_FMT(kind), SLICE_FMT(name_shown(number)));
	if (k->state == BUSINESS_WITHDRAWN || k->state == BUSINESS_REPLACED)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of invoice %.*s, which is %s", SLICE_FMT(kind),
			SLICE_FMT(name_shown(number)), business_state_name(k->state));
	if (k->is_credit)
		return fault_set(f, ST_AUTH, "registry.order",
			"it is a %.*s of %.*s, which is a credit note: what changes that is a later"
			" revision of it, and supersedes it",
			SLICE_FMT(kind), SLICE_FMT(name_shown(number)));
	return ST_OK;
}

/* A revision is of the kind that it was; what cancels may supersede what it cancels. */
static enum status kind_check(
	const struct billing *b, struct slice superseded, struct fault *f)
{
	const bool was_cancel = b->before.is_cancel;
	const char *was = b->before.is_credit ? "credit note"
		: was_cancel		      ? "cancellation"
					      : "bill";

	if (b->before.number == 0 || b->before.state == BUSINESS_REPLACED)
		return ST_OK;
	if (b->is_credit == b->before.is_credit &&
		(b->is_cancel == was_cancel || b->before.number == b->original.number))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"it supersedes %.*s, a %s, as one of kind %.*s", SLICE_FMT(name_shown(superseded)), was,
		SLICE_FMT(b->kind));
}

/* --- what is paid for it --- */

static enum status cancelled_check(struct judging *j, const struct known *k, struct slice number,
	struct fault *f)
{
	const struct said *head = &j->document->head;
	int64_t said = said_number(head, FACT_AMOUNT, 0);
	struct paid paid;

	if (k->number == 0)
		return ST_OK;
	TRY(paid_read(&paid, j->ledger, k->number, 0, f));
	if (paid_in_all(&paid) != 0)
		return fault_set(f, ST_AUTH, "registry.order",
			"it cancels invoice %.*s, of which " MONEY_FORMAT
			" are paid: what is paid is given back by a credit note",
			SLICE_FMT(name_shown(number)), MONEY(paid_in_all(&paid)));
	if (!head->has[FACT_AMOUNT] || !k->has_amount ||
		amount_magnitude(said) == amount_magnitude(k->amount))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"it cancels " MONEY_FORMAT ", invoice %.*s is over " MONEY_FORMAT, MONEY(said),
		SLICE_FMT(name_shown(number)), MONEY(k->amount));
}

/* What was taken off for a credit note that is to give back less. */
static enum status lowered_credit_check(
	struct slice number, int64_t credit, const struct paid *paid, struct fault *f)
{
	if (amount_magnitude(paid_in_all(paid)) <= credit || paid_in_all(paid) > 0)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"credit note %.*s: " MONEY_FORMAT
		" are taken off for what it takes the place of, where " MONEY_FORMAT
		" is the most",
		SLICE_FMT(name_shown(number)), MONEY(amount_magnitude(paid_in_all(paid))),
		MONEY(credit));
}

/*
 * A correction that supersedes another one than it corrects takes the place of both.  Below zero
 * are credits.
 */
static enum status replaced_read(
	struct paid *paid, int64_t *credits, struct judging *j, const struct billing *b,
	struct fault *f)
{
	const struct known *also = &b->original;
	struct paid more;
	int64_t credit;

	TRY(paid_read(paid, j->ledger, b->replaced.number, 0, f));
	TRY(credits_read(credits, j->ledger, b->replaced.number, 0, f));
	if (!b->is_corrected || b->is_changed_before || also->number == 0 ||
		also->number == b->replaced.number)
		return ST_OK;
	TRY(paid_read(&more, j->ledger, also->number, 0, f));
	TRY(credits_read(&credit, j->ledger, also->number, 0, f));
	paid->directly = amount_add(paid->directly, more.directly);
	paid->credits = amount_add(paid->credits, more.credits);
	*credits = amount_add(*credits, credit);
	return ST_OK;
}

/* What is over as much as before leaves a credit that is still to be taken off as it was. */
static int64_t asked_before(const struct billing *b)
{
	const bool is_both = b->is_corrected && !b->is_changed_before &&
		b->original.number != b->replaced.number;

	return amount_add(b->replaced.amount, is_both ? b->original.amount : 0);
}

/* In which money that is, and no less than is paid. */
static enum status replaced_check(struct judging *j, const struct billing *b, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice number = said_text(head, FACT_INVOICE), currency;
	int64_t said = said_number(head, FACT_AMOUNT, 0), credits;
	struct paid paid;

	TRY(replaced_read(&paid, &credits, j, b, f));
	if (paid_in_all(&paid) == 0 || !head->has[FACT_AMOUNT])
		return ST_OK;
	TRY(said_currency(&currency, j->document, f));
	TRY(currency_check(currency, &b->replaced, "invoice",
		b->before.number ? number : b->number, f));
	if (b->is_credit)
		return lowered_credit_check(number, amount_magnitude(said), &paid, f);
	if (paid_in_all(&paid) <= 0 || paid_in_all(&paid) <= amount_add(said, credits) ||
		said >= asked_before(b))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.amount",
		"invoice %.*s: " MONEY_FORMAT
		" are paid for what it takes the place of, where " MONEY_FORMAT
		" is the most: what is too much is given back by a credit note",
		SLICE_FMT(name_shown(number)), MONEY(paid_in_all(&paid)),
		MONEY(amount_add(said, credits)));
}

static enum status paid_judge(struct judging *j, const struct billing *b, struct fault *f)
{
	enum status st = ST_OK;

	if (b->is_cancel)
		st = cancelled_check(j, &b->original, b->number, f);
	else if (b->replaced.number != 0)
		st = replaced_check(j, b, f);
	return judging_report(j, st, NULL, f);
}

/* --- its lines --- */

/* All that was said for an award before, and this, whose lines begin with names[first]. */
static enum status ceiling_judge(
	struct judging *j, const struct award_lines *lines, struct fault *f)
{
	struct slice id = said_name_text(lines->names, lines->first);
	struct sums before;
	struct said line;

	if (!lines->award->has_ceiling)
		return ST_OK;
	TRY(known_sums(&before, j->ledger, lines->award->number, DOCUMENT_INVOICE,
		lines->replaced, f));
	int64_t sum = amount_add(lines->sums.amount, before.amount);
	if (sum <= lines->award->ceiling)
		return ST_OK;
	TRY(said_name_item(&line, lines->names, lines->first, f));
	return judging_report(
		j, amount_fault("award", id, sum, lines->award->ceiling, f), &line, f);
}

/* What the invoice has of the award, less what was credited of that before. */
static enum status left_read(struct sums *out, struct judging *j, const struct billing *b,
	const struct known *award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_BILLED_OF,
		V_INT(award->number), V_INT(b->original.number), V_INT(b->replaced.number));
	enum status st;

	*out = (struct sums){ 0 };
	while ((st = statement_step(j->ledger->sql, s, f)) == ST_OK) {
		struct sums of = { .amount = sqlite3_column_int64(s, 0),
			.energy = sqlite3_column_int64(s, 1) };

		if (sqlite3_column_int(s, 2))
			of = (struct sums){ .amount = below_zero(of.amount),
				.energy = below_zero(of.energy) };
		sums_add(out, of);
	}
	return st == ST_NONE ? ST_OK : st;
}

/* What was never billed is not given back: it would be free to be billed again. */
static enum status credited_check(const struct billing *b, const struct award_lines *lines,
	const struct sums *left, struct fault *f)
{
	struct slice id = name_shown(said_name_text(lines->names, lines->first));
	const struct sums credit = { .amount = amount_magnitude(lines->sums.amount),
		.energy = amount_magnitude(lines->sums.energy) };

	if (credit.amount > left->amount && credit.amount > 0)
		return fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: " MONEY_FORMAT " are credited, of which invoice %.*s has "
			MONEY_FORMAT " left", SLICE_FMT(id), MONEY(credit.amount),
			SLICE_FMT(name_shown(b->number)), MONEY(left->amount));
	if (credit.energy > left->energy && credit.energy > 0)
		return fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: " QUANTITY_FORMAT " kWh are credited, of which invoice %.*s"
			" has " QUANTITY_FORMAT " left", SLICE_FMT(id), QUANTITY(credit.energy),
			SLICE_FMT(name_shown(b->number)), QUANTITY(left->energy));
	return ST_OK;
}

/* A revision may give back less than the one before did: then more is billed than before. */
static enum status credit_lines_judge(struct judging *j, const struct billing *b,
	struct award_lines *lines, struct fault *f)
{
	struct sums left;
	struct said line;

	lines->sums.amount = below_zero(lines->sums.amount);
	lines->sums.energy = below_zero(lines->sums.energy);
	TRY(said_name_item(&line, lines->names, lines->first, f));
	TRY(left_read(&left, j, b, lines->award, f));
	if (b->original.number != 0)
		TRY(judging_report(j, credited_check(b, lines, &left, f), &line, f));
	if (b->replaced.number != 0)
		TRY(ceiling_judge(j, lines, f));
	return judge_credit_lines(j, lines, f);
}

static enum status award_lines_judge(struct judging *j, const struct billing *b,
	const struct said_names *names, size_t *i, struct fault *f)
{
	struct award_lines lines = { .names = names, .first = *i,
		.replaced = b->replaced.number };
	struct known k;

	TRY(known_document(&k, j->ledger, &j->side, said_name_text(names, *i), S(""), f));
	TRY(said_sums(&lines.sums, names, i, f));
	if (k.number == 0 || k.type != DOCUMENT_AWARD)
		return ST_OK; /* which is told as what it follows */
	lines.award = &k;
	lines.end = *i;
	if (b->is_credit)
		return credit_lines_judge(j, b, &lines, f);
	TRY(ceiling_judge(j, &lines, f));
	return judge_award_lines(j, &lines, f);
}

static enum status lines_judge(struct judging *j, const struct billing *b, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	size_t i = 0;

	TRY(said_names_init(&names, j->document, FACT_AWARD, f));
	while (i < said_names_count(&names))
		TRY(award_lines_judge(j, b, &names, &i, f));
	return b->is_credit ? ST_OK : judge_lines_without_award(j, f);
}

/* --- credit notes --- */

/* No more is given back than was asked for, and in the same money. */
static enum status credit_check(struct judging *j, const struct billing *b, struct fault *f)
{
	const struct known *k = &b->original;
	int64_t credit = amount_magnitude(said_number(&j->document->head, FACT_AMOUNT, 0)), before;
	const int64_t most = k->amount > 0 ? k->amount : 0;
	struct slice currency;

	if (k->number == 0 || k->is_credit || !k->has_amount)
		return ST_OK;
	TRY(said_currency(&currency, j->document, f));
	TRY(currency_check(currency, k, "invoice", b->number, f));
	TRY(credits_read(&before, j->ledger, k->number, b->replaced.number, f));
	credit = amount_add(credit, amount_magnitude(before));
	return credit <= most ? ST_OK
			      : amount_fault("credit for invoice", b->number, credit, most, f);
}

/* --- invoices --- */

/*
 * The same lines for the same time under another number: what is due each month has its month.  A
 * digest is the sender's word, so the total has to be the same, too.
 */
static enum status again_judge(struct judging *j, const struct billing *b, struct fault *f)
{
	const struct said *head = &j->document->head;
	struct slice summary = said_text(head, FACT_SUMMARY);
	struct sqlite3_stmt *s;
	enum status st;

	if (summary.n == 0 || b->is_credit || b->is_cancel)
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_BILLED, V_BYTES(j->side.partner),
		V_INT(j->side.is_test), V_INT(j->side.direction), V_BYTES(summary),
		V_INT(said_number(head, FACT_FROM, 0)), V_INT(said_number(head, FACT_UNTIL, 0)),
		V_BYTES(said_text(head, FACT_INVOICE)), V_INT(said_number(head, FACT_AMOUNT, 0)),
		V_INT(b->replaced.number));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		st = fault_set(f, ST_AUTH, "registry.order",
			"its lines are those of invoice %.*s, for the same time",
			SLICE_FMT(name_shown(column_bytes(s, 0))));
	sqlite3_reset(s);
	return judging_report(j, st == ST_NONE ? ST_OK : st, NULL, f);
}

static enum status changes_judge(struct judging *j, const struct billing *b, struct fault *f)
{
	const bool is_about = b->is_credit || b->is_cancel || b->is_corrected;
	struct slice superseded = said_text(&j->document->head, FACT_SUPERSEDES);

	TRY(judging_report(j, kind_check(b, superseded, f), NULL, f));
	if (b->replaced.number != 0)
		TRY(judging_report(
			j, revisions_check(j->ledger, b->replaced.number, f), NULL, f));
	if (is_about && !b->is_changed_before)
		TRY(judging_report(
			j, original_check(&b->original, b->number, b->kind, f), NULL, f));
	TRY(paid_judge(j, b, f));
	return b->is_credit ? judging_report(j, credit_check(j, b, f), NULL, f) : ST_OK;
}

enum status judge_invoice(struct judging *j, struct fault *f)
{
	struct billing b;

	TRY(judge_parties(j, f));
	TRY(billing_read(&b, j, f));
	TRY(again_judge(j, &b, f));
	TRY(changes_judge(j, &b, f));
	return b.is_cancel ? ST_OK : lines_judge(j, &b, f);
}
