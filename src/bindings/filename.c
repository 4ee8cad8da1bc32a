/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File names in MIME headers, for the envelope process.  Nothing is refused: a name that cannot
 * be read is kept as far as it can be, because a document never fails for its name (pains 41).
 */
#include "bindings/filename.h"

#include "base/codec.h"
#include "bindings/charset.h"

#define NAME_DECODED_MAX 4096 /* bytes: what a header block of peer's text may grow to */

static bool in_range(uint8_t c, uint8_t first, uint8_t last)
{
	return c >= first && c <= last;
}

/* RFC 2231 5: a label of a word may have a language, "charset*en". */
static void text_put(struct buf *out, struct slice charset, struct slice text)
{
	struct slice name, language;

	slice_cut(&name, &language, charset, '*');
	charset_put(out, name, text);
}

/* --- escapes ---------------------------------------------------------------------- */

static bool is_hex(uint8_t c)
{
	return in_range(c, '0', '9') || in_range(c | 0x20, 'a', 'f');
}

static bool is_escape(struct slice text)
{
	return text.n >= 2 && is_hex(text.p[0]) && is_hex(text.p[1]);
}

/* %HH of RFC 2231 and =HH of RFC 2047, whose '_' is a blank.  An escape that is none stays. */
static void unescape(struct buf *out, struct slice text, uint8_t mark)
{
	struct slice before, after;

	while (slice_cut(&before, &after, text, mark)) {
		buf_put(out, before);
		if (!is_escape(after) || hex_parse(out, slice_to(after, 2), NULL) != ST_OK)
			buf_put_u8(out, mark);
		else
			after = slice_from(after, 2);
		text = after;
	}
	buf_put(out, before);
}

static void blanks_restore(struct slice text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		buf_put_u8(out, text.p[i] == '_' ? ' ' : text.p[i]);
}

static bool q_decode(struct buf *out, struct slice text)
{
	AUTO_IN_PLACE(buf) plain = buf_init(NAME_DECODED_MAX);

	blanks_restore(text, &plain);
	unescape(out, buf_slice(&plain), '=');
	return true;
}

static bool b_decode(struct buf *out, struct slice text)
{
	return base64_parse(out, text, NULL) == ST_OK;
}

/* --- RFC 2047: =?charset?B|Q?text?= ------------------------------------------------ */

static bool word_decode(struct buf *bytes, struct slice kind, struct slice text)
{
	if (slice_eq_nocase(kind, S("B")))
		return b_decode(bytes, text);
	return slice_eq_nocase(kind, S("Q")) && q_decode(bytes, text);
}

/* A word at the front of *rest, which it is taken off of. */
static bool word_read(struct buf *bytes, struct slice *charset, struct slice *rest)
{
	struct slice kind, text, after;
	size_t end;

	if (!slice_has_prefix(*rest, S("=?")))
		return false;
	if (!slice_cut(charset, &after, slice_from(*rest, 2), '?') ||
		!slice_cut(&kind, &after, after, '?'))
		return false;
	if (!slice_find(&end, after, S("?=")))
		return false;
	text = slice_to(after, end);
	if (!word_decode(bytes, kind, text))
		return false;
	*rest = slice_from(after, end + 2);
	return true;
}

/* Blanks between two words are not part of the text (RFC 2047 6.2). */
static struct slice blanks_before_word(struct slice rest)
{
	struct slice next = rest;

	while (next.n > 0 && (next.p[0] <= ' '))
		next = slice_from(next, 1);
	return slice_has_prefix(next, S("=?")) ? next : rest;
}

/* Words that follow one another: products cut a letter of several bytes in two. */
struct words {
	struct buf plain, bytes; /* decoded; of the words of `charset` */
	struct slice charset;
};

static void words_end(struct words *w)
{
	text_put(&w->plain, w->charset, buf_slice(&w->bytes));
	buf_clear(&w->bytes);
	w->charset = S("");
}

static void words_text(struct words *w, struct slice text)
{
	if (text.n > 0)
		words_end(w);
	buf_put(&w->plain, text);
}

/* False: there is none at the front of *rest. */
static bool words_next(struct words *w, struct slice *rest)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(NAME_DECODED_MAX);
	struct slice charset;

	if (!word_read(&bytes, &charset, rest))
		return false;
	if (!slice_eq_nocase(charset, w->charset))
		words_end(w);
	w->charset = charset;
	buf_put(&w->bytes, buf_slice(&bytes));
	*rest = blanks_before_word(*rest);
	return true;
}

static void words_put(struct buf *out, struct slice text)
{
	struct words w = { .plain = buf_init(NAME_DECODED_MAX),
		.bytes = buf_init(NAME_DECODED_MAX) };
	size_t at;

	while (slice_find(&at, text, S("=?"))) {
		words_text(&w, slice_to(text, at));
		text = slice_from(text, at);
		if (words_next(&w, &text))
			continue;
		words_text(&w, slice_to(text, 2));
		text = slice_from(text, 2);
	}
	words_text(&w, text);
	words_end(&w);
	text_put(out, S(""), buf_slice(&w.plain));
	buf_done(&w.plain);
	buf_done(&w.bytes);
}

