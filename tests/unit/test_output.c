/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What people and programs are shown: tables that stay tables, JSON that stays JSON, whatever the
 * bytes are.
 */
#include "exchange_expect.h"

#include <stdio.h>

#include "base/clock.h"
#include "captured.h"
#include "cli/output.h"
#include "in_child.h"

#define ROWS_MAX 3

/* --- tables --- */

static const struct {
	const char *name;
	const char *rows[ROWS_MAX][2];
	const char *want;
} tables[] = {
	{ "titles alone", { { NULL } }, "ID  NAME\n" },
	{ "narrow cells", { { "1", "a" } }, "ID  NAME\n1   a\n" },
	{ "a wide cell widens its column", { { "12345", "a" }, { "1", "b" } },
		"ID     NAME\n12345  a\n1      b\n" },
	{ "the last column is not padded", { { "1", "a" }, { "2", "a long name" } },
		"ID  NAME\n1   a\n2   a long name\n" },
	{ "empty cells", { { "", "" } }, "ID  NAME\n    \n" },
	{ "two bytes, one column", { { "\u00e9t\u00e9", "a" }, { "abc", "b" } },
		"ID   NAME\n\u00e9t\u00e9  a\nabc  b\n" },
	{ "four bytes, one column", { { "\U0001f50c\U0001f50c\U0001f50c", "a" } },
		"ID   NAME\n\U0001f50c\U0001f50c\U0001f50c  a\n" },
	{ "line ends", { { "a\nb", "c\r" } }, "ID      NAME\na\\x0ab  c\\x0d\n" },
	{ "a tab", { { "a\tb", "" } }, "ID      NAME\na\\x09b  \n" },
	{ "colours", { { "\x1b[31m", "\x1b]0;title\x07" } },
		"ID        NAME\n\\x1b[31m  \\x1b]0;title\\x07\n" },
	{ "DEL",
		{ { "a\x7f"
		    "b",
			"" } },
		"ID      NAME\na\\x7fb  \n" },
	{ "a control of eight bits, in UTF-8",
		{ { "a\xc2\x9b"
		    "31m",
			"" } },
		"ID            NAME\na\\xc2\\x9b31m  \n" },
	{ "a control of eight bits, alone",
		{ { "a\x9b"
		    "31m",
			"" } },
		"ID        NAME\na\\x9b31m  \n" },
	{ "writing turned round", { { "a\u202egpj", "" } },
		"ID                NAME\na\\xe2\\x80\\xaegpj  \n" },
	{ "Latin-1", { { "\xfc\xdf", "" } }, "ID        NAME\n\\xfc\\xdf  \n" },
	{ "a character cut short", { { "\xe2\x82", "x\xe2" } },
		"ID        NAME\n\\xe2\\x82  x\\xe2\n" },
	{ "an overlong slash", { { "\xc0\xaf", "" } }, "ID        NAME\n\\xc0\\xaf  \n" },
};

static void tables_are_aligned_and_clean(void **state)
{
	static const char *const titles[] = { "ID", "NAME" };

	(void)state;
	for (size_t i = 0; i < COUNT(tables); i++) {
		AUTO(table) t = table_new(titles, COUNT(titles));
		AUTO_IN_PLACE(buf) printed = buf_init(4096);
		AUTO_FD memory = -1;
		struct captured captured;
		struct fault f;
		size_t rows = 0;

		for (; rows < ROWS_MAX && tables[i].rows[rows][0]; rows++)
			table_row(t, tables[i].rows[rows]);
		assert_int_equal(memory_file_open(&memory, "table", &f), ST_OK);
		captured_begin(&captured, stdout, memory);
		table_print(t);
		captured_end(&captured);
		captured_read(&printed, memory);
		expect_text(tables[i].name, buf_text(&printed), tables[i].want);
		if (table_rows(t) != rows)
			fail_msg("%s: %zu rows, want %zu", tables[i].name, table_rows(t), rows);
	}
}

