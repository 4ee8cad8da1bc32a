/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in their order, each filled from the document; what no row took is told. */
#include "documents/translate/to_x12.h"

#include <stdio.h>
#include <string.h>

#include "documents/translate/convert.h"
#include "documents/translate/derive.h"
#include "documents/x12/report.h"

#define ENVELOPE_MAX 1024 /* bytes of ISA, GS, ST and their ends */
#define ENVELOPE_HEADS 3  /* segments before those of the body: ISA, GS, ST */
#define LINE_PIECE 80     /* bytes of a free text in one segment: elements 3 and 352 hold as many */
#define PARTY_MAX 15      /* characters of ISA06 and GS02 */

struct writing {
	const struct translate_options *options;
	const struct translate_mapping *mapping;
	struct translate_notes *notes;
	struct tree *tree;
	struct x12_writer body;
	struct buf room, texts;
	struct buf members; /* struct tree_node *, of each segment of the body: its first */
	char ordinal[16]; /* of the item that is written */
};

/* The elements of one segment, while it is put together; the texts are of `texts`. */
struct segment {
	struct {
		size_t at, n;
	} elements[X12_ELEMENTS_MAX + 1];
	unsigned count;
	struct tree_node *member; /* the first; NULL: it says none */
	size_t line_at, line_n; /* what is left of a text in pieces */
	unsigned line_element;
};

/* --- one segment --- */

static void element_set(struct writing *w, struct segment *s, unsigned number, struct slice text)
{
	s->elements[number].at = w->texts.n;
	s->elements[number].n = text.n;
	buf_put(&w->texts, text);
	s->count = number > s->count ? number : s->count;
}

/* Whose place in the document, and not only what, a person has to know. */
static enum status member_fault(
	const struct tree_node *member, const struct fault *why, struct fault *f)
{
	AUTO_IN_PLACE(buf) pointer = buf_init(FAULT_TEXT_MAX);

	tree_pointer_put(&pointer, member);
	return fault_set(f, why->status, why->code, "%s: %s", buf_text(&pointer), why->text);
}

static bool is_only_written(enum translate_conversion c)
{
	return c == TR_QUALIFIER || c == TR_DAY || c == TR_ORDINAL;
}

static struct slice text_of(
	struct writing *w, const struct translate_element *e, const struct tree_node *member)
{
	if (e->conversion != TR_ORDINAL)
		return member->text;
	snprintf(w->ordinal, sizeof(w->ordinal), "%u", member->index + 1);
	return slice_str(w->ordinal);
}

static struct convert_said said_of(
	struct writing *w, const struct translate_element *e, const struct tree_node *member)
{
	struct tree_node *begin =
		e->conversion == TR_END ? tree_find(member->parent, e->text) : NULL;

	return (struct convert_said){ text_of(w, e, member), begin ? begin->text : S(""),
		w->options->zone.n > 0 ? w->options->zone : S("UT") };
}

static enum status member_put(struct writing *w, struct segment *s,
	const struct translate_element *e, struct tree_node *member, struct fault *f)
{
	struct convert_said said = said_of(w, e, member);
	struct convert_x12 value;
	struct fault why;

	if (convert_to_x12(&value, &w->room, e, &said, &why) != ST_OK)
		return member_fault(member, &why, f);
	for (unsigned i = 0; i < convert_span(e->conversion); i++)
		element_set(w, s, e->number + i, value.values[i]);
	if (!s->member)
		s->member = member;
	if (is_only_written(e->conversion))
		return ST_OK;
	if (value.is_short && e->conversion == TR_TIME && !member->is_said)
		translate_note_member(w->notes, TRANSLATE_SHORT, member, "translate.time");
	member->is_said = true;
	if (e->conversion == TR_LINES) {
		s->line_element = e->number;
		s->line_at = s->elements[e->number].at;
		s->line_n = s->elements[e->number].n;
	}
	return ST_OK;
}

static struct tree_node *member_of(
	const struct writing *w, const struct translate_element *e, struct tree_node *item)
{
	return tree_find(e->is_item ? item : w->tree->root, e->pointer);
}

static bool is_constant(enum translate_conversion c)
{
	return c == TR_CONSTANT || c == TR_OPTIONAL || c == TR_WRITTEN;
}

