/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors: all of it or a fault; memory files that nobody can change once they are handed on.
 */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/held.h"
#include "base/views.h"

#define READ_STEP 65536
#define NAME_MAX_BYTES 512
#define PIECES_AT_ONCE 8
#define MAPPING_LEAST 65536 /* reading fewer bytes costs less than mapping them */

void fd_close(int *fd)
{
	if (held_is(*fd))
		held_free(*fd);
	else if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

enum status fd_size(uint64_t *bytes, int fd, struct fault *f)
{
	bool is_held = held_is(fd);
	struct stat st;

	if (!is_held && fstat(fd, &st) != 0)
		return fault_errno(f, ST_HOST, "host.read", "size of a descriptor");
	*bytes = is_held ? held_bytes(fd).n : (uint64_t)st.st_size;
	return ST_OK;
}

/* Reads into the room at the end of out, which shrinks to what came. */
static enum status read_some(
	ssize_t *got, struct buf *out, int fd, off_t offset, size_t n, struct fault *f)
{
	size_t before = out->n;
	uint8_t *to = buf_extend(out, n);

	if (!to)
		return buf_check(out, f);
	do
		*got = offset < 0 ? read(fd, to, n) : pread(fd, to, n, offset);
	while (*got < 0 && errno == EINTR);
	buf_truncate(out, before + (*got > 0 ? (size_t)*got : 0));
	return *got < 0 ? fault_errno(f, ST_HOST, "host.read", "reading") : ST_OK;
}

static enum status ends_early(uint64_t offset, uint64_t n, struct fault *f)
{
	return fault_at(f, ST_MORE, offset, "file.short", "the file ends %llu bytes early",
		(unsigned long long)n);
}

static enum status held_read_at(
	struct buf *out, struct slice held, uint64_t offset, uint64_t n, struct fault *f)
{
	struct slice there = slice_sub(held, offset, n);

	buf_put(out, there);
	TRY(buf_check(out, f));
	return there.n == n ? ST_OK : ends_early(offset + there.n, n - there.n, f);
}

enum status fd_read_at(struct buf *out, int fd, uint64_t offset, uint64_t n, struct fault *f)
{
	ssize_t got = 0;

	if (held_is(fd))
		return held_read_at(out, held_bytes(fd), offset, n, f);
	/* No file reaches so far, and the kernel would take the place for a negative one. */
	if (n && (n > INT64_MAX || offset > INT64_MAX - n))
		return ends_early(offset, n, f);
	while (n) {
		size_t step = n < READ_STEP * 16 ? (size_t)n : READ_STEP * 16;
		TRY(read_some(&got, out, fd, (off_t)offset, step, f));
		if (got == 0)
			return ends_early(offset, n, f);
		offset += (uint64_t)got;
		n -= (uint64_t)got;
	}
	return ST_OK;
}

/* The last read may not be refused for want of room when the file ends exactly at the maximum. */
static enum status read_last(struct buf *out, int fd, struct fault *f)
{
	uint8_t byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);

	if (got < 0)
		return fault_errno(f, ST_HOST, "host.read", "reading");
	if (got > 0)
		out->overflow = true;
	return buf_check(out, f);
}

enum status fd_read_all(struct buf *out, int fd, struct fault *f)
{
	ssize_t got = 1;

	while (got > 0) {
		size_t room = out->max - out->n;
		if (room == 0)
			return read_last(out, fd, f);
		TRY(read_some(&got, out, fd, -1, room < READ_STEP ? room : READ_STEP, f));
	}
	return ST_OK;
}

void fd_read_passed(int fd, uint64_t *mark, uint64_t at)
{
	if (at < *mark)
		*mark = at;
	if (at - *mark < VIEW_STEP)
		return;
	(void)!posix_fadvise(fd, (off_t)*mark, (off_t)(at - *mark), POSIX_FADV_DONTNEED);
	*mark = at;
}

static enum status write_failed(struct fault *f)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return fault_errno(f, ST_RETRY, "host.disk-full", "writing");
	return fault_errno(f, ST_HOST, "host.write", "writing");
}

static enum status piece_write(int fd, struct slice in, struct fault *f)
{
	while (in.n) {
		ssize_t n = write(fd, in.p, in.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return write_failed(f);
		in = slice_from(in, (size_t)n);
	}
	return ST_OK;
}

enum status fd_write_all(int fd, struct slice in, struct fault *f)
{
	struct slice piece = { 0 };

	while (views_step(&piece, &in))
		TRY(piece_write(fd, piece, f));
	return ST_OK;
}

enum status fd_write_pieces(int fd, const struct slice pieces[], size_t count, struct fault *f)
{
	struct iovec io[PIECES_AT_ONCE];
	size_t now = count < PIECES_AT_ONCE ? count : PIECES_AT_ONCE;
	ssize_t n;

