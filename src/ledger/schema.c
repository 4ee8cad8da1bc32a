/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.db, version 19.
 *
 *   message   one row a message, either way.  direction: 0 out, 1 in.  state: enum delivery.
 *             area: enum area.  Times are ns since 1970, 0 when not there.  spool: the file below
 *             spool/ that holds its bytes, or NULL when they are in `content`.  *_at, *_n: where
 *             the sections are in those bytes.
 *   content   bytes: kind 0 the parcel (signed part, decoded document, signature), 1 the sealed
 *             form of an outbound message until it is settled, 2 the receipt.  Kinds 0 and 1 of a
 *             spooled message are in its file.
 *   event     what happened to a message, in order.  From version 12 its place in the history of
 *             all messages, and the hash there (chain.h); place 0: what is being found in a
 *             document, which another look may find otherwise.  renewed: how often it moved on.
 *   event_before  from version 12: the places that events left, and the digest of what they said.
 *   owed      from version 2: receipts of ours that go in a connection of their own, one an inbound
 *             message at most.  state: enum delivery.  headers: HTTP header lines but the type.
 *             The bytes are the message's content of kind 2.
 *
 *   examination  from version 3: messages whose documents are still to be looked into, or are being
 *             looked into (state 1).  number, numbers: control numbers set aside for the answer.
 *   x12_set   from version 3: transaction sets of outbound documents.  acknowledged, applied: enum
 *             ledger_outcome, what the partner's 997 or 999 and its 824 said; 0 nothing yet.
 *             From version 16 sender, receiver ("ZZ/ACME") and stamp (ISA09, ISA10) of its
 *             interchange, empty: not known; answer, answer_group: the message whose 997 or 999
 *             spoke of its group, and its how manieth AK1 that was, 0: none did.
 *   x12_received  from version 16: interchanges that were received and not rejected.  number:
 *             without zeros in front; test: 1, ISA15 is T.
 *   x12_due   from version 3: outbound documents that wait for acknowledgments, and until when.
 *   counter   from version 3: numbers that are given once.  From version 13 also "covered": the last
 *             place of the history whose hash does not cover message.secret_until_ns.
 *   head      from version 13: how far the history went when its head was signed (heads.h).
 *   announced  from version 4: what partners' software says of itself, the last of each.
 *   standing  from version 5: what was fetched of revocation, the newest of each key.  kind: enum
 *             fetched_kind of safeguards/fetched.h; key: 32 bytes; outcome: enum answer_outcome.
 *             From version 10 counted: of a list, whose number it has, and that; or nothing.
 *   newest     from version 6: of real-time data the newest message of each scope, either way.
 *             message.scope and .sequence: the same of each message, empty when it is none.
 *   late_receipt  from version 6: how many receipts were missed, by hours since 1970.
 *             message.watch_ns: when the receipt is missed, then the deadline.
 *   readiness  from version 5: partners seen to have a renewed sheet of ours; generation: of our
 *             certificate for encryption that they sealed to, the youngest.
 *
 *   register_statement  from version 7: one row a document of our own types that was accepted or
 *             sent: what it says of an aggregation, or within a process.  Nothing is changed in
 *             it but voided_ns: when its message was taken back.  type, state: enum document_type
 *             and business_state; direction: of its message; base: the statement that a decision
 *             decides, or whose list a change changes; key: an invoice's number, an outage's, a
 *             limit's or a dispute's id, or whose sequence it is in; quantities in FACT_UNITs,
 *             NULL: not said.  kind: of a registration all its services, each with a blank behind
 *             it; of those that earlier programs said, the first one, without.  name: of an
 *             aggregation; of an invoice the digest of the account that it is to be paid to.
 *   register_resource  from version 7: what the list of `base`, and each change of it, says of a
 *             resource.  operation: enum register_operation.
 *   register_hashes    from version 7: of what a list has, sorted.  kind: enum met_kind.
 *   register_added     from version 7: the same of what its changes add, one by one.
 *   register_rejected  from version 7: resources that a decision leaves out.
 *   register_feeder    from version 7: feeders that a list, or a change of it, has resources on.
 *   register_link      from version 7: statement follows target, which makes it `makes` (0: as it
 *             was); amount: of money, for it.
 *   register_interval  from version 8: what a request, an offer, an award or a performance says of
 *             a time: kw and kvar without sign, price, in FACT_UNITs; NULL: not said.  aggregation:
 *             of awards; and of limits, whose kw is what may be put out, and kvar the kW that
 *             may be taken in.
 *             From version 8 also currency, payee, sense (of a request: its direction; of an
 *             availability: that of what is promised to others; of an
 *             invoice: the digest of its lines, as it says it) of each statement, and energy of
 *             each link: kWh that are billed.  From version 9 baseline: of a request, how
 *             performance is to be measured; committed: of an availability, kW that are promised
 *             to others, in FACT_UNITs, whose from_ns and until_ns are its intervals', and
 *             up_kw and down_kw the most of these.
 *             Of limits from version 14 aggregation is empty, and inject and absorb are kvar.
 *             Of dispatches, where a program that compares them said them, as of awards; kw is what
 *             is called for above zero, kvar the kW below it.
 *   register_target    from version 14: what a limit is for, by name.  scope: enum bound_scope;
 *             key: its limit_id; from_ns to before until_ns: the time of all its intervals.  Of one
 *             key the last few; rows of limits that are over stay.
 *   register_profile   from version 14: intervals of an availability, as register_profile.c says.
 *             Conditions of a decision, whose kind is then "conditions", and terms of a request or an
 *             offer, as register_conditions.c says, where a program that has that file said them.
 *             From version 14 also primacy, of a limit; and counted: how many resources more
 *             there are by a list or change, or less by a decision about a list, at times from
 *             counted_from on and before counted_until (0: for ever); NULL: they have to be
 *             counted.
 *             register_resource.net_metering: 1 it is, NULL: not said.
 *   register_review    from version 7: registrations and changes that are not decided.  waiting_ns:
 *             since when information is awaited, 0: it is not; warned: days of the last warning.
 *   register_wanted    from version 15: answers that a statement asks for.  want: business_want();
 *             state: 0 it waits, 1 missed, 2 answered, or asked for no more; missed_ns: since when
 *             it was missed, also when the answer came after that, 0: it was not.
 *             From version 15 also from_ns of a notice of an outage: when it begins, as far as it
 *             and those before it said.
 *   message.secret_until_ns  from version 11: until when a document that we send must stay secret,
 *             as it says itself; 0: as its area.
 *   message.sealed_digest  from version 18: by which the sealed form is known again, as
 *             safeguards/sealed_digest.h says; NULL: it was sealed before that, or is gone.
 *             Received: that of our receipt; NULL: it was made before that was kept.
 *   message.opaque     from version 19: 1, that it came before only its digest says, as nobody
 *             here reads it (of what was received before that version: all); 0: it has an id or a
 *             sequence, or no bytes.  message_content finds it by the first bytes of the digest.
 *   kept      from version 19: of messages that could not be opened the head and the body, as they
 *             came, until then (kept.h).
 *   message_watch      from version 8: the same index, by a mask of states.
 *
 * Numbers of states, areas and kinds are part of the format: enums may grow at their end, never be
 * reordered.
 */
