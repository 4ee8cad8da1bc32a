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
}

/* Digits as their number; anything else, which the standard allows, by its hash. */
static uint64_t key_of(struct slice text)
{
	uint64_t number, hash = FNV_OFFSET;

	if (text.n <= 10 && slice_u64(&number, text, NULL) == ST_OK)
		return number + text.n * LENGTH_STEP;
	for (size_t i = 0; i < text.n; i++)
		hash = (hash ^ text.p[i]) * FNV_PRIME;
	return hash | UINT64_C(1) << 63;
}

/* The first range that ends at the key or behind it. */
static size_t range_at(const struct x12_numbers *n, uint64_t key)
{
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (n->ranges[middle].last < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void range_insert(struct x12_numbers *n, size_t at, uint64_t key)
{
	if (n->count == X12_RANGES_MAX)
		return;
	for (size_t i = n->count++; i > at; i--)
		n->ranges[i] = n->ranges[i - 1];
	n->ranges[at] = (struct x12_range){ key, key };
}

static void range_remove(struct x12_numbers *n, size_t at)
{
	n->count--;
	for (size_t i = at; i < n->count; i++)
		n->ranges[i] = n->ranges[i + 1];
}

bool x12_numbers_add(struct x12_numbers *n, struct slice number)
{
	uint64_t key = key_of(number);
	size_t at = range_at(n, key);

	if (!n->ranges)
		n->ranges = alloc_zeroed(X12_RANGES_MAX, sizeof(n->ranges[0]));
	if (at < n->count && n->ranges[at].first <= key)
		return false;
	if (at < n->count && n->ranges[at].first == key + 1)
		n->ranges[at].first = key;
	else if (at > 0 && n->ranges[at - 1].last + 1 == key)
		n->ranges[--at].last = key;
	else
		range_insert(n, at, key);
	if (at + 1 < n->count && n->ranges[at].last + 1 == n->ranges[at + 1].first) {
		n->ranges[at].last = n->ranges[at + 1].last;
		range_remove(n, at + 1);
	} else if (at > 0 && at < n->count && n->ranges[at - 1].last + 1 == n->ranges[at].first) {
		n->ranges[at - 1].last = n->ranges[at].last;
		range_remove(n, at);
	}
	return true;
}
