/* SPDX-License-Identifier: Apache-2.0 */
/* What a translation has to tell: what the other side cannot say, and what was put in its place. */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_NOTE_H
#define TIELINE_DOCUMENTS_TRANSLATE_NOTE_H

#include "documents/translate/mapping.h"
#include "documents/translate/tree.h"
#include "documents/x12/finding.h"

#define TRANSLATE_NOTES_MAX 1000U /* told; all are counted */
#define TRANSLATE_WHERE_MAX 512   /* bytes with the NUL; what is longer is cut */

enum translate_kind {
	TRANSLATE_UNSAID,  /* it is there, and the other side has no place for it */
	TRANSLATE_SHORT,   /* the other side has less of it */
	TRANSLATE_DEFAULT, /* the other side needs it: it was put */
};

struct translate_note {
	enum translate_kind kind;
	char where[TRANSLATE_WHERE_MAX]; /* "/lines/0/award_id", or "segment 12: REF02" */
	struct slice value;  /* borrowed; of a restricted one nothing */
	bool is_restricted;
	const char *why;     /* a code: "translate.place" has none there, "translate.code"... */
};

/* Called with each; good during the call. */
typedef void translate_note_fn(void *context, const struct translate_note *);

struct translate_notes {
	translate_note_fn *tell; /* NULL: only counted */
	void *context;
	uint64_t unsaid, defaults; /* so far, told or not; what is short is unsaid */
};

/* Values of this segment are accounts and names of people: they are not repeated. */
bool translate_is_restricted(const struct translate_mapping *, struct slice segment);

void translate_note_member(struct translate_notes *, enum translate_kind, const struct tree_node *,
	const char *why);
/* `element` 0: the segment; its sensitivity is that of the mapping. */
void translate_note_element(struct translate_notes *, const struct translate_mapping *,
	const struct x12_place *, unsigned element, struct slice value, const char *why);

#endif
