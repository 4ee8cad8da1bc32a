/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting interchanges apart: delimiters of every kind, pieces of every size, what is no
 * interchange, binary data, ends in the middle; and written again it is the same, byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "documents/x12/reader.h"
#include "documents/x12/writer.h"
#include "x12_files.h"

#define ISA(last) "ISA*00*          *00*          *01*123456789      *01*987654321      *" \
	"240102*0304*U*00401*000000001*0*P*" last
#define BODY "GS*PT*1*2*20240102*0304*1*X*004010~ST*867*0001~SE*2*0001~GE*1*1~IEA*1*000000001~"

/* What reading says, as text: "ISA:16 GS:8 !x12.junk@12 IEA:2 +gap". */
static void story_add(struct buf *story, const struct x12_segment *s)
{
	buf_putf(story, "%.*s:%zu%s%s ", SLICE_FMT(s->id), s->count, s->is_open ? "open" : "",
		s->is_cut ? "cut" : "");
}

struct reading {
	struct buf story, written;
};

static bool is_odd(uint8_t c, const struct x12_delimiters *d)
{
	return c < ' ' || c > '~' || c == d->component || c == d->repetition;
}

/* What is called plain is: of every segment that any test reads. */
static void plain_try(const struct x12_segment *s, const struct x12_delimiters *d)
{
	assert_int_equal(s->packed, x12_id(s->id));
	for (size_t i = 0; s->is_plain && i < s->count; i++)
		for (size_t at = 0; at < s->elements[i].n; at++)
			if (is_odd(s->elements[i].p[at], d))
				fail_msg("%.*s%02zu is not plain", SLICE_FMT(s->id), i + 1);
}

/* True while there is more to ask. */
static bool step(struct x12_reader *r, struct reading *to, enum status *st)
{
	struct x12_segment s;
	struct fault f = { 0 };

	*st = x12_reader_next(r, &s, &f);
	if (*st == ST_OK) {
		story_add(&to->story, &s);
		plain_try(&s, &r->delimiters);
		x12_segment_write(&to->written, r->delimiters, &s);
	} else if (*st != ST_MORE && *st != ST_NONE) {
		buf_putf(&to->story, "!%s@%llu ", f.code, (unsigned long long)f.offset);
	}
	return *st != ST_MORE && *st != ST_NONE;
}

/* chunk 0: the whole at once. */
static struct reading read_all(struct slice in, size_t chunk)
{
	AUTO_IN_PLACE(x12_reader) r;
	struct reading to = { buf_init(1 << 24), buf_init(1 << 24) };
	enum status st;

	if (chunk == 0)
		x12_reader_init_whole(&r, in);
	else
		x12_reader_init(&r);
	for (;;) {
		while (step(&r, &to, &st))
			;
		if (st == ST_NONE)
			break;
		x12_reader_feed(&r, slice_to(in, chunk), chunk >= in.n);
		in = slice_from(in, chunk);
	}
	buf_put(&to.written, r.gap);
	return to;
}

static void reading_done(struct reading *r)
{
	buf_done(&r->story);
	buf_done(&r->written);
}
DEFINE_AUTO_IN_PLACE(reading)

struct row {
	const char *name;
	struct slice in;
	const char *story;
};

#define ROW(name, in, story) { name, { (const uint8_t *)(in), sizeof(in) - 1 }, story }
#define ENVELOPE "ISA:16 GS:8 ST:2 SE:2 GE:2 IEA:2 "

