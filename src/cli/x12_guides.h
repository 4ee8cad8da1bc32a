/* SPDX-License-Identifier: Apache-2.0 */
/* The guides a command works with: those of the program, of a folder, of a file. */
#ifndef TIELINE_CLI_X12_GUIDES_H
#define TIELINE_CLI_X12_GUIDES_H

#include "documents/x12/check.h"
#include "documents/x12/guide_library.h"

struct x12_guides {
	struct x12_library *library;
	struct x12_guide *guides[X12_GUIDES_MAX];
	struct x12_rules *rules[X12_GUIDES_MAX];
	struct x12_checked_guide checked[X12_GUIDES_MAX]; /* the same, borrowed */
	size_t count;
};
void x12_guides_init(struct x12_guides *); /* with those of the program, none of them loaded */
void x12_guides_done(struct x12_guides *);
DEFINE_AUTO_IN_PLACE(x12_guides)

/* All *.yaml of a folder, by name.  ST_INPUT "file.open" | "x12.guide.*", ST_LIMIT, ST_HOST. */
NODISCARD enum status x12_guides_add_folder(struct x12_guides *, const char *path, struct fault *f);
/* *name is that of the guide in it, as long as the library lives. */
NODISCARD enum status x12_guides_add_file(
	struct x12_guides *, const char *path, const char **name, struct fault *f);

/* One more to check with.  ST_NONE "x12.guide.unknown", ST_INPUT "x12.guide.*" | "x12.rule.*". */
NODISCARD enum status x12_guides_load(struct x12_guides *, struct slice name, struct fault *f);
/*
 * Those that are wanted: names and files, with commas between them, NULL for none; behind them, for
 * sets that none of them is about, the plain standard: the program's that refine no other.
 */
NODISCARD enum status x12_guides_choose(struct x12_guides *, const char *wanted, struct fault *f);

#endif
