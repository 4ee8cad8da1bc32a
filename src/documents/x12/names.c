/* SPDX-License-Identifier: Apache-2.0 */
/* A dictionary is read when somebody asks for it first. */
#include "documents/x12/names.h"

#include <stdlib.h>

#include "documents/x12/guide_dictionary.h"

#define RELEASE 6 /* characters of GS08 that name it */

struct opened {
	const struct x12_library_entry *entry;
	struct guide_dictionary dictionary;
	struct opened *next;
};

struct x12_names {
	const struct x12_library *library;
	struct arena *arena;
	struct opened *first;
	struct x12_variant variant; /* that was asked for last */
};

struct x12_names *x12_names_new(const struct x12_library *library)
{
	struct x12_names *names = alloc_zeroed(1, sizeof(*names));

	names->library = library;
	names->arena = arena_new();
	return names;
}

void x12_names_free(struct x12_names *names)
{
	if (names)
		arena_free(names->arena);
	free(names);
}

/* By digits; a release is as far from another as its numbers are. */
static uint64_t distance(const char *name, struct slice release)
{
	uint64_t a = 0, b = 0;

	if (slice_u64(&a, slice_to(slice_str(name), RELEASE), NULL) != ST_OK ||
		slice_u64(&b, release, NULL) != ST_OK)
		return UINT64_MAX;
	return a > b ? a - b : b - a;
}

/* The users' own of the same release stands in front. */
static const struct x12_library_entry *nearest(const struct x12_library *l, struct slice version)
{
	struct slice release = slice_to(version, RELEASE);
	const struct x12_library_entry *e, *best = x12_library_dictionary(l, release);

	for (size_t i = 0; !best && (e = x12_library_at(l, i)); i++)
		if (e->is_dictionary)
			best = e;
	for (size_t i = 0; best && (e = x12_library_at(l, i)); i++)
		if (e->is_dictionary && distance(e->name, release) < distance(best->name, release))
			best = e;
	return best;
}

static const struct guide_dictionary *dictionary_open(
	struct x12_names *names, const struct x12_library_entry *entry)
{
	struct opened *o = names->first;

	while (o && o->entry != entry)
		o = o->next;
	if (o)
		return &o->dictionary;
	o = arena_zeroed(names->arena, 1, sizeof(*o));
	o->entry = entry;
	o->next = names->first;
	/* One that does not hold has no names. */
	if (guide_dictionary_read(&o->dictionary, names->arena, entry->root, NULL) != ST_OK)
		o->dictionary = (struct guide_dictionary){ 0 };
	names->first = o;
	return &o->dictionary;
}

static const struct guide_segment *segment_find(
	struct x12_names *names, struct slice version, struct slice segment)
{
	const struct x12_library_entry *e = nearest(names->library, version);
	const struct guide_segment *found =
		e ? guide_dictionary_find(dictionary_open(names, e), segment) : NULL;

	for (size_t i = 0; !found && (e = x12_library_at(names->library, i)); i++)
		if (e->is_dictionary)
			found = guide_dictionary_find(dictionary_open(names, e), segment);
	return found;
}

const struct x12_variant *x12_names_find(
	struct x12_names *names, struct slice version, struct slice segment)
{
	const struct guide_segment *found = segment_find(names, version, segment);

	if (!found)
		return NULL;
	names->variant = (struct x12_variant){ .name = found->name,
		.elements = found->elements.list,
		.element_count = found->elements.count };
	return &names->variant;
}
