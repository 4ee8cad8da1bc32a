/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guides from their YAML (tieline-guide(5)).  A guide may refine another, which may refine a third,
 * and stands on a dictionary of its version: all of them are found by name in a library.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_LOAD_H
#define TIELINE_DOCUMENTS_X12_GUIDE_LOAD_H

#include "documents/x12/guide.h"

#define X12_GUIDE_TEXT_MAX (1U << 20) /* bytes of one file */
#define X12_LIBRARY_MAX 256           /* files */
#define X12_REFINES_MAX 8             /* guides upon guides */

/* Texts of guides and dictionaries, those that come with the program first. */
struct x12_library;
struct x12_library *x12_library_new(void);
void x12_library_free(struct x12_library *);
DEFINE_AUTO(x12_library)

/*
 * Takes a copy.  `file` is what faults call it.  A guide of the user's may have the name of one
 * that comes with the program, and stands in front of it then; twice the same name otherwise is
 * ST_INPUT "x12.guide.twice".  ST_INPUT "x12.guide.yaml" | "x12.guide.key" with file and line in
 * the text, ST_LIMIT "x12.guide.size" | "x12.guide.files".
 */
NODISCARD enum status x12_library_add(struct x12_library *, const char *file, struct slice yaml,
	struct fault *f);

/* What is in it, one at a time, from 0: false behind the last one.  Borrowed. */
struct x12_library_entry {
	const char *name, *title, *set, *group, *version, *refines, *file;
};
bool x12_library_entry(struct x12_library_entry *out, const struct x12_library *, size_t at);
/* The YAML of a guide or dictionary.  ST_NONE "x12.guide.unknown". */
NODISCARD enum status x12_library_text(struct slice *yaml, const struct x12_library *,
	const char *name, struct fault *f);

/*
 * ST_NONE "x12.guide.unknown"; ST_INPUT "x12.guide.*", with file and line in the text; ST_LIMIT
 * "x12.guide.depth".  *out does not refer to the library.
 */
NODISCARD enum status x12_guide_load(
	struct x12_guide **out, const struct x12_library *, const char *name, struct fault *f);
DEFINE_AUTO(x12_guide)

#endif
