/* SPDX-License-Identifier: Apache-2.0 */
/* What get and receipt share: bytes the ledger keeps of one message, fetched and saved. */
#ifndef TIELINE_CLI_CONTENT_H
#define TIELINE_CLI_CONTENT_H

#include "cli/options.h"
#include "ledger/ledger.h"

#define CONTENT_OPTIONS 5
extern const struct option_row content_options[CONTENT_OPTIONS];

/*
 * Fetches that content of the message that is meant and saves it; with_type puts MIME headers in
 * front.  Returns an exit code; says on stderr what went wrong.
 */
int content_run(const struct arguments *, enum ledger_content, bool with_type);

#endif
