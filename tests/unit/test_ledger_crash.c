/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer is killed, or its disk fails, at every point there is; whoever opens the ledger next
 * finds all that was reported as committed, whole, nothing by halves, and no file without its
 * message (promise 1).
 *
 * No test waits for time: the writer dies at a point it counts to itself, or when its report was
 * read.
 */
#include "ledger_messages.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "faulty_disk.h"

#define ROUNDS 3
#define UNDONE 1 /* this round is rolled back once, then written */
#define FINISHED (-1)
#define OPENED 'o'

/* --- what is written --- */

enum { OUT_SMALL, OUT_LARGE, IN_SMALL, IN_LARGE, IN_REJECTED, KINDS };

static const struct {
	const char *name;
	uint64_t size;
	bool in;
	enum delivery state;
} kinds[KINDS] = {
	[OUT_SMALL] = { "out-small", 100, false, DELIVERY_SENDING },
	[OUT_LARGE] = { "out-large", LARGE, false, DELIVERY_READY },
	[IN_SMALL] = { "in-small", 3000, true, DELIVERY_RECEIVED },
	[IN_LARGE] = { "in-large", LARGE + 5000, true, DELIVERY_RECEIVED },
	[IN_REJECTED] = { "in-rejected", LARGE, true, DELIVERY_REJECTED },
};

static struct draft draft_of(char id[32], int round, int kind)
{
	snprintf(id, 32, "%d-%s", round, kinds[kind].name);
	return (struct draft){ .id = id, .size = kinds[kind].size, .state = kinds[kind].state };
}

/* --- the writer: a process of its own --- */

enum point { LENT, BEGUN, HALF_WRITTEN, WRITTEN, ROLLED_BACK, COMMITTED, POINTS };

/* Where it comes to grief: one of these. */
struct grief {
	int round; /* at this point of this round; -1: elsewhere */
	enum point point;
	int op;        /* or at this operation of the disk, counted from 0; -1: elsewhere */
	int code;      /* SQLITE_OK: it dies there; else the operation fails with this */
	bool for_good; /* and all after it */
};

static const struct grief unharmed = { .round = -1, .op = -1 };

static struct {
	struct grief grief;
	int ops, reports;
	struct ledger *ledger;
	uint64_t last_large; /* row to settle in the next round */
} writer;

static void die_now(void)
{
	kill(getpid(), SIGKILL);
}

/* Only operations that can fail in this way count; any can be the last. */
static bool counts_here(enum disk_op op)
{
	bool syncs = writer.grief.code == SQLITE_IOERR_FSYNC;

	return writer.grief.code == SQLITE_OK || syncs == (op == DISK_SYNC);
}

static int writer_before(enum disk_op op)
{
	const struct grief *g = &writer.grief;

	if (g->op < 0 || !counts_here(op))
		return SQLITE_OK;
	int n = writer.ops++;
	if (n == g->op && g->code == SQLITE_OK)
		die_now();
	return n == g->op || (n > g->op && g->for_good) ? g->code : SQLITE_OK;
}

/* Behind a sync other things happen before the next operation: another end than one before that. */
static void writer_after(enum disk_op op)
{
	if (op == DISK_SYNC && writer.grief.code == SQLITE_OK)
		(void)writer_before(op);
}

static void writer_at(int round, enum point point)
{
	if (round == writer.grief.round && point == writer.grief.point)
		die_now();
}

static void report(char what)
{
	if (write(writer.reports, &what, 1) != 1)
		_exit(7);
}

static enum status write_one(int round, int kind, struct fault *f)
{
	char id[32];
	struct draft d = draft_of(id, round, kind);
	bool repeated;
	uint64_t row;

	if (kinds[kind].in)
		return draft_receive(&row, writer.ledger, &d, f);
	TRY(draft_submit(&row, &repeated, writer.ledger, &d, f));
	if (kind == OUT_LARGE)
		writer.last_large = row;
	return ST_OK;
}

/* In each round the large message of the one before gets its receipt, and its file is cut. */
static enum status settle_last(uint64_t row, struct fault *f)
{
	AUTO_FD fd = -1;

