/* SPDX-License-Identifier: Apache-2.0 */
/* Our documents as trees: read by der_validate(), which says what each value is, and written. */
#include "documents/translate/tree.h"

#include <stdlib.h>

struct tree *tree_new(const struct der_schema *schema)
{
	struct tree *t = alloc_zeroed(1, sizeof(*t));

	t->arena = arena_new();
	t->schema = schema;
	t->root = arena_zeroed(t->arena, 1, sizeof(*t->root));
	t->root->schema = schema ? schema->root : NULL;
	t->root->kind = JSON_IS_OBJECT;
	t->nodes = 1;
	return t;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	arena_free(t->arena);
	free(t);
}

bool tree_is_scalar(const struct tree_node *n)
{
	return n->kind != JSON_IS_OBJECT && n->kind != JSON_IS_ARRAY;
}

static struct tree_node *node_add(struct tree *t, struct tree_node *parent)
{
	struct tree_node *n;

	if (t->nodes == TREE_NODES_MAX)
		return NULL;
	t->nodes++;
	n = arena_zeroed(t->arena, 1, sizeof(*n));
	n->parent = parent;
	n->index = parent->last ? parent->last->index + 1 : 0;
	if (parent->last)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	return n;
}

static enum status is_full(struct fault *f)
{
	return fault_set(f, ST_LIMIT, "translate.size", "the document has more than %u values",
		TREE_NODES_MAX);
}

/* --- reading --- */

struct reading {
	struct tree *tree;
	struct tree_node *open[JSON_DEPTH_MAX + 1]; /* by depth; NULL: left out */
	bool is_full, is_wrong;
	struct fault wrong; /* the first finding */
};

static struct slice unescaped(struct tree *t, struct json_text text)
{
	AUTO_IN_PLACE(buf) plain = buf_init(TREE_TEXT_MAX);
	size_t n;

	if (!text.is_escaped)
		return slice_str(arena_text(t->arena, text.raw));
	json_text_put(&plain, text);
	n = plain.n;
	return slice_of(arena_text(t->arena, buf_slice(&plain)), n);
}

static struct slice literal_text(struct tree *t, const struct json_event *e)
{
	static const char *const words[JSON_KINDS] = { [JSON_IS_TRUE] = "true",
		[JSON_IS_FALSE] = "false", [JSON_IS_NULL] = "null" };

	return words[e->kind] ? slice_str(words[e->kind]) : unescaped(t, e->text);
}

static void value_take(void *context, const struct der_place *p, const struct json_event *e)
{
	struct reading *r = context;
	const struct der_frame *frame = &p->frames[p->depth - 1];
	struct tree_node *n = r->tree->root;

	if (e->kind == JSON_IS_CLOSE || p->depth > JSON_DEPTH_MAX)
		return;
	if (p->depth > 1)
		n = r->open[p->depth - 2] ? node_add(r->tree, r->open[p->depth - 2]) : NULL;
	r->open[p->depth - 1] = n;
	r->is_full |= !n;
	if (!n)
		return;
	n->name = e->is_member ? unescaped(r->tree, e->name) : S("");
	n->kind = e->kind;
	n->schema = frame->node;
	n->sensitivity = frame->sensitivity;
	if (tree_is_scalar(n))
		n->text = literal_text(r->tree, e);
}

static void finding_take(void *context, const struct der_finding *found)
{
	struct reading *r = context;

	if (!r->is_wrong)
		fault_at(&r->wrong, ST_INPUT, found->offset, found->code,
			"line %llu: %s: %s: %s", (unsigned long long)found->line,
			found->pointer[0] ? found->pointer : "/", found->found, found->expected);
	r->is_wrong = true;
}

static enum status reading_end(const struct reading *r, struct fault *f)
{
	if (r->is_wrong && f)
		*f = r->wrong;
	if (r->is_wrong)
		return ST_INPUT;
	return r->is_full ? is_full(f) : ST_OK;
}

enum status tree_read(struct tree **out, struct slice document, struct fault *f)
{
	AUTO(tree) t = tree_new(NULL);
	struct reading r = { .tree = t };
	struct der_listener listener = {
		.context = &r, .finding = finding_take, .value = value_take
	};
	struct der_result result;

	if (document.n > TREE_TEXT_MAX)
		return fault_set(
			f, ST_LIMIT, "translate.size", "more than %u bytes", TREE_TEXT_MAX);
	der_validate(&result, document, &listener);
	TRY(reading_end(&r, f));
	if (!result.schema)
		return fault_set(f, ST_INPUT, "der.document-type", "it is no document of ours");
	t->schema = result.schema;
	*out = TAKE(t);
	return ST_OK;
}

/* --- finding and making --- */

static struct tree_node *member_find(const struct tree_node *object, struct slice name)
{
	struct tree_node *n = object->first;

	while (n && !slice_eq(n->name, name))
		n = n->next;
	return n;
}

