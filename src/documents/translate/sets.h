/* SPDX-License-Identifier: Apache-2.0 */
/* The sets of a file one by one, each with its envelope, as a translation reads them. */
#ifndef TIELINE_DOCUMENTS_TRANSLATE_SETS_H
#define TIELINE_DOCUMENTS_TRANSLATE_SETS_H

#include "base/buf.h"

#define TRANSLATE_SET_MAX (4U << 20) /* bytes of one, with its envelope */

/* Borrowed during the call. */
struct translate_set {
	uint64_t number;          /* in the file, from 1, whatever sets they are */
	struct slice id;          /* ST01: "810" */
	struct slice control;     /* ST02 */
	struct slice interchange; /* ISA and GS as they were, the set, GE and IEA that count one */
};

/* ST_OK: the next; else that is the end. */
typedef enum status translate_set_fn(
	void *context, const struct translate_set *, struct fault *f);
/* Whether sets of this id are wanted; the others are passed over. */
typedef bool translate_wanted_fn(void *context, struct slice id);

/*
 * ST_INPUT "translate.sets": a set has no end, or no envelope; also what the reader finds
 * (x12_reader_next), and what `each` says.  ST_LIMIT "translate.size": one is too long.
 */
NODISCARD enum status translate_sets_each(struct slice file, translate_wanted_fn *wanted,
	translate_set_fn *each, void *context, struct fault *f);

#endif
