/* SPDX-License-Identifier: Apache-2.0 */
/* Most lists are sorted when they come; of the others the first bytes mostly tell texts apart. */
#include "documents/der/unique.h"

#include <stdlib.h>

struct entry {
	uint64_t prefix; /* the first eight bytes, or 0 of what is escaped */
	struct json_text text;
	size_t offset;
	uint64_t item;
};

struct der_unique der_unique_init(void)
{
	return (struct der_unique){ buf_init(DER_UNIQUE_MAX * sizeof(struct entry)), true };
}

void der_unique_done(struct der_unique *u)
{
	buf_done(&u->entries);
}

void der_unique_clear(struct der_unique *u)
{
	buf_clear(&u->entries);
	u->is_rising = true;
}

static uint64_t prefix_of(struct json_text text)
{
	uint64_t prefix = 0;

	for (size_t i = 0; i < 8; i++)
		prefix = prefix << 8 | (i < text.raw.n ? text.raw.p[i] : 0);
	return text.is_escaped ? 0 : prefix;
}

static int entry_compare(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->prefix != b->prefix && !a->text.is_escaped && !b->text.is_escaped)
		return a->prefix < b->prefix ? -1 : 1;
	return json_text_compare(a->text, b->text);
}

/* Equal texts by where they are, so that the later one is told. */
static int entry_order(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int order = entry_compare(a, b);

	return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

static struct entry *entries_of(const struct der_unique *u, size_t *count)
{
	*count = u->entries.n / sizeof(struct entry);
	return (struct entry *)(void *)u->entries.p;
}

void der_unique_add(struct der_unique *u, struct json_text text, size_t offset, uint64_t item)
{
	struct entry e = { prefix_of(text), text, offset, item };
	size_t count;
	struct entry *list = entries_of(u, &count);

	if (count >= DER_UNIQUE_MAX)
		return;
	if (count > 0 && u->is_rising)
		u->is_rising = entry_compare(&list[count - 1], &e) < 0;
	buf_put(&u->entries, slice_of(&e, sizeof(e)));
}

bool der_unique_find(
	size_t *offset, uint64_t *item, struct json_text *text, struct der_unique *u)
{
	const struct entry *first = NULL;
	size_t count;
	struct entry *list = entries_of(u, &count);

	if (u->is_rising)
		return false;
	qsort(list, count, sizeof(*list), entry_order);
	for (size_t i = 1; i < count; i++)
		if (entry_compare(&list[i - 1], &list[i]) == 0 &&
			(!first || list[i].offset < first->offset))
			first = &list[i];
	if (first) {
		*offset = first->offset;
		*item = first->item;
		*text = first->text;
	}
	return first != NULL;
}
