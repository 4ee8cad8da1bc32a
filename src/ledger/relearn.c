/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same code learns as did then (register_say), at the moment that the statement says, after the
 * same messages: rows of messages, statements and the history have one order.  A statement gets the
 * number that it has, so that one which is missing moves no other.
 */
#include "ledger/relearn.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "ledger/descriptor_db.h"
#include "ledger/flags.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_known.h"
#include "ledger/register_review.h"
#include "ledger/register_wanted.h"
#include "ledger/relearn_compare.h"
#include "ledger/schema.h"
#include "ledger/send_order.h"
#include "ledger/unreached.h"

enum { VOID_NEXT, PLACE_OF, COUNT_OF, SAID_OF, HOLD, LET_GO, OWN_STATEMENTS };
static const char *const own[OWN_STATEMENTS] = {
	[VOID_NEXT] = "SELECT place, message FROM main.relearn_void WHERE place > ?1 AND place < ?2 ORDER BY place LIMIT 1",
	[PLACE_OF] = "SELECT place FROM kept.event WHERE message = ?1 AND number = 1",
	[COUNT_OF] = "SELECT count(*), min(number), min(said_ns) FROM kept.register_statement WHERE message = ?1",
	[SAID_OF] = "SELECT number, document FROM kept.register_statement WHERE message = ?1 ORDER BY number",
	/* The next statement gets the number behind the last one. */
	[HOLD] = ("INSERT INTO main.register_statement(number, message, test, direction, partner, type, state, document, revision,"
		 " action, kind, aggregation, name, program, key, base, resources, at_once, said_ns, from_ns, until_ns, last_ns,"
		 " review_ns, stopped_ns) SELECT ?1 - 1, -1, 0, 0, x'', 99, 0, x'', 0, x'', x'', x'', x'', x'', x'', 0, 0, 0, 0, 0, 0,"
		 " 0, 0, 0 WHERE ?1 - 1 > (SELECT ifnull(max(number), 0) FROM main.register_statement)"),
	[LET_GO] = "DELETE FROM main.register_statement WHERE number = ?1 - 1 AND message = -1",
};

/* When messages were taken back, and of which statements nothing is compared. */
static const char prepared[] =
	"CREATE TABLE main.relearn_void(place INTEGER PRIMARY KEY, message INTEGER NOT NULL);"
	"CREATE TABLE main.relearn_copied(number INTEGER PRIMARY KEY);"
	"INSERT OR IGNORE INTO main.relearn_void SELECT CASE WHEN e.renewed = 0 THEN e.place ELSE min(e.place, ifnull("
	"(SELECT min(b.place) FROM kept.event_before AS b WHERE b.message = e.message AND b.number = e.number), e.place)) END,"
	" e.message FROM (SELECT DISTINCT message FROM kept.register_statement) AS s"
	" CROSS JOIN kept.event AS e ON e.message = s.message WHERE e.what IN ('refused', 'expired', 'superseded');";

/* What learning reads of what was said before; the rest of a copy nobody asks for. */
static const char *const copies[] = {
	"INSERT INTO main.register_statement SELECT * FROM kept.register_statement WHERE message = ?1",
	"UPDATE main.register_statement SET voided_ns = 0 WHERE message = ?1",
	"INSERT INTO main.relearn_copied SELECT number FROM kept.register_statement WHERE message = ?1",
	"INSERT OR IGNORE INTO main.register_link SELECT l.* FROM kept.register_statement AS d CROSS JOIN kept.register_link AS l"
	" ON l.statement = d.number WHERE d.message = ?1",
	"INSERT OR IGNORE INTO main.register_interval SELECT l.* FROM kept.register_statement AS d CROSS JOIN kept.register_interval AS l"
	" ON l.statement = d.number WHERE d.message = ?1",
	"INSERT OR IGNORE INTO main.register_rejected SELECT l.* FROM kept.register_statement AS d CROSS JOIN kept.register_rejected AS l"
	" ON l.statement = d.number WHERE d.message = ?1",
	"INSERT OR IGNORE INTO main.register_profile SELECT l.* FROM kept.register_statement AS d CROSS JOIN kept.register_profile AS l"
	" ON l.statement = d.number WHERE d.message = ?1",
	"INSERT OR IGNORE INTO main.register_resource SELECT l.* FROM kept.register_statement AS d CROSS JOIN kept.register_resource AS l"
	" ON l.base IN (d.number, d.base) AND l.statement = d.number WHERE d.message = ?1",
	"INSERT OR IGNORE INTO main.register_hashes SELECT l.* FROM kept.register_statement AS d CROSS JOIN kept.register_hashes AS l"
	" ON l.list = d.number WHERE d.message = ?1",
};
#define COPIES (sizeof(copies) / sizeof(copies[0]))

