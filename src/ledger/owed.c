/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts that a partner asked for in a connection of their own (RFC 4130 7.1): a second queue of
 * the ledger process.  Each is stored in the batch of the message it is for, and goes out by the
 * same lanes, before messages, because somebody waits for it.  Its bytes are those of the message's
 * stored receipt, so that a message that comes again is answered with the same ones.
 *
 * What happens to it is told in events of the message, one of each kind however often it is
 * repeated: a partner that asks for ever fills no disk.
 */
#include "ledger/owed.h"

#include "ledger/history.h"
#include "ledger/ledger_internal.h"
#include "ledger/unreached.h"

#define TYPE_HEADER "Content-Type: "
#define HEADERS_MAX 16384 /* bytes: as many as a courier takes, and the type */

/*
 * A message that was refused, and now is accepted: its refusal must not arrive behind, or in the
 * place of, what is true now.
 */
static enum status refusal_withdraw(
	struct ledger *l, const struct ledger_message *m, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_OWED_REFUSAL, V_BYTES(m->message_id), V_BYTES(m->partner));
	enum status st = statement_step(l->sql, s, f);

	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	uint64_t row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	TRY(STATEMENT_RUN(l->sql, SQL_OWED_END, f, V_INT(row), V_INT(DELIVERY_EXPIRED)));
	return ledger_note_renew(l, row, m->created_ns, "receipt-withdrawn", S(""),
		S("the same message was accepted"), f);
}

/* Whoever sends what we refuse again and again is refused once for it while that waits. */
static enum status refusal_waits(bool *waits, struct ledger *l, uint64_t row,
	const struct ledger_message *m, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(
		l->sql, SQL_OWED_REFUSAL, V_BYTES(m->message_id), V_BYTES(m->partner));
	enum status st = statement_step(l->sql, s, f);

	*waits = st == ST_OK && (uint64_t)sqlite3_column_int64(s, 0) != row;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status owed_insert(
	struct ledger *l, uint64_t row, const struct ledger_arrival *a, struct fault *f)
{
	const struct ledger_message *m = &a->message;

	TRY(STATEMENT_RUN(l->sql, SQL_OWED_ADD, f, V_INT(row), V_BYTES(m->partner), V_INT(m->area),
		V_INT(m->created_ns), V_INT(a->owed.deadline_ns), V_BYTES(a->owed.headers)));
	if (sqlite3_changes(l->db) == 0)
		return ST_OK; /* one waits already */
	return ledger_note_renew(l, row, m->created_ns, "receipt-queued", S(""),
		S("asked for in a connection of its own"), f);
}

static enum status address_note(
	struct ledger *l, uint64_t row, const struct ledger_arrival *a, struct fault *f)
{
	if (a->owed.note.n == 0)
		return ST_OK;
	return ledger_note_renew(
		l, row, a->message.created_ns, "receipt-address", S(""), a->owed.note, f);
}

enum status owed_add(
	struct ledger *l, uint64_t row, const struct ledger_arrival *a, struct fault *f)
{
	bool waits = false;

	TRY(address_note(l, row, a, f));
	if (a->message.state == DELIVERY_REJECTED)
		TRY(refusal_waits(&waits, l, row, &a->message, f));
	else
		TRY(refusal_withdraw(l, &a->message, f));
	return waits ? ledger_note_renew(l, row, a->message.created_ns, "receipt-queued", S(""),
			       S(OWED_BEFORE), f)
		     : owed_insert(l, row, a, f);
}

/* Refusals that wait are of other documents, and stay. */
enum status owed_repeat(
	struct ledger *l, uint64_t row, const struct ledger_arrival *a, struct fault *f)
{
	TRY(address_note(l, row, a, f));
	return owed_insert(l, row, a, f);
}

/* --- the queue --- */

struct due {
	uint64_t row;
	unsigned attempts;
	int64_t deadline_ns;
	struct buf headers;
	struct ledger_digest digest;
};

static enum status due_read(struct due *out, struct ledger *l, struct slice partner, unsigned lane,
	int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_OWED_DUE, V_BYTES(partner), V_INT(lane), V_INT(now_ns));

	TRY(statement_step(l->sql, s, f));
	out->row = (uint64_t)sqlite3_column_int64(s, 0);
	out->attempts = (unsigned)sqlite3_column_int(s, 1);
	out->deadline_ns = sqlite3_column_int64(s, 2);
	buf_put(&out->headers, column_bytes(s, 3));
	buf_put_text(&out->headers, TYPE_HEADER);
	buf_put(&out->headers, column_bytes(s, 4));
	buf_put_text(&out->headers, "\r\n");
	digest_read(&out->digest, column_bytes(s, 5));
	sqlite3_reset(s);
	return buf_check(&out->headers, f);
}

static enum status sending(struct ledger *l, const struct due *due, int64_t now_ns, struct fault *f)
{
	AUTO_IN_PLACE(buf) detail = buf_init(64);

	buf_putf(&detail, "number %u", due->attempts + 1);
	TRY(STATEMENT_RUN(l->sql, SQL_OWED_SENDING, f, V_INT(due->row)));
	return ledger_note_renew(l, due->row, now_ns, "receipt-attempt", S(""), buf_slice(&detail), f);
}

