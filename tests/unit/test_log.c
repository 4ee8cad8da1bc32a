/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines: whatever is in a value, it is one line, of printable ASCII, that reads back as what
 * was said; at every length.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/log.h"
#include "captured.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LINE_MAX_BYTES 4096
#define TIME_BYTES 24 /* "2026-11-23T05:14:06.123Z" */
#define FRONT " info edge-1 "

/* The line behind its time and front, without its end. */
static struct slice line_body(struct slice line)
{
	size_t at;
	int64_t ns;

	assert_true(slice_find_byte(&at, line, '\n'));
	assert_int_equal(at, line.n - 1);
	for (size_t i = 0; i < at; i++)
		assert_true(line.p[i] >= 0x20 && line.p[i] < 0x7f);
	assert_int_equal(time_parse(&ns, slice_to(line, TIME_BYTES), NULL), ST_OK);
	assert_true(slice_has_prefix(slice_from(line, TIME_BYTES), S(FRONT)));
	return slice_sub(line, TIME_BYTES + strlen(FRONT), at - TIME_BYTES - strlen(FRONT));
}

/* One value in one field. */
static struct slice logged(struct buf *out, struct slice value)
{
	struct captured c;

	buf_clear(out);
	captured_log_begin(&c);
	log_info("said", LOG_S("v", value));
	captured_log_end(&c, out);
	return line_body(buf_slice(out));
}

/* --- values --- */

static const struct {
	const char *name;
	struct slice in;
	const char *want;
} values[] = {
	{ "a word", S("abc-1.2/3"), "abc-1.2/3" },
	{ "the first and last plain", S("!~"), "!~" },
	{ "nothing", S(""), "\"\"" },
	{ "a blank", S("a b"), "\"a b\"" },
	{ "only a blank", S(" "), "\" \"" },
	{ "a quote", S("a\"b"), "\"a\\\"b\"" },
	{ "a backslash", S("a\\b"), "\"a\\\\b\"" },
	{ "what looks like an escape", S("\\x0a"), "\"\\\\x0a\"" },
	{ "an equals sign", S("a=b"), "\"a=b\"" },
	{ "a line feed", S("\n"), "\"\\x0a\"" },
	{ "a carriage return", S("a\rb"), "\"a\\x0db\"" },
	{ "a tab", S("a\tb"), "\"a\\x09b\"" },
	{ "a NUL and more", S("a\0b"), "\"a\\x00b\"" },
	{ "DEL", S("\x7f"), "\"\\x7f\"" },
	{ "a terminal's escape", S("\x1b]0;x\x07"), "\"\\x1b]0;x\\x07\"" },
	{ "the same in eight bits", S("\x9b" "2J"), "\"\\x9b2J\"" },
	{ "letters beyond ASCII", S("\xc3\xa4"), "\"\\xc3\\xa4\"" },
	{ "a line separator", S("\xe2\x80\xa8"), "\"\\xe2\\x80\\xa8\"" },
	{ "a format", S("%s%n"), "%s%n" },
	{ "a forged line", S("x\n2026-11-23T05:14:06.123Z info edge-1 accepted ok=1"),
		"\"x\\x0a2026-11-23T05:14:06.123Z info edge-1 accepted ok=1\"" },
	{ "a forged field", S("x\" mic=\"ok"), "\"x\\\" mic=\\\"ok\"" },
	{ "a forged field behind a backslash", S("x\\\" mic=ok"), "\"x\\\\\\\" mic=ok\"" },
	{ "a backslash at the end", S("x\\"), "\"x\\\\\"" },
};

static void test_values(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(2 * LINE_MAX_BYTES);

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		struct slice body = logged(&out, values[i].in);
		assert_true(slice_has_prefix(body, S("said v=")));
		if (!slice_eq(slice_from(body, 7), slice_str(values[i].want)))
			fail_msg("%s: %.*s", values[i].name, SLICE_FMT(body));
	}
}

static unsigned hex_of(const uint8_t *digits)
{
	return (unsigned)strtoul((char[]){ (char)digits[0], (char)digits[1], 0 }, NULL, 16);
}

