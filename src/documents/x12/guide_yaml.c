/* SPDX-License-Identifier: Apache-2.0 */
/* libyaml's events, one at a time, put into a tree with a stack of what is open. */
#include "documents/x12/guide_yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

struct builder {
	yaml_parser_t parser;
	struct arena *arena;
	const char *file;
	struct guide_node *root;
	struct guide_node *open[GUIDE_YAML_DEPTH_MAX];
	struct guide_node **tail[GUIDE_YAML_DEPTH_MAX]; /* where what comes next in it goes */
	size_t depth;
	struct slice key; /* of what comes next in a map, when `has_key` */
	uint32_t key_line;
	bool has_key;
};

void guide_fault_tell(const struct guide_node *at, struct fault *f, const char *code,
	const char *format, ...)
{
	char text[FAULT_TEXT_MAX];
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	fault_set(f, ST_INPUT, code, "%s:%u: %s", at->file, at->line, text);
}

static enum status refuse(const struct builder *b, const yaml_event_t *event, const char *what,
	struct fault *f)
{
	return fault_set(f, ST_INPUT, "x12.guide.yaml", "%s:%zu: %s", b->file,
		event->start_mark.line + 1, what);
}

/* --- nodes --- */

static bool wants_key(const struct builder *b)
{
	return b->depth > 0 && b->open[b->depth - 1]->kind == GUIDE_MAP && !b->has_key;
}

static enum status node_add(struct guide_node **out, struct builder *b, const yaml_event_t *event,
	enum guide_kind kind, struct fault *f)
{
	struct guide_node *n;

	if (wants_key(b))
		return refuse(b, event, "a key is a single text", f);
	n = arena_zeroed(b->arena, 1, sizeof(*n));
	*n = (struct guide_node){
		.kind = kind,
		.line = b->has_key ? b->key_line : (uint32_t)event->start_mark.line + 1,
		.file = b->file,
		.key = b->has_key ? b->key : (struct slice){ 0 },
	};
	b->has_key = false;
	*out = n;
	if (b->depth == 0) {
		b->root = n;
		return ST_OK;
	}
	*b->tail[b->depth - 1] = n;
	b->tail[b->depth - 1] = &n->next;
	b->open[b->depth - 1]->count++;
	return ST_OK;
}

static enum status node_open(
	struct builder *b, const yaml_event_t *event, enum guide_kind kind, struct fault *f)
{
	struct guide_node *n;

	if (b->depth == GUIDE_YAML_DEPTH_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.depth",
			"%s:%zu: more than %d maps and lists in one another", b->file,
			event->start_mark.line + 1, GUIDE_YAML_DEPTH_MAX);
	TRY(node_add(&n, b, event, kind, f));
	b->open[b->depth] = n;
	b->tail[b->depth++] = &n->first;
	return ST_OK;
}

static bool is_text(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == 0x7f || (s.p[i] < ' ' && s.p[i] != '\n' && s.p[i] != '\t'))
			return false;
	return true;
}

/* --- events --- */

static enum status event_ignore(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	(void)b;
	(void)event;
	(void)f;
	return ST_OK;
}

static enum status event_document(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	return b->root ? refuse(b, event, "there is a second document, behind ---", f) : ST_OK;
}

static enum status event_alias(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	return refuse(b, event, "aliases (*name) are not read: write it out", f);
}

static enum status event_scalar(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	struct slice text = slice_of(event->data.scalar.value, event->data.scalar.length);
	struct guide_node *n;

	if (event->data.scalar.anchor || event->data.scalar.tag)
		return refuse(b, event, "anchors (&name) and tags (!name) are not read", f);
	if (!is_text(text))
		return refuse(b, event, "a control character in a text", f);
	text = slice_of(arena_text(b->arena, text), text.n);
	if (wants_key(b)) {
		b->key = text;
		b->key_line = (uint32_t)event->start_mark.line + 1;
		b->has_key = true;
		return ST_OK;
	}
	TRY(node_add(&n, b, event, GUIDE_TEXT, f));
	n->text = text;
	return ST_OK;
}

static enum status event_list(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	if (event->data.sequence_start.anchor || event->data.sequence_start.tag)
		return refuse(b, event, "anchors (&name) and tags (!name) are not read", f);
	return node_open(b, event, GUIDE_LIST, f);
}

static enum status event_map(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	if (event->data.mapping_start.anchor || event->data.mapping_start.tag)
		return refuse(b, event, "anchors (&name) and tags (!name) are not read", f);
	return node_open(b, event, GUIDE_MAP, f);
}