	if (row == 0)
		return ST_OK;
	TRY(memory_file_new(&fd, "receipt", S("receipt"), f));
	return ledger_settle(writer.ledger,
		&(struct ledger_settlement){ .row = row, .state = DELIVERY_DELIVERED,
			.receipt = { 0, 7 }, .parcel = fd, .now_ns = 5 },
		f);
}

static enum status write_batch(int round, struct fault *f)
{
	TRY(ledger_begin(writer.ledger, f));
	writer_at(round, BEGUN);
	TRY(settle_last(writer.last_large, f));
	for (int kind = 0; kind < KINDS; kind++) {
		TRY(write_one(round, kind, f));
		if (kind == OUT_LARGE)
			writer_at(round, HALF_WRITTEN);
	}
	writer_at(round, WRITTEN);
	return ST_OK;
}

static void batch_undo(uint64_t last_large)
{
	ledger_rollback(writer.ledger);
	writer.last_large = last_large;
}

static bool round_write(int round, struct fault *f)
{
	uint64_t before = writer.last_large;
	enum status st = write_batch(round, f);

	if (st == ST_OK)
		st = ledger_commit(writer.ledger, f);
	if (st != ST_OK)
		batch_undo(before);
	else
		writer_at(round, COMMITTED);
	return st == ST_OK;
}

static void round_undo(int round, struct fault *f)
{
	uint64_t before = writer.last_large;

	(void)!write_batch(round, f);
	batch_undo(before);
	writer_at(round, ROLLED_BACK);
}

/* A file lent while the batch is open, as envelopes have them. */
static void lend(int round, struct fault *f)
{
	AUTO_FD fd = -1;

	if (ledger_spool_file(&fd, writer.ledger, OWNER, 1000u + (unsigned)round, f) != ST_OK ||
		fd_write_all(fd, S("half a par"), f) != ST_OK)
		_exit(8);
	writer_at(round, LENT);
}

/* Never returns, and never closes in order unless unharmed. */
static void writer_run(int reports, const struct grief *grief)
{
	struct fault f = { 0 };

	setenv("CMOCKA_TEST_ABORT", "1", 1); /* a failed check ends the writer, not a test */
	writer.grief = *grief;
	writer.reports = reports;
	disk_watch(writer_before, writer_after);
	if (ledger_open(&writer.ledger, digest_sha256, &f) != ST_OK)
		grief->code ? die_now() : _exit(9);
	report(OPENED);
	for (int round = 0; round < ROUNDS; round++) {
		lend(round, &f);
		if (round == UNDONE)
			round_undo(round, &f);
		if (round_write(round, &f))
			report((char)round);
	}
	if (grief->code && writer.ops > grief->op)
		die_now(); /* what a failed commit left in the log must do no harm either */
	ledger_close(writer.ledger);
	_exit(0);
}

/* --- who opens the ledger next --- */

struct outcome {
	bool opened, reported[ROUNDS];
	bool finished; /* came to its end by itself */
};

static void outcome_note(struct outcome *o, char report)
{
	if (report == OPENED)
		o->opened = true;
	else if (report >= 0 && report < ROUNDS)
		o->reported[(int)report] = true;
}

/* Kills it when so many reports were read; FINISHED: never.  What it said until then counts. */
static void reports_read(struct outcome *o, int fd, pid_t child, int kill_after)
{
	char report;
	ssize_t n;

	if (kill_after == 0)
		kill(child, SIGKILL);
	while ((n = read(fd, &report, 1)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		assert_int_equal(n, 1);
		outcome_note(o, report);
		if (--kill_after == 0)
			kill(child, SIGKILL);
	}
}

static struct outcome write_until(const struct grief *grief, int kill_after)
{
	struct outcome o = { 0 };
	int ends[2], how;

	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(ends[0]);
		writer_run(ends[1], grief);
	}
	close(ends[1]);
	reports_read(&o, ends[0], child, kill_after);
	close(ends[0]);
	assert_int_equal(waitpid(child, &how, 0), child);
	o.finished = WIFEXITED(how);
	if (WIFEXITED(how) ? WEXITSTATUS(how) != 0 : WTERMSIG(how) != SIGKILL)
		fail_msg("the writer ended with %d", how);
	return o;
}

