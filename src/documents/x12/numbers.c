/* SPDX-License-Identifier: Apache-2.0 */
/* Control numbers as ascending ranges: those of a well-kept sender are one range. */
#include "documents/x12/numbers.h"

#include <stdlib.h>

#include "base/own.h"

#define LENGTH_STEP UINT64_C(100000000000) /* numbers of one length stay together */
#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

void x12_numbers_done(struct x12_numbers *n)
{
	free(n->ranges);
	*n = (struct x12_numbers){ 0 };
}

void x12_numbers_clear(struct x12_numbers *n)
{
	n->count = 0;
	n->has_forgotten = false;
}

/* Digits as their number; anything else, which the standard allows, by its hash. */
static uint64_t hash_of(struct slice text)
{
	uint64_t hash = FNV_OFFSET;

	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ text.p[i]) * FNV_PRIME;
	return hash;
}

static uint64_t key_of(struct slice text)
{
	uint64_t number;

	if (text.n <= 10 && slice_u64(&number, text, NULL) == ST_OK)
		return number + text.n * LENGTH_STEP;
	return hash_of(text) | UINT64_C(1) << 63;
}

/* The first range that ends at the key or behind it. */
static size_t range_at(const struct x12_numbers *n, uint64_t owner, uint64_t key)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct x12_range *range = &n->ranges[middle];

		if (range->owner < owner || (range->owner == owner && range->last < key))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void range_insert(struct x12_numbers *n, size_t at, uint64_t owner, uint64_t key)
{
	if (n->count == X12_RANGES_MAX) {
		n->has_forgotten = true;
		return;
	}
	for (size_t i = n->count++; i > at; i--)
		n->ranges[i] = n->ranges[i - 1];
	n->ranges[at] = (struct x12_range){ owner, key, key };
}

/* The range at `at` and the next one, if nothing lies between them. */
static void ranges_join(struct x12_numbers *n, size_t at)
{
	if (at + 1 >= n->count || n->ranges[at].owner != n->ranges[at + 1].owner ||
		n->ranges[at].last + 1 != n->ranges[at + 1].first)
		return;
	n->ranges[at].last = n->ranges[at + 1].last;
	n->count--;
	for (size_t i = at + 1; i < n->count; i++)
		n->ranges[i] = n->ranges[i + 1];
}

static bool is_in_range(const struct x12_numbers *n, size_t at, uint64_t owner, uint64_t key)
{
	return at < n->count && n->ranges[at].owner == owner && n->ranges[at].first <= key;
}

bool x12_numbers_has(const struct x12_numbers *n, struct slice owner_name, struct slice number)
{
	uint64_t key = key_of(number), owner = hash_of(owner_name);

	return is_in_range(n, range_at(n, owner, key), owner, key);
}

bool x12_numbers_add(struct x12_numbers *n, struct slice owner_name, struct slice number)
{
	uint64_t key = key_of(number), owner = hash_of(owner_name);
	struct x12_range *here;
	size_t at;

	if (!n->ranges)
		n->ranges = alloc_zeroed(X12_RANGES_MAX + 1, sizeof(n->ranges[0]));
	at = range_at(n, owner, key);
	here = &n->ranges[at];
	if (is_in_range(n, at, owner, key))
		return false;
	if (at > 0 && here[-1].owner == owner && here[-1].last + 1 == key)
		n->ranges[--at].last = key;
	else
		range_insert(n, at, owner, key);
	ranges_join(n, at);
	return true;
}
