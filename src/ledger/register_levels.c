/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_together.c.  Each interval is two edges, where its amount comes and where it
 * goes; sorted by time and added up they are what there is from then on.
 */
#include "ledger/register_levels.h"

#include <stdlib.h>

#include "ledger/ledger_internal.h"

struct level {
	int64_t at_ns;
	int64_t of[LEVELS_LINES]; /* of an edge: by how much that changes */
};

struct levels levels_init(void)
{
	return (struct levels){
		.list = buf_init(2 * (size_t)LEVELS_INTERVALS_MAX * sizeof(struct level)),
	};
}

void levels_done(struct levels *levels)
{
	buf_done(&levels->list);
}

static struct level *levels_of(const struct levels *levels, size_t *count)
{
	*count = levels->list.n / sizeof(struct level);
	return (struct level *)(void *)levels->list.p;
}

static int by_time(const void *left, const void *right)
{
	const struct level *a = left, *b = right;

	return (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);
}

static void edge_put(struct levels *levels, int64_t at_ns, unsigned line, int64_t amount)
{
	struct level edge = { .at_ns = at_ns };

	edge.of[line % LEVELS_LINES] = amount;
	buf_put(&levels->list, slice_of(&edge, sizeof(edge)));
}

static enum status edges_read(
	struct levels *levels, struct ledger *l, struct sqlite3_stmt *s, struct fault *f)
{
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK && !levels->list.overflow) {
		const int64_t amount = quantity_bounded(sqlite3_column_int64(s, 2));
		const unsigned line = (unsigned)sqlite3_column_int(s, 3);

		edge_put(levels, sqlite3_column_int64(s, 0), line, amount);
		edge_put(levels, sqlite3_column_int64(s, 1), line, -amount);
	}
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

/* Edges of one moment are one level: what ends there is not beside what begins. */
static void edges_add_up(struct levels *levels)
{
	size_t count, kept = 0;
	struct level *list = levels_of(levels, &count);

	if (count == 0)
		return;
	qsort(list, count, sizeof(*list), by_time);
	for (size_t i = 1; i < count; i++) {
		struct level next = list[i];

		for (unsigned line = 0; line < LEVELS_LINES; line++)
			next.of[line] += list[kept].of[line];
		kept += next.at_ns != list[kept].at_ns;
		list[kept] = next;
	}
	buf_truncate(&levels->list, (kept + 1) * sizeof(*list));
}

enum status levels_read(
	struct levels *levels, struct ledger *l, struct sqlite3_stmt *s, struct fault *f)
{
	buf_clear(&levels->list);
	TRY(edges_read(levels, l, s, f));
	if (levels->list.overflow) {
		buf_clear(&levels->list);
		return fault_set(f, ST_AUTH, "registry.capability",
			"more than %d intervals were said of its time already: they are not"
			" added up", LEVELS_INTERVALS_MAX);
	}
	edges_add_up(levels);
	return ST_OK;
}

/* The first that is later. */
static size_t level_after(const struct level *list, size_t count, int64_t at_ns)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list[middle].at_ns > at_ns)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

int64_t levels_most(const struct levels *levels, const struct span *span, unsigned lines)
{
	size_t count;
	const struct level *list = levels_of(levels, &count);
	size_t at = level_after(list, count, span->from_ns);
	int64_t most = 0;

	for (at -= at > 0; at < count && list[at].at_ns < span->until_ns; at++) {
		int64_t sum = 0;

		for (unsigned line = 0; line < LEVELS_LINES; line++)
			sum += lines & 1u << line ? list[at].of[line] : 0;
		most = sum > most ? sum : most;
	}
	return most;
}
