/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of a message, cut by a child: where each lies, which is meant, under what names
 * they are saved.
 */
#include "exchange_expect.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/parts.h"

/* cmocka has a macro of that name. */
#pragma push_macro("fail")
#undef fail
#include "cli/cli.h"
#pragma pop_macro("fail")

/* main.c's, which is part of the program only. */
int (fail)(const struct fault *f, const char *what_to_do)
{
	fprintf(stderr, "%s%s\n", f->text, what_to_do ? what_to_do : "");
	return EXIT_HOST;
}

int fail_with(enum exit_code code, const char *format, ...)
{
	fputs(format, stderr);
	return (int)code;
}

#define ROOM 4096
#define FRONT "in front|" /* of the document, in the same file */
#define ENTITY                                                                              \
	"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/csv\r\n" \
	"Content-Disposition: attachment; filename=\"../a.csv\"\r\n\r\n1,2\r\n--b\r\n"         \
	"Content-Type: application/pdf; name=\"x\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" \
	"JVBERg==\r\n--b\r\nContent-Disposition: attachment; filename=x\r\n\r\n\r\n--b--\r\n"

static char start[] = "/tmp/tieline-parts-XXXXXX";

struct kept {
	struct content content;
	struct parts parts;
};

static void kept_done(struct kept *k)
{
	content_done(&k->content);
	parts_done(&k->parts);
}
DEFINE_AUTO_IN_PLACE(kept)

static enum status kept_read(struct kept *k, const char *type, struct slice document,
	uint64_t more, struct fault *f)
{
	AUTO_IN_PLACE(buf) file = buf_init(ROOM);

	*k = (struct kept){ .content = content_init(), .parts = { .decoded = -1 } };
	buf_put_text(&file, FRONT);
	buf_put(&file, document);
	buf_put_text(&k->content.type, type);
	buf_put_text(&k->content.filename, "one.txt");
	k->content.at = sizeof(FRONT) - 1;
	k->content.n = document.n + more;
	if (memory_file_new(&k->content.fd, "content", buf_slice(&file), f) != ST_OK)
		die("%s", f->text);
	return parts_read(&k->parts, &k->content, f);
}

static void expect_part(const struct kept *k, size_t i, const char *type, const char *name,
	struct slice want)
{
	const struct part *part = &k->parts.list[i];
	AUTO_IN_PLACE(buf) got = buf_init(ROOM);
	struct fault f = { 0 };

	assert_int_equal(part->number, i + 1);
	assert_int_equal(part->is_root, i == 0);
	expect_text("type", part->media_type, type);
	expect_text("name", part->filename, name);
	expect_fault(name,
		fd_read_at(&got, parts_descriptor(&k->parts, part), part->at, part->n, &f), &f,
		ST_OK, NULL);
	expect_slice(name, buf_slice(&got), want);
}

static void several_are_where_it_is_said(void **state)
{
	AUTO_IN_PLACE(kept) k;
	struct fault f = { 0 };

	(void)state;
	expect_fault("read", kept_read(&k, "multipart/related", S(ENTITY), 0, &f), &f, ST_OK, NULL);
	assert_int_equal(k.parts.count, 3);
	expect_part(&k, 0, "text/csv", "a.csv", S("1,2"));
	expect_part(&k, 1, "application/pdf", "x", S("%PDF"));
	expect_part(&k, 2, "application/octet-stream", "x", S(""));
	assert_true(parts_root(&k.parts) == &k.parts.list[0]);
}

static void a_single_one_is_itself(void **state)
{
	AUTO_IN_PLACE(kept) k;
	struct fault f = { 0 };

	(void)state;
	expect_fault("read", kept_read(&k, "text/plain", S(ENTITY), 0, &f), &f, ST_OK, NULL);
	assert_int_equal(k.parts.count, 1);
	expect_part(&k, 0, "text/plain", "one.txt", S(ENTITY));
}

