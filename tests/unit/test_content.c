/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message's bytes from the desk into a file: what is asked, what is saved, and desks that answer
 * otherwise.
 */
#include "exchange_expect.h"

#include "bindings/mdn.h"
#include "captured.h"
#include "cli/content.h"
#include "fake_desk.h"

/* cmocka has a macro of that name. */
#pragma push_macro("fail")
#undef fail
#include "cli/cli.h"
#pragma pop_macro("fail")

#define FILE_TEXT "front|BODY|behind"
#define BODY_AT 6
#define BODY_N 4

/* main.c's, which is part of the program only. */
int (fail)(const struct fault *f, const char *what_to_do)
{
	fprintf(stderr, "%s (%s)%s\n", f->text, f->code, what_to_do ? what_to_do : "");
	return f->status == ST_RETRY || f->status == ST_HOST ? EXIT_HOST : EXIT_INPUT;
}

int fail_with(enum exit_code code, const char *format, ...)
{
	fputs(format, stderr);
	return (int)code;
}

static int memory_file(const char *text)
{
	struct fault f;
	int fd;

	must(memory_file_new(&fd, "content", slice_str(text), &f), &f);
	return fd;
}

/* --- desks --- */

static void say_content(int client, uint64_t id, uint64_t at, uint64_t n)
{
	struct verb_content body = {
		.at = at, .n = n, .type = S("multipart/report; boundary=\"x\"")
	};

	worker_tell(client, VERB_CONTENT, id, &body, memory_file(FILE_TEXT));
}

static void good(int client, uint64_t id)
{
	say_content(client, id, BODY_AT, BODY_N);
}

static void all_of_it(int client, uint64_t id)
{
	say_content(client, id, 0, sizeof(FILE_TEXT) - 1);
}

static void empty(int client, uint64_t id)
{
	say_content(client, id, 3, 0);
}

static void late_words_first(int client, uint64_t id)
{
	say_content(client, id + 1, 0, 5);
	say_content(client, 0, 0, 5);
	good(client, id);
}

static void unknown(int client, uint64_t id)
{
	struct verb_fault body = { ST_NONE, S("message.unknown"), S("no such message") };

	worker_tell(client, VERB_END, id, &body, -1);
}

static void end_without_fault(int client, uint64_t id)
{
	worker_tell(client, VERB_END, id, &(struct verb_fault){ ST_OK, { 0 }, { 0 } }, -1);
}

static void end_of_nonsense(int client, uint64_t id)
{
	struct verb_fault body = { 4711, S("x.y"), S("\x1b[2J") };

	worker_tell(client, VERB_END, id, &body, -1);
}

static void try_later(int client, uint64_t id)
{
	struct verb_fault body = { ST_RETRY, S("ledger.full"), S("the disk is full") };

	worker_tell(client, VERB_TRY_LATER, id, &body, -1);
}

static void gone(int client, uint64_t id)
{
	(void)client;
	(void)id;
}

static void behind_the_end(int client, uint64_t id)
{
	say_content(client, id, 10, sizeof(FILE_TEXT));
}

static void far_behind_the_end(int client, uint64_t id)
{
	say_content(client, id, UINT64_MAX - 1, 10);
}

/* A body several times as large as that of the fault it was taken for. */
static void a_message(int client, uint64_t id)
{
	static uint8_t large[FAULT_TEXT_MAX];
	struct slice text = slice_of(memset(large, 'x', sizeof(large)), sizeof(large));
	struct verb_message body = { .row = UINT64_MAX,
		.size = UINT64_MAX,
		.direction = ST_RETRY,
		.message_id = slice_to(text, MESSAGE_ID_MAX),
		.mic = slice_to(text, 64),
		.text = text };

	worker_tell(client, VERB_MESSAGE, id, &body, -1);
}

static void a_process(int client, uint64_t id)
{
	worker_tell(client, VERB_PROCESS, id, &(struct verb_process){ .pid = 1 }, -1);
}

static void a_cut_packet(int client, uint64_t id)
{
	static const uint8_t packet[] = { 0, VERB_END, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1,
		7 };

	(void)id;
	assert_int_equal(send(client, packet, sizeof(packet), MSG_NOSIGNAL), sizeof(packet));
}

#define MIME_HEAD "MIME-Version: 1.0\r\nContent-Type: multipart/report; boundary=\"x\"\r\n\r\n"

