/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c and register_money.c.  A dispute has one id from its first step to its
 * last; which step follows which is in exchange/business.c.  Last days are those of the sender: a
 * document is from when it was made, as far back as it may have been under way.
 */
#include "ledger/register_disputes.h"

#include "base/clock.h"
#include "exchange/area.h"
#include "ledger/ledger_internal.h"

/* --- how it stands --- */

struct dispute {
	struct known ours, theirs; /* what the sender said of it last, and the other side */
	bool is_opened;            /* by a step that is there: the rest is known */
	bool is_openers;           /* the sender opened it */
	bool is_subjects;          /* it is about what this step names */
	char about[REGISTER_NAME_SHOWN + 1]; /* which document it is about */
};

static enum status opened_read(struct dispute *out, const struct judging *j,
	struct slice id, const struct known *subject, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_OPENED, V_BYTES(id),
		V_BYTES(j->side.partner), V_INT(j->side.is_test), V_INT(subject->number));
	enum status st = statement_step(j->ledger->sql, s, f);

	out->is_opened = st == ST_OK;
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	out->is_openers = sqlite3_column_int(s, 0) == (int)j->side.direction;
	(void)!slice_to_text(
		out->about, sizeof(out->about), name_shown(column_bytes(s, 1)), NULL);
	out->is_subjects = sqlite3_column_int(s, 2) != 0;
	sqlite3_reset(s);
	return ST_OK;
}

static enum status dispute_read(struct dispute *out, const struct judging *j,
	struct slice id, const struct known *subject, struct fault *f)
{
	struct register_side other = j->side;

	other.direction = other.direction == MESSAGE_IN ? MESSAGE_OUT : MESSAGE_IN;
	TRY(known_key(&out->ours, j->ledger, &j->side, DOCUMENT_DISPUTE, id, f));
	TRY(known_key(&out->theirs, j->ledger, &other, DOCUMENT_DISPUTE, id, f));
	return opened_read(out, j, id, subject, f);
}

/* What either side said of it last. */
static const struct known *last_of(const struct dispute *d)
{
	return d->theirs.number > d->ours.number ? &d->theirs : &d->ours;
}

/* A step that an answer rejects leaves it open. */
static enum business_state state_of(const struct dispute *d)
{
	const enum business_state state = last_of(d)->state;

	return state == BUSINESS_NONE || state == BUSINESS_CLOSED || state == BUSINESS_AGREED
		? state
		: BUSINESS_OPEN;
}

/* --- its order --- */

static bool is_revision(const struct judging *j)
{
	return said_text(&j->document->head, FACT_SUPERSEDES).n > 0;
}

static bool is_opening(const struct judging *j)
{
	return slice_eq(said_action(j->document), S("opened"));
}

static enum status subject_check(const struct judging *j, const struct dispute *d,
	struct slice id, struct fault *f)
{
	struct slice subject = said_text(&j->document->head, FACT_SUBJECT);

	if (!d->is_opened || d->is_subjects || is_opening(j))
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.order",
		"dispute %.*s is about %s, and not about %.*s", SLICE_FMT(name_shown(id)), d->about,
		SLICE_FMT(name_shown(subject)));
}

/* The other side asked last, until a moment that is over; it may be escalated by then. */
static enum status answer_check(const struct judging *j, const struct dispute *d,
	struct slice id, struct fault *f)
{
	const struct known *last = last_of(d);
	char when[TIME_TEXT_MAX];

	if (is_revision(j) || said_is_copy(j->document) || last != &d->theirs ||
		state_of(d) != BUSINESS_OPEN || last->last_ns == 0 ||
		judging_came_ns(j) <= last->last_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, BUSINESS_LATE_ANSWER,
		"dispute %.*s wanted its answer until %s (answer_due_at)",
		SLICE_FMT(name_shown(id)), time_format(when, last->last_ns));
}

static enum status order_judge(struct judging *j, const struct dispute *d,
	struct slice id, struct fault *f)
{
	const struct business_dispute stands = { .state = state_of(d),
		.is_opener = d->is_opened && d->is_openers,
		.is_other_heard = d->theirs.number != 0 };

	TRY(judging_report(j,
		business_dispute_check(
			said_action(j->document), is_revision(j), &stands, name_shown(id), f),
		NULL, f));
	TRY(judging_report(j, subject_check(j, d, id, f), NULL, f));
	return judging_report(j, answer_check(j, d, id, f), NULL, f);
}

