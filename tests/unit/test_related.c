/* SPDX-License-Identifier: Apache-2.0 */
/* Several documents in one entity: what is read of each, which is the root, and what is refused. */
#include "exchange_expect.h"

#include "bindings/related.h"

#define ROOM 65536
#define TEXT_MAX 4096
#define RELATED "Content-Type: multipart/related; boundary=b\r\n\r\n"
#define STARTS(id) "Content-Type: multipart/related; boundary=b; start=\"" id "\"\r\n\r\n"

/* "number root type name encoded content", one a line: what was heard. */
static enum status heard(void *context, const struct related_part *part, struct fault *f)
{
	(void)f;
	buf_putf(context, "%u%s %s '%.*s'%s %.*s\n", part->number, part->is_root ? "*" : "",
		part->media_type, SLICE_FMT(part->filename), part->is_encoded ? " =" : "",
		SLICE_FMT(part->content));
	return ST_OK;
}

/* clang-format off */
static const struct {
	const char *name;
	struct slice entity;
	const char *code; /* NULL: good */
	const char *heard;
} cases[] = {
	{ "two, of which the first is the root",
		S(RELATED "--b\r\nContent-Type: Application/EDI-X12; charset=x\r\n\r\nISA\r\n--b\r\nContent-Type: text/plain\r\n\r\nnote\r\n--b--\r\n"),
		NULL, "1* application/edi-x12 '' ISA\n2 text/plain '' note\n" },
	{ "one", S(RELATED "--b\r\n\r\nx\r\n--b--"), NULL, "1* application/octet-stream '' x\n" },
	{ "an empty one", S(RELATED "--b\r\n\r\n\r\n--b--"), NULL, "1* application/octet-stream '' \n" },
	{ "the root is named",
		S(STARTS("<r@x>") "--b\r\nContent-ID: <a@x>\r\n\r\n1\r\n--b\r\nContent-ID: <r@x>\r\n\r\n2\r\n--b--"),
		NULL, "1 application/octet-stream '' 1\n2* application/octet-stream '' 2\n" },
	{ "the root is named without brackets",
		S(STARTS("r@x") "--b\r\n\r\n1\r\n--b\r\nContent-ID: <r@x>\r\n\r\n2\r\n--b--"),
		NULL, "1 application/octet-stream '' 1\n2* application/octet-stream '' 2\n" },
	{ "mixed has no start",
		S("Content-Type: multipart/mixed; boundary=b; start=\"<r@x>\"\r\n\r\n--b\r\n\r\n1\r\n--b--"),
		NULL, "1* application/octet-stream '' 1\n" },
	{ "names in every form, twice, and with a path",
		S(RELATED
		"--b\r\nContent-Disposition: attachment; filename*=UTF-8''b%C3%A4r.x12\r\n\r\n1\r\n"
		"--b\r\nContent-Disposition: attachment; filename=\"=?utf-8?B?YsOkcg==?=.x12\"\r\n\r\n2\r\n"
		"--b\r\nContent-Type: text/plain; name=\"../../etc/passwd\"\r\n\r\n3\r\n"
		"--b\r\nContent-Disposition: attachment; filename\r\n\r\n4\r\n--b--"),
		NULL, "1* application/octet-stream 'b\303\244r.x12' 1\n2 application/octet-stream 'b\303\244r.x12' 2\n"
		"3 text/plain 'passwd' 3\n4 application/octet-stream '' 4\n" },
	{ "encoded ones",
		S(RELATED "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nSVNB\r\n--b\r\n"
		"Content-Transfer-Encoding: Quoted-Printable\r\n\r\na=3Db\r\n--b\r\nContent-Transfer-Encoding: binary\r\n\r\n\r\nx\r\n\r\n--b--"),
		NULL, "1* application/octet-stream '' = ISA\n2 application/octet-stream '' = a=b\n3 application/octet-stream '' \r\nx\r\n\n" },
	{ "text before and behind", S(RELATED "for old readers\r\n--b\r\n\r\nx\r\n--b--\r\nand behind"), NULL, "1* application/octet-stream '' x\n" },
	{ "a mail in it is a document", S(RELATED "--b\r\nContent-Type: message/rfc822\r\n\r\nx\r\n--b--"), NULL, "1* message/rfc822 '' x\n" },
	{ "its own encoding is none", S("Content-Transfer-Encoding: 8bit\r\n" RELATED "--b\r\n\r\nx\r\n--b--"), NULL, "1* application/octet-stream '' x\n" },

	{ "no document", S(RELATED "--b--\r\n"), "as2.parts", NULL },
	{ "a single document", S("Content-Type: text/plain\r\n\r\nx"), "as2.parts", NULL },
	{ "no type", S("\r\n--b\r\n\r\nx\r\n--b--"), "as2.parts", NULL },
	{ "alternatives are no documents", S("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--"), "as2.parts", NULL },
	{ "a multipart within", S(RELATED "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--"), "as2.parts", NULL },
	{ "encoded as a whole", S("Content-Transfer-Encoding: base64\r\n" RELATED "--b\r\n\r\nx\r\n--b--"), "as2.parts", NULL },
	{ "sealed within", S(RELATED "--b\r\nContent-Type: application/pkcs7-mime\r\n\r\nx\r\n--b--"), "as2.layers", NULL },
	{ "no such root", S(STARTS("<r@x>") "--b\r\nContent-ID: <a@x>\r\n\r\n1\r\n--b--"), "as2.parts.root", NULL },
	{ "two roots", S(STARTS("<r@x>") "--b\r\nContent-ID: <r@x>\r\n\r\n1\r\n--b\r\nContent-ID: <r@x>\r\n\r\n2\r\n--b--"), "as2.parts.root", NULL },
	{ "a document with two ids is not the root", S(STARTS("<r@x>") "--b\r\nContent-ID: <r@x>\r\nContent-ID: <r@x>\r\n\r\n1\r\n--b--"), "as2.parts.root", NULL },
	{ "not closed", S(RELATED "--b\r\n\r\nx\r\n"), "mime.multipart.unclosed", NULL },
	{ "no boundary", S("Content-Type: multipart/related\r\n\r\n--b\r\n\r\nx\r\n--b--"), "mime.boundary.missing", NULL },
	{ "another boundary", S(RELATED "--c\r\n\r\nx\r\n--c--"), "mime.boundary.missing", NULL },
	{ "a header without colon", S(RELATED "--b\r\nContent-ID: <a>\r\nContent-Type\r\n\r\nx\r\n--b--"), "mime.header.colon", NULL },
	{ "a document without headers", S(RELATED "--b\r\n{\"a\":1}\r\n--b--"), "as2.parts", NULL },
	{ "headers without a document", S(RELATED "--b\r\nContent-Type: a/b\r\n--b--"), "mime.header.end", NULL },
	{ "two types", S(RELATED "--b\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--"), "mime.header.twice", NULL },
	{ "no type at all", S(RELATED "--b\r\nContent-Type: text\r\n\r\nx\r\n--b--"), "media-type.syntax", NULL },
	{ "broken base64", S(RELATED "--b\r\nContent-Transfer-Encoding: base64\r\n\r\n***\r\n--b--"), "base64.syntax", NULL },
	{ "an unknown encoding", S(RELATED "--b\r\nContent-Transfer-Encoding: x-gzip\r\n\r\nx\r\n--b--"), "mime.encoding", NULL },
};
/* clang-format on */

