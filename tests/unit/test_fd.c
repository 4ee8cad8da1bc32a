/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors: all of it or a fault with its code, at every length around a limit; files that are
 * replaced whole or not at all; memory files that nobody changes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/held.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define NEVER 1000000000 /* no descriptor has this number */
#define BIG 3000000      /* more than any step of reading */

static char above[] = "/tmp/tieline-fd-XXXXXX";
static int dir = -1;

static void expect_fault(enum status st, const struct fault *f, enum status want, const char *code)
{
	if (st != want || strcmp(f->code, code) != 0)
		fail_msg("%s %s (%s), want %s %s", status_name(st), f->code, f->text,
			status_name(want), code);
}

static void expect_limit(enum status st, const struct fault *f, bool beyond, const char *code)
{
	expect_fault(st, f, beyond ? ST_LIMIT : ST_OK, beyond ? code : "");
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int holding(struct slice content)
{
	struct fault f;
	int fd;

	assert_int_equal(memory_file_new(&fd, "test", content, &f), ST_OK);
	return fd;
}

static void big_fill(struct buf *b)
{
	uint8_t *to = buf_extend(b, BIG);

	assert_non_null(to);
	for (size_t i = 0; i < BIG; i++)
		to[i] = (uint8_t)(i * 31 + i / 4096);
}

/* --- ownership --- */

static void test_close(void **state)
{
	int fd = holding(S("")), was = fd;

	(void)state;
	fd_close(&fd);
	assert_int_equal(fd, -1);
	assert_false(is_open(was));
	fd_close(&fd); /* once more is nothing */
	assert_int_equal(fd, -1);
}

static int scope(bool take, int *was)
{
	AUTO_FD none = -1;
	AUTO_FD fd = holding(S(""));

	assert_int_equal(none, -1);
	*was = fd;
	return take ? FD_TAKE(fd) : -1;
}

static void test_scopes_close(void **state)
{
	int was, fd;

	(void)state;
	assert_int_equal(scope(false, &was), -1);
	assert_false(is_open(was));
	fd = scope(true, &was);
	assert_true(fd == was && is_open(fd));
	assert_int_equal(FD_TAKE(fd), was);
	assert_int_equal(fd, -1);
	fd_close(&was);
}

/* --- reading at a place --- */

static const struct {
	const char *name;
	uint64_t offset, n;
	const char *want; /* NULL: the file ends before */
} places[] = {
	{ "all", 0, 6, "abcdef" },
	{ "nothing", 0, 0, "" },
	{ "nothing at the end", 6, 0, "" },
	{ "the first", 0, 1, "a" },
	{ "the middle", 2, 3, "cde" },
	{ "the last", 5, 1, "f" },
	{ "one too many", 0, 7, NULL },
	{ "at the end", 6, 1, NULL },
	{ "beyond the end", 7, 1, NULL },
	{ "far beyond", UINT32_MAX, 1, NULL },
	{ "the largest place a file has", INT64_MAX, 1, NULL },
	{ "a place no file has", (uint64_t)INT64_MAX + 1, 1, NULL },
	{ "a place that could be no place", UINT64_MAX, 1, NULL },
	{ "from there around to the start", UINT64_MAX - 1, 4, NULL },
};

static void place_try(size_t i, int fd)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct fault f = { 0 };
	enum status st = fd_read_at(&out, fd, places[i].offset, places[i].n, &f);

	if (st != (places[i].want ? ST_OK : ST_MORE) ||
		strcmp(f.code, places[i].want ? "" : "file.short") != 0)
		fail_msg("%s: %s %s", places[i].name, status_name(st), f.text);
	if (places[i].want)
		assert_string_equal(buf_text(&out), places[i].want);
}

/* The position of the descriptor is another's business, and stays. */
static void test_reading_at_a_place(void **state)
{
	int fd = holding(S("abcdef"));

	(void)state;
	for (size_t i = 0; i < COUNT(places); i++) {
		assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
		place_try(i, fd);
		assert_int_equal(lseek(fd, 0, SEEK_CUR), 1);
	}
	fd_close(&fd);
}

