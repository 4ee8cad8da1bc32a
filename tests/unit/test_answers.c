/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promise 1: nothing is said before the commit, and after one that failed something else is said to
 * everybody who asked.
 */
#include "exchange_expect.h"

#include "processes/answers.h"
#include "worker.h"

static struct circle circle;
static struct process ledger;
static struct answers *answers;
static int edge, envelope, desk, courier; /* far ends of its links */

/* --- helpers --- */

static int file_holding(const char *text)
{
	struct fault f;
	int fd;

	must(memory_file_new(&fd, "answer", slice_str(text), &f), &f);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int add_receipt(uint64_t id, const char *text)
{
	struct verb_receipt body = {
		.type = S("multipart/signed"), .message_id = S("m1@x"), .at = 3, .n = id
	};
	int fd = file_holding(text);

	answers_add(answers, ROLE_EDGE, 0, VERB_RECEIPT, id, &body, fd);
	return fd;
}

static int add_deliver(uint64_t id)
{
	struct verb_deliver body = {
		.partner = S("sunny"), .message_id = S("m1@x"), .headers = S("A: b\r\n")
	};
	int fd = file_holding("sealed");

	answers_add(answers, ROLE_COURIER, 0, VERB_DELIVER, id, &body, fd);
	return fd;
}

static void add_accepted(uint64_t id)
{
	struct verb_accepted body = { .status = ST_OK, .message_id = S("m2@x"), .row = id };

	answers_add(answers, ROLE_DESK, 0, VERB_ACCEPTED, id, &body, -1);
}

static void expect_silence(void)
{
	static uint8_t bytes[IPC_PACKET_MAX];
	const int ends[] = { edge, envelope, desk, courier };
	struct ipc_packet p;

	for (size_t i = 0; i < COUNT(ends); i++)
		if (worker_heard(&p, bytes, ends[i]))
			fail_msg("heard %s", p.type->name);
}

static void expect_receipt(uint64_t id, const char *text)
{
	uint8_t bytes[IPC_PACKET_MAX];
	AUTO_IN_PLACE(buf) content = buf_init(64);
	struct verb_receipt body;
	struct ipc_packet p;
	struct fault f = { 0 };

	assert_true(worker_heard(&p, bytes, edge));
	assert_true(p.code == VERB_RECEIPT && p.id == id && p.fd >= 0);
	assert_int_equal(ipc_body_parse(&body, &p, &f), ST_OK);
	expect_slice("type", body.type, S("multipart/signed"));
	expect_slice("message id", body.message_id, S("m1@x"));
	assert_true(body.at == 3 && body.n == id);
	assert_int_equal(fd_read_at(&content, p.fd, 0, strlen(text), &f), ST_OK);
	expect_text("content", buf_text(&content), text);
	fd_close(&p.fd);
}

static void expect_try_later(int end, uint64_t id, const struct fault *why)
{
	uint8_t bytes[IPC_PACKET_MAX];
	struct verb_fault body;
	struct ipc_packet p;
	struct fault f = { 0 };

	assert_true(worker_heard(&p, bytes, end));
	if (p.code != VERB_TRY_LATER)
		fail_msg("heard %s", p.type->name);
	assert_true(p.id == id && p.fd == -1);
	assert_int_equal(ipc_body_parse(&body, &p, &f), ST_OK);
	assert_int_equal(body.status, why->status);
	expect_slice("code", body.code, slice_str(why->code));
	expect_slice("text", body.text, slice_str(why->text));
}

static void commit_and_release(void)
{
	answers_commit(answers);
	answers_release(answers);
}

/* --- tests --- */

static void nothing_is_said_before(void **state)
{
	uint8_t bytes[IPC_PACKET_MAX];
	struct ipc_packet p;
	int fd;

	(void)state;
	fd = add_receipt(7, "receipt");
	add_accepted(8);
	answers_release(answers);
	expect_silence();
	assert_int_equal(answers_commit(answers), 2);
	expect_silence();
	assert_true(is_open(fd));
	answers_release(answers);
	assert_int_equal(answers_commit(answers), 0);
	assert_false(is_open(fd));
	expect_receipt(7, "receipt");
	assert_true(worker_heard(&p, bytes, desk) && p.code == VERB_ACCEPTED && p.id == 8);
}

/* The next batch is open while the one before is synced: each has its own end. */
static void batches_end_apart(void **state)
{
	struct fault why;

	(void)state;
	fault_set(&why, ST_RETRY, "ledger.full", "the disk is full");
	add_receipt(1, "first");
	assert_int_equal(answers_commit(answers), 1);
	add_accepted(2);
	answers_withdraw(answers, &why);
	expect_try_later(desk, 2, &why);
	expect_silence();
	add_receipt(3, "second");
	answers_release(answers);
	expect_receipt(1, "first");
	expect_silence();
	commit_and_release();
	expect_receipt(3, "second");
}

static void everything_is_said_once_and_in_order(void **state)
{
	(void)state;
	for (uint64_t id = 1; id <= 20; id++)
		add_receipt(id, id % 2 ? "odd" : "even");
	commit_and_release();
	for (uint64_t id = 1; id <= 20; id++)
		expect_receipt(id, id % 2 ? "odd" : "even");
	commit_and_release();
	expect_silence();
}

/* The body it was promised with may be gone by then. */
static void bodies_are_kept(void **state)
{
	uint8_t bytes[IPC_PACKET_MAX];
	char id[] = "m3@x";
	struct verb_accepted body = { .message_id = slice_str(id) }, heard;
	struct ipc_packet p;
	struct fault f = { 0 };

	(void)state;
	answers_add(answers, ROLE_DESK, 0, VERB_ACCEPTED, 1, &body, -1);
	memset(id, '?', strlen(id));
	memset(&body, 0, sizeof(body));
	commit_and_release();
	assert_true(worker_heard(&p, bytes, desk));
	assert_int_equal(ipc_body_parse(&heard, &p, &f), ST_OK);
	expect_slice("message id", heard.message_id, S("m3@x"));
}

static void a_failed_commit_is_told_to_who_asked(void **state)
{
	struct fault why;
	int receipt, deliver;

	(void)state;
	fault_set(&why, ST_RETRY, "ledger.full", "the disk is full");
	receipt = add_receipt(5, "never");
	deliver = add_deliver(6);
	add_accepted(7);
	answers_add(answers, ROLE_ENVELOPE, 0, VERB_SPOOLED, 8, &(struct verb_empty){ 0 },
		file_holding(""));
	answers_withdraw(answers, &why);
	assert_int_equal(answers_commit(answers), 0);
	expect_try_later(edge, 5, &why);
	expect_try_later(desk, 7, &why);
	expect_try_later(envelope, 8, &why);
	expect_silence(); /* the courier too: nobody asked for a delivery */
	assert_false(is_open(receipt) || is_open(deliver));
}

static void the_longest_reason(void **state)
{
	struct fault why;

	(void)state;
	fault_set(&why, ST_HOST, "ledger.commit", "x");
	memset(why.code, 'c', sizeof(why.code) - 1);
	memset(why.text, 't', sizeof(why.text) - 1);
	why.code[sizeof(why.code) - 1] = why.text[sizeof(why.text) - 1] = '\0';
	add_accepted(1);
	answers_withdraw(answers, &why);
	expect_try_later(desk, 1, &why);
}

/* A delivery starts with the commit. */
static void a_delivery_starts(void **state)
{
	uint8_t bytes[IPC_PACKET_MAX];
	struct verb_deliver body;
	struct ipc_packet p;
	struct fault f = { 0 };

	(void)state;
	add_deliver(9);
	expect_silence();
	commit_and_release();
	assert_true(worker_heard(&p, bytes, courier) && p.code == VERB_DELIVER && p.id == 9 &&
		p.fd >= 0);
	assert_int_equal(ipc_body_parse(&body, &p, &f), ST_OK);
	expect_slice("headers", body.headers, S("A: b\r\n"));
	fd_close(&p.fd);
}

/* A process that is being restarted has no link; the others still hear. */
static void one_that_is_gone_keeps_nobody_waiting(void **state)
{
	struct fault why;
	int lost[2];

	(void)state;
	fault_set(&why, ST_RETRY, "ledger.full", "the disk is full");
	for (unsigned i = 0; i < 2; i++) {
		struct verb_receipt body = { .type = S("x/y"), .message_id = S("m1@x") };

		lost[i] = file_holding("");
		answers_add(answers, ROLE_EDGE, i == 0 ? 5 : WORKERS_MAX, VERB_RECEIPT, 1, &body,
			lost[i]);
	}
	add_receipt(2, "receipt");
	commit_and_release();
	expect_receipt(2, "receipt");
	answers_add(answers, ROLE_EDGE, 5, VERB_SPOOLED, 1, &(struct verb_empty){ 0 },
		file_holding(""));
	add_accepted(2);
	answers_withdraw(answers, &why);
	expect_try_later(desk, 2, &why);
	expect_silence();
	assert_false(is_open(lost[0]) || is_open(lost[1]));
}

/* Whatever the ledger may say fits, with every field as long as it may be. */
static void every_answer_fits(void **state)
{
	static const struct {
		enum role role;
		int *end;
	} peers[] = {
		{ ROLE_EDGE, &edge },
		{ ROLE_ENVELOPE, &envelope },
		{ ROLE_DESK, &desk },
		{ ROLE_COURIER, &courier },
	};
	static uint8_t bytes[IPC_PACKET_MAX], content[IPC_PACKET_MAX];
	static _Alignas(16) uint8_t body[4096];

	(void)state;
	memset(content, 'x', sizeof(content));
	for (unsigned verb = 1; verb < VERBS; verb++)
		for (size_t i = 0; i < COUNT(peers); i++) {
			const struct ipc_type *type = &verbs.types[verb];
			struct ipc_packet p;

			if (!(type->from & ROLE_BIT(ROLE_LEDGER)) ||
				!(type->to & ROLE_BIT(peers[i].role)))
				continue;
			memset(body, 0, sizeof(body));
			for (size_t n = 0; n < type->field_count; n++)
				if (type->fields[n].kind == IPC_BYTES)
					*(struct slice *)(void *)(body + type->fields[n].offset) =
						slice_of(content, type->fields[n].max);
			answers_add(answers, peers[i].role, 0, verb, 1, body,
				type->carries_fd ? file_holding("") : -1);
			commit_and_release();
			if (!worker_heard(&p, bytes, *peers[i].end) || p.code != verb)
				fail_msg("%s to %s is lost", type->name, role_name(peers[i].role));
			fd_close(&p.fd);
		}
	expect_silence();
}

/* --- life --- */

static int ledger_start(void **state)
{
	static const struct process_role role = { .role = ROLE_LEDGER };
	int monitor;

	(void)state;
	circle_make(&circle, "utility");
	monitor = worker_monitor();
	edge = worker_link(monitor, ROLE_EDGE, 0);
	envelope = worker_link(monitor, ROLE_ENVELOPE, 0);
	desk = worker_link(monitor, ROLE_DESK, 0);
	courier = worker_link(monitor, ROLE_COURIER, 0);
	worker_config(monitor, &circle);
	process_init(&ledger, &role);
	answers = answers_new(&ledger);
	return 0;
}

static int ledger_stop(void **state)
{
	(void)state;
	circle_done(&circle);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_said_before),
		cmocka_unit_test(batches_end_apart),
		cmocka_unit_test(everything_is_said_once_and_in_order),
		cmocka_unit_test(bodies_are_kept),
		cmocka_unit_test(a_failed_commit_is_told_to_who_asked),
		cmocka_unit_test(the_longest_reason),
		cmocka_unit_test(a_delivery_starts),
		cmocka_unit_test(one_that_is_gone_keeps_nobody_waiting),
		cmocka_unit_test(every_answer_fits),
	};

	return cmocka_run_group_tests_name("answers", tests, ledger_start, ledger_stop);
}
