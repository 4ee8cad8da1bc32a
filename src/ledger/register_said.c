/* SPDX-License-Identifier: Apache-2.0 */
/* Facts are read as a stream, twice at most; what is sorted is 16 bytes a name. */
#include "ledger/register_said.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define SPAN_SECONDS_MAX (INT64_C(10000) * 86400) /* longer than any service lasts */
#define ITEM_NAMES_MAX 16 /* of one kind in one item, which is read anew for each */

static enum status malformed(struct fault *f, const char *what)
{
	return fault_set(f, ST_INPUT, "facts.malformed", "facts of a document: %s", what);
}

static void begin(struct said *said, enum fact_list list, uint32_t item)
{
	said->list = list;
	said->item = item;
	memset(said->has, 0, sizeof(said->has));
}

static void take(struct said *said, const struct fact *fact)
{
	if (said->has[fact->kind])
		return;
	said->has[fact->kind] = true;
	said->text[fact->kind] = fact->is_text ? fact->text : S("");
	said->number[fact->kind] = fact->is_text ? 0 : fact->number;
}

struct slice said_text(const struct said *said, enum fact_kind kind)
{
	return said->has[kind] ? said->text[kind] : S("");
}

int64_t said_number(const struct said *said, enum fact_kind kind, int64_t otherwise)
{
	return said->has[kind] && said->text[kind].n == 0 ? said->number[kind] : otherwise;
}

/* --- documents --- */

static void list_note(struct said_document *out, const struct fact *fact, struct slice from,
	struct slice behind)
{
	struct slice *list = &out->lists[fact->list];
	const uint8_t *begin = list->n > 0 ? list->p : from.p;

	*list = slice_of(begin, (size_t)(behind.p - begin));
	out->says[fact->kind] = true;
}

/* Up to the next one's begin. */
static enum status head_read(struct said_document *out, struct slice *rest, struct fault *f)
{
	struct slice at = *rest;
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &at, f)) == ST_OK && fact.kind != FACT_DOCUMENT) {
		list_note(out, &fact, *rest, at);
		if (fact.list == FACT_OF_DOCUMENT)
			take(&out->head, &fact);
		*rest = at;
	}
	return st == ST_NONE ? ST_OK : st;
}

enum status said_document_next(struct said_document *out, struct slice *rest, struct fault *f)
{
	struct fact first;

	TRY(fact_next(&first, rest, f));
	if (first.kind != FACT_DOCUMENT || first.is_text || first.number < 1 ||
		first.number > UINT32_MAX)
		return malformed(f, "they belong to no document");
	*out = (struct said_document){ .number = (uint32_t)first.number, .facts = *rest };
	begin(&out->head, FACT_OF_DOCUMENT, 0);
	TRY(head_read(out, rest, f));
	out->facts = slice_to(out->facts, out->facts.n - rest->n);
	out->name = said_text(&out->head, FACT_TYPE);
	if (out->name.n == 0)
		return malformed(f, "a document says no type");
	if (business_type_find(&out->type, out->name) != ST_OK)
		out->type = DOCUMENT_TYPES;
	return ST_OK;
}

/* --- items --- */

enum status said_item_next(
	struct said *out, struct slice *rest, enum fact_list list, struct fault *f)
{
	struct slice at = *rest;
	bool begun = false;
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &at, f)) == ST_OK) {
		if (fact.list == list && begun && fact.item != out->item)
			return fact.item > out->item
				? ST_OK
				: malformed(f, "items are numbered backwards");
		if (fact.list == list) {
			if (!begun)
				begin(out, list, fact.item);
			begun = true;
			take(out, &fact);
		}
		*rest = at;
	}
	return st == ST_NONE && begun ? ST_OK : st;
}

enum status said_when(
	int64_t *out, const struct said_document *document, int64_t now_ns, struct fault *f)
{
	struct slice rest = document->lists[FACT_OF_INTERVAL];
	int64_t first = INT64_MAX;
	struct fact fact;
	enum status st;

	while ((st = fact_next(&fact, &rest, f)) == ST_OK)
		if (fact.kind == FACT_START && fact.list == FACT_OF_INTERVAL && !fact.is_text &&
			fact.number < first)
			first = fact.number;
	if (st != ST_NONE)
		return st;
	*out = first != INT64_MAX ? first : said_number(&document->head, FACT_FROM, now_ns);
	return ST_OK;
}

bool said_is_copy(const struct said_document *d)
{
	return said_text(&d->head, FACT_BEHALF).n > 0 && said_text(&d->head, FACT_ADDRESSEE).n > 0;
}

bool said_is_copiers(const struct said_document *d)
{
	return said_is_copy(d) &&
		slice_eq(said_text(&d->head, FACT_BEHALF), said_text(&d->head, FACT_SENDER));
}

static int64_t within(int64_t n, int64_t least, int64_t most)
{
	return n < least ? least : n > most ? most : n;
}

/* What lasts no time is of its moment, and nothing lasts for ever: none of it is of no time. */
bool said_span(struct span *out, const struct said *item)
{
	int64_t start_ns = said_number(item, FACT_START, 0);
	int64_t lasts_ns =
		within(said_number(item, FACT_SECONDS, 0), 0, SPAN_SECONDS_MAX) * NS_PER_S;

	if (said_number(item, FACT_START, -1) != start_ns ||
		said_number(item, FACT_SECONDS, -1) != said_number(item, FACT_SECONDS, 0))
		return false;
	out->from_ns = within(start_ns, 0, INT64_MAX - SPAN_SECONDS_MAX * NS_PER_S);
	out->until_ns = (start_ns < 0 ? start_ns : out->from_ns) + lasts_ns;
	if (out->until_ns <= out->from_ns)
		out->until_ns = out->from_ns + 1;
	return true;
}

