/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger over SQLite.  Run by the ledger process alone, in its own directory.  See schema.c for
 * the file's form and spool.c for large bodies.  Every operation either holds for the whole batch
 * or fails the whole batch, except the outcomes that are answers (a duplicate, a message settled
 * before), which change nothing but an event.
 */
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/fd.h"
#include "ledger/examination.h"
#include "ledger/flags.h"
#include "ledger/history.h"
#include "ledger/joined_log.h"
#include "ledger/kept.h"
#include "ledger/late_receipts.h"
#include "ledger/ledger_internal.h"
#include "ledger/moves.h"
#include "ledger/newest.h"
#include "ledger/owed.h"
#include "ledger/schema.h"
#include "ledger/send_order.h"
#include "ledger/unreached.h"

/* part, which quoted-printable may treble, decoded document, signature */
#define PARCEL_INLINE_MAX (8 * LEDGER_INLINE_MAX)
#define RECEIPT_MAX 65536
#define DIFFERS_NOTED_MAX 8 /* events of a message: each has a row of its own, too */
#define PAUSE_MAX_NS (2 * 86400 * NS_PER_S) /* a partner may ask for a day */

/* --- life --- */

static enum status flags_load(struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_FLAGGED, NULL, 0);
	enum status st;

	flags_clear(l->flags);
	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		flags_add(l->flags, column_bytes(s, 0), column_bytes(s, 1),
			(uint64_t)sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3));
	return st == ST_NONE ? ST_OK : st;
}

static enum status counts_load(struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_COUNTS, NULL, 0);
	enum status st;

	memset(l->counts, 0, sizeof(l->counts));
	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		int64_t direction = sqlite3_column_int64(s, 0), area = sqlite3_column_int64(s, 1),
			state = sqlite3_column_int64(s, 2);
		if (direction >= 0 && direction < 2 && area >= 0 && area < AREAS && state >= 0 &&
			state < DELIVERIES)
			l->counts[direction][area][state] = (uint64_t)sqlite3_column_int64(s, 3);
	}
	return st == ST_NONE ? flags_load(l, f) : st;
}

static bool spool_is_known(void *context, const char *name)
{
	struct ledger *l = context;
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_SPOOL_KNOWN, V_TEXT(name));
	enum status st = statement_step(l->sql, s, NULL);

	if (st == ST_OK)
		sqlite3_reset(s);
	return st != ST_NONE; /* in doubt it stays */
}

static enum status db_open(struct ledger *l, struct fault *f)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE;

	/* Nobody asks how much it holds; too late when it runs already, and then it counts on. */
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (sqlite3_open_v2("ledger.db", &l->db, flags, joined_log_vfs()) != SQLITE_OK)
		return fault_set(f, ST_HOST, "ledger.open", "ledger.db: %s",
			l->db ? sqlite3_errmsg(l->db) : "out of memory");
	sqlite3_limit(l->db, SQLITE_LIMIT_LENGTH, 16 << 20);
	sqlite3_limit(l->db, SQLITE_LIMIT_ATTACHED, 0);
	/* Else each value that stands beside one of a partial index has its statement compiled. */
	(void)sqlite3_db_config(l->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
	TRY(schema_prepare(&l->was, l->db, l->chain.digest, f));
	TRY(moves_guard(l->db, f));
	TRY(order_prepare(l, f));
	TRY(unreached_prepare(l, f));
	TRY(statements_new(&l->sql, l->db, f));
	return ledger_recover(l, f);
}

/* No pause is so long: the clock was ahead when it was set. */
static enum status pauses_mend(struct ledger *l, struct fault *f)
{
	int64_t now_ns = clock_utc_ns(), most_ns = now_ns + PAUSE_MAX_NS;

	TRY(STATEMENT_RUN(l->sql, SQL_HURRY, f, V_INT(now_ns), V_INT(most_ns)));
	return STATEMENT_RUN(l->sql, SQL_OWED_HURRY, f, V_INT(now_ns), V_INT(most_ns));
}

enum status ledger_clock_set_back(struct ledger *l, int64_t by_ns, struct fault *f)
{
	int64_t now_ns = clock_utc_ns();

	l->is_unsynced = true;
	TRY(STATEMENT_RUN(l->sql, SQL_OWED_PAUSES_MOVE, f, V_INT(by_ns), V_INT(now_ns)));
	return STATEMENT_RUN(l->sql, SQL_PAUSES_MOVE, f, V_INT(by_ns), V_INT(now_ns));
}

enum status ledger_recover(struct ledger *l, struct fault *f)
{
	l->is_unsynced = true;
	TRY(statement_run(l->sql, SQL_RECOVER, NULL, 0, f));
	TRY(statement_run(l->sql, SQL_OWED_RECOVER, NULL, 0, f));
	TRY(examination_recover(l, clock_utc_ns(), f));
	TRY(pauses_mend(l, f));
	TRY(order_clear(l, f));
	TRY(copies_load(l, f));
	TRY(order_load(l, f));
	TRY(unreached_load(l, f));
	l->chain_known = false;
	return counts_load(l, f);
}

enum status ledger_prove(struct ledger *l, struct fault *f)
{
	return schema_prove(l->db, f);
}

/*
 * What an owner before us committed and did not live to sync is as good as all else from here on.
 * It may have ended because a sync failed, after which another proves nothing of the log: so all
 * goes into the database; while the disk is full the log must do.
 */
static enum status log_settle(struct ledger *l, struct fault *f)
{
	if (l->was == 0 ||
		sqlite3_wal_checkpoint_v2(
			l->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK)
		return ST_OK;
	if ((sqlite3_errcode(l->db) & 0xff) == SQLITE_FULL && fdatasync(l->log) == 0)
		return ST_OK;
	return fault_set(f, ST_HOST, "ledger.open", "syncing what ledger.db-wal holds: %s",
		sqlite3_errmsg(l->db));
}

/* SQLite has it open for as long as the database, under the same name. */
static enum status log_open(struct ledger *l, struct fault *f)
{
	l->log = open("ledger.db-wal", O_RDONLY | O_CLOEXEC);
	return l->log < 0 ? fault_errno(f, ST_HOST, "ledger.open", "ledger.db-wal")
			  : log_settle(l, f);
}

/*
 * Of a disk that is read-only SQLite says many things, none of which is that; and of one that takes
 * no more files, that a file cannot be opened.
 */
static enum status meant(enum status st, struct fault *f)
{
	int why = st == ST_OK ? 0 : fd_write_errno(AT_FDCWD);

	if (why == EROFS)
		return schema_code_fault(SQLITE_READONLY, f, "opening ledger.db");
	if ((why == ENOSPC || why == EDQUOT) && f &&
		strcmp(f->code, LEDGER_FAILED) == 0)
		return schema_code_fault(SQLITE_FULL, f, "opening ledger.db");
	return st;
}

enum status ledger_open(struct ledger **out, ledger_hash *hash, struct fault *f)
{
	AUTO(ledger) l = alloc_zeroed(1, sizeof(*l));

