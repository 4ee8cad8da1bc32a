/* SPDX-License-Identifier: Apache-2.0 */
/* Each text keeps its tree: what refines it, and who loads it, reads it from there. */
#include "documents/x12/guide_library.h"

#include <stdlib.h>
#include <string.h>

#include "documents/x12/guide_fields.h"
#include "documents/x12/guide_shipped.h"

struct x12_library {
	struct arena *arena;
	struct x12_library_entry entries[X12_LIBRARY_MAX];
	size_t count;
};

struct x12_library *x12_library_new(void)
{
	struct x12_library *l = alloc_zeroed(1, sizeof(*l));

	l->arena = arena_new();
	return l;
}

void x12_library_free(struct x12_library *l)
{
	if (l)
		arena_free(l->arena);
	free(l);
}

/* The value of a key as text; "" when it is not there, or no text: who loads it tells so. */
static const char *said(struct arena *arena, const struct guide_node *root, const char *key)
{
	const struct guide_node *n = guide_node_find(root, slice_str(key));

	return arena_text(arena, n && n->kind == GUIDE_TEXT ? slice_trim(n->text) : S(""));
}

static enum status name_read(struct x12_library_entry *entry, struct arena *arena,
	struct fault *f)
{
	const struct guide_node *guide, *dictionary;
	struct slice name;

	if (entry->root->kind != GUIDE_MAP)
		return guide_fault(entry->root, f, "x12.guide.key", "a guide is KEY: VALUE");
	guide = guide_node_find(entry->root, S("guide"));
	dictionary = guide_node_find(entry->root, S("dictionary"));
	if (!guide == !dictionary)
		return guide_fault(entry->root, f, "x12.guide.key",
			"it is either guide: NAME or dictionary: VERSION");
	entry->is_dictionary = dictionary != NULL;
	TRY(guide ? guide_read_name(&name, guide, f) : guide_read_text(&name, dictionary, f));
	entry->name = arena_text(arena, name);
	return ST_OK;
}

static bool is_same(const struct x12_library_entry *a, const struct x12_library_entry *b)
{
	return a->origin == b->origin && a->is_dictionary == b->is_dictionary &&
		slice_eq(slice_str(a->name), slice_str(b->name));
}

static enum status twice_check(
	const struct x12_library *l, const struct x12_library_entry *entry, struct fault *f)
{
	for (size_t i = 0; i < l->count; i++)
		if (is_same(&l->entries[i], entry))
			return guide_fault(entry->root, f, "x12.guide.twice",
				"%s is the name of %s too", entry->name, l->entries[i].file);
	return ST_OK;
}

enum status x12_library_add(struct x12_library *l, enum x12_origin origin, const char *file,
	struct slice yaml, struct fault *f)
{
	struct x12_library_entry entry = { .origin = origin };
	struct guide_node *root;

	if (yaml.n > X12_GUIDE_TEXT_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.size", "%s: more than %u bytes", file,
			X12_GUIDE_TEXT_MAX);
	if (l->count == X12_LIBRARY_MAX)
		return fault_set(f, ST_LIMIT, "x12.guide.files", "more than %d guides",
			X12_LIBRARY_MAX);
	entry.file = arena_text(l->arena, slice_str(file));
	entry.yaml = slice_of(arena_text(l->arena, yaml), yaml.n);
	TRY(guide_yaml_parse(&root, l->arena, entry.file, yaml, f));
	entry.root = root;
	TRY(name_read(&entry, l->arena, f));
	TRY(twice_check(l, &entry, f));
	entry.title = said(l->arena, root, "title");
	entry.set = said(l->arena, root, "set");
	entry.group = said(l->arena, root, "group");
	entry.version = said(l->arena, root, "version");
	entry.refines = said(l->arena, root, "refines");
	l->entries[l->count++] = entry;
	return ST_OK;
}

void x12_library_add_shipped(struct x12_library *l)
{
	struct fault f;

	for (size_t i = 0; i < guide_shipped_count; i++)
		if (x12_library_add(l, X12_SHIPPED, guide_shipped[i].file, guide_shipped[i].yaml,
			    &f) != ST_OK)
			die("%s", f.text);
}

/* --- found again --- */

const struct x12_library_entry *x12_library_at(const struct x12_library *l, size_t at)
{
	return at < l->count ? &l->entries[at] : NULL;
}

static const struct x12_library_entry *find(const struct x12_library *l, enum x12_origin origin,
	bool is_dictionary, struct slice name)
{
	for (size_t i = 0; i < l->count; i++) {
		const struct x12_library_entry *e = &l->entries[i];

		if (e->origin == origin && e->is_dictionary == is_dictionary &&
			slice_eq(slice_str(e->name), name))
			return e;
	}
	return NULL;
}

static const struct x12_library_entry *find_in_front(
	const struct x12_library *l, bool is_dictionary, struct slice name)
{
	const struct x12_library_entry *own = find(l, X12_USERS, is_dictionary, name);

	return own ? own : find(l, X12_SHIPPED, is_dictionary, name);
}

const struct x12_library_entry *x12_library_find(const struct x12_library *l, struct slice name)
{
	return find_in_front(l, false, name);
}

const struct x12_library_entry *x12_library_dictionary(
	const struct x12_library *l, struct slice version)
{
	return find_in_front(l, true, version);
}

const struct x12_library_entry *x12_library_base(
	const struct x12_library *l, const struct x12_library_entry *entry)
{
	struct slice base = slice_str(entry->refines);

	return strcmp(entry->refines, entry->name) == 0 ? find(l, X12_SHIPPED, false, base)
							: find_in_front(l, false, base);
}