#include "ledger/schema.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "ledger/chain_walk.h"
#include "ledger/ledger.h"

#define APPLICATION_ID 0x5469656c /* "Tiel" */

static const char settings[] =
	"PRAGMA page_size = 8192;"         /* of a new file; an older one stays as it is */
	"PRAGMA busy_timeout = 10000;"     /* the owner before us may still be ending */
	"PRAGMA locking_mode = EXCLUSIVE;" /* one owner, so no shared memory file */
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = NORMAL;"     /* ledger_log() is synced beside the next batch */
	"PRAGMA foreign_keys = ON;"
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA cell_size_check = ON;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA cache_size = -8192;"
	"PRAGMA wal_autocheckpoint = 1000;" /* a commit waits for it: ledger_tidy() comes before it */
	"PRAGMA journal_size_limit = 67108864;";

/* migrations[v] takes the file from version v to v + 1. */
static const char *const migrations[LEDGER_SCHEMA_VERSION] = {
	"CREATE TABLE message("
	" row INTEGER PRIMARY KEY, direction INTEGER NOT NULL, state INTEGER NOT NULL, area INTEGER NOT NULL,"
	" partner BLOB NOT NULL, message_id BLOB NOT NULL, media_type BLOB NOT NULL, filename BLOB NOT NULL,"
	" size INTEGER NOT NULL, digest BLOB NOT NULL, mic BLOB NOT NULL,"
	" created_ns INTEGER NOT NULL, deadline_ns INTEGER NOT NULL, settled_ns INTEGER NOT NULL, receipt_ns INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, next_ns INTEGER NOT NULL, fault_code BLOB NOT NULL, fault_text BLOB NOT NULL,"
	" signer BLOB NOT NULL, receipt_type BLOB NOT NULL, headers BLOB NOT NULL, spool TEXT,"
	" part_at INTEGER NOT NULL, part_n INTEGER NOT NULL, document_at INTEGER NOT NULL, document_n INTEGER NOT NULL,"
	" signature_at INTEGER NOT NULL, signature_n INTEGER NOT NULL, sealed_at INTEGER NOT NULL, sealed_n INTEGER NOT NULL) STRICT;"
	/* The duplicate key (promise 2): only what was accepted counts. */
	"CREATE UNIQUE INDEX message_received ON message(message_id, partner) WHERE direction = 1 AND state = 6;"
	"CREATE UNIQUE INDEX message_sent ON message(message_id, partner) WHERE direction = 0;"
	"CREATE INDEX message_rejected ON message(message_id) WHERE direction = 1 AND state = 7;"
	"CREATE INDEX message_waiting ON message(partner, area, next_ns) WHERE state IN (0, 2);"
	"CREATE INDEX message_deadline ON message(deadline_ns) WHERE state IN (0, 1, 2);"
	"CREATE INDEX message_spool ON message(spool) WHERE spool IS NOT NULL;"
	"CREATE TABLE content(message INTEGER NOT NULL REFERENCES message(row), kind INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY(message, kind)) STRICT;"
	"CREATE TABLE event(message INTEGER NOT NULL REFERENCES message(row), number INTEGER NOT NULL, at_ns INTEGER NOT NULL,"
	" what TEXT NOT NULL, fault_code BLOB NOT NULL, detail BLOB NOT NULL, PRIMARY KEY(message, number)) STRICT, WITHOUT ROWID;",
	/* 8, awaiting, is a state that waits. */
	"DROP INDEX message_waiting;"
	"DROP INDEX message_deadline;"
	"CREATE INDEX message_waiting ON message(partner, area, next_ns) WHERE state IN (0, 2, 8);"
	"CREATE INDEX message_deadline ON message(deadline_ns) WHERE state IN (0, 1, 2, 8);"
	"CREATE TABLE owed(message INTEGER PRIMARY KEY REFERENCES message(row), state INTEGER NOT NULL, partner BLOB NOT NULL,"
	" area INTEGER NOT NULL, created_ns INTEGER NOT NULL, attempts INTEGER NOT NULL, next_ns INTEGER NOT NULL,"
	" deadline_ns INTEGER NOT NULL, headers BLOB NOT NULL) STRICT;"
	"CREATE INDEX owed_waiting ON owed(partner, area, next_ns) WHERE state IN (0, 2);"
	"CREATE INDEX owed_deadline ON owed(deadline_ns) WHERE state IN (0, 1, 2);"
	"CREATE INDEX owed_undelivered ON owed(area, state, created_ns) WHERE state != 3;",
	"CREATE TABLE examination(message INTEGER PRIMARY KEY REFERENCES message(row), partner BLOB NOT NULL,"
	" state INTEGER NOT NULL, attempts INTEGER NOT NULL, next_ns INTEGER NOT NULL, due_ns INTEGER NOT NULL,"
	" number INTEGER NOT NULL, numbers INTEGER NOT NULL) STRICT;"
	"CREATE INDEX examination_partner ON examination(partner, state);"
	"CREATE TABLE x12_set(message INTEGER NOT NULL REFERENCES message(row), ordinal INTEGER NOT NULL,"
	" partner BLOB NOT NULL, interchange BLOB NOT NULL, group_id BLOB NOT NULL, group_number BLOB NOT NULL,"
	" set_id BLOB NOT NULL, set_number BLOB NOT NULL, reference BLOB NOT NULL,"
	" acknowledged INTEGER NOT NULL, applied INTEGER NOT NULL, PRIMARY KEY(message, ordinal)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX x12_set_number ON x12_set(partner, group_number, set_number);"
	"CREATE INDEX x12_set_interchange ON x12_set(partner, interchange);"
	"CREATE INDEX x12_set_reference ON x12_set(partner, reference) WHERE reference <> x'';"
	"CREATE TABLE x12_due(message INTEGER PRIMARY KEY REFERENCES message(row), due_ns INTEGER NOT NULL) STRICT;"
	"CREATE INDEX x12_due_time ON x12_due(due_ns);"
	"CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"INSERT INTO counter VALUES('x12', 0);",
	"CREATE TABLE announced(partner BLOB PRIMARY KEY, version BLOB NOT NULL, product BLOB NOT NULL, features BLOB NOT NULL, since_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
	"CREATE TABLE standing(kind INTEGER NOT NULL, key BLOB NOT NULL, issued_ns INTEGER NOT NULL,"
	" next_ns INTEGER NOT NULL, fetched_ns INTEGER NOT NULL, outcome INTEGER NOT NULL,"
	" signed_by BLOB NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY(kind, key)) STRICT;"
	"CREATE INDEX standing_size ON standing(length(bytes), kind, key);"
	"CREATE TABLE readiness(partner BLOB PRIMARY KEY, generation INTEGER NOT NULL,"
	" since_ns INTEGER NOT NULL) STRICT, WITHOUT ROWID;",
	/* What is ready goes by its deadline; what is deferred or awaited, after its pause. */
	"DROP INDEX message_waiting;"
	"CREATE INDEX message_ready ON message(partner, area, deadline_ns) WHERE state = 0;"
	"CREATE INDEX message_later ON message(partner, area, next_ns) WHERE state IN (2, 8);"
	"ALTER TABLE message ADD COLUMN scope BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE message ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX message_scope ON message(partner, scope, sequence) WHERE scope <> x'' AND state IN (0, 2);"
	"CREATE TABLE newest(direction INTEGER NOT NULL, partner BLOB NOT NULL, scope BLOB NOT NULL,"
	" sequence INTEGER NOT NULL, message INTEGER NOT NULL REFERENCES message(row), at_ns INTEGER NOT NULL,"
	" PRIMARY KEY(direction, partner, scope)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX newest_age ON newest(direction, partner, at_ns);"
	"ALTER TABLE message ADD COLUMN watch_ns INTEGER NOT NULL DEFAULT 0;"
	"UPDATE message SET watch_ns = deadline_ns WHERE state IN (0, 1, 2, 8);"
	"DROP INDEX message_deadline;"
	"CREATE INDEX message_watch ON message(watch_ns) WHERE state IN (0, 1, 2, 8);"
	"CREATE TABLE late_receipt(partner BLOB NOT NULL, area INTEGER NOT NULL, hour INTEGER NOT NULL,"
	" count INTEGER NOT NULL, last_ns INTEGER NOT NULL, PRIMARY KEY(hour, partner, area)) STRICT, WITHOUT ROWID;",
	"CREATE TABLE register_statement(number INTEGER PRIMARY KEY, message INTEGER NOT NULL, voided_ns INTEGER NOT NULL DEFAULT 0,"
	" test INTEGER NOT NULL, direction INTEGER NOT NULL, partner BLOB NOT NULL, type INTEGER NOT NULL, state INTEGER NOT NULL,"
	" document BLOB NOT NULL, revision INTEGER NOT NULL, action BLOB NOT NULL, kind BLOB NOT NULL, aggregation BLOB NOT NULL,"
	" name BLOB NOT NULL, program BLOB NOT NULL, key BLOB NOT NULL, sequence INTEGER, base INTEGER NOT NULL, basis INTEGER,"
	" resources INTEGER NOT NULL, at_once INTEGER NOT NULL, said_ns INTEGER NOT NULL, from_ns INTEGER NOT NULL,"
	" until_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, review_ns INTEGER NOT NULL, stopped_ns INTEGER NOT NULL,"
	" export_kw INTEGER, import_kw INTEGER, up_kw INTEGER, down_kw INTEGER, inject_kvar INTEGER, absorb_kvar INTEGER,"
	" energy_kwh INTEGER, quantity INTEGER, amount INTEGER, ceiling INTEGER) STRICT;"
	"CREATE INDEX register_book ON register_statement(aggregation, partner, test, number) WHERE type <= 2;"
	"CREATE INDEX register_document ON register_statement(document, partner, test);"
	"CREATE INDEX register_message ON register_statement(message);"
	"CREATE INDEX register_key ON register_statement(key, type, partner, test, sequence) WHERE key <> x'';"
	"CREATE TABLE register_resource(base INTEGER NOT NULL, resource BLOB NOT NULL, statement INTEGER NOT NULL,"
	" operation INTEGER NOT NULL, at_ns INTEGER NOT NULL, until_ns INTEGER NOT NULL, premise BLOB, feeder BLOB, der_kind BLOB, consent BLOB, program BLOB,"
	" consent_ns INTEGER, export_kw INTEGER, import_kw INTEGER, up_kw INTEGER, down_kw INTEGER, inject_kvar INTEGER,"
	" absorb_kvar INTEGER, energy_kwh INTEGER, PRIMARY KEY(base, resource, statement)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE register_hashes(list INTEGER NOT NULL, kind INTEGER NOT NULL, hashes BLOB NOT NULL,"
	" PRIMARY KEY(list, kind)) STRICT;"
	"CREATE TABLE register_added(hash INTEGER NOT NULL, kind INTEGER NOT NULL, list INTEGER NOT NULL,"
	" PRIMARY KEY(hash, kind, list)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE register_rejected(statement INTEGER NOT NULL, resource BLOB NOT NULL,"
	" PRIMARY KEY(statement, resource)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE register_feeder(feeder BLOB NOT NULL, partner BLOB NOT NULL, test INTEGER NOT NULL, base INTEGER NOT NULL,"
	" PRIMARY KEY(feeder, partner, test, base)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE register_link(target INTEGER NOT NULL, statement INTEGER NOT NULL, makes INTEGER NOT NULL,"
	" amount INTEGER NOT NULL, PRIMARY KEY(target, statement)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX register_link_makes ON register_link(target, statement) WHERE makes <> 0;"
	"CREATE INDEX register_link_statement ON register_link(statement);"
	"CREATE TABLE register_review(statement INTEGER PRIMARY KEY, started_ns INTEGER NOT NULL, stopped_ns INTEGER NOT NULL,"
	" waiting_ns INTEGER NOT NULL, warned INTEGER NOT NULL) STRICT;",
	/* States 0, 1, 2 and 8: for a list of so many a table is made, at each row written. */
	"DROP INDEX message_watch;"
	"CREATE INDEX message_watch ON message(watch_ns) WHERE (263 >> state) & 1;"
	"ALTER TABLE register_statement ADD COLUMN currency BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE register_statement ADD COLUMN payee BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE register_statement ADD COLUMN sense BLOB NOT NULL DEFAULT x'';"
	"CREATE INDEX register_payee ON register_statement(partner, test, direction, number) WHERE payee <> x'';"
	"ALTER TABLE register_link ADD COLUMN energy INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE register_interval(statement INTEGER NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL,"
	" kw INTEGER, kvar INTEGER, price INTEGER, aggregation BLOB NOT NULL, partner BLOB NOT NULL, test INTEGER NOT NULL,"
	" PRIMARY KEY(statement, start_ns)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX register_interval_of ON register_interval(aggregation, partner, test, end_ns) WHERE aggregation <> x'';",
	("ALTER TABLE register_statement ADD COLUMN baseline BLOB NOT NULL DEFAULT x'';"
	 "ALTER TABLE register_statement ADD COLUMN committed INTEGER;"),
	"ALTER TABLE standing ADD COLUMN counted BLOB NOT NULL DEFAULT x'';",
	"ALTER TABLE message ADD COLUMN secret_until_ns INTEGER NOT NULL DEFAULT 0;",
	"ALTER TABLE event ADD COLUMN place INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE event ADD COLUMN hash BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE event ADD COLUMN renewed INTEGER NOT NULL DEFAULT 0;"
	"CREATE UNIQUE INDEX event_place ON event(place) WHERE place > 0;"
	"CREATE TABLE event_before(place INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES message(row),"
	" number INTEGER NOT NULL, renewed INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;",
	"INSERT INTO counter SELECT 'covered', ifnull(max(place), 0) FROM event;"
	"CREATE TABLE head(place INTEGER PRIMARY KEY, hash BLOB NOT NULL, at_ns INTEGER NOT NULL,"
	" signature BLOB NOT NULL) STRICT;",
	"ALTER TABLE register_statement ADD COLUMN primacy INTEGER;"
	"ALTER TABLE register_statement ADD COLUMN counted INTEGER;"
	"ALTER TABLE register_statement ADD COLUMN counted_from INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE register_statement ADD COLUMN counted_until INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE register_resource ADD COLUMN net_metering INTEGER;"
	"ALTER TABLE register_interval ADD COLUMN inject INTEGER;"
	"ALTER TABLE register_interval ADD COLUMN absorb INTEGER;"
	"CREATE TABLE register_profile(statement INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;"
	"CREATE TABLE register_target(target BLOB NOT NULL, scope INTEGER NOT NULL, partner BLOB NOT NULL, test INTEGER NOT NULL,"
	" until_ns INTEGER NOT NULL, statement INTEGER NOT NULL, from_ns INTEGER NOT NULL, key BLOB NOT NULL,"
	" PRIMARY KEY(target, scope, partner, test, until_ns, statement)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX register_limits ON register_statement(partner, test, kind, until_ns) WHERE type = 10;"
	/* Limits of version 13 were kept for one aggregation each. */
	"INSERT OR IGNORE INTO register_target SELECT i.aggregation, 0, i.partner, i.test, max(i.end_ns), i.statement,"
	" min(i.start_ns), d.key FROM register_interval AS i JOIN register_statement AS d ON d.number = i.statement"
	" WHERE i.aggregation <> x'' AND d.type = 10 GROUP BY i.statement;"
	"UPDATE register_statement SET from_ns = (SELECT min(start_ns) FROM register_interval WHERE statement = number),"
	" until_ns = (SELECT max(end_ns) FROM register_interval WHERE statement = number)"
	" WHERE type = 10 AND number IN (SELECT statement FROM register_target);"
	"UPDATE register_interval SET aggregation = x'' WHERE statement IN (SELECT statement FROM register_target);",
	"CREATE TABLE register_wanted(statement INTEGER NOT NULL, want INTEGER NOT NULL, due_ns INTEGER NOT NULL,"
	" state INTEGER NOT NULL, missed_ns INTEGER NOT NULL, PRIMARY KEY(statement, want)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX register_wanted_due ON register_wanted(state, due_ns);"
	"CREATE INDEX register_payee_then ON register_statement(partner, test, direction, said_ns) WHERE payee <> x'';"
	"CREATE INDEX register_account_then ON register_statement(partner, test, direction, payee, said_ns)"
	" WHERE payee <> x'' AND name <> x'';",
	"ALTER TABLE x12_set ADD COLUMN sender BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE x12_set ADD COLUMN receiver BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE x12_set ADD COLUMN stamp BLOB NOT NULL DEFAULT x'';"
	"ALTER TABLE x12_set ADD COLUMN answer INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE x12_set ADD COLUMN answer_group INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE x12_received(partner BLOB NOT NULL, number BLOB NOT NULL, sender BLOB NOT NULL, receiver BLOB NOT NULL,"
	" test INTEGER NOT NULL, message INTEGER NOT NULL REFERENCES message(row), at_ns INTEGER NOT NULL,"
	" PRIMARY KEY(partner, number, sender, receiver, test, message)) STRICT, WITHOUT ROWID;"
	"CREATE INDEX x12_received_message ON x12_received(message);"
	/* Where all groups have one number, those of a message are found without the others. */
	"CREATE INDEX x12_set_group ON x12_set(partner, group_number, group_id);",
	/*
	 * What programs before learnt is not what this one would.  Whoever changes what is learnt
	 * of a document writes this anew, in a migration of his own: fsck learns it all again.
	 */
	"INSERT OR REPLACE INTO counter SELECT 'learnt', ifnull(max(number), 0) FROM register_statement;",
	"ALTER TABLE message ADD COLUMN sealed_digest BLOB;",
	/* Random keys cost a page each once there are many: short ones, of what is asked for. */
	"ALTER TABLE message ADD COLUMN opaque INTEGER NOT NULL DEFAULT 1;"
	"CREATE INDEX message_content ON message(substr(digest, 1, 8), partner, area)"
	" WHERE opaque = 1 AND direction = 1 AND state = 6;"
	"CREATE TABLE kept(message INTEGER PRIMARY KEY REFERENCES message(row), partner BLOB NOT NULL, at_ns INTEGER NOT NULL,"
	" until_ns INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"
	"CREATE INDEX kept_partner ON kept(partner, at_ns);"
	"CREATE INDEX kept_until ON kept(until_ns);",
};

