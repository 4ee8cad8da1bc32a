/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults: what a peer sent reaches the text escaped and whole escapes only, at every length; and
 * the two ways a process ends itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/fault.h"
#include "child.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* An escape is four bytes: a text may end so far from its limit, not further. */
#define TEXT_SURE (FAULT_TEXT_MAX - 5)

/* --- statuses --- */

static void test_status_names(void **state)
{
	static const char *const want[STATUSES] = { "ok", "more", "none", "input", "auth", "limit",
		"retry", "host" };

	(void)state;
	for (unsigned i = 0; i < STATUSES; i++)
		assert_string_equal(status_name((enum status)i), want[i]);
	assert_string_equal(status_name(STATUSES), "unknown");
	assert_string_equal(status_name((enum status)-1), "unknown");
}

static enum status tried(enum status st, unsigned *beyond)
{
	TRY(st);
	++*beyond;
	return ST_OK;
}

static void test_try_returns_the_same_status(void **state)
{
	unsigned beyond = 0;

	(void)state;
	for (unsigned i = 0; i < STATUSES; i++)
		assert_int_equal(tried((enum status)i, &beyond), i);
	assert_int_equal(beyond, 1);
}

/* --- texts --- */

static const struct {
	const char *name, *raw, *want;
} texts[] = {
	{ "nothing", "", "" },
	{ "plain text", "no such partner", "no such partner" },
	{ "the first and last printable", " ~", " ~" },
	{ "a line feed", "a\nerror forged", "a\\x0aerror forged" },
	{ "a carriage return", "a\rb", "a\\x0db" },
	{ "a tab", "\t", "\\x09" },
	{ "the first byte below", "\x1f", "\\x1f" },
	{ "the first byte above", "\x7f", "\\x7f" },
	{ "a terminal's escape", "\x1b[2J", "\\x1b[2J" },
	{ "letters beyond ASCII", "\xc3\xa4", "\\xc3\\xa4" },
	{ "the largest byte", "\xff", "\\xff" },
	{ "a format", "%s%n%d", "%s%n%d" },
};

static void test_texts_are_printable(void **state)
{
	struct fault f;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(fault_set(&f, ST_INPUT, "a.b.c", "%s", texts[i].raw), ST_INPUT);
		if (strcmp(f.text, texts[i].want) != 0)
			fail_msg("%s: %s", texts[i].name, f.text);
	}
}

/* However many line feeds follow however much text: whole characters and whole escapes. */
static void cut_try(size_t plain, size_t escaped)
{
	char raw[2 * FAULT_TEXT_MAX + 1], want[10 * FAULT_TEXT_MAX];
	size_t n = plain;
	struct fault f;

	memset(raw, 'p', plain);
	memset(raw + plain, '\n', escaped);
	raw[plain + escaped] = '\0';
	memset(want, 'p', plain);
	for (size_t i = 0; i < escaped; i++, n += 4)
		memcpy(want + n, "\\x0a", 4);
	memset(&f, 'z', sizeof(f));
	(void)fault_set(&f, ST_INPUT, "a.b", "%s", raw);
	size_t got = strnlen(f.text, sizeof(f.text));
	assert_true(got < FAULT_TEXT_MAX);
	assert_memory_equal(f.text, want, got);
	assert_true(got == n || got >= TEXT_SURE);
	assert_true(got <= plain || (got - plain) % 4 == 0);
}

static void test_texts_are_cut_between_escapes(void **state)
{
	(void)state;
	for (size_t plain = 0; plain <= FAULT_TEXT_MAX; plain++) {
		cut_try(plain, 0);
		cut_try(plain, 1);
		cut_try(plain, 2);
		cut_try(plain, FAULT_TEXT_MAX);
	}
}

/* Longer than what the formatted text is first written into. */
static void test_the_longest_texts(void **state)
{
	static char raw[5000];
	struct fault f;

	(void)state;
	memset(raw, 'r', sizeof(raw) - 1);
	(void)fault_set(&f, ST_INPUT, "a.b", "%s", raw);
	assert_true(strlen(f.text) >= TEXT_SURE);
	(void)fault_at(&f, ST_INPUT, 1, "a.b", "%s", raw);
	assert_true(strlen(f.text) >= TEXT_SURE);
	for (int n = 1000; n < 1050; n++) {
		errno = ENOSPC;
		(void)fault_errno(&f, ST_INPUT, "a.b", "%.*s", n, raw);
		assert_true(strlen(f.text) >= TEXT_SURE);
	}
}

/* --- the other fields --- */

