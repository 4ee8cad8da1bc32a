/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by ledger.c, and by examination.c, which knows copies.  `goes_after` says which message
 * waits for which; at the end of one its rows there go, and whoever has none left is `freed`.  Who
 * waited for what went before its turn goes on waiting for what that should have waited for.
 *
 * `tried` is what somebody waits for and failed: since when, its last attempt, and whether the
 * partner took others meanwhile (passed): then the fault is that message's, and nobody waits for
 * it.  Else the partner may be away: who is `held` waits on though its time is over, but for one of
 * them now and then, the probe, right behind another failure: should the partner take that, it is
 * that first message after all.
 */
#include "ledger/send_order.h"

#include <sqlite3.h>

#include "base/clock.h"
#include "ledger/history.h"
#include "ledger/ledger_internal.h"
#include "ledger/schema.h"

#define GO_MAX 64     /* of one call */
#define CHAIN_MAX 256 /* messages in front of, or behind, one: of more, some */
#define SLOW_NS (5 * NS_PER_S) /* an attempt that took so long to fail: the partner may hang */
#define SLOW_PROBE_NS (600 * NS_PER_S) /* then no other is given to it before */
#define PROBE_LEAST_NS (10 * NS_PER_S) /* from one to the next */
#define PROBE_MOST_NS (60 * NS_PER_S)  /* of what fails fast: it is in nobody's way */
#define COPY_WORDS "copies that it builds on go first"
#define WAITS "waits"
#define WAITED "waited"
#define FOR "for "

/*
 * Of 3 delivered, 4 refused, 5 expired and 9 superseded none is under way.  Most of the time
 * nothing waits, and then the trigger's statements are not run.
 */
enum status order_prepare(struct ledger *l, struct fault *f)
{
	static const char sql[] =
		"CREATE TEMP TABLE copying(message INTEGER PRIMARY KEY, partner BLOB, origin BLOB,"
		" area INTEGER);"
		"CREATE INDEX temp.copying_order ON copying(partner, origin, area, message);"
		"CREATE TEMP TABLE goes_after(message INTEGER, first INTEGER,"
		" PRIMARY KEY(message, first)) WITHOUT ROWID;"
		"CREATE INDEX temp.goes_after_first ON goes_after(first);"
		"CREATE TEMP TABLE asked(message INTEGER PRIMARY KEY, until_ns INTEGER);"
		"CREATE TEMP TABLE tried(message INTEGER PRIMARY KEY, first_ns INTEGER,"
		" ended_ns INTEGER, passed INTEGER, probe_ns INTEGER, probe INTEGER);"
		"CREATE INDEX temp.tried_probe ON tried(probe);"
		"CREATE TEMP TABLE held(message INTEGER PRIMARY KEY, may_go INTEGER);"
		"CREATE TEMP TABLE freed(message INTEGER PRIMARY KEY, first INTEGER);"
		"CREATE TEMP TRIGGER order_ends AFTER UPDATE OF state ON main.message"
		" WHEN new.state IN (3, 4, 5, 9) AND (EXISTS(SELECT 1 FROM copying)"
		" OR EXISTS(SELECT 1 FROM goes_after) OR EXISTS(SELECT 1 FROM asked)"
		" OR EXISTS(SELECT 1 FROM tried) OR EXISTS(SELECT 1 FROM held)"
		" OR EXISTS(SELECT 1 FROM freed))"
		" BEGIN DELETE FROM copying WHERE message = new.row;"
		" DELETE FROM asked WHERE message = new.row;"
		" DELETE FROM tried WHERE message = new.row;"
		" DELETE FROM held WHERE message = new.row;"
		" INSERT OR IGNORE INTO goes_after SELECT w.message, e.first FROM goes_after AS w"
		" JOIN goes_after AS e ON e.message = new.row WHERE w.first = new.row;"
		" INSERT OR REPLACE INTO freed SELECT w.message, new.row FROM goes_after AS w"
		" WHERE w.first = new.row AND NOT EXISTS(SELECT 1 FROM goes_after AS o"
		" WHERE o.message = w.message AND o.first <> new.row);"
		" UPDATE tried SET passed = 1 WHERE probe = new.row AND new.state IN (3, 4);"
		" INSERT OR IGNORE INTO freed SELECT h.message, 0 FROM tried AS d JOIN goes_after AS w"
		" ON w.first = d.message JOIN held AS h ON h.message = w.message"
		" WHERE d.probe = new.row AND d.passed;"
		" DELETE FROM goes_after WHERE first = new.row;"
		" DELETE FROM goes_after WHERE message = new.row;"
		" DELETE FROM freed WHERE message = new.row; END";

