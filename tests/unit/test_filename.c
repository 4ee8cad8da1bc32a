/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File names in headers, as products write them: every form comes out as UTF-8, and none is
 * refused.
 */
#include "exchange_expect.h"

#include <iconv.h>
#include <stdio.h>

#include "bindings/filename.h"
#include "exchange/utf8.h"

#define NAME_ROOM 65536

#define EURO "\xe2\x82\xac"
#define UUML "\xc3\xbc"

/* --- reading --- */

static const struct {
	const char *name;
	const char *disposition, *type; /* NULL: no such header */
	const char *want;
} cases[] = {
	{ "no headers", NULL, NULL, "" },
	{ "none in the headers", "attachment", "text/plain; charset=utf-8", "" },
	{ "bare", "attachment; filename=a.xml", NULL, "a.xml" },
	{ "quoted", "attachment; filename=\"a b.xml\"", NULL, "a b.xml" },
	{ "bare, with blanks", "attachment; filename=a  b.xml ; size=3", NULL, "a  b.xml" },
	{ "bare, with blanks, of the type", NULL, "text/plain; name=a b.txt; charset=utf-8",
		"a b.txt" },
	{ "any case", "attachment; FileName=a.xml", NULL, "a.xml" },
	{ "backslashes", "attachment; filename=\"a\\\"b\\\\c\"", NULL, "a\"b\\c" },
	{ "a path of Windows as it is", "attachment; filename=\"C:\\Users\\bob\\invoice.edi\"", NULL,
		"C:\\Users\\bob\\invoice.edi" },
	{ "a path of Windows, written well",
		"attachment; filename=\"C:\\\\Users\\\\bob\\\\invoice.edi\"", NULL,
		"C:\\Users\\bob\\invoice.edi" },
	{ "text behind it", "attachment; filename=\"t.txt\" trailing", NULL, "t.txt" },
	{ "twice", "attachment; filename=\"a.txt\"; filename=\"b.txt\"", NULL, "a.txt" },
	{ "empty", "attachment; filename=\"\"", NULL, "" },
	{ "of the type", NULL, "text/plain; name=a.txt", "a.txt" },
	{ "of the type, when the disposition has none", "attachment", "text/plain; name=a.txt",
		"a.txt" },
	{ "of the type, when the disposition's is empty", "attachment; filename=\"\"",
		"text/plain; name=a.txt", "a.txt" },
	{ "the disposition goes first", "attachment; filename=a", "text/plain; name=b", "a" },
	{ "the type's parameter is called name", NULL, "text/plain; filename=b", "" },
	{ "the disposition's is not", "attachment; name=b", NULL, "" },
	/* RFC 2231 and 8187 */
	{ "extended", "attachment; filename*=UTF-8''%e2%82%AC.xml", NULL, EURO ".xml" },
	{ "extended goes first", "attachment; filename=a; filename*=UTF-8''b", NULL, "b" },
	{ "with a language", "attachment; filename*=UTF-8'en'a%20b", NULL, "a b" },
	{ "in quotes", "attachment; filename*=\"UTF-8''a%20b\"", NULL, "a b" },
	{ "without a charset", "attachment; filename*=a%20b", NULL, "a b" },
	{ "with one quote", "attachment; filename*=a'b", NULL, "a'b" },
	{ "quotes in the name", "attachment; filename*=UTF-8''it's", NULL, "it's" },
	{ "Latin-1", "attachment; filename*=ISO-8859-1''M%FCller", NULL, "M" UUML "ller" },
	{ "Latin-1 under a wrong label", "attachment; filename*=UTF-8''M%FCller", NULL,
		"M" UUML "ller" },
	{ "windows-1252", "attachment; filename*=windows-1252''%80%9Fx%81", NULL,
		EURO "\u0178x\xc2\x81" },
	{ "UTF-8 under a wrong label", "attachment; filename*=ISO-8859-1''%c3%bc", NULL, UUML },
	{ "escapes that are none", "attachment; filename*=UTF-8''%zz%4%%41%", NULL, "%zz%4%A%" },
	{ "an escaped escape", "attachment; filename*=UTF-8''%2541", NULL, "%41" },
	{ "words are not looked for", "attachment; filename*=UTF-8''=?utf-8?Q?x?=", NULL,
		"=?utf-8?Q?x?=" },
	{ "of the type, extended", NULL, "text/plain; name*=UTF-8''%c3%bc", UUML },
	/* continuations */
	{ "two pieces", "attachment; filename*0=\"a b\"; filename*1=c", NULL, "a bc" },
	{ "pieces in another order", "attachment; filename*1=c; filename*0=ab", NULL, "abc" },
	{ "extended pieces",
		"attachment; filename*0*=UTF-8''%e2%82; filename*1*=%ac; filename*2=.x", NULL,
		EURO ".x" },
	{ "a quote in a later piece", "attachment; filename*0*=UTF-8''a; filename*1*='b'c", NULL,
		"a'b'c" },
	{ "percent in a plain piece", "attachment; filename*0=a; filename*1=%41", NULL, "a%41" },
	{ "a gap ends it", "attachment; filename*0=a; filename*2=c", NULL, "a" },
	{ "not from the beginning", "attachment; filename*1=b; filename=whole", NULL, "whole" },
	{ "a backslash in a piece", "attachment; filename*0=\"a\\\"\"; filename*1=b", NULL,
		"a\"b" },
	/* RFC 2047, which has no place here and is there all the same */
	{ "a word in base64", "attachment; filename=\"=?UTF-8?B?4oKs?=.xml\"", NULL, EURO ".xml" },
	{ "a word with escapes", "attachment; filename=\"=?utf-8?q?a_b=5F=e2=82=ac?=\"", NULL,
		"a b_" EURO },
	{ "Latin-1 in a word", "attachment; filename=\"=?iso-8859-1?Q?M=FCller?=\"", NULL,
		"M" UUML "ller" },
	{ "the charset with the euro, in a word",
		"attachment; filename=\"=?ISO-8859-15?Q?=A4=20=E4?=\"", NULL, EURO " \u00e4" },
	{ "the charset with the euro", "attachment; filename*=iso-8859-15'de'%a4.xml", NULL,
		EURO ".xml" },
	{ "Latin-1 has none", "attachment; filename*=iso-8859-1'de'%a4.xml", NULL,
		"\u00a4.xml" },
	{ "a letter cut in two",
		"attachment; filename=\"=?utf-8?B?4oI=?= =?UTF-8?B?rC54bWw=?=\"", NULL,
		EURO ".xml" },
	{ "two words of two charsets",
		"attachment; filename=\"=?iso-8859-1?Q?=E4?= =?iso-8859-15?Q?=A4?=\"", NULL,
		"\u00e4" EURO },
	{ "text between words parts them",
		"attachment; filename=\"=?utf-8?B?4oI=?=-=?utf-8?Q?a?=\"", NULL,
		"\u00e2\u201a-a" },
	{ "two words", "attachment; filename=\"=?utf-8?Q?a?= =?utf-8?Q?b?=\"", NULL, "ab" },
	{ "a word and text", "attachment; filename=\"x =?utf-8?Q?a?= y\"", NULL, "x a y" },
	{ "a word not closed", "attachment; filename=\"=?utf-8?Q?a\"", NULL, "=?utf-8?Q?a" },
	{ "a word of another kind", "attachment; filename=\"=?utf-8?X?a?=\"", NULL,
		"=?utf-8?X?a?=" },
	{ "a word that is no base64", "attachment; filename=\"=?utf-8?B?***?=\"", NULL,
		"=?utf-8?B?***?=" },
	{ "beginnings of words", "attachment; filename=\"=?=?=?\"", NULL, "=?=?=?" },
	/* other charsets */
	{ "windows-1251", "attachment; filename*=windows-1251''%D1%F7%B8%F2.xml", NULL,
		"\u0421\u0447\u0451\u0442.xml" },
	{ "windows-1251 in a word", "attachment; filename=\"=?Windows-1251?B?0ffl8g==?=.xml\"",
		NULL, "\u0421\u0447\u0435\u0442.xml" },
	{ "a label in another spelling", "attachment; filename*=CP1251''%D1", NULL, "\u0421" },
	{ "a label with other marks", "attachment; filename*=ISO_8859_2''%A3", NULL, "\u0141" },
	{ "ISO 8859 with quotes of Windows", "attachment; filename*=iso-8859-2''%84%A3", NULL,
		"\u201e\u0141" },
	{ "UTF-8 under that label", "attachment; filename*=windows-1251''%d0%a1", NULL, "\u0421" },
	{ "a byte that has no letter", "attachment; filename*=windows-1251''%98", NULL, "\ufffd" },
	{ "macintosh", "attachment; filename*=macintosh''M%9Fller%C6", NULL, "M" UUML "ller\u2206" },
	{ "Shift_JIS", "attachment; filename*=Shift_JIS''%83e%83X%83g%815C.txt", NULL,
		"Shift_JIS''%83e%83X%83g%815C.txt" },
	{ "Shift_JIS in a word", "attachment; filename=\"=?shift_jis?B?g2WDWINn?=.txt\"", NULL,
		"shift_jis''%83e%83X%83g.txt" },
	{ "a slash behind an unknown letter", "attachment; filename*=big5''%a5%5c%2f..%2fx", NULL,
		"big5''%A5%5C%2F..%2Fx" },
	{ "escapes of ISO-2022-JP", "attachment; filename*=ISO-2022-JP''%1B$B%25%22%1B(B", NULL,
		"ISO-2022-JP''%1B%24B%25%22%1B%28B" },
	{ "ASCII under an unknown label", "attachment; filename*=gb18030''a%20b", NULL, "a b" },
	{ "a label that is none", "attachment; filename*=\"..%2f/x y''%ff\"", NULL,
		".._2f_x_y''%FF" },
	/* as it came */
	{ "UTF-8 as it is", "attachment; filename=\"" EURO "\"", NULL, EURO },
	{ "Latin-1 as it is", "attachment; filename=\"M\xfcller\"", NULL, "M" UUML "ller" },
	{ "a path stays data", "attachment; filename=\"../../etc/passwd\"", NULL,
		"../../etc/passwd" },
	{ "a path behind escapes", "attachment; filename*=UTF-8''..%2f..%5cx", NULL, "../..\\x" },
	{ "a slash in too many bytes is Latin-1", "attachment; filename*=UTF-8''%c0%af", NULL,
		"\xc3\x80\xc2\xaf" },
};

