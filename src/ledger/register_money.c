/* SPDX-License-Identifier: Apache-2.0 */
/* No more than was offered is awarded, than awarded dispatched or billed, than billed paid. */
#include "ledger/register_money.h"

#include "ledger/ledger_internal.h"
#include "ledger/register_billed.h"
#include "ledger/register_disputes.h"
#include "ledger/register_lines.h"
#include "ledger/register_paid.h"
#include "ledger/register_undone.h"

/* --- quantities along the chain --- */

static enum status revision_judge(struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_SUPERSEDES);
	struct known before;

	if (id.n == 0)
		return ST_OK;
	TRY(known_document(&before, j->ledger, &j->side, id, S(""), f));
	TRY(judging_report(j, revisions_check(j->ledger, before.number, f), NULL, f));
	return judge_undone(j, &before, f);
}

static enum status award_judge(struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_OFFER);
	struct known before;
	int64_t said;

	TRY(revision_judge(j, f));
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
			SLICE_FMT(name_shown(id)), (long long)(before.quantity / FACT_UNIT),
			(long long)(before.quantity % FACT_UNIT)),
		NULL, f);
}

/* --- statements --- */

static enum status stated_judge(
	struct judging *j, const struct said_names *names, size_t *i, struct fault *f)
{
	const size_t first = *i;
	int64_t stated = 0, rounding = 0, measured;
	struct said line;
	struct known k;

	TRY(known_document(&k, j->ledger, &j->side, said_name_text(names, first), S(""), f));
	do {
		TRY(said_name_item(&line, names, *i, f));
		const int64_t said = said_number(&line, FACT_ENERGY_KWH, 0);
		stated = amount_add(stated, said);
		rounding = amount_add(rounding, quantity_rounding(said));
		*i += 1;
	} while (*i < said_names_count(names) && said_name_is_again(names, *i));
	enum status st = measured_read(&measured, j->ledger, k.number, f);
	if (st != ST_OK || stated <= quantity_with_rounding(measured, rounding))
		return st == ST_NONE ? ST_OK : st;
	TRY(said_name_item(&line, names, first, f));
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.amount",
			"award %.*s: %lld.%06lld kWh are to be delivered, %lld.%06lld were"
			" measured", SLICE_FMT(name_shown(said_name_text(names, first))),
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
		SLICE_FMT(name_shown(name)));
}

static enum status replaces_check(const struct known *k, struct slice replaces, struct fault *f)
{
	if (replaces.n == 0 || (k->number != 0 && k->state != BUSINESS_REPLACED))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order", "it replaces statement %.*s, which is %s",
		SLICE_FMT(name_shown(replaces)),
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
	TRY(judging_report(j, final_check(j, &before, superseded, f), NULL, f));
	if (superseded.n > 0)
		return ST_OK;
	TRY(known_key(&k, j->ledger, &j->side, DOCUMENT_STATEMENT, replaces, f));
	TRY(judging_report(j, final_check(j, &k, replaces, f), NULL, f));
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
		[DOCUMENT_INVOICE] = judge_invoice,
		[DOCUMENT_REMITTANCE] = judge_remittance,
		[DOCUMENT_STATEMENT] = statement_judge,
		[DOCUMENT_ANSWER] = judge_invoice_answer,
	};

	return judges[j->document->type] ? judges[j->document->type](j, f) : ST_OK;
}