	l->flags = flags_new();
	l->chain = chain_init(hash);
	l->bytes = buf_init(PARCEL_INLINE_MAX);
	l->result = buf_init(1 << 20);
	l->job = buf_init(1 << 20);
	l->log = -1;
	TRY(meant(db_open(l, f), f));
	TRY(meant(log_open(l, f), f));
	TRY(meant(spool_open(&l->spool, spool_is_known, l, f), f));
	*out = TAKE(l);
	return ST_OK;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	fd_close(&l->log);
	statements_free(l->sql);
	spool_free(l->spool);
	sqlite3_close(l->db);
	flags_free(l->flags);
	chain_done(&l->chain);
	buf_done(&l->bytes);
	buf_done(&l->result);
	buf_done(&l->job);
	free(l);
}

int64_t ledger_was(const struct ledger *l)
{
	return l->was;
}

/* --- batches --- */

enum status ledger_begin(struct ledger *l, struct fault *f)
{
	TRY(statement_run(l->sql, SQL_BEGIN, NULL, 0, f));
	l->began_changes = sqlite3_total_changes64(l->db);
	l->in_batch = true;
	return ST_OK;
}

static void batch_undo(struct ledger *l)
{
	l->in_batch = false;
	/*
	 * SQLite may have rolled back by itself, on a full disk for one: then this fails, and
	 * nothing is left to undo.
	 */
	if (!sqlite3_get_autocommit(l->db))
		(void)!statement_run(l->sql, SQL_ROLLBACK, NULL, 0, NULL);
	l->chain_known = false;
	(void)!counts_load(l, NULL);
}

void ledger_rollback(struct ledger *l)
{
	if (!l->in_batch)
		return;
	batch_undo(l);
	spool_undo(l->spool);
}

/*
 * A commit whose sync failed may stand whole in the log, and would hold again for whoever opens
 * the database before it is written over: it must be gone before its files are.  On a full disk
 * its last frame was not written.
 */
static bool commit_is_gone(struct ledger *l, bool disk_full)
{
	return disk_full ||
		sqlite3_wal_checkpoint_v2(
			l->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL) == SQLITE_OK;
}

static void commit_undo(struct ledger *l)
{
	bool disk_full = (sqlite3_errcode(l->db) & 0xff) == SQLITE_FULL;

	batch_undo(l);
	if (commit_is_gone(l, disk_full))
		spool_undo(l->spool);
	else
		spool_abandon(l->spool);
}

enum status ledger_commit(struct ledger *l, struct fault *f)
{
	enum status st = spool_sync(l->spool, f);

	if (st != ST_OK) {
		ledger_rollback(l);
		return st;
	}
	st = statement_run(l->sql, SQL_COMMIT, NULL, 0, f);
	if (st != ST_OK) {
		commit_undo(l);
		return st;
	}
	l->in_batch = false;
	l->is_unsynced |= sqlite3_total_changes64(l->db) != l->began_changes;
	spool_commit(l->spool);
	return ST_OK;
}

int ledger_log(const struct ledger *l)
{
	return l->is_unsynced ? l->log : -1;
}

void ledger_durable(struct ledger *l)
{
	l->is_unsynced = false;
	spool_durable(l->spool);
}

void ledger_tidy(struct ledger *l)
{
	if (sqlite3_total_changes64(l->db) == l->tidied_changes)
		return;
	if (sqlite3_wal_checkpoint_v2(l->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) ==
		SQLITE_OK)
		l->tidied_changes = sqlite3_total_changes64(l->db);
}

enum status ledger_spool_file(
	int *fd, struct ledger *l, unsigned owner, uint64_t ticket, struct fault *f)
{
	return spool_lend(fd, l->spool, owner, ticket, f);
}

void ledger_spool_forget(struct ledger *l, unsigned owner, uint64_t ticket)
{
	spool_forget(l->spool, owner, ticket);
}

void ledger_spool_forget_all(struct ledger *l, unsigned owner)
{
	spool_forget_all(l->spool, owner);
}

enum status ledger_spool_scratch(int *fd, struct ledger *l, struct fault *f)
{
	return spool_scratch(fd, l->spool, f);
}

/* --- pieces --- */

/*
 * `how`: SQL_CONTENT_NEW of a new message, which is cheaper, SQL_CONTENT_TURN in place of the
 * sealed bytes, or SQL_CONTENT_PUT.
 */
static enum status section_write(struct ledger *l, enum statement how, uint64_t row, int kind,
	int parcel, struct section where, struct fault *f)
{
	buf_clear(&l->bytes);
	TRY(fd_read_at(&l->bytes, parcel, where.at, where.n, f));
	return STATEMENT_RUN(
		l->sql, how, f, V_INT(row), V_INT(kind), V_BYTES(buf_slice(&l->bytes)));
}

static enum status section_store(
	struct ledger *l, uint64_t row, int kind, int parcel, struct section where, struct fault *f)
{
	return section_write(l, SQL_CONTENT_NEW, row, kind, parcel, where, f);
}

static bool is_large(const struct ledger_message *m)
{
	return m->size > LEDGER_INLINE_MAX;
}

static void count(struct ledger *l, int direction, enum area area, enum delivery state, int by)
{
	l->counts[direction][area][state] += (uint64_t)(int64_t)by;
}

struct addition {
	const struct ledger_message *m;
	struct slice signer, receipt_type, headers;
	struct section part, document, signature, sealed;
	struct slice sent_digest; /* of the sealed form, or our receipt */
	struct ledger_scope scope;
	int64_t watch_ns, secret_until_ns;
	bool is_opaque;
	const char *spool; /* NULL: inline */
};

static enum status message_add(
	uint64_t *row, struct ledger *l, const struct addition *a, struct fault *f)
{
	const struct ledger_message *m = a->m;

	TRY(STATEMENT_RUN(l->sql, SQL_MESSAGE_ADD, f, V_INT(m->direction), V_INT(m->state),
		V_INT(m->area), V_BYTES(m->partner), V_BYTES(m->message_id), V_BYTES(m->media_type),
		V_BYTES(m->filename), V_INT(m->size),
		V_BYTES(slice_of(m->digest, sizeof(m->digest))), V_BYTES(m->mic),
		V_INT(m->created_ns), V_INT(m->deadline_ns), V_INT(m->settled_ns),
		V_BYTES(m->fault_code), V_BYTES(m->fault_text), V_BYTES(a->signer),
		V_BYTES(a->receipt_type), V_BYTES(a->headers), V_TEXT(a->spool), V_INT(a->part.at),
		V_INT(a->part.n), V_INT(a->document.at), V_INT(a->document.n),
		V_INT(a->signature.at), V_INT(a->signature.n), V_INT(a->sealed.at),
		V_INT(a->sealed.n), V_INT(m->attempts), V_BYTES(a->scope.name),
		V_INT(a->scope.sequence), V_INT(a->watch_ns), V_INT(a->secret_until_ns),
		V_BYTES(a->sent_digest), V_INT(a->is_opaque)));
	*row = (uint64_t)sqlite3_last_insert_rowid(l->db);
	count(l, (int)m->direction, m->area, m->state, 1);
	return ST_OK;
}

/* Its first event, which answers for what never changes in its row: CHAIN_BORN. */
static enum status message_begin(struct ledger *l, uint64_t row, const struct addition *a,
	const char *what, struct fault *f)
{
	const struct ledger_message *m = a->m;
	bool ended = m->direction == MESSAGE_IN;
	const struct value born[CHAIN_BORN_COUNT] = { V_INT(m->direction), V_INT(m->area),
		V_BYTES(m->partner), V_BYTES(m->message_id), V_BYTES(m->media_type),
		V_BYTES(m->filename), V_INT(m->size),
		V_BYTES(slice_of(m->digest, sizeof(m->digest))), V_BYTES(m->mic),
		V_INT(m->created_ns), V_INT(m->deadline_ns), V_BYTES(a->headers), V_TEXT(a->spool),
		V_INT(a->part.at), V_INT(a->part.n), V_INT(a->document.at), V_INT(a->document.n),
		V_INT(a->signature.at), V_INT(a->signature.n), V_INT(a->sealed.at),
		V_BYTES(a->scope.name), V_INT(a->scope.sequence),
		V_INT(ended ? m->settled_ns : 0), V_BYTES(ended ? a->signer : S("")),
		V_BYTES(ended ? a->receipt_type : S("")), V_INT(a->secret_until_ns) };
	const struct history_event e = { m->created_ns, what, m->fault_code, m->fault_text };

	return history_begin(l, row, &e, born, f);
}

/* A section must lie within its parcel: the numbers come from another process. */
static enum status sections_check(
	int parcel, const struct section *sections, size_t n, struct fault *f)
{
	uint64_t size;

	TRY(fd_size(&size, parcel, f));
	for (size_t i = 0; i < n; i++)
		if (sections[i].n > size || sections[i].at > size - sections[i].n)
			return fault_set(f, ST_INPUT, "ledger.section",
				"a section of %llu bytes at %llu in a parcel of %llu",
				(unsigned long long)sections[i].n,
				(unsigned long long)sections[i].at, (unsigned long long)size);
	return ST_OK;
}

/*
 * What is kept of a parcel ends where its last section begins, and must fit where it goes: known
 * before the first write.
 */
static enum status kept_check(const struct ledger_message *m, const struct section *kept, size_t n,
	uint64_t end, struct fault *f)
{
	for (size_t i = 0; i < n; i++)
		if (kept[i].at + kept[i].n > end)
			return fault_set(f, ST_INPUT, "ledger.section",
				"a section that is kept lies behind one that is not");
	if (!is_large(m) && end > PARCEL_INLINE_MAX)
		return fault_set(f, ST_LIMIT, "ledger.parcel",
			"%llu bytes around a document of %llu", (unsigned long long)end,
			(unsigned long long)m->size);
	return ST_OK;
}

/*
 * Whatever fails once rows are written has half-done something: only undoing the whole batch mends
 * that.
 */
static enum status half_done(enum status st, struct fault *f)
{
	if (st == ST_OK || st == ST_RETRY || st == ST_HOST)
		return st;
	if (f)
		f->status = ST_HOST;
	return ST_HOST;
}

/* What stays of a parcel: everything up to `end`. */
static enum status parcel_store(struct ledger *l, uint64_t row, const struct addition *a,
	int parcel, uint64_t end, struct fault *f)
{
	return a->spool ? ST_OK
			: section_store(l, row, KIND_PARCEL, parcel, (struct section){ 0, end }, f);
}

/* --- receiving --- */

static enum status row_find(uint64_t *row, struct ledger *l, enum statement which,
	const struct ledger_message *m, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, which, V_BYTES(m->message_id), V_BYTES(m->partner));

