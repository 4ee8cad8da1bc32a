/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who bills is paid by whom it bills, and where it was paid before.  A new payee or bank is what
 * fraud begins with: it is a person's matter, each time.
 */
#include "ledger/register_parties.h"

#include <string.h>

#include "base/clock.h"
#include "ledger/ledger_internal.h"

/* It is the party, or whom that speaks for. */
static enum status party_check(const struct said *head, enum fact_kind who, enum fact_kind party,
	const char *what, struct fault *f)
{
	struct slice said = said_text(head, who), want = said_text(head, party);
	struct slice behalf = said_text(head, party == FACT_SENDER ? FACT_BEHALF : FACT_ADDRESSEE);

	if (said.n == 0 || want.n == 0 || slice_eq(said, want) ||
		(behalf.n > 0 && slice_eq(said, behalf)))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.party",
		"%s is %.*s, and neither %.*s nor whom that acts for", what,
		SLICE_FMT(name_shown(said)), SLICE_FMT(name_shown(want)));
}

static enum status parties_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	const bool is_bill = j->document->type == DOCUMENT_INVOICE;

	TRY(judging_report(j,
		party_check(head, FACT_CREDITOR, is_bill ? FACT_SENDER : FACT_RECEIVER,
			is_bill ? "seller_id" : "payee_id", f),
		NULL, f));
	return judging_report(j,
		party_check(head, FACT_DEBTOR, is_bill ? FACT_RECEIVER : FACT_SENDER,
			is_bill ? "buyer_id" : "payer_id", f),
		NULL, f);
}

/* --- payees --- */

static enum status payee_check(struct slice said, struct slice before, struct fault *f)
{
	if (before.n == 0 || slice_eq(said, before))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.payee",
		"remit_to_id is %.*s, where invoices before had %.*s: hold it until a second"
		" person has asked the seller another way",
		SLICE_FMT(name_shown(said)), SLICE_FMT(name_shown(before)));
}

/* Who acts for others has their payees, and as many. */
static enum status payee_judge(struct judging *j, struct fault *f)
{
	struct slice said = said_text(&j->document->head, FACT_PAYEE);
	struct sqlite3_stmt *s;
	enum status st;

	if (said.n == 0 || said_text(&j->document->head, FACT_BEHALF).n > 0)
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_PAYEE, V_BYTES(j->side.partner),
		V_INT(j->side.is_test), V_INT(j->side.direction));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		st = payee_check(said, column_bytes(s, 0), f);
	sqlite3_reset(s);
	return judging_report(j, st == ST_NONE ? ST_OK : st, NULL, f);
}

/* --- accounts --- */

#define DIGEST 32 /* bytes: accounts themselves are in no register */

void account_put(struct buf *out, const struct ledger *l, const struct said_document *d)
{
	AUTO_IN_PLACE(buf) said = buf_init(2 * FACT_TEXT_MAX + 1);
	struct slice bank = said_text(&d->head, FACT_BANK);
	struct slice account = said_text(&d->head, FACT_ACCOUNT);
	uint8_t digest[DIGEST];

	if (d->type != DOCUMENT_INVOICE || bank.n + account.n == 0)
		return;
	buf_putf(&said, "%.*s\n%.*s", SLICE_FMT(bank), SLICE_FMT(account));
	l->chain.digest(digest, buf_slice(&said));
	buf_put(out, slice_of(digest, DIGEST));
}

static enum status account_check(
	struct slice said, struct slice before, struct slice payee, struct fault *f)
{
	if (slice_eq(said, before))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.payee",
		"it says an account to pay %.*s to, where invoices before had %s: hold it until a"
		" second person has asked the seller another way",
		SLICE_FMT(name_shown(payee)), before.n ? "another one" : "none");
}

/* Beside what the invoices before say of the same payee; one without an account says nothing. */
static enum status account_judge(struct judging *j, struct fault *f)
{
	AUTO_IN_PLACE(buf) said = buf_init(DIGEST);
	struct slice payee = said_text(&j->document->head, FACT_PAYEE);
	struct sqlite3_stmt *s;
	enum status st;

	account_put(&said, j->ledger, j->document);
	if (said.n == 0 || said_text(&j->document->head, FACT_BEHALF).n > 0)
		return ST_OK;
	s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_ACCOUNT, V_BYTES(j->side.partner),
		V_INT(j->side.is_test), V_INT(j->side.direction), V_BYTES(payee));
	st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		st = account_check(buf_slice(&said), column_bytes(s, 0), payee, f);
	sqlite3_reset(s);
	return judging_report(j, st == ST_NONE ? ST_OK : st, NULL, f);
}

static enum status bank_judge(struct judging *j, struct fault *f)
{
	if (said_number(&j->document->head, FACT_BANK_CHANGED, 0) == 0)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.payee",
			"bank_details_changed: hold it until a second person has asked the"
			" seller another way"),
		NULL, f);
}