static void test_every_field_is_filled(void **state)
{
	struct fault f;

	(void)state;
	memset(&f, 'z', sizeof(f));
	enum status st = fault_at(&f, ST_LIMIT, UINT64_MAX, "x12.isa.tag", "%d of %s", 7, "x");
	assert_int_equal(st, ST_LIMIT);
	assert_int_equal(f.status, ST_LIMIT);
	assert_true(f.offset == UINT64_MAX);
	assert_string_equal(f.code, "x12.isa.tag");
	assert_string_equal(f.text, "7 of x");
	/* A fault that was used before says nothing of its past. */
	assert_int_equal(fault_set(&f, ST_AUTH, "b", "c"), ST_AUTH);
	assert_int_equal(f.status, ST_AUTH);
	assert_true(f.offset == 0);
	assert_string_equal(f.code, "b");
	assert_string_equal(f.text, "c");
}

static void test_codes_are_cut(void **state)
{
	char code[FAULT_CODE_MAX + 2];
	struct fault f;

	(void)state;
	for (size_t n = 0; n < sizeof(code); n++) {
		memset(code, 'c', n);
		code[n] = '\0';
		(void)fault_set(&f, ST_INPUT, code, "t");
		assert_int_equal(strlen(f.code), n < FAULT_CODE_MAX ? n : FAULT_CODE_MAX - 1);
		assert_string_equal(f.text, "t");
	}
}

/* A caller adds where it was to what it was told. */
static void test_a_fault_may_quote_itself(void **state)
{
	struct fault f;

	(void)state;
	(void)fault_set(&f, ST_INPUT, "a.b", "line\n");
	(void)fault_set(&f, ST_INPUT, "a.c", "partner: %s", f.text);
	assert_string_equal(f.text, "partner: line\\x0a");
}

static void test_without_a_fault(void **state)
{
	(void)state;
	assert_int_equal(fault_set(NULL, ST_RETRY, "a", "%s", "b"), ST_RETRY);
	assert_int_equal(fault_at(NULL, ST_INPUT, 3, "a", "%s", "b"), ST_INPUT);
	assert_int_equal(fault_errno(NULL, ST_HOST, "a", "%s", "b"), ST_HOST);
}

static void test_errno_is_told(void **state)
{
	char want[FAULT_TEXT_MAX];
	struct fault f;

	(void)state;
	errno = ENOSPC;
	assert_int_equal(fault_errno(&f, ST_RETRY, "host.disk-full", "%s\n", "writing"), ST_RETRY);
	snprintf(want, sizeof(want), "writing\\x0a: %s", strerror(ENOSPC));
	assert_string_equal(f.text, want);
	assert_string_equal(f.code, "host.disk-full");
	assert_int_equal(f.status, ST_RETRY);
	assert_true(f.offset == 0);
}

/* --- ends --- */

static void run_die(void)
{
	die("no room on %s", "/var\n\x1b[0m");
}

static void run_bug(void)
{
	bug("state %d\n", 7);
}

static void run_bug_at(void)
{
	bug_at("x.c", 12, "%s", "why");
}

static void test_die_blames_the_host(void **state)
{
	AUTO_IN_PLACE(buf) err = buf_init(4096);
	int status = child_run(&err, run_die);

	(void)state;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 6);
	assert_string_equal(buf_text(&err), "tieline: no room on /var\\x0a\\x1b[0m\n");
}

static void test_bug_blames_us(void **state)
{
	AUTO_IN_PLACE(buf) err = buf_init(4096);
	int status = child_run(&err, run_bug);
	const char *said = buf_text(&err);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(said, "this is a bug in tieline"));
	assert_non_null(strstr(said, "test_fault.c:"));
	assert_non_null(strstr(said, ": state 7\\x0a\n"));
}

static void test_bug_at_names_the_place(void **state)
{
	AUTO_IN_PLACE(buf) err = buf_init(4096);
	int status = child_run(&err, run_bug_at);

	(void)state;
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_non_null(strstr(buf_text(&err), ": x.c:12: why\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_names),
		cmocka_unit_test(test_try_returns_the_same_status),
		cmocka_unit_test(test_texts_are_printable),
		cmocka_unit_test(test_texts_are_cut_between_escapes),
		cmocka_unit_test(test_the_longest_texts),
		cmocka_unit_test(test_every_field_is_filled),
		cmocka_unit_test(test_codes_are_cut),
		cmocka_unit_test(test_a_fault_may_quote_itself),
		cmocka_unit_test(test_without_a_fault),
		cmocka_unit_test(test_errno_is_told),
		cmocka_unit_test(test_die_blames_the_host),
		cmocka_unit_test(test_bug_blames_us),
		cmocka_unit_test(test_bug_at_names_the_place),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
