/* SPDX-License-Identifier: Apache-2.0 */
/* Notes with their place: a JSON pointer, or a segment and its element. */
#include "documents/translate/note.h"

#include <stdio.h>

static void tell(struct translate_notes *n, const struct translate_note *note)
{
	uint64_t *count = note->kind == TRANSLATE_DEFAULT ? &n->defaults : &n->unsaid;

	++*count;
	if (n->tell && n->unsaid + n->defaults <= TRANSLATE_NOTES_MAX)
		n->tell(n->context, note);
}

void translate_note_member(struct translate_notes *n, enum translate_kind kind,
	const struct tree_node *member, const char *why)
{
	AUTO_IN_PLACE(buf) pointer = buf_init(TRANSLATE_WHERE_MAX);
	struct translate_note note = { .kind = kind, .why = why };

	tree_pointer_put(&pointer, member);
	snprintf(note.where, sizeof(note.where), "%s", buf_text(&pointer));
	note.is_restricted = member->sensitivity == DER_RESTRICTED;
	if (!note.is_restricted)
		note.value = member->kind == JSON_IS_ARRAY ? S("[]") : member->text;
	tell(n, &note);
}

bool translate_is_restricted(const struct translate_mapping *m, struct slice segment)
{
	for (size_t i = 0; i < m->restricted_count; i++)
		if (slice_eq(m->restricted[i], segment))
			return true;
	return false;
}

void translate_note_element(struct translate_notes *n, const struct translate_mapping *m,
	const struct x12_place *place, unsigned element, struct slice value, const char *why)
{
	struct translate_note note = { .kind = TRANSLATE_UNSAID, .why = why };
	struct slice id = slice_to(place->id, 3);

	if (element > 0)
		snprintf(note.where, sizeof(note.where), "segment %llu: %.*s%02u",
			(unsigned long long)place->segment, SLICE_FMT(id), element);
	else
		snprintf(note.where, sizeof(note.where), "segment %llu: %.*s",
			(unsigned long long)place->segment, SLICE_FMT(id));
	note.is_restricted = translate_is_restricted(m, place->id);
	if (!note.is_restricted)
		note.value = value;
	tell(n, &note);
}
