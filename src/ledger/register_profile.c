/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Used by register_intervals.c.  A profile is 48 bytes an interval, big-endian: begin, end (ns
 * since 1970), up and down (kW), inject and absorb (kvar, in FACT_UNITs; -1: not said).
 */
#include "ledger/register_profile.h"

#include "ledger/ledger_internal.h"

#define INTERVAL_BYTES (16 + 8 * AVAILABLE_MEASURES)
#define INTERVALS_MAX 4096 /* of a profile; a schema lets fewer through */

/* --- kept --- */

static const enum fact_kind measures[AVAILABLE_MEASURES] = {
	[AVAILABLE_UP] = FACT_UP_KW,
	[AVAILABLE_DOWN] = FACT_DOWN_KW,
	[AVAILABLE_INJECT] = FACT_INJECT_KVAR,
	[AVAILABLE_ABSORB] = FACT_ABSORB_KVAR,
};

static int64_t much_of(const struct said *item, enum fact_kind kind)
{
	return item->has[kind] ? quantity_bounded(said_number(item, kind, 0)) : -1;
}

enum status profile_keep(
	struct ledger *l, uint64_t number, const struct said_document *d, struct fault *f)
{
	AUTO_IN_PLACE(buf) bytes = buf_init(INTERVALS_MAX * INTERVAL_BYTES);
	struct slice rest = d->facts;
	struct said item;
	struct span span;
	enum status st;

	while ((st = said_item_next(&item, &rest, FACT_OF_INTERVAL, f)) == ST_OK) {
		if (!said_span(&span, &item) || bytes.n == INTERVALS_MAX * INTERVAL_BYTES)
			continue;
		buf_put_u64(&bytes, (uint64_t)span.from_ns);
		buf_put_u64(&bytes, (uint64_t)span.until_ns);
		for (int m = 0; m < AVAILABLE_MEASURES; m++)
			buf_put_u64(&bytes, (uint64_t)much_of(&item, measures[m]));
	}
	if (st != ST_NONE || bytes.n == 0)
		return st == ST_NONE ? ST_OK : st;
	return STATEMENT_RUN(l->sql, SQL_REGISTER_PROFILE_PUT, f, V_INT(number),
		V_BYTES(buf_slice(&bytes)));
}

/* --- read --- */

struct available available_init(void)
{
	struct available out = { 0 };

	for (size_t i = 0; i < AVAILABLE_KINDS; i++)
		out.of[i].profile = buf_init(INTERVALS_MAX * INTERVAL_BYTES);
	return out;
}

void available_done(struct available *a)
{
	for (size_t i = 0; i < AVAILABLE_KINDS; i++)
		buf_done(&a->of[i].profile);
}

static int64_t said_column(struct sqlite3_stmt *s, int column)
{
	return sqlite3_column_type(s, column) == SQLITE_INTEGER
		? quantity_bounded(sqlite3_column_int64(s, column))
		: -1;
}

/* Where it is not said which way it goes, it may go either. */
static void committed_read(struct available_kind *k, int64_t kw, struct slice sense)
{
	k->committed[AVAILABLE_UP] = slice_eq(sense, S("down")) ? 0 : kw;
	k->committed[AVAILABLE_DOWN] = slice_eq(sense, S("up")) ? 0 : kw;
}

enum status available_read(struct available *out, struct ledger *l,
	const struct register_side *side, struct slice aggregation, struct fault *f)
{
	static const char *const kinds[AVAILABLE_KINDS] = { "status", "forecast", "declaration" };

	for (size_t i = 0; i < AVAILABLE_KINDS; i++) {
		AUTO_IN_PLACE(buf) key = buf_init(REGISTER_KEY_MAX);
		struct available_kind *k = &out->of[i];

		buf_putf(&key, "%.*s %s", SLICE_FMT(aggregation), kinds[i]);
		struct sqlite3_stmt *s = STATEMENT_BIND(l->sql, SQL_REGISTER_COMMITTED,
			V_BYTES(buf_slice(&key)), V_BYTES(side->partner), V_INT(side->is_test));
		enum status st = statement_step(l->sql, s, f);

		if (st == ST_OK) {
			k->span = (struct span){ sqlite3_column_int64(s, 0),
				sqlite3_column_int64(s, 1) };
			committed_read(k, quantity_bounded(sqlite3_column_int64(s, 2)),
				column_bytes(s, 6));
			k->most[AVAILABLE_UP] = said_column(s, 3);
			k->most[AVAILABLE_DOWN] = said_column(s, 4);
			k->most[AVAILABLE_INJECT] = k->most[AVAILABLE_ABSORB] = -1;
			buf_put(&k->profile, column_bytes(s, 5));
		}
		sqlite3_reset(s);
		if (st != ST_OK && st != ST_NONE)
			return st;
	}
	return ST_OK;
}

static int64_t number_at(struct slice bytes, size_t at)
{
	uint64_t out = 0;

	for (size_t i = 0; i < 8; i++)
		out = out << 8 | bytes.p[at + i];
	return (int64_t)out;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Where the first interval is that ends behind a time: what is kept was sorted (der.check). */
static size_t profile_first(struct slice bytes, int64_t at_ns)
{
	size_t low = 0, high = bytes.n / INTERVAL_BYTES;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number_at(bytes, middle * INTERVAL_BYTES + 8) <= at_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low * INTERVAL_BYTES;
}

/* The least of those intervals that have some of the time, of each measure. */
static void profile_least(
	int64_t out[AVAILABLE_MEASURES], const struct available_kind *k, const struct span *span)
{
	const struct slice bytes = buf_slice(&k->profile);

	for (int m = 0; m < AVAILABLE_MEASURES; m++)
		out[m] = -1;
	for (size_t at = profile_first(bytes, span->from_ns); at + INTERVAL_BYTES <= bytes.n &&
		number_at(bytes, at) < span->until_ns;
		at += INTERVAL_BYTES)
		for (size_t m = 0; m < AVAILABLE_MEASURES; m++)
			out[m] = least(out[m], number_at(bytes, at + 16 + 8 * m));
}

struct available_then available_at(const struct available *all, const struct span *span)
{
	struct available_then out = { { 0, 0 }, { -1, -1, -1, -1 } };
	int64_t least_of[AVAILABLE_MEASURES];

	for (size_t i = 0; i < AVAILABLE_KINDS; i++) {
		const struct available_kind *k = &all->of[i];

		if (span->from_ns >= k->span.until_ns || span->until_ns <= k->span.from_ns)
			continue;
		for (int way = AVAILABLE_UP; way <= AVAILABLE_DOWN; way++)
			out.committed[way] = most(out.committed[way], k->committed[way]);
		if (k->profile.n > 0)
			profile_least(least_of, k, span);
		for (int m = 0; m < AVAILABLE_MEASURES; m++)
			out.most[m] = most(
				out.most[m], k->profile.n > 0 ? least_of[m] : k->most[m]);
	}
	return out;
}
