/* SPDX-License-Identifier: Apache-2.0 */
/* Used by the ledger process, the envelope that signs, and fsck, which makes the text anew. */
#include "ledger/heads.h"

#include "base/clock.h"
#include "base/codec.h"
#include "ledger/ledger_internal.h"

#define DAY_NS (86400 * NS_PER_S)

void head_text_put(struct buf *out, const struct chain_head *head, int64_t at_ns)
{
	char at[TIME_TEXT_MAX];

	buf_putf(out, "tieline-history 1\nevents: %llu\nhash: ", (unsigned long long)head->place);
	hex_format(out, slice_of(head->hash, sizeof(head->hash)));
	buf_putf(out, "\nsigned: %s\n", time_format(at, at_ns));
}

static void hash_take(struct chain_head *out, struct slice hash)
{
	for (size_t i = 0; i < sizeof(out->hash); i++)
		out->hash[i] = i < hash.n ? hash.p[i] : 0;
}

enum status ledger_head(struct chain_head *out, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_CHAIN_HEAD, NULL, 0);
	enum status st = statement_step(l->sql, s, f);

	*out = (struct chain_head){ 0 };
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	out->place = (uint64_t)sqlite3_column_int64(s, 0);
	hash_take(out, column_bytes(s, 1));
	sqlite3_reset(s);
	return ST_OK;
}

enum status ledger_head_signed(struct signed_head *out, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_HEAD_LAST, NULL, 0);
	enum status st = statement_step(l->sql, s, f);

	*out = (struct signed_head){ .at_ns = 0 };
	if (st != ST_OK)
		return st == ST_NONE ? ST_OK : st;
	out->head.place = (uint64_t)sqlite3_column_int64(s, 0);
	hash_take(&out->head, column_bytes(s, 1));
	out->at_ns = sqlite3_column_int64(s, 2);
	sqlite3_reset(s);
	return ST_OK;
}

enum status ledger_head_unsigned_ns(int64_t *at_ns, struct ledger *l, struct fault *f)
{
	struct sqlite3_stmt *s = statement_bind(l->sql, SQL_HEADLESS_FIRST, NULL, 0);
	enum status st = statement_step(l->sql, s, f);

	*at_ns = st == ST_OK ? sqlite3_column_int64(s, 0) : 0;
	sqlite3_reset(s);
	return st == ST_NONE ? ST_OK : st;
}

enum status ledger_head_put(struct ledger *l, const struct signed_head *h, struct fault *f)
{
	int64_t day_ns = h->at_ns - h->at_ns % DAY_NS;

	TRY(STATEMENT_RUN(l->sql, SQL_HEADS_DROP, f, V_INT(day_ns), V_INT(day_ns + DAY_NS)));
	return STATEMENT_RUN(l->sql, SQL_HEAD_PUT, f, V_INT(h->head.place),
		V_BYTES(slice_of(h->head.hash, sizeof(h->head.hash))), V_INT(h->at_ns),
		V_BYTES(h->signature));
}
