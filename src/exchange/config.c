/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Around libcyaml: what it would print is gathered into a fault, what it would let
 * pass (a second document, a null file) is refused, and where it knows no line
 * (libyaml's own complaints) libyaml is asked again.
 */
#include "exchange/config.h"

#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "base/clock.h"
#include "exchange/utf8.h"

#define COMPLAINT_MAX 400
#define LEVELS_MAX 8
#define NOT_UTF8 0xfffd /* U+FFFD, the replacement character */

const cyaml_strval_t config_truths[CONFIG_TRUTHS] = {
	{ "true", true },
	{ "yes", true },
	{ "on", true },
	{ "false", false },
	{ "no", false },
	{ "off", false },
};

static size_t digits_of(struct slice text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	return n;
}

/* --- what libcyaml complains of --- */

/* Its lines: what is wrong, "Backtrace:", then one line a level, the innermost first. */
struct complaint {
	struct buf what;
	struct buf path[LEVELS_MAX]; /* keys; empty for a level that has none */
	size_t levels;
	size_t line; /* from 1, of the innermost level; 0 when unknown */
};

struct wording {
	const char *theirs, *ours;
	bool detail;    /* what follows in theirs is worth repeating */
	bool names_key; /* it is a key, and the innermost level is the one read before it */
};

/* clang-format off */
static const struct wording wordings[] = {
	{ "Unexpected key: ",                 "there is no key ",                      true,  true },
	{ "Mapping field already seen: ",     "there is a second ",                    true,  true },
	{ "Missing required mapping field: ", "a key is missing: ",                    true,  true },
	{ "Invalid ENUM value:",              "true or false is wanted, found:",       true,  false },
	{ "Expecting MAPPING",                "KEY: VALUE is wanted here",             false, false },
	{ "Expecting STRING",                 "a single value is wanted here",         false, false },
	{ "Expecting ENUM",                   "true or false is wanted here",          false, false },
	{ "Expecting SEQUENCE",               "a [ list ] is wanted here",             false, false },
	{ "Ignoring documents after first",   "there is a second document, behind ---", false, false },
	{ "libyaml: ",                        "",                                      true,  false },
	{ "",                                 "",                                      true,  false },
};
/* clang-format on */

static void complaint_init(struct complaint *c)
{
	*c = (struct complaint){ .what = buf_init(COMPLAINT_MAX) };
	for (size_t i = 0; i < LEVELS_MAX; i++)
		c->path[i] = buf_init(COMPLAINT_MAX);
}

static void complaint_done(struct complaint *c)
{
	buf_done(&c->what);
	for (size_t i = 0; i < LEVELS_MAX; i++)
		buf_done(&c->path[i]);
}
DEFINE_AUTO_IN_PLACE(complaint)

/* The number behind `label`, 0 when there is none. */
static size_t number_after(struct slice line, struct slice label)
{
	size_t at;
	uint64_t value;

	if (!slice_find(&at, line, label))
		return 0;
	line = slice_from(line, at + label.n);
	line = slice_to(line, digits_of(line));
	return slice_u64(&value, line, NULL) == ST_OK ? (size_t)value : 0;
}

/* "in mapping field 'idle' (line: 6, column: 3)", "in sequence entry '1'...", "in mapping...". */
static void level_add(struct complaint *c, struct slice line)
{
	struct slice before, rest, key;

	if (c->levels == LEVELS_MAX)
		return;
	if (c->levels == 0)
		c->line = number_after(line, S("line: "));
	if (slice_has_prefix(line, S("in mapping field")) &&
		slice_cut(&before, &rest, line, '\'') && slice_cut(&key, &rest, rest, '\''))
		buf_put(&c->path[c->levels], key);
	c->levels++;
}

static void line_add(struct complaint *c, struct slice line)
{
	line = slice_trim(line);
	if (slice_has_prefix(line, S("Load: ")))
		line = slice_from(line, sizeof("Load: ") - 1);
	if (slice_has_prefix(line, S("in ")))
		level_add(c, line);
	else if (c->what.n == 0 && !slice_eq(line, S("Backtrace:")))
		buf_put(&c->what, line);
}

/* One warning exists: further documents are ignored.  We do not ignore what a person wrote. */
static __attribute__((format(printf, 3, 0))) void complaint_hear(
	cyaml_log_t level, void *context, const char *format, va_list list)
{
	char line[COMPLAINT_MAX];

	if (level < CYAML_LOG_WARNING)
		return;
	vsnprintf(line, sizeof(line), format, list);
	line_add(context, slice_str(line));
}

static const struct wording *wording_of(const struct complaint *c)
{
	const struct wording *w = wordings;

	while (!slice_has_prefix(buf_slice(&c->what), slice_str(w->theirs)))
		w++;
	return w;
}

static bool is_sought(const struct complaint *c, const yaml_event_t *event, struct slice key)
{
	return event->type == YAML_SCALAR_EVENT && event->start_mark.line + 1 >= c->line &&
		slice_eq(key, slice_of(event->data.scalar.value, event->data.scalar.length));
}

/* What is no character is met while reading ahead: it has an offset instead of a place. */
static size_t error_line(const yaml_parser_t *parser, struct slice yaml)
{
	struct slice before = slice_to(yaml, parser->problem_offset);
	size_t line = 1;

	if (parser->error != YAML_READER_ERROR)
		return parser->problem_mark.line + 1;
	for (size_t i = 0; i < before.n; i++)
		line += before.p[i] == '\n';
	return line;
}

/* One event on; false at the end, and, with *line, at the key or at what libyaml cannot read. */
static bool event_read(size_t *line, yaml_parser_t *parser, struct slice yaml,
	const struct complaint *c, struct slice key)
{
	yaml_event_t event;
	bool more;

	if (!yaml_parser_parse(parser, &event)) {
		*line = error_line(parser, yaml);
		return false;
	}
	if (is_sought(c, &event, key))
		*line = event.start_mark.line + 1;
	more = event.type != YAML_STREAM_END_EVENT && *line == 0;
	yaml_event_delete(&event);
	return more;
}

/*
 * libcyaml knows the line of the key before the wrong one, and none for what libyaml
 * cannot read.  So the file is read once more, up to the scalar `key` from that line
 * on or to the first error.
 */
static size_t line_find(const struct complaint *c, struct slice yaml, struct slice key)
{
	yaml_parser_t parser;
	size_t line = 0;

	if (!yaml_parser_initialize(&parser))
		die("out of memory");
	yaml_parser_set_input_string(&parser, yaml.p, yaml.n);
	while (event_read(&line, &parser, yaml, c, key))
		continue;
	yaml_parser_delete(&parser);
	return line;
}

/* "limits.idle: " from the outermost level; without the innermost when `skip` is 1. */
static void path_put(struct buf *out, const struct complaint *c, size_t skip)
{
	size_t begin = out->n;

	for (size_t i = c->levels; i > skip; i--)
		if (c->path[i - 1].n > 0)
			buf_putf(out, "%s%.*s", out->n > begin ? "." : "",
				SLICE_FMT(buf_slice(&c->path[i - 1])));
	if (out->n > begin)
		buf_put(out, S(": "));
}

static void sentence_put(
	struct buf *out, const struct complaint *c, const struct wording *w, struct slice detail)
{
	path_put(out, c, w->names_key ? 1 : 0);
	buf_put_text(out, w->ours);
	if (w->detail)
		buf_put(out, detail);
}

static enum status load_fault(struct complaint *c, cyaml_err_t error, struct slice yaml,
	const char *code, struct fault *f)
{
	AUTO_IN_PLACE(buf) text = buf_init(2 * COMPLAINT_MAX);
	const struct wording *w = wording_of(c);
	struct slice detail = slice_from(buf_slice(&c->what), slice_str(w->theirs).n);
	bool seek = w->names_key || error == CYAML_ERR_LIBYAML_PARSER;
	size_t line = seek ? line_find(c, yaml, detail) : c->line;

	if (line > 0)
		buf_putf(&text, "line %zu: ", line);
	sentence_put(&text, c, w, detail);
	return fault_set(f, ST_INPUT, code, "%s", buf_text(&text));
}

/* --- reading --- */

static cyaml_config_t config_for(struct complaint *c)
{
	return (cyaml_config_t){
		.log_fn = complaint_hear,
		.log_ctx = c,
		.log_level = CYAML_LOG_WARNING,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
}

/* Some failures have no line of their own, and an empty file is none to libcyaml. */
static void complaint_complete(struct complaint *c, cyaml_err_t error)
{
	if (error == CYAML_ERR_OOM)
		die("out of memory");
	if (c->what.n == 0)
		buf_put_text(&c->what,
			error == CYAML_OK ? "there is nothing in it" : cyaml_strerror(error));
}

enum status config_load(void **out, const cyaml_schema_value_t *schema, struct slice yaml,
	const char *code, struct fault *f)
{
	AUTO_IN_PLACE(complaint) c;
	cyaml_config_t config;
	cyaml_err_t error;
	void *loaded = NULL;

	complaint_init(&c);
	config = config_for(&c);
	error = cyaml_load_data(
		yaml.n ? yaml.p : (const uint8_t *)"", yaml.n, &config, schema, &loaded, NULL);
	if (error != CYAML_OK || c.what.n > 0 || !loaded) {
		config_free(schema, loaded);
		complaint_complete(&c, error);
		return load_fault(&c, error, yaml, code, f);
	}
	*out = loaded;
	return ST_OK;
}

void config_free(const cyaml_schema_value_t *schema, void *loaded)
{
	cyaml_config_t config = { .mem_fn = cyaml_mem };

	cyaml_free(&config, schema, loaded, 0);
}

static enum status value_read(
	void *to, const void *loaded, const struct config_value *row, struct fault *f)
{
	const char *text = *(char *const *)((const char *)loaded + row->from);

	return text ? row->read((char *)to + row->to, slice_str(text), row, f) : ST_OK;
}

enum status config_convert(void *to, const void *loaded, const struct config_value *rows,
	size_t count, const char *code, struct fault *f)
{
	struct fault why = { 0 };

	for (size_t i = 0; i < count; i++)
		if (value_read(to, loaded, &rows[i], &why) != ST_OK)
			return fault_set(f, ST_INPUT, code, "%s: %s", rows[i].key, why.text);
	return ST_OK;
}

enum status config_count_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	uint64_t value = 0;

	TRY(slice_u64(&value, text, f));
	if (value < (uint64_t)row->least || value > (uint64_t)row->most)
		return fault_set(f, ST_INPUT, "number.range", "%.*s is not within %lld and %lld",
			SLICE_FMT(slice_to(text, 40)), (long long)row->least, (long long)row->most);
	*(unsigned *)member = (unsigned)value;
	return ST_OK;
}

static enum status range_fault(
	struct slice text, struct buf *least, struct buf *most, struct fault *f)
{
	return fault_set(f, ST_INPUT, "number.range", "%.*s is not within %s and %s",
		SLICE_FMT(slice_to(text, 40)), buf_text(least), buf_text(most));
}

enum status config_duration_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	AUTO_IN_PLACE(buf) least = buf_init(DURATION_TEXT_MAX);
	AUTO_IN_PLACE(buf) most = buf_init(DURATION_TEXT_MAX);
	int64_t ns = 0;

	TRY(duration_parse(&ns, text, f));
	duration_put(&least, row->least);
	duration_put(&most, row->most);
	if (ns < row->least || ns > row->most)
		return range_fault(text, &least, &most, f);
	*(int64_t *)member = ns;
	return ST_OK;
}

