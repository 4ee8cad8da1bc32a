/* SPDX-License-Identifier: Apache-2.0 */
/* Used by ledger.c, in the ledger process only. */
#include "ledger/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/held.h"
#include "base/id.h"

#define TEMPORARY "tmp-"

struct lease {
	dev_t device;
	ino_t inode;
	char name[SPOOL_NAME_MAX]; /* temporary */
	unsigned owner;
	uint64_t ticket;
};

struct change {
	STAILQ_ENTRY(change) entry;
	char name[SPOOL_NAME_MAX];
	bool is_cut;               /* else: stored in this batch */
	uint64_t n;
};

STAILQ_HEAD(change_list, change);

struct spool {
	int dir;
	struct lease out[SPOOL_OUT_MAX];
	size_t out_count;
	/* As many as the batch has operations: one left out is a file nobody removes or cuts. */
	struct change_list changes;
	struct change_list committed; /* cuts that wait until that is durable */
	bool pinned;
	struct change_list held; /* cuts that wait until it is not */
};

static bool is_temporary(const char *name)
{
	return strncmp(name, TEMPORARY, sizeof(TEMPORARY) - 1) == 0;
}

static void sweep(struct spool *s, bool (*keep)(void *context, const char *name), void *context)
{
	int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' &&
			(is_temporary(entry->d_name) || !keep(context, entry->d_name)))
			(void)!unlinkat(s->dir, entry->d_name, 0);
	if (list)
		closedir(list);
}

