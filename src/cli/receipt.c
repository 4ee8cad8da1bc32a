/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tieline receipt: the receipt as it came, as an S/MIME file:
 * openssl cms -verify -in FILE -CAfile ROOT.pem verifies it without us.
 */
#include "cli/cli.h"

#include "cli/content.h"

static const struct option_row options[] = { CONTENT_OPTION_ROWS };

static int run(const struct arguments *a)
{
	return content_run(a, CONTENT_RECEIPT, true);
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