/* What SQL alone cannot do of a migration, within the same transaction. */
static enum status (*const completions[LEDGER_SCHEMA_VERSION])(
	struct sqlite3 *, ledger_hash *, struct fault *) = {
	[11] = chain_take_over,
};

/*
 * Each with what it means to who runs the gateway: docs/operations.md quotes them.  A disk that
 * fails to write or sync may work again; what was not committed was not promised.
 */
static const struct meaning {
	int code;
	enum status status;
	const char *fault, *words;
} meanings[] = {
	{ SQLITE_FULL, ST_RETRY, "ledger.full",
		"the ledger's disk is full: make room; nothing is taken until then, and it goes on by "
		"itself" },
	{ SQLITE_READONLY, ST_RETRY, "ledger.read-only",
		"the ledger's disk is read-only: look at the kernel's log and mount it for writing; "
		"nothing is taken until then" },
	{ SQLITE_IOERR, ST_RETRY, "ledger.io",
		"the ledger's disk does not read, write or sync: look at the kernel's log; nothing is "
		"taken until it does" },
	{ SQLITE_BUSY, ST_RETRY, "ledger.busy", "another program holds ledger.db" },
	{ SQLITE_CORRUPT, ST_HOST, "ledger.corrupt",
		LEDGER_DAMAGED ": stop the gateway, run `tieline fsck`, and restore the last backup" },
	{ SQLITE_NOTADB, ST_HOST, "ledger.corrupt",
		LEDGER_DAMAGED ": it is no database any more; restore the last backup" },
};
static const struct meaning unknown = { 0, ST_HOST, LEDGER_FAILED, "the ledger's database fails" };