/* What a reader of logfmt makes of a value: it must end where the line ends. */
static size_t value_read(uint8_t *to, struct slice text)
{
	size_t n = 0;

	if (text.p[0] != '"') {
		memcpy(to, text.p, text.n);
		return text.n;
	}
	for (size_t i = 1; i < text.n - 1; i++) {
		assert_int_not_equal(text.p[i], '"');
		if (text.p[i] != '\\') {
			to[n++] = text.p[i];
			continue;
		}
		bool hex = text.p[++i] == 'x';
		to[n++] = hex ? (uint8_t)hex_of(text.p + i + 1) : text.p[i];
		i += hex ? 2 : 0;
	}
	assert_int_equal(text.p[text.n - 1], '"');
	return n;
}

/* Every two bytes after each other come back as they were. */
static void test_every_byte_reads_back(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(2 * LINE_MAX_BYTES);
	uint8_t in[512], back[LINE_MAX_BYTES];

	(void)state;
	for (unsigned step = 1; step < 256; step++) {
		for (unsigned i = 0; i < 512; i++)
			in[i] = (uint8_t)(i * step + i / 256);
		struct slice body = logged(&out, slice_of(in, sizeof(in)));
		assert_int_equal(value_read(back, slice_from(body, 7)), sizeof(in));
		assert_memory_equal(back, in, sizeof(in));
	}
}

static void test_fields(void **state)
{
	const struct fault f = { .code = "a.b", .text = "no \"such\" thing" };
	AUTO_IN_PLACE(buf) out = buf_init(2 * LINE_MAX_BYTES);
	struct captured c;

	(void)state;
	captured_log_begin(&c);
	log_info("event", LOG_T("t", "x"), LOG_T("null", NULL), LOG_S("s", S("a b")),
		LOG_I("i", -7), LOG_I("least", INT64_MIN), LOG_I("most", INT64_MAX), LOG_FAULT(&f));
	captured_log_end(&c, &out);
	struct slice body = line_body(buf_slice(&out));
	assert_true(slice_eq(body, S("event t=x null=\"\" s=\"a b\" i=-7 "
		"least=-9223372036854775808 most=9223372036854775807 fault=a.b "
		"why=\"no \\\"such\\\" thing\"")));
}

static void test_no_fields(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(2 * LINE_MAX_BYTES);
	struct captured c;

	(void)state;
	captured_log_begin(&c);
	log_info("event");
	captured_log_end(&c, &out);
	assert_true(slice_eq(line_body(buf_slice(&out)), S("event")));
}

/* --- length --- */

/* A line that fits is whole; any other is as much of it as there is room for, and says so. */
static void length_try(struct buf *out, size_t n, uint8_t byte, const char *last)
{
	static uint8_t value[2 * LINE_MAX_BYTES];
	AUTO_IN_PLACE(buf) whole = buf_init(10 * LINE_MAX_BYTES);
	struct captured c;

	memset(value, byte, n);
	buf_clear(out);
	captured_log_begin(&c);
	log_info("e", LOG_S("v", slice_of(value, n)), LOG_T("last", last));
	captured_log_end(&c, out);
	struct slice body = line_body(buf_slice(out));
	buf_put_text(&whole, byte == 'a' ? "e v=" : "e v=\"");
	for (size_t i = 0; i < n; i++)
		buf_put_text(&whole, byte == 'a' ? "a" : "\\x0a");
	buf_putf(&whole, "%s last=%s", byte == 'a' ? "" : "\"", last);
	size_t all = TIME_BYTES + strlen(FRONT) + whole.n + 1;
	assert_true(out->n <= LINE_MAX_BYTES);
	if (slice_eq(body, buf_slice(&whole)))
		return;
	/* Three bytes are kept for the mark. */
	if (all <= LINE_MAX_BYTES - 3 || out->n != LINE_MAX_BYTES)
		fail_msg("a line of %zu bytes came as %zu", all, out->n);
	assert_true(slice_eq(slice_from(body, body.n - 3), S("...")));
	assert_true(slice_has_prefix(buf_slice(&whole), slice_to(body, body.n - 3)));
}

static void test_lines_at_every_length(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(2 * LINE_MAX_BYTES);

	(void)state;
	for (size_t n = 4000; n < 4110; n++)
		length_try(&out, n, 'a', "x");
	for (size_t n = 1000; n < 1030; n++)
		for (size_t more = 0; more < 4; more++)
			length_try(&out, n, '\n', &"xxxx"[more]);
	length_try(&out, 8000, 'a', "x");
	length_try(&out, 8000, '\n', "x");
}

