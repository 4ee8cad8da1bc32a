/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row for each answer that is wanted, by the moment when it is due, so that a look is at an
 * index.  Whether it came is found in the register, each time anew: so taking a message back needs
 * nothing but another look.
 */
#include "ledger/register_wanted.h"

#include "base/clock.h"
#include "ledger/examination.h"
#include "ledger/history.h"
#include "ledger/ledger_internal.h"
#include "ledger/register_known.h"

#define MISSED_CODE "answer.missed"
#define TOUCHED_MAX 4096 /* answers that one message gives */
#define EVENTS_MAX 100   /* of one message with many documents */
#define DAY_NS (INT64_C(86400) * NS_PER_S)

enum wanted_state { WANTED_WAITS, WANTED_MISSED, WANTED_ENDED };

/* --- when it is said --- */

static int64_t due_of(
	const struct business_want *want, const struct said_document *d, int64_t now_ns)
{
	int64_t said = said_number(&d->head, want->by, 0);

	if (want->by != FACT_SECONDS)
		return said;
	return said > 0 && said < INT32_MAX ? amount_add(now_ns, said * NS_PER_S) : 0;
}

/* Who is sent a copy has nothing to answer. */
static bool is_asked(const struct business_want *want, const struct said_document *d)
{
	return want->type == d->type && !said_is_copy(d) &&
		business_makes(d->type, said_action(d)) == BUSINESS_OPEN;
}

enum status wanted_begin(struct ledger *l, uint64_t statement, const struct said_document *d,
	int64_t now_ns, struct fault *f)
{
	const struct business_want *want;

	for (unsigned i = 0; (want = business_want(i)); i++) {
		int64_t due_ns = is_asked(want, d) ? due_of(want, d, now_ns) : 0;

		if (due_ns > 0)
			TRY(STATEMENT_RUN(l->sql, SQL_REGISTER_WANTED_PUT, f, V_INT(statement),
				V_INT(i), V_INT(due_ns)));
	}
	return ST_OK;
}

/* --- reading --- */

enum {
	WANTED_STATEMENT,
	WANTED_NUMBER,
	WANTED_DUE,
	WANTED_MESSAGE,
	WANTED_PARTNER,
	WANTED_AGGREGATION,
	WANTED_DOCUMENT,
	WANTED_TEST,
	WANTED_DIRECTION,
	WANTED_MESSAGE_ID,
};

/* False: a later program's. */
static bool wanted_read(struct register_wanted *out, struct sqlite3_stmt *s, int64_t now_ns)
{
	const unsigned number = (unsigned)sqlite3_column_int64(s, WANTED_NUMBER);
	const struct business_want *want = business_want(number);

	if (!want)
		return false;
	*out = (struct register_wanted){
		.statement = (uint64_t)sqlite3_column_int64(s, WANTED_STATEMENT),
		.message = (uint64_t)sqlite3_column_int64(s, WANTED_MESSAGE),
		.number = number,
		.want = want,
		.partner = column_bytes(s, WANTED_PARTNER),
		.aggregation = column_bytes(s, WANTED_AGGREGATION),
		.document = column_bytes(s, WANTED_DOCUMENT),
		.message_id = column_bytes(s, WANTED_MESSAGE_ID),
		.is_test = sqlite3_column_int(s, WANTED_TEST) != 0,
		.is_ours = (sqlite3_column_int(s, WANTED_DIRECTION) == MESSAGE_OUT) ==
			want->is_senders,
		.due_ns = sqlite3_column_int64(s, WANTED_DUE),
		.late_ns = now_ns - sqlite3_column_int64(s, WANTED_DUE),
	};
	return true;
}

enum status register_wanted_missed(struct ledger *l, int64_t now_ns, unsigned limit,
	register_wanted_hear *each, void *context, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_MISSED, V_INT(limit));
	struct register_wanted w;
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		if (wanted_read(&w, s, now_ns))
			each(context, &w);
	return st == ST_NONE ? ST_OK : st;
}

/* --- missing it --- */

struct wanted_key {
	uint64_t statement;
	unsigned number;
};

static enum status state_put(struct ledger *l, const struct wanted_key *key,
	enum wanted_state state, int64_t missed_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_REGISTER_WANTED_STATE, f, V_INT(key->statement),
		V_INT(key->number), V_INT(state), V_INT(missed_ns));
}

