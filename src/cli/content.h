/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes the ledger keeps of a message, fetched as a descriptor. */
#ifndef TIELINE_CLI_CONTENT_H
#define TIELINE_CLI_CONTENT_H

#include "cli/selection.h"
#include "ledger/ledger.h"

/*
 * Fetches that content of the selected message and saves it to `path`; with_type
 * puts MIME headers in front.  Returns an exit code; says on stderr what went wrong.
 */
int content_save(const char *home, const struct selection *, enum ledger_content,
	const char *path, bool with_type);

#endif