static void name_read(struct buf *out, const char *disposition, const char *type)
{
	struct mime_value d, t;
	struct fault f = { 0 };

	if (disposition)
		expect_fault(disposition, mime_value_parse(&d, slice_str(disposition), &f), &f,
			ST_OK, NULL);
	if (type)
		expect_fault(type, mime_value_parse(&t, slice_str(type), &f), &f, ST_OK, NULL);
	mime_filename(out, disposition ? &d : NULL, type ? &t : NULL);
}

static void names_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		AUTO_IN_PLACE(buf) got = buf_init(NAME_ROOM);

		name_read(&got, cases[i].disposition, cases[i].type);
		expect_text(cases[i].name, buf_text(&got), cases[i].want);
	}
}

static void a_name_is_appended(void **state)
{
	AUTO_IN_PLACE(buf) got = buf_init(NAME_ROOM);

	(void)state;
	buf_put_text(&got, "before:");
	name_read(&got, "attachment", "text/plain; name=a.txt");
	expect_text("appended", buf_text(&got), "before:a.txt");
}

static bool is_utf8(struct slice text)
{
	uint32_t c;
	size_t n = 1;

	for (; text.n > 0 && n > 0; text = slice_from(text, n))
		n = utf8_first(&c, text);
	return n > 0;
}