static enum status element_fill(struct writing *w, struct segment *s,
	const struct translate_element *e, struct tree_node *item, struct fault *f)
{
	struct tree_node *member;

	if (e->number == 0)
		return ST_OK;
	if (is_constant(e->conversion)) {
		element_set(w, s, e->number, e->text);
		return ST_OK;
	}
	member = member_of(w, e, item);
	return member ? member_put(w, s, e, member, f) : ST_OK;
}

static bool condition_holds(const struct translate_element *e, const struct tree_node *member)
{
	if (e->conversion == TR_LACKS)
		return !member;
	if (!member || e->conversion == TR_HAS)
		return member != NULL;
	return slice_eq(member->text, e->text) == (e->conversion != TR_NOT);
}

/* The conditions of a row hold; a member that one names is said by the row. */
static bool row_fits(
	const struct writing *w, const struct translate_row *row, struct tree_node *item)
{
	bool fits = !row->is_read_only;

	for (size_t i = 0; fits && i < row->element_count; i++) {
		const struct translate_element *e = &row->elements[i];
		struct tree_node *member = e->number == 0 ? member_of(w, e, item) : NULL;

		fits = e->number > 0 || condition_holds(e, member);
		if (fits && member && e->conversion == TR_IS)
			member->is_said = true;
	}
	return fits;
}

