/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints for people: read aloud over the telephone, compared by eye. */
#ifndef TIELINE_CLI_FINGERPRINT_H
#define TIELINE_CLI_FINGERPRINT_H

#include "base/buf.h"

#define FINGERPRINT_TEXT_MAX 96

/* Sixteen groups of four hexadecimal digits. */
void fingerprint_format(struct buf *out, struct slice fingerprint);

#endif
