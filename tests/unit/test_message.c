/* SPDX-License-Identifier: Apache-2.0 */
/* Names of messages, parties and types: what is taken, what is refused and where. */
#include "exchange_expect.h"

#include "exchange/message.h"


struct name_case {
	const char *name;
	struct slice in;
	enum status want;
	const char *code;
	uint64_t offset;
};

static void run(enum status (*check)(struct slice, struct fault *), const struct name_case *cases,
	size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct fault f = { 0 };

		expect_fault(
			cases[i].name, check(cases[i].in, &f), &f, cases[i].want, cases[i].code);
		if (f.offset != cases[i].offset)
			fail_msg("%s: offset %d, want %d", cases[i].name, (int)f.offset,
				(int)cases[i].offset);
	}
}

static const struct name_case id_cases[] = {
	{ "ours", S("0192f0c1-7b1e-7c3a-8000-000000000001@007909411"), ST_OK, NULL, 0 },
	{ "other products", S("AS2_4711:a/b=c+d#1@[host]"), ST_OK, NULL, 0 },
	{ "without an at", S("x"), ST_OK, NULL, 0 },
	{ "quotes", S("\"a\"@b"), ST_OK, NULL, 0 },
	{ "empty", S(""), ST_INPUT, "message.id.syntax", 0 },
	{ "blank", S("a b"), ST_INPUT, "message.id.syntax", 1 },
	{ "tab", S("ab\t"), ST_INPUT, "message.id.syntax", 2 },
	{ "line end", S("a\r\nX: y"), ST_INPUT, "message.id.syntax", 1 },
	{ "opening bracket", S("<a@b"), ST_INPUT, "message.id.syntax", 0 },
	{ "closing bracket", S("a@b>"), ST_INPUT, "message.id.syntax", 3 },
	{ "NUL", S("a\0b"), ST_INPUT, "message.id.syntax", 1 },
	{ "DEL", S("a\x7f"), ST_INPUT, "message.id.syntax", 1 },
	{ "above ASCII", S("\xc3\xa9@b"), ST_INPUT, "message.id.syntax", 0 },
};

static void message_ids_are_checked(void **state)
{
	(void)state;
	run(message_id_check, id_cases, COUNT(id_cases));
}

static const struct name_case party_cases[] = {
	{ "digits", S("007909411"), ST_OK, NULL, 0 },
	{ "specials", S("~A.b-C_d:e/f<g>@h"), ST_OK, NULL, 0 },
	{ "one byte", S("a"), ST_OK, NULL, 0 },
	{ "empty", S(""), ST_INPUT, "party.id.syntax", 0 },
	{ "blanks", S("Example Power & Light"), ST_OK, NULL, 0 },
	{ "quotes and backslashes", S("\"a\\b\""), ST_OK, NULL, 0 },
	{ "blank before", S(" a"), ST_INPUT, "party.id.syntax", 0 },
	{ "blank behind", S("a "), ST_INPUT, "party.id.syntax", 0 },
	{ "blanks alone", S("   "), ST_INPUT, "party.id.syntax", 0 },
	{ "tab", S("a\tb"), ST_INPUT, "party.id.syntax", 1 },
	{ "line end", S("a\r\n"), ST_INPUT, "party.id.syntax", 1 },
	{ "NUL", S("\0"), ST_INPUT, "party.id.syntax", 0 },
	{ "DEL", S("a\x7f"), ST_INPUT, "party.id.syntax", 1 },
	{ "above ASCII", S("M\xc3\xbcller"), ST_INPUT, "party.id.syntax", 1 },
};

static void party_ids_are_checked(void **state)
{
	(void)state;
	run(party_id_check, party_cases, COUNT(party_cases));
}

static const struct name_case type_cases[] = {
	{ "json", S("application/json"), ST_OK, NULL, 0 },
	{ "either case", S("Application/EDI-X12"), ST_OK, NULL, 0 },
	{ "suffix", S("application/vnd.x+xml"), ST_OK, NULL, 0 },
	{ "empty", S(""), ST_INPUT, "media-type.syntax", 0 },
	{ "no slash", S("text"), ST_INPUT, "media-type.syntax", 0 },
	{ "no subtype", S("text/"), ST_INPUT, "media-type.syntax", 0 },
	{ "no type", S("/plain"), ST_INPUT, "media-type.syntax", 0 },
	{ "two slashes", S("a/b/c"), ST_INPUT, "media-type.syntax", 0 },
	{ "parameter", S("text/plain;a=b"), ST_INPUT, "media-type.syntax", 0 },
	{ "blank", S("text/ plain"), ST_INPUT, "media-type.syntax", 0 },
	{ "line end", S("text/plain\r\n"), ST_INPUT, "media-type.syntax", 0 },
	{ "quote", S("text/\"plain\""), ST_INPUT, "media-type.syntax", 0 },
	{ "above ASCII", S("text/pl\xc3\xa9"), ST_INPUT, "media-type.syntax", 0 },
};

static void media_types_are_checked(void **state)
{
	(void)state;
	run(media_type_check, type_cases, COUNT(type_cases));
}

