/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MIME entities: the envelope and the edge read header blocks, parameters and multiparts
 * through here, always as slices of the input.  Refused: header lines without a colon,
 * control bytes, a header given twice, a parameter that says how to read the body given twice
 * or not as name=value, multiparts that are not closed, an entity that ends in its headers.
 * RFC 2045, 2046, 2047, 2231, 5322.
 */
#include "bindings/mime.h"

#include "base/codec.h"
#include "base/id.h"
#include "base/views.h"

/* --- header blocks ------------------------------------------------------------ */

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static bool is_blank(uint8_t c)
{
	return is_space(c) || c == '\r' || c == '\n';
}

/* Where the line that starts at `at` ends, its line end included. */
static size_t line_end(struct slice all, size_t at)
{
	size_t n;

	if (!slice_find_byte(&n, slice_from(all, at), '\n'))
		return all.n;
	return at + n + 1;
}

/* A field is a line with the folded lines after it (RFC 5322 2.2.3). */
static size_t field_end(struct slice all, size_t at)
{
	do
		at = line_end(all, at);
	while (at < all.n && is_space(all.p[at]));
	return at;
}

static bool line_is_empty(struct slice all, size_t at)
{
	struct slice rest = slice_from(all, at);

	return slice_has_prefix(rest, S("\r\n")) || slice_has_prefix(rest, S("\n"));
}

static bool header_name_is_valid(struct slice name)
{
	return slice_is_printable(name);
}

static bool is_control(uint8_t c)
{
	return (c < ' ' && c != '\t') || c == 0x7f;
}

/* Line ends are fine: the field was cut at them, so what follows one is a fold.  A lone CR is not.
 */
static bool is_line_end(struct slice text, size_t at)
{
	if (text.p[at] == '\n')
		return true;
	return text.p[at] == '\r' && at + 1 < text.n && text.p[at + 1] == '\n';
}

static bool control_find(size_t *at, struct slice text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (is_control(text.p[i]) && !is_line_end(text, i)) {
			*at = i;
			return true;
		}
	}
	return false;
}

/* `at` is where the field begins in its entity. */
NODISCARD static enum status header_read(
	struct mime_headers *headers, struct slice field, size_t at, struct fault *f)
{
	struct mime_header *header;
	struct slice name, value;
	size_t bad;

	if (headers->count == MIME_HEADERS_MAX)
		return fault_at(f, ST_LIMIT, at, "mime.header.count", "more than %d header lines",
			MIME_HEADERS_MAX);
	if (control_find(&bad, field))
		return fault_at(f, ST_INPUT, at + bad, "mime.header.control",
			"control byte 0x%02x in header line %zu", field.p[bad], headers->count + 1);
	if (!slice_cut(&name, &value, field, ':'))
		return fault_at(f, ST_INPUT, at, "mime.header.colon",
			"header line %zu has no colon", headers->count + 1);
	if (!header_name_is_valid(name))
		return fault_at(f, ST_INPUT, at, "mime.header.name",
			"header name '%.*s' is not printable ASCII without blanks",
			SLICE_FMT(slice_to(name, 40)));
	header = &headers->list[headers->count++];
	header->name = name;
	header->value = slice_trim(value);
	return ST_OK;
}

/* As much as is allowed, and the empty line after it. */
static struct slice header_window(struct slice entity)
{
	return slice_to(entity, MIME_HEADER_SIZE_MAX + 2);
}

/* *end: of the last field; there is the empty line, or nothing more.  Also what was read before a
 * fault is in *out.
 */
NODISCARD static enum status fields_read(
	struct mime_headers *out, size_t *end, struct slice window, struct fault *f)
{
	size_t at = 0;

	out->count = 0;
	while (at < window.n && !line_is_empty(window, at)) {
		const size_t next = field_end(window, at);

		if (next > MIME_HEADER_SIZE_MAX)
			return fault_at(f, ST_LIMIT, at, "mime.header.size",
				"headers of more than %d bytes", MIME_HEADER_SIZE_MAX);
		TRY(header_read(out, slice_sub(window, at, next - at), at, f));
		at = next;
	}
	*end = at;
	return ST_OK;
}

enum status mime_headers_parse(
	struct mime_headers *out, struct slice *body, struct slice entity, struct fault *f)
{
	struct slice window = header_window(entity);
	size_t end;