static const struct {
	const char *name;
	void (*say)(int client, uint64_t id);
	bool with_type;
	int want;
	const char *saved; /* NULL: no file */
	const char *code;  /* on stderr */
} cases[] = {
	{ "a section", good, false, EXIT_DONE, "BODY", "" },
	{ "a section with its type", good, true, EXIT_DONE, MIME_HEAD "BODY", "" },
	{ "all of a file", all_of_it, false, EXIT_DONE, FILE_TEXT, "" },
	{ "an empty section", empty, false, EXIT_DONE, "", "" },
	{ "answers to nobody's questions", late_words_first, false, EXIT_DONE, "BODY", "" },
	{ "no such message", unknown, false, EXIT_INPUT, NULL, "(message.unknown)" },
	{ "an end without content or fault", end_without_fault, false, EXIT_HOST, NULL, "" },
	{ "an end of nonsense", end_of_nonsense, false, EXIT_HOST, NULL, "\\x1b[2J (x.y)" },
	{ "not now", try_later, false, EXIT_HOST, NULL, "(ledger.full)" },
	{ "no answer", gone, false, EXIT_HOST, NULL, "(gateway.closed)" },
	{ "a section that is not all there", behind_the_end, false, EXIT_INPUT, NULL,
		"(file.short)" },
	{ "a section far behind the end", far_behind_the_end, false, EXIT_INPUT, NULL,
		"(file.short)" },
	{ "another kind of answer", a_message, false, EXIT_HOST, NULL, "(gateway.answer)" },
	{ "a smaller kind of answer", a_process, false, EXIT_HOST, NULL, "(gateway.answer)" },
	{ "a packet that is none", a_cut_packet, false, EXIT_INPUT, NULL, "(ipc.field)" },
};

/* In the child: what was asked must be what was wanted. */
static void answer(int client, void *context)
{
	const size_t *i = context;
	uint8_t bytes[IPC_PACKET_MAX];
	struct ipc_packet packet;
	struct verb_get ask;
	struct fault f;

	if (!desk_heard(&packet, bytes, client) || packet.code != VERB_GET ||
		ipc_body_parse(&ask, &packet, &f) != ST_OK ||
		!slice_eq(ask.message_id, S("m1@x")) || ask.partner.n != 0 ||
		ask.content != CONTENT_RECEIPT || ask.in || ask.out)
		_exit(1);
	cases[*i].say(client, packet.id);
}

static int save_captured(struct buf *said, const struct fake_desk *d, const char *id,
	const char *path, bool with_type)
{
	struct arguments a = { .operands = { id },
		.operand_count = 1,
		.values = { d->home, path } }; /* in the order of CONTENT_OPTION_ROWS */
	AUTO_FD to = -1;
	struct captured captured;
	struct fault f;
	int code;

	must(memory_file_open(&to, "stderr", &f), &f);
	captured_begin(&captured, stderr, to);
	code = content_run(&a, CONTENT_RECEIPT, with_type);
	captured_end(&captured);
	captured_read(said, to);
	return code;
}

static void expect_saved(const char *name, const char *path, const char *want)
{
	AUTO_IN_PLACE(buf) got = buf_init(65536);
	struct fault f = { 0 };
	enum status st = file_read(&got, AT_FDCWD, path, &f);

	expect_fault(name, st, &f, want ? ST_OK : ST_NONE, "file.missing");
	if (want)
		expect_text(name, buf_text(&got), want);
	(void)!unlink(path);
}

static void content_case(size_t i)
{
	AUTO_IN_PLACE(buf) said = buf_init(65536);
	struct fake_desk d;
	char path[80];
	int code;

	desk_start(&d, answer, &i);
	snprintf(path, sizeof(path), "%s/saved", d.home);
	code = save_captured(&said, &d, "<m1@x>", path, cases[i].with_type);
	if (code != cases[i].want || !strstr(buf_text(&said), cases[i].code))
		fail_msg("%s: code %d: %s", cases[i].name, code, buf_text(&said));
	assert_true((code == EXIT_DONE) == (said.n == 0));
	expect_saved(cases[i].name, path, cases[i].saved);
	if (!desk_stop(&d)) /* also when a file was left beside */
		fail_msg("%s: asked otherwise, or left something behind", cases[i].name);
}

static void what_the_desk_says_is_saved_or_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		content_case(i);
}

static void without_a_gateway(void **state)
{
	AUTO_IN_PLACE(buf) down = buf_init(65536), missing = buf_init(65536);
	struct fake_desk d, nowhere = { .home = "/nonexistent/home" };

	(void)state;
	desk_home(&d);
	assert_int_equal(save_captured(&down, &d, "m1@x", "/dev/null", false), EXIT_HOST);
	assert_non_null(strstr(buf_text(&down), "(gateway.down)"));
	assert_true(desk_stop(&d));
	assert_int_equal(save_captured(&missing, &nowhere, "m1@x", "/dev/null", false), EXIT_INPUT);
	assert_non_null(strstr(buf_text(&missing), "(home.missing)"));
}

/* Before anybody is asked. */
static void ids_that_are_none(void **state)
{
	static const char *const ids[] = { "", "<>", "a b", "<m1@x", "a\nb", "m\xc3\xb6" };
	struct fake_desk nowhere = { .home = "/nonexistent/home" };

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		AUTO_IN_PLACE(buf) said = buf_init(65536);

		assert_int_equal(
			save_captured(&said, &nowhere, ids[i], "/dev/null", false), EXIT_INPUT);
		assert_non_null(strstr(buf_text(&said), "(message.id."));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_desk_says_is_saved_or_nothing),
		cmocka_unit_test(without_a_gateway),
		cmocka_unit_test(ids_that_are_none),
	};

	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