/* What of a message that was not learnt to its end has to go before its rows are copied. */
static const char *const undone[] = {
	"DELETE FROM main.register_link WHERE statement IN (SELECT number FROM main.register_statement WHERE message = ?1)",
	"DELETE FROM main.register_interval WHERE statement IN (SELECT number FROM main.register_statement WHERE message = ?1)",
	"DELETE FROM main.register_profile WHERE statement IN (SELECT number FROM main.register_statement WHERE message = ?1)",
	"DELETE FROM main.register_wanted WHERE statement IN (SELECT number FROM main.register_statement WHERE message = ?1)",
	"DELETE FROM main.register_statement WHERE message = ?1",
};
#define UNDONE (sizeof(undone) / sizeof(undone[0]))

struct relearn {
	struct ledger *ledger; /* the empty one; what is kept is attached to it as "kept" */
	sqlite3_stmt *list[OWN_STATEMENTS], *copy[COPIES], *undo[UNDONE];
	int64_t before; /* up to this statement an earlier program learnt */
	int64_t voided; /* up to this place of the history what was taken back is */
	int64_t at_ns;
	uint64_t row; /* of the message that began */
	int64_t said_ns;
	uint64_t statements; /* that are kept of it */
	uint64_t left_out, learnt;
	struct fault why; /* nothing can be compared; code empty: all is well */
};

/* --- SQL --- */

static void fail(struct relearn *r, enum status st, const struct fault *f)
{
	if (st != ST_OK && st != ST_NONE && !r->why.code[0])
		r->why = *f;
}

static bool step(struct relearn *r, sqlite3_stmt *s)
{
	int code = sqlite3_step(s);
	struct fault f;

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		fail(r, schema_fault(r->ledger->db, &f, "learning again"), &f);
	return code == SQLITE_ROW;
}

static void run(struct relearn *r, sqlite3_stmt *s, int64_t one)
{
	sqlite3_reset(s);
	sqlite3_bind_int64(s, 1, one);
	(void)step(r, s);
	sqlite3_reset(s);
}

static enum status list_prepare(sqlite3_stmt **out, sqlite3 *db, const char *const *texts,
	size_t count, struct fault *f)
{
	for (size_t i = 0; i < count; i++)
		if (sqlite3_prepare_v2(db, texts[i], -1, &out[i], NULL) != SQLITE_OK)
			return schema_fault(db, f, "learning again");
	return ST_OK;
}

static void list_free(sqlite3_stmt **list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sqlite3_finalize(list[i]);
}

/* --- opening --- */

static enum status ledger_make(struct ledger *l, const struct relearn_files *files,
	ledger_hash *hash, struct fault *f)
{
	l->flags = flags_new();
	l->chain = chain_init(hash);
	l->bytes = l->result = l->job = buf_init(1);
	l->log = -1;
	TRY(descriptor_db_make(&l->db, files->scratch, f));
	TRY(schema_temporary(l->db, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
				    "PRAGMA cache_size = -8192;",
		"learning again", f));
	TRY(schema_fill(l->db, hash, f));
	TRY(order_prepare(l, f));
	TRY(unreached_prepare(l, f));
	TRY(statements_new(&l->sql, l->db, f));
	TRY(descriptor_db_attach(l->db, files->db, files->wal, f));
	return schema_temporary(l->db, prepared, "reading what was taken back", f);
}

