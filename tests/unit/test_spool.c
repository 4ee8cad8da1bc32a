/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the spool: lent, recognised when they come back, kept or gone with their batch. */
#include "ledger_house.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "ledger/spool.h"

#define MANY 1500 /* more than any fixed table of changes would hold */

/* The spool's own call comes here: which file was synced last, or what it is to fail with. */
static ino_t synced;
static int sync_error;

int fdatasync(int fd)
{
	struct stat st;

	if (sync_error) {
		errno = sync_error;
		return -1;
	}
	assert_int_equal(fstat(fd, &st), 0);
	synced = st.st_ino;
	return (int)syscall(SYS_fdatasync, fd);
}

static bool keep_none(void *context, const char *name)
{
	(void)context;
	(void)name;
	return false;
}

static bool keep_named(void *context, const char *name)
{
	return strcmp(context, name) == 0;
}

static bool keep_all(void *context, const char *name)
{
	(void)context;
	(void)name;
	return true;
}

static struct spool *spool_new(void)
{
	struct spool *spool = NULL;
	struct fault f = { 0 };

	expect_fault("open", spool_open(&spool, keep_none, NULL, &f), &f, ST_OK, NULL);
	return spool;
}

static int lend(struct spool *spool, unsigned owner, uint64_t ticket)
{
	struct fault f = { 0 };
	int fd = -1;

	expect_fault("lend", spool_lend(&fd, spool, owner, ticket, &f), &f, ST_OK, NULL);
	return fd;
}

/* Lends, fills and stores one file. */
static void store(char name[SPOOL_NAME_MAX], struct spool *spool, const char *text)
{
	AUTO_FD fd = lend(spool, 1, 1);
	struct fault f = { 0 };

	expect_fault("write", fd_write_all(fd, slice_str(text), &f), &f, ST_OK, NULL);
	expect_fault("store", spool_store(name, spool, fd, &f), &f, ST_OK, NULL);
}

static void commit(struct spool *spool)
{
	struct fault f = { 0 };

	expect_fault("sync", spool_sync(spool, &f), &f, ST_OK, NULL);
	spool_commit(spool);
	spool_durable(spool);
}

static void expect_content(struct spool *spool, const char *name, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(4096);
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	expect_fault("read", spool_read(&fd, spool, name, &f), &f, ST_OK, NULL);
	expect_fault("read", fd_read_all(&got, fd, &f), &f, ST_OK, NULL);
	expect_slice(name, buf_slice(&got), slice_str(want));
}

static void touch(const char *path)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
}

static void a_committed_file_stays(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];

	(void)state;
	store(name, spool, "body");
	commit(spool);
	expect_content(spool, name, "body");
	assert_int_equal(spool_files(), 1);
}

/* Who wrote it may have synced it; that it is on the disk before its row is ours to see to. */
static void what_is_stored_is_synced(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX], path[SPOOL_NAME_MAX + 8];
	struct stat st;

	(void)state;
	synced = 0;
	store(name, spool, "large");
	snprintf(path, sizeof(path), "spool/%s", name);
	assert_int_equal(stat(path, &st), 0);
	assert_true(synced == st.st_ino);
	commit(spool);
}

static void what_cannot_be_synced_is_not_stored(void **state)
{
	static const struct {
		int error;
		enum status want;
	} errors[] = { { ENOSPC, ST_RETRY }, { EIO, ST_HOST } };
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		AUTO_FD fd = lend(spool, 1, i + 1);
		struct fault f = { 0 };

		sync_error = errors[i].error;
		enum status st = spool_store(name, spool, fd, &f);
		sync_error = 0;
		expect_fault("sync", st, &f, errors[i].want, "spool.sync");
		spool_undo(spool);
	}
}

static void an_undone_file_goes(void **state)
{
	AUTO(spool) spool = spool_new();
	char before[SPOOL_NAME_MAX], name[SPOOL_NAME_MAX];

	(void)state;
	store(before, spool, "earlier batch");
	commit(spool);
	store(name, spool, "body");
	spool_undo(spool);
	assert_int_equal(spool_files(), 1);
	expect_content(spool, before, "earlier batch");
}

/* As long as a commit may yet hold, removing would leave a message without its body. */
static void an_abandoned_file_waits_for_the_next_open(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];

	(void)state;
	store(name, spool, "body");
	spool_abandon(spool);
	spool_undo(spool);
	assert_int_equal(spool_files(), 1);
	AUTO(spool) next = spool_new();
	assert_int_equal(spool_files(), 0);
}

static void only_a_lent_file_can_be_stored(void **state)
{
	AUTO(spool) spool = spool_new();
	AUTO_FD scratch = -1, memory = -1, lent = lend(spool, 1, 1);
	char name[SPOOL_NAME_MAX];
	struct fault f = { 0 };

	(void)state;
	expect_fault("scratch", spool_scratch(&scratch, spool, &f), &f, ST_OK, NULL);
	expect_fault("memory", memory_file_new(&memory, "m", S("x"), &f), &f, ST_OK, NULL);
	expect_fault("a scratch", spool_store(name, spool, scratch, &f), &f, ST_HOST,
		"spool.unknown");
	expect_fault("memory", spool_store(name, spool, memory, &f), &f, ST_HOST, "spool.unknown");
	spool_forget(spool, 1, 1);
	assert_int_equal(spool_files(), 0);
}

