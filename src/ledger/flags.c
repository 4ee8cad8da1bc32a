/* SPDX-License-Identifier: Apache-2.0 */
/* Few rows, as few partners are tolerated anything. */
#include "ledger/flags.h"

#include <stdlib.h>

#include "base/own.h"

#define FLAGS_MAX 4096 /* rows: what is beyond is an event of its message, and not counted */

struct flag {
	char partner[PARTY_ID_MAX + 1], code[FAULT_CODE_MAX];
	uint64_t count;
	int64_t last_ns;
};

struct flags {
	struct buf rows; /* struct flag */
};

struct flags *flags_new(void)
{
	struct flags *flags = alloc_zeroed(1, sizeof(*flags));

	flags->rows = buf_init(FLAGS_MAX * sizeof(struct flag));
	return flags;
}

void flags_free(struct flags *flags)
{
	if (!flags)
		return;
	buf_done(&flags->rows);
	free(flags);
}

void flags_clear(struct flags *flags)
{
	buf_clear(&flags->rows);
}

static struct flag *row_of(const struct flags *flags, size_t *count)
{
	*count = flags->rows.n / sizeof(struct flag);
	return (struct flag *)(void *)flags->rows.p;
}

/* NULL: nobody was flagged for this. */
static struct flag *find(const struct flags *flags, struct slice partner, struct slice code)
{
	size_t rows;
	struct flag *row = row_of(flags, &rows);

	for (size_t i = 0; i < rows; i++)
		if (slice_eq(slice_str(row[i].partner), partner) &&
			slice_eq(slice_str(row[i].code), code))
			return row + i;
	return NULL;
}

void flags_add(struct flags *flags, struct slice partner, struct slice code, uint64_t count,
	int64_t last_ns)
{
	struct flag fresh = { .count = count, .last_ns = last_ns };
	struct flag *row = find(flags, partner, code);

	if (row) {
		row->count += count;
		row->last_ns = last_ns > row->last_ns ? last_ns : row->last_ns;
		return;
	}
	if (flags->rows.n < FLAGS_MAX * sizeof(struct flag) &&
		slice_to_text(fresh.partner, sizeof(fresh.partner), partner, NULL) == ST_OK &&
		slice_to_text(fresh.code, sizeof(fresh.code), code, NULL) == ST_OK)
		buf_put(&flags->rows, slice_of(&fresh, sizeof(fresh)));
}

void flags_drop(struct flags *flags, struct slice partner, struct slice code)
{
	struct flag *row = find(flags, partner, code);

	if (row && row->count > 0)
		row->count--;
}

void flags_each(const struct flags *flags,
	void (*each)(void *context, const struct ledger_flagged *), void *context)
{
	size_t rows;
	const struct flag *row = row_of(flags, &rows);

	for (size_t i = 0; i < rows; i++)
		if (row[i].count > 0)
			each(context,
				&(struct ledger_flagged){ .partner = slice_str(row[i].partner),
				.code = slice_str(row[i].code),
				.count = row[i].count,
				.last_ns = row[i].last_ns });
}