/* More rows than the table has room for at first, from cells that change afterwards. */
static void tables_copy_and_grow(void **state)
{
	static const char *const titles[] = { "N" };
	AUTO(table) t = table_new(titles, 1);
	AUTO_IN_PLACE(buf) printed = buf_init(8192), want = buf_init(8192);
	AUTO_FD memory = -1;
	struct captured captured;
	struct fault f;
	char cell[16];

	(void)state;
	buf_put_text(&want, "N\n");
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(cell, sizeof(cell), "%u", i);
		table_row(t, (const char *[]){ cell });
		buf_putf(&want, "%u\n", i);
	}
	assert_int_equal(memory_file_open(&memory, "table", &f), ST_OK);
	captured_begin(&captured, stdout, memory);
	table_print(t);
	captured_end(&captured);
	captured_read(&printed, memory);
	expect_slice("1000 rows", buf_slice(&printed), buf_slice(&want));
}

/* --- sizes --- */

static const struct {
	const char *name;
	struct slice in, want;
} words[] = {
	{ "nothing", S(""), S("") },
	{ "a letter", S("St\\xc3\\xb6rung"), S("St\xc3\xb6rung") },
	{ "several", S("\\xf0\\x9f\\x98\\x80\\xc3\\xb6"), S("\xf0\x9f\x98\x80\xc3\xb6") },
	{ "what is no character", S("\\xc3x"), S("\\xc3x") },
	{ "half of one behind one", S("\\xc3\\xb6\\xc3"), S("\xc3\xb6\\xc3") },
	{ "an overlong form", S("\\xc0\\x9b"), S("\\xc0\\x9b") },
	{ "an escape", S("\\x1b[2J"), S("\\x1b[2J") },
	{ "C1", S("\\xc2\\x9b"), S("\\xc2\\x9b") },
	{ "what turns the line around", S("\\xe2\\x80\\xae"), S("\\xe2\\x80\\xae") },
	{ "no digits", S("C:\\xyz\\x4"), S("C:\\xyz\\x4") },
};

static void words_of_faults_are_for_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(64);

		fault_words_put(&out, words[i].in);
		if (!slice_eq(buf_slice(&out), words[i].want))
			fail_msg("%s: %.*s", words[i].name, SLICE_FMT(buf_slice(&out)));
	}
}

static const struct {
	const char *name;
	uint64_t bytes;
	const char *want;
} sizes[] = {
	{ "nothing", 0, "0" },
	{ "the last without a unit", 1023, "1023" },
	{ "the first with one", 1024, "1.0 KiB" },
	{ "halves", 1536, "1.5 KiB" },
	{ "64 KiB", 65536, "64.0 KiB" },
	{ "one MiB", UINT64_C(1) << 20, "1.0 MiB" },
	{ "one GiB", UINT64_C(1) << 30, "1.0 GiB" },
	{ "one TiB", UINT64_C(1) << 40, "1.0 TiB" },
	{ "no unit above", UINT64_C(1) << 50, "1024.0 TiB" },
	{ "the largest there is", UINT64_MAX, "16777216.0 TiB" },
};

static void sizes_have_a_unit(void **state)
{
	char out[SIZE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++)
		expect_text(sizes[i].name, size_format(out, sizes[i].bytes), sizes[i].want);
}

/* --- JSON --- */

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static const struct {
	const char *name;
	struct slice in, want;
} texts[] = {
	{ "nothing", S(""), S("") },
	{ "ASCII", S("plain"), S("plain") },
	{ "quotes and backslashes", S("a\"b\\c"), S("a\"b\\c") },
	{ "UTF-8", S("\u00fcml\u00e4ut \u96fb\u529b \U0001f50c"),
		S("\u00fcml\u00e4ut \u96fb\u529b \U0001f50c") },
	{ "control bytes", S("a\nb\x1b\x7f"), S("a\nb\x1b\x7f") },
	{ "NUL", S("a\0b"), S("a\0b") },
	{ "Latin-1",
		S("\xfc"
		  "ber"),
		S(BAD "ber") },
	{ "a lone continuation", S("a\x80z"), S("a" BAD "z") },
	{ "cut short", S("ab\xe2\x82"), S("ab" BAD BAD) },
	{ "overlong", S("\xc0\xaf"), S(BAD BAD) },
	{ "half a pair", S("\xed\xa0\x80"), S(BAD BAD BAD) },
	{ "beyond Unicode", S("\xf5\x80\x80\x80"), S(BAD BAD BAD BAD) },
	{ "FF", S("\xff"), S(BAD) },
	{ "a good character beside a bad byte", S("\u00e9\xff"), S(BAD BAD BAD) },
	{ "a control byte beside a bad one", S("\n\xff"), S(BAD BAD) },
};

