/* SPDX-License-Identifier: Apache-2.0 */
/* A checked interchange is read (reading.h), and what its document needs is put beside it. */
#include "documents/translate/to_json.h"

#include <stdio.h>

#include "base/clock.h"
#include "documents/translate/derive.h"
#include "documents/translate/reading.h"

#define DAY_LENGTH 10 /* characters of a date */
#define DAY_NS (INT64_C(86400) * NS_PER_S)
#define CLAIMS_MAX (64U << 20) /* bytes */
#define LOOP_MAX 128 /* bytes of the names of the loops around a segment */

static void fail_once(struct reading *r, enum status st, const struct fault *f)
{
	if (r->status == ST_OK && st != ST_OK) {
		r->status = st;
		r->fault = *f;
	}
}

static struct slice loop_names(char out[LOOP_MAX], const struct x12_walk *walk)
{
	size_t n = 0;

	for (unsigned i = 0; walk && i < x12_walk_depth(walk) && n < LOOP_MAX; i++)
		n += (size_t)snprintf(out + n, LOOP_MAX - n, "%s%s", i ? "/" : "",
			x12_walk_loop(walk, i)->name);
	return slice_of(out, n < LOOP_MAX ? n : LOOP_MAX - 1);
}

/* --- the stream --- */

static enum status set_begin(struct reading *r, const struct x12_context *at, struct fault *f)
{
	const struct der_schema *schema;

	if (++r->sets > 1)
		return fault_set(f, ST_INPUT, "translate.sets",
			"there is more than one set in it: tieline x12 split makes files of one");
	if (!r->mapping || !slice_eq(r->mapping->set, slice_str(at->set->id)))
		return fault_set(f, ST_INPUT, "translate.pair",
			"no document of ours says what a set %s says", at->set->id);
	schema = der_schema_find((struct json_text){ .raw = r->mapping->document });
	r->tree = tree_new(schema);
	r->items[0] = r->tree->root;
	r->interchange = *at->interchange;
	r->group = *at->group;
	return ST_OK;
}

static void set_began(void *context, const struct x12_context *at)
{
	struct reading *r = context;
	struct fault f;

	if (r->status == ST_OK)
		fail_once(r, set_begin(r, at, &f), &f);
}

static bool is_envelope(const struct x12_context *at, struct slice id)
{
	return !at->set || slice_eq(id, S("ST")) || slice_eq(id, S("SE"));
}

static void segment_take(void *context, const struct x12_context *at, const struct x12_segment *s,
	const struct x12_variant *variant, const struct x12_place *place)
{
	struct reading *r = context;
	char names[LOOP_MAX];
	struct fault f;

	(void)variant;
	if (r->status != ST_OK || !r->tree || is_envelope(at, s->id))
		return;
	fail_once(r, reading_segment(r, s, place, loop_names(names, at->walk), &f), &f);
}

static void finding_take(void *context, const struct x12_finding *found)
{
	struct reading *r = context;
	struct fault f;

	if (found->severity != X12_ERROR)
		return;
	fail_once(r, fault_at(&f, ST_INPUT, found->place.offset, found->code, "segment %llu: %s",
			     (unsigned long long)found->place.segment, found->text), &f);
}

/*
 * Several documents may be one set: which, says the segment behind ST, that the first row is of; if
 * none, the first of them.
 */
static const struct translate_mapping *mapping_choose(struct x12_reader *reader, struct slice set)
{
	const struct translate_mapping *first = NULL;
	struct x12_segment segment = { 0 };
	bool is_there = x12_reader_next(reader, &segment, NULL) == ST_OK;

	for (size_t i = 0; i < translate_mapping_count; i++) {
		const struct translate_mapping *m = &translate_mappings[i];

		if (!slice_eq(m->set, set))
			continue;
		if (is_there && reading_has_constants(&m->rows[0], &segment))
			return m;
		first = first ? first : m;
	}
	return first;
}

/* Of the first set; NULL: there is none of it, or it is of no pair. */
static const struct translate_mapping *first_mapping(struct slice in)
{
	AUTO_IN_PLACE(x12_reader) reader;
	struct x12_segment segment = { 0 };

	x12_reader_init_whole(&reader, in);
	while (x12_reader_next(&reader, &segment, NULL) == ST_OK)
		if (slice_eq(segment.id, S("ST")))
			return mapping_choose(&reader, x12_element(&segment, 1));
	return NULL;
}