static const struct meaning *meaning_of(int code)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == (code & 0xff))
			return &meanings[i];
	return &unknown;
}

enum status schema_fault(struct sqlite3 *db, struct fault *f, const char *doing)
{
	int code = sqlite3_errcode(db), host = sqlite3_system_errno(db);
	bool is_host = (code & 0xff) == SQLITE_IOERR && host;
	/* SQLite says "disk I/O error" for a disk that is read-only, too. */
	const struct meaning *m =
		meaning_of(is_host && host == EROFS ? SQLITE_READONLY : code);

	return fault_set(f, m->status, m->fault, "%s (%.40s: %s)", m->words, doing,
		is_host ? strerror(host) : sqlite3_errmsg(db));
}

enum status schema_temporary(
	struct sqlite3 *db, const char *sql, const char *doing, struct fault *f)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ST_OK
								   : schema_fault(db, f, doing);
}

enum status schema_code_fault(int code, struct fault *f, const char *doing)
{
	const struct meaning *m = meaning_of(code);

	return fault_set(
		f, m->status, m->fault, "%s (%s: %s)", m->words, doing, sqlite3_errstr(code));
}

static enum status execute(struct sqlite3 *db, const char *sql, const char *doing, struct fault *f)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? ST_OK
								    : schema_fault(db, f, doing);
}

