/* SPDX-License-Identifier: Apache-2.0 */
/* Chunks in a list; what is larger than one has a chunk of its own. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536 /* bytes */

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) uint8_t bytes[];
};

struct arena {
	struct chunk *chunks; /* the one that is filled first */
};

struct arena *arena_new(void)
{
	return alloc_zeroed(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
	struct chunk *next;

	if (!a)
		return;
	for (struct chunk *c = a->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

static struct chunk *chunk_add(struct arena *a, size_t wanted)
{
	size_t size = wanted > CHUNK_SIZE ? wanted : CHUNK_SIZE;
	struct chunk *c = alloc_zeroed(1, sizeof(*c) + size);

	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *arena_zeroed(struct arena *a, size_t count, size_t size)
{
	struct chunk *c = a->chunks;
	size_t bytes, at;

	if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
		die("out of memory");
	bytes = (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (!c || c->size - c->used < bytes)
		c = chunk_add(a, bytes);
	at = c->used;
	c->used += bytes;
	return c->bytes + at;
}

void *arena_copy(struct arena *a, const void *from, size_t count, size_t more, size_t size)
{
	void *p = arena_zeroed(a, count + more, size);

	if (count > 0)
		memcpy(p, from, count * size);
	return p;
}

const char *arena_text(struct arena *a, struct slice text)
{
	return arena_copy(a, text.p, text.n, 1, 1);
}