static const struct row rows[] = {
	ROW("nothing", "", ""),
	ROW("blanks only", " \r\n\n", ""),
	ROW("one interchange", ISA(">~") BODY, ENVELOPE),
	ROW("line ends behind terminators", ISA(">~") "\r\nGS*a~\r\n\r\nIEA*1~\r\n",
		"ISA:16 GS:1 IEA:1 "),
	ROW("a byte order mark", "\xef\xbb\xbf" ISA(">~") BODY, ENVELOPE),
	ROW("two interchanges", ISA(">~") BODY "\n" ISA(">~") BODY, ENVELOPE ENVELOPE),
	ROW("the second has other delimiters",
		ISA(">~") BODY
		"ISA|00|          |00|          |01|1              |01|2              |240102|0304|^|00501"
		"|000000001|0|P|:\nGS|1:2^3|\nIEA|1|000000001\n",
		ENVELOPE "ISA:16 GS:2 IEA:2 "),
	ROW("no end, then another",
		ISA(">~") "GS*a~"
			  "ISA|00|          |00|          |01|1              |01|2              |240102|0304|^|00501"
			  "|000000001|0|P|:\nIEA|1|1\n",
		"ISA:16 GS:1 ISA:16 IEA:2 "),
	ROW("terminated by line feeds", ISA(">\n") "GS*a\nREF*b\n\nIEA*1\n",
		"ISA:16 GS:1 REF:1 IEA:1 "),
	ROW("terminated by carriage returns", ISA(">\r") "\nGS*a\r\nIEA*1\r\n",
		"ISA:16 GS:1 IEA:1 "),
	ROW("terminated by 0x1d", ISA(">\x1d") "GS*a\x1dIEA*1\x1d", "ISA:16 GS:1 IEA:1 "),
	ROW("elements that are left out", ISA(">~") "REF**~REF***x*~REF~~IEA~",
		"ISA:16 REF:2 REF:4 REF:0 :0 IEA:0 "),
	ROW("trailing text", ISA(">~") BODY "-- \nsent by mail", ENVELOPE "!x12.junk@186 "),
	ROW("trailing text, then another", ISA(">~") BODY "<br>" ISA(">~") BODY,
		ENVELOPE "!x12.junk@186 " ENVELOPE),
	ROW("padding between", ISA(">~") BODY "\0\0\x1a" ISA(">~") BODY, ENVELOPE ENVELOPE),
	ROW("not X12", "<html>no</html>", "!x12.junk@0 "),
	ROW("a set without an envelope", "ST*867*0001~SE*2*0001~", "!x12.junk@0 "),
	ROW("a header in lower case", "isa*00*", "!x12.junk@0 "),
	ROW("only a tag", "ISA", "!x12.isa.short@0 "),
	ROW("less than a tag", "I", "!x12.isa.short@0 "),
	ROW("a tag cut off behind an interchange", ISA(">~") BODY "IS",
		ENVELOPE "!x12.isa.short@186 "),
	ROW("three letters in what is not X12", "<html>ISA*</html>", "!x12.junk@0 "),
	ROW("three letters at its end", "<html>ISA", "!x12.junk@0 "),
	ROW("three letters, then an interchange", "ISAISA*no ISAs*" ISA(">~") BODY,
		"!x12.isa.separator@0 " ENVELOPE),
	ROW("a header cut off behind what is not X12", "<br>ISA*00*    ",
		"!x12.junk@0 !x12.isa.short@4 "),
	ROW("a header cut off", "ISA*00*          *00*   ", "!x12.isa.short@0 "),
	ROW("a header without blanks",
		"ISA*00**00**01*1*01*2*240102*0304*U*00401*1*0*P*>~GS*a~IEA*1*1~",
		"ISA:16 GS:1 IEA:2 "),
	ROW("letters separate", "ISAx00x", "!x12.isa.separator@0 "),
	ROW("no terminator behind the header", ISA(">") "GS*PT*1~", "!x12.isa.terminator@0 "),
	ROW("no component separator", ISA("~") "GS*a~IEA*1~", "ISA:16 GS:1 IEA:1 "),
	ROW("two delimiters the same", ISA("*~") "GS*a~", "!x12.isa.delimiters@0 "),
	ROW("a digit as component separator", ISA("1~") "GS*a~", "!x12.isa.delimiters@0 "),
	ROW("ends in a segment", ISA(">~") "GS*PT*1*2", "ISA:16 GS:3open "),
	ROW("ends behind the header", ISA(">~"), "ISA:16 "),
	ROW("binary data", ISA(">~") "BIN*7*a~b*c~d~SE*1~IEA*1~", "ISA:16 BIN:2 SE:1 IEA:1 "),
	ROW("binary data with a filter", ISA(">~") "BDS*ASB*3*~~~~IEA*1~", "ISA:16 BDS:3 IEA:1 "),
	ROW("binary data of another length", ISA(">~") "BIN*5*ab~cd*e~IEA*1~",
		"ISA:16 BIN:2 cd:1 IEA:1 "),
	ROW("binary data without a length", ISA(">~") "BIN*x*ab~IEA*1~", "ISA:16 BIN:2 IEA:1 "),
	ROW("binary data beyond the end", ISA(">~") "BIN*500*ab~IEA*1~", "ISA:16 BIN:2 IEA:1 "),
};