/* Whatever bytes a peer escapes, what comes out is UTF-8. */
static void every_pair_of_bytes_is_utf8(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair <= 0xffff; pair++) {
		AUTO_IN_PLACE(buf) got = buf_init(NAME_ROOM);
		char text[64];

		snprintf(text, sizeof(text), "attachment; filename*=x''%%%02x%%%02X", pair >> 8,
			pair & 0xff);
		name_read(&got, text, NULL);
		if (got.n < 2 || !is_utf8(buf_slice(&got)))
			fail_msg("%04x: %zu bytes", pair, got.n);
	}
}

/* Much more than a header block may hold: nothing breaks, and what is kept is bounded. */
static void names_that_are_too_long(void **state)
{
	static const char *const fronts[] = { "a; filename=\"", "a; filename*=\"",
		"a; filename=\"=?u?Q?", "a; filename=\"=?u?B?", "a; filename*0=\"" };

	(void)state;
	for (size_t i = 0; i < COUNT(fronts); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(NAME_ROOM), got = buf_init(NAME_ROOM);

		buf_put_text(&text, fronts[i]);
		put_times(&text, 'A', 40000);
		buf_put_text(&text, "?=\"");
		name_read(&got, buf_text(&text), NULL);
		assert_false(got.overflow);
		assert_true(got.n <= 40010);
	}
}

/* --- writing --- */

static const struct {
	const char *name;
	struct slice in;
	const char *want;
} formats[] = {
	{ "empty", S(""), "" },
	{ "plain", S("a b.xml"), "; filename=\"a b.xml\"" },
	{ "all that is plain", S("!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~"),
		"; filename=\"!#$%&'()*+,-./09:;<=>?@AZ[]^_`az{|}~\"" },
	{ "a quote", S("a\"b"), "; filename=\"a_b\";\r\n filename*=UTF-8''a%22b" },
	{ "a backslash", S("a\\b"), "; filename=\"a_b\";\r\n filename*=UTF-8''a%5Cb" },
	{ "a line end", S("a\r\nX: y"),
		"; filename=\"a__X: y\";\r\n filename*=UTF-8''a%0D%0AX%3A%20y" },
	{ "a NUL", S("a\0"), "; filename=\"a_\";\r\n filename*=UTF-8''a%00" },
	{ "DEL", S("\x7f"), "; filename=\"_\";\r\n filename*=UTF-8''%7F" },
	{ "letters above ASCII", S(EURO), "; filename=\"___\";\r\n filename*=UTF-8''%E2%82%AC" },
	{ "what looks like a word", S("=?x"), "; filename=\"=?x\";\r\n filename*=UTF-8''%3D%3Fx" },
};