struct found {
	const char *name;
	unsigned kinds[ROUNDS]; /* bits */
	enum delivery large[ROUNDS];
	uint64_t rows[ROUNDS][KINDS];
	int files;
};

static bool id_is(const struct ledger_message *m, int round, int kind)
{
	char id[32];

	(void)draft_of(id, round, kind);
	return slice_eq(m->message_id, slice_str(id));
}

static void found_row(void *context, const struct ledger_message *m)
{
	struct found *found = context;

	for (int i = 0; i < ROUNDS * KINDS; i++) {
		int round = i / KINDS, kind = i % KINDS;
		if (!id_is(m, round, kind))
			continue;
		if (found->kinds[round] & 1u << kind)
			fail_msg("%s: %.*s is there twice", found->name, SLICE_FMT(m->message_id));
		found->kinds[round] |= 1u << kind;
		found->rows[round][kind] = m->row;
		found->files += kinds[kind].size > LEDGER_INLINE_MAX && kind != IN_REJECTED;
		if (kind == OUT_LARGE)
			found->large[round] = m->state;
		return;
	}
	fail_msg("%s: nobody wrote %.*s", found->name, SLICE_FMT(m->message_id));
}

static void expect_round_whole(const struct found *found, struct ledger *l, int round)
{
	char id[32];

	for (int kind = 0; kind < IN_REJECTED; kind++) {
		struct draft d = draft_of(id, round, kind);
		expect_whole(l, found->rows[round][kind], &d);
	}
}

/* The receipt of the round before came with this one. */
static void expect_settled(const struct found *found, int round)
{
	bool next = round + 1 < ROUNDS && found->kinds[round + 1];

	if (found->large[round] != (next ? DELIVERY_DELIVERED : DELIVERY_READY))
		fail_msg("%s: the large message of round %d is %s", found->name, round,
			delivery_name(found->large[round]));
}

static void expect_rounds(
	const struct found *found, struct ledger *l, const struct outcome *o, bool in_order)
{
	unsigned unreported = 0;

	for (int round = 0; round < ROUNDS; round++) {
		unsigned got = found->kinds[round];
		if (got != 0 && got != (1u << KINDS) - 1)
			fail_msg("%s: of round %d only %x is there", found->name, round, got);
		if (o->reported[round] && !got)
			fail_msg("%s: round %d was reported and is lost", found->name, round);
		if (!got)
			continue;
		unreported += !o->reported[round];
		expect_round_whole(found, l, round);
		if (in_order)
			expect_settled(found, round);
	}
	/* Killed between the commit and its report, it holds and nobody knows. */
	if (in_order && unreported > 1)
		fail_msg("%s: %u rounds nobody reported", found->name, unreported);
}

/* The ledger goes on from there. */
static void expect_writable(struct ledger *l, const char *name)
{
	const struct draft d = { "afterwards", .size = LARGE };
	struct fault f = { 0 };
	bool repeated;
	uint64_t row;

	expect_fault(name, ledger_begin(l, &f), &f, ST_OK, NULL);
	expect_fault(name, draft_submit(&row, &repeated, l, &d, &f), &f, ST_OK, NULL);
	expect_fault(name, ledger_commit(l, &f), &f, ST_OK, NULL);
	expect_whole(l, row, &d);
}

static void expect_recovered(const char *name, const struct outcome *o, bool in_order)
{
	struct ledger_filter all = { .limit = 1000 };
	struct found found = { .name = name };
	AUTO(ledger) l = NULL;
	struct fault f = { 0 };

	expect_fault(name, ledger_open(&l, digest_sha256, &f), &f, ST_OK, NULL);
	expect_fault(name, ledger_list(l, &all, found_row, &found, &f), &f, ST_OK, NULL);
	expect_rounds(&found, l, o, in_order);
	if (spool_files() != found.files)
		fail_msg("%s: %d files for %d large messages", name, spool_files(), found.files);
	expect_writable(l, name);
}