	TRY(statement_step(l->sql, s, f));
	*row = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

/* What is held under the id already. */
struct held_before {
	uint64_t row, size;
	int64_t created_ns;
	uint8_t digest[DIGEST_SIZE];
	bool is_same;   /* the document that comes now */
	bool other_mic; /* by other headers around it, or another boundary within */
};

/*
 * What is refused now is often read no further than its head.  Nobody knows then what is in it, and
 * it is answered as what was accepted (promise 2): the MIC of that is in the receipt, so who sent
 * another document finds that out, and who sent the same hears what became of it.  But for the
 * refusal of what differs, which comes back here after it was read.
 */
static bool is_same_document(
	const struct ledger_arrival *a, struct slice digest, struct slice mic)
{
	const struct ledger_message *m = &a->message;

	if (m->state == DELIVERY_RECEIVED)
		return slice_eq(digest, slice_of(m->digest, sizeof(m->digest)));
	if (a->came.digest.n == 0 && a->came.mic.n == 0)
		return !slice_eq(m->fault_code, S(DUPLICATE_DIFFERS));
	return (a->came.digest.n > 0 && slice_eq(a->came.digest, digest)) ||
		(a->came.mic.n > 0 && slice_eq(a->came.mic, mic));
}

static enum status held_find(struct held_before *out, struct ledger *l,
	const struct ledger_arrival *a, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_FIND_RECEIVED,
		V_BYTES(a->message.message_id), V_BYTES(a->message.partner));

	TRY(statement_step(l->sql, s, f));
	const struct slice digest = column_bytes(s, 1);

	*out = (struct held_before){ .row = (uint64_t)sqlite3_column_int64(s, 0),
		.size = (uint64_t)sqlite3_column_int64(s, 3),
		.created_ns = sqlite3_column_int64(s, 4),
		.is_same = is_same_document(a, digest, column_bytes(s, 2)),
		.other_mic = a->message.state == DELIVERY_RECEIVED &&
			!slice_eq(column_bytes(s, 2), a->message.mic) };
	for (size_t i = 0; i < digest.n && i < DIGEST_SIZE; i++)
		out->digest[i] = digest.p[i];
	sqlite3_reset(s);
	return ST_OK;
}

/* The first stays as it is: nobody may put another in its place, or pass one off as it. */
static enum status differs_note(struct ledger *l, const struct held_before *held,
	const struct ledger_message *m, struct fault *f)
{
	AUTO_IN_PLACE(buf) was = buf_init(2 * DIGEST_SIZE), now = buf_init(2 * DIGEST_SIZE),
			   detail = buf_init(LEDGER_DETAIL_MAX);
	char at[TIME_TEXT_MAX];

	hex_format(&was, slice_of(held->digest, DIGEST_SIZE));
	hex_format(&now, slice_of(m->digest, DIGEST_SIZE));
	buf_putf(&detail,
		"refused: another document under the same Message-ID, %llu bytes, SHA-256 %s",
		(unsigned long long)m->size, buf_text(&now));
	const struct history_event e = { m->created_ns, "duplicate-differs", S(DUPLICATE_DIFFERS),
		buf_slice(&detail) };

	TRY(half_done(ledger_note_once(l, held->row, &e, DIFFERS_NOTED_MAX, f), f));
	return fault_set(f, ST_INPUT, DUPLICATE_DIFFERS,
		"this Message-ID was accepted at %s with another document: %llu bytes, SHA-256 "
		"%.16s..., now %llu bytes, %.16s...: a new document needs a new Message-ID",
		time_format(at, held->created_ns), (unsigned long long)held->size, buf_text(&was),
		(unsigned long long)m->size, buf_text(&now));
}

static enum status mic_note(struct ledger *l, const struct held_before *held,
	const struct ledger_message *m, struct fault *f)
{
	AUTO_IN_PLACE(buf) detail = buf_init(LEDGER_DETAIL_MAX);

	buf_putf(&detail, "the same document with other headers: its MIC is %.*s then",
		SLICE_FMT(m->mic));
	const struct history_event e = { m->created_ns, "duplicate-mic", S(""),
		buf_slice(&detail) };

	return ledger_note_once(l, held->row, &e, DIFFERS_NOTED_MAX, f);
}

/* ST_NONE: it is answered with what is held. */
static enum status duplicate_note(struct ledger *l, const struct held_before *held,
	const struct ledger_arrival *a, struct fault *f)
{
	if (!held->is_same)
		return differs_note(l, held, &a->message, f);
	TRY(half_done(history_count(l, held->row, a->message.created_ns, f), f));
	if (a->owed.headers.n)
		TRY(half_done(owed_repeat(l, held->row, a, f), f));
	if (held->other_mic)
		TRY(half_done(mic_note(l, held, &a->message, f), f));
	if (held->other_mic)
		return fault_set(f, ST_NONE, DUPLICATE_MIC, "received before, with another MIC");
	return fault_set(f, ST_NONE, "ledger.duplicate", "received before");
}

