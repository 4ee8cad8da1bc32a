/* SPDX-License-Identifier: Apache-2.0 */
/* Guides that were loaded, each once, with their rules: what documents are checked with. */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_SET_H
#define TIELINE_DOCUMENTS_X12_GUIDE_SET_H

#include "documents/x12/check.h"
#include "documents/x12/guide_library.h"

#define X12_GUIDE_SET_MAX 256

struct x12_guide_set {
	struct x12_library *shelf;
	struct x12_guide *guides[X12_GUIDE_SET_MAX];
	struct x12_rules *rules[X12_GUIDE_SET_MAX];
	size_t count;
};
/* With the program's in its library, none of them loaded. */
void x12_guide_set_init(struct x12_guide_set *);
void x12_guide_set_done(struct x12_guide_set *);
DEFINE_AUTO_IN_PLACE(x12_guide_set)

/* Those a check asks, the first that fits is taken; borrowed from the set. */
struct x12_choice {
	struct x12_checked_guide list[X12_GUIDES_MAX];
	size_t count;
	size_t wanted; /* of them those asked for by name, which are the first */
};

/*
 * One more of this name, loaded when it is not.  ST_NONE "x12.guide.unknown", ST_INPUT
 * "x12.guide.*" | "x12.rule.*", ST_LIMIT "x12.guide.files".
 */
NODISCARD enum status x12_choice_add(
	struct x12_choice *, struct x12_guide_set *, struct slice name, struct fault *f);
/*
 * Behind them, for sets none of them is about, the plain standard: every guide of the program that
 * refines no other.
 */
NODISCARD enum status x12_choice_add_standard(
	struct x12_choice *, struct x12_guide_set *, struct fault *f);

#endif