/* By key, those of one key in the order of their lines. */
static int keys_compare(const void *a, const void *b)
{
	const struct guide_node *x = *(struct guide_node *const *)a;
	const struct guide_node *y = *(struct guide_node *const *)b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;

	for (size_t i = 0; i < n; i++)
		if (x->key.p[i] != y->key.p[i])
			return x->key.p[i] < y->key.p[i] ? -1 : 1;
	if (x->key.n != y->key.n)
		return x->key.n < y->key.n ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* Sorted, because a map may have as many keys as fit into a file. */
static enum status keys_check(struct arena *arena, const struct guide_node *map, struct fault *f)
{
	const struct guide_node **sorted =
		arena_zeroed(arena, map->count, sizeof(*sorted));
	size_t count = 0;

	for (const struct guide_node *n = map->first; n; n = n->next)
		sorted[count++] = n;
	qsort(sorted, count, sizeof(*sorted), keys_compare);
	for (size_t i = 1; i < count; i++)
		if (slice_eq(sorted[i - 1]->key, sorted[i]->key))
			return guide_fault(sorted[i], f, "x12.guide.twice",
				"%.*s stands here and on line %u", SLICE_FMT(sorted[i]->key),
				sorted[i - 1]->line);
	return ST_OK;
}

static enum status event_close(struct builder *b, const yaml_event_t *event, struct fault *f)
{
	const struct guide_node *n = b->open[--b->depth];

	(void)event;
	return n->kind == GUIDE_MAP && n->count > 1 ? keys_check(b->arena, n, f) : ST_OK;
}

typedef enum status event_fn(struct builder *, const yaml_event_t *, struct fault *);

static event_fn *const events[] = {
	[YAML_NO_EVENT] = event_ignore,
	[YAML_STREAM_START_EVENT] = event_ignore,
	[YAML_STREAM_END_EVENT] = event_ignore,
	[YAML_DOCUMENT_START_EVENT] = event_document,
	[YAML_DOCUMENT_END_EVENT] = event_ignore,
	[YAML_ALIAS_EVENT] = event_alias,
	[YAML_SCALAR_EVENT] = event_scalar,
	[YAML_SEQUENCE_START_EVENT] = event_list,
	[YAML_SEQUENCE_END_EVENT] = event_close,
	[YAML_MAPPING_START_EVENT] = event_map,
	[YAML_MAPPING_END_EVENT] = event_close,
};

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

/* The first thing on this line, from 1, behind blanks and the dashes of lists, is a tab. */
static bool begins_with_tab(struct slice yaml, size_t line)
{
	struct slice text = { 0 };
	size_t at = 0;

	for (size_t i = 0; i < line; i++)
		slice_cut(&text, &yaml, yaml, '\n');
	while (at < text.n && (text.p[at] == ' ' || text.p[at] == '-'))
		at++;
	return at < text.n && text.p[at] == '\t';
}

/* What libyaml says, and what most often is the matter then. */
static const struct {
	const char *problem, *hint;
} hints[] = {
	{ "mapping values are not allowed",
		": a text with a colon and a blank in it stands in quotes; or the line above is a "
		"text already" },
	{ "did not find expected '-' indicator",
		": lines that belong together begin under each other" },
	{ "did not find expected key",
		": lines that belong together begin under each other; texts with quotes in them "
		"stand in quotes" },
	{ "did not find expected ',' or",
		": a bracket is not closed, or a text with a comma in it is not in quotes" },
};

static const char *hint_find(const char *problem)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (strncmp(problem, hints[i].problem, strlen(hints[i].problem)) == 0)
			return hints[i].hint;
	return "";
}

/* libyaml only says of a tab that it is a character that cannot stand there. */
static enum status yaml_refuse(const struct builder *b, struct slice yaml, struct fault *f)
{
	size_t line = error_line(&b->parser, yaml);

	if (begins_with_tab(yaml, line))
		return fault_set(f, ST_INPUT, "x12.guide.yaml",
			"%s:%zu: a tab indents this line: YAML wants blanks there, write blanks",
			b->file, line);
	return fault_set(f, ST_INPUT, "x12.guide.yaml", "%s:%zu: %s%s", b->file, line,
		b->parser.problem, hint_find(b->parser.problem));
}

/* One event; ST_NONE behind the last. */
static enum status event_next(struct builder *b, struct slice yaml, struct fault *f)
{
	yaml_event_t event;
	enum status status;

	if (!yaml_parser_parse(&b->parser, &event))
		return yaml_refuse(b, yaml, f);
	status = events[event.type](b, &event, f);
	if (status == ST_OK && event.type == YAML_STREAM_END_EVENT)
		status = ST_NONE;
	yaml_event_delete(&event);
	return status;
}

enum status guide_yaml_parse(struct guide_node **out, struct arena *arena, const char *file,
	struct slice yaml, struct fault *f)
{
	struct builder b = { .arena = arena, .file = file };
	enum status status = ST_OK;

	if (!yaml_parser_initialize(&b.parser))
		die("out of memory");
	yaml_parser_set_input_string(&b.parser, yaml.p, yaml.n);
	while (status == ST_OK)
		status = event_next(&b, yaml, f);
	yaml_parser_delete(&b.parser);
	if (status != ST_NONE)
		return status;
	if (!b.root)
		return fault_set(f, ST_INPUT, "x12.guide.yaml", "%s:1: there is nothing in it",
			file);
	*out = b.root;
	return ST_OK;
}

const struct guide_node *guide_node_find(const struct guide_node *map, struct slice key)
{
	for (const struct guide_node *n = map->first; n; n = n->next)
		if (slice_eq(n->key, key))
			return n;
	return NULL;
}