/* As another program reads it: written, and parsed again. */
static json_t *read_back(json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY);
	json_t *again = text ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;

	free(text);
	json_decref(value);
	return again;
}

static void text_stays_json(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		json_t *got = read_back(json_slice(texts[i].in));

		if (!json_is_string(got))
			fail_msg("%s: it does not read back", texts[i].name);
		expect_slice(texts[i].name,
			slice_of(json_string_value(got), json_string_length(got)), texts[i].want);
		json_decref(got);
	}
}

static void times_are_text_or_null(void **state)
{
	json_t *none = json_time(0), *some = json_time(NS_PER_MS * 1234);

	(void)state;
	assert_true(json_is_null(none));
	expect_text("1.234 s", json_string_value(some), "1970-01-01T00:00:01.234Z");
	json_decref(none);
	json_decref(some);
}

/* --- messages --- */

static const uint8_t digest[DIGEST_SIZE] = { 0xab, [DIGEST_SIZE - 1] = 0x01 };

static struct verb_message delivered(void)
{
	return (struct verb_message){
		.direction = MESSAGE_OUT,
		.state = DELIVERY_DELIVERED,
		.area = AREA_BILLING,
		.attempts = 2,
		.size = 5000000000,
		.partner = S("829517388"),
		.message_id = S("a@b"),
		.media_type = S("text/plain"),
		.filename = S("\u00fc.txt"),
		.digest = slice_of(digest, sizeof(digest)),
		.mic = S("abc=, sha-256"),
		.created_ns = NS_PER_S,
		.deadline_ns = 2 * NS_PER_S,
		.settled_ns = 3 * NS_PER_S,
		.receipt_ns = 4 * NS_PER_S,
	};
}

/* "null" stands for null, numbers for themselves. */
static void expect_member(const char *name, const json_t *object, const char *key, const char *want)
{
	const json_t *value = json_object_get(object, key);
	char number[24];

	if (!value)
		fail_msg("%s: %s is missing", name, key);
	snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
	expect_text(name,
		json_is_null(value)              ? "null"
			: json_is_integer(value) ? number
						 : json_string_value(value),
		want);
}

static const struct {
	const char *key, *want;
} members[] = {
	{ "message-id", "a@b" },
	{ "direction", "out" },
	{ "area", "billing" },
	{ "state", "delivered" },
	{ "partner", "829517388" },
	{ "media-type", "text/plain" },
	{ "filename", "\u00fc.txt" },
	{ "documents", "null" },
	{ "size", "5000000000" },
	{ "sha256", "ab00000000000000000000000000000000000000000000000000000000000001" },
	{ "attempts", "2" },
	{ "created", "1970-01-01T00:00:01.000Z" },
	{ "deadline", "1970-01-01T00:00:02.000Z" },
	{ "settled", "1970-01-01T00:00:03.000Z" },
	{ "received-by-partner", "1970-01-01T00:00:04.000Z" },
	{ "receipt", "signed" },
	{ "our-receipt", "null" },
	{ "mic", "abc=, sha-256" },
	{ "fault", "null" },
	{ "flag", "null" },
};

/* A contract with scripts: these names, and no other. */
static void a_message_has_these_members(void **state)
{
	struct verb_message m = delivered();
	json_t *object = json_message(&m);

	(void)state;
	for (size_t i = 0; i < COUNT(members); i++)
		expect_member(members[i].key, object, members[i].key, members[i].want);
	assert_int_equal(json_object_size(object), COUNT(members));
	json_decref(object);
}