	return schema_temporary(l->db, sql, "keeping the order of messages", f);
}

enum status order_clear(struct ledger *l, struct fault *f)
{
	TRY(statement_run(l->sql, SQL_COPYING_CLEAR, NULL, 0, f));
	TRY(statement_run(l->sql, SQL_ORDER_CLEAR, NULL, 0, f));
	TRY(statement_run(l->sql, SQL_ORDER_TRIED_CLEAR, NULL, 0, f));
	TRY(statement_run(l->sql, SQL_ORDER_HELD_CLEAR, NULL, 0, f));
	return statement_run(l->sql, SQL_ORDER_FREED_CLEAR, NULL, 0, f);
}

/* --- what waits --- */

enum status order_copy_add(struct ledger *l, const struct copy_under_way *c, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_COPYING_ADD, f, V_INT(c->row), V_BYTES(c->to),
		V_BYTES(c->origin), V_INT(c->area));
}

enum status order_copy_find(struct ledger_order *out, struct ledger *l,
	const struct copy_under_way *c, struct fault *f)
{
	struct sqlite3_stmt *s;
	enum status st;

	*out = (struct ledger_order){ .is_copy = true };
	for (enum area area = 0; area < AREAS; area++) {
		if (!(area_builds_on(c->area) & AREA_BIT(area)))
			continue;
		s = STATEMENT_BIND(l->sql, SQL_COPYING_LAST, V_BYTES(c->to), V_BYTES(c->origin),
			V_INT(area));
		while ((st = statement_step(l->sql, s, f)) == ST_OK)
			out->rows[out->count++] = (uint64_t)sqlite3_column_int64(s, 0);
		if (st != ST_NONE)
			return st;
	}
	return ST_OK;
}

enum status order_wait(
	struct ledger *l, uint64_t row, const struct ledger_order *order, struct fault *f)
{
	for (size_t i = 0; i < order->count; i++)
		TRY(STATEMENT_RUN(
			l->sql, SQL_ORDER_ADD, f, V_INT(row), V_INT(order->rows[i])));
	return ST_OK;
}

enum status ledger_order_of_copy(struct ledger_order *out, struct ledger *l, uint64_t of,
	struct slice to, enum area area, struct fault *f)
{
	struct ledger_message original;

	TRY(ledger_get(&original, l, of, f));
	const struct copy_under_way copy = { 0, to, original.partner, area };

	return order_copy_find(out, l, &copy, f);
}

/* Why it waits, for whoever looks at it alone: the first of those, and how many more there are. */
static enum status reason_put(
	struct buf *out, struct ledger *l, const struct ledger_order *order, struct fault *f)
{
	struct ledger_message first;

	if (order->is_copy) {
		buf_put_text(out, COPY_WORDS);
		return ST_OK;
	}
	TRY(ledger_get(&first, l, order->rows[0], f));
	buf_putf(out, "it builds on %.*s", SLICE_FMT(slice_to(first.message_id, 160)));
	if (order->count > 1)
		buf_putf(out, " and %zu more", order->count - 1);
	buf_put_text(out, ", under way to the same partner: that goes first");
	return ST_OK;
}

static struct slice code_of(const struct ledger_order *order)
{
	return order->is_copy ? S(ORDER_CODE_COPY) : S(ORDER_CODE_MESSAGE);
}

/* One event for each: the next start reads them. */
static enum status waits_note(struct ledger *l, uint64_t row, const struct ledger_order *order,
	int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(LEDGER_DETAIL_MAX + MESSAGE_ID_MAX);
	struct ledger_message first;

	if (order->is_copy)
		return ledger_note(l, row, now_ns, WAITS, code_of(order), S(COPY_WORDS), f);
	for (size_t i = 0; i < order->count; i++) {
		TRY(ledger_get(&first, l, order->rows[i], f));
		buf_clear(&text);
		buf_putf(&text, FOR "%.*s", SLICE_FMT(first.message_id));
		TRY(ledger_note(l, row, now_ns, WAITS, code_of(order), buf_slice(&text), f));
	}
	return ST_OK;
}

