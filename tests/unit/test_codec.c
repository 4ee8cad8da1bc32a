/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hexadecimal, base64 and quoted-printable: round trips at every length, and the place of each
 * refusal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/codec.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

typedef enum status parser(struct buf *, struct slice, struct fault *);

/* What a parser makes of a text; with a code, where it refuses it. */
struct parse {
	const char *name;
	struct slice in, want;
	const char *code; /* NULL: good */
	uint64_t offset;
};

static void parse_try(parser *parse, const struct parse *row)
{
	AUTO_IN_PLACE(buf) out = buf_init(1000);
	struct fault f = { 0 };
	enum status st = parse(&out, row->in, &f);

	if (st != (row->code ? ST_INPUT : ST_OK) || strcmp(f.code, row->code ? row->code : "") != 0)
		fail_msg("%s: %s %s", row->name, status_name(st), f.text);
	if (f.offset != row->offset)
		fail_msg("%s: refused at %llu", row->name, (unsigned long long)f.offset);
	if (st == ST_OK && !slice_eq(buf_slice(&out), row->want))
		fail_msg("%s: got %s", row->name, buf_text(&out));
}

/* However little room there is, the parser says so and does not write more. */
static void limit_try(parser *parse, struct slice in, size_t need)
{
	for (size_t max = 0; max <= need + 1; max++) {
		AUTO_IN_PLACE(buf) out = buf_init(max);
		struct fault f = { 0 };
		assert_int_equal(parse(&out, in, &f), max < need ? ST_LIMIT : ST_OK);
		assert_string_equal(f.code, max < need ? "buffer.full" : "");
		assert_true(out.n <= max);
	}
}

/* What was there before stays in front. */
static void append_try(parser *parse, struct slice in, const char *want)
{
	AUTO_IN_PLACE(buf) out = buf_init(100);

	buf_put_text(&out, "before ");
	assert_int_equal(parse(&out, in, NULL), ST_OK);
	assert_string_equal(buf_text(&out), want);
}

static struct slice all_bytes(void)
{
	static uint8_t bytes[256];

	for (unsigned i = 0; i < 256; i++)
		bytes[i] = (uint8_t)i;
	return slice_of(bytes, sizeof(bytes));
}

/* --- hexadecimal --- */

static const struct parse hexes[] = {
	{ "nothing", S(""), S(""), NULL, 0 },
	{ "lower case", S("00ff7f"), S("\x00\xff\x7f"), NULL, 0 },
	{ "upper case", S("ABCDEF"), S("\xab\xcd\xef"), NULL, 0 },
	{ "both in one byte", S("aBCd"), S("\xab\xcd"), NULL, 0 },
	{ "a printed fingerprint", S("AB:CD:EF"), S("\xab\xcd\xef"), NULL, 0 },
	{ "with blanks and line ends", S(" ab cd\t:\r\nef\n"), S("\xab\xcd\xef"), NULL, 0 },
	{ "nothing but what is skipped", S(": :"), S(""), NULL, 0 },
	{ "one digit", S("a"), S(""), "hex.syntax", 1 },
	{ "an odd digit at the end", S("abc"), S(""), "hex.syntax", 3 },
	{ "an odd digit before a colon", S("a:bc"), S(""), "hex.syntax", 1 },
	{ "a blank inside a byte", S("ab c d"), S(""), "hex.syntax", 4 },
	{ "the letter after the last", S("ag"), S(""), "hex.syntax", 1 },
	{ "a prefix", S("0xab"), S(""), "hex.syntax", 1 },
	{ "a sign", S("-1"), S(""), "hex.syntax", 0 },
	{ "a NUL", S("ab\0"), S(""), "hex.syntax", 2 },
	{ "another separator", S("ab-cd"), S(""), "hex.syntax", 2 },
};

static void test_hex_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hexes); i++)
		parse_try(hex_parse, &hexes[i]);
	limit_try(hex_parse, S("00:11:22:33"), 4);
	append_try(hex_parse, S("6162"), "before ab");
}

static bool is_hex(unsigned c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Twenty-two bytes are digits, whatever bits they share with the others. */
static void test_hex_digits(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		AUTO_IN_PLACE(buf) out = buf_init(10);
		const uint8_t first[] = { (uint8_t)c, '0' }, second[] = { '0', (uint8_t)c };
		enum status want = is_hex(c) ? ST_OK : ST_INPUT;
		assert_int_equal(hex_parse(&out, slice_of(second, 2), NULL), want);
		assert_int_equal(hex_parse(&out, slice_of(first, 2), NULL), want);
	}
}