static void test_reading_what_is_held(void **state)
{
	const struct slice content = S("abcdef");
	struct fault f;
	int fd;

	(void)state;
	assert_int_equal(body_new(&fd, "test", &content, 1, &f), ST_OK);
	assert_true(held_is(fd));
	for (size_t i = 0; i < COUNT(places); i++)
		place_try(i, fd);
	fd_close(&fd);
}

static void test_reading_at_a_place_into_little(void **state)
{
	int fd = holding(S("abcdef"));

	(void)state;
	for (size_t max = 0; max < 8; max++)
		for (uint64_t n = 0; n <= 6; n++) {
			AUTO_IN_PLACE(buf) out = buf_init(max);
			struct fault f = { 0 };
			enum status st = fd_read_at(&out, fd, 0, n, &f);
			expect_limit(st, &f, n > max, "buffer.full");
			assert_int_equal(out.n, n > max ? 0 : n);
		}
	fd_close(&fd);
}

static void test_reading_much(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(BIG);
	AUTO_IN_PLACE(buf) out = buf_init(BIG + 3);
	struct fault f;
	uint64_t size;

	(void)state;
	big_fill(&in);
	int fd = holding(buf_slice(&in));
	assert_int_equal(fd_size(&size, fd, &f), ST_OK);
	assert_true(size == BIG);
	buf_put_text(&out, "...");
	assert_int_equal(fd_read_at(&out, fd, 0, BIG, &f), ST_OK);
	assert_true(slice_eq(slice_from(buf_slice(&out), 3), buf_slice(&in)));
	buf_truncate(&out, 3);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_all(&out, fd, &f), ST_OK);
	assert_true(slice_eq(slice_from(buf_slice(&out), 3), buf_slice(&in)));
	fd_close(&fd);
}

/* --- reading to the end --- */

static void test_reading_all_at_every_limit(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 6; n++)
		for (size_t max = 0; max <= 7; max++) {
			int fd = holding(slice_to(S("abcdef"), n));
			AUTO_IN_PLACE(buf) out = buf_init(max);
			struct fault f = { 0 };
			assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
			enum status st = fd_read_all(&out, fd, &f);
			expect_limit(st, &f, n > max, "buffer.full");
			size_t some = n < max ? n : max;
			assert_true(slice_eq(buf_slice(&out), slice_to(S("abcdef"), some)));
			fd_close(&fd);
		}
}

static void test_reading_all_from_here(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	int fd = holding(S("abcdef"));
	struct fault f;

	(void)state;
	assert_int_equal(lseek(fd, 4, SEEK_SET), 4);
	buf_put_text(&out, "<");
	assert_int_equal(fd_read_all(&out, fd, &f), ST_OK);
	assert_string_equal(buf_text(&out), "<ef");
	fd_close(&fd);
}

static int late_end = -1;
static volatile sig_atomic_t alarms;

/* The third alarm ends what is read; the ones before only interrupt the reading. */
static void on_alarm(int signal)
{
	(void)signal;
	if (++alarms == 3)
		close(late_end);
}

static void alarms_begin(void)
{
	struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	struct itimerval often = { { 0, 20000 }, { 0, 20000 } };

	alarms = 0;
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
}

static void alarms_end(void)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	signal(SIGALRM, SIG_DFL);
}

/* A signal is no failure: neither with room left, nor when only the end is waited for. */
static void test_reading_all_through_signals(void **state)
{
	(void)state;
	for (size_t max = 4; max <= 5; max++) {
		AUTO_IN_PLACE(buf) out = buf_init(max);
		struct fault f = { 0 };
		int ends[2];

		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		assert_int_equal(write(ends[1], "abcd", 4), 4);
		late_end = ends[1];
		alarms_begin();
		enum status st = fd_read_all(&out, ends[0], &f);
		alarms_end();
		if (alarms < 3)
			close(ends[1]);
		fd_close(&ends[0]);
		expect_fault(st, &f, ST_OK, "");
		assert_string_equal(buf_text(&out), "abcd");
	}
}

/* --- writing --- */