/* What comes after the cut may be short enough to fit, and is not taken for its continuation. */
static void test_nothing_behind_the_cut(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(2 * LINE_MAX_BYTES);
	static char value[5000];
	struct captured c;

	(void)state;
	memset(value, 'a', sizeof(value) - 1);
	captured_log_begin(&c);
	log_info("e", LOG_T("v", value), LOG_T("mic", "ok"), LOG_I("n", 1));
	captured_log_end(&c, &out);
	assert_null(strstr(buf_text(&out), "mic"));
	assert_int_equal(out.n, LINE_MAX_BYTES);
}

/* --- who, and from which level on --- */

static const char *const levels[] = { "error", "warning", "info", "debug" };

static void say_all(void)
{
	log_error("e0");
	log_warning("e1");
	log_info("e2");
	log_debug("e3");
}

static void test_levels(void **state)
{
	(void)state;
	for (unsigned least = 0; least < COUNT(levels); least++) {
		AUTO_IN_PLACE(buf) out = buf_init(LINE_MAX_BYTES);
		struct slice rest, line;
		struct captured c;
		char want[64];

		log_init("who", (enum log_level)least);
		captured_log_begin(&c);
		say_all();
		captured_log_end(&c, &out);
		rest = buf_slice(&out);
		for (unsigned i = 0; i <= least; i++) {
			slice_cut(&line, &rest, rest, '\n');
			snprintf(want, sizeof(want), " %s who e%u", levels[i], i);
			assert_true(slice_eq(slice_from(line, TIME_BYTES), slice_str(want)));
		}
		assert_int_equal(rest.n, 0);
	}
}

/* Until a process has said who it is, it is the program, and debugging is off. */
static void test_before_init(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(LINE_MAX_BYTES);
	struct captured c;

	(void)state;
	captured_log_begin(&c);
	say_all();
	captured_log_end(&c, &out);
	assert_non_null(strstr(buf_text(&out), " info tieline e2\n"));
	assert_null(strstr(buf_text(&out), "e3"));
}