	for (size_t i = 0; i < now; i++)
		io[i] = (struct iovec){ .iov_base = (void *)(uintptr_t)pieces[i].p,
			.iov_len = pieces[i].n };
	do
		n = writev(fd, io, (int)now);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return write_failed(f);
	/* What was left over, of large pieces or many. */
	size_t done = (size_t)n;
	for (size_t i = 0; i < count; i++) {
		size_t of_this = done < pieces[i].n ? done : pieces[i].n;
		done -= of_this;
		TRY(fd_write_all(fd, slice_from(pieces[i], of_this), f));
	}
	return ST_OK;
}

int fd_write_errno(int dir)
{
	AUTO_FD fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	bool is_good = fd >= 0 && write(fd, "", 1) == 1;
	int why = is_good ? 0 : errno;

	/* An old kernel takes O_TMPFILE for opening a directory: EISDIR. */
	return why == EROFS || why == EIO || why == ENOSPC || why == EDQUOT ? why : 0;
}

enum status memory_file_open(int *fd, const char *name, struct fault *f)
{
	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return *fd < 0 ? fault_errno(f, ST_HOST, "host.memory-file", "making a memory file")
		       : ST_OK;
}

enum status memory_file_seal(int fd, struct fault *f)
{
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0)
		return fault_errno(f, ST_HOST, "host.memory-file", "sealing a memory file");
	return ST_OK;
}

enum status memory_file_new(int *fd, const char *name, struct slice content, struct fault *f)
{
	AUTO_FD made = -1;

	TRY(memory_file_open(&made, name, f));
	TRY(fd_write_all(made, content, f));
	TRY(memory_file_seal(made, f));
	*fd = FD_TAKE(made);
	return ST_OK;
}

enum status body_new(int *fd, const char *name, const struct slice pieces[], size_t count,
	struct fault *f)
{
	AUTO_FD made = held_new(pieces, count);

	if (made < 0) {
		TRY(memory_file_open(&made, name, f));
		TRY(fd_write_pieces(made, pieces, count, f));
		TRY(memory_file_seal(made, f));
	}
	*fd = FD_TAKE(made);
	return ST_OK;
}

/* O_NONBLOCK: a FIFO is to be refused, not to be waited for. */
enum status file_read(struct buf *out, int dir, const char *name, struct fault *f)
{
	AUTO_FD fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return fault_set(f, ST_NONE, "file.missing", "there is no %s", name);
	if (fd < 0 || fstat(fd, &st) != 0)
		return fault_errno(f, ST_HOST, "host.open", "%s", name);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > out->max - out->n)
		return fault_set(f, ST_LIMIT, "file.size", "%s is not a file of at most %zu bytes",
			name, out->max - out->n);
	return fd_read_all(out, fd, f);
}

static enum status temporary_write(
	int dir, const char *name, struct slice content, unsigned mode, struct fault *f)
{
	AUTO_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	if (fd < 0)
		return fault_errno(f, ST_HOST, "host.open", "%s", name);
	TRY(fd_write_all(fd, content, f));
	return fsync(fd) != 0 ? fault_errno(f, ST_HOST, "host.write", "%s", name) : ST_OK;
}

static enum status directory_sync(int dir, struct fault *f)
{
	AUTO_FD fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || fsync(fd) != 0
		? fault_errno(f, ST_HOST, "host.write", "syncing a directory")
		: ST_OK;
}

enum status file_replace(
	int dir, const char *name, struct slice content, unsigned mode, struct fault *f)
{
	char temporary[NAME_MAX_BYTES];

	if (snprintf(temporary, sizeof(temporary), "%s.new", name) >= (int)sizeof(temporary))
		return fault_set(f, ST_HOST, "host.open", "the name %s is too long", name);
	(void)!unlinkat(dir, temporary, 0); /* left by a crash */
	enum status st = temporary_write(dir, temporary, content, mode, f);
	if (st == ST_OK && renameat(dir, temporary, dir, name) != 0)
		st = fault_errno(f, ST_HOST, "host.write", "%s", name);
	if (st != ST_OK)
		(void)!unlinkat(dir, temporary, 0);
	return st == ST_OK ? directory_sync(dir, f) : st;
}

enum status mapping_init(struct mapping *m, int fd, uint64_t limit, struct fault *f)
{
	uint64_t size;

	*m = (struct mapping){ .copy = buf_init(MAPPING_LEAST) };
	TRY(fd_size(&size, fd, f));
	if (size > limit)
		return fault_set(f, ST_LIMIT, "file.size", "%llu bytes, at most %llu",
			(unsigned long long)size, (unsigned long long)limit);
	if (size <= MAPPING_LEAST) {
		TRY(fd_read_at(&m->copy, fd, 0, size, f));
		m->bytes = buf_slice(&m->copy);
		return ST_OK;
	}
	void *base = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (base == MAP_FAILED)
		return fault_errno(
			f, ST_HOST, "host.read", "mapping %llu bytes", (unsigned long long)size);
	m->bytes = slice_of(base, size);
	m->base = base;
	views_add(m->bytes);
	return ST_OK;
}

void mapping_done(struct mapping *m)
{
	if (m->base) {
		views_remove(m->base);
		munmap(m->base, m->bytes.n);
	}
	buf_done(&m->copy);
	*m = (struct mapping){ 0 };
}
