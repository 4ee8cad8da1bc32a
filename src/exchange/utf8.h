/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Characters of text from outside (RFC 3629): what is not well-formed is found before it is kept,
 * shown or written.
 */
#ifndef TIELINE_EXCHANGE_UTF8_H
#define TIELINE_EXCHANGE_UTF8_H

#include "base/slice.h"

/*
 * Bytes of the first character, 1..4, and the character in *out; 0 when the
 * slice is empty or does not begin with one (overlong forms, surrogates and
 * values above U+10FFFF are none).
 */
size_t utf8_first(uint32_t *out, struct slice text);

/* Well-formed and without control characters: one line that shows what it is. */
bool utf8_is_line(struct slice text);

/*
 * C0, DEL, C1, line and paragraph separator, and the bidirectional controls, with which
 * one name can be made to look like another.
 */
bool utf8_is_control(uint32_t character);

#endif