static enum status missed_tell(
	struct ledger *l, const struct register_wanted *w, int64_t now_ns, struct fault *f)
{
	struct fault why = { 0 };
	char due[TIME_TEXT_MAX];

	fault_set(&why, ST_NONE, MISSED_CODE, "no %s to %s %.*s came until %s (%s)%s%s: %s",
		w->want->answer, business_rule(w->want->type)->name,
		SLICE_FMT(slice_to(w->document, 40)), time_format(due, w->due_ns), w->want->member,
		w->want->silence ? ", " : "", w->want->silence ? w->want->silence : "",
		w->is_ours ? "send it, unless it is refused that late (registry: refuse)"
			   : "ask the partner");
	TRY(ledger_note_once(l, w->message,
		&(struct history_event){ now_ns, "answer-missed", slice_str(why.code),
			slice_str(why.text) },
		EVENTS_MAX, f));
	return ledger_flag(l, w->message, &why, now_ns, f);
}

/* Its row is held meanwhile: slices point into it. */
static enum status missed_put(struct ledger *l, const struct wanted_key *key, int64_t now_ns,
	register_wanted_hear *each, void *context, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_REGISTER_WANTED_OF, V_INT(key->statement), V_INT(key->number));
	struct register_wanted w;
	enum status st = statement_step(l->sql, s, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	if (wanted_read(&w, s, now_ns)) {
		st = missed_tell(l, &w, now_ns, f);
		if (st == ST_OK)
			each(context, &w);
	}
	sqlite3_reset(s);
	return st == ST_OK ? state_put(l, key, WANTED_MISSED, now_ns, f) : st;
}

/* What a question finds, to be gone through while rows change. */
static enum status keys_read(struct buf *out, struct ledger *l, struct sqlite3_stmt *s,
	struct fault *f)
{
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		const struct wanted_key key = { (uint64_t)sqlite3_column_int64(s, 0),
			(unsigned)sqlite3_column_int64(s, 1) };

		buf_put(out, slice_of(&key, sizeof(key)));
	}
	return st == ST_NONE ? ST_OK : st;
}

static const struct wanted_key *keys_of(const struct buf *keys, size_t *count)
{
	*count = keys->n / sizeof(struct wanted_key);
	return (const struct wanted_key *)(const void *)keys->p;
}

enum status register_wanted_miss(struct ledger *l, int64_t now_ns, register_wanted_hear *each,
	void *context, struct fault *f)
{
	AUTO_IN_PLACE(buf) due = buf_init(WANTED_MISS_MAX * sizeof(struct wanted_key));
	size_t count;

	TRY(STATEMENT_RUN(l->sql, SQL_REGISTER_WANTED_FORGET, f,
		V_INT(now_ns - WANTED_KEPT_DAYS * DAY_NS)));
	TRY(keys_read(&due, l,
		STATEMENT_BIND(l->sql, SQL_REGISTER_WANTED_DUE, V_INT(now_ns),
			V_INT(WANTED_MISS_MAX)),
		f));
	const struct wanted_key *keys = keys_of(&due, &count);
	for (size_t i = 0; i < count; i++)
		TRY(missed_put(l, &keys[i], now_ns, each, context, f));
	return ST_OK;
}

/* --- answers --- */

struct answered {
	enum wanted_state state; /* as it was left */
	bool is_gone;      /* taken back, or replaced: nobody waits any more */
	uint64_t message;  /* that asks */
	int64_t at_ns;     /* when it was answered; 0: it is not */
	int64_t missed_ns; /* 0: it was not */
};

/* What names it as its answer; of what changes its state any answer will do. */
static struct sqlite3_stmt *answers_bind(
	struct ledger *l, const struct wanted_key *key, const struct business_want *want)
{
	if (want->is_of_key)
		return STATEMENT_BIND(l->sql, SQL_REGISTER_ANSWERED_OF_KEY, V_INT(key->statement),
			V_INT(want->is_senders));
	return STATEMENT_BIND(
		l->sql, SQL_REGISTER_ANSWERED, V_INT(key->statement), V_INT(want->answers));
}

