/* SPDX-License-Identifier: Apache-2.0 */
/* Used by backup.c and restore.c. */
#include "cli/durable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/own.h"
#include "safeguards/key.h"

#define STEP 1048576 /* bytes read at once */
#define DEPTH_MAX 16

/* --- trees --- */

/* Only what was made here is below: nothing is followed. */
static void tree_remove(int at, const char *name, unsigned depth)
{
	int fd = depth ? openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (list && (entry = readdir(list)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			tree_remove(fd, entry->d_name, depth - 1);
	if (list)
		closedir(list);
	if (unlinkat(at, name, 0) != 0)
		(void)!unlinkat(at, name, AT_REMOVEDIR);
}

/* An empty directory may be there: a mount point, or made by whoever asked. */
static enum status place_check(const char *path, struct fault *f)
{
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return ST_OK;
	return rmdir(path) == 0
		? ST_OK
		: fault_set(f, ST_INPUT, "durable.exists",
			  "%s is there already, and is no empty directory: name another place", path);
}

enum status durable_open(struct durable *d, const char *path, struct fault *f)
{
	AUTO_IN_PLACE(buf) beside = buf_init(4096);
	size_t n = strlen(path);

	*d = (struct durable){ .dir = -1, .path = path, .sums = buf_init(DURABLE_SUMS_MAX) };
	TRY(place_check(path, f));
	while (n > 1 && path[n - 1] == '/')
		n--;
	buf_putf(&beside, "%.*s.partial-%d", (int)n, path, (int)getpid());
	if (mkdir(buf_text(&beside), 0755) != 0)
		return fault_errno(f, ST_HOST, "host.directory", "making %s", buf_text(&beside));
	d->beside = strdup(buf_text(&beside));
	d->dir = open(buf_text(&beside), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return d->dir < 0 ? fault_errno(f, ST_HOST, "host.directory", "%s", buf_text(&beside))
			  : ST_OK;
}

void durable_done(struct durable *d)
{
	if (d->beside)
		tree_remove(AT_FDCWD, d->beside, DEPTH_MAX);
	free(d->beside);
	fd_close(&d->dir);
	buf_done(&d->sums);
	progress_end(&d->progress);
}

enum status durable_dir(struct durable *d, const char *path, unsigned mode, struct fault *f)
{
	return mkdirat(d->dir, path, mode) == 0 || errno == EEXIST
		? ST_OK
		: fault_errno(f, ST_HOST, "host.directory", "making %s", path);
}

static enum status parents_make(struct durable *d, const char *path, struct fault *f)
{
	char parent[DURABLE_PATH_MAX];

	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		struct slice above = slice_of(path, (size_t)(slash - path));
		TRY(slice_to_text(parent, sizeof(parent), above, f));
		TRY(durable_dir(d, parent, 0755, f));
	}
	return ST_OK;
}

/* --- files --- */

static enum status file_make(
	int *fd, struct durable *d, const char *path, unsigned mode, struct fault *f)
{
	TRY(parents_make(d, path, f));
	*fd = openat(d->dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	return *fd < 0 ? fault_errno(f, ST_HOST, "host.write", "making %s", path) : ST_OK;
}

static enum status file_sync(int fd, const char *path, struct fault *f)
{
	return fsync(fd) == 0 ? ST_OK : fault_errno(f, ST_HOST, "host.write", "syncing %s", path);
}

static void line_add(struct durable *d, const char *path, const uint8_t digest[DIGEST_SIZE])
{
	hex_format(&d->sums, slice_of(digest, DIGEST_SIZE));
	buf_putf(&d->sums, "  %s\n", path);
}

static void digest_end(uint8_t out[DIGEST_SIZE], struct digest_run *run)
{
	struct digest_value value;

	digest_run_finish(&value, run);
	digest_run_free(run);
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		out[i] = value.bytes[i];
}

/* From the first byte to the last; `to` may be -1. */
static enum status pump(uint8_t digest[DIGEST_SIZE], int from, int to, struct progress *progress,
	uint64_t *done, struct fault *f)
{
	AUTO_IN_PLACE(buf) piece = buf_init(STEP);
	struct digest_run *run = digest_run_new(DIGEST_SHA256);
	uint64_t size = 0, at = 0;
	enum status st = fd_size(&size, from, f);

	while (st == ST_OK && at < size) {
		uint64_t n = size - at < STEP ? size - at : STEP;
		buf_clear(&piece);
		st = fd_read_at(&piece, from, at, n, f);
		if (st == ST_OK && to >= 0)
			st = fd_write_all(to, buf_slice(&piece), f);
		digest_run_add(run, buf_slice(&piece));
		at += n;
		*done += n;
		progress_show(progress, *done);
	}
	digest_end(digest, run);
	return st;
}

enum status durable_copy(
	struct durable *d, const char *path, int from, unsigned mode, struct fault *f)
{
	uint8_t digest[DIGEST_SIZE];
	AUTO_FD to = -1;

	TRY(file_make(&to, d, path, mode, f));
	TRY(pump(digest, from, to, &d->progress, &d->bytes, f));
	TRY(file_sync(to, path, f));
	line_add(d, path, digest);
	return buf_check(&d->sums, f);
}

enum status durable_put(struct durable *d, const char *path, struct slice content, unsigned mode,
	struct fault *f)
{
	uint8_t digest[DIGEST_SIZE];
	AUTO_FD to = -1;

	TRY(file_make(&to, d, path, mode, f));
	TRY(fd_write_all(to, content, f));
	TRY(file_sync(to, path, f));
	digest_sha256(digest, content);
	line_add(d, path, digest);
	return buf_check(&d->sums, f);
}

enum status durable_sums_put(struct durable *d, struct fault *f)
{
	AUTO_FD to = -1;

	TRY(file_make(&to, d, DURABLE_SUMS, 0644, f));
	TRY(fd_write_all(to, buf_slice(&d->sums), f));
	return file_sync(to, DURABLE_SUMS, f);
}

enum status durable_digest(
	uint8_t out[DIGEST_SIZE], int fd, struct progress *p, uint64_t *done, struct fault *f)
{
	/* What is still in memory says nothing of the disk. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return pump(out, fd, -1, p, done, f);
}

static enum status dirs_sync(int at, const char *name, unsigned depth, struct fault *f)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	enum status st = list && fsync(fd) == 0
		? ST_OK
		: fault_errno(f, ST_HOST, "host.write", "syncing the directory %s", name);
	const struct dirent *entry;

	while (st == ST_OK && depth && (entry = readdir(list)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			st = dirs_sync(fd, entry->d_name, depth - 1, f);
	if (list)
		closedir(list);
	return st;
}

static enum status parent_sync(const char *path, struct fault *f)
{
	AUTO_IN_PLACE(buf) parent = buf_init(4096);
	size_t n = strlen(path);

	while (n > 0 && path[n - 1] == '/')
		n--;
	while (n > 0 && path[n - 1] != '/')
		n--;
	buf_put(&parent, n ? slice_of(path, n) : S("."));
	return dirs_sync(AT_FDCWD, buf_text(&parent), 0, f);
}

static enum status line_check(struct durable *d, const struct durable_line *line, struct fault *f)
{
	AUTO_FD fd = openat(d->dir, line->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t digest[DIGEST_SIZE];
	uint64_t done = 0;

	if (fd < 0)
		return fault_errno(f, ST_HOST, "host.read", "%s", line->path);
	TRY(durable_digest(digest, fd, &d->progress, &done, f));
	return memcmp(digest, line->digest, DIGEST_SIZE) == 0
		? ST_OK
		: fault_set(f, ST_HOST, "durable.differs",
			  "what was written to %s is not what the disk gives back: check that disk",
			  line->path);
}

enum status durable_sync(struct durable *d, struct fault *f)
{
	struct slice rest = buf_slice(&d->sums);
	struct durable_line line;
	enum status st;

	TRY(dirs_sync(d->dir, ".", DEPTH_MAX, f));
	while ((st = durable_line_next(&line, &rest, f)) == ST_OK)
		TRY(line_check(d, &line, f));
	return st == ST_NONE ? ST_OK : st;
}

enum status durable_finish(struct durable *d, struct fault *f)
{
	if (rename(d->beside, d->path) != 0)
		return fault_errno(f, ST_HOST, "host.directory", "naming %s", d->path);
	free(d->beside);
	d->beside = NULL;
	return parent_sync(d->path, f);
}

/* --- lines --- */

static bool path_is_safe(struct slice path)
{
	struct slice part, rest = path;

	if (path.n == 0 || path.n >= DURABLE_PATH_MAX || path.p[path.n - 1] == '/')
		return false;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] < ' ' || path.p[i] == 0x7f)
			return false;
	while (rest.n > 0) {
		(void)slice_cut(&part, &rest, rest, '/');
		if (part.n == 0 || slice_eq(part, S(".")) || slice_eq(part, S("..")))
			return false;
	}
	return true;
}

enum status durable_line_next(struct durable_line *out, struct slice *rest, struct fault *f)
{
	AUTO_IN_PLACE(buf) digest = buf_init(DIGEST_SIZE);
	struct slice line;

	if (rest->n == 0)
		return ST_NONE;
	(void)slice_cut(&line, rest, *rest, '\n');
	struct slice path = slice_from(line, 2 * DIGEST_SIZE + 2);
	if (hex_parse(&digest, slice_to(line, 2 * DIGEST_SIZE), NULL) != ST_OK ||
		digest.n != DIGEST_SIZE ||
		!slice_eq(slice_sub(line, 2 * DIGEST_SIZE, 2), S("  ")) || !path_is_safe(path))
		return fault_set(f, ST_INPUT, "durable.sums",
			DURABLE_SUMS " has a line that no backup writes: it was changed");
	for (size_t i = 0; i < DIGEST_SIZE; i++)
		out->digest[i] = digest.p[i];
	return slice_to_text(out->path, sizeof(out->path), path, f);
}

/* --- passphrases --- */

enum status durable_passphrase(struct buf *out, const char *path, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(KEY_PASSPHRASE_MAX + 2);
	struct slice line, rest;

	TRY(file_read(&text, AT_FDCWD, path, f));
	(void)slice_cut(&line, &rest, buf_slice(&text), '\n');
	line = slice_trim(line);
	if (line.n < KEY_PASSPHRASE_MIN)
		return fault_set(f, ST_INPUT, "key.passphrase",
			"the first line of %s has %zu bytes: a passphrase has %d at least", path,
			line.n, KEY_PASSPHRASE_MIN);
	buf_put(out, line);
	return buf_check(out, f);
}