/* Where gaps hold what no gap may, and behind junk, nothing is written. */
static bool is_all_read(const char *story)
{
	return !strchr(story, '!');
}

static void row_try(const struct row *row, size_t chunk)
{
	AUTO_IN_PLACE(reading) got = read_all(row->in, chunk);

	if (strcmp(buf_text(&got.story), row->story) != 0)
		fail_msg("%s, in pieces of %zu:\n%s, not\n%s", row->name, chunk,
			buf_text(&got.story), row->story);
	if (is_all_read(row->story) && !slice_eq(buf_slice(&got.written), row->in))
		fail_msg("%s, in pieces of %zu: written as\n%s", row->name, chunk,
			buf_text(&got.written));
}

static void test_what_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t chunk = 0; chunk < 130; chunk++)
			row_try(&rows[i], chunk);
}

static void test_more_elements_than_a_segment_may_have(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(4096);
	(void)state;

	buf_put_text(&in, ISA(">~") "REF");
	for (int i = 0; i < 150; i++)
		buf_put_text(&in, "*x");
	buf_put_text(&in, "~IEA*1*1~");
	for (size_t chunk = 0; chunk < 70; chunk++)
		row_try(&(struct row){ "150 elements", buf_slice(&in), "ISA:16 REF:99cut IEA:2 " },
			chunk);
}

/* Segments of every length, so that they end everywhere in a block; in the middle of one `odd`. */
static unsigned plain_count(uint8_t odd)
{
	AUTO_IN_PLACE(buf) in = buf_init(1 << 16);
	AUTO_IN_PLACE(x12_reader) r;
	struct x12_segment s;
	unsigned plain = 0;

	buf_put_text(&in, ISA(">~"));
	for (unsigned i = 1; i < 80; i++) {
		buf_putf(&in, "REF*%.*s", (int)i, "11111111111111111111111111111111111111111111111"
			"111111111111111111111111111111111");
		if (i == 40)
			buf_put_u8(&in, odd);
		buf_putf(&in, "%.*s~\r\n", (int)(i / 2), "222222222222222222222222222222222222222");
	}
	x12_reader_init_whole(&r, buf_slice(&in));
	while (x12_reader_next(&r, &s, NULL) == ST_OK) {
		plain_try(&s, &r.delimiters);
		plain += s.is_plain;
	}
	return plain;
}

static void test_what_is_plain(void **state)
{
	static const uint8_t odd[] = { 0, '\n', 0x1f, 0x7f, 0x80, 0xff, '>' };
	static const uint8_t plain[] = { '*', ' ', 'a', '^', '0' };
	(void)state;

	/* Not the header, and not the one that stands across what is scanned at once. */
	for (size_t i = 0; i < sizeof(plain); i++)
		assert_int_equal(plain_count(plain[i]), 78);
	for (size_t i = 0; i < sizeof(odd); i++)
		assert_int_equal(plain_count(odd[i]), 77);
}

static void test_a_segment_without_an_end(void **state)
{
	AUTO_IN_PLACE(buf) in = buf_init(4 << 20);
	AUTO_IN_PLACE(buf) story = buf_init(200);
	(void)state;

	buf_put_text(&in, ISA(">~") "REF*");
	for (unsigned i = 0; i < 3 * (X12_SEGMENT_MAX / 4); i++)
		buf_put_text(&in, "abcd");
	buf_put_text(&in, "~" ISA(">~") "IEA*1*1~");
	row_try(&(struct row){ "3 MiB", buf_slice(&in),
			"ISA:16 !x12.segment.length@106 ISA:16 IEA:2 " },
		0);
	row_try(&(struct row){ "3 MiB", buf_slice(&in),
			"ISA:16 !x12.segment.length@106 ISA:16 IEA:2 " },
		X12_CHUNK_MAX);
}

/* Interchanges stand in the data: nobody sent them. */
static void long_data_put(struct buf *in, const char *head, size_t length)
{
	size_t end = in->n + strlen(head) + length;

	buf_put_text(in, head);
	while (in->n + sizeof(ISA(">~") "IEA*1*1~") < end)
		buf_put_text(in, ISA(">~") "IEA*1*1~");
	while (in->n < end)
		buf_put_u8(in, '~');
}