/* What the child says is wrong is wrong here, too, and it is nobody's end. */
static void what_cannot_be_cut_is_said(void **state)
{
	static const struct {
		const char *name;
		struct slice document;
		uint64_t more;
		enum status want;
		const char *code;
	} table[] = {
		{ "nothing", S(""), 0, ST_INPUT, "as2.parts" },
		{ "no multipart", S("Content-Type: a/b\r\n\r\nx"), 0, ST_INPUT, "as2.parts" },
		{ "not closed", S("Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n\r\nx"), 0,
			ST_INPUT, "mime.multipart.unclosed" },
		{ "more than there is", S(ENTITY), 1, ST_HOST, "ledger.corrupt" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(table); i++) {
		AUTO_IN_PLACE(kept) k;
		struct fault f = { 0 };

		expect_fault(table[i].name,
			kept_read(&k, "multipart/related", table[i].document, table[i].more, &f),
			&f, table[i].want, table[i].code);
	}
}

static void one_is_meant(void **state)
{
	static const struct {
		const char *which;
		unsigned number; /* 0: a fault */
		const char *code;
	} table[] = {
		{ "1", 1, NULL }, { "3", 3, NULL }, { "a.csv", 1, NULL },
		{ "0", 0, "message.part.unknown" }, { "4", 0, "message.part.unknown" },
		{ "-1", 0, "message.part.unknown" }, { "", 0, "message.part.unknown" },
		{ "../a.csv", 0, "message.part.unknown" },
		{ "18446744073709551617", 0, "message.part.unknown" },
		{ "x", 0, "message.part.ambiguous" },
	};
	AUTO_IN_PLACE(kept) k;
	struct fault f = { 0 };

	(void)state;
	expect_fault("read", kept_read(&k, "multipart/related", S(ENTITY), 0, &f), &f, ST_OK, NULL);
	for (size_t i = 0; i < COUNT(table); i++) {
		const struct part *part = NULL;
		enum status st = parts_find(&part, &k.parts, table[i].which, &f);

		if ((st == ST_OK) != (table[i].number != 0))
			fail_msg("'%s': %s", table[i].which, status_name(st));
		if (st == ST_OK)
			assert_int_equal(part->number, table[i].number);
		else
			expect_text(table[i].which, f.code, table[i].code);
	}
}

static void they_are_saved_under_names_of_ours(void **state)
{
	static const char *const names[] = { "all/01-a.csv", "all/02-x", "all/03-x" };
	AUTO_IN_PLACE(kept) k;
	struct stat there;
	struct fault f = { 0 };

	(void)state;
	expect_fault("read", kept_read(&k, "multipart/related", S(ENTITY), 0, &f), &f, ST_OK, NULL);
	expect_fault("saved", parts_save(&k.parts, "all", &f), &f, ST_OK, NULL);
	for (size_t i = 0; i < COUNT(names); i++)
		if (lstat(names[i], &there) != 0 || (uint64_t)there.st_size != k.parts.list[i].n)
			fail_msg("%s", names[i]);
	expect_fault("again", parts_save(&k.parts, "all", &f), &f, ST_INPUT, "file.exists");
	/* A link that lies there is nothing to write through, even one to nowhere. */
	assert_int_equal(mkdir("linked", 0777), 0);
	assert_int_equal(symlink("../elsewhere", "linked/01-a.csv"), 0);
	expect_fault("a link", parts_save(&k.parts, "linked", &f), &f, ST_INPUT, "file.exists");
	assert_int_equal(lstat("elsewhere", &there), -1);
	expect_fault("no directory", parts_save(&k.parts, "all/01-a.csv", &f), &f, ST_HOST, NULL);
}

static int go_aside(void **state)
{
	(void)state;
	return !mkdtemp(start) || chdir(start) != 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(several_are_where_it_is_said),
		cmocka_unit_test(a_single_one_is_itself),
		cmocka_unit_test(what_cannot_be_cut_is_said),
		cmocka_unit_test(one_is_meant),
		cmocka_unit_test(they_are_saved_under_names_of_ours),
	};

	return cmocka_run_group_tests_name("parts", tests, go_aside, NULL);
}