static void test_writing(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct fault f;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fd_write_all(ends[1], S("ab\0c"), &f), ST_OK);
	assert_int_equal(fd_write_all(ends[1], S(""), &f), ST_OK);
	assert_int_equal(fd_write_all(ends[1], S("d"), &f), ST_OK);
	fd_close(&ends[1]);
	assert_int_equal(fd_read_all(&out, ends[0], &f), ST_OK);
	assert_true(slice_eq(buf_slice(&out), S("ab\0cd")));
	fd_close(&ends[0]);
}

/* More than a pipe holds: written in parts, while a child reads. */
static void test_writing_in_parts(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(BIG);
	AUTO_IN_PLACE(buf) out = buf_init(BIG);
	struct fault f;
	int ends[2], status;

	(void)state;
	big_fill(&in);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		_exit(fd_write_all(ends[1], buf_slice(&in), &f) == ST_OK ? 0 : 1);
	}
	fd_close(&ends[1]);
	assert_int_equal(fd_read_all(&out, ends[0], &f), ST_OK);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(slice_eq(buf_slice(&out), buf_slice(&in)));
	fd_close(&ends[0]);
}

static void test_a_full_disk_passes(void **state)
{
	struct fault f = { 0 };
	AUTO_FD full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	(void)state;
	assert_true(full >= 0);
	expect_fault(fd_write_all(full, S("x"), &f), &f, ST_RETRY, "host.disk-full");
	assert_non_null(strstr(f.text, strerror(ENOSPC)));
}

/* --- what no descriptor does --- */

static void test_bad_descriptors(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct mapping m;
	uint64_t size = 77;
	struct fault f;

	(void)state;
	buf_put_text(&out, "kept");
	expect_fault(fd_size(&size, NEVER, &f), &f, ST_HOST, "host.read");
	assert_true(size == 77);
	expect_fault(fd_read_at(&out, NEVER, 0, 5, &f), &f, ST_HOST, "host.read");
	expect_fault(fd_read_all(&out, NEVER, &f), &f, ST_HOST, "host.read");
	expect_fault(fd_write_all(NEVER, S("x"), &f), &f, ST_HOST, "host.write");
	expect_fault(memory_file_seal(NEVER, &f), &f, ST_HOST, "host.memory-file");
	expect_fault(mapping_init(&m, NEVER, 100, &f), &f, ST_HOST, "host.read");
	mapping_done(&m);
	assert_string_equal(buf_text(&out), "kept");
	assert_false(out.overflow);
}

/* A buffer with no room left asks the descriptor only whether it has ended. */
static void test_bad_descriptors_without_room(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(0);
	struct fault f;

	(void)state;
	expect_fault(fd_read_all(&out, NEVER, &f), &f, ST_HOST, "host.read");
	assert_int_equal(fd_read_at(&out, NEVER, 0, 0, &f), ST_OK);
}

/* --- memory files --- */

/* Nobody who is given it, and not we either, changes a byte of it. */
static void test_memory_files_are_sealed(void **state)
{
	int fd = holding(S("abc"));
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct fault f;

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(errno, EPERM);
	assert_int_equal(pwrite(fd, "x", 1, 3), -1);
	assert_int_equal(ftruncate(fd, 2), -1);
	assert_int_equal(ftruncate(fd, 4), -1);
	assert_true(mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fd_read_at(&out, fd, 0, 3, &f), ST_OK);
	assert_string_equal(buf_text(&out), "abc");
	fd_close(&fd);
}

static void test_memory_files_are_written_then_sealed(void **state)
{
	struct fault f;
	uint64_t size;
	int fd;

	(void)state;
	assert_int_equal(memory_file_open(&fd, "test", &f), ST_OK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fd_size(&size, fd, &f), ST_OK);
	assert_true(size == 0);
	assert_int_equal(fd_write_all(fd, S("abc"), &f), ST_OK);
	assert_int_equal(memory_file_seal(fd, &f), ST_OK);
	expect_fault(fd_write_all(fd, S("d"), &f), &f, ST_HOST, "host.write");
	expect_fault(memory_file_seal(fd, &f), &f, ST_HOST, "host.memory-file");
	fd_close(&fd);
}