struct chain_of {
	uint64_t rows[CHAIN_MAX];
	size_t count;
};

static enum status firsts_find(
	struct chain_of *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_ORDER_FIRSTS, V_INT(row), V_INT(CHAIN_MAX));
	enum status st;

	out->count = 0;
	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		if (out->count < CHAIN_MAX)
			out->rows[out->count++] = (uint64_t)sqlite3_column_int64(s, 0);
	return st == ST_NONE ? ST_OK : st;
}

/*
 * What goes first may be of an area that takes its time between attempts, and what goes before
 * that: now something urgent waits for them.  What their partner asked for holds.
 */
static enum status firsts_hurry(struct ledger *l, uint64_t row, enum area area, int64_t soon_ns,
	const struct ledger_lane_hear *hear, struct fault *f)
{
	struct ledger_message first;
	struct chain_of firsts;

	TRY(firsts_find(&firsts, l, row, f));
	for (size_t i = 0; i < firsts.count; i++) {
		TRY(STATEMENT_RUN(l->sql, SQL_ORDER_HURRY, f, V_INT(firsts.rows[i]),
			V_INT(soon_ns), V_INT(area)));
		if (sqlite3_changes(l->db) == 0)
			continue;
		TRY(ledger_get(&first, l, firsts.rows[i], f));
		hear->due(hear->context, first.partner, first.area, soon_ns);
	}
	return ST_OK;
}

enum status ledger_order_asked(struct ledger *l, uint64_t row, int64_t until_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_ORDER_ASKED, f, V_INT(row), V_INT(until_ns));
}

enum status ledger_order_keep(struct ledger *l, uint64_t row, const struct ledger_order *order,
	const struct ledger_order_times *times, const struct ledger_lane_hear *hear,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) reason = buf_init(FAULT_TEXT_MAX - 1);
	struct ledger_message m;

	if (order->count == 0)
		return ST_OK;
	TRY(ledger_get(&m, l, row, f));
	if (m.state != DELIVERY_DEFERRED)
		return ST_OK; /* a newer one has come already */
	TRY(reason_put(&reason, l, order, f));
	TRY(order_wait(l, row, order, f));
	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_HOLD, f, V_INT(row), V_INT(times->until_ns),
		V_BYTES(code_of(order)), V_BYTES(buf_slice(&reason))));
	TRY(waits_note(l, row, order, times->now_ns, f));
	TRY(ledger_get(&m, l, row, f));
	enum area area = m.area;
	hear->due(hear->context, m.partner, area, times->until_ns);
	return firsts_hurry(
		l, row, area, times->now_ns + area_profile(area)->retry_ns, hear, f);
}

/* --- whose time to wait is over --- */

/* ST_NONE: nobody who waits for it is held. */
static enum status probe_choose(uint64_t *row, struct ledger *l, uint64_t first, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_ORDER_PROBE, V_INT(first), V_INT(CHAIN_MAX));

	TRY(statement_step(l->sql, s, f));
	*row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

static bool is_slow(const struct ledger_attempt *a)
{
	return a->ended_ns - a->begun_ns > SLOW_NS;
}

static enum status probe(struct ledger *l, uint64_t first, const struct ledger_attempt *a,
	const struct ledger_lane_hear *hear, struct fault *f)
{
	int64_t most_ns = is_slow(a) ? INT64_MAX / 4 : PROBE_MOST_NS;
	struct ledger_message m;
	uint64_t row;

	TRY(probe_choose(&row, l, first, f));
	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_PROBED, f, V_INT(first), V_INT(a->ended_ns),
		V_INT(PROBE_LEAST_NS), V_INT(most_ns), V_INT(row)));
	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_LATER, f, V_INT(row), V_INT(a->ended_ns)));
	TRY(ledger_get(&m, l, row, f));
	hear->due(hear->context, m.partner, m.area, a->ended_ns);
	return ST_OK;
}

/* The partner takes others: who is held by that need not wait for its next look. */
static enum status all_wake(struct ledger *l, uint64_t first, int64_t now_ns,
	const struct ledger_lane_hear *hear, struct fault *f)
{
	struct ledger_message m;

	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_WAKE, f, V_INT(first), V_INT(CHAIN_MAX),
		V_INT(now_ns)));
	if (sqlite3_changes(l->db) == 0)
		return ST_OK;
	TRY(ledger_get(&m, l, first, f));
	for (enum area area = 0; area < AREAS; area++)
		hear->due(hear->context, m.partner, area, now_ns);
	return ST_OK;
}

