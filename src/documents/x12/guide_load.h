/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guides from their YAML (tieline-guide(5)).  A guide may refine another, which may refine a third,
 * and stands on the dictionary of its version: all of them are found by name in a library.
 */
#ifndef TIELINE_DOCUMENTS_X12_GUIDE_LOAD_H
#define TIELINE_DOCUMENTS_X12_GUIDE_LOAD_H

#include "documents/x12/guide.h"
#include "documents/x12/guide_library.h"

#define X12_GUIDE_POSITIONS_MAX 32768 /* positions and variants, loops in loops counted each */

/*
 * *out does not refer to the library.  ST_NONE "x12.guide.unknown"; ST_INPUT "x12.guide.*", with
 * file and line in the text; ST_LIMIT "x12.guide.depth" | "x12.guide.size".
 */
NODISCARD enum status x12_guide_load(struct x12_guide **out, const struct x12_library *,
	struct slice name, struct fault *f);

#endif
