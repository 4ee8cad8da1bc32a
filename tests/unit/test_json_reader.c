/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON that is and is not: what the reader says of each text, event by event, and of the
 * conformance files of others, whose names say what the grammar says of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/json/reader.h"
#include "x12_files.h"

/* What was read, as text: "{ a:'x' b:[ 1 t ] } ", or "... !json.end@5". */
static void event_put(struct buf *story, const struct json_event *e)
{
	static const char *const words[JSON_KINDS] = { "{", "[", "^", "", "", "t", "f", "n" };

	if (e->is_member) {
		json_text_put(story, e->name);
		buf_put_u8(story, ':');
	}
	buf_put_text(story, words[e->kind]);
	if (e->kind == JSON_IS_STRING)
		buf_put_u8(story, '\'');
	json_text_put(story, e->text);
	if (e->kind == JSON_IS_STRING)
		buf_put_u8(story, '\'');
	buf_put_u8(story, ' ');
}

static enum status story_of(struct buf *story, struct slice in)
{
	struct json_reader r;
	struct json_event e;
	struct fault f;
	enum status st;

	json_reader_init(&r, in);
	while ((st = json_next(&e, &r, &f)) == ST_OK)
		event_put(story, &e);
	if (st != ST_NONE)
		buf_putf(story, "!%s@%llu ", f.code, (unsigned long long)f.offset);
	return st;
}

struct row {
	const char *name;
	struct slice in;
	const char *story;
};
#define ROW(name, in, story) { name, { (const uint8_t *)(in), sizeof(in) - 1 }, story }

static const struct row rows[] = {
	ROW("a scalar", " true ", "t "),
	ROW("an empty object", "{}", "{ ^ "),
	ROW("members", "{ \"a\": \"x\", \"b\": [1, true, null] }", "{ a:'x' b:[ 1 t n ^ ^ "),
	ROW("numbers as written", "[-0, 1.50, 1E+2, 123456789012345678901234567890]",
		"[ -0 1.50 1E+2 123456789012345678901234567890 ^ "),
	ROW("escapes", "[\"\\u0041\\n\\\\\\ud834\\udd1e\"]", "[ 'A\n\\\xf0\x9d\x84\x9e' ^ "),
	ROW("the same name in another object", "{\"a\":{\"a\":1},\"b\":{\"a\":1}}",
		"{ a:{ a:1 ^ b:{ a:1 ^ ^ "),
	ROW("names of siblings in a list", "[{\"a\":1},{\"a\":2}]", "[ { a:1 ^ { a:2 ^ ^ "),
	ROW("a name twice", "{\"a\":1,\"a\":2}", "{ a:1 !json.name-twice@10 "),
	ROW("a name twice, once escaped", "{\"a\":1,\"\\u0061\":2}", "{ a:1 !json.name-twice@15 "),
	ROW("a name twice around an object", "{\"a\":1,\"b\":{\"a\":1},\"a\":2}",
		"{ a:1 b:{ a:1 ^ !json.name-twice@22 "),
	ROW("nothing", "", "!json.end@0 "),
	ROW("a byte order mark", "\xef\xbb\xbf{}", "!json.mark@0 "),
	ROW("two values", "{} {}", "{ ^ !json.syntax@3 "),
	ROW("a comma too many", "[1,]", "[ 1 !json.syntax@3 "),
	ROW("a comma before the brace", "{\"a\":1,}", "{ a:1 !json.syntax@7 "),
	ROW("no comma", "[1 2]", "[ 1 !json.syntax@3 "),
	ROW("the wrong bracket", "[1}", "[ 1 !json.syntax@2 "),
	ROW("no colon", "{\"a\" 1}", "{ !json.syntax@5 "),
	ROW("cut in a string", "[\"ab", "[ !json.end@4 "),
	ROW("cut in an object", "{\"a\":1", "{ a:1 !json.end@6 "),
	ROW("a leading zero", "[01]", "[ 0 !json.syntax@2 "),
	ROW("a point without digits", "[1.]", "[ !json.number@3 "),
	ROW("a lone minus", "[-]", "[ !json.number@2 "),
	ROW("a raw line end", "[\"a\nb\"]", "[ !json.string@3 "),
	ROW("a NUL", "[\"a\0b\"]", "[ !json.string@3 "),
	ROW("an escape that is none", "[\"\\x\"]", "[ !json.escape@2 "),
	ROW("half a pair", "[\"\\ud800\"]", "[ !json.escape@2 "),
	ROW("the pair the wrong way round", "[\"\\udd1e\\ud834\"]", "[ !json.escape@2 "),
	ROW("overlong UTF-8", "[\"\xc0\xaf\"]", "[ !json.utf8@2 "),
	ROW("a word in capitals", "[True]", "[ !json.syntax@1 "),
};

