/* SPDX-License-Identifier: Apache-2.0 */
/* Used by processes/survey.c in the ledger, and by cli/backup.c when none runs. */
#include "ledger/ledger_copy.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/descriptor_db.h"
#include "ledger/ledger_internal.h"
#include "ledger/schema.h"

struct ledger_copy {
	struct ledger *ledger;
	int fd;
	sqlite3 *to;
	sqlite3_backup *backup;
};

static enum status size_ask(uint64_t *bytes, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_SIZE, NULL, 0);

	TRY(statement_step(l->sql, s, f));
	*bytes = (uint64_t)sqlite3_column_int64(s, 0);
	sqlite3_reset(s);
	return ST_OK;
}

/* Looking at a ledger must not be what fills its disk. */
static enum status room_check(struct ledger *l, struct fault *f)
{
	uint64_t needed = 0, room = 0;

	TRY(size_ask(&needed, l, f));
	TRY(spool_room(&room, l->spool, f));
	needed += LEDGER_COPY_ROOM;
	return room >= needed
		? ST_OK
		: fault_set(f, ST_RETRY, "copy.room",
			  "a copy of the ledger's database needs %llu MiB on the ledger's disk for a "
			  "while, and %llu are free",
			  (unsigned long long)(needed >> 20), (unsigned long long)(room >> 20));
}

static enum status copy_begin(struct ledger_copy *c, struct fault *f)
{
	TRY(room_check(c->ledger, f));
	TRY(spool_scratch(&c->fd, c->ledger->spool, f));
	TRY(descriptor_db_make(&c->to, c->fd, f));
	c->backup = sqlite3_backup_init(c->to, "main", c->ledger->db, "main");
	return c->backup ? ST_OK : schema_fault(c->to, f, "copying ledger.db");
}

enum status ledger_copy_new(struct ledger_copy **out, struct ledger *l, struct fault *f)
{
	AUTO(ledger_copy) c = alloc_zeroed(1, sizeof(*c));

	c->ledger = l;
	c->fd = -1;
	TRY(copy_begin(c, f));
	spool_pin(l->spool, true);
	*out = TAKE(c);
	return ST_OK;
}

static void backup_end(struct ledger_copy *c)
{
	(void)sqlite3_backup_finish(c->backup);
	(void)sqlite3_close(c->to);
	c->backup = NULL;
	c->to = NULL;
}

void ledger_copy_free(struct ledger_copy *c)
{
	if (!c)
		return;
	backup_end(c);
	spool_pin(c->ledger->spool, false);
	fd_close(&c->fd);
	free(c);
}

/* The disk is looked at: pages that the ledger has in memory would hide what became of it. */
enum status ledger_copy_step(struct ledger_copy *c, struct fault *f)
{
	(void)sqlite3_db_release_memory(c->ledger->db);
	int code = sqlite3_backup_step(c->backup, LEDGER_COPY_STEP);

	if (code == SQLITE_OK)
		return ST_MORE;
	if (code != SQLITE_DONE)
		return schema_code_fault(code, f, "copying ledger.db");
	backup_end(c);
	return ST_OK;
}

int ledger_copy_fd(const struct ledger_copy *c)
{
	return c->fd;
}

enum status ledger_copy_still(int to, int db, int wal, struct fault *f)
{
	sqlite3 *source = NULL, *target = NULL;
	enum status st = descriptor_db_open(&source, db, wal, f);

	if (st == ST_OK)
		st = descriptor_db_make(&target, to, f);
	sqlite3_backup *backup =
		st == ST_OK ? sqlite3_backup_init(target, "main", source, "main") : NULL;
	int code = backup ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
	(void)sqlite3_backup_finish(backup);
	(void)sqlite3_close(target);
	(void)sqlite3_close(source);
	if (st != ST_OK)
		return st;
	return code == SQLITE_DONE ? ST_OK : schema_code_fault(code, f, "copying ledger.db");
}

enum status ledger_copy_restored(const char *path, struct fault *f)
{
	char sql[128];
	sqlite3 *to = NULL;

	(void)snprintf(sql, sizeof(sql), "UPDATE counter SET value = value + %d WHERE name = 'x12'",
		LEDGER_NUMBERS_SKIPPED);
	if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
		SQLITE_OK) {
		enum status failed = schema_fault(to, f, "opening what was restored");
		(void)sqlite3_close(to);
		return failed;
	}
	enum status st = sqlite3_exec(to, sql, NULL, NULL, NULL) == SQLITE_OK
		? ST_OK
		: schema_fault(to, f, "setting the counter ahead");
	(void)sqlite3_close(to);
	return st;
}
