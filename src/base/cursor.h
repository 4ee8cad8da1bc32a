/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a slice front to back; every read is bounds-checked and leaves the cursor alone when it
 * fails.
 */
#ifndef TIELINE_BASE_CURSOR_H
#define TIELINE_BASE_CURSOR_H

#include "base/slice.h"

struct cursor {
	struct slice all;
	size_t at; /* bytes read so far */
};

struct cursor cursor_of(struct slice);
struct slice cursor_rest(const struct cursor *);
bool cursor_at_end(const struct cursor *);

/* Big-endian integers.  ST_MORE when the slice ends early. */
NODISCARD enum status cursor_u8(struct cursor *, uint8_t *out, struct fault *f);
NODISCARD enum status cursor_u16(struct cursor *, uint16_t *out, struct fault *f);
NODISCARD enum status cursor_u32(struct cursor *, uint32_t *out, struct fault *f);
NODISCARD enum status cursor_u64(struct cursor *, uint64_t *out, struct fault *f);
NODISCARD enum status cursor_bytes(struct cursor *, struct slice *out, size_t n, struct fault *f);

/* One line without its CRLF or bare LF, which is consumed.  ST_MORE when no line end is left. */
NODISCARD enum status cursor_line(struct cursor *, struct slice *out, struct fault *f);

#endif
