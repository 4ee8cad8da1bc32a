/* SPDX-License-Identifier: Apache-2.0 */
/* tieline get: the document, byte for byte. */
#include "cli/cli.h"

#include "cli/content.h"

static int run(const struct arguments *a)
{
	return content_run(a, CONTENT_DOCUMENT, false);
}

const struct command get_command = {
	.name = "get",
	.operands = "MESSAGE-ID",
	.purpose = "the document of a message, byte for byte",
	.options = content_options,
	.option_count = CONTENT_OPTIONS,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