static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_IN_PLACE(buf) story = buf_init(4096);

		(void)story_of(&story, rows[i].in);
		if (!slice_eq(buf_slice(&story), slice_str(rows[i].story)))
			fail_msg("%s: %s instead of %s", rows[i].name, buf_text(&story),
				rows[i].story);
	}
}

/* What is plain has backslashes of its own. */
static void texts_compare_unescaped(void **state)
{
	struct json_text escaped = { S("\\\\c\\u00e9"), true }, plain = { S("\\c\xc3\xa9"), false };

	(void)state;
	assert_true(json_text_is(escaped, plain.raw));
	assert_int_equal(json_text_compare(escaped, plain), 0);
	assert_int_equal(json_text_hash(escaped), json_text_hash(plain));
	assert_int_equal(json_text_length(escaped), 3);
	assert_false(json_text_is(escaped, S("\\c")));
	assert_int_equal(json_text_compare(escaped, json_text_of("\\d")), -1);
}

#define AROUND 20 /* bytes: more than are looked at at once, twice */

/* What the reader says of a string with that byte at that place. */
static void byte_story(struct buf *out, struct slice in, size_t at)
{
	const uint8_t byte = in.p[at];

	if (byte == '"') /* it ends there, and something comes behind it */
		buf_putf(out, "'%.*s' !json.syntax@%zu ", (int)at - 1, (const char *)in.p + 1, at + 1);
	else if (byte < 0x20 || byte >= 0x80 || byte == '\\')
		buf_putf(out, "!json.%s@%zu ",
			byte < 0x20 ? "string" : byte == '\\' ? "escape" : "utf8", at);
	else
		buf_putf(out, "'%.*s' ", (int)in.n - 2, (const char *)in.p + 1);
}

/* Strings are passed over in steps: what is no plain byte is met wherever in a step it is. */
static void every_byte_at_every_place(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++)
		for (size_t at = 1; at <= AROUND; at++) {
			AUTO_IN_PLACE(buf) in = buf_init(64), story = buf_init(256),
					   want = buf_init(256);

			buf_put_text(&in, "\"1!~\x7f[]{}#%^,:0123456789\"");
			in.p[at] = (uint8_t)byte;
			(void)story_of(&story, buf_slice(&in));
			byte_story(&want, buf_slice(&in), at);
			assert_string_equal(buf_text(&story), buf_text(&want));
		}
}

/* A name is hashed in steps, and is the same however it is escaped. */
static void hashes_are_of_characters(void **state)
{
	const struct slice name = S("operating_state_of_\xc3\xa9nergy");

	(void)state;
	for (size_t n = 1; n < 19; n++)
		for (size_t at = 0; at < n; at++) {
			AUTO_IN_PLACE(buf) raw = buf_init(64);
			const struct json_text plain = { slice_to(name, n), false };

			buf_put(&raw, slice_to(name, at));
			buf_putf(&raw, "\\u%04x", name.p[at]);
			buf_put(&raw, slice_sub(name, at + 1, n - at - 1));
			const struct json_text escaped = { buf_slice(&raw), true };
			assert_int_equal(json_text_hash(escaped), json_text_hash(plain));
			if (n > 1)
				assert_int_not_equal(json_text_hash(plain),
					json_text_hash((struct json_text){
						slice_from(plain.raw, 1), false }));
		}
}

