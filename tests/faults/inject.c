/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between a process and the kernel (LD_PRELOAD), for tests/e2e/faults.py: counts the calls
 * that write, sync, rename, make, remove or send, and has one of them, or all from one on, fail,
 * do half of it, or be the last thing its process did.  Writes down what reached files and what was
 * synced, so that a power cut can be made up afterwards.  Moves the clock.
 *
 * Everything it needs is opened before main, so that it works in processes that have given up
 * files: the plan is memory shared with the test (TIELINE_FAULTS), the trace a descriptor
 * (TIELINE_TRACE).  It makes system calls directly, and so needs no other library's names.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL
#define TRACE_FD 700 /* out of the way of every descriptor that a process of ours gives a number */
#define MADE_DIRECTORY 1
#define EXPORT __attribute__((visibility("default")))

enum op { OP_WRITE, OP_SYNC, OP_TRUNCATE, OP_RENAME, OP_UNLINK, OP_MAKE, OP_SEND, OP_TELL,
	OP_LOG, OP_MEMORY, OP_RANGE, OP_SYNC_BEGINS };
enum action { PASS, FAIL, SHORT, DIE_BEFORE, DIE_AFTER };

static const char *const roles[] = { "monitor", "edge", "envelope", "keyholder", "ledger",
	"courier", "desk", "command" };
#define ROLES (sizeof(roles) / sizeof(roles[0]))

/* As struct.Struct of faults.py has it. */
struct plan {
	int64_t clock_ns;       /* added to what the clock says */
	uint32_t clock_roles;   /* bits: to whom */
	uint32_t roles, ops;    /* bits: whose calls count, and which */
	uint32_t action, error; /* what becomes of that one */
	uint32_t at, for_good;  /* from 0; and all that count after it */
	_Atomic uint32_t seen, fired;
	uint32_t fired_role, fired_op;
};

static struct plan *plan;
static int trace = -1;
static unsigned role;

/* --- before main --- */

static unsigned role_find(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		return 0;
	for (unsigned i = 0; argc > 2 && strcmp(argv[1], "role") == 0 && i < ROLES; i++)
		if (strcmp(argv[2], roles[i]) == 0)
			return i;
	return ROLES - 1;
}

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	const char *path = getenv("TIELINE_FAULTS");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;
	void *p = fd < 0 ? MAP_FAILED
			 : mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	role = role_find(argc, argv);
	if (p == MAP_FAILED)
		return;
	plan = p;
	close(fd);
	path = getenv("TIELINE_TRACE");
	fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	if (fd >= 0) {
		trace = fcntl(fd, F_DUPFD_CLOEXEC, TRACE_FD);
		close(fd);
	}
}

/* --- what was done --- */

/* As struct.Struct of faults.py has it; then both names, then the bytes. */
struct record {
	uint32_t role, op;
	uint64_t dir, file; /* inodes */
	uint64_t at, n;     /* n: of bytes that follow */
	uint32_t name, other;
};

static uint64_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static uint64_t dir_inode(int dir, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX] = ".";
	struct stat st;

	if (slash)
		snprintf(parent, sizeof(parent), "%.*s", slash == path ? 1 : (int)(slash - path), path);
	return fstatat(dir, parent, &st, 0) == 0 ? st.st_ino : 0;
}

static uint64_t file_inode(int dir, const char *path)
{
	struct stat st;

	return fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
}

static const char *last_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void record_put(struct record *r, const char *name, const char *other, const void *bytes)
{
	r->role = role;
	r->name = (uint32_t)strlen(name);
	r->other = (uint32_t)strlen(other);
	struct iovec io[] = { { r, sizeof(*r) }, { (void *)(uintptr_t)name, r->name },
		{ (void *)(uintptr_t)other, r->other }, { (void *)(uintptr_t)bytes, r->n } };
	int before = errno;
	if (syscall(SYS_writev, trace, io, 4) < 0)
		abort();
	errno = before;
}

static bool is_file(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink > 0;
}

static void trace_write(int fd, const void *p, size_t n, uint64_t at)
{
	if (trace >= 0 && is_file(fd))
		record_put(&(struct record){ .op = OP_WRITE, .file = inode_of(fd), .at = at,
				   .n = n },
			"", "", p);
}

/*
 * All that is in a file when its sync begins: some of it may have come through memory that is
 * mapped, and another thread may write on meanwhile.
 */
