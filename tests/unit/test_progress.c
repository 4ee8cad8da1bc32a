/* SPDX-License-Identifier: Apache-2.0 */
/* The bar of large files: on a terminal, which is a pseudo-terminal here, and never in a log. */
#include "exchange_expect.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>

#include "base/clock.h"
#include "captured.h"
#include "cli/progress.h"

#define MIB (UINT64_C(1) << 20)
#define SOON_MS 5000

struct terminal {
	int master, slave;
};

static struct terminal terminal_open(void)
{
	struct terminal t = { .master = posix_openpt(O_RDWR | O_NOCTTY) };
	struct termios raw;

	assert_true(t.master >= 0 && grantpt(t.master) == 0 && unlockpt(t.master) == 0);
	t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
	assert_true(t.slave >= 0 && tcgetattr(t.slave, &raw) == 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(t.slave, TCSANOW, &raw), 0);
	return t;
}

/* What was written before this mark. */
static void terminal_read(struct buf *out, const struct terminal *t)
{
	struct pollfd wait = { .fd = t->master, .events = POLLIN };
	char byte = 0;

	assert_int_equal(write(t->slave, "\n", 1), 1);
	while (poll(&wait, 1, SOON_MS) == 1 && read(t->master, &byte, 1) == 1 && byte != '\n')
		buf_put_u8(out, (uint8_t)byte);
	assert_int_equal(byte, '\n');
}

#define FULL "########################################"
#define HALF "####################                    "
#define EMPTY "                                        "

static const struct {
	const char *name;
	uint64_t total, done;
	const char *want;
} cases[] = {
	{ "a small file is done before anybody looks", 4 * MIB - 1, MIB, "" },
	{ "at the beginning", 4 * MIB, 0, "\r  [" EMPTY "] 0 of 4.0 MiB " },
	{ "in the middle", 4 * MIB, 2 * MIB, "\r  [" HALF "] 2.0 MiB of 4.0 MiB " },
	{ "at the end", 64 * MIB, 64 * MIB, "\r  [" FULL "] 64.0 MiB of 64.0 MiB " },
	{ "a file that grew", 4 * MIB, 6 * MIB, "\r  [" FULL "] 6.0 MiB of 4.0 MiB " },
	{ "a pipe has no end to show", 0, 3 * MIB, "\r  [" EMPTY "] 3.0 MiB " },
};

static void a_terminal_has_a_bar(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) drawn = buf_init(4096);
		struct terminal t = terminal_open();
		struct captured captured;

		captured_begin(&captured, stderr, t.slave);
		struct progress p = progress_start(cases[i].total);
		progress_show(&p, cases[i].done);
		captured_end(&captured);
		terminal_read(&drawn, &t);
		expect_text(cases[i].name, buf_text(&drawn), cases[i].want);
		fd_close(&t.slave);
		fd_close(&t.master);
	}
}

static const struct {
	const char *name;
	uint64_t done;
	bool drawn;
} again[] = {
	{ "at once again", 2 * MIB, false },
	{ "the last piece", 4 * MIB, true },
};

/* As if it had been drawn at this very moment. */
static void it_is_not_drawn_too_often(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(again); i++) {
		AUTO_IN_PLACE(buf) drawn = buf_init(4096);
		struct terminal t = terminal_open();
		struct captured captured;

		captured_begin(&captured, stderr, t.slave);
		struct progress p = progress_start(4 * MIB);
		p.drawn_ns = clock_mono_ns() + 60 * NS_PER_S;
		progress_show(&p, again[i].done);
		captured_end(&captured);
		terminal_read(&drawn, &t);
		if ((drawn.n > 0) != again[i].drawn)
			fail_msg("%s: drew '%s'", again[i].name, buf_text(&drawn));
		fd_close(&t.slave);
		fd_close(&t.master);
	}
}

static void the_end_clears_the_line(void **state)
{
	AUTO_IN_PLACE(buf) drawn = buf_init(4096);
	struct terminal t = terminal_open();
	struct captured captured;

	(void)state;
	captured_begin(&captured, stderr, t.slave);
	struct progress p = progress_start(4 * MIB);
	progress_end(&p);
	captured_end(&captured);
	terminal_read(&drawn, &t);
	expect_text("the end", buf_text(&drawn), "\r\x1b[K");
	fd_close(&t.slave);
	fd_close(&t.master);
}

static void a_log_has_none(void **state)
{
	AUTO_IN_PLACE(buf) written = buf_init(4096);
	AUTO_FD memory = -1;
	struct captured captured;
	struct fault f;

	(void)state;
	assert_int_equal(memory_file_open(&memory, "log", &f), ST_OK);
	captured_begin(&captured, stderr, memory);
	struct progress p = progress_start(64 * MIB);
	progress_show(&p, 64 * MIB);
	progress_end(&p);
	captured_end(&captured);
	captured_read(&written, memory);
	expect_text("a log", buf_text(&written), "");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_terminal_has_a_bar),
		cmocka_unit_test(it_is_not_drawn_too_often),
		cmocka_unit_test(the_end_clears_the_line),
		cmocka_unit_test(a_log_has_none),
	};

	return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
