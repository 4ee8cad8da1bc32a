/* SPDX-License-Identifier: Apache-2.0 */
/* Events, each in its place: the chain's end is kept in memory, and read again after a rollback. */
#include "ledger/history.h"

#include "ledger/chain.h"
#include "ledger/ledger_internal.h"

#define FIRST 1 /* number of a message's first event */

static void hash_take(uint8_t to[CHAIN_HASH], struct slice from)
{
	for (size_t i = 0; i < CHAIN_HASH; i++)
		to[i] = i < from.n ? from.p[i] : 0;
}

static enum status chain_read(struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s;

	if (l->chain_known)
		return ST_OK;
	s = statement_bind(l->sql, SQL_CHAIN_HEAD, NULL, 0);
	enum status st = statement_step(l->sql, s, f);
	bool begun = st == ST_OK;

	if (!begun && st != ST_NONE)
		return st;
	l->chain.place = begun ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
	hash_take(l->chain.hash, begun ? column_bytes(s, 1) : S(""));
	sqlite3_reset(s);
	l->chain_known = true;
	return ST_OK;
}

static struct slice detail_of(const struct history_event *e)
{
	return slice_to(e->detail, LEDGER_DETAIL_MAX);
}

static enum status link_add(struct ledger *l, const struct chain_link *link,
	const struct history_event *e, const struct value *born, struct fault *f)
{
	const struct value said[CHAIN_SAID] = { V_INT(e->at_ns), V_BYTES(e->fault_code),
		V_BYTES(detail_of(e)) };
	uint8_t content[CHAIN_HASH];

	TRY(chain_read(l, f));
	chain_content(content, &l->chain, said, born);
	chain_add(&l->chain, link, content);
	return ST_OK;
}

static struct slice chain_hash(const struct ledger *l)
{
	return slice_of(l->chain.hash, CHAIN_HASH);
}

static enum status event_add(struct ledger *l, uint64_t row, uint64_t number,
	const struct history_event *e, const struct value *born, struct fault *f)
{
	const struct chain_link link = { row, number, 0, slice_str(e->what) };

	TRY(link_add(l, &link, e, born, f));
	return STATEMENT_RUN(l->sql, SQL_EVENT_ADD, f, V_INT(row), V_INT(number), V_INT(e->at_ns),
		V_TEXT(e->what), V_BYTES(e->fault_code), V_BYTES(detail_of(e)),
		V_INT(l->chain.place), V_BYTES(chain_hash(l)));
}

enum status history_begin(struct ledger *l, uint64_t row, const struct history_event *e,
	const struct value *born, struct fault *f)
{
	return event_add(l, row, FIRST, e, born, f);
}

static enum status event_append(
	struct ledger *l, uint64_t row, const struct history_event *e, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_EVENT_LAST, V_INT(row));

	TRY(statement_step(l->sql, s, f));
	uint64_t last = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return event_add(l, row, last + 1, e, NULL, f);
}

enum status ledger_note(struct ledger *l, uint64_t row, int64_t at_ns, const char *what,
	struct slice code, struct slice detail, struct fault *f)
{
	return event_append(l, row, &(struct history_event){ at_ns, what, code, detail }, f);
}

enum status ledger_note_once(struct ledger *l, uint64_t row, const struct history_event *e,
	unsigned most, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_EVENT_SAID, V_INT(row),
		V_TEXT(e->what), V_BYTES(detail_of(e)), V_INT(most));
	enum status st = statement_step(l->sql, s, f);

	if (st == ST_OK)
		sqlite3_reset(s);
	return st == ST_NONE ? event_append(l, row, e, f) : st;
}

/* --- what is said again --- */

struct earlier {
	struct chain_link link;
	uint64_t place, times; /* times: of a duplicate, what its words begin with */
	uint8_t content[CHAIN_HASH];
};