/* What is known of a message that failed; nobody waits for it: nothing. */
static enum status tried_read(bool *passed, bool *may_probe, struct ledger *l, uint64_t row,
	int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_ORDER_TRIED_SO, V_INT(row), V_INT(now_ns));
	enum status st = statement_step(l->sql, s, f);

	*passed = st == ST_OK && sqlite3_column_int(s, 0) != 0;
	*may_probe = st == ST_OK && sqlite3_column_int(s, 1) != 0;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_order_tried(struct ledger *l, uint64_t row, const struct ledger_attempt *a,
	const struct ledger_lane_hear *hear, struct fault *f)
{
	bool passed, may_probe;

	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_TRIED, f, V_INT(row), V_INT(a->begun_ns),
		V_INT(a->ended_ns), V_INT(a->others_ns), V_INT(is_slow(a)),
		V_INT(SLOW_PROBE_NS)));
	TRY(tried_read(&passed, &may_probe, l, row, a->ended_ns, f));
	if (passed)
		return all_wake(l, row, a->ended_ns, hear, f);
	enum status st = may_probe ? probe(l, row, a, hear, f) : ST_OK;
	return st == ST_NONE ? ST_OK : st;
}

/* A message whose time is over, and what goes first. */
struct turn {
	int64_t created_ns, deadline_ns;
	bool may_go;
	int firsts, roots, blocking;
};

static enum status turn_find(struct turn *out, struct ledger *l, uint64_t row,
	const struct order_moment *at, struct fault *f)
{
	const int64_t far_ns = at->now_ns + area_profile(at->area)->retry_max_ns;
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_ORDER_TURN, V_INT(row),
		V_INT(CHAIN_MAX), V_INT(far_ns), V_INT(at->others_ns), V_INT(at->others_long_ns));

	TRY(statement_step(l->sql, s, f));
	*out = (struct turn){ sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1),
		sqlite3_column_int(s, 2) != 0, sqlite3_column_int(s, 3), sqlite3_column_int(s, 4),
		sqlite3_column_int(s, 5) };
	sqlite3_reset(s);
	return ST_OK;
}

/* What is left then is too little to wait in. */
static int64_t last_ns(const struct turn *t)
{
	return t->deadline_ns - (t->deadline_ns - t->created_ns) / 8;
}

/* Of more than are looked at what goes before all of them is not known: it is further on. */
static bool is_held(const struct turn *t, int64_t now_ns)
{
	if (t->may_go || now_ns >= last_ns(t))
		return false;
	return t->blocking > 0 || (t->roots == 0 && t->firsts >= CHAIN_MAX);
}

/* It looks again after the longest pause of its area; whoever comes first is freed at once. */
static enum status hold(struct ledger *l, uint64_t row, const struct turn *t,
	const struct order_moment *at, struct fault *f)
{
	int64_t again_ns = at->now_ns + area_profile(at->area)->retry_max_ns;

	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_HELD, f, V_INT(row)));
	if (sqlite3_changes(l->db) > 0)
		TRY(STATEMENT_RUN(l->sql, SQL_ORDER_TRY, f, V_INT(row), V_INT(CHAIN_MAX),
			V_INT(at->now_ns)));
	return STATEMENT_RUN(l->sql, SQL_ORDER_LATER, f, V_INT(row),
		V_INT(again_ns < last_ns(t) ? again_ns : last_ns(t)));
}

enum status order_turn(bool *waits_on, struct ledger *l, uint64_t row,
	const struct order_moment *at, struct fault *f)
{
	struct turn turn;

	TRY(turn_find(&turn, l, row, at, f));
	*waits_on = is_held(&turn, at->now_ns);
	return *waits_on ? hold(l, row, &turn, at, f)
			 : STATEMENT_RUN(l->sql, SQL_ORDER_HELD_END, f, V_INT(row));
}

/* --- what waits no longer --- */

static bool is_waiting(const struct ledger_message *m)
{
	return slice_eq(m->fault_code, S(ORDER_CODE_MESSAGE)) ||
		slice_eq(m->fault_code, S(ORDER_CODE_COPY));
}