/* --- the tests --- */

static void unharmed_it_writes_everything(void **state)
{
	struct outcome o = write_until(&unharmed, FINISHED);

	(void)state;
	assert_true(o.opened && o.finished);
	for (int round = 0; round < ROUNDS; round++)
		assert_true(o.reported[round]);
	expect_recovered("unharmed", &o, true);
}

static const char *const points[POINTS] = {
	[LENT] = "a file is lent",
	[BEGUN] = "the batch is open",
	[HALF_WRITTEN] = "half the batch is written",
	[WRITTEN] = "the batch is written",
	[ROLLED_BACK] = "the batch is undone",
	[COMMITTED] = "it is committed and nobody told",
};

static void killed_between_two_steps(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS * POINTS; i++) {
		struct grief grief = { i / POINTS, (enum point)(i % POINTS), .op = -1 };

		if (grief.point == ROLLED_BACK && grief.round != UNDONE)
			continue;
		struct outcome o = write_until(&grief, FINISHED);
		assert_true(o.opened && !o.finished);
		expect_recovered(points[grief.point], &o, true);
		house_clear();
	}
}

static void killed_when_a_report_was_read(void **state)
{
	(void)state;
	for (int n = 0; n <= ROUNDS; n++) {
		struct outcome o = write_until(&unharmed, n);
		expect_recovered("read", &o, true);
		house_clear();
	}
}

/* Sanitizers make a process slow to start: there every third operation will do. */
static int stride(void)
{
	return getenv("TIELINE_SANITIZED") ? 3 : 1;
}

/* From the first write of a new file to the last of its closing. */
static void killed_at_any_operation_of_the_disk(void **state)
{
	struct outcome o = { 0 };
	char name[64];

	(void)state;
	for (int op = 0; !o.finished; op += stride()) {
		struct grief grief = { .round = -1, .op = op };
		snprintf(name, sizeof(name), "killed at operation %d", op);
		o = write_until(&grief, FINISHED);
		expect_recovered(name, &o, true);
		house_clear();
	}
}

/* Killed again while it repairs what the first end left. */
static void killed_twice(void **state)
{
	struct outcome o, second = { 0 };

	(void)state;
	for (int op = 0; !second.opened; op++) {
		struct grief first = { .round = ROUNDS - 1, .point = WRITTEN, .op = -1 };
		struct grief again = { .round = 0, .point = LENT, .op = op };
		o = write_until(&first, FINISHED);
		second = write_until(&again, FINISHED);
		expect_recovered("killed twice", &o, true);
		house_clear();
	}
}

static const struct {
	const char *name;
	int code;
	bool for_good;
} failures[] = {
	{ "one sync fails", SQLITE_IOERR_FSYNC, false },
	{ "syncs fail from then on", SQLITE_IOERR_FSYNC, true },
	{ "one write finds the disk full", SQLITE_FULL, false },
	{ "the disk is full from then on", SQLITE_FULL, true },
	{ "one write fails", SQLITE_IOERR_WRITE, false },
	{ "writes fail from then on", SQLITE_IOERR_WRITE, true },
};

static void failure_sweep(const char *name, int code, bool for_good)
{
	struct outcome o = { 0 };
	char at[96];

	for (int op = 0; !o.finished; op += stride()) {
		struct grief grief = { .round = -1, .op = op, .code = code, .for_good = for_good };

		snprintf(at, sizeof(at), "%s, at operation %d", name, op);
		o = write_until(&grief, FINISHED);
		expect_recovered(at, &o, false);
		house_clear();
	}
}

static void a_failing_disk_loses_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(failures); i++)
		failure_sweep(failures[i].name, failures[i].code, failures[i].for_good);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, house_enter, house_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(unharmed_it_writes_everything),
		IN_HOUSE(killed_between_two_steps),
		IN_HOUSE(killed_when_a_report_was_read),
		IN_HOUSE(killed_at_any_operation_of_the_disk),
		IN_HOUSE(killed_twice),
		IN_HOUSE(a_failing_disk_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