static void a_file_is_stored_once(void **state)
{
	AUTO(spool) spool = spool_new();
	AUTO_FD fd = lend(spool, 1, 1);
	char name[SPOOL_NAME_MAX];
	struct fault f = { 0 };

	(void)state;
	expect_fault("first", spool_store(name, spool, fd, &f), &f, ST_OK, NULL);
	expect_fault("again", spool_store(name, spool, fd, &f), &f, ST_HOST, "spool.unknown");
	spool_undo(spool);
	assert_int_equal(spool_files(), 0);
}

static void a_file_comes_back_by_another_descriptor(void **state)
{
	AUTO(spool) spool = spool_new();
	AUTO_FD fd = lend(spool, 1, 1);
	AUTO_FD other = dup(fd);
	char name[SPOOL_NAME_MAX];
	struct fault f = { 0 };

	(void)state;
	fd_close(&fd);
	expect_fault("store", spool_store(name, spool, other, &f), &f, ST_OK, NULL);
	commit(spool);
	expect_content(spool, name, "");
}

static const struct {
	const char *name;
	unsigned owner; /* 0: everything of owner 2 */
	uint64_t ticket;
	int left; /* of (1, 1), (1, 2), (2, 1), (2, 2), (2, 2) */
} forgotten[] = {
	{ "one of an owner", 1, 1, 4 },
	{ "two on one ticket", 2, 2, 3 },
	{ "a ticket nobody has", 1, 3, 5 },
	{ "an owner nobody knows", 3, 1, 5 },
	{ "all of an owner", 0, 0, 2 },
};

static void what_is_forgotten_goes(void **state)
{
	static const unsigned leases[][2] = { { 1, 1 }, { 1, 2 }, { 2, 1 }, { 2, 2 }, { 2, 2 } };

	(void)state;
	for (size_t i = 0; i < COUNT(forgotten); i++) {
		AUTO(spool) spool = spool_new();

		for (size_t n = 0; n < COUNT(leases); n++) {
			AUTO_FD fd = lend(spool, leases[n][0], leases[n][1]);
		}
		if (forgotten[i].owner)
			spool_forget(spool, forgotten[i].owner, forgotten[i].ticket);
		else
			spool_forget_all(spool, 2);
		if (spool_files() != forgotten[i].left)
			fail_msg("%s: %d files", forgotten[i].name, spool_files());
	}
}

/* The owner says so for every ticket, also those whose file the ledger took. */
static void a_stored_file_is_no_longer_lent(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];

	(void)state;
	store(name, spool, "body");
	spool_forget(spool, 1, 1);
	spool_forget_all(spool, 1);
	commit(spool);
	expect_content(spool, name, "body");
}

static void so_many_are_lent_and_no_more(void **state)
{
	AUTO(spool) spool = spool_new();
	struct fault f = { 0 };
	int fd = -1;

	(void)state;
	for (uint64_t i = 0; i < SPOOL_OUT_MAX; i++) {
		AUTO_FD lent = lend(spool, 1, i);
	}
	expect_fault("one more", spool_lend(&fd, spool, 1, 9999, &f), &f, ST_RETRY, "spool.busy");
	assert_int_equal(fd, -1);
	assert_int_equal(spool_files(), SPOOL_OUT_MAX);
	spool_forget(spool, 1, 7);
	fd = lend(spool, 1, 9999);
	fd_close(&fd);
}

static void a_scratch_has_no_name(void **state)
{
	AUTO(spool) spool = spool_new();
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	(void)state;
	expect_fault("scratch", spool_scratch(&fd, spool, &f), &f, ST_OK, NULL);
	expect_fault("write", fd_write_all(fd, S("x"), &f), &f, ST_OK, NULL);
	assert_int_equal(spool_files(), 0);
}

static void a_cut_waits_until_its_commit_is_durable(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];

	(void)state;
	store(name, spool, "kept|dropped");
	commit(spool);
	spool_cut(spool, name, 4);
	expect_content(spool, name, "kept|dropped");
	spool_undo(spool);
	expect_content(spool, name, "kept|dropped");
	spool_cut(spool, name, 4);
	spool_commit(spool);
	spool_undo(spool); /* of the batch after it */
	expect_content(spool, name, "kept|dropped");
	spool_durable(spool);
	expect_content(spool, name, "kept");
}

/* Who closes has not seen it become durable. */
static void a_cut_that_is_not_durable_is_not_made(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];
	struct fault f = { 0 };

	(void)state;
	store(name, spool, "kept|dropped");
	commit(spool);
	spool_cut(spool, name, 4);
	spool_commit(spool);
	spool_free(TAKE(spool));
	AUTO(spool) next = NULL;
	expect_fault("open", spool_open(&next, keep_all, NULL, &f), &f, ST_OK, NULL);
	expect_content(next, name, "kept|dropped");
}