enum status config_size_read(
	void *member, struct slice text, const struct config_value *row, struct fault *f)
{
	AUTO_IN_PLACE(buf) least = buf_init(DURATION_TEXT_MAX);
	AUTO_IN_PLACE(buf) most = buf_init(DURATION_TEXT_MAX);
	uint64_t bytes = 0;

	TRY(size_parse(&bytes, text, f));
	size_put(&least, (uint64_t)row->least);
	size_put(&most, (uint64_t)row->most);
	if (bytes < (uint64_t)row->least || bytes > (uint64_t)row->most)
		return range_fault(text, &least, &most, f);
	*(uint64_t *)member = bytes;
	return ST_OK;
}

/* --- sizes and durations --- */

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{ "GiB", UINT64_C(1) << 30 },
	{ "MiB", UINT64_C(1) << 20 },
	{ "KiB", UINT64_C(1) << 10 },
	{ "GB", UINT64_C(1000000000) },
	{ "MB", UINT64_C(1000000) },
	{ "kB", UINT64_C(1000) },
	{ "KB", UINT64_C(1000) },
	{ "B", 1 },
	{ "", 1 },
};
#define SIZE_UNITS (sizeof(size_units) / sizeof(size_units[0]))

static const struct unit duration_units[] = {
	{ "d", 86400 * (uint64_t)NS_PER_S },
	{ "h", 3600 * (uint64_t)NS_PER_S },
	{ "m", 60 * (uint64_t)NS_PER_S },
	{ "s", (uint64_t)NS_PER_S },
	{ "ms", (uint64_t)NS_PER_MS },
};

