/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The texts of guides and dictionaries by name: those that come with the program, and the users'
 * own, which stand in front of them.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_LIBRARY_H
#define TIELINE_DOCUMENTS_X12_GUIDE_LIBRARY_H

#include "base/own.h"
#include "documents/x12/guide_yaml.h"

#define X12_GUIDE_TEXT_MAX (1U << 20) /* bytes of one file */
#define X12_LIBRARY_MAX 256           /* files */
#define X12_REFINES_MAX 8             /* guides upon guides */

struct x12_library;
struct x12_library *x12_library_new(void);
void x12_library_free(struct x12_library *);
DEFINE_AUTO(x12_library)

enum x12_origin { X12_SHIPPED, X12_USERS };

/*
 * Takes a copy.  `file` is what faults call it.  ST_INPUT "x12.guide.yaml" | "x12.guide.key" |
 * "x12.guide.value" with file and line in the text; "x12.guide.twice" when there is one of the
 * same name and origin; ST_LIMIT "x12.guide.size" | "x12.guide.files" | "x12.guide.depth".
 */
NODISCARD enum status x12_library_add(struct x12_library *, enum x12_origin, const char *file,
	struct slice yaml, struct fault *f);
/* All that come with the program.  They are tested: one that is wrong dies. */
void x12_library_add_shipped(struct x12_library *);

/* One of them.  "" for what is not said; of a dictionary, `name` is its version. */
struct x12_library_entry {
	enum x12_origin origin;
	bool is_dictionary;
	const char *file, *name, *title, *set, *group, *version, *refines;
	struct slice yaml;
	const struct guide_node *root;
};
/* In the order they were added; NULL behind the last. */
const struct x12_library_entry *x12_library_at(const struct x12_library *, size_t at);
/* The guide of this name; NULL: there is none. */
const struct x12_library_entry *x12_library_find(const struct x12_library *, struct slice name);
/* The dictionary of this version; NULL: there is none. */
const struct x12_library_entry *x12_library_dictionary(
	const struct x12_library *, struct slice version);
/*
 * The guide that one refines, NULL when there is none of that name.  One that refines its own name
 * refines the one that comes with the program.
 */
const struct x12_library_entry *x12_library_base(
	const struct x12_library *, const struct x12_library_entry *);

#endif