static void trace_sync_begins(int fd)
{
	struct stat st;

	if (trace < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	struct record r = { .op = OP_SYNC_BEGINS, .file = st.st_ino };
	void *p = st.st_size ? malloc((size_t)st.st_size) : NULL;
	ssize_t n = p ? pread(fd, p, (size_t)st.st_size, 0) : 0;
	r.n = n > 0 ? (uint64_t)n : 0;
	record_put(&r, "", "", p ? p : "");
	free(p);
}

static void trace_sync(int fd)
{
	struct stat st;

	if (trace < 0 || fstat(fd, &st) != 0)
		return;
	record_put(&(struct record){ .op = OP_SYNC, .file = st.st_ino,
			   .dir = S_ISDIR(st.st_mode) ? st.st_ino : 0 },
		"", "", "");
}

static void trace_entry(enum op op, int dir, const char *path, uint64_t file)
{
	if (trace >= 0)
		record_put(&(struct record){ .op = op, .dir = dir_inode(dir, path), .file = file },
			last_name(path), "", "");
}

/* --- what becomes of a call --- */

static void die_now(void)
{
	raise(SIGKILL);
	_exit(137);
}

static bool counts(enum op op)
{
	return plan && plan->action != PASS && (plan->roles >> role & 1) && (plan->ops >> op & 1);
}

/* PASS for all but the one, or those, that were chosen. */
static enum action turn(enum op op)
{
	if (!counts(op))
		return PASS;
	uint32_t n = atomic_fetch_add(&plan->seen, 1);
	if (n != plan->at && !(plan->for_good && n > plan->at))
		return PASS;
	plan->fired_role = role;
	plan->fired_op = op;
	atomic_fetch_add(&plan->fired, 1);
	if (plan->action == DIE_BEFORE)
		die_now();
	return plan->action;
}

/* The call fails: true, with errno. */
static bool fails(enum action action)
{
	if (action == FAIL)
		errno = (int)plan->error;
	return action == FAIL;
}

static long done(enum action action, long result)
{
	if (action == DIE_AFTER)
		die_now();
	return result;
}

static enum op write_op(int fd)
{
	struct stat st;

	if (fd == STDERR_FILENO)
		return OP_LOG;
	if (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode))
		return OP_SEND;
	int before = errno, seals = fcntl(fd, F_GET_SEALS);
	errno = before;
	/* A file of a tmpfs has seals, too, and takes no more of them. */
	return seals >= 0 && !(seals & F_SEAL_SEAL) ? OP_MEMORY : OP_WRITE;
}

static size_t part_of(enum action action, size_t n)
{
	return action == SHORT && n > 1 ? n / 2 : n;
}

/* --- the calls --- */

EXPORT ssize_t write(int fd, const void *p, size_t n)
{
	enum action action = turn(write_op(fd));

	if (fails(action))
		return -1;
	off_t at = trace >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
	long done_n = syscall(SYS_write, fd, p, part_of(action, n));
	if (done_n > 0 && fd > STDERR_FILENO)
		trace_write(fd, p, (size_t)done_n, (uint64_t)at);
	if (done_n > 0 && trace >= 0 && fd == STDOUT_FILENO)
		record_put(&(struct record){ .op = OP_TELL, .n = (uint64_t)done_n }, "", "", p);
	return done(action, done_n);
}

static ssize_t write_at(int fd, const void *p, size_t n, off_t at)
{
	enum action action = turn(write_op(fd));

	if (fails(action))
		return -1;
	long done_n = syscall(SYS_pwrite64, fd, p, part_of(action, n), at);
	if (done_n > 0)
		trace_write(fd, p, (size_t)done_n, (uint64_t)at);
	return done(action, done_n);
}

EXPORT ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return write_at(fd, p, n, at);
}

EXPORT ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	return write_at(fd, p, n, at);
}

static void trace_pieces(int fd, const struct iovec *io, int count, size_t n, uint64_t at)
{
	for (int i = 0; i < count && n; i++) {
		size_t piece = io[i].iov_len < n ? io[i].iov_len : n;
		trace_write(fd, io[i].iov_base, piece, at);
		at += piece;
		n -= piece;
	}
}

EXPORT ssize_t writev(int fd, const struct iovec *io, int count)
{
	enum action action = turn(write_op(fd));

	if (fails(action))
		return -1;
	if (action == SHORT)
		return write(fd, io[0].iov_base, part_of(action, io[0].iov_len));
	off_t at = trace >= 0 ? lseek(fd, 0, SEEK_CUR) : 0;
	long n = syscall(SYS_writev, fd, io, count);
	if (n > 0 && trace >= 0)
		trace_pieces(fd, io, count, (size_t)n, (uint64_t)at);
	return done(action, n);
}

static int sync_one(long call, int fd)
{
	enum action action = turn(OP_SYNC);

	if (fails(action))
		return -1;
	trace_sync_begins(fd);
	long result = syscall(call, fd);
	if (result == 0)
		trace_sync(fd);
	return (int)done(action, result);
}

EXPORT int fsync(int fd)
{
	return sync_one(SYS_fsync, fd);
}

EXPORT int fdatasync(int fd)
{
	return sync_one(SYS_fdatasync, fd);
}

/* Makes nothing durable, so that a cut of the power knows nothing of it. */
EXPORT int sync_file_range(int fd, off_t at, off_t n, unsigned flags)
{
	enum action action = turn(OP_RANGE);

	if (fails(action))
		return -1;
	return (int)done(action, syscall(SYS_sync_file_range, fd, at, n, flags));
}

