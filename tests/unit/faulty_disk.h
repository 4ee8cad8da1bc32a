/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk under SQLite that can be told to fail, or to be the last thing a process sees: a VFS in
 * front of the usual one, which asks before each write, truncation and sync, and tells after it.
 */
#ifndef TIELINE_TESTS_FAULTY_DISK_H
#define TIELINE_TESTS_FAULTY_DISK_H

#include <sqlite3.h>

enum disk_op { DISK_WRITE, DISK_TRUNCATE, DISK_SYNC };

static struct {
	sqlite3_vfs vfs, *real;
	sqlite3_io_methods watched[2]; /* only the second, a database's, are locked */
	const sqlite3_io_methods *plain;
	int (*before)(enum disk_op); /* SQLITE_OK, or what the operation fails with */
	void (*after)(enum disk_op);
} disk;

static int disk_done(enum disk_op op, int code)
{
	disk.after(op);
	return code;
}

static int disk_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 at)
{
	int code = disk.before(DISK_WRITE);

	return code ? code : disk_done(DISK_WRITE, disk.plain->xWrite(file, p, n, at));
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 n)
{
	int code = disk.before(DISK_TRUNCATE);

	return code ? code : disk_done(DISK_TRUNCATE, disk.plain->xTruncate(file, n));
}

/* What is not synced is in the file all the same, as after a kill. */
static int disk_sync(sqlite3_file *file, int flags)
{
	int code = disk.before(DISK_SYNC);

	return code ? code : disk_done(DISK_SYNC, disk.plain->xSync(file, flags));
}

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	int code = disk.real->xOpen(disk.real, name, file, flags, out);

	(void)vfs;
	if (code != SQLITE_OK)
		return code;
	disk.plain = file->pMethods;
	sqlite3_io_methods *watched = &disk.watched[(flags & SQLITE_OPEN_MAIN_DB) != 0];
	*watched = *file->pMethods;
	watched->xWrite = disk_write;
	watched->xTruncate = disk_truncate;
	watched->xSync = disk_sync;
	file->pMethods = watched;
	return SQLITE_OK;
}

/* Every database this process opens from here on. */
static inline void disk_watch(int (*before)(enum disk_op), void (*after)(enum disk_op))
{
	disk.real = sqlite3_vfs_find(NULL);
	disk.vfs = *disk.real;
	disk.vfs.zName = "watched";
	disk.vfs.xOpen = disk_open;
	disk.before = before;
	disk.after = after;
	if (sqlite3_vfs_register(&disk.vfs, 1) != SQLITE_OK)
		abort();
}

#endif