static void names_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(formats); i++) {
		AUTO_IN_PLACE(buf) got = buf_init(NAME_ROOM);

		mime_filename_format(&got, formats[i].in);
		expect_text(formats[i].name, buf_text(&got), formats[i].want);
	}
}

/* What we write we read: every character of Latin-1 and beyond, beside others. */
static void every_name_there_and_back(void **state)
{
	(void)state;
	for (unsigned c = 1; c < 0x800; c++) {
		AUTO_IN_PLACE(buf) name = buf_init(64), line = buf_init(NAME_ROOM),
				   got = buf_init(NAME_ROOM);

		buf_put_text(&name, "a=?b'%41");
		if (c < 0x80) {
			buf_put_u8(&name, (uint8_t)c);
		} else {
			buf_put_u8(&name, (uint8_t)(0xc0 | c >> 6));
			buf_put_u8(&name, (uint8_t)(0x80 | (c & 0x3f)));
		}
		buf_put_text(&line, "attachment");
		mime_filename_format(&line, slice_from(buf_slice(&name), c % 2 ? 8 : 0));
		name_read(&got, buf_text(&line), NULL);
		expect_slice("name", buf_slice(&got), slice_from(buf_slice(&name), c % 2 ? 8 : 0));
	}
}

/* --- charsets --- */

static const struct {
	const char *label, *known_as; /* to iconv */
	unsigned first;
} charsets[] = {
	{ "windows-1250", "CP1250", 128 }, { "windows-1251", "CP1251", 128 },
	{ "windows-1253", "CP1253", 128 }, { "windows-1254", "CP1254", 128 },
	{ "windows-1257", "CP1257", 128 }, { "ISO-8859-1", "ISO-8859-1", 160 },
	{ "ISO-8859-2", "ISO-8859-2", 160 }, { "ISO-8859-3", "ISO-8859-3", 160 },
	{ "ISO-8859-4", "ISO-8859-4", 160 }, { "ISO-8859-5", "ISO-8859-5", 160 },
	{ "ISO-8859-7", "ISO-8859-7", 160 }, { "ISO-8859-9", "ISO-8859-9", 160 },
	{ "ISO-8859-10", "ISO-8859-10", 160 }, { "ISO-8859-13", "ISO-8859-13", 160 },
	{ "ISO-8859-15", "ISO-8859-15", 160 }, { "ISO-8859-16", "ISO-8859-16", 160 },
	{ "KOI8-R", "KOI8-R", 128 }, { "koi8-u", "KOI8-U", 128 }, { "ibm437", "CP437", 128 },
	{ "IBM850", "CP850", 128 },
	/* not macintosh: iconv has Greek letters where Apple has signs of mathematics */
};

static void expect_letter(const char *label, iconv_t known, uint8_t byte)
{
	AUTO_IN_PLACE(buf) out = buf_init(NAME_ROOM);
	char in[] = { (char)byte }, want[8], disposition[80];
	char *from = in, *to = want;
	size_t left = 1, room = sizeof(want);
	bool has = iconv(known, &from, &left, &to, &room) != (size_t)-1;
	struct slice letter = has ? slice_of(want, sizeof(want) - room) : S("\ufffd");

	snprintf(disposition, sizeof(disposition), "x; filename*=%s''%%%02X", label, byte);
	name_read(&out, disposition, NULL);
	if (!slice_eq(buf_slice(&out), letter))
		fail_msg("%s %02x: '%s', want '%.*s'", label, byte, buf_text(&out),
			SLICE_FMT(letter));
}

/* Tables that somebody else made say the same, letter by letter. */
static void every_letter_is_that_of_iconv(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(charsets); i++) {
		iconv_t known = iconv_open("UTF-8", charsets[i].known_as);

		if (known == (iconv_t)-1) {
			print_message("skipped: %s, which iconv does not have here\n",
				charsets[i].known_as);
			continue;
		}
		for (unsigned byte = charsets[i].first; byte < 256; byte++)
			expect_letter(charsets[i].label, known, (uint8_t)byte);
		iconv_close(known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read),
		cmocka_unit_test(a_name_is_appended),
		cmocka_unit_test(every_pair_of_bytes_is_utf8),
		cmocka_unit_test(names_that_are_too_long),
		cmocka_unit_test(names_are_written),
		cmocka_unit_test(every_name_there_and_back),
		cmocka_unit_test(every_letter_is_that_of_iconv),
	};

	return cmocka_run_group_tests_name("filename", tests, NULL, NULL);
}
