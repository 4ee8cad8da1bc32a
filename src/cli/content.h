/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes the ledger keeps of a message, fetched as a descriptor. */
#ifndef TIELINE_CLI_CONTENT_H
#define TIELINE_CLI_CONTENT_H

#include "cli/options.h"
#include "ledger/ledger.h"

/*
 * Fetches that content of the message named by the first operand and saves it to `path`; with_type
 * puts MIME headers in front.  Returns an exit code; says on stderr what went wrong.
 */
int content_save(const struct arguments *, const char *home, enum ledger_content, const char *path,
	bool with_type);

#endif
