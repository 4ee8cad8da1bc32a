/* SPDX-License-Identifier: Apache-2.0 */
/* Growing bytes with a maximum given at birth; what held content is cleansed before it is freed. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 1024

/* One byte more than max may be allocated, for the NUL of buf_text: that sum may not wrap. */
struct buf buf_init(size_t max)
{
	return (struct buf){ .max = max < SIZE_MAX ? max : SIZE_MAX - 1 };
}

void buf_done(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	free(b->p);
	*b = (struct buf){ 0 };
}

static size_t size_for(const struct buf *b, size_t need)
{
	size_t size = b->cap ? b->cap : FIRST_SIZE;

	while (size < need && size <= b->max / 2)
		size *= 2;
	return size < need || size > b->max + 1 ? b->max + 1 : size;
}

/* One byte more than max, for the NUL of buf_text. */
static void grow(struct buf *b, size_t need)
{
	size_t size = size_for(b, need);
	uint8_t *p = malloc(size);

	if (!p)
		die("out of memory: %zu bytes", size);
	if (b->p) {
		memcpy(p, b->p, b->n);
		/* Beyond n may be what was consumed or cut. */
		explicit_bzero(b->p, b->cap);
	}
	free(b->p);
	b->p = p;
	b->cap = size;
}

uint8_t *buf_extend(struct buf *b, size_t n)
{
	if (b->overflow || n > b->max - b->n) {
		b->overflow = true;
		return NULL;
	}
	if (!b->p || b->n + n > b->cap)
		grow(b, b->n + n);
	b->n += n;
	return b->p + (b->n - n);
}

void buf_put(struct buf *b, struct slice s)
{
	uint8_t *to = buf_extend(b, s.n);

	if (to && s.n)
		memcpy(to, s.p, s.n);
}

void buf_put_text(struct buf *b, const char *text)
{
	buf_put(b, slice_str(text));
}

static void put_formatted(struct buf *b, const char *format, va_list list, size_t n)
{
	uint8_t *to = buf_extend(b, n);

	if (!to)
		return;
	/* vsnprintf writes a NUL behind the text: make room for it. */
	if (b->n + 1 > b->cap) {
		grow(b, b->n + 1);
		to = b->p + (b->n - n);
	}
	vsnprintf((char *)to, n + 1, format, list);
}

void buf_putf(struct buf *b, const char *format, ...)
{
	va_list list, again;

	va_start(list, format);
	va_copy(again, list);
	int n = vsnprintf(NULL, 0, format, list);
	if (n > 0)
		put_formatted(b, format, again, (size_t)n);
	va_end(again);
	va_end(list);
}

static void put_number(struct buf *b, uint64_t value, size_t n)
{
	uint8_t *to = buf_extend(b, n);

	for (size_t i = n; to && i-- > 0; value >>= 8)
		to[i] = (uint8_t)value;
}

void buf_put_u8(struct buf *b, uint8_t value)
{
	put_number(b, value, 1);
}

void buf_put_u16(struct buf *b, uint16_t value)
{
	put_number(b, value, 2);
}

void buf_put_u32(struct buf *b, uint32_t value)
{
	put_number(b, value, 4);
}

void buf_put_u64(struct buf *b, uint64_t value)
{
	put_number(b, value, 8);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
}

void buf_truncate(struct buf *b, size_t n)
{
	if (n < b->n)
		b->n = n;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n > b->n)
		n = b->n;
	if (n)
		memmove(b->p, b->p + n, b->n - n);
	b->n -= n;
}

struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->p, b->n };
}

const char *buf_text(struct buf *b)
{
	if (!b->p || b->n + 1 > b->cap)
		grow(b, b->n + 1);
	b->p[b->n] = '\0';
	return (const char *)b->p;
}

enum status buf_check(const struct buf *b, struct fault *f)
{
	return b->overflow ? fault_set(f, ST_LIMIT, "buffer.full", "more than %zu bytes", b->max)
			   : ST_OK;
}

uint8_t *buf_take(struct buf *b, size_t *n)
{
	uint8_t *p = b->p;

	*n = b->n;
	*b = (struct buf){ .max = b->max };
	return p;
}
