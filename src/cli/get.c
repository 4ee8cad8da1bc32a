/* SPDX-License-Identifier: Apache-2.0 */
/* tieline get: the document, byte for byte. */
#include "cli/cli.h"

#include "cli/content.h"
#include "cli/home.h"

enum { HOME, OUTPUT };
static const struct option_row options[] = {
	[HOME] = HOME_OPTION,
	[OUTPUT] = { "o", "FILE", "write there; default standard output" },
};

static int run(const struct arguments *a)
{
	const char *home = home_path(a->values[HOME]);

	return home ? content_save(a, home, CONTENT_DOCUMENT, a->values[OUTPUT], false)
		    : EXIT_USAGE;
}

const struct command get_command = {
	.name = "get",
	.operands = "MESSAGE-ID",
	.purpose = "the document of a message, byte for byte",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
