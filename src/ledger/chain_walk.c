/* SPDX-License-Identifier: Apache-2.0 */
/* Used by schema.c and audit.c: events from first to last place, and those that moved on. */
#include "ledger/chain_walk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "ledger/chain.h"
#include "ledger/schema.h"

#define TOLD_MAX 100 /* breaks: more would say nothing new */

/* A message's row answers with its first event alone. */
#define EVENTS \
	"SELECT e.message, e.number, e.renewed, e.what, e.at_ns, e.fault_code, e.detail, e.place, e.hash, m.row IS NOT NULL, " CHAIN_BORN \
	", " CHAIN_BORN_ENDED ", " CHAIN_BORN_LATER \
	" FROM event AS e LEFT JOIN message AS m ON m.row = e.message AND e.number = 1"
#define IN_WORK \
	"(e.what = 'document-finding' AND EXISTS(SELECT 1 FROM examination AS x WHERE x.message = e.message))"

enum { MESSAGE, NUMBER, RENEWED, WHAT, SAID, PLACE = SAID + CHAIN_SAID, HASH, IS_BORN, BORN };

static struct slice blob(sqlite3_stmt *s, int column)
{
	const void *p = sqlite3_column_blob(s, column);

	return slice_of(p, (size_t)sqlite3_column_bytes(s, column));
}

static struct value value_of(sqlite3_stmt *s, int column)
{
	switch (sqlite3_column_type(s, column)) {
	case SQLITE_INTEGER: return (struct value)V_INT(sqlite3_column_int64(s, column));
	case SQLITE_BLOB: return (struct value)V_BYTES(blob(s, column));
	case SQLITE_TEXT: return (struct value){ VALUE_TEXT, 0, blob(s, column) };
	default: return (struct value){ .kind = VALUE_NULL };
	}
}

static struct chain_link link_of(sqlite3_stmt *s)
{
	return (struct chain_link){ (uint64_t)sqlite3_column_int64(s, MESSAGE),
		(uint64_t)sqlite3_column_int64(s, NUMBER),
		(uint64_t)sqlite3_column_int64(s, RENEWED), blob(s, WHAT) };
}

/* The place behind the last one, for the event of this row. */
static void row_add(struct chain *c, sqlite3_stmt *s)
{
	struct value said[CHAIN_SAID], born[CHAIN_BORN_COUNT];
	const struct chain_link link = link_of(s);
	uint8_t content[CHAIN_HASH];

	for (int i = 0; i < CHAIN_SAID; i++)
		said[i] = value_of(s, SAID + i);
	for (int i = 0; i < CHAIN_BORN_COUNT; i++)
		born[i] = value_of(s, BORN + i);
	chain_content(content, c, said, sqlite3_column_int(s, IS_BORN) ? born : NULL);
	chain_add(c, &link, content);
}

/* --- taking over --- */

static int place_give(sqlite3_stmt *give, struct chain *c, sqlite3_stmt *row)
{
	row_add(c, row);
	sqlite3_reset(give);
	sqlite3_bind_int64(give, 1, (int64_t)c->place);
	sqlite3_bind_blob(give, 2, c->hash, CHAIN_HASH, SQLITE_STATIC);
	sqlite3_bind_int64(give, 3, sqlite3_column_int64(row, MESSAGE));
	sqlite3_bind_int64(give, 4, sqlite3_column_int64(row, NUMBER));
	return sqlite3_step(give) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR;
}

enum status chain_take_over(struct sqlite3 *db, ledger_hash *hash, struct fault *f)
{
	static const char all[] = EVENTS " WHERE NOT " IN_WORK " ORDER BY e.message, e.number";
	static const char one[] =
		"UPDATE event SET place = ?1, hash = ?2 WHERE message = ?3 AND number = ?4";
	AUTO_IN_PLACE(chain) c = chain_init(hash);
	sqlite3_stmt *row = NULL, *give = NULL;
	int code = SQLITE_ERROR;