static void test_no_memory_file(void **state)
{
	char name[300];
	struct fault f;
	int fd = 77;

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	expect_fault(memory_file_new(&fd, name, S("x"), &f), &f, ST_HOST, "host.memory-file");
	assert_int_equal(fd, 77);
	expect_fault(memory_file_open(&fd, name, &f), &f, ST_HOST, "host.memory-file");
	AUTO_FD ordinary = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	expect_fault(memory_file_seal(ordinary, &f), &f, ST_HOST, "host.memory-file");
}

/* --- whole files --- */

static void file_put(const char *name, const char *content)
{
	AUTO_FD fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct fault f;

	assert_true(fd >= 0);
	assert_int_equal(fd_write_all(fd, slice_str(content), &f), ST_OK);
}

static void expect_file(const char *name, const char *want)
{
	AUTO_IN_PLACE(buf) out = buf_init(1000);
	struct fault f = { 0 };
	enum status st = file_read(&out, dir, name, &f);

	expect_fault(st, &f, want ? ST_OK : ST_NONE, want ? "" : "file.missing");
	if (want)
		assert_string_equal(buf_text(&out), want);
}

static void test_files_at_every_limit(void **state)
{
	(void)state;
	file_put("six", "abcdef");
	for (size_t max = 0; max <= 8; max++) {
		AUTO_IN_PLACE(buf) out = buf_init(max);
		struct fault f = { 0 };
		enum status st = file_read(&out, dir, "six", &f);
		expect_limit(st, &f, max < 6, "file.size");
		assert_int_equal(out.n, max < 6 ? 0 : 6);
	}
	/* What is there already takes of the room. */
	AUTO_IN_PLACE(buf) out = buf_init(7);
	struct fault f;
	buf_put_text(&out, "<");
	assert_int_equal(file_read(&out, dir, "six", &f), ST_OK);
	assert_string_equal(buf_text(&out), "<abcdef");
	expect_fault(file_read(&out, dir, "six", &f), &f, ST_LIMIT, "file.size");
	assert_string_equal(buf_text(&out), "<abcdef");
}

static void unreadable_try(const char *name, enum status want, const char *code)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct fault f = { 0 };

	expect_fault(file_read(&out, dir, name, &f), &f, want, code);
	assert_int_equal(out.n, 0);
}