static void test_binary_data_that_is_too_long(void **state)
{
	static const size_t chunks[] = { 0, 999, X12_CHUNK_MAX };
	(void)state;

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		AUTO_IN_PLACE(buf) in = buf_init(8 << 20);

		buf_put_text(&in, ISA(">~"));
		long_data_put(&in, "BIN*3000000*", 3000000);
		buf_put_text(&in, "~SE*1~" ISA(">~"));
		long_data_put(&in, "BDS*ASB*1048570*", 1048570);
		buf_put_text(&in, "~IEA*1*1~" ISA(">~"));
		long_data_put(&in, "BDS*ASB*1048559*", 1048559);
		buf_put_text(&in, "~IEA*1*1~" ISA(">~") "BIN*9999999999*a~b");
		row_try(&(struct row){ "long data", buf_slice(&in),
				"ISA:16 !x12.binary.length@106 ISA:16 !x12.binary.length@3000230 "
				"ISA:16 BDS:3 IEA:2 ISA:16 !x12.binary.length@5097621 " },
			chunks[i]);
	}
}

static void test_blanks_without_an_end_cost_nothing(void **state)
{
	AUTO_IN_PLACE(x12_reader) r;
	AUTO_IN_PLACE(buf) blanks = buf_init(X12_CHUNK_MAX);
	struct x12_segment s;
	(void)state;

	while (blanks.n < X12_CHUNK_MAX)
		buf_put_u8(&blanks, ' ');
	x12_reader_init(&r);
	for (int i = 0; i < 8; i++) {
		assert_int_equal(x12_reader_next(&r, &s, NULL), ST_MORE);
		x12_reader_feed(&r, buf_slice(&blanks), i == 7);
	}
	assert_int_equal(x12_reader_next(&r, &s, NULL), ST_NONE);
}

static void test_what_it_looks_like(void **state)
{
	static const struct {
		const char *in, *says;
	} looks[] = { { "UNB+UNOA:1", "EDIFACT" }, { "{\"a\":1}", "JSON" },
		{ "PK\003\004..", "ZIP" }, { "-----BEGIN PGP MESSAGE-----", "OpenPGP" },
		{ "hello", "no X12 interchange" }, { "I", "at byte 1 of 106" },
		{ "ISA*00*          *00*   ", "at byte 24 of 106" },
		{ "ISA*00*1*2~This is a text, and long enough that it could have been a header, but "
		  "no header is in it and nothing like one.", "has 3 of 16 elements" } };
	(void)state;

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		AUTO_IN_PLACE(x12_reader) r;
		struct x12_segment s;
		struct fault f;

		x12_reader_init_whole(&r, slice_str(looks[i].in));
		assert_int_equal(x12_reader_next(&r, &s, &f), ST_INPUT);
		if (!strstr(f.text, looks[i].says))
			fail_msg("%s: %s", looks[i].in, f.text);
	}
}

static void file_try(void *context, const char *path, struct slice bytes)
{
	static const size_t chunks[] = { 1, 2, 3, 61, 64, 106, 107, 1000, 65536 };
	AUTO_IN_PLACE(reading) whole = read_all(bytes, 0);
	(void)context;

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++)
		row_try(&(struct row){ path, bytes, buf_text(&whole.story) }, chunks[i]);
}

static void test_foreign_files_are_written_as_they_were(void **state)
{
	(void)state;
	if (x12_files_each(file_try, NULL) == 0)
		skip();
}

static void test_what_begins_as_an_interchange(void **state)
{
	static const struct {
		struct slice bytes;
		bool is;
	} begins[] = {
		{ S("ISA*00*          *"), true },
		{ S("\xef\xbb\xbf\r\n ISA|00|"), true },
		{ S("ISA is a name"), false },
		{ S("ISA A  B"), false },
		{ S("ISA*00"), false },
		{ S("isa*00*"), false },
		{ S("xISA*00*"), false },
		{ S(""), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		assert_int_equal(x12_begins(begins[i].bytes), begins[i].is);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_more_elements_than_a_segment_may_have),
		cmocka_unit_test(test_what_is_plain),
		cmocka_unit_test(test_what_begins_as_an_interchange),
		cmocka_unit_test(test_a_segment_without_an_end),
		cmocka_unit_test(test_binary_data_that_is_too_long),
		cmocka_unit_test(test_blanks_without_an_end_cost_nothing),
		cmocka_unit_test(test_what_it_looks_like),
		cmocka_unit_test(test_foreign_files_are_written_as_they_were),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
