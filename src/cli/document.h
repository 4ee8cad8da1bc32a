/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands for our own documents share: their input, and words for what is found. */
#ifndef TIELINE_CLI_DOCUMENT_H
#define TIELINE_CLI_DOCUMENT_H

#include "cli/cli.h"
#include "documents/der/validate.h"

#define DOCUMENT_MAX (256U << 20) /* bytes that these commands read */

/* "-" is standard input.  ST_INPUT | ST_HOST "file.open", "host.read", ST_LIMIT "buffer.full". */
NODISCARD enum status document_read(struct buf *out, const char *path, struct fault *f);

/* It begins as an interchange does. */
bool document_is_x12(struct slice);

/* "file:line:column: /pointer: what is there: what was expected (code)". */
void document_finding_print(const char *path, const struct der_finding *);

const char *sensitivity_name(enum der_sensitivity);

/* tieline show of a file: every member with its title and unit; restricted ones only on demand. */
int document_show(const char *path, bool reveal);

#endif