/* Of the limits with one limit_id the last counts: nobody keeps to those before. */
static enum status replaced_find(bool *out, struct ledger *l, const struct wanted_key *key,
	const struct business_want *want, struct fault *f)
{
	*out = false;
	if (want->type != DOCUMENT_LIMIT)
		return ST_OK;
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_REGISTER_ANSWERED_OF_KEY, V_INT(key->statement), V_INT(true));
	TRY(statement_step(l->sql, s, f));
	*out = sqlite3_column_int64(s, 0) != 0;
	sqlite3_reset(s);
	return ST_OK;
}

static enum status answered_find(struct answered *out, struct ledger *l,
	const struct wanted_key *key, const struct business_want *want, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_WANTED_STATE_OF,
		V_INT(key->statement), V_INT(key->number));
	bool is_replaced;

	TRY(statement_step(l->sql, s, f));
	*out = (struct answered){ .missed_ns = sqlite3_column_int64(s, 0),
		.is_gone = sqlite3_column_int64(s, 1) != 0 };
	const bool is_open = sqlite3_column_int(s, 2) == BUSINESS_OPEN;
	out->message = (uint64_t)sqlite3_column_int64(s, 3);
	out->state = (enum wanted_state)sqlite3_column_int(s, 4);
	sqlite3_reset(s);
	s = answers_bind(l, key, want);
	TRY(statement_step(l->sql, s, f));
	out->at_ns = sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	TRY(replaced_find(&is_replaced, l, key, want, f));
	out->is_gone |= out->at_ns == 0 && (!is_open || is_replaced);
	return ST_OK;
}

/* The flag is of its message, which may have others that are missed. */
static enum status flag_end(struct ledger *l, uint64_t message, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_MISSED_OF, V_INT(message));
	enum status st = statement_step(l->sql, s, f);

	sqlite3_reset(s);
	return st == ST_NONE ? ledger_flag_end(l, message, MISSED_CODE, f) : st;
}

static enum status late_tell(struct ledger *l, const struct wanted_key *key, int64_t at_ns,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(LEDGER_DETAIL_MAX);
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_REGISTER_WANTED_OF, V_INT(key->statement), V_INT(key->number));
	char late[DURATION_TEXT_MAX];
	struct register_wanted w;
	enum status st = statement_step(l->sql, s, f);

	if (st != ST_OK || !wanted_read(&w, s, at_ns))
		return st == ST_NONE ? ST_OK : st;
	buf_putf(&text, "%s to %s %.*s came %s late", w.want->answer,
		business_rule(w.want->type)->name, SLICE_FMT(slice_to(w.document, 40)),
		duration_format(late, w.late_ns));
	st = ledger_note_once(l, w.message,
		&(struct history_event){ at_ns, "answer-late", S(""), buf_slice(&text) },
		EVENTS_MAX, f);
	if (st == ST_OK && l->answered)
		l->answered(l->answered_context, &w);
	if (st == ST_OK)
		st = flag_end(l, w.message, f);
	sqlite3_reset(s);
	return st;
}

static enum status settle_one(struct ledger *l, const struct wanted_key *key, struct fault *f)
{
	const struct business_want *want = business_want(key->number);
	struct answered a;

	if (!want)
		return ST_OK;
	TRY(answered_find(&a, l, key, want, f));
	const bool is_ended = a.is_gone || a.at_ns != 0;
	if (is_ended == (a.state == WANTED_ENDED))
		return ST_OK;
	TRY(state_put(l, key, is_ended ? WANTED_ENDED : WANTED_WAITS, a.missed_ns, f));
	if (!is_ended || a.missed_ns == 0)
		return ST_OK; /* what waits again is looked at, and missed again */
	return a.is_gone ? flag_end(l, a.message, f) : late_tell(l, key, a.at_ns, f);
}

enum status wanted_settle(struct ledger *l, uint64_t message, struct fault *f)
{
	AUTO_IN_PLACE(buf) touched = buf_init(TOUCHED_MAX * sizeof(struct wanted_key));
	size_t count;

	TRY(keys_read(&touched, l,
		STATEMENT_BIND(l->sql, SQL_REGISTER_WANTED_TOUCHED, V_INT(message)), f));
	const struct wanted_key *keys = keys_of(&touched, &count);
	for (size_t i = 0; i < count; i++)
		TRY(settle_one(l, &keys[i], f));
	return ST_OK;
}

void register_answered_tell(struct ledger *l, register_wanted_hear *each, void *context)
{
	l->answered = each;
	l->answered_context = context;
}