static enum status job_fill(
	struct ledger_job *job, struct ledger *l, const struct due *due, struct fault *f)
{
	TRY(ledger_get(&job->message, l, due->row, f));
	job->message.attempts = due->attempts + 1;
	job->message.deadline_ns = due->deadline_ns;
	job->headers = buf_slice(&due->headers);
	message_keep(&job->message, &job->headers, &l->job);
	job->sealed_digest = due->digest;
	job->sealed.at = 0;
	enum status st = content_file(&job->parcel, &job->sealed.n, l, due->row, KIND_RECEIPT, f);
	/* Bytes that are gone are this receipt's trouble, and not its lane's. */
	return st == ST_OK ? ST_OK
			   : fault_set(f, ST_INPUT, "ledger.body",
				     "the stored receipt cannot be read: %.160s",
				     st == ST_NONE ? "it is gone" : f->text);
}

/* None is due; but one is where its partner is reached. */
static enum status unreached_read(struct due *out, struct ledger *l, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f)
{
	uint64_t row;

	TRY(unreached_receipt(&row, l, partner, lane, f));
	TRY(STATEMENT_RUN(l->sql, SQL_OWED_NOW, f, V_INT(row), V_INT(now_ns)));
	return due_read(out, l, partner, lane, now_ns, f);
}

enum status owed_take(struct ledger_job *job, struct ledger *l, struct slice partner, unsigned lane,
	int64_t now_ns, struct fault *f)
{
	struct due due = { .headers = buf_init(HEADERS_MAX) };
	enum status st = due_read(&due, l, partner, lane, now_ns, f);

	job->is_eased = st == ST_NONE && job->is_reached;
	if (job->is_eased)
		st = unreached_read(&due, l, partner, lane, now_ns, f);
	if (st == ST_OK)
		st = sending(l, &due, now_ns, f);
	if (st == ST_OK)
		st = job_fill(job, l, &due, f);
	buf_done(&due.headers);
	return st;
}

static enum status owed_state(enum delivery *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_OWED_STATE, V_INT(row));

	TRY(statement_step(l->sql, s, f));
	*out = column_state(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

enum status owed_defer(struct ledger *l, uint64_t row, const struct fault *why, int64_t now_ns,
	int64_t next_ns, struct fault *f)
{
	enum delivery now;

	TRY(owed_state(&now, l, row, f));
	if (!owed_may_become(now, DELIVERY_DEFERRED))
		return ST_NONE;
	TRY(STATEMENT_RUN(l->sql, SQL_OWED_DEFER, f, V_INT(row), V_INT(next_ns)));
	return ledger_note_renew(l, row, now_ns, "receipt-deferred", slice_str(why->code),
		slice_str(why->text), f);
}

/* --- its end --- */

enum status ledger_receipt_end(struct ledger *l, uint64_t row, enum delivery end,
	const struct fault *why, int64_t now_ns, struct fault *f)
{
	static const char *const events[DELIVERIES] = {
		[DELIVERY_DELIVERED] = "receipt-delivered",
		[DELIVERY_REFUSED] = "receipt-refused",
		[DELIVERY_EXPIRED] = "receipt-expired",
	};
	enum delivery now;
	enum status st = owed_state(&now, l, row, f);

	if (st == ST_NONE || (st == ST_OK && !owed_may_become(now, end)))
		return fault_set(f, ST_NONE, "ledger.settled", "no receipt is on its way");
	TRY(st);
	TRY(STATEMENT_RUN(l->sql, SQL_OWED_END, f, V_INT(row), V_INT(end)));
	return ledger_note_renew(l, row, now_ns, events[end], why ? slice_str(why->code) : S(""),
		why ? slice_str(why->text) : S(""), f);
}

enum status owed_expire(
	struct ledger_message *out, struct ledger *l, int64_t now_ns, struct fault *f)
{
	static const struct fault late = { ST_NONE, 0, "receipt.undelivered",
		"the partner did not take it by its deadline" };
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_OWED_OVERDUE, V_INT(now_ns));

	TRY(statement_step(l->sql, s, f));
	uint64_t row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	TRY(ledger_receipt_end(l, row, DELIVERY_EXPIRED, &late, now_ns, f));
	return ledger_get(out, l, row, f);
}

enum status ledger_receipts_owed(struct ledger *l,
	void (*each)(void *context, enum area area, enum delivery state,
		const struct ledger_count *),
	void *context, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_OWED_COUNTS, NULL, 0);
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		int area = sqlite3_column_int(s, 0), state = sqlite3_column_int(s, 1);
		const struct ledger_count count = {
			.count = (uint64_t)sqlite3_column_int64(s, 2),
			.oldest_ns = sqlite3_column_int64(s, 3),
		};
		if (area >= 0 && area < AREAS && state >= 0 && state < DELIVERIES)
			each(context, (enum area)area, (enum delivery)state, &count);
	}
	return st == ST_NONE ? ST_OK : st;
}