/* No character is cut in two. */
static size_t piece_end(struct slice text)
{
	size_t n = text.n < LINE_PIECE ? text.n : LINE_PIECE;

	while (n < text.n && n > 1 && (text.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void segment_put(struct writing *w, const char *id, const struct segment *s)
{
	buf_put(&w->members, slice_of(&s->member, sizeof(s->member)));
	x12_begin(&w->body, id);
	for (unsigned i = 1; i <= s->count; i++)
		x12_put(&w->body,
			slice_sub(buf_slice(&w->texts), s->elements[i].at, s->elements[i].n));
	x12_end(&w->body);
}

static void segments_put(struct writing *w, const char *id, struct segment *s)
{
	do {
		struct slice line = slice_sub(buf_slice(&w->texts), s->line_at, s->line_n);
		size_t n = piece_end(line);

		if (s->line_element > 0) {
			s->elements[s->line_element].at = s->line_at;
			s->elements[s->line_element].n = n;
		}
		segment_put(w, id, s);
		s->line_at += n;
		s->line_n -= n;
	} while (s->line_n > 0);
}

static enum status row_write(struct writing *w, const struct translate_row *row,
	struct tree_node *item, struct fault *f)
{
	struct segment s = { 0 };
	char id[X12_ID_MAX + 1];

	buf_clear(&w->texts);
	for (size_t i = 0; i < row->element_count; i++)
		TRY(element_fill(w, &s, &row->elements[i], item, f));
	if (!s.member && !row->is_always)
		return ST_OK;
	TRY(slice_to_text(id, sizeof(id), row->segment, f));
	segments_put(w, id, &s);
	return ST_OK;
}

/* --- rows --- */

static enum status scope_write(
	struct writing *w, unsigned scope, struct tree_node *item, struct fault *f);

/* The first of the rows that open the list and fit the item; behind it those about the item. */
static enum status item_write(
	struct writing *w, unsigned list, struct tree_node *item, struct fault *f)
{
	const struct translate_mapping *m = w->mapping;
	size_t i = 0;

	while (i < m->row_count && (m->rows[i].opens != list || !row_fits(w, &m->rows[i], item)))
		i++;
	if (i == m->row_count)
		return ST_OK;
	TRY(row_write(w, &m->rows[i], item, f));
	return scope_write(w, list, item, f);
}

static enum status list_write(
	struct writing *w, unsigned number, struct tree_node *base, struct fault *f)
{
	const struct translate_list *list = &w->mapping->lists[number - 1];
	struct tree_node *array = tree_find(base, list->pointer);

	if (list->is_section)
		return item_write(w, number, base, f);
	if (!array)
		return ST_OK;
	/* Who reads it makes an empty one only where there has to be one. */
	array->is_said = array->first || tree_needs(array->parent, array->name);
	for (struct tree_node *item = array->first; item; item = item->next)
		TRY(item_write(w, number, item, f));
	return ST_OK;
}

static enum status scope_write(
	struct writing *w, unsigned scope, struct tree_node *item, struct fault *f)
{
	const struct translate_mapping *m = w->mapping;
	unsigned opened = 0; /* the lists that were written */

	for (size_t i = 0; i < m->row_count; i++) {
		const struct translate_row *row = &m->rows[i];

		if (row->scope != scope || row->is_read_only ||
			(row->opens && opened >> row->opens & 1))
			continue;
		opened |= 1U << row->opens;
		if (row->opens)
			TRY(list_write(w, row->opens, item, f));
		else if (row_fits(w, row, item))
			TRY(row_write(w, row, item, f));
	}
	return ST_OK;
}

/* --- envelopes --- */

static void texts_mark(bool used[256], const struct tree_node *n)
{
	for (size_t i = 0; i < n->text.n; i++)
		used[n->text.p[i]] = true;
	for (const struct tree_node *child = n->first; child; child = child->next)
		texts_mark(used, child);
}

/* X12 escapes nothing: what stands in the document cannot cut it. */
static uint8_t delimiter_choose(bool used[256], const char *candidates)
{
	while (*candidates && used[(uint8_t)*candidates])
		candidates++;
	used[(uint8_t)*candidates] = true;
	return (uint8_t)*candidates;
}

static enum status delimiters_choose(
	struct x12_delimiters *d, const struct tree_node *root, struct fault *f)
{
	bool used[256] = { false };

	texts_mark(used, root);
	d->element = delimiter_choose(used, "*|^+\x1d");
	d->segment = delimiter_choose(used, "~!'\\\x1c");
	d->component = delimiter_choose(used, ">:<;\x1f");
	if (d->element == 0 || d->segment == 0 || d->component == 0)
		return fault_set(f, ST_INPUT, "translate.delimiters",
			"every delimiter that X12 could have stands in a text");
	return ST_OK;
}

static enum status party_take(char out[X12_FIELD_MAX], const struct writing *w, const char *given,
	const char *pointer, struct fault *f)
{
	struct tree_node *member = tree_find(w->tree->root, slice_str(pointer));
	struct slice id = given && given[0] ? slice_str(given) : member->text;

	if (id.n < 2 || id.n > PARTY_MAX || slice_to_text(out, X12_FIELD_MAX, id, NULL) != ST_OK)
		return fault_set(f, ST_INPUT, "translate.party",
			"%s: an interchange has 2 to %d characters for it: say which", pointer,
			PARTY_MAX);
	member->is_said = true;
	return ST_OK;
}

static void qualifier_take(char out[X12_FIELD_MAX], const char *id)
{
	struct slice kind = convert_qualifier(slice_str(id));

	/* ISA has other codes for the same: 01 DUNS, 14 DUNS+4. */
	snprintf(out, X12_FIELD_MAX, "%s",
		slice_eq(kind, S("1")) ? "01" : slice_eq(kind, S("9")) ? "14" : "ZZ");
}

/* As if it were received the other way: envelope_write.h answers. */
static enum status parties_take(
	struct x12_interchange *isa, struct x12_group *gs, const struct writing *w, struct fault *f)
{
	struct tree_node *test = tree_find(w->tree->root, S("test"));

	TRY(party_take(isa->receiver, w, w->options->sender, "/sender_id", f));
	TRY(party_take(isa->sender, w, w->options->receiver, "/receiver_id", f));
	qualifier_take(isa->receiver_qualifier, isa->receiver);
	qualifier_take(isa->sender_qualifier, isa->sender);
	snprintf(gs->receiver, sizeof(gs->receiver), "%s", isa->receiver);
	snprintf(gs->sender, sizeof(gs->sender), "%s", isa->sender);
	snprintf(isa->version, sizeof(isa->version), "00401");
	snprintf(isa->usage, sizeof(isa->usage), "%c", slice_eq(test->text, S("true")) ? 'T' : 'P');
	test->is_said = true;
	return ST_OK;
}

static enum status interchange_write(struct buf *out, struct writing *w, struct fault *f)
{
	struct x12_interchange isa = { .delimiters = w->body.delimiters };
	struct x12_group gs = { 0 };
	struct x12_context received = { .interchange = &isa, .group = &gs };
	struct x12_writer whole = { .out = out, .delimiters = w->body.delimiters };
	const struct translate_mapping *m = w->mapping;
	char id[4], group[3], version[X12_VERSION_MAX];
	uint32_t number, group_number;

	TRY(parties_take(&isa, &gs, w, f));
	TRY(slice_to_text(id, sizeof(id), m->set, f));
	TRY(slice_to_text(group, sizeof(group), m->group, f));
	TRY(slice_to_text(version, sizeof(version), m->version, f));
	number = x12_isa_write(&whole, &isa, w->options->stamp);
	group_number = x12_gs_write(&whole, group, &received, version, w->options->stamp);
	x12_st_write(&whole, id, 1, NULL);
	buf_put(out, buf_slice(w->body.out));
	whole.segments += w->body.segments;
	x12_se_write(&whole, 1);
	x12_ge_write(&whole, 1, group_number);
	x12_iea_write(&whole, 1, number);
	return buf_check(out, f);
}

/* --- what was not said --- */

static bool nodes_equal(const struct tree_node *a, const struct tree_node *b)
{
	const struct tree_node *x = a->first, *y = b->first;

	if (a->kind != b->kind || !slice_eq(a->text, b->text) || !slice_eq(a->name, b->name))
		return false;
	while (x && y && nodes_equal(x, y)) {
		x = x->next;
		y = y->next;
	}
	return !x && !y;
}

static void all_said(struct tree_node *n)
{
	n->is_said = true;
	for (struct tree_node *child = n->first; child; child = child->next)
		all_said(child);
}

static enum status like_said(struct writing *w, struct fault *f)
{
	AUTO(tree) like = NULL;

	if (w->options->like.n == 0)
		return ST_OK;
	TRY(tree_read(&like, w->options->like, f));
	for (struct tree_node *n = w->tree->root->first; n; n = n->next) {
		struct tree_node *same = tree_find(like->root, n->name);

		if (same && nodes_equal(n, same))
			all_said(n);
	}
	return ST_OK;
}

/* A type has one word for it: X12 need not say it. */
static bool is_implied(const struct tree_node *n)
{
	return n->schema && n->schema->literal_count == 1;
}

/* One currency is of all amounts. */
static bool is_currency_said(const struct writing *w, const struct tree_node *n)
{
	struct tree_node *amount = tree_find(n->parent, S("amount"));
	struct tree_node *currency = tree_find(w->tree->root, w->mapping->currency);

	return slice_eq(n->name, S("currency")) && amount && amount->is_said &&
		w->mapping->currency.n > 0 && currency && currency->is_said;
}

/* A hash that who reads it makes again. */
static enum status hashes_said(struct writing *w, struct fault *f)
{
	AUTO_IN_PLACE(buf) content = buf_init(TRANSLATE_OUT_MAX);
	char hash[TRANSLATE_HASH_MAX];

	for (size_t i = 0; w->options->hash && i < w->mapping->hash_count; i++) {
		const struct translate_hash *h = &w->mapping->hashes[i];
		struct tree_node *member = tree_find(w->tree->root, h->pointer);
		struct tree_node *of = tree_find(w->tree->root, h->of);

		if (!member || !of)
			continue;
		buf_clear(&content);
		tree_canonical_put(&content, of);
		w->options->hash(hash, buf_slice(&content));
		member->is_said |= slice_eq(member->text, slice_str(hash));
	}
	return buf_check(&content, f);
}

/* The first document of a chain: who reads it begins one (fresh_put in to_json.c). */
static void chain_said(struct tree_node *root)
{
	struct tree_node *own = tree_find(root, S("document_id"));
	struct tree_node *chain = tree_find(root, S("correlation_id"));
	struct tree_node *revision = tree_find(root, S("revision"));

	chain->is_said |= own->is_said && slice_eq(own->text, chain->text);
	revision->is_said |= slice_eq(revision->text, S("1"));
}

static void unsaid_tell(const struct writing *w, struct tree_node *n)
{
	bool is_leaf = !n->first && n->parent;

	if (is_leaf && !n->is_said && !is_implied(n) && !is_currency_said(w, n))
		translate_note_member(w->notes, TRANSLATE_UNSAID, n, "translate.place");
	for (struct tree_node *child = n->first; child; child = child->next)
		unsaid_tell(w, child);
}

/* --- the whole --- */

struct first_error {
	const struct writing *writing;
	bool is_there;
	struct fault fault;
};

/* What a segment says, so that it is found in the document. */
static void member_name(struct buf *out, const struct writing *w, uint64_t segment)
{
	struct tree_node *const *members = (struct tree_node *const *)(const void *)w->members.p;
	size_t count = w->members.n / sizeof(*members);

	if (segment <= ENVELOPE_HEADS || segment - ENVELOPE_HEADS > count ||
		!members[segment - ENVELOPE_HEADS - 1])
		return;
	tree_pointer_put(out, members[segment - ENVELOPE_HEADS - 1]);
	buf_put_text(out, ": ");
}

/* Where, and of what is too long how long it is: nothing of the value. */
static void hidden_put(struct buf *out, const struct x12_finding *found)
{
	char spot[X12_SPOT_TEXT_MAX];

	buf_put_text(out, x12_spot_text(spot, &found->place));
	if (found->problem == X12_ELEMENT_LONG)
		buf_putf(out, ": %zu bytes are more than it holds", found->value.n);
}

static void finding_take(void *context, const struct x12_finding *found)
{
	AUTO_IN_PLACE(buf) name = buf_init(FAULT_TEXT_MAX);
	struct first_error *first = context;
	AUTO_IN_PLACE(buf) hidden = buf_init(FAULT_TEXT_MAX);

	if (found->severity != X12_ERROR || first->is_there)
		return;
	first->is_there = true;
	/* What is said of an element has its value in it. */
	if (found->place.element > 0 &&
		translate_is_restricted(first->writing->mapping, found->place.id))
		hidden_put(&hidden, found);
	member_name(&name, first->writing, found->place.segment);
	fault_at(&first->fault, ST_INPUT, found->place.offset, found->code, "%ssegment %llu: %s",
		buf_text(&name), (unsigned long long)found->place.segment,
		hidden.n > 0 ? buf_text(&hidden) : found->text);
}

static enum status interchange_check(
	const struct writing *w, struct slice interchange, struct fault *f)
{
	struct first_error first = { .writing = w };
	struct x12_listener listener = { .context = &first, .finding = finding_take };
	AUTO(x12_check) check = NULL;
	struct x12_choice choice = { 0 };

	TRY(x12_choice_add(&choice, w->options->guides, w->mapping->guide, f));
	check = x12_check_new(choice.list, choice.count, true, &listener);
	x12_check_whole(check, interchange);
	if (first.is_there && f)
		*f = first.fault;
	return first.is_there ? ST_INPUT : ST_OK;
}

static enum status document_write(struct buf *out, struct writing *w, struct fault *f)
{
	TRY(delimiters_choose(&w->body.delimiters, w->tree->root, f));
	TRY(like_said(w, f));
	TRY(scope_write(w, 0, w->tree->root, f));
	TRY(buf_check(w->body.out, f));
	TRY(interchange_write(out, w, f));
	TRY(interchange_check(w, buf_slice(out), f));
	derive_said(w->tree);
	TRY(hashes_said(w, f));
	chain_said(w->tree->root);
	unsaid_tell(w, w->tree->root);
	return ST_OK;
}

enum status translate_to_x12(struct buf *out, struct slice document,
	const struct translate_options *options, struct translate_notes *notes, struct fault *f)
{
	AUTO_IN_PLACE(buf) body = buf_init(TRANSLATE_OUT_MAX - ENVELOPE_MAX);
	struct writing w = { .options = options, .notes = notes };
	AUTO(tree) tree = NULL;
	enum status st;

	TRY(tree_read(&tree, document, f));
	w.tree = tree;
	w.mapping = translate_mapping_of_document(slice_str(tree->schema->name));
	if (!w.mapping)
		return fault_set(f, ST_INPUT, "translate.pair",
			"no X12 set says what a document %s says", tree->schema->name);
	w.body.out = &body;
	w.room = buf_init(TREE_TEXT_MAX);
	w.texts = buf_init(TREE_TEXT_MAX);
	w.members = buf_init(TRANSLATE_OUT_MAX);
	st = document_write(out, &w, f);
	buf_done(&w.room);
	buf_done(&w.texts);
	buf_done(&w.members);
	return st;
}
