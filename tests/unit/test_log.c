/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: one write, one line, whatever a peer put into the values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"

/* What a call writes to stderr; the caller frees it. */
static char *captured(enum log_level level, const char *event, const struct log_field *fields)
{
	int ends[2], before = dup(STDERR_FILENO);
	char *text = calloc(1, 8192);

	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	log_write(level, event, fields);
	dup2(before, STDERR_FILENO);
	close(before);
	/* One write: all of it is there, and the end of the file. */
	assert_true(read(ends[0], text, 8191) >= 0);
	close(ends[0]);
	return text;
}

static void expect_end(const struct log_field *field, const char *want)
{
	const struct log_field fields[] = { *field, { .kind = LOG_END } };
	char *line = captured(LOG_LEVEL_INFO, "event", fields);
	char *at = strstr(line, "event");

	if (!at || strcmp(at, want) != 0)
		fail_msg("'%s', want '...%s'", line, want);
	free(line);
}

static void test_values(void **state)
{
	static const struct {
		struct log_field field;
		const char *want;
	} table[] = {
		{ LOG_I("n", -5), "event n=-5\n" },
		{ { .key = "k", .kind = LOG_SLICE, .text = { (const uint8_t *)"plain", 5 } },
			"event k=plain\n" },
		{ { .key = "k", .kind = LOG_SLICE, .text = { (const uint8_t *)"two words", 9 } },
			"event k=\"two words\"\n" },
		{ { .key = "k", .kind = LOG_SLICE, .text = { (const uint8_t *)"a=b", 3 } },
			"event k=\"a=b\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		expect_end(&table[i].field, table[i].want);
}

/* Line ends, quotes, escapes for terminals, bytes beyond ASCII, NUL: none gets out as it is. */
static void test_no_value_forges_a_line(void **state)
{
	char hostile[260];

	(void)state;
	for (int i = 0; i < 256; i++)
		hostile[i] = (char)i;
	for (size_t n = 1; n <= 256; n++) {
		const struct log_field fields[] = { LOG_S("k", slice_of(hostile, n)),
			LOG_T("after", "here"), { .kind = LOG_END } };
		char *line = captured(LOG_LEVEL_ERROR, "event", fields);
		size_t length = strlen(line);

		assert_int_equal(line[length - 1], '\n');
		for (size_t i = 0; i + 1 < length; i++)
			assert_true(line[i] >= ' ' && line[i] < 0x7f);
		assert_non_null(strstr(line, " after=here\n"));
		free(line);
	}
}

static void test_long_lines_are_cut(void **state)
{
	static uint8_t much[20000];
	const struct log_field fields[] = { LOG_S("k", slice_of(much, sizeof(much))),
		{ .kind = LOG_END } };

	(void)state;
	memset(much, 'x', sizeof(much));
	char *line = captured(LOG_LEVEL_ERROR, "event", fields);
	assert_true(strlen(line) <= 4096);
	assert_non_null(strstr(line, "..."));
	assert_int_equal(line[strlen(line) - 1], '\n');
	free(line);
}

static void test_level(void **state)
{
	static const struct log_field none[] = { { .kind = LOG_END } };

	(void)state;
	char *line = captured(LOG_LEVEL_DEBUG, "event", none);
	assert_string_equal(line, "");
	free(line);
	line = captured(LOG_LEVEL_INFO, "event", none);
	assert_non_null(strstr(line, "tester"));
	assert_non_null(strstr(line, "event\n"));
	free(line);
}

static int set_up(void **state)
{
	(void)state;
	log_init("tester", LOG_LEVEL_INFO);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_value_forges_a_line),
		cmocka_unit_test(test_long_lines_are_cut),
		cmocka_unit_test(test_level),
	};

	return cmocka_run_group_tests_name("log", tests, set_up, NULL);
}