	TRY(fields_read(out, &end, window, f));
	*body = slice_from(entity, line_end(window, end));
	return ST_OK;
}

/* Only those mean something in a part of a body (RFC 2045 3), and our marks. */
static bool is_mime_field(const struct mime_header *header)
{
	return slice_has_prefix_nocase(header->name, S("Content-")) ||
		slice_has_prefix_nocase(header->name, S("Tieline-")) ||
		slice_eq_nocase(header->name, S("MIME-Version"));
}

static bool has_mime_field(const struct mime_headers *headers)
{
	for (size_t i = 0; i < headers->count; i++)
		if (is_mime_field(&headers->list[i]))
			return true;
	return false;
}

enum status mime_entity_parse(struct mime_headers *out, struct slice *body, bool *is_bare,
	struct slice entity, struct fault *f)
{
	struct slice window = header_window(entity);
	struct fault why = { 0 };
	size_t end = 0;
	enum status st = fields_read(out, &end, window, &why);
	bool is_entity = has_mime_field(out) || line_is_empty(entity, 0) || entity.n == 0;

	if (is_entity && st == ST_OK && !line_is_empty(window, end))
		st = fault_at(&why, ST_INPUT, end, "mime.header.end",
			"no empty line ends the headers: there is no content");
	if (is_entity && st != ST_OK) {
		if (f)
			*f = why;
		return st;
	}
	*is_bare = !is_entity;
	*body = is_entity ? slice_from(entity, line_end(window, end)) : entity;
	if (!is_entity)
		out->count = 0;
	return ST_OK;
}

enum status mime_header_get(
	struct slice *value, const struct mime_headers *headers, const char *name, struct fault *f)
{
	struct slice found = { 0 };
	bool seen = false;

	for (size_t i = 0; i < headers->count; i++) {
		if (!slice_eq_nocase(headers->list[i].name, slice_str(name)))
			continue;
		if (seen)
			return fault_set(
				f, ST_INPUT, "mime.header.twice", "header %s is given twice", name);
		seen = true;
		found = headers->list[i].value;
	}
	*value = found;
	return ST_OK;
}

static bool header_exists(const struct mime_headers *headers, const char *name)
{
	for (size_t i = 0; i < headers->count; i++)
		if (slice_eq_nocase(headers->list[i].name, slice_str(name)))
			return true;
	return false;
}

enum status mime_header_find(
	struct slice *value, const struct mime_headers *headers, const char *name, struct fault *f)
{
	if (!header_exists(headers, name))
		return fault_set(f, ST_NONE, "mime.header.missing", "header %s is missing", name);
	return mime_header_get(value, headers, name, f);
}

/* --- values with parameters ---------------------------------------------------- */

static struct slice skip_blanks(struct slice text)
{
	size_t n = 0;

	while (n < text.n && is_blank(text.p[n]))
		n++;
	return slice_from(text, n);
}

/* RFC 2045 token: printable, none of ()<>@,;:\"/[]?= */
static bool is_token_byte(uint8_t c)
{
	size_t at;

	return c > ' ' && c < 0x7f && !slice_find_byte(&at, S("()<>@,;:\\\"/[]?="), c);
}

/*
 * Many products leave boundaries with '=' or '/' unquoted, so only what would end the value or
 * make two readers disagree about it ends it here.
 */
static bool is_bare_byte(uint8_t c)
{
	return c > ' ' && c != ';' && c != '"' && c != 0x7f;
}

/* A name for people may have blanks, too, as products write it; how it ends is the same. */
static bool is_name_byte(uint8_t c)
{
	return is_bare_byte(c) || is_blank(c);
}

static bool is_of_people(struct slice name)
{
	return slice_eq_nocase(name, S("name")) || slice_eq_nocase(name, S("filename"));
}

static struct slice take_while(struct slice *rest, bool (*accepts)(uint8_t))
{
	struct slice all = *rest;
	size_t n = 0;

	while (n < all.n && accepts(all.p[n]))
		n++;
	*rest = slice_from(all, n);
	return slice_to(all, n);
}

/* After the opening quote.  False when there is no closing one. */
static bool take_quoted(struct slice *value, struct slice *rest)
{
	struct slice all = *rest;
	size_t n = 0;

	while (n < all.n && all.p[n] != '"')
		n += all.p[n] == '\\' ? 2 : 1;
	if (n >= all.n)
		return false;
	*value = slice_to(all, n);
	*rest = slice_from(all, n + 1);
	return true;
}

