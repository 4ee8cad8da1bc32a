/* SPDX-License-Identifier: Apache-2.0 */
/* One process, several connections: the log goes into the database beside who writes it. */
#include "ledger_house.h"

#include <pthread.h>
#include <sqlite3.h>
#include <sys/wait.h>

#include "ledger/owned_file.h"

#define ROWS 400

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

static sqlite3 *open_one(const char *vfs)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2("ledger.db", &db, flags, vfs), SQLITE_OK);
	return db;
}

static sqlite3 *open_owner(void)
{
	sqlite3 *db = NULL;

	house_clear();
	db = open_one(owned_file_vfs()->zName);
	run(db, "PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
		"PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(n INTEGER PRIMARY KEY, b BLOB)");
	return db;
}

static sqlite3 *open_other(void)
{
	sqlite3 *db = open_one(owned_file_vfs()->zName);

	run(db, "PRAGMA synchronous = NORMAL; SELECT count(*) FROM sqlite_schema");
	return db;
}

static void insert_one(sqlite3 *db)
{
	run(db, "INSERT INTO t(b) VALUES (randomblob(3000))");
}

/* What is committed goes over, what is open stays where it is. */
static void the_log_is_moved_while_a_batch_is_open(void **state)
{
	sqlite3 *owner = open_owner(), *other = open_other();
	int log = 0, moved = 0, more = 0;

	(void)state;
	insert_one(owner);
	run(owner, "BEGIN IMMEDIATE");
	insert_one(owner);
	assert_int_equal(sqlite3_wal_checkpoint_v2(other, NULL, SQLITE_CHECKPOINT_PASSIVE, &log,
				 &moved),
		SQLITE_OK);
	assert_true(log > 0);
	assert_int_equal(moved, log);
	run(owner, "COMMIT");
	assert_int_equal(number(other, "SELECT count(*) FROM t"), 2);
	assert_int_equal(sqlite3_wal_checkpoint_v2(other, NULL, SQLITE_CHECKPOINT_PASSIVE, &more,
				 &moved),
		SQLITE_OK);
	assert_true(more > log);
	insert_one(owner); /* all of it was moved: it begins anew */
	assert_int_equal(sqlite3_wal_checkpoint_v2(owner, NULL, SQLITE_CHECKPOINT_PASSIVE, &log,
				 &moved),
		SQLITE_OK);
	assert_true(log < more);
	sqlite3_close(other);
	sqlite3_close(owner);
}

static void two_do_not_write(void **state)
{
	sqlite3 *owner = open_owner(), *other = open_other();

	(void)state;
	run(owner, "BEGIN IMMEDIATE");
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_BUSY);
	run(owner, "COMMIT");
	sqlite3_close(other);
	sqlite3_close(owner);
}

static bool goes_on;

static void *move_all_the_time(void *context)
{
	while (__atomic_load_n(&goes_on, __ATOMIC_SEQ_CST))
		(void)sqlite3_wal_checkpoint_v2(
			context, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return NULL;
}

static void nothing_is_lost_meanwhile(void **state)
{
	sqlite3 *owner = open_owner(), *other = open_other();
	pthread_t thread;

	(void)state;
	goes_on = true;
	assert_int_equal(pthread_create(&thread, NULL, move_all_the_time, other), 0);
	for (int i = 1; i <= ROWS; i++) {
		run(owner, "BEGIN IMMEDIATE");
		insert_one(owner);
		run(owner, "COMMIT");
		assert_int_equal(number(owner, "SELECT count(*) FROM t"), i);
	}
	__atomic_store_n(&goes_on, false, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	sqlite3_close(other);
	sqlite3_close(owner);
	owner = open_one(NULL);
	assert_int_equal(number(owner, "SELECT count(*) FROM t"), ROWS);
	assert_int_equal(number(owner, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
	sqlite3_close(owner);
}

/* In a process of its own: locks of one process do not hold against itself. */
static int read_elsewhere(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		sqlite3 *db = open_one(NULL);
		_exit(sqlite3_exec(db, "SELECT count(*) FROM t", NULL, NULL, NULL));
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

static void nobody_else_gets_in_until_it_is_closed(void **state)
{
	sqlite3 *owner = open_owner(), *other = open_other();

	(void)state;
	insert_one(owner);
	assert_int_equal(read_elsewhere(), SQLITE_BUSY);
	sqlite3_close(other);
	assert_int_equal(read_elsewhere(), SQLITE_BUSY);
	assert_int_equal(access("ledger.db-shm", F_OK), -1);
	sqlite3_close(owner);
	assert_int_equal(read_elsewhere(), SQLITE_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_log_is_moved_while_a_batch_is_open),
		cmocka_unit_test(two_do_not_write),
		cmocka_unit_test(nothing_is_lost_meanwhile),
		cmocka_unit_test(nobody_else_gets_in_until_it_is_closed),
	};

	return cmocka_run_group_tests(tests, house_enter, house_leave);
}
