/* SPDX-License-Identifier: Apache-2.0 */
/* Text of old charsets, as names in MIME headers have it, in UTF-8. */
#ifndef TIELINE_BINDINGS_CHARSET_H
#define TIELINE_BINDINGS_CHARSET_H

#include "base/buf.h"

/*
 * `label`: "windows-1251", in any case, without a language; empty: not said.  Labels are often
 * missing or wrong, so what is UTF-8 by its bytes is taken so; otherwise known are the charsets of
 * Windows, ISO 8859, KOI8, DOS and the Macintosh with one byte a letter in Latin, Greek and
 * Cyrillic, and Latin-1 stands for what is not labelled.  Of any other, as Shift_JIS or GBK, the
 * bytes are kept in the form of RFC 8187, which names the charset: Shift_JIS''%83e%83X.txt.
 */
void charset_put(struct buf *out, struct slice label, struct slice text);

#endif
