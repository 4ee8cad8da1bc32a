/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of our own, growing up to a maximum given at birth.  Writers do not
 * check each put: what does not fit sets `overflow` and writes nothing more,
 * and buf_check() says so once at the end.
 */
#ifndef TIELINE_BASE_BUF_H
#define TIELINE_BASE_BUF_H

#include "base/own.h"
#include "base/slice.h"

struct buf {
	uint8_t *p;
	size_t n;   /* bytes written */
	size_t cap; /* bytes allocated */
	size_t max; /* bytes it may ever hold */
	bool overflow;
};

struct buf buf_init(size_t max); /* allocates nothing yet */
void buf_done(struct buf *);     /* cleanses the bytes, frees them, leaves an empty buf */
DEFINE_AUTO_IN_PLACE(buf)

void buf_put(struct buf *, struct slice);
void buf_put_text(struct buf *, const char *text);
void buf_putf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_put_u8(struct buf *, uint8_t);   /* integers are written big-endian */
void buf_put_u16(struct buf *, uint16_t);
void buf_put_u32(struct buf *, uint32_t);
void buf_put_u64(struct buf *, uint64_t);

/* n writable bytes at the end, counted as written; NULL when they do not fit. */
uint8_t *buf_extend(struct buf *, size_t n);

void buf_clear(struct buf *);             /* n = 0, overflow off, memory kept */
void buf_truncate(struct buf *, size_t n); /* keeps the first n bytes */

/* Drops n bytes from the front: for input accumulated from a stream. */
void buf_consume(struct buf *, size_t n);

struct slice buf_slice(const struct buf *); /* borrowed: valid until the next put */
/* borrowed and NUL-terminated; the NUL is not counted */
const char *buf_text(struct buf *);

/* ST_LIMIT "buffer.full" when something did not fit. */
NODISCARD enum status buf_check(const struct buf *, struct fault *f);

/* Hands the memory to the caller (free()) and leaves an empty buf. */
uint8_t *buf_take(struct buf *, size_t *n);

#endif