static const struct unit *unit_find(struct slice name)
{
	for (size_t i = 0; i < SIZE_UNITS; i++)
		if (slice_eq(name, slice_str(size_units[i].name)))
			return &size_units[i];
	return NULL;
}

enum status size_parse(uint64_t *bytes, struct slice text, struct fault *f)
{
	size_t digits = digits_of(text);
	const struct unit *unit = unit_find(slice_trim(slice_from(text, digits)));
	uint64_t value;

	if (digits == 0 || !unit)
		return fault_set(f, ST_INPUT, "size.syntax",
			"'%.*s' is no size: 48211, 10MB or 64MiB are",
			SLICE_FMT(slice_to(text, 40)));
	if (slice_u64(&value, slice_to(text, digits), NULL) != ST_OK ||
		__builtin_mul_overflow(value, unit->factor, &value))
		return fault_set(f, ST_LIMIT, "size.range", "'%.*s' is larger than any size here",
			SLICE_FMT(slice_to(text, 40)));
	*bytes = value;
	return ST_OK;
}

void size_put(struct buf *out, uint64_t bytes)
{
	const struct unit *best = &size_units[SIZE_UNITS - 1];

	for (size_t i = 0; i < SIZE_UNITS && bytes > 0; i++)
		if (bytes % size_units[i].factor == 0 && size_units[i].factor > best->factor)
			best = &size_units[i];
	buf_putf(out, "%llu%s", (unsigned long long)(bytes / best->factor), best->name);
}

