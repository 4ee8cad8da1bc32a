/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Results into a file of the user's, whole or not at all; what is no file is written to, not
 * replaced.
 */
#include "exchange_expect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captured.h"
#include "cli/save.h"

#define LARGE (3 * 262144 + 5) /* more than one step of copying */
#define ROOM (2 << 20)

static char start[] = "/tmp/tieline-save-XXXXXX";

static unsigned files_here(void)
{
	DIR *here = opendir(".");
	unsigned n = 0;

	while (readdir(here))
		n++;
	closedir(here);
	return n - 2;
}

static void expect_file(const char *path, struct slice want)
{
	AUTO_IN_PLACE(buf) got = buf_init(ROOM);
	struct fault f = { 0 };

	expect_fault(path, file_read(&got, AT_FDCWD, path, &f), &f, ST_OK, NULL);
	assert_int_equal(got.n, want.n);
	assert_true(slice_eq(buf_slice(&got), want));
}

static int file_of(struct slice content)
{
	struct fault f;
	int fd;

	if (memory_file_new(&fd, "content", content, &f) != ST_OK)
		die("%s", f.text);
	return fd;
}

static void a_new_file(void **state)
{
	struct fault f = { 0 };

	(void)state;
	expect_fault("bytes", save_bytes("new", S("one\0two"), &f), &f, ST_OK, NULL);
	expect_file("new", S("one\0two"));
	expect_fault("none", save_bytes("empty", S(""), &f), &f, ST_OK, NULL);
	expect_file("empty", S(""));
	assert_int_equal(files_here(), 2);
	assert_true(unlink("new") == 0 && unlink("empty") == 0);
}

/* Who reads the old one goes on reading it. */
static void an_old_file_is_replaced(void **state)
{
	AUTO_IN_PLACE(buf) got = buf_init(64);
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(save_bytes("file", S("old and longer"), &f), ST_OK);
	AUTO_FD reader = open("file", O_RDONLY | O_CLOEXEC);
	assert_int_equal(save_bytes("file", S("new"), &f), ST_OK);
	expect_file("file", S("new"));
	assert_int_equal(fd_read_all(&got, reader, &f), ST_OK);
	expect_text("old", buf_text(&got), "old and longer");
	assert_int_equal(files_here(), 1);
	assert_int_equal(unlink("file"), 0);
}

static void sections(void **state)
{
	static const struct {
		uint64_t at, n;
		const char *head, *want;
	} rows[] = {
		{ 0, 10, "", "0123456789" },
		{ 0, 0, "", "" },
		{ 10, 0, "H", "H" },
		{ 3, 4, "", "3456" },
		{ 9, 1, "H\r\n", "H\r\n9" },
	};
	AUTO_FD fd = file_of(S("0123456789"));

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fault f = { 0 };

		expect_fault(rows[i].want,
			save_section(
				"file", slice_str(rows[i].head), fd, rows[i].at, rows[i].n, &f),
			&f, ST_OK, NULL);
		expect_file("file", slice_str(rows[i].want));
	}
	assert_int_equal(unlink("file"), 0);
}

static void a_large_section(void **state)
{
	AUTO_IN_PLACE(buf) large = buf_init(LARGE + 1);
	struct fault f = { 0 };

	(void)state;
	for (size_t i = 0; i <= LARGE; i++)
		buf_put_u8(&large, (uint8_t)(i % 251));
	AUTO_FD fd = file_of(buf_slice(&large));
	expect_fault("large", save_section("file", S(""), fd, 1, LARGE, &f), &f, ST_OK, NULL);
	expect_file("file", slice_from(buf_slice(&large), 1));
	assert_int_equal(unlink("file"), 0);
}

/* --- not at all --- */

static void what_is_cut_short_leaves_no_trace(void **state)
{
	AUTO_FD fd = file_of(S("0123456789"));
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(save_bytes("file", S("old"), &f), ST_OK);
	expect_fault(
		"old", save_section("file", S("head"), fd, 5, 6, &f), &f, ST_MORE, "file.short");
	expect_file("file", S("old"));
	expect_fault(
		"new", save_section("new", S("head"), fd, 5, 6, &f), &f, ST_MORE, "file.short");
	assert_int_equal(files_here(), 1);
	assert_int_equal(unlink("file"), 0);
}