static struct slice steps_of(struct slice pointer)
{
	return slice_has_prefix(pointer, S("/")) ? slice_from(pointer, 1) : pointer;
}

struct tree_node *tree_find(struct tree_node *base, struct slice pointer)
{
	struct slice step, rest = steps_of(pointer);

	if (slice_eq(rest, S(".")))
		return base;
	while (base && rest.n > 0) {
		slice_cut(&step, &rest, rest, '/');
		base = member_find(base, step);
	}
	return base;
}

static const struct der_property *property_of(const struct tree_node *object, struct slice name)
{
	struct json_text text = { .raw = name };

	if (!object->schema || !object->schema->object)
		return NULL;
	return der_property_find(object->schema->object, text, json_text_hash(text));
}

/* The member is there, and has one of the values, if any are named. */
static bool test_holds(const struct tree_node *object, const struct der_test *t)
{
	const struct der_object *o = object->schema->object;
	const struct tree_node *n = member_find(object, o->properties[t->property].name);
	const struct der_watch *w = t->mask ? &o->watches[t->watch] : NULL;

	for (size_t i = 0; n && w && i < w->literal_count; i++)
		if (t->mask >> i & 1 && slice_eq(n->text, w->literals[i].text))
			return true;
	return n && !w;
}

static const struct der_effect *effect_of(
	const struct tree_node *object, const struct der_condition *c)
{
	for (size_t i = 0; i < c->test_count; i++)
		if (!test_holds(object, &c->tests[i]))
			return &c->otherwise;
	return &c->then;
}

bool tree_needs(const struct tree_node *object, struct slice name)
{
	const struct der_property *p = property_of(object, name);
	const struct der_object *o = p ? object->schema->object : NULL;
	const size_t at = p ? (size_t)(p - o->properties) : 0;

	if (p && der_bit(&o->required, at))
		return true;
	for (size_t i = 0; p && i < o->condition_count; i++)
		if (der_bit(&effect_of(object, &o->conditions[i])->required, at))
			return true;
	return false;
}

const struct der_node *tree_schema(const struct tree_node *base, struct slice pointer)
{
	struct slice step, rest = steps_of(pointer);
	struct tree_node at = { .schema = base->schema };

	while (rest.n > 0 && !slice_eq(rest, S("."))) {
		const struct der_property *p;

		slice_cut(&step, &rest, rest, '/');
		p = property_of(&at, step);
		at.schema = p ? p->node : NULL;
	}
	return at.schema;
}

static enum json_kind kind_of(const struct der_node *schema)
{
	static const enum json_kind kinds[] = { [DER_STRING] = JSON_IS_STRING,
		[DER_INTEGER] = JSON_IS_NUMBER, [DER_BOOLEAN] = JSON_IS_NUMBER,
		[DER_OBJECT] = JSON_IS_OBJECT, [DER_ARRAY] = JSON_IS_ARRAY };

	return schema ? kinds[schema->type] : JSON_IS_STRING;
}

static void node_be(struct tree_node *n, const struct der_node *schema, enum der_sensitivity own)
{
	n->schema = schema;
	n->kind = kind_of(schema);
	n->sensitivity = own == DER_AS_PARENT ? n->parent->sensitivity : own;
}

static enum status member_make(struct tree_node **out, struct tree *t, struct tree_node *object,
	struct slice name, struct fault *f)
{
	const struct der_property *p = property_of(object, name);
	struct tree_node *n = member_find(object, name);

	if (!n) {
		if (!p)
			bug("a mapping names a member that is none");
		n = node_add(t, object);
		if (!n)
			return is_full(f);
		n->name = p->name;
		node_be(n, p->node, p->sensitivity);
	}
	*out = n;
	return ST_OK;
}

enum status tree_make(struct tree_node **out, struct tree *t, struct tree_node *base,
	struct slice pointer, struct fault *f)
{
	struct slice step, rest = steps_of(pointer);

	while (rest.n > 0 && !slice_eq(rest, S("."))) {
		slice_cut(&step, &rest, rest, '/');
		TRY(member_make(&base, t, base, step, f));
	}
	*out = base;
	return ST_OK;
}

enum status tree_check(const struct tree *t, struct fault *f)
{
	if (t->bytes > TREE_BYTES_MAX)
		return fault_set(f, ST_LIMIT, "translate.size",
			"the texts of the document are more than %u bytes", TREE_BYTES_MAX);
	return ST_OK;
}

void tree_set(struct tree *t, struct tree_node *n, struct slice text)
{
	n->text = slice_of(arena_text(t->arena, text), text.n);
	t->bytes += text.n;
}

enum status tree_put(struct tree *t, struct tree_node *base, struct slice pointer,
	struct slice text, struct fault *f)
{
	struct tree_node *n;

	TRY(tree_make(&n, t, base, pointer, f));
	tree_set(t, n, text);
	return tree_check(t, f);
}

