/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A third queue of the ledger process: documents that somebody is to look into once they are
 * durable.  Each is stored with its message and leaves when all that was found is stored, so that
 * whoever dies over it has done nothing, and it is looked into again.  What is found are the
 * transaction sets that were sent, and what the partner's answers say of them.
 */
#include "ledger/examination.h"

#include <string.h>

#include "base/clock.h"
#include "exchange/business.h"
#include "ledger/copies_lost.h"
#include "ledger/flags.h"
#include "ledger/history.h"
#include "ledger/ledger_internal.h"
#include "ledger/send_order.h"
#include "ledger/spool.h"

#define NUMBERS_MAX 99999999 /* of the counter: then it begins anew */
#define OWN_NUMBERS 900000000 /* control numbers of answers have nine digits, the first a nine */

/* --- the queue --- */

enum status examination_add(struct ledger *l, uint64_t row, const struct ledger_message *m,
	const struct ledger_wish *wish, struct fault *f)
{
	if (!wish->examined || m->state == DELIVERY_REJECTED)
		return ST_OK;
	return STATEMENT_RUN(l->sql, SQL_EXAMINE_ADD, f, V_INT(row), V_BYTES(m->partner),
		V_INT(wish->due_ns));
}

enum status ledger_examinations(uint64_t *count, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_EXAMINE_COUNT, NULL, 0);

	TRY(statement_step(l->sql, s, f));
	*count = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

struct due {
	uint64_t row;
	unsigned attempts;
	int64_t due_ns;
	uint32_t number, numbers;
};

static enum status due_read(struct due *out, struct ledger *l, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_EXAMINE_NEXT, V_INT(now_ns));

	TRY(statement_step(l->sql, s, f));
	*out = (struct due){ .row = (uint64_t)sqlite3_column_int64(s, 0),
		.attempts = (unsigned)sqlite3_column_int(s, 1),
		.due_ns = sqlite3_column_int64(s, 2),
		.number = (uint32_t)sqlite3_column_int64(s, 3),
		.numbers = (uint32_t)sqlite3_column_int64(s, 4) };
	sqlite3_reset(s);
	return ST_OK;
}

/* Those of an earlier look are as good: nobody else has got them. */
static enum status numbers_take(struct due *due, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s;

	if (due->number != 0)
		return ST_OK;
	due->numbers = due->numbers ? due->numbers : 1;
	s = STATEMENT_BIND(l->sql, SQL_NUMBERS_TAKE, V_INT(due->numbers));
	TRY(statement_step(l->sql, s, f));
	due->number = OWN_NUMBERS + 1 +
		(uint32_t)((uint64_t)sqlite3_column_int64(s, 0) % NUMBERS_MAX);
	sqlite3_reset(s);
	return ST_OK;
}

static enum status due_take(struct ledger *l, const struct due *due, struct fault *f)
{
	TRY(STATEMENT_RUN(l->sql, SQL_EXAMINE_TAKE, f, V_INT(due->row), V_INT(due->number),
		V_INT(due->numbers)));
	TRY(STATEMENT_RUN(l->sql, SQL_SETS_DROP, f, V_INT(due->row)));
	TRY(STATEMENT_RUN(l->sql, SQL_INTERCHANGES_DROP, f, V_INT(due->row)));
	TRY(STATEMENT_RUN(l->sql, SQL_FINDINGS_DROP, f, V_INT(due->row)));
	if (due->due_ns == 0)
		return ST_OK;
	return STATEMENT_RUN(l->sql, SQL_DUE_ADD, f, V_INT(due->row), V_INT(due->due_ns));
}

/* Whoever looked into it ended each time, or its bytes are gone: it is said, and left at that. */
static enum status give_up(
	struct ledger *l, uint64_t row, const char *why, int64_t now_ns, struct fault *f)
{
	struct ledger_message m;
	struct fault flag;

	TRY(ledger_get(&m, l, row, f));
	bool ours = slice_eq(m.media_type, S(DOCUMENT_MEDIA_TYPE));
	fault_set(&flag, ST_HOST, ours ? "der.unexamined" : "x12.unexamined",
		"it could not be looked into: %s", why);
	TRY(STATEMENT_RUN(l->sql, SQL_DUE_END, f, V_INT(row)));
	return ledger_examined(l, row, &flag, S(""), now_ns, f);
}

/*
 * A file that is gone, or that this host cannot open now, is trouble of this document and not of
 * the ledger: what failed here would undo the batch, and be tried again for ever.
 */