static enum status before_read(int64_t *out, sqlite3 *db, struct fault *f)
{
	sqlite3_stmt *s = NULL;
	bool is_there = sqlite3_prepare_v2(db,
				"SELECT value FROM kept.counter WHERE name = 'learnt'", -1, &s,
				NULL) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_ROW;

	*out = is_there ? sqlite3_column_int64(s, 0) : INT64_MAX;
	sqlite3_finalize(s);
	return is_there ? ST_OK
			: fault_set(f, ST_HOST, "ledger.open",
				  "nothing says which program learnt what (counter learnt)");
}

enum status relearn_open(struct relearn **out, const struct relearn_files *files,
	ledger_hash *hash, int64_t at_ns, struct fault *f)
{
	AUTO(relearn) r = alloc_zeroed(1, sizeof(*r));

	r->at_ns = at_ns;
	r->ledger = alloc_zeroed(1, sizeof(*r->ledger));
	TRY(ledger_make(r->ledger, files, hash, f));
	TRY(before_read(&r->before, r->ledger->db, f));
	TRY(list_prepare(r->list, r->ledger->db, own, OWN_STATEMENTS, f));
	TRY(list_prepare(r->copy, r->ledger->db, copies, COPIES, f));
	TRY(list_prepare(r->undo, r->ledger->db, undone, UNDONE, f));
	/* Of what is never read again nothing is ever committed. */
	TRY(statement_run(r->ledger->sql, SQL_BEGIN, NULL, 0, f));
	*out = TAKE(r);
	return ST_OK;
}

void relearn_free(struct relearn *r)
{
	if (!r)
		return;
	list_free(r->list, OWN_STATEMENTS);
	list_free(r->copy, COPIES);
	list_free(r->undo, UNDONE);
	ledger_close(r->ledger);
	free(r);
}

/* --- what was taken back --- */

/* What follows for reviews and answers that are wanted: as of register.c. */
static enum status settle(struct relearn *r, uint64_t message, struct fault *f)
{
	TRY(reviews_settle(r->ledger, message, f));
	return wanted_settle(r->ledger, message, f);
}

static void take_back(struct relearn *r, int64_t message)
{
	struct fault f;
	enum status st = STATEMENT_RUN(
		r->ledger->sql, SQL_REGISTER_VOID, &f, V_INT(message), V_INT(1));

	if (st == ST_OK)
		st = settle(r, (uint64_t)message, &f);
	fail(r, st, &f);
}

static bool void_next(int64_t *message, struct relearn *r, int64_t until)
{
	sqlite3_stmt *s = r->list[VOID_NEXT];

	sqlite3_bind_int64(s, 1, r->voided);
	sqlite3_bind_int64(s, 2, until);
	bool is_there = step(r, s);
	if (is_there) {
		r->voided = sqlite3_column_int64(s, 0);
		*message = sqlite3_column_int64(s, 1);
	}
	sqlite3_reset(s);
	return is_there;
}

static void voids_until(struct relearn *r, int64_t place)
{
	int64_t message;

	while (!r->why.code[0] && void_next(&message, r, place))
		take_back(r, message);
}

/* --- a message --- */

static void copy(struct relearn *r)
{
	struct fault f;

	for (size_t i = 0; i < UNDONE; i++)
		run(r, r->undo[i], (int64_t)r->row);
	for (size_t i = 0; i < COPIES; i++)
		run(r, r->copy[i], (int64_t)r->row);
	fail(r, settle(r, r->row, &f), &f);
}

static int64_t place_of(struct relearn *r, uint64_t row)
{
	sqlite3_stmt *s = r->list[PLACE_OF];

	sqlite3_bind_int64(s, 1, (int64_t)row);
	int64_t place = step(r, s) ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return place;
}

/* The first statement that is kept of it; 0: none is. */
static int64_t kept_count(struct relearn *r, uint64_t row)
{
	sqlite3_stmt *s = r->list[COUNT_OF];
	int64_t first = 0;

	r->row = row;
	r->statements = 0;
	sqlite3_bind_int64(s, 1, (int64_t)row);
	if (step(r, s)) {
		r->statements = (uint64_t)sqlite3_column_int64(s, 0);
		first = sqlite3_column_int64(s, 1);
		r->said_ns = sqlite3_column_int64(s, 2);
	}
	sqlite3_reset(s);
	return first;
}