static enum status interchange_read(struct reading *r, struct slice in, struct fault *f)
{
	struct x12_listener listener = { .context = r, .finding = finding_take,
		.set_began = set_began, .segment = segment_take };
	AUTO(x12_check) check = NULL;
	struct x12_choice choice = { 0 };
	struct fault why;

	r->mapping = first_mapping(in);
	if (r->mapping)
		TRY(x12_choice_add(&choice, r->options->guides, r->mapping->guide, f));
	check = x12_check_new(choice.list, choice.count, true, &listener);
	x12_check_whole(check, in);
	if (r->status == ST_OK && r->tree)
		fail_once(r, reading_end(r, &why), &why);
	if (r->status != ST_OK && f)
		*f = r->fault;
	TRY(r->status);
	return r->tree ? ST_OK : fault_set(f, ST_INPUT, "translate.sets", "there is no set in it");
}

/* --- what is missing --- */

struct fresh {
	const char *name;
	struct slice text;
};

static enum status put_told(struct reading *r, struct tree_node *base, struct slice pointer,
	struct slice text, struct fault *f)
{
	struct tree_node *there = tree_find(base, pointer);

	if (there)
		return ST_OK;
	TRY(tree_put(r->tree, base, pointer, text, f));
	translate_note_member(r->notes, TRANSLATE_DEFAULT, tree_find(base, pointer),
		"translate.default");
	return ST_OK;
}

static enum status put_quietly(
	struct reading *r, const char *name, struct slice text, struct fault *f)
{
	if (tree_find(r->tree->root, slice_str(name)))
		return ST_OK;
	return tree_put(r->tree, r->tree->root, slice_str(name), text, f);
}

/* What the envelope says, and what the type does. */
static enum status envelope_take(struct reading *r, struct fault *f)
{
	bool is_test = slice_eq(slice_str(r->interchange.usage), S("T"));

	TRY(put_quietly(r, "sender_id", slice_str(r->group.sender), f));
	TRY(put_quietly(r, "receiver_id", slice_str(r->group.receiver), f));
	return put_quietly(r, "test", is_test ? S("true") : S("false"), f);
}

/* What the type has one word for. */
static enum status implied_put(struct reading *r, struct fault *f)
{
	const struct der_object *o = r->tree->root->schema->object;

	for (size_t i = 0; i < o->property_count; i++) {
		const struct der_property *p = &o->properties[i];

		if (der_bit(&o->required, i) && p->node && p->node->literal_count == 1 &&
			!tree_find(r->tree->root, p->name))
			TRY(tree_put(r->tree, r->tree->root, p->name,
				p->node->literals[0].text, f));
	}
	return ST_OK;
}

static enum status list_put(struct reading *r, struct tree_node *base, struct slice pointer,
	struct fault *f)
{
	struct tree_node *array;
	size_t at = pointer.n;

	while (at > 0 && pointer.p[at - 1] != '/')
		at--;
	if (at > 1)
		base = tree_find(base, slice_to(pointer, at - 1));
	pointer = slice_from(pointer, at);
	if (!base || !tree_needs(base, pointer))
		return ST_OK;
	return tree_make(&array, r->tree, base, pointer, f);
}

/* The list whose items have it; NULL: the document has it. */
static const struct translate_list *owner_of(
	const struct translate_mapping *m, const struct translate_list *list)
{
	while (list->scope > 0 && m->lists[list->scope - 1].is_section)
		list = &m->lists[list->scope - 1];
	return list->scope > 0 ? &m->lists[list->scope - 1] : NULL;
}

/* A list that the set could have had, and has not, is empty. */
static enum status lists_put(struct reading *r, struct fault *f)
{
	const struct translate_mapping *m = r->mapping;

	for (size_t i = 0; i < m->list_count; i++) {
		const struct translate_list *list = &m->lists[i], *owner = owner_of(m, list);
		struct tree_node *root = r->tree->root, *array, *item;

		if (list->is_section)
			continue;
		if (!owner)
			TRY(list_put(r, root, list->pointer, f));
		array = owner ? tree_find(root, owner->pointer) : NULL;
		for (item = array ? array->first : NULL; item; item = item->next)
			TRY(list_put(r, item, list->pointer, f));
	}
	return ST_OK;
}

static enum status default_put(struct reading *r, struct tree_node *base,
	const struct translate_default *d, struct fault *f)
{
	if (d->beside.n > 0 && !tree_find(base, d->beside))
		return ST_OK;
	return put_told(r, base, d->pointer, d->text, f);
}

