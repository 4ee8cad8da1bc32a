/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by audit.c.  Of each set the outcomes that some answer gives it are bits of a byte; what is
 * kept has to be one of them.  Less than was said is no finding: an answer may have come before
 * what it is about was looked into, and then fitted nothing.
 */
#include "ledger/recount.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define BIT_OF(outcome) (1U << (outcome)) /* of acknowledged; of applied four bits further */
#define APPLIED 4
#define FOUND_MAX 100
#define MEANT "64"

struct of_message {
	uint64_t row, first, count; /* first: of its sets in `said` */
};

struct recount {
	sqlite3 *db;
	struct of_message *messages; /* by row */
	size_t count;
	uint8_t *said;
	uint64_t sets;
	sqlite3_stmt *ways[6];
};

/* --- the sets --- */

static uint64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;
	int64_t out = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW)
		out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return out > 0 ? (uint64_t)out : 0;
}

static void messages_read(struct recount *r, size_t most)
{
	sqlite3_stmt *s = NULL;
	uint64_t total = 0;

	(void)sqlite3_prepare_v2(r->db,
		"SELECT message, max(ordinal) FROM x12_set GROUP BY message ORDER BY message", -1, &s,
		NULL);
	while (s && r->count < most && sqlite3_step(s) == SQLITE_ROW) {
		int64_t last = sqlite3_column_int64(s, 1);
		uint64_t count = last > 0 ? (uint64_t)last : 0;

		if (count > r->sets - total) /* ordinals that are none are told elsewhere */
			continue;
		r->messages[r->count++] = (struct of_message){
			.row = (uint64_t)sqlite3_column_int64(s, 0),
			.first = total,
			.count = count };
		total += count;
	}
	sqlite3_finalize(s);
}

struct recount *recount_new(sqlite3 *db)
{
	struct recount *r = alloc_zeroed(1, sizeof(*r));
	uint64_t messages = number(db, "SELECT count(DISTINCT message) FROM x12_set");

	r->db = db;
	r->sets = number(db, "SELECT count(*) FROM x12_set");
	r->messages = alloc_zeroed(messages + 1, sizeof(*r->messages));
	messages_read(r, messages);
	r->said = alloc_zeroed(r->sets + 1, 1);
	return r;
}

void recount_free(struct recount *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < sizeof(r->ways) / sizeof(r->ways[0]); i++)
		sqlite3_finalize(r->ways[i]);
	free(r->messages);
	free(r->said);
	free(r);
}

static int by_row(const void *a, const void *b)
{
	const struct of_message *x = a, *y = b;

	return (x->row > y->row) - (x->row < y->row);
}

/* Where its byte is; NULL: there is no such set. */
static uint8_t *said_of(const struct recount *r, uint64_t row, uint64_t ordinal)
{
	const struct of_message key = { .row = row };
	const struct of_message *m =
		bsearch(&key, r->messages, r->count, sizeof(key), by_row);

	return m && ordinal >= 1 && ordinal <= m->count ? &r->said[m->first + ordinal - 1] : NULL;
}

/* --- answers --- */

#define LATEST(by, which) \
	which " AND message IN (SELECT DISTINCT message FROM x12_set INDEXED BY " by " WHERE " which \
	" AND message < ?1 ORDER BY message DESC LIMIT " MEANT ")"
#define SETS(by, which) \
	"SELECT message, ordinal, 0 FROM x12_set INDEXED BY " by " WHERE " LATEST(by, which)
#define IS(column, what) "(" column " = " what " OR " column " = x'' OR " what " = x'')"
#define GROUP "partner = ?2 AND group_number = ?3 AND group_id = ?4"
#define NUMBERED \
	"partner = ?2 AND group_number = ?3 AND group_number <> x'' AND (?4 = x'' OR group_id = ?4)" \
	" AND set_number = ?5 AND (?6 = x'' OR set_id = ?6)"

enum { INTERCHANGE, GROUPS, NUMBER, REFERENCE };
static const char *const texts[] = {
	[INTERCHANGE] = SETS("x12_set_interchange", "partner = ?2 AND interchange = ?3 AND " IS("sender", "?4") " AND "
		IS("receiver", "?5") " AND " IS("stamp", "?6")),
	/* with how many sets of its interchange are in the group */
	[GROUPS] = "SELECT message, ordinal, count(*) OVER (PARTITION BY message, interchange) FROM x12_set"
		" INDEXED BY x12_set_group WHERE " LATEST("x12_set_group", GROUP),
	[NUMBER] = SETS("x12_set_number", NUMBERED),
	[REFERENCE] = SETS("x12_set_reference", "partner = ?2 AND reference = ?3 AND reference <> x'' AND (?4 = x'' OR set_id = ?4)"),
};

static sqlite3_stmt *way(
	struct recount *r, unsigned which, uint64_t row, const struct slice *values, size_t count)
{
	sqlite3_stmt **s = &r->ways[which];

	if (!*s)
		(void)sqlite3_prepare_v2(r->db, texts[which], -1, s, NULL);
	sqlite3_reset(*s);
	(void)sqlite3_bind_int64(*s, 1, (int64_t)row);
	for (size_t i = 0; i < count; i++)
		(void)sqlite3_bind_blob64(*s, (int)i + 2, values[i].n ? (const void *)values[i].p : "",
			values[i].n, SQLITE_STATIC);
	return *s;
}