static void test_hex_of_every_byte(void **state)
{
	AUTO_IN_PLACE(buf) text = buf_init(1000);
	AUTO_IN_PLACE(buf) back = buf_init(1000);
	struct slice all = all_bytes();

	(void)state;
	hex_format(&text, all);
	assert_int_equal(text.n, 512);
	assert_memory_equal(text.p, "000102030405060708090a0b", 24);
	assert_memory_equal(text.p + 506, "fdfeff", 6);
	assert_int_equal(hex_parse(&back, buf_slice(&text), NULL), ST_OK);
	assert_true(slice_eq(buf_slice(&back), all));
}

static void test_hex_format_all_or_nothing(void **state)
{
	(void)state;
	for (size_t max = 0; max <= 7; max++) {
		AUTO_IN_PLACE(buf) out = buf_init(max);
		hex_format(&out, S("abc"));
		assert_int_equal(buf_check(&out, NULL), max < 6 ? ST_LIMIT : ST_OK);
		assert_int_equal(out.n, max < 6 ? 0 : 6);
	}
}

/* --- base64 --- */

/* RFC 4648 10, and both letters of the alphabet that its texts have not. */
static const struct {
	struct slice bytes, text;
} vectors[] = {
	{ S(""), S("") },
	{ S("f"), S("Zg==") },
	{ S("fo"), S("Zm8=") },
	{ S("foo"), S("Zm9v") },
	{ S("foob"), S("Zm9vYg==") },
	{ S("fooba"), S("Zm9vYmE=") },
	{ S("foobar"), S("Zm9vYmFy") },
	{ S("\xfb\xff\xfe"), S("+//+") },
	{ S("\0\0\0"), S("AAAA") },
	{ S("\0"), S("AA==") },
	{ S("\xff\xff"), S("//8=") },
};

static void test_base64_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		AUTO_IN_PLACE(buf) text = buf_init(100);
		AUTO_IN_PLACE(buf) bytes = buf_init(100);
		base64_format(&text, vectors[i].bytes, 0);
		assert_int_equal(base64_parse(&bytes, vectors[i].text, NULL), ST_OK);
		if (!slice_eq(buf_slice(&text), vectors[i].text) ||
			!slice_eq(buf_slice(&bytes), vectors[i].bytes))
			fail_msg("%.*s", SLICE_FMT(vectors[i].text));
	}
}

static const struct parse base64s[] = {
	{ "line ends", S("Zm9v\r\nYmFy\r\n"), S("foobar"), NULL, 0 },
	{ "blanks anywhere", S(" Z\tm\n9 v Y g\r= = "), S("foob"), NULL, 0 },
	{ "nothing but blanks", S("\r\n \t"), S(""), NULL, 0 },
	/* RFC 4648 3.5 leaves it open; OpenSSL and others take it too. */
	{ "bits behind the last byte", S("Zh=="), S("f"), NULL, 0 },
	{ "one digit", S("Z"), S(""), "base64.syntax", 1 },
	{ "two digits", S("Zg"), S(""), "base64.syntax", 2 },
	{ "three digits", S("Zm8"), S(""), "base64.syntax", 3 },
	{ "half the padding", S("Zg="), S(""), "base64.syntax", 3 },
	{ "half the padding of a later group", S("Zm9vZg=\r\n"), S(""), "base64.syntax", 9 },
	{ "padding behind one digit", S("Z==="), S(""), "base64.syntax", 1 },
	{ "padding only", S("===="), S(""), "base64.syntax", 0 },
	{ "padding behind a whole group", S("Zm9v="), S(""), "base64.syntax", 4 },
	{ "a third padding", S("Zg==="), S(""), "base64.syntax", 4 },
	{ "a second padding", S("Zm8=="), S(""), "base64.syntax", 4 },
	{ "a digit after half the padding", S("Zg=v"), S(""), "base64.syntax", 3 },
	{ "a digit after padding", S("Zg==Z"), S(""), "base64.syntax", 4 },
	{ "two texts, one behind the other", S("Zg==Zg=="), S(""), "base64.syntax", 4 },
	{ "the same with a line end", S("Zm8=\r\nZm8="), S(""), "base64.syntax", 6 },
	{ "the alphabet for file names", S("-__-"), S(""), "base64.syntax", 0 },
	{ "a NUL", S("Zm\0v"), S(""), "base64.syntax", 2 },
	{ "a NUL at the end", S("Zm9v\0"), S(""), "base64.syntax", 4 },
	{ "a frame", S("-----BEGIN"), S(""), "base64.syntax", 0 },
	{ "a vertical tab", S("Zm9v\v"), S(""), "base64.syntax", 4 },
};

