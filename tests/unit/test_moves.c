/* SPDX-License-Identifier: Apache-2.0 */
/* What SQL may make of the state of a message: what exchange/delivery.h says, nothing else. */
#include "ledger_house.h"

#include <sqlite3.h>

#include "exchange/delivery.h"
#include "ledger/moves.h"

static sqlite3 *guarded(void)
{
	sqlite3 *db = NULL;
	struct fault f = { 0 };

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "CREATE TABLE message(row INTEGER PRIMARY KEY, state INTEGER);"
				 "CREATE TABLE owed(row INTEGER PRIMARY KEY, state INTEGER)",
				 NULL, NULL, NULL),
		SQLITE_OK);
	expect_fault("guard", moves_guard(db, &f), &f, ST_OK, NULL);
	return db;
}

static bool moves(sqlite3 *db, const char *table, int from, int to)
{
	char sql[256];

	snprintf(sql, sizeof(sql),
		"DELETE FROM %s; INSERT INTO %s VALUES(1, %d);"
		"UPDATE %s SET state = %d WHERE row = 1",
		table, table, from, table, to);
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static const struct {
	const char *table;
	bool (*may)(enum delivery from, enum delivery to);
} tables[] = {
	{ "message", delivery_may_become },
	{ "owed", owed_may_become },
};

static void states_move_as_the_table_says(void **state)
{
	sqlite3 *db = guarded();

	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++)
		for (enum delivery from = 0; from < DELIVERIES; from++)
			for (enum delivery to = 0; to < DELIVERIES; to++) {
				bool good = from == to || tables[i].may(from, to);

				if (moves(db, tables[i].table, (int)from, (int)to) != good)
					fail_msg("%s: %s -> %s is not %s", tables[i].table,
						delivery_name(from), delivery_name(to),
						good ? "made" : "refused");
			}
	sqlite3_close(db);
}

static void what_is_no_state_goes_nowhere(void **state)
{
	static const struct {
		int from, to;
	} strange[] = { { -1, 0 }, { DELIVERIES, DELIVERY_DELIVERED }, { DELIVERY_READY, -1 },
		{ DELIVERY_READY, DELIVERIES }, { DELIVERY_SENDING, 64 } };
	sqlite3 *db = guarded();

	(void)state;
	for (size_t i = 0; i < COUNT(strange); i++)
		if (moves(db, "message", strange[i].from, strange[i].to))
			fail_msg("%d -> %d", strange[i].from, strange[i].to);
	sqlite3_close(db);
}

static void a_wrong_move_takes_nothing_along(void **state)
{
	sqlite3 *db = guarded();
	sqlite3_stmt *s = NULL;

	(void)state;
	assert_int_equal(sqlite3_exec(db,
				 "INSERT INTO message VALUES(1, 0), (2, 3);"
				 "UPDATE message SET state = 1",
				 NULL, NULL, NULL),
		SQLITE_CONSTRAINT);
	assert_string_equal(sqlite3_errmsg(db), "no message goes from that state to this");
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT sum(state) FROM message", -1, &s, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_step(s), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(s, 0), 3);
	sqlite3_finalize(s);
	sqlite3_close(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_move_as_the_table_says),
		cmocka_unit_test(what_is_no_state_goes_nowhere),
		cmocka_unit_test(a_wrong_move_takes_nothing_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