static void cutting_what_is_gone_harms_nobody(void **state)
{
	AUTO(spool) spool = spool_new();

	(void)state;
	spool_cut(spool, "0123456789abcdef0123456789abcdef", 4);
	commit(spool);
	assert_int_equal(spool_files(), 0);
}

static void a_batch_may_cut_any_number(void **state)
{
	static char names[MANY][SPOOL_NAME_MAX];
	AUTO(spool) spool = spool_new();

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		store(names[i], spool, "kept|dropped");
	commit(spool);
	for (size_t i = 0; i < MANY; i++)
		spool_cut(spool, names[i], 4);
	commit(spool);
	for (size_t i = 0; i < MANY; i++)
		expect_content(spool, names[i], "kept");
}

static void a_batch_may_store_any_number(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		store(name, spool, "");
	assert_int_equal(spool_files(), MANY);
	spool_undo(spool);
	assert_int_equal(spool_files(), 0);
}

static void opening_removes_what_nobody_knows(void **state)
{
	char known[] = "00000000000000000000000000000001";
	AUTO(spool) spool = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(mkdir("spool", 0700), 0);
	touch("spool/00000000000000000000000000000001");
	touch("spool/00000000000000000000000000000002");
	touch("spool/tmp-0000000000000000000000000000003");
	touch("spool/.hidden");
	expect_fault("open", spool_open(&spool, keep_named, known, &f), &f, ST_OK, NULL);
	assert_int_equal(spool_files(), 1);
	expect_content(spool, known, "");
	assert_int_equal(access("spool/.hidden", F_OK), 0);
}

/* A temporary name never stands in a row, whatever the answer to it. */
static void opening_removes_every_temporary(void **state)
{
	AUTO(spool) spool = NULL;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(mkdir("spool", 0700), 0);
	touch("spool/tmp-0000000000000000000000000000003");
	touch("spool/00000000000000000000000000000001");
	expect_fault("open", spool_open(&spool, keep_all, NULL, &f), &f, ST_OK, NULL);
	assert_int_equal(spool_files(), 1);
}

static void only_we_may_read_them(void **state)
{
	AUTO(spool) spool = spool_new();
	AUTO_FD fd = lend(spool, 1, 1);
	struct stat dir, file;

	(void)state;
	assert_int_equal(stat("spool", &dir), 0);
	assert_int_equal(fstat(fd, &file), 0);
	assert_int_equal(dir.st_mode & 0777, 0700);
	assert_int_equal(file.st_mode & 0777, 0600);
}

static void what_is_read_cannot_be_written(void **state)
{
	AUTO(spool) spool = spool_new();
	char name[SPOOL_NAME_MAX];
	struct fault f = { 0 };
	AUTO_FD fd = -1;

	(void)state;
	store(name, spool, "body");
	commit(spool);
	expect_fault("read", spool_read(&fd, spool, name, &f), &f, ST_OK, NULL);
	assert_int_equal(write(fd, "x", 1), -1);
}

static void a_missing_file_is_the_hosts_trouble(void **state)
{
	AUTO(spool) spool = spool_new();
	struct fault f = { 0 };
	int fd = -1;

	(void)state;
	expect_fault("missing", spool_read(&fd, spool, "none", &f), &f, ST_HOST, "spool.gone");
	assert_int_equal(fd, -1);
}

static void a_spool_is_a_directory(void **state)
{
	struct spool *spool = NULL;
	struct fault f = { 0 };

	(void)state;
	touch("spool");
	expect_fault("a file", spool_open(&spool, keep_none, NULL, &f), &f, ST_HOST, "spool.open");
	assert_null(spool);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(a_committed_file_stays),
		IN_HOUSE(what_is_stored_is_synced),
		IN_HOUSE(what_cannot_be_synced_is_not_stored),
		IN_HOUSE(an_undone_file_goes),
		IN_HOUSE(an_abandoned_file_waits_for_the_next_open),
		IN_HOUSE(only_a_lent_file_can_be_stored),
		IN_HOUSE(a_file_is_stored_once),
		IN_HOUSE(a_file_comes_back_by_another_descriptor),
		IN_HOUSE(what_is_forgotten_goes),
		IN_HOUSE(a_stored_file_is_no_longer_lent),
		IN_HOUSE(so_many_are_lent_and_no_more),
		IN_HOUSE(a_scratch_has_no_name),
		IN_HOUSE(a_cut_waits_until_its_commit_is_durable),
		cmocka_unit_test(a_cut_that_is_not_durable_is_not_made),
		IN_HOUSE(cutting_what_is_gone_harms_nobody),
		IN_HOUSE(a_batch_may_cut_any_number),
		IN_HOUSE(a_batch_may_store_any_number),
		IN_HOUSE(opening_removes_what_nobody_knows),
		IN_HOUSE(opening_removes_every_temporary),
		IN_HOUSE(only_we_may_read_them),
		IN_HOUSE(what_is_read_cannot_be_written),
		IN_HOUSE(a_missing_file_is_the_hosts_trouble),
		IN_HOUSE(a_spool_is_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