bool relearn_begin(struct relearn *r, uint64_t row)
{
	int64_t first = r->why.code[0] ? 0 : kept_count(r, row);

	if (first == 0)
		return false;
	voids_until(r, place_of(r, row));
	if (first > r->before)
		return true;
	copy(r);
	return false;
}

static bool is_learnt(const struct register_question *q, const struct said_document *d)
{
	return d->type != DOCUMENT_TYPES && said_number(&d->head, FACT_INVALID, 0) == 0 &&
		!register_is_known(q, d);
}

/* How many of them are learnt. */
static enum status documents_count(
	uint64_t *out, const struct register_question *q, struct fault *f)
{
	struct slice rest = q->facts;
	struct said_document d;
	enum status st;

	*out = 0;
	while ((st = said_document_next(&d, &rest, f)) == ST_OK)
		*out += is_learnt(q, &d);
	return st == ST_NONE ? ST_OK : st;
}

static enum status say_as(struct relearn *r, int64_t number, const struct register_question *q,
	const struct said_document *d, struct fault *f)
{
	run(r, r->list[HOLD], number);
	enum status st = register_say(r->ledger, r->row, q, d, f);
	run(r, r->list[LET_GO], number);
	return st;
}

/*
 * What was invalid by the agreement of that day was not learnt, and nobody knows that agreement:
 * of more documents than statements, those are passed over that the next statement is not of.
 */
static enum status documents_say(struct relearn *r, const struct register_question *q,
	uint64_t documents, struct fault *f)
{
	sqlite3_stmt *s = r->list[SAID_OF];
	uint64_t statements = r->statements;
	struct slice rest = q->facts;
	struct said_document d;
	enum status st = ST_OK;

	sqlite3_bind_int64(s, 1, (int64_t)r->row);
	bool is_more = step(r, s);
	while (is_more && (st = said_document_next(&d, &rest, f)) == ST_OK) {
		if (!is_learnt(q, &d))
			continue;
		bool is_it = slice_eq(column_bytes(s, 1), said_text(&d.head, FACT_ID));
		if (documents-- > statements && !is_it)
			continue;
		st = say_as(r, sqlite3_column_int64(s, 0), q, &d, f);
		if (st != ST_OK)
			break;
		statements--;
		is_more = step(r, s);
	}
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* ST_NONE: it has documents, and none of them counts by now: nobody knows why they did. */
static enum status learn(
	struct relearn *r, const struct register_question *q, struct fault *f)
{
	uint64_t documents;

	TRY(documents_count(&documents, q, f));
	if (documents == 0 && q->facts.n > 0)
		return ST_NONE;
	TRY(documents_say(r, q, documents, f));
	return settle(r, r->row, f);
}

void relearn_message(
	struct relearn *r, const struct ledger_message *m, const struct slice *facts)
{
	const struct register_question q = { .direction = m->direction,
		.partner = m->partner,
		.facts = facts ? *facts : S(""),
		.now_ns = r->said_ns };
	struct fault f;
	enum status st = facts ? learn(r, &q, &f) : ST_NONE;

	if (st == ST_OK)
		r->learnt += r->statements;
	if (st == ST_OK || r->why.code[0])
		return;
	if (st == ST_RETRY || st == ST_HOST) {
		fail(r, st, &f);
		return;
	}
	r->left_out++;
	copy(r);
}

/* --- the end --- */

enum status relearn_end(uint64_t *left_out, struct relearn *r, relearn_say *say, void *context,
	struct fault *why)
{
	const struct relearn_compared c = { r->before, r->at_ns, say, context };
	struct fault f;

	voids_until(r, INT64_MAX);
	if (!r->why.code[0])
		fail(r, relearn_compare(r->ledger->db, &c, &f), &f);
	*left_out = r->left_out;
	*why = r->why;
	return r->why.code[0] ? ST_NONE : ST_OK;
}

uint64_t relearn_count(const struct relearn *r)
{
	return r->learnt;
}
