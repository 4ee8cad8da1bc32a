/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may stand in a map of a guide, as a table of its keys, and the readers of values that occur
 * in several.  All faults are ST_INPUT "x12.guide.key" | "x12.guide.value" with file and line.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_FIELDS_H
#define TIELINE_DOCUMENTS_X12_GUIDE_FIELDS_H

#include "documents/x12/guide.h"
#include "documents/x12/guide_yaml.h"

struct guide_field {
	const char *key;
	enum status (*read)(void *member, const struct guide_node *, struct fault *f);
	size_t offset; /* of the member in what is filled */
	bool is_needed;
};

/*
 * `what` is what a person calls such a map: "a loop".  A key that is not in the table is refused.
 */
NODISCARD enum status guide_fields_read(void *out, const struct guide_node *, const char *what,
	const struct guide_field *, size_t count, struct fault *f);

/* --- readers: what the member is --- */

typedef enum status guide_read_fn(void *member, const struct guide_node *, struct fault *f);
guide_read_fn guide_read_text;  /* struct slice, not empty; borrowed */
guide_read_fn guide_read_name;  /* the same: a-z, 0-9 and -, GUIDE_NAME_MAX at most */
guide_read_fn guide_read_map;   /* const struct guide_node * */
guide_read_fn guide_read_list;  /* const struct guide_node * */
guide_read_fn guide_read_any;   /* const struct guide_node * */
guide_read_fn guide_read_use;   /* struct guide_use */
guide_read_fn guide_read_max;   /* uint32_t: 1 or more, X12_MAX_ANY */
guide_read_fn guide_read_range; /* struct guide_range */

#define GUIDE_NAME_MAX 48

struct guide_use {
	bool is_said;
	enum x12_use use;
};

struct guide_range {
	uint16_t least, most; /* 0, 0: nothing is said */
};

const char *guide_use_name(enum x12_use);
/*
 * The index of the word in the list, or a fault that says the list: "required, optional, unused".
 */
NODISCARD enum status guide_word_read(size_t *out, const struct guide_node *,
	const char *const *words, size_t count, struct fault *f);
/* Digits only, within the two. */
NODISCARD enum status guide_number_read(uint32_t *out, const struct guide_node *,
	struct slice digits, uint32_t least, uint32_t most, struct fault *f);
/*
 * What was `before` becomes `*use` where the node says so: a guide may only narrow what it builds
 * on.  ST_INPUT "x12.guide.widens".
 */
NODISCARD enum status guide_use_narrow(enum x12_use *use, struct guide_use said,
	const struct guide_node *, const char *what, struct fault *f);

#endif
