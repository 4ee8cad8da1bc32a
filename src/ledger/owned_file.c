/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by ledger.c.  An index is known by the path of its database, as SQLite says it; all of them
 * are under one lock, which is held for no system call but the closing of a file.
 */
#include "ledger/owned_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/fault.h"
#include "base/own.h"

#define VFS_NAME "tieline-owned-file"
#define WRITING UINT32_MAX /* holders of a slot that one has for himself */

struct log_index {
	LIST_ENTRY(log_index) entry;
	char *path;
	unsigned files;       /* that know it */
	bool is_owned;        /* by one of them */
	uint32_t holders[SQLITE_SHM_NLOCK];
	void **regions;
	int region_count;
};

LIST_HEAD(log_indexes, log_index);

struct owners {
	sqlite3_vfs vfs, *real;
	pthread_mutex_t lock;
	struct log_indexes indexes;
};

struct owned_file {
	sqlite3_file base; /* first: SQLite knows no more */
	struct owners *owners;
	struct log_index *index;
	bool is_owner, is_locked;
	unsigned shares, has; /* slots, as bits */
	sqlite3_int64 real[]; /* the file of the VFS behind this one: SQLite aligns to eight */
};

static struct owned_file *owned_of(sqlite3_file *file)
{
	return (struct owned_file *)(void *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
	return (sqlite3_file *)(void *)owned_of(file)->real;
}

/* --- indexes -------------------------------------------------------------------------- */

static struct log_index *index_find(const struct owners *o, const char *path)
{
	struct log_index *index;

	LIST_FOREACH(index, &o->indexes, entry)
		if (strcmp(index->path, path) == 0)
			return index;
	return NULL;
}

static char *path_copy(const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		die("out of memory");
	return copy;
}

static void index_join(struct owned_file *file, struct owners *o, const char *path)
{
	pthread_mutex_lock(&o->lock);
	struct log_index *index = index_find(o, path);
	if (!index) {
		index = alloc_zeroed(1, sizeof(*index));
		index->path = path_copy(path);
		LIST_INSERT_HEAD(&o->indexes, index, entry);
	}
	index->files++;
	file->owners = o;
	file->index = index;
	file->is_owner = !index->is_owned;
	index->is_owned = true;
	pthread_mutex_unlock(&o->lock);
}

static void slots_leave(struct owned_file *file, unsigned slots)
{
	for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++) {
		if (file->has & slots & 1U << i)
			file->index->holders[i] = 0;
		else if (file->shares & slots & 1U << i)
			file->index->holders[i]--;
	}
	file->has &= ~slots;
	file->shares &= ~slots;
}

static void index_free(struct log_index *index)
{
	for (int i = 0; i < index->region_count; i++)
		free(index->regions[i]);
	free(index->regions);
	free(index->path);
	free(index);
}

static void index_leave(struct owned_file *file)
{
	struct owners *o = file->owners;

	pthread_mutex_lock(&o->lock);
	slots_leave(file, UINT32_MAX);
	if (file->is_owner)
		file->index->is_owned = false;
	if (--file->index->files == 0) {
		LIST_REMOVE(file->index, entry);
		index_free(file->index);
	}
	pthread_mutex_unlock(&o->lock);
}

/* --- the shared index of the log ------------------------------------------------------- */

static void regions_extend(struct log_index *index, int count, int size)
{
	void **regions = alloc_zeroed((size_t)count, sizeof(*regions));

	for (int i = 0; i < count; i++)
		regions[i] = i < index->region_count ? index->regions[i]
						     : alloc_zeroed(1, (size_t)size);
	free(index->regions);
	index->regions = regions;
	index->region_count = count;
}

/* What is not there, and is not to be, is no fault. */
static int file_shm_map(
	sqlite3_file *file, int at, int size, int extend, void volatile **out)
{
	struct owned_file *owned = owned_of(file);

	pthread_mutex_lock(&owned->owners->lock);
	if (at >= owned->index->region_count && extend)
		regions_extend(owned->index, at + 1, size);
	*out = at < owned->index->region_count ? owned->index->regions[at] : NULL;
	pthread_mutex_unlock(&owned->owners->lock);
	return SQLITE_OK;
}

static bool slots_share(struct owned_file *file, unsigned slots)
{
	uint32_t *holders = file->index->holders;

	for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++)
		if (slots & 1U << i && holders[i] == WRITING)
			return false;
	for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++)
		holders[i] += (slots & 1U << i) != 0;
	file->shares |= slots;
	return true;
}

static bool slots_take(struct owned_file *file, unsigned slots)
{
	uint32_t *holders = file->index->holders;

	for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++)
		if (slots & 1U << i && holders[i] != 0)
			return false;
	for (unsigned i = 0; i < SQLITE_SHM_NLOCK; i++)
		if (slots & 1U << i)
			holders[i] = WRITING;
	file->has |= slots;
	return true;
}