static enum status defaults_put(struct reading *r, struct fault *f)
{
	const struct translate_mapping *m = r->mapping;

	for (size_t i = 0; i < m->default_count; i++) {
		const struct translate_default *d = &m->defaults[i];
		struct tree_node *base = r->tree->root, *array;

		if (d->scope == 0) {
			TRY(default_put(r, base, d, f));
			continue;
		}
		array = tree_find(base, m->lists[d->scope - 1].pointer);
		for (base = array ? array->first : NULL; base; base = base->next)
			TRY(default_put(r, base, d, f));
	}
	return ST_OK;
}

/* A document begins a chain of its own, unless X12 says otherwise. */
static enum status fresh_put(struct reading *r, struct fault *f)
{
	char now[TIME_TEXT_MAX];
	struct slice id = slice_str(r->options->id);
	struct tree_node *own = tree_find(r->tree->root, S("document_id"));

	if (own)
		id = own->text;
	time_format(now, r->options->stamp->time_ns);
	TRY(put_told(r, r->tree->root, S("document_id"), id, f));
	TRY(put_told(r, r->tree->root, S("correlation_id"), id, f));
	TRY(put_told(r, r->tree->root, S("revision"), S("1"), f));
	/* The example's day has passed, and nothing is known of the clock. */
	if (r->options->is_for_facts) {
		TRY(put_quietly(r, "secrecy_until", slice_to(slice_str(now), DAY_LENGTH), f));
		TRY(put_quietly(r, "clock_uncertainty_ms", S("60000"), f));
	}
	return put_told(r, r->tree->root, S("created_at"), slice_str(now), f);
}

/* As many days from now as the example's is from when that was made. */
static enum status day_put(
	struct reading *r, const struct tree *example, const char *name, struct fault *f)
{
	const struct tree_node *made = tree_find(example->root, S("created_at"));
	const struct tree_node *day = tree_find(example->root, slice_str(name));
	AUTO_IN_PLACE(buf) noon = buf_init(TIME_TEXT_MAX);
	char text[TIME_TEXT_MAX];
	int64_t made_ns, day_ns, days;

	if (!made || !day)
		return ST_OK;
	buf_putf(&noon, "%.*sT12:00:00Z", SLICE_FMT(day->text));
	TRY(time_parse(&made_ns, made->text, f));
	TRY(time_parse(&day_ns, buf_slice(&noon), f));
	days = r->options->stamp->time_ns / DAY_NS - made_ns / DAY_NS;
	time_format(text, day_ns + days * DAY_NS);
	return put_quietly(r, name, slice_to(slice_str(text), DAY_LENGTH), f);
}

/* Whoever makes a copy says under which agreement it is. */
static const struct {
	const char *name;
	struct slice text;
} unknown[] = {
	{ "agreement_id", S("unknown") },
	{ "territory", S("ZZ-ZZZ") },
	{ "market_time_zone", S("Etc/UTC") },
	{ "clock_uncertainty_ms", S("60000") },
};

static enum status copy_header_put(struct reading *r, struct fault *f)
{
	AUTO(tree) example = NULL;

	TRY(tree_read(&example, r->tree->schema->example, f));
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		TRY(put_quietly(r, unknown[i].name, unknown[i].text, f));
	TRY(day_put(r, example, "secrecy_until", f));
	return day_put(r, example, "retain_until", f);
}

static enum status copy(struct reading *r, struct tree_node *to, const struct tree_node *from,
	struct fault *f)
{
	struct tree_node *n;

	if (tree_is_scalar(from)) {
		tree_set(r->tree, to, from->text);
		return ST_OK;
	}
	for (const struct tree_node *child = from->first; child; child = child->next) {
		if (from->kind == JSON_IS_ARRAY)
			TRY(tree_append(&n, r->tree, to, S("."), f));
		else
			TRY(tree_make(&n, r->tree, to, child->name, f));
		TRY(copy(r, n, child, f));
	}
	return ST_OK;
}

static bool may_be_like(const struct translate_mapping *m, struct slice name)
{
	for (size_t i = 0; i < m->like_count; i++)
		if (slice_eq(m->like[i], name))
			return true;
	return false;
}

static bool is_fact(const struct der_object *o, struct slice name)
{
	struct json_text text = { .raw = name };
	const struct der_property *p = der_property_find(o, text, json_text_hash(text));

	return p && p->fact != FACT_DOCUMENT;
}