/* Of what is refused only what cannot be mended by sending it again; as SQL_FLAGGED has it. */
static bool is_flagged(const struct ledger_message *m)
{
	return m->state == DELIVERY_RECEIVED ? m->fault_code.n != 0
					     : slice_eq(m->fault_code, S(DUPLICATE_DIFFERS));
}

static enum status arrival_add(
	uint64_t *row, struct ledger *l, const struct ledger_arrival *a, struct fault *f)
{
	char spool[SPOOL_NAME_MAX];
	bool accepted = a->message.state == DELIVERY_RECEIVED;
	struct addition add = { .m = &a->message,
		.signer = a->signer,
		.receipt_type = a->receipt_type,
		.sent_digest = a->receipt_digest,
		.part = a->part,
		.document = a->document,
		.signature = a->signature,
		.scope = a->scope,
		.is_opaque = a->is_opaque };

	if (accepted && is_large(&a->message)) {
		TRY(spool_store(spool, l->spool, a->parcel, f));
		add.spool = spool;
	}
	TRY(message_add(row, l, &add, f));
	TRY(section_store(l, *row, KIND_RECEIPT, a->parcel, a->receipt, f));
	if (accepted)
		TRY(parcel_store(l, *row, &add, a->parcel, a->receipt.at, f));
	if (is_flagged(&a->message))
		flags_add(l->flags, a->message.partner, a->message.fault_code, 1,
			a->message.settled_ns);
	return message_begin(l, *row, &add, delivery_name(a->message.state), f);
}

static enum status came_keep(
	struct ledger *l, uint64_t row, const struct ledger_arrival *a, struct fault *f)
{
	const struct kept kept = { .row = row,
		.partner = a->message.partner,
		.at_ns = a->message.settled_ns,
		.until_ns = a->came.until_ns,
		.bytes = a->came.bytes,
		.fd = a->parcel };

	return kept_add(l, &kept, f);
}

/* The receipt that goes by itself becomes durable with what it is for. */
static enum status arrival_store(
	uint64_t *row, struct ledger *l, const struct ledger_arrival *a, struct fault *f)
{
	TRY(arrival_add(row, l, a, f));
	if (a->scope.name.n && a->message.state == DELIVERY_RECEIVED)
		TRY(newest_note(l, *row, &a->message, &a->scope, a->message.settled_ns, f));
	TRY(examination_add(l, *row, &a->message, &a->wish, f));
	TRY(came_keep(l, *row, a, f));
	return a->owed.headers.n ? owed_add(l, *row, a, f) : ST_OK;
}

enum status ledger_receive(
	uint64_t *row, struct ledger *l, const struct ledger_arrival *a, struct fault *f)
{
	const struct section all[] = { a->part, a->document, a->signature, a->receipt,
		a->came.bytes };
	struct held_before held;
	enum status st;

	TRY(sections_check(a->parcel, all, 5, f));
	if (a->receipt.n > RECEIPT_MAX)
		return fault_set(f, ST_LIMIT, "ledger.receipt", "a receipt of %llu bytes",
			(unsigned long long)a->receipt.n);
	if (a->message.state == DELIVERY_RECEIVED)
		TRY(kept_check(&a->message, all, 3, a->receipt.at, f));
	st = held_find(&held, l, a, f);
	if (st != ST_OK && st != ST_NONE)
		return st;
	/* Also what is refused now: if it is what was accepted before, that is what counts. */
	if (st == ST_NONE || (!held.is_same && a->message.state == DELIVERY_REJECTED))
		return half_done(arrival_store(row, l, a, f), f);
	*row = held.row;
	return duplicate_note(l, &held, a, f);
}

/* --- sending --- */

static enum status repeat_check(
	uint64_t *row, struct ledger *l, const struct ledger_message *m, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_FIND_SENT, V_BYTES(m->message_id), V_BYTES(m->partner));

	TRY(statement_step(l->sql, s, f));
	*row = (uint64_t)sqlite3_column_int64(s, 0);
	bool same = slice_eq(column_bytes(s, 1), slice_of(m->digest, sizeof(m->digest))) &&
		(enum area)sqlite3_column_int(s, 2) == m->area &&
		slice_eq(column_bytes(s, 3), m->media_type);
	sqlite3_reset(s);
	return same
		? ST_OK
		: fault_set(f, ST_INPUT, "message.id.taken",
			  "this Message-ID was used for another document, area or media type to "
			  "this partner");
}

/* It replaces what is older, or is itself older than what was here before it. */
static enum status submission_scope(
	struct ledger *l, uint64_t row, const struct ledger_submission *s, struct fault *f)
{
	if (s->scope.name.n == 0)
		return ST_OK;
	TRY(newest_note(l, row, &s->message, &s->scope, s->message.created_ns, f));
	return newest_supersede(l, s->message.partner, s->scope.name, s->message.created_ns, f);
}

static enum status submission_add(
	uint64_t *row, struct ledger *l, const struct ledger_submission *s, struct fault *f)
{
	char spool[SPOOL_NAME_MAX];
	struct addition add = { .m = &s->message,
		.headers = s->headers,
		.part = s->part,
		.document = s->document,
		.signature = s->signature,
		.sealed = s->sealed,
		.sent_digest = s->sealed_digest,
		.scope = s->scope,
		.secret_until_ns = s->secret_until_ns,
		.watch_ns = s->message.deadline_ns };

	if (s->alarm_ns != 0 && s->alarm_ns < add.watch_ns)
		add.watch_ns = s->alarm_ns;
	if (is_large(&s->message)) {
		TRY(spool_store(spool, l->spool, s->parcel, f));
		add.spool = spool;
	}
	TRY(message_add(row, l, &add, f));
	TRY(parcel_store(l, *row, &add, s->parcel, s->sealed.at, f));
	if (!add.spool)
		TRY(section_store(l, *row, KIND_SEALED, s->parcel, s->sealed, f));
	TRY(message_begin(l, *row, &add, "submitted", f));
	TRY(examination_add(l, *row, &s->message, &s->wish, f));
	TRY(submission_scope(l, *row, s, f));
	return s->message.state == DELIVERY_SENDING
		? ledger_note(l, *row, clock_utc_ns(), LEDGER_ATTEMPT, S(""), S(""), f)
		: ST_OK;
}

enum status ledger_submit(uint64_t *row, bool *repeated, struct ledger *l,
	const struct ledger_submission *s, struct fault *f)
{
	const struct section all[] = { s->part, s->document, s->signature, s->sealed };

	TRY(sections_check(s->parcel, all, 4, f));
	TRY(kept_check(&s->message, all, 3, s->sealed.at, f));
	if (!is_large(&s->message) && s->sealed.n > PARCEL_INLINE_MAX)
		return fault_set(f, ST_LIMIT, "ledger.parcel", "a sealed form of %llu bytes",
			(unsigned long long)s->sealed.n);
	enum status st = repeat_check(row, l, &s->message, f);
	*repeated = st == ST_OK;
	return st == ST_NONE ? half_done(submission_add(row, l, s, f), f) : st;
}

/* --- reading rows --- */

