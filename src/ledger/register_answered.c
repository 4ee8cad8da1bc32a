/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c.  Who delivers, measures or bills for an award has taken it; what was
 * awarded was offered.  Rejecting it then would undo what both sides did since, and leave what is
 * paid without what it is paid for.  What is itself refused or taken back holds nothing, nor does a
 * dispatch that nobody answered yet: a rejection may cross it on the wire.
 */
#include "ledger/register_answered.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"

enum { BUILT_TYPE, BUILT_STATE, BUILT_ACTION, BUILT_DOCUMENT, BUILT_LAST };

/* Where silence declines, an award that was not answered in time is none. */
static bool is_declined(const struct judging *j, enum document_type type,
	enum business_state state, int64_t last_ns)
{
	return type == DOCUMENT_AWARD && state == BUSINESS_OPEN && last_ns != 0 &&
		j->question->now_ns > last_ns &&
		said_number(&j->document->head, FACT_AGREED_SILENCE, 0) != 0;
}

static bool is_built_on(
	const struct judging *j, struct sqlite3_stmt *s, enum document_type subject)
{
	const enum document_type type = (enum document_type)sqlite3_column_int(s, BUILT_TYPE);
	const enum business_state state = (enum business_state)sqlite3_column_int(s, BUILT_STATE);

	return business_builds(type, column_bytes(s, BUILT_ACTION), state, subject) &&
		!is_declined(j, type, state, sqlite3_column_int64(s, BUILT_LAST));
}

static enum status built_fault(struct sqlite3_stmt *s, const struct known *subject,
	struct slice id, struct fault *f)
{
	const enum document_type type = (enum document_type)sqlite3_column_int(s, BUILT_TYPE);
	struct slice action = name_shown(column_bytes(s, BUILT_ACTION));

	return fault_set(f, ST_AUTH, "registry.order",
		"%s %.*s is not rejected any more: %s %.*s%s%.*s%s builds on it; what is wrong with"
		" it is disputed, or corrected by who sent it",
		business_rule(subject->type)->name, SLICE_FMT(id), business_rule(type)->name,
		SLICE_FMT(name_shown(column_bytes(s, BUILT_DOCUMENT))), action.n ? " (" : "",
		SLICE_FMT(action), action.n ? ")" : "");
}

static enum status built_check(
	const struct judging *j, const struct known *subject, struct slice id, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_BUILT_ON,
		V_INT(subject->number), V_INT(business_builders(subject->type)));
	enum status st;

	while ((st = statement_step(j->ledger->sql, s, f)) == ST_OK)
		if (is_built_on(j, s, subject->type)) {
			st = built_fault(s, subject, id, f);
			sqlite3_reset(s);
			return st;
		}
	return st == ST_NONE ? ST_OK : st;
}

/* What is replaced or taken back stays so, whatever is answered, and answers may cross that. */
static bool is_gone(const struct known *k)
{
	return k->state == BUSINESS_REPLACED || k->state == BUSINESS_WITHDRAWN;
}

enum status judge_answered(struct judging *j, struct fault *f)
{
	struct slice subject = said_text(&j->document->head, FACT_SUBJECT);
	struct known k;

	/* Copies come in another order: between the two it is settled. */
	if (j->document->type != DOCUMENT_ANSWER || said_is_copy(j->document))
		return ST_OK;
	TRY(known_document(&k, j->ledger, &j->side, subject, S(""), f));
	if (k.number == 0 || is_gone(&k) || business_builders(k.type) == 0 ||
		business_moves(DOCUMENT_ANSWER, said_action(j->document), k.type) !=
			BUSINESS_REFUSED)
		return ST_OK;
	return judging_report(j, built_check(j, &k, name_shown(subject), f), NULL, f);
}