static enum status number_ask(int64_t *out, struct sqlite3 *db, const char *sql, struct fault *f)
{
	sqlite3_stmt *statement = NULL;
	bool good = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
		sqlite3_step(statement) == SQLITE_ROW;

	if (good)
		*out = sqlite3_column_int64(statement, 0);
	enum status st = good ? ST_OK : schema_fault(db, f, "reading ledger.db");
	sqlite3_finalize(statement);
	return st;
}

static enum status migrate(
	struct sqlite3 *db, int64_t version, ledger_hash *hash, struct fault *f)
{
	char stamp[128];

	snprintf(stamp, sizeof(stamp),
		"PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", APPLICATION_ID,
		(int)version + 1);
	TRY(execute(db, "BEGIN IMMEDIATE", "migrating ledger.db", f));
	TRY(execute(db, migrations[version], "migrating ledger.db", f));
	if (completions[version])
		TRY(completions[version](db, hash, f));
	return execute(db, stamp, "migrating ledger.db", f);
}

static enum status identity_check(struct sqlite3 *db, int64_t *version, struct fault *f)
{
	int64_t application = 0, tables = 0;

	TRY(number_ask(&application, db, "PRAGMA application_id", f));
	TRY(number_ask(version, db, "PRAGMA user_version", f));
	TRY(number_ask(&tables, db, "SELECT count(*) FROM sqlite_schema", f));
	if (application != APPLICATION_ID && (application != 0 || *version != 0 || tables != 0))
		return fault_set(
			f, ST_HOST, "ledger.schema", "ledger.db belongs to another program");
	if (*version < 0)
		return fault_set(
			f, ST_HOST, "ledger.schema", "ledger.db has version %d", (int)*version);
	if (*version > LEDGER_SCHEMA_VERSION)
		return fault_set(f, ST_HOST, "ledger.schema",
			"ledger.db has version %d, this program knows %d: run the newer program",
			(int)*version, LEDGER_SCHEMA_VERSION);
	return ST_OK;
}