static void message_read(struct ledger_message *m, struct sqlite3_stmt *s)
{
	struct slice digest = column_bytes(s, COL_DIGEST);

	*m = (struct ledger_message){
		.row = (uint64_t)sqlite3_column_int64(s, COL_ROW),
		.direction = sqlite3_column_int64(s, COL_DIRECTION) ? MESSAGE_IN : MESSAGE_OUT,
		.state = column_state(s, COL_STATE),
		.area = column_area(s, COL_AREA),
		.partner = column_text(s, COL_PARTNER, PARTY_ID_MAX),
		.message_id = column_text(s, COL_MESSAGE_ID, MESSAGE_ID_MAX),
		.media_type = column_text(s, COL_MEDIA_TYPE, MEDIA_TYPE_MAX),
		.filename = column_text(s, COL_FILENAME, FILENAME_MAX_BYTES),
		.size = (uint64_t)sqlite3_column_int64(s, COL_SIZE),
		.mic = column_text(s, COL_MIC, LEDGER_MIC_MAX),
		.created_ns = sqlite3_column_int64(s, COL_CREATED),
		.deadline_ns = sqlite3_column_int64(s, COL_DEADLINE),
		.settled_ns = sqlite3_column_int64(s, COL_SETTLED),
		.receipt_ns = sqlite3_column_int64(s, COL_RECEIPT),
		.receipt = (enum receipt_form)sqlite3_column_int(s, COL_RECEIPT_FORM),
		.attempts = (unsigned)sqlite3_column_int(s, COL_ATTEMPTS),
		.owed = sqlite3_column_type(s, COL_OWED) == SQLITE_NULL
			? DELIVERIES
			: column_state(s, COL_OWED),
		.fault_code = column_text(s, COL_FAULT_CODE, FAULT_CODE_MAX),
		.fault_text = column_text(s, COL_FAULT_TEXT, FAULT_TEXT_MAX),
	};
	for (size_t i = 0; i < sizeof(m->digest) && i < digest.n; i++)
		m->digest[i] = digest.p[i];
}

/* Moves slices from a statement's row into a buffer that outlives it. */
static void slices_keep(struct buf *into, struct slice *const *slices, size_t n)
{
	size_t total = 0;

	for (size_t i = 0; i < n; i++)
		total += slices[i]->n;
	buf_clear(into);
	uint8_t *to = buf_extend(into, total);
	if (!to && total)
		bug("a message of %zu bytes of metadata", total);
	buf_clear(into);
	for (size_t i = 0; i < n; i++) {
		size_t at = into->n;
		buf_put(into, *slices[i]);
		*slices[i] = slice_of(into->p + at, slices[i]->n);
	}
}

void message_keep(struct ledger_message *m, struct slice *more, struct buf *into)
{
	struct slice none = S("");
	struct slice *const slices[] = { &m->partner, &m->message_id, &m->media_type, &m->filename,
		&m->mic, &m->fault_code, &m->fault_text, more ? more : &none };

	slices_keep(into, slices, sizeof(slices) / sizeof(slices[0]));
}

/* --- the queue --- */

enum status content_file(
	int *fd, uint64_t *n, struct ledger *l, uint64_t row, int kind, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_CONTENT, V_INT(row), V_INT(kind));

	TRY(statement_step(l->sql, s, f));
	struct slice bytes = column_bytes(s, 0);
	*n = bytes.n;
	enum status st = memory_file_new(fd, "content", bytes, f);
	sqlite3_reset(s);
	return st;
}

static enum status job_body(
	struct ledger_job *job, struct ledger *l, const char *spool, struct fault *f)
{
	if (*spool)
		return spool_read(&job->parcel, l->spool, spool, f);
	job->sealed.at = 0;
	enum status st =
		content_file(&job->parcel, &job->sealed.n, l, job->message.row, KIND_SEALED, f);
	return st == ST_NONE
		? fault_set(f, ST_HOST, "ledger.corrupt", "the sealed form of message %llu is gone",
			  (unsigned long long)job->message.row)
		: st;
}

void digest_read(struct ledger_digest *out, struct slice kept)
{
	out->n = kept.n < SEALED_DIGEST_SIZE ? kept.n : SEALED_DIGEST_SIZE;
	for (size_t i = 0; i < out->n; i++)
		out->bytes[i] = kept.p[i];
}

static void job_read(struct ledger_job *job, char spool[SPOOL_NAME_MAX], struct ledger *l,
	struct sqlite3_stmt *s)
{
	message_read(&job->message, s);
	job->headers = column_bytes(s, MESSAGE_COLUMNS);
	spool[0] = '\0';
	(void)!slice_to_text(spool, SPOOL_NAME_MAX, column_bytes(s, MESSAGE_COLUMNS + 1), NULL);
	job->sealed = (struct section){ (uint64_t)sqlite3_column_int64(s, MESSAGE_COLUMNS + 2),
		(uint64_t)sqlite3_column_int64(s, MESSAGE_COLUMNS + 3) };
	job->secret_until_ns = sqlite3_column_int64(s, MESSAGE_COLUMNS + 5);
	digest_read(&job->sealed_digest, column_bytes(s, MESSAGE_COLUMNS + 6));
	message_keep(&job->message, &job->headers, &l->job);
	sqlite3_reset(s);
}

#define PROMOTED_MAX 64 /* of one take: the rest is for the next ones */
#define TAKEN_WORDS "the partner took it and sent no receipt"

/* One whose pause is over. */
struct later {
	uint64_t row;
	enum delivery state;
	bool has_firsts; /* what it waited for is still under way */
};

static enum status later_find(struct later *out, struct ledger *l, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_LATER, V_BYTES(partner), V_INT(lane), V_INT(now_ns));

	TRY(statement_step(l->sql, s, f));
	*out = (struct later){ (uint64_t)sqlite3_column_int64(s, 0),
		(enum delivery)sqlite3_column_int(s, 1), sqlite3_column_int(s, 2) != 0 };
	sqlite3_reset(s);
	return ST_OK;
}

static enum status promote(
	struct ledger *l, uint64_t row, enum delivery from, unsigned lane, struct fault *f)
{
	TRY(STATEMENT_RUN(l->sql, SQL_READY, f, V_INT(row),
		V_BYTES(from == DELIVERY_AWAITING ? S(TAKEN_WORDS) : S(""))));
	count(l, 0, lane, from, -1);
	count(l, 0, lane, DELIVERY_READY, 1);
	return ST_OK;
}

/*
 * Whose pause is over is ready again, and goes by its deadline like all that is.  Of those whose
 * pause ends because their partner is reached, only the one that goes next.
 */
static enum status later_promote(struct ledger *l, struct slice partner,
	const struct order_moment *at, struct fault *f)
{
	struct later one;

	for (unsigned i = 0; i < PROMOTED_MAX; i++) {
		enum status st = later_find(&one, l, partner, at->area, at->now_ns, f);
		bool waits_on = false;

		if (st != ST_OK)
			return st == ST_NONE ? ST_OK : st;
		if (one.has_firsts)
			TRY(order_turn(&waits_on, l, one.row, at, f));
		if (!waits_on)
			TRY(promote(l, one.row, one.state, at->area, f));
	}
	return ST_OK;
}

/* *row is 0: none of them does. */
static enum status unreached_promote(
	uint64_t *row, struct ledger *l, struct slice partner, unsigned lane, struct fault *f)
{
	enum status st = unreached_message(row, l, partner, lane, f);

	if (st == ST_NONE)
		*row = 0;
	return st == ST_OK ? promote(l, *row, DELIVERY_DEFERRED, lane, f)
			   : st == ST_NONE ? ST_OK : st;
}

