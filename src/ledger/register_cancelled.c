/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_judge.c and register_lines.c.  An award may be cancelled when a part of its time
 * is over, and nobody measured that yet: who delivered by then could not know.  What a gateway sent
 * counts from when the partner had it.
 */
#include "ledger/register_cancelled.h"

#include "base/clock.h"
#include "ledger/ledger_internal.h"

struct cancelled {
	enum business_state before; /* what became of it, but for awards that replaced it */
	int64_t at_ns;              /* by when one was there; INT64_MAX: none is yet */
	bool is_awarded;            /* by another revision */
};

static enum status cancelled_read(
	struct cancelled *out, struct ledger *l, uint64_t award, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_CANCELLED, V_INT(award));
	enum status st = statement_step(l->sql, s, f);

	*out = (struct cancelled){ .before = BUSINESS_REPLACED, .at_ns = INT64_MAX };
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	out->before = (enum business_state)sqlite3_column_int(s, 0);
	out->at_ns = sqlite3_column_int64(s, 1);
	out->is_awarded = sqlite3_column_int(s, 2) != 0;
	sqlite3_reset(s);
	return ST_OK;
}

static bool is_replaced(const struct known *k)
{
	return k->number != 0 && k->type == DOCUMENT_AWARD && k->state == BUSINESS_REPLACED;
}

enum status cancelled_at(
	int64_t *out, struct ledger *l, const struct known *award, struct fault *f)
{
	struct cancelled cancelled;

	*out = INT64_MAX;
	if (!is_replaced(award))
		return ST_OK;
	TRY(cancelled_read(&cancelled, l, award->number, f));
	if (!cancelled.is_awarded)
		*out = cancelled.at_ns;
	return ST_OK;
}

/* All that it measured was over by then. */
static enum status measured_check(const struct judging *j, const struct cancelled *cancelled,
	struct slice award, struct fault *f)
{
	char until[TIME_TEXT_MAX], at[TIME_TEXT_MAX];
	struct span span;

	TRY(said_times(&span, j->document, f));
	if (span.until_ns <= cancelled->at_ns)
		return ST_OK;
	return fault_set(f, ST_AUTH, "registry.award",
		"it measures until %s, and award %.*s was replaced or cancelled at %s: what was over"
		" by then is still measured, by itself",
		time_format(until, span.until_ns),
		SLICE_FMT(name_shown(award)),
		time_format(at, cancelled->at_ns));
}

/* ST_NONE: it is as it is. */
static enum status owed_check(const struct judging *j, const struct cancelled *cancelled,
	struct slice award, struct fault *f)
{
	if (j->document->type == DOCUMENT_PERFORMANCE)
		return measured_check(j, cancelled, award, f);
	return j->document->type == DOCUMENT_INVOICE && !cancelled->is_awarded ? ST_OK : ST_NONE;
}

enum status cancelled_look(
	struct known *award, const struct judging *j, struct slice id, struct fault *f)
{
	struct cancelled cancelled;

	if (!is_replaced(award))
		return ST_OK;
	TRY(cancelled_read(&cancelled, j->ledger, award->number, f));
	enum status st = owed_check(j, &cancelled, id, f);
	if (st == ST_OK)
		award->state = cancelled.before;
	return st == ST_NONE ? ST_OK : st;
}
