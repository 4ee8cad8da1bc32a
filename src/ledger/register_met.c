/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a of 64 bits: whoever makes two names with one hash is told more of his own, and no more. */
#include "ledger/register_met.h"

#include <stdlib.h>

#include "ledger/ledger_internal.h"

#define HASH sizeof(uint64_t) /* bytes; big-endian where they are kept */
#define FEW 16 /* so many times fewer are looked for one by one */

struct owner {
	uint64_t list;
	uint8_t aggregation_n, partner_n;
	uint8_t texts[2 * FACT_TEXT_MAX];
};

struct found {
	uint64_t hash;
	uint32_t kind;
	uint32_t owner;
};

static uint64_t hash_of(struct slice name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ name.p[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static int by_hash(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

static const uint64_t *hashes_of(const struct buf *list, size_t *count)
{
	*count = list->n / HASH;
	return (const uint64_t *)(const void *)list->p;
}

static void hashes_sort(struct buf *list)
{
	if (list->n > 0)
		qsort(list->p, list->n / HASH, HASH, by_hash);
}

static bool hashes_have(const struct buf *list, uint64_t hash)
{
	size_t count;
	const uint64_t *hashes = hashes_of(list, &count);

	return count > 0 && bsearch(&hash, hashes, count, HASH, by_hash) != NULL;
}

struct met met_init(void)
{
	return (struct met){
		.hashes = { buf_init(SAID_NAMES_MAX * HASH), buf_init(SAID_NAMES_MAX * HASH) },
		.owners = buf_init(MET_LISTS_MAX * sizeof(struct owner)),
		.found = buf_init(MET_MAX * sizeof(struct found)),
	};
}

void met_done(struct met *met)
{
	for (enum met_kind kind = 0; kind < MET_KINDS; kind++)
		buf_done(&met->hashes[kind]);
	buf_done(&met->owners);
	buf_done(&met->found);
}

void met_ask(struct met *met, enum met_kind kind, struct slice name)
{
	uint64_t hash = hash_of(name);

	if (kind == MET_PREMISE && slice_eq(name, S(FACT_WITHHELD)))
		return; /* of a copy: all of them have it */
	if (name.n > 0)
		buf_put(&met->hashes[kind], slice_of(&hash, HASH));
}

/* --- which lists --- */

/* Written out, it is one instruction. */
static uint64_t kept_at(struct slice kept, size_t index)
{
	const uint8_t *p = kept.p + index * HASH;

	return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 |
		(uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 |
		(uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static bool kept_has(struct slice kept, uint64_t hash)
{
	size_t low = 0, high = kept.n / HASH;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (kept_at(kept, middle) < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < kept.n / HASH && kept_at(kept, low) == hash;
}

/* Both are sorted. */
static bool have_in_common(const struct buf *asked, struct slice kept)
{
	size_t count, at = 0, many = kept.n / HASH;
	const uint64_t *hashes = hashes_of(asked, &count);
	bool one_by_one = count * FEW < many;

	for (size_t i = 0; i < count && (one_by_one || at < many); i++) {
		if (one_by_one) {
			if (kept_has(kept, hashes[i]))
				return true;
			continue;
		}
		while (at < many && kept_at(kept, at) < hashes[i])
			at++;
		if (at < many && kept_at(kept, at) == hashes[i])
			return true;
	}
	return false;
}

static void owner_add(struct met *met, struct sqlite3_stmt *s)
{
	struct slice aggregation = slice_to(column_bytes(s, 1), FACT_TEXT_MAX);
	struct slice partner = slice_to(column_bytes(s, 2), FACT_TEXT_MAX);
	struct owner owner = { .list = (uint64_t)sqlite3_column_int64(s, 0),
		.aggregation_n = (uint8_t)aggregation.n,
		.partner_n = (uint8_t)partner.n };
	size_t count = met->owners.n / sizeof(owner);
	const struct owner *owners = (const struct owner *)(const void *)met->owners.p;

	for (size_t i = 0; i < aggregation.n; i++)
		owner.texts[i] = aggregation.p[i];
	for (size_t i = 0; i < partner.n; i++)
		owner.texts[aggregation.n + i] = partner.p[i];
	if (!owners || count == 0 || owners[count - 1].list != owner.list)
		buf_put(&met->owners, slice_of(&owner, sizeof(owner)));
}

static bool is_wanted(const struct met_search *search, enum met_kind kind, struct sqlite3_stmt *s)
{
	struct slice partner = column_bytes(s, 2);

	if (search->partner[kind].n > 0 && !slice_eq(search->partner[kind], partner))
		return false;
	return !(slice_eq(partner, search->but.partner) &&
		slice_eq(column_bytes(s, 1), search->but.aggregation));
}

/* By list, so that one with both kinds in common comes once. */
static enum status lists_look(struct met *met, const struct met_search *search, struct fault *f)
{
	struct ledger *l = search->ledger;
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_HASHES,
		V_INT(search->is_test), V_INT(search->direction));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK) {
		unsigned kind = (unsigned)sqlite3_column_int(s, 3);

		if (kind < MET_KINDS && is_wanted(search, (enum met_kind)kind, s) &&
			have_in_common(&met->hashes[kind], column_bytes(s, 4)))
			owner_add(met, s);
	}
	return st == ST_NONE ? ST_OK : st;
}

static enum status added_look(struct met *met, const struct met_search *search,
	enum met_kind kind, uint64_t hash, struct fault *f)
{
	struct ledger *l = search->ledger;
	struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_ADDED, V_INT(hash),
		V_INT(kind), V_INT(search->is_test), V_INT(search->direction));
	enum status st;

	while ((st = statement_step(l->sql, s, f)) == ST_OK)
		if (is_wanted(search, kind, s))
			owner_add(met, s);
	return st == ST_NONE ? ST_OK : st;
}

static enum status changes_look(struct met *met, const struct met_search *search, struct fault *f)
{
	for (enum met_kind kind = 0; kind < MET_KINDS; kind++) {
		size_t count;
		const uint64_t *hashes = hashes_of(&met->hashes[kind], &count);

		for (size_t i = 0; i < count; i++)
			TRY(added_look(met, search, kind, hashes[i], f));
	}
	return ST_OK;
}

/* --- what of them is there --- */

static size_t owners_count(const struct met *met)
{
	return met->owners.n / sizeof(struct owner);
}

static const struct owner *owner_of(const struct met *met, size_t index)
{
	return (const struct owner *)(const void *)met->owners.p + index;
}

static void found_put(struct met *met, enum met_kind kind, struct slice name, size_t owner)
{
	const struct found found = { hash_of(name), kind, (uint32_t)owner };

	if (name.n > 0 && hashes_have(&met->hashes[kind], found.hash))
		buf_put(&met->found, slice_of(&found, sizeof(found)));
}

static void held_put(struct met *met, const struct held *held, size_t owner)
{
	found_put(met, MET_RESOURCE, held->resource, owner);
	found_put(met, MET_PREMISE, held->premise, owner);
}

/* As it is when the span begins, and what comes into it within. */
static enum status list_read(struct met *met, const struct met_search *search,
	const struct chapter *list, const struct span *span, size_t owner, struct fault *f)
{
	AUTO_IN_PLACE(roll) roll =
		roll_init(search->ledger, search->book, list, span->from_ns, ROLL_INNER);
	struct held held;
	enum status st;

	roll.is_connected = search->is_connected;
	while ((st = roll_next(&held, &roll, S(""), f)) == ST_OK)
		held_put(met, &held, owner);
	if (st != ST_NONE)
		return st;
	roll_rewind(&roll);
	while ((st = roll_later(&held, &roll, span->until_ns, f)) == ST_OK)
		held_put(met, &held, owner);
	return st == ST_NONE ? ST_OK : st;
}

static struct met_place place_of(const struct owner *owner)
{
	return (struct met_place){ slice_of(owner->texts, owner->aggregation_n),
		slice_of(owner->texts + owner->aggregation_n, owner->partner_n) };
}

static int by_owner(const void *left, const void *right)
{
	const struct owner *a = left, *b = right;

	return (a->list > b->list) - (a->list < b->list);
}

static struct span span_of(const struct met_search *search)
{
	int64_t until_ns = search->until_ns ? search->until_ns : INT64_MAX;

	return (struct span){ search->at_ns,
		until_ns > search->at_ns ? until_ns : amount_add(search->at_ns, 1) };
}

static enum status owners_read(struct met *met, const struct met_search *search, struct fault *f)
{
	if (met->owners.n > 0)
		qsort(met->owners.p, owners_count(met), sizeof(struct owner), by_owner);
	for (size_t i = 0; i < owners_count(met); i++) {
		const struct owner *owner = owner_of(met, i);
		const struct met_place place = place_of(owner);
		const struct book_of of = { place.aggregation, place.partner, search->is_test };
		struct span span = span_of(search);

		if (i > 0 && owner_of(met, i - 1)->list == owner->list)
			continue;
		TRY((search->is_look ? book_look : book_open)(
			search->book, search->ledger, &of, f));
		const struct chapter *list = book_find(search->book, owner->list);
		if (list && book_span(&span, search->book, list))
			TRY(list_read(met, search, list, &span, i, f));
	}
	return ST_OK;
}

static int by_found(const void *left, const void *right)
{
	const struct found *a = left, *b = right;
	int order = (a->hash > b->hash) - (a->hash < b->hash);

	return order ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

enum status met_find(struct met *met, const struct met_search *search, struct fault *f)
{
	for (enum met_kind kind = 0; kind < MET_KINDS; kind++)
		hashes_sort(&met->hashes[kind]);
	TRY(lists_look(met, search, f));
	TRY(changes_look(met, search, f));
	TRY(owners_read(met, search, f));
	if (met->found.n > 0)
		qsort(met->found.p, met->found.n / sizeof(struct found), sizeof(struct found),
			by_found);
	return ST_OK;
}

bool met_is(struct met_place *out, const struct met *met, enum met_kind kind, struct slice name)
{
	const struct found wanted = { .hash = hash_of(name), .kind = kind };
	const struct found *found = NULL;

	if (name.n > 0 && met->found.n > 0)
		found = bsearch(&wanted, met->found.p, met->found.n / sizeof(struct found),
			sizeof(struct found), by_found);
	if (found)
		*out = place_of(owner_of(met, found->owner));
	return found != NULL;
}

/* --- keeping --- */

/* What the list has by itself is not added by a change. */
static enum status added_keep(struct ledger *l, uint64_t list, enum met_kind kind,
	const struct buf *hashes, struct fault *f)
{
	size_t count;
	const uint64_t *each = hashes_of(hashes, &count);
	struct sqlite3_stmt *s =
		STATEMENT_BIND(l->sql, SQL_REGISTER_HASHES_OF, V_INT(list), V_INT(kind));
	enum status st = statement_step(l->sql, s, f), put = ST_OK;
	struct slice kept = st == ST_OK ? column_bytes(s, 0) : S("");

	for (size_t i = 0; put == ST_OK && i < count; i++)
		if (!kept_has(kept, each[i]))
			put = STATEMENT_RUN(l->sql, SQL_REGISTER_ADDED_PUT, f, V_INT(each[i]),
				V_INT(kind), V_INT(list));
	sqlite3_reset(s);
	return st == ST_OK || st == ST_NONE ? put : st;
}

static enum status list_keep(struct ledger *l, uint64_t list, enum met_kind kind,
	const struct buf *hashes, struct fault *f)
{
	AUTO_IN_PLACE(buf) kept = buf_init(SAID_NAMES_MAX * HASH);
	size_t count;
	const uint64_t *each = hashes_of(hashes, &count);

	for (size_t i = 0; i < count; i++)
		buf_put_u64(&kept, each[i]);
	return STATEMENT_RUN(l->sql, SQL_REGISTER_HASHES_PUT, f, V_INT(list), V_INT(kind),
		V_BYTES(buf_slice(&kept)));
}

enum status met_keep(struct ledger *l, uint64_t list, bool is_change,
	const struct said_document *document, struct fault *f)
{
	static const enum fact_kind kinds[MET_KINDS] = { FACT_RESOURCE, FACT_PREMISE };
	AUTO_IN_PLACE(met) met = met_init();

	for (enum met_kind kind = 0; kind < MET_KINDS; kind++) {
		struct slice rest = document->facts;
		struct fact fact;
		enum status st;

		while ((st = fact_next(&fact, &rest, f)) == ST_OK)
			if (fact.kind == kinds[kind] && fact.is_text)
				met_ask(&met, kind, fact.text);
		if (st != ST_NONE)
			return st;
		hashes_sort(&met.hashes[kind]);
		TRY(is_change ? added_keep(l, list, kind, &met.hashes[kind], f)
			      : list_keep(l, list, kind, &met.hashes[kind], f));
	}
	return ST_OK;
}