enum status spool_open(struct spool **out, bool (*keep)(void *context, const char *name),
	void *context, struct fault *f)
{
	if (mkdir("spool", 0700) != 0 && errno != EEXIST)
		return fault_errno(f, ST_HOST, "spool.open", "making spool/");
	int dir = open("spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return fault_errno(f, ST_HOST, "spool.open", "spool/");
	struct spool *s = alloc_zeroed(1, sizeof(*s));
	s->dir = dir;
	STAILQ_INIT(&s->changes);
	STAILQ_INIT(&s->committed);
	STAILQ_INIT(&s->held);
	sweep(s, keep, context);
	*out = s;
	return ST_OK;
}

static void lease_end(struct spool *s, size_t at)
{
	s->out[at] = s->out[--s->out_count];
}

static void lease_remove(struct spool *s, size_t at)
{
	(void)!unlinkat(s->dir, s->out[at].name, 0);
	lease_end(s, at);
}

void spool_forget(struct spool *s, unsigned owner, uint64_t ticket)
{
	for (size_t i = s->out_count; i-- > 0;)
		if (s->out[i].owner == owner && s->out[i].ticket == ticket)
			lease_remove(s, i);
}

void spool_forget_all(struct spool *s, unsigned owner)
{
	for (size_t i = s->out_count; i-- > 0;)
		if (s->out[i].owner == owner)
			lease_remove(s, i);
}

static enum status lease_add(struct spool *s, int fd, const struct lease *lease, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault_errno(f, ST_HOST, "host.read", "a new spool file");
	s->out[s->out_count] = *lease;
	s->out[s->out_count].device = st.st_dev;
	s->out[s->out_count++].inode = st.st_ino;
	return ST_OK;
}

static enum status temporary_make(
	int *fd, char name[SPOOL_NAME_MAX], const struct spool *s, struct fault *f)
{
	snprintf(name, SPOOL_NAME_MAX, TEMPORARY "%016llx%016llx", (unsigned long long)random_u64(),
		(unsigned long long)random_u64());
	*fd = openat(s->dir, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd < 0 ? fault_errno(f, errno == ENOSPC ? ST_RETRY : ST_HOST, "spool.file",
				 "making a spool file")
		       : ST_OK;
}

enum status spool_lend(int *fd, struct spool *s, unsigned owner, uint64_t ticket, struct fault *f)
{
	struct lease lease = { .owner = owner, .ticket = ticket };
	AUTO_FD made = -1;

	if (s->out_count >= SPOOL_OUT_MAX)
		return fault_set(
			f, ST_RETRY, "spool.busy", "%u large bodies are under way", SPOOL_OUT_MAX);
	TRY(temporary_make(&made, lease.name, s, f));
	TRY(lease_add(s, made, &lease, f));
	*fd = FD_TAKE(made);
	return ST_OK;
}

enum status spool_scratch(int *fd, struct spool *s, struct fault *f)
{
	char name[SPOOL_NAME_MAX];

	TRY(temporary_make(fd, name, s, f));
	(void)!unlinkat(s->dir, name, 0);
	return ST_OK;
}

static enum status lease_find(size_t *at, const struct spool *s, int fd, struct fault *f)
{
	struct stat st = { 0 };

	if (!held_is(fd) && fstat(fd, &st) != 0)
		return fault_errno(f, ST_HOST, "host.read", "a parcel");
	for (size_t i = 0; i < s->out_count; i++)
		if (s->out[i].device == st.st_dev && s->out[i].inode == st.st_ino) {
			*at = i;
			return ST_OK;
		}
	return fault_set(
		f, ST_HOST, "spool.unknown", "a large parcel that is not in a file of the spool");
}

static void change_add(struct spool *s, const char *name, bool is_cut, uint64_t n)
{
	struct change *change = alloc_zeroed(1, sizeof(*change));

	change->is_cut = is_cut;
	change->n = n;
	snprintf(change->name, sizeof(change->name), "%s", name);
	STAILQ_INSERT_TAIL(&s->changes, change, entry);
}

enum status spool_store(char name[SPOOL_NAME_MAX], struct spool *s, int fd, struct fault *f)
{
	size_t at;

	TRY(lease_find(&at, s, fd, f));
	snprintf(name, SPOOL_NAME_MAX, "%s", s->out[at].name + sizeof(TEMPORARY) - 1);
	if (fdatasync(fd) != 0)
		return fault_errno(f, errno == ENOSPC ? ST_RETRY : ST_HOST, "spool.sync",
			"syncing a spool file");
	if (renameat(s->dir, s->out[at].name, s->dir, name) != 0)
		return fault_errno(f, ST_HOST, "spool.store", "naming a spool file");
	change_add(s, name, false, 0);
	lease_end(s, at);
	return ST_OK;
}

enum status spool_sync(struct spool *s, struct fault *f)
{
	const struct change *c;
	bool stored = false;

	STAILQ_FOREACH(c, &s->changes, entry)
		stored |= !c->is_cut;
	if (stored && fsync(s->dir) != 0)
		return fault_errno(f, ST_HOST, "spool.sync", "syncing spool/");
	return ST_OK;
}

void spool_cut(struct spool *s, const char *name, uint64_t n)
{
	change_add(s, name, true, n);
}

static struct change *change_next(struct change_list *list)
{
	struct change *c = STAILQ_FIRST(list);

	if (c)
		STAILQ_REMOVE_HEAD(list, entry);
	return c;
}

void spool_undo(struct spool *s)
{
	struct change *c;

	while ((c = change_next(&s->changes))) {
		if (!c->is_cut)
			(void)!unlinkat(s->dir, c->name, 0);
		free(c);
	}
}

void spool_commit(struct spool *s)
{
	struct change *c;

	while ((c = change_next(&s->changes)))
		if (c->is_cut)
			STAILQ_INSERT_TAIL(&s->committed, c, entry);
		else
			free(c);
}

static void cut_all(const struct spool *s, struct change_list *list)
{
	struct change *c;

	while ((c = change_next(list))) {
		AUTO_FD fd = openat(s->dir, c->name, O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			(void)!ftruncate(fd, (off_t)c->n);
		free(c);
	}
}

void spool_durable(struct spool *s)
{
	if (s->pinned)
		STAILQ_CONCAT(&s->held, &s->committed);
	else
		cut_all(s, &s->committed);
}

void spool_pin(struct spool *s, bool pinned)
{
	s->pinned = pinned;
	if (!pinned)
		cut_all(s, &s->held);
}

static void forget_all(struct change_list *list)
{
	struct change *c;

	while ((c = change_next(list)))
		free(c);
}

void spool_abandon(struct spool *s)
{
	forget_all(&s->changes);
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	spool_pin(s, false);
	spool_abandon(s);
	forget_all(&s->committed);
	fd_close(&s->dir);
	free(s);
}

enum status spool_read(int *fd, struct spool *s, const char *name, struct fault *f)
{
	*fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return fault_set(f, ST_HOST, SPOOL_GONE,
			SPOOL_MISSING ": spool/%s: run `tieline fsck`", name);
	return *fd < 0 ? fault_errno(f, ST_HOST, "spool.read", "spool/%s", name) : ST_OK;
}

enum status spool_room(uint64_t *bytes, const struct spool *s, struct fault *f)
{
	struct statvfs st;

	if (fstatvfs(s->dir, &st) != 0)
		return fault_errno(f, ST_HOST, "host.read", "the room on the spool's disk");
	*bytes = (uint64_t)st.f_bavail * st.f_frsize;
	return ST_OK;
}
