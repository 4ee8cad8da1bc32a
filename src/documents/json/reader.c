/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of open objects are a stack, and slots of a hash table beside it point into the stack.
 * What came last goes first, so a slot that is emptied is in nobody's way, and each name costs the
 * same, however many there are.  Members are written one by one where they stay: copies of whole
 * structures were what took the time.
 */
#include "documents/json/reader.h"

#include "base/views.h"

void json_reader_init(struct json_reader *r, struct slice in)
{
	*r = (struct json_reader){ .in = in, .is_fresh = true };
}

static bool at_end(const struct json_reader *r)
{
	return r->at >= r->in.n;
}

/* 0 at the end: no JSON has that byte where it is asked for. */
static uint8_t peek(const struct json_reader *r)
{
	return at_end(r) ? 0 : r->in.p[r->at];
}

static bool in_object(const struct json_reader *r)
{
	return r->depth > 0 && r->objects >> (r->depth - 1) & 1;
}

static void blanks_skip(struct json_reader *r)
{
	uint8_t c = peek(r);

	while (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
		r->at++;
		c = peek(r);
	}
}

/* The input has something else at its place than `wanted`. */
static enum status unexpected(const struct json_reader *r, const char *wanted, struct fault *f)
{
	if (at_end(r))
		return fault_at(f, ST_INPUT, r->at, "json.end",
			"the document ends where %s is expected", wanted);
	return fault_at(f, ST_INPUT, r->at, "json.syntax", "%.1s stands where %s is expected",
		(const char *)r->in.p + r->at, wanted);
}

/* --- strings ------------------------------------------------------------------- */

#define EVERY_BYTE UINT64_C(0x0101010101010101)
#define HIGH_BITS UINT64_C(0x8080808080808080)

/* The high bit of each byte below `least`; above the first of them, perhaps of others too. */
static inline uint64_t bytes_below(uint64_t x, uint8_t least)
{
	return (x - EVERY_BYTE * least) & ~x & HIGH_BITS;
}

/* Control characters, quotes, backslashes, and what is no ASCII: the first of them is right. */
static inline uint64_t bytes_to_ask(uint64_t x)
{
	return (x & HIGH_BITS) | bytes_below(x, 0x20) | bytes_below(x ^ EVERY_BYTE * '"', 1) |
		bytes_below(x ^ EVERY_BYTE * '\\', 1);
}

static inline bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* Most of a string is plain, and nothing is to be asked of that. */
static void plain_skip(struct json_reader *r)
{
	const struct slice in = r->in;
	size_t at = r->at;

	for (; in.n - at >= SLICE_WORD; at += SLICE_WORD) {
		uint64_t found = bytes_to_ask(slice_word(in, at));

		if (found) {
			r->at = at + (size_t)__builtin_ctzll(found) / 8;
			return;
		}
	}
	while (at < in.n && is_plain(in.p[at]))
		at++;
	r->at = at;
}

static enum status character_skip(struct json_reader *r, struct json_text *text, struct fault *f)
{
	uint8_t c = peek(r);
	uint32_t character;
	size_t n = json_character(&character, slice_from(r->in, r->at));

	if (at_end(r))
		return fault_at(f, ST_INPUT, r->at, "json.end", "the document ends within a string");
	if (c < 0x20)
		return fault_at(f, ST_INPUT, r->at, "json.string",
			"a string has the control character %02x: it has to be escaped", c);
	if (n == 0 && c == '\\')
		return fault_at(f, ST_INPUT, r->at, "json.escape",
			"an escape is none, or half of a surrogate pair");
	if (n == 0)
		return fault_at(f, ST_INPUT, r->at, "json.utf8", "a string is no UTF-8 here");
	text->is_escaped |= c == '\\';
	r->at += n;
	return ST_OK;
}

/* The quote is there. */
static enum status string_read(struct json_text *out, struct json_reader *r, struct fault *f)
{
	size_t begin = ++r->at;

	out->is_escaped = false;
	for (plain_skip(r); peek(r) != '"'; plain_skip(r))
		TRY(character_skip(r, out, f));
	out->raw.p = r->in.p + begin;
	out->raw.n = r->at++ - begin;
	return ST_OK;
}

/* --- names --------------------------------------------------------------------- */

static bool is_name(const struct json_reader *r, const struct json_event *e, unsigned at)
{
	const struct json_name *name = &r->names[at - 1];

	return name->hash == e->hash && name->depth == r->depth &&
		json_text_compare(name->text, e->name) == 0;
}

static enum status name_add(struct json_reader *r, const struct json_event *e, struct fault *f)
{
	uint32_t slot = (e->hash ^ r->depth * 0x9e3779b9U) % JSON_SLOTS;
	struct json_name *name = &r->names[r->name_count];

	for (; r->slots[slot]; slot = (slot + 1) % JSON_SLOTS)
		if (is_name(r, e, r->slots[slot]))
			return fault_at(f, ST_INPUT, r->at, "json.name-twice",
				"%.*s is in this object already", SLICE_FMT(e->name.raw));
	if (r->name_count >= JSON_NAMES_MAX)
		return fault_at(f, ST_LIMIT, r->at, "json.names",
			"more than %d names are open here", JSON_NAMES_MAX);
	name->text.raw.p = e->name.raw.p;
	name->text.raw.n = e->name.raw.n;
	name->text.is_escaped = e->name.is_escaped;
	name->hash = e->hash;
	name->slot = (uint16_t)slot;
	name->depth = (uint8_t)r->depth;
	r->slots[slot] = (uint16_t)++r->name_count;
	return ST_OK;
}