/* Some 0.3 s at most; what is larger is for `tieline fsck`, which a start need not wait for. */
static enum status pages_check(struct sqlite3 *db, struct fault *f)
{
	int64_t bytes = 0;
	sqlite3_stmt *s = NULL;

	TRY(number_ask(&bytes, db,
		"SELECT page_count * page_size FROM pragma_page_count, pragma_page_size", f));
	if (bytes > LEDGER_CHECKED_MAX)
		return ST_OK;
	if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL) != SQLITE_OK ||
		sqlite3_step(s) != SQLITE_ROW)
		(void)schema_fault(db, f, "looking through it");
	else if (strcmp((const char *)sqlite3_column_text(s, 0), "ok") == 0)
		*f = (struct fault){ .status = ST_OK };
	else
		fault_set(f, ST_HOST, "ledger.corrupt", "%s (%.200s)", meaning_of(SQLITE_CORRUPT)->words,
			(const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return f->status;
}

enum status schema_prove(struct sqlite3 *db, struct fault *f)
{
	char same[80];

	/* An UPDATE to the value that is there writes nothing; this does. */
	snprintf(same, sizeof(same), "BEGIN IMMEDIATE; PRAGMA user_version = %d; COMMIT",
		LEDGER_SCHEMA_VERSION);
	enum status st = execute(db, same, "trying the ledger's disk", f);
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return st;
}

enum status schema_fill(struct sqlite3 *db, ledger_hash *hash, struct fault *f)
{
	for (int64_t version = 0; version < LEDGER_SCHEMA_VERSION; version++)
		TRY(migrate(db, version, hash, f));
	return ST_OK;
}

enum status schema_prepare(
	int64_t *was, struct sqlite3 *db, ledger_hash *hash, struct fault *f)
{
	int64_t version = 0;

	TRY(execute(db, settings, "opening ledger.db", f));
	TRY(identity_check(db, &version, f));
	TRY(pages_check(db, f));
	*was = version;
	for (; version < LEDGER_SCHEMA_VERSION; version++)
		TRY(migrate(db, version, hash, f));
	return ST_OK;
}
