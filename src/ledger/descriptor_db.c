/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VFS of SQLite whose files are named by numbers of descriptors, "DB,WAL".  Used by snapshot.c
 * in the ledger and by the commands fsck and backup.
 */
#include "ledger/descriptor_db.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/own.h"
#include "base/slice.h"
#include "ledger/schema.h"

#define VFS_NAME "tieline-descriptor"
#define NAME_MAX_BYTES 32
#define SECTOR 4096
#define NO_FILE (-1) /* reads as an empty one */

struct open_file {
	sqlite3_file base; /* first: SQLite knows no more */
	int fd;
	bool is_writable;
};

static struct open_file *file_of(sqlite3_file *file)
{
	return (struct open_file *)(void *)file;
}

static int file_close(sqlite3_file *file)
{
	(void)file; /* the descriptor is its owner's */
	return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	const struct open_file *o = file_of(file);
	ssize_t got = 0, done = 0;

	while (o->fd != NO_FILE && done < n) {
		got = pread(o->fd, (char *)to + done, (size_t)(n - done), at + done);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		done += got;
	}
	if (got < 0)
		return SQLITE_IOERR_READ;
	if (done == n)
		return SQLITE_OK;
	memset((char *)to + done, 0, (size_t)(n - done));
	return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
	const struct open_file *o = file_of(file);
	ssize_t done = 0;

	if (!o->is_writable)
		return SQLITE_READONLY;
	while (done < n) {
		ssize_t put =
			pwrite(o->fd, (const char *)from + done, (size_t)(n - done), at + done);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return errno == ENOSPC || errno == EDQUOT ? SQLITE_FULL
								  : SQLITE_IOERR_WRITE;
		done += put;
	}
	return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 n)
{
	const struct open_file *o = file_of(file);

	return o->is_writable && ftruncate(o->fd, n) == 0 ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int file_sync(sqlite3_file *file, int flags)
{
	(void)file; /* whoever made the file syncs it */
	(void)flags;
	return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *n)
{
	const struct open_file *o = file_of(file);
	struct stat st = { 0 };

	if (o->fd != NO_FILE && fstat(o->fd, &st) != 0)
		return SQLITE_IOERR_FSTAT;
	*n = st.st_size;
	return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int level)
{
	(void)file; /* nobody else has it */
	(void)level;
	return SQLITE_OK;
}

static int file_is_locked(sqlite3_file *file, int *locked)
{
	(void)file;
	*locked = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
	(void)file;
	(void)op;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file)
{
	(void)file;
	return SECTOR;
}

static int file_traits(sqlite3_file *file)
{
	(void)file;
	return 0;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_sync,
	.xFileSize = file_size,
	.xLock = file_lock,
	.xUnlock = file_lock,
	.xCheckReservedLock = file_is_locked,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

/* --- the VFS --- */

/* "12,13": the database's, or its log's. */
static int descriptor_of(const char *name, bool log)
{
	struct slice before, after, digits;
	uint64_t number;

	(void)slice_cut(&before, &after, slice_str(name), ',');
	(void)slice_cut(&after, &digits, after, '-'); /* SQLite adds "-wal" */
	return slice_u64(&number, log ? after : before, NULL) == ST_OK ? (int)number : NO_FILE;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct open_file *o = file_of(file);
	bool is_log = (flags & SQLITE_OPEN_WAL) != 0;

	(void)vfs;
	o->base.pMethods = NULL;
	if (!name || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
		return SQLITE_CANTOPEN;
	o->fd = descriptor_of(name, is_log);
	o->is_writable = !is_log && (flags & SQLITE_OPEN_READWRITE);
	o->base.pMethods = &methods;
	if (out)
		*out = o->is_writable ? flags
				      : (flags & ~(SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE)) |
					  SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	(void)vfs;
	(void)name;
	(void)sync;
	return SQLITE_OK;
}

/* No journal ever; a log, if there is one. */
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
	size_t n = strlen(name);

	(void)vfs;
	(void)flags;
	*out = n > 4 && strcmp(name + n - 4, "-wal") == 0 && descriptor_of(name, true) != NO_FILE;
	return SQLITE_OK;
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
	(void)vfs;
	return slice_to_text(out, (size_t)n, slice_str(name), NULL) == ST_OK ? SQLITE_OK
									      : SQLITE_CANTOPEN;
}

static int vfs_random(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	random_bytes(out, (size_t)n);
	return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

/* Milliseconds of the Julian day. */
static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
	(void)vfs;
	*out = clock_utc_ns() / NS_PER_MS + INT64_C(210866760000000);
	return SQLITE_OK;
}

static int vfs_time_real(sqlite3_vfs *vfs, double *out)
{
	sqlite3_int64 ms = 0;
	int code = vfs_time(vfs, &ms);

	*out = (double)ms / 86400000.0;
	return code;
}

static int vfs_error(sqlite3_vfs *vfs, int n, char *out)
{
	(void)vfs;
	(void)n;
	(void)out;
	return errno;
}

static const sqlite3_vfs the_vfs = {
	.iVersion = 2,
	.szOsFile = sizeof(struct open_file),
	.mxPathname = NAME_MAX_BYTES,
	.zName = VFS_NAME,
	.xOpen = vfs_open,
	.xDelete = vfs_delete,
	.xAccess = vfs_access,
	.xFullPathname = vfs_full_path,
	.xRandomness = vfs_random,
	.xSleep = vfs_sleep,
	.xCurrentTime = vfs_time_real,
	.xGetLastError = vfs_error,
	.xCurrentTimeInt64 = vfs_time,
};

/* SQLite links it into its list for as long as the program runs. */
static void vfs_register(void)
{
	if (sqlite3_vfs_find(VFS_NAME))
		return;
	sqlite3_vfs *vfs = alloc_zeroed(1, sizeof(*vfs));
	*vfs = the_vfs;
	if (sqlite3_vfs_register(vfs, 0) != SQLITE_OK)
		bug("SQLite takes no VFS");
}

static enum status db_open(struct sqlite3 **out, int db, int wal, int flags, const char *settings,
	struct fault *f)
{
	char name[NAME_MAX_BYTES], logged[NAME_MAX_BYTES / 2] = "";
	enum status st = ST_OK;

	vfs_register();
	if (wal >= 0)
		snprintf(logged, sizeof(logged), "%d", wal);
	snprintf(name, sizeof(name), "%d,%s", db, logged);
	if (sqlite3_open_v2(name, out, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
		    VFS_NAME) != SQLITE_OK)
		st = fault_set(f, ST_HOST, "ledger.open", "a copy of ledger.db: %s",
			*out ? sqlite3_errmsg(*out) : "out of memory");
	if (st == ST_OK && sqlite3_exec(*out, settings, NULL, NULL, NULL) != SQLITE_OK)
		st = schema_fault(*out, f, "reading ledger.db");
	if (st != ST_OK) {
		sqlite3_close(*out);
		*out = NULL;
	}
	return st;
}

enum status descriptor_db_open(struct sqlite3 **out, int db, int wal, struct fault *f)
{
	return db_open(out, db, wal, SQLITE_OPEN_READONLY,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY;"
		"PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -16384;",
		f);
}

enum status descriptor_db_attach(struct sqlite3 *to, int db, int wal, struct fault *f)
{
	char name[NAME_MAX_BYTES], logged[NAME_MAX_BYTES / 2] = "";

	if (wal >= 0)
		snprintf(logged, sizeof(logged), "%d", wal);
	snprintf(name, sizeof(name), "%d,%s", db, logged);
	AUTO_IN_PLACE(buf) sql = buf_init(sizeof(name) + 64);
	buf_putf(&sql, "ATTACH 'file:%s?mode=ro' AS kept", name);
	return schema_temporary(to, buf_text(&sql), "reading ledger.db", f);
}

enum status descriptor_db_make(struct sqlite3 **out, int db, struct fault *f)
{
	return db_open(out, db, -1, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI,
		"PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
		"PRAGMA temp_store = MEMORY; PRAGMA cache_size = -512;",
		f);
}