static void test_base64_parse(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(base64s); i++)
		parse_try(base64_parse, &base64s[i]);
	limit_try(base64_parse, S("Zm9vYmE="), 5);
	append_try(base64_parse, S("Zm8="), "before fo");
}

static void test_base64_digits(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/ \t\r\n";

	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		AUTO_IN_PLACE(buf) out = buf_init(10);
		const uint8_t text[] = { 'A', (uint8_t)c, 'A', 'A', 'A' };
		bool blank = c && strchr(" \t\r\n", (int)c), digit = c && strchr(digits, (int)c);
		enum status st = base64_parse(&out, slice_of(text, blank ? 5 : 4), NULL);
		assert_int_equal(st, digit ? ST_OK : ST_INPUT);
	}
}

/* A text of lines of at most `line` characters, all but the last full, each with its CRLF. */
static void expect_lines(struct slice text, size_t line)
{
	struct slice rest = text;
	size_t full = (line + 3) / 4 * 4; /* groups are not divided */

	while (rest.n) {
		size_t at;
		assert_true(slice_find(&at, rest, S("\r\n")));
		rest = slice_from(rest, at + 2);
		assert_true(rest.n ? at == full : at > 0 && at <= full);
	}
}

static void round_trip_try(struct slice bytes, size_t line)
{
	AUTO_IN_PLACE(buf) text = buf_init(5000);
	AUTO_IN_PLACE(buf) back = buf_init(3000);
	size_t at;

	base64_format(&text, bytes, line);
	if (line)
		expect_lines(buf_slice(&text), line);
	else
		assert_false(slice_find_byte(&at, buf_slice(&text), '\n'));
	assert_int_equal(base64_parse(&back, buf_slice(&text), NULL), ST_OK);
	assert_true(slice_eq(buf_slice(&back), bytes));
}

static void test_base64_round_trips(void **state)
{
	static const size_t lines[] = { 0, 1, 4, 5, 64, 76, SIZE_MAX - 3 };
	static uint8_t many[2400];

	(void)state;
	for (size_t i = 0; i < COUNT(lines); i++)
		for (size_t n = 0; n <= 256; n++)
			round_trip_try(slice_to(all_bytes(), n), lines[i]);
	for (size_t i = 0; i < sizeof(many); i++)
		many[i] = (uint8_t)(i * 11 + i / 256);
	/* Around where groups are taken together. */
	for (size_t n = 764; n <= sizeof(many); n += n % 768 == 4 ? 760 : 1)
		round_trip_try(slice_of(many, n), n % 2 ? 0 : 76);
}

/* Cut anywhere, the text is either whole groups or refused: never another last byte. */
static void test_base64_cut_anywhere(void **state)
{
	struct slice text = S("Zm9vYmFyZm9vYmE=");

	(void)state;
	for (size_t n = 0; n <= text.n; n++) {
		AUTO_IN_PLACE(buf) out = buf_init(100);
		struct fault f = { 0 };
		enum status st = base64_parse(&out, slice_to(text, n), &f);
		assert_int_equal(st, n % 4 ? ST_INPUT : ST_OK);
		assert_true(f.offset == (n % 4 ? n : 0));
		if (st == ST_OK)
			assert_int_equal(out.n, n == text.n ? 11 : n / 4 * 3);
	}
}

static void test_base64_format_without_room(void **state)
{
	(void)state;
	for (size_t max = 0; max <= 13; max++) {
		AUTO_IN_PLACE(buf) out = buf_init(max);
		base64_format(&out, S("fooba"), 4);
		assert_int_equal(buf_check(&out, NULL), max < 12 ? ST_LIMIT : ST_OK);
		assert_memory_equal(out.p ? out.p : (uint8_t *)"", "Zm9v\r\nYmE=\r\n", out.n);
	}
}

/* --- quoted-printable --- */

#define QP "quoted-printable.syntax"

