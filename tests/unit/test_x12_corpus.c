/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every foreign file has the verdict that its origin states, or docs/x12-verdicts.md has a row that
 * says why not; a verdict that differs without one fails, and so does a row that is not needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "documents/x12/guide_set.h"
#include "x12_files.h"

#define LIST_MAX (1U << 20)
#define ROWS_MAX 200

struct corpus {
	struct buf sources, page;
	struct x12_guide_set guides;
	struct x12_choice choice;
	struct slice rows[ROWS_MAX]; /* of the page: the file, */
	struct slice says[ROWS_MAX]; /* and what stands behind it */
	bool used[ROWS_MAX];
	size_t row_count;
	unsigned files, agreed, wrong;
};

/* --- what the origin states --- */

enum { COLUMN_FILE, COLUMN_EXPECT = 5 };

static struct slice column(struct slice line, unsigned number)
{
	struct slice cell = { 0 }, rest = line;

	for (unsigned i = 0; i <= number; i++)
		slice_cut(&cell, &rest, rest, '\t');
	return cell;
}

/* "valid..." and "parse-ok..." and acknowledgments of others; "invalid..."; NULL: not said. */
static const char *expected_of(struct slice said)
{
	if (slice_has_prefix(said, S("invalid")) || slice_has_prefix(said, S("\"invalid")))
		return "not valid";
	return slice_has_prefix(said, S("unknown")) ? NULL : "valid";
}

static struct slice line_of(const struct corpus *c, const char *path)
{
	struct slice line, rest = buf_slice(&c->sources);

	while (rest.n > 0) {
		slice_cut(&line, &rest, rest, '\n');
		if (slice_eq(column(line, COLUMN_FILE), slice_str(path)))
			return line;
	}
	return (struct slice){ 0 };
}

/* --- the page --- */

static void page_read(struct corpus *c)
{
	static const char *const places[] = { "docs/x12-verdicts.md", "../docs/x12-verdicts.md" };
	struct slice line, rest, file;

	for (size_t i = 0; i < 2 && c->page.n == 0; i++)
		(void)!file_read(&c->page, -100 /* AT_FDCWD */, places[i], NULL);
	assert_true(c->page.n > 0);
	for (rest = buf_slice(&c->page); rest.n > 0;) {
		slice_cut(&line, &rest, rest, '\n');
		if (!slice_has_prefix(line, S("| ")) || slice_has_prefix(line, S("| file ")))
			continue;
		slice_cut(&file, &line, slice_from(line, 2), ' ');
		assert_true(c->row_count < ROWS_MAX);
		c->says[c->row_count] = line;
		c->rows[c->row_count++] = file;
	}
}

/* With these words: "| valid | not valid | x12.se.count |". */
static bool has_row(struct corpus *c, const char *path, const char *expected, const char *ours,
	const char *code)
{
	AUTO_IN_PLACE(buf) words = buf_init(512);

	buf_putf(&words, "| %s | %s | %s |", expected, ours, *code ? code : "-");
	for (size_t i = 0; i < c->row_count; i++)
		if (slice_eq(c->rows[i], slice_str(path)) &&
			slice_has_prefix(c->says[i], buf_slice(&words)))
			return c->used[i] = true;
	return false;
}

/* --- each file --- */

struct first {
	char code[FAULT_CODE_MAX], text[FAULT_TEXT_MAX];
};

static void finding(void *context, const struct x12_finding *f)
{
	struct first *first = context;

	if (f->severity != X12_ERROR || first->code[0])
		return;
	snprintf(first->code, sizeof(first->code), "%s", f->code);
	snprintf(first->text, sizeof(first->text), "%s", f->text);
}

static void judge(void *context, const char *path, struct slice in)
{
	struct corpus *c = context;
	const char *expected = expected_of(column(line_of(c, path), COLUMN_EXPECT)), *ours;
	struct first first = { "", "" };
	struct x12_listener listener = { .context = &first, .finding = finding };
	AUTO(x12_check) check = x12_check_new(c->choice.list, c->choice.count, false, &listener);
	bool agrees;

	if (!expected)
		return;
	x12_check_whole(check, in);
	ours = x12_check_totals(check)->errors > 0 ? "not valid" : "valid";
	agrees = strcmp(expected, ours) == 0;
	c->files++;
	c->agreed += agrees;
	if (agrees != has_row(c, path, expected, ours, first.code))
		return;
	c->wrong++;
	print_error("| %s | %s | %s | %s: %s |\n", path, expected, ours, first.code, first.text);
}

static void every_verdict_is_that_of_its_origin(void **state)
{
	struct corpus *c = alloc_zeroed(1, sizeof(*c));
	int dir = shared_data_open("x12");
	struct fault f;

	(void)state;
	if (dir < 0) {
		free(c);
		skip();
	}
	c->sources = buf_init(LIST_MAX);
	c->page = buf_init(LIST_MAX);
	assert_int_equal(file_read(&c->sources, dir, "SOURCES.tsv", &f), ST_OK);
	close(dir);
	page_read(c);
	x12_guide_set_init(&c->guides);
	assert_int_equal(x12_choice_add_standard(&c->choice, &c->guides, &f), ST_OK);
	x12_files_each(judge, c);
	for (size_t i = 0; i < c->row_count; i++)
		if (!c->used[i]) {
			c->wrong++;
			print_error("needless: %.*s\n", SLICE_FMT(c->rows[i]));
		}
	print_message("%u files, %u agree, %zu rows\n", c->files, c->agreed, c->row_count);
	assert_int_equal(c->wrong, 0);
	assert_true(c->files > 200);
	x12_guide_set_done(&c->guides);
	buf_done(&c->sources);
	buf_done(&c->page);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_is_that_of_its_origin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