static enum status bytes_missed(
	struct ledger *l, const struct due *due, enum status st, int64_t now_ns, struct fault *f)
{
	const struct fault why = *f;
	bool is_gone = st == ST_NONE || strcmp(why.code, SPOOL_GONE) == 0;
	bool is_shut = strcmp(why.code, "spool.read") == 0;

	if (is_gone || (is_shut && due->attempts + 1 >= LEDGER_EXAMINE_ATTEMPTS))
		return give_up(l, due->row, why.text, now_ns, f);
	return is_shut ? ledger_examine_lost(l, due->row, now_ns, f) : st;
}

static enum status examine_one(struct ledger_examination *out, struct ledger *l, struct due *due,
	int64_t now_ns, struct fault *f)
{
	struct slice type;

	TRY(numbers_take(due, l, f));
	TRY(due_take(l, due, f));
	enum status st = ledger_content(
		&out->fd, &out->document, &type, l, due->row, CONTENT_DOCUMENT, f);
	if (st != ST_OK)
		return bytes_missed(l, due, st, now_ns, f);
	out->number = due->number;
	out->numbers = due->numbers;
	return ledger_get(&out->message, l, due->row, f);
}

enum status ledger_examine(
	struct ledger_examination *out, struct ledger *l, int64_t now_ns, struct fault *f)
{
	struct due due;

	*out = (struct ledger_examination){ .fd = -1 };
	for (;;) {
		TRY(due_read(&due, l, now_ns, f));
		if (due.attempts >= LEDGER_EXAMINE_ATTEMPTS)
			TRY(give_up(l, due.row, "each attempt ended without an outcome", now_ns,
				f));
		else
			TRY(examine_one(out, l, &due, now_ns, f));
		if (out->fd >= 0)
			return ST_OK;
	}
}

enum status ledger_examine_again(struct ledger *l, uint64_t row, int64_t next_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_EXAMINE_AGAIN, f, V_INT(row), V_INT(next_ns));
}

enum status ledger_examine_lost(struct ledger *l, uint64_t row, int64_t now_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_EXAMINE_LOST, f, V_INT(row),
		V_INT(LEDGER_EXAMINE_ATTEMPTS - 1), V_INT(now_ns + LEDGER_EXAMINE_PAUSE_NS));
}

enum status examination_recover(struct ledger *l, int64_t now_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_EXAMINE_ALL_AGAIN, f, V_INT(LEDGER_EXAMINE_ATTEMPTS - 1),
		V_INT(now_ns + LEDGER_EXAMINE_PAUSE_NS));
}

enum status ledger_examine_with(
	struct ledger *l, uint64_t row, uint32_t numbers, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_EXAMINE_NUMBERS, f, V_INT(row), V_INT(numbers));
}

/* --- what stays with a message --- */

/* The flag is about a document of tieline-documents(5). */
static bool is_of_ours(struct slice code)
{
	return slice_has_prefix(code, S("der."));
}

/* What a message was flagged for before says more, but that its partner rejected it says most. */
static bool gives_way(struct slice before, const struct fault *why)
{
	if (before.n == 0)
		return true;
	if (slice_has_prefix(before, S("answer.")))
		return !slice_has_prefix(slice_str(why->code), S("answer."));
	return (is_of_ours(before) || slice_has_prefix(before, S("x12."))) &&
		!slice_eq(before, S("x12.rejected")) &&
		slice_eq(slice_str(why->code), S("x12.rejected"));
}

/* ST_NONE: it is not settled yet, or was flagged for what says more. */
static enum status flag_make_way(char partner[PARTY_ID_MAX + 1], struct ledger *l, uint64_t row,
	const struct fault *why, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_FLAG_OF, V_INT(row));

	TRY(statement_step(l->sql, s, f));
	struct slice before = column_bytes(s, 1);
	enum status st = gives_way(before, why) ? ST_OK : ST_NONE;

	if (st == ST_OK)
		st = slice_to_text(partner, PARTY_ID_MAX + 1, column_bytes(s, 0), f);
	if (st == ST_OK && before.n > 0)
		flags_drop(l->flags, slice_str(partner), before);
	sqlite3_reset(s);
	return st;
}

enum status ledger_flag(struct ledger *l, uint64_t row, const struct fault *why, int64_t now_ns,
	struct fault *f)
{
	char partner[PARTY_ID_MAX + 1];
	enum status st = flag_make_way(partner, l, row, why, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	flags_add(l->flags, slice_str(partner), slice_str(why->code), 1, now_ns);
	return STATEMENT_RUN(l->sql, SQL_FLAG, f, V_INT(row), V_BYTES(slice_str(why->code)),
		V_BYTES(slice_str(why->text)));
}

enum status examination_flag(struct ledger *l, uint64_t row, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_FLAG_WAITING, V_INT(row));
	enum status st = statement_step(l->sql, s, f);
	struct fault why = { 0 };

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	struct slice code = column_bytes(s, 0), text = column_bytes(s, 1);