/* --- cooling off --- */

static int64_t cooled_ns(const struct judging *j, int64_t cooling_s)
{
	return j->question->now_ns - cooling_s * NS_PER_S;
}

static enum status cooled_check(struct slice now, struct slice then, const char *what,
	int64_t cooling_s, struct fault *f)
{
	char cooling[DURATION_TEXT_MAX];

	if (now.n == 0 || then.n == 0 || slice_eq(now, then))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.payee",
		"%s changed within the last %s: as agreed, nothing is paid to a new one before it has"
		" been known for that long (documents.payee-cooling)",
		what, duration_format(cooling, cooling_s * NS_PER_S));
}

/* Beside what others said before the time that is agreed. */
static enum status payee_cooled(const struct judging *j, enum direction_of_message direction,
	struct slice payee, int64_t cooling_s, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_PAYEE_THEN,
		V_BYTES(j->side.partner), V_INT(j->side.is_test), V_INT(direction),
		V_INT(cooled_ns(j, cooling_s)));
	enum status st = statement_step(j->ledger->sql, s, f);

	if (st == ST_OK)
		st = cooled_check(payee, column_bytes(s, 0), "remit_to_id", cooling_s, f);
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status account_cooled(struct judging *j, int64_t cooling_s, struct fault *f)
{
	AUTO_IN_PLACE(buf) account = buf_init(DIGEST);
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_ACCOUNT_THEN,
		V_BYTES(j->side.partner), V_INT(j->side.is_test), V_INT(j->side.direction),
		V_INT(cooled_ns(j, cooling_s)), V_BYTES(said_text(&j->document->head, FACT_PAYEE)));
	enum status st = statement_step(j->ledger->sql, s, f);

	account_put(&account, j->ledger, j->document);
	if (st == ST_OK)
		st = cooled_check(buf_slice(&account), column_bytes(s, 0), "the account of its payee",
			cooling_s, f);
	sqlite3_reset(s);
	return judging_report(j, st == ST_NONE ? ST_OK : st, NULL, f);
}

#define PAYEE_MAX (FACT_TEXT_MAX + 1) /* with the NUL */

/* Where the invoice has it paid to; empty: it is not known. */
static enum status payee_of(char out[PAYEE_MAX], const struct judging *j,
	const struct register_side *seller, struct slice invoice, struct fault *f)
{
	struct known k;

	out[0] = '\0';
	TRY(known_key(&k, j->ledger, seller, DOCUMENT_INVOICE, invoice, f));
	if (k.number == 0)
		return ST_OK;
	struct sqlite3_stmt *s =
		STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_PAYEE_OF, V_INT(k.number));
	enum status st = statement_step(j->ledger->sql, s, f);
	if (st == ST_OK)
		(void)!slice_to_text(out, PAYEE_MAX, column_bytes(s, 0), NULL);
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* Each invoice says where; the first that says a new payee stands for all. */
static enum status remittance_check(const struct judging *j, int64_t cooling_s, struct fault *f)
{
	AUTO_IN_PLACE(said_names) names = { 0 };
	struct register_side seller = j->side;
	char payee[PAYEE_MAX], before[PAYEE_MAX] = "";

	seller.direction = seller.direction == MESSAGE_IN ? MESSAGE_OUT : MESSAGE_IN;
	TRY(said_names_init(&names, j->document, FACT_INVOICE, f));
	for (size_t i = 0; i < said_names_count(&names); i++) {
		TRY(payee_of(payee, j, &seller, said_name_text(&names, i), f));
		if (strcmp(payee, before) == 0)
			continue;
		TRY(payee_cooled(j, seller.direction, slice_str(payee), cooling_s, f));
		TRY(slice_to_text(before, sizeof(before), slice_str(payee), f));
	}
	return ST_OK;
}

/* Who acts for others has their payees. */
static enum status cooling_judge(struct judging *j, struct fault *f)
{
	const struct said *head = &j->document->head;
	const int64_t cooling_s = said_number(head, FACT_AGREED_COOLING, 0);

	if (cooling_s <= 0 || cooling_s > INT32_MAX || said_text(head, FACT_BEHALF).n > 0)
		return ST_OK;
	if (j->document->type != DOCUMENT_INVOICE)
		return judging_report(j, remittance_check(j, cooling_s, f), NULL, f);
	TRY(judging_report(j,
		payee_cooled(j, j->side.direction, said_text(head, FACT_PAYEE), cooling_s, f), NULL,
		f));
	return account_cooled(j, cooling_s, f);
}

enum status judge_parties(struct judging *j, struct fault *f)
{
	TRY(parties_judge(j, f));
	TRY(cooling_judge(j, f));
	if (j->document->type != DOCUMENT_INVOICE)
		return ST_OK;
	TRY(bank_judge(j, f));
	TRY(account_judge(j, f));
	return payee_judge(j, f);
}