static struct sqlite3_stmt *due_bind(struct ledger *l, struct slice partner, unsigned lane)
{
	return STATEMENT_BIND(l->sql, SQL_DUE, V_BYTES(partner), V_INT(lane));
}

/*
 * What is next.  Of real-time data one that was on its way when a newer one came, and would be sent
 * again, ends here.
 */
static enum status due_find(struct sqlite3_stmt **s, struct ledger *l, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f)
{
	char scope[SCOPE_MAX];

	*s = due_bind(l, partner, lane);
	TRY(statement_step(l->sql, *s, f));
	TRY(slice_to_text(scope, sizeof(scope), column_bytes(*s, MESSAGE_COLUMNS + 4), f));
	if (!scope[0])
		return ST_OK;
	sqlite3_reset(*s);
	TRY(newest_supersede(l, partner, slice_str(scope), now_ns, f));
	*s = due_bind(l, partner, lane);
	return statement_step(l->sql, *s, f);
}

static enum status message_take(struct ledger_job *job, struct ledger *l, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f)
{
	const struct order_moment at = { (enum area)lane, now_ns, job->others_ns,
		job->others_long_ns };
	struct sqlite3_stmt *s;
	char spool[SPOOL_NAME_MAX];
	uint64_t eased = 0;

	TRY(later_promote(l, partner, &at, f));
	if (job->is_reached)
		TRY(unreached_promote(&eased, l, partner, lane, f));
	TRY(due_find(&s, l, partner, lane, now_ns, f));
	job_read(job, spool, l, s);
	job->is_eased = job->message.row == eased;
	TRY(order_overdue_note(l, &job->message, now_ns, f));
	TRY(STATEMENT_RUN(l->sql, SQL_SENDING, f, V_INT(job->message.row)));
	TRY(ledger_note(l, job->message.row, now_ns, LEDGER_ATTEMPT, S(""), S(""), f));
	count(l, 0, job->message.area, job->message.state, -1);
	count(l, 0, job->message.area, DELIVERY_SENDING, 1);
	job->message.state = DELIVERY_SENDING;
	job->message.attempts++;
	/* Bytes that are gone are this message's trouble, and not its lane's. */
	return job_body(job, l, spool, f) == ST_OK
		? ST_OK
		: fault_set(f, ST_INPUT, "ledger.body",
			  "the message's bytes cannot be read: %.160s", f->text);
}

enum status ledger_take(struct ledger_job *job, struct ledger *l, struct slice partner,
	unsigned lane, int64_t now_ns, struct fault *f)
{
	enum status st = owed_take(job, l, partner, lane, now_ns, f);

	return st == ST_NONE ? message_take(job, l, partner, lane, now_ns, f) : st;
}

enum status ledger_waiting(struct ledger *l,
	void (*each)(
		void *context, struct slice partner, unsigned lane, uint64_t count, int64_t due_ns),
	void *context, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_WAITING, NULL, 0);
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		int64_t lane = sqlite3_column_int64(s, 1);
		if (lane >= 0 && lane < AREAS)
			each(context, column_text(s, 0, PARTY_ID_MAX), (unsigned)lane,
				(uint64_t)sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3));
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_due(
	int64_t *at_ns, struct ledger *l, struct slice partner, unsigned lane, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_NEXT_DUE, V_BYTES(partner), V_INT(lane));

	TRY(statement_step(l->sql, s, f));
	*at_ns = sqlite3_column_type(s, 0) == SQLITE_NULL ? INT64_MAX : sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

struct standing {
	enum delivery state;
	enum area area;
	enum direction_of_message direction;
	char spool[SPOOL_NAME_MAX];
	uint64_t sealed_at;
	int64_t watch_ns, deadline_ns;
};

static enum status standing_read(
	struct standing *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_STATE, V_INT(row));
	enum status st = statement_step(l->sql, s, f);

	if (st == ST_NONE)
		return fault_set(
			f, ST_NONE, "message.unknown", "no message %llu", (unsigned long long)row);
	TRY(st);
	*out = (struct standing){ .state = column_state(s, 0),
		.sealed_at = (uint64_t)sqlite3_column_int64(s, 2),
		.direction = sqlite3_column_int(s, 3) ? MESSAGE_IN : MESSAGE_OUT,
		.area = column_area(s, 4),
		.watch_ns = sqlite3_column_int64(s, 5),
		.deadline_ns = sqlite3_column_int64(s, 6) };
	(void)!slice_to_text(out->spool, sizeof(out->spool), column_bytes(s, 1), NULL);
	sqlite3_reset(s);
	return ST_OK;
}

/* News of a message that moved on: noted once, and otherwise without effect. */
static enum status late(
	struct ledger *l, uint64_t row, int64_t now_ns, const struct standing *now, struct fault *f)
{
	TRY(ledger_note_renew(
		l, row, now_ns, "late-news", S(""), slice_str(delivery_name(now->state)), f));
	return fault_set(f, ST_NONE, "ledger.settled", "the message is %s already",
		delivery_name(now->state));
}

enum status ledger_defer(struct ledger *l, uint64_t row, const struct fault *why, int64_t now_ns,
	int64_t next_ns, struct fault *f)
{
	struct standing now;

	TRY(standing_read(&now, l, row, f));
	if (now.direction == MESSAGE_IN) {
		enum status st = owed_defer(l, row, why, now_ns, next_ns, f);
		return st == ST_NONE ? late(l, row, now_ns, &now, f) : st;
	}
	if (!delivery_may_become(now.state, DELIVERY_DEFERRED))
		return late(l, row, now_ns, &now, f);
	TRY(STATEMENT_RUN(l->sql, SQL_DEFER, f, V_INT(row), V_INT(next_ns),
		V_BYTES(slice_str(why->code)), V_BYTES(slice_str(why->text))));
	count(l, 0, now.area, now.state, -1);
	count(l, 0, now.area, DELIVERY_DEFERRED, 1);
	return ledger_note(
		l, row, now_ns, "deferred", slice_str(why->code), slice_str(why->text), f);
}

enum status ledger_await(
	struct ledger *l, uint64_t row, int64_t now_ns, int64_t next_ns, struct fault *f)
{
	struct standing now;

	TRY(standing_read(&now, l, row, f));
	if (!delivery_may_become(now.state, DELIVERY_AWAITING))
		return late(l, row, now_ns, &now, f);
	TRY(STATEMENT_RUN(l->sql, SQL_AWAIT, f, V_INT(row), V_INT(next_ns)));
	count(l, 0, now.area, now.state, -1);
	count(l, 0, now.area, DELIVERY_AWAITING, 1);
	return ledger_note(l, row, now_ns, "awaiting", S(""),
		S("the partner has it, its receipt is to come"), f);
}

static enum status first_event(
	int64_t *at_ns, struct ledger *l, uint64_t row, const char *what, struct fault *f)
{
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_EVENT_OF, V_INT(row), V_TEXT(what));

	TRY(statement_step(l->sql, s, f));
	*at_ns = sqlite3_column_int64(s, 3);
	sqlite3_reset(s);
	return ST_OK;
}

/* What an older version wrote is older. */
enum status ledger_first_attempt(int64_t *at_ns, struct ledger *l, uint64_t row, struct fault *f)
{
	enum status st = first_event(at_ns, l, row, LEDGER_ATTEMPT_ONCE, f);

	return st == ST_NONE ? first_event(at_ns, l, row, LEDGER_ATTEMPT, f) : st;
}

