/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AS2 names as headers have them (RFC 4130 6.2): every printable name comes back as it was, what is
 * out of place is refused, and nothing can leave its quotes.
 */
#include "exchange_expect.h"

#include <stdlib.h>

#include "bindings/as2.h"
#include "bindings/mdn.h"

static const struct {
	const char *name;
	struct slice written;
	struct slice want; /* empty: refused */
	const char *code;
} cases[] = {
	{ "a plain name", S("007909411"), S("007909411"), NULL },
	{ "quotes nobody needs", S("\"a\""), S("a"), NULL },
	{ "a blank in quotes", S("\"Example Power\""), S("Example Power"), NULL },
	{ "a blank without quotes", S("Example Power"), S("Example Power"), NULL },
	{ "case stays", S("\"eXample POWER\""), S("eXample POWER"), NULL },
	{ "an escaped quote", S("\"a \\\"b\\\"\""), S("a \"b\""), NULL },
	{ "an escaped backslash", S("\"a\\\\b\""), S("a\\b"), NULL },
	{ "an escaped backslash at the end", S("\"a\\\\\""), S("a\\"), NULL },
	{ "angle brackets, slashes, dots", S("<../a>;%00$(x)`y`"), S("<../a>;%00$(x)`y`"), NULL },
	{ "nothing", S(""), S(""), "party.id.syntax" },
	{ "nothing in quotes", S("\"\""), S(""), "party.id.syntax" },
	{ "blanks alone", S("\"   \""), S(""), "party.id.syntax" },
	{ "a blank before", S("\" a\""), S(""), "party.id.syntax" },
	{ "a blank behind", S("\"a \""), S(""), "party.id.syntax" },
	{ "one quote", S("\""), S(""), "as2.name" },
	{ "a quote before", S("\"a"), S(""), "as2.name" },
	{ "a quote behind", S("a\""), S(""), "as2.name" },
	{ "a quote inside", S("\"a\"b\""), S(""), "as2.name" },
	{ "a backslash without quotes", S("a\\b"), S(""), "as2.name" },
	{ "an escape of nothing", S("\"a\\\""), S(""), "as2.name" },
	{ "an escape of a letter", S("\"\\a\""), S(""), "as2.name" },
	{ "a tab", S("\"a\tb\""), S(""), "party.id.syntax" },
	{ "a line end", S("\"a\r\nX: y\""), S(""), "party.id.syntax" },
	{ "NUL", S("a\0b"), S(""), "party.id.syntax" },
	{ "above ASCII", S("M\xc3\xbcller"), S(""), "party.id.syntax" },
};

static void names_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct slice got = S("untouched");
		char room[PARTY_ID_MAX];
		struct fault f = { 0 };

		expect_fault(cases[i].name, as2_name_read(&got, room, cases[i].written, &f), &f,
			cases[i].code ? ST_INPUT : ST_OK, cases[i].code);
		expect_slice(cases[i].name, got, cases[i].code ? S("untouched") : cases[i].want);
	}
}

static void every_name_comes_back(void **state)
{
	static const char letters[] = "aZ0 \"\\~!<>/.%";

	(void)state;
	for (size_t n = 1; n <= PARTY_ID_MAX; n++) {
		AUTO_IN_PLACE(buf) name = buf_init(PARTY_ID_MAX);
		AUTO_IN_PLACE(buf) written = buf_init(2 * PARTY_ID_MAX + 2);
		char room[PARTY_ID_MAX];
		struct fault f = { 0 };
		struct slice got;

		for (size_t i = 0; i < n; i++) /* no blank at its ends */
			buf_put_u8(&name,
				(uint8_t)(i == 0 || i + 1 == n
						? 'x'
						: letters[(i * n) % (sizeof(letters) - 1)]));
		as2_name_put(&written, buf_slice(&name));
		assert_int_equal(buf_check(&written, &f), ST_OK);
		expect_fault("again", as2_name_read(&got, room, buf_slice(&written), &f), &f, ST_OK,
			NULL);
		expect_slice("again", got, buf_slice(&name));
	}
}

static void names_are_limited_as_they_are(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		AUTO_IN_PLACE(buf) written = buf_init(4 * PARTY_ID_MAX);
		char room[PARTY_ID_MAX];
		struct fault f = { 0 };
		struct slice got;

		buf_put_u8(&written, '"');
		for (size_t i = 0; i < PARTY_ID_MAX + extra; i++)
			buf_put_text(&written, "\\\"");
		buf_put_u8(&written, '"');
		expect_fault("quotes alone", as2_name_read(&got, room, buf_slice(&written), &f), &f,
			extra ? ST_LIMIT : ST_OK, "party.id.length");
	}
}

static void a_head_has_both_names(void **state)
{
	struct as2_head head;
	struct fault f = { 0 };

	(void)state;
	expect_fault("head",
		as2_head_parse(&head,
			S("AS2-From: \"A \\\"B\\\"\"\r\nAS2-To: \"C\\\\ D\"\r\nMessage-ID: <1@a>\r\n"
			  "Content-Type: x/y\r\n"),
			&f),
		&f, ST_OK, NULL);
	expect_slice("from", head.from, S("A \"B\""));
	expect_slice("to", head.to, S("C\\ D"));
}

static void a_receipt_names_who_reports(void **state)
{
	AUTO_IN_PLACE(buf) type = buf_init(RECEIPT_TYPE_MAX);
	AUTO_IN_PLACE(buf) body = buf_init(RECEIPT_SIZE_MAX);
	AUTO_IN_PLACE(mdn_room) decoded = mdn_room_init();
	const struct mdn_draft draft = { .mdn = { .original_message_id = S("1@a"),
						 .recipient = S("C\\ \"D\""),
						 .disposition = S("processed") },
		.from = S("C\\ \"D\""),
		.to = S("a") };
	char room[PARTY_ID_MAX];
	struct fault f = { 0 };
	struct slice got;
	struct mdn mdn;

	(void)state;
	expect_fault("make", mdn_make(&type, &body, &draft, NULL, &f), &f, ST_OK, NULL);
	expect_fault("open", mdn_open_unsigned(&mdn, &decoded, buf_slice(&type),
		buf_slice(&body), &f), &f, ST_OK, NULL);
	expect_fault("name", as2_name_read(&got, room, mdn.recipient, &f), &f, ST_OK, NULL);
	expect_slice("name", got, S("C\\ \"D\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(every_name_comes_back),
		cmocka_unit_test(names_are_limited_as_they_are),
		cmocka_unit_test(a_head_has_both_names),
		cmocka_unit_test(a_receipt_names_who_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