	fault_set(&why, ST_INPUT, "", "%.*s", SLICE_FMT(slice_to(text, 200)));
	st = slice_to_text(why.code, sizeof(why.code), code, f);
	sqlite3_reset(s);
	return st == ST_OK ? ledger_flag(l, row, &why, now_ns, f) : st;
}

/*
 * A set that nobody spoke of.  It may be looked for in all of them: not to be asked after the word
 * on each, but after that on all.
 */
static enum status is_open(bool *open, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_SETS_OPEN, V_INT(row));
	enum status st = statement_step(l->sql, s, f);

	*open = st == ST_OK;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

#define UNACKNOWLEDGED "x12.unacknowledged"

/* What was missed is here: that it was late remains an event. */
enum status ledger_flag_end(struct ledger *l, uint64_t row, const char *code, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_FLAG_OF, V_INT(row));
	enum status st = statement_step(l->sql, s, f);
	bool is_on = st == ST_OK && slice_eq(column_bytes(s, 1), slice_str(code));

	if (is_on)
		flags_drop(l->flags, column_bytes(s, 0), slice_str(code));
	sqlite3_reset(s);
	if (is_on)
		return STATEMENT_RUN(
			l->sql, SQL_FLAG, f, V_INT(row), V_BYTES(S("")), V_BYTES(S("")));
	return st == ST_NONE ? ST_OK : st;
}

/* It has none: it waits for nothing more. */
static enum status due_end(struct ledger *l, uint64_t row, struct fault *f)
{
	bool open;

	TRY(is_open(&open, l, row, f));
	if (open)
		return ST_OK;
	TRY(STATEMENT_RUN(l->sql, SQL_DUE_END, f, V_INT(row)));
	return ledger_flag_end(l, row, UNACKNOWLEDGED, f);
}

/* What was found, and until when it is to be acknowledged: that stands nowhere else for good. */
static enum status read_note(
	struct ledger *l, uint64_t row, struct slice summary, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_DUE_OF, V_INT(row));
	AUTO_IN_PLACE(buf) text = buf_init(1024);
	enum status st = statement_step(l->sql, s, f);
	char at[TIME_TEXT_MAX];

	if (st != ST_OK && st != ST_NONE)
		return st;
	buf_put(&text, slice_to(summary, 300));
	if (st == ST_OK)
		buf_putf(&text, LEDGER_DUE_WORDS "%s", time_format(at, sqlite3_column_int64(s, 0)));
	sqlite3_reset(s);
	return ledger_note_renew(l, row, now_ns, "x12-read", S(""), buf_slice(&text), f);
}

enum status ledger_examined(struct ledger *l, uint64_t row, const struct fault *why,
	struct slice summary, int64_t now_ns, struct fault *f)
{
	bool flagged = why && why->code[0];

	TRY(STATEMENT_RUN(l->sql, SQL_EXAMINE_END, f, V_INT(row)));
	TRY(history_findings(l, row, f));
	TRY(due_end(l, row, f));
	if (summary.n > 0)
		TRY(read_note(l, row, summary, now_ns, f));
	if (!flagged)
		return ST_OK;
	const char *what = is_of_ours(slice_str(why->code)) ? "document-flagged" : "x12-flagged";
	TRY(ledger_note_renew(
		l, row, now_ns, what, slice_str(why->code), slice_str(why->text), f));
	return ledger_flag(l, row, why, now_ns, f);
}

enum status ledger_finding(struct ledger *l, uint64_t row, struct slice code, struct slice text,
	int64_t now_ns, struct fault *f)
{
	return STATEMENT_RUN(l->sql, SQL_FINDING_ADD, f, V_INT(row), V_INT(now_ns), V_BYTES(code),
		V_BYTES(slice_to(text, 512)), V_INT(LEDGER_FINDINGS_MAX));
}

enum status ledger_registry_finding(struct ledger *l, uint64_t row, struct slice code,
	struct slice text, int64_t now_ns, struct fault *f)
{
	return ledger_note(l, row, now_ns, "registry-finding", code, text, f);
}

enum status ledger_registry_flag(
	struct ledger *l, uint64_t row, const struct fault *worst, int64_t now_ns, struct fault *f)
{
	TRY(ledger_note(l, row, now_ns, "registry-flagged", slice_str(worst->code),
		slice_str(worst->text), f));
	return ledger_flag(l, row, worst, now_ns, f);
}