static void test_what_is_no_file(void **state)
{
	char name[400];

	(void)state;
	file_put("file", "x");
	assert_int_equal(mkdirat(dir, "directory", 0700), 0);
	assert_int_equal(symlinkat("circle", dir, "circle"), 0);
	assert_int_equal(symlinkat("nowhere", dir, "dangling"), 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	unreadable_try("missing", ST_NONE, "file.missing");
	unreadable_try("missing/below", ST_NONE, "file.missing");
	unreadable_try("file/below", ST_NONE, "file.missing");
	unreadable_try("dangling", ST_NONE, "file.missing");
	unreadable_try("", ST_NONE, "file.missing");
	unreadable_try("directory", ST_LIMIT, "file.size");
	unreadable_try("/dev/zero", ST_LIMIT, "file.size"); /* which has no end */
	unreadable_try("circle", ST_HOST, "host.open");
	unreadable_try(name, ST_HOST, "host.open");
}

static void on_too_late(int signal)
{
	(void)signal; /* interrupts the opening */
}

/* Nobody writes into it: a reader that waited for somebody would wait for ever. */
static void test_a_fifo_is_not_waited_for(void **state)
{
	struct sigaction action = { .sa_handler = on_too_late };

	(void)state;
	assert_int_equal(mkfifoat(dir, "fifo", 0600), 0);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	alarm(2);
	unreadable_try("fifo", ST_LIMIT, "file.size");
	alarm(0);
	signal(SIGALRM, SIG_DFL);
}

/* The name is the operator's, or a peer's: it does not reach a terminal as it is. */
static void test_names_are_told_escaped(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct fault f;

	(void)state;
	assert_int_equal(file_read(&out, dir, "a\x1b[2J\n", &f), ST_NONE);
	assert_string_equal(f.text, "there is no a\\x1b[2J\\x0a");
}

/* --- replacing --- */

static unsigned entries(void)
{
	DIR *list = opendir(above);
	unsigned n = 0;

	assert_non_null(list);
	while (readdir(list))
		n++;
	closedir(list);
	return n;
}

static unsigned mode_of(const char *name)
{
	struct stat st;

	assert_int_equal(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	assert_true(S_ISREG(st.st_mode));
	return st.st_mode & 07777;
}

static void replace(const char *name, const char *content, unsigned mode)
{
	struct fault f = { 0 };

	expect_fault(file_replace(dir, name, slice_str(content), mode, &f), &f, ST_OK, "");
}

static void test_replacing(void **state)
{
	(void)state;
	replace("r", "first", 0600);
	expect_file("r", "first");
	assert_int_equal(mode_of("r"), 0600);
	replace("r", "a longer second", 0640);
	expect_file("r", "a longer second");
	assert_int_equal(mode_of("r"), 0640);
	replace("r", "", 0400);
	expect_file("r", "");
	replace("r", "over one that cannot be written", 0600);
	expect_file("r", "over one that cannot be written");
	expect_file("r.new", NULL);
}

/* Who had the old one open still reads it whole. */
static void test_replacing_leaves_readers_alone(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);
	struct fault f;

	(void)state;
	replace("held", "before", 0600);
	AUTO_FD fd = openat(dir, "held", O_RDONLY | O_CLOEXEC);
	replace("held", "afterwards", 0600);
	assert_int_equal(fd_read_all(&out, fd, &f), ST_OK);
	assert_string_equal(buf_text(&out), "before");
	expect_file("held", "afterwards");
}

/* A crash, or somebody else, left one under the name that is written first. */
static void test_replacing_after_a_crash(void **state)
{
	(void)state;
	file_put("victim", "untouched");
	file_put("left.new", "half of somethi");
	replace("left", "whole", 0600);
	expect_file("left", "whole");
	expect_file("left.new", NULL);
	assert_int_equal(symlinkat("victim", dir, "link.new"), 0);
	replace("link", "whole", 0600);
	expect_file("link", "whole");
	expect_file("victim", "untouched");
	assert_int_equal(mode_of("link"), 0600);
}

/* A link under the name itself is replaced, not followed. */
static void test_replacing_a_link(void **state)
{
	(void)state;
	file_put("target", "untouched");
	assert_int_equal(symlinkat("target", dir, "points"), 0);
	replace("points", "whole", 0600);
	expect_file("points", "whole");
	expect_file("target", "untouched");
	assert_int_equal(mode_of("points"), 0600);
}

static void irreplaceable_try(const char *name, const char *code)
{
	struct fault f = { 0 };
	unsigned before = entries();

	expect_fault(file_replace(dir, name, S("x"), 0600, &f), &f, ST_HOST, code);
	assert_int_equal(entries(), before); /* nothing is left beside it */
}

static void test_what_cannot_be_replaced(void **state)
{
	char name[600];

	(void)state;
	assert_int_equal(mkdirat(dir, "full", 0700), 0);
	assert_int_equal(mkdirat(dir, "full/of", 0700), 0);
	assert_int_equal(mkdirat(dir, "taken.new", 0700), 0);
	irreplaceable_try("full", "host.write");
	irreplaceable_try("taken", "host.open");
	irreplaceable_try("no/such", "host.open");
	/* For the file system, for ours, and the two around its end. */
	static const size_t lengths[] = { 252, 300, 506, 507, 508, 511, 512, 599 };
	for (size_t i = 0; i < COUNT(lengths); i++) {
		memset(name, 'n', lengths[i]);
		name[lengths[i]] = '\0';
		irreplaceable_try(name, "host.open");
	}
	memset(name, 'n', 251); /* and its ".new" are 255: the longest there is */
	name[251] = '\0';
	replace(name, "x", 0600);
}

/* The disk gives way in the middle: the old one stays, whole. */
static void test_a_file_cut_short_replaces_nothing(void **state)
{
	struct rlimit before, five = { .rlim_cur = 5 };
	struct fault f = { 0 };

	(void)state;
	replace("kept", "old", 0600);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	five.rlim_max = before.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &five), 0);
	enum status st = file_replace(dir, "kept", S("longer than five"), 0600, &f);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	signal(SIGXFSZ, SIG_DFL);
	expect_fault(st, &f, ST_HOST, "host.write");
	expect_file("kept", "old");
	expect_file("kept.new", NULL);
}