static void names_drop(struct json_reader *r, unsigned depth)
{
	for (; r->name_count > 0 && r->names[r->name_count - 1].depth == depth; r->name_count--)
		r->slots[r->names[r->name_count - 1].slot] = 0;
}

static enum status name_read(struct json_event *e, struct json_reader *r, struct fault *f)
{
	if (peek(r) != '"')
		return unexpected(r, "a name in quotes", f);
	e->name_offset = r->at;
	TRY(string_read(&e->name, r, f));
	e->is_member = true;
	e->hash = json_text_hash(e->name);
	TRY(name_add(r, e, f));
	blanks_skip(r);
	if (peek(r) != ':')
		return unexpected(r, "a colon", f);
	r->at++;
	blanks_skip(r);
	return ST_OK;
}

/* --- values -------------------------------------------------------------------- */

static size_t digits_skip(struct json_reader *r)
{
	size_t begin = r->at;

	while (peek(r) >= '0' && peek(r) <= '9')
		r->at++;
	return r->at - begin;
}

static bool byte_skip(struct json_reader *r, uint8_t a, uint8_t b)
{
	bool there = !at_end(r) && (peek(r) == a || peek(r) == b);

	r->at += there;
	return there;
}

static enum status number_read(struct json_event *e, struct json_reader *r, struct fault *f)
{
	bool good;

	byte_skip(r, '-', '-');
	good = byte_skip(r, '0', '0') || digits_skip(r) > 0;
	if (good && byte_skip(r, '.', '.'))
		good = digits_skip(r) > 0;
	if (good && byte_skip(r, 'e', 'E')) {
		byte_skip(r, '+', '-');
		good = digits_skip(r) > 0;
	}
	if (!good)
		return fault_at(f, ST_INPUT, r->at, "json.number", "a number is not finished here");
	e->kind = JSON_IS_NUMBER;
	e->text.raw = slice_sub(r->in, e->offset, r->at - e->offset);
	e->text.is_escaped = false;
	return ST_OK;
}

static enum status open_read(struct json_event *e, struct json_reader *r, struct fault *f)
{
	uint64_t bit = UINT64_C(1) << (r->depth % JSON_DEPTH_MAX);

	if (r->depth >= JSON_DEPTH_MAX)
		return fault_at(f, ST_LIMIT, r->at, "json.depth", "more than %d levels are nested",
			JSON_DEPTH_MAX);
	r->objects = e->kind == JSON_IS_OBJECT ? r->objects | bit : r->objects & ~bit;
	r->depth++;
	r->at++;
	r->is_fresh = true;
	return ST_OK;
}

static enum status word_read(struct json_event *e, struct json_reader *r, struct fault *f)
{
	static const struct {
		struct slice text;
		enum json_kind kind;
	} words[] = {
		{ S("true"), JSON_IS_TRUE },
		{ S("false"), JSON_IS_FALSE },
		{ S("null"), JSON_IS_NULL },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (slice_has_prefix(slice_from(r->in, r->at), words[i].text)) {
			e->kind = words[i].kind;
			r->at += words[i].text.n;
			return ST_OK;
		}
	return unexpected(r, "a value", f);
}

static enum status value_read(struct json_event *e, struct json_reader *r, struct fault *f)
{
	uint8_t c = peek(r);

	e->offset = r->at;
	r->is_fresh = false;
	if (c == '"') {
		e->kind = JSON_IS_STRING;
		return string_read(&e->text, r, f);
	}
	if (c == '{' || c == '[') {
		e->kind = c == '{' ? JSON_IS_OBJECT : JSON_IS_ARRAY;
		return open_read(e, r, f);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number_read(e, r, f);
	return word_read(e, r, f);
}

static enum status close_read(struct json_event *e, struct json_reader *r)
{
	e->kind = JSON_IS_CLOSE;
	e->offset = r->at++;
	names_drop(r, r->depth);
	r->depth--;
	r->is_fresh = false;
	return ST_OK;
}

/* Within an object or array: a comma where one is due, and the name. */
static enum status member_begin(struct json_event *e, struct json_reader *r, struct fault *f)
{
	if (!r->is_fresh) {
		if (peek(r) != ',')
			return unexpected(r, in_object(r) ? "a comma or }" : "a comma or ]", f);
		r->at++;
		blanks_skip(r);
	}
	return in_object(r) ? name_read(e, r, f) : ST_OK;
}

static enum status end_check(const struct json_reader *r, struct fault *f)
{
	if (!at_end(r))
		return unexpected(r, "the end", f);
	return ST_NONE;
}

enum status json_next(struct json_event *out, struct json_reader *r, struct fault *f)
{
	if (r->at == 0 && slice_has_prefix(r->in, S("\xef\xbb\xbf")))
		return fault_at(f, ST_INPUT, 0, "json.mark",
			"the document begins with a byte order mark, which JSON has not");
	views_passed(r->in, &r->let_go, r->at);
	blanks_skip(r);
	if (r->depth == 0 && !r->is_fresh)
		return end_check(r, f);
	out->is_member = false;
	out->name.raw.n = out->text.raw.n = 0;
	out->name.is_escaped = out->text.is_escaped = false;
	if (r->depth > 0 && peek(r) == (in_object(r) ? '}' : ']'))
		return close_read(out, r);
	if (r->depth > 0)
		TRY(member_begin(out, r, f));
	return value_read(out, r, f);
}