void duration_put(struct buf *out, int64_t ns)
{
	const struct unit *unit = duration_units;
	uint64_t value = ns < 0 ? 0 : (uint64_t)ns;

	while (unit->factor > (uint64_t)NS_PER_MS && (value == 0 || value % unit->factor != 0))
		unit++;
	buf_putf(out, "%llu%s", (unsigned long long)(value / unit->factor), unit->name);
}

/* --- writing --- */

/* What YAML 1.1 readers take raw in one line (5.1). */
static bool is_plain(uint32_t c)
{
	return c != 0xfeff && !utf8_is_control(c) && (c < 0xfffe || c > 0xffff);
}

static void character_put(struct buf *out, uint32_t c, struct slice bytes)
{
	if (c == '"' || c == '\\')
		buf_putf(out, "\\%c", (char)c);
	else if (bytes.n > 0 && is_plain(c))
		buf_put(out, bytes);
	else
		buf_putf(out, "\\U%08x", c);
}

void config_text_put(struct buf *out, struct slice text)
{
	buf_put(out, S("\""));
	while (text.n > 0) {
		uint32_t c = NOT_UTF8;
		size_t n = utf8_first(&c, text);
		character_put(out, c, slice_to(text, n));
		text = slice_from(text, n ? n : 1);
	}
	buf_put(out, S("\""));
}
