/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a guide as they are written; whether they say something, rules.h finds out. */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_RULES_H
#define TIELINE_DOCUMENTS_X12_GUIDE_RULES_H

#include "documents/x12/guide.h"
#include "documents/x12/guide_yaml.h"

#define GUIDE_RULES_MAX 256 /* of one guide, with those it builds on */

struct guide_rules {
	const struct x12_rule_text *list;
	size_t count;
};

/*
 * `list` behind those that are there.  A rule with the name of one that is there refines it: what
 * it says to people, its advice, and a warning may become an error.  In the arena.  ST_INPUT
 * "x12.guide.*", ST_LIMIT "x12.guide.size".
 */
NODISCARD enum status guide_rules_add(struct guide_rules *, struct arena *,
	const struct guide_node *list, struct fault *f);

#endif