enum status tree_append(struct tree_node **out, struct tree *t, struct tree_node *base,
	struct slice list, struct fault *f)
{
	struct tree_node *array, *n;

	TRY(tree_make(&array, t, base, list, f));
	n = node_add(t, array);
	if (!n)
		return is_full(f);
	node_be(n, array->schema->items, DER_AS_PARENT);
	*out = n;
	return ST_OK;
}

/* --- writing --- */

void tree_pointer_put(struct buf *out, const struct tree_node *n)
{
	if (!n->parent)
		return;
	tree_pointer_put(out, n->parent);
	if (n->parent->kind == JSON_IS_ARRAY)
		buf_putf(out, "/%u", n->index);
	else
		buf_putf(out, "/%.*s", SLICE_FMT(n->name));
}

static void quoted_put(struct buf *out, struct slice text)
{
	buf_put_u8(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c < 0x20)
			buf_putf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			buf_putf(out, "\\%c", c);
		else
			buf_put_u8(out, c);
	}
	buf_put_u8(out, '"');
}

static void value_put(struct buf *out, const struct tree_node *, unsigned depth);

static void line_begin(struct buf *out, bool *is_fresh, unsigned depth)
{
	buf_putf(out, "%s%*s", *is_fresh ? "\n" : ",\n", (int)depth * 2, "");
	*is_fresh = false;
}

static void member_put(
	struct buf *out, const struct tree_node *n, bool *is_fresh, unsigned depth)
{
	if (!n)
		return;
	line_begin(out, is_fresh, depth);
	quoted_put(out, n->name);
	buf_put_text(out, ": ");
	value_put(out, n, depth);
}

/* What is known in the order of the schema, and then what is not. */
static void members_put(struct buf *out, const struct tree_node *object, unsigned depth)
{
	const struct der_object *known = object->schema ? object->schema->object : NULL;
	bool is_fresh = true;

	for (size_t i = 0; known && i < known->property_count; i++)
		member_put(out, member_find(object, known->properties[i].name), &is_fresh, depth);
	for (const struct tree_node *n = object->first; n; n = n->next)
		if (!property_of(object, n->name))
			member_put(out, n, &is_fresh, depth);
}

static void items_put(struct buf *out, const struct tree_node *array, unsigned depth)
{
	bool is_fresh = true;

	for (const struct tree_node *n = array->first; n; n = n->next) {
		line_begin(out, &is_fresh, depth);
		value_put(out, n, depth);
	}
}

static void value_put(struct buf *out, const struct tree_node *n, unsigned depth)
{
	bool is_object = n->kind == JSON_IS_OBJECT;

	if (n->kind == JSON_IS_STRING)
		quoted_put(out, n->text);
	else if (tree_is_scalar(n))
		buf_put(out, n->text);
	else {
		buf_put_u8(out, is_object ? '{' : '[');
		(is_object ? members_put : items_put)(out, n, depth + 1);
		if (n->first)
			buf_putf(out, "\n%*s", (int)depth * 2, "");
		buf_put_u8(out, is_object ? '}' : ']');
	}
}

void tree_write(struct buf *out, const struct tree *t)
{
	value_put(out, t->root, 0);
	buf_put_u8(out, '\n');
}

static int names_compare(struct slice a, struct slice b)
{
	struct json_text first = { .raw = a }, second = { .raw = b };

	return json_text_compare(first, second);
}

/* The member behind `after`, NULL for the first; objects have few. */
static const struct tree_node *member_behind(
	const struct tree_node *object, const struct tree_node *after)
{
	const struct tree_node *least = NULL;

	for (const struct tree_node *n = object->first; n; n = n->next)
		if ((!after || names_compare(n->name, after->name) > 0) &&
			(!least || names_compare(n->name, least->name) < 0))
			least = n;
	return least;
}

static void canonical_members_put(struct buf *out, const struct tree_node *object)
{
	const struct tree_node *n = NULL;
	bool is_fresh = true;

	while ((n = member_behind(object, n))) {
		buf_put_text(out, is_fresh ? "" : ",");
		is_fresh = false;
		quoted_put(out, n->name);
		buf_put_u8(out, ':');
		tree_canonical_put(out, n);
	}
}

void tree_canonical_put(struct buf *out, const struct tree_node *n)
{
	if (tree_is_scalar(n)) {
		value_put(out, n, 0);
		return;
	}
	buf_put_u8(out, n->kind == JSON_IS_OBJECT ? '{' : '[');
	if (n->kind == JSON_IS_OBJECT)
		canonical_members_put(out, n);
	for (const struct tree_node *item = n->first; n->kind == JSON_IS_ARRAY && item;
		item = item->next) {
		buf_put_text(out, item == n->first ? "" : ",");
		tree_canonical_put(out, item);
	}
	buf_put_u8(out, n->kind == JSON_IS_OBJECT ? '}' : ']');
}