enum status order_overdue_note(
	struct ledger *l, const struct ledger_message *m, int64_t now_ns, struct fault *f)
{
	const struct history_event e = { now_ns, WAITED, m->fault_code,
		S("as long as it may: it goes before what it builds on") };

	return is_waiting(m) ? ledger_note_once(l, m->row, &e, 1, f) : ST_OK;
}

struct freed {
	uint64_t row, first; /* first: 0, it is not known */
	bool is_held;        /* something goes before it still */
};

/* ST_NONE: there is none. */
static enum status freed_take(struct freed *out, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_ORDER_FREED_TAKE, NULL, 0);

	TRY(statement_step(l->sql, s, f));
	*out = (struct freed){ (uint64_t)sqlite3_column_int64(s, 0),
		(uint64_t)sqlite3_column_int64(s, 1), sqlite3_column_int(s, 2) != 0 };
	sqlite3_reset(s);
	return ST_OK;
}

static enum status freed_note(struct ledger *l, const struct freed *freed, int64_t now_ns,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(LEDGER_DETAIL_MAX + MESSAGE_ID_MAX);
	struct ledger_message first;

	if (freed->first == 0)
		return ledger_note(l, freed->row, now_ns, WAITED, S(""),
			S("nothing goes before it any more"), f);
	TRY(ledger_get(&first, l, freed->first, f));
	buf_putf(&text, FOR "%.*s, which is %s", SLICE_FMT(slice_to(first.message_id, 400)),
		delivery_name(first.state));
	return ledger_note(l, freed->row, now_ns, WAITED, S(""), buf_slice(&text), f);
}

/*
 * It may have gone before, and failed: then its next attempt is now, or when it was asked for.  Or
 * it is held by what is no reason any more: then it looks at that now.
 */
static enum status freed_go(struct ledger *l, const struct freed *freed, int64_t now_ns,
	const struct ledger_lane_hear *hear, struct fault *f)
{
	struct ledger_message m;

	TRY(ledger_get(&m, l, freed->row, f));
	if (m.state != DELIVERY_DEFERRED)
		return ST_OK;
	hear->due(hear->context, m.partner, m.area, now_ns);
	if (!is_waiting(&m))
		return STATEMENT_RUN(
			l->sql, SQL_ORDER_AGAIN, f, V_INT(freed->row), V_INT(now_ns));
	if (freed->is_held)
		return STATEMENT_RUN(
			l->sql, SQL_ORDER_LATER, f, V_INT(freed->row), V_INT(now_ns));
	TRY(STATEMENT_RUN(l->sql, SQL_ORDER_GO, f, V_INT(freed->row), V_INT(now_ns)));
	return freed_note(l, freed, now_ns, f);
}

bool ledger_order_may_go(struct ledger *l)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_ORDER_FREED, NULL, 0);
	enum status st = statement_step(l->sql, s, NULL);

	if (st == ST_OK)
		sqlite3_reset(s);
	return st == ST_OK;
}

enum status ledger_order_go(
	struct ledger *l, int64_t now_ns, const struct ledger_lane_hear *hear, struct fault *f)
{
	struct freed freed;
	enum status st = ST_OK;

	for (unsigned i = 0; i < GO_MAX && (st = freed_take(&freed, l, f)) == ST_OK; i++)
		TRY(freed_go(l, &freed, now_ns, hear, f));
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_order_area(enum area *area, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_ORDER_AREA, V_INT(row), V_INT(CHAIN_MAX));

	TRY(statement_step(l->sql, s, f));
	if (sqlite3_column_type(s, 0) == SQLITE_INTEGER && column_area(s, 0) < *area)
		*area = column_area(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

/* --- a new start --- */

/* What it waits for, as its events say: of a name that did not fit into one nothing is found. */
enum status order_load(struct ledger *l, struct fault *f)
{
	TRY(statement_run(l->sql, SQL_ORDER_LOAD, NULL, 0, f));
	TRY(statement_run(l->sql, SQL_ORDER_ASKED_LOAD, NULL, 0, f));
	return STATEMENT_RUN(l->sql, SQL_ORDER_LOAD_FREED, f, V_BYTES(S(ORDER_CODE_MESSAGE)),
		V_BYTES(S(ORDER_CODE_COPY)));
}