static const struct {
	const char *name;
	enum status (*check)(struct slice, struct fault *);
	size_t most;
	const char *code;
	struct slice before;
} limits[] = {
	{ "message id", message_id_check, MESSAGE_ID_MAX, "message.id.length", S("") },
	{ "party id", party_id_check, PARTY_ID_MAX, "party.id.length", S("") },
	{ "media type", media_type_check, MEDIA_TYPE_MAX, "media-type.length", S("a/") },
};

static void lengths_are_limited(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(limits); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(1024);
		struct fault f = { 0 };

		buf_put(&text, limits[i].before);
		put_times(&text, 'x', limits[i].most - text.n);
		expect_fault(
			limits[i].name, limits[i].check(buf_slice(&text), &f), &f, ST_OK, NULL);
		put_times(&text, 'x', 1);
		expect_fault(limits[i].name, limits[i].check(buf_slice(&text), &f), &f, ST_LIMIT,
			limits[i].code);
	}
}

static const struct {
	const char *name;
	struct slice in;
	enum status want;
	struct slice out;
} bracket_cases[] = {
	{ "brackets come off", S("<a@b>"), ST_OK, S("a@b") },
	{ "none is fine", S("a@b"), ST_OK, S("a@b") },
	{ "one pair only", S("<<a@b>>"), ST_INPUT, S("") },
	{ "nothing inside", S("<>"), ST_INPUT, S("") },
	{ "opening only", S("<a@b"), ST_INPUT, S("") },
	{ "closing only", S("a@b>"), ST_INPUT, S("") },
	{ "a lone bracket", S("<"), ST_INPUT, S("") },
	{ "blank behind", S("<a@b> "), ST_INPUT, S("") },
	{ "two ids", S("<a@b><c@d>"), ST_INPUT, S("") },
};

static void brackets_come_off_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bracket_cases); i++) {
		struct slice got = S("untouched");
		struct fault f = { 0 };
		enum status status = message_id_parse(&got, bracket_cases[i].in, &f);

		expect_fault(bracket_cases[i].name, status, &f, bracket_cases[i].want,
			"message.id.syntax");
		expect_slice(bracket_cases[i].name, got,
			status == ST_OK ? bracket_cases[i].out : S("untouched"));
	}
}

static const struct {
	const char *name;
	struct slice party;
	const char *right; /* of the '@' */
} made[] = {
	{ "plain", S("007909411"), "007909411" },
	{ "dots within stay", S("gw.example.com"), "gw.example.com" },
	{ "dots beside every kind of letter", S("z.a.0.9.A.Z"), "z.a.0.9.A.Z" },
	{ "dots at the ends go", S(".a."), "-a-" },
	{ "double dots go", S("a..b"), "a--b" },
	{ "specials go", S("a(b)<c>@d,e;f:g[h]\"i\\"), "a-b--c--d-e-f-g-h--i-" },
	{ "blanks and line ends go", S("a b\r\nc"), "a-b--c" },
	{ "above ASCII goes", S("\xc3\xa9"), "--" },
};

static void new_ids_are_good_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(made); i++) {
		AUTO_IN_PLACE(buf) id = buf_init(MESSAGE_ID_MAX);
		struct slice left, right;
		struct fault f = { 0 };

		message_id_new(&id, made[i].party, INT64_C(1800000000000000000));
		expect_fault(made[i].name, message_id_check(buf_slice(&id), &f), &f, ST_OK, NULL);
		slice_cut(&left, &right, buf_slice(&id), '@');
		assert_int_equal(left.n, 36);
		expect_slice(made[i].name, right, slice_str(made[i].right));
	}
}

static void new_ids_differ_and_fit_the_longest_party(void **state)
{
	AUTO_IN_PLACE(buf) one = buf_init(MESSAGE_ID_MAX);
	AUTO_IN_PLACE(buf) two = buf_init(MESSAGE_ID_MAX);
	AUTO_IN_PLACE(buf) party = buf_init(1024);

	(void)state;
	put_times(&party, 'p', PARTY_ID_MAX);
	message_id_new(&one, buf_slice(&party), 1);
	message_id_new(&two, buf_slice(&party), 1);
	assert_int_equal(one.n, 36 + 1 + PARTY_ID_MAX);
	assert_false(slice_eq(buf_slice(&one), buf_slice(&two)));
}

static void an_answer_is_told_by_its_id(void **state)
{
	AUTO_IN_PLACE(buf) answer = buf_init(MESSAGE_ID_MAX);
	AUTO_IN_PLACE(buf) copy = buf_init(MESSAGE_ID_MAX);
	AUTO_IN_PLACE(buf) other = buf_init(MESSAGE_ID_MAX);

	(void)state;
	message_id_answer(&answer, S("p"), S("0123456789abcdef"));
	message_id_copy(&copy, S("p"), S("0123456789abcdef"));
	message_id_new(&other, S("answer-p"), 1);
	assert_true(message_id_is_answer(buf_slice(&answer)));
	assert_false(message_id_is_answer(buf_slice(&copy)));
	assert_false(message_id_is_answer(buf_slice(&other)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(message_ids_are_checked),
		cmocka_unit_test(party_ids_are_checked),
		cmocka_unit_test(media_types_are_checked),
		cmocka_unit_test(lengths_are_limited),
		cmocka_unit_test(brackets_come_off_once),
		cmocka_unit_test(new_ids_are_good_ids),
		cmocka_unit_test(new_ids_differ_and_fit_the_longest_party),
		cmocka_unit_test(an_answer_is_told_by_its_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