/* A pattern says who and by which agreement, never how much. */
static enum status like_put(struct reading *r, struct tree *like, struct fault *f)
{
	struct tree_node *root = r->tree->root, *n;

	for (const struct tree_node *from = like->root->first; from; from = from->next) {
		if (!tree_needs(root, from->name) || tree_find(root, from->name) ||
			!may_be_like(r->mapping, from->name) ||
			(r->options->is_for_facts && is_fact(root->schema->object, from->name)))
			continue;
		TRY(tree_make(&n, r->tree, root, from->name, f));
		TRY(copy(r, n, from, f));
		translate_note_member(r->notes, TRANSLATE_DEFAULT, n, "translate.like");
	}
	return ST_OK;
}

/* --- the currency of all amounts --- */

static enum status currency_put(
	struct reading *r, struct tree_node *n, struct slice currency, struct fault *f)
{
	if (tree_find(n, S("amount")) && tree_needs(n, S("currency")) && !tree_find(n, S("currency")))
		TRY(tree_put(r->tree, n, S("currency"), currency, f));
	for (struct tree_node *child = n->first; child; child = child->next)
		TRY(currency_put(r, child, currency, f));
	return ST_OK;
}

static enum status currencies_put(struct reading *r, struct tree *like, struct fault *f)
{
	struct slice pointer = r->mapping->currency;
	struct tree_node *same = like ? tree_find(like->root, pointer) : NULL;

	if (pointer.n == 0)
		return ST_OK;
	TRY(put_told(r, r->tree->root, pointer, same ? same->text : S("USD"), f));
	return currency_put(r, r->tree->root, tree_find(r->tree->root, pointer)->text, f);
}

/* --- the whole --- */

static enum status hashes_put(struct reading *r, struct fault *f)
{
	AUTO_IN_PLACE(buf) content = buf_init(TRANSLATE_OUT_MAX);
	char hash[TRANSLATE_HASH_MAX];

	for (size_t i = 0; r->options->hash && i < r->mapping->hash_count; i++) {
		const struct translate_hash *h = &r->mapping->hashes[i];
		struct tree_node *of = tree_find(r->tree->root, h->of);

		if (!of)
			continue;
		buf_clear(&content);
		tree_canonical_put(&content, of);
		TRY(buf_check(&content, f));
		r->options->hash(hash, buf_slice(&content));
		TRY(tree_put(r->tree, r->tree->root, h->pointer, slice_str(hash), f));
	}
	return ST_OK;
}

static enum status complete(struct reading *r, struct fault *f)
{
	AUTO(tree) like = NULL;
	struct slice pattern =
		r->options->is_for_facts ? r->tree->schema->example : r->options->like;

	if (pattern.n > 0)
		TRY(tree_read(&like, pattern, f));
	TRY(envelope_take(r, f));
	TRY(defaults_put(r, f));
	TRY(derive_missing(r->tree, f));
	TRY(fresh_put(r, f));
	TRY(currencies_put(r, like, f));
	TRY(hashes_put(r, f));
	TRY(implied_put(r, f));
	if (r->options->area)
		TRY(put_quietly(r, "area", slice_str(r->options->area), f));
	TRY(lists_put(r, f));
	if (r->options->is_copy)
		TRY(copy_header_put(r, f));
	return like ? like_put(r, like, f) : ST_OK;
}

/* What is written is a document: the reader says so. */
static enum status document_check(struct slice document, struct fault *f)
{
	AUTO(tree) again = NULL;

	return tree_read(&again, document, f);
}

static enum status document_make(
	struct buf *out, struct reading *r, struct slice interchange, struct fault *f)
{
	if (interchange.n > TREE_TEXT_MAX)
		return fault_set(
			f, ST_LIMIT, "translate.size", "more than %u bytes", TREE_TEXT_MAX);
	TRY(interchange_read(r, interchange, f));
	TRY(complete(r, f));
	tree_write(out, r->tree);
	TRY(buf_check(out, f));
	return document_check(buf_slice(out), f);
}

enum status translate_to_json(struct buf *out, struct slice interchange,
	const struct translate_options *options, struct translate_notes *notes, struct fault *f)
{
	struct reading r = { .options = options,
		.notes = notes,
		.value = buf_init(TREE_TEXT_MAX),
		.claims = buf_init(CLAIMS_MAX) };
	enum status st = document_make(out, &r, interchange, f);

	buf_done(&r.value);
	buf_done(&r.claims);
	tree_free(r.tree);
	return st;
}
