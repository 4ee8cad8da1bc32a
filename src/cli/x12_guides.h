/* SPDX-License-Identifier: Apache-2.0 */
/* The guides a command works with: those of the program, of a folder, of a file. */
#ifndef TIELINE_CLI_X12_GUIDES_H
#define TIELINE_CLI_X12_GUIDES_H

#include "documents/x12/guide_set.h"

/* The options all of these commands have, and what they mean. */
#define X12_GUIDE_OPTIONS_WITH(guide, guides, company)                                          \
	[guide] = { "guide", "NAME,...", "guides, names or files; for other sets the standard", \
		company },                                                                      \
	[guides] = { "guides", "DIR", "guides of your own: all *.yaml in it", company }
#define X12_GUIDE_OPTIONS(guide, guides) X12_GUIDE_OPTIONS_WITH(guide, guides, NULL)

/* All *.yaml of a folder, by name.  ST_INPUT "file.open" | "x12.guide.*", ST_LIMIT, ST_HOST. */
NODISCARD enum status x12_guides_add_folder(
	struct x12_guide_set *, const char *path, struct fault *f);
/* *name is that of the guide in it, as long as the library lives. */
NODISCARD enum status x12_guides_add_file(
	struct x12_guide_set *, const char *path, const char **name, struct fault *f);

/*
 * Those that are wanted: names and files, with commas between them, and guides of a folder; NULL
 * for none; behind them the plain standard.
 */
NODISCARD enum status x12_guides_choose(struct x12_choice *, struct x12_guide_set *,
	const char *wanted, const char *folder, struct fault *f);

#endif