enum status ledger_find_sent(uint64_t *row, struct ledger *l, struct slice partner,
	struct slice message_id, struct fault *f)
{
	const struct ledger_message named = { .partner = partner, .message_id = message_id };
	enum status st = row_find(row, l, SQL_FIND_SENT, &named, f);

	return st == ST_NONE ? fault_set(f, ST_NONE, "message.unknown",
				       "no message %.*s was sent to %.*s", SLICE_FMT(message_id),
				       SLICE_FMT(partner))
			     : st;
}

static enum status sealed_drop(
	struct ledger *l, uint64_t row, const struct standing *now, struct fault *f)
{
	if (now->spool[0]) {
		spool_cut(l->spool, now->spool, now->sealed_at);
		return ST_OK;
	}
	return STATEMENT_RUN(l->sql, SQL_CONTENT_DROP, f, V_INT(row), V_INT(KIND_SEALED));
}

/*
 * The receipt takes the place of the sealed bytes, in the page that changes anyhow; of those that
 * are in a file, or gone, there is no such place.
 */
static enum status receipt_keep(struct ledger *l, const struct ledger_settlement *s,
	const struct standing *now, struct fault *f)
{
	if (s->parcel < 0 || s->receipt.n == 0)
		return sealed_drop(l, s->row, now, f);
	if (!now->spool[0]) {
		TRY(section_write(
			l, SQL_CONTENT_TURN, s->row, KIND_RECEIPT, s->parcel, s->receipt, f));
		if (sqlite3_changes(l->db) > 0)
			return ST_OK;
	}
	TRY(section_write(l, SQL_CONTENT_PUT, s->row, KIND_RECEIPT, s->parcel, s->receipt, f));
	return sealed_drop(l, s->row, now, f);
}

/* What a receipt that accepts changes of what was said before. */
static const char *after_words(enum delivery before)
{
	if (before == DELIVERY_EXPIRED)
		return "after its deadline: the receipt came late";
	if (before == DELIVERY_SUPERSEDED)
		return "after it was superseded: the partner had it";
	return before == DELIVERY_REFUSED ? "after it was refused: it was accepted when it came again"
					  : "";
}

static enum status settlement_write(struct ledger *l, const struct ledger_settlement *s,
	const struct standing *now, struct fault *f)
{
	struct slice code = s->why ? slice_str(s->why->code) : S(""),
		     text = s->why ? slice_str(s->why->text) : S("");

	/* It came between two looks at the clock. */
	if (!delivery_is_final(now->state) && now->watch_ns < now->deadline_ns &&
		now->watch_ns <= s->now_ns)
		TRY(late_receipt_note(l, s->row, s->partner, now->area, s->now_ns, f));
	TRY(STATEMENT_RUN(l->sql, SQL_SETTLE, f, V_INT(s->row), V_INT(s->state), V_INT(s->now_ns),
		V_INT(s->receipt_ns), V_BYTES(s->receipt_type), V_BYTES(s->signer), V_BYTES(code),
		V_BYTES(text)));
	TRY(receipt_keep(l, s, now, f));
	count(l, 0, now->area, now->state, -1);
	count(l, 0, now->area, s->state, 1);
	if (s->state == DELIVERY_DELIVERED && code.n != 0)
		flags_add(l->flags, s->partner, code, 1, s->now_ns);
	if (!s->why)
		text = slice_str(after_words(now->state));
	TRY(ledger_note(l, s->row, s->now_ns, delivery_name(s->state), code, text, f));
	return s->state == DELIVERY_DELIVERED ? examination_flag(l, s->row, s->now_ns, f) : ST_OK;
}

enum status ledger_settle(struct ledger *l, const struct ledger_settlement *s, struct fault *f)
{
	struct standing now;

	if (s->parcel >= 0)
		TRY(sections_check(s->parcel, &s->receipt, 1, f));
	if (s->receipt.n > RECEIPT_MAX)
		return fault_set(f, ST_LIMIT, "ledger.receipt", "a receipt of %llu bytes",
			(unsigned long long)s->receipt.n);
	TRY(standing_read(&now, l, s->row, f));
	/*
	 * A receipt may overtake what we believe: the message was deferred because nobody answered
	 * in time, or refused when it came first, and now somebody has accepted it.
	 */
	if (delivery_is_final(now.state) &&
		!(s->receipt.n && delivery_may_become(now.state, s->state)))
		return late(l, s->row, s->now_ns, &now, f);
	return settlement_write(l, s, &now, f);
}

/* Of an attempt that nobody answered, or answered with "taken" alone, this much is known. */
static struct slice expiry_words(enum delivery state, struct slice fault_text)
{
	if (state == DELIVERY_SENDING)
		return S("an attempt was under way: the partner may have it");
	return state == DELIVERY_AWAITING ? S(TAKEN_WORDS) : fault_text;
}

static enum status end_write(struct ledger *l, uint64_t row, enum delivery end, struct slice code,
	struct slice text, int64_t now_ns, struct fault *f)
{
	struct standing now;

	TRY(standing_read(&now, l, row, f));
	TRY(STATEMENT_RUN(l->sql, SQL_GIVE_UP, f, V_INT(row), V_INT(end), V_INT(now_ns),
		V_BYTES(code), V_BYTES(text)));
	TRY(sealed_drop(l, row, &now, f));
	count(l, 0, now.area, now.state, -1);
	count(l, 0, now.area, end, 1);
	return ST_OK;
}

enum status message_give_up(struct ledger *l, uint64_t row, enum delivery end,
	const struct fault *why, int64_t now_ns, struct fault *f)
{
	struct slice code = slice_str(why->code), text = slice_str(why->text);

	TRY(end_write(l, row, end, code, text, now_ns, f));
	return ledger_note(l, row, now_ns, delivery_name(end), code, text, f);
}

static enum status expire_one(
	struct ledger *l, const struct ledger_message *m, int64_t now_ns, struct fault *f)
{
	bool has_fault = m->state != DELIVERY_SENDING && m->state != DELIVERY_AWAITING;

	TRY(end_write(l, m->row, DELIVERY_EXPIRED, S(""), S(""), now_ns, f));
	return ledger_note(l, m->row, now_ns, "expired", has_fault ? m->fault_code : S(""),
		expiry_words(m->state, m->fault_text), f);
}

/* It is told that its receipt is missed, and then that its deadline is over. */
static enum status overdue_handle(
	struct ledger *l, struct ledger_message *m, int64_t now_ns, struct fault *f)
{
	if (m->deadline_ns > now_ns) {
		TRY(STATEMENT_RUN(l->sql, SQL_WATCHED, f, V_INT(m->row)));
		return late_receipt_note(l, m->row, m->partner, m->area, now_ns, f);
	}
	TRY(expire_one(l, m, now_ns, f));
	m->state = DELIVERY_EXPIRED;
	m->settled_ns = now_ns;
	return ST_OK;
}

static enum status overdue_read(
	struct ledger_message *m, struct ledger *l, int64_t now_ns, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_OVERDUE, V_INT(now_ns));

	TRY(statement_step(l->sql, s, f));
	message_read(m, s);
	message_keep(m, NULL, &l->result);
	sqlite3_reset(s);
	return ST_OK;
}

static enum status owed_all_expire(struct ledger *l, int64_t now_ns, unsigned most,
	void (*each)(void *context, const struct ledger_message *), void *context, struct fault *f)
{
	struct ledger_message m;

	for (unsigned i = 0; i < most; i++) {
		enum status st = owed_expire(&m, l, now_ns, f);
		if (st != ST_OK)
			return st == ST_NONE ? ST_OK : st;
		each(context, &m);
	}
	return ST_OK;
}