static const struct parse quoteds[] = {
	{ "nothing", S(""), S(""), NULL, 0 },
	{ "plain text", S("a b\r\nc"), S("a b\r\nc"), NULL, 0 },
	{ "a byte", S("=41=3D=00=ff=FF"), S("A=\0\xff\xff"), NULL, 0 },
	{ "an escaped line end", S("a=0D=0Ab"), S("a\r\nb"), NULL, 0 },
	{ "a soft break", S("a=\r\nb"), S("ab"), NULL, 0 },
	{ "a soft break of LF", S("a=\nb"), S("ab"), NULL, 0 },
	{ "a soft break padded on its way", S("a= \t \r\nb"), S("ab"), NULL, 0 },
	{ "two soft breaks", S("a=\r\n=\r\nb"), S("ab"), NULL, 0 },
	{ "a soft break at the end", S("a=\r\n"), S("a"), NULL, 0 },
	{ "digits after a soft break are text", S("=\r\n41"), S("41"), NULL, 0 },
	{ "blanks inside a line", S(" a \t b"), S(" a \t b"), NULL, 0 },
	{ "an escaped blank at the end of a line", S("a=20\r\nb=09"), S("a \r\nb\t"), NULL, 0 },
	{ "bytes that ought to be escaped", S("\0\xe4\x7f"), S("\0\xe4\x7f"), NULL, 0 },
	/* RFC 2045 6.7 (3): such blanks were added on the way, and must be deleted. */
	{ "blanks at the end of a line", S("a \t\r\nb"), S("a\r\nb"), NULL, 0 },
	{ "blanks at the end of a line of LF", S("a  \nb"), S("a\nb"), NULL, 0 },
	{ "a line of blanks", S("a\r\n \t \r\nb"), S("a\r\n\r\nb"), NULL, 0 },
	{ "blanks at the end of all", S("a \t"), S("a"), NULL, 0 },
	{ "blanks behind an escaped one", S("a=20 \r\n"), S("a \r\n"), NULL, 0 },
	{ "blanks before a CR that is no line end", S("a \rb"), S("a \rb"), NULL, 0 },
	{ "blanks before a soft break count", S("a =\r\nb"), S("a b"), NULL, 0 },
	{ "'=' at the end", S("a="), S(""), QP, 1 },
	{ "'=' and blanks at the end", S("a= "), S(""), QP, 1 },
	{ "one digit at the end", S("ab=4"), S(""), QP, 2 },
	{ "one digit", S("=4g"), S(""), QP, 0 },
	{ "no digit", S("x=g4"), S(""), QP, 1 },
	{ "a blank before the digits", S("= 41"), S(""), QP, 0 },
	{ "'=' twice", S("=="), S(""), QP, 0 },
	{ "half a line end", S("=\r"), S(""), QP, 0 },
	{ "half a line end and more", S("=\rab"), S(""), QP, 0 },
	{ "a later one", S("=41=\r\n=4"), S(""), QP, 6 },
};

static void test_quoted_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(quoteds); i++)
		parse_try(quoted_printable_parse, &quoteds[i]);
	limit_try(quoted_printable_parse, S("a=41=\r\nb  \r\n"), 5);
	append_try(quoted_printable_parse, S("=41"), "before A");
}

static void test_quoted_printable_of_every_byte(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		AUTO_IN_PLACE(buf) text = buf_init(10);
		AUTO_IN_PLACE(buf) out = buf_init(10);
		buf_putf(&text, "=%02X", c);
		assert_int_equal(quoted_printable_parse(&out, buf_slice(&text), NULL), ST_OK);
		assert_true(out.n == 1 && out.p[0] == c);
	}
}

/* A megabyte of blanks, with nothing behind it that they could belong to. */
static void test_quoted_printable_of_many_blanks(void **state)
{
	enum { MANY = 1 << 20 };
	AUTO_IN_PLACE(buf) text = buf_init(MANY + 2);
	AUTO_IN_PLACE(buf) out = buf_init(MANY + 2);

	(void)state;
	memset(buf_extend(&text, MANY), ' ', MANY);
	buf_put_text(&text, "x");
	assert_int_equal(quoted_printable_parse(&out, buf_slice(&text), NULL), ST_OK);
	assert_true(slice_eq(buf_slice(&out), buf_slice(&text)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex_parse),
		cmocka_unit_test(test_hex_digits),
		cmocka_unit_test(test_hex_of_every_byte),
		cmocka_unit_test(test_hex_format_all_or_nothing),
		cmocka_unit_test(test_base64_vectors),
		cmocka_unit_test(test_base64_parse),
		cmocka_unit_test(test_base64_digits),
		cmocka_unit_test(test_base64_round_trips),
		cmocka_unit_test(test_base64_cut_anywhere),
		cmocka_unit_test(test_base64_format_without_room),
		cmocka_unit_test(test_quoted_printable),
		cmocka_unit_test(test_quoted_printable_of_every_byte),
		cmocka_unit_test(test_quoted_printable_of_many_blanks),
	};

	return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