	if (sqlite3_prepare_v2(db, all, -1, &row, NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(db, one, -1, &give, NULL) == SQLITE_OK)
		code = sqlite3_step(row);
	while (code == SQLITE_ROW && place_give(give, &c, row) == SQLITE_OK)
		code = sqlite3_step(row);
	enum status st =
		code == SQLITE_DONE ? ST_OK : schema_fault(db, f, "chaining the history");
	sqlite3_finalize(row);
	sqlite3_finalize(give);
	return st;
}

/* --- looking --- */

struct chain_head chain_head_of(struct sqlite3 *db)
{
	static const char sql[] = "SELECT place, hash FROM event WHERE place > 0 ORDER BY place DESC LIMIT 1";
	struct chain_head out = { 0 };
	sqlite3_stmt *s = NULL;

	(void)sqlite3_prepare_v2(db, sql, -1, &s, NULL);
	if (s && sqlite3_step(s) == SQLITE_ROW) {
		struct slice hash = blob(s, 1);
		out.place = (uint64_t)sqlite3_column_int64(s, 0);
		for (size_t i = 0; i < CHAIN_HASH && i < hash.n; i++)
			out.hash[i] = hash.p[i];
	}
	sqlite3_finalize(s);
	return out;
}

struct walk {
	struct sqlite3 *db;
	struct chain chain;
	sqlite3_stmt *live, *moved; /* both in order of their places */
	bool has_live, has_moved;
	bool is_lost; /* behind a gap the hash before is not known, until one stands there */
	unsigned told, others;
	sqlite3_stmt *heads; /* that were signed, in order of their places */
	bool has_heads;
	const struct chain_head *kept;
	const struct chain_listener *to;
};

static void tell(struct walk *w, uint64_t message, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void tell(struct walk *w, uint64_t message, const char *format, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list list;

	if (w->told++ >= TOLD_MAX)
		return;
	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	w->to->broken(w->to->context, message, slice_str(text));
}

static void other_tell(struct walk *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void other_tell(struct walk *w, const char *format, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list list;

	if (w->others++ >= TOLD_MAX)
		return;
	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	w->to->other(w->to->context, slice_str(text));
}

static void step(sqlite3_stmt *s, bool *has)
{
	*has = s && sqlite3_step(s) == SQLITE_ROW;
}

static uint64_t place_of(sqlite3_stmt *s, bool has, int column)
{
	return has ? (uint64_t)sqlite3_column_int64(s, column) : UINT64_MAX;
}

/* What stands there counts from here on, right or wrong. */
static void hash_set(struct chain *c, struct slice stored)
{
	memset(c->hash, 0, CHAIN_HASH);
	for (size_t i = 0; i < CHAIN_HASH && i < stored.n; i++)
		c->hash[i] = stored.p[i];
}

static void live_look(struct walk *w)
{
	struct slice stored = blob(w->live, HASH), what = blob(w->live, WHAT);

	row_add(&w->chain, w->live);
	if (!w->is_lost && !slice_eq(stored, slice_of(w->chain.hash, CHAIN_HASH)))
		tell(w, (uint64_t)sqlite3_column_int64(w->live, MESSAGE),
			"event %lld, \"%.*s\", is not what was written at place %llu",
			(long long)sqlite3_column_int64(w->live, NUMBER),
			SLICE_FMT(slice_to(what, 48)), (unsigned long long)w->chain.place);
	hash_set(&w->chain, stored);
	w->is_lost = false;
	step(w->live, &w->has_live);
}

/* The event is at another place now, and of a kind that may be. */
enum { BEFORE_PLACE, BEFORE_MESSAGE, BEFORE_NUMBER, BEFORE_RENEWED, BEFORE_DIGEST, BEFORE_WHAT };

static void moved_look(struct walk *w)
{
	const struct chain_link link = {
		(uint64_t)sqlite3_column_int64(w->moved, BEFORE_MESSAGE),
		(uint64_t)sqlite3_column_int64(w->moved, BEFORE_NUMBER),
		(uint64_t)sqlite3_column_int64(w->moved, BEFORE_RENEWED),
		blob(w->moved, BEFORE_WHAT),
	};
	struct slice digest = blob(w->moved, BEFORE_DIGEST);
	uint8_t content[CHAIN_HASH] = { 0 };

	for (size_t i = 0; i < CHAIN_HASH && i < digest.n; i++)
		content[i] = digest.p[i];
	chain_add(&w->chain, &link, content);
	if (!chain_may_renew(link.what))
		tell(w, link.message, "event %llu was taken from place %llu",
			(unsigned long long)link.number, (unsigned long long)w->chain.place);
	step(w->moved, &w->has_moved);
}

static void kept_look(struct walk *w)
{
	if (w->chain.place == w->kept->place && !w->is_lost &&
		!slice_eq(slice_of(w->chain.hash, CHAIN_HASH), slice_of(w->kept->hash, CHAIN_HASH)))
		other_tell(w, "another history led to the place where it was then");
}

enum { HEAD_PLACE, HEAD_HASH };

/* At a place that is gone nobody knows the hash; that it is gone is told. */
static void heads_look(struct walk *w)
{
	uint64_t place;

	while ((place = place_of(w->heads, w->has_heads, HEAD_PLACE)) <= w->chain.place) {
		if (place == w->chain.place && !w->is_lost &&
			!slice_eq(slice_of(w->chain.hash, CHAIN_HASH), blob(w->heads, HEAD_HASH)))
			other_tell(w, "another history led to place %llu when its head was signed",
				(unsigned long long)place);
		step(w->heads, &w->has_heads);
	}
}

/* What was there then may have been taken out at its end. */
static void end_look(struct walk *w)
{
	if (w->chain.place < w->kept->place)
		other_tell(w, "it ends at place %llu, and went to place %llu",
			(unsigned long long)w->chain.place, (unsigned long long)w->kept->place);
}

static void heads_end_look(struct walk *w)
{
	if (w->has_heads)
		other_tell(w, "it ends at place %llu, and its head was signed at place %llu",
			(unsigned long long)w->chain.place,
			(unsigned long long)place_of(w->heads, true, HEAD_PLACE));
}

static void place_look(struct walk *w)
{
	uint64_t live = place_of(w->live, w->has_live, PLACE),
		 moved = place_of(w->moved, w->has_moved, BEFORE_PLACE),
		 next = w->chain.place + 1, there = live < moved ? live : moved;

	if (there > next)
		tell(w, 0, "what was written at places %llu to %llu is gone",
			(unsigned long long)next, (unsigned long long)there - 1);
	if (there < next)
		tell(w, 0, "place %llu is there twice", (unsigned long long)there);
	w->is_lost |= there != next;
	w->chain.place = there - 1;
	if (moved < live)
		moved_look(w);
	else
		live_look(w);
	kept_look(w);
	heads_look(w);
}

static void unplaced_look(struct walk *w)
{
	static const char sql[] = "SELECT message, number FROM event AS e WHERE place <= 0 AND NOT " IN_WORK;
	sqlite3_stmt *s = NULL;

	(void)sqlite3_prepare_v2(w->db, sql, -1, &s, NULL);
	while (s && sqlite3_step(s) == SQLITE_ROW)
		tell(w, (uint64_t)sqlite3_column_int64(s, 0), "event %lld has no place",
			(long long)sqlite3_column_int64(s, 1));
	sqlite3_finalize(s);
}

void chain_look(struct sqlite3 *db, ledger_hash *hash, const struct chain_head *kept,
	const struct chain_listener *to)
{
	static const char live[] = EVENTS " WHERE e.place > 0 ORDER BY e.place";
	static const char moved[] =
		"SELECT b.place, b.message, b.number, b.renewed, b.digest, e.what FROM event_before AS b"
		" LEFT JOIN event AS e ON e.message = b.message AND e.number = b.number ORDER BY b.place";
	static const char heads[] = "SELECT place, hash FROM head ORDER BY place";
	struct walk w = { .db = db, .chain = chain_init(hash), .kept = kept, .to = to };

	(void)sqlite3_prepare_v2(db, live, -1, &w.live, NULL);
	(void)sqlite3_prepare_v2(db, moved, -1, &w.moved, NULL);
	(void)sqlite3_prepare_v2(db, heads, -1, &w.heads, NULL);
	step(w.live, &w.has_live);
	step(w.moved, &w.has_moved);
	step(w.heads, &w.has_heads);
	while (w.has_live || w.has_moved)
		place_look(&w);
	end_look(&w);
	heads_end_look(&w);
	unplaced_look(&w);
	sqlite3_finalize(w.live);
	sqlite3_finalize(w.moved);
	sqlite3_finalize(w.heads);
	chain_done(&w.chain);
}