/* Some did not arrive: then it says nothing of the others but that they are rejected. */
static unsigned group_bits(const struct ledger_verdict *v, uint64_t sent)
{
	unsigned bits = 0;

	if (v->outcome == OUTCOME_REJECTED || !v->counts.said || v->counts.received >= sent)
		bits |= BIT_OF(v->outcome);
	if (v->counts.said && v->counts.rejected > 0)
		bits |= BIT_OF(OUTCOME_REJECTED);
	return bits;
}

static unsigned bits_of(const struct ledger_verdict *v, uint64_t sent)
{
	if (v->about == ABOUT_GROUP)
		return group_bits(v, sent);
	if (v->about == ABOUT_APPLICATION)
		return BIT_OF(v->outcome) << APPLIED;
	/* That an interchange was read says nothing of a set in it. */
	return v->about == ABOUT_SET || v->outcome == OUTCOME_REJECTED ? BIT_OF(v->outcome) : 0;
}

static void mark(struct recount *r, sqlite3_stmt *s, const struct ledger_verdict *v)
{
	while (s && sqlite3_step(s) == SQLITE_ROW) {
		uint8_t *said = said_of(r, (uint64_t)sqlite3_column_int64(s, 0),
			(uint64_t)sqlite3_column_int64(s, 1));

		if (said)
			*said |= (uint8_t)bits_of(v, (uint64_t)sqlite3_column_int64(s, 2));
	}
	sqlite3_reset(s);
}

#define WAY(which, ...) \
	way(r, which, row, (const struct slice[]){ partner, __VA_ARGS__ }, \
		sizeof((const struct slice[]){ partner, __VA_ARGS__ }) / sizeof(struct slice))

void recount_hear(struct recount *r, uint64_t row, struct slice partner,
	const struct ledger_verdict *v)
{
	const struct ledger_set *of = &v->of;
	struct slice group = ledger_set_number(of->group_number);

	if (v->about == ABOUT_INTERCHANGE)
		mark(r, WAY(INTERCHANGE, ledger_set_number(of->interchange), of->sender,
			of->receiver, of->stamp), v);
	if (v->about == ABOUT_GROUP)
		mark(r, WAY(GROUPS, group, of->group_id), v);
	if (v->about == ABOUT_SET || v->about == ABOUT_APPLICATION)
		mark(r, WAY(NUMBER, group, of->group_id, ledger_set_number(of->set_number),
			of->set_id), v);
	if (v->about == ABOUT_APPLICATION)
		mark(r, WAY(REFERENCE, of->reference, of->set_id), v);
}

/* --- what is kept --- */

static const char *const words[OUTCOMES] = { "not answered", "accepted", "accepted with errors",
	"rejected" };

static bool is_said(unsigned bits, int64_t outcome)
{
	return outcome <= OUTCOME_NONE || outcome >= OUTCOMES || (bits & BIT_OF(outcome));
}

static const char *difference(unsigned said, int64_t acknowledged, int64_t applied, int64_t *as)
{
	bool good = is_said(said, acknowledged);

	*as = good ? applied : acknowledged;
	return good && is_said(said >> APPLIED, applied) ? NULL
		: good ? "by an 824"
		       : "by a 997, 999 or TA1";
}

static const char unanswered[] =
	"SELECT message, ordinal, acknowledged, applied, 'set ' || ordinal || ', ' ||"
	" CAST(substr(set_id, 1, 20) AS TEXT) || ' ' || CAST(substr(set_number, 1, 20) AS TEXT)"
	" FROM x12_set WHERE acknowledged <> 0 OR applied <> 0 ORDER BY message, ordinal";

/* What it is kept as and nobody said; false: somebody did. */
static bool set_differs(char text[FAULT_TEXT_MAX], const struct recount *r, sqlite3_stmt *s)
{
	const uint8_t *said = said_of(r, (uint64_t)sqlite3_column_int64(s, 0),
		(uint64_t)sqlite3_column_int64(s, 1));
	int64_t as = 0;
	const char *by = said ? difference(*said, sqlite3_column_int64(s, 2),
					sqlite3_column_int64(s, 3), &as)
			      : NULL;

	if (by)
		(void)snprintf(text, FAULT_TEXT_MAX, "%.60s, is kept as %s %s, and none says so",
			(const char *)sqlite3_column_text(s, 4), words[as], by);
	return by;
}

void recount_end(struct recount *r, recount_say *say, void *context)
{
	char text[FAULT_TEXT_MAX];
	sqlite3_stmt *s = NULL;
	int64_t last = 0;

	(void)sqlite3_prepare_v2(r->db, unanswered, -1, &s, NULL);
	for (unsigned found = 0; s && found < FOUND_MAX && sqlite3_step(s) == SQLITE_ROW;) {
		if (sqlite3_column_int64(s, 0) == last || !set_differs(text, r, s))
			continue;
		last = sqlite3_column_int64(s, 0);
		say(context, (uint64_t)last, slice_str(text));
		found++;
	}
	sqlite3_finalize(s);
}