static void paths_that_cannot_be(void **state)
{
	AUTO_IN_PLACE(buf) deep = buf_init(ROOM);
	struct fault f = { 0 };

	(void)state;
	put_times(&deep, 'x', 5000);
	expect_fault(
		"no directory", save_bytes("missing/file", S("x"), &f), &f, ST_HOST, "host.open");
	expect_says("no directory", &f, "missing/file");
	expect_fault("a directory", save_bytes(".", S("x"), &f), &f, ST_HOST, "host.open");
	expect_fault("nothing", save_bytes("", S("x"), &f), &f, ST_HOST, "host.open");
	expect_fault("too long", save_bytes(buf_text(&deep), S("x"), &f), &f, ST_HOST, "host.open");
	expect_fault("a link to nowhere",
		symlink("nowhere", "link") == 0 ? save_bytes("link", S("x"), &f) : ST_OK, &f,
		ST_HOST, "host.open");
	assert_int_equal(unlink("link"), 0);
	assert_int_equal(files_here(), 0);
}

/* A file already there under the name beside is not ours. */
static void a_strangers_file_beside(void **state)
{
	char beside[64];
	struct fault f = { 0 };

	(void)state;
	snprintf(beside, sizeof(beside), "file.part-%d", (int)getpid());
	assert_int_equal(symlink("target", beside), 0);
	expect_fault("beside", save_bytes("file", S("x"), &f), &f, ST_HOST, "host.open");
	assert_int_equal(access("target", F_OK), -1);
	assert_int_equal(unlink(beside), 0);
}

/* --- what is no file --- */

static void a_link_is_followed(void **state)
{
	struct stat st;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(save_bytes("target", S("old and longer"), &f), ST_OK);
	assert_int_equal(symlink("target", "link"), 0);
	expect_fault("link", save_bytes("link", S("new"), &f), &f, ST_OK, NULL);
	expect_file("target", S("new"));
	assert_true(lstat("link", &st) == 0 && S_ISLNK(st.st_mode));
	assert_true(unlink("link") == 0 && unlink("target") == 0);
}

static void a_pipe_is_written_to(void **state)
{
	AUTO_IN_PLACE(buf) got = buf_init(64);
	struct stat st;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(mkfifo("pipe", 0600), 0);
	AUTO_FD reader = open("pipe", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	expect_fault("pipe", save_bytes("pipe", S("through"), &f), &f, ST_OK, NULL);
	assert_int_equal(fd_read_all(&got, reader, &f), ST_OK);
	expect_text("pipe", buf_text(&got), "through");
	assert_true(lstat("pipe", &st) == 0 && S_ISFIFO(st.st_mode));
	assert_int_equal(unlink("pipe"), 0);
}

static void devices(void **state)
{
	struct stat st;
	struct fault f = { 0 };

	(void)state;
	expect_fault("null", save_bytes("/dev/null", S("x"), &f), &f, ST_OK, NULL);
	assert_true(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
	expect_fault("full", save_bytes("/dev/full", S("x"), &f), &f, ST_RETRY, "host.disk-full");
}

static void standard_output(void **state)
{
	static const char *const paths[] = { NULL, "-" };
	AUTO_FD fd = file_of(S("0123456789"));

	(void)state;
	for (size_t i = 0; i < COUNT(paths); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(64);
		AUTO_FD to = -1;
		struct captured captured;
		struct fault f = { 0 };

		assert_int_equal(memory_file_open(&to, "stdout", &f), ST_OK);
		captured_begin(&captured, stdout, to);
		enum status st = save_section(paths[i], S("head:"), fd, 2, 3, &f);
		captured_end(&captured);
		expect_fault("stdout", st, &f, ST_OK, NULL);
		captured_read(&said, to);
		expect_text("stdout", buf_text(&said), "head:234");
	}
	assert_int_equal(files_here(), 0);
}

static int directory_make(void **state)
{
	(void)state;
	return mkdtemp(start) && chdir(start) == 0 ? 0 : -1;
}

static int directory_remove(void **state)
{
	(void)state;
	return chdir("/") == 0 ? rmdir(start) : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_file),
		cmocka_unit_test(an_old_file_is_replaced),
		cmocka_unit_test(sections),
		cmocka_unit_test(a_large_section),
		cmocka_unit_test(what_is_cut_short_leaves_no_trace),
		cmocka_unit_test(paths_that_cannot_be),
		cmocka_unit_test(a_strangers_file_beside),
		cmocka_unit_test(a_link_is_followed),
		cmocka_unit_test(a_pipe_is_written_to),
		cmocka_unit_test(devices),
		cmocka_unit_test(standard_output),
	};

	return cmocka_run_group_tests_name("save", tests, directory_make, directory_remove);
}