static void documents_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) scratch = buf_init(ROOM), said = buf_init(TEXT_MAX);
		struct fault f = { 0 };

		buf_put_text(&scratch, "as it was");
		enum status st = related_each(cases[i].entity, &scratch, heard, &said, &f);
		expect_fault(cases[i].name, st, &f, cases[i].code ? ST_INPUT : ST_OK,
			cases[i].code);
		if (cases[i].code)
			continue;
		expect_text(cases[i].name, buf_text(&said), cases[i].heard);
		expect_slice(cases[i].name, buf_slice(&scratch), S("as it was"));
	}
}

static void without_room_nothing_is_decoded(void **state)
{
	AUTO_IN_PLACE(buf) said = buf_init(TEXT_MAX), small = buf_init(2);
	const struct slice entity =
		S(RELATED "--b\r\nContent-Transfer-Encoding: base64\r\n\r\nSVNB\r\n--b--");
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(related_each(entity, NULL, heard, &said, &f), ST_OK);
	expect_text("as it travels", buf_text(&said), "1* application/octet-stream '' SVNB\n");
	expect_fault("too little room", related_each(entity, &small, heard, &said, &f), &f,
		ST_LIMIT, "buffer.full");
}

static enum status refusing(void *context, const struct related_part *part, struct fault *f)
{
	unsigned *calls = context;

	++*calls;
	return part->number < 2 ? ST_OK : fault_set(f, ST_AUTH, "test.no", "not this one");
}

static void whoever_listens_may_refuse(void **state)
{
	const struct slice entity =
		S(RELATED "--b\r\n\r\n1\r\n--b\r\n\r\n2\r\n--b\r\n\r\n3\r\n--b--");
	unsigned calls = 0;
	struct fault f = { 0 };

	(void)state;
	expect_fault("the second", related_each(entity, NULL, refusing, &calls, &f), &f, ST_AUTH,
		"test.no");
	assert_int_equal(calls, 2);
}

static void many_are_bounded(void **state)
{
	(void)state;
	for (unsigned n = RELATED_PARTS_MAX; n <= RELATED_PARTS_MAX + 1; n++) {
		AUTO_IN_PLACE(buf) entity = buf_init(ROOM), said = buf_init(ROOM);
		struct fault f = { 0 };

		buf_put_text(&entity, RELATED);
		for (unsigned i = 0; i < n; i++)
			buf_put_text(&entity, "--b\r\n\r\nx\r\n");
		buf_put_text(&entity, "--b--\r\n");
		enum status st = related_each(buf_slice(&entity), NULL, heard, &said, &f);
		expect_fault("as many as may be", st, &f,
			n > RELATED_PARTS_MAX ? ST_LIMIT : ST_OK, "as2.parts.count");
	}
}

/* What is cut short anywhere is no entity: the last boundary closes it. */
static void cut_at_every_byte(void **state)
{
	const struct slice whole = cases[0].entity;

	(void)state;
	for (size_t n = 0; n + sizeof("--\r\n") <= whole.n; n++) {
		AUTO_IN_PLACE(buf) said = buf_init(TEXT_MAX);

		if (related_each(slice_to(whole, n), NULL, heard, &said, NULL) == ST_OK)
			fail_msg("%zu of %zu bytes", n, whole.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_cut),
		cmocka_unit_test(without_room_nothing_is_decoded),
		cmocka_unit_test(whoever_listens_may_refuse),
		cmocka_unit_test(many_are_bounded),
		cmocka_unit_test(cut_at_every_byte),
	};

	return cmocka_run_group_tests_name("related", tests, NULL, NULL);
}