enum status ledger_expire(struct ledger *l, int64_t now_ns,
	void (*each)(void *context, const struct ledger_message *), void *context, struct fault *f)
{
	struct ledger_message m;

	TRY(kept_expire(l, now_ns, f));
	for (unsigned i = 0; i < LEDGER_EXPIRE_MAX; i++) {
		enum status st = overdue_read(&m, l, now_ns, f);
		if (st == ST_NONE)
			return owed_all_expire(l, now_ns, LEDGER_EXPIRE_MAX - i, each, context, f);
		TRY(st);
		TRY(overdue_handle(l, &m, now_ns, f));
		each(context, &m);
	}
	return ST_OK;
}

enum status ledger_next_deadline(int64_t *at_ns, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_NEXT_DEADLINE, NULL, 0);

	TRY(statement_step(l->sql, s, f));
	*at_ns = sqlite3_column_type(s, 0) == SQLITE_NULL ? INT64_MAX : sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

/* --- asking --- */

static unsigned directions_of(const struct ledger_filter *filter)
{
	unsigned bits = (filter->out ? 1u << MESSAGE_OUT : 0) | (filter->in ? 1u << MESSAGE_IN : 0);

	return bits ? bits : 3;
}

enum status ledger_list(struct ledger *l, const struct ledger_filter *filter,
	void (*each)(void *context, const struct ledger_message *), void *context, struct fault *f)
{
	uint64_t after = filter->after < INT64_MAX ? filter->after : INT64_MAX;
	const struct value values[] = { V_INT(after), V_INT(directions_of(filter)),
		V_INT(filter->areas ? filter->areas : ~0u),
		V_INT(filter->states ? filter->states : ~0u), V_BYTES(filter->partner),
		V_INT(filter->limit), V_BYTES(filter->message_id) };
	bool by_id = filter->message_id.n != 0;
	struct sqlite3_stmt *s =
		statement_bind(l->sql, by_id ? SQL_LIST_ID : SQL_LIST, values, by_id ? 7 : 6);
	struct ledger_message m;
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		message_read(&m, s);
		each(context, &m);
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_get(struct ledger_message *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_GET, V_INT(row));
	enum status st = statement_step(l->sql, s, f);

	if (st == ST_NONE)
		return fault_set(
			f, ST_NONE, "message.unknown", "no message %llu", (unsigned long long)row);
	TRY(st);
	message_read(out, s);
	message_keep(out, NULL, &l->result);
	sqlite3_reset(s);
	return ST_OK;
}

struct slice ledger_id_of(struct buf *room, struct ledger *l, uint64_t row)
{
	struct ledger_message m;

	if (ledger_get(&m, l, row, NULL) == ST_OK)
		buf_put(room, m.message_id);
	return buf_slice(room);
}

enum status ledger_events(struct ledger *l, uint64_t row, uint64_t after, unsigned limit,
	void (*each)(void *context, const struct ledger_event *), void *context, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_EVENTS, V_INT(row),
		V_INT(after < INT64_MAX ? after : INT64_MAX), V_INT(limit));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		struct ledger_event event = { (uint64_t)sqlite3_column_int64(s, 0),
			sqlite3_column_int64(s, 1), column_text(s, 2, FAULT_CODE_MAX),
			column_text(s, 3, FAULT_CODE_MAX),
			column_text(s, 4, LEDGER_DETAIL_MAX) };
		each(context, &event);
	}
	return st == ST_NONE ? ST_OK : st;
}

struct places {
	char spool[SPOOL_NAME_MAX];
	struct section sections[CONTENTS];
};

static enum status places_read(struct places *out, struct slice *type, struct ledger *l,
	uint64_t row, enum ledger_content content, struct fault *f)
{
	static const int columns[CONTENTS] = {
		[CONTENT_PART] = 1, [CONTENT_DOCUMENT] = 3, [CONTENT_SIGNATURE] = 5
	};
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_PLACES, V_INT(row));
	enum status st = statement_step(l->sql, s, f);

	if (st == ST_NONE)
		return fault_set(
			f, ST_NONE, "message.unknown", "no message %llu", (unsigned long long)row);
	TRY(st);
	*out = (struct places){ 0 };
	(void)!slice_to_text(out->spool, sizeof(out->spool), column_bytes(s, 0), NULL);
	for (unsigned c = 0; c < CONTENTS; c++)
		if (columns[c])
			out->sections[c] =
				(struct section){ (uint64_t)sqlite3_column_int64(s, columns[c]),
					(uint64_t)sqlite3_column_int64(s, columns[c] + 1) };
	*type = column_bytes(s, content == CONTENT_RECEIPT ? 8 : 7);
	slices_keep(&l->result, (struct slice *const[]){ type }, 1);
	sqlite3_reset(s);
	return ST_OK;
}

static enum status receipt_file(
	int *fd, struct section *where, struct ledger *l, uint64_t row, struct fault *f)
{
	*where = (struct section){ 0, 0 };
	enum status st = content_file(fd, &where->n, l, row, KIND_RECEIPT, f);

	return st == ST_NONE ? fault_set(f, ST_NONE, "message.no-receipt",
				       "there is no receipt for this message yet")
			     : st;
}

enum status ledger_content(int *fd, struct section *where, struct slice *type, struct ledger *l,
	uint64_t row, enum ledger_content content, struct fault *f)
{
	struct places places;
	uint64_t n;

	TRY(places_read(&places, type, l, row, content, f));
	if (content == CONTENT_RECEIPT)
		return receipt_file(fd, where, l, row, f);
	where->at = 0;
	if (content == CONTENT_CAME)
		return kept_read(fd, &where->n, l, row, f);
	*where = places.sections[content];
	if (places.spool[0])
		return spool_read(fd, l->spool, places.spool, f);
	enum status st = content_file(fd, &n, l, row, KIND_PARCEL, f);
	return st == ST_NONE ? fault_set(f, ST_NONE, "message.no-content",
				       "nothing was kept of this message but its record")
			     : st;
}

enum status ledger_receipt_digest(
	struct ledger_digest *out, struct ledger *l, uint64_t row, struct fault *f)
{
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_SENT_DIGEST, V_INT(row));

	TRY(statement_step(l->sql, s, f));
	digest_read(out, column_bytes(s, 0));
	sqlite3_reset(s);
	return ST_OK;
}

void ledger_flagged(struct ledger *l,
	void (*each)(void *context, const struct ledger_flagged *), void *context)
{
	flags_each(l->flags, each, context);
}

static enum status oldest_read(
	struct ledger_count out[2][AREAS][DELIVERIES], struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_OLDEST, NULL, 0);
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		int area = sqlite3_column_int(s, 0), state = sqlite3_column_int(s, 1);
		if (area >= 0 && area < AREAS && state >= 0 && state < DELIVERIES)
			out[MESSAGE_OUT][area][state].oldest_ns = sqlite3_column_int64(s, 2);
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_counts(
	struct ledger_count out[2][AREAS][DELIVERIES], struct ledger *l, struct fault *f)
{
	for (unsigned d = 0; d < 2; d++)
		for (unsigned a = 0; a < AREAS; a++)
			for (unsigned s = 0; s < DELIVERIES; s++)
				out[d][a][s] = (struct ledger_count){ .count = l->counts[d][a][s] };
	return oldest_read(out, l, f);
}