enum status ledger_documents_read(
	struct ledger *l, uint64_t row, struct slice summary, int64_t now_ns, struct fault *f)
{
	return ledger_note_renew(l, row, now_ns, "document-read", S(""), summary, f);
}

enum status ledger_answered(struct ledger *l, uint64_t row, struct slice message_id,
	int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) detail = buf_init(MESSAGE_ID_MAX + 16);

	buf_putf(&detail, "by %.*s", SLICE_FMT(message_id));
	return ledger_note_renew(l, row, now_ns, "x12-answered", S(""), buf_slice(&detail), f);
}

/* --- copies --- */

/* Whoever dies over it, and does it again, says nothing twice. */
static enum status copy_note(struct ledger *l, uint64_t row, const char *what, struct slice code,
	struct slice text, int64_t now_ns, struct fault *f)
{
	return ledger_note_once(
		l, row, &(struct history_event){ now_ns, what, code, text }, LEDGER_COPY_EVENTS, f);
}

#define COPY_OF "of what is exchanged with"

/* "to RTO-1 as copy-...": who has the other half of it, and its Message-ID. */
static enum status other_put(struct buf *out, struct ledger *l, uint64_t row, const char *to,
	const char *as, struct fault *f)
{
	struct ledger_message m;

	TRY(ledger_get(&m, l, row, f));
	buf_putf(out, "%s %.*s %s %.*s", to, SLICE_FMT(m.partner), as, SLICE_FMT(m.message_id));
	return ST_OK;
}

/* `waits`: for those that are known already. */
static enum status copying_add(
	struct ledger *l, uint64_t of, uint64_t row, bool waits, struct fault *f)
{
	char origin[PARTY_ID_MAX + 1];
	struct ledger_order order;
	struct ledger_message m;

	TRY(ledger_get(&m, l, of, f));
	TRY(slice_to_text(origin, sizeof(origin), m.partner, f));
	TRY(ledger_get(&m, l, row, f));
	const struct copy_under_way copy = { row, m.partner, slice_str(origin), m.area };

	if (delivery_is_final(m.state))
		return ST_OK;
	if (waits) {
		TRY(order_copy_find(&order, l, &copy, f));
		TRY(order_wait(l, row, &order, f));
	}
	return order_copy_add(l, &copy, f);
}

enum status ledger_copied(
	struct ledger *l, uint64_t of, uint64_t row, int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) here = buf_init(512), there = buf_init(512);

	TRY(other_put(&here, l, row, "to", "as", f));
	TRY(other_put(&there, l, of, COPY_OF, "as", f));
	TRY(copying_add(l, of, row, false, f));
	TRY(copy_note(l, of, "copied", S(""), buf_slice(&here), now_ns, f));
	return copy_note(l, row, "copy-of", S(""), buf_slice(&there), now_ns, f);
}

enum status ledger_not_copied(struct ledger *l, uint64_t of, struct slice code, struct slice text,
	int64_t now_ns, struct fault *f)
{
	return copy_note(l, of, "not-copied", code, text, now_ns, f);
}

/* 0: there is none that says it was copied so. */
static enum status origin_get(uint64_t *out, struct ledger *l, struct slice partner,
	struct slice message_id, struct slice copied, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_COPY_ORIGIN, V_BYTES(message_id),
		V_BYTES(partner), V_BYTES(copied));
	enum status st = statement_step(l->sql, s, f);

	*out = st == ST_OK ? (uint64_t)sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* Names may have " as " in them: of all places where one may end it is the one that is there. */
static enum status origin_find(uint64_t *out, struct ledger *l, struct slice copy_of,
	struct slice copied, struct fault *f)
{
	const struct slice as = S(" as ");
	struct slice names = slice_from(copy_of, sizeof(COPY_OF));
	size_t at = 0, next;

	for (*out = 0; *out == 0 && slice_find(&next, slice_from(names, at), as); at += next + 1)
		TRY(origin_get(out, l, slice_to(names, at + next),
			slice_from(names, at + next + as.n), copied, f));
	return ST_OK;
}

/*
 * Of one whose original is not found, as it is gone or its Message-ID did not fit into an event,
 * nobody knows what comes before or after it: it waits for nothing.
 */
static enum status copy_load(struct ledger *l, struct sqlite3_stmt *s, struct fault *f)
{
	AUTO_IN_PLACE(buf) copied = buf_init(512);
	uint64_t of, row = (uint64_t)sqlite3_column_int64(s, 0);
	bool waits = sqlite3_column_int(s, 4) != 0;

	buf_putf(&copied, "to %.*s as %.*s", SLICE_FMT(column_bytes(s, 1)),
		SLICE_FMT(column_bytes(s, 2)));
	TRY(origin_find(&of, l, column_bytes(s, 5), buf_slice(&copied), f));
	return of != 0 ? copying_add(l, of, row, waits, f) : ST_OK;
}