/* --- its last day --- */

static int64_t made_ns(const struct judging *j)
{
	const int64_t now_ns = j->question->now_ns;
	const int64_t first_ns = now_ns - area_profile(AREA_BILLING)->deadline_ns;
	const int64_t created_ns = said_number(&j->document->head, FACT_CREATED, now_ns);

	if (created_ns > now_ns)
		return now_ns;
	return created_ns > first_ns ? created_ns : first_ns;
}

/* What is said anew was opened then; but not of something else. */
static enum status was_opened(
	bool *out, const struct judging *j, const struct known *subject, struct fault *f)
{
	struct known before;
	enum status st;

	*out = false;
	if (!is_revision(j))
		return ST_OK;
	TRY(known_document(&before, j->ledger, &j->side,
		said_text(&j->document->head, FACT_SUPERSEDES), S(""), f));
	struct sqlite3_stmt *s = STATEMENT_BIND(j->ledger->sql, SQL_REGISTER_FOLLOWS,
		V_INT(before.number), V_INT(subject->number));
	st = statement_step(j->ledger->sql, s, f);
	*out = st == ST_OK;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status opening_judge(
	struct judging *j, const struct known *subject, struct fault *f)
{
	const int64_t until_ns = business_disputed_until(subject->type, subject->last_ns);
	char until[TIME_TEXT_MAX];
	bool is_old;

	if (!is_opening(j) || said_is_copy(j->document) || until_ns == 0 ||
		made_ns(j) <= until_ns)
		return ST_OK;
	TRY(was_opened(&is_old, j, subject, f));
	if (is_old)
		return ST_OK;
	return judging_report(j,
		fault_set(f, ST_AUTH, "registry.late",
			"%s %.*s could be disputed until %s (dispute_until)",
			business_rule(subject->type)->name,
			SLICE_FMT(name_shown(said_text(&j->document->head, FACT_SUBJECT))),
			time_format(until, until_ns)),
		NULL, f);
}

enum status judge_dispute(struct judging *j, struct fault *f)
{
	struct slice id = said_text(&j->document->head, FACT_DISPUTE);
	struct dispute d = { 0 };
	struct known subject;

	TRY(known_document(&subject, j->ledger, &j->side,
		said_text(&j->document->head, FACT_SUBJECT), S(""), f));
	TRY(opening_judge(j, &subject, f));
	if (id.n == 0)
		return ST_OK;
	TRY(dispute_read(&d, j, id, &subject, f));
	return order_judge(j, &d, id, f);
}

/* --- statements --- */

static enum status is_there(bool *out, struct ledger *l, struct sqlite3_stmt *s, struct fault *f)
{
	enum status st = statement_step(l->sql, s, f);

	*out = st == ST_OK;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/*
 * Of what it is made of there may be disputes for ever: those count that were opened until it was
 * final, and were not over by when it was said, as far as either may have been under way.
 */
static enum status is_disputed(bool *out, const struct judging *j, const struct known *statement,
	int64_t final_ns, struct fault *f)
{
	const int64_t way_ns = area_profile(AREA_BILLING)->deadline_ns;
	struct ledger *l = j->ledger;

	TRY(is_there(out, l,
		STATEMENT_BIND(l->sql, SQL_REGISTER_DISPUTED, V_INT(statement->number)), f));
	if (*out)
		return ST_OK;
	return is_there(out, l,
		STATEMENT_BIND(l->sql, SQL_REGISTER_PART_DISPUTED, V_INT(statement->number),
			V_INT(amount_add(final_ns, way_ns)), V_INT(way_ns)),
		f);
}

enum status final_check(const struct judging *j, const struct known *statement,
	struct slice name, struct fault *f)
{
	const int64_t final_ns = business_day_end(statement->review_ns);
	char when[TIME_TEXT_MAX];
	bool disputed;

	if (statement->number == 0 || statement->type != DOCUMENT_STATEMENT ||
		statement->review_ns == 0 || said_is_copy(j->document) || made_ns(j) <= final_ns)
		return ST_OK;
	TRY(is_disputed(&disputed, j, statement, final_ns, f));
	if (disputed)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.late",
		"statement %.*s is final after %s (final_after), and nobody disputed it, or what it"
		" is made of",
		SLICE_FMT(name_shown(name)), time_format(when, final_ns));
}
