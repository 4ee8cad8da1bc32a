/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline receipt: the receipt as it came, as an S/MIME file:
 * openssl cms -verify -in FILE -CAfile ROOT.pem verifies it without us.
 */
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

	return home ? content_save(a, home, CONTENT_RECEIPT, a->values[OUTPUT], true) : EXIT_USAGE;
}

const struct command receipt_command = {
	.name = "receipt",
	.operands = "MESSAGE-ID",
	.purpose = "the signed receipt of a message, verifiable with openssl",
	COMMAND_OPTIONS(options),
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