enum status copies_load(struct ledger *l, struct fault *f)
{
	enum status st;
	struct sqlite3_stmt *s =
		statement_bind(l->sql, SQL_COPYING_ALL, NULL, 0);

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		if ((st = copy_load(l, s, f)) != ST_OK)
			break;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* ST_NONE: it is no copy. */
static enum status copy_lost_read(uint64_t *of, struct fault *why, struct ledger *l, uint64_t row,
	struct fault *f)
{
	AUTO_IN_PLACE(buf) copied = buf_init(512);
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_COPY, V_INT(row));

	TRY(statement_step(l->sql, s, f));
	struct slice to = column_bytes(s, 1), code = column_bytes(s, 4);

	buf_putf(&copied, "to %.*s as %.*s", SLICE_FMT(to), SLICE_FMT(column_bytes(s, 2)));
	fault_set(why, ST_INPUT, NOT_COPIED,
		"the copy to %.*s is %s (%.*s): see `tieline registry copy %.*s`", SLICE_FMT(to),
		delivery_name((enum delivery)sqlite3_column_int(s, 3)), SLICE_FMT(code),
		SLICE_FMT(to));
	enum status st = origin_find(of, l, column_bytes(s, 0), buf_slice(&copied), f);

	sqlite3_reset(s);
	return st;
}

enum status ledger_copy_lost(struct ledger *l, uint64_t row, int64_t now_ns, struct fault *f)
{
	struct fault why = { 0 };
	uint64_t of = 0;
	enum status st = copy_lost_read(&of, &why, l, row, f);

	if (st != ST_OK || of == 0)
		return st == ST_NONE ? ST_OK : st;
	TRY(copy_note(l, of, "document-flagged", slice_str(why.code), slice_str(why.text), now_ns,
		f));
	return ledger_flag(l, of, &why, now_ns, f);
}

/* --- sets --- */

static enum status partner_copy(
	struct slice *out, char room[PARTY_ID_MAX + 1], struct ledger *l, uint64_t row,
	struct fault *f)
{
	struct ledger_message m;

	TRY(ledger_get(&m, l, row, f));
	TRY(slice_to_text(room, PARTY_ID_MAX + 1, m.partner, f));
	*out = slice_str(room);
	return ST_OK;
}

struct slice ledger_set_number(struct slice said)
{
	while (said.n > 1 && said.p[0] == '0')
		said = slice_from(said, 1);
	return said;
}

static struct slice number_of(struct slice said)
{
	return ledger_set_number(said);
}

enum status ledger_set_sent(
	struct ledger *l, uint64_t row, const struct ledger_set *set, struct fault *f)
{
	char room[PARTY_ID_MAX + 1];
	struct slice partner;

	TRY(partner_copy(&partner, room, l, row, f));
	return STATEMENT_RUN(l->sql, SQL_SET_ADD, f, V_INT(row), V_BYTES(partner),
		V_BYTES(number_of(set->interchange)), V_BYTES(set->group_id),
		V_BYTES(number_of(set->group_number)), V_BYTES(set->set_id),
		V_BYTES(number_of(set->set_number)), V_BYTES(set->reference),
		V_BYTES(set->sender), V_BYTES(set->receiver), V_BYTES(set->stamp));
}

/* What it says of the sets: of their syntax, and of what they say. */
struct outcomes {
	int acknowledged, applied;
};

static struct outcomes outcomes_of(const struct ledger_verdict *v, uint64_t sent)
{
	/* That the interchange was read says nothing yet of a set in it. */
	if (v->about == ABOUT_INTERCHANGE && v->outcome != OUTCOME_REJECTED)
		return (struct outcomes){ 0, 0 };
	/* Some did not arrive, and nothing says which. */
	if (v->counts.said && v->counts.received < sent && v->outcome != OUTCOME_REJECTED)
		return (struct outcomes){ 0, 0 };
	return v->about == ABOUT_APPLICATION ? (struct outcomes){ 0, (int)v->outcome }
					     : (struct outcomes){ (int)v->outcome, 0 };
}

/* What is said, of whom, and by which message. */
struct said {
	struct outcomes o;
	struct slice partner;
	uint64_t answer;
	const struct ledger_verdict *v;
};

#define OUTCOME_BIND(which, ...) \
	STATEMENT_BIND(l->sql, which, V_INT(said->o.acknowledged), V_INT(said->o.applied), \
		V_BYTES(said->partner), __VA_ARGS__)