static void depth_has_an_end(void **state)
{
	(void)state;
	for (unsigned depth = JSON_DEPTH_MAX - 1; depth < JSON_DEPTH_MAX + 3; depth++) {
		AUTO_IN_PLACE(buf) in = buf_init(4096), story = buf_init(4096);

		for (unsigned i = 0; i < depth; i++)
			buf_put_text(&in, "[");
		for (unsigned i = 0; i < depth; i++)
			buf_put_text(&in, "]");
		assert_int_equal(story_of(&story, buf_slice(&in)),
			depth <= JSON_DEPTH_MAX ? ST_NONE : ST_LIMIT);
	}
}

/* One after the other they are as many as they like. */
static void names_have_an_end(void **state)
{
	AUTO_IN_PLACE(buf) open = buf_init(1 << 20), closed = buf_init(1 << 20);
	AUTO_IN_PLACE(buf) story = buf_init(1 << 20);

	(void)state;
	buf_put_text(&open, "{");
	buf_put_text(&closed, "[");
	for (unsigned i = 0; i <= JSON_NAMES_MAX; i++) {
		buf_putf(&open, "%s\"n%u\":0", i ? "," : "", i);
		buf_putf(&closed, "%s{\"n%u\":0}", i ? "," : "", i);
	}
	buf_put_text(&open, "}");
	buf_put_text(&closed, "]");
	assert_int_equal(story_of(&story, buf_slice(&open)), ST_LIMIT);
	assert_int_equal(story_of(&story, buf_slice(&closed)), ST_NONE);
}

/* --- what others wrote -------------------------------------------------------------- */

/* y: has to be taken, n: to be refused; where RFC 8259 leaves the choice, this is ours. */
static const struct {
	const char *name;
	enum status is;
} choices[] = {
	{ "y_object_duplicated_key.json", ST_INPUT },
	{ "y_object_duplicated_key_and_value.json", ST_INPUT },
	{ "i_number_double_huge_neg_exp.json", ST_NONE },
	{ "i_number_huge_exp.json", ST_NONE },
	{ "i_number_neg_int_huge_exp.json", ST_NONE },
	{ "i_number_pos_double_huge_exp.json", ST_NONE },
	{ "i_number_real_neg_overflow.json", ST_NONE },
	{ "i_number_real_pos_overflow.json", ST_NONE },
	{ "i_number_real_underflow.json", ST_NONE },
	{ "i_number_too_big_neg_int.json", ST_NONE },
	{ "i_number_too_big_pos_int.json", ST_NONE },
	{ "i_number_very_big_negative_int.json", ST_NONE },
	{ "i_structure_500_nested_arrays.json", ST_LIMIT },
	{ "n_structure_100000_opening_arrays.json", ST_LIMIT },
	{ "n_structure_open_array_object.json", ST_LIMIT },
};

static enum status expected(const char *name)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (strcmp(choices[i].name, name) == 0)
			return choices[i].is;
	return name[0] == 'y' ? ST_NONE : ST_INPUT;
}

static void file_check(void *context, const char *path, struct slice bytes)
{
	const char *name = strrchr(path, '/') + 1;
	AUTO_IN_PLACE(buf) story = buf_init(1 << 20);
	enum status st;

	if (!strstr(path, "test_parsing/"))
		return;
	st = story_of(&story, bytes);
	if (st != expected(name))
		fail_msg("%s: %s instead of %s: %s", name, status_name(st),
			status_name(expected(name)), buf_text(&story));
	++*(unsigned *)context;
}

static void files_of_others(void **state)
{
	int dir = shared_data_open("json");
	unsigned count = 0;

	(void)state;
	if (dir < 0)
		skip();
	x12_files_below(dir, "", file_check, &count);
	assert_true(count > 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(texts_compare_unescaped),
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(hashes_are_of_characters),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(names_have_an_end),
		cmocka_unit_test(files_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