/* --- RFC 2231 ---------------------------------------------------------------------- */

/* "UTF-8'en'%e2%82%ac": the two quotes may be missing in continuations and in sloppy products. */
static struct slice charset_cut(struct slice *charset, struct slice value)
{
	struct slice name, language, text;

	if (!slice_cut(&name, &text, value, '\'') || !slice_cut(&language, &text, text, '\''))
		return value;
	*charset = name;
	return text;
}

/*
 * Takes the backslashes off that hide a quote or a backslash.  Any other is of a path, as
 * C:\Users\bob\invoice.edi, that a product put between quotes as it was.
 */
static void name_unquote(struct buf *out, struct slice quoted)
{
	for (size_t i = 0; i < quoted.n; i++) {
		bool hides = quoted.p[i] == '\\' && i + 1 < quoted.n &&
			(quoted.p[i + 1] == '"' || quoted.p[i + 1] == '\\');
		buf_put_u8(out, quoted.p[hides ? ++i : i]);
	}
}

/* The value of NAMESUFFIX as bytes; false when there is none.  *charset: of the first. */
static bool extended_put(struct buf *bytes, struct slice *charset, const struct mime_value *value,
	const char *name, const char *suffix, bool first)
{
	AUTO_IN_PLACE(buf) full = buf_init(MIME_BOUNDARY_MAX);
	struct slice text;

	buf_put_text(&full, name);
	buf_put_text(&full, suffix);
	text = mime_param_get(value, buf_text(&full));
	if (text.n == 0)
		return false;
	unescape(bytes, first ? charset_cut(charset, text) : text, '%');
	return true;
}

/* name*N, or name*N* with escapes. */
static bool piece_put(struct buf *bytes, struct slice *charset, const struct mime_value *value,
	const char *name, unsigned number)
{
	AUTO_IN_PLACE(buf) suffix = buf_init(MIME_BOUNDARY_MAX);
	AUTO_IN_PLACE(buf) full = buf_init(MIME_BOUNDARY_MAX);
	struct slice plain;

	buf_putf(&suffix, "*%u*", number);
	if (extended_put(bytes, charset, value, name, buf_text(&suffix), number == 0))
		return true;
	buf_putf(&full, "%s*%u", name, number);
	plain = mime_param_get(value, buf_text(&full));
	name_unquote(bytes, plain);
	return plain.n > 0;
}

static void pieces_put(struct buf *bytes, struct slice *charset, const struct mime_value *value,
	const char *name)
{
	unsigned number = 0;

	while (number < MIME_PARAMS_MAX && piece_put(bytes, charset, value, name, number))
		number++;
}

/* --- in and out --------------------------------------------------------------------- */

static void extended_name(struct buf *out, const struct mime_value *value, const char *name)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(NAME_DECODED_MAX);
	struct slice charset = S("");

	if (!extended_put(&bytes, &charset, value, name, "*", true))
		pieces_put(&bytes, &charset, value, name);
	text_put(out, charset, buf_slice(&bytes));
}

static void plain_name(struct buf *out, const struct mime_value *value, const char *name)
{
	AUTO_IN_PLACE(buf) text = buf_init(NAME_DECODED_MAX);

	name_unquote(&text, mime_param_get(value, name));
	words_put(out, buf_slice(&text));
}

static void name_from(struct buf *out, const struct mime_value *value, const char *name)
{
	size_t before = out->n;

	if (!value)
		return;
	extended_name(out, value, name);
	if (out->n == before)
		plain_name(out, value, name);
}

void mime_filename(
	struct buf *out, const struct mime_value *disposition, const struct mime_value *type)
{
	size_t before = out->n;

	name_from(out, disposition, "filename");
	if (out->n == before)
		name_from(out, type, "name");
}

static bool is_plain(uint8_t c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* RFC 8187 attr-char, without the marks that other readers stumble over. */
static bool is_attr(uint8_t c)
{
	size_t at;

	return in_range(c | 0x20, 'a', 'z') || in_range(c, '0', '9') ||
		slice_find_byte(&at, S("-._~"), c);
}

static void plain_put(struct buf *out, struct slice name)
{
	for (size_t i = 0; i < name.n; i++)
		buf_put_u8(out, is_plain(name.p[i]) ? name.p[i] : '_');
}

static void escaped_put(struct buf *out, struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (is_attr(name.p[i]))
			buf_put_u8(out, name.p[i]);
		else
			buf_putf(out, "%%%02X", name.p[i]);
	}
}

/* What looks like an RFC 2047 word would be decoded by the reader: such a name is not plain either.
 */
static bool name_is_plain(struct slice name)
{
	size_t word;

	if (slice_find(&word, name, S("=?")))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_plain(name.p[i]))
			return false;
	return true;
}

void mime_filename_format(struct buf *out, struct slice filename)
{
	if (filename.n == 0)
		return;
	buf_put_text(out, "; filename=\"");
	plain_put(out, filename);
	buf_put_text(out, "\"");
	if (name_is_plain(filename))
		return;
	buf_put_text(out, ";\r\n filename*=UTF-8''");
	escaped_put(out, filename);
}