static enum status earlier_find(struct earlier *out, struct ledger *l, uint64_t row,
	const char *what, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_EVENT_OF, V_INT(row), V_TEXT(what));
	struct slice count, rest;

	TRY(statement_step(l->sql, s, f));
	const struct value said[CHAIN_SAID] = { V_INT(sqlite3_column_int64(s, 3)),
		V_BYTES(column_bytes(s, 4)), V_BYTES(column_bytes(s, 5)) };

	*out = (struct earlier){ .link = { row, (uint64_t)sqlite3_column_int64(s, 0),
					 (uint64_t)sqlite3_column_int64(s, 1), slice_str(what) },
		.place = (uint64_t)sqlite3_column_int64(s, 2) };
	chain_content(out->content, &l->chain, said, NULL);
	(void)slice_cut(&count, &rest, column_bytes(s, 5), ' ');
	(void)!slice_u64(&out->times, count, NULL);
	sqlite3_reset(s);
	return ST_OK;
}

/* Where it was, the digest of what it said there stays. */
static enum status event_move(struct ledger *l, const struct earlier *was,
	const struct history_event *e, struct fault *f)
{
	struct chain_link link = was->link;

	link.renewed++;
	TRY(STATEMENT_RUN(l->sql, SQL_EVENT_BEFORE, f, V_INT(was->place), V_INT(link.message),
		V_INT(link.number), V_INT(was->link.renewed),
		V_BYTES(slice_of(was->content, CHAIN_HASH))));
	TRY(link_add(l, &link, e, NULL, f));
	return STATEMENT_RUN(l->sql, SQL_EVENT_RENEW, f, V_INT(link.message), V_INT(link.number),
		V_INT(e->at_ns), V_BYTES(e->fault_code), V_BYTES(detail_of(e)),
		V_INT(l->chain.place), V_BYTES(chain_hash(l)), V_INT(link.renewed));
}

static enum status event_renew(struct ledger *l, const struct earlier *was,
	const struct history_event *e, struct fault *f)
{
	if (!chain_is_worn(&was->link))
		return event_move(l, was, e, f);
	return STATEMENT_RUN(l->sql, SQL_EVENT_REWORD, f, V_INT(was->link.message),
		V_INT(was->link.number), V_INT(e->at_ns), V_BYTES(e->fault_code),
		V_BYTES(detail_of(e)));
}

enum status ledger_note_renew(struct ledger *l, uint64_t row, int64_t at_ns, const char *what,
	struct slice code, struct slice detail, struct fault *f)
{
	const struct history_event e = { at_ns, what, code, detail };
	struct earlier was;

	if (!chain_may_renew(slice_str(what)))
		bug("an event %s that is renewed", what);
	enum status st = earlier_find(&was, l, row, what, f);
	if (st == ST_NONE)
		return event_append(l, row, &e, f);
	return st == ST_OK ? event_renew(l, &was, &e, f) : st;
}

/* One event however often: a partner that repeats itself for ever fills no disk. */
enum status history_count(struct ledger *l, uint64_t row, int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) detail = buf_init(LEDGER_DETAIL_MAX);
	struct earlier was = { .times = 0 };
	enum status st = earlier_find(&was, l, row, "duplicate", f);

	if (st != ST_OK && st != ST_NONE)
		return st;
	buf_putf(&detail, "%llu times the same Message-ID again: answered with the stored receipt",
		(unsigned long long)was.times + 1);
	return ledger_note_renew(l, row, now_ns, "duplicate", S(""), buf_slice(&detail), f);
}

/* --- what was found in a document --- */

static enum status finding_read(uint64_t *number, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_FINDING_NEXT, V_INT(row), V_INT(*number));

	TRY(statement_step(l->sql, s, f));
	*number = (uint64_t)sqlite3_column_int64(s, 0);
	const struct chain_link link = { row, *number, 0, S("document-finding") };
	const struct history_event e = { .at_ns = sqlite3_column_int64(s, 1),
		.fault_code = column_bytes(s, 2),
		.detail = column_bytes(s, 3) };
	enum status st = link_add(l, &link, &e, NULL, f);

	sqlite3_reset(s);
	return st;
}

enum status history_findings(struct ledger *l, uint64_t row, struct fault *f)
{
	uint64_t number = 0;
	enum status st;

	while ((st = finding_read(&number, l, row, f)) == ST_OK)
		TRY(STATEMENT_RUN(l->sql, SQL_FINDING_CHAIN, f, V_INT(row), V_INT(number),
			V_INT(l->chain.place), V_BYTES(chain_hash(l))));
	return st == ST_NONE ? ST_OK : st;
}
