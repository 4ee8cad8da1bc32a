/* SPDX-License-Identifier: Apache-2.0 */
/* The database's form: made once, recognised again, and no other file taken for it. */
#include "ledger_messages.h"
#include "older_ledger.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "ledger/again.h"
#include "ledger/ledger.h"
#include "ledger/schema.h"
#include "safeguards/digest.h"

static sqlite3 *db_open(void)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open("ledger.db", &db), SQLITE_OK);
	return db;
}

static void db_run(const char *sql)
{
	sqlite3 *db = db_open();

	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

static enum status prepare(struct fault *f)
{
	sqlite3 *db = db_open();
	int64_t was;
	enum status st = schema_prepare(&was, db, digest_sha256, f);

	sqlite3_close(db);
	return st;
}

static int64_t number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return n;
}

static int64_t number_of_file(const char *sql)
{
	sqlite3 *db = db_open();
	int64_t n = number(db, sql);

	sqlite3_close(db);
	return n;
}

static void a_fresh_file_gets_our_form(void **state)
{
	struct fault f = { 0 };

	(void)state;
	expect_fault("fresh", prepare(&f), &f, ST_OK, NULL);
	assert_int_equal(number_of_file("PRAGMA application_id"), 0x5469656c);
	assert_int_equal(number_of_file("PRAGMA user_version"), LEDGER_SCHEMA_VERSION);
	assert_int_equal(
		number_of_file("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), 29);
	assert_int_equal(
		number_of_file("SELECT count(*) FROM pragma_table_list WHERE strict AND name IN"
			       " ('message', 'content', 'event', 'owed', 'examination', 'x12_set', 'x12_due', 'counter',"
			       " 'announced', 'standing', 'readiness', 'newest', 'late_receipt', 'register_statement', 'register_resource',"
			       " 'register_rejected', 'register_feeder', 'register_link', 'register_review', 'register_hashes', 'register_added', 'event_before', 'head',"
			       " 'register_target', 'register_profile', 'register_wanted', 'x12_received', 'kept')"),
		28);
}

/* Bodies fill them better than SQLite's own size; a file of before is read and written in its. */
static void pages_are_large_unless_they_were_small(void **state)
{
	struct fault f = { 0 };

	(void)state;
	db_run("PRAGMA page_size = 4096; PRAGMA user_version = 0; VACUUM");
	expect_fault("small ones", prepare(&f), &f, ST_OK, NULL);
	assert_int_equal(number_of_file("PRAGMA page_size"), 4096);
	assert_int_equal(number_of_file("PRAGMA user_version"), LEDGER_SCHEMA_VERSION);
	assert_int_equal(unlink("ledger.db"), 0);
	expect_fault("fresh", prepare(&f), &f, ST_OK, NULL);
	assert_int_equal(number_of_file("PRAGMA page_size"), 8192);
}

/* They are what the promises rest on, and no failure would show that one is gone. */
static void the_connection_is_a_careful_one(void **state)
{
	sqlite3 *db = db_open();
	struct fault f = { 0 };
	int64_t was;

	(void)state;
	expect_fault("fresh", schema_prepare(&was, db, digest_sha256, &f), &f, ST_OK, NULL);
	assert_int_equal(was, 0);
	assert_int_equal(number(db, "PRAGMA synchronous"), 1); /* normal: the log is synced by us */
	assert_int_equal(number(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(number(db, "PRAGMA trusted_schema"), 0);
	assert_int_equal(number(db, "SELECT journal_mode = 'wal' FROM pragma_journal_mode"), 1);
	assert_int_equal(
		number(db, "SELECT locking_mode = 'exclusive' FROM pragma_locking_mode"), 1);
	sqlite3_close(db);
}

static void preparing_again_changes_nothing(void **state)
{
	struct fault f = { 0 };

	(void)state;
	expect_fault("fresh", prepare(&f), &f, ST_OK, NULL);
	int64_t before = number_of_file("PRAGMA schema_version");
	expect_fault("again", prepare(&f), &f, ST_OK, NULL);
	assert_int_equal(number_of_file("PRAGMA schema_version"), before);
}

/* Killed between making the file and its first transaction. */
static void an_empty_file_is_a_fresh_one(void **state)
{
	AUTO_FD fd = open("ledger.db", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct fault f = { 0 };

	(void)state;
	assert_true(fd >= 0);
	fd_close(&fd);
	expect_fault("empty", prepare(&f), &f, ST_OK, NULL);
	assert_int_equal(number_of_file("PRAGMA user_version"), LEDGER_SCHEMA_VERSION);
}

#define OURS "PRAGMA application_id = 1416193388;"

static const struct {
	const char *name, *sql;
	const char *code;
} refused[] = {
	{ "a newer version", OURS "PRAGMA user_version = 99", "ledger.schema" },
	{ "a much newer version", OURS "PRAGMA user_version = 2147483647", "ledger.schema" },
	{ "a version below none", OURS "PRAGMA user_version = -1", "ledger.schema" },
	{ "another program's mark", "PRAGMA application_id = 7", "ledger.schema" },
	{ "tables without a mark", "CREATE TABLE t(a)", "ledger.schema" },
	{ "a version without a mark", "PRAGMA user_version = 1", "ledger.schema" },
	{ "our mark on other tables", OURS "CREATE TABLE message(a)", "ledger.failed" },
};

static void what_is_not_ours_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct fault f = { 0 };

		house_clear();
		db_run(refused[i].sql);
		expect_fault(refused[i].name, prepare(&f), &f, ST_HOST, refused[i].code);
	}
}

static void a_refused_file_keeps_its_content(void **state)
{
	struct fault f = { 0 };

	(void)state;
	db_run(OURS "PRAGMA user_version = 99; CREATE TABLE later(a); INSERT INTO later VALUES(5)");
	expect_fault("newer", prepare(&f), &f, ST_HOST, "ledger.schema");
	expect_says("newer", &f, "run the newer program");
	assert_int_equal(number_of_file("SELECT a FROM later"), 5);
	assert_int_equal(number_of_file("PRAGMA user_version"), 99);
	assert_int_equal(number_of_file("SELECT count(*) FROM sqlite_schema"), 1);
}

/* A migration that fails leaves the version it began with. */
static void a_failed_migration_leaves_nothing(void **state)
{
	struct fault f = { 0 };

	(void)state;
	db_run(OURS "CREATE TABLE event(a)"); /* the last table of the migration */
	expect_fault("failed", prepare(&f), &f, ST_HOST, "ledger.failed");
	assert_int_equal(number_of_file("PRAGMA user_version"), 0);
	assert_int_equal(number_of_file("SELECT count(*) FROM sqlite_schema"), 1);
}

/* --- version 1, as its program made it --- */

static const char version_1[] =
	"CREATE TABLE message("
	" row INTEGER PRIMARY KEY, direction INTEGER NOT NULL, state INTEGER NOT NULL, area INTEGER NOT NULL,"
	" partner BLOB NOT NULL, message_id BLOB NOT NULL, media_type BLOB NOT NULL, filename BLOB NOT NULL,"
	" size INTEGER NOT NULL, digest BLOB NOT NULL, mic BLOB NOT NULL,"
	" created_ns INTEGER NOT NULL, deadline_ns INTEGER NOT NULL, settled_ns INTEGER NOT NULL, receipt_ns INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, next_ns INTEGER NOT NULL, fault_code BLOB NOT NULL, fault_text BLOB NOT NULL,"
	" signer BLOB NOT NULL, receipt_type BLOB NOT NULL, headers BLOB NOT NULL, spool TEXT,"
	" part_at INTEGER NOT NULL, part_n INTEGER NOT NULL, document_at INTEGER NOT NULL, document_n INTEGER NOT NULL,"
	" signature_at INTEGER NOT NULL, signature_n INTEGER NOT NULL, sealed_at INTEGER NOT NULL, sealed_n INTEGER NOT NULL) STRICT;"
	"CREATE UNIQUE INDEX message_received ON message(message_id, partner) WHERE direction = 1 AND state = 6;"
	"CREATE UNIQUE INDEX message_sent ON message(message_id, partner) WHERE direction = 0;"
	"CREATE INDEX message_rejected ON message(message_id) WHERE direction = 1 AND state = 7;"
	"CREATE INDEX message_waiting ON message(partner, area, next_ns) WHERE state IN (0, 2);"
	"CREATE INDEX message_deadline ON message(deadline_ns) WHERE state IN (0, 1, 2);"
	"CREATE INDEX message_spool ON message(spool) WHERE spool IS NOT NULL;"
	"CREATE TABLE content(message INTEGER NOT NULL REFERENCES message(row), kind INTEGER NOT NULL, bytes BLOB NOT NULL,"
	" PRIMARY KEY(message, kind)) STRICT;"
	"CREATE TABLE event(message INTEGER NOT NULL REFERENCES message(row), number INTEGER NOT NULL, at_ns INTEGER NOT NULL,"
	" what TEXT NOT NULL, fault_code BLOB NOT NULL, detail BLOB NOT NULL, PRIMARY KEY(message, number)) STRICT, WITHOUT ROWID;";

#define ROW_1(id, direction, state) \
	"INSERT INTO message VALUES(NULL, " direction ", " state ", 0, x'70', x'" id \
	"', x'', x'', 0," \
	" x'', x'', 1, 2, 0, 0, 0, 0, x'', x'', x'', x'', x'', NULL, 0, 0, 0, 0, 0, 0, 0, 0);"

static void version_1_make(void)
{
	db_run(version_1);
	db_run(ROW_1("61", "0", "0") ROW_1("62", "0", "2") ROW_1("63", "1", "6"));
	db_run("INSERT INTO event VALUES(1, 1, 5, 'submitted', x'', x'')");
	db_run(OURS "PRAGMA user_version = 1");
}

static void version_1_becomes_ours(void **state)
{
	struct ledger *ledger = NULL;
	struct ledger_message m;
	struct fault f = { 0 };

	(void)state;
	version_1_make();
	expect_fault("open", ledger_open(&ledger, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault("get", ledger_get(&m, ledger, 2, &f), &f, ST_OK, NULL);
	assert_int_equal(m.state, DELIVERY_DEFERRED);
	assert_int_equal(m.owed, DELIVERIES);
	assert_int_equal(ledger_was(ledger), 1);
	ledger_close(ledger);
	assert_int_equal(number_of_file("PRAGMA user_version"), LEDGER_SCHEMA_VERSION);
	assert_int_equal(number_of_file("SELECT count(*) FROM message"), 3);
	assert_int_equal(number_of_file("SELECT count(*) FROM event WHERE place = 1 AND length(hash) = 32"), 1);
	assert_int_equal(number_of_file("SELECT count(*) FROM owed"), 0);
}

/* What was sealed before digests were kept is sent as ever, and compared with nothing. */
static void version_17_has_no_digests_of_sealed_forms(void **state)
{
	struct ledger_job job = { .parcel = -1 };
	struct ledger *ledger = NULL;
	bool repeated;
	uint64_t row;
	struct fault f = { 0 };

	(void)state;
	expect_fault("open", ledger_open(&ledger, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault("begin", ledger_begin(ledger, &f), &f, ST_OK, NULL);
	expect_fault("submit",
		draft_submit(&row, &repeated, ledger, &(struct draft){ "a@us", .size = 9 }, &f), &f,
		ST_OK, NULL);
	expect_fault("commit", ledger_commit(ledger, &f), &f, ST_OK, NULL);
	ledger_close(TAKE(ledger));
	db_run(TO_VERSION_17);
	expect_fault("open", ledger_open(&ledger, digest_sha256, &f), &f, ST_OK, NULL);
	assert_int_equal(ledger_was(ledger), 17);
	expect_fault("begin", ledger_begin(ledger, &f), &f, ST_OK, NULL);
	expect_fault("take", ledger_take(&job, ledger, S("acme"), 0, 9000, &f), &f, ST_OK, NULL);
	assert_true(job.message.row == row && job.sealed_digest.n == 0 && job.sealed.n > 0);
	fd_close(&job.parcel);
	ledger_close(ledger);
	assert_int_equal(number_of_file("PRAGMA user_version"), LEDGER_SCHEMA_VERSION);
	assert_int_equal(number_of_file("SELECT count(*) FROM message WHERE sealed_digest IS NULL"), 1);
}

/* All of it may have been opaque: nobody noted that. */
static void what_version_18_received_is_known_again(void **state)
{
	const struct draft held = { "a@them", .size = 9 };
	struct ledger_again again = { .message_id = "" };
	struct ledger *ledger = NULL;
	struct fault f = { 0 };
	uint64_t row;

	(void)state;
	expect_fault("open", ledger_open(&ledger, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault("begin", ledger_begin(ledger, &f), &f, ST_OK, NULL);
	expect_fault("receive", draft_receive(&row, ledger, &held, &f), &f, ST_OK, NULL);
	expect_fault("commit", ledger_commit(ledger, &f), &f, ST_OK, NULL);
	ledger_close(TAKE(ledger));
	db_run(TO_VERSION_18);
	expect_fault("open", ledger_open(&ledger, digest_sha256, &f), &f, ST_OK, NULL);
	assert_int_equal(ledger_was(ledger), 18);
	AUTO_IN_PLACE(parcel) p;
	const struct draft comes = { "b@them", .size = 9, .like = "a@them" };
	parcel_init(&p, &comes, "receipt of");
	const struct ledger_message m = draft_message(&comes, &p);
	expect_fault("again", ledger_again(&again, ledger, &m, &f), &f, ST_OK, NULL);
	assert_string_equal(again.message_id, "a@them");
	ledger_close(ledger);
}

/* What it makes is the form a fresh file has. */
static void a_migrated_file_has_the_form_of_a_fresh_one(void **state)
{
	static const char forms[] = "SELECT count(*) FROM sqlite_schema AS one JOIN"
				    " other.sqlite_schema AS two ON one.name = two.name"
				    " AND one.sql IS two.sql";
	struct fault f = { 0 };

	(void)state;
	expect_fault("fresh", prepare(&f), &f, ST_OK, NULL);
	int64_t all = number_of_file("SELECT count(*) FROM sqlite_schema");
	assert_int_equal(rename("ledger.db", "fresh.db"), 0);
	version_1_make();
	expect_fault("migrated", prepare(&f), &f, ST_OK, NULL);
	sqlite3 *db = db_open();
	assert_int_equal(
		sqlite3_exec(db, "ATTACH 'fresh.db' AS other", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(number(db, "SELECT count(*) FROM main.sqlite_schema"), all);
	assert_int_equal(number(db, forms), all);
	sqlite3_close(db);
}

static void a_failed_second_migration_leaves_version_1(void **state)
{
	struct fault f = { 0 };

	(void)state;
	version_1_make();
	db_run("CREATE INDEX owed_waiting ON message(row)"); /* in the way of the last steps */
	expect_fault("failed", prepare(&f), &f, ST_HOST, "ledger.failed");
	assert_int_equal(number_of_file("PRAGMA user_version"), 1);
	assert_int_equal(
		number_of_file("SELECT count(*) FROM sqlite_schema WHERE name = 'owed'"), 0);
	assert_int_equal(number_of_file("SELECT count(*) FROM message"), 3);
}

static void what_is_no_database_is_corrupt(void **state)
{
	AUTO_FD fd = open("ledger.db", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	struct fault f = { 0 };

	(void)state;
	for (int i = 0; i < 200; i++)
		expect_fault("write", fd_write_all(fd, S("this is no database\n"), &f), &f, ST_OK,
			NULL);
	expect_fault("text", prepare(&f), &f, ST_HOST, "ledger.corrupt");
}

static void a_refusal_reaches_who_opens_the_ledger(void **state)
{
	struct ledger *ledger = NULL;
	struct fault f = { 0 };

	(void)state;
	db_run(OURS "PRAGMA user_version = 99");
	expect_fault("newer", ledger_open(&ledger, digest_sha256, &f), &f, ST_HOST, "ledger.schema");
	assert_null(ledger);
	assert_int_equal(spool_files(), -1); /* not even a directory is made */
}

/* Duplicates are found by an index; the database itself refuses a second row. */
static void the_keys_of_promise_two_hold(void **state)
{
	static const struct {
		const char *name;
		int direction, state, want;
	} rows[] = {
		{ "the first sent", 0, 3, SQLITE_OK },
		{ "sent again", 0, 0, SQLITE_CONSTRAINT },
		{ "rejected", 1, 7, SQLITE_OK },
		{ "rejected again", 1, 7, SQLITE_OK },
		{ "received after that", 1, 6, SQLITE_OK },
		{ "received again", 1, 6, SQLITE_CONSTRAINT },
	};
	struct fault f = { 0 };
	char sql[512];

	(void)state;
	expect_fault("fresh", prepare(&f), &f, ST_OK, NULL);
	sqlite3 *db = db_open();
	for (size_t i = 0; i < COUNT(rows); i++) {
		snprintf(sql, sizeof(sql),
			"INSERT INTO message VALUES(NULL, %d, %d, 0, x'70', x'69', x'', x'', 0,"
			" x'', x'', 1, 2, 0, 0, 0, 0, x'', x'', x'', x'', x'', NULL,"
			" 0, 0, 0, 0, 0, 0, 0, 0, x'', 0, 0, 0, NULL, 1)",
			rows[i].direction, rows[i].state);
		int got = sqlite3_exec(db, sql, NULL, NULL, NULL);
		if (got != rows[i].want)
			fail_msg("%s: %d, %s", rows[i].name, got, sqlite3_errmsg(db));
	}
	sqlite3_close(db);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(a_fresh_file_gets_our_form),
		IN_HOUSE(pages_are_large_unless_they_were_small),
		IN_HOUSE(the_connection_is_a_careful_one),
		IN_HOUSE(preparing_again_changes_nothing),
		IN_HOUSE(an_empty_file_is_a_fresh_one),
		IN_HOUSE(what_is_not_ours_is_refused),
		IN_HOUSE(a_refused_file_keeps_its_content),
		IN_HOUSE(a_failed_migration_leaves_nothing),
		IN_HOUSE(version_1_becomes_ours),
		IN_HOUSE(version_17_has_no_digests_of_sealed_forms),
		IN_HOUSE(what_version_18_received_is_known_again),
		IN_HOUSE(a_migrated_file_has_the_form_of_a_fresh_one),
		IN_HOUSE(a_failed_second_migration_leaves_version_1),
		IN_HOUSE(what_is_no_database_is_corrupt),
		IN_HOUSE(a_refusal_reaches_who_opens_the_ledger),
		IN_HOUSE(the_keys_of_promise_two_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
