/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names for people where no guide is about a set, or knows a segment: those of the dictionary of
 * its release, of the one that is nearest, or of any.  Nothing is checked by them.
 */
#ifndef TIELINE_DOCUMENTS_X12_NAMES_H
#define TIELINE_DOCUMENTS_X12_NAMES_H

#include "documents/x12/guide.h"
#include "documents/x12/guide_library.h"

struct x12_names;
struct x12_names *x12_names_new(const struct x12_library *); /* borrowed */
void x12_names_free(struct x12_names *);
DEFINE_AUTO(x12_names)

/* `version`: GS08.  NULL: there is no such segment; good until the next call. */
const struct x12_variant *x12_names_find(
	struct x12_names *, struct slice version, struct slice segment);

#endif
