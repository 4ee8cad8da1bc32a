/* SPDX-License-Identifier: Apache-2.0 */
/* Interchanges as JSON and back: the same bytes, of everything the reader reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/x12/json.h"
#include "documents/x12/reader.h"
#include "x12_files.h"

#define MOST (64U << 20)

/* ST_OK; what the reader cannot read is no interchange, and not converted. */
static enum status to_json(struct buf *out, struct slice in, struct fault *f)
{
	AUTO_IN_PLACE(x12_reader) r;
	struct x12_json_writer w;
	struct x12_segment s;
	enum status st;

	x12_reader_init_whole(&r, in);
	x12_json_begin(&w, out);
	while ((st = x12_reader_next(&r, &s, f)) == ST_OK) {
		st = x12_json_segment(&w, r.delimiters, &s, f);
		if (st != ST_OK)
			break;
	}
	if (st == ST_NONE)
		x12_json_end(&w, r.gap);
	x12_json_done(&w);
	return st == ST_NONE ? ST_OK : st;
}

static enum status from_json(struct buf *out, struct slice json, struct fault *f)
{
	json_error_t error;
	json_t *root = json_loadb((const char *)json.p, json.n,
		JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	enum status st;

	if (!root)
		return fault_set(f, ST_INPUT, "json", "line %d: %s", error.line, error.text);
	st = x12_json_read(out, root, f);
	json_decref(root);
	return st;
}

static unsigned converted;

static void there_and_back(const char *name, struct slice in)
{
	AUTO_IN_PLACE(buf) json = buf_init(MOST), back = buf_init(MOST), again = buf_init(MOST);
	struct fault f = { .text = "" };

	if (to_json(&json, in, &f) != ST_OK)
		return;
	converted++;
	if (from_json(&back, buf_slice(&json), &f) != ST_OK)
		fail_msg("%s: %s", name, f.text);
	if (!slice_eq(buf_slice(&back), in))
		fail_msg("%s: %zu bytes came back as %zu:\n%.300s", name, in.n, back.n,
			buf_text(&json));
	assert_int_equal(to_json(&again, buf_slice(&back), &f), ST_OK);
	assert_true(slice_eq(buf_slice(&json), buf_slice(&again)));
}

#define ISA(version, last) \
	"ISA*00*          *00*          *01*123456789      *01*987654321      *" \
	"240102*0304*" version "*000000001*0*P*" last
#define OLD ISA("U*00401", ">~")

static const struct {
	const char *name;
	struct slice in;
} rows[] = {
#define ROW(name_, text) { name_, { (const uint8_t *)(text), sizeof(text) - 1 } }
	ROW("plain", OLD "GS*IN*1~IEA*1*000000001~"),
	ROW("one segment", OLD),
	ROW("line ends", OLD "\nGS*IN*1~\nIEA*1*000000001~\n"),
	ROW("other line ends in the middle", OLD "\r\nGS*IN*1~\nREF*1~\r\nIEA*1*000000001~"),
	ROW("a byte order mark", "\xef\xbb\xbf" OLD "GS*1~"),
	ROW("blanks before", "  \n" OLD "GS*1~"),
	ROW("composites", OLD "REF*A>B*>*A>*>B~SLN*>>>~"),
	ROW("repetitions", ISA("^*00501", ">~") "REF*A^B*A>B^C*^~"),
	ROW("empty elements at the end", OLD "REF*A***~REF~REF*~"),
	ROW("open", OLD "REF*A*B"),
	ROW("open behind the id", OLD "REF"),
	ROW("two interchanges", OLD "IEA*0*000000001~\n\n" OLD "\rIEA*0*000000001~\r"),
	ROW("not UTF-8", OLD "N1*8S*caf\xe9*\xff\xfe~"),
	ROW("UTF-8", OLD "N1*8S*caf\xc3\xa9*\xe2\x82\xac~"),
	ROW("the characters that escape", OLD "N1*8S*\xef\x9e\x80*\xef\x9f\xbf~"),
	ROW("control characters", OLD "N1*8S*\x01\x1f\x7f\"\\~"),
	ROW("NUL", OLD "N1*8S*a\0b~\0"),
	ROW("binary", OLD "BIN*7*a~b*c>d~IEA*1~"),
#undef ROW
};

static void rows_come_back(void **state)
{
	(void)state;
	converted = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		there_and_back(rows[i].name, rows[i].in);
	assert_int_equal(converted, sizeof(rows) / sizeof(rows[0]));
}

static void each_file(void *context, const char *path, struct slice bytes)
{
	(void)context;
	there_and_back(path, bytes);
}

static void foreign_files_come_back(void **state)
{
	(void)state;
	converted = 0;
	if (x12_files_each(each_file, NULL) == 0)
		skip();
	assert_true(converted > 200);
}

#define D "{\"interchanges\":[{\"delimiters\":{\"element\":\"*\",\"component\":\">\"," \
	"\"repetition\":null,\"segment\":\"~\"},\"gap\":\"\",\"segments\":["
#define E "]}],\"tail\":\"\"}"
/* The same with a header, whose delimiters are those of D. */
#define HEADED(component, repetition, gap)                                                       \
	"{\"interchanges\":[{\"delimiters\":{\"element\":\"*\",\"component\":\"" component       \
	"\",\"repetition\":" repetition ",\"segment\":\"~\"},\"gap\":\"" gap "\",\"segments\":["    \
	"[\"ISA\",\"00\",\"          \",\"00\",\"          \",\"01\",\"007909411      \",\"01\"," \
	"\"829517388      \",\"261123\",\"1830\",\"U\",\"00401\",\"000000001\",\"0\",\"T\",\">\"],"

static const struct {
	const char *json, *says;
} refused[] = {
	{ "{}", "interchanges" },
	{ "[]", "interchanges" },
	{ "{\"interchanges\":[{}]}", "delimiters" },
	{ D "{}" E, "a segment is a list" },
	{ D "[]" E, "a segment is a list" },
	{ D "[\"REF\",1]" E, "element 1: want a text" },
	{ D "[\"REF\",\"a*b\"]" E, "element 1: a delimiter" },
	{ D "[\"REF\",\"x\",\"a~b\"]" E, "element 2: a delimiter" },
	{ D "[\"REF\",\"a>b\"]" E, "a delimiter" },
	{ D "[\"REF\",[\"a\"]]" E, "two components" },
	{ D "[\"REF\",{\"repeat\":[\"a\",\"b\"]}]" E, "repetition separator" },
	{ D "{\"gap\":1,\"segment\":[\"REF\"]}" E, "gap" },
	{ D "{\"segment\":[\"REF\"],\"opn\":true}" E, "no other key" },
	{ D "{\"segment\":[\"REF\"],\"open\":1}" E, "open: want" },
	{ HEADED(">", "\"^\"", "") "[\"REF\",{\"repeat\":[\"a\",\"b\"],\"more\":\"c\"}]" E,
		"want repeat, and no other" },
	{ D "[\"REF\",\"a\"]],\"note\":[" E, "want delimiters, gap and segments" },
	{ D "[\"REF\",\"a\"]]}],\"tial\":[{\"a\":[" E, "want interchanges and tail" },
	{ "{\"interchanges\":[{\"delimiters\":{\"elements\":\"*\"}}]}", "delimiters: want four" },
	{ D "[\"REF\",\"a\"]" E, "other segments" },
	{ HEADED("<", "null", "") "[\"REF\",\"a>b\"]" E, "other segments" },
	{ HEADED("<", "null", "") "[\"REF\",[\"a\",\"b\"]]" E, "other segments" },
	{ HEADED(">", "\"^\"", "") "[\"REF\",\"ab\"]" E, "other segments" },
	{ HEADED(">", "null", "ABC*1") "[\"REF\",\"ab\"]" E, "other segments" },
};

static void what_has_another_form_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		AUTO_IN_PLACE(buf) out = buf_init(MOST);
		struct fault f = { .text = "" };

		if (from_json(&out, slice_str(refused[i].json), &f) == ST_OK ||
			!strstr(f.text, refused[i].says))
			fail_msg("%s: %s", refused[i].json, f.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_come_back),
		cmocka_unit_test(foreign_files_come_back),
		cmocka_unit_test(what_has_another_form_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