typedef struct sqlite3_stmt *way_fn(
	struct ledger *, const struct said *, const struct ledger_set *of);

static struct sqlite3_stmt *by_interchange(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(SQL_OUTCOME_OF_INTERCHANGE, V_BYTES(number_of(of->interchange)),
		V_BYTES(of->sender), V_BYTES(of->receiver), V_BYTES(of->stamp));
}

/* Whose word it is, by which groups of the same number are told apart. */
#define ANSWER(answer, v) \
	V_INT(answer), V_INT((v)->said_in), V_BYTES((v)->of.sender), V_BYTES((v)->of.receiver)

static struct sqlite3_stmt *by_group(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(SQL_OUTCOME_OF_GROUP, V_BYTES(number_of(of->group_number)),
		V_BYTES(of->group_id), ANSWER(said->answer, said->v));
}

static struct sqlite3_stmt *by_set(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(SQL_OUTCOME_OF_SET, V_BYTES(number_of(of->group_number)),
		V_BYTES(of->group_id), ANSWER(said->answer, said->v),
		V_BYTES(number_of(of->set_number)), V_BYTES(of->set_id));
}

static struct sqlite3_stmt *by_number(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(SQL_OUTCOME_OF_NUMBER, V_BYTES(number_of(of->group_number)),
		V_BYTES(of->group_id), V_BYTES(number_of(of->set_number)), V_BYTES(of->set_id));
}

static struct sqlite3_stmt *by_reference(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(
		SQL_OUTCOME_OF_REFERENCE, V_BYTES(of->reference), V_BYTES(of->set_id));
}

static struct sqlite3_stmt *by_both(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(SQL_OUTCOME_OF_BOTH, V_BYTES(of->reference), V_BYTES(of->set_id),
		V_BYTES(number_of(of->group_number)), V_BYTES(number_of(of->set_number)));
}

/* Whose number the reference to a set is, of documents that say what the set does. */
static unsigned numbered_as(struct slice set_id)
{
	static const struct {
		const char *set;
		enum document_type type;
	} numbered[] = { { "810", DOCUMENT_INVOICE }, { "820", DOCUMENT_REMITTANCE } };
	unsigned types = 0;

	for (size_t i = 0; i < sizeof(numbered) / sizeof(numbered[0]); i++)
		if (set_id.n == 0 || slice_eq(set_id, slice_str(numbered[i].set)))
			types |= DOCUMENT_BIT(numbered[i].type);
	return types;
}

/* What went as a document of our own types has no set; who answers in X12 names it all the same. */
static struct sqlite3_stmt *by_document(
	struct ledger *l, const struct said *said, const struct ledger_set *of)
{
	return OUTCOME_BIND(SQL_OUTCOME_OF_DOCUMENT, V_BYTES(said->v->document),
		V_BYTES(of->reference), V_INT(numbered_as(of->set_id)));
}

/* One after the other, until one finds something: of references each house has its own. */
#define WAYS_MAX 4
static way_fn *const ways[ABOUTS][WAYS_MAX] = {
	[ABOUT_INTERCHANGE] = { by_interchange },
	[ABOUT_GROUP] = { by_group },
	[ABOUT_SET] = { by_set },
	[ABOUT_APPLICATION] = { by_both, by_number, by_reference, by_document },
};

/* The message they are of, and how many sets; 0: none of what was sent. */
static enum status outcomes_put(uint64_t *row, uint64_t *count, struct ledger *l,
	const struct said *said, struct fault *f)
{
	const struct ledger_verdict *v = said->v;
	enum status st = ST_NONE;

	*count = 0;
	for (size_t i = 0; i < WAYS_MAX && ways[v->about][i] && st == ST_NONE && *count == 0; i++) {
		struct sqlite3_stmt *s = ways[v->about][i](l, said, &v->of);

		for (; (st = statement_step(l->sql, s, f)) == ST_OK; (*count)++)
			*row = (uint64_t)sqlite3_column_int64(s, 0);
	}
	return st == ST_NONE ? ST_OK : st;
}

static bool is_of_all(enum ledger_about about)
{
	return about == ABOUT_INTERCHANGE || about == ABOUT_GROUP;
}

/*
 * However much is said of single sets, what is said of all of them has its place; and however often
 * the message was tried before, what its partner says of it.
 */
static enum status has_room(
	bool *room, struct ledger *l, uint64_t row, enum ledger_about about, struct fault *f)
{
	int64_t most = LEDGER_VERDICT_EVENTS - (is_of_all(about) ? 0 : LEDGER_VERDICT_EVENTS_KEPT);
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_VERDICT_EVENTS, V_INT(row));

	TRY(statement_step(l->sql, s, f));
	*room = sqlite3_column_int64(s, 0) < most;
	sqlite3_reset(s);
	return ST_OK;
}