/* sqlite3_io_methods: n slots from the first; of shared ones SQLite asks for one at a time. */
static int file_shm_lock(sqlite3_file *file, int first, int n, int flags)
{
	struct owned_file *owned = owned_of(file);
	unsigned slots = ((1U << n) - 1) << first;
	bool good = true;

	pthread_mutex_lock(&owned->owners->lock);
	if (flags & SQLITE_SHM_UNLOCK)
		slots_leave(owned, slots);
	else if (flags & SQLITE_SHM_SHARED)
		good = (owned->shares & slots) == slots || slots_share(owned, slots);
	else
		good = slots_take(owned, slots);
	pthread_mutex_unlock(&owned->owners->lock);
	return good ? SQLITE_OK : SQLITE_BUSY;
}

static void file_shm_barrier(sqlite3_file *file)
{
	struct owners *o = owned_of(file)->owners;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	pthread_mutex_lock(&o->lock);
	pthread_mutex_unlock(&o->lock);
}

/* The regions go with the last file. */
static int file_shm_unmap(sqlite3_file *file, int remove)
{
	struct owned_file *owned = owned_of(file);

	(void)remove;
	pthread_mutex_lock(&owned->owners->lock);
	slots_leave(owned, UINT32_MAX);
	pthread_mutex_unlock(&owned->owners->lock);
	return SQLITE_OK;
}

/* --- locks against other processes ------------------------------------------------------ */

/* Once, and for as long as it is open. */
static int owner_lock(sqlite3_file *file)
{
	sqlite3_file *real = real_of(file);
	int code = real->pMethods->xLock(real, SQLITE_LOCK_SHARED);

	if (code == SQLITE_OK)
		code = real->pMethods->xLock(real, SQLITE_LOCK_EXCLUSIVE);
	if (code == SQLITE_OK)
		owned_of(file)->is_locked = true;
	else
		(void)real->pMethods->xUnlock(real, SQLITE_LOCK_NONE);
	return code;
}

static int file_lock(sqlite3_file *file, int level)
{
	const struct owned_file *owned = owned_of(file);

	if (!owned->is_owner)
		return level <= SQLITE_LOCK_SHARED ? SQLITE_OK : SQLITE_BUSY;
	return owned->is_locked ? SQLITE_OK : owner_lock(file);
}

static int file_unlock(sqlite3_file *file, int level)
{
	(void)file;
	(void)level;
	return SQLITE_OK;
}

static int file_is_locked(sqlite3_file *file, int *locked)
{
	(void)file;
	*locked = 0;
	return SQLITE_OK;
}

/* --- all else is the file's own --------------------------------------------------------- */

static int file_close(sqlite3_file *file)
{
	int code = real_of(file)->pMethods->xClose(real_of(file));

	index_leave(owned_of(file));
	return code;
}

static int file_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xRead(real_of(file), to, n, at);
}

static int file_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
	return real_of(file)->pMethods->xWrite(real_of(file), from, n, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 n)
{
	return real_of(file)->pMethods->xTruncate(real_of(file), n);
}

static int file_sync(sqlite3_file *file, int flags)
{
	return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *n)
{
	return real_of(file)->pMethods->xFileSize(real_of(file), n);
}

static int file_control(sqlite3_file *file, int op, void *argument)
{
	return real_of(file)->pMethods->xFileControl(real_of(file), op, argument);
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
	.iVersion = 2,
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
	.xShmMap = file_shm_map,
	.xShmLock = file_shm_lock,
	.xShmBarrier = file_shm_barrier,
	.xShmUnmap = file_shm_unmap,
};

/* --- the VFS ----------------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
	struct owners *o = vfs->pAppData;
	struct owned_file *owned = owned_of(file);

	if (!(flags & SQLITE_OPEN_MAIN_DB) || !name)
		return o->real->xOpen(o->real, name, file, flags, out);
	*owned = (struct owned_file){ 0 };
	int code = o->real->xOpen(o->real, name, real_of(file), flags, out);
	if (!real_of(file)->pMethods)
		return code;
	index_join(owned, o, name);
	owned->base.pMethods = &methods;
	return code;
}

/* SQLite links it into its list for as long as the program runs. */
static struct owners *owners_registered(void)
{
	sqlite3_vfs *vfs = sqlite3_vfs_find(VFS_NAME);

	if (vfs)
		return vfs->pAppData;
	struct owners *o = alloc_zeroed(1, sizeof(*o));
	pthread_mutex_init(&o->lock, NULL);
	LIST_INIT(&o->indexes);
	o->vfs.zName = VFS_NAME;
	o->vfs.pAppData = o;
	if (sqlite3_vfs_register(&o->vfs, 0) != SQLITE_OK)
		bug("SQLite takes no VFS");
	return o;
}

/* Names, time and chance are those of the VFS behind it. */
sqlite3_vfs *owned_file_vfs(void)
{
	struct owners *o = owners_registered();
	sqlite3_vfs *next = o->vfs.pNext;

	o->real = sqlite3_vfs_find(NULL);
	o->vfs = *o->real;
	o->vfs.pNext = next;
	o->vfs.zName = VFS_NAME;
	o->vfs.szOsFile = (int)sizeof(struct owned_file) + o->real->szOsFile;
	o->vfs.pAppData = o;
	o->vfs.xOpen = vfs_open;
	return &o->vfs;
}
