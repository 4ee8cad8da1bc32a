/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline get: the document, byte for byte; or, for a judge, the signed part it came in, whose
 * digest the receipt states, and the signature over it.
 */
#include "cli/cli.h"

#include "cli/content.h"

enum { PART = CONTENT_OPTIONS, SIGNATURE };
static const struct option_row options[] = {
	CONTENT_OPTION_ROWS,
	[PART] = { "part", NULL, "the signed part instead: what the receipt's digest is of" },
	[SIGNATURE] = { "signature", NULL, "the signature over that part instead, DER" },
};

static int run(const struct arguments *a)
{
	if (a->given[PART] && a->given[SIGNATURE])
		return fail_with(EXIT_USAGE, "--part or --signature, not both");
	return content_run(a,
		a->given[PART]                ? CONTENT_PART
			: a->given[SIGNATURE] ? CONTENT_SIGNATURE
					      : CONTENT_DOCUMENT,
		false);
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