/* What is told in the events of the message it is about: sets that were accepted go unsaid. */
static const char *const events[ABOUTS][OUTCOMES] = {
	[ABOUT_INTERCHANGE] = { [OUTCOME_ACCEPTED] = "x12-taken", [OUTCOME_NOTED] = "x12-taken",
		[OUTCOME_REJECTED] = "x12-rejected" },
	[ABOUT_GROUP] = { [OUTCOME_ACCEPTED] = "x12-accepted", [OUTCOME_NOTED] = "x12-accepted",
		[OUTCOME_REJECTED] = "x12-rejected" },
	[ABOUT_SET] = { [OUTCOME_NOTED] = "x12-accepted", [OUTCOME_REJECTED] = "x12-rejected" },
	[ABOUT_APPLICATION] = { [OUTCOME_ACCEPTED] = "x12-applied", [OUTCOME_NOTED] = "x12-applied",
		[OUTCOME_REJECTED] = "x12-not-applied" },
};

static enum status event_once(struct ledger *l, uint64_t row, int64_t now_ns, const char *what,
	struct slice code, struct slice text, struct fault *f)
{
	return ledger_note_once(l, row, &(struct history_event){ now_ns, what, code, text },
		LEDGER_VERDICT_EVENTS, f);
}

/* Who says so, and what: an answer that is looked into again says nothing twice. */
static enum status verdict_note(struct ledger *l, uint64_t row, uint64_t answer,
	const struct ledger_verdict *v, struct fault *f)
{
	AUTO_IN_PLACE(buf) by = buf_init(MESSAGE_ID_MAX + 16);
	const char *what = events[v->about][v->outcome];
	struct ledger_message m;
	bool room;

	if (!what)
		return ST_OK;
	TRY(has_room(&room, l, row, v->about, f));
	if (!room)
		return ST_OK;
	TRY(ledger_get(&m, l, answer, f));
	buf_putf(&by, "by %.*s", SLICE_FMT(m.message_id));
	TRY(event_once(l, row, v->at_ns, "x12-told", S(""), buf_slice(&by), f));
	return event_once(l, row, v->at_ns, what,
		v->outcome == OUTCOME_REJECTED ? S("x12.rejected") : S(""), v->text, f);
}

static enum status verdict_tell(struct ledger *l, uint64_t row, uint64_t answer,
	const struct ledger_verdict *v, struct fault *f)
{
	struct fault why = { 0 };

	TRY(verdict_note(l, row, answer, v, f));
	if (v->outcome != OUTCOME_REJECTED)
		return ST_OK;
	fault_set(&why, ST_INPUT, "x12.rejected", "%.*s", SLICE_FMT(slice_to(v->text, 200)));
	return ledger_flag(l, row, &why, v->at_ns, f);
}

/* What is rejected and not found somebody has to find. */
static enum status unmatched(
	struct ledger *l, uint64_t row, const struct ledger_verdict *v, struct fault *f)
{
	struct fault why = { 0 };

	TRY(ledger_note_renew(
		l, row, v->at_ns, "x12-unmatched", S("x12.unmatched"), v->text, f));
	if (v->outcome != OUTCOME_REJECTED)
		return ST_OK;
	fault_set(&why, ST_INPUT, "x12.unmatched", "fits none of the sets we sent: %.*s",
		SLICE_FMT(slice_to(v->text, 180)));
	return ledger_flag(l, row, &why, v->at_ns, f);
}

/* How many sets of this group were sent, and of how many of them it was said that they are bad. */
static enum status group_sent(uint64_t *sent, uint64_t *rejected, struct ledger *l,
	struct slice partner, uint64_t answer, const struct ledger_verdict *v, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_GROUP_SENT, V_BYTES(partner),
		V_BYTES(number_of(v->of.group_number)), V_BYTES(v->of.group_id),
		ANSWER(answer, v));

	TRY(statement_step(l->sql, s, f));
	*sent = (uint64_t)sqlite3_column_int64(s, 0);
	*rejected = (uint64_t)sqlite3_column_int64(s, 1);
	sqlite3_reset(s);
	return ST_OK;
}

/* Who counts fewer than were sent does not know of all, and is to be asked. */
static enum status short_flag(struct ledger *l, uint64_t row, const struct ledger_verdict *v,
	uint64_t sent, struct fault *f)
{
	struct fault why = { 0 };

	fault_set(&why, ST_INPUT, "x12.answer.counts",
		"it counts %u of the %llu sets of group %.*s that were sent: ask the partner",
		v->counts.received, (unsigned long long)sent, SLICE_FMT(v->of.group_number));
	TRY(ledger_note_renew(
		l, row, v->at_ns, "x12-flagged", slice_str(why.code), slice_str(why.text), f));
	return ledger_flag(l, row, &why, v->at_ns, f);
}

