/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a transaction writes to the log is one write, and in the file before its COMMIT is over.
 * Underneath is the disk of faulty_disk.h.
 */
#include "ledger_house.h"

#include <fcntl.h>

#include "faulty_disk.h"
#include "ledger/joined_log.h"

#define FILE_MAX (16 << 20)
#define BLOB 3000 /* bytes of a row: one a page, nearly */

static unsigned writes, fails_at; /* 0: none does */

static int count_write(enum disk_op op)
{
	return op == DISK_WRITE && ++writes == fails_at ? SQLITE_FULL : SQLITE_OK;
}

static void nothing(enum disk_op op)
{
	(void)op;
}

static void run(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &s, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	int n = sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int(s, 0) : -1;
	sqlite3_finalize(s);
	return n;
}

static sqlite3 *db_open(void)
{
	sqlite3 *db = NULL;

	house_clear();
	fails_at = 0;
	assert_int_equal(
		sqlite3_open_v2("ledger.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
			joined_log_vfs()),
		SQLITE_OK);
	run(db, "PRAGMA page_size = 4096; PRAGMA locking_mode = EXCLUSIVE;"
		"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		"CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB) STRICT");
	return db;
}

static void add(sqlite3 *db, int rows)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %d)"
		" INSERT INTO t(b) SELECT randomblob(%d) FROM c",
		rows, BLOB);
	run(db, sql);
}

static void copy(const char *to, const char *from)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(FILE_MAX);
	struct fault f;

	expect_fault(from, file_read(&bytes, AT_FDCWD, from, &f), &f, ST_OK, NULL);
	AUTO_FD fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
}

/* What is there for whoever finds the files as they are: rows of a database that is whole. */
static int rows_there(void)
{
	sqlite3 *db = NULL;

	copy("copy.db", "ledger.db");
	copy("copy.db-wal", "ledger.db-wal");
	assert_int_equal(sqlite3_open_v2("copy.db", &db, SQLITE_OPEN_READWRITE,
				 disk.real->zName),
		SQLITE_OK);
	run(db, "PRAGMA locking_mode = EXCLUSIVE");
	int rows = number(db, "SELECT count(*) FROM t");
	assert_int_equal(
		number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	sqlite3_close(db);
	return rows;
}

static const struct {
	const char *name;
	int rows;
	unsigned writes_most;
} sizes[] = {
	{ "a row", 1, 1 },
	{ "twenty pages", 20, 1 },
	{ "more than there is room for", 100, 5 },
	{ "much more", 300, 13 },
};

static void a_transaction_is_a_write(void **state)
{
	sqlite3 *db = db_open();

	(void)state;
	add(db, 1); /* the head of a log is a write of its own */
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		writes = 0;
		run(db, "BEGIN");
		add(db, sizes[i].rows);
		run(db, "COMMIT");
		if (writes < 1 || writes > sizes[i].writes_most)
			fail_msg("%s: %u writes", sizes[i].name, writes);
	}
	sqlite3_close(db);
}

static void what_is_committed_is_in_the_file(void **state)
{
	sqlite3 *db = db_open();
	int rows = 0;

	(void)state;
	for (int i = 0; i < 40; i++) {
		run(db, "BEGIN");
		add(db, 1 + i % 7);
		rows += 1 + i % 7;
		run(db, "COMMIT");
		assert_int_equal(rows_there(), rows);
		if (i % 8 == 7) /* and a log that begins anew */
			run(db, "PRAGMA wal_checkpoint(RESTART)");
	}
	sqlite3_close(db);
}

/* Pages leave a small cache before the commit, are read again and written over. */
static void what_is_spilled_is_found_again(void **state)
{
	sqlite3 *db = db_open();

	(void)state;
	run(db, "PRAGMA cache_size = 8; PRAGMA cache_spill = 4");
	run(db, "BEGIN");
	add(db, 300);
	assert_int_equal(
		number(db, "SELECT sum(length(b)) FROM (SELECT b FROM t ORDER BY n DESC LIMIT 40)"),
		40 * BLOB);
	run(db, "SAVEPOINT s");
	add(db, 50);
	run(db, "UPDATE t SET b = randomblob(3001)");
	assert_int_equal(number(db, "SELECT sum(length(b) = 3001) FROM t"), 350);
	run(db, "ROLLBACK TO s");
	run(db, "UPDATE t SET b = randomblob(3002) WHERE n % 3 = 0");
	run(db, "COMMIT");
	assert_int_equal(rows_there(), 300);
	run(db, "BEGIN");
	add(db, 200);
	run(db, "ROLLBACK");
	assert_int_equal(rows_there(), 300);
	add(db, 1);
	assert_int_equal(rows_there(), 301);
	assert_int_equal(number(db, "SELECT sum(length(b) = 3002) FROM t"), 100);
	sqlite3_close(db);
}

static void a_write_that_fails_fails_the_commit(void **state)
{
	sqlite3 *db = db_open();

	(void)state;
	add(db, 1);
	for (unsigned nth = 1; nth <= 5; nth++) {
		run(db, "BEGIN");
		add(db, 120);
		writes = 0;
		fails_at = nth;
		assert_int_equal(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), SQLITE_FULL);
		fails_at = 0;
		if (!sqlite3_get_autocommit(db))
			run(db, "ROLLBACK");
		assert_int_equal(rows_there(), (int)nth);
		add(db, 1);
		assert_int_equal(rows_there(), (int)nth + 1);
	}
	sqlite3_close(db);
}

static int group_enter(void **state)
{
	disk_watch(count_write, nothing);
	return house_enter(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_is_a_write),
		cmocka_unit_test(what_is_committed_is_in_the_file),
		cmocka_unit_test(what_is_spilled_is_found_again),
		cmocka_unit_test(a_write_that_fails_fails_the_commit),
	};

	return cmocka_run_group_tests(tests, group_enter, house_leave);
}
