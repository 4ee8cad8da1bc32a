/* SPDX-License-Identifier: Apache-2.0 */
/* Used by every command that prints. */
#include "cli/output.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "exchange/utf8.h"

struct table {
	const char *const *titles;
	size_t columns, rows, room;
	char **cells;
	size_t widths[TABLE_COLUMNS_MAX];
};

/* Columns on the terminal, not bytes: continuation bytes of UTF-8 take no room. */
static size_t width_of(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

struct table *table_new(const char *const *titles, size_t columns)
{
	struct table *t = alloc_zeroed(1, sizeof(*t));

	t->titles = titles;
	t->columns = columns;
	for (size_t i = 0; i < columns; i++)
		t->widths[i] = width_of(titles[i]);
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->rows * t->columns; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

#define ESCAPED 4 /* bytes that one becomes */
#define UTF8_BYTES 4 /* of a character, at most */

/*
 * A byte that begins no character, and those of a character that a terminal would act on, as faults
 * have them: \\xHH.
 */
static void clean_put(struct buf *out, struct slice rest)
{
	uint32_t c;

	while (rest.n > 0) {
		size_t n = utf8_first(&c, rest);
		bool is_clean = n > 0 && !utf8_is_control(c);

		n = n ? n : 1;
		if (is_clean)
			buf_put(out, slice_to(rest, n));
		for (size_t i = 0; !is_clean && i < n; i++)
			buf_putf(out, "\\x%02x", rest.p[i]);
		rest = slice_from(rest, n);
	}
}

/* The bytes of "\\xc3\\xb6" in front, at most a character's; how many. */
static size_t spelt_bytes(struct buf *out, struct slice rest)
{
	size_t count = 0;

	while (count < UTF8_BYTES && rest.n >= ESCAPED &&
		slice_has_prefix(rest, S("\\x")) &&
		hex_parse(out, slice_sub(rest, 2, 2), NULL) == ST_OK) {
		rest = slice_from(rest, ESCAPED);
		count++;
	}
	return count;
}

void fault_words_put(struct buf *out, struct slice text)
{
	while (text.n > 0) {
		AUTO_IN_PLACE(buf) bytes = buf_init(UTF8_BYTES);
		uint32_t c = 0;
		size_t n = spelt_bytes(&bytes, text) > 1 ? utf8_first(&c, buf_slice(&bytes)) : 0;
		bool is_spelt = n > 1 && !utf8_is_control(c);

		buf_put(out, is_spelt ? slice_to(buf_slice(&bytes), n) : slice_to(text, 1));
		text = slice_from(text, is_spelt ? n * ESCAPED : 1);
	}
}

void print_safe(struct slice text)
{
	AUTO_IN_PLACE(buf) clean = buf_init(ESCAPED * text.n);

	clean_put(&clean, text);
	fwrite(clean.p, 1, clean.n, stdout);
}

/* "-5.00": digits with at most one point. */
static bool is_number(struct slice text)
{
	size_t digits = 0, points = 0;

	text = slice_from(text, text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'));
	for (size_t i = 0; i < text.n; i++) {
		points += text.p[i] == '.';
		digits += text.p[i] >= '0' && text.p[i] <= '9';
	}
	return digits > 0 && points <= 1 && digits + points == text.n;
}

/*
 * Spreadsheets pass over blanks, TAB and line ends, and take the wide forms of these characters for
 * them, too.
 */
static bool is_formula(struct slice text)
{
	static const char *const signs[] = { "=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d",
		"\uff20" };
	struct slice rest = slice_trim(text);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (slice_has_prefix(rest, slice_str(signs[i])))
			return !is_number(rest);
	return false;
}

void csv_text(struct slice text, char behind)
{
	AUTO_IN_PLACE(buf) clean = buf_init(ESCAPED * text.n + 1);
	size_t at;
	bool quote = slice_find_byte(&at, text, ',') || slice_find_byte(&at, text, '"');

	if (is_formula(text))
		buf_put_u8(&clean, '\'');
	clean_put(&clean, text);
	if (quote)
		putchar('"');
	for (size_t i = 0; i < clean.n; i++) {
		if (clean.p[i] == '"')
			putchar('"');
		putchar(clean.p[i]);
	}
	if (quote)
		putchar('"');
	putchar(behind);
}

static char *cell_copy(const char *text)
{
	AUTO_IN_PLACE(buf) clean = buf_init(ESCAPED * strlen(text));

	clean_put(&clean, slice_str(text));
	char *copy = strdup(buf_text(&clean));
	if (!copy)
		die("out of memory");
	return copy;
}

static void table_grow(struct table *t)
{
	if (t->rows < t->room)
		return;
	t->room = t->room ? t->room * 2 : 32;
	t->cells = realloc(t->cells, t->room * t->columns * sizeof(*t->cells));
	if (!t->cells)
		die("out of memory");
}

void table_row(struct table *t, const char *const *cells)
{
	table_grow(t);
	for (size_t i = 0; i < t->columns; i++) {
		char *cell = cell_copy(cells[i]);
		size_t width = width_of(cell);
		t->cells[t->rows * t->columns + i] = cell;
		t->widths[i] = width > t->widths[i] ? width : t->widths[i];
	}
	t->rows++;
}

static void cells_print(const struct table *t, const char *const *cells)
{
	for (size_t i = 0; i < t->columns; i++) {
		size_t pad = i + 1 < t->columns ? t->widths[i] - width_of(cells[i]) + 2 : 0;
		printf("%s%*s", cells[i], (int)pad, "");
	}
	putchar('\n');
}

void table_print(const struct table *t)
{
	cells_print(t, t->titles);
	for (size_t r = 0; r < t->rows; r++)
		cells_print(t, (const char *const *)&t->cells[r * t->columns]);
}

size_t table_rows(const struct table *t)
{
	return t->rows;
}

char *size_format(char out[SIZE_TEXT_MAX], uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024) {
		snprintf(out, SIZE_TEXT_MAX, "%u", (unsigned)bytes);
		return out;
	}
	for (; value >= 1024 && unit < 3; unit++)
		value /= 1024;
	snprintf(out, SIZE_TEXT_MAX, "%.1f %s", value, units[unit]);
	return out;
}

json_t *json_slice(struct slice s)
{
	json_t *text = json_stringn((const char *)s.p, s.n);

	if (text)
		return text;
	AUTO_IN_PLACE(buf) clean = buf_init(3 * s.n + 1);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 0x20 && s.p[i] < 0x7f)
			buf_put_u8(&clean, s.p[i]);
		else
			buf_put_text(&clean, "\xef\xbf\xbd");
	return json_string(buf_text(&clean));
}

json_t *json_path(const char *path)
{
	return json_slice(slice_str(path));
}

json_t *json_time(int64_t utc_ns)
{
	char text[TIME_TEXT_MAX];

	return utc_ns == 0 ? json_null() : json_string(time_format(text, utc_ns));
}

/* NULL: a member was no UTF-8 and did not come by json_slice(). */
static void json_put(json_t *value, size_t flags)
{
	if (!value)
		bug("an answer that is no JSON");
	json_dumpf(value, stdout, flags);
	putchar('\n');
	json_decref(value);
}

void json_print(json_t *value)
{
	json_put(value, JSON_INDENT(2));
}

void json_print_line(json_t *value)
{
	json_put(value, JSON_COMPACT);
}

static json_t *json_fault(struct slice code, struct slice text)
{
	if (code.n == 0)
		return json_null();
	return json_pack("{s:o, s:o}", "code", json_slice(code), "text", json_slice(text));
}

/* What was accepted has no fault: it may be flagged for what was tolerated. */
bool message_is_flagged(const struct verb_message *m)
{
	return m->code.n != 0 &&
		(m->state == DELIVERY_RECEIVED || m->state == DELIVERY_DELIVERED);
}

/* Of what was rejected no document is known. */
static json_t *json_digest(const struct verb_message *m)
{
	AUTO_IN_PLACE(buf) digest = buf_init(2 * DIGEST_SIZE);

	if (m->state == DELIVERY_REJECTED)
		return json_null();
	hex_format(&digest, m->digest);
	return json_string(buf_text(&digest));
}

static const char *direction_name(uint32_t direction)
{
	return direction == MESSAGE_IN ? "in" : "out";
}

/* null: none is held; for what came in, the receipt is ours. */
static json_t *json_receipt(const struct verb_message *m)
{
	static const char *const names[RECEIPTS] = {
		[RECEIPT_SIGNED] = "signed", [RECEIPT_UNSIGNED] = "unsigned"
	};

	if (m->direction != MESSAGE_OUT || m->receipt >= RECEIPTS || !names[m->receipt])
		return json_null();
	return json_string(names[m->receipt]);
}

const char *receipt_words(const struct verb_message *m)
{
	static const char *const words[RECEIPTS] = {
		[RECEIPT_SIGNED] = "receipt verified",
		[RECEIPT_UNSIGNED] = "receipt not signed, as agreed",
		[RECEIPT_NONE] = "no receipt agreed",
	};

	return words[m->receipt < RECEIPTS ? m->receipt : RECEIPT_NONE];
}

/* null: it goes in the answer, or there is none. */
static json_t *json_owed(const struct verb_message *m)
{
	bool is_owed = m->direction == MESSAGE_IN && m->owed < DELIVERIES;

	return is_owed ? json_string(delivery_name(m->owed)) : json_null();
}

json_t *json_message(const struct verb_message *m)
{
	bool flagged = message_is_flagged(m);

	return json_pack(
		"{s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:n, s:I, s:o, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"message-id", json_slice(m->message_id), "direction", direction_name(m->direction),
		"area", m->area < AREAS ? area_name(m->area) : "?", "state",
		m->state < DELIVERIES ? delivery_name(m->state) : "?", "partner",
		json_slice(m->partner), "media-type", json_slice(m->media_type), "filename",
		json_slice(m->filename), "documents", "size", (json_int_t)m->size, "sha256",
		json_digest(m), "attempts", (json_int_t)m->attempts, "created", json_time(m->created_ns),
		"deadline", json_time(m->deadline_ns), "settled", json_time(m->settled_ns),
		"received-by-partner", json_time(m->receipt_ns), "receipt", json_receipt(m),
		"our-receipt", json_owed(m), "mic", json_slice(m->mic), "fault",
		json_fault(flagged ? S("") : m->code, m->text), "flag",
		json_fault(flagged ? m->code : S(""), m->text));
}