/* What is said of a group, beside what was sent in it; `words` is what people get then. */
static enum status group_weigh(struct ledger_verdict *v, uint64_t *sent, struct buf *words,
	struct ledger *l, struct slice partner, uint64_t row, struct fault *f)
{
	uint64_t rejected;

	if (v->about != ABOUT_GROUP || !v->counts.said || v->outcome == OUTCOME_REJECTED)
		return ST_OK;
	TRY(group_sent(sent, &rejected, l, partner, row, v, f));
	if (*sent == 0)
		return ST_OK;
	buf_put(words, v->text);
	if (rejected < v->counts.rejected) {
		v->outcome = OUTCOME_REJECTED;
		buf_put_text(words, ": ask the partner which it rejects");
	} else if (v->counts.received < *sent) {
		buf_putf(words, ": %llu were sent", (unsigned long long)*sent);
		TRY(short_flag(l, row, v, *sent, f));
	}
	v->text = buf_slice(words);
	return ST_OK;
}

enum status ledger_verdict_take(uint64_t *found, struct ledger *l, uint64_t row,
	const struct ledger_verdict *said, struct fault *f)
{
	AUTO_IN_PLACE(buf) words = buf_init(8192);
	struct ledger_verdict v = *said;
	char room[PARTY_ID_MAX + 1];
	struct slice partner;
	uint64_t of = 0, sent = 0;

	TRY(partner_copy(&partner, room, l, row, f));
	TRY(group_weigh(&v, &sent, &words, l, partner, row, f));
	struct said what = { outcomes_of(&v, sent), partner, row, &v };
	TRY(outcomes_put(&of, found, l, &what, f));
	if (*found == 0)
		return unmatched(l, row, &v, f);
	TRY(verdict_tell(l, of, row, &v, f));
	return is_of_all(v.about) ? due_end(l, of, f) : ST_OK;
}

/* --- what did not come --- */

static enum status overdue_read(uint64_t *row, struct ledger *l, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_DUE_NEXT, V_INT(now_ns));

	TRY(statement_step(l->sql, s, f));
	*row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

static enum status overdue_flag(struct ledger *l, uint64_t row, int64_t now_ns, struct fault *f)
{
	struct fault why;

	fault_set(&why, ST_NONE, UNACKNOWLEDGED,
		"delivered, and no 997 or 999 came in the agreed time: ask the partner");
	TRY(ledger_note(l, row, now_ns, "x12-unacknowledged", slice_str(why.code),
		slice_str(why.text), f));
	return ledger_flag(l, row, &why, now_ns, f);
}

/* An answer may have said something of each set, and nothing of all of them. */
static enum status is_missed(bool *missed, struct ledger *l, uint64_t row, int64_t now_ns,
	const struct ledger_unacknowledged_hear *hear, struct fault *f)
{
	struct ledger_message m;
	bool open;

	TRY(ledger_get(&m, l, row, f));
	*missed = hear->is_expected(hear->context, &m);
	TRY(is_open(&open, l, row, f));
	if (open && !*missed)
		return ledger_note(l, row, now_ns, "x12-unexpected", S(""),
			S("no acknowledgment came, and the agreement expects none any more"), f);
	*missed = open;
	return ST_OK;
}

static enum status overdue_end(struct ledger *l, uint64_t row, int64_t now_ns,
	const struct ledger_unacknowledged_hear *hear, struct fault *f)
{
	struct ledger_message m;
	bool missed;

	TRY(STATEMENT_RUN(l->sql, SQL_DUE_END, f, V_INT(row)));
	TRY(is_missed(&missed, l, row, now_ns, hear, f));
	if (!missed)
		return ST_OK;
	TRY(overdue_flag(l, row, now_ns, f));
	TRY(ledger_get(&m, l, row, f));
	hear->each(hear->context, &m);
	return ST_OK;
}

enum status ledger_unacknowledged(struct ledger *l, int64_t now_ns,
	const struct ledger_unacknowledged_hear *hear, struct fault *f)
{
	uint64_t row;

	for (unsigned i = 0; i < LEDGER_EXPIRE_MAX; i++) {
		enum status st = overdue_read(&row, l, now_ns, f);

		if (st != ST_OK)
			return st == ST_NONE ? ST_OK : st;
		TRY(overdue_end(l, row, now_ns, hear, f));
	}
	return ST_OK;
}
