/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers that are free again are given again first, so that the list stays as short as it was. */
#include "base/held.h"

#include "base/buf.h"

#define FIRST (1 << 30) /* far above what any limit of descriptors allows */

static struct {
	struct buf bytes; /* max 0: free */
	unsigned next;    /* of the free ones, by place + 1; 0: none */
} held[HELD_COUNT_MAX];
static unsigned free_first, used;

bool held_is(int fd)
{
	return fd >= FIRST && fd - FIRST < (int)used && held[fd - FIRST].bytes.max != 0;
}

static bool place_take(unsigned *at)
{
	if (free_first != 0) {
		*at = free_first - 1;
		free_first = held[*at].next;
		return true;
	}
	if (used == HELD_COUNT_MAX)
		return false;
	*at = used++;
	return true;
}

static size_t sum_of(const struct slice pieces[], size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n <= HELD_MAX; i++)
		n = pieces[i].n > HELD_MAX ? HELD_MAX + 1 : n + pieces[i].n;
	return n;
}

int held_new(const struct slice pieces[], size_t count)
{
	size_t n = sum_of(pieces, count);
	unsigned at;

	if (n == 0 || n > HELD_MAX || !place_take(&at))
		return -1;
	struct buf *b = &held[at].bytes;
	*b = buf_init(n);
	(void)!buf_extend(b, n); /* memory for all of it at once */
	buf_clear(b);
	for (size_t i = 0; i < count; i++)
		buf_put(b, pieces[i]);
	return FIRST + (int)at;
}

struct slice held_bytes(int fd)
{
	return held_is(fd) ? buf_slice(&held[fd - FIRST].bytes) : S("");
}

void held_free(int fd)
{
	unsigned at = (unsigned)(fd - FIRST);

	if (!held_is(fd))
		bug("a body that is not held: %d", fd);
	buf_done(&held[at].bytes);
	held[at].next = free_first;
	free_first = at + 1;
}