enum status said_times(struct span *out, const struct said_document *d, struct fault *f)
{
	struct span all = { INT64_MAX, INT64_MIN }, span;
	struct slice rest = d->lists[FACT_OF_INTERVAL];
	struct said item;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		if (!said_span(&span, &item))
			continue;
		all.from_ns = span.from_ns < all.from_ns ? span.from_ns : all.from_ns;
		all.until_ns = span.until_ns > all.until_ns ? span.until_ns : all.until_ns;
	}
	if (st == ST_NONE && all.from_ns < all.until_ns) {
		*out = all;
		return ST_OK;
	}
	return st;
}

/* --- names --- */

void said_names_done(struct said_names *names)
{
	buf_done(&names->list);
}

size_t said_names_count(const struct said_names *names)
{
	return names->list.n / sizeof(struct said_name);
}

const struct said_name *said_name_of(const struct said_names *names, size_t index)
{
	return (const struct said_name *)(const void *)names->list.p + index;
}

struct slice said_name_text(const struct said_names *names, size_t index)
{
	const struct said_name *name = said_name_of(names, index);

	return slice_sub(names->facts, name->text, name->n);
}

bool said_names_find(size_t *out, const struct said_names *names, struct slice text)
{
	size_t low = 0, high = said_names_count(names);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (slice_compare(said_name_text(names, middle), text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*out = low;
	return low < said_names_count(names) && slice_eq(said_name_text(names, low), text);
}

bool said_names_hold(const struct said_names *names, struct slice text)
{
	size_t at;

	return said_names_find(&at, names, text);
}

bool said_name_is_again(const struct said_names *names, size_t index)
{
	return index > 0 &&
		slice_eq(said_name_text(names, index), said_name_text(names, index - 1));
}

enum status said_name_item(
	struct said *out, const struct said_names *names, size_t index, struct fault *f)
{
	const struct said_name *name = said_name_of(names, index);
	struct slice rest = slice_from(names->facts, name->at);

	if (name->list == FACT_OF_DOCUMENT) {
		begin(out, FACT_OF_DOCUMENT, name->item);
		return ST_OK;
	}
	return said_item_next(out, &rest, (enum fact_list)name->list, f);
}

/* As the database compares: byte by byte, the shorter one first. */
static int by_text(const void *left, const void *right, void *facts)
{
	const struct said_name *a = left, *b = right;
	const struct slice *all = facts;
	int order = memcmp(all->p + a->text, all->p + b->text, a->n < b->n ? a->n : b->n);

	if (order == 0)
		order = (a->n > b->n) - (a->n < b->n);
	return order ? order : (a->item > b->item) - (a->item < b->item);
}

static void sort(struct said_names *names)
{
	size_t count = said_names_count(names), i = 1;

	while (i < count && by_text(said_name_of(names, i - 1), said_name_of(names, i),
				    &names->facts) <= 0)
		i++;
	if (i < count) /* most senders have them in order */
		qsort_r(names->list.p, count, sizeof(struct said_name), by_text, &names->facts);
}

static void name_put(struct said_names *names, const struct fact *fact, size_t item_at)
{
	const struct said_name name = { .at = (uint32_t)item_at,
		.text = (uint32_t)(fact->text.p - names->facts.p),
		.n = (uint8_t)fact->text.n,
		.list = (uint8_t)fact->list,
		.item = fact->item };

	buf_put(&names->list, slice_of(&name, sizeof(name)));
}

static enum status collect(
	struct said_names *names, enum fact_kind kind, uint32_t of_item_most, struct fault *f)
{
	size_t item_at[FACT_LISTS] = { 0 };
	uint32_t item[FACT_LISTS] = { 0 }, of_item = 0;
	struct slice rest = names->facts;
	struct fact fact;
	enum status st;
	size_t at = 0;

	for (; (st = fact_next(&fact, &rest, f)) == ST_OK; at = names->facts.n - rest.n) {
		if (fact.item != item[fact.list]) {
			item[fact.list] = fact.item;
			item_at[fact.list] = at;
			of_item = 0;
		}
		if (fact.kind != kind || !fact.is_text || fact.text.n == 0)
			continue;
		if (fact.list != FACT_OF_DOCUMENT && ++of_item > of_item_most)
			return malformed(f, "an item that says much at once");
		name_put(names, &fact, item_at[fact.list]);
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status names_init(struct said_names *out, const struct said_document *document,
	enum fact_kind kind, uint32_t of_item_most, struct fault *f)
{
	*out = (struct said_names){ .facts = document->facts,
		.list = buf_init(SAID_NAMES_MAX * sizeof(struct said_name)) };
	if (document->facts.n > FACTS_MAX)
		return malformed(f, "too many");
	return document->says[kind] ? collect(out, kind, of_item_most, f) : ST_OK;
}

enum status said_names_init(struct said_names *out, const struct said_document *document,
	enum fact_kind kind, struct fault *f)
{
	TRY(names_init(out, document, kind, ITEM_NAMES_MAX, f));
	if (out->list.overflow)
		return malformed(f, "too many names of one kind");
	sort(out);
	return ST_OK;
}

enum status said_names_many(struct said_names *out, const struct said_document *document,
	enum fact_kind kind, struct fault *f)
{
	TRY(names_init(out, document, kind, UINT32_MAX, f));
	sort(out);
	return ST_OK;
}