static void a_fault_is_an_object(void **state)
{
	struct verb_message m = delivered();

	(void)state;
	m.state = DELIVERY_REFUSED;
	m.code = S("agreement.area");
	m.text = S("the partner answered: no\xff");
	json_t *object = json_message(&m);
	const json_t *fault = json_object_get(object, "fault");
	expect_member("code", fault, "code", "agreement.area");
	expect_member("text", fault, "text", "the partner answered: no" BAD);
	expect_member("no flag", object, "flag", "null");
	json_decref(object);
}

/* What was accepted all the same must not look like a failure to programs. */
static void a_flag_is_no_fault(void **state)
{
	static const enum delivery accepted[] = { DELIVERY_DELIVERED, DELIVERY_RECEIVED };

	(void)state;
	for (size_t i = 0; i < COUNT(accepted); i++) {
		struct verb_message m = delivered();

		m.state = accepted[i];
		m.code = S("cert.tolerated");
		m.text = S("ended");
		json_t *object = json_message(&m);
		expect_member("no fault", object, "fault", "null");
		expect_member("code", json_object_get(object, "flag"), "code", "cert.tolerated");
		json_decref(object);
	}
}

static const struct {
	const char *name;
	struct verb_message message;
	const char *key, *want;
} odd[] = {
	{ "inbound", { .direction = MESSAGE_IN }, "direction", "in" },
	{ "a receipt of ours on its way", { .direction = MESSAGE_IN, .owed = DELIVERY_DEFERRED },
		"our-receipt", "deferred" },
	{ "a receipt of ours in the answer", { .direction = MESSAGE_IN, .owed = DELIVERIES },
		"our-receipt", "null" },
	{ "no receipt of ours for what we sent", { .direction = MESSAGE_OUT }, "our-receipt",
		"null" },
	{ "an area of a later release", { .area = AREAS }, "area", "?" },
	{ "a state of a later release", { .state = DELIVERIES }, "state", "?" },
	{ "a state out of all range", { .state = UINT32_MAX }, "state", "?" },
	{ "no times yet", { .size = 1 }, "settled", "null" },
	{ "no digest", { .size = 1 }, "sha256", "" },
	{ "a rejected one has no document",
		{ .direction = MESSAGE_IN,
			.state = DELIVERY_REJECTED,
			.digest = { digest, sizeof(digest) } },
		"sha256", "null" },
	{ "a broken file name", { .filename = S("\xff.txt") }, "filename", BAD ".txt" },
};

static void odd_messages_are_shown_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		json_t *object = json_message(&odd[i].message);

		expect_member(odd[i].name, object, odd[i].key, odd[i].want);
		json_decref(object);
	}
}

/* --- what is no JSON --- */

static int null_print(void *context)
{
	(void)context;
	json_print(NULL);
	return 0;
}

static int null_print_line(void *context)
{
	(void)context;
	json_print_line(NULL);
	return 0;
}

static void an_answer_that_is_none_is_a_bug(void **state)
{
	(void)state;
	assert_true(aborts(null_print, NULL));
	assert_true(aborts(null_print_line, NULL));
}

static void a_path_is_text_whatever_its_bytes(void **state)
{
	json_t *plain = json_path("d/K\u00f6ln.json"), *other = json_path("d/bad\xff.json");

	(void)state;
	expect_text("UTF-8", json_string_value(plain), "d/K\u00f6ln.json");
	expect_text("any bytes", json_string_value(other), "d/bad\ufffd.json");
	json_decref(plain);
	json_decref(other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_that_is_none_is_a_bug),
		cmocka_unit_test(a_path_is_text_whatever_its_bytes),
		cmocka_unit_test(tables_are_aligned_and_clean),
		cmocka_unit_test(tables_copy_and_grow),
		cmocka_unit_test(words_of_faults_are_for_people),
		cmocka_unit_test(sizes_have_a_unit),
		cmocka_unit_test(text_stays_json),
		cmocka_unit_test(times_are_text_or_null),
		cmocka_unit_test(a_message_has_these_members),
		cmocka_unit_test(a_fault_is_an_object),
		cmocka_unit_test(a_flag_is_no_fault),
		cmocka_unit_test(odd_messages_are_shown_too),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
