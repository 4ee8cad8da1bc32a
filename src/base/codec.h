/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal and base64 (RFC 4648). */
#ifndef TIELINE_BASE_CODEC_H
#define TIELINE_BASE_CODEC_H

#include "base/buf.h"

void hex_format(struct buf *out, struct slice in); /* lower case */

/*
 * Either case; ':' and blanks between digits are skipped, so a printed fingerprint reads back.
 * ST_INPUT "hex.syntax".
 */
NODISCARD enum status hex_parse(struct buf *out, struct slice in, struct fault *f);

/* CRLF after `line` characters, 0: one line without CRLF */
void base64_format(struct buf *out, struct slice in, size_t line);

/*
 * Skips white space, demands padding and nothing after it. ST_INPUT "base64.syntax" with the
 * offset.
 */
NODISCARD enum status base64_parse(struct buf *out, struct slice in, struct fault *f);

/* RFC 2045 6.7, for parts of other products. ST_INPUT "quoted-printable.syntax". */
NODISCARD enum status quoted_printable_parse(struct buf *out, struct slice in, struct fault *f);

#endif
