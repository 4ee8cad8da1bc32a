/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors: whole reads and writes, sealed memory files, ownership. */
#ifndef TIELINE_BASE_FD_H
#define TIELINE_BASE_FD_H

#include "base/buf.h"

/* AUTO_FD int fd = -1; closes it at the end of the scope unless taken with FD_TAKE. */
void fd_close(int *fd); /* closes and sets -1; -1 is left alone */
#define AUTO_FD __attribute__((cleanup(fd_close))) int
#define FD_TAKE(fd)                     \
	__extension__({                 \
		int taken_fd_ = (fd);   \
		(fd) = -1;              \
		taken_fd_;              \
	})

/*
 * All failures: ST_HOST "host.read" | "host.write" | "host.memory-file" | "host.open"; ENOSPC:
 * ST_RETRY "host.disk-full".
 */
NODISCARD enum status fd_size(uint64_t *bytes, int fd, struct fault *f);
/* Appends n bytes at `offset` by pread. ST_MORE "file.short" when the file ends before. */
NODISCARD enum status fd_read_at(
	struct buf *out, int fd, uint64_t offset, uint64_t n, struct fault *f);
/* From the current position to the end (also pipes). ST_LIMIT "buffer.full". */
NODISCARD enum status fd_read_all(struct buf *out, int fd, struct fault *f);
/*
 * What was read of a long file, from *mark (0 to begin with) to `at`, is not needed again soon: its
 * pages may be used for what is read next.
 */
void fd_read_passed(int fd, uint64_t *mark, uint64_t at);
NODISCARD enum status fd_write_all(int fd, struct slice, struct fault *f);
/* One after the other, in one system call when they are few and small. */
NODISCARD enum status fd_write_pieces(
	int fd, const struct slice pieces[], size_t count, struct fault *f);

/*
 * What a write to a file without a name in this directory (or AT_FDCWD) fails with, an errno; 0: it
 * does not.  A kernel that took a disk for broken refuses writes, and statvfs(3) need not say so.
 * What this user may not, or this kind of file system cannot, is 0, too.
 */
int fd_write_errno(int dir);

/*
 * A memory file holding the slice, sealed against any change (F_SEAL_*). `name` is for /proc only.
 */
NODISCARD enum status memory_file_new(
	int *fd, const char *name, struct slice content, struct fault *f);
/* An empty memory file, to be written and then sealed. */
NODISCARD enum status memory_file_open(int *fd, const char *name, struct fault *f);
NODISCARD enum status memory_file_seal(int fd, struct fault *f);
/*
 * A body for another process: few bytes are held (base/held.h), more are a sealed memory file.  Of
 * what is held know fd_close, fd_size, fd_read_at, mapping_init and ipc, and nothing else.
 */
NODISCARD enum status body_new(int *fd, const char *name, const struct slice pieces[],
	size_t count, struct fault *f);

/*
 * A whole file by name, at most max bytes. ST_NONE "file.missing", ST_LIMIT "file.size", ST_HOST.
 */
NODISCARD enum status file_read(struct buf *out, int dir, const char *name, struct fault *f);
/* Written beside, fsync'd, renamed over `name`, directory fsync'd. `mode` like 0600. */
NODISCARD enum status file_replace(
	int dir, const char *name, struct slice content, unsigned mode, struct fault *f);

/*
 * Read-only view of a descriptor.  The file must be sealed or ours: one that shrinks under the view
 * kills the reader.
 */
struct mapping {
	struct slice bytes;
	void *base;      /* NULL: few bytes, which were read */
	struct buf copy;
};
NODISCARD enum status mapping_init(struct mapping *, int fd, uint64_t limit, struct fault *f);
void mapping_done(struct mapping *);
DEFINE_AUTO_IN_PLACE(mapping)

#endif