static void test_a_long_name_is_cut(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(LINE_MAX_BYTES);
	struct captured c;
	char name[100];

	(void)state;
	memset(name, 'w', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	log_init(name, LOG_LEVEL_INFO);
	captured_log_begin(&c);
	log_info("event");
	captured_log_end(&c, &out);
	const char *who = strstr(buf_text(&out), " info w");
	assert_non_null(who);
	assert_int_equal(strspn(who + 6, "w"), 31);
	assert_string_equal(who + 6 + 31, " event\n");
}

/* --- writing --- */

/* Lines of several processes do not mix only if each is one write: here every write is a packet. */
static void test_a_line_is_one_write(void **state)
{
	AUTO_IN_PLACE(buf) value = buf_init(8000);
	uint8_t packet[2 * LINE_MAX_BYTES];
	struct captured c;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
	memset(buf_extend(&value, 8000), '\n', 8000);
	captured_begin(&c, stderr, ends[0]);
	log_info("short", LOG_I("n", 1));
	log_info("long", LOG_S("v", buf_slice(&value)));
	captured_end(&c);
	ssize_t n = recv(ends[1], packet, sizeof(packet), 0);
	assert_true(n > 0 && packet[n - 1] == '\n' && n < 100);
	assert_int_equal(recv(ends[1], packet, sizeof(packet), 0), LINE_MAX_BYTES);
	assert_int_equal(packet[LINE_MAX_BYTES - 1], '\n');
	assert_int_equal(recv(ends[1], packet, sizeof(packet), 0), -1);
	fd_close(&ends[0]);
	fd_close(&ends[1]);
}

/* --- lines that are held --- */

enum step { HOLD, LET_GO, INFO, WARNING, DEBUG, LONG, NEAR };

static void step_take(enum step step)
{
	AUTO_IN_PLACE(buf) value = buf_init(LINE_MAX_BYTES);

	switch (step) {
	case HOLD: log_hold(true); break;
	case LET_GO: log_hold(false); break;
	case INFO: log_info("i"); break;
	case WARNING: log_warning("w"); break;
	case DEBUG: log_debug("d"); break;
	case LONG: memset(buf_extend(&value, 4000), 'l', 4000); break;
	case NEAR: memset(buf_extend(&value, 1900), 'n', 1900); break;
	}
	if (value.n)
		log_info("v", LOG_S("v", buf_slice(&value)));
}

/* A letter a line, behind its level, and a bar behind each write. */
static void writes_read(struct buf *out, int fd)
{
	char packet[2 * LINE_MAX_BYTES];
	ssize_t n;

	while ((n = recv(fd, packet, sizeof(packet), 0)) > 0) {
		struct slice line, rest = slice_of(packet, (size_t)n);
		assert_true(n <= LINE_MAX_BYTES && packet[n - 1] == '\n');
		while (slice_cut(&line, &rest, rest, '\n') && line.n)
			buf_put(out, slice_from(line, line.n - 1));
		buf_put_text(out, "|");
	}
}

static void test_lines_that_are_held(void **state)
{
	static const struct {
		const char *name;
		enum log_level least;
		enum step steps[8]; /* the first is HOLD, or nothing is held */
		unsigned count;
		const char *want;
	} rows[] = {
		{ "nothing is held at first", LOG_LEVEL_INFO, { INFO, INFO }, 2, "i|i|" },
		{ "nothing before it is let go", LOG_LEVEL_INFO, { HOLD, INFO, INFO }, 3, "" },
		{ "one write", LOG_LEVEL_INFO, { HOLD, INFO, NEAR, INFO, LET_GO }, 5, "ini|" },
		{ "none of nothing", LOG_LEVEL_INFO, { HOLD, LET_GO, LET_GO }, 3, "" },
		{ "and no longer", LOG_LEVEL_INFO, { HOLD, INFO, LET_GO, INFO, INFO }, 5,
			"i|i|i|" },
		{ "a warning waits for nothing", LOG_LEVEL_INFO, { HOLD, INFO, WARNING, INFO }, 4,
			"i|w|" },
		{ "whole lines, as many as fit", LOG_LEVEL_INFO,
			{ HOLD, NEAR, INFO, NEAR, NEAR, LET_GO }, 6, "nin|n|" },
		{ "a long one", LOG_LEVEL_INFO, { HOLD, INFO, LONG, LONG, INFO, LET_GO }, 6,
			"il|li|" },
		{ "not while debug is on", LOG_LEVEL_DEBUG, { HOLD, INFO, DEBUG, INFO }, 4,
			"i|d|i|" },
		{ "nobody asked for it", LOG_LEVEL_WARNING, { HOLD, INFO, WARNING, LET_GO }, 4,
			"w|" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		AUTO_IN_PLACE(buf) got = buf_init(100);
		struct captured c;
		int ends[2];

		assert_int_equal(
			socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
		log_init("edge-1", rows[i].least);
		captured_begin(&c, stderr, ends[0]);
		for (unsigned s = 0; s < rows[i].count; s++)
			step_take(rows[i].steps[s]);
		captured_end(&c);
		writes_read(&got, ends[1]);
		fd_close(&ends[0]);
		fd_close(&ends[1]);
		if (!slice_eq(buf_slice(&got), slice_str(rows[i].want)))
			fail_msg("%s: %s instead of %s", rows[i].name, buf_text(&got),
				rows[i].want);
		captured_log_begin(&c);
		log_hold(false);
		captured_log_end(&c, &got);
	}
}

/* A full disk or a log nobody reads is no reason to stop. */
static void test_a_lost_log_is_no_error(void **state)
{
	struct captured c;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	captured_begin(&c, stderr, fileno(full));
	log_error("lost");
	captured_end(&c);
	fclose(full);
}

static void test_lines_bear_the_time(void **state)
{
	AUTO_IN_PLACE(buf) out = buf_init(LINE_MAX_BYTES);
	int64_t before = clock_utc_ns() / NS_PER_MS, ns;

	(void)state;
	logged(&out, S("x"));
	assert_int_equal(time_parse(&ns, slice_to(buf_slice(&out), TIME_BYTES), NULL), ST_OK);
	assert_true(ns / NS_PER_MS >= before && ns <= clock_utc_ns());
}

static int as_edge(void **state)
{
	(void)state;
	log_init("edge-1", LOG_LEVEL_INFO);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_init), /* the first */
		cmocka_unit_test_setup(test_values, as_edge),
		cmocka_unit_test_setup(test_every_byte_reads_back, as_edge),
		cmocka_unit_test_setup(test_fields, as_edge),
		cmocka_unit_test_setup(test_no_fields, as_edge),
		cmocka_unit_test_setup(test_lines_at_every_length, as_edge),
		cmocka_unit_test_setup(test_nothing_behind_the_cut, as_edge),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_a_long_name_is_cut),
		cmocka_unit_test_setup(test_a_line_is_one_write, as_edge),
		cmocka_unit_test(test_lines_that_are_held),
		cmocka_unit_test_setup(test_a_lost_log_is_no_error, as_edge),
		cmocka_unit_test_setup(test_lines_bear_the_time, as_edge),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