/* Two readers who take another one of these, or another value, read another body. */
static bool is_of_the_body(struct slice name)
{
	static const char *const names[] = { "boundary", "protocol", "micalg", "type",
		"smime-type", "report-type", "start" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (slice_eq_nocase(name, slice_str(names[i])))
			return true;
	return false;
}

/* False: there is none, or its quotes are not closed; *rest is not behind it then. */
static bool take_value(struct slice *value, struct slice *rest, bool is_name)
{
	*rest = skip_blanks(*rest);
	if (slice_has_prefix(*rest, S("\""))) {
		struct slice behind = slice_from(*rest, 1);
		if (!take_quoted(value, &behind))
			return false;
		*rest = behind;
		return true;
	}
	*value = slice_trim(take_while(rest, is_name ? is_name_byte : is_bare_byte));
	return value->n > 0;
}

/* What may stand behind a value that is of no matter: no ';' of it is one in quotes. */
static bool is_behind_byte(uint8_t c)
{
	return c != ';' && c != '"';
}

/* name=value and what is after it, up to ';' or the end. */
static bool take_param(struct mime_param *param, struct slice *rest)
{
	bool holds = false;

	*param = (struct mime_param){ .name = take_while(rest, is_token_byte) };
	*rest = skip_blanks(*rest);
	if (param->name.n == 0)
		return false;
	if (slice_has_prefix(*rest, S("="))) {
		*rest = slice_from(*rest, 1);
		holds = take_value(&param->value, rest, is_of_people(param->name));
	}
	*rest = skip_blanks(*rest);
	if (!is_of_the_body(param->name)) {
		take_while(rest, is_behind_byte);
		holds = true;
	}
	return holds && (rest->n == 0 || slice_has_prefix(*rest, S(";")));
}

static const struct mime_param *param_find(const struct mime_value *value, struct slice name)
{
	for (size_t i = 0; i < value->count; i++)
		if (slice_eq_nocase(value->params[i].name, name))
			return &value->params[i];
	return NULL;
}

/* `rest` begins with the parameter. */
static enum status param_fault(
	struct slice text, struct slice rest, const char *why, struct fault *f)
{
	struct slice param, after;

	slice_cut(&param, &after, rest, ';');
	return fault_at(f, ST_INPUT, text.n - rest.n, "mime.parameter",
		"Content-Type: %.*s: its parameter %.*s %s", SLICE_FMT(slice_to(text, 80)),
		SLICE_FMT(slice_to(slice_trim(param), 60)), why);
}

NODISCARD static enum status param_add(
	struct mime_value *value, struct slice *rest, struct slice text, struct fault *f)
{
	const struct slice all = *rest;
	struct mime_param param;

	if (!take_param(&param, rest))
		return param_fault(text, all, "is not name=value", f);
	if (param_find(value, param.name))
		return is_of_the_body(param.name)
			? param_fault(text, all, "is given twice", f)
			: ST_OK;
	if (value->count == MIME_PARAMS_MAX)
		return fault_at(f, ST_LIMIT, text.n - all.n, "mime.parameter.count",
			"more than %d parameters", MIME_PARAMS_MAX);
	value->params[value->count++] = param;
	return ST_OK;
}

enum status mime_value_parse(struct mime_value *out, struct slice text, struct fault *f)
{
	struct slice rest;

	out->count = 0;
	slice_cut(&out->main, &rest, text, ';');
	out->main = slice_trim(out->main);
	for (rest = skip_blanks(rest); rest.n > 0; rest = skip_blanks(rest)) {
		if (rest.p[0] == ';') /* empty ones occur in the field and mean nothing */
			rest = slice_from(rest, 1);
		else
			TRY(param_add(out, &rest, text, f));
	}
	return ST_OK;
}

struct slice mime_param_get(const struct mime_value *value, const char *name)
{
	const struct mime_param *param = param_find(value, slice_str(name));

	return param ? param->value : (struct slice){ 0 };
}

bool mime_main_is(const struct mime_value *value, const char *media_type)
{
	return slice_eq_nocase(value->main, slice_str(media_type));
}

/* --- multiparts ---------------------------------------------------------------- */

struct delimiter {
	size_t at;   /* of its "--" */
	size_t next; /* after its line */
	bool closes;
};

static bool at_line_start(struct slice body, size_t at)
{
	return at == 0 || body.p[at - 1] == '\n';
}

/* What may follow the boundary: "--", blanks, and then the line must end (RFC 2046 5.1.1). */
static bool delimiter_read(struct delimiter *out, struct slice body, size_t at, size_t after)
{
	struct slice rest = slice_from(body, after);
	struct delimiter found = { .at = at, .closes = slice_has_prefix(rest, S("--")) };

	if (found.closes)
		rest = slice_from(rest, 2);
	take_while(&rest, is_space);
	if (rest.n > 0 && !line_is_empty(rest, 0))
		return false;
	found.next = body.n - rest.n + line_end(rest, 0);
	*out = found;
	return true;
}

/* Boundaries may be prefixes of one another, so a line that goes on after ours is not ours. */
static bool delimiter_find(
	struct delimiter *out, struct slice body, size_t from, struct slice dashes)
{
	size_t at;

	while (views_find(&at, slice_from(body, from), dashes)) {
		at += from;
		if (at_line_start(body, at) && delimiter_read(out, body, at, at + dashes.n))
			return true;
		from = at + 1;
	}
	return false;
}

struct slice mime_part_between(struct slice body, size_t start, size_t end)
{
	if (end > start && body.p[end - 1] == '\n')
		end--;
	if (end > start && body.p[end - 1] == '\r')
		end--;
	return slice_sub(body, start, end - start);
}

/* RFC 2046 allows fewer; products use more, and only these could be read in two ways. */
static bool is_boundary_byte(uint8_t c)
{
	return c >= ' ' && c < 0x7f && c != '\\' && c != '"';
}

NODISCARD static enum status boundary_bytes_check(struct slice boundary, struct fault *f)
{
	for (size_t at = 0; at < boundary.n; at++)
		if (!is_boundary_byte(boundary.p[at]))
			return fault_at(f, ST_INPUT, at, "mime.boundary.syntax",
				"byte 0x%02x in a boundary", boundary.p[at]);
	if (boundary.p[boundary.n - 1] == ' ')
		return fault_at(f, ST_INPUT, boundary.n - 1, "mime.boundary.syntax",
			"a boundary that ends with a blank");
	return ST_OK;
}

NODISCARD static enum status boundary_check(struct slice boundary, struct fault *f)
{
	if (boundary.n == 0)
		return fault_set(
			f, ST_INPUT, "mime.boundary.missing", "a multipart without boundary");
	if (boundary.n > MIME_BOUNDARY_MAX)
		return fault_set(f, ST_INPUT, "mime.boundary.syntax",
			"boundary of %zu bytes, limit %d", boundary.n, MIME_BOUNDARY_MAX);
	return boundary_bytes_check(boundary, f);
}

static struct slice boundary_guess(struct slice body)
{
	struct slice line, rest = body;

	while (rest.n > 0) {
		slice_cut(&line, &rest, rest, '\n');
		line = slice_trim(line);
		if (slice_has_prefix(line, S("--")))
			return slice_from(line, 2);
		if (line.n > 0)
			break;
	}
	return (struct slice){ 0 };
}

struct slice mime_boundary_of(const struct mime_value *type, struct slice body)
{
	struct slice boundary = mime_param_get(type, "boundary");

	return boundary.n > 0 ? boundary : boundary_guess(body);
}

enum status mime_multipart_begin(
	struct mime_multipart *out, struct slice body, struct slice boundary, struct fault *f)
{
	AUTO_IN_PLACE(buf) dashes = buf_init(MIME_BOUNDARY_MAX + 2);
	struct delimiter first;

	TRY(boundary_check(boundary, f));
	buf_put(&dashes, S("--"));
	buf_put(&dashes, boundary);
	if (!delimiter_find(&first, body, 0, buf_slice(&dashes)))
		return fault_set(f, ST_INPUT, "mime.boundary.missing", "no line is the boundary");
	*out = (struct mime_multipart){
		.body = body, .at = first.next, .is_closed = first.closes
	};
	return slice_to_text(out->dashes, sizeof(out->dashes), buf_slice(&dashes), f);
}

enum status mime_multipart_next(struct slice *part, struct mime_multipart *m, struct fault *f)
{
	struct delimiter next;

	if (m->is_closed)
		return fault_set(f, ST_NONE, "mime.multipart.end", "that was the last part");
	const size_t from = m->clear > m->at ? m->clear : m->at;
	if (!delimiter_find(&next, m->body, from, slice_str(m->dashes)))
		return fault_at(f, ST_INPUT, m->body.n, "mime.multipart.unclosed",
			"part %zu has no closing boundary", m->count + 1);
	*part = mime_part_between(m->body, m->at, next.at);
	m->at = next.next;
	m->is_closed = next.closes;
	m->count++;
	return ST_OK;
}

NODISCARD static enum status parts_collect(struct slice parts[MIME_PARTS_MAX],
	struct mime_multipart *m, struct fault *f)
{
	while (!m->is_closed) {
		const size_t at = m->at;
		struct slice part;

		TRY(mime_multipart_next(&part, m, f));
		if (m->count > MIME_PARTS_MAX)
			return fault_at(f, ST_LIMIT, at, "mime.parts", "more than %d parts",
				MIME_PARTS_MAX);
		parts[m->count - 1] = part;
	}
	return ST_OK;
}

enum status mime_multipart_split(struct slice parts[MIME_PARTS_MAX], size_t *count,
	struct slice *epilogue, struct slice body, struct slice boundary, size_t clear,
	struct fault *f)
{
	struct mime_multipart all;

	TRY(mime_multipart_begin(&all, body, boundary, f));
	all.clear = clear;
	TRY(parts_collect(parts, &all, f));
	*count = all.count;
	*epilogue = slice_from(body, all.at);
	return ST_OK;
}

enum status mime_multipart_parse(struct slice parts[MIME_PARTS_MAX], size_t *count,
	struct slice body, struct slice boundary, struct fault *f)
{
	struct slice epilogue;

	return mime_multipart_split(parts, count, &epilogue, body, boundary, 0, f);
}

char *mime_boundary_new(char out[MIME_BOUNDARY_TEXT_MAX])
{
	AUTO_IN_PLACE(buf) text = buf_init(MIME_BOUNDARY_TEXT_MAX);
	uint8_t bits[16];

	random_bytes(bits, sizeof(bits));
	buf_put_text(&text, "tieline-");
	hex_format(&text, slice_of(bits, sizeof(bits)));
	if (slice_to_text(out, MIME_BOUNDARY_TEXT_MAX, buf_slice(&text), NULL) != ST_OK)
		bug("a boundary of %zu bytes does not fit", text.n);
	return out;
}

/* --- content ------------------------------------------------------------------- */

typedef enum status (*decoder)(struct buf *out, struct slice in, struct fault *f);

static const struct {
	const char *name;
	decoder decode; /* NULL: the bytes are the content */
} encodings[] = {
	{ "", NULL },
	{ "7bit", NULL },
	{ "8bit", NULL },
	{ "binary", NULL },
	{ "base64", base64_parse },
	{ "quoted-printable", quoted_printable_parse },
};

NODISCARD static enum status content_decode(
	struct slice *out, struct buf *scratch, decoder decode, struct slice body, struct fault *f)
{
	size_t before = scratch->n;

	TRY(decode(scratch, body, f));
	TRY(buf_check(scratch, f));
	*out = slice_from(buf_slice(scratch), before);
	return ST_OK;
}

enum status mime_decode(struct slice *out, struct buf *scratch, struct slice encoding,
	struct slice body, struct fault *f)
{
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		if (!slice_eq_nocase(encoding, slice_str(encodings[i].name)))
			continue;
		if (encodings[i].decode)
			return content_decode(out, scratch, encodings[i].decode, body, f);
		*out = body;
		return ST_OK;
	}
	return fault_set(f, ST_INPUT, "mime.encoding",
		"content transfer encoding '%.*s' is not known", SLICE_FMT(slice_to(encoding, 40)));
}

enum status mime_content(struct slice *out, struct buf *scratch, const struct mime_headers *headers,
	struct slice body, struct fault *f)
{
	struct slice encoding;

	TRY(mime_header_get(&encoding, headers, "Content-Transfer-Encoding", f));
	return mime_decode(out, scratch, encoding, body, f);
}