static int cut(int fd, off_t n)
{
	enum action action = turn(OP_TRUNCATE);

	if (fails(action))
		return -1;
	long result = syscall(SYS_ftruncate, fd, n);
	if (result == 0 && trace >= 0 && is_file(fd))
		record_put(&(struct record){ .op = OP_TRUNCATE, .file = inode_of(fd),
				   .at = (uint64_t)n },
			"", "", "");
	return (int)done(action, result);
}

EXPORT int ftruncate(int fd, off_t n)
{
	return cut(fd, n);
}

EXPORT int ftruncate64(int fd, off64_t n)
{
	return cut(fd, n);
}

EXPORT int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	enum action action = turn(OP_RENAME);

	if (fails(action))
		return -1;
	long result = syscall(SYS_renameat2, from_dir, from, to_dir, to, 0);
	if (result == 0 && trace >= 0)
		record_put(&(struct record){ .op = OP_RENAME, .dir = dir_inode(to_dir, to),
				   .file = file_inode(to_dir, to) },
			last_name(from), last_name(to), "");
	return (int)done(action, result);
}

EXPORT int rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

EXPORT int unlinkat(int dir, const char *path, int flags)
{
	enum action action = turn(OP_UNLINK);
	uint64_t file = trace >= 0 ? file_inode(dir, path) : 0;

	if (fails(action))
		return -1;
	long result = syscall(SYS_unlinkat, dir, path, flags);
	if (result == 0)
		trace_entry(OP_UNLINK, dir, path, file);
	return (int)done(action, result);
}

EXPORT int unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

static int open_one(int dir, const char *path, int flags, mode_t mode)
{
	if (!(flags & O_CREAT))
		return (int)syscall(SYS_openat, dir, path, flags, mode);
	enum action action = turn(OP_MAKE);
	if (fails(action))
		return -1;
	bool was_there = trace < 0 || file_inode(dir, path) != 0;
	long fd = syscall(SYS_openat, dir, path, flags, mode);
	if (fd >= 0 && !was_there)
		trace_entry(OP_MAKE, dir, path, inode_of((int)fd));
	return (int)done(action, fd);
}

#define MODE(flags) \
	mode_t mode = 0; \
	if ((flags) & (O_CREAT | O_TMPFILE)) { \
		va_list more; \
		va_start(more, flags); \
		mode = va_arg(more, mode_t); \
		va_end(more); \
	}

EXPORT int open(const char *path, int flags, ...)
{
	MODE(flags)
	return open_one(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
	MODE(flags)
	return open_one(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_one(dir, path, flags, mode);
}

EXPORT int openat64(int dir, const char *path, int flags, ...)
{
	MODE(flags)
	return open_one(dir, path, flags, mode);
}

EXPORT int mkdirat(int dir, const char *path, mode_t mode)
{
	enum action action = turn(OP_MAKE);

	if (fails(action))
		return -1;
	long result = syscall(SYS_mkdirat, dir, path, mode);
	if (result == 0 && trace >= 0)
		record_put(&(struct record){ .op = OP_MAKE, .dir = dir_inode(dir, path),
				   .file = file_inode(dir, path), .at = MADE_DIRECTORY },
			last_name(path), "", "");
	return (int)done(action, result);
}

EXPORT int mkdir(const char *path, mode_t mode)
{
	return mkdirat(AT_FDCWD, path, mode);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	enum action action = turn(OP_TELL);

	return fails(action) ? -1 : done(action, syscall(SYS_sendmsg, fd, message, flags));
}

EXPORT ssize_t sendto(int fd, const void *p, size_t n, int flags, const struct sockaddr *to,
	socklen_t to_n)
{
	enum action action = turn(OP_SEND);

	return fails(action)
		? -1
		: done(action, syscall(SYS_sendto, fd, p, part_of(action, n), flags, to, to_n));
}

EXPORT ssize_t send(int fd, const void *p, size_t n, int flags)
{
	return sendto(fd, p, n, flags, NULL, 0);
}

/* --- the clock --- */

static int64_t offset_ns(void)
{
	return plan && (plan->clock_roles >> role & 1) ? plan->clock_ns : 0;
}

EXPORT int clock_gettime(clockid_t which, struct timespec *t)
{
	int result = (int)syscall(SYS_clock_gettime, which, t);

	if (result == 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
		int64_t ns = (int64_t)t->tv_sec * NS_PER_S + t->tv_nsec + offset_ns();
		t->tv_sec = ns / NS_PER_S;
		t->tv_nsec = ns % NS_PER_S;
	}
	return result;
}

EXPORT time_t time(time_t *out)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_REALTIME, &t);
	if (out)
		*out = t.tv_sec;
	return t.tv_sec;
}

EXPORT int gettimeofday(struct timeval *tv, void *zone)
{
	struct timespec t = { 0 };

	(void)zone;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	*tv = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
	return 0;
}
