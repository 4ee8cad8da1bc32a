/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An envelope that asks whether documents agree with the register: what each answer of the ledger
 * means to it, and that it gets the facts it sent.  The ledger is a child that says what it is
 * told.
 */
#include "exchange_expect.h"

#include <event2/event.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "processes/consult.h"

#define PATIENCE_MS 20000
#define ASKED 4711

static const struct {
	const char *name;
	struct verb_consulted answer;
	enum status want; /* of asking */
	enum status against;
	const char *code;
} cases[] = {
	{ "it agrees", { .status = ST_OK }, ST_OK, ST_OK, "" },
	{ "something speaks against it",
		{ .status = ST_AUTH, .code = S("registry.capability"), .text = S("5 > 4"),
			.findings = 2 },
		ST_OK, ST_AUTH, "registry.capability" },
	{ "the disk is busy", { .status = ST_RETRY, .code = S("ledger.full") }, ST_RETRY, ST_OK,
		"ledger.full" },
	{ "the ledger is broken", { .status = ST_HOST, .code = S("facts.malformed") }, ST_HOST,
		ST_OK, "facts.malformed" },
	{ "a verdict without a code", { .status = ST_AUTH }, ST_HOST, ST_OK, "ipc.field" },
	{ "a code without a verdict", { .status = ST_OK, .code = S("registry.order") }, ST_HOST,
		ST_OK, "ipc.field" },
};

/* One packet with its descriptor, as bytes. */
static ssize_t question_read(int socket, uint8_t *bytes, int *fd)
{
	struct iovec io = { bytes, IPC_PACKET_MAX };
	_Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(int))];
	struct msghdr m = { .msg_iov = &io,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct pollfd p = { .fd = socket, .events = POLLIN };

	if (poll(&p, 1, PATIENCE_MS) != 1)
		_exit(1);
	ssize_t n = recvmsg(socket, &m, 0);
	if (n <= 0 || !CMSG_FIRSTHDR(&m))
		_exit(2);
	memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(int));
	return n;
}

/* The child: exits with 0 when it was asked what it should be. */
static void ledger_play(int socket, const struct verb_consulted *answer)
{
	static uint8_t bytes[IPC_PACKET_MAX];
	struct buf out = buf_init(IPC_PACKET_MAX), facts = buf_init(100);
	struct ipc_packet packet;
	struct verb_consult v;
	int fd = -1;
	ssize_t n = question_read(socket, bytes, &fd);

	if (ipc_head_parse(&packet, &verbs, slice_of(bytes, (size_t)n), NULL) != ST_OK ||
		packet.code != VERB_CONSULT || ipc_body_parse(&v, &packet, NULL) != ST_OK)
		_exit(3);
	if (v.direction != MESSAGE_OUT || !slice_eq(v.partner, S("acme")) ||
		!slice_eq(v.message_id, S("<a@b>")) || v.came_ns != 7)
		_exit(4);
	if (fd_read_at(&facts, fd, 0, 5, NULL) != ST_OK || !slice_eq(buf_slice(&facts), S("facts")))
		_exit(5);
	if (write(fd, "x", 1) >= 0) /* it is sealed */
		_exit(6);
	ipc_format(&out, &verbs, VERB_CONSULTED, packet.id, answer);
	_exit(send(socket, out.p, out.n, MSG_NOSIGNAL) == (ssize_t)out.n ? 0 : 7);
}

static void closed(void *context, struct ipc *link, const struct fault *f)
{
	(void)context;
	(void)link;
	(void)f;
}

static void nothing(void *context, struct ipc *link, struct ipc_packet *packet)
{
	(void)context;
	(void)link;
	(void)packet;
}

static void case_try(size_t i)
{
	static const struct ipc_events events = { nothing, closed };
	const struct consultation c = { .direction = MESSAGE_OUT,
		.partner = S("acme"),
		.message_id = S("<a@b>"),
		.came_ns = 7 };
	struct event_base *loop = event_base_new();
	struct fault against = { 0 }, f = { 0 };
	int ends[2], status;

	ipc_pair(ends);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		ledger_play(ends[1], &cases[i].answer);
	AUTO(ipc) link = ipc_new(loop, ends[0], &verbs, ROLE_BIT(ROLE_ENVELOPE),
		ROLE_BIT(ROLE_LEDGER), &events, NULL);
	enum status st = consult_ask(&against, link, ASKED, &c, S("facts"), &f);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0)
		fail_msg("%s: the ledger ended with 0x%x", cases[i].name, (unsigned)status);
	if (st != cases[i].want)
		fail_msg("%s: %s (%s: %s)", cases[i].name, status_name(st), f.code, f.text);
	expect_text(cases[i].name, st == ST_OK ? against.code : f.code, cases[i].code);
	if (st == ST_OK)
		assert_int_equal(against.status, cases[i].against);
	ipc_free(TAKE(link));
	close(ends[1]);
	event_base_free(loop);
}

static void answers_mean_what_they_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		case_try(i);
}

static void without_a_ledger_nobody_can_say(void **state)
{
	const struct consultation c = { .direction = MESSAGE_IN };
	struct fault against, f;

	(void)state;
	expect_fault("no link", consult_ask(&against, NULL, ASKED, &c, S("facts"), &f), &f,
		ST_RETRY, "ipc.closed");
}

static const struct {
	const char *name;
	enum registry_policy policy;
	bool lost;
	enum status want;
	const char *flag;
} quiet[] = {
	{ "the register is not asked", REGISTRY_OFF, false, ST_OK, "" },
	{ "nothing is to be said", REGISTRY_REFUSE, false, ST_OK, "" },
	{ "too much is to be said", REGISTRY_REFUSE, true, ST_LIMIT, "" },
	{ "too much, and flagged", REGISTRY_FLAG, true, ST_OK, "facts.size" },
	{ "too much, and nobody asks", REGISTRY_OFF, true, ST_OK, "" },
};

/* None of these needs the ledger: the process has no link at all. */
static void who_has_nothing_to_ask_asks_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quiet); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(100);
		struct der_facts facts = { .out = &out };
		const struct consultation c = { .policy = quiet[i].policy };
		struct consulted consulted = { .id = 1 };
		struct fault f;

		if (quiet[i].lost)
			fault_set(&facts.lost, ST_LIMIT, "facts.size", "not all of it");
		expect_fault(quiet[i].name, consult(&consulted, NULL, &c, &facts, &f), &f,
			quiet[i].want, "facts.size");
		if (quiet[i].want == ST_OK)
			assert_int_equal(consulted.id, 0);
		expect_text(quiet[i].name, consulted.flag.code, quiet[i].flag);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_mean_what_they_say),
		cmocka_unit_test(without_a_ledger_nobody_can_say),
		cmocka_unit_test(who_has_nothing_to_ask_asks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