/* --- mappings --- */

static void test_mappings_at_every_limit(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 3; n++)
		for (uint64_t limit = 0; limit <= 4; limit++) {
			AUTO_IN_PLACE(mapping) m = { 0 };
			int fd = holding(slice_to(S("abc"), n));
			struct fault f = { 0 };
			enum status st = mapping_init(&m, fd, limit, &f);
			fd_close(&fd); /* the view stays */
			expect_limit(st, &f, n > limit, "file.size");
			assert_true(slice_eq(m.bytes, slice_to(S("abc"), n > limit ? 0 : n)));
		}
}

static void test_mappings_are_given_back(void **state)
{
	static const uint8_t much[100000]; /* less would be read, not mapped */
	int fd = holding(slice_of(much, sizeof(much)));
	struct mapping m;
	struct fault f;

	(void)state;
	assert_int_equal(mapping_init(&m, fd, UINT64_MAX, &f), ST_OK);
	void *was = m.base;
	assert_int_equal(msync(was, 3, MS_ASYNC), 0);
	mapping_done(&m);
	assert_true(!m.base && m.bytes.n == 0);
	assert_int_equal(msync(was, 3, MS_ASYNC), -1); /* ENOMEM: nothing is mapped there */
	mapping_done(&m);
	fd_close(&fd);
}

/* Whoever may only write may not look. */
static void test_no_mapping(void **state)
{
	struct mapping m = { .bytes = S("before"), .base = NULL };
	struct fault f;

	(void)state;
	file_put("written", "abc");
	AUTO_FD fd = openat(dir, "written", O_WRONLY | O_CLOEXEC);
	expect_fault(mapping_init(&m, fd, 100, &f), &f, ST_HOST, "host.read");
	assert_true(!m.base && m.bytes.n == 0); /* so that it may be done */
	mapping_done(&m);
}

/* --- a place for it all --- */

static int start(void **state)
{
	(void)state;
	umask(022);
	if (!mkdtemp(above))
		return -1;
	dir = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 ? 0 : -1;
}

static int entry_remove(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int finish(void **state)
{
	(void)state;
	fd_close(&dir);
	return nftw(above, entry_remove, 16, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_scopes_close),
		cmocka_unit_test(test_reading_at_a_place),
		cmocka_unit_test(test_reading_what_is_held),
		cmocka_unit_test(test_reading_at_a_place_into_little),
		cmocka_unit_test(test_reading_much),
		cmocka_unit_test(test_reading_all_at_every_limit),
		cmocka_unit_test(test_reading_all_from_here),
		cmocka_unit_test(test_reading_all_through_signals),
		cmocka_unit_test(test_writing),
		cmocka_unit_test(test_writing_in_parts),
		cmocka_unit_test(test_a_full_disk_passes),
		cmocka_unit_test(test_bad_descriptors),
		cmocka_unit_test(test_bad_descriptors_without_room),
		cmocka_unit_test(test_memory_files_are_sealed),
		cmocka_unit_test(test_memory_files_are_written_then_sealed),
		cmocka_unit_test(test_no_memory_file),
		cmocka_unit_test(test_files_at_every_limit),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_a_fifo_is_not_waited_for),
		cmocka_unit_test(test_names_are_told_escaped),
		cmocka_unit_test(test_replacing),
		cmocka_unit_test(test_replacing_leaves_readers_alone),
		cmocka_unit_test(test_replacing_after_a_crash),
		cmocka_unit_test(test_replacing_a_link),
		cmocka_unit_test(test_what_cannot_be_replaced),
		cmocka_unit_test(test_a_file_cut_short_replaces_nothing),
		cmocka_unit_test(test_mappings_at_every_limit),
		cmocka_unit_test(test_mappings_are_given_back),
		cmocka_unit_test(test_no_mapping),
	};

	return cmocka_run_group_tests_name("fd", tests, start, finish);
}
