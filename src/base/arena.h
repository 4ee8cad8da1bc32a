/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for many small things that are made one after the other and go all at once.  Running out
 * dies; who allocates bounds what.
 */
#ifndef TIELINE_BASE_ARENA_H
#define TIELINE_BASE_ARENA_H

#include "base/own.h"
#include "base/slice.h"

struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *); /* and everything that is in it */
DEFINE_AUTO(arena)

/* Zeroed, aligned for any type; not NULL, even for nothing. */
void *arena_zeroed(struct arena *, size_t count, size_t size) __attribute__((returns_nonnull));
/* A copy with a NUL behind it. */
const char *arena_text(struct arena *, struct slice) __attribute__((returns_nonnull));
/* A copy of `count` things of `size` bytes, with zeroed room for `more` of them behind. */
void *arena_copy(struct arena *, const void *from, size_t count, size_t more, size_t size)
	__attribute__((returns_nonnull));

#endif
