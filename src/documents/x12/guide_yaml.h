/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML of guides as a tree whose nodes know where they stand.  What YAML offers beyond maps,
 * lists and texts (anchors, tags, several documents, keys that are no texts) is refused, and so is
 * a key that stands twice in a map.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_YAML_H
#define TIELINE_DOCUMENTS_X12_GUIDE_YAML_H

#include "base/arena.h"

#define GUIDE_YAML_DEPTH_MAX 64 /* maps and lists in one another */

enum guide_kind { GUIDE_TEXT, GUIDE_LIST, GUIDE_MAP, GUIDE_KINDS };

struct guide_node {
	enum guide_kind kind;
	uint32_t line;     /* from 1: its key's, where it has one */
	const char *file;
	struct slice key;  /* in a map */
	struct slice text; /* of a GUIDE_TEXT; no control characters but line ends and tabs */
	size_t count;      /* of what is in a list or map */
	struct guide_node *first, *next;
};

/*
 * In the arena, texts too.  ST_INPUT "x12.guide.yaml" | "x12.guide.twice", ST_LIMIT
 * "x12.guide.depth": the text begins with "FILE:LINE: ".
 */
NODISCARD enum status guide_yaml_parse(struct guide_node **out, struct arena *, const char *file,
	struct slice yaml, struct fault *f);

/* The value of a key; NULL: there is none. */
const struct guide_node *guide_node_find(const struct guide_node *map, struct slice key);

/*
 * ST_INPUT with "FILE:LINE: " before the text.  A macro, so that compilers see that nobody goes on
 * behind it.
 */
#define guide_fault(at, f, code, ...) (guide_fault_tell(at, f, code, __VA_ARGS__), ST_INPUT)
void guide_fault_tell(const struct guide_node *at, struct fault *f, const char *code,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
