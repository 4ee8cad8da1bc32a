/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by ledger.c.  SQLite writes a frame of the log as a head of 24 bytes and the page, two calls
 * of the system each; a batch has some fifty.  Only what comes right behind what was written last
 * is joined.  SQLite tells its readers of a commit once the last page of it is written, whose head
 * says how large the database is then (fileformat2, 4.1): there the row ends.  It ends, too, where
 * anything else is asked of the file.  The ledger syncs the log by a descriptor of its own, after
 * the commit.
 */
#include "ledger/joined_log.h"

#include <sqlite3.h>

#include "base/buf.h"
#include "base/own.h"

#define VFS_NAME "tieline-joined-log"
#define FRAME_HEAD 24
#define NOWHERE (-1)

struct log_file {
	sqlite3_file base;   /* first: SQLite knows no more */
	struct buf row;      /* to be written */
	sqlite3_int64 at;    /* where it begins */
	sqlite3_int64 next;  /* behind what came last, or NOWHERE */
	bool commits;        /* the head came, the page of it did not */
	sqlite3_int64 real[]; /* the file of the VFS behind this one: SQLite aligns to eight */
};

static struct log_file *log_of(sqlite3_file *file)
{
	return (struct log_file *)(void *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return (sqlite3_file *)(void *)log_of(file)->real;
}

static int real_write(sqlite3_file *file, struct slice bytes, sqlite3_int64 at)
{
	sqlite3_file *real = real_of(file);

	return real->pMethods->xWrite(real, bytes.p, (int)bytes.n, at);
}

/* What cannot be written is gone, as if each piece had failed; whoever asked is told. */
static int row_end(sqlite3_file *file)
{
	struct log_file *log = log_of(file);

	if (log->row.n == 0)
		return SQLITE_OK;
	int code = real_write(file, buf_slice(&log->row), log->at);
	if (code != SQLITE_OK)
		log->next = NOWHERE;
	buf_clear(&log->row);
	return code;
}

static bool is_commit(struct slice piece)
{
	return piece.n == FRAME_HEAD &&
		(piece.p[4] | piece.p[5] | piece.p[6] | piece.p[7]) != 0;
}

/* Somewhere else: the first of a log, or what changes in it. */
static int piece_pass(sqlite3_file *file, struct slice piece, sqlite3_int64 at)
{
	struct log_file *log = log_of(file);
	int code = row_end(file);

	if (code == SQLITE_OK)
		code = real_write(file, piece, at);
	log->next = code == SQLITE_OK ? at + (sqlite3_int64)piece.n : NOWHERE;
	return code;
}

static int piece_join(sqlite3_file *file, struct slice piece, sqlite3_int64 at)
{
	struct log_file *log = log_of(file);
	int code = piece.n > JOINED_LOG_ROOM - log->row.n ? row_end(file) : SQLITE_OK;

	if (code != SQLITE_OK)
		return code;
	if (log->row.n == 0)
		log->at = at;
	buf_put(&log->row, piece);
	log->next = at + (sqlite3_int64)piece.n;
	return SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
	struct log_file *log = log_of(file);
	struct slice piece = slice_of(from, (size_t)n);
	bool ends = log->commits && n != FRAME_HEAD;
	int code = at == log->next && n <= JOINED_LOG_ROOM ? piece_join(file, piece, at)
							     : piece_pass(file, piece, at);

	log->commits = is_commit(piece);
	return code == SQLITE_OK && ends ? row_end(file) : code;
}

/* --- all else, when it is in the file --------------------------------------------- */

static int file_close(sqlite3_file *file)
{
	int code = row_end(file), closed = real_of(file)->pMethods->xClose(real_of(file));

	buf_done(&log_of(file)->row);
	return code != SQLITE_OK ? code : closed;
}

static int file_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	int code = row_end(file);

	return code != SQLITE_OK ? code
				 : real_of(file)->pMethods->xRead(real_of(file), to, n, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 n)
{
	int code = row_end(file);

	log_of(file)->next = NOWHERE;
	return code != SQLITE_OK ? code : real_of(file)->pMethods->xTruncate(real_of(file), n);
}

static int file_sync(sqlite3_file *file, int flags)
{
	int code = row_end(file);

	return code != SQLITE_OK ? code : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *n)
{
	int code = row_end(file);

	return code != SQLITE_OK ? code : real_of(file)->pMethods->xFileSize(real_of(file), n);
}

static int file_lock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
	return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_is_locked(sqlite3_file *file, int *locked)
{
	return real_of(file)->pMethods->xCheckReservedLock(real_of(file), locked);
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
	int code = row_end(file);

	return code != SQLITE_OK
		? code
		: real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
}

static int file_sector(sqlite3_file *file)
{
	return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file)
{
	return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
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
	.xUnlock = file_unlock,
	.xCheckReservedLock = file_is_locked,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_traits,
};

/* --- the VFS ----------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	sqlite3_vfs *real = vfs->pAppData;
	struct log_file *log = log_of(file);

	if (!(flags & SQLITE_OPEN_WAL))
		return real->xOpen(real, name, file, flags, out);
	*log = (struct log_file){ .next = NOWHERE, .row = buf_init(JOINED_LOG_ROOM) };
	int code = real->xOpen(real, name, real_of(file), flags, out);
	log->base.pMethods = real_of(file)->pMethods ? &methods : NULL;
	return code;
}

/* SQLite links it into its list for as long as the program runs. */
static sqlite3_vfs *vfs_registered(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(VFS_NAME);

	if (vfs)
		return vfs;
	vfs = alloc_zeroed(1, sizeof(*vfs));
	vfs->zName = VFS_NAME;
	if (sqlite3_vfs_register(vfs, 0) != SQLITE_OK)
		bug("SQLite takes no VFS");
	return vfs;
}

/* Names, time and chance are those of the VFS behind it. */
const char *joined_log_vfs(void)
{
	sqlite3_vfs *vfs = vfs_registered(), *next = vfs->pNext, *real = sqlite3_vfs_find(NULL);

	*vfs = *real;
	vfs->pNext = next;
	vfs->zName = VFS_NAME;
	vfs->szOsFile = (int)sizeof(struct log_file) + real->szOsFile;
	vfs->pAppData = real;
	vfs->xOpen = vfs_open;
	return VFS_NAME;
}
